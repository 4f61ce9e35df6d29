// SPDX-License-Identifier: MIT
// Guests of guest_memory.c.

#include "guest_code.h"

GUEST_CODE_START memory_count
1:	incq	DATA_ADDR
	movq	TRAP_ADDR, %rax
	jmp	1b
GUEST_CODE_END memory_count

GUEST_CODE_START memory_until_zero
	movq	$5, TRAP_ADDR
1:	incq	DATA_ADDR
	cmpq	$0, TRAP_ADDR
	jne	1b
	EXIT_STORE
GUEST_CODE_END memory_until_zero

GUEST_CODE_START memory_add
	addq	$3, HOLE_ADDR
	movq	HOLE_ADDR + 0x1000, %rbx
	movq	%rbx, HOLE_ADDR + 0x2008
	EXIT_STORE
GUEST_CODE_END memory_add

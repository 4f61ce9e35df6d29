// SPDX-License-Identifier: MIT
// Guests of guest_holes.c.

#include "guest_code.h"

#define T TRAP_ADDR

GUEST_CODE_START hole_store
	movq	$7, HOLE_ADDR
	movq	HOLE_ADDR, %rbx
	EXIT_STORE
GUEST_CODE_END hole_store

GUEST_CODE_START hole_store_register
	movl	%eax, HOLE_ADDR + 4
	movq	HOLE_ADDR, %rbx
	EXIT_STORE
GUEST_CODE_END hole_store_register

GUEST_CODE_START hole_load
	movq	HOLE_ADDR, %rbx
	EXIT_STORE
GUEST_CODE_END hole_load

GUEST_CODE_START hole_add
	addq	$3, HOLE_ADDR
	EXIT_STORE
GUEST_CODE_END hole_add

GUEST_CODE_START hole_jump
	movl	$HOLE_ADDR, %eax
	jmp	*%rax
GUEST_CODE_END hole_jump

GUEST_CODE_START triple_fault
	ud2
GUEST_CODE_END triple_fault

GUEST_CODE_START store_loop
1:	movq	$5, T
	incq	DATA_ADDR
	jmp	1b
GUEST_CODE_END store_loop

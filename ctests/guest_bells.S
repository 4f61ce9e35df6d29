// SPDX-License-Identifier: MIT
// Guests of guest_bells.c.

#include "guest_code.h"

#define T TRAP_ADDR

GUEST_CODE_START bell_read
	movq	T + 0x18, %rax
	addl	$1, T + 0x20
	movq	$1, T + 0x28
	EXIT_STORE
GUEST_CODE_END bell_read

GUEST_CODE_START bells
1:	incq	DATA_ADDR
	movq	$0, T
	decq	%rcx
	jnz	1b
	EXIT_STORE
GUEST_CODE_END bells

GUEST_CODE_START two_bells
1:	movq	$0, T
	movq	$0, T - 0x1000
	decq	%rcx
	jnz	1b
	EXIT_STORE
GUEST_CODE_END two_bells

GUEST_CODE_START bell_sizes
	movb	$1, T + 0x11
	movw	$1, T + 0x22
	movl	$1, T + 0x34
	movq	$1, T + 0x48
	movb	%al, T + 0x51
	movw	%bx, T + 0x63		// unaligned
	movl	%ecx, T + 0x75
	movq	%rdx, T + 0x87
	EXIT_STORE
GUEST_CODE_END bell_sizes

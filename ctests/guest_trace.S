// SPDX-License-Identifier: MIT
// Guest of guest_trace.c.

#include "guest_code.h"

GUEST_CODE_START traced
	movq	$1, TRAP_ADDR		// a bell: the run goes on
	movb	$0x48, %al
	outb	%al, $TRAP_PORT
	EXIT_STORE
GUEST_CODE_END traced

GUEST_CODE_START into_a_hole
	movq	HOLE_ADDR, %rax
	EXIT_STORE
GUEST_CODE_END into_a_hole

GUEST_CODE_START triple_fault
	ud2				// there is no table of interrupts
GUEST_CODE_END triple_fault

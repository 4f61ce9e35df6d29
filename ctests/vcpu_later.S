// SPDX-License-Identifier: MIT
// Guests of vcpu_later.c.

#include "guest_code.h"

GUEST_CODE_START later_mem
	nop
	movq	$0, TRAP_ADDR
	EXIT_STORE
GUEST_CODE_END later_mem

GUEST_CODE_START later_events
	// Vector 0x66 to APIC id 2, then a start-up of id 3 at 0x9a000.
	movl	$0x830, %ecx
	movl	$2, %edx
	movl	$0x66, %eax
	wrmsr
	movl	$3, %edx
	movl	$0x69a, %eax
	wrmsr
	EXIT_STORE
GUEST_CODE_END later_events

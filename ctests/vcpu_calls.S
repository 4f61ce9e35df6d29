// SPDX-License-Identifier: MIT
// Guests of vcpu_calls.c.

#include "guest_code.h"

GUEST_CODE_START exit_loop
1:	EXIT_STORE
	jmp	1b
GUEST_CODE_END exit_loop

// RBX = local APIC id. Not a byte of it depends on what the registers hold.
GUEST_CODE_START apic_id
	movl	$1, %eax
	xorl	%ecx, %ecx
	cpuid
	shrl	$24, %ebx
	EXIT_STORE
GUEST_CODE_END apic_id

// The first instruction shows the registers as the VCPU starts.
GUEST_CODE_START first_registers
	EXIT_STORE
	movl	$1, %eax
	xorl	%ecx, %ecx
	cpuid
	shrl	$24, %ebx
	EXIT_STORE
GUEST_CODE_END first_registers

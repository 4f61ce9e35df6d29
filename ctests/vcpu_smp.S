// SPDX-License-Identifier: MIT
// Guests of vcpu_smp.c.

#include "vcpu_code.h"

#define D DATA_ADDR

// 16-bit code at any address: notes what it finds, tells its APIC id by a
// port, goes to 64-bit mode and makes the exit store.
GUEST_CODE_START ap_state
	.code16
	movl	%eax, D
	movl	%ecx, D + 4
	movl	%esp, D + 8
	movw	%cs, D + 12
	movw	%ds, D + 14
	movw	%ss, D + 16
	movl	%cr0, %eax
	movl	%eax, D + 20
	movl	%cr4, %eax
	movl	%eax, D + 24
	movl	$0xc0000080, %ecx
	rdmsr
	movl	%eax, D + 28
	movl	$0x1b, %ecx
	rdmsr
	movl	%eax, D + 32
	movl	%cr3, %eax
	movl	%eax, D + 36
	movw	$0x100, %sp
	pushfw				// to 0x100 - 2
	call	1f
1:	popw	D + 40			// instruction pointer
	subw	$1b - ap_state_start, D + 40
	popw	D + 42
	movl	$0x802, %ecx
	rdmsr
	outl	%eax, $TRAP_PORT
	VX_TO_LONG_MODE
	ljmpl	$SEL_CODE64, $VX_AP_ENTRY
GUEST_CODE_END ap_state

// What it goes to.
GUEST_CODE_START ap_exit
	EXIT_STORE
	hlt
GUEST_CODE_END ap_exit

// 16-bit code that tells its APIC id, from all sources, and does so again.
GUEST_CODE_START ap_id
	.code16
1:	movl	$0x802, %ecx
	rdmsr
	movl	%eax, %esi
	movl	$0x1b, %ecx
	rdmsr
	movl	%eax, %edi
	movl	$0xb, %eax
	xorl	%ecx, %ecx
	cpuid
	movl	%edx, %ebp
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	outb	%al, $TRAP_PORT
	jmp	1b
GUEST_CODE_END ap_id

// A boot VCPU that starts VCPU 1 and waits for it; both run this.
GUEST_CODE_START start_ap
	VX_SETUP start_ap
	testl	%ebx, %ebx
	jnz	2f
	movl	$0x830, %ecx
	movl	$1, %edx
	movl	$0x4500, %eax		// INIT, then STARTUP
	wrmsr
	movl	$0x4600 + VX_AP_ENTRY / 0x1000, %eax
	wrmsr
1:	pause
	cmpq	$0, VX_PAGES + 0x1000 + VX_LEAVE
	je	1b
	EXIT_STORE
2:	movq	$1, VX_LEAVE(%r15)
	EXIT_STORE
GUEST_CODE_END start_ap

// SPDX-License-Identifier: MIT
// The guests of vcpu_msr.c: the common one, and some of ring 3.

#include "vcpu_code.h"

// VcpuVmcallInvalidCpl: a hypercall from ring 3.
GUEST_CODE_START vmcall_ring3
	SETUP_IDT vmcall_ring3
	SETUP_TSS vmcall_ring3
	movl	$MSR_STAR, %ecx
	xorl	%eax, %eax
	movl	$(SEL_USER_CODE32 << 16 | SEL_CODE64), %edx
	wrmsr
	pushfq
	popq	%r11
	movq	$AT(vmcall_ring3, .Lring3), %rcx
	sysretq
.Lring3:
	movl	$0xffffffff, %eax
	vmcall
	EXIT_STORE
1:	jmp	1b
GUEST_CODE_END vmcall_ring3

// A system call of a 32-bit program. RAX is GUEST_DONE if it comes to CSTAR.
GUEST_CODE_START syscall32
	SETUP_IDT syscall32
	SETUP_TSS syscall32
	movl	$MSR_STAR, %ecx
	xorl	%eax, %eax
	movl	$(SEL_USER_CODE32 << 16 | SEL_CODE64), %edx
	wrmsr
	movl	$MSR_CSTAR, %ecx
	movl	$AT(syscall32, .Lcstar), %eax
	xorl	%edx, %edx
	wrmsr
	pushq	$(SEL_USER_DATA | 3)
	pushq	$GUEST_STACK
	pushq	$2
	pushq	$(SEL_USER_CODE32 | 3)
	pushq	$AT(syscall32, .Lcompat)
	xorl	%eax, %eax
	iretq
	.code32
.Lcompat:
	syscall
	hlt
	.code64
.Lcstar:
	movl	$GUEST_DONE, %eax
	EXIT_STORE
1:	jmp	1b
GUEST_CODE_END syscall32

// SPDX-License-Identifier: MIT
// The guests of vcpu_msr.c: the common one, and one of ring 3.

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

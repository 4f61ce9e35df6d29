// SPDX-License-Identifier: MIT
// The guests of vcpu_reuse.c: the common one, and those that look at, and
// change, what only instructions can reach.

#include "vcpu_code.h"

// Debug registers, CR2 and CR8 in RAX, RBX and RCX, the x87 and SSE state at
// DATA_ADDR. Then it changes them, the last by what is at DATA_ADDR + 512.
GUEST_CODE_START hidden_state
	movl	$(0x20 | CR4_OSFXSR), %eax
	movq	%rax, %cr4
	fxsave	DATA_ADDR
	movq	%dr0, %rax
	movq	%dr3, %rbx
	orq	%rbx, %rax
	movq	%cr2, %rbx
	movq	%cr8, %rcx
	EXIT_STORE
	movl	$0x12345678, %eax
	movq	%rax, %dr0
	movq	%rax, %dr3
	movq	%rax, %cr2
	movl	$9, %eax
	movq	%rax, %cr8
	fxrstor	DATA_ADDR + 512
	EXIT_STORE
GUEST_CODE_END hidden_state

// The size of what XCR0 enables in RBX; then, in ring 3 with AVX enabled, YMM7
// at DATA_ADDR before it is changed.
GUEST_CODE_START wide_state
	SETUP_GDT wide_state
	movl	$(0x20 | CR4_OSFXSR | 0x40000), %eax
	movq	%rax, %cr4
	movl	$0xd, %eax
	xorl	%ecx, %ecx
	cpuid
	EXIT_STORE
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$7, %eax
	xsetbv
	movl	$MSR_STAR, %ecx
	xorl	%eax, %eax
	movl	$(SEL_USER_CODE32 << 16 | SEL_CODE64), %edx
	wrmsr
	pushfq
	popq	%r11
	movq	$AT(wide_state, .Lring3), %rcx
	sysretq
.Lring3:
	vmovups	%ymm7, DATA_ADDR
	vmovups	DATA_ADDR + 32, %ymm7
	EXIT_STORE
GUEST_CODE_END wide_state

// There is no table of handlers.
GUEST_CODE_START triple_fault
	ud2
GUEST_CODE_END triple_fault

// SPDX-License-Identifier: MIT
// The guests of vcpu_apic.c: the common one, and one that is quick with the timer.

#include "vcpu_code.h"

// Has the timer fire RBX ticks from now, with interrupts off, takes that back
// just after it has, and lets the interrupt in that it has made.
GUEST_CODE_START late_disarm
	VX_SETUP late_disarm
	EXIT_STORE
	movl	$0x832, %ecx
	xorl	%edx, %edx
	movl	$(2 << 17 | 0x40), %eax
	wrmsr
1:	cli
	rdtsc
	shlq	$32, %rdx
	orq	%rax, %rdx
	addq	%rbx, %rdx
	movq	%rdx, %rsi
	movl	%edx, %eax
	shrq	$32, %rdx
	movl	$0x6e0, %ecx
	wrmsr
2:	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	cmpq	%rsi, %rax
	jb	2b
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	sti
	movl	$2000, %ecx
3:	decl	%ecx
	jnz	3b
	EXIT_STORE
	jmp	1b
GUEST_CODE_END late_disarm

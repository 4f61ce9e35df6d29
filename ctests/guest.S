// SPDX-License-Identifier: MIT
// Guests of guest.c, one per row of hypervisor.md, sections 13.2 and 13.3.

#include "guest_code.h"

GUEST_CODE_START vcpu_resume
	// Ordinary system code must not surface.
	movq	%cr3, %rax
	movq	%rax, %cr3
	WRMSR32	MSR_GS_BASE, 0
	xorl	%eax, %eax
	cpuid
	EXIT_STORE
GUEST_CODE_END vcpu_resume

GUEST_CODE_START set_trap
	movq	$0, TRAP_ADDR
	EXIT_STORE
GUEST_CODE_END set_trap

GUEST_CODE_START set_trap_loop
1:	movq	$0, TRAP_ADDR
	jmp	1b
GUEST_CODE_END set_trap_loop

GUEST_CODE_START set_trap_with_io
	outb	%al, $TRAP_PORT
	EXIT_STORE
GUEST_CODE_END set_trap_with_io

GUEST_CODE_START read_write_state
	addq	$1, %rax
	addq	$2, %rcx
	addq	$3, %rdx
	addq	$4, %rbx
	addq	$5, %rsp
	addq	$6, %rbp
	addq	$7, %rsi
	addq	$8, %rdi
	addq	$9, %r8
	addq	$10, %r9
	addq	$11, %r10
	addq	$12, %r11
	addq	$13, %r12
	addq	$14, %r13
	addq	$15, %r14
	addq	$16, %r15
	stc
	// Sets AC without STAC, which needs SMAP. RSP is under test as well.
	movq	%rsp, AT(read_write_state, .Lsaved_rsp)
	movq	$GUEST_STACK, %rsp
	pushfq
	orq	$RFLAGS_AC, (%rsp)
	popfq
	movq	AT(read_write_state, .Lsaved_rsp), %rsp
	EXIT_STORE
1:	hlt
	jmp	1b
	.balign 8
.Lsaved_rsp:
	.quad	0
GUEST_CODE_END read_write_state

GUEST_CODE_START interrupt
	SETUP_IDT interrupt
	sti
	EXIT_STORE
1:	jmp	1b
GUEST_CODE_END interrupt

GUEST_CODE_START hlt
	SETUP_IDT hlt
	sti
	hlt
1:	hlt
	jmp	1b
GUEST_CODE_END hlt

GUEST_CODE_START pause
	pause
	EXIT_STORE
GUEST_CODE_END pause

GUEST_CODE_START write_cr0
	movq	%cr0, %rax
	movq	%rax, %rbx
	movl	$~(CR0_CD | CR0_NW), %ecx
	andq	%rcx, %rax
	orq	$CR0_NE, %rax
	movq	%rax, %cr0
	movq	%cr0, %rax
	EXIT_STORE
GUEST_CODE_END write_cr0

GUEST_CODE_START write_invalid_cr0
	SETUP_IDT write_invalid_cr0
	movq	%cr0, %rax
	movl	$~CR0_CD, %ecx
	andq	%rcx, %rax
	orq	$CR0_NW, %rax
	movq	%rax, %cr0
1:	jmp	1b
GUEST_CODE_END write_invalid_cr0

GUEST_CODE_START compat_mode
	SETUP_GDT compat_mode
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	pushq	$SEL_CODE32
	pushq	$AT(compat_mode, .Lcode32)
	lretq

	.code32
.Lcode32:
	// INC ECX; LOOP in 32-bit mode: 0 -> 1 -> 0, not taken. In 64-bit mode
	// the byte is a prefix of LOOP, which is taken then.
	.byte	0x41
	loop	1f
	movl	$1, %ebx
1:	pushl	$SEL_CODE64
	pushl	$AT(compat_mode, .Lcode64)
	lretl

	.code64
.Lcode64:
	pushq	$SEL_CODE16
	pushq	$AT(compat_mode, .Lcode16)
	lretq

	.code16
.Lcode16:
	// PUSH moves the stack pointer by 2 in 16-bit mode.
	movl	%esp, %ecx
	pushw	%ax
	subl	%esp, %ecx
	pushw	$SEL_CODE64
	pushw	$AT(compat_mode, .Lcode64_again)
	lretw

	.code64
.Lcode64_again:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	EXIT_STORE
GUEST_CODE_END compat_mode

GUEST_CODE_START syscall
	SETUP_IDT syscall
	movl	$MSR_STAR, %ecx
	xorl	%eax, %eax
	movl	$(SEL_USER_CODE32 << 16 | SEL_CODE64), %edx
	wrmsr
	WRMSR32	MSR_LSTAR, AT(syscall, .Lsyscall_end)
	pushfq
	popq	%r11
	movq	$AT(syscall, .Lsyscall_user), %rcx
	sysretq
.Lsyscall_user:
	syscall
.Lsyscall_end:
	movl	$GUEST_DONE, %eax
	EXIT_STORE
GUEST_CODE_END syscall

GUEST_CODE_START sysenter
	SETUP_IDT sysenter
	SETUP_TSS sysenter
	WRMSR32	MSR_SYSENTER_CS, SEL_CODE64
	WRMSR32	MSR_SYSENTER_EIP, AT(sysenter, .Lsysenter_end)
	WRMSR32	MSR_SYSENTER_ESP, GUEST_STACK
	movq	%rsp, %rcx
	movq	$AT(sysenter, .Lsysenter_user), %rdx
	sysexitq
.Lsysenter_user:
	sysenter
.Lsysenter_end:
	movl	$GUEST_DONE, %eax
	EXIT_STORE
GUEST_CODE_END sysenter

GUEST_CODE_START sysenter_compat
	SETUP_IDT sysenter_compat
	SETUP_TSS sysenter_compat
	WRMSR32	MSR_SYSENTER_CS, SEL_CODE64
	WRMSR32	MSR_SYSENTER_EIP, AT(sysenter_compat, .Lsysenter_compat_end)
	WRMSR32	MSR_SYSENTER_ESP, GUEST_STACK
	movq	%rsp, %rcx
	movq	$AT(sysenter_compat, .Lsysenter_compat_user), %rdx
	sysexitl
	.code32
.Lsysenter_compat_user:
	sysenter
	.code64
.Lsysenter_compat_end:
	movl	$GUEST_DONE, %eax
	EXIT_STORE
GUEST_CODE_END sysenter_compat

GUEST_CODE_START vmcall
	movl	$0xffffffff, %eax
	vmcall
	EXIT_STORE
GUEST_CODE_END vmcall

GUEST_CODE_START vmcall_user
	SETUP_IDT vmcall_user
	movl	$MSR_STAR, %ecx
	xorl	%eax, %eax
	movl	$(SEL_USER_CODE32 << 16 | SEL_CODE64), %edx
	wrmsr
	pushfq
	popq	%r11
	movq	$AT(vmcall_user, .Lvmcall_user), %rcx
	sysretq
.Lvmcall_user:
	movl	$0xffffffff, %eax
	vmcall
	EXIT_STORE
GUEST_CODE_END vmcall_user

GUEST_CODE_START extended_registers
	movq	%cr4, %rax
	orq	$CR4_OSFXSR, %rax
	movq	%rax, %cr4
	movdqu	AT(extended_registers, .Lxmm0), %xmm0
	EXIT_STORE
	// By way of memory: KVM's emulator does not know MOVQ between registers,
	// and some hosts emulate all kernel code.
	movdqu	%xmm0, AT(extended_registers, .Lcopy)
	movq	AT(extended_registers, .Lcopy), %rax
	movq	AT(extended_registers, .Lcopy + 8), %rbx
	EXIT_STORE
	movq	%cr4, %rcx
	andq	$~CR4_OSFXSR, %rcx
	movq	%rcx, %cr4
	EXIT_STORE
	EXIT_STORE
	.balign 16
.Lxmm0:
	.long	0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210
.Lcopy:
	.quad	0, 0
GUEST_CODE_END extended_registers

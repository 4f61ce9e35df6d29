// SPDX-License-Identifier: MIT
// Guests of several VCPUs that the program drives: where they keep things and
// what they can be told to do. C and assembly both include this file.

#ifndef CTESTS_VCPU_CODE_H_
#define CTESTS_VCPU_CODE_H_

#include "guest_code.h"

// The program writes the tables that VX_SETUP loads.
#define VX_GDT 0x5000
#define VX_GDTR 0x5100
#define VX_IDTR 0x5110
#define VX_TARGET 0x5200  // where secondary VCPUs go in 64-bit mode
#define VX_IDT 0x6000
#define VX_HANDLERS 0x8000
#define VX_HANDLER_BYTES 32
// A page for each VCPU: counters of its interrupts, one for each vector, then
// words of its own; R15 points to it.
#define VX_PAGES 0x10000
#define VX_TURNS 0x800  // counts turns of VX_COMPUTE
#define VX_LEAVE 0x808  // ends VX_COMPUTE
#define VX_STACKS 0x60000
// Secondary VCPUs start here, in 16-bit code.
#define VX_AP_ENTRY 0xe0000

// What the guest vx_server does, by RSI. R8 is the vector of the exception
// that it led to, or 0.
#define VX_NOTHING 0
#define VX_RDMSR 1
#define VX_WRMSR 2
#define VX_CPUID 3
#define VX_XSETBV 4
#define VX_RDTSC 5    // into RAX
#define VX_STI_HLT 6
#define VX_HLT 7
#define VX_CLI 8
#define VX_STI 9
#define VX_VMCALL 10
#define VX_WRITE_CR0 11
#define VX_READ_CR0 12
#define VX_COMPUTE 13 // with interrupts on, until VX_LEAVE
#define VX_STORE 14   // RAX to TRAP_ADDR, RCX times
#define VX_OUT 15
#define VX_READ_CR4 16
#define VX_WRITE_CR4 17
#define VX_PAUSE 18
#define VX_STI_SHADOW 19  // exits in the shadow of STI
#define VX_UD2 20
#define VX_TURN 21    // the same, and a store to TRAP_ADDR each turn
#define VX_BELLS 22   // RCX stores to RAX, which counts up by 8, RDX in memory
#define VX_LOAD 23     // RAX from TRAP_ADDR
#define VX_IN 24       // EAX from TRAP_PORT
#define VX_HLT_LOOP 25 // halts until VX_LEAVE, counting turns
#define VX_XGETBV 26 // RAX = XCR0 of RCX, upper half in RDX
#define VX_FAULTS 27 // with interrupts on, an RDMSR that faults each turn
#define VX_STEPS 28  // as VX_TURN, in single steps

#ifdef __ASSEMBLER__

// Tables, stack and own page (R15); EBX is the APIC id. For every VCPU.
.macro VX_SETUP name
	lgdt	VX_GDTR
	lidt	VX_IDTR
	movl	$0x802, %ecx
	rdmsr
	movl	%eax, %ebx
	shll	$12, %eax
	leal	VX_PAGES(%rax), %r15d
	leal	VX_STACKS + 0x1000(%rax), %esp
	pushq	$SEL_CODE64
	pushq	$(.Lset_up_\name - \name\()_start + GUEST_ENTRY)
	lretq
.Lset_up_\name:
.endm

// From 16-bit code to 64-bit code: the way of an operating system.
.macro VX_TO_LONG_MODE
	.code16
	lgdtl	VX_GDTR
	movl	$0x20, %eax		// PAE
	movl	%eax, %cr4
	xorl	%eax, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax		// LME
	wrmsr
	movl	$0x80000011, %eax	// PG, ET, PE
	movl	%eax, %cr0
.endm

// The code of a secondary VCPU at any address below 4 GiB.
GUEST_CODE_START vx_ap
	VX_TO_LONG_MODE
	ljmpl	$SEL_CODE64, $VX_AP_ENTRY + .Lvx_long - vx_ap_start
	.code64
.Lvx_long:
	jmp	*VX_TARGET
GUEST_CODE_END vx_ap

GUEST_CODE_START vx_server
	VX_SETUP vx_server
	movl	$AT(vx_server, .Lnext), %r9d
.Lnext:
	EXIT_STORE
	.globl	vx_server_stopped
vx_server_stopped:
	xorl	%r8d, %r8d
	movl	$AT(vx_server, .Lnext), %r9d
	jmp	*AT(vx_server, .Loperations)(, %rsi, 8)
	.balign 8
.Loperations:
	.quad	AT(vx_server, .Lnext)
	.quad	AT(vx_server, .Lrdmsr)
	.quad	AT(vx_server, .Lwrmsr)
	.quad	AT(vx_server, .Lcpuid)
	.quad	AT(vx_server, .Lxsetbv)
	.quad	AT(vx_server, .Lrdtsc)
	.quad	AT(vx_server, .Lsti_hlt)
	.quad	AT(vx_server, .Lhlt)
	.quad	AT(vx_server, .Lcli)
	.quad	AT(vx_server, .Lsti)
	.quad	AT(vx_server, .Lvmcall)
	.quad	AT(vx_server, .Lwrite_cr0)
	.quad	AT(vx_server, .Lread_cr0)
	.quad	AT(vx_server, .Lcompute)
	.quad	AT(vx_server, .Lstore)
	.quad	AT(vx_server, .Lout)
	.quad	AT(vx_server, .Lread_cr4)
	.quad	AT(vx_server, .Lwrite_cr4)
	.quad	AT(vx_server, .Lpause)
	.quad	AT(vx_server, .Lsti_shadow)
	.quad	AT(vx_server, .Lud2)
	.quad	AT(vx_server, .Lturn)
	.quad	AT(vx_server, .Lbells)
	.quad	AT(vx_server, .Lload)
	.quad	AT(vx_server, .Lin)
	.quad	AT(vx_server, .Lhlt_loop)
	.quad	AT(vx_server, .Lxgetbv)
	.quad	AT(vx_server, .Lfaults)
	.quad	AT(vx_server, .Lsteps)
.Lrdmsr:
	rdmsr
	jmp	.Lnext
.Lwrmsr:
	wrmsr
	jmp	.Lnext
.Lcpuid:
	cpuid
	jmp	.Lnext
.Lxsetbv:
	xsetbv
	jmp	.Lnext
.Lxgetbv:
	xgetbv
	jmp	.Lnext
.Lrdtsc:
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	jmp	.Lnext
.Lsti_hlt:
	cli
	sti
.Lhlt:
	hlt
	jmp	.Lnext
.Lcli:
	cli
	jmp	.Lnext
.Lsti:
	sti
	// Some hosts look for interrupts only now and then.
	movl	$2000, %ecx
1:	decl	%ecx
	jnz	1b
	jmp	.Lnext
.Lvmcall:
	vmcall
	jmp	.Lnext
.Lwrite_cr0:
	movq	%rax, %cr0
	jmp	.Lnext
.Lread_cr0:
	movq	%cr0, %rax
	jmp	.Lnext
.Lcompute:
	sti
1:	incq	VX_TURNS(%r15)
	cmpq	$0, VX_LEAVE(%r15)
	je	1b
	jmp	.Lnext
.Lstore:
1:	movq	%rax, TRAP_ADDR
	decq	%rcx
	jnz	1b
	jmp	.Lnext
.Lout:
	outb	%al, $TRAP_PORT
	jmp	.Lnext
.Lread_cr4:
	movq	%cr4, %rax
	jmp	.Lnext
.Lwrite_cr4:
	movq	%rax, %cr4
	jmp	.Lnext
.Lpause:
	pause
	jmp	.Lnext
.Lsti_shadow:
	sti
	EXIT_STORE
	jmp	.Lnext
.Lud2:
	ud2
	jmp	.Lnext
.Lturn:
	sti
1:	incq	VX_TURNS(%r15)
	movq	$5, TRAP_ADDR
	cmpq	$0, VX_LEAVE(%r15)
	je	1b
	jmp	.Lnext
.Lbells:
1:	movq	%rdx, (%rax)
	incq	VX_TURNS(%r15)
	addq	$8, %rax
	decq	%rcx
	jnz	1b
	jmp	.Lnext
.Lload:
	movq	TRAP_ADDR, %rax
	jmp	.Lnext
.Lin:
	inl	$TRAP_PORT, %eax
	jmp	.Lnext
.Lhlt_loop:
	// With interrupts off in front of STI none is taken before HLT.
1:	cli
	incq	VX_TURNS(%r15)
	cmpq	$0, VX_LEAVE(%r15)
	jne	2f
	sti
	hlt
	jmp	1b
2:	sti
	jmp	.Lnext
.Lfaults:
	movl	$0x839, %ecx
	movl	$AT(vx_server, .Lfaulted), %r9d
	sti
1:	rdmsr
.Lfaulted:
	incq	VX_TURNS(%r15)
	cmpq	$0, VX_LEAVE(%r15)
	je	1b
	jmp	.Lnext
.Lsteps:
	sti
	pushfq
	orq	$0x100, (%rsp)
	popfq
1:	incq	VX_TURNS(%r15)
	movq	$5, TRAP_ADDR
	cmpq	$0, VX_LEAVE(%r15)
	je	1b
	pushfq
	andq	$~0x100, (%rsp)
	popfq
	jmp	.Lnext
GUEST_CODE_END vx_server

#endif  // __ASSEMBLER__

#endif  // CTESTS_VCPU_CODE_H_

// SPDX-License-Identifier: MIT
// What guest code and the tests that run it agree on. C and assembly both
// include this file (hypervisor.md, section 13.1).

#ifndef CTESTS_GUEST_CODE_H_
#define CTESTS_GUEST_CODE_H_

// Guest memory: one VMO, mapped at guest-physical address 0.
#define VMO_SIZE 0x1000000
// A store to this page ends a test; its trap has key 0.
#define EXIT_TEST_ADDR 0xfff000
// A store here ends a test that has failed.
#define EXIT_TEST_FAILURE_ADDR (EXIT_TEST_ADDR + 8)
// The page that tests put their own traps on.
#define TRAP_ADDR 0xffe000
// The port that tests put their own traps on.
#define TRAP_PORT 0x11
#define TRAP_KEY 0x1234
#define EXIT_KEY 0
// Length of the exit store.
#define EXIT_INST_LEN 12

// Guest code starts here. Code and stack share one page: the code grows up
// from its start, the stack down from its end.
#define GUEST_ENTRY 0x2000
#define GUEST_STACK (GUEST_ENTRY + 0x1000)

// Page tables. The first is where CR3 points at the start.
#define PML4_ADDR 0x0
#define PDPT_ADDR 0x1000
#define PD_ADDR 0x100000

// A page of memory that guests count and store in.
#define DATA_ADDR 0x4000
// An address behind the memory.
#define HOLE_ADDR 0x2000000

// Vectors.
#define NMI_VECTOR 2
#define UD_VECTOR 6
#define GP_VECTOR 13
#define EXCEPTION_VECTOR 16
#define INTERRUPT_VECTOR 32
#define IDT_VECTORS 33

// Selectors of the table that SETUP_GDT loads.
#define SEL_CODE32 0x08
#define SEL_CODE64 0x10
#define SEL_DATA 0x18
#define SEL_USER_CODE32 0x20
#define SEL_USER_DATA 0x28
#define SEL_USER_CODE64 0x30
#define SEL_USER_DATA_COPY 0x38
#define SEL_CODE16 0x40
#define SEL_TSS 0x48

// Registers and bits.
#define CR0_NE 0x20
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000
#define CR4_OSFXSR 0x200
#define RFLAGS_CF 0x1
#define RFLAGS_AC 0x40000
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_GS_BASE 0xc0000101
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

// RAX at the end of a guest that got where it wanted to.
#define GUEST_DONE 0x600d

#ifdef __ASSEMBLER__

	.section .note.GNU-stack,"",@progbits

// Guest code is data of the test: it is copied to GUEST_ENTRY and needs no
// relocation.
.macro GUEST_CODE_START name
	.section .rodata.guest,"a",@progbits
	.balign 16
	.code64
	.globl \name\()_start
\name\()_start:
.endm

.macro GUEST_CODE_END name
	.code64
	.globl \name\()_end
\name\()_end:
.endm

// Where a label of a blob is in guest memory.
#define AT(name, label) (label - name##_start + GUEST_ENTRY)

// The store that ends a test: 48 C7 04 25 disp32 imm32, 12 bytes.
.macro EXIT_STORE
	movq	$0, EXIT_TEST_ADDR
.endm

// Loads the segment table and a stack. The table and the task state that
// SETUP_TSS loads lie behind a jump.
.macro SETUP_GDT name
	jmp	.Lgdt_end_\name
	.balign 8
.Lgdt_\name:
	.quad	0			// null
	.quad	0x00cf9a000000ffff	// 0x08 code32
	.quad	0x00af9a000000ffff	// 0x10 code64
	.quad	0x00cf92000000ffff	// 0x18 data
	.quad	0x00cffa000000ffff	// 0x20 user code32
	.quad	0x00cff2000000ffff	// 0x28 user data
	.quad	0x00affa000000ffff	// 0x30 user code64
	.quad	0x00cff2000000ffff	// 0x38 user data again
	.quad	0x008f9a000000ffff	// 0x40 code16
	.word	0x67, .Ltss_\name - \name\()_start + GUEST_ENTRY, 0x8900, 0
	.quad	0			// 0x48 TSS, two entries
.Ltss_\name:
	.long	0
	.quad	GUEST_STACK		// RSP0
	.fill	92, 1, 0
.Lgdtr_\name:
	.word	.Ltss_\name - .Lgdt_\name - 1
	.quad	.Lgdt_\name - \name\()_start + GUEST_ENTRY
.Lgdt_end_\name:
	lgdt	.Lgdtr_\name - \name\()_start + GUEST_ENTRY
	movq	$GUEST_STACK, %rsp
.endm

// The same and an interrupt table. Every handler sets RAX to the vector and
// makes the exit store. Then it halts for good, or returns with after=iretq.
.macro SETUP_IDT name, vectors=IDT_VECTORS, after=hlt
	SETUP_GDT \name
	jmp	.Lidt_end_\name
	.balign 8
.Lidt_\name:
	.set	.Lvector, 0
	.rept	\vectors
	.word	.Lhandlers_\name - \name\()_start + GUEST_ENTRY + .Lvector * 24
	.word	SEL_CODE64
	.word	0x8e00			// 64-bit interrupt gate, DPL 0, IST 0
	.word	0
	.quad	0
	.set	.Lvector, .Lvector + 1
	.endr
.Lidtr_\name:
	.word	. - .Lidt_\name - 1
	.quad	.Lidt_\name - \name\()_start + GUEST_ENTRY
	.balign 8
.Lhandlers_\name:
	.set	.Lvector, 0
	.rept	\vectors
	movq	$.Lvector, %rax		// 7 bytes
	EXIT_STORE			// 12 bytes
1:	\after
	jmp	1b
	.org	.Lhandlers_\name + (.Lvector + 1) * 24, 0x90
	.set	.Lvector, .Lvector + 1
	.endr
.Lidt_end_\name:
	lidt	.Lidtr_\name - \name\()_start + GUEST_ENTRY
	movq	$GUEST_STACK, %rsp
	.ifc \after,iretq
	// A VCPU starts with a null selector in CS, which IRETQ refuses.
	pushq	$SEL_CODE64
	pushq	$(.Lreloaded_\name - \name\()_start + GUEST_ENTRY)
	lretq
.Lreloaded_\name:
	.endif
.endm

// Gives exceptions of ring 3 a stack, after SETUP_GDT. Destroys RAX.
.macro SETUP_TSS name
	movl	$SEL_TSS, %eax
	ltr	%ax
.endm

// Writes an MSR whose upper half is 0. Destroys RAX, RCX and RDX.
.macro WRMSR32 msr, value
	movl	$\msr, %ecx
	movl	$(\value), %eax
	xorl	%edx, %edx
	wrmsr
.endm

// RAX = EDX of CPUID leaf 0x80000001, 0 without that leaf. The fixture runs it.
GUEST_CODE_START gf_probe
	movl	$0x80000000, %eax
	cpuid
	xorl	%edx, %edx
	cmpl	$0x80000001, %eax
	jb	.Lgf_probe_done
	movl	$0x80000001, %eax
	cpuid
.Lgf_probe_done:
	movq	%rdx, %rax
	EXIT_STORE
GUEST_CODE_END gf_probe

#else

// Declares the guest code `name` of the assembly beside a test.
#define GUEST_CODE(name) extern const char name##_start[], name##_end[]

#endif  // __ASSEMBLER__

#endif  // CTESTS_GUEST_CODE_H_

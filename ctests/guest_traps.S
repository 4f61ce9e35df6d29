// SPDX-License-Identifier: MIT
// Guests of guest_traps.c.

#include "guest_code.h"

#define T TRAP_ADDR
#define P TRAP_PORT

// The next blobs consist of trapped instructions only, so the bytes in the
// packets can be compared with the blob itself.

GUEST_CODE_START loads
	movb	T + 0x10, %bl
	movw	T + 0x22, %cx
	movl	T + 0x34, %edx
	movq	T + 0x48, %rsi
	movb	T + 0x57, %r9b
	movw	T + 0x61, %r10w		// unaligned
	movl	T + 0x73, %r11d
	movq	T + 0x85, %r12
	movzbl	T + 0x91, %edi
	movzwl	T + 0xa0, %ebp
	movl	8(%r15), %eax
	movq	(%r15, %r14, 8), %r13
	EXIT_STORE
GUEST_CODE_END loads

GUEST_CODE_START stores
	movb	$0x12, T + 0x10
	movw	$0x1234, T + 0x20
	movl	$0x12345678, T + 0x30
	movq	$-2, T + 0x40
	movb	%bl, T + 0x50
	movw	%cx, T + 0x60
	movl	%edx, T + 0x70
	movq	%rsi, T + 0x80
	movb	%r9b, T + 0x91
	movw	%r10w, T + 0xa3		// unaligned
	movl	%r11d, T + 0xb5
	movq	%r12, T + 0xc7
	movb	$1, 4(%r15)
	movl	%eax, 0x100(%r15)
	movq	%r13, (%r15, %r14, 8)
	// movl $5, T + 0xd0 (RIP-relative)
	.byte	0xc7, 0x05
	.long	T + 0xd0 - AT(stores, .Lafter_relative)
	.long	5
.Lafter_relative:
	movq	$0, T + 0xff8
	EXIT_STORE
GUEST_CODE_END stores

GUEST_CODE_START read_modify_write
	addl	$1, T + 0x10
	orb	$0x80, T + 0x21
	lock orq $1, T + 0x30
	incw	T + 0x40
	xchgl	%ebx, T + 0x50
	xaddq	%rcx, T + 0x60
	andq	%rdx, T + 0x70
	EXIT_STORE
GUEST_CODE_END read_modify_write

GUEST_CODE_START compares
	testb	$0xff, T + 0x10
	cmpl	$1, T + 0x20
	cmpq	%rax, T + 0x30
	EXIT_STORE
GUEST_CODE_END compares

GUEST_CODE_START strings
	stosb
	stosq
	rep stosb
	rep stosl
	lodsb
	EXIT_STORE
GUEST_CODE_END strings

GUEST_CODE_START crossing
	movq	$1, T + 0xffc
	movq	T + 0xffd, %rax
	EXIT_STORE
GUEST_CODE_END crossing

// One of each kind of exit, for ever.
GUEST_CODE_START every_kind
1:	movq	$0x11, T
	movq	T + 8, %rax
	outb	%al, $P
	inb	$P, %al
	movl	%ebx, T + 16
	movl	T + 24, %ecx
	outl	%eax, $P
	inl	$P, %eax
	jmp	1b
GUEST_CODE_END every_kind

// The same with interrupts.
GUEST_CODE_START every_kind_interrupted
	SETUP_IDT every_kind_interrupted, after=iretq
	EXIT_STORE
	sti
1:	movq	$0x11, T
	movq	T + 8, %rax
	outb	%al, $P
	inb	$P, %al
	movl	%ebx, T + 16
	movl	T + 24, %ecx
	outl	%eax, $P
	inl	$P, %eax
	jmp	1b
GUEST_CODE_END every_kind_interrupted

// Stores of 32-bit, 16-bit and 64-bit code, all through flat data segments.
GUEST_CODE_START code_sizes
	SETUP_GDT code_sizes
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %ss
	pushq	$SEL_CODE32
	pushq	$AT(code_sizes, .Lsizes32)
	lretq
	.code32
	.globl	code_sizes_32
.Lsizes32:
code_sizes_32:
	movl	$0x32, T
	movw	$0x32, T
	pushl	$SEL_CODE64
	pushl	$AT(code_sizes, .Lsizes64)
	lretl
	.code64
.Lsizes64:
	pushq	$SEL_CODE16
	pushq	$AT(code_sizes, .Lsizes16)
	lretq
	.code16
	.globl	code_sizes_16
.Lsizes16:
code_sizes_16:
	// movw $0x16, %ds:T and movl, with 32-bit addresses
	.byte	0x67, 0xc7, 0x05
	.long	T
	.word	0x16
	.byte	0x67, 0x66, 0xc7, 0x05
	.long	T
	.long	0x16
	pushw	$SEL_CODE64
	pushw	$AT(code_sizes, .Lsizes_end)
	lretw
	.code64
.Lsizes_end:
	EXIT_STORE
GUEST_CODE_END code_sizes

// The same accesses from ring 3.
GUEST_CODE_START user_mode
	SETUP_IDT user_mode
	movl	$MSR_STAR, %ecx
	xorl	%eax, %eax
	movl	$(SEL_USER_CODE32 << 16 | SEL_CODE64), %edx
	wrmsr
	pushfq
	popq	%r11
	movq	$AT(user_mode, .Luser), %rcx
	sysretq
	.globl	user_mode_user
.Luser:
user_mode_user:
	movq	$0x1234, T + 8
	movl	T + 16, %ebx
	addq	$1, T + 24
	EXIT_STORE
GUEST_CODE_END user_mode

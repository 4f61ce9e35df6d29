// SPDX-License-Identifier: MIT
// The guest's first instructions, copied to BOOT_CODE.
//
// A VCPU starts in 64-bit mode without descriptor tables. Linux's boot protocol wants some: code at
// selector 0x10, data at 0x18, both flat, and the segment registers set so. RAX is the kernel's entry, RSI
// the boot parameters, RSP some memory below this code, and RDI this code's address, which the assembler
// does not know.

	.section .note.GNU-stack,"",@progbits
	.section .rodata
	.globl	boot_code_start, boot_code_end
	.balign 16
boot_code_start:
	leaq	gdt - boot_code_start(%rdi), %rcx
	movq	%rcx, gdt_register - boot_code_start + 2(%rdi)
	lgdt	gdt_register - boot_code_start(%rdi)
	movl	$0x18, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %ss
	pushq	$0x10
	pushq	%rax
	lretq

	.balign 8
gdt:	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff	// 0x10: 64-bit code
	.quad	0x00cf93000000ffff	// 0x18: data
gdt_register:
	.word	. - gdt - 1
	.quad	0
boot_code_end:

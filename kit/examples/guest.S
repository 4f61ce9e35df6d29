// SPDX-License-Identifier: MIT
// Guest code: each piece is copied to GUEST_ENTRY, so it may not care where it was assembled.
#include "guest.h"

	.section .note.GNU-stack, "", @progbits
	.section .rodata

.macro piece name
	.globl	guest_\name\()_start, guest_\name\()_end
	.balign	16
guest_\name\()_start:
.endm

	piece	exit			// ends at once
	movl	$0, EXIT_ADDR
guest_exit_end:

	piece	add			// adds RBX to RAX
	addq	%rbx, %rax
	movl	$0, EXIT_ADDR
guest_add_end:

	piece	port			// asks a port, doubles the answer
	inb	$EXIT_PORT, %al
	addb	%al, %al
	outb	%al, $EXIT_PORT
guest_port_end:

#define AT(label) (label - guest_sleep_start + GUEST_ENTRY)
	piece	sleep			// sleeps until an interrupt comes
	movq	$GUEST_STACK, %rsp
	lgdt	AT(gdt_register)
	lidt	AT(idt_register)
	pushq	$CODE_SELECTOR
	pushq	$AT(1f)
	lretq
1:	sti
	hlt
	jmp	1b
handler:
	movl	$0, EXIT_ADDR
	.balign	8
gdt:	.quad	0
	.quad	0x00af9a000000ffff
gdt_register:
	.word	. - gdt - 1
	.quad	AT(gdt)
	.balign	8
idt:	.fill	VECTOR * 16, 1, 0
	.word	AT(handler), CODE_SELECTOR, 0x8e00, 0
	.quad	0
idt_register:
	.word	. - idt - 1
	.quad	AT(idt)
guest_sleep_end:

	piece	bell			// rings and ends
	movl	$1, BELL_ADDR
	movl	$0, EXIT_ADDR
guest_bell_end:

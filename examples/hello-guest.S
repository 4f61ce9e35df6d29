// SPDX-License-Identifier: MIT
// The guest of hello-guest.c: 64-bit kernel code without any operating system.
//
// hello-guest.c copies everything between guest_start and guest_end to
// GUEST_ENTRY. The assembler does not know that address, so addresses inside
// the guest are written as AT(label).

#include "hello-guest.h"

#define AT(label) (label - guest_start + GUEST_ENTRY)

	.section .note.GNU-stack,"",@progbits
	.section .rodata
	.globl	guest_start, guest_end
	.balign 16
guest_start:
	// A VCPU starts without stack and without tables: RIP is the entry, the
	// page tables are at address 0, and everything else is zero.
	movq	$GUEST_STACK, %rsp
	lgdt	AT(gdt_register)
	lidt	AT(idt_register)
	pushq	$CODE_SELECTOR		// interrupts return to the present code
	pushq	$AT(reload_cs)		// segment, so it has to be one of ours
	lretq
reload_cs:

	// 1. Print: every byte goes out through a port.
	movl	$AT(hello), %esi
	call	print

	// 2. Use a device: its registers are memory that is not there.
	movl	$5, DEVICE_ADDR + DEVICE_ADD	// an immediate
	movl	$37, %eax
	movl	%eax, DEVICE_ADDR + DEVICE_ADD	// a register
	movl	DEVICE_ADDR + DEVICE_SUM, %ebx	// and a load
	movl	$AT(sum), %esi
	call	print
	movl	%ebx, %eax
	call	print_number

	// 3. Ask the program something: a port can be read too.
	movl	$AT(lucky), %esi
	call	print
	inb	$QUESTION_PORT, %al
	movzbl	%al, %eax
	call	print_number

	// 4. Ring the bell, which does not stop this VCPU, and sleep until an
	//    interrupt comes. STI works only after the next instruction, so the
	//    interrupt cannot slip in before HLT.
	movl	$AT(ring), %esi
	call	print
	movl	$1, BELL_ADDR
1:	sti
	hlt
	cli
	cmpl	$0, AT(interrupts)
	je	1b
	movl	$AT(awake), %esi
	call	print

	// 5. Stop. The program does not resume us after this.
	outb	%al, $STOP_PORT
2:	hlt
	jmp	2b

// Prints the string at RSI, which ends with 0.
print:
	movb	(%rsi), %al
	testb	%al, %al
	jz	1f
	outb	%al, $CONSOLE_PORT
	incq	%rsi
	jmp	print
1:	ret

// Prints EAX as a decimal number below 100, and a line end.
print_number:
	xorl	%edx, %edx
	movl	$10, %ecx
	divl	%ecx
	addl	$'0', %eax
	outb	%al, $CONSOLE_PORT
	movl	%edx, %eax
	addl	$'0', %eax
	outb	%al, $CONSOLE_PORT
	movb	$'\n', %al
	outb	%al, $CONSOLE_PORT
	ret

// There is no interrupt controller to tell that the interrupt was handled.
interrupt_handler:
	incl	AT(interrupts)
	iretq

	.balign 8
interrupts:
	.long	0

hello:	.asciz	"Hello from the guest!\n"
sum:	.asciz	"The device says that 5 + 37 is "
lucky:	.asciz	"The program's lucky number is "
ring:	.asciz	"Ringing the bell, then sleeping.\n"
awake:	.asciz	"An interrupt woke me. Good bye!\n"

	.balign 8
gdt:	.quad	0
	.quad	0x00af9a000000ffff	// CODE_SELECTOR: 64-bit code
gdt_register:
	.word	. - gdt - 1
	.quad	AT(gdt)

	// One gate: INTERRUPT_VECTOR. Lower vectors are exceptions, which this
	// guest does not have.
	.balign 8
idt:	.fill	INTERRUPT_VECTOR * 16, 1, 0
	.word	AT(interrupt_handler), CODE_SELECTOR, 0x8e00, 0
	.quad	0
idt_register:
	.word	. - idt - 1
	.quad	AT(idt)
guest_end:

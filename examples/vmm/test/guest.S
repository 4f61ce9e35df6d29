// SPDX-License-Identifier: MIT
// Kernels of a few instructions for test/run.sh: prints a letter, then asks for what ENDING says.

	.globl	_start
_start:	movb	$'K', %al
	movw	$0x3f8, %dx
	outb	%al, %dx
#if ENDING == 1				// power-off
	movb	$0x34, %al
	movw	$0x600, %dx
	outb	%al, %dx
#elif ENDING == 2			// reset
	movb	$0xfe, %al
	outb	%al, $0x64
#elif ENDING == 3			// a triple fault
	lidt	empty(%rip)
	ud2
empty:	.quad	0, 0
#elif ENDING == 4			// what was typed, and its echo
1:	movw	$0x3fd, %dx
	inb	%dx, %al
	testb	$1, %al
	jz	1b
	movw	$0x3f8, %dx
	inb	%dx, %al
	outb	%al, %dx
	jmp	1b
#endif
1:	hlt
	jmp	1b

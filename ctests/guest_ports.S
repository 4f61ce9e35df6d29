// SPDX-License-Identifier: MIT
// Guests of guest_ports.c.

#include "guest_code.h"

#define P TRAP_PORT

GUEST_CODE_START io
	outb	%al, $P
	outw	%ax, $P
	outl	%eax, $P
	outb	%al, %dx
	outw	%ax, %dx
	outl	%eax, %dx
	inb	$P, %al
	inw	$P, %ax
	inl	$P, %eax
	inb	%dx, %al
	inw	%dx, %ax
	inl	%dx, %eax
	EXIT_STORE
GUEST_CODE_END io

GUEST_CODE_START untrapped_ports
	outb	%al, $0x21
	outw	%ax, $0x23
	inb	$0x25, %al
	inl	$0x27, %eax
	outl	%eax, %dx
	EXIT_STORE
GUEST_CODE_END untrapped_ports

GUEST_CODE_START outs
	outsb
	EXIT_STORE
GUEST_CODE_END outs

GUEST_CODE_START rep_outs
	rep outsb
	EXIT_STORE
GUEST_CODE_END rep_outs

GUEST_CODE_START ins
	insb
	EXIT_STORE
GUEST_CODE_END ins

GUEST_CODE_START rep_ins
	rep insl
	EXIT_STORE
GUEST_CODE_END rep_ins

// Code that the test has written somewhere.
GUEST_CODE_START jump
	jmpq	*%rbx
GUEST_CODE_END jump

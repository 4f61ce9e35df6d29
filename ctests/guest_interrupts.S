// SPDX-License-Identifier: MIT
// Guests of guest_interrupts.c.

#include "guest_code.h"

GUEST_CODE_START interrupts_off
	SETUP_IDT interrupts_off
	EXIT_STORE
	EXIT_STORE
	sti
1:	jmp	1b
GUEST_CODE_END interrupts_off

GUEST_CODE_START interrupts_return
	SETUP_IDT interrupts_return, vectors=49, after=iretq
	sti
	EXIT_STORE
1:	incq	DATA_ADDR
	jmp	1b
GUEST_CODE_END interrupts_return

GUEST_CODE_START hlt_interrupts_off
	SETUP_IDT hlt_interrupts_off
	hlt
	EXIT_STORE
	sti
1:	jmp	1b
GUEST_CODE_END hlt_interrupts_off

// SPDX-License-Identifier: MIT
// Guests of guest_space.c.

#include "guest_code.h"

// Loads from wherever RSI points.
GUEST_CODE_START touch
1:	movq	(%rsi), %rax
	EXIT_STORE
	jmp	1b
GUEST_CODE_END touch

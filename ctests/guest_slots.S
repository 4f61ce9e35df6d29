// SPDX-License-Identifier: MIT
// The guest of guest_slots.c.

#include "guest_code.h"

// Loads from where RSI points, stores RBX there if RDX is not 0, for ever.
GUEST_CODE_START load_store
1:	movq	(%rsi), %rax
	testq	%rdx, %rdx
	jz	2f
	movq	%rbx, (%rsi)
2:	EXIT_STORE
	jmp	1b
GUEST_CODE_END load_store

// SPDX-License-Identifier: MIT
// Guests of guest_calls.c.

#include "guest_code.h"

GUEST_CODE_START exit_loop
1:	EXIT_STORE
	jmp	1b
GUEST_CODE_END exit_loop

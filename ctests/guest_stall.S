// SPDX-License-Identifier: MIT
// The guest of guest_stall.c.

#include "guest_code.h"

// Code that the test has written somewhere.
GUEST_CODE_START stall_jump
	jmpq	*%rbx
GUEST_CODE_END stall_jump

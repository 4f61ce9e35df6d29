// SPDX-License-Identifier: MIT
// The guest of guest_undo.c.

#include "guest_code.h"

// Code that the test has written somewhere.
GUEST_CODE_START undo_jump
	jmpq	*%rbx
GUEST_CODE_END undo_jump

// SPDX-License-Identifier: MIT
// The guest of guest_changes.c writes its own code; here is what every test has.

#include "guest_code.h"

GUEST_CODE_START changes
	movl	$0x200040, %eax
	jmp	*%rax
GUEST_CODE_END changes

// SPDX-License-Identifier: MIT
// Guest of stats.c.

#include "guest_code.h"

GUEST_CODE_START counted
1:	outb	%al, $TRAP_PORT
	jmp	1b
GUEST_CODE_END counted

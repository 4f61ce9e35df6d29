// SPDX-License-Identifier: MIT
#include <limits.h>
	.section .rodata
	.globl page_size_in_assembly
page_size_in_assembly:
	.long PAGE_SIZE
	.section .note.GNU-stack, "", @progbits

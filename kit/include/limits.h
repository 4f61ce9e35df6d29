// SPDX-License-Identifier: MIT
// The system's <limits.h>, and PAGE_SIZE, for C, C++ and assembly. Not guarded: the compiler's own
// header includes the one below it again.
#if !defined(__ASSEMBLER__)
#pragma GCC system_header
#endif
#if defined(__ASSEMBLER__)
#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif
#else
#include_next <limits.h>
#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif
#ifndef PAGE_MASK
#define PAGE_MASK (PAGE_SIZE - 1)
#endif
#endif

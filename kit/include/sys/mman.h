// SPDX-License-Identifier: MIT
// The system's <sys/mman.h>, and a flag of Fuchsia's that Linux does not need.
#if !defined(__ASSEMBLER__)
#pragma GCC system_header
#endif
#include_next <sys/mman.h>

#ifndef MAP_JIT
#define MAP_JIT 0
#endif

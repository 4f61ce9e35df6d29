// SPDX-License-Identifier: MIT
// Page sizes.

#ifndef LIBZX_ZIRCON_LIMITS_H_
#define LIBZX_ZIRCON_LIMITS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

// Page sizes.
#define ZX_MIN_PAGE_SHIFT 12u
#define ZX_PAGE_SHIFT 12u
#if defined(__x86_64__)
#define ZX_MAX_PAGE_SHIFT 21u
#endif
#if defined(__aarch64__)
#define ZX_MAX_PAGE_SHIFT 16u
#endif
#define ZX_PAGE_MASK ((uintptr_t)0xffful)
#define ZX_MIN_PAGE_SIZE ((uintptr_t)0x1000ul)
#define ZX_PAGE_SIZE ((uintptr_t)0x1000ul)
#if defined(__x86_64__)
#define ZX_MAX_PAGE_SIZE ((uintptr_t)0x00200000ul)
#endif
#if defined(__aarch64__)
#define ZX_MAX_PAGE_SIZE ((uintptr_t)0x00010000ul)
#endif

#endif  // LIBZX_ZIRCON_LIMITS_H_

// SPDX-License-Identifier: MIT
// Checks that end the program when they fail.

#ifndef LIBZX_ZIRCON_ASSERT_H_
#define LIBZX_ZIRCON_ASSERT_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <zircon/compiler.h>

// Debug checks are compiled in when this is true.
#if defined(ZX_ASSERT_LEVEL)
#define ZX_DEBUG_ASSERT_IMPLEMENTED (ZX_ASSERT_LEVEL > 1)
#elif defined(ZX_DEBUGLEVEL)
#define ZX_DEBUG_ASSERT_IMPLEMENTED (ZX_DEBUGLEVEL > 1)
#else
#define ZX_DEBUG_ASSERT_IMPLEMENTED 0
#endif

#ifdef __cplusplus
#define __LIBZX_SHOW_AND_ABORT(...) (::fprintf(stderr, __VA_ARGS__), ::abort())
#else
#define __LIBZX_SHOW_AND_ABORT(...) (fprintf(stderr, __VA_ARGS__), abort())
#endif

// Prints a message made as by printf, then ends the program.
#define ZX_PANIC(...) __LIBZX_SHOW_AND_ABORT(__VA_ARGS__)

// Ends the program unless x is true.
#define ZX_ASSERT(x)                                                        \
  do {                                                                      \
    if (unlikely(!(x))) {                                                   \
      ZX_PANIC("ASSERT FAILED at (%s:%d): %s\n", __FILE__, __LINE__, #x);   \
    }                                                                       \
  } while (0)

// The same with a message made as by printf, whose format is a string literal.
#define ZX_ASSERT_MSG(x, ...)                                               \
  do {                                                                      \
    if (unlikely(!(x))) {                                                   \
      fprintf(stderr, "ASSERT FAILED at (%s:%d): %s\n", __FILE__, __LINE__, #x); \
      ZX_PANIC(__VA_ARGS__);                                                \
    }                                                                       \
  } while (0)

// The same when debug checks, or implemented, are on; x must compile in any case.
#define ZX_DEBUG_ASSERT_COND(implemented, x) \
  do {                                       \
    if (implemented) {                       \
      ZX_ASSERT(x);                          \
    }                                        \
  } while (0)

#define ZX_DEBUG_ASSERT_MSG_COND(implemented, x, ...) \
  do {                                                \
    if (implemented) {                                \
      ZX_ASSERT_MSG(x, __VA_ARGS__);                  \
    }                                                 \
  } while (0)

#define ZX_DEBUG_ASSERT(x) ZX_DEBUG_ASSERT_COND(ZX_DEBUG_ASSERT_IMPLEMENTED, x)
#define ZX_DEBUG_ASSERT_MSG(x, ...) \
  ZX_DEBUG_ASSERT_MSG_COND(ZX_DEBUG_ASSERT_IMPLEMENTED, x, __VA_ARGS__)

#endif  // LIBZX_ZIRCON_ASSERT_H_

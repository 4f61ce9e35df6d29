// SPDX-License-Identifier: MIT
// A string with its length.

#ifndef LIBZX_ZIRCON_STRING_VIEW_H_
#define LIBZX_ZIRCON_STRING_VIEW_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stddef.h>

#ifdef __cplusplus
#include <string>
#if __cplusplus >= 201703L
#include <string_view>
#endif
#endif

// Not NUL-terminated unless a call says so.
typedef struct zx_string_view {
  const char *c_str;
  size_t length;
#ifdef __cplusplus
  constexpr const char *data() const { return c_str; }
  constexpr size_t size() const { return length; }
  operator std::string() const { return std::string(c_str, length); }
#if __cplusplus >= 201703L
  constexpr operator std::string_view() const { return std::string_view(c_str, length); }
#endif
#endif
} zx_string_view_t;

#endif  // LIBZX_ZIRCON_STRING_VIEW_H_

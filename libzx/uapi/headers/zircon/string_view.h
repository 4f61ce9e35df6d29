// SPDX-License-Identifier: MIT
// A string with its length.

#ifndef LIBZX_ZIRCON_STRING_VIEW_H_
#define LIBZX_ZIRCON_STRING_VIEW_H_

#include <stddef.h>

#ifdef __cplusplus
#include <string_view>
#endif

// Not NUL-terminated unless a call says so.
typedef struct {
  const char *c_str;
  size_t length;
#if defined(__cplusplus) && __cplusplus >= 201703L
  constexpr operator std::string_view() const { return std::string_view(c_str, length); }
#endif
} zx_string_view_t;

#endif  // LIBZX_ZIRCON_STRING_VIEW_H_

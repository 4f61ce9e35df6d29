// SPDX-License-Identifier: MIT
// fbl::Span, the name that cpp20::span had in 2020 and 2021.
#ifndef FBL_SPAN_H_
#define FBL_SPAN_H_

#include <lib/stdcompat/span.h>

namespace fbl {

template <typename T>
using Span = cpp20::span<T>;

template <typename T>
Span<const std::byte> as_bytes(Span<T> of) {
  return cpp20::as_bytes(of);
}

template <typename T>
Span<std::byte> as_writable_bytes(Span<T> of) {
  return cpp20::as_writable_bytes(of);
}

}  // namespace fbl

#endif  // FBL_SPAN_H_

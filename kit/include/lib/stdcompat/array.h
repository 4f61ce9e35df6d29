// SPDX-License-Identifier: MIT
#ifndef LIB_STDCOMPAT_ARRAY_H_
#define LIB_STDCOMPAT_ARRAY_H_

#include <stddef.h>

#include <array>
#include <type_traits>
#include <utility>

namespace cpp20 {

#if __cplusplus >= 202002L

using std::to_array;

#else

namespace detail {

template <typename T, size_t kSize, size_t... kIndex>
constexpr std::array<std::remove_cv_t<T>, kSize> to_array(T (&from)[kSize],
                                                          std::index_sequence<kIndex...>) {
  return {{from[kIndex]...}};
}

template <typename T, size_t kSize, size_t... kIndex>
constexpr std::array<std::remove_cv_t<T>, kSize> to_array(T (&&from)[kSize],
                                                          std::index_sequence<kIndex...>) {
  return {{std::move(from[kIndex])...}};
}

}  // namespace detail

template <typename T, size_t kSize>
constexpr std::array<std::remove_cv_t<T>, kSize> to_array(T (&from)[kSize]) {
  return detail::to_array(from, std::make_index_sequence<kSize>());
}

template <typename T, size_t kSize>
constexpr std::array<std::remove_cv_t<T>, kSize> to_array(T (&&from)[kSize]) {
  return detail::to_array(std::move(from), std::make_index_sequence<kSize>());
}

#endif

}  // namespace cpp20

#endif  // LIB_STDCOMPAT_ARRAY_H_

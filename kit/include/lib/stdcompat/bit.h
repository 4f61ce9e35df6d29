// SPDX-License-Identifier: MIT
#ifndef LIB_STDCOMPAT_BIT_H_
#define LIB_STDCOMPAT_BIT_H_

#include <string.h>

#include <type_traits>

#if __cplusplus >= 202002L
#include <bit>

namespace cpp20 {

using std::bit_cast;
using std::countl_zero;
using std::countr_zero;
using std::has_single_bit;
using std::popcount;

}  // namespace cpp20

#else

namespace cpp20 {

template <typename To, typename From>
To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From), "the sizes differ");
  static_assert(std::is_trivially_copyable<To>::value && std::is_trivially_copyable<From>::value,
                "not made of bytes alone");
  To to;
  memcpy(&to, &from, sizeof(to));
  return to;
}

template <typename T>
constexpr bool has_single_bit(T value) {
  static_assert(std::is_unsigned<T>::value, "for unsigned types");
  return value != 0 && (value & (value - 1)) == 0;
}

template <typename T>
constexpr int popcount(T value) {
  static_assert(std::is_unsigned<T>::value, "for unsigned types");
  return __builtin_popcountll(value);
}

template <typename T>
constexpr int countr_zero(T value) {
  static_assert(std::is_unsigned<T>::value, "for unsigned types");
  return value == 0 ? static_cast<int>(sizeof(T) * 8) : __builtin_ctzll(value);
}

template <typename T>
constexpr int countl_zero(T value) {
  static_assert(std::is_unsigned<T>::value, "for unsigned types");
  return value == 0 ? static_cast<int>(sizeof(T) * 8)
                    : __builtin_clzll(value) - static_cast<int>(64 - sizeof(T) * 8);
}

}  // namespace cpp20

#endif

#endif  // LIB_STDCOMPAT_BIT_H_

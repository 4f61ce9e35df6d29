// SPDX-License-Identifier: MIT
// Rounding, counting, and the algorithms that programs of 2018 took from here.
#ifndef FBL_ALGORITHM_H_
#define FBL_ALGORITHM_H_

#include <stddef.h>

#include <algorithm>
#include <numeric>
#include <type_traits>
#include <utility>

namespace fbl {

// The least multiple of `multiple` that is not below `value`, in the wider of the two types.
template <typename T, typename U, typename C = std::conditional_t<sizeof(T) >= sizeof(U), T, U>>
constexpr C round_up(const T& value, const U& multiple) {
  static_assert(std::is_unsigned_v<T> && std::is_unsigned_v<U>, "for unsigned types");
  const C rest = static_cast<C>(static_cast<C>(value) % static_cast<C>(multiple));
  return rest == 0 ? static_cast<C>(value) : static_cast<C>(value + (multiple - rest));
}

// The greatest multiple of `multiple` that is not above `value`.
template <typename T, typename U, typename C = std::conditional_t<sizeof(T) >= sizeof(U), T, U>>
constexpr C round_down(const T& value, const U& multiple) {
  static_assert(std::is_unsigned_v<T> && std::is_unsigned_v<U>, "for unsigned types");
  return static_cast<C>(value - static_cast<C>(value) % static_cast<C>(multiple));
}

template <typename T, typename = std::enable_if_t<std::is_unsigned_v<T>>>
constexpr bool is_pow2(T value) {
  return value != 0 && (value & (value - 1)) == 0;
}

template <typename T, size_t kSize>
constexpr size_t count_of(T const (&)[kSize]) {
  return kSize;
}

using std::accumulate;
using std::gcd;
using std::lcm;
using std::lower_bound;
using std::max;
using std::max_element;
using std::min;
using std::min_element;

template <typename T>
constexpr const T& clamp(const T& value, const T& low, const T& high) {
  return std::clamp(value, low, high);
}

}  // namespace fbl

#endif  // FBL_ALGORITHM_H_

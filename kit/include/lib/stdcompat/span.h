// SPDX-License-Identifier: MIT
#ifndef LIB_STDCOMPAT_SPAN_H_
#define LIB_STDCOMPAT_SPAN_H_

#include <stddef.h>

#include <array>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

#if __cplusplus >= 202002L
#include <span>

namespace cpp20 {

using std::as_bytes;
using std::as_writable_bytes;
using std::dynamic_extent;
using std::span;

}  // namespace cpp20

#else

namespace cpp20 {

inline constexpr size_t dynamic_extent = static_cast<size_t>(-1);

// Elements that somebody else owns. Of the standard's span what programs use; the extent is only
// a size to begin with.
template <typename T, size_t kExtent = dynamic_extent>
class span {
 public:
  // Whether elements of another type can be seen as these.
  template <typename U>
  using if_convertible = std::enable_if_t<std::is_convertible_v<U (*)[], T (*)[]>>;
  template <typename C>
  using if_container = std::enable_if_t<
      std::is_convertible_v<
          std::remove_pointer_t<decltype(std::data(std::declval<C&>()))> (*)[], T (*)[]> &&
      std::is_integral_v<decltype(std::size(std::declval<C&>()))>>;

  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  using size_type = size_t;
  using difference_type = ptrdiff_t;
  using pointer = T*;
  using reference = T&;
  using iterator = T*;
  using reverse_iterator = std::reverse_iterator<iterator>;
  static constexpr size_t extent = kExtent;

  constexpr span() = default;
  constexpr span(T* first, size_t count) : data_(first), size_(count) {}
  constexpr span(T* first, T* last) : data_(first), size_(static_cast<size_t>(last - first)) {}
  template <size_t kSize>
  constexpr span(T (&array)[kSize]) : data_(array), size_(kSize) {}
  template <typename U, size_t kSize, typename = if_convertible<U>>
  constexpr span(std::array<U, kSize>& array) : data_(array.data()), size_(kSize) {}
  template <typename U, size_t kSize, typename = if_convertible<const U>>
  constexpr span(const std::array<U, kSize>& array) : data_(array.data()), size_(kSize) {}
  template <typename U, size_t kOther, typename = if_convertible<U>>
  constexpr span(const span<U, kOther>& other) : data_(other.data()), size_(other.size()) {}
  template <typename C, typename = if_container<C>>
  constexpr span(C& container) : data_(std::data(container)), size_(std::size(container)) {}
  template <typename C, typename = if_container<const C>>
  constexpr span(const C& container) : data_(std::data(container)), size_(std::size(container)) {}

  constexpr T* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr size_t size_bytes() const { return size_ * sizeof(T); }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T& operator[](size_t index) const { return data_[index]; }
  constexpr T& front() const { return data_[0]; }
  constexpr T& back() const { return data_[size_ - 1]; }
  constexpr iterator begin() const { return data_; }
  constexpr iterator end() const { return data_ + size_; }
  constexpr reverse_iterator rbegin() const { return reverse_iterator(end()); }
  constexpr reverse_iterator rend() const { return reverse_iterator(begin()); }

  constexpr span<T> first(size_t count) const { return {data_, count}; }
  constexpr span<T> last(size_t count) const { return {data_ + (size_ - count), count}; }
  constexpr span<T> subspan(size_t offset, size_t count = dynamic_extent) const {
    return {data_ + offset, count == dynamic_extent ? size_ - offset : count};
  }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

template <typename T, size_t kSize>
span(T (&)[kSize]) -> span<T, kSize>;
template <typename T, size_t kSize>
span(std::array<T, kSize>&) -> span<T, kSize>;
template <typename T, size_t kSize>
span(const std::array<T, kSize>&) -> span<const T, kSize>;
template <typename C>
span(C&) -> span<std::remove_pointer_t<decltype(std::data(std::declval<C&>()))>>;
template <typename C>
span(const C&) -> span<std::remove_pointer_t<decltype(std::data(std::declval<const C&>()))>>;

template <typename T, size_t kExtent>
span<const std::byte> as_bytes(span<T, kExtent> of) {
  return {reinterpret_cast<const std::byte*>(of.data()), of.size_bytes()};
}

template <typename T, size_t kExtent>
span<std::byte> as_writable_bytes(span<T, kExtent> of) {
  return {reinterpret_cast<std::byte*>(of.data()), of.size_bytes()};
}

}  // namespace cpp20

#endif

#endif  // LIB_STDCOMPAT_SPAN_H_

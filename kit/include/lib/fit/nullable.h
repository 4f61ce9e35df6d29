// SPDX-License-Identifier: MIT
// fit::nullable: an optional for which a value that equals nullptr is none.
#ifndef LIB_FIT_NULLABLE_H_
#define LIB_FIT_NULLABLE_H_

#include <lib/fit/function.h>

#include <optional>
#include <utility>

namespace fit {

template <typename T>
bool is_null(const T& value) {
  return detail::is_null(value, 0);
}

template <typename T>
class nullable final {
 public:
  using value_type = T;

  nullable() = default;
  nullable(std::nullptr_t) {}
  explicit nullable(T value) {
    if (!is_null(value)) {
      value_.emplace(std::move(value));
    }
  }

  explicit operator bool() const { return value_.has_value(); }
  bool has_value() const { return value_.has_value(); }
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  void reset() { value_.reset(); }
  void swap(nullable& other) { value_.swap(other.value_); }

 private:
  std::optional<T> value_;
};

}  // namespace fit

#endif  // LIB_FIT_NULLABLE_H_

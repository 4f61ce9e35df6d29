// SPDX-License-Identifier: MIT
// fit::result<E, T>: a value, or why there is none. C++17.
#ifndef LIB_FIT_RESULT_H_
#define LIB_FIT_RESULT_H_

#include <stdlib.h>

#include <type_traits>
#include <utility>
#include <variant>

namespace fit {

// An error that says no more than that it is one.
struct failed {};

// A value on its way into a result.
template <typename... T>
class success;

template <>
class success<> {};

template <typename T>
class success<T> {
 public:
  template <typename U, typename = std::enable_if_t<std::is_constructible_v<T, U&&> &&
                                                    !std::is_same_v<std::decay_t<U>, success>>>
  explicit constexpr success(U&& value) : value_(std::forward<U>(value)) {}

  constexpr const T& value() const& { return value_; }
  constexpr T&& value() && { return std::move(value_); }

 private:
  T value_;
};

success() -> success<>;
template <typename T>
success(T&&) -> success<std::decay_t<T>>;

// An error on its way into a result.
template <typename E>
class error {
 public:
  template <typename... Args, typename = std::enable_if_t<std::is_constructible_v<E, Args&&...>>>
  explicit constexpr error(Args&&... args) : value_(std::forward<Args>(args)...) {}

  constexpr const E& value() const& { return value_; }
  constexpr E&& value() && { return std::move(value_); }

 private:
  E value_;
};

template <typename E>
error(E&&) -> error<std::decay_t<E>>;

constexpr success<> ok() { return success<>(); }
template <typename T>
constexpr success<std::decay_t<T>> ok(T&& value) {
  return success<std::decay_t<T>>(std::forward<T>(value));
}

template <typename E>
constexpr error<std::decay_t<E>> as_error(E&& value) {
  return error<std::decay_t<E>>(std::forward<E>(value));
}

namespace detail {

// What is held when there is no value to hold.
struct nothing {};

// The part that results with and without a value have in common.
template <typename E, typename V>
class result_base {
 public:
  constexpr bool is_ok() const { return state_.index() == 1; }
  constexpr bool is_error() const { return state_.index() == 0; }

  constexpr const E& error_value() const& { return *error_pointer(); }
  constexpr E& error_value() & { return const_cast<E&>(*error_pointer()); }
  constexpr E&& error_value() && { return std::move(const_cast<E&>(*error_pointer())); }

  // The error, for a result of another type.
  constexpr error<E> take_error() { return error<E>(std::move(const_cast<E&>(*error_pointer()))); }

  constexpr void swap(result_base& other) { state_.swap(other.state_); }

 protected:
  template <size_t kIndex, typename... Args>
  explicit constexpr result_base(std::in_place_index_t<kIndex> index, Args&&... args)
      : state_(index, std::forward<Args>(args)...) {}

  constexpr const V* value_pointer() const {
    const V* value = std::get_if<1>(&state_);
    if (value == nullptr) {
      abort();
    }
    return value;
  }

 private:
  constexpr const E* error_pointer() const {
    const E* value = std::get_if<0>(&state_);
    if (value == nullptr) {
      abort();
    }
    return value;
  }

  std::variant<E, V> state_;
};

}  // namespace detail

template <typename E, typename... T>
class result;

template <typename E>
class [[nodiscard]] result<E> : public detail::result_base<E, detail::nothing> {
  using base = detail::result_base<E, detail::nothing>;

 public:
  constexpr result(success<>) : base(std::in_place_index<1>) {}
  template <typename F, typename = std::enable_if_t<std::is_constructible_v<E, F>>>
  constexpr result(error<F> other) : base(std::in_place_index<0>, std::move(other).value()) {}
  template <typename F = E, typename = std::enable_if_t<std::is_same_v<F, failed>>>
  constexpr result(failed other) : base(std::in_place_index<0>, other) {}
};

template <typename E, typename T>
class [[nodiscard]] result<E, T> : public detail::result_base<E, T> {
  using base = detail::result_base<E, T>;

 public:
  using value_type = T;

  template <typename U, typename = std::enable_if_t<std::is_constructible_v<T, U>>>
  constexpr result(success<U> other) : base(std::in_place_index<1>, std::move(other).value()) {}
  template <typename F, typename = std::enable_if_t<std::is_constructible_v<E, F>>>
  constexpr result(error<F> other) : base(std::in_place_index<0>, std::move(other).value()) {}
  template <typename F = E, typename = std::enable_if_t<std::is_same_v<F, failed>>>
  constexpr result(failed other) : base(std::in_place_index<0>, other) {}

  constexpr const T& value() const& { return *this->value_pointer(); }
  constexpr T& value() & { return const_cast<T&>(*this->value_pointer()); }
  constexpr T&& value() && { return std::move(const_cast<T&>(*this->value_pointer())); }
  constexpr const T&& value() const&& { return std::move(*this->value_pointer()); }

  constexpr const T& operator*() const& { return value(); }
  constexpr T& operator*() & { return value(); }
  constexpr T&& operator*() && { return std::move(value()); }
  // Of a smart pointer, what it points at.
  constexpr decltype(auto) operator->() { return arrow(value(), 0); }
  constexpr decltype(auto) operator->() const { return arrow(value(), 0); }

  template <typename U>
  constexpr T value_or(U&& other) const& {
    return this->is_ok() ? value() : static_cast<T>(std::forward<U>(other));
  }
  template <typename U>
  constexpr T value_or(U&& other) && {
    return this->is_ok() ? std::move(value()) : static_cast<T>(std::forward<U>(other));
  }

  // The value, for a result of another type.
  constexpr success<T> take_value() { return success<T>(std::move(value())); }

 private:
  template <typename U>
  static constexpr auto arrow(U& value, int) -> decltype(value.operator->(), (value)) {
    return value;
  }
  template <typename U>
  static constexpr U* arrow(U& value, long) {
    return &value;
  }
};

}  // namespace fit

#endif  // LIB_FIT_RESULT_H_

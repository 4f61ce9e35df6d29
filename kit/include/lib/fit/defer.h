// SPDX-License-Identifier: MIT
// fit::defer: something to do when a scope ends.
#ifndef LIB_FIT_DEFER_H_
#define LIB_FIT_DEFER_H_

#include <lib/fit/function.h>

#include <optional>
#include <type_traits>
#include <utility>

namespace fit {

template <typename F>
class deferred_action {
 public:
  deferred_action() = default;
  deferred_action(std::nullptr_t) {}
  explicit deferred_action(F target) : target_(std::move(target)) {
    if (detail::is_null(*target_, 0)) {
      target_.reset();
    }
  }
  deferred_action(deferred_action&& other) : target_(std::move(other.target_)) {
    other.target_.reset();
  }
  deferred_action& operator=(deferred_action&& other) {
    if (this != &other) {
      call();
      if (other.target_) {
        target_.emplace(std::move(*other.target_));
      }
      other.target_.reset();
    }
    return *this;
  }
  deferred_action& operator=(F target) { return *this = deferred_action(std::move(target)); }
  deferred_action(const deferred_action&) = delete;
  deferred_action& operator=(const deferred_action&) = delete;
  ~deferred_action() { call(); }

  explicit operator bool() const { return target_.has_value(); }

  // Does it now, and not again.
  void call() {
    if (target_) {
      F target = std::move(*target_);
      target_.reset();
      target();
    }
  }

  // Does not do it.
  void cancel() { target_.reset(); }

 private:
  std::optional<F> target_;
};

template <typename F>
deferred_action<std::decay_t<F>> defer(F&& target) {
  return deferred_action<std::decay_t<F>>(std::forward<F>(target));
}

using deferred_callback = deferred_action<fit::callback<void()>>;

inline deferred_callback defer_callback(fit::callback<void()> target) {
  return deferred_callback(std::move(target));
}

}  // namespace fit

#endif  // LIB_FIT_DEFER_H_

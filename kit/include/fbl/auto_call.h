// SPDX-License-Identifier: MIT
// fbl::AutoCall: something to do when a scope ends.
#ifndef FBL_AUTO_CALL_H_
#define FBL_AUTO_CALL_H_

#include <type_traits>
#include <utility>

namespace fbl {

template <typename F>
class AutoCall {
 public:
  explicit AutoCall(F target) : target_(std::move(target)) {}
  AutoCall(const AutoCall&) = delete;
  AutoCall& operator=(const AutoCall&) = delete;
  AutoCall(AutoCall&& other) : target_(std::move(other.target_)), armed_(other.armed_) {
    other.cancel();
  }
  AutoCall& operator=(AutoCall&& other) {
    call();
    armed_ = other.armed_;
    target_ = std::move(other.target_);
    other.cancel();
    return *this;
  }
  ~AutoCall() { call(); }

  // Does not do it.
  void cancel() { armed_ = false; }

  // Does it now, and not again.
  void call() {
    const bool armed = armed_;
    cancel();
    if (armed) {
      target_();
    }
  }

 private:
  F target_;
  bool armed_ = true;
};

template <typename F>
AutoCall<F> MakeAutoCall(F target) {
  return AutoCall<F>(std::move(target));
}

}  // namespace fbl

#endif  // FBL_AUTO_CALL_H_

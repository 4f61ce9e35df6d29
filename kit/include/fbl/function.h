// SPDX-License-Identifier: MIT
// fbl::Function, which is fit's.
#ifndef FBL_FUNCTION_H_
#define FBL_FUNCTION_H_

#include <lib/fit/function.h>

namespace fbl {

template <typename Signature>
using Function = fit::function<Signature>;
template <typename Signature, size_t kSize>
using InlineFunction = fit::inline_function<Signature, kSize>;
template <typename Signature, size_t kSize>
using SizedFunction = fit::function<Signature, kSize>;
using Closure = Function<void()>;

// A callable that calls a member function of an object.
template <typename R, typename T, typename... Args>
auto BindMember(T* object, R (T::*member)(Args...)) {
  return fit::bind_member(object, member);
}

}  // namespace fbl

#endif  // FBL_FUNCTION_H_

// SPDX-License-Identifier: MIT
// zx::result<T>: a value, or the zx_status_t that says why there is none. C++17.
#ifndef LIB_ZX_RESULT_H_
#define LIB_ZX_RESULT_H_

#include <lib/fit/result.h>
#include <stdlib.h>
#include <zircon/errors.h>
#include <zircon/status.h>
#include <zircon/types.h>

namespace zx {

using fit::as_error;
using fit::error;
using fit::failed;
using fit::ok;
using fit::success;

using error_result = error<zx_status_t>;

template <typename... T>
class [[nodiscard]] result : public fit::result<zx_status_t, T...> {
  using base = fit::result<zx_status_t, T...>;

 public:
  // Whatever makes a fit::result makes this. An error must not be ZX_OK.
  template <typename U, typename = std::enable_if_t<std::is_convertible_v<U, base> &&
                                                    !std::is_same_v<std::decay_t<U>, result>>>
  constexpr result(U&& other) : base(std::forward<U>(other)) {
    if (this->is_error() && this->error_value() == ZX_OK) {
      abort();
    }
  }

  // The error, or ZX_OK.
  constexpr zx_status_t status_value() const {
    return this->is_error() ? this->error_value() : ZX_OK;
  }

  // Its name.
  const char* status_string() const { return zx_status_get_string(status_value()); }
};

constexpr result<> make_result(zx_status_t value) {
  if (value == ZX_OK) {
    return ok();
  }
  return error_result(value);
}

template <typename T>
constexpr result<std::decay_t<T>> make_result(zx_status_t status, T&& value) {
  if (status == ZX_OK) {
    return ok(std::forward<T>(value));
  }
  return error_result(status);
}

}  // namespace zx

#endif  // LIB_ZX_RESULT_H_

// SPDX-License-Identifier: MIT
// zx::suspend_token: keeps a task suspended as long as it lives.
#ifndef LIB_ZX_SUSPEND_TOKEN_H_
#define LIB_ZX_SUSPEND_TOKEN_H_

#include <lib/zx/object.h>

namespace zx {

class suspend_token final : public object<suspend_token>, public detail::object_type<ZX_OBJ_TYPE_SUSPEND_TOKEN> {
 public:
  constexpr suspend_token() = default;
  explicit suspend_token(zx_handle_t value) : object(value) {}
  explicit suspend_token(handle&& other) : object(other.release()) {}
  suspend_token(suspend_token&& other) : object(other.release()) {}
  suspend_token& operator=(suspend_token&& other) {
    reset(other.release());
    return *this;
  }

};

using unowned_suspend_token = unowned<suspend_token>;

}  // namespace zx

#endif  // LIB_ZX_SUSPEND_TOKEN_H_

// SPDX-License-Identifier: MIT
// zx::event: an object that is nothing but its signals.
#ifndef LIB_ZX_EVENT_H_
#define LIB_ZX_EVENT_H_

#include <lib/zx/object.h>

namespace zx {

class event final : public object<event>, public detail::object_type<ZX_OBJ_TYPE_EVENT> {
 public:
  constexpr event() = default;
  explicit event(zx_handle_t value) : object(value) {}
  explicit event(handle&& other) : object(other.release()) {}
  event(event&& other) : object(other.release()) {}
  event& operator=(event&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t create(uint32_t options, event* result) {
    return zx_event_create(options, result->reset_and_get_address());
  }
};

using unowned_event = unowned<event>;

}  // namespace zx

#endif  // LIB_ZX_EVENT_H_

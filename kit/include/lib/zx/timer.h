// SPDX-License-Identifier: MIT
// zx::timer: a signal at a point in time.
#ifndef LIB_ZX_TIMER_H_
#define LIB_ZX_TIMER_H_

#include <lib/zx/object.h>

namespace zx {

class timer final : public object<timer>, public detail::object_type<ZX_OBJ_TYPE_TIMER> {
 public:
  constexpr timer() = default;
  explicit timer(zx_handle_t value) : object(value) {}
  explicit timer(handle&& other) : object(other.release()) {}
  timer(timer&& other) : object(other.release()) {}
  timer& operator=(timer&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t create(uint32_t options, zx_clock_t clock_id, timer* result) {
    return zx_timer_create(options, clock_id, result->reset_and_get_address());
  }

  zx_status_t set(zx::time deadline, zx::duration slack) const {
    return zx_timer_set(get(), deadline.get(), slack.get());
  }

  zx_status_t cancel() const { return zx_timer_cancel(get()); }
};

using unowned_timer = unowned<timer>;

}  // namespace zx

#endif  // LIB_ZX_TIMER_H_

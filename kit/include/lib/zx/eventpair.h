// SPDX-License-Identifier: MIT
// zx::eventpair: two ends that signal each other.
#ifndef LIB_ZX_EVENTPAIR_H_
#define LIB_ZX_EVENTPAIR_H_

#include <lib/zx/object.h>

namespace zx {

class eventpair final : public object<eventpair>, public detail::object_type<ZX_OBJ_TYPE_EVENTPAIR> {
 public:
  constexpr eventpair() = default;
  explicit eventpair(zx_handle_t value) : object(value) {}
  explicit eventpair(handle&& other) : object(other.release()) {}
  eventpair(eventpair&& other) : object(other.release()) {}
  eventpair& operator=(eventpair&& other) {
    reset(other.release());
    return *this;
  }

  // Both ends may be the same object, which then owns the second.
  static zx_status_t create(uint32_t options, eventpair* endpoint0, eventpair* endpoint1) {
    zx_handle_t ends[2] = {ZX_HANDLE_INVALID, ZX_HANDLE_INVALID};
    const zx_status_t status = zx_eventpair_create(options, &ends[0], &ends[1]);
    endpoint0->reset(ends[0]);
    endpoint1->reset(ends[1]);
    return status;
  }
};

using unowned_eventpair = unowned<eventpair>;

}  // namespace zx

#endif  // LIB_ZX_EVENTPAIR_H_

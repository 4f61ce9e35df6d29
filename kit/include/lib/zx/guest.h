// SPDX-License-Identifier: MIT
// zx::guest: a virtual machine.
#ifndef LIB_ZX_GUEST_H_
#define LIB_ZX_GUEST_H_

#include <lib/zx/object.h>
#include <lib/zx/port.h>
#include <lib/zx/resource.h>
#include <lib/zx/vmar.h>
#include <lib/zx/vmo.h>

namespace zx {

class guest final : public object<guest>, public detail::object_type<ZX_OBJ_TYPE_GUEST> {
 public:
  constexpr guest() = default;
  explicit guest(zx_handle_t value) : object(value) {}
  explicit guest(handle&& other) : object(other.release()) {}
  guest(guest&& other) : object(other.release()) {}
  guest& operator=(guest&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t create(const resource& resource, uint32_t options, guest* guest,
                            vmar* vmar) {
    return zx_guest_create(resource.get(), options, guest->reset_and_get_address(),
                           vmar->reset_and_get_address());
  }

  // An empty port stands for none.
  zx_status_t set_trap(uint32_t kind, zx_gpaddr_t addr, size_t len, const port& port,
                       uint64_t key) const {
    return zx_guest_set_trap(get(), kind, addr, len, port.get(), key);
  }
};

using unowned_guest = unowned<guest>;

}  // namespace zx

#endif  // LIB_ZX_GUEST_H_

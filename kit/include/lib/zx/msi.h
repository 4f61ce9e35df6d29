// SPDX-License-Identifier: MIT
// zx::msi: a block of message signalled interrupts.
#ifndef LIB_ZX_MSI_H_
#define LIB_ZX_MSI_H_

#include <lib/zx/interrupt.h>
#include <lib/zx/object.h>
#include <lib/zx/vmo.h>

namespace zx {

class msi final : public object<msi>, public detail::object_type<ZX_OBJ_TYPE_MSI> {
 public:
  constexpr msi() = default;
  explicit msi(zx_handle_t value) : object(value) {}
  explicit msi(handle&& other) : object(other.release()) {}
  msi(msi&& other) : object(other.release()) {}
  msi& operator=(msi&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t allocate(const resource& resource, uint32_t count, msi* result) {
    return zx_msi_allocate(resource.get(), count, result->reset_and_get_address());
  }

  static zx_status_t create(const msi& msi, uint32_t options, uint32_t msi_id, const vmo& vmo,
                            size_t vmo_offset, interrupt* result) {
    return zx_msi_create(msi.get(), options, msi_id, vmo.get(), vmo_offset,
                         result->reset_and_get_address());
  }
};

using unowned_msi = unowned<msi>;

}  // namespace zx

#endif  // LIB_ZX_MSI_H_

// SPDX-License-Identifier: MIT
// zx::pmt: memory that is pinned for a device.
#ifndef LIB_ZX_PMT_H_
#define LIB_ZX_PMT_H_

#include <lib/zx/object.h>

namespace zx {

class pmt final : public object<pmt>, public detail::object_type<ZX_OBJ_TYPE_PMT> {
 public:
  constexpr pmt() = default;
  explicit pmt(zx_handle_t value) : object(value) {}
  explicit pmt(handle&& other) : object(other.release()) {}
  pmt(pmt&& other) : object(other.release()) {}
  pmt& operator=(pmt&& other) {
    reset(other.release());
    return *this;
  }

  // Gives the handle up, whatever the result.
  zx_status_t unpin() { return zx_pmt_unpin(release()); }
};

using unowned_pmt = unowned<pmt>;

}  // namespace zx

#endif  // LIB_ZX_PMT_H_

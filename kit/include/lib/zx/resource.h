// SPDX-License-Identifier: MIT
// zx::resource: permission to use something of the machine.
#ifndef LIB_ZX_RESOURCE_H_
#define LIB_ZX_RESOURCE_H_

#include <lib/zx/object.h>

namespace zx {

class resource final : public object<resource>, public detail::object_type<ZX_OBJ_TYPE_RESOURCE> {
 public:
  constexpr resource() = default;
  explicit resource(zx_handle_t value) : object(value) {}
  explicit resource(handle&& other) : object(other.release()) {}
  resource(resource&& other) : object(other.release()) {}
  resource& operator=(resource&& other) {
    reset(other.release());
    return *this;
  }

  // `result` may be the parent.
  static zx_status_t create(const resource& parent, uint32_t options, uint64_t base, size_t len,
                            const char* name, size_t namelen, resource* result) {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status =
        zx_resource_create(parent.get(), options, base, len, name, namelen, &value);
    result->reset(value);
    return status;
  }
};

using unowned_resource = unowned<resource>;

}  // namespace zx

#endif  // LIB_ZX_RESOURCE_H_

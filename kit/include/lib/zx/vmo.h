// SPDX-License-Identifier: MIT
// zx::vmo: memory.
#ifndef LIB_ZX_VMO_H_
#define LIB_ZX_VMO_H_

#include <lib/zx/object.h>
#include <lib/zx/resource.h>

namespace zx {

class bti;

class vmo final : public object<vmo>, public detail::object_type<ZX_OBJ_TYPE_VMO> {
 public:
  constexpr vmo() = default;
  explicit vmo(zx_handle_t value) : object(value) {}
  explicit vmo(handle&& other) : object(other.release()) {}
  vmo(vmo&& other) : object(other.release()) {}
  vmo& operator=(vmo&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t create(uint64_t size, uint32_t options, vmo* result) {
    return zx_vmo_create(size, options, result->reset_and_get_address());
  }

  static zx_status_t create_contiguous(const bti& bti, size_t size, uint32_t alignment_log2,
                                       vmo* result);

  static zx_status_t create_physical(const resource& resource, zx_paddr_t paddr, size_t size,
                                     vmo* result) {
    return zx_vmo_create_physical(resource.get(), paddr, size, result->reset_and_get_address());
  }

  zx_status_t read(void* data, uint64_t offset, size_t len) const {
    return zx_vmo_read(get(), data, offset, len);
  }

  zx_status_t write(const void* data, uint64_t offset, size_t len) const {
    return zx_vmo_write(get(), data, offset, len);
  }

  zx_status_t get_size(uint64_t* size) const { return zx_vmo_get_size(get(), size); }

  zx_status_t set_size(uint64_t size) const { return zx_vmo_set_size(get(), size); }

  zx_status_t set_prop_content_size(uint64_t size) const {
    return set_property(ZX_PROP_VMO_CONTENT_SIZE, &size, sizeof(size));
  }

  zx_status_t get_prop_content_size(uint64_t* size) const {
    return get_property(ZX_PROP_VMO_CONTENT_SIZE, size, sizeof(*size));
  }

  // `result` may be this object.
  zx_status_t create_child(uint32_t options, uint64_t offset, uint64_t size, vmo* result) const {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_vmo_create_child(get(), options, offset, size, &value);
    result->reset(value);
    return status;
  }

  zx_status_t op_range(uint32_t op, uint64_t offset, uint64_t size, void* buffer,
                       size_t buffer_size) const {
    return zx_vmo_op_range(get(), op, offset, size, buffer, buffer_size);
  }

  zx_status_t set_cache_policy(uint32_t cache_policy) const {
    return zx_vmo_set_cache_policy(get(), cache_policy);
  }

  // Gives this handle up, whatever the result. `result` may be this object.
  zx_status_t replace_as_executable(const resource& vmex, vmo* result) {
    return replace_as_executable(vmex.get(), result);
  }

  zx_status_t replace_as_executable(const handle& vmex, vmo* result) {
    return replace_as_executable(vmex.get(), result);
  }

#if defined(LIBZX_OLDER_ABI)
  // The copies of 2018: on write, and of fixed size with ZX_VMO_CLONE_NON_RESIZEABLE only.
  zx_status_t clone(uint32_t options, uint64_t offset, uint64_t size, vmo* result) const {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_vmo_clone(get(), options, offset, size, &value);
    result->reset(value);
    return status;
  }
#endif

 private:
  zx_status_t replace_as_executable(zx_handle_t vmex, vmo* result) {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_vmo_replace_as_executable(release(), vmex, &value);
    result->reset(value);
    return status;
  }
};

using unowned_vmo = unowned<vmo>;

}  // namespace zx

#endif  // LIB_ZX_VMO_H_

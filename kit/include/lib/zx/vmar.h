// SPDX-License-Identifier: MIT
// zx::vmar: a region of addresses.
#ifndef LIB_ZX_VMAR_H_
#define LIB_ZX_VMAR_H_

#include <lib/zx/object.h>
#include <lib/zx/vmo.h>
#include <zircon/process.h>

namespace zx {

namespace detail {

// The order of arguments of 2018 is only meant where the types are exactly the old ones.
template <typename Offset, typename Options>
using old_order = typename std::enable_if<
    std::is_integral<Offset>::value && sizeof(Offset) == 8 && std::is_same<Options, uint32_t>::value,
    int>::type;

}  // namespace detail

class vmar final : public object<vmar>, public detail::object_type<ZX_OBJ_TYPE_VMAR> {
 public:
  constexpr vmar() = default;
  explicit vmar(zx_handle_t value) : object(value) {}
  explicit vmar(handle&& other) : object(other.release()) {}
  vmar(vmar&& other) : object(other.release()) {}
  vmar& operator=(vmar&& other) {
    reset(other.release());
    return *this;
  }

  zx_status_t map(zx_vm_option_t options, size_t vmar_offset, const vmo& vmo_handle,
                  uint64_t vmo_offset, size_t len, zx_vaddr_t* ptr) const {
    return zx_vmar_map(get(), options, vmar_offset, vmo_handle.get(), vmo_offset, len, ptr);
  }

  // The order of arguments up to 2020.
  zx_status_t map(size_t vmar_offset, const vmo& vmo_handle, uint64_t vmo_offset, size_t len,
                  zx_vm_option_t options, zx_vaddr_t* ptr) const {
    return zx_vmar_map(get(), options, vmar_offset, vmo_handle.get(), vmo_offset, len, ptr);
  }

  zx_status_t unmap(uintptr_t address, size_t len) const {
    return zx_vmar_unmap(get(), address, len);
  }

  zx_status_t protect(zx_vm_option_t prot, uintptr_t address, size_t len) const {
    return zx_vmar_protect(get(), prot, address, len);
  }

  // The order of arguments up to 2020.
  template <typename Address, typename Options, detail::old_order<Address, Options> = 0>
  zx_status_t protect(Address address, size_t len, Options prot) const {
    return zx_vmar_protect(get(), prot, static_cast<uintptr_t>(address), len);
  }

  zx_status_t protect2(zx_vm_option_t prot, uintptr_t address, size_t len) const {
    return zx_vmar_protect(get(), prot, address, len);
  }

  // `child` may be this region.
  zx_status_t allocate(uint32_t options, size_t offset, size_t size, vmar* child,
                       uintptr_t* child_addr) const {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_vmar_allocate(get(), options, offset, size, &value, child_addr);
    child->reset(value);
    return status;
  }

  // The order of arguments up to 2020.
  template <typename Offset, typename Options, detail::old_order<Offset, Options> = 0>
  zx_status_t allocate(Offset offset, size_t size, Options options, vmar* child,
                       uintptr_t* child_addr) const {
    return allocate2(options, static_cast<size_t>(offset), size, child, child_addr);
  }

  zx_status_t allocate2(uint32_t options, size_t offset, size_t size, vmar* child,
                        uintptr_t* child_addr) const {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_vmar_allocate(get(), options, offset, size, &value, child_addr);
    child->reset(value);
    return status;
  }

  zx_status_t op_range(uint32_t op, uint64_t offset, uint64_t size, void* buffer,
                       size_t buffer_size) const {
    return zx_vmar_op_range(get(), op, offset, size, buffer, buffer_size);
  }

  // Unmaps everything in the region; the destructor only closes the handle.
  zx_status_t destroy() const { return zx_vmar_destroy(get()); }

  // The root region of the process that calls.
  static unowned<vmar> root_self() { return unowned<vmar>(zx_vmar_root_self()); }
};

using unowned_vmar = unowned<vmar>;

}  // namespace zx

#endif  // LIB_ZX_VMAR_H_

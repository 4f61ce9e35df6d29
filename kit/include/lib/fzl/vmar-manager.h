// SPDX-License-Identifier: MIT
// fzl::VmarManager: a region of addresses that goes with its last reference.
#ifndef LIB_FZL_VMAR_MANAGER_H_
#define LIB_FZL_VMAR_MANAGER_H_

#include <fbl/ref_counted.h>
#include <fbl/ref_ptr.h>
#include <lib/zx/vmar.h>

#include <utility>

namespace fzl {

class VmarManager : public fbl::RefCounted<VmarManager> {
 public:
  // Null if there is no room.
  static fbl::RefPtr<VmarManager> Create(
      size_t size, fbl::RefPtr<VmarManager> parent = nullptr,
      zx_vm_option_t options = ZX_VM_COMPACT | ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE);
  ~VmarManager() { vmar_.destroy(); }

  const zx::vmar& vmar() const { return vmar_; }
  void* start() const { return start_; }
  uint64_t size() const { return size_; }
  const fbl::RefPtr<VmarManager>& parent() const { return parent_; }

 private:
  VmarManager(zx::vmar vmar, void* start, uint64_t size, fbl::RefPtr<VmarManager> parent)
      : vmar_(std::move(vmar)), start_(start), size_(size), parent_(std::move(parent)) {}

  zx::vmar vmar_;
  void* start_;
  uint64_t size_;
  fbl::RefPtr<VmarManager> parent_;
};

}  // namespace fzl

#endif  // LIB_FZL_VMAR_MANAGER_H_

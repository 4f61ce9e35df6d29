// SPDX-License-Identifier: MIT
// fzl::VmoMapper: a mapping of a VMO.
#ifndef LIB_FZL_VMO_MAPPER_H_
#define LIB_FZL_VMO_MAPPER_H_

#include <fbl/ref_ptr.h>
#include <lib/fzl/vmar-manager.h>
#include <lib/zx/vmo.h>

namespace fzl {

class VmoMapper {
 public:
  VmoMapper() = default;
  VmoMapper(const VmoMapper&) = delete;
  VmoMapper& operator=(const VmoMapper&) = delete;
  VmoMapper(VmoMapper&& other) { take(other); }
  VmoMapper& operator=(VmoMapper&& other);
  ~VmoMapper() { Unmap(); }

  // Makes a VMO and maps it. `vmo_out` gets it with `vmo_rights`.
  zx_status_t CreateAndMap(uint64_t size, zx_vm_option_t map_flags,
                           fbl::RefPtr<VmarManager> vmar_manager = nullptr,
                           zx::vmo* vmo_out = nullptr, zx_rights_t vmo_rights = ZX_RIGHT_SAME_RIGHTS,
                           uint32_t cache_policy = 0);

  // Maps a part of a VMO; size 0 is all from `offset` on.
  zx_status_t Map(const zx::vmo& vmo, uint64_t offset, uint64_t size, zx_vm_option_t map_flags,
                  fbl::RefPtr<VmarManager> vmar_manager = nullptr);

  void Unmap();

  void* start() const { return start_; }
  uint64_t size() const { return size_; }
  const fbl::RefPtr<VmarManager>& manager() const { return manager_; }

 protected:
  zx_status_t InternalMap(const zx::vmo& vmo, uint64_t offset, uint64_t size,
                          zx_vm_option_t map_flags, fbl::RefPtr<VmarManager> vmar_manager);
  zx_status_t CheckMap(zx_vm_option_t map_flags) const;

 private:
  void take(VmoMapper& other);

  fbl::RefPtr<VmarManager> manager_;
  void* start_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace fzl

#endif  // LIB_FZL_VMO_MAPPER_H_

// SPDX-License-Identifier: MIT
// fzl::OwnedVmoMapper: a mapping and its VMO.
#ifndef LIB_FZL_OWNED_VMO_MAPPER_H_
#define LIB_FZL_OWNED_VMO_MAPPER_H_

#include <lib/fzl/vmo-mapper.h>

#include <utility>

namespace fzl {

class OwnedVmoMapper : protected VmoMapper {
 public:
  OwnedVmoMapper() = default;
  OwnedVmoMapper(OwnedVmoMapper&&) = default;
  OwnedVmoMapper& operator=(OwnedVmoMapper&&) = default;

  zx_status_t CreateAndMap(uint64_t size, const char* name,
                           zx_vm_option_t map_options = ZX_VM_PERM_READ | ZX_VM_PERM_WRITE,
                           fbl::RefPtr<VmarManager> vmar_manager = nullptr,
                           uint32_t cache_policy = 0);

  // Owns `vmo` if it can be mapped; size 0 is all of it.
  zx_status_t Map(zx::vmo vmo, uint64_t size = 0,
                  zx_vm_option_t map_options = ZX_VM_PERM_READ | ZX_VM_PERM_WRITE,
                  fbl::RefPtr<VmarManager> vmar_manager = nullptr);

  void Reset() {
    Unmap();
    vmo_.reset();
  }
  zx::vmo Release() {
    Unmap();
    return std::move(vmo_);
  }

  const zx::vmo& vmo() const { return vmo_; }
  using VmoMapper::manager;
  using VmoMapper::size;
  using VmoMapper::start;

 private:
  zx::vmo vmo_;
};

}  // namespace fzl

#endif  // LIB_FZL_OWNED_VMO_MAPPER_H_

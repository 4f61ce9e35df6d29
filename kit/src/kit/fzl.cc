// SPDX-License-Identifier: MIT
#include <lib/fzl/owned-vmo-mapper.h>
#include <lib/fzl/time.h>
#include <lib/fzl/vmar-manager.h>
#include <lib/fzl/vmo-mapper.h>
#include <string.h>

#include <utility>

namespace fzl {

namespace {

__extension__ typedef __int128 wide;

int64_t Saturate(wide value) {
  return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : static_cast<int64_t>(value);
}

const zx::vmar& RegionOf(const fbl::RefPtr<VmarManager>& manager, const zx::unowned_vmar& root) {
  return manager ? manager->vmar() : *root;
}

}  // namespace

zx::ticks NsToTicks(zx::duration ns) {
  return zx::ticks(
      Saturate(static_cast<wide>(ns.get()) * zx::ticks::per_second().get() / 1000000000));
}

zx::duration TicksToNs(zx::ticks ticks) {
  return zx::duration(
      Saturate(static_cast<wide>(ticks.get()) * 1000000000 / zx::ticks::per_second().get()));
}

fbl::RefPtr<VmarManager> VmarManager::Create(size_t size, fbl::RefPtr<VmarManager> parent,
                                             zx_vm_option_t options) {
  if (size == 0 || (parent && !parent->vmar().is_valid())) {
    return nullptr;
  }
  const zx::unowned_vmar root = zx::vmar::root_self();
  zx::vmar region;
  uintptr_t start = 0;
  if (RegionOf(parent, root).allocate2(options, 0, size, &region, &start) != ZX_OK) {
    return nullptr;
  }
  return fbl::AdoptRef(new VmarManager(std::move(region), reinterpret_cast<void*>(start), size,
                                       std::move(parent)));
}

void VmoMapper::take(VmoMapper& other) {
  manager_ = std::move(other.manager_);
  start_ = std::exchange(other.start_, nullptr);
  size_ = std::exchange(other.size_, 0);
}

VmoMapper& VmoMapper::operator=(VmoMapper&& other) {
  if (this != &other) {
    Unmap();
    take(other);
  }
  return *this;
}

zx_status_t VmoMapper::CheckMap(zx_vm_option_t map_flags) const {
  if (start_ != nullptr) {
    return ZX_ERR_BAD_STATE;
  }
  // Where it lies is the mapper's to choose.
  return (map_flags & (ZX_VM_SPECIFIC | ZX_VM_SPECIFIC_OVERWRITE)) != 0 ? ZX_ERR_INVALID_ARGS
                                                                        : ZX_OK;
}

zx_status_t VmoMapper::CreateAndMap(uint64_t size, zx_vm_option_t map_flags,
                                    fbl::RefPtr<VmarManager> vmar_manager, zx::vmo* vmo_out,
                                    zx_rights_t vmo_rights, uint32_t cache_policy) {
  if (size == 0) {
    return ZX_ERR_INVALID_ARGS;
  }
  zx_status_t status = CheckMap(map_flags);
  if (status != ZX_OK) {
    return status;
  }
  zx::vmo vmo;
  status = zx::vmo::create(size, 0, &vmo);
  if (status == ZX_OK && cache_policy != 0) {
    status = vmo.set_cache_policy(cache_policy);
  }
  if (status == ZX_OK) {
    status = InternalMap(vmo, 0, size, map_flags, std::move(vmar_manager));
  }
  if (status == ZX_OK && vmo_out != nullptr) {
    status = vmo.replace(vmo_rights, vmo_out);
    if (status != ZX_OK) {
      Unmap();
    }
  }
  return status;
}

zx_status_t VmoMapper::Map(const zx::vmo& vmo, uint64_t offset, uint64_t size,
                           zx_vm_option_t map_flags, fbl::RefPtr<VmarManager> vmar_manager) {
  if (!vmo.is_valid()) {
    return ZX_ERR_INVALID_ARGS;
  }
  zx_status_t status = CheckMap(map_flags);
  if (status != ZX_OK) {
    return status;
  }
  uint64_t vmo_size = 0;
  status = vmo.get_size(&vmo_size);
  if (status != ZX_OK) {
    return status;
  }
  if (offset > vmo_size || size > vmo_size - offset) {
    return ZX_ERR_OUT_OF_RANGE;
  }
  return InternalMap(vmo, offset, size != 0 ? size : vmo_size - offset, map_flags,
                     std::move(vmar_manager));
}

zx_status_t VmoMapper::InternalMap(const zx::vmo& vmo, uint64_t offset, uint64_t size,
                                   zx_vm_option_t map_flags,
                                   fbl::RefPtr<VmarManager> vmar_manager) {
  const zx::unowned_vmar root = zx::vmar::root_self();
  zx_vaddr_t start = 0;
  const zx_status_t status =
      RegionOf(vmar_manager, root).map(map_flags, 0, vmo, offset, size, &start);
  if (status == ZX_OK) {
    start_ = reinterpret_cast<void*>(start);
    size_ = size;
    manager_ = std::move(vmar_manager);
  }
  return status;
}

void VmoMapper::Unmap() {
  if (start_ != nullptr) {
    const zx::unowned_vmar root = zx::vmar::root_self();
    const size_t mapped = (size_ + ZX_PAGE_SIZE - 1) & ~(static_cast<uint64_t>(ZX_PAGE_SIZE) - 1);
    RegionOf(manager_, root).unmap(reinterpret_cast<uintptr_t>(start_), mapped);
  }
  manager_.reset();
  start_ = nullptr;
  size_ = 0;
}

zx_status_t OwnedVmoMapper::CreateAndMap(uint64_t size, const char* name,
                                         zx_vm_option_t map_options,
                                         fbl::RefPtr<VmarManager> vmar_manager,
                                         uint32_t cache_policy) {
  zx::vmo made;
  zx_status_t status = VmoMapper::CreateAndMap(size, map_options, std::move(vmar_manager), &made,
                                               ZX_RIGHT_SAME_RIGHTS, cache_policy);
  if (status != ZX_OK) {
    return status;
  }
  status = made.set_property(ZX_PROP_NAME, name, strlen(name));
  if (status != ZX_OK) {
    Unmap();
    return status;
  }
  vmo_ = std::move(made);
  return ZX_OK;
}

zx_status_t OwnedVmoMapper::Map(zx::vmo given, uint64_t size, zx_vm_option_t map_options,
                                fbl::RefPtr<VmarManager> vmar_manager) {
  const zx_status_t status =
      VmoMapper::Map(given, 0, size, map_options, std::move(vmar_manager));
  if (status == ZX_OK) {
    vmo_ = std::move(given);
  }
  return status;
}

}  // namespace fzl

// SPDX-License-Identifier: MIT
// IOMMU descriptors.

#ifndef LIBZX_ZIRCON_SYSCALLS_IOMMU_H_
#define LIBZX_ZIRCON_SYSCALLS_IOMMU_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

// Kinds of descriptors and scopes.
#define ZX_IOMMU_INTEL_SCOPE_ENDPOINT 0
#define ZX_IOMMU_TYPE_DUMMY 0
#define ZX_IOMMU_INTEL_SCOPE_BRIDGE 1
#define ZX_IOMMU_TYPE_INTEL 1
#define ZX_IOMMU_MAX_DESC_LEN 0x1000

/// Record of `ZX_IOMMU_TYPE_DUMMY`.
typedef struct zx_iommu_desc_dummy {
  /// Zero.
  uint8_t reserved;
} zx_iommu_desc_dummy_t;

/// A memory range reserved by the firmware; scopes follow it.
typedef struct zx_iommu_desc_intel_reserved_memory {
  uint64_t base_addr;
  uint64_t len;
  uint8_t scope_bytes;
  /// Zero.
  uint8_t _reserved[7];
} zx_iommu_desc_intel_reserved_memory_t;

/// A device or bridge an Intel IOMMU covers.
typedef struct zx_iommu_desc_intel_scope {
  uint8_t type;
  uint8_t start_bus;
  uint8_t num_hops;
  uint8_t dev_func[5];
} zx_iommu_desc_intel_scope_t;

/// Record of `ZX_IOMMU_TYPE_INTEL`.
typedef struct zx_iommu_desc_intel {
  uint64_t register_base;
  uint16_t pci_segment;
  bool whole_segment;
  uint8_t scope_bytes;
  uint16_t reserved_memory_bytes;
  /// Zero.
  uint8_t _reserved[2];
} zx_iommu_desc_intel_t;

#endif  // LIBZX_ZIRCON_SYSCALLS_IOMMU_H_

// SPDX-License-Identifier: MIT
// IOMMU descriptors.

#ifndef LIBZX_ZIRCON_SYSCALLS_IOMMU_H_
#define LIBZX_ZIRCON_SYSCALLS_IOMMU_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

@@types iommu@@

#endif  // LIBZX_ZIRCON_SYSCALLS_IOMMU_H_

// SPDX-License-Identifier: MIT
// Resource kinds and flags.

#ifndef LIBZX_ZIRCON_SYSCALLS_RESOURCE_H_
#define LIBZX_ZIRCON_SYSCALLS_RESOURCE_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

// Kinds.
#define ZX_RSRC_KIND_MMIO ((zx_rsrc_kind_t)0u)
#define ZX_RSRC_KIND_IRQ ((zx_rsrc_kind_t)1u)
#define ZX_RSRC_KIND_IOPORT ((zx_rsrc_kind_t)2u)
#define ZX_RSRC_KIND_ROOT ((zx_rsrc_kind_t)3u)
#define ZX_RSRC_KIND_SMC ((zx_rsrc_kind_t)4u)
#define ZX_RSRC_KIND_SYSTEM ((zx_rsrc_kind_t)5u)
#define ZX_RSRC_KIND_COUNT ((zx_rsrc_kind_t)6u)

// Flags.
#define ZX_RSRC_FLAGS_MASK ((zx_rsrc_flags_t)0x00010000u)
#define ZX_RSRC_FLAG_EXCLUSIVE ((zx_rsrc_flags_t)0x00010000u)

// Bases of kind `ZX_RSRC_KIND_SYSTEM`.
#define ZX_RSRC_SYSTEM_HYPERVISOR_BASE ((zx_rsrc_system_base_t)0ul)
#define ZX_RSRC_SYSTEM_VMEX_BASE ((zx_rsrc_system_base_t)1ul)
#define ZX_RSRC_SYSTEM_DEBUG_BASE ((zx_rsrc_system_base_t)2ul)
#define ZX_RSRC_SYSTEM_INFO_BASE ((zx_rsrc_system_base_t)3ul)
#define ZX_RSRC_SYSTEM_POWERCTL_BASE ((zx_rsrc_system_base_t)5ul)
#define ZX_RSRC_SYSTEM_MEXEC_BASE ((zx_rsrc_system_base_t)6ul)
#define ZX_RSRC_SYSTEM_CPU_BASE ((zx_rsrc_system_base_t)4ul)
#define ZX_RSRC_SYSTEM_POWER_BASE ((zx_rsrc_system_base_t)5ul)
#define ZX_RSRC_SYSTEM_ENERGY_INFO_BASE ((zx_rsrc_system_base_t)7ul)
#define ZX_RSRC_SYSTEM_IOMMU_BASE ((zx_rsrc_system_base_t)8ul)
#define ZX_RSRC_SYSTEM_FRAMEBUFFER_BASE ((zx_rsrc_system_base_t)9ul)
#define ZX_RSRC_SYSTEM_PROFILE_BASE ((zx_rsrc_system_base_t)10ul)
#define ZX_RSRC_SYSTEM_MSI_BASE ((zx_rsrc_system_base_t)11ul)
#define ZX_RSRC_SYSTEM_DEBUGLOG_BASE ((zx_rsrc_system_base_t)12ul)

/// One of `ZX_RSRC_KIND_*`.
typedef uint32_t zx_rsrc_kind_t;

/// Bits `ZX_RSRC_FLAG_*`.
typedef uint32_t zx_rsrc_flags_t;

/// One of `ZX_RSRC_SYSTEM_*_BASE`.
typedef uint64_t zx_rsrc_system_base_t;

// The two halves of the options of zx_resource_create.
#define ZX_RSRC_EXTRACT_KIND(options) ((options) & 0x0000ffffu)
#define ZX_RSRC_EXTRACT_FLAGS(options) ((options) & 0xffff0000u)

#endif  // LIBZX_ZIRCON_SYSCALLS_RESOURCE_H_

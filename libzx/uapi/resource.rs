// SPDX-License-Identifier: MIT
//! Resource kinds and flags: `zircon/syscalls/resource.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

/// Bits `ZX_RSRC_FLAG_*`.
pub type zx_rsrc_flags_t = u32;
/// One of `ZX_RSRC_KIND_*`.
pub type zx_rsrc_kind_t = u32;
/// One of `ZX_RSRC_SYSTEM_*_BASE`.
pub type zx_rsrc_system_base_t = u64;

// Kinds.
pub const ZX_RSRC_KIND_MMIO: zx_rsrc_kind_t = 0;
pub const ZX_RSRC_KIND_IRQ: zx_rsrc_kind_t = 1;
pub const ZX_RSRC_KIND_IOPORT: zx_rsrc_kind_t = 2;
pub const ZX_RSRC_KIND_ROOT: zx_rsrc_kind_t = 3;
pub const ZX_RSRC_KIND_SMC: zx_rsrc_kind_t = 4;
pub const ZX_RSRC_KIND_SYSTEM: zx_rsrc_kind_t = 5;
pub const ZX_RSRC_KIND_COUNT: zx_rsrc_kind_t = 6;

// Flags.
pub const ZX_RSRC_FLAGS_MASK: zx_rsrc_flags_t = 0x0001_0000;
pub const ZX_RSRC_FLAG_EXCLUSIVE: zx_rsrc_flags_t = 0x0001_0000;

// Bases of kind `ZX_RSRC_KIND_SYSTEM`.
pub const ZX_RSRC_SYSTEM_HYPERVISOR_BASE: zx_rsrc_system_base_t = 0;
pub const ZX_RSRC_SYSTEM_VMEX_BASE: zx_rsrc_system_base_t = 1;
pub const ZX_RSRC_SYSTEM_DEBUG_BASE: zx_rsrc_system_base_t = 2;
pub const ZX_RSRC_SYSTEM_INFO_BASE: zx_rsrc_system_base_t = 3;
pub const ZX_RSRC_SYSTEM_POWERCTL_BASE: zx_rsrc_system_base_t = 5;
pub const ZX_RSRC_SYSTEM_MEXEC_BASE: zx_rsrc_system_base_t = 6;
pub const ZX_RSRC_SYSTEM_CPU_BASE: zx_rsrc_system_base_t = 4;
pub const ZX_RSRC_SYSTEM_POWER_BASE: zx_rsrc_system_base_t = 5;
pub const ZX_RSRC_SYSTEM_ENERGY_INFO_BASE: zx_rsrc_system_base_t = 7;
pub const ZX_RSRC_SYSTEM_IOMMU_BASE: zx_rsrc_system_base_t = 8;
pub const ZX_RSRC_SYSTEM_FRAMEBUFFER_BASE: zx_rsrc_system_base_t = 9;
pub const ZX_RSRC_SYSTEM_PROFILE_BASE: zx_rsrc_system_base_t = 10;
pub const ZX_RSRC_SYSTEM_MSI_BASE: zx_rsrc_system_base_t = 11;
pub const ZX_RSRC_SYSTEM_DEBUGLOG_BASE: zx_rsrc_system_base_t = 12;

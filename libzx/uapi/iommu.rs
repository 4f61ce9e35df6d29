// SPDX-License-Identifier: MIT
//! IOMMU descriptors: `zircon/syscalls/iommu.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::c_bool;

// Kinds of descriptors and scopes.
pub const ZX_IOMMU_INTEL_SCOPE_ENDPOINT: i32 = 0;
pub const ZX_IOMMU_TYPE_DUMMY: i32 = 0;
pub const ZX_IOMMU_INTEL_SCOPE_BRIDGE: i32 = 1;
pub const ZX_IOMMU_TYPE_INTEL: i32 = 1;
pub const ZX_IOMMU_MAX_DESC_LEN: i32 = 0x1000;

/// Record of `ZX_IOMMU_TYPE_DUMMY`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_iommu_desc_dummy_t {
    /// Zero.
    pub reserved: u8,
}
record!(zx_iommu_desc_dummy_t, 1, 1, { reserved: 0 });

/// A memory range reserved by the firmware; scopes follow it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_iommu_desc_intel_reserved_memory_t {
    pub base_addr: u64,
    pub len: u64,
    pub scope_bytes: u8,
    /// Zero.
    pub _reserved: [u8; 7],
}
record!(zx_iommu_desc_intel_reserved_memory_t, 24, 8, {
    base_addr: 0, len: 8, scope_bytes: 16, _reserved: 17
});

/// A device or bridge an Intel IOMMU covers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_iommu_desc_intel_scope_t {
    pub r#type: u8,
    pub start_bus: u8,
    pub num_hops: u8,
    pub dev_func: [u8; 5],
}
record!(zx_iommu_desc_intel_scope_t, 8, 1, { r#type: 0, start_bus: 1, num_hops: 2, dev_func: 3 });

/// Record of `ZX_IOMMU_TYPE_INTEL`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_iommu_desc_intel_t {
    pub register_base: u64,
    pub pci_segment: u16,
    pub whole_segment: c_bool,
    pub scope_bytes: u8,
    pub reserved_memory_bytes: u16,
    /// Zero.
    pub _reserved: [u8; 2],
}
record!(zx_iommu_desc_intel_t, 16, 8, {
    register_base: 0, pci_segment: 8, whole_segment: 10, scope_bytes: 11,
    reserved_memory_bytes: 12, _reserved: 14
});

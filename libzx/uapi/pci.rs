// SPDX-License-Identifier: MIT
//! PCI records: `zircon/syscalls/pci.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::types::zx_handle_t;
use super::{c_bool, size_t, uintptr_t};

/// One of `ZX_PCI_BAR_TYPE_*`.
pub type zx_pci_bar_types_t = u32;
/// One of `ZX_PCI_IRQ_MODE_*`.
pub type zx_pci_irq_mode_t = u32;
/// Global interrupt by device, function and pin.
pub type zx_pci_irq_swizzle_lut_t = [[[u32; 4]; 8]; 32];

// Kinds of configuration spaces.
pub const PCI_CFG_SPACE_TYPE_PIO: u32 = 0;
pub const PCI_CFG_SPACE_TYPE_MMIO: u32 = 1;
pub const PCI_CFG_SPACE_TYPE_DW_ROOT: u32 = 2;
pub const PCI_CFG_SPACE_TYPE_DW_DS: u32 = 3;

// Limits, base addresses, interrupt modes, configuration spaces.
pub const ZX_PCIE_IRQ_MODE_DISABLED: zx_pci_irq_mode_t = 0;
pub const ZX_PCI_BAR_TYPE_UNUSED: zx_pci_bar_types_t = 0;
pub const ZX_PCIE_IRQ_MODE_LEGACY: zx_pci_irq_mode_t = 1;
pub const ZX_PCI_BAR_TYPE_MMIO: zx_pci_bar_types_t = 1;
pub const ZX_PCIE_IRQ_MODE_MSI: zx_pci_irq_mode_t = 2;
pub const ZX_PCI_BAR_REGS_PER_BRIDGE: u32 = 2;
pub const ZX_PCI_BAR_TYPE_PIO: zx_pci_bar_types_t = 2;
pub const ZX_PCI_INIT_ARG_MAX_ECAM_WINDOWS: i32 = 2;
pub const ZX_PCIE_IRQ_MODE_MSI_X: zx_pci_irq_mode_t = 3;
pub const ZX_PCI_MAX_LEGACY_IRQ_PINS: u32 = 4;
pub const ZX_PCI_BAR_REGS_PER_DEVICE: u32 = 6;
pub const ZX_PCI_MAX_BAR_REGS: u32 = 6;
pub const ZX_PCI_MAX_FUNCTIONS_PER_DEVICE: u32 = 8;
pub const ZX_PCI_MAX_DEVICES_PER_BUS: u32 = 32;
pub const ZX_PCI_MAX_MSI_IRQS: u32 = 32;
pub const ZX_PCI_STANDARD_CONFIG_HDR_SIZE: u32 = 64;
pub const ZX_PCI_MAX_IRQS: i32 = 224;
pub const ZX_PCI_BASE_CONFIG_SIZE: u32 = 256;
pub const ZX_PCI_MAX_BUSSES: u32 = 256;
pub const ZX_PCI_MAX_FUNCTIONS_PER_BUS: u32 = 256;
pub const ZX_PCI_MAX_MSIX_IRQS: u32 = 2048;
pub const ZX_PCI_EXTENDED_CONFIG_SIZE: u32 = 0x1000;
pub const ZX_PCI_INIT_ARG_MAX_SIZE: u64 = 0x1738;
pub const ZX_PCI_ECAM_BYTE_PER_BUS: u32 = 0x0010_0000;
pub const ZX_PCI_NO_IRQ_MAPPING: u32 = 0xffff_ffff;

/// The anonymous union of [`zx_pci_bar_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_pci_bar__place {
    pub addr: uintptr_t,
    /// The handle.
    pub handle: zx_handle_t,
}
record!(zx_pci_bar__place, 8, 8, { addr: 0, handle: 0 });

/// A base address register.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_pci_bar_t {
    pub id: u32,
    pub r#type: u32,
    pub size: size_t,
    /// Members C reaches without this name.
    pub anon: zx_pci_bar__place,
}
record!(zx_pci_bar_t, 24, 8, { id: 0, r#type: 4, size: 8, anon: 16 });

/// Inner record `irqs` of [`zx_pci_init_arg_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_pci_init_arg__irqs {
    pub global_irq: u32,
    pub level_triggered: c_bool,
    pub active_high: c_bool,
    /// Zero.
    pub padding1: [u8; 2],
}
record!(zx_pci_init_arg__irqs, 8, 4, {
    global_irq: 0, level_triggered: 4, active_high: 5, padding1: 6
});

/// Inner record `addr_windows` of [`zx_pci_init_arg_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_pci_init_arg__addr_windows {
    pub base: u64,
    pub size: size_t,
    pub bus_start: u8,
    pub bus_end: u8,
    pub cfg_space_type: u8,
    pub has_ecam: c_bool,
    /// Zero.
    pub padding1: [u8; 4],
}
record!(zx_pci_init_arg__addr_windows, 24, 8, {
    base: 0, size: 8, bus_start: 16, bus_end: 17, cfg_space_type: 18, has_ecam: 19,
    padding1: 20
});

/// Argument of `zx_pci_init`; `addr_windows` runs on for `addr_window_count` entries.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_pci_init_arg_t {
    pub dev_pin_to_global_irq: zx_pci_irq_swizzle_lut_t,
    pub num_irqs: u32,
    pub irqs: [zx_pci_init_arg__irqs; 224],
    pub addr_window_count: u32,
    pub addr_windows: [zx_pci_init_arg__addr_windows; 0],
}
record!(zx_pci_init_arg_t, 5896, 8, {
    dev_pin_to_global_irq: 0, num_irqs: 4096, irqs: 4100, addr_window_count: 5892,
    addr_windows: 5896
});

/// Identity of a PCI device.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_pcie_device_info_t {
    pub vendor_id: u16,
    pub device_id: u16,
    pub base_class: u8,
    pub sub_class: u8,
    pub program_interface: u8,
    pub revision_id: u8,
    pub bus_id: u8,
    pub dev_id: u8,
    pub func_id: u8,
    /// Zero.
    pub padding1: u8,
}
record!(zx_pcie_device_info_t, 12, 2, {
    vendor_id: 0, device_id: 2, base_class: 4, sub_class: 5, program_interface: 6,
    revision_id: 7, bus_id: 8, dev_id: 9, func_id: 10, padding1: 11
});

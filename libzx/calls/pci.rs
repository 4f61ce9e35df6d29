// SPDX-License-Identifier: MIT
//! PCI devices (tasks-time-system.md, section 10), of which programs have none.

use super::{privilege, syscall};
use crate::status::Status;
use crate::uapi::pci::{
    ZX_PCI_INIT_ARG_MAX_SIZE, ZX_PCI_MAX_BAR_REGS, zx_pci_bar_t, zx_pci_init_arg_t,
    zx_pcie_device_info_t,
};
use crate::uapi::types::{ZX_HANDLE_INVALID, zx_handle_t, zx_status_t};

/// Would find a PCI device.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `index`: which one
/// * `out_info` (out): not written
/// * `out_handle` (out, pci_device handle): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `out_info` is NULL
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach PCI devices.
pub extern "C" fn zx_pci_get_nth_device(
    handle: zx_handle_t,
    _index: u32,
    out_info: *mut zx_pcie_device_info_t,
    _out_handle: *mut zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        privilege::root(cx, handle)?;
        if out_info.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would read or write the configuration of a device through I/O ports.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `bus`: the bus
/// * `dev`: the device
/// * `func`: the function
/// * `offset`: the register
/// * `val` (in, out): not changed
/// * `width`: of the register, in bits
/// * `write`: not 0 to write
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach PCI devices.
pub extern "C" fn zx_pci_cfg_pio_rw(
    handle: zx_handle_t,
    _bus: u8,
    _dev: u8,
    _func: u8,
    _offset: u8,
    _val: *mut u32,
    _width: usize,
    _write: u32,
) -> zx_status_t {
    syscall(|cx| {
        privilege::root(cx, handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would tell the kernel how the machine's buses are built.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `init_buf` (buffer of `len` bytes): the buses
/// * `len`: its size in bytes
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `len` is too small or too large
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach PCI devices.
pub extern "C" fn zx_pci_init(
    handle: zx_handle_t,
    _init_buf: *const zx_pci_init_arg_t,
    len: u32,
) -> zx_status_t {
    syscall(|cx| {
        privilege::root(cx, handle)?;
        if (len as usize) < size_of::<zx_pci_init_arg_t>()
            || u64::from(len) > ZX_PCI_INIT_ARG_MAX_SIZE
        {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would tell the kernel which addresses devices may be given.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `mmio`: not 0 for memory
/// * `base`: the first address
/// * `len`: how many
/// * `add`: not 0 to add, 0 to take away
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach PCI devices.
pub extern "C" fn zx_pci_add_subtract_io_range(
    handle: zx_handle_t,
    _mmio: u32,
    _base: u64,
    _len: u64,
    _add: u32,
) -> zx_status_t {
    syscall(|cx| {
        privilege::root(cx, handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would let a device reach memory by itself.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_WRITE`): the device
/// * `enable`: not 0 to let it
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_enable_bus_master(handle: zx_handle_t, _enable: u32) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

/// Would reset a device.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_WRITE`): the device
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_reset_device(handle: zx_handle_t) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

/// Would read a register of a device's configuration.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): the device
/// * `offset`: the register
/// * `width`: 1, 2 or 4 bytes
/// * `out_val` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_config_read(
    handle: zx_handle_t,
    _offset: u16,
    _width: usize,
    _out_val: *mut u32,
) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

/// Would write a register of a device's configuration.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): the device
/// * `offset`: the register
/// * `width`: 1, 2 or 4 bytes
/// * `val`: the value
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_config_write(
    handle: zx_handle_t,
    _offset: u16,
    _width: usize,
    _val: u32,
) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

/// Would give access to registers of a device.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): the device
/// * `bar_num`: which ones, 0 to 5
/// * `out_bar` (out): not written
/// * `out_handle` (out, vmo handle): not written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `handle` is 0, a pointer is NULL, or `bar_num` is too large
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_get_bar(
    handle: zx_handle_t,
    bar_num: u32,
    out_bar: *mut zx_pci_bar_t,
    out_handle: *mut zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        if handle == ZX_HANDLE_INVALID
            || out_bar.is_null()
            || out_handle.is_null()
            || bar_num >= ZX_PCI_MAX_BAR_REGS
        {
            return Err(Status::INVALID_ARGS);
        }
        privilege::absent(cx, handle)
    })
}

/// Would make an interrupt of a device.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_READ`): the device
/// * `which_irq`: which one
/// * `out_handle` (out, interrupt handle): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_map_interrupt(
    handle: zx_handle_t,
    _which_irq: i32,
    _out_handle: *mut zx_handle_t,
) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

/// Would tell how many interrupts a device has.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_READ`): the device
/// * `mode`: of which kind
/// * `out_max_irqs` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_query_irq_mode(
    handle: zx_handle_t,
    _mode: u32,
    _out_max_irqs: *mut u32,
) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

/// Would choose which interrupts a device sends.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_WRITE`): the device
/// * `mode`: of which kind
/// * `requested_irq_count`: how many
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
pub extern "C" fn zx_pci_set_irq_mode(
    handle: zx_handle_t,
    _mode: u32,
    _requested_irq_count: u32,
) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

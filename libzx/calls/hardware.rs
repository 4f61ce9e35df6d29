// SPDX-License-Identifier: MIT
//! Hardware that programs do not reach on Linux (tasks-time-system.md, section
//! 10).

use std::ffi::c_void;

use super::user::{UserIn, UserOut};
use super::{privilege, syscall};
use crate::object::dma::Bti;
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::Status;
use crate::sys::memory::PAGE;
use crate::task::policy::Condition;
use crate::uapi::resource as r;
use crate::uapi::smc as s;
use crate::uapi::types::{
    ZX_CACHE_FLUSH_DATA, ZX_CACHE_FLUSH_INSN, ZX_CACHE_FLUSH_INVALIDATE, ZX_HANDLE_INVALID,
    zx_handle_t, zx_paddr_t, zx_status_t,
};

/// Would call the secure monitor of an ARM processor.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SMC` with the service's number
/// * `parameters`: the call
/// * `out_smc_result` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: a pointer is NULL, or `parameters` cannot be read
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: a resource for other services
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach the secure monitor.
pub extern "C" fn zx_smc_call(
    handle: zx_handle_t,
    parameters: *const s::zx_smc_parameters_t,
    out_smc_result: *mut s::zx_smc_result_t,
) -> zx_status_t {
    let parameters = UserIn::new(parameters);
    syscall(|cx| {
        if out_smc_result.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        let function = parameters.read()?.func_id;
        let mask = s::ARM_SMC_SERVICE_CALL_NUM_MASK.cast_unsigned();
        let service = function >> s::ARM_SMC_SERVICE_CALL_NUM_SHIFT & mask;
        privilege::range(cx, handle, r::ZX_RSRC_KIND_SMC, service.into(), 1)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would describe the screen that the firmware has set up; there is none.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SYSTEM` for this
/// * `format` (out): not written
/// * `width` (out): not written
/// * `height` (out): not written
/// * `stride` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: there is no screen
///
/// # Support
///
/// Checks only: as on a machine without a screen.
pub extern "C" fn zx_framebuffer_get_info(
    resource: zx_handle_t,
    _format: *mut u32,
    _width: *mut u32,
    _height: *mut u32,
    _stride: *mut u32,
) -> zx_status_t {
    syscall(|cx| {
        privilege::purpose(cx, resource, r::ZX_RSRC_SYSTEM_FRAMEBUFFER_BASE)?;
        Err(Status::INVALID_ARGS)
    })
}

/// Would show memory on the screen. Without a VMO it ends that, which needs no
/// screen.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SYSTEM` for this
/// * `vmo` (vmo, optional): the picture
/// * `len`: its size in bytes
/// * `format`: of its pixels
/// * `width`: in pixels
/// * `height`: in pixels
/// * `stride`: in pixels
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `vmo`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach the screen.
pub extern "C" fn zx_framebuffer_set_range(
    resource: zx_handle_t,
    vmo: zx_handle_t,
    _len: u32,
    _format: u32,
    _width: u32,
    _height: u32,
    _stride: u32,
) -> zx_status_t {
    syscall(|cx| {
        privilege::purpose(cx, resource, r::ZX_RSRC_SYSTEM_FRAMEBUFFER_BASE)?;
        if vmo == ZX_HANDLE_INVALID {
            return Ok(());
        }
        cx.get::<Vmo>(vmo, Rights::NONE)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would tell where the firmware's tables are in physical memory.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `acpi_rsdp` (out): not changed
/// * `smbios` (out): not changed
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: a pointer cannot be written
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program has no physical addresses.
pub extern "C" fn zx_pc_firmware_tables(
    handle: zx_handle_t,
    acpi_rsdp: *mut zx_paddr_t,
    smbios: *mut zx_paddr_t,
) -> zx_status_t {
    let (acpi_rsdp, smbios) = (UserOut::new(acpi_rsdp), UserOut::new(smbios));
    syscall(|cx| {
        privilege::root(cx, handle)?;
        acpi_rsdp.probe(1)?;
        smbios.probe(1)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// The checks of both calls about I/O ports.
fn ioports(resource: zx_handle_t, io_addr: u16, len: u32) -> zx_status_t {
    syscall(|cx| {
        let (start, size) = (u64::from(io_addr), u64::from(len));
        privilege::range(cx, resource, r::ZX_RSRC_KIND_IOPORT, start, size)?;
        if len == 0 || start + size > 1 << 16 {
            return Err(Status::OUT_OF_RANGE);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would let the process use I/O ports.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_IOPORT` with these ports
/// * `io_addr`: the first port
/// * `len`: how many
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_OUT_OF_RANGE`: a resource for other ports, or no such ports
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach I/O ports.
pub extern "C" fn zx_ioports_request(resource: zx_handle_t, io_addr: u16, len: u32) -> zx_status_t {
    ioports(resource, io_addr, len)
}

/// Would end what `zx_ioports_request` has begun.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_IOPORT` with these ports
/// * `io_addr`: the first port
/// * `len`: how many
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_OUT_OF_RANGE`: a resource for other ports, or no such ports
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach I/O ports.
pub extern "C" fn zx_ioports_release(resource: zx_handle_t, io_addr: u16, len: u32) -> zx_status_t {
    ioports(resource, io_addr, len)
}

/// Would set interrupts aside that are messages.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SYSTEM` for this
/// * `count`: 1, 2, 4, 8, 16 or 32
/// * `out_allocation` (out, msi handle): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: another `count`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs get no interrupts of devices.
pub extern "C" fn zx_msi_allocate(
    handle: zx_handle_t,
    count: u32,
    _out_allocation: *mut zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        privilege::purpose(cx, handle, r::ZX_RSRC_SYSTEM_MSI_BASE)?;
        if !count.is_power_of_two() || count > 32 {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would make an interrupt of a device that sends messages.
///
/// # Parameters
///
/// * `handle` (msi): what `zx_msi_allocate` gave
/// * `options`: any; there is no object to use them with
/// * `msi_id`: which of them
/// * `vmo` (vmo, `ZX_RIGHT_MAP`): the device's registers
/// * `vmo_offset`: where in them
/// * `out_interrupt` (out, interrupt handle): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: `zx_msi_allocate` gives nothing.
pub extern "C" fn zx_msi_create(
    handle: zx_handle_t,
    _options: u32,
    _msi_id: u32,
    _vmo: zx_handle_t,
    _vmo_offset: usize,
    _out_interrupt: *mut zx_handle_t,
) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, handle))
}

/// Would make a VMO of memory that is contiguous for a device.
///
/// # Parameters
///
/// * `bti` (bti, `ZX_RIGHT_MAP`): the device's accesses
/// * `size`: in bytes
/// * `alignment_log2`: 12 to 63, or 0 for 12
/// * `out` (out, vmo handle): not written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `size` is 0
/// * `ZX_ERR_INVALID_ARGS`: `alignment_log2` is out of range
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `bti`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program has no physical addresses.
pub extern "C" fn zx_vmo_create_contiguous(
    bti: zx_handle_t,
    size: usize,
    alignment_log2: u32,
    _out: *mut zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        if size == 0 || alignment_log2 != 0 && !(12..64).contains(&alignment_log2) {
            return Err(Status::INVALID_ARGS);
        }
        cx.check_policy(Condition::NewVmo)?;
        cx.get::<Bti>(bti, Rights::MAP)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would make a VMO of a range of physical memory.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_MMIO` with the pages
/// * `paddr`: the first address
/// * `size`: in bytes
/// * `out` (out, vmo handle): not written
///
/// # Errors
///
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_OUT_OF_RANGE`: a resource for other addresses
/// * `ZX_ERR_INVALID_ARGS`: `paddr` is in the middle of a page, or `size` is 0
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program has no physical addresses.
pub extern "C" fn zx_vmo_create_physical(
    resource: zx_handle_t,
    paddr: zx_paddr_t,
    size: usize,
    _out: *mut zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        cx.check_policy(Condition::NewVmo)?;
        let start = paddr as u64 / PAGE * PAGE;
        // What does not fit is in no resource's range.
        let end = (paddr as u64)
            .checked_add(size as u64)
            .and_then(|end| end.checked_next_multiple_of(PAGE));
        let pages = end.map_or(u64::MAX, |end| end - start);
        privilege::range(cx, resource, r::ZX_RSRC_KIND_MMIO, start, pages)?;
        if start != paddr as u64 || size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Makes the caches of the processor agree with memory. Those of x86-64 always
/// do.
///
/// # Parameters
///
/// * `addr` (buffer of `size` bytes): where
/// * `size`: how much
/// * `options` (options `ZX_CACHE_FLUSH_*`): `ZX_CACHE_FLUSH_INSN` and
///   `ZX_CACHE_FLUSH_DATA`; `ZX_CACHE_FLUSH_INVALIDATE` with the latter
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: no, unknown or contradicting `options`
pub extern "C" fn zx_cache_flush(_addr: *const c_void, _size: usize, options: u32) -> zx_status_t {
    const DATA: u32 = ZX_CACHE_FLUSH_DATA;
    const INSN: u32 = ZX_CACHE_FLUSH_INSN;
    const DATA_AWAY: u32 = ZX_CACHE_FLUSH_DATA | ZX_CACHE_FLUSH_INVALIDATE;
    const BOTH: u32 = INSN | DATA;
    const ALL: u32 = INSN | DATA_AWAY;
    syscall(|_| match options {
        INSN | DATA | BOTH | DATA_AWAY | ALL => Ok(()),
        _ => Err(Status::INVALID_ARGS),
    })
}

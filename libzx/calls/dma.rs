// SPDX-License-Identifier: MIT
//! What devices use to reach memory (tasks-time-system.md, section 10).

use std::ffi::c_void;

use super::user::{UserIn, UserOut};
use super::{privilege, syscall};
use crate::object::KernelObject;
use crate::object::dma::{Bti, Iommu};
use crate::object::handle::Handle;
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::PAGE;
use crate::uapi::iommu::{ZX_IOMMU_MAX_DESC_LEN, ZX_IOMMU_TYPE_DUMMY, zx_iommu_desc_dummy_t};
use crate::uapi::resource::ZX_RSRC_SYSTEM_IOMMU_BASE;
use crate::uapi::types::{
    ZX_BTI_COMPRESS, ZX_BTI_CONTIGUOUS, ZX_BTI_PERM_EXECUTE, ZX_BTI_PERM_READ, ZX_BTI_PERM_WRITE,
    zx_handle_t, zx_paddr_t, zx_status_t,
};

const MAX_DESC: usize = ZX_IOMMU_MAX_DESC_LEN.cast_unsigned() as usize;

/// Makes an IOMMU that translates nothing: a program has no devices.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SYSTEM` for IOMMUs
/// * `kind` (value `ZX_IOMMU_TYPE_*`): must be `ZX_IOMMU_TYPE_DUMMY`
/// * `desc` (buffer of `desc_size` bytes): a `zx_iommu_desc_dummy_t`
/// * `desc_size`: its size
/// * `out` (out, iommu handle): the new handle, rights
///   `ZX_DEFAULT_IOMMU_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: `desc_size` is more than 4096, or `desc` cannot be
///   read
/// * `ZX_ERR_NOT_SUPPORTED`: `kind` is not `ZX_IOMMU_TYPE_DUMMY`
/// * `ZX_ERR_INVALID_ARGS`: the description has another size
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
///
/// # Support
///
/// Partial: there are no IOMMUs of Intel.
pub extern "C" fn zx_iommu_create(
    resource: zx_handle_t,
    kind: u32,
    desc: *const c_void,
    desc_size: usize,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let from = UserIn::new(desc.cast::<u8>());
    let out = UserOut::new(out);
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_IOMMU_BASE)?;
        let mut bytes = [0; MAX_DESC];
        let bytes = bytes.get_mut(..desc_size).ok_or(Status::INVALID_ARGS)?;
        from.read_slice(0, bytes)?;
        if kind != ZX_IOMMU_TYPE_DUMMY.cast_unsigned() {
            return Err(Status::NOT_SUPPORTED);
        }
        if desc_size != size_of::<zx_iommu_desc_dummy_t>() {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish(out, Handle::new(Iommu::new(), Iommu::DEFAULT_RIGHTS))
    })
}

/// Makes an object for the accesses of a device through an IOMMU.
///
/// # Parameters
///
/// * `iommu` (iommu): the IOMMU
/// * `options`: must be 0
/// * `bti_id`: the number of the device, any
/// * `out` (out, bti handle): the new handle, rights `ZX_DEFAULT_BTI_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `iommu`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_bti_create(
    iommu: zx_handle_t,
    options: u32,
    bti_id: u64,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let iommu = cx.get::<Iommu>(iommu, Rights::NONE)?;
        let bti = Bti::new((*iommu).clone(), bti_id);
        cx.publish(out, Handle::new(bti, Bti::DEFAULT_RIGHTS))
    })
}

/// Would pin memory for a device and tell its physical addresses, which a
/// program has none of.
///
/// # Parameters
///
/// * `handle` (bti, `ZX_RIGHT_MAP`): the device's accesses
/// * `options` (options `ZX_BTI_*`): what the device does, and how addresses
///   are told
/// * `vmo` (vmo, rights vary): the memory, with `ZX_RIGHT_MAP`, and the rights
///   for what the device does
/// * `offset`: a multiple of the page size
/// * `size`: the same
/// * `addrs` (out, array of `num_addrs`): not written
/// * `num_addrs`: one for each page, or with `ZX_BTI_CONTIGUOUS` 1
/// * `pmt` (out, pmt handle): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_INVALID_ARGS`: `offset` or `size`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `vmo`
/// * `ZX_ERR_INVALID_ARGS`: no, unknown or contradicting `options`
/// * `ZX_ERR_OUT_OF_RANGE`: beyond the end of the VMO
/// * `ZX_ERR_INVALID_ARGS`: another `num_addrs`, or `pmt` is NULL
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program has no physical addresses.
pub extern "C" fn zx_bti_pin(
    handle: zx_handle_t,
    options: u32,
    vmo: zx_handle_t,
    offset: u64,
    size: u64,
    addrs: *mut zx_paddr_t,
    num_addrs: usize,
    pmt: *mut zx_handle_t,
) -> zx_status_t {
    let _ = addrs;
    let pmt = UserOut::new(pmt);
    syscall(|cx| {
        cx.get::<Bti>(handle, Rights::MAP)?;
        if !offset.is_multiple_of(PAGE) || !size.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let vmo = cx.get::<Vmo>(vmo, Rights::MAP)?;
        vmo.handle().require(rights_for(options))?;
        check_options(options)?;
        match offset.checked_add(size) {
            Some(end) if end <= vmo.size() => {}
            _ => return Err(Status::OUT_OF_RANGE),
        }
        let wanted = if options & ZX_BTI_CONTIGUOUS != 0 {
            1
        } else {
            size / PAGE
        };
        if num_addrs as u64 != wanted || pmt.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// The rights to memory that a device needs for these accesses.
fn rights_for(options: u32) -> Rights {
    let has = |option| options & option != 0;
    let mut rights = Rights::NONE;
    if has(ZX_BTI_PERM_READ) {
        rights = rights.with(Rights::READ);
    }
    if has(ZX_BTI_PERM_WRITE) {
        rights = rights.with(Rights::WRITE);
    }
    if has(ZX_BTI_PERM_EXECUTE) {
        rights = rights.with(Rights::READ).with(Rights::EXECUTE);
    }
    rights
}

fn check_options(options: u32) -> Result {
    const HOW: u32 = ZX_BTI_COMPRESS | ZX_BTI_CONTIGUOUS;
    const KNOWN: u32 = ZX_BTI_PERM_READ | ZX_BTI_PERM_WRITE | ZX_BTI_PERM_EXECUTE | HOW;
    if options == 0 || options & !KNOWN != 0 || options & HOW == HOW {
        Err(Status::INVALID_ARGS)
    } else {
        Ok(())
    }
}

/// Gives back memory that was pinned for a device and not unpinned, of which
/// there is none.
///
/// # Parameters
///
/// * `handle` (bti, `ZX_RIGHT_WRITE`): the device's accesses
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
pub extern "C" fn zx_bti_release_quarantine(handle: zx_handle_t) -> zx_status_t {
    syscall(|cx| cx.get::<Bti>(handle, Rights::WRITE).map(|_| ()))
}

/// Would unpin memory. There is no pinned memory, so no handle will do.
///
/// # Parameters
///
/// * `handle` (pmt, consumed): the pinned memory
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: nothing can be pinned.
pub extern "C" fn zx_pmt_unpin(handle: zx_handle_t) -> zx_status_t {
    syscall(|cx| {
        cx.close(handle)?;
        Err(Status::WRONG_TYPE)
    })
}

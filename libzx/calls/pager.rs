// SPDX-License-Identifier: MIT
//! Pager calls (memory.md, section 6).

use super::syscall;
use super::user::UserOut;
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::pager::Pager;
use crate::object::port::Port;
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::PAGE;
use crate::task::policy::Condition;
use crate::uapi::types::{ZX_PAGER_OP_FAIL, zx_handle_t, zx_status_t};

/// Makes a pager: whoever has it serves the pages of VMOs made with it.
///
/// # Parameters
///
/// * `options`: must be 0
/// * `out` (out, pager handle): the new handle, rights
///   `ZX_DEFAULT_PAGER_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_NOT_SUPPORTED`: the host lets the process have no userfaultfd
///   that also serves accesses by the kernel
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_pager_create(options: u32, out: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish(out, Handle::new(Pager::new()?, Pager::DEFAULT_RIGHTS))
    })
}

/// Makes a VMO whose pages a pager serves. Whoever reads, writes or commits a
/// page that is not there waits until `zx_pager_supply_pages` brings it; what
/// is wanted comes as packets of type `ZX_PKT_TYPE_PAGE_REQUEST` to a port,
/// one at a time. `ZX_PAGER_VMO_COMPLETE` follows when the VMO is detached or
/// not used any more.
///
/// # Parameters
///
/// * `pager` (pager): the pager
/// * `options` (options `ZX_VMO_RESIZABLE`): 0 or that
/// * `port` (port, `ZX_RIGHT_WRITE`): where the packets go
/// * `key`: the key of the packets
/// * `size`: in bytes, rounded up to whole pages
/// * `out` (out, vmo handle): the new handle, rights `ZX_DEFAULT_VMO_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `port`
/// * `ZX_ERR_INVALID_ARGS`: other options
/// * `ZX_ERR_OUT_OF_RANGE`: `size` is too large
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_pager_create_vmo(
    pager: zx_handle_t,
    options: u32,
    port: zx_handle_t,
    key: u64,
    size: u64,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        cx.check_policy(Condition::NewVmo)?;
        let pager = cx.get::<Pager>(pager, Rights::NONE)?;
        let port = cx.get::<Port>(port, Rights::WRITE)?.clone();
        let vmo = pager.create_vmo(options, port, key, size)?;
        cx.publish(out, Handle::new(vmo, Vmo::DEFAULT_RIGHTS))
    })
}

/// Ends the serving of a VMO: whoever waits for a page of it fails, and so
/// does whoever touches an absent one later. Pages that are there stay.
///
/// # Parameters
///
/// * `pager` (pager): the pager
/// * `vmo` (vmo): a VMO of it; a second time nothing happens
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager`, then `vmo`
/// * `ZX_ERR_INVALID_ARGS`: the VMO is not one of this pager
pub extern "C" fn zx_pager_detach_vmo(pager: zx_handle_t, vmo: zx_handle_t) -> zx_status_t {
    syscall(|cx| {
        let pager = cx.get::<Pager>(pager, Rights::NONE)?;
        let vmo = cx.get::<Vmo>(vmo, Rights::NONE)?;
        pager.source_of(&vmo)?.end(false);
        Ok(())
    })
}

/// Brings pages into a VMO of a pager where it has none. They are taken from
/// another VMO, whose range is empty then.
///
/// # Parameters
///
/// * `pager` (pager): the pager
/// * `pager_vmo` (vmo): a VMO of it
/// * `offset`: the first byte there, on a page
/// * `length`: how many bytes, whole pages
/// * `aux_vmo` (vmo, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): where they come from
/// * `aux_offset`: the first of them, in bytes, on a page
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: a number that is not on a page
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager`, then `pager_vmo`
/// * `ZX_ERR_INVALID_ARGS`: the VMO is not one of this pager
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `aux_vmo`
/// * `ZX_ERR_OUT_OF_RANGE`: the range of `aux_vmo`
/// * `ZX_ERR_BAD_STATE`: `aux_vmo` is a child, has children, is mapped, or is
///   served by a pager itself
/// * `ZX_ERR_OUT_OF_RANGE`: the range of `pager_vmo`
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_pager_supply_pages(
    pager: zx_handle_t,
    pager_vmo: zx_handle_t,
    offset: u64,
    length: u64,
    aux_vmo: zx_handle_t,
    aux_offset: u64,
) -> zx_status_t {
    syscall(|cx| {
        check_pages(offset | length | aux_offset)?;
        let pager = cx.get::<Pager>(pager, Rights::NONE)?;
        let vmo = cx.get::<Vmo>(pager_vmo, Rights::NONE)?;
        let source = pager.source_of(&vmo)?;
        let aux = cx.get::<Vmo>(aux_vmo, Rights::READ.with(Rights::WRITE))?;
        aux.check_giving(aux_offset, length)?;
        vmo.supply(&source, (offset, length), &aux, aux_offset)
    })
}

/// Works on a range of a VMO of a pager. `ZX_PAGER_OP_FAIL` fails every request
/// that wants a page of it, with the status in `data`: `ZX_ERR_IO`,
/// `ZX_ERR_IO_DATA_INTEGRITY` or `ZX_ERR_BAD_STATE`. Who touches an absent page
/// later asks anew.
///
/// # Parameters
///
/// * `pager` (pager): the pager
/// * `op`: `ZX_PAGER_OP_FAIL`
/// * `pager_vmo` (vmo): a VMO of it
/// * `offset`: the first byte, on a page
/// * `length`: how many bytes, whole pages
/// * `data`: the status
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: a number that is not on a page
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager`, then `pager_vmo`
/// * `ZX_ERR_INVALID_ARGS`: the VMO is not one of this pager
/// * `ZX_ERR_NOT_SUPPORTED`: unknown `op`
/// * `ZX_ERR_INVALID_ARGS`: no such status
/// * `ZX_ERR_OUT_OF_RANGE`: the range
pub extern "C" fn zx_pager_op_range(
    pager: zx_handle_t,
    op: u32,
    pager_vmo: zx_handle_t,
    offset: u64,
    length: u64,
    data: u64,
) -> zx_status_t {
    syscall(|cx| {
        check_pages(offset | length)?;
        let pager = cx.get::<Pager>(pager, Rights::NONE)?;
        let vmo = cx.get::<Vmo>(pager_vmo, Rights::NONE)?;
        let source = pager.source_of(&vmo)?;
        if op != ZX_PAGER_OP_FAIL {
            return Err(Status::NOT_SUPPORTED);
        }
        const REASONS: [Status; 3] = [Status::IO, Status::IO_DATA_INTEGRITY, Status::BAD_STATE];
        let status = i32::try_from(data.cast_signed()).ok();
        let status = REASONS
            .into_iter()
            .find(|reason| Some(reason.raw()) == status);
        let status = status.ok_or(Status::INVALID_ARGS)?;
        vmo.fail_requests(&source, offset, length, status)
    })
}

fn check_pages(numbers: u64) -> Result {
    if numbers.is_multiple_of(PAGE) {
        Ok(())
    } else {
        Err(Status::INVALID_ARGS)
    }
}

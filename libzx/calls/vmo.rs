// SPDX-License-Identifier: MIT
//! VMO calls (memory.md, section 3).

use std::ffi::c_void;

use super::syscall;
use super::user::UserOut;
use crate::object::handle::Handle;
use crate::object::resource::Resource;
use crate::object::vmo::Vmo;
use crate::object::{KernelObject, Object};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::uapi::resource::ZX_RSRC_SYSTEM_VMEX_BASE;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes a VMO of `size` bytes, rounded up to whole pages, all of them zero.
/// `options` is 0 or made of `ZX_VMO_RESIZABLE` and `ZX_VMO_DISCARDABLE`.
///
/// # Rights
///
/// None.
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown option
/// * `ZX_ERR_OUT_OF_RANGE`: `size` is too large
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
///
/// # Safety
///
/// Any pointer will do.
///
/// # Differences
///
/// The largest size is 2^63 - 4096, half of Zircon's. Discardable memory is
/// never discarded. Each VMO takes a file descriptor; without one left the
/// call fails with `ZX_ERR_NO_MEMORY`.
///
/// Specification: memory.md, section 3.1.
pub extern "C" fn zx_vmo_create(size: u64, options: u32, out: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        cx.publish(
            out,
            Handle::new(Vmo::create(size, options)?, Vmo::DEFAULT_RIGHTS),
        )
    })
}

/// Copies bytes out of a VMO. Pages that were never written read as zero and
/// take no memory.
///
/// # Rights
///
/// `handle`: `ZX_RIGHT_READ`.
///
/// # Errors
///
/// `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`;
/// `ZX_ERR_OUT_OF_RANGE`: the range overflows or ends after the VMO, even if
/// it is empty; `ZX_ERR_NOT_FOUND`: part of `buffer` cannot be written, and
/// what comes before it may have been.
///
/// # Safety
///
/// Any pointer will do, but what can be written at `buffer` is overwritten.
///
/// Specification: memory.md, section 3.2.
pub extern "C" fn zx_vmo_read(
    handle: zx_handle_t,
    buffer: *mut c_void,
    offset: u64,
    buffer_size: usize,
) -> zx_status_t {
    let address = buffer.addr();
    syscall(|cx| {
        cx.get::<Vmo>(handle, Rights::READ)?
            .read(offset, address, buffer_size)
    })
}

/// Copies bytes into a VMO. The content size stays what it is.
///
/// # Rights
///
/// `handle`: `ZX_RIGHT_WRITE`.
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`
/// * `ZX_ERR_OUT_OF_RANGE`: the range overflows or ends after the VMO, even
///   if it is empty
/// * `ZX_ERR_NOT_FOUND`: part of `buffer` cannot be read, and what comes
///   before it may have been copied
/// * `ZX_ERR_NO_MEMORY`
///
/// # Safety
///
/// Any pointer will do.
///
/// Specification: memory.md, section 3.2.
pub extern "C" fn zx_vmo_write(
    handle: zx_handle_t,
    buffer: *const c_void,
    offset: u64,
    buffer_size: usize,
) -> zx_status_t {
    let address = buffer.addr();
    syscall(|cx| {
        cx.get::<Vmo>(handle, Rights::WRITE)?
            .write(offset, address, buffer_size)
    })
}

/// Tells the size of a VMO, a multiple of the page size.
///
/// # Rights
///
/// None.
///
/// # Errors
///
/// `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`; `ZX_ERR_INVALID_ARGS`: `size`
/// cannot be written.
///
/// # Safety
///
/// Any pointer will do.
///
/// Specification: memory.md, section 3.3.
pub extern "C" fn zx_vmo_get_size(handle: zx_handle_t, size: *mut u64) -> zx_status_t {
    let out = UserOut::new(size);
    syscall(|cx| out.write(&cx.get::<Vmo>(handle, Rights::NONE)?.size()))
}

/// Replaces a handle to a VMO by one that also has `ZX_RIGHT_EXECUTE`, which
/// guests and programs need to run code in it. `handle` is closed whatever
/// the result, unless it is no handle at all. `out` may be where it is kept.
///
/// # Rights
///
/// None on `handle`; `vmex` is 0 or a root or VMEX resource, on which none is
/// needed either.
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: `handle` is no handle
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_OUT_OF_RANGE`: `vmex`
///   is no handle, no suitable kind of resource, a system resource for
///   something else
/// * `ZX_ERR_BAD_HANDLE`: `handle` is not of a VMO
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
///
/// # Safety
///
/// Any pointer will do.
///
/// # Differences
///
/// Where the host refuses executable memory files, the later mapping fails
/// with `ZX_ERR_ACCESS_DENIED`.
///
/// Specification: memory.md, section 3.8.
pub extern "C" fn zx_vmo_replace_as_executable(
    handle: zx_handle_t,
    vmex: zx_handle_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        let allowed = check_vmex(cx, vmex);
        // Dropped, and so closed, once the new handle has been counted.
        let old = cx.take(handle)?;
        allowed?;
        let Object::Vmo(vmo) = old.object() else {
            return Err(Status::BAD_HANDLE);
        };
        cx.publish(
            out,
            Handle::new(vmo.clone(), old.rights().with(Rights::EXECUTE)),
        )
    })
}

/// Everyone may make memory executable, but who shows a resource has to show
/// the right one.
fn check_vmex(cx: &Context, vmex: zx_handle_t) -> Result {
    if vmex == 0 {
        return Ok(());
    }
    let resource = cx.get::<Resource>(vmex, Rights::NONE)?;
    resource.check_system(ZX_RSRC_SYSTEM_VMEX_BASE, Status::WRONG_TYPE)
}

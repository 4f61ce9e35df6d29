// SPDX-License-Identifier: MIT
//! Handle calls (objects.md, section 8).

use super::user::{UserIn, UserOut};
use super::{closing, syscall, syscall_without_memory};
use crate::object::handle::Handle;
use crate::rights::Rights;
use crate::status::Status;
use crate::uapi::rights::zx_rights_t;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// How many handles are read from a caller's array at a time.
const BLOCK: usize = 64;

/// Closes a handle. All consequences, such as a peer's `PEER_CLOSED` signal,
/// are visible when the call returns. Closing `ZX_HANDLE_INVALID` does
/// nothing.
///
/// # Parameters
///
/// * `handle` (any handle, optional, consumed): the handle
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: not a live handle
pub extern "C" fn zx_handle_close(handle: zx_handle_t) -> zx_status_t {
    closing(|cx| {
        if handle == 0 {
            Ok(())
        } else {
            cx.close(handle)
        }
    })
}

/// Closes several handles in the order of the array. Zero entries are
/// skipped; an entry that is no live handle makes the call fail, yet all
/// others are closed.
///
/// # Parameters
///
/// * `handles` (array of `num_handles`, any handle, consumed): the handles
/// * `num_handles`: how many
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: the array, which is read 64 entries at a time, cannot
///   be read; entries of earlier blocks are closed
/// * `ZX_ERR_BAD_HANDLE`: an entry is not a live handle, or occurs twice
pub extern "C" fn zx_handle_close_many(
    handles: *const zx_handle_t,
    num_handles: usize,
) -> zx_status_t {
    let handles = UserIn::new(handles);
    closing(|cx| {
        let mut result = Ok(());
        let mut block = [0; BLOCK];
        for start in (0..num_handles).step_by(BLOCK) {
            let block = &mut block[..BLOCK.min(num_handles - start)];
            handles.read_slice(start, block)?;
            for &handle in block.iter().filter(|&&handle| handle != 0) {
                result = result.and(cx.close(handle));
            }
        }
        result
    })
}

/// Makes a second handle to an object, with the same rights or fewer.
///
/// # Parameters
///
/// * `handle` (any handle, `ZX_RIGHT_DUPLICATE`): the handle
/// * `rights`: those of the new handle, `ZX_RIGHT_SAME_RIGHTS` for all
/// * `out` (out, any handle): the new handle
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `rights` are not a subset of the handle's, or `out`
///   cannot be written
/// * `ZX_ERR_NO_MEMORY`: the table is full
pub extern "C" fn zx_handle_duplicate(
    handle: zx_handle_t,
    rights: zx_rights_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        let source = cx.get_any(handle)?;
        source.require(Rights::DUPLICATE)?;
        let rights = source
            .rights()
            .requested(rights)
            .ok_or(Status::INVALID_ARGS)?;
        cx.publish(out, Handle::duplicate(source.object(), rights)?)
    })
}

/// Replaces a handle by a new one with the same rights or fewer. The old one
/// is gone whether or not the call succeeds, unless it was no handle at all.
///
/// # Parameters
///
/// * `handle` (any handle, consumed): the handle
/// * `rights`: those of the new handle, `ZX_RIGHT_SAME_RIGHTS` for all
/// * `out` (out, any handle): the new handle
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `rights` are not a subset of the handle's, or `out`
///   cannot be written
/// * `ZX_ERR_NO_MEMORY`: the table is full
pub extern "C" fn zx_handle_replace(
    handle: zx_handle_t,
    rights: zx_rights_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall_without_memory(|cx| {
        // The old handle is dropped, and with it its waits, only after the
        // new one has been counted: the object never loses its last handle.
        let source = cx.take(handle)?;
        let rights = source
            .rights()
            .requested(rights)
            .ok_or(Status::INVALID_ARGS)?;
        cx.publish(out, Handle::new(source.object().clone(), rights))
    })
}

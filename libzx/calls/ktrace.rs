// SPDX-License-Identifier: MIT
//! The kernel's traces (tasks-time-system.md, section 10), which Linux keeps
//! in other ways.

use std::ffi::c_void;

use super::user::UserIn;
use super::{privilege, syscall};
use crate::status::Status;
use crate::uapi::types::{ZX_MAX_NAME_LEN, zx_handle_t, zx_status_t};

/// Would read the kernel's trace.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `data` (out, buffer of `data_size` bytes): not written
/// * `offset`: where to begin
/// * `data_size`: the size of `data`
/// * `actual` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: there is no Zircon kernel to trace.
pub extern "C" fn zx_ktrace_read(
    handle: zx_handle_t,
    _data: *mut c_void,
    _offset: u32,
    _data_size: usize,
    _actual: *mut usize,
) -> zx_status_t {
    syscall(|cx| {
        privilege::root(cx, handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Actions: start 1, stop 2, rewind 3, a new probe 4, and start a circular
/// trace 5.
const NEW_PROBE: u32 = 4;
const LAST_ACTION: u32 = 5;

/// Would start and stop the kernel's trace.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `action`: 1 starts, 2 stops, 3 rewinds, 4 makes a probe, 5 starts a
///   circular trace
/// * `options`: any; depends on the action
/// * `ptr` (in, out, optional): of action 4 the probe's name, 32 characters
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: unknown `action`
/// * `ZX_ERR_INVALID_ARGS`: `ptr` cannot be read, of action 4
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: there is no Zircon kernel to trace.
pub extern "C" fn zx_ktrace_control(
    handle: zx_handle_t,
    action: u32,
    _options: u32,
    ptr: *mut c_void,
) -> zx_status_t {
    let name = UserIn::new(ptr.cast::<[u8; ZX_MAX_NAME_LEN]>().cast_const());
    syscall(|cx| {
        privilege::root(cx, handle)?;
        match action {
            NEW_PROBE => {
                name.read()?;
            }
            1..=LAST_ACTION => {}
            _ => return Err(Status::INVALID_ARGS),
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would write an event into the kernel's trace.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `id`: the number of the event, at most 0x7ff
/// * `arg0`: any number
/// * `arg1`: any number
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `id` is too large
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: there is no Zircon kernel to trace.
pub extern "C" fn zx_ktrace_write(
    handle: zx_handle_t,
    id: u32,
    _arg0: u32,
    _arg1: u32,
) -> zx_status_t {
    syscall(|cx| {
        privilege::root(cx, handle)?;
        if id > 0x7FF {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would have the processor trace.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `kind`: 0 for traces of instructions, 1 for performance counters
/// * `action`: any; depends on the kind
/// * `options`: any; depends on the action
/// * `ptr` (in, out, buffer of `ptr_size` bytes, optional): what the action
///   needs
/// * `ptr_size`: the size of `ptr`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: unknown `kind`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: Linux has perf for that.
pub extern "C" fn zx_mtrace_control(
    handle: zx_handle_t,
    kind: u32,
    _action: u32,
    _options: u32,
    _ptr: *mut c_void,
    _ptr_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        privilege::root(cx, handle)?;
        if kind > 1 {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

// SPDX-License-Identifier: MIT
//! Memory of processes (tasks-time-system.md, section 2.5).

use std::ffi::c_void;
use std::sync::OnceLock;

use super::syscall;
use super::user::UserOut;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::process::Process;
use crate::uapi::types::{zx_handle_t, zx_status_t, zx_vaddr_t};

/// The most that one call moves.
const MAX: usize = 64 << 20;

fn check_buffer(buffer: *const c_void, size: usize) -> Result {
    if buffer.is_null() || size == 0 || size > MAX {
        Err(Status::INVALID_ARGS)
    } else {
        Ok(())
    }
}

/// Reads memory of a process, up to the end of the mapping at the address,
/// whatever its permissions are.
///
/// # Parameters
///
/// * `handle` (process, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): the process
/// * `vaddr`: where to begin
/// * `buffer` (out, buffer of `buffer_size` bytes, used `actual`): gets the
///   bytes
/// * `buffer_size`: how many, 1 to 64 MiB
/// * `actual` (out): gets how many there were
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `buffer` is NULL, or `buffer_size` out of range
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_BAD_STATE`: the process is dead
/// * `ZX_ERR_NO_MEMORY`: nothing is mapped there
/// * `ZX_ERR_BAD_STATE`: the memory is not cached
/// * `ZX_ERR_INVALID_ARGS`: `buffer` or `actual` cannot be written
pub extern "C" fn zx_process_read_memory(
    handle: zx_handle_t,
    vaddr: zx_vaddr_t,
    buffer: *mut c_void,
    buffer_size: usize,
    actual: *mut usize,
) -> zx_status_t {
    let out = UserOut::new(actual);
    syscall(|cx| {
        check_buffer(buffer, buffer_size)?;
        let rights = Rights::READ.with(Rights::WRITE);
        let process = cx.get::<Process>(handle, rights)?;
        let done = process.read_memory(vaddr as u64, buffer.addr(), buffer_size)?;
        out.write(&done)
    })
}

/// Writes memory of a process, up to the end of the mapping at the address,
/// whatever its permissions are. The environment variable
/// `LIBZX_DEBUG_CALLS=0` turns the call off.
///
/// # Parameters
///
/// * `handle` (process, `ZX_RIGHT_WRITE`): the process
/// * `vaddr`: where to begin
/// * `buffer` (buffer of `buffer_size` bytes): the bytes
/// * `buffer_size`: how many, 1 to 64 MiB
/// * `actual` (out): gets how many were written
///
/// # Errors
///
/// * `ZX_ERR_NOT_SUPPORTED`: turned off
/// * `ZX_ERR_INVALID_ARGS`: `buffer` is NULL, or `buffer_size` out of range
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_BAD_STATE`: the process is dead
/// * `ZX_ERR_NO_MEMORY`: nothing is mapped there
/// * `ZX_ERR_BAD_STATE`: the memory is not cached
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be read, or `actual` written
pub extern "C" fn zx_process_write_memory(
    handle: zx_handle_t,
    vaddr: zx_vaddr_t,
    buffer: *const c_void,
    buffer_size: usize,
    actual: *mut usize,
) -> zx_status_t {
    let out = UserOut::new(actual);
    syscall(|cx| {
        if !debug_calls_on() {
            return Err(Status::NOT_SUPPORTED);
        }
        check_buffer(buffer, buffer_size)?;
        let process = cx.get::<Process>(handle, Rights::WRITE)?;
        let done = process.write_memory(vaddr as u64, buffer.addr(), buffer_size)?;
        out.write(&done)
    })
}

fn debug_calls_on() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("LIBZX_DEBUG_CALLS").is_none_or(|value| value != "0"))
}

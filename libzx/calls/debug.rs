// SPDX-License-Identifier: MIT
//! The serial line, which is the standard error output.

use std::ffi::c_char;
use std::sync::OnceLock;

use nix::errno::Errno;

use super::syscall;
use super::user::UserIn;
use crate::object::resource::Resource;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::cancel;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// What one call may write.
const MAX: usize = 256;

/// Writes to the standard error output, without lines of other calls in
/// between. The environment variable `LIBZX_DEBUG_WRITE=0` turns it off.
///
/// # Parameters
///
/// * `buffer` (buffer of `buffer_size` bytes): the text
/// * `buffer_size`: what is beyond 256 bytes is cut off
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `buffer` is NULL or cannot be read
/// * `ZX_ERR_NOT_SUPPORTED`: turned off
/// * `ZX_ERR_IO`: the standard error output takes nothing
pub extern "C" fn zx_debug_write(buffer: *const c_char, buffer_size: usize) -> zx_status_t {
    let from = UserIn::new(buffer.cast::<u8>());
    syscall(|_| {
        if from.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        let mut text = [0; MAX];
        let text = &mut text[..buffer_size.min(MAX)];
        from.read_slice(0, text)?;
        if !output_on() {
            return Err(Status::NOT_SUPPORTED);
        }
        write(text)
    })
}

fn output_on() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("LIBZX_DEBUG_WRITE").is_none_or(|value| value != "0"))
}

fn write(mut text: &[u8]) -> Result {
    // What fits goes out at once, and no lock is held that a signal handler
    // could want.
    while !text.is_empty() {
        match cancel::disabled(|| nix::unistd::write(std::io::stderr(), text)) {
            Ok(done) => text = &text[done..],
            Err(Errno::EINTR) => {}
            Err(_) => return Err(Status::IO),
        }
    }
    Ok(())
}

/// Would read from the serial line, of which there is only the output.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `buffer` (out, buffer of `buffer_size` bytes): not written
/// * `buffer_size`: the size of `buffer`
/// * `actual` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program has no serial input.
pub extern "C" fn zx_debug_read(
    handle: zx_handle_t,
    _buffer: *mut c_char,
    _buffer_size: usize,
    _actual: *mut usize,
) -> zx_status_t {
    syscall(|cx| {
        cx.get::<Resource>(handle, Rights::NONE)?.check_root()?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would give a command to the kernel's console, which there is none of.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `buffer` (buffer of `buffer_size` bytes): not read
/// * `buffer_size`: at most 256
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: `buffer_size` is too large
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: Linux has no such console.
pub extern "C" fn zx_debug_send_command(
    resource: zx_handle_t,
    _buffer: *const c_char,
    buffer_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        cx.get::<Resource>(resource, Rights::NONE)?.check_root()?;
        if buffer_size > MAX {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

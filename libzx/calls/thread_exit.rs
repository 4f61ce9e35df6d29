// SPDX-License-Identifier: MIT
//! Calls that do something and end the thread (tasks-time-system.md, section
//! 5.6, and memory.md, section 4.8). They run on the library's stack of a
//! thread of `zx_thread_start`, so that the thread's own may go meanwhile.

use std::hint::black_box;

use super::futex::check;
use super::user::UserOut;
use super::{attached, syscall_without_memory};
use crate::object::vmar::Vmar;
use crate::rights::Rights;
use crate::task::futex::{self, NewOwner};
use crate::task::{Context, leave};
use crate::uapi::types::{ZX_HANDLE_INVALID, zx_futex_t, zx_handle_t, zx_status_t, zx_vaddr_t};

/// Closes a handle and ends the thread. A handle that cannot be closed ends
/// the process: nobody is there to be told.
fn close_and_exit(cx: &Context, handle: zx_handle_t) -> ! {
    if handle != ZX_HANDLE_INVALID && cx.close(handle).is_err() {
        std::process::abort();
    }
    leave::thread()
}

/// Stores a value, wakes threads that wait for that, closes a handle and ends
/// the calling thread, without touching the thread's stack once the value is
/// there. A step that fails ends the process.
///
/// # Parameters
///
/// * `value_ptr`: the word
/// * `wake_count`: how many threads to wake, at most
/// * `new_value`: what to store there
/// * `close_handle` (any handle, consumed, optional): what to close
pub extern "C" fn zx_futex_wake_handle_close_thread_exit(
    value_ptr: *const zx_futex_t,
    wake_count: u32,
    new_value: i32,
    close_handle: zx_handle_t,
) -> ! {
    attached(move |cx| {
        // Off the stack of the caller, before somebody may take that away.
        let (pointer, count, value, handle) =
            black_box((value_ptr, wake_count, new_value, close_handle));
        let stored = check(pointer).and_then(|address| {
            UserOut::new(pointer.cast_mut())
                .write(&value)
                .map(|()| address)
        });
        match stored {
            Ok(address) => futex::wake(address, count, NewOwner::None),
            Err(_) => std::process::abort(),
        }
        close_and_exit(cx, handle)
    });
    // Without memory for what belongs to a thread.
    leave::thread()
}

/// Unmaps memory, which may be the stack of a thread of `zx_thread_start`,
/// closes a handle and ends the calling thread. Returns only when the memory
/// cannot be unmapped; then nothing else has happened. A handle that cannot be
/// closed ends the process.
///
/// # Parameters
///
/// * `vmar_handle` (vmar): the region
/// * `addr`: where to begin
/// * `size`: how much, in bytes
/// * `close_handle` (any handle, consumed on success, optional): what to close
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `vmar_handle`
/// * `ZX_ERR_INVALID_ARGS`, `ZX_ERR_BAD_STATE`, `ZX_ERR_NOT_FOUND`,
///   `ZX_ERR_NO_MEMORY`, `ZX_ERR_ACCESS_DENIED`: as of `zx_vmar_unmap`
pub extern "C" fn zx_vmar_unmap_handle_close_thread_exit(
    vmar_handle: zx_handle_t,
    addr: zx_vaddr_t,
    size: usize,
    close_handle: zx_handle_t,
) -> zx_status_t {
    syscall_without_memory(move |cx| {
        let (region, addr, size, handle) = black_box((vmar_handle, addr, size, close_handle));
        cx.get::<Vmar>(region, Rights::NONE)?
            .unmap(addr as u64, size as u64)?;
        close_and_exit(cx, handle)
    })
}

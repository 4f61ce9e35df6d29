// SPDX-License-Identifier: MIT
//! The UTC clock of the process (tasks-time-system.md, section 11.6).

use std::sync::OnceLock;

use parking_lot::Mutex;

use super::syscall;
use super::user::UserOut;
use crate::object::clock::Clock;
use crate::object::handle::Handle;
use crate::rights::Rights;
use crate::status::Result;
use crate::task::Context;
use crate::uapi::types::{ZX_HANDLE_INVALID, zx_handle_t, zx_status_t};

/// The handle of the clock. The first one shows Linux's time of day as it was
/// at first use and goes on from there.
fn current() -> &'static Mutex<zx_handle_t> {
    static CURRENT: OnceLock<Mutex<zx_handle_t>> = OnceLock::new();
    CURRENT.get_or_init(|| {
        let rights = Rights::READ
            .with(Rights::WAIT)
            .with(Rights::DUPLICATE)
            .with(Rights::TRANSFER)
            .with(Rights::INSPECT);
        let clock = Clock::utc().map(|clock| Handle::new(clock, rights));
        let value = clock.and_then(|handle| Context::current().insert(handle));
        Mutex::new(value.unwrap_or(ZX_HANDLE_INVALID))
    })
}

/// A borrowed handle of the process's UTC clock, or 0 when there is none:
/// never close it. The first clock is set from Linux's time of day when this
/// is first called.
pub extern "C" fn zx_utc_reference_get() -> zx_handle_t {
    *current().lock()
}

/// Installs another UTC clock for the process. When it fails the old clock
/// stays, and the output is 0 if it can be written.
///
/// # Parameters
///
/// * `new_utc_reference` (clock, `ZX_RIGHT_READ`, consumed, optional): the
///   clock; 0 leaves the process without one
/// * `prev_utc_reference_out` (out, clock handle): gets the handle of the
///   clock before, or 0
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `new_utc_reference`
/// * `ZX_ERR_INVALID_ARGS`: `prev_utc_reference_out` cannot be written
pub extern "C" fn zx_utc_reference_swap(
    new_utc_reference: zx_handle_t,
    prev_utc_reference_out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(prev_utc_reference_out);
    syscall(|cx| {
        let result = swap(cx, new_utc_reference, out);
        if result.is_err() {
            // Bad handles have nothing to close, and the failure is told.
            let _ = cx.close(new_utc_reference);
            let _ = out.write(&ZX_HANDLE_INVALID);
        }
        result
    })
}

fn swap(cx: &Context, new: zx_handle_t, out: UserOut<zx_handle_t>) -> Result {
    if new != ZX_HANDLE_INVALID {
        cx.get::<Clock>(new, Rights::READ)?;
    }
    out.write(&ZX_HANDLE_INVALID)?;
    let previous = std::mem::replace(&mut *current().lock(), new);
    out.write(&previous).inspect_err(|_| {
        // The memory went away meanwhile: back, unless somebody was faster.
        let mut current = current().lock();
        if *current == new {
            *current = previous;
        }
    })
}

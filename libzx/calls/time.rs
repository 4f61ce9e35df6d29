// SPDX-License-Identifier: MIT
//! Time (tasks-time-system.md, section 6).

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use super::user::UserOut;
use super::{syscall, syscall_without_memory};
use crate::object::resource::Resource;
use crate::rights::Rights;
use crate::status::Status;
use crate::sys::clock;
use crate::task::BlockedOn;
use crate::uapi::errors::ZX_OK;
use crate::uapi::time::{zx_duration_t, zx_ticks_t, zx_time_t};
use crate::uapi::types::{
    ZX_CLOCK_MONOTONIC, ZX_CLOCK_THREAD, ZX_CLOCK_UTC, zx_clock_t, zx_handle_t, zx_status_t,
};

/// Nanoseconds since the machine started. Never decreases.
pub extern "C" fn zx_clock_get_monotonic() -> zx_time_t {
    clock::monotonic_ns()
}

/// Ticks since the machine started: the same as `zx_clock_get_monotonic`.
pub extern "C" fn zx_ticks_get() -> zx_ticks_t {
    clock::monotonic_ns()
}

/// How many ticks a second has: always 1000000000.
pub extern "C" fn zx_ticks_per_second() -> zx_ticks_t {
    1_000_000_000
}

/// The point in time this many nanoseconds from now, clamped to
/// `ZX_TIME_INFINITE` and `ZX_TIME_INFINITE_PAST`.
///
/// # Parameters
///
/// * `nanoseconds`: how long from now
pub extern "C" fn zx_deadline_after(nanoseconds: zx_duration_t) -> zx_time_t {
    clock::monotonic_ns().saturating_add(nanoseconds)
}

/// Sleeps until `deadline`, never less; a deadline that has passed only
/// yields the processor. It cannot fail.
///
/// # Parameters
///
/// * `deadline`: when to wake up
///
/// # Blocks
///
/// Until `deadline`.
pub extern "C" fn zx_nanosleep(deadline: zx_time_t) -> zx_status_t {
    syscall_without_memory(|cx| {
        cx.thread().sleep_until(BlockedOn::Sleeping, deadline);
        Ok(())
    });
    ZX_OK
}

/// What UTC is ahead of the monotonic clock, once `zx_clock_adjust` has said
/// so.
static UTC_OFFSET: AtomicI64 = AtomicI64::new(0);
static UTC_ADJUSTED: AtomicBool = AtomicBool::new(false);

fn utc() -> zx_time_t {
    if UTC_ADJUSTED.load(Ordering::Acquire) {
        clock::monotonic_ns().saturating_add(UTC_OFFSET.load(Ordering::Relaxed))
    } else {
        clock::utc_ns()
    }
}

/// Reads one of the system's clocks.
///
/// # Parameters
///
/// * `clock_id` (value `ZX_CLOCK_*`): `ZX_CLOCK_MONOTONIC`; `ZX_CLOCK_UTC`,
///   Linux's time of day unless `zx_clock_adjust` has set it;
///   `ZX_CLOCK_THREAD`, how long the calling thread has run
/// * `out` (out): gets the time in nanoseconds
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown `clock_id`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_clock_get(clock_id: zx_clock_t, out: *mut zx_time_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|_| out.write(&now(clock_id).ok_or(Status::INVALID_ARGS)?))
}

/// The time of one of the system's clocks, if there is such a clock.
pub(super) fn now(clock_id: zx_clock_t) -> Option<zx_time_t> {
    match clock_id {
        ZX_CLOCK_MONOTONIC => Some(clock::monotonic_ns()),
        ZX_CLOCK_UTC => Some(utc()),
        ZX_CLOCK_THREAD => Some(clock::thread_cpu_ns()),
        _ => None,
    }
}

/// Sets what `ZX_CLOCK_UTC` is ahead of the monotonic clock, for
/// `zx_clock_get` in this process: the machine's own clock is left alone.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `clock_id`: must be `ZX_CLOCK_UTC`
/// * `offset`: nanoseconds
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_ACCESS_DENIED`: `clock_id` is `ZX_CLOCK_MONOTONIC`
/// * `ZX_ERR_INVALID_ARGS`: another `clock_id`
pub extern "C" fn zx_clock_adjust(
    handle: zx_handle_t,
    clock_id: zx_clock_t,
    offset: i64,
) -> zx_status_t {
    syscall(|cx| {
        cx.get::<Resource>(handle, Rights::NONE)?.check_root()?;
        match clock_id {
            ZX_CLOCK_MONOTONIC => Err(Status::ACCESS_DENIED),
            ZX_CLOCK_UTC => {
                UTC_OFFSET.store(offset, Ordering::Relaxed);
                UTC_ADJUSTED.store(true, Ordering::Release);
                Ok(())
            }
            _ => Err(Status::INVALID_ARGS),
        }
    })
}

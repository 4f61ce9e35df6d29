// SPDX-License-Identifier: MIT
//! Time (tasks-time-system.md, section 6).

use super::syscall;
use crate::sys::clock;
use crate::task::BlockedOn;
use crate::uapi::errors::ZX_OK;
use crate::uapi::time::{zx_duration_t, zx_time_t};
use crate::uapi::types::zx_status_t;

/// Nanoseconds since the machine started. Never decreases.
///
/// Specification: tasks-time-system.md, section 6.
pub extern "C" fn zx_clock_get_monotonic() -> zx_time_t {
    clock::monotonic_ns()
}

/// The point in time this many nanoseconds from now, clamped to
/// `ZX_TIME_INFINITE` and `ZX_TIME_INFINITE_PAST`.
///
/// Specification: tasks-time-system.md, section 6.
pub extern "C" fn zx_deadline_after(nanoseconds: zx_duration_t) -> zx_time_t {
    clock::monotonic_ns().saturating_add(nanoseconds)
}

/// Sleeps until `deadline`, never less; a deadline that has passed only
/// yields the processor. Always `ZX_OK`.
///
/// Specification: tasks-time-system.md, section 6.
pub extern "C" fn zx_nanosleep(deadline: zx_time_t) -> zx_status_t {
    syscall(|cx| {
        cx.thread().sleep_until(BlockedOn::Sleeping, deadline);
        Ok(())
    });
    ZX_OK
}

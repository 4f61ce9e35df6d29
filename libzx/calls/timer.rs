// SPDX-License-Identifier: MIT
//! Timer calls (ports.md, section 7).

use super::user::UserOut;
use super::{syscall, syscall_without_memory};
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::timer::Timer;
use crate::rights::Rights;
use crate::status::Status;
use crate::uapi::time::{zx_duration_t, zx_time_t};
use crate::uapi::types::{ZX_CLOCK_MONOTONIC, zx_clock_t, zx_handle_t, zx_status_t};

/// Makes a timer that is not set. `options` is its slack mode.
///
/// # Errors
///
/// `ZX_ERR_INVALID_ARGS`: `clock_id` is not `ZX_CLOCK_MONOTONIC`, or `options`
/// is none of `ZX_TIMER_SLACK_CENTER`, `_EARLY` and `_LATE`;
/// `ZX_ERR_NO_MEMORY`; `ZX_ERR_INVALID_ARGS`: `out` cannot be written.
///
/// # Safety
///
/// Any pointer will do.
///
/// Specification: ports.md, section 7.1.
pub extern "C" fn zx_timer_create(
    options: u32,
    clock_id: zx_clock_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if clock_id != ZX_CLOCK_MONOTONIC {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish(
            out,
            Handle::new(Timer::new(options)?, Timer::DEFAULT_RIGHTS),
        )
    })
}

/// Sets a timer: `ZX_TIMER_SIGNALED` is cleared, and becomes active at
/// `deadline`, before the call returns if that has passed.
///
/// # Rights
///
/// `handle`: `ZX_RIGHT_WRITE`.
///
/// # Errors
///
/// `ZX_ERR_OUT_OF_RANGE`: `slack` is negative; `ZX_ERR_BAD_HANDLE`,
/// `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`.
///
/// # Differences
///
/// Timers fire at their deadlines, whatever their slack.
/// `ZX_ERR_NO_MEMORY`: no thread can be had to wait for the deadline.
///
/// Specification: ports.md, section 7.2.
pub extern "C" fn zx_timer_set(
    handle: zx_handle_t,
    deadline: zx_time_t,
    slack: zx_duration_t,
) -> zx_status_t {
    syscall(|cx| {
        if slack < 0 {
            return Err(Status::OUT_OF_RANGE);
        }
        cx.get::<Timer>(handle, Rights::WRITE)?.set(deadline, slack)
    })
}

/// Disarms a timer and clears `ZX_TIMER_SIGNALED`.
///
/// # Rights
///
/// `handle`: `ZX_RIGHT_WRITE`.
///
/// # Errors
///
/// `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`.
///
/// Specification: ports.md, section 7.3.
pub extern "C" fn zx_timer_cancel(handle: zx_handle_t) -> zx_status_t {
    syscall_without_memory(|cx| {
        cx.get::<Timer>(handle, Rights::WRITE)?.cancel();
        Ok(())
    })
}

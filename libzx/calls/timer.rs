// SPDX-License-Identifier: MIT
//! Timer calls (ports.md, section 7).

use super::user::UserOut;
use super::{syscall, syscall_without_memory};
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::timer::Timer;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::policy::Condition;
use crate::uapi::time::{zx_duration_t, zx_time_t};
use crate::uapi::types::{ZX_CLOCK_MONOTONIC, zx_clock_t, zx_handle_t, zx_status_t};

/// Makes a timer that is not set.
///
/// # Parameters
///
/// * `options` (options `ZX_TIMER_SLACK_*`): its slack mode, one of
///   `ZX_TIMER_SLACK_CENTER`, `ZX_TIMER_SLACK_EARLY` and `ZX_TIMER_SLACK_LATE`
/// * `clock_id` (value `ZX_CLOCK_MONOTONIC`): the clock of its deadlines
/// * `out` (out, timer handle): the new handle, rights `ZX_DEFAULT_TIMER_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `clock_id` is not `ZX_CLOCK_MONOTONIC`, or `options`
///   is no slack mode
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_NO_MEMORY`: there is none for the timer or its handle
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
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
        cx.check_policy(Condition::NewTimer)?;
        cx.publish(
            out,
            Handle::new(Timer::new(options)?, Timer::DEFAULT_RIGHTS),
        )
    })
}

/// Sets a timer: `ZX_TIMER_SIGNALED` is cleared, and becomes active at
/// `deadline`, before the call returns if that has passed.
///
/// # Parameters
///
/// * `handle` (timer, `ZX_RIGHT_WRITE`): the timer
/// * `deadline`: when it fires
/// * `slack`: how far from `deadline` it may fire, in nanoseconds
///
/// # Errors
///
/// * `ZX_ERR_OUT_OF_RANGE`: `slack` is negative
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NO_MEMORY`: no thread can be had to wait for the deadline
///
/// # Differences
///
/// Timers fire at their deadlines, whatever their slack.
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
/// # Parameters
///
/// * `handle` (timer, `ZX_RIGHT_WRITE`): the timer
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
pub extern "C" fn zx_timer_cancel(handle: zx_handle_t) -> zx_status_t {
    syscall_without_memory(|cx| {
        cx.get::<Timer>(handle, Rights::WRITE)?.cancel();
        Ok(())
    })
}

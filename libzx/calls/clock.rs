// SPDX-License-Identifier: MIT
//! Clock objects (tasks-time-system.md, section 7).

use std::ffi::c_void;

use super::syscall;
use super::user::{UserIn, UserOut};
use crate::object::KernelObject;
use crate::object::clock::{Clock, Line, Update};
use crate::object::handle::Handle;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::clock as c;
use crate::uapi::time::zx_time_t;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// The version of the arguments that options name.
fn version(options: u64) -> u64 {
    (options & c::ZX_CLOCK_ARGS_VERSION_MASK) >> c::ZX_CLOCK_ARGS_VERSION_SHIFT
}

fn without_version(options: u64) -> u64 {
    options & !c::ZX_CLOCK_ARGS_VERSION_MASK
}

/// Makes a clock. It stands at its backstop until `zx_clock_update` gives it a
/// value, unless it is started at once as a copy of the monotonic clock.
///
/// # Parameters
///
/// * `options` (options `ZX_CLOCK_OPT_*` `ZX_CLOCK_ARGS_*`): `ZX_CLOCK_OPT_MONOTONIC`: never
///   goes back; `ZX_CLOCK_OPT_CONTINUOUS`, which needs the former: never
///   jumps; `ZX_CLOCK_OPT_AUTO_START`; and `ZX_CLOCK_ARGS_VERSION(1)` if
///   there are arguments
/// * `args` (optional): a `zx_clock_create_args_v1_t`; its `backstop_time`, 0
///   without one, is the least value of the clock
/// * `out` (out, clock handle): the new handle, rights
///   `ZX_DEFAULT_CLOCK_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `args` of another version, missing, too much, or
///   not readable
/// * `ZX_ERR_INVALID_ARGS`: unknown options
/// * `ZX_ERR_INVALID_ARGS`: `ZX_CLOCK_OPT_CONTINUOUS` without
///   `ZX_CLOCK_OPT_MONOTONIC`
/// * `ZX_ERR_INVALID_ARGS`: a negative backstop, or with
///   `ZX_CLOCK_OPT_AUTO_START` one in the future
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_clock_create(
    options: u64,
    args: *const c_void,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let args = UserIn::new(args.cast::<c::zx_clock_create_args_v1_t>());
    let out = UserOut::new(out);
    syscall(|cx| {
        let backstop = match (version(options), args.is_null()) {
            (0, true) => 0,
            (1, false) => args.read()?.backstop_time,
            _ => return Err(Status::INVALID_ARGS),
        };
        let clock = Clock::new(without_version(options), backstop)?;
        cx.publish(out, Handle::new(clock, Clock::DEFAULT_RIGHTS))
    })
}

/// Reads a clock.
///
/// # Parameters
///
/// * `handle` (clock, `ZX_RIGHT_READ`): the clock
/// * `now` (out): gets its value in nanoseconds
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_INVALID_ARGS`: `now` cannot be written
pub extern "C" fn zx_clock_read(handle: zx_handle_t, now: *mut zx_time_t) -> zx_status_t {
    let out = UserOut::new(now);
    syscall(|cx| out.write(&cx.get::<Clock>(handle, Rights::READ)?.read()))
}

/// Tells everything about a clock: how its value is computed from ticks and
/// from the monotonic clock, and when it was updated.
///
/// # Parameters
///
/// * `handle` (clock, `ZX_RIGHT_READ`): the clock
/// * `options`: must be `ZX_CLOCK_ARGS_VERSION(1)`
/// * `details` (out): gets a `zx_clock_details_v1_t`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: other `options`, or `details` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_INVALID_ARGS`: `details` cannot be written
pub extern "C" fn zx_clock_get_details(
    handle: zx_handle_t,
    options: u64,
    details: *mut c_void,
) -> zx_status_t {
    let out = UserOut::new(details.cast::<c::zx_clock_details_v1_t>());
    syscall(|cx| {
        if options != 1 << c::ZX_CLOCK_ARGS_VERSION_SHIFT || out.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        let details = cx.get::<Clock>(handle, Rights::READ)?.details();
        // A tick is a nanosecond of the monotonic clock.
        let line = transformation(&details.line);
        out.write(&c::zx_clock_details_v1_t {
            options: details.options,
            backstop_time: details.backstop,
            ticks_to_synthetic: line,
            mono_to_synthetic: line,
            error_bound: details.error_bound,
            query_ticks: details.now,
            last_value_update_ticks: details.value_update,
            last_rate_adjust_update_ticks: details.rate_update,
            last_error_bounds_update_ticks: details.error_update,
            generation_counter: details.generation,
            ..Default::default()
        })
    })
}

fn transformation(line: &Line) -> c::zx_clock_transformation_t {
    c::zx_clock_transformation_t {
        reference_offset: line.reference,
        synthetic_offset: line.synthetic,
        rate: c::zx_clock_rate_t {
            synthetic_ticks: line.rate.synthetic,
            reference_ticks: line.rate.reference,
        },
    }
}

/// Changes a clock in one step, or not at all. The first value starts it.
///
/// # Parameters
///
/// * `handle` (clock, `ZX_RIGHT_WRITE`): the clock
/// * `options` (options `ZX_CLOCK_UPDATE_OPTION_*`): which members of `args`
///   count, and `ZX_CLOCK_ARGS_VERSION(1)` or `(2)`
/// * `args`: a `zx_clock_update_args_v1_t` or `zx_clock_update_args_v2_t`.
///   The value is that of now, or of `reference_value` on the monotonic
///   clock; the rate is in parts of a million off
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: another version, or `args` cannot be read
/// * `ZX_ERR_INVALID_ARGS`: no member counts, or unknown options
/// * `ZX_ERR_INVALID_ARGS`: the rate is more than 1000 off
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_INVALID_ARGS`: a reference for neither a value nor a rate
/// * `ZX_ERR_INVALID_ARGS`: the value is below the backstop
/// * `ZX_ERR_BAD_STATE`: the clock was not started, and no value is given
/// * `ZX_ERR_INVALID_ARGS`: a continuous clock would jump, or a monotonic one
///   go back; or a monotonic clock gets in version 2 a value without a
///   reference, or either of them together with a rate
pub extern "C" fn zx_clock_update(
    handle: zx_handle_t,
    options: u64,
    args: *const c_void,
) -> zx_status_t {
    syscall(|cx| {
        let update = read_update(options, args)?;
        cx.get::<Clock>(handle, Rights::WRITE)?.update(update)
    })
}

/// The arguments of an update; its checks before the handle.
fn read_update(options: u64, args: *const c_void) -> Result<Update> {
    let second_version = match version(options) {
        1 => false,
        2 => true,
        _ => return Err(Status::INVALID_ARGS),
    };
    let args = if second_version {
        UserIn::new(args.cast::<c::zx_clock_update_args_v2_t>()).read()?
    } else {
        let first = UserIn::new(args.cast::<c::zx_clock_update_args_v1_t>()).read()?;
        c::zx_clock_update_args_v2_t {
            rate_adjust: first.rate_adjust,
            synthetic_value: first.value,
            error_bound: first.error_bound,
            ..Default::default()
        }
    };
    let valid = without_version(options);
    let known = if second_version {
        c::ZX_CLOCK_UPDATE_OPTIONS_ALL | c::ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID
    } else {
        c::ZX_CLOCK_UPDATE_OPTIONS_ALL
    };
    if valid == 0 || valid & !known != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let has = |option| valid & option != 0;
    let rate = has(c::ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID).then_some(args.rate_adjust);
    let rates = c::ZX_CLOCK_UPDATE_MIN_RATE_ADJUST..=c::ZX_CLOCK_UPDATE_MAX_RATE_ADJUST;
    if rate.is_some_and(|rate| !rates.contains(&rate)) {
        return Err(Status::INVALID_ARGS);
    }
    Ok(Update {
        second_version,
        value: has(c::ZX_CLOCK_UPDATE_OPTION_VALUE_VALID).then_some(args.synthetic_value),
        reference: has(c::ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID)
            .then_some(args.reference_value),
        rate,
        error_bound: has(c::ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID).then_some(args.error_bound),
    })
}

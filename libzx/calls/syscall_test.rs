// SPDX-License-Identifier: MIT
//! Calls that show whether arguments arrive (tasks-time-system.md, section
//! 10.2).

use super::syscall;
use super::user::UserOut;
use crate::object::KernelObject;
use crate::object::event::Event;
use crate::object::handle::Handle;
use crate::status::Status;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Returns 0. It cannot fail.
///
/// # Result
///
/// 0
pub extern "C" fn zx_syscall_test_0() -> zx_status_t {
    0
}

/// Returns its argument. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_1(a: i32) -> zx_status_t {
    a
}

/// Returns the sum of its 2 arguments. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_2(a: i32, b: i32) -> zx_status_t {
    sum(&[a, b])
}

/// Returns the sum of its 3 arguments. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_3(a: i32, b: i32, c: i32) -> zx_status_t {
    sum(&[a, b, c])
}

/// Returns the sum of its 4 arguments. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_4(a: i32, b: i32, c: i32, d: i32) -> zx_status_t {
    sum(&[a, b, c, d])
}

/// Returns the sum of its 5 arguments. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
/// * `e`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_5(a: i32, b: i32, c: i32, d: i32, e: i32) -> zx_status_t {
    sum(&[a, b, c, d, e])
}

/// Returns the sum of its 6 arguments. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
/// * `e`: a number
/// * `f`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_6(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32) -> zx_status_t {
    sum(&[a, b, c, d, e, f])
}

/// Returns the sum of its 7 arguments. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
/// * `e`: a number
/// * `f`: a number
/// * `g`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_7(
    a: i32,
    b: i32,
    c: i32,
    d: i32,
    e: i32,
    f: i32,
    g: i32,
) -> zx_status_t {
    sum(&[a, b, c, d, e, f, g])
}

/// Returns the sum of its 8 arguments. It cannot fail.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
/// * `e`: a number
/// * `f`: a number
/// * `g`: a number
/// * `h`: a number
///
/// # Result
///
/// The sum.
pub extern "C" fn zx_syscall_test_8(
    a: i32,
    b: i32,
    c: i32,
    d: i32,
    e: i32,
    f: i32,
    g: i32,
    h: i32,
) -> zx_status_t {
    sum(&[a, b, c, d, e, f, g, h])
}

fn sum(numbers: &[i32]) -> i32 {
    numbers
        .iter()
        .fold(0, |sum, number| sum.wrapping_add(*number))
}

/// Returns the sum of three small numbers.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: a number is negative
/// * `ZX_ERR_OUT_OF_RANGE`: the sum is above 50
pub extern "C" fn zx_syscall_test_wrapper(a: i32, b: i32, c: i32) -> zx_status_t {
    if a < 0 || b < 0 || c < 0 {
        return Status::INVALID_ARGS.raw();
    }
    match a.saturating_add(b).saturating_add(c) {
        sum @ 0..=50 => sum,
        _ => Status::OUT_OF_RANGE.raw(),
    }
}

/// Makes an event, or fails as it is told to.
///
/// # Parameters
///
/// * `return_value`: what to return; the event is made if it is `ZX_OK`
/// * `out` (out, event handle): the new handle, rights
///   `ZX_DEFAULT_EVENT_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_syscall_test_handle_create(
    return_value: zx_status_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    if return_value != 0 {
        return return_value;
    }
    syscall(|cx| cx.publish(out, Handle::new(Event::new(0), Event::DEFAULT_RIGHTS)))
}

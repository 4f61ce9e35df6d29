// SPDX-License-Identifier: MIT
//! Futexes (tasks-time-system.md, section 5).

use std::sync::Arc;

use super::syscall;
use super::user::{USER_END, UserIn, UserOut};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::task::futex::{self, NewOwner, Target, Word};
use crate::task::thread::{Life, Thread};
use crate::uapi::time::zx_time_t;
use crate::uapi::types::{ZX_HANDLE_INVALID, zx_futex_t, zx_handle_t, zx_koid_t, zx_status_t};

/// A futex's word.
struct UserWord(*const zx_futex_t);

impl Word for UserWord {
    fn address(&self) -> usize {
        self.0.addr()
    }

    fn read(&self) -> Result<i32> {
        UserIn::new(self.0).read()
    }
}

/// The address of a futex: `INVALID_ARGS` for one that no futex can have.
pub(super) fn check(pointer: *const zx_futex_t) -> Result<usize> {
    let address = pointer.addr();
    if address == 0 || address >= USER_END || !address.is_multiple_of(align_of::<zx_futex_t>()) {
        Err(Status::INVALID_ARGS)
    } else {
        Ok(address)
    }
}

/// The thread that is to own a futex, if it can.
fn new_owner(cx: &Context, handle: zx_handle_t) -> Result<Option<Arc<Thread>>> {
    if handle == ZX_HANDLE_INVALID {
        return Ok(None);
    }
    let thread = cx.get::<Thread>(handle, Rights::NONE)?;
    if !Arc::ptr_eq(thread.process(), cx.process()) || thread.life() == Life::New {
        return Err(Status::INVALID_ARGS);
    }
    Ok((thread.life() == Life::Running).then(|| Arc::clone(&thread)))
}

/// Waits at a word until somebody wakes it, if the word has the value that is
/// expected. Looking at the word and beginning to wait are one step for all
/// other calls about the futex. There are no wake-ups without a cause.
///
/// # Parameters
///
/// * `value_ptr`: the word, which is aligned
/// * `current_value`: what it must be
/// * `new_futex_owner` (thread, optional): the thread that owns the futex from
///   now on, 0 for none: one that was started, is not the caller and does not
///   wait at the futex
/// * `deadline`: how long to wait
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `value_ptr` is NULL, not aligned, or cannot be
///   read
/// * `ZX_ERR_BAD_STATE`: the word has another value
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `new_futex_owner`
/// * `ZX_ERR_INVALID_ARGS`: a thread that cannot own the futex
/// * `ZX_ERR_TIMED_OUT`
/// * `ZX_ERR_NO_MEMORY`
///
/// # Blocks
///
/// Until the futex is woken.
pub extern "C" fn zx_futex_wait(
    value_ptr: *const zx_futex_t,
    current_value: zx_futex_t,
    new_futex_owner: zx_handle_t,
    deadline: zx_time_t,
) -> zx_status_t {
    syscall(|cx| {
        check(value_ptr)?;
        let word = UserWord(value_ptr);
        let owner = || new_owner(cx, new_futex_owner);
        futex::wait(cx.thread(), &word, current_value, owner, deadline)
    })
}

/// Wakes threads that wait at a word, in the order in which they came. The
/// futex has no owner afterwards. The word is not looked at.
///
/// # Parameters
///
/// * `value_ptr`: the word
/// * `wake_count`: how many threads, at most
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `value_ptr` is NULL or not aligned
pub extern "C" fn zx_futex_wake(value_ptr: *const zx_futex_t, wake_count: u32) -> zx_status_t {
    syscall(|_| {
        futex::wake(check(value_ptr)?, wake_count, NewOwner::None);
        Ok(())
    })
}

/// Wakes the first thread that waits at a word and makes it the owner of the
/// futex, if others still wait.
///
/// # Parameters
///
/// * `value_ptr`: the word
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `value_ptr` is NULL or not aligned
pub extern "C" fn zx_futex_wake_single_owner(value_ptr: *const zx_futex_t) -> zx_status_t {
    syscall(|_| {
        futex::wake(check(value_ptr)?, 1, NewOwner::Woken);
        Ok(())
    })
}

fn requeue(
    cx: &Context,
    (from, expected): (*const zx_futex_t, zx_futex_t),
    wake: (u32, NewOwner),
    (to, count): (*const zx_futex_t, u32),
    owner: zx_handle_t,
) -> Result {
    let (first, address) = (check(from)?, check(to)?);
    if first == address {
        return Err(Status::INVALID_ARGS);
    }
    let word = UserWord(from);
    word.check(expected)?;
    let target = Target {
        address,
        count,
        owner: new_owner(cx, owner),
    };
    futex::requeue(&word, expected, wake, target)
}

/// Wakes threads that wait at a word, if that has the value that is expected,
/// and has others of them wait at another word instead; in one step.
///
/// # Parameters
///
/// * `value_ptr`: the word; its futex has no owner afterwards
/// * `wake_count`: how many threads to wake, at most
/// * `current_value`: what the word must be
/// * `requeue_ptr`: the other word
/// * `requeue_count`: how many threads to move, at most
/// * `new_requeue_owner` (thread, optional): the thread that owns the other
///   futex from now on, 0 for none; it may be the caller
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: a pointer is NULL or not aligned, both are the
///   same, or the word cannot be read
/// * `ZX_ERR_BAD_STATE`: the word has another value
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `new_requeue_owner`
/// * `ZX_ERR_INVALID_ARGS`: a thread that was not started, or that waits at
///   one of the futexes
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_futex_requeue(
    value_ptr: *const zx_futex_t,
    wake_count: u32,
    current_value: zx_futex_t,
    requeue_ptr: *const zx_futex_t,
    requeue_count: u32,
    new_requeue_owner: zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        requeue(
            cx,
            (value_ptr, current_value),
            (wake_count, NewOwner::None),
            (requeue_ptr, requeue_count),
            new_requeue_owner,
        )
    })
}

/// Wakes the first thread that waits at a word, if that has the value that is
/// expected, and has others of them wait at another word instead; in one step.
///
/// # Parameters
///
/// * `value_ptr`: the word; the thread that is woken owns its futex
///   afterwards, if others still wait there
/// * `current_value`: what the word must be
/// * `requeue_ptr`: the other word
/// * `requeue_count`: how many threads to move, at most
/// * `new_requeue_owner` (thread, optional): the thread that owns the other
///   futex from now on, 0 for none; it may be the caller
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: a pointer is NULL or not aligned, both are the
///   same, or the word cannot be read
/// * `ZX_ERR_BAD_STATE`: the word has another value
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `new_requeue_owner`
/// * `ZX_ERR_INVALID_ARGS`: a thread that was not started, or that waits at
///   one of the futexes
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_futex_requeue_single_owner(
    value_ptr: *const zx_futex_t,
    current_value: zx_futex_t,
    requeue_ptr: *const zx_futex_t,
    requeue_count: u32,
    new_requeue_owner: zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        requeue(
            cx,
            (value_ptr, current_value),
            (1, NewOwner::Woken),
            (requeue_ptr, requeue_count),
            new_requeue_owner,
        )
    })
}

/// Tells which thread owns a futex.
///
/// # Parameters
///
/// * `value_ptr`: the word
/// * `koid` (out): gets the thread's koid, or 0
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `value_ptr` is NULL or not aligned
/// * `ZX_ERR_INVALID_ARGS`: `koid` cannot be written
pub extern "C" fn zx_futex_get_owner(
    value_ptr: *const zx_futex_t,
    koid: *mut zx_koid_t,
) -> zx_status_t {
    let out = UserOut::new(koid);
    syscall(|_| out.write(&futex::owner(check(value_ptr)?)))
}

// SPDX-License-Identifier: MIT
//! Sleeping and waking on a word, with absolute deadlines on the monotonic
//! clock. The library's blocking calls all end here.
//!
//! A waiter spins briefly before it sleeps, see `spin.rs`.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::libc;

use crate::sys::clock;
use crate::sys::spin;

/// A point in time on the monotonic clock, in nanoseconds. Anything up to now
/// has passed; `i64::MAX` never comes.
pub type Deadline = i64;

/// A deadline that never passes (`ZX_TIME_INFINITE`).
pub const INFINITE: Deadline = i64::MAX;

/// By how much the kernel may let a sleep of the calling thread last longer
/// than was asked for: sleeps ask for that much less, and go on when they have
/// ended too early.
fn timer_slack_ns() -> i64 {
    // All arguments are there, as C's prctl hands them all to the kernel.
    const UNUSED: libc::c_ulong = 0;
    // SAFETY: this only asks for a number.
    let slack = unsafe { libc::prctl(libc::PR_GET_TIMERSLACK, UNUSED, UNUSED, UNUSED, UNUSED) };
    i64::from(slack.max(0))
}

/// Sleeps until `word` is no longer `expected`, a wake-up comes or `deadline`
/// passes. Returns early at times; callers look again, and at the time too.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) {
    let end = match deadline {
        INFINITE => INFINITE,
        _ => deadline.saturating_sub(timer_slack_ns()).max(0),
    };
    let timeout = libc::timespec {
        tv_sec: end / 1_000_000_000,
        tv_nsec: end % 1_000_000_000,
    };
    let timeout: *const libc::timespec = if deadline == INFINITE {
        ptr::null()
    } else {
        &timeout
    };
    // SAFETY: `word` outlives the call and is four aligned bytes; the timeout
    // is null or a live timespec; the other arguments are unused by this
    // operation. With a match-any bitset the timeout is absolute.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
            expected,
            timeout,
            ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        );
    }
}

/// Wakes at most `count` sleepers of `word`.
pub fn wake(word: &AtomicU32, count: i32) {
    // SAFETY: waking only uses the address of `word`, which is valid.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            count,
        );
    }
}

/// Whether `deadline` has passed.
pub fn expired(deadline: Deadline) -> bool {
    deadline != INFINITE && (deadline <= 0 || clock::monotonic_ns() >= deadline)
}

/// Sleeps until `deadline`, whatever happens.
pub fn sleep_until(deadline: Deadline) {
    let nobody = AtomicU32::new(0);
    while !expired(deadline) {
        wait(&nobody, 0, deadline);
    }
}

/// Waits until `ready` says so or `deadline` passes; `word` must change, and
/// be woken, whenever `ready` may have become true. Returns the last answer
/// of `ready`.
pub fn wait_until(word: &AtomicU32, deadline: Deadline, mut ready: impl FnMut() -> bool) -> bool {
    if ready() {
        return true;
    }
    if expired(deadline) {
        return false;
    }
    if spin::until(deadline, &mut ready) {
        return true;
    }
    loop {
        let seen = word.load(Ordering::Acquire);
        if ready() {
            return true;
        }
        if expired(deadline) {
            return false;
        }
        wait(word, seen, deadline);
    }
}

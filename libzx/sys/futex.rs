// SPDX-License-Identifier: MIT
//! Sleeping and waking on a word, with absolute deadlines on the monotonic
//! clock.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::libc;

use crate::sys::clock;
use crate::sys::sync::Word;

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
/// For the library's own threads and its short waits: blocking calls sleep
/// through the thread's record (`task/sleep.rs`).
pub fn wait(word: &impl Word, expected: u32, deadline: Deadline) {
    wait_unless(word, expected, deadline, &AtomicU32::new(0));
}

/// Sleeps the same way unless or until `stop`, which only a signal handler of
/// this thread sets, is not 0; true when that was why it ended. A signal
/// between the look at `stop` and the sleep is for the handler to notice.
pub fn wait_unless(word: &impl Word, expected: u32, deadline: Deadline, stop: &AtomicU32) -> bool {
    let Some(word) = word.place() else {
        word.sleep_in_model(expected);
        return false;
    };
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
    // SAFETY: `word` and `stop` outlive the call and are four aligned bytes;
    // the timeout is null or a live timespec. With a match-any bitset the
    // timeout is absolute.
    unsafe { libzx_futex_wait(word.as_ptr(), expected, timeout, stop.as_ptr()) };
    stop.load(Ordering::Relaxed) != 0
}

unsafe extern "C" {
    fn libzx_futex_wait(
        word: *mut u32,
        expected: u32,
        timeout: *const libc::timespec,
        stop: *mut u32,
    ) -> i64;
    static libzx_futex_wait_end: u8;
    static libzx_futex_wait_out: u8;
}

const WAIT_OPERATION: libc::c_int = libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG;

// A signal that arrives from the first instruction on and before the system
// call has begun, or that makes Linux begin it again, continues at
// `libzx_futex_wait_out` if its handler so decides. This is no cancellation
// point of the C library either.
#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    ".pushsection .text.libzx_futex_wait, \"ax\", @progbits",
    ".globl libzx_futex_wait, libzx_futex_wait_end, libzx_futex_wait_out",
    ".hidden libzx_futex_wait, libzx_futex_wait_end, libzx_futex_wait_out",
    ".type libzx_futex_wait, @function",
    "libzx_futex_wait:",
    ".cfi_startproc",
    "cmp dword ptr [rcx], 0",
    "jne libzx_futex_wait_out",
    "mov r10, rdx",
    "mov edx, esi",
    "mov esi, {operation}",
    "xor r8d, r8d",
    "mov r9d, 0xffffffff",
    "mov eax, {futex}",
    "syscall",
    "libzx_futex_wait_end:",
    "ret",
    "libzx_futex_wait_out:",
    "mov rax, -{interrupted}",
    "ret",
    ".cfi_endproc",
    ".size libzx_futex_wait, . - libzx_futex_wait",
    ".popsection",
    operation = const WAIT_OPERATION,
    futex = const libc::SYS_futex,
    interrupted = const libc::EINTR,
);

/// Where the thread continues so that a sleep in [`wait_unless`] does not
/// begin, if this is the address at which a signal interrupted it.
pub fn end_wait(interrupted_at: usize) -> Option<usize> {
    let begin = libzx_futex_wait as *const () as usize;
    let end = (&raw const libzx_futex_wait_end).addr();
    let sleeps = (begin..end).contains(&interrupted_at);
    sleeps.then(|| (&raw const libzx_futex_wait_out).addr())
}

/// Wakes at most `count` sleepers of `word`.
pub fn wake(word: &impl Word, count: i32) {
    let Some(word) = word.place() else {
        return word.wake_in_model();
    };
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

// SPDX-License-Identifier: MIT
//! The monotonic clock, in nanoseconds.

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds since the machine started; never decreases.
pub fn monotonic_ns() -> i64 {
    read(ClockId::CLOCK_MONOTONIC)
}

fn read(clock: ClockId) -> i64 {
    // The clocks the library asks for always exist; reading them goes through
    // the vDSO and cannot fail.
    clock_gettime(clock).map_or(0, |t| t.tv_sec() * 1_000_000_000 + t.tv_nsec())
}

/// Nanoseconds since 1970, as the machine has them.
pub fn utc_ns() -> i64 {
    read(ClockId::CLOCK_REALTIME)
}

/// Nanoseconds that the calling thread has run.
pub fn thread_cpu_ns() -> i64 {
    read(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// Nanoseconds that the threads of the process have run.
pub fn process_cpu_ns() -> i64 {
    read(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

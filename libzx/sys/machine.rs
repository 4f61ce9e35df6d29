// SPDX-License-Identifier: MIT
//! What the machine has, as far as it stays the same while the process lives.
#![allow(unsafe_code)]

use std::sync::OnceLock;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::{Pid, SysconfVar, sysconf};

/// A number that Linux tells, or 0.
fn number(what: SysconfVar) -> u64 {
    let told = sysconf(what).ok().flatten().unwrap_or(0);
    u64::try_from(told).unwrap_or(0)
}

/// How many processors run; what it was when first asked.
pub fn processor_count() -> u32 {
    static COUNT: OnceLock<u32> = OnceLock::new();
    *COUNT.get_or_init(|| {
        let online = number(SysconfVar::_NPROCESSORS_ONLN);
        u32::try_from(online).unwrap_or(u32::MAX).max(1)
    })
}

/// Bytes of memory.
pub fn memory_size() -> u64 {
    number(SysconfVar::_PHYS_PAGES).saturating_mul(number(SysconfVar::PAGE_SIZE))
}

/// Bytes of a line of the first cache for data. Where Linux does not tell, the
/// usual 64.
pub fn cache_line_size() -> u32 {
    // No name in nix; the number is glibc's.
    use nix::libc;
    // SAFETY: this only asks for a number.
    let told = unsafe { libc::sysconf(libc::_SC_LEVEL1_DCACHE_LINESIZE) };
    match u32::try_from(told) {
        Ok(size) if size.is_power_of_two() => size,
        _ => 64,
    }
}

/// Has Linux run a thread on the processors with these numbers, one bit each,
/// as far as there are such processors and it lets the process use them. A
/// thread that could run nowhere goes on as before.
pub fn run_on(tid: i32, processors: &[u64]) {
    let mut set = CpuSet::new();
    for number in 0..(processors.len() * 64).min(CpuSet::count()) {
        if processors[number / 64] >> (number % 64) & 1 != 0 {
            // In range.
            let _ = set.set(number);
        }
    }
    // Refused when none of them is there, or the thread no longer is.
    let _ = sched_setaffinity(Pid::from_raw(tid), &set);
}

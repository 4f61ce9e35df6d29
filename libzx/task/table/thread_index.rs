// SPDX-License-Identifier: MIT
//! Numbers of threads: who runs together mostly has different ones, also when
//! they are taken modulo a small number.

use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(1);

/// The number of the calling thread.
#[inline]
pub fn get() -> usize {
    match stored() {
        0 => number_thread(),
        number => number,
    }
}

#[cold]
fn number_thread() -> usize {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    store(number);
    number
}

// Every lookup asks, and the way in which a shared library reaches its
// thread-local variables otherwise takes longer than the rest of a lookup.
// This way, the initial-exec model, takes eight of the bytes that the loader
// sets aside for libraries that are loaded late.
#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    ".pushsection .tbss.libzx_thread_index, \"awT\", @nobits",
    ".balign 8",
    ".globl libzx_thread_index",
    ".hidden libzx_thread_index",
    ".type libzx_thread_index, @object",
    ".size libzx_thread_index, 8",
    "libzx_thread_index:",
    ".zero 8",
    ".popsection",
);

#[cfg(target_arch = "x86_64")]
#[inline]
fn stored() -> usize {
    let number;
    // SAFETY: reads the thread's own variable, which starts as zero.
    unsafe {
        std::arch::asm!(
            "mov {0}, qword ptr [rip + libzx_thread_index@GOTTPOFF]",
            "mov {0}, qword ptr fs:[{0}]",
            out(reg) number,
            options(nostack, preserves_flags, readonly),
        );
    }
    number
}

#[cfg(target_arch = "x86_64")]
fn store(number: usize) {
    // SAFETY: writes the thread's own variable.
    unsafe {
        std::arch::asm!(
            "mov {0}, qword ptr [rip + libzx_thread_index@GOTTPOFF]",
            "mov qword ptr fs:[{0}], {1}",
            out(reg) _,
            in(reg) number,
            options(nostack, preserves_flags),
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
thread_local! {
    static ORDINAL: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(not(target_arch = "x86_64"))]
fn stored() -> usize {
    ORDINAL.get()
}

#[cfg(not(target_arch = "x86_64"))]
fn store(number: usize) {
    ORDINAL.set(number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_keeps_a_number_of_its_own() {
        let own = get();
        let other = std::thread::spawn(|| (get(), get())).join();
        let (first, second) = other.unwrap_or((0, 1));
        assert_eq!(first, second);
        assert_ne!(own, first);
        assert_eq!(own, get());
    }
}

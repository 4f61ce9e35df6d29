// SPDX-License-Identifier: MIT
//! Calls that take long: a thread of the library looks every now and then for
//! calls that have not returned, and writes a line for each once.

use std::cell::UnsafeCell;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use super::{Config, spec};
use crate::calls::text::Text;
use crate::sys::{clock, thread};

/// How long a call may take before it is told of.
const LONG_NS: i64 = 100_000_000;
/// How often the thread looks.
const PERIOD: Duration = Duration::from_millis(25);

const FREE: u32 = 0;
const FILLING: u32 = 1;
/// The call has not returned, and nothing was written of that.
const QUIET: u32 = 2;
const WRITING: u32 = 3;
/// The line was written.
const TOLD: u32 = 4;

const TEXT: usize = 640;

struct Slot {
    state: AtomicU32,
    fd: AtomicI32,
    started: AtomicI64,
    text: UnsafeCell<([u8; TEXT], usize)>,
}

// SAFETY: the text is only touched by the one who has set the state to
// `FILLING` or `WRITING`.
unsafe impl Sync for Slot {}

static SLOTS: [Slot; 64] = [const {
    Slot {
        state: AtomicU32::new(FREE),
        fd: AtomicI32::new(-1),
        started: AtomicI64::new(0),
        text: UnsafeCell::new(([0; TEXT], 0)),
    }
}; 64];

/// Starts the thread, once.
pub fn start() {
    static STARTED: AtomicBool = AtomicBool::new(false);
    if !STARTED.swap(true, Ordering::Relaxed) && thread::start(c"libzx-trace", look).is_err() {
        STARTED.store(false, Ordering::Relaxed);
    }
}

/// Enters a call that may block; none when there are too many at a time.
pub fn register(config: &Config, text: &[u8]) -> Option<usize> {
    let take = |slot: &Slot| {
        let state = &slot.state;
        state
            .compare_exchange(FREE, FILLING, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    };
    let index = SLOTS.iter().position(take)?;
    let slot = &SLOTS[index];
    let len = text.len().min(TEXT);
    // SAFETY: the slot is this thread's while it is filled.
    let (bytes, count) = unsafe { &mut *slot.text.get() };
    bytes[..len].copy_from_slice(&text[..len]);
    *count = len;
    slot.fd.store(config.text.unwrap_or(-1), Ordering::Relaxed);
    slot.started.store(clock::monotonic_ns(), Ordering::Relaxed);
    slot.state.store(QUIET, Ordering::Release);
    Some(index)
}

/// Takes a call out that has returned; whether it was told of.
pub fn unregister(index: usize) -> bool {
    let slot = &SLOTS[index];
    loop {
        match slot
            .state
            .compare_exchange(QUIET, FREE, Ordering::Acquire, Ordering::Acquire)
        {
            Ok(_) => return false,
            Err(WRITING) => std::thread::yield_now(),
            Err(_) => {
                slot.state.store(FREE, Ordering::Release);
                return true;
            }
        }
    }
}

fn look() {
    loop {
        std::thread::sleep(PERIOD);
        let now = clock::monotonic_ns();
        for slot in &SLOTS {
            let is_long = now - slot.started.load(Ordering::Relaxed) > LONG_NS;
            if slot.state.load(Ordering::Relaxed) != QUIET || !is_long {
                continue;
            }
            let turn =
                slot.state
                    .compare_exchange(QUIET, WRITING, Ordering::Acquire, Ordering::Relaxed);
            if turn.is_err() {
                continue;
            }
            // The slot may have been taken by a new call meanwhile.
            if now - slot.started.load(Ordering::Relaxed) <= LONG_NS {
                slot.state.store(QUIET, Ordering::Release);
                continue;
            }
            // SAFETY: the slot is this thread's while it writes.
            let (bytes, count) = unsafe { &*slot.text.get() };
            let mut text = Text::<{ TEXT + 16 }>::new();
            text.append(&bytes[..*count]);
            let _ = text.write_str(" unfinished\n");
            spec::write(slot.fd.load(Ordering::Relaxed), text.bytes());
            slot.state.store(TOLD, Ordering::Release);
        }
    }
}

// SPDX-License-Identifier: MIT
//! Giving a value to a thread that waits for it.

use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::sys::futex::{self, Deadline};
use crate::sys::spin;

const EMPTY: u32 = 0;
/// Empty, and the thread sleeps.
const AWAITED: u32 = 1;
const FULL: u32 = 2;

/// Where one thread waits for one value, which another thread brings. All of
/// it is in one cache line if the value is small.
#[repr(align(64))]
pub struct Handover<T> {
    progress: AtomicU32,
    value: Mutex<Option<T>>,
}

impl<T> Default for Handover<T> {
    fn default() -> Handover<T> {
        Handover {
            progress: AtomicU32::new(EMPTY),
            value: Mutex::new(None),
        }
    }
}

impl<T> Handover<T> {
    /// Brings the value and wakes the thread, if it sleeps; called without
    /// any lock.
    pub fn give(&self, value: T) {
        *self.value.lock() = Some(value);
        if self.progress.swap(FULL, Ordering::AcqRel) == AWAITED {
            futex::wake(&self.progress, 1);
        }
    }

    /// Waits for the value; `None` when `deadline` passes first. Afterwards
    /// the handover can be used again.
    pub fn wait(&self, deadline: Deadline) -> Option<T> {
        if !self.is_full() && !spin::until(deadline, || self.is_full()) {
            self.sleep(deadline);
        }
        if !self.is_full() {
            return None;
        }
        self.progress.store(EMPTY, Ordering::Relaxed);
        self.value.lock().take()
    }

    fn is_full(&self) -> bool {
        self.progress.load(Ordering::Acquire) == FULL
    }

    fn sleep(&self, deadline: Deadline) {
        loop {
            // Fails when the value came meanwhile, and while sleeping goes on
            // after an early wake-up.
            let _ =
                self.progress
                    .compare_exchange(EMPTY, AWAITED, Ordering::AcqRel, Ordering::Acquire);
            if self.is_full() {
                return;
            }
            if futex::expired(deadline) {
                break;
            }
            futex::wait(&self.progress, AWAITED, deadline);
        }
        // Fails when the value came meanwhile.
        let _ = self
            .progress
            .compare_exchange(AWAITED, EMPTY, Ordering::AcqRel, Ordering::Acquire);
    }
}

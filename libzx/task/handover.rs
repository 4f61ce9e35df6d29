// SPDX-License-Identifier: MIT
//! Giving a value to a thread that waits for it.

use super::record::ThreadRecord;
use super::sleep::{BlockedOn, Slept};
use crate::sys::futex::{self, Deadline};
use crate::sys::spin;
use crate::sys::sync::Mutex;
use crate::sys::sync::atomic::{AtomicU32, Ordering};

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

    /// Waits for the value in the calling thread, whose record this is; `None`
    /// when `deadline` passes first. Afterwards the handover can be used
    /// again.
    pub fn wait(&self, thread: &ThreadRecord, on: BlockedOn, deadline: Deadline) -> Option<T> {
        loop {
            match self.wait_interruptibly(thread, on, deadline) {
                Ok(value) => return value,
                Err(Interrupted) => thread.stop_here(),
            }
        }
    }

    /// The same for a thread that does not stay where it would be given
    /// something while it is stopped.
    pub fn wait_interruptibly(
        &self,
        thread: &ThreadRecord,
        on: BlockedOn,
        deadline: Deadline,
    ) -> Result<Option<T>, Interrupted> {
        let seen = self.is_full() || spin::until(&thread.spin, deadline, || self.is_full());
        let slept = if seen {
            Slept::Woken
        } else {
            self.sleep(thread, on, deadline)
        };
        if self.is_full() {
            self.progress.store(EMPTY, Ordering::Relaxed);
            return Ok(self.value.lock().take());
        }
        match slept {
            Slept::Interrupted => Err(Interrupted),
            Slept::Woken | Slept::TimedOut => Ok(None),
        }
    }

    fn is_full(&self) -> bool {
        self.progress.load(Ordering::Acquire) == FULL
    }

    fn sleep(&self, thread: &ThreadRecord, on: BlockedOn, deadline: Deadline) -> Slept {
        let slept = loop {
            // Fails when the value came meanwhile, and while sleeping goes on
            // after an early wake-up.
            let _ =
                self.progress
                    .compare_exchange(EMPTY, AWAITED, Ordering::AcqRel, Ordering::Acquire);
            if self.is_full() {
                return Slept::Woken;
            }
            match thread.sleep_interruptibly(on, &self.progress, AWAITED, deadline) {
                Slept::Woken => {}
                ended => break ended,
            }
        };
        // Fails when the value came meanwhile.
        let _ = self
            .progress
            .compare_exchange(AWAITED, EMPTY, Ordering::AcqRel, Ordering::Acquire);
        slept
    }
}

/// The thread is to stop, and the value has not come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interrupted;

#[cfg(all(loom, test))]
mod model;

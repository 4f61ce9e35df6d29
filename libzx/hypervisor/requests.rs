// SPDX-License-Identifier: MIT
//! How other threads get the attention of a VCPU, wherever its thread is:
//! in the guest, asleep in the library, or not in the library at all.
//!
//! Everything goes through one word. A request sets its bit and learns from
//! the old value whether the thread is in the guest, which takes a signal, or
//! asleep, which takes a wake-up. The VCPU's thread enters the guest only by
//! exchanging an otherwise empty word for `RUNNING`, so no request is missed.

use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::kvm::kick::{self, KickTarget};
use crate::sys::futex::{self, Deadline};
use crate::sys::spin;
use crate::sys::timer_queue::Alarm;
use crate::task::{BlockedOn, ThreadRecord};

/// The thread is in the guest, or about to be.
const RUNNING: u32 = 1 << 0;
/// The thread sleeps on the word.
const ASLEEP: u32 = 1 << 1;
/// The next, or present, run is to end with CANCELED.
pub const KICK: u32 = 1 << 2;
/// A vector has become pending.
pub const INTERRUPT: u32 = 1 << 3;
/// The guest must be left until guest memory has been changed.
pub const PAUSE: u32 = 1 << 4;
/// A doorbell packet may have become free.
pub const BELL: u32 = 1 << 5;

/// The meeting point of one VCPU and everybody else.
#[derive(Default)]
pub struct VcpuRequests {
    word: AtomicU32,
    /// Held while signalling, so that a signal never reaches the thread after
    /// it has been told to expect none.
    target: Mutex<Option<KickTarget>>,
}

impl VcpuRequests {
    /// Sets a request and makes sure that the VCPU's thread sees it soon.
    pub fn request(&self, bit: u32) {
        let old = self.word.fetch_or(bit, Ordering::SeqCst);
        if old & bit != 0 {
            return;
        }
        if old & ASLEEP != 0 {
            futex::wake(&self.word, 1);
        } else if old & RUNNING != 0 {
            let target = self.target.lock();
            if self.word.load(Ordering::SeqCst) & RUNNING != 0
                && let Some(target) = &*target
            {
                target.signal();
            }
        }
    }

    /// Sets a request without waking anybody: for the VCPU's own thread.
    pub fn note(&self, bit: u32) {
        self.word.fetch_or(bit, Ordering::SeqCst);
    }

    /// Takes a request back, or off the list; true when it was there.
    pub fn take(&self, bit: u32) -> bool {
        self.word.load(Ordering::SeqCst) & bit != 0
            && self.word.fetch_and(!bit, Ordering::SeqCst) & bit != 0
    }

    /// Whether a request is there.
    pub fn has(&self, bit: u32) -> bool {
        self.word.load(Ordering::SeqCst) & bit != 0
    }

    /// Whether the thread is in the guest.
    pub fn is_running(&self) -> bool {
        self.has(RUNNING)
    }

    /// Names the thread that runs the VCPU: the calling one.
    pub fn bind(&self, target: KickTarget) {
        *self.target.lock() = Some(target);
    }

    /// Announces that the guest is about to be entered. False when there are
    /// requests to look at first.
    pub fn enter(&self) -> bool {
        self.word
            .compare_exchange(0, RUNNING, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// Announces that the guest has been left. Signals that are on their way
    /// have arrived when this returns, so none disturbs the program's own
    /// system calls.
    pub fn leave(&self) {
        let old = self.word.fetch_and(!RUNNING, Ordering::SeqCst);
        if old & (KICK | INTERRUPT | PAUSE | BELL) != 0 {
            let target = self.target.lock();
            if let Some(target) = &*target {
                target.settle();
            }
            futex::wake(&self.word, i32::MAX);
        }
    }

    /// Sleeps until one of these requests is there or the deadline passes.
    /// True when a request is there.
    pub fn sleep(&self, bits: u32, deadline: Deadline) -> bool {
        let thread = ThreadRecord::current();
        if spin::until(&thread.spin, deadline, || self.has(bits)) {
            return true;
        }
        loop {
            let word = self.word.fetch_or(ASLEEP, Ordering::SeqCst) | ASLEEP;
            let ready = word & bits != 0;
            if ready || futex::expired(deadline) {
                self.word.fetch_and(!ASLEEP, Ordering::SeqCst);
                return ready;
            }
            thread.sleep(BlockedOn::Nothing, &self.word, word, deadline);
        }
    }

    /// Waits until the thread has left the guest; `PAUSE` must be set.
    pub fn wait_left(&self) {
        ThreadRecord::current().wait_unstopped(&self.word, || !self.is_running());
    }

    /// Ends a pause and wakes a thread that sleeps for it.
    pub fn resume(&self) {
        self.word.fetch_and(!PAUSE, Ordering::SeqCst);
        futex::wake(&self.word, i32::MAX);
    }

    /// Sleeps until the pause is over.
    pub fn wait_resumed(&self) {
        ThreadRecord::current().wait_unstopped(&self.word, || !self.has(PAUSE));
    }
}

/// An alarm is a request to look at the timers, as an interrupt is one to look
/// at the vectors.
impl Alarm for VcpuRequests {
    fn ring(&self) {
        self.request(INTERRUPT);
    }
}

/// Makes the calling thread ready to run VCPUs.
pub fn prepare_thread() {
    kick::prepare_thread();
}

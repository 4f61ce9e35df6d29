// SPDX-License-Identifier: MIT
//! How other threads get the attention of a VCPU, wherever its thread is:
//! in the guest, asleep in the library, or not in the library at all.
//!
//! Everything goes through one word. A request sets its bit and learns from
//! the old value whether the thread is in the guest, which takes a signal, or
//! asleep, which takes a wake-up. The VCPU's thread enters the guest only by
//! exchanging an otherwise empty word for `RUNNING`, so no request is missed.
//!
//! The same exchange that sets the bit of the first request during a run makes
//! its thread the one that signals: there is one signal to a run at most. The
//! VCPU's thread waits for that signal before it goes on, so none reaches a
//! later run, or a system call of the program.
//!
//! Requests take no lock and allocate nothing: they may be made in a signal
//! handler, whatever it has interrupted.

use super::kvm::kick::{self, KickTarget};
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::sys::futex::{self, Deadline};
use crate::sys::spin;
use crate::sys::sync::atomic::{AtomicU32, Ordering};
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
/// Guest memory has to be mended before the guest is entered; comes with
/// `PAUSE`.
const TORN: u32 = 1 << 8;
/// The thread has waited for the end of a pause, and not got into the guest
/// since.
const KEPT_OUT: u32 = 1 << 9;
/// Somebody is about to signal the thread, to get it out of the guest.
const SIGNALLING: u32 = 1 << 6;
/// Somebody has.
const SIGNALLED: u32 = 1 << 7;

/// How often sending a signal is tried, while Linux refuses and the thread is
/// in the guest.
const TRIES: u32 = 1000;
/// How long a thread may take to leave the guest before it is signalled again.
const PATIENCE_NS: i64 = 10_000_000;

/// The thread of a VCPU.
pub trait Target {
    /// Makes the thread leave the guest; false when it cannot be told to.
    fn kick(&self) -> bool;

    /// Called by the thread itself: all kicks that are over have arrived.
    fn receive(&self);
}

impl Target for KickTarget {
    fn kick(&self) -> bool {
        self.kick()
    }

    fn receive(&self) {
        kick::receive();
    }
}

/// The meeting point of one VCPU and everybody else.
pub struct VcpuRequests<T = KickTarget> {
    word: AtomicU32,
    target: T,
}

impl<T: Target> VcpuRequests<T> {
    /// For a VCPU that this thread runs.
    pub fn new(target: T) -> VcpuRequests<T> {
        VcpuRequests {
            word: AtomicU32::new(0),
            target,
        }
    }

    /// Sets a request and makes sure that the VCPU's thread sees it soon.
    /// `INTERNAL` when Linux does not let the thread be signalled: then the
    /// request waits until the guest is left.
    pub fn request(&self, bit: u32) -> Result {
        let old = self.set(bit, 0);
        if is_uncalled(old) {
            self.signal()
        } else {
            // A pause is nothing to a thread that is not in the guest.
            if old & ASLEEP != 0 && old & bit == 0 && bit != PAUSE {
                futex::wake(&self.word, i32::MAX);
            }
            Ok(())
        }
    }

    /// Sets a bit, forgets some of those of a run, and makes the caller the one
    /// that signals if one is needed. Always writes, if only the old value:
    /// what the caller did before is seen by who takes the request.
    fn set(&self, bit: u32, forget: u32) -> u32 {
        let mut old = self.word.load(Ordering::Relaxed);
        loop {
            let kept = if old & RUNNING == 0 {
                old
            } else {
                old & !forget
            };
            let signals = if is_uncalled(kept) { SIGNALLING } else { 0 };
            let new = kept | bit | signals;
            let exchange =
                self.word
                    .compare_exchange(old, new, Ordering::SeqCst, Ordering::Relaxed);
            match exchange {
                Ok(_) => return kept,
                Err(other) => old = other,
            }
        }
    }

    /// Signals the thread, which does not go on before this is over.
    #[cold]
    fn signal(&self) -> Result {
        let sent = (0..TRIES).any(|_| {
            let sent = self.target.kick();
            if !sent {
                std::thread::yield_now();
            }
            sent || !self.has(RUNNING)
        });
        let old = if sent {
            let done = SIGNALLED - SIGNALLING;
            self.word.fetch_add(done, Ordering::SeqCst)
        } else {
            self.word.fetch_and(!SIGNALLING, Ordering::SeqCst)
        };
        if old & RUNNING == 0 {
            // It may sleep until this is over.
            futex::wake(&self.word, i32::MAX);
        }
        if sent { Ok(()) } else { Err(Status::INTERNAL) }
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

    /// Announces that the guest is about to be entered. False when there are
    /// requests to look at first.
    pub fn enter(&self) -> bool {
        let enter =
            |from| (self.word).compare_exchange(from, RUNNING, Ordering::SeqCst, Ordering::SeqCst);
        match enter(0) {
            Ok(_) => true,
            Err(KEPT_OUT) => enter(KEPT_OUT).is_ok(),
            Err(_) => false,
        }
    }

    /// Announces that the guest has been left. A signal that was on its way has
    /// arrived when this returns.
    pub fn leave(&self) {
        let old = self.word.fetch_and(!RUNNING, Ordering::SeqCst);
        if old & (SIGNALLING | SIGNALLED | PAUSE) != 0 {
            self.leave_called(old);
        }
    }

    #[cold]
    fn leave_called(&self, old: u32) {
        if old & PAUSE != 0 {
            // Whoever waits for that need not wait for the signal.
            futex::wake(&self.word, i32::MAX);
        }
        let over = || !self.has(SIGNALLING);
        ThreadRecord::current().wait_unstopped(&self.word, futex::INFINITE, over);
        if self.take(SIGNALLED) {
            self.target.receive();
        }
    }

    /// Sleeps until one of these requests is there or the deadline passes.
    /// True when a request is there.
    pub fn sleep(&self, bits: u32, deadline: Deadline) -> bool {
        self.sleep_until(deadline, |word| word & bits != 0)
    }

    /// Sleeps until the word is as wanted or the deadline passes, and tells
    /// which of the two.
    fn sleep_until(&self, deadline: Deadline, ready: impl Fn(u32) -> bool) -> bool {
        let thread = ThreadRecord::current();
        let watched = || ready(self.word.load(Ordering::SeqCst));
        if spin::until(&thread.spin, deadline, watched) {
            return true;
        }
        loop {
            let word = self.word.fetch_or(ASLEEP, Ordering::SeqCst) | ASLEEP;
            let ready = ready(word);
            if ready || futex::expired(deadline) {
                self.word.fetch_and(!ASLEEP, Ordering::SeqCst);
                return ready;
            }
            thread.sleep(BlockedOn::Nothing, &self.word, word, deadline);
        }
    }

    /// Has the thread stay out of the guest until [`resume`](Self::resume).
    pub fn pause(&self) {
        // If that fails, `wait_left` goes on trying.
        let _ = self.request(PAUSE);
    }

    /// Waits until a thread that is to pause is not in the guest.
    pub fn wait_left(&self) {
        let left = || !self.has(RUNNING);
        // No time passes in a model test.
        let soon = || match cfg!(all(loom, test)) {
            true => futex::INFINITE,
            false => clock::monotonic_ns() + PATIENCE_NS,
        };
        while !ThreadRecord::current().wait_unstopped(&self.word, soon(), left) {
            // What keeps it is most likely a debugger, or that the program has
            // blocked the signal.
            if is_uncalled(self.set(PAUSE, SIGNALLED)) {
                let _ = self.signal();
            }
        }
    }

    /// Ends a pause.
    pub fn resume(&self) {
        let old = self.word.fetch_and(!(PAUSE | TORN), Ordering::SeqCst);
        if old & ASLEEP != 0 {
            futex::wake(&self.word, i32::MAX);
        }
    }

    /// Whether the thread is on its way into the guest after a pause: the next
    /// one might be the end of its progress.
    pub fn is_resuming(&self) -> bool {
        self.word.load(Ordering::Relaxed) & (KEPT_OUT | PAUSE) == KEPT_OUT
    }

    /// The thread is not on its way into the guest any more.
    pub fn stop(&self) {
        self.take(KEPT_OUT);
    }

    /// Has the thread, which is to pause, mend guest memory before it goes on.
    pub fn note_torn(&self) {
        let old = self.word.fetch_or(TORN, Ordering::SeqCst);
        if old & ASLEEP != 0 {
            futex::wake(&self.word, i32::MAX);
        }
    }

    /// Whether the thread has to mend guest memory.
    pub fn is_torn(&self) -> bool {
        self.has(TORN)
    }

    /// Sleeps until the pause is over, or guest memory is to be mended, or a
    /// kick comes: however many pauses follow each other.
    pub fn wait_resumed(&self) {
        self.word.fetch_or(KEPT_OUT, Ordering::SeqCst);
        let over = |word| word & PAUSE == 0 || word & (KICK | TORN) != 0;
        self.sleep_until(futex::INFINITE, over);
    }
}

/// Whether the thread is in the guest, and nobody has seen to it that it leaves.
fn is_uncalled(word: u32) -> bool {
    word & (RUNNING | SIGNALLING | SIGNALLED) == RUNNING
}

/// An alarm is a request to look at the timers, as an interrupt is one to look
/// at the vectors.
impl Alarm for VcpuRequests {
    fn ring(&self) {
        // There is nobody to tell, and no other way to reach the thread.
        let _ = self.request(INTERRUPT);
    }
}

/// Makes the calling thread ready to run VCPUs.
pub fn prepare_thread() -> Result {
    kick::prepare_thread()
}

#[cfg(all(loom, test))]
mod model;

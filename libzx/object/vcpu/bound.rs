// SPDX-License-Identifier: MIT
//! What belongs to one thread: a thread that has a VCPU, and the machine that
//! only it may touch.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::reason::because;
use crate::status::Result;
use crate::task::ThreadRecord;

/// The calling thread, taken for one VCPU until this is dropped.
pub struct ThreadClaim {
    record: &'static ThreadRecord,
    /// The thread's number, which the record outlives.
    number: u64,
}

/// Waits for calls that still use a VCPU that the calling thread had, and that
/// nobody has a handle to any more.
pub fn wait_for_last_calls() {
    ThreadRecord::current().wait_vcpu_left();
}

impl ThreadClaim {
    /// Takes the calling thread; `BAD_STATE` when it has a VCPU.
    pub fn new() -> Result<ThreadClaim> {
        let record = ThreadRecord::current();
        if !record.claim_vcpu() {
            return Err(because!(
                BAD_STATE,
                "thread {i} has a VCPU already, or calls on its last one have not returned",
                record.tid()
            ));
        }
        Ok(ThreadClaim {
            record,
            number: record.number(),
        })
    }

    /// Notes that nobody has a handle to the VCPU any more.
    pub fn note_leaving(&self) {
        self.record.note_vcpu_leaving(self.number);
    }

    /// Fails with `BAD_STATE` unless the caller is that thread.
    fn check(&self) -> Result {
        let caller = ThreadRecord::current();
        if caller.number() == self.number {
            Ok(())
        } else {
            Err(because!(
                BAD_STATE,
                "thread {i} calls, but the VCPU belongs to thread {i}",
                caller.tid(),
                self.record.tid()
            ))
        }
    }
}

impl Drop for ThreadClaim {
    fn drop(&mut self) {
        self.record.release_vcpu(self.number);
    }
}

/// A value that only the thread which made it uses, without a lock.
pub struct ThreadBound<T> {
    value: UnsafeCell<T>,
    owner: ThreadClaim,
}

// SAFETY: the value is only reached by the owner's thread, one use at a time,
// or through `&mut self`.
unsafe impl<T: Send> Sync for ThreadBound<T> {}

impl<T> ThreadBound<T> {
    /// Binds a value to a thread.
    pub fn new(owner: ThreadClaim, value: T) -> ThreadBound<T> {
        ThreadBound {
            value: UnsafeCell::new(value),
            owner,
        }
    }

    /// Uses the value. `BAD_STATE` unless the caller is the thread that it is
    /// bound to, and in a signal handler that has interrupted another use.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        self.owner.check()?;
        let in_use = &self.owner.record.vcpu_in_use;
        if in_use.load(Ordering::Relaxed) {
            return Err(because!(
                BAD_STATE,
                "the thread is in a call on this VCPU, which a signal handler has interrupted"
            ));
        }
        in_use.store(true, Ordering::Relaxed);
        let _end = End(in_use);
        // SAFETY: only this thread gets here, and it was not in here already.
        f(unsafe { &mut *self.value.get() })
    }

    /// The claim on the thread.
    pub fn claim(&self) -> &ThreadClaim {
        &self.owner
    }

    /// The value, when nobody else has it any more.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

/// Ends a use.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

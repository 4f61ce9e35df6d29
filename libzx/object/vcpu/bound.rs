// SPDX-License-Identifier: MIT
//! What belongs to one thread: a thread that has a VCPU, and the machine that
//! only it may touch.
#![allow(unsafe_code)]

use std::cell::{RefCell, UnsafeCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nix::sys::pthread::pthread_self;

use crate::status::{Result, Status};

/// A thread that VCPUs belong to.
struct Owner {
    /// The C library's number of the thread, which another one may get after
    /// its end; 0 then.
    thread: AtomicU64,
    /// Whether the thread has a VCPU.
    busy: AtomicBool,
}

/// A thread's mark, until its end.
struct ThreadMark(Arc<Owner>);

impl Drop for ThreadMark {
    fn drop(&mut self) {
        self.0.thread.store(0, Ordering::Relaxed);
    }
}

thread_local! {
    static THIS_THREAD: RefCell<Option<ThreadMark>> = const { RefCell::new(None) };
}

fn this_thread() -> Arc<Owner> {
    let fresh = |thread| {
        Arc::new(Owner {
            thread: AtomicU64::new(thread),
            busy: AtomicBool::new(false),
        })
    };
    let known = THIS_THREAD.try_with(|mark| {
        let mut mark = mark.borrow_mut();
        let mark = mark.get_or_insert_with(|| ThreadMark(fresh(pthread_self())));
        Arc::clone(&mark.0)
    });
    // A thread in its last destructors owns nothing.
    known.unwrap_or_else(|_| fresh(0))
}

/// The calling thread, taken for one VCPU until this is dropped.
pub struct ThreadClaim(Arc<Owner>);

impl ThreadClaim {
    /// Takes the calling thread; `BAD_STATE` when it has a VCPU.
    pub fn new() -> Result<ThreadClaim> {
        let owner = this_thread();
        if owner.busy.swap(true, Ordering::AcqRel) {
            return Err(Status::BAD_STATE);
        }
        Ok(ThreadClaim(owner))
    }

    /// Fails with `BAD_STATE` unless the caller is that thread.
    fn check(&self) -> Result {
        if self.0.thread.load(Ordering::Relaxed) == pthread_self() {
            Ok(())
        } else {
            Err(Status::BAD_STATE)
        }
    }
}

impl Drop for ThreadClaim {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
    }
}

/// A value that only the thread which made it uses, without a lock.
pub struct ThreadBound<T> {
    value: UnsafeCell<T>,
    /// Whether the thread is using it: a signal handler must not.
    in_use: AtomicBool,
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
            in_use: AtomicBool::new(false),
            owner,
        }
    }

    /// Uses the value. `BAD_STATE` unless the caller is the thread that it is
    /// bound to, and in a signal handler that has interrupted another use.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        self.owner.check()?;
        if self.in_use.load(Ordering::Relaxed) {
            return Err(Status::BAD_STATE);
        }
        self.in_use.store(true, Ordering::Relaxed);
        let _end = End(&self.in_use);
        // SAFETY: only this thread gets here, and it was not in here already.
        f(unsafe { &mut *self.value.get() })
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

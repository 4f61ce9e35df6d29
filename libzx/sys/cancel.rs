// SPDX-License-Identifier: MIT
//! Threads that are to be canceled: no call is a cancellation point.
//!
//! The C library acts on `pthread_cancel` inside some of its functions by
//! unwinding the stack, which must not go through the library. Frequent system
//! calls are made without those functions (see `file.rs`); the rest, and what
//! other crates do, runs with cancellation off.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use nix::libc;

unsafe extern "C" {
    fn pthread_setcancelstate(state: libc::c_int, old: *mut libc::c_int) -> libc::c_int;
}

/// `PTHREAD_CANCEL_DISABLE`.
const DISABLE: libc::c_int = 1;

/// Gives the thread its former state back.
struct Restore(libc::c_int);

impl Drop for Restore {
    fn drop(&mut self) {
        let mut unused = 0;
        // SAFETY: the state is one that the function itself has told.
        unsafe { pthread_setcancelstate(self.0, &raw mut unused) };
    }
}

/// Runs `f` without cancellation points; a request to cancel the thread stays
/// pending.
pub fn disabled<R>(f: impl FnOnce() -> R) -> R {
    let mut old = 0;
    // SAFETY: the state is a valid one, and `old` is there to be written.
    unsafe { pthread_setcancelstate(DISABLE, &raw mut old) };
    let _restore = Restore(old);
    f()
}

/// Something that is dropped without a cancellation point: a file of another
/// crate's.
pub struct Uncanceled<T>(ManuallyDrop<T>);

impl<T> Uncanceled<T> {
    /// Takes the value.
    pub fn new(value: T) -> Uncanceled<T> {
        Uncanceled(ManuallyDrop::new(value))
    }
}

impl<T> Deref for Uncanceled<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Uncanceled<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Uncanceled<T> {
    fn drop(&mut self) {
        // SAFETY: the value is dropped here and not used again.
        disabled(|| unsafe { ManuallyDrop::drop(&mut self.0) });
    }
}

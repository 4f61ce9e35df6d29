// SPDX-License-Identifier: MIT
//! A thread's object, for the thread itself and for its signal handlers.

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::Thread;

/// Filled at most once while the record belongs to one thread, by that or by
/// another one.
pub struct ObjectCell(AtomicPtr<Thread>);

impl ObjectCell {
    pub const fn new() -> ObjectCell {
        ObjectCell(AtomicPtr::new(ptr::null_mut()))
    }

    /// What is in it, for the record's thread. Async-signal-safe.
    pub fn get(&self) -> Option<ManuallyDrop<Arc<Thread>>> {
        let thread = self.0.load(Ordering::SeqCst);
        // SAFETY: what is in the cell is a counted reference, which stays
        // there until the record is another thread's.
        (!thread.is_null()).then(|| ManuallyDrop::new(unsafe { Arc::from_raw(thread) }))
    }

    /// Fills an empty cell.
    pub fn set(&self, thread: Arc<Thread>) {
        let new = Arc::into_raw(thread).cast_mut();
        let filled =
            self.0
                .compare_exchange(ptr::null_mut(), new, Ordering::SeqCst, Ordering::SeqCst);
        if filled.is_err() {
            // SAFETY: the reference from above, which nobody else has.
            drop(unsafe { Arc::from_raw(new) });
        }
    }

    /// Empties the cell: the record is another thread's now.
    pub fn clear(&self) {
        let thread = self.0.swap(ptr::null_mut(), Ordering::SeqCst);
        if !thread.is_null() {
            // SAFETY: the reference that was in the cell; the thread that used
            // it is gone.
            drop(unsafe { Arc::from_raw(thread) });
        }
    }
}

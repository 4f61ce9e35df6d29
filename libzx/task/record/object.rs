// SPDX-License-Identifier: MIT
//! A thread's object, for the thread itself and for its signal handlers.

use std::cell::UnsafeCell;
use std::sync::Arc;

use super::Thread;

/// Filled at most once while the record belongs to one thread.
pub struct ObjectCell(UnsafeCell<Option<Arc<Thread>>>);

impl ObjectCell {
    pub const fn new() -> ObjectCell {
        ObjectCell(UnsafeCell::new(None))
    }

    /// What is in it.
    pub fn get(&self) -> Option<&Arc<Thread>> {
        // SAFETY: only the record's thread uses the cell, and what is in it
        // stays there until the record is another thread's.
        unsafe { &*self.0.get() }.as_ref()
    }

    /// Fills an empty cell.
    pub fn set(&self, thread: Arc<Thread>) {
        if self.get().is_none() {
            // SAFETY: only the record's thread uses the cell, and nobody has a
            // reference to what is not there.
            unsafe { *self.0.get() = Some(thread) };
        }
    }

    /// Empties the cell: the record is another thread's now.
    pub fn clear(&self) {
        // SAFETY: the thread that had it is gone, with its references.
        drop(unsafe { (*self.0.get()).take() });
    }
}

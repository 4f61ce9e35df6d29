// SPDX-License-Identifier: MIT
//! The atomics and the lock of the lock-free protocols: those of the standard
//! library and of `parking_lot`, and in a model test (`ci/models.sh`) loom's,
//! which tries every interleaving of the threads of a test and every value
//! that a load may return. So what is checked is the code that runs.

#[cfg(not(all(loom, test)))]
pub use parking_lot::Mutex;
#[cfg(not(all(loom, test)))]
pub use std::sync::atomic;

#[cfg(all(loom, test))]
pub use model::{Mutex, all, atomic, most};

/// A word that threads sleep on.
pub trait Word {
    /// Its value, with all that was done before it was stored.
    fn value(&self) -> u32;

    /// Where it is, for the kernel; `None` in a model test, which has none.
    fn place(&self) -> Option<&std::sync::atomic::AtomicU32>;

    /// Sleeps in a model test.
    fn sleep_in_model(&self, _expected: u32) {}

    /// Wakes in a model test.
    fn wake_in_model(&self) {}
}

impl Word for std::sync::atomic::AtomicU32 {
    #[inline]
    fn value(&self) -> u32 {
        self.load(std::sync::atomic::Ordering::Acquire)
    }

    #[inline]
    fn place(&self) -> Option<&std::sync::atomic::AtomicU32> {
        Some(self)
    }
}

#[cfg(all(loom, test))]
mod model;

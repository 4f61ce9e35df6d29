// SPDX-License-Identifier: MIT
//! Loom's atomics, lock and sleep under the names that the library uses.
//!
//! Loom takes a sequentially consistent operation for one that acquires and
//! releases only, and knows the total order of fences. So each such operation
//! comes with a fence before it: that is how processors without such
//! operations do them. A relaxed operation before it takes part in that order,
//! too, which on x86-64 it does, the operation being a locked one.

use std::sync::PoisonError;

/// Runs a test with every interleaving: for two threads.
pub fn all(test: impl Fn() + Sync + Send + 'static) {
    loom::model(test);
}

/// Runs a test with every interleaving in which threads are preempted three
/// times at most, where they need not be: for three threads, of which all
/// interleavings would take hours.
pub fn most(test: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

/// A lock that can be taken as `parking_lot`'s is.
#[derive(Default)]
pub struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T> {
        Mutex(loom::sync::Mutex::new(value))
    }

    pub fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

loom::lazy_static! {
    /// Where all threads of a test sleep; a wake-up wakes all of them, and
    /// those that it is not for look again.
    static ref SLEEPERS: (loom::sync::Mutex<()>, loom::sync::Condvar) =
        (loom::sync::Mutex::new(()), loom::sync::Condvar::new());
}

impl super::Word for atomic::AtomicU32 {
    fn value(&self) -> u32 {
        self.load(atomic::Ordering::Acquire)
    }

    fn place(&self) -> Option<&std::sync::atomic::AtomicU32> {
        None
    }

    fn sleep_in_model(&self, expected: u32) {
        let guard = SLEEPERS.0.lock().unwrap_or_else(PoisonError::into_inner);
        if self.load(atomic::Ordering::SeqCst) == expected {
            drop(SLEEPERS.1.wait(guard));
        }
    }

    fn wake_in_model(&self) {
        let guard = SLEEPERS.0.lock().unwrap_or_else(PoisonError::into_inner);
        SLEEPERS.1.notify_all();
        drop(guard);
    }
}

pub mod atomic {
    //! As in the standard library.

    pub use loom::sync::atomic::Ordering;
    pub use loom::sync::atomic::fence;

    fn before(order: Ordering) {
        if order == Ordering::SeqCst {
            fence(Ordering::SeqCst);
        }
    }

    macro_rules! atomics {
        ($($name:ident of $int:ty),*) => { $(
            #[derive(Debug, Default)]
            pub struct $name(loom::sync::atomic::$name);

            #[allow(dead_code, reason = "not every type is used in every way")]
            impl $name {
                pub fn new(value: $int) -> $name {
                    $name(loom::sync::atomic::$name::new(value))
                }

                pub fn load(&self, order: Ordering) -> $int {
                    before(order);
                    self.0.load(order)
                }

                pub fn store(&self, value: $int, order: Ordering) {
                    before(order);
                    self.0.store(value, order);
                }

                pub fn swap(&self, value: $int, order: Ordering) -> $int {
                    before(order);
                    self.0.swap(value, order)
                }

                pub fn fetch_add(&self, value: $int, order: Ordering) -> $int {
                    before(order);
                    self.0.fetch_add(value, order)
                }

                pub fn fetch_sub(&self, value: $int, order: Ordering) -> $int {
                    before(order);
                    self.0.fetch_sub(value, order)
                }

                pub fn fetch_or(&self, value: $int, order: Ordering) -> $int {
                    before(order);
                    self.0.fetch_or(value, order)
                }

                pub fn fetch_and(&self, value: $int, order: Ordering) -> $int {
                    before(order);
                    self.0.fetch_and(value, order)
                }

                pub fn compare_exchange(
                    &self,
                    current: $int,
                    new: $int,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$int, $int> {
                    before(success);
                    self.0.compare_exchange(current, new, success, failure)
                }

                pub fn fetch_update(
                    &self,
                    set: Ordering,
                    fetch: Ordering,
                    mut update: impl FnMut($int) -> Option<$int>,
                ) -> Result<$int, $int> {
                    before(set);
                    self.0.fetch_update(set, fetch, &mut update)
                }
            }
        )* };
    }

    atomics!(AtomicU32 of u32, AtomicU64 of u64, AtomicUsize of usize);
}

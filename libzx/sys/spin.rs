// SPDX-License-Identifier: MIT
//! How long a thread watches for what it waits for before it sleeps.
//!
//! Waking a sleeping thread costs a system call and up to tens of
//! microseconds, noticing a changed word costs nothing. So every wait begins
//! with a few looks. A longer watch lets others use the processor between its
//! looks: it pays when the answer comes from a thread that runs meanwhile, on
//! another processor or on this one. Each thread learns from its last waits
//! whether that is so.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};

use crate::sys::cancel;
use crate::sys::clock;
use crate::sys::futex::Deadline;

/// How many looks a wait begins with, and how many go between two looks at the
/// clock.
const LOOKS: u32 = 32;
/// The same of a wait that will not watch.
const FEW_LOOKS: u32 = 8;
/// The longest watch: a little more than waking a thread takes.
const LONGEST_NS: i64 = 50_000;
/// A watch that would be shorter than this is not worth it.
const SHORTEST_NS: i64 = 5_000;
/// Who comes back this late has given way to somebody busy, which a thread that
/// sleeps and is woken need not.
const TOO_LONG_NS: i64 = 500_000;
/// How many waits without a watch go before the next try, at first and after
/// many tries in vain.
const FIRST_PAUSE: u32 = 8;
const LAST_PAUSE: u32 = 64;

/// What a thread has learnt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AdaptiveSpin {
    /// How long the next watch lasts; 0 while there is none.
    watch_ns: i64,
    /// How many waits are left of the pause, and how many the next one has.
    left: u32,
    pause: u32,
}

impl AdaptiveSpin {
    /// Of a thread that has not waited yet.
    pub const NEW: AdaptiveSpin = AdaptiveSpin {
        watch_ns: LONGEST_NS,
        left: 0,
        pause: FIRST_PAUSE,
    };

    /// The length of the next watch.
    fn next(&mut self) -> i64 {
        if self.watch_ns != 0 {
            self.watch_ns
        } else if self.left == 0 {
            LONGEST_NS
        } else {
            self.left -= 1;
            0
        }
    }

    /// The watch was in vain.
    fn wasted(&mut self) {
        self.watch_ns /= 2;
        if self.watch_ns < SHORTEST_NS {
            self.pause();
        }
    }

    /// No watches for some time.
    fn pause(&mut self) {
        self.watch_ns = 0;
        self.left = self.pause;
        self.pause = (self.pause * 2).min(LAST_PAUSE);
    }
}

/// How many threads are in a long watch.
static WATCHERS: AtomicUsize = AtomicUsize::new(0);

/// One of the processors that threads may keep busy with watching: one at
/// least is left for what they watch for.
struct Seat;

impl Seat {
    fn take() -> Option<Seat> {
        let seat = Seat;
        (WATCHERS.fetch_add(1, Ordering::Relaxed) + 1 < processors()).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        WATCHERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many processors the process may use.
fn processors() -> usize {
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    let known = KNOWN.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // It reads files.
    let count = cancel::disabled(std::thread::available_parallelism).map_or(1, usize::from);
    KNOWN.store(count, Ordering::Relaxed);
    count
}

/// Watches for `ready` for a moment. Returns whether it came true before the
/// watch was over or `deadline` passed. `learnt` is the thread's own.
#[inline]
pub fn until(
    learnt: &Cell<AdaptiveSpin>,
    deadline: Deadline,
    mut ready: impl FnMut() -> bool,
) -> bool {
    if ready() {
        return true;
    }
    // More looks would change nothing in a model test but its length.
    if cfg!(all(loom, test)) {
        return false;
    }
    let mut patience = learnt.get();
    let length = patience.next();
    let looks = if length == 0 { FEW_LOOKS } else { LOOKS };
    let seen = look(looks, &mut ready);
    if seen && patience == AdaptiveSpin::NEW {
        return true;
    }
    if seen && length != 0 {
        patience = AdaptiveSpin::NEW;
    }
    let seen = seen || length != 0 && watch(&mut patience, length, deadline, &mut ready);
    learnt.set(patience);
    seen
}

#[inline]
fn look(count: u32, ready: &mut impl FnMut() -> bool) -> bool {
    (0..count).any(|_| {
        std::hint::spin_loop();
        ready()
    })
}

#[cold]
fn watch(
    patience: &mut AdaptiveSpin,
    length: i64,
    deadline: Deadline,
    ready: &mut impl FnMut() -> bool,
) -> bool {
    let Some(_seat) = Seat::take() else {
        return false;
    };
    let mut now = clock::monotonic_ns();
    let end = now.saturating_add(length).min(deadline);
    let mut seen = false;
    while !seen && now < end {
        std::thread::yield_now();
        seen = look(LOOKS, ready);
        now = clock::monotonic_ns();
    }
    if now > end.saturating_add(TOO_LONG_NS) {
        patience.pause();
    } else if seen {
        *patience = AdaptiveSpin::NEW;
    } else if end != deadline {
        patience.wasted();
    }
    seen
}

/// How often a taken lock is tried before the thread makes way.
const TRIES: u32 = 32;

/// Takes a lock that is never held for long: who holds it on another
/// processor has mostly let go before a thread that makes way is back.
#[inline]
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    match mutex.try_lock() {
        Some(guard) => guard,
        None => lock_contended(mutex),
    }
}

#[cold]
fn lock_contended<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    let free = (0..TRIES).find_map(|_| mutex.try_lock());
    free.unwrap_or_else(|| mutex.lock())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watches_in_vain_get_shorter_and_rare() {
        let mut patience = AdaptiveSpin::NEW;
        let watched: Vec<usize> = (0..2_000)
            .filter(|_| {
                let watches = patience.next() != 0;
                if watches {
                    patience.wasted();
                }
                watches
            })
            .collect();
        assert_eq!(watched[..5], [0, 1, 2, 3, 12]);
        let gaps = watched.windows(2).map(|pair| pair[1] - pair[0]);
        assert_eq!(gaps.max(), Some(LAST_PAUSE as usize + 1));
    }

    #[test]
    fn a_deadline_ends_the_watch() {
        let begin = clock::monotonic_ns();
        let learnt = Cell::new(AdaptiveSpin::NEW);
        assert!(!until(&learnt, begin + 1_000, || false));
        assert!(clock::monotonic_ns() >= begin + 1_000);
    }

    #[test]
    fn what_comes_true_is_seen() {
        let mut looks = 0;
        let learnt = Cell::new(AdaptiveSpin::NEW);
        assert!(until(&learnt, crate::sys::futex::INFINITE, || {
            looks += 1;
            looks == LOOKS
        }));
    }
}

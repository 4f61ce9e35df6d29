// SPDX-License-Identifier: MIT
//! What every kernel object has: a koid, a count of handles, a word of
//! signals and the observers that wait for them (objects.md, sections 6, 7
//! and 9.0).
//!
//! The signal word changes only under the lock that also guards the data it
//! describes, so no observer misses a change; it may be read without it. Where
//! it describes no data it also changes without the lock as long as nobody
//! observes, which the word itself tells.

use std::ops::DerefMut;
use std::sync::atomic::AtomicU64 as StaticU64;

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use smallvec::SmallVec;

use super::observer::{Observer, ObserverList};
use crate::sys::spin;
use crate::sys::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use crate::uapi::types::ZX_SIGNAL_HANDLE_CLOSED;

/// A kernel object id: unique in the process, never reused.
pub type Koid = u64;

/// A word of signals (`zx_signals_t`).
pub type Signals = u32;

/// The signals of an object, and for each of them whether the number of times
/// that it became active is odd: who looks at the word now and then also
/// notices a signal that came and went in between, unless it did so twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word(u64);

impl Word {
    const RISES_SHIFT: u32 = 32;

    fn new(signals: Signals) -> Word {
        Word(u64::from(signals))
    }

    /// The signals.
    pub fn signals(self) -> Signals {
        #[allow(clippy::cast_possible_truncation, reason = "the low half")]
        let signals = self.0 as Signals;
        signals
    }

    /// What was active when a signal of `mask` was, now or at some moment
    /// since the word was `before`; `None` when none was, as far as can be
    /// told.
    pub fn met(self, mask: Signals, before: Word) -> Option<Signals> {
        if self.signals() & mask != 0 {
            return Some(self.signals());
        }
        #[allow(clippy::cast_possible_truncation, reason = "the high half")]
        let rose = ((self.0 ^ before.0) >> Word::RISES_SHIFT) as Signals;
        (rose & mask != 0).then_some(self.signals() | rose)
    }

    fn updated(self, clear: Signals, set: Signals) -> Word {
        let old = self.signals();
        let new = (old & !clear) | set;
        let rises = (self.0 >> Word::RISES_SHIFT) ^ u64::from(new & !old);
        Word(u64::from(new) | rises << Word::RISES_SHIFT)
    }
}

/// Set in a stored word while somebody may observe: then it changes under the
/// lock alone. The bit would count the times that the handle was closed, which
/// no word tells.
const OBSERVED: u64 = (ZX_SIGNAL_HANDLE_CLOSED as u64) << Word::RISES_SHIFT;

/// The koid of the first ordinary object.
const FIRST_KOID: Koid = 1024;

static NEXT_KOID: StaticU64 = StaticU64::new(FIRST_KOID);

/// The part that all objects share.
pub struct Base {
    word: AtomicU64,
    koid: Koid,
    handles: AtomicU32,
    /// How many observers the guarded list holds; read without the lock when
    /// a handle closes, which is nearly always about an empty list.
    observers: AtomicU32,
}

impl Base {
    /// A new object's base, with these signals active.
    pub fn new(signals: Signals) -> Base {
        Base {
            word: AtomicU64::new(Word::new(signals).0),
            koid: NEXT_KOID.fetch_add(1, Ordering::Relaxed),
            handles: AtomicU32::new(0),
            observers: AtomicU32::new(0),
        }
    }

    /// The object's id.
    pub fn koid(&self) -> Koid {
        self.koid
    }

    /// The signals active now.
    pub fn signals(&self) -> Signals {
        self.word().signals()
    }

    /// The signals active now, and a trace of those that were before.
    pub fn word(&self) -> Word {
        Word(self.word.load(Ordering::Acquire) & !OBSERVED)
    }

    /// Clears and sets signals that describe no data in one step, without the
    /// lock. Fails if somebody may observe; `update_locked` does it then, after
    /// `hold_locked`.
    #[inline]
    pub fn update_unobserved(&self, clear: Signals, set: Signals) -> bool {
        let update = |stored| {
            let new = Word(stored).updated(clear, set).0;
            (stored & OBSERVED == 0).then_some(new)
        };
        let updated = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, update);
        updated.is_ok()
    }

    /// Clears and sets signals, those that describe no data without the lock if
    /// nobody may observe. `lock` gives the observers; false when there is no
    /// such lock, as the object cannot be waited for.
    pub fn update<G: DerefMut<Target = ObserverList>>(
        &self,
        describe_no_data: bool,
        (clear, set): (Signals, Signals),
        lock: impl FnOnce() -> Option<G>,
    ) -> bool {
        if describe_no_data && self.update_unobserved(clear, set) {
            return true;
        }
        let Some(mut list) = lock() else {
            return false;
        };
        // The last observer may have left since.
        self.hold_locked();
        let fired = self.update_locked(&mut list, clear, set);
        drop(list);
        drop(fired);
        true
    }

    /// Makes changes without the lock fail. Who adds an observer calls this
    /// under the lock before it looks at the signals: each change comes before
    /// that look or finds the observer.
    pub fn hold_locked(&self) {
        self.word.fetch_or(OBSERVED, Ordering::AcqRel);
    }

    /// How many handles refer to the object, those in messages included.
    pub fn handle_count(&self) -> u32 {
        self.handles.load(Ordering::Relaxed)
    }

    /// Notes a new handle.
    pub(super) fn handle_added(&self) {
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes a handle that is made from another one. False, and there is none,
    /// when the last one is gone: an object whose last-handle action runs, or
    /// has run, never gets a handle again from those that it had.
    #[must_use]
    pub(super) fn handle_shared(&self) -> bool {
        let one_more = |count: u32| (count != 0).then(|| count + 1);
        let added = self
            .handles
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_more);
        added.is_ok()
    }

    /// Notes that a handle is gone; true when it was the last one.
    pub(super) fn handle_removed(&self) -> bool {
        self.handles.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Clears and sets signals in one step and returns the observers that
    /// fired, whose waiting threads are woken when the return value is
    /// dropped: do that after unlocking `list`.
    #[inline]
    pub fn update_locked(&self, list: &mut ObserverList, clear: Signals, set: Signals) -> Fired {
        let old = self.word();
        let new = old.updated(clear, set);
        if new == old {
            return Fired::default();
        }
        let rising = new.signals() & !old.signals();
        let fired = if rising != 0 && self.observers.load(Ordering::Relaxed) != 0 {
            self.fire_locked(list, rising, new.signals())
        } else {
            Fired::default()
        };
        // Last: who sees a signal without the lock finds the packets that it
        // caused queued (ports.md, section 5.4). Held until now, if it was.
        let held = if list.is_empty() { 0 } else { OBSERVED };
        self.word.store(new.0 | held, Ordering::Release);
        fired
    }

    #[cold]
    fn fire_locked(&self, list: &mut ObserverList, rising: Signals, observed: Signals) -> Fired {
        let mut fired = Fired::default();
        list.take_matching(rising, observed, &mut fired.0);
        self.note_len(list);
        fired
    }

    /// Adds an observer, which fires at once when a signal that it watches is
    /// active already, unless it waits for an edge.
    pub fn observe_locked(&self, list: &mut ObserverList, observer: Observer) -> Registered {
        let signals = self.signals();
        if observer.matches_now(signals) {
            let mut fired = Fired::default();
            observer.fire(signals);
            fired.0.push(observer);
            return Registered::Fired(fired);
        }
        let key = list.insert(observer);
        self.note_len(list);
        // Pairs with the handle's closing, which first marks the handle dead
        // and then looks at the count.
        fence(Ordering::SeqCst);
        Registered::Pending(key)
    }

    /// Removes one observer; `None` when it has fired or was canceled.
    pub fn forget_locked(&self, list: &mut ObserverList, key: usize, id: u64) -> Option<Observer> {
        let observer = list.remove(key, id);
        self.note_len(list);
        observer
    }

    /// Ends all waits that were made through the handle with this identity.
    pub fn cancel_locked(&self, list: &mut ObserverList, handle: u64) -> Fired {
        self.cancel_matching_locked(list, |observer| observer.handle == handle)
    }

    /// Ends the waits that are wanted.
    pub fn cancel_matching_locked(
        &self,
        list: &mut ObserverList,
        wanted: impl Fn(&Observer) -> bool,
    ) -> Fired {
        let mut canceled = Fired::default();
        let signals = self.signals();
        list.take_wanted(wanted, signals, &mut canceled.0);
        self.note_len(list);
        canceled
    }

    /// Whether anything waits on the object.
    pub fn observed(&self) -> bool {
        self.observers.load(Ordering::SeqCst) != 0
    }

    fn note_len(&self, list: &ObserverList) {
        let len = u32::try_from(list.len()).unwrap_or(u32::MAX);
        self.observers.store(len, Ordering::SeqCst);
    }
}

/// What became of a new observer.
pub enum Registered {
    /// It fired during the call.
    Fired(Fired),
    /// It waits, under this key of the list.
    Pending(usize),
}

/// Observers that fired or were canceled. Dropping wakes their threads, so it
/// happens after the object is unlocked.
#[derive(Default)]
#[must_use = "drop it after unlocking the object"]
pub struct Fired(SmallVec<[Observer; 2]>);

impl Fired {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cold]
    fn finish(&mut self) {
        for observer in self.0.drain(..) {
            observer.finish();
        }
    }

    /// Adds what else fired under the same lock.
    pub fn absorb(&mut self, mut other: Fired) {
        if !other.0.is_empty() {
            self.0.append(&mut other.0);
        }
    }
}

impl Drop for Fired {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_empty() {
            self.finish();
        }
    }
}

/// The lock of an object that has no peer and guards nothing but its signals.
#[derive(Default)]
pub struct SignalLock(Mutex<ObserverList>);

/// Exclusive use of an object's observers and of what its signals describe.
pub type ObserverGuard<'a> = MappedMutexGuard<'a, ObserverList>;

impl SignalLock {
    /// Locks the observers.
    pub fn lock(&self) -> ObserverGuard<'_> {
        MutexGuard::map(spin::lock(&self.0), |list| list)
    }
}

#[cfg(all(loom, test))]
mod model;

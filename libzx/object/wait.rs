// SPDX-License-Identifier: MIT
//! Threads that wait for signals (objects.md, sections 2.6 and 9).
//!
//! A thread that has to sleep leaves an observer with each object. Observers,
//! and the word the thread sleeps on, are made once per thread and used again,
//! so a wait allocates nothing once the objects' lists have grown.

use std::sync::Arc;

use smallvec::SmallVec;

use super::base::{Base, Registered, Signals, Word};
use super::observer::{Observer, Sink};
use crate::status::{Result, Status};
use crate::sys::futex::{self, Deadline};
use crate::sys::spin;
use crate::sys::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::task::table::Ref;
use crate::task::{BlockedOn, ThreadRecord};
use crate::uapi::types::ZX_SIGNAL_HANDLE_CLOSED;

/// One thing to wait for: signals of the object behind a handle.
pub struct Item {
    handle: Ref,
    mask: Signals,
    /// The object's word when the wait began.
    begun: Word,
}

impl Item {
    /// A wait for signals of `mask`, which begins now.
    pub fn new(handle: Ref, mask: Signals) -> Item {
        let begun = handle.object().base().word();
        Item {
            handle,
            mask,
            begun,
        }
    }

    fn base(&self) -> &Base {
        self.handle.object().base()
    }

    /// The signals that meet the wait, without any lock: as a wait that began
    /// later would find it if a signal came and went too fast to be noticed.
    #[inline]
    fn met(&self) -> Option<Signals> {
        self.base().word().met(self.mask, self.begun)
    }

    /// What becomes of a wait that was met. After the handle was closed, or
    /// had travelled, only the signals before that count.
    fn ended(&self, met: Signals) -> Ended {
        match self.handle.signals_at_close() {
            None => Ended::Met(met),
            Some(signals) if signals & self.mask != 0 => Ended::Met(signals),
            Some(signals) => Ended::Canceled(signals),
        }
    }
}

/// How the wait for an item ended, and the signals that tell so.
#[derive(Clone, Copy)]
enum Ended {
    Met(Signals),
    Canceled(Signals),
}

/// How a wait ended: OK, `TIMED_OUT` or `CANCELED`. In each case the signals
/// of the objects have been stored.
pub type Outcome = Result;

/// Waits until a signal of the item is active. `observed` gets the signals.
#[inline]
pub fn one(
    thread: &ThreadRecord,
    item: &Item,
    deadline: Deadline,
    observed: &mut Signals,
) -> Outcome {
    if let Some(met) = item.met()
        && item.handle.is_live()
    {
        *observed = met;
        return Ok(());
    }
    wait(
        thread,
        BlockedOn::WaitOne,
        std::slice::from_ref(item),
        deadline,
        std::slice::from_mut(observed),
    )
}

/// Waits until a signal of one item is active. `observed` gets the signals of
/// each item.
pub fn many(
    thread: &ThreadRecord,
    items: &[Item],
    deadline: Deadline,
    observed: &mut [Signals],
) -> Outcome {
    wait(thread, BlockedOn::WaitMany, items, deadline, observed)
}

fn wait(
    thread: &ThreadRecord,
    on: BlockedOn,
    items: &[Item],
    deadline: Deadline,
    observed: &mut [Signals],
) -> Outcome {
    // A signal that is there, or about to come, costs neither a lock nor an
    // observer. A change becomes visible here after all it has to fire was
    // fired.
    let mut met = first_met(items);
    if met.is_none() && !futex::expired(deadline) {
        spin::until(&thread.spin, deadline, || {
            met = first_met(items);
            met.is_some()
        });
    }
    if met.is_some() {
        return settle(items, met, observed);
    }
    if futex::expired(deadline) {
        return poll(items, observed);
    }
    // A signal handler that waits while its thread does gets one of its own.
    let mut waiter = thread.waiter.take().unwrap_or_default();
    let result = waiter.wait(thread, on, items, deadline, observed);
    thread.waiter.set(Some(waiter));
    result
}

/// The look that counts when there is no time to wait: who changes signals
/// now is waited for.
fn poll(items: &[Item], observed: &mut [Signals]) -> Outcome {
    for item in items {
        drop(item.handle.object().observers());
    }
    let met = first_met(items);
    let outcome = settle(items, met, observed);
    if met.is_some() {
        outcome
    } else {
        outcome.and(Err(Status::TIMED_OUT))
    }
}

/// Sleeps until the deadline, as a wait for nothing does.
pub fn nothing(thread: &ThreadRecord, deadline: Deadline) -> Outcome {
    if !futex::expired(deadline) {
        thread.sleep_until(BlockedOn::WaitMany, deadline);
    }
    Err(Status::TIMED_OUT)
}

/// The first item that is met, and by which signals.
type Met = (usize, Signals);

#[inline]
fn first_met(items: &[Item]) -> Option<Met> {
    let mut items = items.iter().enumerate();
    items.find_map(|(index, item)| item.met().map(|signals| (index, signals)))
}

/// The outcome of a wait without observers.
fn settle(items: &[Item], first: Option<Met>, observed: &mut [Signals]) -> Outcome {
    let mut outcome = Ok(());
    for (index, (item, observed)) in items.iter().zip(observed).enumerate() {
        let met = match first {
            Some((first, signals)) if first == index => Some(signals),
            _ => item.met(),
        };
        *observed = match met.map(|signals| item.ended(signals)) {
            None => item.base().signals(),
            Some(Ended::Met(signals)) => signals,
            Some(Ended::Canceled(signals)) => {
                outcome = Err(Status::CANCELED);
                signals | ZX_SIGNAL_HANDLE_CLOSED
            }
        };
    }
    outcome
}

/// Set in a result when there is one.
const DONE: u64 = 1 << 32;

/// What a thread sleeps on.
#[derive(Default)]
struct Parker {
    /// 1 once any observer fired or was canceled, and its object has been
    /// unlocked: who is released then does not run into that lock. An observer
    /// of an earlier wait may be late to set it.
    word: AtomicU32,
    sleeping: AtomicU32,
}

/// The observer of one item.
struct Slot {
    parker: Arc<Parker>,
    /// 0, or `DONE` and the signals that ended the item's wait.
    result: AtomicU64,
}

impl Slot {
    fn end(&self, observed: Signals) {
        self.result
            .store(DONE | u64::from(observed), Ordering::Release);
    }

    fn result(&self) -> Option<Signals> {
        let result = self.result.load(Ordering::Acquire);
        #[allow(clippy::cast_possible_truncation, reason = "the low half is the word")]
        (result & DONE != 0).then_some(result as Signals)
    }
}

impl Sink for Slot {
    fn fire(&self, observed: Signals) {
        self.end(observed);
    }

    fn cancel(&self, observed: Signals) {
        self.end(observed | ZX_SIGNAL_HANDLE_CLOSED);
    }

    fn finish(&self) {
        self.parker.word.swap(1, Ordering::SeqCst);
        if self.parker.sleeping.load(Ordering::SeqCst) != 0 {
            futex::wake(&self.parker.word, 1);
        }
    }
}

/// What a thread needs for waiting.
#[derive(Default)]
pub struct Waiter {
    parker: Arc<Parker>,
    slots: Vec<Arc<Slot>>,
}

/// Where an item's observer waits.
type ObserverKey = (usize, u64);

impl Waiter {
    fn wait(
        &mut self,
        thread: &ThreadRecord,
        on: BlockedOn,
        items: &[Item],
        deadline: Deadline,
        observed: &mut [Signals],
    ) -> Outcome {
        self.prepare(items.len());
        let mut places = SmallVec::<[Option<ObserverKey>; 4]>::new();
        let mut dead = false;
        for (item, slot) in items.iter().zip(&self.slots) {
            let place = register(item, slot);
            places.push(place);
            // A handle that was closed, or travelled, after it was looked up
            // and before the observer was there: nobody may be left to end
            // this wait.
            if place.is_some() && !item.handle.keeps_waits() {
                dead = true;
                break;
            }
            if place.is_none() {
                break;
            }
        }
        let begun = places.len();
        if !dead {
            self.park(thread, on, begun, deadline);
        }
        let mut forgotten = false;
        for ((item, place), observed) in items.iter().zip(places).zip(&mut *observed) {
            forgotten = forget(item, place, observed);
        }
        let outcome = self.collect(items, begun, observed);
        // Only the last one can have been dead: unless it ended in the
        // meantime, the wait was canceled like one that the closing saw.
        if dead && forgotten {
            observed[begun - 1] |= ZX_SIGNAL_HANDLE_CLOSED;
            return Err(Status::CANCELED);
        }
        outcome
    }

    /// Sleeps until an observer of this wait ended or time has run out.
    fn park(&self, thread: &ThreadRecord, on: BlockedOn, begun: usize, deadline: Deadline) {
        while !self.any_ended(begun) && !futex::expired(deadline) {
            self.parker.sleep(thread, on, deadline);
        }
    }

    /// Whether an observer of this wait ended. If not, the next one that does
    /// sets the parker's word after this.
    fn any_ended(&self, begun: usize) -> bool {
        self.parker.word.swap(0, Ordering::SeqCst);
        self.slots[..begun]
            .iter()
            .any(|slot| slot.result().is_some())
    }

    fn prepare(&mut self, count: usize) {
        while self.slots.len() < count {
            self.slots.push(Arc::new(Slot {
                parker: Arc::clone(&self.parker),
                result: AtomicU64::new(0),
            }));
        }
        for slot in &self.slots[..count] {
            slot.result.store(0, Ordering::Relaxed);
        }
    }

    /// The results, after every observer is off its list. Items after the
    /// first `begun` have never been on one.
    fn collect(&self, items: &[Item], begun: usize, observed: &mut [Signals]) -> Outcome {
        let mut outcome = Err(Status::TIMED_OUT);
        for (index, (item, observed)) in items.iter().zip(observed).enumerate() {
            if index >= begun {
                *observed = item.handle.object().base().signals();
                continue;
            }
            let Some(result) = self.slots[index].result() else {
                continue;
            };
            *observed = result;
            if result & ZX_SIGNAL_HANDLE_CLOSED != 0 {
                outcome = Err(Status::CANCELED);
            } else if outcome != Err(Status::CANCELED) {
                outcome = Ok(());
            }
        }
        outcome
    }
}

/// Leaves an observer; `None` when there is nothing to wait for.
fn register(item: &Item, slot: &Arc<Slot>) -> Option<ObserverKey> {
    let object = item.handle.object();
    let mut list = object.observers()?;
    object.base().hold_locked();
    if let Some(met) = item.met() {
        drop(list);
        match item.ended(met) {
            Ended::Met(signals) => slot.fire(signals),
            Ended::Canceled(signals) => slot.cancel(signals),
        }
        return None;
    }
    let id = list.next_id();
    let observer = Observer {
        mask: item.mask,
        edge: false,
        handle: item.handle.id(),
        sink: Arc::clone(slot) as Arc<dyn Sink>,
    };
    match object.base().observe_locked(&mut list, observer) {
        Registered::Pending(key) => Some((key, id)),
        Registered::Fired(fired) => {
            drop(list);
            drop(fired);
            None
        }
    }
}

/// Takes an observer back and stores the signals as they are; false when it
/// had fired or been canceled.
fn forget(item: &Item, place: Option<ObserverKey>, observed: &mut Signals) -> bool {
    let object = item.handle.object();
    let (Some((key, id)), Some(mut list)) = (place, object.observers()) else {
        return false;
    };
    let observer = object.base().forget_locked(&mut list, key, id);
    *observed = object.base().signals();
    drop(list);
    observer.is_some()
}

impl Parker {
    /// Waits until an observer ended or time has run out.
    fn sleep(&self, thread: &ThreadRecord, on: BlockedOn, deadline: Deadline) {
        let ended = || self.word.load(Ordering::SeqCst) != 0;
        self.sleeping.store(1, Ordering::SeqCst);
        while !ended() && !futex::expired(deadline) {
            thread.sleep(on, &self.word, 0, deadline);
        }
        self.sleeping.store(0, Ordering::Relaxed);
    }
}

#[cfg(all(loom, test))]
mod model;

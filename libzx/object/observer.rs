// SPDX-License-Identifier: MIT
//! Observers: who wants to know when signals of an object become active.

use std::sync::Arc;

use smallvec::SmallVec;

use super::base::{Koid, Signals};
use super::slots::Slots;
use crate::status::Result;

/// What an observer does when it fires. All methods but `finish` are called
/// under the observed object's lock and may take a port's queue lock, nothing
/// else.
pub trait Sink: Send + Sync {
    /// A watched signal became active; `observed` is the whole word.
    fn fire(&self, observed: Signals);

    /// The handle that the wait was made through is gone.
    fn cancel(&self, observed: Signals);

    /// Wakes whoever waits for the outcome; called without any lock.
    fn finish(&self);

    /// Whether this is an asynchronous wait of the port with this koid, under
    /// this key.
    fn is_async(&self, _port: Koid, _key: u64) -> bool {
        false
    }
}

/// One registration with an object.
pub struct Observer {
    /// The signals that are watched.
    pub mask: Signals,
    /// Whether signals that are active already do not count.
    pub edge: bool,
    /// The identity of the handle that the wait was made through.
    pub handle: u64,
    /// The receiver.
    pub sink: Arc<dyn Sink>,
}

impl Observer {
    /// Whether the observer fires on registration.
    pub fn matches_now(&self, signals: Signals) -> bool {
        !self.edge && self.mask & signals != 0
    }

    pub(super) fn fire(&self, observed: Signals) {
        self.sink.fire(observed);
    }

    pub(super) fn finish(self) {
        self.sink.finish();
    }
}

struct Node {
    observer: Observer,
    /// Tells registrations under one key apart.
    id: u64,
    newer: Option<usize>,
    older: Option<usize>,
}

/// The observers of one object, newest first: one change of signals that
/// satisfies several of them fires the latest registration first (ports.md,
/// section 3.1). Insertion and removal take constant time and, once the list
/// has grown to its working size, allocate nothing.
#[derive(Default)]
pub struct ObserverList {
    nodes: Slots<Node>,
    newest: Option<usize>,
    next_id: u64,
}

impl ObserverList {
    /// How many observers wait.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The id that the next insertion gets; with its key it names that
    /// registration for ever.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Makes room for one more observer.
    pub(super) fn reserve(&mut self) -> Result {
        self.nodes.reserve()
    }

    /// Adds an observer; there is room for it.
    pub(super) fn insert(&mut self, observer: Observer) -> usize {
        let id = self.next_id;
        self.next_id += 1;
        let key = self.nodes.insert(Node {
            observer,
            id,
            newer: None,
            older: self.newest,
        });
        if let Some(older) = self.newest {
            self.nodes[older].newer = Some(key);
        }
        self.newest = Some(key);
        key
    }

    pub(super) fn remove(&mut self, key: usize, id: u64) -> Option<Observer> {
        let node = self.nodes.get(key)?;
        if node.id != id {
            return None;
        }
        self.unlink(key)
    }

    /// Takes out and fires all observers that watch one of the `rising`
    /// signals.
    pub(super) fn take_matching(
        &mut self,
        rising: Signals,
        observed: Signals,
        into: &mut SmallVec<[Observer; 2]>,
    ) {
        self.take(
            |observer| observer.mask & rising != 0,
            |observer| observer.fire(observed),
            into,
        );
    }

    /// Takes out and cancels all observers that are wanted.
    pub(super) fn take_wanted(
        &mut self,
        wanted: impl Fn(&Observer) -> bool,
        observed: Signals,
        into: &mut SmallVec<[Observer; 2]>,
    ) {
        self.take(wanted, |observer| observer.sink.cancel(observed), into);
    }

    fn take(
        &mut self,
        wanted: impl Fn(&Observer) -> bool,
        tell: impl Fn(&Observer),
        into: &mut SmallVec<[Observer; 2]>,
    ) {
        let mut next = self.newest;
        while let Some(key) = next {
            let node = &self.nodes[key];
            next = node.older;
            if wanted(&node.observer) {
                tell(&node.observer);
                into.extend(self.unlink(key));
            }
        }
    }

    fn unlink(&mut self, key: usize) -> Option<Observer> {
        let node = self.nodes.remove(key)?;
        match node.newer {
            Some(newer) => self.nodes[newer].older = node.older,
            None => self.newest = node.older,
        }
        if let Some(older) = node.older {
            self.nodes[older].newer = node.newer;
        }
        Some(node.observer)
    }
}

#[cfg(test)]
mod tests;

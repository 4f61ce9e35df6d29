// SPDX-License-Identifier: MIT
//! Waits that end in a packet (ports.md, sections 4.4 and 5).
//!
//! A wait is on two lists: the observers of its object and the pending waits
//! of its port. It leaves both, and its packet enters the port's queue, while
//! the object is locked; so whoever holds that lock finds each wait either
//! pending or queued.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::KernelObject;
use super::Object;
use super::base::{Koid, Registered, Signals};
use super::observer::{Observer, Sink};
use super::packet::{Packet, Payload};
use super::port::Port;
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::task::table::Ref;

/// What a wait is for.
#[derive(Clone, Copy)]
pub struct Terms {
    /// The key of its packet.
    pub key: u64,
    /// The signals.
    pub trigger: Signals,
    /// Whether the packet tells the time.
    pub timestamp: bool,
    /// Whether signals that are active already do not count.
    pub edge: bool,
}

impl Terms {
    fn packet(&self, observed: Signals) -> Packet {
        Packet {
            key: self.key,
            payload: Payload::Signal {
                trigger: self.trigger,
                observed,
                count: 1,
                timestamp: if self.timestamp {
                    clock::monotonic_ns()
                } else {
                    0
                },
            },
        }
    }
}

/// A pending wait.
pub struct AsyncWait {
    port: Arc<Port>,
    object: Object,
    handle: u64,
    terms: Terms,
    /// Its place in the port's list; set before any other thread sees it.
    entry: AtomicUsize,
    /// Its place among the observers; guarded by the object's lock.
    place: (AtomicUsize, AtomicU64),
}

impl Sink for AsyncWait {
    fn fire(&self, observed: Signals) {
        let entry = self.entry.load(Ordering::Relaxed);
        let packet = self.terms.packet(observed);
        self.port.wait_fired(entry, self.handle, packet);
    }

    fn cancel(&self, _: Signals) {
        self.port.wait_ended(self.entry.load(Ordering::Relaxed));
    }

    fn finish(&self) {
        self.port.wake_one();
    }

    fn is_async(&self, port: Koid, key: u64) -> bool {
        self.terms.key == key && self.port.base().koid() == port
    }
}

impl AsyncWait {
    /// Takes the wait off its object's list; false when it is not there any
    /// more.
    pub(super) fn withdraw(&self) -> bool {
        let Some(mut list) = self.object.observers() else {
            return false;
        };
        let key = self.place.0.load(Ordering::Relaxed);
        let id = self.place.1.load(Ordering::Relaxed);
        let observer = self.object.base().forget_locked(&mut list, key, id);
        if let Some(observer) = &observer {
            observer.sink.cancel(0);
        }
        drop(list);
        observer.is_some()
    }
}

/// Makes a packet arrive at `port` when the terms are met, at once if they
/// are met now. `BAD_HANDLE` when either handle is gone.
pub fn register(source: &Ref, port: &Arc<Port>, terms: Terms) -> Result {
    let object = source.object();
    let wait = Arc::new(AsyncWait {
        port: Arc::clone(port),
        object: object.clone(),
        handle: source.id(),
        terms,
        entry: AtomicUsize::new(usize::MAX),
        place: (AtomicUsize::new(usize::MAX), AtomicU64::new(0)),
    });
    let observer = Observer {
        mask: terms.trigger,
        edge: terms.edge,
        handle: source.id(),
        sink: Arc::clone(&wait) as Arc<dyn Sink>,
    };
    let mut list = object.observers().ok_or(Status::NOT_SUPPORTED)?;
    object.base().hold_locked();
    let signals = object.base().signals();
    if observer.matches_now(signals) {
        let queued = port.queue_signal(source.id(), terms.packet(signals));
        drop(list);
        if queued.is_ok() {
            port.wake_one();
        }
        return queued;
    }
    list.reserve()?;
    let entry = port.add_wait(Arc::clone(&wait))?;
    wait.entry.store(entry, Ordering::Relaxed);
    wait.place.1.store(list.next_id(), Ordering::Relaxed);
    if let Registered::Pending(key) = object.base().observe_locked(&mut list, observer) {
        wait.place.0.store(key, Ordering::Relaxed);
    }
    drop(list);
    // Closed in the meantime, or arrived elsewhere, with nobody left to end the
    // wait: it was made too late.
    if !source.keeps_waits() && wait.withdraw() {
        return Err(Status::BAD_HANDLE);
    }
    Ok(())
}

/// Ends all waits made through `source` for `port` under `key`, and takes back
/// their packets. `NOT_FOUND` when there are none.
pub fn cancel(source: &Ref, port: &Port, key: u64) -> Result {
    let object = source.object();
    let mut list = object.observers().ok_or(Status::NOT_SUPPORTED)?;
    let koid = port.base().koid();
    let ended = object.base().cancel_matching_locked(&mut list, |observer| {
        observer.handle == source.id() && observer.sink.is_async(koid, key)
    });
    // Still under the object's lock: none can fire between the two.
    let removed = port.remove_signals(source.id(), key);
    drop(list);
    if removed == 0 && ended.is_empty() {
        return Err(Status::NOT_FOUND);
    }
    Ok(())
}

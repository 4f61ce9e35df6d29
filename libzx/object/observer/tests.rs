// SPDX-License-Identifier: MIT
//! The rules of waiting, tested with a bare base and counting observers.

use std::sync::Arc;

use parking_lot::Mutex;

use super::*;
use crate::object::base::{Base, Registered, SignalLock};

#[derive(Debug, PartialEq, Clone, Copy)]
enum Event {
    Fired(u32, Signals),
    Canceled(u32, Signals),
    Finished(u32),
}

struct Recorder {
    name: u32,
    log: Arc<Mutex<Vec<Event>>>,
}

impl Sink for Recorder {
    fn fire(&self, observed: Signals) {
        self.log.lock().push(Event::Fired(self.name, observed));
    }
    fn cancel(&self, observed: Signals) {
        self.log.lock().push(Event::Canceled(self.name, observed));
    }
    fn finish(&self) {
        self.log.lock().push(Event::Finished(self.name));
    }
}

struct Fixture {
    base: Base,
    lock: SignalLock,
    log: Arc<Mutex<Vec<Event>>>,
}

impl Fixture {
    fn new(signals: Signals) -> Fixture {
        Fixture {
            base: Base::new(signals),
            lock: SignalLock::default(),
            log: Arc::default(),
        }
    }

    fn observe(&self, name: u32, mask: Signals, edge: bool, handle: u64) -> Option<(usize, u64)> {
        let sink = Arc::new(Recorder {
            name,
            log: Arc::clone(&self.log),
        });
        let mut list = self.lock.lock();
        let id = list.next_id();
        match self.base.observe_locked(
            &mut list,
            Observer {
                mask,
                edge,
                handle,
                sink,
            },
        ) {
            Registered::Pending(key) => Some((key, id)),
            Registered::Fired(fired) => {
                drop(list);
                drop(fired);
                None
            }
        }
    }

    fn update(&self, clear: Signals, set: Signals) {
        let mut list = self.lock.lock();
        let fired = self.base.update_locked(&mut list, clear, set);
        drop(list);
        drop(fired);
    }

    fn take_log(&self) -> Vec<Event> {
        std::mem::take(&mut self.log.lock())
    }
}

#[test]
fn observe_active_signal_fires_at_once() {
    let object = Fixture::new(0b101);
    assert!(object.observe(1, 0b100, false, 7).is_none());
    assert_eq!(
        object.take_log(),
        [Event::Fired(1, 0b101), Event::Finished(1)]
    );
    assert!(!object.base.observed());
}

#[test]
fn observe_edge_ignores_active_signal_and_sees_the_next_rise() {
    let object = Fixture::new(0b1);
    assert!(object.observe(1, 0b1, true, 7).is_some());
    object.update(0b1, 0b1);
    assert_eq!(object.take_log(), []);
    object.update(0b1, 0);
    object.update(0, 0b1);
    assert_eq!(object.take_log(), [Event::Fired(1, 1), Event::Finished(1)]);
}

#[test]
fn update_fires_latest_registration_first_and_each_once() {
    let object = Fixture::new(0);
    for name in 0..3 {
        assert!(object.observe(name, 0b10, false, 7).is_some());
    }
    assert!(object.observe(9, 0b100, false, 7).is_some());
    object.update(0, 0b11);
    let fired: Vec<_> = object
        .take_log()
        .into_iter()
        .filter(|e| matches!(e, Event::Fired(..)))
        .collect();
    assert_eq!(
        fired,
        [Event::Fired(2, 3), Event::Fired(1, 3), Event::Fired(0, 3)]
    );
    object.update(0b11, 0);
    object.update(0, 0b11);
    assert_eq!(object.take_log(), []);
    assert!(object.base.observed());
}

#[test]
fn cancel_reaches_only_the_waits_of_that_handle() {
    let object = Fixture::new(0b1000);
    assert!(object.observe(1, 0b1, false, 7).is_some());
    assert!(object.observe(2, 0b1, false, 8).is_some());
    let mut list = object.lock.lock();
    let canceled = object.base.cancel_locked(&mut list, 7);
    drop(list);
    drop(canceled);
    assert_eq!(
        object.take_log(),
        [Event::Canceled(1, 0b1000), Event::Finished(1)]
    );
    object.update(0, 0b1);
    assert_eq!(
        object.take_log(),
        [Event::Fired(2, 0b1001), Event::Finished(2)]
    );
}

#[test]
fn forget_removes_a_registration_once_and_never_its_successor() {
    let object = Fixture::new(0);
    let Some((key, id)) = object.observe(1, 0b1, false, 7) else {
        unreachable!("nothing is active");
    };
    let mut list = object.lock.lock();
    assert!(object.base.forget_locked(&mut list, key, id).is_some());
    drop(list);
    assert_eq!(
        object.observe(2, 0b1, false, 7).map(|(key, _)| key),
        Some(key)
    );
    let mut list = object.lock.lock();
    assert!(object.base.forget_locked(&mut list, key, id).is_none());
    assert_eq!(list.len(), 1);
}

#[test]
fn an_unobserved_word_changes_without_the_lock() {
    let object = Fixture::new(0b1);
    assert!(object.base.update_unobserved(0b1, 0b10));
    assert_eq!(object.base.signals(), 0b10);
    assert!(object.observe(1, 0b100, false, 7).is_some());
    let list = object.lock.lock();
    object.base.hold_locked();
    drop(list);
    assert!(!object.base.update_unobserved(0, 0b100));
    assert_eq!(object.base.signals(), 0b10);
    object.update(0, 0b100);
    assert_eq!(
        object.take_log(),
        [Event::Fired(1, 0b110), Event::Finished(1)]
    );
    assert!(object.base.update_unobserved(0b110, 0));
}

// SPDX-License-Identifier: MIT
//! Every interleaving of changing signals without the lock and observing them
//! under it, and of making and closing handles.

use std::sync::Arc;
use std::sync::atomic::AtomicU32 as Count;

use super::*;
use crate::object::observer::Sink;
use crate::sys::sync::{Mutex, all, most};

const A: Signals = 1 << 24;
const B: Signals = 1 << 25;

/// An object that is nothing but its signals.
struct Plain {
    base: Base,
    observers: Mutex<ObserverList>,
}

impl Plain {
    fn new() -> Arc<Plain> {
        Arc::new(Plain {
            base: Base::new(0),
            observers: Mutex::new(ObserverList::default()),
        })
    }

    fn update(&self, clear: Signals, set: Signals) {
        let lock = || Some(self.observers.lock());
        assert!(self.base.update(true, (clear, set), lock));
    }

    /// As waits do: true when the signal was there already.
    fn observe(&self, mask: Signals, sink: &Arc<Fires>) -> bool {
        let mut list = self.observers.lock();
        self.base.hold_locked();
        if self.base.signals() & mask != 0 {
            return true;
        }
        let observer = Observer {
            mask,
            edge: false,
            handle: 1,
            sink: Arc::clone(sink) as Arc<dyn Sink>,
        };
        match self.base.observe_locked(&mut list, observer) {
            Registered::Pending(_) => false,
            Registered::Fired(fired) => {
                drop(list);
                drop(fired);
                true
            }
        }
    }
}

/// Counts how often it fired.
#[derive(Default)]
struct Fires(Count);

impl Sink for Fires {
    fn fire(&self, _: Signals) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    fn cancel(&self, _: Signals) {}

    fn finish(&self) {}
}

impl Fires {
    fn count(&self) -> u32 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

fn spawn(
    object: &Arc<Plain>,
    change: impl Fn(&Plain) + Send + 'static,
) -> loom::thread::JoinHandle<()> {
    let object = Arc::clone(object);
    loom::thread::spawn(move || change(&object))
}

/// A signal that is set while an observer comes is either seen by it or fires
/// it, not both and not neither.
#[test]
fn no_observer_misses_a_signal() {
    all(|| {
        let object = Plain::new();
        let fires = Arc::new(Fires::default());
        let setter = spawn(&object, |object| object.update(0, A));
        let seen = object.observe(A, &fires);
        assert!(setter.join().is_ok());
        assert_eq!(u32::from(seen) + fires.count(), 1);
    });
}

/// Of changes with and without the lock none is lost.
#[test]
fn no_change_is_lost_while_an_observer_comes_and_goes() {
    most(|| {
        let object = Plain::new();
        let setters = [A, B].map(|signal| spawn(&object, move |object| object.update(0, signal)));
        let fires = Arc::new(Fires::default());
        if !object.observe(1, &fires) {
            let mut list = object.observers.lock();
            drop(object.base.cancel_locked(&mut list, 1));
        }
        assert!(setters.into_iter().all(|setter| setter.join().is_ok()));
        assert_eq!(object.base.signals(), A | B);
    });
}

/// Who looks at the word without the lock finds what a signal caused.
#[test]
fn a_signal_is_seen_after_what_it_caused() {
    all(|| {
        let object = Plain::new();
        let fires = Arc::new(Fires::default());
        assert!(!object.observe(A, &fires));
        let setter = spawn(&object, |object| object.update(0, A));
        if object.base.signals() & A != 0 {
            assert_eq!(fires.count(), 1);
        }
        assert!(setter.join().is_ok());
        assert_eq!(fires.count(), 1);
    });
}

/// A signal that came and went between two looks is noticed.
#[test]
fn a_pulse_between_two_looks_is_noticed() {
    all(|| {
        let object = Plain::new();
        let before = object.base.word();
        let setter = spawn(&object, |object| {
            object.update(0, A);
            object.update(A, 0);
        });
        let early = object.base.word().met(A, before);
        assert!(setter.join().is_ok());
        assert_eq!(object.base.word().met(A, before), Some(A));
        assert!(matches!(early, None | Some(A)));
    });
}

/// An object that has lost its last handle never gets one from a duplicate,
/// and loses it once.
#[test]
fn a_duplicate_never_revives_an_object() {
    most(|| {
        let object = Plain::new();
        object.base.handle_added();
        let closer = {
            let object = Arc::clone(&object);
            loom::thread::spawn(move || object.base.handle_removed())
        };
        let copiers = [(); 2].map(|()| {
            let object = Arc::clone(&object);
            loom::thread::spawn(move || {
                let made = object.base.handle_shared();
                // Live: nobody has seen the last one go.
                assert!(!made || object.base.handle_count() != 0);
                made && object.base.handle_removed()
            })
        });
        let mut last = usize::from(closer.join().unwrap_or(false));
        for copier in copiers {
            last += usize::from(copier.join().unwrap_or(false));
        }
        assert_eq!(last, 1);
        assert_eq!(object.base.handle_count(), 0);
        assert!(!object.base.handle_shared());
    });
}

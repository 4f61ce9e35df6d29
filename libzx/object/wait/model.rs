// SPDX-License-Identifier: MIT
//! Every interleaving of parking and being released.

use super::*;
use crate::sys::futex::INFINITE;
use crate::sys::sync::{Mutex, all, most};

/// An object with one signal, which the waits of a test are for.
#[derive(Default)]
struct Source(Mutex<State>);

#[derive(Default)]
struct State {
    observer: Option<Arc<Slot>>,
    signals: Signals,
}

impl Source {
    /// Sets the signal and releases who waits for it.
    fn signal(&self) {
        let mut state = self.0.lock();
        state.signals = 1;
        let observer = state.observer.take();
        if let Some(observer) = &observer {
            observer.fire(1);
        }
        drop(state);
        if let Some(observer) = observer {
            observer.finish();
        }
    }

    /// Leaves an observer, unless the signal is there.
    fn observe(&self, slot: &Arc<Slot>) -> bool {
        let mut state = self.0.lock();
        if std::mem::take(&mut state.signals) != 0 {
            return false;
        }
        state.observer = Some(Arc::clone(slot));
        true
    }
}

fn wait(waiter: &mut Waiter, sources: &[Arc<Source>]) {
    waiter.prepare(sources.len());
    let mut pending = sources.iter().zip(&waiter.slots);
    if pending.all(|(source, slot)| source.observe(slot)) {
        let thread = ThreadRecord::current();
        waiter.park(thread, BlockedOn::WaitMany, sources.len(), INFINITE);
        assert!(waiter.any_ended(sources.len()));
    }
    for source in sources {
        let mut state = source.0.lock();
        state.observer = None;
        state.signals = 0;
    }
}

/// A thread that waits is released by the signal, whenever it parks.
#[test]
fn no_release_is_lost() {
    all(|| {
        let source = Arc::new(Source::default());
        let setter = Arc::clone(&source);
        let thread = loom::thread::spawn(move || setter.signal());
        wait(&mut Waiter::default(), &[source]);
        assert!(thread.join().is_ok());
    });
}

/// Each of two objects releases the thread; the later one may do so when the
/// wait is over.
#[test]
fn either_of_two_objects_releases() {
    most(|| {
        let sources = [Arc::new(Source::default()), Arc::new(Source::default())];
        let threads = [0, 1].map(|index: usize| {
            let setter = Arc::clone(&sources[index]);
            loom::thread::spawn(move || setter.signal())
        });
        wait(&mut Waiter::default(), &sources);
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
    });
}

/// A release that comes late, of a wait that is over, is taken for nothing
/// else by the next one, which its own signal still releases.
#[test]
fn a_late_release_leaves_the_next_wait_alone() {
    most(|| {
        let sources = [Arc::new(Source::default()), Arc::new(Source::default())];
        let threads = [0, 1].map(|index: usize| {
            let setter = Arc::clone(&sources[index]);
            loom::thread::spawn(move || setter.signal())
        });
        let mut waiter = Waiter::default();
        wait(&mut waiter, &sources[..1]);
        wait(&mut waiter, &sources[1..]);
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
    });
}

// SPDX-License-Identifier: MIT
//! Two endpoints under one lock: what event pairs, channels, sockets and fifos
//! have in common (ipc.md, section 1.5).
//!
//! An operation locks the pair, changes the data of either side and the
//! signals of both, and unlocks: nobody sees a signal that disagrees with the
//! data. The guard wakes who waited for the changes after it has unlocked.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::base::{Base, Fired, Koid, ObserverGuard, Signals};
use super::observer::ObserverList;
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::spin;
use crate::uapi::types::ZX_USER_SIGNAL_ALL;

/// The memory that two endpoints share. The lock shares a cache line with the
/// signals of both.
#[repr(C, align(64))]
struct Pair<T> {
    bases: [Base; 2],
    sides: Mutex<[Side<T>; 2]>,
}

/// What belongs to one endpoint and is guarded by the pair's lock.
pub struct Side<T> {
    /// Who waits on this endpoint.
    pub observers: ObserverList,
    /// Whether the endpoint still has a handle.
    pub open: bool,
    /// What the type of object keeps here.
    pub data: T,
}

/// One end of a pair; an object of a peered type consists of one.
pub struct Endpoint<T> {
    pair: Arc<Pair<T>>,
    side: usize,
}

impl<T> Endpoint<T> {
    /// Two fresh endpoints, both with these signals active.
    pub fn pair(signals: Signals, data: [T; 2]) -> (Endpoint<T>, Endpoint<T>) {
        let side = |data| Side {
            observers: ObserverList::default(),
            open: true,
            data,
        };
        let pair = Arc::new(Pair {
            bases: [Base::new(signals), Base::new(signals)],
            sides: Mutex::new(data.map(side)),
        });
        let other = Endpoint {
            pair: pair.clone(),
            side: 1,
        };
        (Endpoint { pair, side: 0 }, other)
    }

    /// This end's shared part.
    pub fn base(&self) -> &Base {
        &self.pair.bases[self.side]
    }

    /// The koid of the other end, also after that is gone.
    pub fn related_koid(&self) -> Koid {
        self.pair.bases[1 - self.side].koid()
    }

    /// Locks the pair for the sake of this end's observers.
    pub fn observers(&self) -> ObserverGuard<'_> {
        MutexGuard::map(spin::lock(&self.pair.sides), |sides| {
            &mut sides[self.side].observers
        })
    }

    /// Changes signals of the other end; `PEER_CLOSED` when that is gone.
    pub fn signal_peer(&self, clear: Signals, set: Signals) -> Result {
        let mut pair = self.lock();
        if !pair.connected() {
            return Err(Status::PEER_CLOSED);
        }
        pair.update_peer(clear, set);
        Ok(())
    }

    /// Locks the pair.
    pub fn lock(&self) -> PairGuard<'_, T> {
        PairGuard {
            sides: spin::lock(&self.pair.sides),
            bases: &self.pair.bases,
            side: self.side,
            fired: Fired::default(),
        }
    }
}

/// What the ends of pairs of one type say about themselves; the rest of
/// [`KernelObject`] is the same for all of them.
pub(super) trait Peered: Send + Sync + Sized + 'static {
    /// As for all objects.
    const TYPE: ObjectType;
    /// As for all objects.
    const DEFAULT_RIGHTS: Rights;
    /// As for all objects.
    const SETTABLE: Signals = ZX_USER_SIGNAL_ALL;
    /// What the pair's lock guards for each end.
    type Data;

    /// The end.
    fn end(&self) -> &Endpoint<Self::Data>;

    /// Runs when the last handle has gone: tells the peer.
    fn close(&self);
}

impl<T: Peered> KernelObject for T {
    const TYPE: ObjectType = T::TYPE;
    const DEFAULT_RIGHTS: Rights = T::DEFAULT_RIGHTS;
    const SETTABLE: Signals = T::SETTABLE;
    const PEERED: bool = true;

    fn base(&self) -> &Base {
        self.end().base()
    }

    fn related_koid(&self) -> Koid {
        self.end().related_koid()
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.end().observers())
    }

    fn signal_peer(&self, clear: Signals, set: Signals) -> Result {
        self.end().signal_peer(clear, set)
    }

    fn on_zero_handles(self: &Arc<Self>) {
        self.close();
    }
}

/// Exclusive use of a pair. Threads whose waits ended meanwhile are woken when
/// it is dropped, after the pair has been unlocked.
pub struct PairGuard<'a, T> {
    // Dropped in this order: first the lock, then what fired.
    sides: MutexGuard<'a, [Side<T>; 2]>,
    fired: Fired,
    bases: &'a [Base; 2],
    side: usize,
}

impl<T> PairGuard<'_, T> {
    /// The side of the endpoint that was locked.
    pub fn own(&mut self) -> &mut Side<T> {
        &mut self.sides[self.side]
    }

    /// The side of its peer, which outlives the peer.
    pub fn peer(&mut self) -> &mut Side<T> {
        &mut self.sides[1 - self.side]
    }

    /// Whether both ends are open. An operation that still runs on an end
    /// without handles finds the peer gone, as the peer finds it.
    pub fn connected(&self) -> bool {
        self.sides[0].open && self.sides[1].open
    }

    /// The signals of the endpoint that was locked.
    pub fn own_signals(&self) -> Signals {
        self.bases[self.side].signals()
    }

    /// The signals of its peer.
    pub fn peer_signals(&self) -> Signals {
        self.bases[1 - self.side].signals()
    }

    /// Clears and sets signals of the endpoint that was locked.
    pub fn update_own(&mut self, clear: Signals, set: Signals) {
        self.update(self.side, clear, set);
    }

    /// Clears and sets signals of its peer, unless that is gone.
    pub fn update_peer(&mut self, clear: Signals, set: Signals) {
        let side = 1 - self.side;
        if self.sides[side].open {
            self.update(side, clear, set);
        }
    }

    /// Notes that the endpoint lost its last handle and tells its peer. Does
    /// nothing, and returns false, when it was noted before.
    pub fn close(&mut self, clear: Signals, set: Signals) -> bool {
        let was_open = std::mem::replace(&mut self.own().open, false);
        if was_open {
            self.update_peer(clear, set);
        }
        was_open
    }

    fn update(&mut self, side: usize, clear: Signals, set: Signals) {
        let list = &mut self.sides[side].observers;
        let fired = self.bases[side].update_locked(list, clear, set);
        self.fired.absorb(fired);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::base::Registered;
    use super::super::observer::{Observer, Sink};
    use super::*;

    #[derive(Default)]
    struct Probe {
        seen: AtomicU32,
        finished: AtomicU32,
    }

    impl Sink for Probe {
        fn fire(&self, observed: Signals) {
            self.seen.store(observed, Ordering::Relaxed);
        }

        fn cancel(&self, _: Signals) {}

        fn finish(&self) {
            self.finished.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn related_koids_cross() {
        let (one, other) = Endpoint::pair(0, [(), ()]);
        assert_eq!(one.related_koid(), other.base().koid());
        assert_eq!(other.related_koid(), one.base().koid());
    }

    #[test]
    fn update_peer_fires_its_observers_after_unlock() {
        let (one, other) = Endpoint::pair(2, [(), ()]);
        let probe = Arc::new(Probe::default());
        let observer = Observer {
            mask: 1,
            edge: false,
            handle: 1,
            sink: probe.clone(),
        };
        let registered = other
            .base()
            .observe_locked(&mut other.observers(), observer);
        assert!(matches!(registered, Registered::Pending(_)));
        let mut guard = one.lock();
        guard.update_peer(0, 1);
        assert_eq!(probe.seen.load(Ordering::Relaxed), 3);
        assert_eq!(probe.finished.load(Ordering::Relaxed), 0);
        drop(guard);
        assert_eq!(probe.finished.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn close_tells_the_peer_once() {
        let (one, other) = Endpoint::pair(2, [(), ()]);
        assert!(one.lock().close(2, 4));
        assert_eq!(other.base().signals(), 4);
        assert!(!one.lock().close(0, 8));
        assert_eq!(other.base().signals(), 4);
        assert!(!other.lock().connected());
    }
}

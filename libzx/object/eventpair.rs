// SPDX-License-Identifier: MIT
//! Event pairs (ports.md, section 6.2): two ends with nothing but signals.

use std::sync::Arc;

use super::base::{Base, Koid, ObserverGuard, Signals};
use super::peer::Endpoint;
use super::{KernelObject, ObjectType};
use crate::abi::types::types::{
    ZX_EVENTPAIR_PEER_CLOSED, ZX_EVENTPAIR_SIGNALED, ZX_OBJ_TYPE_EVENTPAIR, ZX_USER_SIGNAL_ALL,
};
use crate::rights::Rights;
use crate::status::Result;

/// One end of an event pair.
pub struct EventPair(Endpoint<()>);

impl KernelObject for EventPair {
    const TYPE: ObjectType = ZX_OBJ_TYPE_EVENTPAIR;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_EVENTPAIR;
    const SETTABLE: Signals = ZX_USER_SIGNAL_ALL | ZX_EVENTPAIR_SIGNALED;
    const PEERED: bool = true;

    fn base(&self) -> &Base {
        self.0.base()
    }

    fn related_koid(&self) -> Koid {
        self.0.related_koid()
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.0.observers())
    }

    fn signal_peer(&self, clear: Signals, set: Signals) -> Result {
        self.0.signal_peer(clear, set)
    }

    fn on_zero_handles(self: &Arc<Self>) {
        self.0.lock().close(0, ZX_EVENTPAIR_PEER_CLOSED);
    }
}

impl EventPair {
    /// Two ends without signals.
    pub fn pair() -> (Arc<EventPair>, Arc<EventPair>) {
        let (one, other) = Endpoint::pair(0, [(), ()]);
        (Arc::new(EventPair(one)), Arc::new(EventPair(other)))
    }
}

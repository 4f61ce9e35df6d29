// SPDX-License-Identifier: MIT
//! Event pairs (ports.md, section 6.2): two ends with nothing but signals.

use std::sync::Arc;

use super::ObjectType;
use super::base::Signals;
use super::peer::{Endpoint, Peered};
use crate::rights::Rights;
use crate::uapi::types::{
    ZX_EVENTPAIR_PEER_CLOSED, ZX_EVENTPAIR_SIGNALED, ZX_OBJ_TYPE_EVENTPAIR, ZX_USER_SIGNAL_ALL,
};

/// One end of an event pair.
pub struct EventPair(Endpoint<()>);

impl Peered for EventPair {
    const TYPE: ObjectType = ZX_OBJ_TYPE_EVENTPAIR;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_EVENTPAIR;
    const SETTABLE: Signals = ZX_USER_SIGNAL_ALL | ZX_EVENTPAIR_SIGNALED;
    type Data = ();

    fn end(&self) -> &Endpoint<()> {
        &self.0
    }

    fn close(&self) {
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

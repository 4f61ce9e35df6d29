// SPDX-License-Identifier: MIT
//! Events (ports.md, section 6.1): an object with nothing but signals.

use std::sync::Arc;

use super::base::{Base, ObserverGuard, SignalLock, Signals};
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::uapi::types::{ZX_EVENT_SIGNAL_MASK, ZX_OBJ_TYPE_EVENT};

/// An event. Its lock shares a cache line with the signals.
#[repr(C, align(64))]
pub struct Event {
    base: Base,
    observers: SignalLock,
}

impl KernelObject for Event {
    const TYPE: ObjectType = ZX_OBJ_TYPE_EVENT;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_EVENT;
    const SETTABLE: Signals = ZX_EVENT_SIGNAL_MASK;
    const ONLY_SIGNALS: bool = true;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }
}

impl Event {
    /// An event with these signals active.
    pub fn new(signals: Signals) -> Arc<Event> {
        Arc::new(Event {
            base: Base::new(signals),
            observers: SignalLock::default(),
        })
    }
}

// SPDX-License-Identifier: MIT
//! Virtual interrupts (ports.md, section 8). Interrupts of devices cannot
//! exist in a Linux process.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::base::{Base, Fired, ObserverGuard};
use super::observer::ObserverList;
use super::packet::{Packet, Payload};
use super::port::{InterruptBinding, InterruptSlot, Port};
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::futex;
use crate::task::handover::Handover;
use crate::task::{BlockedOn, ThreadRecord};
use crate::uapi::types::{ZX_OBJ_TYPE_INTERRUPT, ZX_VIRTUAL_INTERRUPT_UNTRIGGERED};

/// What has become of the last trigger. An interrupt that a thread waits for
/// is idle and has a waiter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// Triggered at this time, and nobody took it.
    Triggered(i64),
    /// Taken, or on its way in a packet, and not armed again.
    NeedAck,
    Destroyed,
}

struct Inner {
    observers: ObserverList,
    state: State,
    /// The first trigger since the interrupt needs an acknowledgement.
    pending: Option<i64>,
    bound: Option<(InterruptBinding, u64)>,
    waiter: Option<Arc<Waiter>>,
}

impl Inner {
    /// The port that it is bound to, and the key of its packets.
    fn binding(&self) -> Option<(Arc<Port>, u64)> {
        let bound = self.bound.as_ref();
        bound.map(|(port, key)| (Arc::clone(port), *key))
    }
}

/// A thread that waits: what it waits for is handed to it, whatever happens to
/// the interrupt before it runs.
type Waiter = Handover<Result<i64>>;

/// A virtual interrupt.
pub struct Interrupt {
    base: Base,
    slot: Arc<InterruptSlot>,
    inner: Mutex<Inner>,
}

impl KernelObject for Interrupt {
    const TYPE: ObjectType = ZX_OBJ_TYPE_INTERRUPT;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_INTERRUPT;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(MutexGuard::map(self.inner.lock(), |inner| {
            &mut inner.observers
        }))
    }

    /// Ends a wait that goes on without a handle, and takes the packet back.
    fn on_zero_handles(self: &Arc<Self>) {
        // Nobody is left to be told that the packet has been read.
        let _ = self.destroy();
    }
}

fn packet(key: u64, timestamp: i64) -> Packet {
    Packet {
        key,
        payload: Payload::Interrupt { timestamp },
    }
}

impl Interrupt {
    /// An interrupt that is idle and not bound.
    pub fn new() -> Arc<Interrupt> {
        Arc::new(Interrupt {
            base: Base::new(ZX_VIRTUAL_INTERRUPT_UNTRIGGERED),
            slot: Arc::default(),
            inner: Mutex::new(Inner {
                observers: ObserverList::default(),
                state: State::Idle,
                pending: None,
                bound: None,
                waiter: None,
            }),
        })
    }

    /// Tells who waits for the signal that the interrupt can be triggered
    /// anew. What it returns is dropped after unlocking.
    fn armed_locked(&self, inner: &mut Inner) -> Fired {
        let list = &mut inner.observers;
        self.base
            .update_locked(list, 0, ZX_VIRTUAL_INTERRUPT_UNTRIGGERED)
    }

    /// Takes that signal away, which nobody waits for.
    fn triggered_locked(&self, inner: &mut Inner) {
        let list = &mut inner.observers;
        drop(
            self.base
                .update_locked(list, ZX_VIRTUAL_INTERRUPT_UNTRIGGERED, 0),
        );
    }

    /// Fires. `CANCELED` when destroyed.
    pub fn trigger(&self, timestamp: i64) -> Result {
        let mut inner = self.inner.lock();
        if inner.state == State::Destroyed {
            return Err(Status::CANCELED);
        }
        self.triggered_locked(&mut inner);
        match inner.state {
            State::Destroyed => {}
            State::Triggered(_) => {}
            State::NeedAck => {
                inner.pending.get_or_insert(timestamp);
            }
            State::Idle => {
                if let Some(waiter) = inner.waiter.take() {
                    inner.state = State::NeedAck;
                    drop(inner);
                    waiter.give(Ok(timestamp));
                } else if let Some((port, key)) = inner.binding() {
                    inner.state = State::NeedAck;
                    // A packet that is still unread stands for both events.
                    port.queue_interrupt(&self.slot, packet(key, timestamp));
                    drop(inner);
                    port.wake_one();
                } else {
                    inner.state = State::Triggered(timestamp);
                }
            }
        }
        Ok(())
    }

    /// Waits for a trigger and returns its time. `CANCELED` when destroyed
    /// before or meanwhile; `BAD_STATE` when bound or waited for.
    pub fn wait(&self, thread: &ThreadRecord) -> Result<i64> {
        let mut inner = self.inner.lock();
        if inner.state == State::Destroyed {
            return Err(Status::CANCELED);
        }
        if inner.bound.is_some() || inner.waiter.is_some() {
            return Err(Status::BAD_STATE);
        }
        if let State::Triggered(timestamp) = inner.state {
            inner.state = State::NeedAck;
            return Ok(timestamp);
        }
        if let Some(timestamp) = inner.pending.take() {
            return Ok(timestamp);
        }
        let waiter = Arc::new(Waiter::default());
        inner.state = State::Idle;
        inner.waiter = Some(Arc::clone(&waiter));
        let fired = self.armed_locked(&mut inner);
        drop(inner);
        drop(fired);
        let outcome = waiter.wait(thread, BlockedOn::Interrupt, futex::INFINITE);
        outcome.unwrap_or(Err(Status::CANCELED))
    }

    /// Arms a bound interrupt again. `BAD_STATE` when not bound, or when the
    /// packet of the trigger before the pending one is still unread;
    /// `CANCELED` when destroyed.
    pub fn ack(&self) -> Result {
        let mut inner = self.inner.lock();
        let Some((port, key)) = inner.binding() else {
            return Err(Status::BAD_STATE);
        };
        match inner.state {
            State::Destroyed => return Err(Status::CANCELED),
            State::NeedAck => {}
            _ => return Ok(()),
        }
        let Some(timestamp) = inner.pending.take() else {
            inner.state = State::Idle;
            let fired = self.armed_locked(&mut inner);
            drop(inner);
            drop(fired);
            return Ok(());
        };
        if !port.queue_interrupt(&self.slot, packet(key, timestamp)) {
            return Err(Status::BAD_STATE);
        }
        // Armed, and triggered by the pending event at once.
        let fired = self.armed_locked(&mut inner);
        self.triggered_locked(&mut inner);
        drop(inner);
        drop(fired);
        port.wake_one();
        Ok(())
    }

    /// Sends triggers to a port from now on. `CANCELED` when destroyed,
    /// `BAD_STATE` when waited for, `ALREADY_BOUND`; `NO_MEMORY`.
    pub fn bind(&self, port: &Arc<Port>, key: u64) -> Result {
        let mut inner = self.inner.lock();
        if inner.state == State::Destroyed {
            return Err(Status::CANCELED);
        }
        if inner.waiter.is_some() {
            return Err(Status::BAD_STATE);
        }
        if inner.bound.is_some() {
            return Err(Status::ALREADY_BOUND);
        }
        inner.bound = Some((port.bind_interrupt()?, key));
        if let State::Triggered(timestamp) = inner.state {
            inner.state = State::NeedAck;
            port.queue_interrupt(&self.slot, packet(key, timestamp));
            drop(inner);
            port.wake_one();
        }
        Ok(())
    }

    /// Ends the binding to this port. A packet that was not read is taken
    /// back, and the interrupt is triggered again with its time, so that the
    /// event is not lost. `NOT_FOUND` when not bound to this port; `CANCELED`
    /// when destroyed.
    pub fn unbind(&self, port: &Arc<Port>) -> Result {
        let mut inner = self.inner.lock();
        let ours = |(bound, _): &(InterruptBinding, u64)| Arc::ptr_eq(bound, port);
        if !inner.bound.as_ref().is_some_and(ours) {
            return Err(Status::NOT_FOUND);
        }
        if inner.state == State::Destroyed {
            return Err(Status::CANCELED);
        }
        let bound = inner.bound.take();
        if let Some(Packet {
            payload: Payload::Interrupt { timestamp },
            ..
        }) = port.remove_interrupt(&self.slot)
        {
            inner.state = State::Triggered(timestamp);
        }
        drop(inner);
        drop(bound);
        Ok(())
    }

    /// Ends the interrupt for good. `NOT_FOUND` when it is bound and its
    /// packet was read but not acknowledged: the interrupt is destroyed all
    /// the same.
    pub fn destroy(&self) -> Result {
        let mut inner = self.inner.lock();
        let state = std::mem::replace(&mut inner.state, State::Destroyed);
        let waiter = inner.waiter.take();
        let bound = inner.bound.as_ref();
        let removed = bound.and_then(|(port, _)| port.remove_interrupt(&self.slot));
        let lost = bound.is_some() && state == State::NeedAck && removed.is_none();
        let fired = self.armed_locked(&mut inner);
        drop(inner);
        drop(fired);
        if let Some(waiter) = waiter {
            waiter.give(Err(Status::CANCELED));
        }
        if lost { Err(Status::NOT_FOUND) } else { Ok(()) }
    }
}

// SPDX-License-Identifier: MIT
//! Ports: queues of packets that threads wait for (ports.md, section 3).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, MutexGuard};

use super::async_wait::AsyncWait;
use super::base::Base;
use super::packet::Packet;
use super::slots::Slots;
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::futex::{self, Deadline};
use crate::sys::spin;
use crate::task::handover::{Handover, Interrupted};
use crate::task::{BlockedOn, ThreadRecord};
use crate::uapi::types::ZX_OBJ_TYPE_PORT;

/// User packets that may be queued before the next one is refused: the check
/// is "already more than", so one more than this fits.
const MAX_USER_PACKETS: u32 = 4096;

/// A stock of packets that belongs to one source, such as a bell trap. Its
/// users are counted by the port while their packets are queued.
pub trait PacketSource: Send + Sync {
    /// A packet of this source has left the queue, read or discarded. Called
    /// without any lock.
    fn returned(&self);
}

/// Where a queued packet came from.
enum Origin {
    /// `zx_port_queue`; counts against the port's limit.
    User,
    /// A source with storage of its own.
    Source(Arc<dyn PacketSource>),
    /// A wait made through the handle with this identity.
    Wait(u64),
    /// An interrupt.
    Interrupt,
}

/// The one packet of an interrupt: whether it is queued. Changes under the
/// port's lock.
#[derive(Default)]
pub struct InterruptSlot {
    queued: AtomicBool,
}

/// The binding of an interrupt to a port, which keeps room for its packet.
pub struct InterruptBinding(Arc<Port>);

impl std::ops::Deref for InterruptBinding {
    type Target = Arc<Port>;

    fn deref(&self) -> &Arc<Port> {
        &self.0
    }
}

impl Drop for InterruptBinding {
    fn drop(&mut self) {
        spin::lock(&self.0.queue).bindings -= 1;
    }
}

struct Queued {
    packet: Packet,
    origin: Origin,
}

/// Where a thread waits for a packet.
pub type PortWaiter = Handover<Packet>;

#[derive(Default)]
struct Queue {
    packets: VecDeque<Queued>,
    /// Delivered before all others.
    interrupts: VecDeque<(Arc<InterruptSlot>, Packet)>,
    user_packets: u32,
    /// Waits that have not fired yet. There is always room for their packets:
    /// whatever else is queued leaves it.
    waits: Slots<Arc<AsyncWait>>,
    /// How many interrupts are bound. There is always room for their packets.
    bindings: usize,
    /// The threads that wait, in order; each gets the packet that it is taken
    /// off this list for.
    waiters: VecDeque<Arc<PortWaiter>>,
    /// Set when the last handle has gone: nothing is queued any more.
    closed: bool,
}

impl Queue {
    /// Makes room for one packet more than pending waits have been promised.
    fn make_room(&mut self) -> Result {
        let room = self.packets.try_reserve(self.waits.len() + 1);
        room.map_err(|_| Status::NO_MEMORY)
    }

    fn pop(&mut self) -> Option<Queued> {
        if let Some((slot, packet)) = self.interrupts.pop_front() {
            slot.queued.store(false, Ordering::Relaxed);
            let origin = Origin::Interrupt;
            return Some(Queued { packet, origin });
        }
        let taken = self.packets.pop_front()?;
        if matches!(taken.origin, Origin::User) {
            self.user_packets -= 1;
        }
        Some(taken)
    }

    /// A packet and the thread that gets it, if there are both.
    fn pair(&mut self) -> Option<(Arc<PortWaiter>, Queued)> {
        if self.waiters.is_empty() {
            return None;
        }
        let packet = self.pop()?;
        self.waiters.pop_front().map(|waiter| (waiter, packet))
    }
}

/// A port.
pub struct Port {
    base: Base,
    options: u32,
    queue: Mutex<Queue>,
}

impl KernelObject for Port {
    const TYPE: ObjectType = ZX_OBJ_TYPE_PORT;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_PORT;

    fn base(&self) -> &Base {
        &self.base
    }

    /// Discards what is queued. Threads that wait stay asleep until their
    /// deadlines: that is Zircon's rule.
    fn on_zero_handles(self: &Arc<Self>) {
        let mut queue = spin::lock(&self.queue);
        queue.closed = true;
        let discarded = std::mem::take(&mut queue.packets);
        let interrupts = std::mem::take(&mut queue.interrupts);
        for (slot, _) in &interrupts {
            slot.queued.store(false, Ordering::Relaxed);
        }
        let waits = std::mem::take(&mut queue.waits);
        queue.user_packets = 0;
        drop(queue);
        discarded.into_iter().for_each(Queued::discard);
        for wait in waits.into_values() {
            wait.withdraw();
        }
    }
}

impl Queued {
    fn discard(self) {
        let _ = self.leave();
    }

    /// The packet, which has left the queue.
    fn leave(self) -> Packet {
        if let Origin::Source(source) = self.origin {
            source.returned();
        }
        self.packet
    }
}

impl Port {
    /// A port without packets. `options` has been checked.
    pub fn new(options: u32) -> Arc<Port> {
        Arc::new(Port {
            base: Base::new(0),
            options,
            queue: Mutex::default(),
        })
    }

    /// The options the port was made with.
    pub fn options(&self) -> u32 {
        self.options
    }

    /// Queues a program's packet. `SHOULD_WAIT` when too many are queued;
    /// `BAD_HANDLE` when the last handle has gone; `NO_MEMORY`.
    pub fn queue_user(&self, packet: Packet) -> Result {
        let mut queue = spin::lock(&self.queue);
        if queue.closed {
            return Err(Status::BAD_HANDLE);
        }
        if queue.user_packets > MAX_USER_PACKETS {
            return Err(Status::SHOULD_WAIT);
        }
        queue.make_room()?;
        queue.user_packets += 1;
        let origin = Origin::User;
        Port::queue_now(queue, Queued { packet, origin });
        Ok(())
    }

    /// Queues a packet from a source's own stock. `BAD_STATE` when the last
    /// handle has gone, `NO_MEMORY`; the packet then still belongs to the
    /// source.
    pub fn queue_from(&self, source: Arc<dyn PacketSource>, packet: Packet) -> Result {
        let mut queue = spin::lock(&self.queue);
        if queue.closed {
            return Err(Status::BAD_STATE);
        }
        queue.make_room()?;
        let origin = Origin::Source(source);
        Port::queue_now(queue, Queued { packet, origin });
        Ok(())
    }

    /// Queues a packet and hands over the first one if a thread waits.
    fn queue_now(mut queue: MutexGuard<'_, Queue>, queued: Queued) {
        queue.packets.push_back(queued);
        let pair = queue.pair();
        drop(queue);
        if let Some((waiter, packet)) = pair {
            waiter.give(packet.leave());
        }
    }

    /// Hands the first packet over to a thread that waits. Who queues a packet
    /// while an object is locked does this once it is unlocked.
    pub(super) fn wake_one(&self) {
        let pair = spin::lock(&self.queue).pair();
        if let Some((waiter, packet)) = pair {
            waiter.give(packet.leave());
        }
    }

    /// Whether the last handle has gone.
    pub fn is_closed(&self) -> bool {
        spin::lock(&self.queue).closed
    }

    /// Takes the oldest packet, waiting for one until `deadline`
    /// (`TIMED_OUT`).
    pub fn wait(&self, thread: &ThreadRecord, deadline: Deadline) -> Result<Packet> {
        loop {
            let mut queue = spin::lock(&self.queue);
            if let Some(packet) = queue.pop() {
                drop(queue);
                return Ok(packet.leave());
            }
            if futex::expired(deadline) {
                return Err(Status::TIMED_OUT);
            }
            // A signal handler that waits while its thread does gets one of
            // its own.
            let waiter = thread.port_waiter.take().unwrap_or_default();
            queue.waiters.push_back(Arc::clone(&waiter));
            drop(queue);
            let waited = waiter.wait_interruptibly(thread, BlockedOn::Port, deadline);
            let packet = match waited {
                Ok(Some(packet)) => Some(packet),
                _ => self.give_up(thread, &waiter, waited.is_ok()),
            };
            thread.port_waiter.set(Some(waiter));
            match (packet, waited) {
                (Some(packet), _) => return Ok(packet),
                (None, Ok(_)) => return Err(Status::TIMED_OUT),
                // A thread that is stopped takes no packets from others.
                (None, Err(Interrupted)) => thread.stop_here(),
            }
        }
    }

    /// Ends a wait. When it is over, because its time has run out, a packet
    /// that has come is for it after all.
    fn give_up(
        &self,
        thread: &ThreadRecord,
        waiter: &Arc<PortWaiter>,
        over: bool,
    ) -> Option<Packet> {
        let mut queue = spin::lock(&self.queue);
        let mut waiters = queue.waiters.iter();
        let Some(place) = waiters.position(|other| Arc::ptr_eq(other, waiter)) else {
            drop(queue);
            // Someone has taken it off and is about to bring a packet.
            return waiter.wait(thread, BlockedOn::Port, futex::INFINITE);
        };
        queue.waiters.remove(place);
        let packet = if over { queue.pop() } else { None };
        drop(queue);
        packet.map(Queued::leave)
    }

    /// Removes the queued packets of one source, for instance when its trap
    /// goes; others with the same key stay.
    pub fn remove_source(&self, source: &Arc<dyn PacketSource>) {
        let ours = |queued: &Queued| match &queued.origin {
            Origin::Source(other) => Arc::ptr_eq(other, source),
            Origin::User | Origin::Wait(_) | Origin::Interrupt => false,
        };
        let mut removed = 0;
        let mut queue = spin::lock(&self.queue);
        // In place: the room that waits were promised stays.
        queue.packets.retain(|queued| {
            let ours = ours(queued);
            removed += usize::from(ours);
            !ours
        });
        drop(queue);
        (0..removed).for_each(|_| source.returned());
    }

    /// Queues the packet of a wait that was met at once; `handle` is the
    /// identity of the handle it was made through. `BAD_HANDLE` when the last
    /// handle has gone, `NO_MEMORY`. The caller wakes a waiter once the object
    /// is unlocked.
    pub(super) fn queue_signal(&self, handle: u64, packet: Packet) -> Result {
        let mut queue = spin::lock(&self.queue);
        if queue.closed {
            return Err(Status::BAD_HANDLE);
        }
        queue.make_room()?;
        let origin = Origin::Wait(handle);
        queue.packets.push_back(Queued { packet, origin });
        Ok(())
    }

    /// Lists a wait and makes room for its packet. `BAD_HANDLE` when the last
    /// handle has gone, `NO_MEMORY`.
    pub(super) fn add_wait(&self, wait: Arc<AsyncWait>) -> Result<usize> {
        let mut queue = spin::lock(&self.queue);
        if queue.closed {
            return Err(Status::BAD_HANDLE);
        }
        queue.make_room()?;
        queue.waits.reserve()?;
        Ok(queue.waits.insert(wait))
    }

    /// Turns a listed wait into its packet.
    pub(super) fn wait_fired(&self, entry: usize, handle: u64, packet: Packet) {
        let mut queue = spin::lock(&self.queue);
        // The list is gone when the port is closed.
        if queue.waits.remove(entry).is_some() {
            let origin = Origin::Wait(handle);
            queue.packets.push_back(Queued { packet, origin });
        }
    }

    /// Takes a wait off the list. The caller has another reference to it.
    pub(super) fn wait_ended(&self, entry: usize) {
        spin::lock(&self.queue).waits.remove(entry);
    }

    /// Removes the signal packets with this key that came from the handle
    /// with this identity, and tells how many there were.
    pub(super) fn remove_signals(&self, handle: u64, key: u64) -> usize {
        let mut queue = spin::lock(&self.queue);
        let before = queue.packets.len();
        queue.packets.retain(|queued| {
            let ours = matches!(queued.origin, Origin::Wait(id) if id == handle);
            !(ours && queued.packet.key == key)
        });
        before - queue.packets.len()
    }

    /// Makes room for the packet of one more interrupt. `NO_MEMORY`.
    pub(super) fn bind_interrupt(self: &Arc<Self>) -> Result<InterruptBinding> {
        let mut queue = spin::lock(&self.queue);
        let missing = (queue.bindings + 1).saturating_sub(queue.interrupts.len());
        let room = queue.interrupts.try_reserve(missing);
        room.map_err(|_| Status::NO_MEMORY)?;
        queue.bindings += 1;
        drop(queue);
        Ok(InterruptBinding(Arc::clone(self)))
    }

    /// Queues an interrupt's packet; false when it is queued already. A port
    /// without handles takes packets nowhere.
    pub(super) fn queue_interrupt(&self, slot: &Arc<InterruptSlot>, packet: Packet) -> bool {
        let mut queue = spin::lock(&self.queue);
        if queue.closed {
            return true;
        }
        if slot.queued.swap(true, Ordering::Relaxed) {
            return false;
        }
        queue.interrupts.push_back((Arc::clone(slot), packet));
        true
    }

    /// Takes an interrupt's packet back; `None` when it is not queued.
    pub(super) fn remove_interrupt(&self, slot: &Arc<InterruptSlot>) -> Option<Packet> {
        let mut queue = spin::lock(&self.queue);
        if !slot.queued.swap(false, Ordering::Relaxed) {
            return None;
        }
        let ours = |(other, _): &(Arc<InterruptSlot>, Packet)| Arc::ptr_eq(other, slot);
        let index = queue.interrupts.iter().position(ours)?;
        let (_, packet) = queue.interrupts.remove(index)?;
        Some(packet)
    }
}

#[cfg(test)]
mod tests;

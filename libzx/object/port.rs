// SPDX-License-Identifier: MIT
//! Ports: queues of packets that threads wait for (ports.md, section 3).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;
use slab::Slab;

use super::async_wait::AsyncWait;
use super::base::Base;
use super::packet::Packet;
use super::{KernelObject, ObjectType};
use crate::abi::types::types::ZX_OBJ_TYPE_PORT;
use crate::futex::{self, Deadline};
use crate::rights::Rights;
use crate::status::{Result, Status};

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
}

/// The one packet of an interrupt: whether it is queued. Changes under the
/// port's lock.
#[derive(Default)]
pub struct InterruptSlot {
    queued: AtomicBool,
}

struct Queued {
    packet: Packet,
    origin: Origin,
}

#[derive(Default)]
struct Queue {
    packets: VecDeque<Queued>,
    /// Delivered before all others.
    interrupts: VecDeque<(Arc<InterruptSlot>, Packet)>,
    user_packets: u32,
    /// Waits that have not fired yet. There is always room for their packets.
    waits: Slab<Arc<AsyncWait>>,
    /// Set when the last handle has gone: nothing is queued any more.
    closed: bool,
}

/// A port.
pub struct Port {
    base: Base,
    options: u32,
    queue: Mutex<Queue>,
    /// How many packets are queued: what waiters watch and sleep on.
    available: AtomicU32,
    sleepers: AtomicU32,
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
        let mut queue = self.queue.lock();
        queue.closed = true;
        let discarded = std::mem::take(&mut queue.packets);
        let interrupts = std::mem::take(&mut queue.interrupts);
        for (slot, _) in &interrupts {
            slot.queued.store(false, Ordering::Relaxed);
        }
        let waits = std::mem::take(&mut queue.waits);
        queue.user_packets = 0;
        self.available.store(0, Ordering::Release);
        drop(queue);
        discarded.into_iter().for_each(Queued::discard);
        for (_, wait) in waits {
            wait.withdraw();
        }
    }
}

impl Queued {
    fn discard(self) {
        if let Origin::Source(source) = self.origin {
            source.returned();
        }
    }
}

impl Port {
    /// A port without packets. `options` has been checked.
    pub fn new(options: u32) -> Arc<Port> {
        Arc::new(Port {
            base: Base::new(0),
            options,
            queue: Mutex::default(),
            available: AtomicU32::new(0),
            sleepers: AtomicU32::new(0),
        })
    }

    /// The options the port was made with.
    pub fn options(&self) -> u32 {
        self.options
    }

    /// Queues a program's packet. `SHOULD_WAIT` when too many are queued;
    /// `BAD_HANDLE` when the last handle has gone.
    pub fn queue_user(&self, packet: Packet) -> Result {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Err(Status::BAD_HANDLE);
        }
        if queue.user_packets > MAX_USER_PACKETS {
            return Err(Status::SHOULD_WAIT);
        }
        queue.user_packets += 1;
        self.push_locked(
            &mut queue,
            Queued {
                packet,
                origin: Origin::User,
            },
        );
        drop(queue);
        self.wake_one();
        Ok(())
    }

    /// Queues a packet from a source's own stock. `BAD_STATE` when the last
    /// handle has gone; the packet then still belongs to the source.
    pub fn queue_from(&self, source: Arc<dyn PacketSource>, packet: Packet) -> Result {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Err(Status::BAD_STATE);
        }
        self.push_locked(
            &mut queue,
            Queued {
                packet,
                origin: Origin::Source(source),
            },
        );
        drop(queue);
        self.wake_one();
        Ok(())
    }

    /// Whether the last handle has gone.
    pub fn is_closed(&self) -> bool {
        self.queue.lock().closed
    }

    /// Takes the oldest packet, waiting for one until `deadline`
    /// (`TIMED_OUT`).
    pub fn wait(&self, deadline: Deadline) -> Result<Packet> {
        if let Some(packet) = self.take() {
            return Ok(packet);
        }
        if futex::expired(deadline) {
            return Err(Status::TIMED_OUT);
        }
        loop {
            self.sleep(deadline);
            // Another thread may have been faster.
            if let Some(packet) = self.take() {
                return Ok(packet);
            }
            if futex::expired(deadline) {
                return Err(Status::TIMED_OUT);
            }
        }
    }

    /// Waits until there seems to be a packet or time has run out.
    fn sleep(&self, deadline: Deadline) {
        let ready = || self.available.load(Ordering::SeqCst) != 0;
        if futex::spin_until(deadline, ready) {
            return;
        }
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        while !ready() && !futex::expired(deadline) {
            futex::wait(&self.available, 0, deadline);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }

    fn take(&self) -> Option<Packet> {
        if self.available.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        if let Some((slot, packet)) = queue.interrupts.pop_front() {
            slot.queued.store(false, Ordering::Relaxed);
            self.available.fetch_sub(1, Ordering::Release);
            return Some(packet);
        }
        let taken = queue.packets.pop_front()?;
        self.available.fetch_sub(1, Ordering::Release);
        if matches!(taken.origin, Origin::User) {
            queue.user_packets -= 1;
        }
        drop(queue);
        let packet = taken.packet;
        taken.discard();
        Some(packet)
    }

    /// Removes the queued packets of one source, for instance when its trap
    /// goes; others with the same key stay.
    pub fn remove_source(&self, source: &Arc<dyn PacketSource>) {
        let ours = |queued: &Queued| match &queued.origin {
            Origin::Source(other) => Arc::ptr_eq(other, source),
            Origin::User | Origin::Wait(_) => false,
        };
        let mut removed = Vec::new();
        let mut queue = self.queue.lock();
        let mut kept = VecDeque::with_capacity(queue.packets.len());
        for queued in queue.packets.drain(..) {
            if ours(&queued) {
                removed.push(queued);
            } else {
                kept.push_back(queued);
            }
        }
        queue.packets = kept;
        self.count_locked(&queue);
        drop(queue);
        removed.into_iter().for_each(Queued::discard);
    }

    /// Queues the packet of a wait that was met at once; `handle` is the
    /// identity of the handle it was made through. `BAD_HANDLE` when the last
    /// handle has gone. The caller wakes a waiter once the object is unlocked.
    pub(super) fn queue_signal(&self, handle: u64, packet: Packet) -> Result {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Err(Status::BAD_HANDLE);
        }
        let origin = Origin::Wait(handle);
        self.push_locked(&mut queue, Queued { packet, origin });
        Ok(())
    }

    /// Lists a wait and makes room for its packet. `BAD_HANDLE` when the last
    /// handle has gone.
    pub(super) fn add_wait(&self, wait: Arc<AsyncWait>) -> Result<usize> {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Err(Status::BAD_HANDLE);
        }
        let pending = queue.waits.len() + 1;
        let room = queue.packets.try_reserve(pending);
        room.map_err(|_| Status::NO_MEMORY)?;
        Ok(queue.waits.insert(wait))
    }

    /// Turns a listed wait into its packet.
    pub(super) fn wait_fired(&self, entry: usize, handle: u64, packet: Packet) {
        let mut queue = self.queue.lock();
        // The list is gone when the port is closed.
        if queue.waits.try_remove(entry).is_some() {
            let origin = Origin::Wait(handle);
            self.push_locked(&mut queue, Queued { packet, origin });
        }
    }

    /// Takes a wait off the list. The caller has another reference to it.
    pub(super) fn wait_ended(&self, entry: usize) {
        self.queue.lock().waits.try_remove(entry);
    }

    /// Removes the signal packets with this key that came from the handle
    /// with this identity, and tells how many there were.
    pub(super) fn remove_signals(&self, handle: u64, key: u64) -> usize {
        let mut queue = self.queue.lock();
        let before = queue.packets.len();
        queue.packets.retain(|queued| {
            let ours = matches!(queued.origin, Origin::Wait(id) if id == handle);
            !(ours && queued.packet.key == key)
        });
        self.count_locked(&queue);
        before - queue.packets.len()
    }

    /// Queues an interrupt's packet; false when it is queued already. A port
    /// without handles takes packets nowhere.
    pub(super) fn queue_interrupt(&self, slot: &Arc<InterruptSlot>, packet: Packet) -> bool {
        let mut queue = self.queue.lock();
        if queue.closed {
            return true;
        }
        if slot.queued.swap(true, Ordering::Relaxed) {
            return false;
        }
        queue.interrupts.push_back((Arc::clone(slot), packet));
        self.available.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// Takes an interrupt's packet back; `None` when it is not queued.
    pub(super) fn remove_interrupt(&self, slot: &Arc<InterruptSlot>) -> Option<Packet> {
        let mut queue = self.queue.lock();
        if !slot.queued.swap(false, Ordering::Relaxed) {
            return None;
        }
        let ours = |(other, _): &(Arc<InterruptSlot>, Packet)| Arc::ptr_eq(other, slot);
        let index = queue.interrupts.iter().position(ours)?;
        let (_, packet) = queue.interrupts.remove(index)?;
        self.count_locked(&queue);
        Some(packet)
    }

    fn count_locked(&self, queue: &Queue) {
        let len = queue.packets.len() + queue.interrupts.len();
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        self.available.store(len, Ordering::Release);
    }

    fn push_locked(&self, queue: &mut Queue, queued: Queued) {
        queue.packets.push_back(queued);
        self.available.fetch_add(1, Ordering::SeqCst);
    }

    /// One packet releases one waiter.
    pub(super) fn wake_one(&self) {
        if self.sleepers.load(Ordering::SeqCst) != 0 {
            futex::wake(&self.available, 1);
        }
    }
}

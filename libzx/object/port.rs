// SPDX-License-Identifier: MIT
//! Ports: queues of packets that threads wait for (ports.md, section 3).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

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
}

struct Queued {
    packet: Packet,
    origin: Origin,
}

#[derive(Default)]
struct Queue {
    packets: VecDeque<Queued>,
    user_packets: u32,
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
        queue.user_packets = 0;
        self.available.store(0, Ordering::Release);
        drop(queue);
        discarded.into_iter().for_each(Queued::discard);
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
            Origin::User => false,
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
        let len = u32::try_from(queue.packets.len()).unwrap_or(u32::MAX);
        self.available.store(len, Ordering::Release);
        drop(queue);
        removed.into_iter().for_each(Queued::discard);
    }

    fn push_locked(&self, queue: &mut Queue, queued: Queued) {
        queue.packets.push_back(queued);
        self.available.fetch_add(1, Ordering::SeqCst);
    }

    /// One packet releases one waiter.
    fn wake_one(&self) {
        if self.sleepers.load(Ordering::SeqCst) != 0 {
            futex::wake(&self.available, 1);
        }
    }
}

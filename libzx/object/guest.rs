// SPDX-License-Identifier: MIT
//! Guests (hypervisor.md, sections 1 to 5): an address space, traps and the
//! numbers of VCPUs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::base::Base;
use super::packet::{Packet, Payload};
use super::port::{PacketSource, Port};
use super::vmar::Vmar;
use super::{KernelObject, ObjectType};
use crate::hypervisor::Vm;
use crate::hypervisor::arch::{self, IO_PORTS, MAX_CPUS};
use crate::hypervisor::idle::IdleVcpu;
use crate::hypervisor::memory::{GUEST_END, GuestMemory};
use crate::hypervisor::requests::{BELL, VcpuRequests};
use crate::hypervisor::traps::{Action, Doorbell, RingOutcome, Trap};
use crate::hypervisor::vcpu;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::types::ZX_OBJ_TYPE_GUEST;

/// Packets of one bell trap that may be queued at a time.
const BELL_PACKETS: u32 = 256;

/// What a trap does and where its packets go.
pub enum TrapKind {
    /// Writes are queued on a port; the VCPU goes on.
    Bell(Arc<Port>),
    /// The VCPU stops.
    Mem,
    /// The VCPU stops; the range is of ports.
    Io,
}

/// A guest. What KVM has of it goes before its memory.
pub struct Guest {
    base: Base,
    numbers: Mutex<Numbers>,
    vm: Arc<Vm>,
    memory: Arc<GuestMemory>,
    root: Arc<Vmar>,
    max_cpus: usize,
}

/// Which VCPU numbers are in use, and what is left of those that were.
struct Numbers {
    used: u64,
    parked: Vec<Option<IdleVcpu>>,
}

impl KernelObject for Guest {
    const TYPE: ObjectType = ZX_OBJ_TYPE_GUEST;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_GUEST;

    fn base(&self) -> &Base {
        &self.base
    }
}

impl Guest {
    /// A guest without memory, traps and VCPUs, and the root of its address
    /// space. `NOT_SUPPORTED` when this machine cannot run guests.
    pub fn new() -> Result<(Arc<Guest>, Arc<Vmar>)> {
        let vm = Arc::new(Vm::new()?);
        arch::make_tables();
        let memory = Arc::new(GuestMemory::new(Arc::clone(&vm)));
        let root = Vmar::guest_root(Arc::clone(&memory));
        let max_cpus = vm.max_vcpus().min(MAX_CPUS);
        let parked = (0..MAX_CPUS).map(|_| None).collect();
        let guest = Arc::new(Guest {
            base: Base::new(0),
            vm,
            memory,
            root: Arc::clone(&root),
            numbers: Mutex::new(Numbers { used: 0, parked }),
            max_cpus,
        });
        Ok((guest, root))
    }

    /// Sets a trap; checks 7 to 12 of `zx_guest_set_trap`. The range does not
    /// overflow and is not empty.
    pub fn set_trap(&self, kind: TrapKind, addr: u64, size: u64, key: u64) -> Result {
        let end = addr.checked_add(size).ok_or(Status::OUT_OF_RANGE)?;
        let action = match kind {
            TrapKind::Io if end > IO_PORTS => return Err(Status::OUT_OF_RANGE),
            TrapKind::Io => {
                let trap = Trap {
                    key,
                    action: Action::Stop,
                };
                return self.memory.add_port_trap(addr, end - 1, trap);
            }
            TrapKind::Mem => Action::Stop,
            TrapKind::Bell(port) => Action::Bell(Bell::new(port, key)),
        };
        if (addr | size) & 0xFFF != 0 {
            return Err(Status::INVALID_ARGS);
        }
        if end > GUEST_END {
            return Err(Status::OUT_OF_RANGE);
        }
        // The trap comes first, so that a VCPU finds the memory or the trap. What
        // it collides with is no reason to leave the range mapped.
        let result = self.memory.add_trap(addr, end - 1, Trap { key, action });
        if matches!(result, Ok(()) | Err(Status::ALREADY_EXISTS)) {
            self.root.unmap_for_trap(addr, size)?;
        }
        result
    }

    /// Fails unless a VCPU number is free.
    pub fn check_numbers(&self) -> Result {
        let used = self.numbers.lock().used;
        if (used.trailing_ones() as usize) < self.max_cpus {
            Ok(())
        } else {
            Err(Status::NO_RESOURCES)
        }
    }

    /// Makes the VCPU with the lowest free number for the calling thread; the
    /// number counts from 0, which is the boot processor's.
    pub(super) fn make_cpu(&self, entry: u64) -> Result<(usize, vcpu::Vcpu)> {
        let mut numbers = self.numbers.lock();
        let number = numbers.used.trailing_ones() as usize;
        if number >= self.max_cpus {
            return Err(Status::NO_RESOURCES);
        }
        let id = u32::try_from(number).map_err(|_| Status::NO_RESOURCES)?;
        let parked = match numbers.parked[number].take() {
            Some(parked) => parked,
            None => IdleVcpu::create(&self.vm, id.into())?,
        };
        match parked.unpark(Arc::clone(&self.memory), entry, id) {
            Ok(cpu) => {
                numbers.used |= 1 << number;
                Ok((number, cpu))
            }
            Err((parked, status)) => {
                numbers.parked[number] = Some(parked);
                Err(status)
            }
        }
    }

    /// Takes a VCPU back; its number is free again.
    pub(super) fn retire_cpu(&self, number: usize, cpu: vcpu::Vcpu) {
        let parked = IdleVcpu::park(cpu);
        let mut numbers = self.numbers.lock();
        numbers.parked[number] = Some(parked);
        numbers.used &= !(1 << number);
    }
}

impl Drop for Guest {
    /// The last handle and the last VCPU are gone: traps go, bell packets
    /// still queued are removed, the address space is torn down.
    fn drop(&mut self) {
        let mut bells = Vec::new();
        self.memory.for_each_trap(|trap| {
            if let Action::Bell(bell) = &trap.action {
                bells.push(Arc::clone(bell));
            }
        });
        bells.iter().for_each(|bell| bell.silence());
        self.root.teardown_guest();
    }
}

/// The packets of a bell trap.
struct Bell {
    port: Arc<Port>,
    key: u64,
    queued: AtomicU32,
    /// VCPUs that sleep until a packet is free.
    waiting: Mutex<Vec<Arc<VcpuRequests>>>,
    this: std::sync::Weak<Bell>,
}

impl Bell {
    fn new(port: Arc<Port>, key: u64) -> Arc<Bell> {
        Arc::new_cyclic(|this| Bell {
            port,
            key,
            queued: AtomicU32::new(0),
            waiting: Mutex::default(),
            this: this.clone(),
        })
    }

    fn give_back(&self) {
        self.queued.fetch_sub(1, Ordering::SeqCst);
        let waiting = std::mem::take(&mut *self.waiting.lock());
        for who in waiting {
            // It sleeps in the library, which takes no signal.
            let _ = who.request(BELL);
        }
    }
}

impl Doorbell for Bell {
    fn ring(&self, gpa: u64) -> RingOutcome {
        // Never too high, not even for a moment: another VCPU would take a free
        // packet for a used one, and nobody would wake it.
        let take = |queued| (queued < BELL_PACKETS).then_some(queued + 1);
        let taken = self
            .queued
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        if taken.is_err() {
            return if self.port.is_closed() {
                RingOutcome::Closed
            } else {
                RingOutcome::Full
            };
        }
        let Some(this) = self.this.upgrade() else {
            return RingOutcome::Closed;
        };
        let packet = Packet {
            key: self.key,
            payload: Payload::GuestBell { gpa },
        };
        match self.port.queue_from(this, packet) {
            Ok(()) => RingOutcome::Queued,
            Err(status) => {
                self.give_back();
                match status {
                    Status::NO_MEMORY => RingOutcome::NoMemory,
                    _ => RingOutcome::Closed,
                }
            }
        }
    }

    fn wait_free(&self, who: &Arc<VcpuRequests>) {
        let mut waiting = self.waiting.lock();
        if !waiting.iter().any(|other| Arc::ptr_eq(other, who)) {
            waiting.push(Arc::clone(who));
        }
    }

    fn silence(&self) {
        if let Some(this) = self.this.upgrade() {
            let this: Arc<dyn PacketSource> = this;
            self.port.remove_source(&this);
        }
    }
}

impl PacketSource for Bell {
    fn returned(&self) {
        self.give_back();
    }
}

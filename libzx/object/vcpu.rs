// SPDX-License-Identifier: MIT
//! VCPUs (hypervisor.md, sections 1, 3 and 9): bound to the thread that made
//! them.

use std::sync::Arc;

use super::base::{Base, ObserverGuard, SignalLock};
use super::guest::Guest;
use super::{KernelObject, ObjectType};
pub use crate::hypervisor::arch::{RFLAGS_USER, Regs, keep_vectors};
pub use crate::hypervisor::vcpu::Stop;
use crate::hypervisor::vcpu::{self as machine, VcpuControl};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::closed_pages;
use crate::uapi::types::ZX_OBJ_TYPE_VCPU;

mod bound;

use bound::{ThreadBound, ThreadClaim};

/// A VCPU.
pub struct Vcpu {
    base: Base,
    observers: SignalLock,
    guest: Arc<Guest>,
    number: usize,
    shared: Arc<VcpuControl>,
    /// There until the VCPU is dropped.
    cpu: ThreadBound<Option<machine::Vcpu>>,
}

impl KernelObject for Vcpu {
    const TYPE: ObjectType = ZX_OBJ_TYPE_VCPU;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_VCPU;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }

    fn on_zero_handles(self: &Arc<Vcpu>) {
        self.cpu.claim().note_leaving();
    }
}

impl Vcpu {
    /// A VCPU of `guest` for the calling thread, to start at `entry`.
    /// `NO_RESOURCES` when the guest has no number left, `BAD_STATE` when the
    /// thread has a VCPU.
    pub fn new(guest: Arc<Guest>, entry: u64) -> Result<Arc<Vcpu>> {
        bound::wait_for_last_calls();
        guest.check_numbers()?;
        let owner = ThreadClaim::new()?;
        let (number, cpu) = guest.make_cpu(entry)?;
        Ok(Arc::new(Vcpu {
            base: Base::new(0),
            observers: SignalLock::default(),
            guest,
            number,
            shared: Arc::clone(cpu.shared()),
            cpu: ThreadBound::new(owner, Some(cpu)),
        }))
    }

    /// Calls `f` with the machine if the caller is the thread that made the
    /// VCPU; `BAD_STATE` otherwise.
    fn as_owner<T>(&self, f: impl FnOnce(&mut machine::Vcpu) -> Result<T>) -> Result<T> {
        self.cpu.with(|cpu| match cpu {
            Some(cpu) => f(cpu),
            None => Err(Status::BAD_STATE),
        })
    }

    /// Runs the guest until there is something to report (hypervisor.md,
    /// section 5.6). The root of the guest's page tables is only sure to be the
    /// present one if that is wanted.
    pub fn resume(&self, root_wanted: bool) -> Result<Stop> {
        let stop = self.as_owner(|cpu| cpu.run(root_wanted));
        // Memory that is not there may be memory that a pager did not bring.
        stop.map_err(|status| match status {
            Status::OUT_OF_RANGE => closed_pages::take().unwrap_or(status),
            status => status,
        })
    }

    /// The registers at the last stop.
    pub fn registers(&self) -> Result<Regs> {
        self.as_owner(|cpu| Ok(cpu.regs()))
    }

    /// Replaces the general registers and, if asked, flags.
    pub fn set_registers(&self, gpr: [u64; 16], rflags: u64) -> Result {
        self.as_owner(|cpu| {
            cpu.set_state(gpr, rflags);
            Ok(())
        })
    }

    /// Replaces the low `size` bytes of RAX; `INVALID_ARGS` unless that is 1,
    /// 2 or 4.
    pub fn set_io(&self, data: [u8; 4], size: u8) -> Result {
        self.as_owner(|cpu| {
            if !matches!(size, 1 | 2 | 4) {
                return Err(Status::INVALID_ARGS);
            }
            cpu.set_io(data, size);
            Ok(())
        })
    }

    /// Makes a vector pending; from any thread.
    /// `INTERNAL` when Linux does not let its thread be signalled.
    pub fn interrupt(&self, vector: u8) -> Result {
        self.shared.interrupt(vector)
    }

    /// Ends the present or the next run with CANCELED; from any thread.
    /// `INTERNAL` when Linux does not let its thread be signalled.
    pub fn kick(&self) -> Result {
        self.shared.kick()
    }

    /// Whether a run is still to be ended by a kick.
    pub fn is_kicked(&self) -> bool {
        self.shared.is_kicked()
    }
}

impl Drop for Vcpu {
    fn drop(&mut self) {
        if let Some(cpu) = self.cpu.get_mut().take() {
            self.guest.retire_cpu(self.number, cpu);
        }
    }
}

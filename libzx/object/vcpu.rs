// SPDX-License-Identifier: MIT
//! VCPUs (hypervisor.md, sections 1, 3 and 9): bound to the thread that made
//! them.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nix::sys::pthread::pthread_self;

use parking_lot::Mutex;

use super::base::{Base, ObserverGuard, SignalLock};
use super::guest::Guest;
use super::{KernelObject, ObjectType};
use crate::abi::types::types::ZX_OBJ_TYPE_VCPU;
use crate::hypervisor::arch::{Cpu, Regs, Shared, Stop};
use crate::rights::Rights;
use crate::status::{Result, Status};

/// The thread that a VCPU belongs to.
struct Owner {
    /// The C library's number of the thread, which another one may get after
    /// its end; 0 then.
    thread: AtomicU64,
    /// Whether the thread has a VCPU.
    busy: AtomicBool,
}

/// A thread's mark, until its end.
struct Mark(Arc<Owner>);

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.thread.store(0, Ordering::Relaxed);
    }
}

thread_local! {
    static THIS_THREAD: RefCell<Option<Mark>> = const { RefCell::new(None) };
}

fn this_thread() -> Arc<Owner> {
    let fresh = |thread| {
        Arc::new(Owner {
            thread: AtomicU64::new(thread),
            busy: AtomicBool::new(false),
        })
    };
    let known = THIS_THREAD.try_with(|mark| {
        let mut mark = mark.borrow_mut();
        let mark = mark.get_or_insert_with(|| Mark(fresh(pthread_self())));
        Arc::clone(&mark.0)
    });
    // A thread in its last destructors owns nothing.
    known.unwrap_or_else(|_| fresh(0))
}

/// A VCPU.
pub struct Vcpu {
    base: Base,
    observers: SignalLock,
    guest: Arc<Guest>,
    owner: Arc<Owner>,
    number: usize,
    shared: Arc<Shared>,
    /// The run lock: only the owner takes it, and holds it while it runs.
    cpu: Mutex<Option<Cpu>>,
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
}

impl Vcpu {
    /// A VCPU of `guest` for the calling thread, to start at `entry`.
    /// `NO_RESOURCES` when the guest has no number left, `BAD_STATE` when the
    /// thread has a VCPU.
    pub fn new(guest: Arc<Guest>, entry: u64) -> Result<Arc<Vcpu>> {
        guest.check_numbers()?;
        let owner = this_thread();
        if owner.busy.swap(true, Ordering::AcqRel) {
            return Err(Status::BAD_STATE);
        }
        let (number, cpu) = guest.make_cpu(entry).inspect_err(|_| owner.release())?;
        Ok(Arc::new(Vcpu {
            base: Base::new(0),
            observers: SignalLock::default(),
            guest,
            owner,
            number,
            shared: Arc::clone(cpu.shared()),
            cpu: Mutex::new(Some(cpu)),
        }))
    }

    /// Calls `f` with the machine if the caller is the thread that made the
    /// VCPU; `BAD_STATE` otherwise.
    fn as_owner<T>(&self, f: impl FnOnce(&mut Cpu) -> Result<T>) -> Result<T> {
        self.check_owner()?;
        match &mut *self.cpu.lock() {
            Some(cpu) => f(cpu),
            None => Err(Status::BAD_STATE),
        }
    }

    /// Fails with `BAD_STATE` unless the caller made the VCPU.
    pub fn check_owner(&self) -> Result {
        if self.owner.thread.load(Ordering::Relaxed) == pthread_self() {
            Ok(())
        } else {
            Err(Status::BAD_STATE)
        }
    }

    /// Runs the guest until there is something to report (hypervisor.md,
    /// section 5.6). The root of the guest's page tables is only sure to be the
    /// present one if that is wanted.
    pub fn resume(&self, root_wanted: bool) -> Result<Stop> {
        self.as_owner(|cpu| cpu.run(root_wanted))
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
    pub fn interrupt(&self, vector: u8) {
        self.shared.interrupt(vector);
    }

    /// Ends the present or the next run with CANCELED; from any thread.
    pub fn kick(&self) {
        self.shared.kick();
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
        self.owner.release();
    }
}

impl Owner {
    fn release(&self) {
        self.busy.store(false, Ordering::Release);
    }
}

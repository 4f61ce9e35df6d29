// SPDX-License-Identifier: MIT
//! Instructions with which KVM never gets anywhere: hypercalls on a KVM that
//! patches and executes them for ever (hypervisor.md, section 11.9), and accesses
//! to traps and holes that its emulator starts again and again without telling,
//! such as an SGDT or a load of a descriptor.
//!
//! While a guest runs it is left now and then. If it has not moved between two
//! looks, and stands at an instruction of these kinds, the library does what KVM
//! should have done. An instruction that was only about to run is served the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::hypervisor::arch::x86_64::hypercall;
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::memory::GpaLookup;
use crate::hypervisor::vcpu::{Stop, Vcpu};
use crate::status::{Result, Status};
use crate::sys::clock;

/// How often a VCPU is looked at.
const CHECK_NS: i64 = 50_000_000;
/// How often in a process in which one has stalled before.
const NEXT_CHECK_NS: i64 = 20_000_000;
/// How long it has to stay where it is.
const STALLED_NS: i64 = 15_000_000;

static SEEN: AtomicBool = AtomicBool::new(false);

/// Where the guest was when it was interrupted, and since when it has been left
/// for no other reason and has been there.
#[derive(Clone, Copy)]
pub(super) struct Interrupted {
    rip: u64,
    since: i64,
}

impl Vcpu {
    /// When the VCPU is to be looked at again.
    pub(in crate::hypervisor::vcpu) fn next_look(&self) -> i64 {
        let seen = SEEN.load(Ordering::Relaxed);
        clock::monotonic_ns() + if seen { NEXT_CHECK_NS } else { CHECK_NS }
    }

    /// Does what KVM does not get done, if it is that what the guest is at.
    pub(super) fn look_for_stall(&mut self) -> Result<Option<Stop>> {
        let (rip, now) = (self.kvm.rip(), clock::monotonic_ns());
        match self.local.interrupted {
            Some(at) if at.rip == rip && now - at.since >= STALLED_NS => {}
            Some(at) if at.rip == rip => return Ok(None),
            _ => {
                self.local.interrupted = Some(Interrupted { rip, since: now });
                return Ok(None);
            }
        }
        let memory = Arc::clone(&self.memory);
        // While memory is being changed there is a next time: a kick may be why
        // the guest was left.
        let Some(view) = memory.try_view() else {
            return Ok(None);
        };
        self.local.interrupted = None;
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        let linear = LinearMemory::new(&view, &paging);
        let mut code = [0; 3];
        let fetched = linear.fetch(paging.code_address(rip), &mut code);
        if fetched == Ok(code.len()) && hypercall::is_hypercall(&code) {
            SEEN.store(true, Ordering::Relaxed);
            let tsc = self.kvm.guest_tsc();
            let after = hypercall::carry_out(&regs, &paging, &view, tsc);
            self.kvm.set_regs(&after);
            return Ok(None);
        }
        let is_memory = |gpa, written: bool| match view.place(gpa) {
            GpaLookup::Memory(allowed) => allowed.read && (allowed.write || !written),
            _ => false,
        };
        if let Ok(Some((found, gpa, only_written))) =
            self.local.cache.of_unknown(&linear, &regs, is_memory)
        {
            SEEN.store(true, Ordering::Relaxed);
            return self.stop_at_unknown(&view, &paging, &found, gpa, only_written);
        }
        let tables = self.kvm.descriptor_tables()?;
        if let Some(address) = self.local.cache.descriptor(&linear, &regs, tables)
            && let Ok(gpa) = linear.translate(address)
            && !is_memory(gpa, false)
        {
            SEEN.store(true, Ordering::Relaxed);
            return Err(match view.place(gpa) {
                GpaLookup::Trap(_) => Status::NOT_SUPPORTED,
                _ => view.status(gpa),
            });
        }
        Ok(None)
    }
}

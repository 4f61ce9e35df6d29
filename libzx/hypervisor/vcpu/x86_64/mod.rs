// SPDX-License-Identifier: MIT
//! A VCPU of an x86-64 processor, and the rules by which what KVM leaves half done
//! is finished.
//!
//! KVM finishes the instruction that left the guest inside of the next
//! `KVM_RUN`, and would write the guest's registers then. Plain stores, port
//! outputs and port inputs are left to it. Whatever does not look like Zircon
//! that way is *drained* first, by a `KVM_RUN` that does not enter the guest,
//! and then the registers are put right.

use std::sync::Arc;

use super::{Stop, Vcpu};
use crate::hypervisor::arch::x86_64::apic::Apic;
use crate::hypervisor::arch::x86_64::inst::Cache;
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::arch::x86_64::regs::Regs;
use crate::hypervisor::exit::Exit;
use crate::reason::because;
use crate::status::{Result, Status};

mod access;
mod completion;
mod injection;
mod msrs;
mod port;
mod registers;
mod stall;

use completion::PendingIo;
use port::PortRecall;
use stall::Interrupted;

/// What a VCPU of this processor has.
pub(super) struct Local {
    pending_io: PendingIo,
    cache: Cache,
    ports: PortRecall,
    apic: Apic,
    boot: bool,
    /// Where the guest is, if it was last left for an interruption.
    interrupted: Option<Interrupted>,
    /// The registers with which the guest was last entered.
    entry: Regs,
    /// KVM has been given an event that the guest has not been entered with.
    injected: bool,
}

/// A guest has many VCPUs; what is decoded comes to some 10 KiB besides.
const _: () = assert!(Cache::BYTES + PortRecall::BYTES <= 32 << 10);

impl Local {
    /// Of the VCPU with this number, which has not run.
    pub(super) fn new(number: u32) -> Local {
        Local {
            pending_io: PendingIo::Nothing,
            cache: Cache::default(),
            ports: PortRecall::default(),
            apic: Apic::new(number),
            boot: number == 0,
            interrupted: None,
            entry: Regs::default(),
            injected: false,
        }
    }
}

impl Vcpu {
    /// The guest is about to be entered. The root of its page tables is only sure
    /// to be the present one afterwards if that is wanted.
    #[inline]
    pub(super) fn before_entry(&mut self, root_wanted: bool) {
        if root_wanted {
            self.kvm.want_paging();
        }
        self.local.entry = self.kvm.regs();
    }

    /// The guest has been left.
    #[inline]
    pub(super) fn after_exit(&mut self, exit: Exit) {
        if exit != Exit::Interrupted {
            self.local.interrupted = None;
        }
        self.local.injected = false;
        self.local.pending_io = PendingIo::Nothing;
    }

    /// The reason of a triple fault: where the guest was, and the first entry
    /// of its page tables that does not lead to its code. Some processors have
    /// reset the VCPU; then only where it was entered is known.
    #[cold]
    pub(super) fn tell_of_shutdown(&mut self) -> Status {
        let (entered, now) = (self.local.entry.rip, self.kvm.rip());
        let paging = self.kvm.paging();
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        let linear = LinearMemory::new(&view, &paging);
        let (cr0, cr3, cr4) = (paging.cr0, paging.cr3, paging.cr4);
        match linear.first_absent(paging.code_address(now)) {
            Some((gpa, entry)) => because!(
                NOT_SUPPORTED,
                "triple fault at rip {x} (entered at {x}), cr0 {x}, cr3 {x}, cr4 {x}: the page-table \
                 entry at {x} is {x}, not present",
                now,
                entered,
                cr0,
                cr3,
                cr4,
                gpa,
                entry
            ),
            None => because!(
                NOT_SUPPORTED,
                "triple fault at rip {x} (entered at {x}), cr0 {x}, cr3 {x}, cr4 {x}",
                now,
                entered,
                cr0,
                cr3,
                cr4
            ),
        }
    }

    /// An exit that other processors do not have, or for something else.
    #[inline]
    pub(super) fn on_own_exit(&mut self, exit: Exit) -> Result<Option<Stop>> {
        match exit {
            Exit::Interrupted => self.look_for_stall(),
            Exit::Port(access) => self.on_port(access).map(Some),
            Exit::ReadMsr(register) => {
                self.on_read_msr(register);
                Ok(None)
            }
            Exit::WriteMsr(register, value) => self.on_write_msr(register, value),
            Exit::Emulation => self.on_unknown_instruction(),
            _ => Err(Status::INTERNAL),
        }
    }
}

// SPDX-License-Identifier: MIT
//! Registers as the program sees and sets them.

use super::completion::{Completion, PendingIo};
use super::port::{merge_rax, port_value};
use crate::hypervisor::arch::x86_64::regs::{RAX, RFLAGS_ALWAYS, RFLAGS_USER, Regs};
use crate::hypervisor::vcpu::Vcpu;

impl Vcpu {
    /// The general registers as the program sees them: settled.
    pub fn regs(&mut self) -> Regs {
        match &self.local.pending_io {
            PendingIo::Nothing => self.kvm.regs(),
            PendingIo::Input(access) => {
                let access = *access;
                let mut regs = self.kvm.regs();
                let data = port_value(self.kvm.port_data(access));
                regs.gpr[RAX] = merge_rax(regs.gpr[RAX], data, access.size);
                regs
            }
            PendingIo::Completion(drain) => drain.regs,
        }
    }

    /// Replaces the sixteen registers and, if its always-one bit is set, the
    /// user part of the flags.
    pub fn set_state(&mut self, gpr: [u64; 16], rflags: u64) {
        let mut regs = self.regs();
        regs.gpr = gpr;
        if rflags & RFLAGS_ALWAYS != 0 {
            regs.rflags = regs.rflags & !RFLAGS_USER | rflags & RFLAGS_USER;
        }
        self.set_regs(regs);
    }

    /// Replaces the low bytes of RAX: the data of a port input.
    pub fn set_io(&mut self, data: [u8; 4], size: u8) {
        if let PendingIo::Input(access) = self.local.pending_io
            && size <= access.size
        {
            let len = usize::from(size);
            self.kvm.port_data(access)[..len].copy_from_slice(&data[..len]);
            return;
        }
        let mut regs = self.regs();
        let mask = u64::MAX >> (64 - 8 * u32::from(size));
        let value = u64::from(u32::from_le_bytes(data));
        regs.gpr[RAX] = regs.gpr[RAX] & !mask | value & mask;
        self.set_regs(regs);
    }

    fn set_regs(&mut self, regs: Regs) {
        // Programs often write back what they read.
        if regs == self.regs() {
            return;
        }
        match &mut self.local.pending_io {
            PendingIo::Nothing => self.kvm.set_regs(&regs),
            PendingIo::Input(_) => self.local.pending_io = Completion::to(regs).keep_rip().into(),
            PendingIo::Completion(drain) => drain.regs = regs,
        }
    }
}

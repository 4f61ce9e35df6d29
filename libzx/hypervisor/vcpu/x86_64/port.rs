// SPDX-License-Identifier: MIT
//! Exits to ports (hypervisor.md, section 5.5).

use std::cell::Cell;
use std::sync::Arc;

use super::completion::{Completion, PendingIo};
use crate::hypervisor::arch::x86_64::decode_cache::DecodeCache;
use crate::hypervisor::arch::x86_64::inst::merge;
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::arch::x86_64::port_inst::{self, Candidates};
use crate::hypervisor::arch::x86_64::regs::{
    RAX, RCX, RDI, RFLAGS_DF, RFLAGS_RF, RSI, TranslationState,
};
use crate::hypervisor::exit::PortAccess;
use crate::hypervisor::kvm::vcpu::KvmVcpu;
use crate::hypervisor::memory::View;
use crate::hypervisor::vcpu::{Stop, Vcpu};
use crate::reason::because;
use crate::status::{Result, Status};

/// Code that was found to be an ordinary port instruction.
pub(super) struct Ordinary {
    input: bool,
    /// The last time that the special registers meant this.
    special: Cell<u64>,
    paging: TranslationState,
}

impl Ordinary {
    /// Whether code found by the present special registers would be this.
    #[inline]
    fn holds(&self, kvm: &KvmVcpu) -> bool {
        let epoch = kvm.special_epoch();
        if self.special.get() != epoch {
            if self.paging != kvm.recent_paging() {
                return false;
            }
            self.special.set(epoch);
        }
        true
    }
}

/// What is known about the code of port instructions, by instruction pointer.
pub(super) type PortRecall = DecodeCache<Ordinary>;

impl Vcpu {
    pub(super) fn on_port(&mut self, access: PortAccess) -> Result<Stop> {
        if let Some(key) = self.key_at_known_code(access) {
            return Ok(self.stop_at_port(key, access));
        }
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        if access.count != 1 || !self.is_ordinary(access, &view) {
            self.rewind_string(access, &view)?;
            return Err(because!(
                NOT_SUPPORTED,
                "a string instruction on port {x} at rip {x}",
                access.port,
                self.kvm.rip()
            ));
        }
        let Some(trap) = view.port_trap(access.port) else {
            self.rewind_port(access, &view)?;
            return Err(because!(
                NOT_FOUND,
                "port {x}, accessed at rip {x}, is not trapped",
                access.port,
                self.kvm.rip()
            ));
        };
        Ok(self.stop_at_port(trap.key, access))
    }

    /// The key of the trap of a port access by an instruction that is known not
    /// to be a string instruction.
    #[inline]
    fn key_at_known_code(&self, access: PortAccess) -> Option<u64> {
        let view = self.memory.view();
        let known = |code: &Ordinary| code.input == access.input && code.holds(&self.kvm);
        let ordinary =
            access.count == 1 && self.local.ports.get(self.kvm.rip(), &view, known).is_some();
        let trap = view.port_trap(access.port).filter(|_| ordinary)?;
        Some(trap.key)
    }

    #[inline]
    fn stop_at_port(&mut self, key: u64, access: PortAccess) -> Stop {
        let PortAccess {
            port, size, input, ..
        } = access;
        let mut data = [0; 4];
        let rax = self.kvm.rax();
        let buffer = self.kvm.port_data(access);
        let len = buffer.len().min(4);
        if input {
            // Unanswered, an input leaves RAX alone, but a four-byte one
            // clears it.
            let unanswered = if size == 4 { 0 } else { rax };
            buffer[..len].copy_from_slice(&unanswered.to_le_bytes()[..len]);
            self.local.pending_io = PendingIo::Input(access);
        } else {
            data[..len].copy_from_slice(&buffer[..len]);
        }
        Stop::Port {
            key,
            port,
            size,
            input,
            data,
        }
    }

    /// Whether a port access comes from IN or OUT, not from INS or OUTS.
    #[cold]
    fn is_ordinary(&mut self, access: PortAccess, view: &View<'_>) -> bool {
        // Nearly always the last known translation shows an ordinary form; only
        // when it does not is the present one worth asking for.
        let recent = self.kvm.recent_paging();
        let linear = LinearMemory::new(view, &recent);
        if self.candidates(access, &linear).surely_ordinary {
            let code = Ordinary {
                input: access.input,
                special: Cell::new(self.kvm.special_epoch()),
                paging: recent,
            };
            self.local
                .ports
                .put(self.kvm.rip(), view, &linear.trail, code);
            return true;
        }
        let paging = self.kvm.paging();
        let found = self.candidates(access, &LinearMemory::new(view, &paging));
        match (found.here, found.behind) {
            (Some(here), Some(behind)) if here.string != behind.string => {
                // Only KVM knows which of them it is: it still has to step over
                // the one at the instruction pointer. What an output wrote stays
                // in the buffer.
                let before = self.kvm.rip();
                self.finish_by_kvm();
                let string = if self.kvm.rip() == before {
                    behind.string
                } else {
                    here.string
                };
                !string
            }
            (Some(one), _) | (None, Some(one)) => !one.string,
            // The code cannot be read, or has been changed meanwhile.
            (None, None) => true,
        }
    }

    fn candidates(&mut self, access: PortAccess, linear: &LinearMemory<'_>) -> Candidates {
        let data = port_value(self.kvm.port_data(access));
        let found = port_inst::Access {
            regs: &self.kvm.regs(),
            port: access.port,
            size: access.size,
            input: access.input,
            data: u32::try_from(data & 0xFFFF_FFFF).unwrap_or(0),
        };
        Candidates::find(linear, &found)
    }

    /// Puts a port access back to before its instruction. `INTERNAL` when that
    /// cannot be found.
    #[cold]
    fn rewind_port(&mut self, access: PortAccess, view: &View<'_>) -> Result {
        let paging = self.kvm.paging();
        let found = self.candidates(access, &LinearMemory::new(view, &paging));
        let before = self.kvm.regs();
        self.finish_by_kvm();
        let mut regs = self.kvm.regs();
        regs.gpr = before.gpr;
        if regs.rip == before.rip {
            // It was behind the instruction already.
            let inst = found.behind.filter(|inst| !inst.string);
            let len = inst.ok_or(Status::INTERNAL)?.len;
            regs.rip = paging.advance(regs.rip, len.wrapping_neg());
        } else {
            regs.rip = before.rip;
        }
        self.kvm.set_regs(&regs);
        Ok(())
    }

    /// Puts a string port access back to before its instruction. `INTERNAL` when
    /// that cannot be found.
    #[cold]
    fn rewind_string(&mut self, access: PortAccess, view: &View<'_>) -> Result {
        let (before, paging) = (self.kvm.regs(), self.kvm.paging());
        let linear = LinearMemory::new(view, &paging);
        let found = self.candidates(access, &linear);
        let step = u64::from(access.size) * u64::from(access.count);
        let mut completion = Completion::to(before);
        if access.input {
            let around = before.gpr[RDI].wrapping_sub(step);
            let len = usize::try_from(step * 2).unwrap_or(0);
            completion.save(&linear, around, len);
        }
        self.finish_by_kvm();
        completion.put_back(view);
        let mut regs = self.kvm.regs();
        // At the instruction until it was finished, or until its last element.
        let here = regs.rip != before.rip || before.rflags & RFLAGS_RF != 0;
        let inst = if here || access.input {
            found.here
        } else {
            found.behind
        };
        let inst = inst.filter(|inst| inst.string).ok_or(Status::INTERNAL)?;
        regs.rip = if here || access.input {
            before.rip
        } else {
            paging.advance(regs.rip, inst.len.wrapping_neg())
        };
        // Exactly `count` elements are over now, wherever the exit was.
        let back = if regs.rflags & RFLAGS_DF != 0 {
            step
        } else {
            step.wrapping_neg()
        };
        let mut move_back = |register: usize, by: u64| {
            let value = regs.gpr[register];
            regs.gpr[register] = merge(value, value.wrapping_add(by), inst.address_mask);
        };
        move_back(if access.input { RDI } else { RSI }, back);
        if inst.repeated {
            move_back(RCX, access.count.into());
        }
        regs.gpr[RAX] = before.gpr[RAX];
        self.kvm.set_regs(&regs);
        Ok(())
    }
}

/// The value in a port's buffer.
pub(super) fn port_value(data: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let len = data.len().min(4);
    bytes[..len].copy_from_slice(&data[..len]);
    u64::from_le_bytes(bytes)
}

/// RAX after an input of this size.
pub(super) fn merge_rax(rax: u64, value: u64, size: u8) -> u64 {
    match size {
        1 => rax & !0xFF | value & 0xFF,
        2 => rax & !0xFFFF | value & 0xFFFF,
        _ => value & 0xFFFF_FFFF,
    }
}

// SPDX-License-Identifier: MIT
//! Exits to ports (hypervisor.md, section 5.5).

use std::cell::Cell;
use std::sync::Arc;

use super::completion::{Completion, PendingIo};
use super::{Stop, Vcpu};
use crate::hypervisor::arch::x86_64::decode_cache::DecodeCache;
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::arch::x86_64::regs::{
    RAX, RCX, RDI, RFLAGS_DF, RFLAGS_RF, RSI, Regs, TranslationState,
};
use crate::hypervisor::kvm::vcpu::{KvmVcpu, PortAccess};
use crate::hypervisor::memory::View;
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

/// What the code of a port access looks like.
#[derive(PartialEq, Eq)]
enum PortCode {
    Ordinary,
    String,
    Unknown,
}

impl Vcpu {
    pub(super) fn on_port(&mut self, access: PortAccess) -> Result<Stop> {
        let view = self.memory.view();
        let kvm = &self.kvm;
        let known = |code: &Ordinary| code.input == access.input && code.holds(kvm);
        let ordinary = access.count == 1
            && (self.ports.get(kvm.rip(), &view, known).is_some()
                || is_ordinary(&mut self.kvm, &mut self.ports, access, &view));
        if !ordinary {
            drop(view);
            self.rewind_string(access);
            return Err(Status::NOT_SUPPORTED);
        }
        let Some(trap) = view.port_trap(access.port) else {
            drop(view);
            self.rewind_port(access);
            return Err(Status::NOT_FOUND);
        };
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
            self.pending_io = PendingIo::Input(access);
        } else {
            data[..len].copy_from_slice(&buffer[..len]);
        }
        Ok(Stop::Port {
            key: trap.key,
            port,
            size,
            input,
            data,
        })
    }

    /// Puts a port access back to before its instruction.
    #[cold]
    fn rewind_port(&mut self, access: PortAccess) {
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        let before = self.kvm.regs();
        self.finish_by_kvm();
        let mut regs = self.kvm.regs();
        regs.gpr = before.gpr;
        if regs.rip == before.rip {
            // It was behind the instruction already.
            let len = self.port_instruction_len(access, &view);
            regs.rip = self.kvm.paging().advance(regs.rip, len.wrapping_neg());
        } else {
            regs.rip = before.rip;
        }
        self.kvm.set_regs(&regs);
    }

    /// The length of the port instruction that ends at the instruction
    /// pointer: an opcode, an optional port number, an optional prefix.
    fn port_instruction_len(&mut self, access: PortAccess, view: &View<'_>) -> u64 {
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        let linear = LinearMemory::new(view, &paging);
        let mut code = [0; 3];
        let from = paging.code_address(paging.advance(regs.rip, 3u64.wrapping_neg()));
        let _ = linear.fetch(from, &mut code);
        let dx = if access.input { 0xEC } else { 0xEE };
        let immediate = if access.input { 0xE4 } else { 0xE6 };
        let port = access.port.to_le_bytes();
        let by_immediate = code[1] & 0xFE == immediate && code[2] == port[0] && port[1] == 0;
        let (len, before) = if code[2] & 0xFE == dx && !by_immediate {
            (1, code[1])
        } else {
            (2, code[0])
        };
        len + u64::from(before == 0x66)
    }

    /// Puts a string port access back to before its instruction.
    #[cold]
    fn rewind_string(&mut self, access: PortAccess) {
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        let (before, paging) = (self.kvm.regs(), self.kvm.paging());
        let step = u64::from(access.size) * u64::from(access.count);
        let linear = LinearMemory::new(&view, &paging);
        let mut drain = Completion::to(before);
        if access.input {
            let around = before.gpr[RDI].wrapping_sub(step);
            let len = usize::try_from(step * 2).unwrap_or(0);
            drain.save(&linear, around, len);
        }
        self.finish_by_kvm();
        drain.put_back(&view);
        // Exactly `count` elements are over now, wherever the exit was.
        let mut regs = self.kvm.regs();
        let back = if regs.rflags & RFLAGS_DF != 0 {
            step
        } else {
            step.wrapping_neg()
        };
        let index = if access.input { RDI } else { RSI };
        regs.gpr[index] = regs.gpr[index].wrapping_add(back);
        let advanced = regs.rip != before.rip;
        if before.rflags & RFLAGS_RF != 0 || regs.gpr[RCX] != before.gpr[RCX] {
            regs.gpr[RCX] = regs.gpr[RCX].wrapping_add(access.count.into());
            regs.rip = before.rip;
        } else if advanced {
            regs.rip = before.rip;
        } else {
            regs.rip = Vcpu::string_start(&regs, &paging, &view);
        }
        regs.gpr[RAX] = before.gpr[RAX];
        self.kvm.set_regs(&regs);
    }

    /// Where the string instruction that ends at the instruction pointer
    /// begins: an opcode byte and its prefixes.
    fn string_start(regs: &Regs, paging: &TranslationState, view: &View<'_>) -> u64 {
        let linear = LinearMemory::new(view, paging);
        let mut code = [0; 4];
        let from = paging.code_address(paging.advance(regs.rip, 4u64.wrapping_neg()));
        let _ = linear.fetch(from, &mut code);
        let prefix = |byte: &&u8| matches!(**byte, 0x66 | 0x67 | 0xF2 | 0xF3);
        let prefixes = code[..3].iter().rev().take_while(prefix).count() as u64;
        paging.advance(regs.rip, (prefixes + 1).wrapping_neg())
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

/// Whether a port access comes from IN or OUT, not from INS or OUTS. Where the
/// bytes around the instruction pointer could be either, it is IN or OUT.
#[cold]
fn is_ordinary(
    kvm: &mut KvmVcpu,
    ports: &mut PortRecall,
    access: PortAccess,
    view: &View<'_>,
) -> bool {
    // Nearly always the last known paging shows an ordinary form; only when it
    // does not is the present one worth asking for.
    let recent = kvm.recent_paging();
    let linear = LinearMemory::new(view, &recent);
    if port_code(kvm.rip(), access, &linear) == PortCode::Ordinary {
        let code = Ordinary {
            input: access.input,
            special: Cell::new(kvm.special_epoch()),
            paging: recent,
        };
        ports.put(kvm.rip(), view, &linear.trail, code);
        return true;
    }
    let paging = kvm.paging();
    port_code(kvm.rip(), access, &LinearMemory::new(view, &paging)) != PortCode::String
}

fn port_code(rip: u64, access: PortAccess, linear: &LinearMemory<'_>) -> PortCode {
    let paging = linear.paging;
    // Two bytes before the instruction pointer and two at it: KVM may have
    // advanced it or not.
    let mut code = [0; 4];
    let from = paging.code_address(paging.advance(rip, 2u64.wrapping_neg()));
    if linear.fetch(from, &mut code) != Ok(code.len()) {
        return PortCode::Unknown;
    }
    let (dx, immediate) = if access.input {
        (0xEC, 0xE4)
    } else {
        (0xEE, 0xE6)
    };
    let begins = |byte: u8| byte & 0xFE == dx || byte & 0xFE == immediate;
    let behind = code[1] & 0xFE == dx || code[0] & 0xFE == immediate;
    let here = begins(code[2]) || (code[2] == 0x66 && begins(code[3]));
    let string = if access.input { 0x6C } else { 0x6E };
    if behind || here {
        PortCode::Ordinary
    } else if code.iter().any(|byte| byte & 0xFE == string) {
        PortCode::String
    } else {
        PortCode::Unknown
    }
}

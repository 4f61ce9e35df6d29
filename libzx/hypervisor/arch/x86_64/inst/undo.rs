// SPDX-License-Identifier: MIT
//! Registers before an instruction that has stored, given those behind it.

use iced_x86::{Code, Instruction, Mnemonic, OpKind, Register};

use super::is_repeated;
use super::operands::{address_mask, general, merge, stack_mask};
use crate::hypervisor::arch::x86_64::regs::{
    RBP, RCX, RDI, RFLAGS_DF, RSI, RSP, Regs, TranslationState,
};

/// Registers before a store of this value, given those after it: only string and
/// stack instructions change registers besides.
pub fn undo(inst: &Instruction, regs: &Regs, paging: &TranslationState, stored: u64) -> Regs {
    let mut before = *regs;
    let code = inst.code();
    let (source, destination, size) = match code {
        Code::Stosb_m8_AL => (false, true, 1),
        Code::Stosw_m16_AX => (false, true, 2),
        Code::Stosd_m32_EAX => (false, true, 4),
        Code::Stosq_m64_RAX => (false, true, 8),
        Code::Movsb_m8_m8 => (true, true, 1),
        Code::Movsw_m16_m16 => (true, true, 2),
        Code::Movsd_m32_m32 => (true, true, 4),
        Code::Movsq_m64_m64 => (true, true, 8),
        _ => {
            let moved = i64::from(inst.stack_pointer_increment()).cast_unsigned();
            let rsp = regs.gpr[RSP].wrapping_sub(moved);
            let mask = stack_mask(paging);
            before.gpr[RSP] = merge(regs.gpr[RSP], rsp, mask);
            if is_enter(inst) {
                // It has stored the frame pointer and made a new one.
                before.gpr[RBP] = merge(regs.gpr[RBP], stored, mask);
            }
            return before;
        }
    };
    let mask = address_mask(inst, paging);
    let back = if regs.rflags & RFLAGS_DF != 0 {
        size
    } else {
        0u64.wrapping_sub(size)
    };
    let mut step = |register: usize, by: u64| {
        before.gpr[register] = merge(
            regs.gpr[register],
            regs.gpr[register].wrapping_add(by),
            mask,
        );
    };
    if source {
        step(RSI, back);
    }
    if destination {
        step(RDI, back);
    }
    if is_repeated(inst) {
        step(RCX, 1);
    }
    before
}

/// Whether undoing an instruction takes all that it has stored.
pub fn is_enter(inst: &Instruction) -> bool {
    inst.mnemonic() == Mnemonic::Enter
}

/// What an instruction stores, if that is plain to see.
pub fn stored_value(inst: &Instruction, regs: &Regs) -> Option<u64> {
    match inst.mnemonic() {
        // What goes onto the stack is not the stack pointer after that.
        Mnemonic::Push if inst.op0_kind() == OpKind::Register => {
            let register = inst.op0_register();
            (register.full_register() != Register::RSP).then(|| general(register, regs))?
        }
        Mnemonic::Mov | Mnemonic::Movnti => match inst.op1_kind() {
            OpKind::Register => general(inst.op1_register(), regs),
            OpKind::Immediate8
            | OpKind::Immediate16
            | OpKind::Immediate32
            | OpKind::Immediate64
            | OpKind::Immediate8to16
            | OpKind::Immediate8to32
            | OpKind::Immediate8to64
            | OpKind::Immediate32to64 => Some(inst.immediate(1)),
            _ => None,
        },
        Mnemonic::Stosb | Mnemonic::Stosw | Mnemonic::Stosd | Mnemonic::Stosq => Some(regs.gpr[0]),
        _ => None,
    }
}

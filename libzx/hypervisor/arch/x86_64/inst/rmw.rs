// SPDX-License-Identifier: MIT
//! Undoing instructions that read memory, change it and write it back
//! (hypervisor.md, sections 5.6 and 11.5).
//!
//! KVM tells of a store to read-only memory when the instruction is over but for
//! the store: registers and flags are those behind it. What it has read is still
//! there, what it would have stored is known, and that gives the registers back.
//! Flags that the instruction overwrites whatever they were, and the upper half of
//! a register that it exchanges 32 bits of, are gone; they get the values of the
//! last entry into the guest. The guest cannot tell: they are overwritten again
//! when the instruction is retried.

use iced_x86::{Instruction, Mnemonic, OpKind, Register, RflagsBits};

use super::operands::{general, with_general};
use crate::hypervisor::arch::x86_64::regs::{RAX, RBX, RCX, RDX, Regs};

const CF: u64 = 1 << 0;
const PF: u64 = 1 << 2;
const AF: u64 = 1 << 4;
const ZF: u64 = 1 << 6;
const SF: u64 = 1 << 7;
const OF: u64 = 1 << 11;

/// An operand that an instruction has read and written.
#[derive(Clone, Copy)]
pub struct Operand {
    /// Its width.
    pub bits: u32,
    /// What it holds, unless some of it has been overwritten.
    pub old: Option<u64>,
    /// What the instruction stores.
    pub new: u64,
}

/// What became of undoing an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undone {
    /// The registers before it, but for the instruction pointer, and what the
    /// operand held.
    To(Regs, u64),
    /// It stores what is there already, and that is all that was left of it.
    Over,
    /// It is this instruction, but what was before it is lost.
    Lost,
}

impl Operand {
    fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    fn fits(&self, old: u64) -> bool {
        self.old.is_none_or(|known| known == old & self.mask())
    }
}

/// The registers before an instruction of this kind, as far as its addresses
/// may be made of them: only exchanges change general registers otherwise.
pub fn undo_registers(inst: &Instruction, after: &Regs, entry: &Regs, new: u64) -> Regs {
    let register = inst.op1_register();
    let before = match inst.mnemonic() {
        Mnemonic::Xchg if inst.op0_kind() == OpKind::Memory => new,
        Mnemonic::Xchg => return undo_exchange(inst.op0_register(), after, entry, new),
        Mnemonic::Xadd => match general(register, after) {
            Some(old) => new.wrapping_sub(old),
            None => return *after,
        },
        _ => return *after,
    };
    undo_exchange(register, after, entry, before)
}

fn undo_exchange(register: Register, after: &Regs, entry: &Regs, value: u64) -> Regs {
    let mut before = *after;
    if register.is_gpr() {
        let index = register.full_register().number();
        let value = with_general(register, after, value);
        let known = register.size() == 4 && entry.gpr[index] & 0xFFFF_FFFF == value;
        before.gpr[index] = if known { entry.gpr[index] } else { value };
    }
    before
}

/// Takes an instruction back; `None` when it cannot have stored that. `entry`
/// are the registers of the last entry into the guest.
pub fn undo(inst: &Instruction, after: &Regs, entry: &Regs, operand: Operand) -> Option<Undone> {
    let before = undo_registers(inst, after, entry, operand.new);
    let entry = entry.rflags;
    let (mask, new) = (operand.mask(), operand.new & operand.mask());
    if !shows_result(inst, after.rflags, new, operand.bits) {
        return None;
    }
    let source = source(inst, &before).unwrap_or(0) & mask;
    let carry = after.rflags & CF;
    let mut flags = FlagsBefore {
        gone: overwritten(inst),
        carry: None,
    };
    // What the operand must have held; `None` when that cannot be told from what
    // is stored.
    let old = match inst.mnemonic() {
        Mnemonic::Add => Some(new.wrapping_sub(source)),
        Mnemonic::Sub => Some(new.wrapping_add(source)),
        Mnemonic::Xor => Some(new ^ source),
        Mnemonic::Inc => Some(new.wrapping_sub(1)),
        Mnemonic::Dec => Some(new.wrapping_add(1)),
        Mnemonic::Neg => Some(new.wrapping_neg()),
        Mnemonic::Not => Some(!new),
        Mnemonic::And | Mnemonic::Or => {
            let Some(old) = operand.old else {
                return Some(Undone::Lost);
            };
            let stored = if inst.mnemonic() == Mnemonic::And {
                old & source
            } else {
                old | source
            };
            (stored == new).then_some(old)
        }
        Mnemonic::Adc | Mnemonic::Sbb => {
            let Some(old) = operand.old else {
                return Some(Undone::Lost);
            };
            let used = if inst.mnemonic() == Mnemonic::Adc {
                new.wrapping_sub(old).wrapping_sub(source)
            } else {
                old.wrapping_sub(source).wrapping_sub(new)
            };
            flags.carry = Some(used & mask);
            (used & mask <= 1).then_some(old)
        }
        Mnemonic::Xchg | Mnemonic::Xadd => {
            let register = match inst.op1_kind() {
                OpKind::Register => inst.op1_register(),
                _ => inst.op0_register(),
            };
            general(register, after)
        }
        Mnemonic::Cmpxchg | Mnemonic::Cmpxchg8b => {
            let (expected, stored) = if inst.mnemonic() == Mnemonic::Cmpxchg {
                (after.gpr[RAX] & mask, source)
            } else {
                let pair =
                    |high: usize, low: usize| after.gpr[high] << 32 | after.gpr[low] & 0xFFFF_FFFF;
                (pair(RDX, RAX), pair(RCX, RBX))
            };
            if after.rflags & ZF == 0 {
                // What was compared has been replaced by what is there.
                return (new == expected && operand.fits(new)).then_some(Undone::Over);
            }
            (stored == new).then_some(expected)
        }
        Mnemonic::Bts | Mnemonic::Btr | Mnemonic::Btc => {
            let bit = 1 << (source % u64::from(operand.bits));
            let now = new & bit != 0;
            let (old, wanted) = match inst.mnemonic() {
                Mnemonic::Btc => (new ^ bit, carry == 0),
                set if carry != 0 => (new | bit, set == Mnemonic::Bts),
                set => (new & !bit, set == Mnemonic::Bts),
            };
            (now == wanted).then_some(old)
        }
        Mnemonic::Shl | Mnemonic::Sal | Mnemonic::Shr | Mnemonic::Sar => {
            return undo_shift(inst, after, entry, operand, source);
        }
        Mnemonic::Rol | Mnemonic::Ror | Mnemonic::Rcl | Mnemonic::Rcr => {
            return undo_rotation(inst, after, entry, operand, source);
        }
        Mnemonic::Shld | Mnemonic::Shrd => {
            return undo_double_shift(inst, after, entry, operand);
        }
        _ => return None,
    }? & mask;
    operand
        .fits(old)
        .then(|| Undone::To(flags.put_back(&before, entry), old))
}

/// What becomes of flags.
#[derive(Clone, Copy)]
struct FlagsBefore {
    /// What cannot be known, and need not.
    gone: u64,
    /// The carry before, if the instruction has used it.
    carry: Option<u64>,
}

impl FlagsBefore {
    fn put_back(self, before: &Regs, entry: u64) -> Regs {
        let mut rflags = before.rflags & !self.gone | entry & self.gone;
        if let Some(carry) = self.carry {
            rflags = rflags & !CF | carry;
        }
        Regs { rflags, ..*before }
    }
}

/// Whether the flags are those that the result of an instruction gives, where it
/// gives any.
fn shows_result(inst: &Instruction, rflags: u64, result: u64, bits: u32) -> bool {
    use Mnemonic::{Adc, Add, And, Dec, Inc, Neg, Or, Sbb, Sub, Xadd, Xor};
    if !matches!(
        inst.mnemonic(),
        Adc | Add | And | Dec | Inc | Neg | Or | Sbb | Sub | Xadd | Xor
    ) {
        return true;
    }
    let even = result.to_le_bytes()[0].count_ones().is_multiple_of(2);
    [
        (ZF, result == 0),
        (SF, result >> (bits - 1) & 1 != 0),
        (PF, even),
    ]
    .iter()
    .all(|&(flag, set)| (rflags & flag != 0) == set)
}

/// The flags that an instruction overwrites.
fn overwritten(inst: &Instruction) -> u64 {
    let modified = inst.rflags_modified();
    [
        (RflagsBits::CF, CF),
        (RflagsBits::PF, PF),
        (RflagsBits::AF, AF),
        (RflagsBits::ZF, ZF),
        (RflagsBits::SF, SF),
        (RflagsBits::OF, OF),
    ]
    .iter()
    .filter(|(bit, _)| modified & bit != 0)
    .fold(0, |flags, (_, flag)| flags | flag)
}

/// The operand that is not the memory.
fn source(inst: &Instruction, regs: &Regs) -> Option<u64> {
    match inst.op1_kind() {
        OpKind::Register => general(inst.op1_register(), regs),
        OpKind::Memory if inst.op0_kind() == OpKind::Register => general(inst.op0_register(), regs),
        OpKind::Immediate8
        | OpKind::Immediate16
        | OpKind::Immediate32
        | OpKind::Immediate64
        | OpKind::Immediate8to16
        | OpKind::Immediate8to32
        | OpKind::Immediate8to64
        | OpKind::Immediate32to64 => Some(inst.immediate(1)),
        _ => None,
    }
}

/// How far a shift goes, as the processor takes it.
fn count(value: u64, bits: u32) -> u32 {
    let limit = if bits == 64 { 0x3F } else { 0x1F };
    u32::try_from(value & limit).unwrap_or(0)
}

/// What a shift by nothing leaves: everything.
fn unmoved(after: &Regs, operand: Operand) -> Option<Undone> {
    let new = operand.new & operand.mask();
    operand.fits(new).then_some(Undone::To(*after, new))
}

fn undo_shift(
    inst: &Instruction,
    after: &Regs,
    entry: u64,
    operand: Operand,
    source: u64,
) -> Option<Undone> {
    let by = count(source, operand.bits);
    if by == 0 {
        return unmoved(after, operand);
    }
    let Some(old) = operand.old else {
        return Some(Undone::Lost);
    };
    let unused = 64 - operand.bits;
    let stored = match inst.mnemonic() {
        Mnemonic::Shr => old >> by,
        Mnemonic::Sar => (((old << unused).cast_signed() >> unused) >> by).cast_unsigned(),
        _ => old << by,
    };
    let flags = FlagsBefore {
        gone: overwritten(inst),
        carry: None,
    };
    ((stored ^ operand.new) & operand.mask() == 0)
        .then(|| Undone::To(flags.put_back(after, entry), old))
}

fn undo_rotation(
    inst: &Instruction,
    after: &Regs,
    entry: u64,
    operand: Operand,
    source: u64,
) -> Option<Undone> {
    let by = count(source, operand.bits);
    if by == 0 {
        return unmoved(after, operand);
    }
    let through_carry = matches!(inst.mnemonic(), Mnemonic::Rcl | Mnemonic::Rcr);
    let width = operand.bits + u32::from(through_carry);
    let new = operand.new & operand.mask();
    let carry = u128::from(after.rflags & CF);
    let turned = if through_carry {
        carry << operand.bits | u128::from(new)
    } else {
        new.into()
    };
    let left = matches!(inst.mnemonic(), Mnemonic::Rol | Mnemonic::Rcl);
    // Back, the other way round.
    let back = if left { by % width } else { width - by % width } % width;
    let mask = (1u128 << width) - 1;
    let before = (turned >> back | turned << (width - back)) & mask;
    let old = u64::try_from(before & u128::from(operand.mask())).ok()?;
    let flags = FlagsBefore {
        gone: overwritten(inst),
        carry: through_carry.then(|| u64::from(before >> operand.bits & 1 != 0)),
    };
    operand
        .fits(old)
        .then(|| Undone::To(flags.put_back(after, entry), old))
}

fn undo_double_shift(
    inst: &Instruction,
    after: &Regs,
    entry: u64,
    operand: Operand,
) -> Option<Undone> {
    let by = match inst.op2_kind() {
        OpKind::Register => general(inst.op2_register(), after)?,
        _ => u64::from(inst.immediate8()),
    };
    let by = count(by, operand.bits);
    if by == 0 {
        return unmoved(after, operand);
    }
    let Some(old) = operand.old else {
        return Some(Undone::Lost);
    };
    let source = general(inst.op1_register(), after)? & operand.mask();
    let flags = FlagsBefore {
        gone: overwritten(inst),
        carry: None,
    };
    // What comes of more than the operand's width is not defined.
    let defined = by <= operand.bits;
    let (by, rest) = (by.min(63), operand.bits.saturating_sub(by));
    let stored = match inst.mnemonic() {
        Mnemonic::Shld => old << by | source.checked_shr(rest).unwrap_or(0),
        _ => old >> by | source.checked_shl(rest).unwrap_or(0),
    };
    let fits = !defined || (stored ^ operand.new) & operand.mask() == 0;
    fits.then(|| Undone::To(flags.put_back(after, entry), old))
}

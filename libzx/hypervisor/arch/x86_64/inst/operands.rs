// SPDX-License-Identifier: MIT
//! Addresses of memory operands, and general registers and their parts.

use iced_x86::{Instruction, Mnemonic, OpKind, Register, UsedMemory};

use super::Inst;
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::arch::x86_64::regs::{FS, Regs, TranslationState};
use crate::hypervisor::memory::GpaLookup;

/// Registers and memory, as addresses are made of them.
pub struct Context<'a> {
    /// Memory.
    pub linear: &'a LinearMemory<'a>,
    /// Registers.
    pub regs: &'a Regs,
}

impl Context<'_> {
    /// The linear address of a memory operand.
    pub fn address(&self, inst: &Inst, memory: &UsedMemory) -> Option<u64> {
        let paging = self.linear.paging;
        let address = memory.virtual_address(0, |register, _, _| {
            if register.is_segment_register() {
                let index = register.number();
                // In 64-bit code only FS and GS have bases.
                return if paging.long_code && index < FS {
                    Some(0)
                } else {
                    paging.bases.get(index).copied()
                };
            }
            general(register, self.regs)
        })?;
        let address = address.wrapping_add(self.bit_string_offset(&inst.decoded));
        Some(if paging.long_code {
            address
        } else {
            address & 0xFFFF_FFFF
        })
    }

    /// How far the number of a bit in a register moves the access away from the
    /// operand: by whole operands, downwards as well.
    fn bit_string_offset(&self, inst: &Instruction) -> u64 {
        let bits = match inst.mnemonic() {
            Mnemonic::Bt | Mnemonic::Bts | Mnemonic::Btr | Mnemonic::Btc => {
                8 * inst.memory_size().size()
            }
            _ => return 0,
        };
        let number = match inst.op1_kind() {
            OpKind::Register => general(inst.op1_register(), self.regs),
            _ => None,
        };
        let unused = 64 - u32::try_from(bits).unwrap_or(64).clamp(16, 64);
        let number = (number.unwrap_or(0) << unused).cast_signed() >> unused;
        let bytes = i64::try_from(bits / 8).unwrap_or(1).max(1);
        (number.div_euclid(bytes * 8) * bytes).cast_unsigned()
    }

    /// How many bytes of an access lie before the part at `gpa`: 0 for its
    /// beginning. `None` when that part is not of this access.
    pub fn part(&self, address: u64, size: usize, gpa: u64) -> Option<usize> {
        let first = self.in_page(address);
        if self.linear.translate(address).ok() == Some(gpa) {
            return Some(0);
        }
        // What is not trapped from its beginning is so from a page on.
        let next = address.wrapping_add(first as u64);
        (size > first && self.linear.translate(next).ok() == Some(gpa)).then_some(first)
    }

    /// How long the first part of an access is that leaves the guest.
    pub fn first_part(&self, address: u64, size: usize) -> usize {
        size.min(self.in_page(address)).min(8)
    }

    /// How many bytes of a store leave the guest: those that do not lie in memory
    /// that it can write.
    pub fn leaving(&self, address: u64, size: usize) -> usize {
        let first = self.in_page(address).min(size);
        let parts = [(0, first), (first, size - first)];
        let leaves = |&(at, len): &(usize, usize)| {
            let gpa = self.linear.translate(address.wrapping_add(at as u64));
            let place = gpa.map(|gpa| self.linear.view.place(gpa));
            len != 0 && !matches!(place, Ok(GpaLookup::Memory(allowed)) if allowed.write)
        };
        parts
            .iter()
            .filter(|part| leaves(part))
            .map(|(_, len)| len)
            .sum()
    }

    /// How many bytes of its page there are from an address on.
    pub fn in_page(&self, address: u64) -> usize {
        usize::try_from(0x1000 - (address & 0xFFF)).unwrap_or(0x1000)
    }
}

/// The value of a general register, or of a part of one.
pub fn general(register: Register, regs: &Regs) -> Option<u64> {
    if !register.is_gpr() {
        return None;
    }
    let index = register.full_register().number();
    let value = *regs.gpr.get(index)?;
    Some(match register {
        Register::AH | Register::CH | Register::DH | Register::BH => value >> 8 & 0xFF,
        _ => match register.size() {
            1 => value & 0xFF,
            2 => value & 0xFFFF,
            4 => value & 0xFFFF_FFFF,
            _ => value,
        },
    })
}

/// The full register after a value was written to it, or to a part of it.
pub fn with_general(register: Register, regs: &Regs, value: u64) -> u64 {
    let old = regs.gpr[register.full_register().number()];
    match register {
        Register::AH | Register::CH | Register::DH | Register::BH => {
            old & !0xFF00 | value << 8 & 0xFF00
        }
        _ => match register.size() {
            1 => old & !0xFF | value & 0xFF,
            2 => old & !0xFFFF | value & 0xFFFF,
            4 => value & 0xFFFF_FFFF,
            _ => value,
        },
    }
}

/// A register after a value of this width was written to it.
pub fn merge(old: u64, new: u64, mask: u64) -> u64 {
    // A 32-bit register write clears the upper half.
    if mask == 0xFFFF {
        old & !mask | new & mask
    } else {
        new & mask
    }
}

/// A mask of the bits of the addresses that a string instruction writes to.
pub fn address_mask(inst: &Instruction, paging: &TranslationState) -> u64 {
    let base = if inst.op0_kind() == OpKind::MemoryESEDI {
        Register::EDI
    } else if inst.op0_kind() == OpKind::MemoryESDI {
        Register::DI
    } else {
        Register::RDI
    };
    match (base, paging.code_bits()) {
        (Register::RDI, _) => u64::MAX,
        (Register::EDI, _) => 0xFFFF_FFFF,
        _ => 0xFFFF,
    }
}

/// A mask of the bits of the stack pointer.
pub fn stack_mask(paging: &TranslationState) -> u64 {
    match (paging.long_code, paging.big_stack) {
        (true, _) => u64::MAX,
        (false, true) => 0xFFFF_FFFF,
        (false, false) => 0xFFFF,
    }
}

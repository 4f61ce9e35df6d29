// SPDX-License-Identifier: MIT
//! Which instruction a port access comes from (hypervisor.md, section 11.7).
//!
//! KVM does not tell an ordinary instruction from a string instruction, and
//! where the instruction pointer is depends on its kind: at an input and at a
//! repeated string instruction that has not come to its end; at an output or
//! behind it; behind a string output. So the bytes on both sides are looked at,
//! each as far as it can be read, and what they could be is compared with the
//! access.

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind};

use super::inst::{MAX_LEN, bytes_before};
use super::paging::LinearMemory;
use super::regs::{RAX, RCX, RDX, Regs};

/// A port access: the registers at its exit and what the exit tells.
pub struct Access<'a> {
    /// The registers.
    pub regs: &'a Regs,
    /// The port.
    pub port: u16,
    /// Bytes of one element.
    pub size: u8,
    /// Whether the guest reads.
    pub input: bool,
    /// What it writes, in the low bytes.
    pub data: u32,
}

/// A port instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortInst {
    /// Its length.
    pub len: u64,
    /// Whether it is a string instruction.
    pub string: bool,
    /// Whether it repeats.
    pub repeated: bool,
    /// A mask of the bits of its address, and of its count.
    pub address_mask: u64,
}

/// What may have made an access, for all that the code shows.
#[derive(Clone, Copy, Default)]
pub struct Candidates {
    /// The instruction at the instruction pointer.
    pub here: Option<PortInst>,
    /// One that ends there.
    pub behind: Option<PortInst>,
    /// Whether the code alone, with any registers, can be no string
    /// instruction.
    pub surely_ordinary: bool,
}

impl Candidates {
    /// Looks at the code.
    pub fn find(linear: &LinearMemory<'_>, access: &Access<'_>) -> Candidates {
        let here = at(linear, access.regs.rip);
        let mut found = Candidates {
            here: here
                .filter(|inst| matches(inst, access))
                .map(|inst| port_inst(&inst)),
            behind: None,
            surely_ordinary: here.is_some_and(|inst| is_ordinary(inst.mnemonic())),
        };
        if !access.input {
            let mut strings = here.is_some_and(|inst| is_string(inst.mnemonic()));
            let mut ordinary = found.surely_ordinary;
            for_each_before(linear, access.regs.rip, |inst| {
                strings |= is_string(inst.mnemonic());
                ordinary |= is_ordinary(inst.mnemonic());
                let (fits, inst) = (matches(inst, access), port_inst(inst));
                // A repeated one is only over when its count is.
                let count = access.regs.gpr[RCX] & inst.address_mask;
                if !fits || (inst.repeated && count != 0) {
                    return;
                }
                match found.behind {
                    // What could be either is the ordinary form.
                    Some(known) if !known.string || inst.string && !inst.repeated => {}
                    _ => found.behind = Some(inst),
                }
            });
            found.surely_ordinary = ordinary && !strings;
        }
        found
    }
}

fn is_ordinary(mnemonic: Mnemonic) -> bool {
    matches!(mnemonic, Mnemonic::In | Mnemonic::Out)
}

fn is_string(mnemonic: Mnemonic) -> bool {
    use Mnemonic::{Insb, Insd, Insw, Outsb, Outsd, Outsw};
    matches!(mnemonic, Insb | Insw | Insd | Outsb | Outsw | Outsd)
}

/// The port instruction at an instruction pointer, if there is one.
fn at(linear: &LinearMemory<'_>, rip: u64) -> Option<Instruction> {
    let mut bytes = [0; MAX_LEN];
    let paging = linear.paging;
    let available = linear.fetch(paging.code_address(rip), &mut bytes).ok()?;
    decode(&bytes[..available], paging.code_bits(), rip)
}

/// Calls `f` with every port instruction that may end at an instruction
/// pointer, the shortest first.
fn for_each_before(linear: &LinearMemory<'_>, rip: u64, mut f: impl FnMut(&Instruction)) {
    let paging = linear.paging;
    let (bytes, available) = bytes_before(linear, rip);
    for len in 1..=available {
        let start = paging.advance(rip, (len as u64).wrapping_neg());
        if let Some(inst) = decode(&bytes[MAX_LEN - len..], paging.code_bits(), start)
            && inst.len() == len
        {
            f(&inst);
        }
    }
}

fn decode(bytes: &[u8], bits: u32, rip: u64) -> Option<Instruction> {
    let mut decoder = Decoder::with_ip(bits, bytes, rip, DecoderOptions::NONE);
    let inst = decoder.decode();
    (is_ordinary(inst.mnemonic()) || is_string(inst.mnemonic())).then_some(inst)
}

/// Whether an instruction, with these registers, makes this access.
fn matches(inst: &Instruction, access: &Access<'_>) -> bool {
    use Code::{
        In_AL_DX, In_AL_imm8, In_AX_DX, In_AX_imm8, In_EAX_DX, In_EAX_imm8, Insb_m8_DX,
        Insd_m32_DX, Insw_m16_DX, Out_DX_AL, Out_DX_AX, Out_DX_EAX, Out_imm8_AL, Out_imm8_AX,
        Out_imm8_EAX, Outsb_DX_m8, Outsd_DX_m32, Outsw_DX_m16,
    };
    let (input, size) = match inst.code() {
        In_AL_DX | In_AL_imm8 | Insb_m8_DX => (true, 1),
        In_AX_DX | In_AX_imm8 | Insw_m16_DX => (true, 2),
        In_EAX_DX | In_EAX_imm8 | Insd_m32_DX => (true, 4),
        Out_DX_AL | Out_imm8_AL | Outsb_DX_m8 => (false, 1),
        Out_DX_AX | Out_imm8_AX | Outsw_DX_m16 => (false, 2),
        Out_DX_EAX | Out_imm8_EAX | Outsd_DX_m32 => (false, 4),
        _ => return false,
    };
    let immediate = (0..inst.op_count()).any(|op| inst.op_kind(op) == OpKind::Immediate8);
    let port = if immediate {
        u64::from(inst.immediate8())
    } else {
        access.regs.gpr[RDX] & 0xFFFF
    };
    let mask = u64::MAX >> (64 - 8 * u32::from(access.size.clamp(1, 4)));
    let stored = input
        || is_string(inst.mnemonic())
        || (access.regs.gpr[RAX] ^ u64::from(access.data)) & mask == 0;
    input == access.input && size == access.size && port == access.port.into() && stored
}

fn port_inst(inst: &Instruction) -> PortInst {
    let string = is_string(inst.mnemonic());
    let address_mask = (0..inst.op_count())
        .find_map(|op| match inst.op_kind(op) {
            OpKind::MemorySegSI | OpKind::MemoryESDI => Some(0xFFFF),
            OpKind::MemorySegESI | OpKind::MemoryESEDI => Some(0xFFFF_FFFF),
            _ => None,
        })
        .unwrap_or(u64::MAX);
    PortInst {
        len: inst.len() as u64,
        string,
        repeated: string && (inst.has_rep_prefix() || inst.has_repne_prefix()),
        address_mask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(regs: &Regs, size: u8, data: u32) -> Access<'_> {
        Access {
            regs,
            port: 0x80,
            size,
            input: false,
            data,
        }
    }

    fn one(bytes: &[u8]) -> Instruction {
        decode(bytes, 64, 0).unwrap_or_default()
    }

    #[test]
    fn outputs_are_told_by_port_size_and_value() {
        let mut regs = Regs::default();
        (regs.gpr[RAX], regs.gpr[RDX]) = (0x1234_5678, 0x80);
        for (bytes, size, fits) in [
            (&[0xEE][..], 1, true),
            (&[0x66, 0xEF], 2, true),
            (&[0xEF], 4, true),
            (&[0xEF], 2, false),
            (&[0xE6, 0x80], 1, true),
            (&[0xE6, 0x81], 1, false),
            (&[0x6E], 1, true),
            (&[0xEC], 1, false),
        ] {
            assert_eq!(
                matches(&one(bytes), &access(&regs, size, 0x1234_5678)),
                fits
            );
        }
        assert!(!matches(&one(&[0xEE]), &access(&regs, 1, 0x77)));
        assert!(matches(&one(&[0x6E]), &access(&regs, 1, 0x77)));
    }

    #[test]
    fn strings_know_their_prefixes() {
        let rep = port_inst(&one(&[0xF3, 0x67, 0x6E]));
        assert!(rep.string && rep.repeated);
        assert_eq!((rep.len, rep.address_mask), (3, 0xFFFF_FFFF));
        let plain = port_inst(&one(&[0x6E]));
        assert!(plain.string && !plain.repeated);
        assert_eq!(plain.address_mask, u64::MAX);
        assert!(!port_inst(&one(&[0xEE])).string);
    }
}

// SPDX-License-Identifier: MIT
//! Instructions behind exits (hypervisor.md, section 11.6): finding them, where
//! they access memory, and what the registers were before them.
//!
//! | part | what it does |
//! |---|---|
//! | [`search`] | finds the instruction of an access |
//! | [`operands`] | addresses and registers |
//! | [`undo`], [`rmw`] | registers before an instruction that is over |

use iced_x86::{
    Decoder, DecoderOptions, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind,
    Register, UsedMemory,
};
use smallvec::SmallVec;

use super::regs::{Regs, TranslationState};
use crate::hypervisor::exit::MemoryAccess;

mod operands;
mod rmw;
mod search;
mod undo;

pub use operands::merge;
use operands::{general, with_general};
pub use search::{Cache, Search, Store, bytes_before, make_tables};
use undo::stored_value;

/// The longest instruction.
pub const MAX_LEN: usize = 15;

/// An instruction and where it accesses memory.
#[derive(Clone)]
pub struct Inst {
    /// Length in bytes.
    pub len: u8,
    /// The bytes, zero padded.
    pub bytes: [u8; MAX_LEN],
    decoded: Instruction,
    memory: SmallVec<[UsedMemory; 2]>,
    /// The size of its one access, if it has one and no other effect on what
    /// addresses are made of: then an access of that size needs no look at
    /// addresses.
    plain: Option<u8>,
    /// Whether it changes other registers than the general ones.
    special: bool,
}

impl Inst {
    /// Whether there is memory that it writes and does not read, as nearly
    /// always when it writes.
    fn only_writes(&self) -> bool {
        let stores = |memory: &UsedMemory| writes(memory.access()) && !reads(memory.access());
        self.memory.iter().any(stores)
    }

    /// How long one of its accesses is; 0 when that cannot be told. Of a
    /// repeated instruction, it is that of one element.
    fn size_of(&self, memory: &UsedMemory) -> usize {
        let size = memory.memory_size().size();
        if size == 0 && self.decoded.is_string_instruction() {
            self.decoded.memory_size().size()
        } else {
            size
        }
    }
}

/// The instruction that made an access.
pub struct Found {
    /// Its length and bytes.
    pub len: u8,
    /// Its bytes, zero padded.
    pub bytes: [u8; MAX_LEN],
    /// The registers before it ran; the instruction pointer is at it.
    pub start: Regs,
    /// Whether the access goes on after the part that has left the guest.
    pub more: bool,
    /// Whether it is a store of one part that changes nothing else: then the
    /// registers at the exit are those behind it.
    pub plain_store: bool,
    /// Whether it repeats.
    pub repeated: bool,
    /// What finishing it would write: linear addresses and lengths.
    pub writes: SmallVec<[(u64, usize); 1]>,
    /// What it has written: a linear address and the bytes before.
    pub restore: Option<(u64, SmallVec<[u8; 8]>)>,
    /// What it does, if it is one of the moves that only load a register.
    pub load: Option<Load>,
    /// Whether it changes other registers than the general ones.
    pub special: bool,
}

impl Found {
    #[inline]
    fn new(inst: &Inst, start: Regs) -> Found {
        Found {
            len: inst.len,
            bytes: inst.bytes,
            start,
            more: false,
            plain_store: false,
            repeated: is_repeated(&inst.decoded),
            writes: SmallVec::new(),
            restore: None,
            load: Load::of(&inst.decoded),
            special: inst.special,
        }
    }
}

/// A move from memory to a general register.
#[derive(Clone, Copy)]
pub struct Load {
    register: Register,
    bytes: u32,
    signed: bool,
}

impl Load {
    fn of(inst: &Instruction) -> Option<Load> {
        let signed = match inst.mnemonic() {
            Mnemonic::Mov | Mnemonic::Movzx => false,
            Mnemonic::Movsx | Mnemonic::Movsxd => true,
            _ => return None,
        };
        let register = inst.op0_register();
        let bytes = u32::try_from(inst.memory_size().size()).ok()?;
        let plain = register.is_gpr() && inst.op1_kind() == OpKind::Memory;
        (plain && (1..=8).contains(&bytes)).then_some(Load {
            register,
            bytes,
            signed,
        })
    }

    /// The data with which the load itself turns the registers `start` into
    /// `wanted`, but for the instruction pointer; `None` when none does.
    pub fn data_for(self, start: &Regs, wanted: &Regs) -> Option<u64> {
        let index = self.register.full_register().number();
        let others = |regs: &Regs| Regs {
            rip: 0,
            gpr: {
                let mut gpr = regs.gpr;
                gpr[index] = 0;
                gpr
            },
            ..*regs
        };
        if others(start) != others(wanted) {
            return None;
        }
        let data = general(self.register, wanted)? & low_bytes(u8::try_from(self.bytes).ok()?);
        let unused = 64 - 8 * self.bytes;
        let loaded = if self.signed {
            ((data << unused).cast_signed() >> unused).cast_unsigned()
        } else {
            data
        };
        (with_general(self.register, start, loaded) == wanted.gpr[index]).then_some(data)
    }
}

/// A move with one access that its bytes alone say all about.
pub struct Plain {
    /// Length in bytes.
    pub len: u8,
    /// The bytes, zero padded.
    pub bytes: [u8; MAX_LEN],
    /// What it loads, if that goes into a general register.
    pub load: Option<Load>,
    decoded: Instruction,
    size: u8,
    is_store: bool,
    paging: TranslationState,
}

impl Plain {
    fn of(inst: &Inst, access: &MemoryAccess, paging: &TranslationState) -> Plain {
        Plain {
            len: inst.len,
            bytes: inst.bytes,
            load: Load::of(&inst.decoded),
            decoded: inst.decoded,
            size: access.len,
            is_store: access.stored.is_some(),
            paging: *paging,
        }
    }

    /// Whether this is what it stores, to be seen from its bytes and these
    /// registers.
    pub fn surely_stores(&self, data: [u8; 8], regs: &Regs) -> bool {
        stored_value(&self.decoded, regs)
            .is_some_and(|value| (value ^ u64::from_le_bytes(data)) & low_bytes(self.size) == 0)
    }
}

fn decode(factory: &mut InstructionInfoFactory, bytes: &[u8], bits: u32, rip: u64) -> Option<Inst> {
    let mut decoder = Decoder::with_ip(bits, bytes, rip, DecoderOptions::NONE);
    let decoded = decoder.decode();
    if decoded.is_invalid() {
        return None;
    }
    let info = factory.info(&decoded);
    let memory: SmallVec<[UsedMemory; 2]> = info.used_memory().iter().copied().collect();
    let plain = plain_size(&decoded, &memory);
    let special = decoded.is_privileged()
        || decoded.is_jmp_far_indirect()
        || decoded.is_call_far_indirect()
        || (info.used_registers().iter())
            .any(|used| writes(used.access()) && !used.register().is_gpr());
    let len = decoded.len();
    let mut inst = Inst {
        len: u8::try_from(len).ok()?,
        bytes: [0; MAX_LEN],
        decoded,
        memory,
        plain,
        special,
    };
    inst.bytes[..len].copy_from_slice(&bytes[..len]);
    Some(inst)
}

fn plain_size(inst: &Instruction, memory: &[UsedMemory]) -> Option<u8> {
    let [only] = memory else { return None };
    let one_way = !(reads(only.access()) && writes(only.access()));
    let moves = inst.mnemonic() == Mnemonic::Mov || Load::of(inst).is_some();
    let size = u8::try_from(only.memory_size().size()).ok()?;
    (moves && one_way && (1..=8).contains(&size)).then_some(size)
}

/// A mask of the low `len` bytes.
fn low_bytes(len: u8) -> u64 {
    u64::MAX >> (64 - 8 * u32::from(len.clamp(1, 8)))
}

fn reads(access: OpAccess) -> bool {
    !matches!(
        access,
        OpAccess::Write | OpAccess::CondWrite | OpAccess::NoMemAccess | OpAccess::None
    )
}

fn writes(access: OpAccess) -> bool {
    matches!(
        access,
        OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite
    )
}

fn is_repeated(inst: &Instruction) -> bool {
    inst.is_string_instruction() && (inst.has_rep_prefix() || inst.has_repne_prefix())
}

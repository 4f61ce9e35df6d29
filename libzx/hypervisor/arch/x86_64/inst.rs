// SPDX-License-Identifier: MIT
//! Finding the instruction behind an exit (hypervisor.md, section 11.6).
//!
//! For a load KVM leaves the instruction pointer at the instruction; for a
//! store it is behind it and nothing tells where the instruction began. Then
//! every length is tried, the shortest first: the bytes must decode to that
//! length and write memory, the address must translate to the exit's, and
//! size and, where known, value must be the exit's. What the bytes alone tell
//! is remembered, so a loop pays for decoding once. Where a store crosses a
//! page or is wider than KVM's eight bytes, instructions of several sizes may
//! fit; then the total length of its parts decides.

use iced_x86::{
    Code, Decoder, DecoderOptions, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind,
    Register, UsedMemory,
};
use smallvec::SmallVec;

use super::decode_cache::{self, DecodeCache};
use super::paging::LinearMemory;
use super::regs::{FS, RCX, RDI, RFLAGS_DF, RFLAGS_RF, RSI, RSP, Regs, TranslationState};
use crate::hypervisor::kvm::vcpu::MemoryAccess;
use crate::hypervisor::memory::View;
use crate::status::{Result, Status};

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
    /// What else it writes: linear addresses and lengths.
    pub writes: SmallVec<[(u64, usize); 1]>,
    /// What it does, if it is one of the moves that only load a register.
    pub load: Option<Load>,
    /// Whether it changes other registers than the general ones.
    pub special: bool,
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

/// The full register after a value was written to it, or to a part of it.
fn with_general(register: Register, regs: &Regs, value: u64) -> u64 {
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

/// A store that left the guest.
pub struct Store {
    /// Its first part.
    pub access: MemoryAccess,
    /// The bytes of that part.
    pub data: u64,
    /// How long all parts are together, if that is known.
    pub total: Option<usize>,
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

/// Remembers what the bytes before or at an instruction pointer decode to.
pub struct Cache {
    factory: InstructionInfoFactory,
    entries: Box<[Option<Entry>; decode_cache::ENTRIES]>,
    plain: DecodeCache<Plain>,
}

struct Entry {
    rip: u64,
    bits: u32,
    /// How many bytes before the instruction pointer were looked at for an
    /// instruction that ends there; 0 for one that starts there.
    window: usize,
    bytes: [u8; MAX_LEN],
    candidates: SmallVec<[Inst; 2]>,
}

impl Default for Cache {
    fn default() -> Cache {
        let mut factory = InstructionInfoFactory::new();
        // The first decoding in a process makes tables: not in a guest's time.
        decode(&mut factory, &[0x88, 0x00], 64, 0);
        Cache {
            factory,
            entries: Box::new([const { None }; decode_cache::ENTRIES]),
            plain: DecodeCache::default(),
        }
    }
}

impl Cache {
    /// The plain move that made an access, if it is known already: behind the
    /// instruction pointer for a store, at it for a load.
    #[inline]
    pub fn plain(
        &self,
        view: &View<'_>,
        paging: &TranslationState,
        rip: u64,
        access: &MemoryAccess,
    ) -> Option<&Plain> {
        self.plain.get(rip, view, |plain| {
            plain.size == access.len
                && plain.is_store == access.stored.is_some()
                && plain.paging == *paging
        })
    }

    /// The instruction of a load: the one at the instruction pointer.
    pub fn of_load(
        &mut self,
        linear: &LinearMemory<'_>,
        regs: &Regs,
        access: &MemoryAccess,
    ) -> Result<Found> {
        let inst = self.at(linear, regs.rip)?;
        let mut found = Found::new(inst, *regs);
        if inst.plain == Some(access.len) {
            let plain = Plain::of(inst, access, linear.paging);
            self.plain.put(regs.rip, linear.view, &linear.trail, plain);
            return Ok(found);
        }
        let context = Context { linear, regs };
        for memory in &inst.memory {
            let Some(address) = context.address(memory) else {
                continue;
            };
            let size = inst.size_of(memory);
            match context.part(address, size, access.gpa) {
                Some(done) if reads(memory.access()) => {
                    found.more = size > done + usize::from(access.len);
                    if !writes(memory.access()) {
                        continue;
                    }
                }
                _ if writes(memory.access()) && !is_bit_string(&inst.decoded) => {
                    found.writes.push((address, size));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// What the instruction at the instruction pointer accesses that is no
    /// memory to it: the first such address, and whether it is written and
    /// not read. For instructions that KVM does not know.
    pub fn of_unknown(
        &mut self,
        linear: &LinearMemory<'_>,
        regs: &Regs,
        is_memory: impl Fn(u64, bool) -> bool,
    ) -> Result<Option<(Found, u64, bool)>> {
        let inst = self.at(linear, regs.rip)?;
        let context = Context { linear, regs };
        for memory in &inst.memory {
            let Some(address) = context.address(memory) else {
                continue;
            };
            let written = writes(memory.access());
            if !written && !reads(memory.access()) {
                continue;
            }
            let first = context.in_page(address);
            let next = (inst.size_of(memory) > first).then(|| address.wrapping_add(first as u64));
            for part in [Some(address), next].into_iter().flatten() {
                if let Ok(gpa) = linear.translate(part)
                    && !is_memory(gpa, written)
                {
                    let only_written = written && !reads(memory.access());
                    return Ok(Some((Found::new(inst, *regs), gpa, only_written)));
                }
            }
        }
        Ok(None)
    }

    /// The instruction of a store. `INTERNAL` when none fits; nothing when
    /// several fit that differ in how much they store, and the total decides.
    pub fn of_store(
        &mut self,
        linear: &LinearMemory<'_>,
        regs: &Regs,
        store: &Store,
    ) -> Result<Option<Found>> {
        if regs.rflags & RFLAGS_RF != 0
            && let Ok(inst) = self.at(linear, regs.rip)
            && is_repeated(&inst.decoded)
            && let Some((found, _)) = try_store(inst, linear, regs, regs.rip, store)
        {
            return Ok(Some(found));
        }
        // The shortest comes first, so the bytes in the page before are only
        // looked at when those in this one do not do; but a first part of a
        // store leaves its size open, so that all have to be compared.
        let here = bytes_before_in_page(linear, regs.rip);
        let end = store.access.gpa + u64::from(store.access.len);
        let whole = store.access.len < 8 && end & 0xFFF != 0;
        let windows = if whole {
            [here, MAX_LEN]
        } else {
            [MAX_LEN, here]
        };
        for window in windows.into_iter().filter(|window| *window != 0) {
            if let Some(found) = self.shortest_store(linear, regs, store, window)? {
                return Ok(found);
            }
        }
        Err(Status::INTERNAL)
    }

    /// The shortest instruction among the `window` bytes before the
    /// instruction pointer that fits, if any; and nothing of it when it is
    /// not the only size.
    fn shortest_store(
        &mut self,
        linear: &LinearMemory<'_>,
        regs: &Regs,
        store: &Store,
        window: usize,
    ) -> Result<Option<Option<Found>>> {
        let mut shortest: Option<(Found, usize)> = None;
        let candidates = self.before(linear, regs.rip, window)?;
        // With all bytes looked at, the only one that there is must be it.
        if let [only] = candidates
            && window == MAX_LEN
            && only.plain == Some(store.access.len)
        {
            let rip = linear
                .paging
                .advance(regs.rip, u64::from(only.len).wrapping_neg());
            let found = Found::new(only, Regs { rip, ..*regs });
            let plain = Plain::of(only, &store.access, linear.paging);
            self.plain.put(regs.rip, linear.view, &linear.trail, plain);
            return Ok(Some(Some(Found {
                plain_store: true,
                ..found
            })));
        }
        for inst in candidates {
            let start = linear
                .paging
                .advance(regs.rip, u64::from(inst.len).wrapping_neg());
            let Some((found, size)) = try_store(inst, linear, regs, start, store) else {
                continue;
            };
            match &shortest {
                None => shortest = Some((found, size)),
                Some((_, other)) if *other != size && store.total.is_none() => {
                    return Ok(Some(None));
                }
                Some(_) => {}
            }
        }
        Ok(shortest.map(|(found, _)| Some(found)))
    }

    /// The instruction at an instruction pointer.
    pub fn at(&mut self, linear: &LinearMemory<'_>, rip: u64) -> Result<&Inst> {
        let mut bytes = [0; MAX_LEN];
        let available = linear.fetch(linear.paging.code_address(rip), &mut bytes)?;
        let entry = self.entry(linear.paging, rip, 0, &bytes, |factory, bits| {
            decode(factory, &bytes[..available], bits, rip)
                .into_iter()
                .collect()
        });
        entry.candidates.first().ok_or(Status::INTERNAL)
    }

    /// The instructions that may end at an instruction pointer and only write
    /// some memory, the shortest first.
    fn before(&mut self, linear: &LinearMemory<'_>, rip: u64, window: usize) -> Result<&[Inst]> {
        let paging = linear.paging;
        let mut bytes = [0; MAX_LEN];
        let start = paging.advance(rip, (window as u64).wrapping_neg());
        let into = &mut bytes[MAX_LEN - window..];
        let available = if linear.fetch(paging.code_address(start), into) == Ok(window) {
            window
        } else {
            0
        };
        let entry = self.entry(paging, rip, window, &bytes, |factory, bits| {
            (1..=available)
                .filter_map(|len| {
                    let start = paging.advance(rip, (len as u64).wrapping_neg());
                    let inst = decode(factory, &bytes[MAX_LEN - len..], bits, start)?;
                    // What reads the same place first has left the guest for
                    // that, and is known already.
                    let stores = |m: &UsedMemory| writes(m.access()) && !reads(m.access());
                    let fits = usize::from(inst.len) == len;
                    (fits && inst.memory.iter().any(stores)).then_some(inst)
                })
                .collect()
        });
        Ok(&entry.candidates)
    }

    fn entry(
        &mut self,
        paging: &TranslationState,
        rip: u64,
        window: usize,
        bytes: &[u8; MAX_LEN],
        decode: impl FnOnce(&mut InstructionInfoFactory, u32) -> SmallVec<[Inst; 2]>,
    ) -> &Entry {
        let bits = paging.code_bits();
        let slot = &mut self.entries[decode_cache::slot_of(rip)];
        let hit = slot.as_ref().is_some_and(|entry| {
            (entry.rip, entry.bits, entry.window) == (rip, bits, window) && entry.bytes == *bytes
        });
        if !hit {
            *slot = None;
        }
        slot.get_or_insert_with(|| Entry {
            rip,
            bits,
            window,
            bytes: *bytes,
            candidates: decode(&mut self.factory, bits),
        })
    }
}

/// How many of the bytes before an instruction pointer, up to the longest
/// instruction, are in the page of the last of them.
fn bytes_before_in_page(linear: &LinearMemory<'_>, rip: u64) -> usize {
    let end = linear.paging.code_address(rip);
    let here = usize::try_from(end & 0xFFF).unwrap_or(0);
    here.min(MAX_LEN)
}

/// The bytes before an instruction pointer, up to the longest instruction and as
/// far as they can be read, at the end of the result; and how many they are.
pub fn bytes_before(linear: &LinearMemory<'_>, rip: u64) -> ([u8; MAX_LEN], usize) {
    let mut bytes = [0; MAX_LEN];
    let here = bytes_before_in_page(linear, rip);
    let mut available = 0;
    for (from, to) in [(here, 0), (MAX_LEN, here)] {
        let start = linear.paging.advance(rip, (from as u64).wrapping_neg());
        let into = &mut bytes[MAX_LEN - from..MAX_LEN - to];
        let len = into.len();
        if linear.fetch(linear.paging.code_address(start), into) != Ok(len) {
            break;
        }
        available = from;
    }
    (bytes, available)
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
            load: Load::of(&inst.decoded),
            special: inst.special,
        }
    }
}

/// Whether an instruction made a store: what it is and how much it stores.
fn try_store(
    inst: &Inst,
    linear: &LinearMemory<'_>,
    regs: &Regs,
    rip: u64,
    store: &Store,
) -> Option<(Found, usize)> {
    let access = &store.access;
    let start = Regs {
        rip,
        ..undo(&inst.decoded, regs, linear.paging)
    };
    let context = Context {
        linear,
        regs: &start,
    };
    let memory = inst.memory.iter().find_map(|memory| {
        let size = inst.size_of(memory);
        let address = context
            .address(memory)
            .filter(|_| writes(memory.access()))?;
        let done = context.part(address, size, access.gpa)?;
        let expected = context.first_part(address, size);
        let right_size = size == 0 || done != 0 || expected == usize::from(access.len);
        right_size.then_some((size, done))
    });
    let (size, done) = memory?;
    if store
        .total
        .is_some_and(|total| size != 0 && total != size - done)
    {
        return None;
    }
    let known = stored_value(&inst.decoded, &start);
    if done == 0 && known.is_some_and(|value| (value ^ store.data) & low_bytes(access.len) != 0) {
        return None;
    }
    let mut found = Found::new(inst, start);
    found.more = size > done + usize::from(access.len);
    Some((found, size))
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

/// Whether the number of a bit in a register moves the access away from the
/// operand.
fn is_bit_string(inst: &Instruction) -> bool {
    let bits = matches!(
        inst.mnemonic(),
        Mnemonic::Bt | Mnemonic::Bts | Mnemonic::Btr | Mnemonic::Btc
    );
    bits && inst.op1_kind() == OpKind::Register
}

fn is_repeated(inst: &Instruction) -> bool {
    inst.is_string_instruction() && (inst.has_rep_prefix() || inst.has_repne_prefix())
}

/// What an instruction stores, if that is plain to see.
fn stored_value(inst: &Instruction, regs: &Regs) -> Option<u64> {
    match inst.mnemonic() {
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

/// Registers before a store, given those after it: only string and stack
/// instructions change registers besides.
fn undo(inst: &Instruction, regs: &Regs, paging: &TranslationState) -> Regs {
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
            before.gpr[RSP] = merge(regs.gpr[RSP], rsp, stack_mask(paging));
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

/// A register after a value of this width was written to it.
pub fn merge(old: u64, new: u64, mask: u64) -> u64 {
    // A 32-bit register write clears the upper half.
    if mask == 0xFFFF {
        old & !mask | new & mask
    } else {
        new & mask
    }
}

fn address_mask(inst: &Instruction, paging: &TranslationState) -> u64 {
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

fn stack_mask(paging: &TranslationState) -> u64 {
    match (paging.long_code, paging.big_stack) {
        (true, _) => u64::MAX,
        (false, true) => 0xFFFF_FFFF,
        (false, false) => 0xFFFF,
    }
}

/// The value of a general register, or of a part of one.
fn general(register: Register, regs: &Regs) -> Option<u64> {
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

struct Context<'a> {
    linear: &'a LinearMemory<'a>,
    regs: &'a Regs,
}

impl Context<'_> {
    /// The linear address of a memory operand.
    fn address(&self, memory: &UsedMemory) -> Option<u64> {
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
        Some(if paging.long_code {
            address
        } else {
            address & 0xFFFF_FFFF
        })
    }

    /// How many bytes of an access lie before the part at `gpa`: 0 for its
    /// beginning. `None` when that part is not of this access.
    fn part(&self, address: u64, size: usize, gpa: u64) -> Option<usize> {
        let first = self.in_page(address);
        if self.linear.translate(address).ok() == Some(gpa) {
            return Some(0);
        }
        // What is not trapped from its beginning is so from a page on.
        let next = address.wrapping_add(first as u64);
        (size > first && self.linear.translate(next).ok() == Some(gpa)).then_some(first)
    }

    /// How long the first part of an access is that leaves the guest.
    fn first_part(&self, address: u64, size: usize) -> usize {
        size.min(self.in_page(address)).min(8)
    }

    fn in_page(&self, address: u64) -> usize {
        usize::try_from(0x1000 - (address & 0xFFF)).unwrap_or(0x1000)
    }
}

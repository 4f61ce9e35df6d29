// SPDX-License-Identifier: MIT
//! Finding the instruction of an access.
//!
//! For a load KVM leaves the instruction pointer at the instruction; for a
//! store it is behind it and nothing tells where the instruction began. Then
//! every length is tried, the shortest first: the bytes must decode to that
//! length and write memory, the address must translate to the exit's, and
//! size and, where known, value must be the exit's. What the bytes alone tell
//! is remembered, so a loop pays for decoding once. Where a store crosses a
//! page or is wider than KVM's eight bytes, instructions of several sizes may
//! fit; then the total length of its parts decides. A call is not before the
//! instruction pointer, but before what it has pushed.

use iced_x86::{Code, InstructionInfoFactory, Mnemonic, OpKind, UsedMemory};

use super::operands::{Context, general, stack_mask};
use super::rmw::{self, Operand, Undone};
use super::undo::{is_enter, stored_value, undo};
use super::{Found, Inst, MAX_LEN, Plain, decode, is_repeated, reads, writes};
use crate::hypervisor::arch::x86_64::decode_cache::{self, DecodeCache};
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::arch::x86_64::regs::{RCX, RFLAGS_RF, RSP, Regs, TranslationState};
use crate::hypervisor::exit::MemoryAccess;
use crate::hypervisor::memory::View;
use crate::status::{Result, Status};

/// A store that left the guest.
pub struct Store<'a> {
    /// Its first part.
    pub access: MemoryAccess,
    /// The bytes of that part.
    pub data: u64,
    /// All parts in their order, once the instruction is over.
    pub parts: Option<&'a [MemoryAccess]>,
    /// Whether it went to memory that can be read, so that the instruction may
    /// have read it before.
    pub readable: bool,
    /// The registers of the last entry into the guest.
    pub entry: &'a Regs,
}

impl Store<'_> {
    /// How long all parts are together, if that is known.
    fn total(&self) -> Option<usize> {
        let lengths = self.parts?.iter().map(|part| usize::from(part.len));
        Some(lengths.sum())
    }

    /// All that was stored, of this many bytes, if it is known and no more.
    fn value(&self, size: usize) -> Option<u64> {
        if usize::from(self.access.len) == size {
            return Some(self.data);
        }
        let mut bytes = [0; 8];
        let mut done = 0;
        for part in self.parts? {
            let len = usize::from(part.len);
            let to = bytes.get_mut(done..done + len)?;
            to.copy_from_slice(part.stored?.get(..len)?);
            done += len;
        }
        (done == size).then_some(u64::from_le_bytes(bytes))
    }

    /// All that was stored, of `size` bytes, of which `total` have left the guest
    /// and the rest has gone into memory, given what is there.
    fn with_rest(&self, there: Option<u64>, total: usize, size: usize) -> Option<u64> {
        let (there, left) = (there?, self.value(total)?);
        let (total, size) = (
            8 * u32::try_from(total).ok()?,
            8 * u32::try_from(size).ok()?,
        );
        let mask = u64::MAX.checked_shr(64 - total)?;
        // Its second part begins a page.
        let up = if self.access.gpa & 0xFFF == 0 {
            size - total
        } else {
            0
        };
        Some(there & !(mask << up) | (left & mask) << up)
    }
}

/// The outcome of looking for the instruction of a store.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub enum Search {
    /// This one.
    Found(Found),
    /// All parts of the store have to be known first.
    Open,
    /// One that stores what is there already, and is over but for that.
    Over,
}

/// Whether an instruction has made a store.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once")]
enum Fit {
    No,
    /// It has; and how much it stores.
    Yes(Found, usize),
    Open,
    Over,
    /// It has, and what was before it cannot be told.
    Lost,
}

/// Remembers what the bytes before or at an instruction pointer decode to.
pub struct Cache {
    factory: InstructionInfoFactory,
    entries: Box<[Option<Entry>; DECODED]>,
    plain: DecodeCache<Plain>,
}

struct Entry {
    rip: u64,
    bits: u32,
    /// How many bytes before the instruction pointer were looked at for an
    /// instruction that ends there; 0 for one that starts there.
    window: usize,
    bytes: [u8; MAX_LEN],
    candidates: Box<[Inst]>,
}

/// The first decoding in a process makes tables, with much stack and memory:
/// not in a guest's time.
pub fn make_tables() {
    decode(&mut InstructionInfoFactory::new(), &[0x88, 0x00], 64, 0);
}

/// For how many instruction pointers it is known what the bytes there decode to.
const DECODED: usize = 16;

impl Default for Cache {
    fn default() -> Cache {
        Cache {
            factory: InstructionInfoFactory::new(),
            entries: decode_cache::empty(),
            plain: DecodeCache::default(),
        }
    }
}

impl Cache {
    /// How much memory it takes, but for what is decoded.
    pub const BYTES: usize = DECODED * size_of::<Option<Entry>>() + DecodeCache::<Plain>::BYTES;

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
            let Some(address) = context.address(inst, memory) else {
                continue;
            };
            let size = inst.size_of(memory);
            let part = context.part(address, size, access.gpa);
            if let Some(done) = part
                && reads(memory.access())
            {
                found.more = size > done + usize::from(access.len);
                if size > usize::from(access.len) {
                    // What is loaded is not the program's alone.
                    found.load = None;
                }
            }
            // What it writes elsewhere, or with its other part into memory.
            if writes(memory.access()) && (part.is_none() || size > context.in_page(address)) {
                found.writes.push((address, size));
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
            let Some(address) = context.address(inst, memory) else {
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

    /// The linear address of the descriptor that the instruction at the instruction
    /// pointer loads a segment register from, given those of the global and the
    /// local table.
    pub fn descriptor(
        &mut self,
        linear: &LinearMemory<'_>,
        regs: &Regs,
        (global, local): (u64, u64),
    ) -> Option<u64> {
        let inst = self.at(linear, regs.rip).ok()?;
        let decoded = &inst.decoded;
        let context = Context { linear, regs };
        // Where in memory it is, behind what stands before it there.
        let in_memory = |skipped: u64| {
            let read = inst.memory.iter().find(|memory| reads(memory.access()))?;
            let address = context.address(inst, read)?.wrapping_add(skipped);
            let mut selector = [0; 2];
            let there = linear.read_linear(address, &mut selector).is_ok();
            there.then(|| u64::from(u16::from_le_bytes(selector)))
        };
        let offset = || u64::try_from(decoded.memory_size().size()).unwrap_or(0);
        let selector = match decoded.mnemonic() {
            Mnemonic::Mov | Mnemonic::Pop if decoded.op0_register().is_segment_register() => {
                match decoded.op1_kind() {
                    OpKind::Register if decoded.op_count() == 2 => {
                        general(decoded.op1_register(), regs)
                    }
                    _ => in_memory(0),
                }
            }
            Mnemonic::Lldt | Mnemonic::Ltr => match decoded.op0_kind() {
                OpKind::Register => general(decoded.op0_register(), regs),
                _ => in_memory(0),
            },
            Mnemonic::Jmp | Mnemonic::Call
                if decoded.op0_kind() == OpKind::FarBranch16
                    || decoded.op0_kind() == OpKind::FarBranch32 =>
            {
                Some(decoded.far_branch_selector().into())
            }
            Mnemonic::Jmp | Mnemonic::Call
                if decoded.is_jmp_far_indirect() || decoded.is_call_far_indirect() =>
            {
                in_memory(offset().checked_sub(2)?)
            }
            Mnemonic::Retf | Mnemonic::Iret | Mnemonic::Iretd | Mnemonic::Iretq => {
                in_memory(match decoded.code() {
                    Code::Retfq | Code::Retfq_imm16 | Code::Iretq => 8,
                    Code::Retfd | Code::Retfd_imm16 | Code::Iretd => 4,
                    _ => 2,
                })
            }
            _ => None,
        }? & 0xFFFF;
        let table = if selector & 4 == 0 { global } else { local };
        (selector & !3 != 0).then(|| table.wrapping_add(selector & !7))
    }

    /// The instruction of a store. `INTERNAL` when none fits, or when what was
    /// before it cannot be told.
    pub fn of_store(
        &mut self,
        linear: &LinearMemory<'_>,
        regs: &Regs,
        store: &Store<'_>,
    ) -> Result<Search> {
        if regs.rflags & RFLAGS_RF != 0
            && let Ok(inst) = self.at(linear, regs.rip)
            && is_repeated(&inst.decoded)
            && let Fit::Yes(found, _) = try_store(inst, linear, regs, regs.rip, store)
        {
            return Ok(Search::Found(found));
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
        if store.parts.is_none() {
            return Ok(Search::Open);
        }
        let call = self.call(linear, regs, store);
        call.map(Search::Found).ok_or(Status::INTERNAL)
    }

    /// The shortest instruction among the `window` bytes before the
    /// instruction pointer that fits, if any, and if it is the only size.
    fn shortest_store(
        &mut self,
        linear: &LinearMemory<'_>,
        regs: &Regs,
        store: &Store<'_>,
        window: usize,
    ) -> Result<Option<Search>> {
        let mut shortest: Option<(Found, usize)> = None;
        let candidates = self.before(linear, regs.rip, window)?;
        // With all bytes looked at, the only one that there is must be it.
        let mut pure = candidates.iter().filter(|inst| inst.only_writes());
        if let (Some(only), None) = (pure.next(), pure.next())
            && window == MAX_LEN
            && !store.readable
            && only.plain == Some(store.access.len)
        {
            let rip = linear
                .paging
                .advance(regs.rip, u64::from(only.len).wrapping_neg());
            let found = Found::new(only, Regs { rip, ..*regs });
            let plain = Plain::of(only, &store.access, linear.paging);
            self.plain.put(regs.rip, linear.view, &linear.trail, plain);
            return Ok(Some(Search::Found(Found {
                plain_store: true,
                ..found
            })));
        }
        for inst in candidates {
            // What reads the same place first has left the guest for that, and
            // is known already, unless it could read it.
            if !store.readable && !inst.only_writes() {
                continue;
            }
            let start = linear
                .paging
                .advance(regs.rip, u64::from(inst.len).wrapping_neg());
            let (found, size) = match try_store(inst, linear, regs, start, store) {
                Fit::No => continue,
                Fit::Yes(found, size) => (found, size),
                Fit::Open => return Ok(Some(Search::Open)),
                Fit::Over => return Ok(Some(Search::Over)),
                Fit::Lost => return Err(Status::INTERNAL),
            };
            match &shortest {
                None => shortest = Some((found, size)),
                Some((_, other)) if *other != size && store.parts.is_none() => {
                    return Ok(Some(Search::Open));
                }
                // Both store as much outside, one of them the rest in memory: a
                // prefix is one, and not the end of the instruction before.
                Some((_, other)) if *other != size => shortest = Some((found, size)),
                // A repeated one that is over has counted down to nothing.
                Some((known, other)) if *other == size && found.repeated && !known.repeated => {
                    shortest = Some((found, size));
                }
                Some(_) => {}
            }
        }
        Ok(shortest.map(|(found, _)| Search::Found(found)))
    }

    /// The call that has made a store: it ends where the value that it has pushed
    /// says, and leads to the instruction pointer.
    fn call(&mut self, linear: &LinearMemory<'_>, regs: &Regs, store: &Store<'_>) -> Option<Found> {
        let (paging, size) = (linear.paging, store.total()?);
        let behind = store.value(size)?;
        let (bytes, available) = bytes_before(linear, behind);
        (2..=available).find_map(|len| {
            let rip = paging.advance(behind, (len as u64).wrapping_neg());
            let code = &bytes[MAX_LEN - len..];
            let inst = decode(&mut self.factory, code, paging.code_bits(), rip)?;
            let near = inst.decoded.is_call_near() || inst.decoded.is_call_near_indirect();
            let pushed = usize::try_from(-inst.decoded.stack_pointer_increment()).ok()?;
            if !near || usize::from(inst.len) != len || pushed != size {
                return None;
            }
            let mut start = Regs { rip, ..*regs };
            let mask = stack_mask(paging);
            let rsp = regs.gpr[RSP].wrapping_add(size as u64);
            start.gpr[RSP] = super::merge(regs.gpr[RSP], rsp, mask);
            let context = Context {
                linear,
                regs: &start,
            };
            let pushes = inst.memory.iter().any(|memory| {
                let address = context.address(&inst, memory);
                writes(memory.access())
                    && address.is_some_and(|at| context.part(at, size, store.access.gpa).is_some())
            });
            let target = match inst.decoded.op0_kind() {
                OpKind::Register => general(inst.decoded.op0_register(), &start)?,
                OpKind::Memory => {
                    let read = inst.memory.iter().find(|memory| reads(memory.access()))?;
                    let address = context.address(&inst, read)?;
                    let mut bytes = [0; 8];
                    let into = bytes.get_mut(..size)?;
                    (linear.read_linear(address, into) == Ok(())).then_some(())?;
                    u64::from_le_bytes(bytes)
                }
                _ => inst.decoded.near_branch_target(),
            };
            let leads = paging.advance(target, 0) == regs.rip;
            (pushes && leads).then(|| Found::new(&inst, start))
        })
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

    /// The instructions that may end at an instruction pointer and write memory,
    /// the shortest first.
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
                    let stores = |memory: &UsedMemory| writes(memory.access());
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
        decode: impl FnOnce(&mut InstructionInfoFactory, u32) -> Box<[Inst]>,
    ) -> &Entry {
        let bits = paging.code_bits();
        let slot = &mut self.entries[decode_cache::slot_of::<DECODED>(rip)];
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

/// Whether an instruction made a store.
fn try_store(
    inst: &Inst,
    linear: &LinearMemory<'_>,
    regs: &Regs,
    rip: u64,
    store: &Store<'_>,
) -> Fit {
    if !inst.only_writes() {
        return try_change(inst, linear, &Regs { rip, ..*regs }, store);
    }
    let access = &store.access;
    let start = Regs {
        rip,
        ..undo(&inst.decoded, regs, linear.paging, store.data)
    };
    let context = Context {
        linear,
        regs: &start,
    };
    let memory = inst.memory.iter().find_map(|memory| {
        let size = inst.size_of(memory);
        let address = context
            .address(inst, memory)
            .filter(|_| writes(memory.access()))?;
        let done = context.part(address, size, access.gpa)?;
        let first = if done == 0 {
            context.first_part(address, size)
        } else {
            (size - done).min(8)
        };
        let right_size = size == 0 || first == usize::from(access.len);
        right_size.then_some((address, size, done))
    });
    let Some((address, size, done)) = memory else {
        return Fit::No;
    };
    let leaving = context.leaving(address, size);
    if size != 0 && store.total().is_some_and(|total| total != leaving) {
        return Fit::No;
    }
    if let Some(value) = stored_value(&inst.decoded, &start)
        && !stores(value, &context, (address, size, done), store)
    {
        return Fit::No;
    }
    let mut found = Found::new(inst, start);
    if found.repeated && regs.rflags & RFLAGS_RF == 0 {
        let mask = super::operands::address_mask(&inst.decoded, linear.paging);
        if regs.gpr[RCX] & mask != 0 {
            return Fit::No;
        }
    }
    if is_enter(&inst.decoded) {
        let Some(stored) = store.value(size) else {
            return if store.parts.is_some() {
                Fit::Lost
            } else {
                Fit::Open
            };
        };
        let before = undo(&inst.decoded, regs, linear.paging, stored);
        found.start = Regs { rip, ..before };
    }
    found.more = store.parts.is_none() && leaving > usize::from(access.len);
    Fit::Yes(found, size)
}

/// Whether a store of `value` to an address can be the one that left the guest
/// after `done` bytes, and has put the rest into memory where there is some.
fn stores(
    value: u64,
    context: &Context<'_>,
    (address, size, done): (u64, usize, usize),
    store: &Store<'_>,
) -> bool {
    let bytes = value.to_le_bytes();
    let len = usize::from(store.access.len);
    let (Some(left), Some(all)) = (bytes.get(done..done + len), bytes.get(..size)) else {
        return false;
    };
    let first = context.in_page(address).min(size);
    let (kept, at) = if done == 0 {
        (&all[first..], first)
    } else {
        (&all[..first], 0)
    };
    let mut there = [0; 8];
    let there = &mut there[..kept.len()];
    let kept_address = address.wrapping_add(at as u64);
    let in_memory = !kept.is_empty() && context.leaving(kept_address, kept.len()) == 0;
    store.data.to_le_bytes()[..len] == *left
        && (!in_memory
            || context.linear.read_linear(kept_address, there).is_err()
            || *there == *kept)
}

/// Whether an instruction that reads what it writes made a store, given the
/// registers behind it but for the instruction pointer.
fn try_change(inst: &Inst, linear: &LinearMemory<'_>, after: &Regs, store: &Store<'_>) -> Fit {
    let changes = |memory: &&UsedMemory| reads(memory.access()) && writes(memory.access());
    let Some(memory) = inst.memory.iter().find(changes) else {
        return Fit::No;
    };
    let size = inst.size_of(memory);
    let Some(total) = store.total() else {
        return Fit::Open;
    };
    if !(1..=8).contains(&size) || total > size {
        return Fit::No;
    }
    // Where it is, as far as that does not depend on what it exchanges.
    let address_by = |regs: &Regs| Context { linear, regs }.address(inst, memory);
    let is_here = |address: u64| {
        let context = Context {
            linear,
            regs: after,
        };
        context.part(address, size, store.access.gpa).is_some()
    };
    let read = |address: Option<u64>| {
        let mut bytes = [0; 8];
        let fine = linear.read_linear(address?, &mut bytes[..size]) == Ok(());
        fine.then_some(u64::from_le_bytes(bytes))
    };
    let (stored, partly) = match store.value(size) {
        Some(stored) => (stored, false),
        // The rest is in memory that can be written, and has been.
        None => match store.with_rest(read(address_by(after)), total, size) {
            Some(stored) => (stored, true),
            None => return Fit::No,
        },
    };
    let start = rmw::undo_registers(&inst.decoded, after, store.entry, stored);
    let address = address_by(&start);
    let context = Context {
        linear,
        regs: &start,
    };
    let leaves_as_much = |at: &u64| context.leaving(*at, size) == total;
    let Some(at) = address.filter(|at| is_here(*at) && leaves_as_much(at)) else {
        return Fit::No;
    };
    let operand = Operand {
        bits: u32::try_from(size * 8).unwrap_or(64),
        old: read(address).filter(|_| !partly),
        new: stored,
    };
    match rmw::undo(&inst.decoded, after, store.entry, operand) {
        None => Fit::No,
        Some(Undone::Lost) => Fit::Lost,
        Some(Undone::Over) => Fit::Over,
        Some(Undone::To(start, old)) => {
            let mut found = Found::new(inst, start);
            if partly {
                let bytes = old.to_le_bytes().into_iter().take(size).collect();
                found.restore = Some((at, bytes));
            }
            Fit::Yes(found, size)
        }
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

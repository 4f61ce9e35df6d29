// SPDX-License-Identifier: MIT
//! A guest's physical address space as the backend sees it: pieces of host
//! memory, minus traps, as slots (hypervisor.md, sections 4, 11.5 and 11.11).
//!
//! A trapped page never has a slot, so the trap always wins. Slots cannot be
//! cut; a slot that loses a part is deleted and its rest made again, and
//! meanwhile all VCPUs stay out of the guest, so that none sees the gap.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use slab::Slab;

use super::kvm::vm::{Slot, Vm};
use super::requests::VcpuRequests;
use super::traps::{Trap, TrapMap};
use crate::status::{Result, Status};
use crate::sys::memory::Mapping;
use crate::sys::user_copy;

/// The first guest-physical address that does not exist.
pub const GUEST_END: u64 = 1 << 48;

/// A piece of a private host mapping of guest memory.
#[derive(Clone)]
pub struct HostView {
    /// The host mapping.
    pub mapping: Arc<Mapping>,
    /// Where the piece begins in it.
    pub offset: u64,
}

/// What a guest may do with a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Instruction fetches; not enforced, KVM's slots cannot express it.
    pub execute: bool,
}

/// Something mapped, keyed by its first address.
#[derive(Clone)]
struct GpaRange {
    len: u64,
    view: Option<HostView>,
    access: Access,
}

impl GpaRange {
    /// The part of the piece at `gpa` that lies in `start..end`.
    fn part(&self, gpa: u64, start: u64, end: u64) -> Option<(u64, GpaRange)> {
        let (from, to) = (gpa.max(start), (gpa + self.len).min(end));
        if from >= to {
            return None;
        }
        let view = self.view.as_ref().map(|view| HostView {
            mapping: Arc::clone(&view.mapping),
            offset: view.offset + (from - gpa),
        });
        Some((
            from,
            GpaRange {
                len: to - from,
                view,
                access: self.access,
            },
        ))
    }

    /// Whether the guest can get at the memory without leaving the guest.
    fn needs_slot(&self) -> bool {
        self.view.is_some() && self.access.read
    }
}

/// A piece that the backend knows.
struct Active {
    number: u32,
    piece: GpaRange,
}

/// Guest-physical addresses that have memory and no trap.
struct SlotWindow {
    start: u64,
    end: u64,
    host: usize,
}

#[derive(Default)]
struct State {
    /// `None` once the guest is gone.
    vm: Option<Arc<Vm>>,
    /// What is mapped, traps or not.
    pieces: BTreeMap<u64, GpaRange>,
    /// What has a slot.
    slots: BTreeMap<u64, Active>,
    /// What the slots show, in order: for quick looks at guest memory.
    shown: Vec<SlotWindow>,
    /// Changes whenever `shown` does.
    generation: u64,
    numbers: Slab<()>,
    traps: TrapMap,
    ports: TrapMap,
}

/// A guest's physical address space.
#[derive(Default)]
pub struct GuestMemory {
    /// Serialises changes; taken before VCPUs are paused.
    change: Mutex<()>,
    state: RwLock<State>,
    cpus: Mutex<Cpus>,
}

/// The VCPUs of a guest.
#[derive(Default)]
struct Cpus {
    all: Vec<Arc<VcpuRequests>>,
    /// Whether they are to stay out of the guest, those that come too.
    paused: bool,
}

/// What is at an address.
pub enum GpaLookup<'a> {
    /// A trap.
    Trap(&'a Trap),
    /// Memory that the guest may use like this.
    Memory(Access),
    /// A mapping with no memory behind it.
    Void,
    /// Nothing.
    Nothing,
}

impl GuestMemory {
    /// The empty address space of a guest.
    pub fn new(vm: Arc<Vm>) -> GuestMemory {
        let state = State {
            vm: Some(vm),
            ..State::default()
        };
        GuestMemory {
            state: RwLock::new(state),
            ..GuestMemory::default()
        }
    }

    /// Lets go of the guest; no access follows.
    pub fn tear_down(&self) {
        let _change = self.change.lock();
        let old = std::mem::take(&mut *self.state.write());
        drop(old);
    }

    /// Makes a VCPU known, so that it is paused when slots are cut.
    pub fn add_cpu(&self, cpu: Arc<VcpuRequests>) {
        let mut cpus = self.cpus.lock();
        if cpus.paused {
            cpu.pause();
        }
        cpus.all.push(cpu);
    }

    /// Forgets a VCPU.
    pub fn remove_cpu(&self, cpu: &Arc<VcpuRequests>) {
        self.cpus
            .lock()
            .all
            .retain(|other| !Arc::ptr_eq(other, cpu));
    }

    /// Maps host memory into an empty range; without a view there is none,
    /// and accesses are out of its range.
    pub fn map(&self, gpa: u64, len: u64, view: Option<HostView>, access: Access) -> Result {
        let _change = self.change.lock();
        let mut state = self.state.write();
        let piece = GpaRange { len, view, access };
        state.activate(gpa, &piece)?;
        state.pieces.insert(gpa, piece);
        Ok(())
    }

    /// Unmaps a range, in which there may be holes. On failure nothing has
    /// changed.
    pub fn unmap(&self, gpa: u64, len: u64) -> Result {
        let _change = self.change.lock();
        let end = gpa + len;
        self.cut_slots(gpa, end)?;
        self.state.write().take_pieces(gpa, end);
        Ok(())
    }

    /// Maps pieces of host memory, by address, length and view, over whatever
    /// a range has. The guest finds the old or the new, never nothing. On
    /// failure nothing has changed.
    pub fn replace(
        &self,
        gpa: u64,
        len: u64,
        new: impl IntoIterator<Item = (u64, u64, Option<HostView>)>,
        access: Access,
    ) -> Result {
        let piece = |(gpa, len, view)| (gpa, GpaRange { len, view, access });
        self.exchange(gpa, gpa + len, |_| new.into_iter().map(piece).collect())
    }

    /// Changes what the guest may do with everything mapped in a range. On
    /// failure nothing has changed.
    pub fn protect(&self, gpa: u64, len: u64, access: Access) -> Result {
        self.exchange(gpa, gpa + len, |old| {
            let changed = |(gpa, piece): &(u64, GpaRange)| {
                (
                    *gpa,
                    GpaRange {
                        access,
                        ..piece.clone()
                    },
                )
            };
            old.iter().map(changed).collect()
        })
    }

    /// Puts what `new` makes of the pieces in a range in their place, while no
    /// VCPU is in the guest and none can look at its memory.
    fn exchange(
        &self,
        start: u64,
        end: u64,
        new: impl FnOnce(&[(u64, GpaRange)]) -> Vec<(u64, GpaRange)>,
    ) -> Result {
        let _change = self.change.lock();
        let paused = self.pause();
        let mut state = self.state.write();
        state.delete_slots(start, end)?;
        let old = state.take_pieces(start, end);
        let new = new(&old);
        let result = state.put_pieces(new);
        if result.is_err() {
            // There was room for the old ones before, and still is.
            state.delete_slots(start, end)?;
            state.take_pieces(start, end);
            state.put_pieces(old)?;
        }
        drop(state);
        drop(paused);
        result
    }

    /// Traps `first..=last`, which takes the range's slots away.
    pub fn add_trap(&self, first: u64, last: u64, trap: Trap) -> Result {
        let _change = self.change.lock();
        self.cut_slots(first, last + 1)?;
        self.state.write().traps.insert(first, last, trap)
    }

    /// Traps the ports `first..=last`.
    pub fn add_port_trap(&self, first: u64, last: u64, trap: Trap) -> Result {
        self.state.write().ports.insert(first, last, trap)
    }

    /// Calls `f` with every memory trap.
    pub fn for_each_trap(&self, f: impl FnMut(&Arc<Trap>)) {
        self.state.read().traps.iter().for_each(f);
    }

    /// Looks at guest memory; nothing in it is mapped or unmapped meanwhile.
    pub fn view(&self) -> View<'_> {
        View(self.state.read())
    }

    fn cut_slots(&self, start: u64, end: u64) -> Result {
        // Whole slots go without a gap anyone could see.
        let partly = self.state.read().is_cut(start, end);
        let paused = partly.then(|| self.pause());
        let result = self.state.write().delete_slots(start, end);
        drop(paused);
        result
    }

    /// Keeps all VCPUs out of the guest until the result is dropped.
    fn pause(&self) -> Paused<'_> {
        let mut cpus = self.cpus.lock();
        cpus.paused = true;
        cpus.all.iter().for_each(|cpu| cpu.pause());
        let all = cpus.all.clone();
        drop(cpus);
        all.iter().for_each(|cpu| cpu.wait_left());
        Paused(&self.cpus)
    }
}

struct Paused<'a>(&'a Mutex<Cpus>);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        let mut cpus = self.0.lock();
        cpus.paused = false;
        cpus.all.iter().for_each(|cpu| cpu.resume());
    }
}

impl State {
    /// The slots that touch a range, by first address.
    fn slots_in(&self, start: u64, end: u64) -> Vec<u64> {
        let before = self.slots.range(..start).next_back();
        let reaching = before.filter(|(gpa, slot)| *gpa + slot.piece.len > start);
        reaching
            .into_iter()
            .chain(self.slots.range(start..end))
            .map(|(&gpa, _)| gpa)
            .collect()
    }

    /// Whether a slot lies only partly in a range.
    fn is_cut(&self, start: u64, end: u64) -> bool {
        self.slots_in(start, end)
            .iter()
            .any(|gpa| *gpa < start || gpa + self.slots[gpa].piece.len > end)
    }

    /// Takes all slots out of a range and makes those again that reach out of
    /// it. On failure nothing has changed.
    fn delete_slots(&mut self, start: u64, end: u64) -> Result {
        let Some(vm) = self.vm.clone() else {
            return Ok(());
        };
        let touched = self.slots_in(start, end);
        // Only cutting a piece out of the middle of a slot needs another one.
        let middle = |gpa: &&u64| **gpa < start && **gpa + self.slots[*gpa].piece.len > end;
        if touched.iter().any(|gpa| middle(&gpa)) && self.numbers.len() >= vm.max_slots() {
            return Err(Status::NO_MEMORY);
        }
        if touched.is_empty() {
            return Ok(());
        }
        for gpa in touched {
            let Some(slot) = self.slots.remove(&gpa) else {
                continue;
            };
            delete_slot(&vm, slot.number, gpa, &slot.piece)?;
            self.numbers.remove(slot.number as usize);
            let piece = slot.piece;
            for (from, to) in [(gpa, start), (end, gpa + piece.len)] {
                if from < to
                    && let Some((gpa, rest)) = piece.part(gpa, from, to)
                {
                    self.make_slot(&vm, gpa, rest)?;
                }
            }
        }
        self.note_slots();
        Ok(())
    }

    fn note_slots(&mut self) {
        let shown = self.slots.iter().filter_map(|(&gpa, slot)| {
            let view = slot.piece.view.as_ref()?;
            let host = view.mapping.addr() + usize::try_from(view.offset).ok()?;
            Some(SlotWindow {
                start: gpa,
                end: gpa + slot.piece.len,
                host,
            })
        });
        self.shown = shown.collect();
        self.generation += 1;
    }

    /// Makes slots for the parts of a piece that no trap covers.
    fn activate(&mut self, gpa: u64, piece: &GpaRange) -> Result {
        let Some(vm) = self.vm.clone() else {
            return Err(Status::BAD_STATE);
        };
        if !piece.needs_slot() || piece.len == 0 {
            return Ok(());
        }
        let end = (gpa + piece.len).min(vm.address_limit());
        let mut free = gpa;
        let mut parts = Vec::new();
        for (first, last) in self.traps.within(gpa, end.saturating_sub(1)) {
            parts.extend(piece.part(gpa, free, first));
            free = last + 1;
        }
        parts.extend(piece.part(gpa, free, end));
        if self.numbers.len() + parts.len() > vm.max_slots() {
            return Err(Status::NO_MEMORY);
        }
        for (index, (at, part)) in parts.into_iter().enumerate() {
            if let Err(status) = self.make_slot(&vm, at, part) {
                if index != 0 {
                    self.delete_slots(gpa, at)?;
                }
                return Err(status);
            }
        }
        self.note_slots();
        Ok(())
    }

    fn make_slot(&mut self, vm: &Vm, gpa: u64, piece: GpaRange) -> Result {
        let Some(view) = &piece.view else {
            return Ok(());
        };
        let key = self.numbers.insert(());
        let number = u32::try_from(key).map_err(|_| Status::NO_MEMORY)?;
        let slot = Slot {
            number,
            gpa,
            mapping: &view.mapping,
            offset: view.offset,
            len: piece.len,
            read_only: !piece.access.write,
        };
        if let Err(status) = vm.set_slot(&slot) {
            self.numbers.remove(key);
            return Err(status);
        }
        self.slots.insert(gpa, Active { number, piece });
        Ok(())
    }

    /// Maps pieces where there is nothing.
    fn put_pieces(&mut self, pieces: Vec<(u64, GpaRange)>) -> Result {
        for (gpa, piece) in pieces {
            self.activate(gpa, &piece)?;
            self.pieces.insert(gpa, piece);
        }
        Ok(())
    }

    /// Takes the parts of all pieces that lie in a range out of it.
    fn take_pieces(&mut self, start: u64, end: u64) -> Vec<(u64, GpaRange)> {
        let before = self.pieces.range(..start).next_back();
        let reaching = before.filter(|(gpa, piece)| *gpa + piece.len > start);
        let touched: Vec<u64> = reaching
            .into_iter()
            .chain(self.pieces.range(start..end))
            .map(|(&gpa, _)| gpa)
            .collect();
        let mut taken = Vec::with_capacity(touched.len());
        for gpa in touched {
            let Some(piece) = self.pieces.remove(&gpa) else {
                continue;
            };
            for (from, to) in [(gpa, start), (end, gpa + piece.len)] {
                if from < to
                    && let Some((gpa, rest)) = piece.part(gpa, from, to)
                {
                    self.pieces.insert(gpa, rest);
                }
            }
            taken.extend(piece.part(gpa, start, end));
        }
        taken
    }

    fn piece_at(&self, gpa: u64) -> Option<(u64, &GpaRange)> {
        let (&start, piece) = self.pieces.range(..=gpa).next_back()?;
        (gpa - start < piece.len).then_some((start, piece))
    }
}

fn delete_slot(vm: &Vm, number: u32, gpa: u64, piece: &GpaRange) -> Result {
    let Some(view) = &piece.view else {
        return Ok(());
    };
    vm.set_slot(&Slot {
        number,
        gpa,
        mapping: &view.mapping,
        offset: 0,
        len: 0,
        read_only: false,
    })
}

/// Guest memory under its lock.
pub struct View<'a>(RwLockReadGuard<'a, State>);

impl View<'_> {
    /// The trap of a port.
    pub fn port_trap(&self, port: u16) -> Option<&Trap> {
        self.0.ports.find(port.into()).map(Arc::as_ref)
    }

    /// What the guest finds at an address; a trap comes before a mapping.
    pub fn place(&self, gpa: u64) -> GpaLookup<'_> {
        if let Some(trap) = self.0.traps.find(gpa) {
            return GpaLookup::Trap(trap);
        }
        match self.0.piece_at(gpa) {
            Some((_, piece)) if piece.view.is_none() => GpaLookup::Void,
            Some((_, piece)) => GpaLookup::Memory(piece.access),
            None => GpaLookup::Nothing,
        }
    }

    /// The status of an access that finds no memory and no trap.
    pub fn status(&self, gpa: u64) -> Status {
        if gpa >= GUEST_END {
            return Status::OUT_OF_RANGE;
        }
        match self.0.piece_at(gpa) {
            None => Status::NOT_FOUND,
            Some((_, piece)) if piece.view.is_none() => Status::OUT_OF_RANGE,
            // The permission is missing, or else the memory behind it.
            Some((_, piece)) if piece.access.read && piece.access.write => Status::OUT_OF_RANGE,
            Some(_) => Status::ACCESS_DENIED,
        }
    }

    /// A number that changes when slots do.
    pub fn generation(&self) -> u64 {
        self.0.generation
    }

    /// Where bytes that a slot shows are in host memory: for [`host_bytes`]
    /// while the generation is the same.
    ///
    /// [`host_bytes`]: View::host_bytes
    pub fn host(&self, gpa: u64, len: usize) -> Option<usize> {
        self.shown(gpa, len).map(<*const u8>::addr)
    }

    /// As many bytes, at most 16, as are at an address of [`View::host`].
    #[inline]
    pub fn host_bytes(&self, host: usize, len: usize) -> Option<u128> {
        let mut bytes = [0; 16];
        // SAFETY: `bytes` has room; the address came from this view's slots, or
        // else the copy reports that nothing is there.
        unsafe { user_copy::copy(bytes.as_mut_ptr(), host as *const u8, len.min(16)) }.ok()?;
        Some(u128::from_le_bytes(bytes))
    }

    /// Where bytes that a slot shows are in host memory.
    fn shown(&self, gpa: u64, len: usize) -> Option<*const u8> {
        let at = self.0.shown.partition_point(|shown| shown.end <= gpa);
        let shown = self.0.shown.get(at)?;
        let fits = shown.start <= gpa && shown.end - gpa >= len as u64;
        let offset = usize::try_from(gpa.checked_sub(shown.start)?).ok()?;
        fits.then_some((shown.host + offset) as *const u8)
    }

    /// Reads memory. A trapped page counts as a hole: it has no bytes.
    pub fn read(&self, gpa: u64, into: &mut [u8]) -> Result {
        if let Some(host) = self.shown(gpa, into.len()) {
            // SAFETY: `into` has room for as many bytes as it is long; `host`
            // lies in a mapping of the library's own that is alive as long as
            // the lock is held; if its file was cut short, the copy reports it.
            return unsafe { user_copy::copy(into.as_mut_ptr(), host, into.len()) }
                .map_err(|_| Status::OUT_OF_RANGE);
        }
        self.for_each_part(gpa, into.len(), |host, at, len| {
            // SAFETY: `into` has room for `at + len` bytes.
            let to = unsafe { into.as_mut_ptr().add(at) };
            // SAFETY: as above.
            unsafe { user_copy::copy(to, host, len) }
        })
    }

    /// Writes memory, wherever it may be mapped.
    pub fn write(&self, gpa: u64, from: &[u8]) -> Result {
        self.for_each_part(gpa, from.len(), |host, at, len| {
            // SAFETY: `from` holds `at + len` bytes.
            let from = unsafe { from.as_ptr().add(at) };
            // SAFETY: as in `read`; guest memory is shared with the guest, and
            // the bytes are not otherwise accessed by Rust code.
            unsafe { user_copy::copy(host, from, len) }
        })
    }

    fn for_each_part(
        &self,
        gpa: u64,
        len: usize,
        mut f: impl FnMut(*mut u8, usize, usize) -> Result,
    ) -> Result {
        let mut done = 0;
        while done < len {
            let at = gpa.checked_add(done as u64).ok_or(Status::OUT_OF_RANGE)?;
            if self.0.traps.find(at).is_some() {
                return Err(Status::NOT_FOUND);
            }
            let (start, piece) = self.0.piece_at(at).ok_or_else(|| self.status(at))?;
            let view = piece.view.as_ref().ok_or(Status::OUT_OF_RANGE)?;
            let in_page = 0x1000 - (at & 0xFFF);
            let part = (len - done).min(usize::try_from(in_page).unwrap_or(len));
            let offset = view.offset + (at - start);
            let end = offset
                .checked_add(part as u64)
                .ok_or(Status::OUT_OF_RANGE)?;
            if end > view.mapping.len() as u64 {
                return Err(Status::OUT_OF_RANGE);
            }
            #[allow(
                clippy::cast_possible_truncation,
                reason = "less than the mapping's length"
            )]
            let host = view.mapping.addr() + offset as usize;
            f(host as *mut u8, done, part).map_err(|_| Status::OUT_OF_RANGE)?;
            done += part;
        }
        Ok(())
    }
}

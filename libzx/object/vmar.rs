// SPDX-License-Identifier: MIT
//! Address regions (memory.md, sections 4 and 5), of this process and of
//! guests.
//!
//! An address space has one lock; `tree` knows what is where, `host` does it.
//! A [`Vmar`] only names a region: closing its handles leaves the region and
//! its mappings in place, and a region that was destroyed is no longer found.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::base::Base;
use super::vmo::{SpaceId, Vmo, round_up};
use super::{KernelObject, ObjectType};
use crate::hypervisor::memory::{GUEST_END, GuestMemory};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::{HostSpace, PAGE, Prot};
use crate::sys::page_traps::{self, Mappings};
use crate::uapi::types as c;

mod host;
mod tree;

use host::{Host, Placement};
use tree::{Garbage, ROOT, Region, RegionId, Tree};
pub use tree::{Piece, Seen};

/// The addresses of a process.
const PROCESS: (u64, u64) = (0x20_0000, 0x7FFF_FFFF_F000);
const CAN_MAP_PERMS: u32 =
    c::ZX_VM_CAN_MAP_READ | c::ZX_VM_CAN_MAP_WRITE | c::ZX_VM_CAN_MAP_EXECUTE;
const ROOT_FLAGS: u32 = CAN_MAP_PERMS | c::ZX_VM_CAN_MAP_SPECIFIC;
const PERM_BITS: u32 = c::ZX_VM_PERM_READ | c::ZX_VM_PERM_WRITE | c::ZX_VM_PERM_EXECUTE;
/// Options that both mapping and allocating know.
const PLACING: u32 = c::ZX_VM_SPECIFIC | c::ZX_VM_OFFSET_IS_UPPER_LIMIT | ALIGN_FIELD;
const MAP_OPTIONS: u32 = PERM_BITS
    | PLACING
    | c::ZX_VM_SPECIFIC_OVERWRITE
    | c::ZX_VM_MAP_RANGE
    | c::ZX_VM_REQUIRE_NON_RESIZABLE
    | c::ZX_VM_ALLOW_FAULTS;
const ALLOCATE_OPTIONS: u32 =
    CAN_MAP_PERMS | PLACING | c::ZX_VM_CAN_MAP_SPECIFIC | c::ZX_VM_COMPACT;
const ALIGN_FIELD: u32 = 0xFF << c::ZX_VM_ALIGN_BASE;

/// Permissions of a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Perms(u32);

impl Perms {
    const NONE: Perms = Perms(0);
    const READ: Perms = Perms(c::ZX_VM_PERM_READ);
    const WRITE: Perms = Perms(c::ZX_VM_PERM_WRITE);
    const EXECUTE: Perms = Perms(c::ZX_VM_PERM_EXECUTE);

    /// The permissions among the bits of `options`, sensible or not.
    pub fn asked_for(options: u32) -> Perms {
        Perms(options & PERM_BITS)
    }

    /// The permissions among the bits of `options`, which must include
    /// reading if there are any.
    pub fn from_options(options: u32) -> Result<Perms> {
        let perms = Perms::asked_for(options);
        if perms.0 != 0 && !perms.contains(Perms::READ) {
            return Err(Status::INVALID_ARGS);
        }
        Ok(perms)
    }

    /// The permissions among the `CAN_MAP` bits of `options`.
    pub fn from_can_map(options: u32) -> Perms {
        let bit = |flag, perm| if options & flag != 0 { perm } else { 0 };
        Perms(
            bit(c::ZX_VM_CAN_MAP_READ, c::ZX_VM_PERM_READ)
                | bit(c::ZX_VM_CAN_MAP_WRITE, c::ZX_VM_PERM_WRITE)
                | bit(c::ZX_VM_CAN_MAP_EXECUTE, c::ZX_VM_PERM_EXECUTE),
        )
    }

    /// The permissions that both handles allow.
    pub fn from_rights(vmar: Rights, vmo: Rights) -> Perms {
        let allowed = |(right, _): &&(Rights, Perms)| vmar.contains(*right) && vmo.contains(*right);
        Perms(
            BY_RIGHT
                .iter()
                .filter(allowed)
                .fold(0, |bits, (_, perm)| bits | perm.0),
        )
    }

    /// The rights that a handle needs for these permissions.
    pub fn rights(self) -> Rights {
        let needed = BY_RIGHT.iter().filter(|(_, perm)| self.contains(*perm));
        needed.fold(Rights::NONE, |rights, (right, _)| rights.with(*right))
    }

    /// What the host is to allow.
    fn prot(self) -> Prot {
        let bits = [
            (Perms::READ, Prot::PROT_READ),
            (Perms::WRITE, Prot::PROT_WRITE),
            (Perms::EXECUTE, Prot::PROT_EXEC),
        ];
        bits.iter()
            .filter(|(perm, _)| self.contains(*perm))
            .map(|(_, prot)| *prot)
            .collect()
    }

    /// The bits `ZX_VM_PERM_*`.
    pub fn bits(self) -> u32 {
        self.0
    }

    fn contains(self, other: Perms) -> bool {
        self.0 & other.0 == other.0
    }
}

const BY_RIGHT: [(Rights, Perms); 3] = [
    (Rights::READ, Perms::READ),
    (Rights::WRITE, Perms::WRITE),
    (Rights::EXECUTE, Perms::EXECUTE),
];

/// An address region.
pub struct Vmar {
    base: Base,
    space: Arc<Space>,
    id: RegionId,
    start: u64,
    end: u64,
    flags: u32,
}

/// An address space.
struct Space(Mutex<State>);

impl Space {
    /// Locks it, and with the process's all that the process has mapped.
    fn lock(&self) -> Locked<'_> {
        let state = self.0.lock();
        // Looks at a guest's memory may wait for a page with a lock held that
        // changes of the guest's space need, and pages need the mappings.
        let mappings = matches!(state.host, Host::Process(_)).then(page_traps::lock);
        Locked { state, mappings }
    }
}

/// An address space that is locked.
struct Locked<'a> {
    state: MutexGuard<'a, State>,
    mappings: Option<Mappings<'static>>,
}

impl Locked<'_> {
    fn parts(&mut self) -> (&mut State, Option<&Mappings<'static>>) {
        (&mut self.state, self.mappings.as_ref())
    }
}

struct State {
    tree: Tree,
    host: Host,
    /// Counts calls that mapped something.
    serial: u64,
}

impl KernelObject for Vmar {
    const TYPE: ObjectType = c::ZX_OBJ_TYPE_VMAR;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_VMAR;

    fn base(&self) -> &Base {
        &self.base
    }
}

/// What to map; the numbers are those of the call.
pub struct MapRequest<'a> {
    /// `ZX_VM_*`.
    pub options: u32,
    /// Where, relative to the region.
    pub vmar_offset: u64,
    /// The memory.
    pub vmo: &'a Arc<Vmo>,
    /// Its first byte.
    pub vmo_offset: u64,
    /// How many bytes, in whole pages or not.
    pub len: u64,
    /// What the handles allow.
    pub max: Perms,
}

/// A mapping just made.
pub struct Mapped {
    start: u64,
    len: u64,
    serial: u64,
}

impl Mapped {
    /// Its first address.
    pub fn start(&self) -> u64 {
        self.start
    }
}

impl Vmar {
    /// The root of this process's address space. There should be one only;
    /// others would know nothing of its mappings, but not harm them either.
    pub fn process_root() -> Arc<Vmar> {
        Vmar::root(
            SpaceId::process(),
            PROCESS,
            Host::Process(HostSpace::default()),
        )
    }

    /// The root of the address space of a process that does not run: it has
    /// addresses and mappings, but nobody sees them.
    pub fn idle_root() -> Arc<Vmar> {
        Vmar::root(SpaceId::process(), PROCESS, Host::Idle)
    }

    /// The root of a guest's address space. It keeps `memory`, not the guest.
    pub fn guest_root(memory: Arc<GuestMemory>) -> Arc<Vmar> {
        Vmar::root(SpaceId::guest(), (0, GUEST_END), Host::Guest(memory))
    }

    fn root(space: SpaceId, (start, end): (u64, u64), host: Host) -> Arc<Vmar> {
        let state = State {
            tree: Tree::new(space, start, end),
            host,
            serial: 0,
        };
        let space = Arc::new(Space(Mutex::new(state)));
        let base = Base::new(0);
        Arc::new(Vmar {
            base,
            space,
            id: ROOT,
            start,
            end,
            flags: ROOT_FLAGS,
        })
    }

    /// The rights of the first handle to it.
    pub fn handle_rights(&self) -> Rights {
        Vmar::DEFAULT_RIGHTS.with(Perms::from_can_map(self.flags).rights())
    }

    /// Its first address and its length.
    pub fn extent(&self) -> (u64, u64) {
        (self.start, self.len())
    }

    /// Every region and mapping of the address space that it is in.
    pub fn whole_space(&self) -> Result<Vec<Seen>> {
        self.space.lock().state.tree.walk()
    }

    fn len(&self) -> u64 {
        self.end - self.start
    }

    fn is_root(&self) -> bool {
        self.id == ROOT
    }

    /// Makes a region in this one; checks 2 to 13 of `zx_vmar_allocate`.
    pub fn allocate(&self, options: u32, offset: u64, size: u64) -> Result<Arc<Vmar>> {
        let align = alignment(options)?;
        if options & !ALLOCATE_OPTIONS != 0 || !size.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let mut guard = self.space.lock();
        let (state, _) = guard.parts();
        let region = state.tree.region(self.id)?;
        if size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        if !Perms::from_can_map(self.flags).contains(Perms::from_can_map(options)) {
            return Err(Status::ACCESS_DENIED);
        }
        let place = self.place(region, state.host.chooses(), options, offset, size, align)?;
        let start = state.host.reserve(place, size, !self.is_root())?;
        let end = start + size;
        let id = state.tree.insert_region(self.id, start, end);
        drop(guard);
        let (base, space) = (Base::new(0), Arc::clone(&self.space));
        let flags = options & ROOT_FLAGS;
        Ok(Arc::new(Vmar {
            base,
            space,
            id,
            start,
            end,
            flags,
        }))
    }

    /// Maps a VMO; checks 8 to 15 of `zx_vmar_map`.
    pub fn map(&self, request: &MapRequest<'_>) -> Result<Mapped> {
        let &MapRequest {
            options,
            vmar_offset,
            vmo,
            vmo_offset,
            max,
            ..
        } = request;
        let align = alignment(options)?;
        if options & !(MAP_OPTIONS | ALLOCATE_OPTIONS) != 0 {
            return Err(Status::INVALID_ARGS);
        }
        if options & c::ZX_VM_REQUIRE_NON_RESIZABLE != 0 && vmo.is_resizable() {
            return Err(Status::NOT_SUPPORTED);
        }
        if options & !MAP_OPTIONS != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let perms = Perms::from_options(options)?;
        if !Perms::from_can_map(self.flags).contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        let len = round_up(request.len);
        if !vmo_offset.is_multiple_of(PAGE) || vmo_offset.checked_add(len).is_none() {
            return Err(Status::INVALID_ARGS);
        }
        let mut guard = self.space.lock();
        let (state, mappings) = guard.parts();
        let region = state.tree.region(self.id)?;
        if len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let place = self.place(
            region,
            state.host.chooses(),
            options,
            vmar_offset,
            len,
            align,
        )?;
        state.serial += 1;
        let serial = state.serial;
        let vmo = Arc::clone(vmo);
        let piece = Piece {
            len,
            vmo,
            offset: vmo_offset,
            perms,
            max,
            serial,
        };
        let (start, garbage) = self.put_locked(state, mappings, place, piece)?;
        drop(guard);
        drop(garbage);
        Ok(Mapped { start, len, serial })
    }

    fn put_locked(
        &self,
        state: &mut State,
        mappings: Option<&Mappings<'static>>,
        place: Placement,
        piece: Piece,
    ) -> Result<(u64, Garbage)> {
        let nested = !self.is_root();
        let traps = mappings.and_then(|mappings| Some((mappings, piece.vmo.traps(mappings)?)));
        let start = match traps {
            None => state.host.map(place, &piece, nested)?,
            Some((mappings, traps)) => {
                // Nobody gets at it before its accesses are trapped.
                let closed = Piece {
                    perms: Perms::NONE,
                    ..piece.clone()
                };
                let start = state.host.map(place, &closed, nested)?;
                let end = start + piece.len;
                let shown = piece.vmo.mappable(piece.offset, piece.len);
                let trapped = match shown {
                    0 => Ok(()),
                    shown => page_traps::set(mappings, start, shown, traps),
                };
                let all = [(start, piece.clone())];
                let opened =
                    trapped.and_then(|()| state.host.protect(start, end, &all, piece.perms));
                if let Err(status) = opened {
                    let _ = state.host.unmap(start, end, nested);
                    return Err(status);
                }
                start
            }
        };
        let garbage = match place {
            Placement::Over(_) => (state.tree).remove(self.id, start, start + piece.len, false),
            _ => Garbage::default(),
        };
        state.tree.insert_piece(self.id, start, piece);
        Ok((start, garbage))
    }

    /// Decides where something new goes; checks 8 to 13 of
    /// `zx_vmar_allocate`.
    fn place(
        &self,
        region: &Region,
        host_chooses: bool,
        options: u32,
        offset: u64,
        size: u64,
        align: u64,
    ) -> Result<Placement> {
        let specific = options & (c::ZX_VM_SPECIFIC | c::ZX_VM_SPECIFIC_OVERWRITE) != 0;
        let limited = options & c::ZX_VM_OFFSET_IS_UPPER_LIMIT != 0;
        let misplaced = offset != 0 && !specific && !limited;
        if misplaced || (specific && limited) || !offset.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        if (specific || limited) && self.flags & c::ZX_VM_CAN_MAP_SPECIFIC == 0 {
            return Err(Status::ACCESS_DENIED);
        }
        let fits = match limited {
            true => offset <= self.len() && size <= offset,
            false => offset < self.len() && size <= self.len() - offset,
        };
        if !fits {
            return Err(Status::INVALID_ARGS);
        }
        let at = self.start + offset;
        if specific {
            return place_at(region, options, at, size, align);
        }
        let limit = if limited { at } else { self.end };
        if host_chooses && self.is_root() {
            let below = Placement::Below {
                range: (self.start, limit),
                align,
            };
            return Ok(if limited {
                below
            } else {
                Placement::Anywhere { align }
            });
        }
        region
            .gap(size, align, limit)
            .map(Placement::At)
            .ok_or(Status::NO_MEMORY)
    }

    /// Removes what a call has just mapped and nothing that came after it.
    pub fn undo_map(&self, mapped: &Mapped) {
        let mut guard = self.space.lock();
        let (state, _) = guard.parts();
        let end = mapped.start + mapped.len;
        let Ok(region) = state.tree.region(self.id) else {
            return;
        };
        let mut garbage = Vec::new();
        for (at, piece) in region.pieces(mapped.start, end) {
            if piece.serial == mapped.serial
                && state
                    .host
                    .unmap(at, at + piece.len, !self.is_root())
                    .is_ok()
            {
                garbage.push((state.tree.remove(self.id, at, at + piece.len, false), piece));
            }
        }
        drop(guard);
        drop(garbage);
    }

    /// Removes mappings and regions; checks 2 to 6 of `zx_vmar_unmap`.
    pub fn unmap(&self, start: u64, len: u64) -> Result {
        let len = round_up(len);
        if !start.is_multiple_of(PAGE) || len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let mut garbage = Vec::new();
        let mut guard = self.space.lock();
        let result = self.unmap_locked(&mut guard.state, start, len, &mut garbage);
        drop(guard);
        drop(garbage);
        result
    }

    fn unmap_locked(
        &self,
        state: &mut State,
        start: u64,
        len: u64,
        garbage: &mut Vec<Garbage>,
    ) -> Result {
        let region = state.tree.region(self.id)?;
        let end = self.checked_end(start, len)?;
        if region.cuts_region(start, end) {
            return Err(Status::INVALID_ARGS);
        }
        if !state.host.chooses() || !self.is_root() {
            state.host.unmap(start, end, !self.is_root())?;
            garbage.push(state.tree.remove(self.id, start, end, false));
            return Ok(());
        }
        // Between what a process has mapped in its root may be others' memory.
        for (start, end) in region.runs(start, end) {
            state.host.unmap(start, end, false)?;
            garbage.push(state.tree.remove(self.id, start, end, false));
        }
        Ok(())
    }

    fn checked_end(&self, start: u64, len: u64) -> Result<u64> {
        match start.checked_add(len) {
            Some(end) if start >= self.start && end <= self.end => Ok(end),
            _ => Err(Status::INVALID_ARGS),
        }
    }

    /// Changes permissions; checks 3 to 9 of `zx_vmar_protect`.
    pub fn protect(&self, options: u32, start: u64, len: u64) -> Result {
        let perms = Perms::from_options(options)?;
        let len = round_up(len);
        if !start.is_multiple_of(PAGE) || options & !PERM_BITS != 0 || len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let mut guard = self.space.lock();
        let (state, _) = guard.parts();
        let region = state.tree.region(self.id)?;
        let end = self.checked_end(start, len)?;
        region.check_protect(start, end, perms)?;
        let pieces = region.pieces(start, end);
        let result = state.host.protect(start, end, &pieces, perms);
        let garbage = match result {
            Ok(()) => state.tree.set_perms(self.id, start, end, perms),
            Err(_) => Garbage::default(),
        };
        drop(guard);
        drop((pieces, garbage));
        result
    }

    /// Works on what is mapped in a range; checks 3 to 8 of
    /// `zx_vmar_op_range`.
    pub fn op_range(&self, op: u32, start: u64, len: u64) -> Result {
        let len = round_up(len);
        if len == 0 || !start.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        // The VMOs may block, so the space is not locked meanwhile.
        let (pieces, hole) = {
            let guard = self.space.lock();
            let region = guard.state.tree.region(self.id)?;
            let end = self
                .checked_end(start, len)
                .map_err(|_| Status::OUT_OF_RANGE)?;
            region.pieces_to_hole(start, end)
        };
        for (_, piece) in &pieces {
            piece.op(op)?;
        }
        if hole { Err(Status::BAD_STATE) } else { Ok(()) }
    }

    /// Destroys the region; `NOT_SUPPORTED` for a root, unless it is that of a
    /// process that does not run.
    pub fn destroy(&self) -> Result {
        if self.is_root() {
            let idle = matches!(self.space.lock().state.host, Host::Idle);
            if !idle {
                return Err(Status::NOT_SUPPORTED);
            }
            self.teardown();
            return Ok(());
        }
        let mut guard = self.space.lock();
        let (state, _) = guard.parts();
        let parent = state.tree.region(self.id)?.parent.unwrap_or(ROOT);
        state.host.unmap(self.start, self.end, parent != ROOT)?;
        let garbage = state.tree.remove(parent, self.start, self.end, false);
        drop(guard);
        drop(garbage);
        Ok(())
    }

    /// Removes the mappings in a range of a guest, in regions below this one
    /// too, which stay.
    pub fn unmap_for_trap(&self, start: u64, len: u64) -> Result {
        let end = self.checked_end(start, len)?;
        let mut guard = self.space.lock();
        let (state, _) = guard.parts();
        state.host.unmap(start, end, false)?;
        let garbage = state.tree.remove(self.id, start, end, true);
        drop(guard);
        drop(garbage);
        Ok(())
    }

    /// What is at an address of the address space that it is in.
    pub fn at(&self, address: u64) -> Result<At> {
        let inside = |seen: &Seen| address >= seen.start && address - seen.start < seen.len;
        let mut deepest = At::Nothing;
        for seen in self.whole_space()?.into_iter().filter(inside) {
            deepest = match seen.piece {
                Some(piece) => {
                    let skipped = address - seen.start;
                    let offset = piece.offset.saturating_add(skipped);
                    At::Mapping(piece.vmo, offset, seen.len - skipped)
                }
                None if seen.depth == 0 => At::Nothing,
                None => At::Region,
            };
        }
        Ok(deepest)
    }

    /// Ends a guest's address space.
    pub fn teardown_guest(&self) {
        self.teardown();
    }

    /// Ends the address space that it is in: all regions are destroyed, its
    /// memory is let go.
    pub fn teardown(&self) {
        let mut guard = self.space.lock();
        let garbage = guard.state.tree.clear();
        let host = std::mem::replace(&mut guard.state.host, Host::Gone);
        drop(guard);
        drop((garbage, host));
    }
}

/// What is at an address.
pub enum At {
    /// A VMO, from this byte on, and for so many.
    Mapping(Arc<Vmo>, u64, u64),
    /// A region without a mapping there.
    Region,
    /// Nothing that the library has put there.
    Nothing,
}

/// The alignment that options ask for; `INVALID_ARGS` when there is no such.
fn alignment(options: u32) -> Result<u64> {
    match (options & ALIGN_FIELD) >> c::ZX_VM_ALIGN_BASE {
        0 => Ok(PAGE),
        log2 @ 10..=32 => Ok(PAGE.max(1 << log2)),
        _ => Err(Status::INVALID_ARGS),
    }
}

fn place_at(region: &Region, options: u32, at: u64, size: u64, align: u64) -> Result<Placement> {
    let (end, overwrite) = (at + size, options & c::ZX_VM_SPECIFIC_OVERWRITE != 0);
    if !at.is_multiple_of(align) || (overwrite && region.has_region(at, end)) {
        return Err(Status::INVALID_ARGS);
    }
    match (region.is_free(at, end), overwrite) {
        (true, _) => Ok(Placement::At(at)),
        (false, true) => Ok(Placement::Over(at)),
        (false, false) => Err(Status::NO_MEMORY),
    }
}

#[cfg(test)]
mod tests;

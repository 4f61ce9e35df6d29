// SPDX-License-Identifier: MIT
//! The regions and mappings of one address space: bookkeeping only, nothing
//! is mapped here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Perms;
use crate::object::vmo::{Alias, Op, SpaceId, Vmo};
use crate::status::{Result, Status};
use crate::uapi::types::{ZX_VMAR_OP_DECOMMIT, ZX_VMAR_OP_MAP_RANGE};

/// Names a region for ever: numbers of destroyed regions are not used again.
pub type RegionId = u64;

/// The root.
pub const ROOT: RegionId = 0;

/// A mapping, or what unmapping left of one.
#[derive(Clone)]
pub struct Piece {
    /// How many bytes.
    pub len: u64,
    /// What is mapped,
    pub vmo: Arc<Vmo>,
    /// from which byte on.
    pub offset: u64,
    /// What accesses may do now.
    pub perms: Perms,
    /// What protecting can reach.
    pub max: Perms,
    /// Which call mapped it.
    pub serial: u64,
}

impl Piece {
    /// The part of the piece at `at` that lies in `start..end`.
    fn part(&self, at: u64, start: u64, end: u64) -> Option<(u64, Piece)> {
        let (from, to) = (at.max(start), (at + self.len).min(end));
        let offset = self.offset.wrapping_add(from.wrapping_sub(at));
        (from < to).then(|| {
            (
                from,
                Piece {
                    len: to - from,
                    offset,
                    ..self.clone()
                },
            )
        })
    }
}

impl Piece {
    /// Does to its part of the VMO what `zx_vmar_op_range` asks for.
    pub fn op(&self, op: u32) -> Result {
        match op {
            ZX_VMAR_OP_DECOMMIT if !self.max.contains(Perms::WRITE) => Err(Status::ACCESS_DENIED),
            ZX_VMAR_OP_DECOMMIT => self.vmo.op_range(Op::Decommit, self.offset, self.len),
            // Pages are entered when they are touched.
            ZX_VMAR_OP_MAP_RANGE => Ok(()),
            _ => Err(Status::NOT_SUPPORTED),
        }
    }
}

/// Something in a region.
pub enum Child {
    Region { id: RegionId, end: u64 },
    Mapping(Piece),
}

impl Child {
    fn end(&self, start: u64) -> u64 {
        match self {
            Child::Region { end, .. } => *end,
            Child::Mapping(piece) => start + piece.len,
        }
    }
}

/// A VMAR.
pub struct Region {
    space: SpaceId,
    pub start: u64,
    pub end: u64,
    pub parent: Option<RegionId>,
    /// By first address.
    children: BTreeMap<u64, Child>,
}

impl Region {
    fn new(space: SpaceId, (start, end): (u64, u64), parent: Option<RegionId>) -> Region {
        let children = BTreeMap::new();
        Region {
            space,
            start,
            end,
            parent,
            children,
        }
    }

    /// Adds a mapping, of which its VMO learns.
    fn put(&mut self, at: u64, piece: Piece) {
        let alias = Alias {
            len: piece.len,
            offset: piece.offset,
        };
        let prot = piece.perms.prot();
        piece.vmo.add_alias(self.space, at, alias, prot);
        self.children.insert(at, Child::Mapping(piece));
    }

    /// Takes something out.
    fn take(&mut self, at: u64) -> Option<Child> {
        let child = self.children.remove(&at);
        if let Some(Child::Mapping(piece)) = &child {
            piece.vmo.remove_alias(self.space, at);
        }
        child
    }

    /// Takes everything out.
    fn take_all(mut self) -> Vec<Child> {
        let all: Vec<u64> = self.children.keys().copied().collect();
        all.into_iter().filter_map(|at| self.take(at)).collect()
    }

    /// What lies in or reaches into a range, in order.
    fn touching(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, &Child)> {
        let before = self.children.range(..start).next_back();
        let reaching = before.filter(move |(at, child)| child.end(**at) > start);
        reaching
            .into_iter()
            .chain(self.children.range(start..end))
            .map(|(&at, child)| (at, child))
    }

    /// Whether nothing is in a range.
    pub fn is_free(&self, start: u64, end: u64) -> bool {
        self.touching(start, end).next().is_none()
    }

    /// Whether a region lies in a range or reaches into it.
    pub fn has_region(&self, start: u64, end: u64) -> bool {
        self.touching(start, end)
            .any(|(_, child)| matches!(child, Child::Region { .. }))
    }

    /// Whether a region lies in a range only in part.
    pub fn cuts_region(&self, start: u64, end: u64) -> bool {
        self.touching(start, end).any(|(at, child)| {
            matches!(child, Child::Region { .. }) && (at < start || child.end(at) > end)
        })
    }

    /// The parts of mappings in a range.
    pub fn pieces(&self, start: u64, end: u64) -> Vec<(u64, Piece)> {
        let part = |(at, child): (u64, &Child)| match child {
            Child::Mapping(piece) => piece.part(at, start, end),
            Child::Region { .. } => None,
        };
        self.touching(start, end).filter_map(part).collect()
    }

    /// The parts of mappings from the start of a range to the first place in
    /// it where there is none, and whether there is such a place.
    pub fn pieces_to_hole(&self, start: u64, end: u64) -> (Vec<(u64, Piece)>, bool) {
        let mut at = start;
        let mut pieces = Vec::new();
        for (child_start, child) in self.touching(start, end) {
            match child {
                Child::Mapping(piece) if child_start <= at => {
                    pieces.extend(piece.part(child_start, start, end));
                    at = child.end(child_start);
                }
                _ => return (pieces, true),
            }
        }
        (pieces, at < end)
    }

    /// The parts of a range that are not free, as few as possible.
    pub fn runs(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for (at, child) in self.touching(start, end) {
            let (from, to) = (at.max(start), child.end(at).min(end));
            match runs.last_mut() {
                Some(last) if last.1 == from => last.1 = to,
                _ => runs.push((from, to)),
            }
        }
        runs
    }

    /// The lowest free place that ends at `limit` or before.
    pub fn gap(&self, len: u64, align: u64, limit: u64) -> Option<u64> {
        let mut free = self.start;
        let ends = self.children.iter().map(|(&at, child)| (at, child.end(at)));
        for (at, next) in ends.chain([(self.end, self.end)]) {
            let place = free.next_multiple_of(align);
            if place.checked_add(len)? <= at.min(limit) {
                return Some(place);
            }
            free = next;
        }
        None
    }

    /// Checks 8 and 9 of `zx_vmar_protect`: a range is mapped without gaps,
    /// and may have these permissions.
    pub fn check_protect(&self, start: u64, end: u64, perms: Perms) -> Result {
        let mut at = start;
        for (child_start, child) in self.touching(start, end) {
            if child_start > at {
                return Err(Status::NOT_FOUND);
            }
            match child {
                Child::Region { .. } => return Err(Status::INVALID_ARGS),
                Child::Mapping(piece) if !piece.max.contains(perms) => {
                    return Err(Status::ACCESS_DENIED);
                }
                Child::Mapping(_) => at = child.end(child_start),
            }
        }
        if at < end {
            Err(Status::NOT_FOUND)
        } else {
            Ok(())
        }
    }
}

/// Things taken out of a tree. VMOs die with them, so they are dropped after
/// the tree is unlocked.
#[must_use = "drop it after unlocking the tree"]
#[derive(Default)]
pub struct Garbage(Vec<Child>);

/// A region or a mapping, as a walk through the tree meets it.
pub struct Seen {
    /// 0 for the root, 1 for what is in it, and so on.
    pub depth: usize,
    /// Its first address.
    pub start: u64,
    /// How long it is.
    pub len: u64,
    /// The mapping; `None` for a region.
    pub piece: Option<Piece>,
}

/// All regions of an address space.
pub struct Tree {
    space: SpaceId,
    regions: BTreeMap<RegionId, Region>,
    next: RegionId,
}

impl Tree {
    /// A tree with an empty root.
    pub fn new(space: SpaceId, start: u64, end: u64) -> Tree {
        let root = Region::new(space, (start, end), None);
        Tree {
            space,
            regions: BTreeMap::from([(ROOT, root)]),
            next: ROOT + 1,
        }
    }

    /// The region; `BAD_STATE` once it is destroyed.
    pub fn region(&self, id: RegionId) -> Result<&Region> {
        self.regions.get(&id).ok_or(Status::BAD_STATE)
    }

    /// Everything: each region before what is in it, by first address.
    /// `NO_MEMORY` when there is none for a list of them.
    pub fn walk(&self) -> Result<Vec<Seen>> {
        let mut seen = Vec::new();
        let Ok(&Region { start, end, .. }) = self.region(ROOT) else {
            return Ok(seen);
        };
        let children = self.regions.values().map(|region| region.children.len());
        let most = 1 + children.sum::<usize>();
        seen.try_reserve_exact(most)
            .map_err(|_| Status::NO_MEMORY)?;
        let root = Child::Region { id: ROOT, end };
        // Regions may be nested deeper than a stack is.
        let mut left = Vec::new();
        left.try_reserve_exact(most)
            .map_err(|_| Status::NO_MEMORY)?;
        left.push((0, start, &root));
        while let Some((depth, start, child)) = left.pop() {
            let piece = match child {
                Child::Mapping(piece) => Some(piece.clone()),
                Child::Region { id, .. } => {
                    let inside = self.regions.get(id).into_iter();
                    let inside = inside.flat_map(|region| region.children.iter().rev());
                    left.extend(inside.map(|(&at, child)| (depth + 1, at, child)));
                    None
                }
            };
            seen.push(Seen {
                depth,
                start,
                len: child.end(start) - start,
                piece,
            });
        }
        Ok(seen)
    }

    /// Adds a mapping at a free place.
    pub fn insert_piece(&mut self, id: RegionId, at: u64, piece: Piece) {
        if let Some(region) = self.regions.get_mut(&id) {
            region.put(at, piece);
        }
    }

    /// Adds a region at a free place.
    pub fn insert_region(&mut self, parent: RegionId, start: u64, end: u64) -> RegionId {
        let id = self.next;
        self.next += 1;
        if let Some(region) = self.regions.get_mut(&parent) {
            region.children.insert(start, Child::Region { id, end });
        }
        let region = Region::new(self.space, (start, end), Some(parent));
        self.regions.insert(id, region);
        id
    }

    /// Takes everything out of a range, cutting mappings. Regions in it are
    /// destroyed; with `descend` they stay and lose their mappings.
    pub fn remove(&mut self, id: RegionId, start: u64, end: u64, descend: bool) -> Garbage {
        let mut garbage = Garbage::default();
        // Regions may be nested deeper than a stack is.
        let mut left = vec![id];
        while let Some(id) = left.pop() {
            let inner = self.remove_from(id, start, end, descend, &mut garbage);
            if descend {
                left.extend(inner);
            } else {
                self.drop_regions(inner, &mut garbage);
            }
        }
        garbage
    }

    /// Does so for one region, and returns the regions met in it, of which it
    /// keeps those that stay.
    fn remove_from(
        &mut self,
        id: RegionId,
        start: u64,
        end: u64,
        keep: bool,
        garbage: &mut Garbage,
    ) -> Vec<RegionId> {
        let mut inner = Vec::new();
        let Some(region) = self.regions.get_mut(&id) else {
            return inner;
        };
        let touched: Vec<u64> = region.touching(start, end).map(|(at, _)| at).collect();
        for at in touched {
            match region.children.get(&at) {
                Some(Child::Region { id, .. }) => {
                    inner.push(*id);
                    if !keep {
                        region.children.remove(&at);
                    }
                }
                Some(Child::Mapping(piece)) => {
                    let rest = [piece.part(at, at, start), piece.part(at, end, u64::MAX)];
                    garbage.0.extend(region.take(at));
                    for (at, rest) in rest.into_iter().flatten() {
                        region.put(at, rest);
                    }
                }
                None => {}
            }
        }
        inner
    }

    /// Destroys regions and everything in them; their parent has forgotten
    /// them.
    fn drop_regions(&mut self, mut doomed: Vec<RegionId>, garbage: &mut Garbage) {
        while let Some(id) = doomed.pop() {
            let Some(region) = self.regions.remove(&id) else {
                continue;
            };
            for child in region.take_all() {
                if let Child::Region { id, .. } = child {
                    doomed.push(id);
                }
                garbage.0.push(child);
            }
        }
    }

    /// Sets the permissions of everything mapped in a range.
    pub fn set_perms(&mut self, id: RegionId, start: u64, end: u64, perms: Perms) -> Garbage {
        let Ok(region) = self.region(id) else {
            return Garbage::default();
        };
        let pieces = region.pieces(start, end);
        let garbage = self.remove(id, start, end, true);
        for (at, piece) in pieces {
            self.insert_piece(id, at, Piece { perms, ..piece });
        }
        garbage
    }

    /// Destroys all regions, the root too.
    pub fn clear(&mut self) -> Garbage {
        let regions = std::mem::take(&mut self.regions);
        Garbage(regions.into_values().flat_map(Region::take_all).collect())
    }
}

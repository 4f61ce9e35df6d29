// SPDX-License-Identifier: MIT
//! The regions and mappings of one address space: bookkeeping only, nothing
//! is mapped here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Perms;
use crate::object::vmo::Vmo;
use crate::status::{Result, Status};

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
    pub start: u64,
    pub end: u64,
    pub parent: Option<RegionId>,
    /// By first address.
    children: BTreeMap<u64, Child>,
}

impl Region {
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
    regions: BTreeMap<RegionId, Region>,
    next: RegionId,
}

impl Tree {
    /// A tree with an empty root.
    pub fn new(start: u64, end: u64) -> Tree {
        let root = Region {
            start,
            end,
            parent: None,
            children: BTreeMap::new(),
        };
        Tree {
            regions: BTreeMap::from([(ROOT, root)]),
            next: ROOT + 1,
        }
    }

    /// The region; `BAD_STATE` once it is destroyed.
    pub fn region(&self, id: RegionId) -> Result<&Region> {
        self.regions.get(&id).ok_or(Status::BAD_STATE)
    }

    /// Everything: each region before what is in it, by first address.
    pub fn walk(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        self.walk_from(ROOT, 0, &mut seen);
        seen
    }

    fn walk_from(&self, id: RegionId, depth: usize, seen: &mut Vec<Seen>) {
        let Ok(region) = self.region(id) else {
            return;
        };
        seen.push(Seen {
            depth,
            start: region.start,
            len: region.end - region.start,
            piece: None,
        });
        for (&start, child) in &region.children {
            match child {
                Child::Region { id, .. } => self.walk_from(*id, depth + 1, seen),
                Child::Mapping(piece) => seen.push(Seen {
                    depth: depth + 1,
                    start,
                    len: piece.len,
                    piece: Some(piece.clone()),
                }),
            }
        }
    }

    /// Adds a mapping at a free place.
    pub fn insert_piece(&mut self, id: RegionId, at: u64, piece: Piece) {
        if let Some(region) = self.regions.get_mut(&id) {
            region.children.insert(at, Child::Mapping(piece));
        }
    }

    /// Adds a region at a free place.
    pub fn insert_region(&mut self, parent: RegionId, start: u64, end: u64) -> RegionId {
        let id = self.next;
        self.next += 1;
        if let Some(region) = self.regions.get_mut(&parent) {
            region.children.insert(start, Child::Region { id, end });
        }
        let region = Region {
            start,
            end,
            parent: Some(parent),
            children: BTreeMap::new(),
        };
        self.regions.insert(id, region);
        id
    }

    /// Takes everything out of a range, cutting mappings. Regions in it are
    /// destroyed; with `descend` they stay and lose their mappings.
    pub fn remove(&mut self, id: RegionId, start: u64, end: u64, descend: bool) -> Garbage {
        let mut garbage = Garbage::default();
        self.remove_into(id, start, end, descend, &mut garbage);
        garbage
    }

    fn remove_into(
        &mut self,
        id: RegionId,
        start: u64,
        end: u64,
        descend: bool,
        garbage: &mut Garbage,
    ) {
        let Some(region) = self.regions.get_mut(&id) else {
            return;
        };
        let touched: Vec<u64> = region.touching(start, end).map(|(at, _)| at).collect();
        let mut inner = Vec::new();
        for at in touched {
            match region.children.get(&at) {
                Some(Child::Region { id, .. }) => {
                    inner.push(*id);
                    if !descend {
                        region.children.remove(&at);
                    }
                }
                Some(Child::Mapping(piece)) => {
                    let rest = [piece.part(at, at, start), piece.part(at, end, u64::MAX)];
                    garbage.0.extend(region.children.remove(&at));
                    for (at, rest) in rest.into_iter().flatten() {
                        region.children.insert(at, Child::Mapping(rest));
                    }
                }
                None => {}
            }
        }
        for id in inner {
            if descend {
                self.remove_into(id, start, end, descend, garbage);
            } else {
                self.drop_region(id, garbage);
            }
        }
    }

    /// Destroys a region and everything in it; its parent forgets it.
    fn drop_region(&mut self, id: RegionId, garbage: &mut Garbage) {
        let Some(region) = self.regions.remove(&id) else {
            return;
        };
        for child in region.children.into_values() {
            if let Child::Region { id, .. } = child {
                self.drop_region(id, garbage);
            }
            garbage.0.push(child);
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
        Garbage(
            regions
                .into_values()
                .flat_map(|region| region.children.into_values())
                .collect(),
        )
    }
}

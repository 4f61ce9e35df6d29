// SPDX-License-Identifier: MIT
//! Where a VMO is mapped: the way back from its pages to addresses.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names an address space for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SpaceId {
    /// Addresses of this process.
    Process(u64),
    /// Guest-physical addresses.
    Guest(u64),
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl SpaceId {
    /// A new one of this process.
    pub fn process() -> SpaceId {
        SpaceId::Process(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// A new one of a guest.
    pub fn guest() -> SpaceId {
        SpaceId::Guest(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// One mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alias {
    /// How many bytes.
    pub len: u64,
    /// Which byte of the VMO comes first.
    pub offset: u64,
}

/// The mappings of a VMO by address space and first address.
#[derive(Default)]
pub struct Aliases(BTreeMap<(SpaceId, u64), Alias>);

impl Aliases {
    /// Notes a mapping.
    pub fn insert(&mut self, space: SpaceId, at: u64, alias: Alias) {
        self.0.insert((space, at), alias);
    }

    /// Forgets a mapping.
    pub fn remove(&mut self, space: SpaceId, at: u64) {
        self.0.remove(&(space, at));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// First addresses and lengths of those in this process.
    pub fn in_process(&self) -> impl Iterator<Item = (u64, u64)> {
        let process = |((space, at), alias): (&(SpaceId, u64), &Alias)| match space {
            SpaceId::Process(_) => Some((*at, alias.len)),
            SpaceId::Guest(_) => None,
        };
        self.0.iter().filter_map(process)
    }

    /// In how many address spaces they are.
    pub fn spaces(&self) -> usize {
        let mut last = None;
        let mut count = 0;
        for (space, _) in self.0.keys() {
            if last.replace(*space) != Some(*space) {
                count += 1;
            }
        }
        count
    }
}

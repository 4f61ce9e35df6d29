// SPDX-License-Identifier: MIT
//! Traps: ranges of guest-physical addresses or of ports whose accesses the
//! program handles (hypervisor.md, sections 3.2 and 5).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::status::{Result, Status};

/// Where a bell trap's writes go.
pub trait Doorbell: Send + Sync {
    /// A guest wrote to this address.
    fn ring(&self, gpa: u64) -> RingOutcome;

    /// Notes a VCPU that sleeps until a packet is free; it gets the request
    /// [`BELL`](super::requests::BELL) then.
    fn wait_free(&self, who: &Arc<super::requests::VcpuRequests>);

    /// The guest is gone: takes back what is still queued.
    fn silence(&self);
}

/// What became of a write to a bell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RingOutcome {
    /// The packet is queued.
    Queued,
    /// No packet is free; the VCPU has to wait.
    Full,
    /// Nobody can ever receive the packet.
    Closed,
    /// There is no memory for the packet now.
    NoMemory,
}

/// What an access to a trapped range does.
pub enum Action {
    /// The VCPU stops and the program gets a packet with the trap's key.
    Stop,
    /// A write is noted and the VCPU goes on.
    Bell(Arc<dyn Doorbell>),
}

/// A trap.
pub struct Trap {
    /// The program's key.
    pub key: u64,
    /// What an access does.
    pub action: Action,
}

/// Traps of one kind of address, by first address; they never overlap.
#[derive(Default)]
pub struct TrapMap(BTreeMap<u64, Range>);

struct Range {
    last: u64,
    trap: Arc<Trap>,
}

impl TrapMap {
    /// Adds a trap over `first..=last`, which must be in order.
    /// `ALREADY_EXISTS` when any of it is trapped.
    pub fn insert(&mut self, first: u64, last: u64, trap: Trap) -> Result {
        if first > last {
            return Err(Status::OUT_OF_RANGE);
        }
        if self.within(first, last).next().is_some() {
            return Err(Status::ALREADY_EXISTS);
        }
        let trap = Arc::new(trap);
        self.0.insert(first, Range { last, trap });
        Ok(())
    }

    /// Takes back the trap that begins at an address.
    pub fn remove(&mut self, first: u64) {
        self.0.remove(&first);
    }

    /// The trap that covers an address.
    #[inline]
    pub fn find(&self, address: u64) -> Option<&Arc<Trap>> {
        let (_, range) = self.0.range(..=address).next_back()?;
        (address <= range.last).then_some(&range.trap)
    }

    /// The trapped ranges, first and last address, that touch
    /// `first..=last`, in order.
    pub fn within(&self, first: u64, last: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
        let before = self.0.range(..=first).next_back();
        let reaching = before.filter(|(_, range)| range.last >= first);
        let from = reaching.map_or(first, |(&start, _)| start);
        self.0
            .range(from..=last.max(from))
            .map(|(&start, range)| (start, range.last))
    }

    /// All traps.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Trap>> {
        self.0.values().map(|range| &range.trap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trap(key: u64) -> Trap {
        Trap {
            key,
            action: Action::Stop,
        }
    }

    fn insert(map: &mut TrapMap, start: u64, end: u64) -> Result {
        map.insert(start, end - 1, trap(start))
    }

    #[test]
    fn insert_overlap_already_exists_and_gaps_fit() {
        let mut map = TrapMap::default();
        for (start, end) in [(10, 20), (20, 30), (35, 40)] {
            assert_eq!(insert(&mut map, start, end), Ok(()));
        }
        for (start, end) in [(0, 11), (10, 20), (11, 19), (15, 25), (30, 40), (36, 41)] {
            assert_eq!(insert(&mut map, start, end), Err(Status::ALREADY_EXISTS));
        }
        for (start, end) in [(0, 10), (30, 35), (40, 50)] {
            assert_eq!(insert(&mut map, start, end), Ok(()));
        }
    }

    #[test]
    fn find_looks_at_both_ends() {
        let mut map = TrapMap::default();
        assert_eq!(insert(&mut map, 10, 20), Ok(()));
        let key = |address| map.find(address).map(|trap| trap.key);
        assert_eq!(
            [key(9), key(10), key(19), key(20)],
            [None, Some(10), Some(10), None]
        );
    }

    #[test]
    fn within_begins_with_a_trap_that_reaches_in() {
        let mut map = TrapMap::default();
        for (start, end) in [(0, 10), (10, 20), (30, 40), (50, 60)] {
            assert_eq!(insert(&mut map, start, end), Ok(()));
        }
        let ranges: Vec<_> = map.within(15, 50).collect();
        assert_eq!(ranges, [(10, 19), (30, 39), (50, 59)]);
    }
}

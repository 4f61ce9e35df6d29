// SPDX-License-Identifier: MIT
//! Which slots are free. Each thread takes its slots from a shard of its own
//! as long as there are any.

use parking_lot::Mutex;

use super::slot::{self, SlotRef};
use super::value::INDEX_BITS;
use crate::status::{Result, Status};
use crate::task::ThreadRecord;

const SHARDS: usize = 16;
const SHARD_SLOTS: u32 = 1 << (INDEX_BITS - SHARDS.ilog2());
/// How many closed slots of a shard rest before the oldest is used again.
const RESTING: u32 = 64;
/// No slot, in a list.
const NONE: u32 = u32::MAX;

/// The free slots of one part of the table, in lists that go through the
/// slots themselves.
struct Shard {
    /// The newest and the oldest of those that rest, linked towards the
    /// newest, and how many they are.
    newest: u32,
    oldest: u32,
    resting: u32,
    /// The other ones that were used before, the last first.
    rested: u32,
    /// How many have ever been used.
    used: u32,
    next_id: u64,
}

#[repr(align(128))]
struct ShardLock(Mutex<Shard>);

static TABLE: [ShardLock; SHARDS] = [const {
    ShardLock(Mutex::new(Shard {
        newest: NONE,
        oldest: NONE,
        resting: 0,
        rested: NONE,
        used: 0,
        next_id: 0,
    }))
}; SHARDS];

/// Takes a free slot, and an identity for the handle that will be in it.
/// `NO_MEMORY` when the table is full.
pub fn reserve() -> Result<(SlotRef, u64)> {
    let home = ThreadRecord::current().stripe();
    for offset in 0..SHARDS {
        let number = (home + offset) % SHARDS;
        let mut shard = TABLE[number].0.lock();
        #[allow(clippy::cast_possible_truncation, reason = "less than SHARDS")]
        let Some(place) = shard.take(number as u32 * SHARD_SLOTS)? else {
            continue;
        };
        shard.next_id += 1;
        return Ok((place, shard.next_id * SHARDS as u64 + number as u64));
    }
    Err(Status::NO_MEMORY)
}

/// Gives a slot back, which is neither live nor closing any more.
pub fn release(place: SlotRef) {
    let shard = &TABLE[(place.index() / SHARD_SLOTS) as usize];
    shard.0.lock().put(place);
}

impl Shard {
    fn take(&mut self, first: u32) -> Result<Option<SlotRef>> {
        if self.rested == NONE && self.used == SHARD_SLOTS {
            self.end_rest();
        }
        if let Some(place) = slot::at(self.rested) {
            self.rested = place.slot().next();
            return Ok(Some(place));
        }
        if self.used == SHARD_SLOTS {
            return Ok(None);
        }
        let place = slot::provide(first + self.used)?;
        self.used += 1;
        Ok(Some(place))
    }

    fn put(&mut self, place: SlotRef) {
        let index = place.index();
        place.slot().set_next(NONE);
        match slot::at(self.newest) {
            Some(newest) => newest.slot().set_next(index),
            None => self.oldest = index,
        }
        self.newest = index;
        self.resting += 1;
        if self.resting > RESTING {
            self.end_rest();
        }
    }

    /// Makes the slot that has rested longest the next to be used.
    fn end_rest(&mut self) {
        let Some(oldest) = slot::at(self.oldest) else {
            return;
        };
        let next = oldest.slot().next();
        oldest.slot().set_next(self.rested);
        self.rested = oldest.index();
        self.oldest = next;
        self.resting -= 1;
        if next == NONE {
            self.newest = NONE;
        }
    }
}

// SPDX-License-Identifier: MIT
//! Remembering what the code at an instruction pointer turned out to be.
//!
//! Reading a guest's code takes a walk through its page tables and a look at
//! the slots. What was found holds as long as everything that was read on the
//! way has not changed: the table entries and the code itself, which are
//! compared where they are in host memory, and the slots, which have a
//! generation.

use std::cell::RefCell;

use smallvec::SmallVec;

use crate::hypervisor::memory::View;

/// Entries of tables, two pages of them at most, and code.
const READS: usize = 6;

struct Read {
    host: usize,
    len: usize,
    bytes: u128,
}

/// All that was read of guest memory.
#[derive(Default)]
pub struct ReadSet {
    reads: SmallVec<[Read; READS]>,
    /// Something was read that cannot be looked at again quickly.
    broken: bool,
}

impl ReadSet {
    /// Notes what was read at an address.
    pub fn note(&mut self, view: &View<'_>, gpa: u64, bytes: &[u8]) {
        let mut all = [0; 16];
        let (Some(host), Some(part)) = (view.host(gpa, bytes.len()), all.get_mut(..bytes.len()))
        else {
            self.broken = true;
            return;
        };
        part.copy_from_slice(bytes);
        self.reads.push(Read {
            host,
            len: bytes.len(),
            bytes: u128::from_le_bytes(all),
        });
    }
}

struct Known<T> {
    rip: u64,
    generation: u64,
    reads: SmallVec<[Read; READS]>,
    value: T,
}

/// How many instruction pointers something is known for. Each VCPU has several such
/// caches; a guest uses few places of its code for devices at a time.
const ENTRIES: usize = 32;

/// Nothing `N` times, which was never on the stack: threads may have little of that.
pub fn empty<T, const N: usize>() -> Box<[Option<T>; N]> {
    let entries: Box<[Option<T>]> = std::iter::repeat_with(|| None).take(N).collect();
    match entries.try_into() {
        Ok(entries) => entries,
        Err(_) => unreachable!("there are as many"),
    }
}

/// What is known by instruction pointer.
pub struct DecodeCache<T>(Box<[Option<Known<T>>; ENTRIES]>);

impl<T> Default for DecodeCache<T> {
    fn default() -> DecodeCache<T> {
        DecodeCache(empty())
    }
}

impl<T> DecodeCache<T> {
    /// How much memory it takes.
    pub const BYTES: usize = ENTRIES * size_of::<Option<Known<T>>>();

    /// What was noted for an instruction pointer, if `fits` and if guest
    /// memory is still the same.
    #[inline]
    pub fn get(&self, rip: u64, view: &View<'_>, fits: impl FnOnce(&T) -> bool) -> Option<&T> {
        let known = self.0[slot_of::<ENTRIES>(rip)].as_ref()?;
        let same = known.rip == rip
            && known.generation == view.generation()
            && fits(&known.value)
            && known
                .reads
                .iter()
                .all(|read| view.host_bytes(read.host, read.len) == Some(read.bytes));
        same.then_some(&known.value)
    }

    /// Notes something for an instruction pointer.
    #[cold]
    pub fn put(&mut self, rip: u64, view: &View<'_>, trail: &RefCell<ReadSet>, value: T) {
        let trail = trail.take();
        if !trail.broken {
            self.0[slot_of::<ENTRIES>(rip)] = Some(Known {
                rip,
                generation: view.generation(),
                reads: trail.reads,
                value,
            });
        }
    }
}

/// Where what is known for an instruction pointer has its place among `N`.
pub fn slot_of<const N: usize>(rip: u64) -> usize {
    let mixed = rip ^ rip >> 6 ^ rip >> 12;
    usize::try_from(mixed % N as u64).unwrap_or(0)
}

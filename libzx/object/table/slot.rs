// SPDX-License-Identifier: MIT
//! The slots of the table: who may read an entry, and when it goes.
//!
//! A slot is *free*, *reserved* (its index is taken, the entry is being made,
//! lookups still fail), *live*, or *closing*: dead for lookups, its entry
//! still read by those who pinned it before. When the last of them lets go
//! the slot is free again.
//!
//! Pins are counted apart from the state, and by several counters: a thread
//! uses the one of its stripe, so two threads that look up the same handle
//! write to no common cache line. A lookup first counts its pin and then
//! looks at the state; a closing first changes the state and then looks at
//! the counters. Both in one total order: either the lookup sees that the
//! slot is closing, or the closing sees the pin.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use super::place;
use super::value::{GENERATIONS, INDEX_BITS};
use crate::object::Object;
use crate::object::base::Signals;
use crate::rights::Rights;
use crate::status::{Result, Status};

const CHUNK_SLOTS: usize = 1024;
const CHUNKS: usize = (1 << INDEX_BITS) / CHUNK_SLOTS;
const STRIPES: usize = 4;

// A state: what the slot is, how often it has been used, and while it is
// closing, in the high half, its object's signals when the closing began.
const LIVE: u64 = 1 << 0;
const CLOSING: u64 = 1 << 1;
const USES_SHIFT: u32 = 2;
const USES: u64 = (u32::MAX >> USES_SHIFT) as u64;
const SIGNALS_SHIFT: u32 = 32;

/// What a live slot holds, apart from the rights.
pub struct Entry {
    /// The object.
    pub object: Object,
    /// The handle's identity.
    pub id: u64,
}

/// One place of the table.
pub struct Slot {
    state: AtomicU64,
    /// The rights, or while the slot is free the next one in a list of free
    /// slots, under that list's lock.
    rights_or_next: AtomicU32,
    entry: UnsafeCell<MaybeUninit<Entry>>,
}

// What a live handle costs beside its object.
const _: () = assert!(size_of::<Chunk>() <= CHUNK_SLOTS * 56);

// SAFETY: `entry` is written only by the one thread that reserved the slot,
// before it becomes live, and read only by threads that pinned it while it
// was live; the state's operations order the two. It is taken out by the one
// thread that moves the slot from closing to free, which happens only when no
// pin is left. The entry's own types are Send and Sync.
unsafe impl Sync for Slot {}

/// Neighbours in memory. All zero: free slots that have never been used.
pub struct Chunk {
    slots: [Slot; CHUNK_SLOTS],
    pins: [[AtomicU32; CHUNK_SLOTS]; STRIPES],
}

static DIRECTORY: [AtomicPtr<Chunk>; CHUNKS] = [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS];

/// A slot and its counters of pins.
#[derive(Clone, Copy)]
pub struct Place {
    chunk: &'static Chunk,
    index: u32,
}

/// The place with this index, if there was ever a handle in its chunk.
pub fn at(index: u32) -> Option<Place> {
    let pointer = DIRECTORY.get(index as usize / CHUNK_SLOTS)?;
    // SAFETY: a chunk that is in the directory is never freed.
    let chunk = unsafe { pointer.load(Ordering::Acquire).as_ref() }?;
    Some(Place { chunk, index })
}

/// Makes sure that there is memory for the slot with this index; called under
/// the lock of its shard, which alone has slots in that chunk.
pub fn provide(index: u32) -> Result<Place> {
    if at(index).is_none() {
        let layout = std::alloc::Layout::new::<Chunk>();
        // SAFETY: a chunk is not of size zero.
        let chunk = unsafe { std::alloc::alloc_zeroed(layout) };
        DIRECTORY[index as usize / CHUNK_SLOTS].store(chunk.cast(), Ordering::Release);
    }
    at(index).ok_or(Status::NO_MEMORY)
}

/// The indices of which some have been used.
pub fn used() -> impl Iterator<Item = u32> {
    let chunks = (0u32..).step_by(CHUNK_SLOTS).zip(&DIRECTORY);
    chunks
        .filter(|(_, pointer)| !pointer.load(Ordering::Acquire).is_null())
        .flat_map(|(first, _)| (first..).take(CHUNK_SLOTS))
}

impl Place {
    /// The slot.
    pub fn slot(self) -> &'static Slot {
        &self.chunk.slots[self.index as usize % CHUNK_SLOTS]
    }

    /// The index.
    pub fn index(self) -> u32 {
        self.index
    }

    fn counter(self, stripe: usize) -> &'static AtomicU32 {
        &self.chunk.pins[stripe % STRIPES][self.index as usize % CHUNK_SLOTS]
    }

    /// Pins the slot if it is live in this generation.
    #[inline]
    pub fn pin(self, generation: u32) -> Option<Pin> {
        let slot = self.slot();
        let state = slot.state.load(Ordering::Relaxed);
        if !is_live_in(state, generation) {
            return None;
        }
        let counter = self.counter(place::ordinal());
        counter.fetch_add(1, Ordering::SeqCst);
        let pin = Pin {
            slot,
            counter,
            index: self.index,
        };
        (slot.state.load(Ordering::SeqCst) == state).then_some(pin)
    }

    /// Whether a handle of this generation is in the slot.
    pub fn is_live(self, generation: u32) -> bool {
        is_live_in(self.slot().state.load(Ordering::Acquire), generation)
    }

    /// Makes the slot closing, if it is live in this generation, and pins it.
    /// For one caller at most this succeeds.
    pub fn close(self, generation: u32) -> Option<Pin> {
        let pin = self.pin(generation)?;
        let slot = self.slot();
        let signals = u64::from(pin.entry().object.base().signals());
        let state = slot.state.load(Ordering::Relaxed);
        if !is_live_in(state, generation) {
            return None;
        }
        let closing = (state ^ LIVE) | CLOSING | (signals << SIGNALS_SHIFT);
        let closed =
            slot.state
                .compare_exchange(state, closing, Ordering::SeqCst, Ordering::Relaxed);
        closed.ok().map(|_| pin)
    }
}

/// Frees a closing slot unless someone pins it or someone else does.
#[cold]
#[inline(never)]
fn reclaim(index: u32, state: u64) {
    let Some(place) = at(index) else {
        return;
    };
    // A pin of the time when the slot was live is seen here, and once a
    // counter was seen to be 0 it counts only lookups that will fail.
    let pinned = |stripe| place.counter(stripe).load(Ordering::SeqCst) != 0;
    if (0..STRIPES).any(pinned) {
        return;
    }
    let slot = place.slot();
    let free = state & (USES << USES_SHIFT);
    let freed = slot
        .state
        .compare_exchange(state, free, Ordering::SeqCst, Ordering::Relaxed);
    if freed.is_err() {
        return;
    }
    // SAFETY: this thread alone made the slot free and nobody pins it, so
    // nobody reads or writes the entry.
    let entry = unsafe { &*slot.entry.get() };
    // SAFETY: as above; the slot was closing, so its entry is initialised, and
    // it is read out this once.
    let entry = unsafe { entry.assume_init_read() };
    place::release(place);
    drop(entry);
}

fn is_live_in(state: u64, generation: u32) -> bool {
    state & (LIVE | CLOSING) == LIVE && generation_of(state) == generation
}

fn generation_of(state: u64) -> u32 {
    #[allow(clippy::cast_possible_truncation, reason = "cut to its last nine bits")]
    let uses = (state >> USES_SHIFT) as u32;
    uses % GENERATIONS
}

impl Slot {
    /// The generation of the handle in the slot, if there is one.
    pub fn live_generation(&self) -> Option<u32> {
        let state = self.state.load(Ordering::Acquire);
        (state & LIVE != 0).then(|| generation_of(state))
    }

    /// The generation of the next handle, for the thread that reserved the
    /// slot.
    pub fn next_generation(&self) -> u32 {
        let state = self.state.load(Ordering::Relaxed);
        (generation_of(state) + 1) % GENERATIONS
    }

    /// The next slot in a list of free ones.
    pub fn next(&self) -> u32 {
        self.rights_or_next.load(Ordering::Relaxed)
    }

    /// Links a free slot, under the list's lock.
    pub fn set_next(&self, next: u32) {
        self.rights_or_next.store(next, Ordering::Relaxed);
    }

    /// Makes a reserved slot live.
    ///
    /// # Safety
    ///
    /// The caller reserved the slot and uses the reservation up.
    pub unsafe fn fill(&self, entry: Entry, rights: Rights) {
        // SAFETY: the slot is reserved, so nobody reads its entry, and only
        // the thread that reserved it writes it.
        unsafe { (*self.entry.get()).write(entry) };
        self.rights_or_next.store(rights.bits(), Ordering::Relaxed);
        let state = self.state.load(Ordering::Relaxed);
        let uses = (state >> USES_SHIFT) + 1;
        let live = ((uses & USES) << USES_SHIFT) | LIVE;
        self.state.store(live, Ordering::SeqCst);
    }
}

/// Keeps the entry of a slot in place.
pub struct Pin {
    slot: &'static Slot,
    /// The counter that has it; whichever thread lets go.
    counter: &'static AtomicU32,
    index: u32,
}

impl Pin {
    /// The entry.
    pub fn entry(&self) -> &Entry {
        // SAFETY: the slot was live when it was pinned, and its entry stays in
        // place until the last pin goes.
        let entry = unsafe { &*self.slot.entry.get() };
        // SAFETY: as above: a live slot's entry is initialised.
        unsafe { entry.assume_init_ref() }
    }

    /// The rights.
    pub fn rights(&self) -> Rights {
        Rights::from_bits(self.slot.rights_or_next.load(Ordering::Relaxed))
    }

    /// The object's signals when the handle was closed or taken away; `None`
    /// while it is in the table.
    pub fn signals_at_close(&self) -> Option<Signals> {
        let state = self.slot.state.load(Ordering::SeqCst);
        #[allow(clippy::cast_possible_truncation, reason = "the high half")]
        let signals = (state >> SIGNALS_SHIFT) as Signals;
        (state & CLOSING != 0).then_some(signals)
    }
}

impl Drop for Pin {
    #[inline]
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::SeqCst);
        let state = self.slot.state.load(Ordering::SeqCst);
        if state & CLOSING != 0 {
            reclaim(self.index, state);
        }
    }
}

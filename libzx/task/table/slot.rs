// SPDX-License-Identifier: MIT
//! The slots of the table: who may read an entry, and when it goes.
//!
//! A slot is *free*, *reserved* (its index is taken, the entry is being made,
//! lookups still fail), *live*, or *closing*: dead for lookups, its entry
//! still read by those who pinned it before. When the last of them lets go
//! the slot is free again. A handle that left in a message keeps a *trail* to
//! the slot, in which those who pinned it find whether the journey is over.
//!
//! Pins are counted apart from the state, and by several counters: a thread
//! uses the one of its stripe, so two threads that look up the same handle
//! write to no common cache line. A lookup first counts its pin and then
//! looks at the state; a closing first changes the state and then looks at
//! the counters. Both in one total order: either the lookup sees that the
//! slot is closing, or the closing sees the pin.

use std::cell::UnsafeCell;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use super::free_list;
use super::value::{GENERATIONS, INDEX_BITS};
use crate::object::Object;
use crate::object::base::Signals;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::ThreadRecord;

const CHUNK_SLOTS: usize = 1024;
const CHUNKS: usize = (1 << INDEX_BITS) / CHUNK_SLOTS;
const STRIPES: usize = 4;

// A state: what the slot is, how often it has been used, and while it is
// closing, in the high half, its object's signals when the closing began.
const LIVE: u64 = 1 << 0;
const CLOSING: u64 = 1 << 1;
/// The thread that closes the slot still reads the entry.
const HELD: u64 = 1 << 2;
/// A closing slot's handle is on its way: waits made through it go on.
const TRAVELS: u64 = 1 << 3;
const USES_SHIFT: u32 = 4;
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
pub struct SlotRef {
    chunk: &'static Chunk,
    index: u32,
}

/// The place with this index, if there was ever a handle in its chunk.
pub fn at(index: u32) -> Option<SlotRef> {
    let pointer = DIRECTORY.get(index as usize / CHUNK_SLOTS)?;
    // SAFETY: a chunk that is in the directory is never freed.
    let chunk = unsafe { pointer.load(Ordering::Acquire).as_ref() }?;
    Some(SlotRef { chunk, index })
}

/// Makes sure that there is memory for the slot with this index; called under
/// the lock of its shard, which alone has slots in that chunk.
pub fn provide(index: u32) -> Result<SlotRef> {
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

impl SlotRef {
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
        let counter = self.counter(ThreadRecord::current().stripe());
        counter.fetch_add(1, Ordering::SeqCst);
        let pin = Pin { slot, counter };
        (slot.state.load(Ordering::SeqCst) == state).then_some(pin)
    }

    /// Pins the slot for a call that may be made in a signal handler.
    #[inline]
    pub fn pin_in_handler(self, generation: u32) -> Option<HandlerPin> {
        let slot = self.slot();
        let state = slot.state.load(Ordering::Relaxed);
        if !is_live_in(state, generation) {
            return None;
        }
        let stripe = ThreadRecord::known().map_or(0, ThreadRecord::stripe);
        let counter = self.counter(stripe);
        counter.fetch_add(1, Ordering::SeqCst);
        let pin = HandlerPin(ManuallyDrop::new(Pin { slot, counter }));
        (slot.state.load(Ordering::SeqCst) == state).then_some(pin)
    }

    /// Whether a handle of this generation is in the slot.
    pub fn is_live(self, generation: u32) -> bool {
        is_live_in(self.slot().state.load(Ordering::Acquire), generation)
    }

    /// Makes the slot closing, if it is live in this generation. For one
    /// caller at most this succeeds.
    pub fn close(self, generation: u32) -> Option<Dead> {
        let mut dead = self.leave(generation, 0)?;
        dead.state |= signals_part(dead.entry().object.base().signals());
        Some(dead)
    }

    /// Makes the slot closing like `close`, for a handle that travels: until
    /// the trail ends, waits that were made through it go on.
    pub fn depart(self, generation: u32) -> Option<(Dead, Trail)> {
        let dead = self.leave(generation, TRAVELS)?;
        let trail = Trail {
            index: self.index,
            state: dead.state,
        };
        Some((dead, trail))
    }

    fn leave(self, generation: u32, travels: u64) -> Option<Dead> {
        let slot = self.slot();
        let state = slot.state.load(Ordering::Relaxed);
        if !is_live_in(state, generation) {
            return None;
        }
        let closing = (state ^ LIVE) | CLOSING | HELD | travels;
        let closed =
            slot.state
                .compare_exchange(state, closing, Ordering::SeqCst, Ordering::Relaxed);
        closed.ok()?;
        Some(Dead {
            place: self,
            state: closing ^ HELD,
        })
    }

    /// Whether somebody may have an entry pinned that is not live any more. A
    /// pin of the time when it was is seen here, and once a counter was seen
    /// to be 0 it counts only lookups that will fail.
    fn is_pinned(self) -> bool {
        let pinned = |stripe| self.counter(stripe).load(Ordering::SeqCst) != 0;
        (0..STRIPES).any(pinned)
    }

    /// Takes the entry out of a slot that has just been made free.
    ///
    /// # Safety
    ///
    /// The caller made the closing slot free, and nobody has it pinned.
    unsafe fn clear(self) {
        // SAFETY: nobody reads or writes the entry.
        let entry = unsafe { &*self.slot().entry.get() };
        // SAFETY: the slot was closing, so its entry is initialised, and it
        // is read out this once.
        let entry = unsafe { entry.assume_init_read() };
        free_list::release(self);
        drop(entry);
    }

    /// Frees a closing slot unless someone pins it or someone else does.
    fn reclaim(self, state: u64) {
        if self.is_pinned() {
            return;
        }
        let free = state & (USES << USES_SHIFT);
        let freed =
            self.slot()
                .state
                .compare_exchange(state, free, Ordering::SeqCst, Ordering::Relaxed);
        if freed.is_ok() {
            // SAFETY: this thread alone made the slot free; it was not pinned.
            unsafe { self.clear() };
        }
    }
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

    fn rights(&self) -> Rights {
        Rights::from_bits(self.rights_or_next.load(Ordering::Relaxed))
    }

    /// # Safety
    ///
    /// The slot was live and cannot become free meanwhile.
    unsafe fn entry(&self) -> &Entry {
        // SAFETY: nobody writes the entry before the slot is free.
        let entry = unsafe { &*self.entry.get() };
        // SAFETY: a slot that was live has an initialised entry.
        unsafe { entry.assume_init_ref() }
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
        self.state.store(live, Ordering::Release);
    }
}

/// Keeps the entry of a slot in place. Two words and no more: calls move it
/// about.
pub struct Pin {
    slot: &'static Slot,
    /// The counter that has it; whichever thread lets go.
    counter: &'static AtomicU32,
}

impl Pin {
    /// The entry.
    pub fn entry(&self) -> &Entry {
        // SAFETY: the slot was live when it was pinned, and its entry stays in
        // place until the last pin goes.
        unsafe { self.slot.entry() }
    }

    /// The rights.
    pub fn rights(&self) -> Rights {
        self.slot.rights()
    }

    /// Whether the handle is still in the table.
    pub fn is_live(&self) -> bool {
        self.slot.state.load(Ordering::SeqCst) & LIVE != 0
    }

    /// Whether waits made through the handle go on: it is still in the table,
    /// or travels.
    pub fn keeps_waits(&self) -> bool {
        self.slot.state.load(Ordering::SeqCst) & (LIVE | TRAVELS) != 0
    }

    /// The object's signals when the handle was closed, or had travelled;
    /// `None` as long as that is not over.
    pub fn signals_at_close(&self) -> Option<Signals> {
        let state = self.slot.state.load(Ordering::SeqCst);
        #[allow(clippy::cast_possible_truncation, reason = "the high half")]
        let signals = (state >> SIGNALS_SHIFT) as Signals;
        (is_left(state) && state & TRAVELS == 0).then_some(signals)
    }
}

impl Drop for Pin {
    #[inline]
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::SeqCst);
        let state = self.slot.state.load(Ordering::SeqCst);
        if is_left(state) {
            reclaim_slot(self.slot, state);
        }
    }
}

/// A pin of a call that may be made in a signal handler, and so must not end
/// an object: it may have interrupted malloc, or whoever has a lock.
pub struct HandlerPin(ManuallyDrop<Pin>);

impl HandlerPin {
    /// The entry.
    pub fn entry(&self) -> &Entry {
        self.0.entry()
    }

    /// The rights.
    pub fn rights(&self) -> Rights {
        self.0.rights()
    }
}

impl Drop for HandlerPin {
    #[inline]
    fn drop(&mut self) {
        self.0.counter.fetch_sub(1, Ordering::SeqCst);
        if is_left(self.0.slot.state.load(Ordering::SeqCst)) {
            LEFT.store(true, Ordering::SeqCst);
        }
    }
}

/// Whether there may be closing slots that nobody has pinned and nobody frees.
static LEFT: AtomicBool = AtomicBool::new(false);

/// Frees closing slots that signal handlers have left to others.
#[inline]
pub fn reclaim_left() {
    if LEFT.load(Ordering::Relaxed) {
        reclaim_all_left();
    }
}

#[cold]
fn reclaim_all_left() {
    if !LEFT.swap(false, Ordering::SeqCst) {
        return;
    }
    for place in used().filter_map(at) {
        let state = place.slot().state.load(Ordering::SeqCst);
        if is_left(state) {
            place.reclaim(state);
        }
    }
}

/// Frees a closing slot that was closed while this thread had it pinned, unless
/// others have, too.
#[cold]
#[inline(never)]
fn reclaim_slot(slot: &'static Slot, state: u64) {
    let begin = std::ptr::from_ref(slot).addr();
    let firsts = (0u32..).step_by(CHUNK_SLOTS).take(CHUNKS);
    let place = firsts.filter_map(at).find_map(|first| {
        let offset = begin.checked_sub(first.chunk.slots.as_ptr().addr())?;
        let index = u32::try_from(offset / size_of::<Slot>()).ok()?;
        first.chunk.slots.get(index as usize)?;
        at(first.index + index)
    });
    if let Some(place) = place {
        place.reclaim(state);
    }
}

/// Whether a closing slot waits only for pins.
fn is_left(state: u64) -> bool {
    state & (CLOSING | HELD) == CLOSING
}

/// Signals as part of a slot's state.
fn signals_part(signals: Signals) -> u64 {
    u64::from(signals) << SIGNALS_SHIFT
}

/// What a handle that travels knows of the slot that it left.
pub struct Trail {
    index: u32,
    state: u64,
}

impl Trail {
    /// The journey is over, with these signals, and with it the waits of those
    /// who still have the slot pinned. Call this before ending those that have
    /// left an observer: who is about to leave one looks here afterwards.
    pub fn end(self, signals: Signals) {
        let Some(place) = at(self.index) else {
            return;
        };
        let state = &place.slot().state;
        // Unless somebody has it pinned, the slot is free, or another one's.
        if state.load(Ordering::SeqCst) != self.state {
            return;
        }
        let ended = (self.state ^ TRAVELS) | signals_part(signals);
        let left = state.compare_exchange(self.state, ended, Ordering::SeqCst, Ordering::Relaxed);
        if left.is_ok() {
            // Who let go of it meanwhile may have left that to this thread.
            place.reclaim(ended);
        }
    }
}

/// How often a closing looks whether the last pin is gone.
const LOOKS: u32 = 64;

/// The entry of a slot that the thread has made closing.
pub struct Dead {
    place: SlotRef,
    /// The slot's state once this is dropped and others have it pinned.
    state: u64,
}

impl Dead {
    /// The entry.
    pub fn entry(&self) -> &Entry {
        // SAFETY: the slot was live, and its entry stays in place while it is
        // held.
        unsafe { self.place.slot().entry() }
    }

    /// The rights.
    pub fn rights(&self) -> Rights {
        self.place.slot().rights()
    }
}

impl Drop for Dead {
    fn drop(&mut self) {
        let state = &self.place.slot().state;
        // Who kicks a VCPU has it pinned for a moment, and leaves the rest to
        // others.
        let mut looks = 0..LOOKS;
        while self.place.is_pinned() && looks.next().is_some() {
            std::hint::spin_loop();
        }
        if self.place.is_pinned() {
            state.swap(self.state, Ordering::SeqCst);
            self.place.reclaim(self.state);
        } else {
            // While the slot is held, nobody else changes its state.
            state.store(self.state & (USES << USES_SHIFT), Ordering::Release);
            // SAFETY: this thread alone made the slot free; it was not pinned.
            unsafe { self.place.clear() };
        }
    }
}

// SPDX-License-Identifier: MIT
//! The handle table: from integers to objects and rights (objects.md,
//! section 3).
//!
//! A lookup is one atomic addition to the slot that the value names, and one
//! subtraction when the call is done; it takes no lock and touches nothing
//! that all lookups share. Between the two the slot is *pinned*: its object stays alive even if the handle is closed meanwhile.
//! Only making and unmaking handles takes a lock, that of one of a few
//! shards; each thread makes its handles in a shard of its own.
//!
//! A value holds the index of its slot and the slot's generation, which
//! changes with each use, so a value that was closed stays dead: the same
//! slot rests in a queue before it is used again, and the same value comes
//! back after some thirty thousand other handles at the earliest.
#![allow(unsafe_code)]

use std::cell::{Cell, UnsafeCell};
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use slab::Slab;

use super::handle::{self, Handle};
use super::{Object, Typed};
use crate::rights::Rights;
use crate::status::{Result, Status};

/// The bits that are set in every handle (`ZX_HANDLE_FIXED_BITS_MASK`).
const FIXED_BITS: u32 = 0x3;
const INDEX_BITS: u32 = 20;
/// One bit less than there is room for: values are never negative.
const GENERATION_BITS: u32 = 9;
const GENERATIONS: u64 = 1 << GENERATION_BITS;

const SHARDS: usize = 16;
const SHARD_SLOTS: usize = (1 << INDEX_BITS) / SHARDS;
const CHUNK_SLOTS: usize = 1024;
const CHUNKS: usize = (1 << INDEX_BITS) / CHUNK_SLOTS;
/// How many closed slots of a shard rest before the oldest is used again.
const RESTING: usize = 64;

// A slot's state: pins in the low half, what it is in the high half.
const PIN: u64 = 1;
const PINS: u64 = u32::MAX as u64;
const GENERATION_SHIFT: u32 = 32;
const LIVE: u64 = 1 << 48;
const CLOSING: u64 = 1 << 49;

/// What a live slot holds.
struct Entry {
    object: Object,
    rights: Rights,
    id: u64,
}

/// One place of the table.
///
/// Life of a slot: *free*, *reserved* (its index is taken, the entry is being
/// made, lookups still fail), *live*, *closing* (dead for lookups, its entry
/// still read by those who pinned it before), and free again when the last
/// pin goes.
struct Slot {
    state: AtomicU64,
    entry: UnsafeCell<MaybeUninit<Entry>>,
}

// SAFETY: `entry` is written only by the one thread that reserved the slot,
// before it becomes live, and read only by threads that pinned it while it
// was live; the state's acquire and release operations order the two. It is
// taken out by the one thread that moves the slot from closing to free, which
// happens only when no pin is left. The entry's own types are Send and Sync.
unsafe impl Sync for Slot {}

type Chunk = [Slot; CHUNK_SLOTS];

static DIRECTORY: [AtomicPtr<Chunk>; CHUNKS] = [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS];

struct Shard {
    indices: Slab<()>,
    resting: VecDeque<u32>,
    next_id: u64,
}

#[repr(align(128))]
struct ShardLock(Mutex<Shard>);

static TABLE: [ShardLock; SHARDS] = [const {
    ShardLock(Mutex::new(Shard {
        indices: Slab::new(),
        resting: VecDeque::new(),
        next_id: 0,
    }))
}; SHARDS];

/// Hides which slot a value names, so that programs cannot come to rely on
/// the numbers of one run.
fn secret() -> u32 {
    static SECRET: OnceLock<u32> = OnceLock::new();
    *SECRET.get_or_init(|| {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "any 32 bits of it are random"
        )]
        let random = RandomState::new().hash_one(0) as u32;
        random & (i32::MAX as u32) & !FIXED_BITS
    })
}

fn value_of(index: u32, generation: u64) -> u32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a generation has nine bits"
    )]
    let generation = generation as u32;
    ((((generation << INDEX_BITS) | index) << FIXED_BITS.count_ones()) ^ secret()) | FIXED_BITS
}

fn split(value: u32) -> Option<(u32, u64)> {
    if value & FIXED_BITS != FIXED_BITS {
        return None;
    }
    let bits = (value ^ secret()) >> FIXED_BITS.count_ones();
    Some((
        bits & ((1 << INDEX_BITS) - 1),
        u64::from(bits >> INDEX_BITS),
    ))
}

fn slot_at(index: u32) -> Option<&'static Slot> {
    let index = index as usize;
    let chunk = DIRECTORY[index / CHUNK_SLOTS].load(Ordering::Acquire);
    // SAFETY: a chunk that is in the directory is never freed.
    let chunk = unsafe { chunk.as_ref() }?;
    Some(&chunk[index % CHUNK_SLOTS])
}

/// A handle value in use by a call: keeps the object alive.
pub struct Ref {
    slot: &'static Slot,
    index: u32,
    /// Pins belong to a call, and a call to a thread.
    _thread: PhantomData<*const ()>,
}

impl Ref {
    fn entry(&self) -> &Entry {
        // SAFETY: the slot was live when this reference pinned it, and its
        // entry stays in place until the last pin goes.
        let entry = unsafe { &*self.slot.entry.get() };
        // SAFETY: as above: a live slot's entry is initialised.
        unsafe { entry.assume_init_ref() }
    }

    /// The object.
    pub fn object(&self) -> &Object {
        &self.entry().object
    }

    /// The rights.
    pub fn rights(&self) -> Rights {
        self.entry().rights
    }

    /// The identity that waits made through this handle carry.
    pub fn id(&self) -> u64 {
        self.entry().id
    }

    /// Whether the handle is still in the table.
    pub fn is_live(&self) -> bool {
        self.slot.state.load(Ordering::SeqCst) & LIVE != 0
    }

    /// Fails unless the handle has all of these rights.
    pub fn require(&self, rights: Rights) -> Result {
        if self.rights().contains(rights) {
            Ok(())
        } else {
            Err(Status::ACCESS_DENIED)
        }
    }
}

impl Drop for Ref {
    fn drop(&mut self) {
        unpin(self.slot, self.index);
    }
}

/// A handle in use by a call that needs an object of one type.
pub struct TypedRef<T> {
    handle: Ref,
    object: NonNull<Arc<T>>,
}

impl<T> TypedRef<T> {
    /// The handle.
    pub fn handle(&self) -> &Ref {
        &self.handle
    }
}

impl<T> Deref for TypedRef<T> {
    type Target = Arc<T>;

    fn deref(&self) -> &Arc<T> {
        // SAFETY: points into the entry that `handle` keeps in place.
        unsafe { self.object.as_ref() }
    }
}

/// Finds the object of a handle of any type.
pub fn get(value: u32) -> Result<Ref> {
    let (index, generation) = split(value).ok_or(Status::BAD_HANDLE)?;
    let slot = slot_at(index).ok_or(Status::BAD_HANDLE)?;
    let wanted = LIVE | (generation << GENERATION_SHIFT);
    if slot.state.load(Ordering::Relaxed) & !PINS != wanted {
        return Err(Status::BAD_HANDLE);
    }
    let state = slot.state.fetch_add(PIN, Ordering::Acquire);
    if state & !PINS != wanted {
        unpin(slot, index);
        return Err(Status::BAD_HANDLE);
    }
    Ok(Ref {
        slot,
        index,
        _thread: PhantomData,
    })
}

/// Finds an object of one type: bad handle, wrong type, missing right, in
/// this order (objects.md, section 2.1).
pub fn get_typed<T: Typed>(value: u32, rights: Rights) -> Result<TypedRef<T>> {
    let handle = get(value)?;
    let object = NonNull::from(T::of(handle.object()).ok_or(Status::WRONG_TYPE)?);
    handle.require(rights)?;
    Ok(TypedRef { handle, object })
}

/// Finds an object to wait for: bad handle, missing right, not waitable, in
/// this order (objects.md, section 9).
pub fn get_waitable(value: u32) -> Result<Ref> {
    let handle = get(value)?;
    handle.require(Rights::WAIT)?;
    if handle.object().is_waitable() {
        Ok(handle)
    } else {
        Err(Status::NOT_SUPPORTED)
    }
}

/// Whether a value names a live handle.
pub fn is_live(value: u32) -> bool {
    split(value).is_some_and(|(index, generation)| {
        let wanted = LIVE | (generation << GENERATION_SHIFT);
        slot_at(index).is_some_and(|slot| slot.state.load(Ordering::Acquire) & !PINS == wanted)
    })
}

/// Shows every handle that is live during the whole call; those that come and
/// go meanwhile may be among them.
pub fn for_each(mut f: impl FnMut(u32, &Ref)) {
    for (chunk, pointer) in DIRECTORY.iter().enumerate() {
        if pointer.load(Ordering::Acquire).is_null() {
            continue;
        }
        for index in chunk * CHUNK_SLOTS..(chunk + 1) * CHUNK_SLOTS {
            #[allow(clippy::cast_possible_truncation, reason = "less than 2^INDEX_BITS")]
            let index = index as u32;
            let Some(slot) = slot_at(index) else {
                continue;
            };
            let state = slot.state.load(Ordering::Relaxed);
            if state & LIVE == 0 {
                continue;
            }
            let generation = (state & !LIVE) >> GENERATION_SHIFT;
            let value = value_of(index, generation);
            if let Ok(handle) = get(value) {
                f(value, &handle);
            }
        }
    }
}

fn unpin(slot: &'static Slot, index: u32) {
    let state = slot.state.fetch_sub(PIN, Ordering::Release) - PIN;
    if state & CLOSING != 0 && state & PINS == 0 {
        reclaim(slot, index, state);
    }
}

/// Frees a closing slot that nobody pins any more, unless someone else does.
fn reclaim(slot: &'static Slot, index: u32, state: u64) {
    let free = state & !CLOSING;
    // A stale lookup may pin and unpin a closing slot at any time, so several
    // threads can come here; the exchange picks one.
    if slot
        .state
        .compare_exchange(state, free, Ordering::Acquire, Ordering::Relaxed)
        .is_err()
    {
        return;
    }
    fence(Ordering::Acquire);
    // SAFETY: this thread alone made the slot free and nobody pins it, so
    // nobody reads or writes the entry.
    let entry = unsafe { &*slot.entry.get() };
    // SAFETY: as above; the slot was closing, so its entry is initialised, and
    // it is read out this once.
    let entry = unsafe { entry.assume_init_read() };
    release_index(index);
    drop(entry);
}

fn release_index(index: u32) {
    let (shard, key) = (index as usize / SHARD_SLOTS, index as usize % SHARD_SLOTS);
    let mut shard = TABLE[shard].0.lock();
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a key is less than SHARD_SLOTS"
    )]
    shard.resting.push_back(key as u32);
    if shard.resting.len() > RESTING {
        free_oldest(&mut shard);
    }
}

fn free_oldest(shard: &mut Shard) {
    if let Some(key) = shard.resting.pop_front() {
        shard.indices.remove(key as usize);
    }
}

/// A place in the table with a value that is not alive yet. Dropping it gives
/// the place back and closes the handle.
pub struct Reserved {
    index: u32,
    generation: u64,
    id: u64,
    handle: Option<Handle>,
}

impl Reserved {
    /// Reserves a place for `handle`. Fails with `NO_MEMORY` when the table
    /// is full; the handle is closed then.
    pub fn new(handle: Handle) -> Result<Reserved> {
        let home = home_shard();
        for offset in 0..SHARDS {
            let number = (home + offset) % SHARDS;
            let Some((key, fresh_id)) = reserve_in(number)? else {
                continue;
            };
            #[allow(clippy::cast_possible_truncation, reason = "less than 2^INDEX_BITS")]
            let index = (number * SHARD_SLOTS + key) as u32;
            let slot = slot_at(index).ok_or(Status::INTERNAL)?;
            let state = slot.state.load(Ordering::Relaxed);
            let generation = ((state >> GENERATION_SHIFT) + 1) % GENERATIONS;
            let id = handle.id().unwrap_or(fresh_id);
            return Ok(Reserved {
                index,
                generation,
                id,
                handle: Some(handle),
            });
        }
        Err(Status::NO_MEMORY)
    }

    /// The value the handle will have.
    pub fn value(&self) -> u32 {
        value_of(self.index, self.generation)
    }

    /// Makes the handle alive and returns its value.
    pub fn commit(mut self) -> u32 {
        let value = self.value();
        let (Some(slot), Some(handle)) = (slot_at(self.index), self.handle.take()) else {
            return 0;
        };
        // A handle that travelled keeps its identity; the waits that were made
        // through it where it came from end here.
        if let Some(id) = handle.id() {
            handle.object().cancel_waits(id);
        }
        let (object, rights) = handle.into_parts();
        // SAFETY: the slot is reserved, so nobody reads its entry and only
        // this thread writes it.
        unsafe {
            (*slot.entry.get()).write(Entry {
                object,
                rights,
                id: self.id,
            })
        };
        let old = slot.state.load(Ordering::Relaxed) & !PINS;
        let new = LIVE | (self.generation << GENERATION_SHIFT);
        // The high half belongs to this thread while the slot is reserved; the
        // low half may be counting the pins of stale lookups.
        slot.state
            .fetch_add(new.wrapping_sub(old), Ordering::Release);
        std::mem::forget(self);
        value
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        release_index(self.index);
    }
}

/// Puts a handle into the table.
pub fn insert(handle: Handle) -> Result<u32> {
    Reserved::new(handle).map(Reserved::commit)
}

fn reserve_in(number: usize) -> Result<Option<(usize, u64)>> {
    let mut shard = TABLE[number].0.lock();
    if shard.indices.len() == SHARD_SLOTS {
        free_oldest(&mut shard);
    }
    if shard.indices.len() == SHARD_SLOTS {
        return Ok(None);
    }
    if shard.indices.len() == shard.indices.capacity() {
        shard.indices.reserve_exact(CHUNK_SLOTS);
    }
    let key = shard.indices.insert(());
    let chunk = &DIRECTORY[(number * SHARD_SLOTS + key) / CHUNK_SLOTS];
    if chunk.load(Ordering::Relaxed).is_null() {
        let Some(new) = new_chunk() else {
            shard.indices.remove(key);
            return Err(Status::NO_MEMORY);
        };
        chunk.store(new, Ordering::Release);
    }
    shard.next_id += 1;
    Ok(Some((key, shard.next_id * SHARDS as u64 + number as u64)))
}

fn new_chunk() -> Option<*mut Chunk> {
    let layout = std::alloc::Layout::new::<Chunk>();
    // SAFETY: a chunk is not of size zero. Zeroed slots are free ones of
    // generation 0.
    let chunk = unsafe { std::alloc::alloc_zeroed(layout) };
    (!chunk.is_null()).then(|| chunk.cast())
}

/// The shard in which the calling thread makes its handles.
fn home_shard() -> usize {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static HOME: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    HOME.with(|home| {
        if home.get() == usize::MAX {
            home.set(NEXT.fetch_add(1, Ordering::Relaxed) as usize % SHARDS);
        }
        home.get()
    })
}

/// Marks a handle dead and pins it for the caller, who alone disposes of it.
fn kill(value: u32) -> Result<Ref> {
    let (index, generation) = split(value).ok_or(Status::BAD_HANDLE)?;
    let slot = slot_at(index).ok_or(Status::BAD_HANDLE)?;
    let wanted = LIVE | (generation << GENERATION_SHIFT);
    let mut state = slot.state.load(Ordering::Relaxed);
    loop {
        if state & !PINS != wanted {
            return Err(Status::BAD_HANDLE);
        }
        let closing = (state & !LIVE | CLOSING) + PIN;
        match slot
            .state
            .compare_exchange_weak(state, closing, Ordering::SeqCst, Ordering::Relaxed)
        {
            Ok(_) => {
                return Ok(Ref {
                    slot,
                    index,
                    _thread: PhantomData,
                });
            }
            Err(now) => state = now,
        }
    }
}

/// Closes a handle. All consequences are visible when this returns.
pub fn close(value: u32) -> Result {
    let dead = kill(value)?;
    handle::closed(dead.object(), Some(dead.id()));
    Ok(())
}

/// Takes a handle out of the table, to travel or to be replaced. Its object
/// keeps its count, and waits made through it go on.
pub fn take(value: u32) -> Result<Handle> {
    let dead = kill(value)?;
    Ok(Handle::taken(
        dead.object().clone(),
        dead.rights(),
        dead.id(),
    ))
}

#[cfg(test)]
mod tests;

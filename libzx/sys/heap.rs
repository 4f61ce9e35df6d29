// SPDX-License-Identifier: MIT
//! The library's heap: the program's own malloc, and a reserve that serves
//! small requests once malloc has failed.
//!
//! Rust's collections cannot tell of a failed allocation everywhere; without
//! the reserve the process would be aborted. With it a call that is under way
//! goes on. The next one is refused at the edge, see `gate.rs`, until malloc
//! works again. So what a thread takes out of the reserve in one go is what one
//! call allocates in small pieces, and what a program makes large fails where
//! it is made (`try_reserve`): the reserve serves no large requests.
//!
//! Only the library's Rust code uses this heap. The program's malloc stays what
//! it is.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::gate;

/// The unit of the reserve, also the strictest alignment that it gives.
const GRAIN: usize = 64;
/// The reserve's memory comes in blocks of this many grains.
const BLOCK_GRAINS: usize = 4096;
const BLOCK: usize = GRAIN * BLOCK_GRAINS;
/// How many blocks there are from the start,
const OWN_BLOCKS: usize = 16;
/// and at most, with those that had to replace what is still in use.
const BLOCKS: usize = 4 * OWN_BLOCKS;
/// The largest request that the reserve serves.
const LARGEST: usize = 64 << 10;
/// When malloc works again and less than this is free, a block is added.
const ENOUGH: usize = OWN_BLOCKS * BLOCK / 4 * 3;

/// The heap.
pub struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

// SAFETY: memory comes from `System`, or from blocks of the reserve, in which
// no two pieces overlap. Neither unwinds.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by this method's contract.
        let memory = unsafe { from_system(layout) };
        if memory.is_null() {
            take(layout)
        } else {
            memory
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by this method's contract.
        let memory = unsafe { zeroed_from_system(layout) };
        if !memory.is_null() {
            return memory;
        }
        let memory = take(layout);
        if !memory.is_null() {
            // SAFETY: a piece of the reserve, of this length.
            unsafe { ptr::write_bytes(memory, 0, layout.size()) };
        }
        memory
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        match place_of(memory) {
            Some(place) => give_back(place, layout),
            // SAFETY: what is not of the reserve is of `System`.
            None => unsafe { System.dealloc(memory, layout) },
        }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if place_of(memory).is_none() {
            // SAFETY: what is not of the reserve is of `System`.
            let moved = unsafe { grow_in_system(memory, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: by this method's contract.
        unsafe { move_to(self, memory, layout, size) }
    }
}

/// # Safety
///
/// As for [`GlobalAlloc::alloc`].
#[inline]
unsafe fn from_system(layout: Layout) -> *mut u8 {
    #[cfg(test)]
    if tests::malloc_fails() {
        return ptr::null_mut();
    }
    // SAFETY: by this function's contract.
    unsafe { System.alloc(layout) }
}

/// # Safety
///
/// As for [`GlobalAlloc::alloc_zeroed`].
#[inline]
unsafe fn zeroed_from_system(layout: Layout) -> *mut u8 {
    #[cfg(test)]
    if tests::malloc_fails() {
        return ptr::null_mut();
    }
    // SAFETY: by this function's contract.
    unsafe { System.alloc_zeroed(layout) }
}

/// # Safety
///
/// As for [`GlobalAlloc::realloc`], with memory of `System`.
#[inline]
unsafe fn grow_in_system(memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    #[cfg(test)]
    if tests::malloc_fails() {
        return ptr::null_mut();
    }
    // SAFETY: by this function's contract.
    unsafe { System.realloc(memory, layout, size) }
}

/// Moves a piece of memory to a new one of another size.
///
/// # Safety
///
/// As for [`GlobalAlloc::realloc`].
#[cold]
unsafe fn move_to(heap: &Heap, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
        return ptr::null_mut();
    };
    // SAFETY: the caller asks for no size of zero.
    let moved = unsafe { heap.alloc(wanted) };
    if !moved.is_null() {
        // SAFETY: both pieces have at least this length and are not the same.
        unsafe { ptr::copy_nonoverlapping(memory, moved, layout.size().min(size)) };
        // SAFETY: the caller gives the old piece up.
        unsafe { heap.dealloc(memory, layout) };
    }
    moved
}

/// The blocks that the reserve begins with; no memory until it is used.
#[repr(align(4096))]
struct OwnBlocks(std::cell::UnsafeCell<[u8; OWN_BLOCKS * BLOCK]>);

// SAFETY: the bytes are only used through pieces that `take` gives out, each to
// one owner.
unsafe impl Sync for OwnBlocks {}

static OWN: OwnBlocks = OwnBlocks(std::cell::UnsafeCell::new([0; OWN_BLOCKS * BLOCK]));

/// Where the blocks are that were added. They stay.
static ADDED: [AtomicPtr<u8>; BLOCKS - OWN_BLOCKS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; BLOCKS - OWN_BLOCKS];
static ADDED_COUNT: AtomicUsize = AtomicUsize::new(0);

/// Which grains of which blocks are in use.
struct Grains {
    used: [[u64; BLOCK_GRAINS / 64]; BLOCKS],
    free: usize,
}

static GRAINS: Mutex<Grains> = Mutex::new(Grains {
    used: [[0; BLOCK_GRAINS / 64]; BLOCKS],
    free: OWN_BLOCKS * BLOCK_GRAINS,
});

fn grains() -> MutexGuard<'static, Grains> {
    GRAINS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A piece of the reserve: its block, and its first grain in it.
type GrainRef = (usize, usize);

fn block_at(block: usize) -> *mut u8 {
    match block.checked_sub(OWN_BLOCKS) {
        None => OWN.0.get().cast::<u8>().wrapping_add(block * BLOCK),
        Some(added) => ADDED[added].load(Ordering::Relaxed),
    }
}

/// Where in the reserve a piece of memory is, if it is of the reserve.
#[inline]
fn place_of(memory: *mut u8) -> Option<GrainRef> {
    let offset = memory.addr().wrapping_sub(OWN.0.get().addr());
    if offset < OWN_BLOCKS * BLOCK {
        return Some((offset / BLOCK, offset % BLOCK / GRAIN));
    }
    match ADDED_COUNT.load(Ordering::Relaxed) {
        0 => None,
        count => place_in_added(memory, count),
    }
}

#[cold]
fn place_in_added(memory: *mut u8, count: usize) -> Option<GrainRef> {
    (OWN_BLOCKS..OWN_BLOCKS + count).find_map(|block| {
        let offset = memory.addr().wrapping_sub(block_at(block).addr());
        (offset < BLOCK).then_some((block, offset / GRAIN))
    })
}

/// A piece of the reserve; null when the request is large or nothing is left.
#[cold]
fn take(layout: Layout) -> *mut u8 {
    if layout.size() > LARGEST || layout.align() > GRAIN {
        return ptr::null_mut();
    }
    gate::memory_ran_out();
    let count = layout.size().div_ceil(GRAIN).max(1);
    let mut grains = grains();
    let blocks = OWN_BLOCKS + ADDED_COUNT.load(Ordering::Relaxed);
    for block in 0..blocks {
        if let Some(first) = find_run(&grains.used[block], count) {
            mark(&mut grains.used[block], first, count, true);
            grains.free -= count;
            return block_at(block).wrapping_add(first * GRAIN);
        }
    }
    ptr::null_mut()
}

#[cold]
fn give_back((block, first): GrainRef, layout: Layout) {
    let count = layout.size().div_ceil(GRAIN).max(1);
    let mut grains = grains();
    mark(&mut grains.used[block], first, count, false);
    grains.free += count;
}

/// The first run of unused grains of this length.
fn find_run(used: &[u64; BLOCK_GRAINS / 64], count: usize) -> Option<usize> {
    let (mut grain, mut run) = (0, 0);
    while grain < BLOCK_GRAINS {
        let word = used[grain / 64];
        if word == u64::MAX {
            (grain, run) = (grain / 64 * 64 + 64, 0);
            continue;
        }
        run = if word >> (grain % 64) & 1 == 0 {
            run + 1
        } else {
            0
        };
        grain += 1;
        if run == count {
            return Some(grain - count);
        }
    }
    None
}

fn mark(used: &mut [u64; BLOCK_GRAINS / 64], first: usize, count: usize, value: bool) {
    for grain in first..first + count {
        let bit = 1 << (grain % 64);
        if value {
            used[grain / 64] |= bit;
        } else {
            used[grain / 64] &= !bit;
        }
    }
}

/// Whether malloc works again; then the reserve has been filled up.
pub fn relieve() -> bool {
    let layout = const { Layout::new::<[u8; BLOCK]>() };
    // SAFETY: a block is not of size zero.
    let block = unsafe { from_system(layout) };
    if block.is_null() {
        return false;
    }
    let grains = &mut *grains();
    let count = ADDED_COUNT.load(Ordering::Relaxed);
    gate::memory_is_back();
    if grains.free * GRAIN < ENOUGH && count < ADDED.len() {
        ADDED[count].store(block, Ordering::Relaxed);
        ADDED_COUNT.store(count + 1, Ordering::Release);
        grains.free += BLOCK_GRAINS;
    } else {
        // SAFETY: the block came from `System` with this layout.
        unsafe { System.dealloc(block, layout) };
    }
    true
}

#[cfg(test)]
mod tests;

// SPDX-License-Identifier: MIT
//! A ring of bytes between one reader and one writer at a time: one direction
//! of a fifo or of a socket.
//!
//! Caller memory is never touched while a pair is locked, and what faults on
//! it leaves the ring as it was. So a transfer has two steps. In the first one
//! the caller's bytes are copied to or from a part of the ring that nobody
//! else uses: the writer's turn reserves the free part, the reader's turn the
//! filled part. In the second one, under the pair's lock, the fill level and
//! the signals change together.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};

use crate::status::{Result, Status};

/// A ring. Its memory is there from the first write on, and the host gives
/// pages only to the part that is used.
pub struct Ring {
    memory: AtomicPtr<u8>,
    capacity: usize,
    /// Changed by the reader's turn only, or by the writer's while the ring
    /// is empty.
    head: AtomicUsize,
    /// Changed under the pair's lock only: grows in the writer's turn,
    /// shrinks in the reader's.
    fill: AtomicUsize,
    reader: Mutex<()>,
    /// The tail.
    writer: Mutex<usize>,
}

impl Ring {
    /// An empty ring for `capacity` bytes, at least one.
    pub fn new(capacity: usize) -> Ring {
        Ring {
            memory: AtomicPtr::default(),
            capacity: capacity.max(1),
            head: AtomicUsize::new(0),
            fill: AtomicUsize::new(0),
            reader: Mutex::new(()),
            writer: Mutex::new(0),
        }
    }

    /// How many bytes fit.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many bytes are in it.
    pub fn fill(&self) -> usize {
        self.fill.load(Ordering::Acquire)
    }

    /// How many more bytes fit.
    pub fn free(&self) -> usize {
        self.capacity - self.fill()
    }

    /// Waits for the reader's turn.
    pub fn read(&self) -> ReadTurn<'_> {
        ReadTurn {
            ring: self,
            _turn: self.reader.lock(),
        }
    }

    /// Waits for the writer's turn.
    pub fn write(&self) -> Result<WriteTurn<'_>> {
        let mut tail = self.writer.lock();
        if self.memory.load(Ordering::Relaxed).is_null() {
            // SAFETY: the layout is not of size zero.
            let memory = unsafe { alloc_zeroed(self.layout()?) };
            if memory.is_null() {
                return Err(Status::NO_MEMORY);
            }
            self.memory.store(memory, Ordering::Release);
        }
        // Nothing is in the ring, so no reader is looking at it; starting
        // over keeps the part of the memory that is used small.
        if self.fill() == 0 {
            self.head.store(0, Ordering::Relaxed);
            *tail = 0;
        }
        Ok(WriteTurn { ring: self, tail })
    }

    fn layout(&self) -> Result<Layout> {
        Layout::array::<u8>(self.capacity).map_err(|_| Status::NO_MEMORY)
    }

    /// The `len` bytes from `start` on, in at most two pieces.
    fn pieces(&self, start: usize, len: usize) -> [(NonNull<u8>, usize); 2] {
        let Some(memory) = NonNull::new(self.memory.load(Ordering::Acquire)) else {
            return [(NonNull::dangling(), 0); 2];
        };
        let first = len.min(self.capacity - start);
        // SAFETY: `start` is less than the capacity, which is the size of the
        // memory.
        [(unsafe { memory.add(start) }, first), (memory, len - first)]
    }

    /// The place `len` bytes after `start`.
    fn after(&self, start: usize, len: usize) -> usize {
        let end = start + len;
        if end >= self.capacity {
            end - self.capacity
        } else {
            end
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let memory = *self.memory.get_mut();
        if let (false, Ok(layout)) = (memory.is_null(), self.layout()) {
            // SAFETY: allocated with this layout; nobody has a turn any more.
            unsafe { dealloc(memory, layout) };
        }
    }
}

/// The rings of a pair, as one of its ends sees them.
pub struct Rings {
    /// What this end reads.
    pub incoming: Arc<Ring>,
    /// What the other end reads.
    pub outgoing: Arc<Ring>,
}

impl Rings {
    /// Those of both ends, for `capacity` bytes in each direction.
    pub fn pair(capacity: usize) -> (Rings, Rings) {
        let (one, other) = (Arc::new(Ring::new(capacity)), Arc::new(Ring::new(capacity)));
        let rings = |incoming: &Arc<Ring>, outgoing: &Arc<Ring>| Rings {
            incoming: Arc::clone(incoming),
            outgoing: Arc::clone(outgoing),
        };
        (rings(&one, &other), rings(&other, &one))
    }
}

/// The right to look at what is in the ring. While it lasts the filled part
/// stays where it is and only grows.
pub struct ReadTurn<'a> {
    ring: &'a Ring,
    _turn: MutexGuard<'a, ()>,
}

impl ReadTurn<'_> {
    /// Shows the first `len` bytes to `store`, with the offset of each piece.
    /// `len` is at most what [`Ring::fill`] said during this turn.
    pub fn copy_out(&self, len: usize, store: impl Fn(usize, &[u8]) -> Result) -> Result {
        let head = self.ring.head.load(Ordering::Relaxed);
        let [first, second] = self.ring.pieces(head, len);
        // SAFETY: the bytes were initialised when they were allocated, and
        // writers leave the filled part alone while this turn lasts.
        store(0, unsafe {
            std::slice::from_raw_parts(first.0.as_ptr(), first.1)
        })?;
        if second.1 == 0 {
            return Ok(());
        }
        // SAFETY: as above.
        store(first.1, unsafe {
            std::slice::from_raw_parts(second.0.as_ptr(), second.1)
        })
    }

    /// Takes the first `len` bytes out; called under the pair's lock.
    pub fn consume_locked(&self, len: usize) {
        let ring = self.ring;
        let head = ring.head.load(Ordering::Relaxed);
        ring.head.store(ring.after(head, len), Ordering::Relaxed);
        let fill = ring.fill.load(Ordering::Relaxed);
        ring.fill.store(fill - len, Ordering::Release);
    }
}

/// The right to fill the free part, which only grows while it lasts.
pub struct WriteTurn<'a> {
    ring: &'a Ring,
    tail: MutexGuard<'a, usize>,
}

impl WriteTurn<'_> {
    /// Has `load` fill the first `len` free bytes, with the offset of each
    /// piece. `len` is at most what [`Ring::free`] said during this turn.
    /// Nobody sees the bytes before they are published.
    pub fn copy_in(&mut self, len: usize, load: impl Fn(usize, &mut [u8]) -> Result) -> Result {
        let [first, second] = self.ring.pieces(*self.tail, len);
        // SAFETY: the bytes were initialised when they were allocated, readers
        // leave the free part alone, and no other writer has its turn.
        load(0, unsafe {
            std::slice::from_raw_parts_mut(first.0.as_ptr(), first.1)
        })?;
        if second.1 == 0 {
            return Ok(());
        }
        // SAFETY: as above.
        load(first.1, unsafe {
            std::slice::from_raw_parts_mut(second.0.as_ptr(), second.1)
        })
    }

    /// Makes the first `len` free bytes part of what readers see; called under
    /// the pair's lock.
    pub fn publish_locked(&mut self, len: usize) {
        *self.tail = self.ring.after(*self.tail, len);
        let fill = self.ring.fill.load(Ordering::Relaxed);
        self.ring.fill.store(fill + len, Ordering::Release);
    }
}

// SPDX-License-Identifier: MIT
//! Where records come from and go to: some that are always there, then pages
//! of the host's that stay.

use super::*;
use crate::sys::procfs;

/// How many records there always are, and how many come with each chunk.
const RECORDS: usize = 64;

type Chunk = [ThreadRecord; RECORDS];

static FIRST: Chunk = [const { ThreadRecord::new() }; RECORDS];

struct Pool {
    /// Those of ended threads, from the one that ended first on.
    oldest: *mut ThreadRecord,
    newest: *mut ThreadRecord,
    /// The part of a chunk that was never used.
    unused: &'static [ThreadRecord],
}

// SAFETY: records are Sync, and the lists belong to who has the lock.
unsafe impl Send for Pool {}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    oldest: ptr::null_mut(),
    newest: ptr::null_mut(),
    unused: &FIRST,
});

/// All chunks after the first one, from the one that came last on.
static CHUNKS: AtomicPtr<Link> = AtomicPtr::new(ptr::null_mut());

/// A chunk in that list.
struct Link {
    records: Chunk,
    next: *const Link,
}

/// How many records wait for their threads.
static PREPARED_COUNT: AtomicU32 = AtomicU32::new(0);

/// Counts a record that waits for its thread.
pub fn note_prepared() {
    PREPARED_COUNT.fetch_add(1, Ordering::AcqRel);
}

/// The record that waits for this thread, the calling one. Async-signal-safe.
pub fn find_prepared(tid: libc::pid_t) -> Option<&'static ThreadRecord> {
    if PREPARED_COUNT.load(Ordering::Acquire) == 0 {
        return None;
    }
    let record = find(tid, PREPARED)?;
    PREPARED_COUNT.fetch_sub(1, Ordering::AcqRel);
    Some(record)
}

/// The record with this thread's number in this state. Async-signal-safe.
pub fn find(tid: libc::pid_t, state: u32) -> Option<&'static ThreadRecord> {
    let mut records = FIRST.as_slice();
    let mut next: *const Link = CHUNKS.load(Ordering::Acquire);
    loop {
        let found = |record: &&ThreadRecord| {
            record.state.load(Ordering::Acquire) == state && record.tid() == tid
        };
        if let Some(record) = records.iter().find(found) {
            return Some(record);
        }
        // SAFETY: null or a chunk, which stays.
        let link: &'static Link = unsafe { next.as_ref() }?;
        (records, next) = (link.records.as_slice(), link.next);
    }
}

/// A record that no thread uses; `None` for lack of memory.
pub fn take() -> Option<&'static ThreadRecord> {
    let mut pool = spin::lock(&POOL);
    if let Some(record) = pool.take_ended() {
        return Some(record);
    }
    if pool.unused.is_empty() {
        pool.unused = map_chunk()?;
    }
    let (record, rest) = pool.unused.split_first()?;
    pool.unused = rest;
    Some(record)
}

/// Puts the record of a thread that is about to be gone back.
pub fn give_back(record: &'static ThreadRecord) {
    let pointer = ptr::from_ref(record).cast_mut();
    record.next.store(ptr::null_mut(), Ordering::Relaxed);
    let mut pool = spin::lock(&POOL);
    // SAFETY: the lists hold records, which stay.
    match unsafe { pool.newest.as_ref() } {
        Some(newest) => newest.next.store(pointer, Ordering::Relaxed),
        None => pool.oldest = pointer,
    }
    pool.newest = pointer;
}

impl Pool {
    /// The record of the thread that ended first, if Linux has forgotten the
    /// thread.
    fn take_ended(&mut self) -> Option<&'static ThreadRecord> {
        // SAFETY: the lists hold records, which stay.
        let record: &'static ThreadRecord = unsafe { self.oldest.as_ref() }?;
        if procfs::thread_exists(record.tid()) {
            return None;
        }
        self.oldest = record.next.load(Ordering::Relaxed);
        if self.oldest.is_null() {
            self.newest = ptr::null_mut();
        }
        Some(record)
    }
}

fn map_chunk() -> Option<&'static [ThreadRecord]> {
    // SAFETY: a fresh anonymous mapping replaces nothing.
    let pages = unsafe {
        libc::mmap(
            ptr::null_mut(),
            size_of::<Link>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if pages == libc::MAP_FAILED {
        return None;
    }
    let link = pages.cast::<Link>();
    // SAFETY: the mapping has room for a chunk, and its begin is aligned.
    let records = unsafe { (&raw mut (*link).records).cast::<ThreadRecord>() };
    for index in 0..RECORDS {
        // SAFETY: the chunk has room for so many records.
        let record = unsafe { records.add(index) };
        // SAFETY: nobody else knows the mapping.
        unsafe { record.write(ThreadRecord::new()) };
    }
    // SAFETY: the place is within the mapping.
    let next = unsafe { &raw mut (*link).next };
    // SAFETY: as above.
    unsafe { next.write(CHUNKS.load(Ordering::Relaxed)) };
    // Under the pool's lock, so nobody else adds one.
    CHUNKS.store(link, Ordering::Release);
    // SAFETY: the whole chunk is initialised, and the mapping stays.
    Some(unsafe { &(*link).records })
}

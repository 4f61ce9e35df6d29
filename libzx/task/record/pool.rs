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
            size_of::<Chunk>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if pages == libc::MAP_FAILED {
        return None;
    }
    let chunk = pages.cast::<ThreadRecord>();
    for index in 0..RECORDS {
        // SAFETY: the mapping has room for so many records.
        let record = unsafe { chunk.add(index) };
        // SAFETY: nobody else knows the mapping.
        unsafe { record.write(ThreadRecord::new()) };
    }
    // SAFETY: all records are initialised, and the mapping stays.
    Some(unsafe { std::slice::from_raw_parts(chunk, RECORDS) })
}

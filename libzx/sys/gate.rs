// SPDX-License-Identifier: MIT
//! What every call looks at before it begins: one word, which tells that the
//! library is ready, that this is not a forked child, and that there is
//! memory.
//!
//! The word is on a page of its own that Linux empties in a forked child. A
//! child has none of the threads that may hold the library's locks, and KVM
//! does not know it, so it cannot use what it has inherited.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

use nix::errno::Errno;
use nix::libc;

use super::{heap, user_copy};
use crate::status::{Result, Status};

/// The library is ready for calls.
const READY: u32 = 1;
/// malloc has failed and has not been seen to work since.
const NO_MEMORY: u32 = 2;

#[repr(C, align(4096))]
struct Page {
    word: AtomicU32,
    _rest: [u8; 4092],
}

static PAGE: Page = Page {
    word: AtomicU32::new(0),
    _rest: [0; 4092],
};

/// Whether the library has been made ready, here or in a parent.
static PREPARED: AtomicBool = AtomicBool::new(false);
/// The process in which a thread makes it ready just now.
static PREPARING: AtomicI32 = AtomicI32::new(0);

/// Why a call cannot begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed {
    /// This is a forked child.
    Forked,
    /// Memory has run out.
    NoMemory,
    /// The library could not be made ready.
    NotReady(Status),
}

impl Closed {
    /// What the call returns.
    pub fn status(self) -> Status {
        match self {
            Closed::Forked => Status::BAD_STATE,
            Closed::NoMemory => Status::NO_MEMORY,
            Closed::NotReady(status) => status,
        }
    }
}

/// Lets a call begin, or tells why it cannot.
#[inline]
pub fn enter() -> std::result::Result<(), Closed> {
    if PAGE.word.load(Ordering::Relaxed) == READY {
        return Ok(());
    }
    enter_slowly()
}

/// Lets a call begin that may be made in a signal handler and wants no memory.
/// Where no call has been made before there is no handle either.
#[inline]
pub fn enter_in_handler() -> Result {
    if PAGE.word.load(Ordering::Relaxed) & READY != 0 {
        return Ok(());
    }
    let forked = PREPARED.load(Ordering::Acquire);
    Err(if forked {
        Status::BAD_STATE
    } else {
        Status::BAD_HANDLE
    })
}

/// Fails while memory has run out.
#[inline]
pub fn memory() -> Result {
    enter().map_err(Closed::status)
}

/// The same for a call that begins whether or not there is memory. Takes no
/// lock and no memory once the library is ready.
#[inline]
pub fn enter_without_memory() -> std::result::Result<(), Closed> {
    if PAGE.word.load(Ordering::Relaxed) & READY != 0 {
        return Ok(());
    }
    prepare()
}

#[cold]
fn enter_slowly() -> std::result::Result<(), Closed> {
    enter_without_memory()?;
    if PAGE.word.load(Ordering::Relaxed) & NO_MEMORY != 0 && !heap::relieve() {
        return Err(Closed::NoMemory);
    }
    Ok(())
}

/// Makes the library ready, once.
#[cold]
fn prepare() -> std::result::Result<(), Closed> {
    // SAFETY: takes no arguments and cannot fail.
    let process = unsafe { libc::getpid() };
    let taken = loop {
        if PREPARED.load(Ordering::Acquire) {
            break false;
        }
        match PREPARING.compare_exchange(0, process, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => break true,
            // Another thread is at it.
            Err(other) if other == process => std::thread::yield_now(),
            // It was one of the parent's.
            Err(_) => return Err(Closed::Forked),
        }
    };
    if taken && !PREPARED.load(Ordering::Acquire) {
        let result = empty_in_children().and_then(|()| user_copy::install());
        if result.is_ok() {
            PAGE.word.fetch_or(READY, Ordering::Release);
            PREPARED.store(true, Ordering::Release);
        }
        PREPARING.store(0, Ordering::Release);
        return result.map_err(Closed::NotReady);
    }
    if taken {
        PREPARING.store(0, Ordering::Release);
    }
    if PAGE.word.load(Ordering::Acquire) & READY == 0 {
        return Err(Closed::Forked);
    }
    Ok(())
}

/// Has the word emptied in forked children, by Linux itself or, before 4.14,
/// by the C library.
fn empty_in_children() -> Result {
    static BY_THE_C_LIBRARY: AtomicBool = AtomicBool::new(false);
    let page = (&raw const PAGE).cast_mut().cast();
    // SAFETY: the page belongs to this module, and whole.
    if unsafe { libc::madvise(page, size_of::<Page>(), libc::MADV_WIPEONFORK) } == 0
        || BY_THE_C_LIBRARY.load(Ordering::Relaxed)
    {
        return Ok(());
    }
    // SAFETY: the handler only stores to an atomic.
    let error = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    if error != 0 {
        return Err(Errno::from_raw(error).into());
    }
    BY_THE_C_LIBRARY.store(true, Ordering::Relaxed);
    Ok(())
}

unsafe extern "C" fn in_child() {
    PAGE.word.store(0, Ordering::Relaxed);
}

/// malloc has failed: calls that want memory are refused from now on.
pub(super) fn memory_ran_out() {
    PAGE.word.fetch_or(NO_MEMORY, Ordering::Relaxed);
}

/// malloc works again.
pub(super) fn memory_is_back() {
    PAGE.word.fetch_and(!NO_MEMORY, Ordering::Relaxed);
}

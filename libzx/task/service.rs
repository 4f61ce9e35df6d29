// SPDX-License-Identifier: MIT
//! A thread of the library that does for stopped threads what they cannot do
//! themselves: they may have been interrupted anywhere, in the allocator for
//! instance, and only note what has happened to them.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

use parking_lot::Mutex;

use super::thread::Thread;
use super::threads::Helper;
use crate::status::{Result, Status};
use crate::sys::{futex, spin};

/// The place of a thread in the list of those that want attention.
#[derive(Default)]
pub struct Posted {
    listed: AtomicBool,
    next: AtomicPtr<Thread>,
}

/// The last thread that asked, linked to those before; each reference in the
/// list is counted.
static LIST: AtomicPtr<Thread> = AtomicPtr::new(ptr::null_mut());
static CHANGES: AtomicU32 = AtomicU32::new(0);
static STARTED: Mutex<bool> = Mutex::new(false);

/// Starts the thread unless it runs. `NO_RESOURCES` when Linux has none.
pub fn start() -> Result {
    let mut started = spin::lock(&STARTED);
    if !*started {
        let all = nix::sys::signal::SigSet::all();
        // The new thread never runs the program's handlers: it begins with
        // this mask. Changing it cannot fail for valid signals.
        let before = all.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK);
        let thread = std::thread::Builder::new()
            .name("libzx-tasks".into())
            .stack_size(256 << 10)
            .spawn(run);
        if let Ok(before) = before {
            let _ = before.thread_set_mask();
        }
        thread.map_err(|_| Status::NO_RESOURCES)?;
        *started = true;
    }
    Ok(())
}

/// Has the thread attend to this one soon. Async-signal-safe.
pub fn post(thread: &Arc<Thread>) {
    if thread.posted.listed.swap(true, Ordering::AcqRel) {
        return;
    }
    let entry = Arc::into_raw(Arc::clone(thread)).cast_mut();
    let mut first = LIST.load(Ordering::Relaxed);
    loop {
        thread.posted.next.store(first, Ordering::Relaxed);
        match LIST.compare_exchange(first, entry, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => break,
            Err(other) => first = other,
        }
    }
    CHANGES.fetch_add(1, Ordering::Release);
    futex::wake(&CHANGES, 1);
}

fn run() {
    let _helper = Helper::this_thread();
    loop {
        let seen = CHANGES.load(Ordering::Acquire);
        let mut next = LIST.swap(ptr::null_mut(), Ordering::AcqRel);
        if next.is_null() {
            futex::wait(&CHANGES, seen, futex::INFINITE);
        }
        while !next.is_null() {
            // SAFETY: `post` put a counted reference here.
            let thread = unsafe { Arc::from_raw(next) };
            next = thread.posted.next.load(Ordering::Relaxed);
            // What happens from here on is another post.
            thread.posted.listed.store(false, Ordering::Release);
            thread.attend();
        }
    }
}

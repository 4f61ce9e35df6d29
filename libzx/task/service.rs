// SPDX-License-Identifier: MIT
//! A thread of the library that does for stopped threads what they cannot do
//! themselves: they may have been interrupted anywhere, in the allocator for
//! instance, and only note what has happened to them.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};

use nix::libc;
use parking_lot::Mutex;

use super::process::Process;
use super::thread::Thread;
use super::threads::Helper;
use crate::status::{Result, Status};
use crate::sys::{futex, spin, thread};

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
        thread::start(c"libzx-tasks", run).map_err(|_| Status::NO_RESOURCES)?;
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

/// The thread that cannot make its object itself, or 0.
static WANTED_FOR: AtomicI32 = AtomicI32::new(0);
static MADE: AtomicU32 = AtomicU32::new(0);

/// Makes sure that the calling thread has an object. Async-signal-safe, once
/// the library's thread runs.
pub fn provide_object() {
    // SAFETY: takes no arguments and cannot fail.
    let tid = unsafe { libc::gettid() };
    let mut asked = false;
    loop {
        let seen = MADE.load(Ordering::Acquire);
        if asked {
            if WANTED_FOR.load(Ordering::Acquire) != tid {
                return;
            }
        } else {
            let free = WANTED_FOR.compare_exchange(0, tid, Ordering::AcqRel, Ordering::Acquire);
            asked = free.is_ok();
            CHANGES.fetch_add(1, Ordering::Release);
            futex::wake(&CHANGES, 1);
        }
        futex::wait(&MADE, seen, futex::INFINITE);
    }
}

fn make_wanted_object() {
    let tid = WANTED_FOR.load(Ordering::Acquire);
    if tid == 0 {
        return;
    }
    let threads = Process::this().threads();
    let thread = threads.find_or_make(tid);
    // Without memory for its record the thread does without.
    let _ = threads.provide_record(tid, &thread);
    WANTED_FOR.store(0, Ordering::Release);
    MADE.fetch_add(1, Ordering::Release);
    futex::wake(&MADE, i32::MAX);
}

fn run() {
    let _helper = Helper::this_thread();
    loop {
        let seen = CHANGES.load(Ordering::Acquire);
        make_wanted_object();
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

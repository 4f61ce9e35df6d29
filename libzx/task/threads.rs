// SPDX-License-Identifier: MIT
//! The threads of a process.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use nix::libc;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use super::process::Process;
use super::record::ThreadRecord;
use super::thread::{Life, Thread};
use crate::object::KernelObject;
use crate::object::base::Koid;
use crate::status::{Result, Status};
use crate::sys::{procfs, spin};

/// The running threads of a process that have an object.
pub struct Threads {
    process: Weak<Process>,
    lists: Mutex<Lists>,
    /// Held for reading while a thread is started: Linux has a thread then
    /// that does not know yet which one it is.
    starting: RwLock<()>,
}

#[derive(Default)]
struct Lists {
    /// By what Linux calls them.
    running: BTreeMap<libc::pid_t, Arc<Thread>>,
    /// Those that somebody asked for by what the C library calls them, also
    /// when they have ended: nobody tells when they are joined.
    by_pthread: BTreeMap<usize, Arc<Thread>>,
}

/// Threads of the library's own, which the program does not see.
static HELPERS: Mutex<Vec<libc::pid_t>> = Mutex::new(Vec::new());

/// Keeps the calling thread out of the list of the process's threads until it
/// is dropped.
pub struct Helper(libc::pid_t);

impl Helper {
    /// The calling thread.
    pub fn this_thread() -> Helper {
        // SAFETY: takes no arguments and cannot fail.
        let tid = unsafe { libc::gettid() };
        spin::lock(&HELPERS).push(tid);
        Helper(tid)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        spin::lock(&HELPERS).retain(|&tid| tid != self.0);
    }
}

/// The Linux threads of the program.
pub(super) fn program_threads() -> Vec<libc::pid_t> {
    let mut tids = procfs::threads();
    let helpers = spin::lock(&HELPERS);
    tids.retain(|tid| !helpers.contains(tid));
    tids
}

impl Threads {
    /// None yet.
    pub fn new(process: Weak<Process>) -> Threads {
        Threads {
            process,
            lists: Mutex::default(),
            starting: RwLock::new(()),
        }
    }

    /// The object of the thread that Linux calls so, which runs.
    pub(super) fn find_or_make(&self, tid: libc::pid_t) -> Arc<Thread> {
        loop {
            if let Some(thread) = spin::lock(&self.lists).running.get(&tid) {
                return Arc::clone(thread);
            }
            let Some(process) = self.process.upgrade() else {
                // Whoever asks is a thread of the process, which is there.
                std::thread::yield_now();
                continue;
            };
            let made = Thread::found(&process, tid);
            let mut lists = spin::lock(&self.lists);
            let thread = Arc::clone(lists.running.entry(tid).or_insert(made));
            if thread.record().is_none()
                && let Some(record) = ThreadRecord::of(tid)
            {
                thread.set_record(record);
                drop(lists);
                record.set_thread(&thread);
            }
            return thread;
        }
    }

    /// Announces that a thread is about to be started, until this is dropped.
    pub(super) fn starting(&self) -> RwLockReadGuard<'_, ()> {
        self.starting.read_recursive()
    }

    /// Lists a thread that has just begun to run.
    pub(super) fn add(&self, tid: libc::pid_t, thread: &Arc<Thread>) {
        let old = spin::lock(&self.lists)
            .running
            .insert(tid, Arc::clone(thread));
        // Its end went unnoticed, but its number is another one's now.
        if let Some(old) = old
            && !Arc::ptr_eq(&old, thread)
        {
            old.ended(false);
        }
    }

    /// Makes sure that the thread's signal handler finds it. `NO_MEMORY`.
    pub(super) fn provide_record(&self, tid: libc::pid_t, thread: &Arc<Thread>) -> Result {
        let _lists = spin::lock(&self.lists);
        if thread.record().is_none() {
            let record = ThreadRecord::prepare(tid, thread).ok_or(Status::NO_MEMORY)?;
            thread.set_record(record);
        }
        Ok(())
    }

    /// Takes a thread off the list.
    pub(super) fn remove(&self, thread: &Arc<Thread>) {
        let Some(tid) = thread.tid() else {
            return;
        };
        let mut lists = spin::lock(&self.lists);
        let listed = lists.running.get(&tid);
        let removed = if listed.is_some_and(|listed| Arc::ptr_eq(listed, thread)) {
            lists.running.remove(&tid)
        } else {
            None
        };
        drop(lists);
        drop(removed);
    }

    /// All running threads, those that never made a call included.
    pub fn all(&self) -> Vec<Arc<Thread>> {
        let _starting = self.starting.write();
        let tids = program_threads();
        let gone: Vec<_> = {
            let lists = spin::lock(&self.lists);
            let gone = |(tid, _): &(&libc::pid_t, &Arc<Thread>)| !tids.contains(tid);
            let gone = lists.running.iter().filter(gone);
            gone.map(|(_, thread)| Arc::clone(thread)).collect()
        };
        for thread in gone {
            // It may have begun after the numbers were read.
            if thread.tid().is_none_or(|tid| !procfs::thread_exists(tid)) {
                thread.ended(false);
            }
        }
        let threads = tids.into_iter().map(|tid| self.find_or_make(tid));
        threads
            .filter(|thread| thread.life() < Life::Dead)
            .collect()
    }

    /// The running thread with this koid.
    pub fn find(&self, koid: Koid) -> Option<Arc<Thread>> {
        let lists = spin::lock(&self.lists);
        let found = lists
            .running
            .values()
            .find(|thread| thread.base().koid() == koid);
        found.map(Arc::clone)
    }

    /// The object of the thread that the C library calls so: running, or
    /// ended and asked for before.
    pub fn by_pthread(&self, pthread: usize) -> Option<Arc<Thread>> {
        let tid = tid_of(pthread)?;
        if tid != 0 {
            let starting = self.starting.write();
            let thread = self.find_or_make(tid);
            drop(starting);
            self.remember(pthread, &thread);
            return Some(thread);
        }
        spin::lock(&self.lists).by_pthread.get(&pthread).cloned()
    }

    /// Keeps a thread findable by what the C library calls it.
    pub(super) fn remember(&self, pthread: usize, thread: &Arc<Thread>) {
        if thread.pthread() == pthread {
            return;
        }
        let old = spin::lock(&self.lists)
            .by_pthread
            .insert(pthread, Arc::clone(thread));
        thread.set_pthread(pthread);
        // The name is another thread's now: the old one was joined.
        if let Some(old) = old
            && !Arc::ptr_eq(&old, thread)
        {
            old.close_own_handle();
        }
    }
}

/// What Linux calls the thread that the C library calls so: 0 when it has
/// ended and may still be joined, `None` when it is none.
fn tid_of(pthread: usize) -> Option<libc::pid_t> {
    let mut own = 0usize;
    // The processor's own convention: a thread's block begins with its own
    // address. Other memory is not looked at.
    // SAFETY: `own` is writable for its size; bad memory gives an error.
    let read = unsafe {
        crate::sys::user_copy::copy(
            (&raw mut own).cast(),
            std::ptr::with_exposed_provenance(pthread),
            size_of::<usize>(),
        )
    };
    if !pthread.is_multiple_of(16) || read.is_err() || own != pthread {
        return None;
    }
    let mut clock: libc::clockid_t = 0;
    // SAFETY: this is a thread's block, of which the C library reads what it
    // needs; a thread that has ended gives an error.
    let error = unsafe { libc::pthread_getcpuclockid(pthread as libc::pthread_t, &raw mut clock) };
    if error != 0 {
        return Some(0);
    }
    // A clock of one thread holds the thread's number, inverted, above three
    // bits that say what it counts.
    Some(!(clock >> 3))
}

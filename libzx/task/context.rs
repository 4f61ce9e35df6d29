// SPDX-License-Identifier: MIT
//! What a call works on: the thread and the process that make it, and the
//! handles of the process.
#![allow(unsafe_code)]

use std::sync::Arc;

use nix::libc;

use super::policy::Condition;
use super::process::Process;
use super::record::ThreadRecord;
use super::table::{self, Ref, Reserved, TypedRef};
use super::thread::Thread;
use crate::object::Typed;
use crate::object::handle::Handle;
use crate::rights::Rights;
use crate::status::{Result, Status};

/// The context of one call.
pub struct Context {
    thread: &'static ThreadRecord,
}

impl Context {
    /// The context of the thread with this record, which calls.
    #[inline]
    pub fn of(thread: &'static ThreadRecord) -> Context {
        Context { thread }
    }

    /// The context of the calling thread.
    pub fn current() -> Context {
        Context::of(ThreadRecord::current())
    }

    /// The record of the thread that makes the call.
    #[inline]
    pub fn thread(&self) -> &'static ThreadRecord {
        self.thread
    }

    /// The process that makes the call.
    pub fn process(&self) -> &Arc<Process> {
        self.thread.process()
    }

    /// The borrowed handle of the thread that makes the call, or 0.
    pub fn thread_handle(&self) -> u32 {
        let thread = Thread::current(self.thread);
        // SAFETY: takes no arguments and cannot fail.
        let pthread = unsafe { libc::pthread_self() };
        if let Ok(pthread) = usize::try_from(pthread) {
            self.process().threads().remember(pthread, &thread);
        }
        thread.own_handle()
    }

    /// The borrowed handle of the thread that the C library calls so, or 0.
    pub fn handle_of_pthread(&self, pthread: usize) -> u32 {
        let thread = self.process().threads().by_pthread(pthread);
        thread.map_or(0, |thread| thread.own_handle())
    }

    /// Whether the policy of the process's job lets the call go on.
    #[inline]
    pub fn check_policy(&self, condition: Condition) -> Result {
        self.process().policy().check(condition)
    }

    /// What a call fails with that has not found a handle, unless the policy
    /// ends it.
    #[cold]
    fn failed(&self, status: Status) -> Status {
        if status == Status::BAD_HANDLE {
            // Denying it is what happens anyway.
            let _ = self.check_policy(Condition::BadHandle);
        }
        status
    }

    /// The object of one type behind a handle: `BAD_HANDLE`, `WRONG_TYPE`,
    /// `ACCESS_DENIED`, in this order.
    #[inline]
    pub fn get<T: Typed>(&self, value: u32, rights: Rights) -> Result<TypedRef<T>> {
        table::get_typed(value, rights).map_err(|status| self.failed(status))
    }

    /// Calls `f` with the object of one type behind a handle, after the same
    /// checks, for calls that may be made in a signal handler: the thread needs
    /// no record, no lock is taken, nothing is allocated, no object ends.
    pub fn with_in_handler<T: Typed>(
        value: u32,
        rights: Rights,
        f: impl FnOnce(&T) -> Result,
    ) -> Result {
        table::with_in_handler(value, rights, f)
    }

    /// The object of any type behind a handle.
    #[inline]
    pub fn get_any(&self, value: u32) -> Result<Ref> {
        table::get(value).map_err(|status| self.failed(status))
    }

    /// An object to wait for: `BAD_HANDLE`, `ACCESS_DENIED`, `NOT_SUPPORTED`
    /// for one that cannot be waited for, in this order.
    #[inline]
    pub fn get_waitable(&self, value: u32) -> Result<Ref> {
        table::get_waitable(value).map_err(|status| self.failed(status))
    }

    /// Whether a value names a live handle.
    #[inline]
    pub fn is_live(&self, value: u32) -> bool {
        table::is_live(value)
    }

    /// Shows every handle that is live during the whole call.
    pub fn for_each_handle(&self, f: impl FnMut(u32, &Ref)) {
        table::for_each(f);
    }

    /// Takes a handle out of the table, to travel or to be replaced.
    pub fn take(&self, value: u32) -> Result<Handle> {
        table::take(value).map_err(|status| self.failed(status))
    }

    /// Closes a handle.
    pub fn close(&self, value: u32) -> Result {
        table::close(value).map_err(|status| self.failed(status))
    }

    /// Puts a handle into the table.
    pub fn insert(&self, handle: Handle) -> Result<u32> {
        table::insert(handle)
    }

    /// Reserves a place in the table for a handle.
    pub fn reserve(&self, handle: Handle) -> Result<Reserved> {
        Reserved::new(handle)
    }
}

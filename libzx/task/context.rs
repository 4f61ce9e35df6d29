// SPDX-License-Identifier: MIT
//! What a call works on: the thread and the process that make it, and the
//! handles of the process.

use std::sync::Arc;

use super::process::Process;
use super::record::ThreadRecord;
use super::table::{self, Ref, Reserved, TypedRef};
use crate::object::Typed;
use crate::object::handle::Handle;
use crate::rights::Rights;
use crate::status::Result;

/// The context of one call.
pub struct Context {
    thread: &'static ThreadRecord,
}

impl Context {
    /// The context of the calling thread.
    #[inline]
    pub fn current() -> Context {
        Context {
            thread: ThreadRecord::current(),
        }
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

    /// The object of one type behind a handle: `BAD_HANDLE`, `WRONG_TYPE`,
    /// `ACCESS_DENIED`, in this order.
    #[inline]
    pub fn get<T: Typed>(&self, value: u32, rights: Rights) -> Result<TypedRef<T>> {
        table::get_typed(value, rights)
    }

    /// The object of any type behind a handle.
    #[inline]
    pub fn get_any(&self, value: u32) -> Result<Ref> {
        table::get(value)
    }

    /// An object to wait for: `BAD_HANDLE`, `ACCESS_DENIED`, `NOT_SUPPORTED`
    /// for one that cannot be waited for, in this order.
    #[inline]
    pub fn get_waitable(&self, value: u32) -> Result<Ref> {
        table::get_waitable(value)
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
        table::take(value)
    }

    /// Closes a handle.
    pub fn close(&self, value: u32) -> Result {
        table::close(value)
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

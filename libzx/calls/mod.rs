// SPDX-License-Identifier: MIT
//! The C edge: one file per family of calls. A call checks its options, looks
//! up handles and rights, calls one method of an object and copies the result
//! out; objects know nothing of C.
//!
//! # How a call is declared
//!
//! A call is a plain `pub extern "C" fn`, in the file of its family, with a doc
//! comment of a fixed form. `build.rs` reads both with `syn` and makes from them
//! the exported functions (`_zx_name`, strong, and `zx_name`, weak), the table
//! of calls ([`table`]), the prototypes with their comments (through cbindgen)
//! and the table in `docs/support.md`. So adding a call touches its declaration
//! with its body and the method of an object; nothing is said twice. The other
//! shape, a list of declarations in a language of its own, would have kept the
//! facts in one file too, but apart from the body that they are about, and
//! neither rustfmt nor rustdoc nor an editor would have known it.
//!
//! ```text
//! /// What it does, prose for a C reader: no Rust links, no `unsafe`.
//! ///
//! /// # Parameters
//! ///
//! /// * `guest` (guest, `ZX_RIGHT_MANAGE_PROCESS`): the guest
//! /// * `options`: must be 0
//! /// * `out` (out, vcpu handle): the new handle, rights `ZX_DEFAULT_VCPU_RIGHTS`
//! ///
//! /// # Errors
//! ///
//! /// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
//! /// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `guest`
//! ```
//!
//! Each parameter has a line, in their order. In the parentheses stand, after
//! commas:
//!
//! | words | of |
//! |---|---|
//! | `vcpu`, `job or process`, `any handle` | a handle: types of its object, as in `ZX_OBJ_TYPE_` but lower case |
//! | `` `ZX_RIGHT_READ` `` | a handle: a right it must have; several are several words |
//! | `rights vary` | a handle whose rights depend on other arguments; the text says how |
//! | `consumed`, `consumed on success` | a handle that leaves the caller |
//! | `out`, `in, out` | a pointer that is not const |
//! | `vcpu handle` | a pointer to a handle: what it is of |
//! | `array of COUNT`, `buffer of SIZE bytes`, `string of SIZE bytes`, `string` | a pointer to more than one element; COUNT and SIZE are parameters |
//! | `used ACTUAL` | an array of which the call writes the first `*ACTUAL` elements |
//! | `optional` | what may be NULL or 0 |
//! | `` options `ZX_VM_*` `` | bits: the constants that name all of them. A parameter `options` without such words must be 0 |
//! | `options 0x3` | the same for bits whose constants only older headers have |
//! | `unchecked` | options whose other bits are ignored |
//! | `ignored` | what the call does not look at |
//! | `` value `ZX_PROP_*` `` | one value of an enumeration |
//!
//! An item of the errors is one check, in the order of the checks: its statuses,
//! a colon, the reason. Every status that a call can return stands in an item.
//! Further sections: `# Result` (of calls without a status), `# Blocks` (until
//! what; only if it can), `# Support` (`Partial: why` or `Checks only: why`),
//! `# Generation` (`Later` or `Older`), `# Rights` (when they depend on other
//! arguments) and `# Differences` (from Zircon).
//!
//! Every name has a number in `numbers.txt`, which never changes.

#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nix::errno::Errno;

use crate::object::handle::Handle;
use crate::object::{Object, Typed};
use crate::reason;
use crate::status::{Result, Status};
use crate::sys::gate::{self, Closed};
use crate::task::{Context, ThreadRecord};
use crate::uapi::types::{zx_handle_t, zx_status_t};

pub mod channel;
pub mod clock;
pub mod debug;
pub mod debuglog;
pub mod dma;
pub mod entropy;
pub mod event;
pub mod eventpair;
pub mod exception;
mod exports;
pub mod fifo;
pub mod futex;
pub mod guest;
pub mod handle;
pub mod hardware;
pub mod info;
pub mod interrupt;
pub mod job;
pub mod ktrace;
mod last_error;
pub mod later;
pub mod libzx;
pub mod message;
pub mod object;
pub mod older;
pub mod pager;
pub mod pci;
pub mod port;
pub mod power;
mod privilege;
pub mod process;
pub mod process_memory;
pub mod profile;
pub mod resource;
pub mod signal;
pub mod socket;
mod stats;
pub mod status;
pub mod stream;
pub mod suspend;
pub mod syscall_test;
pub mod system;
pub mod table;
mod text;
pub mod thread;
pub mod thread_exit;
pub mod thread_state;
pub mod time;
pub mod timer;
mod trace;
pub mod user;
pub mod utc;
pub mod vcpu;
pub mod vmar;
pub mod vmo;
pub mod wait;
pub mod watch;

use user::UserOut;

/// Runs the body of a call, unless it cannot begin: in a forked child, or
/// while memory has run out.
#[inline(always)]
fn syscall(body: impl FnOnce(&Context) -> Result) -> zx_status_t {
    match gate::enter() {
        Ok(()) => attached(body),
        Err(closed) => closed.status().raw(),
    }
}

/// The same for a call that gives something back, takes what is there already
/// or only waits: it also runs while memory has run out.
#[inline(always)]
fn syscall_without_memory(body: impl FnOnce(&Context) -> Result) -> zx_status_t {
    match gate::enter_without_memory() {
        Ok(()) => attached(body),
        Err(closed) => closed.status().raw(),
    }
}

/// The same for a call that may be made in a signal handler, whatever it has
/// interrupted: it takes no lock, allocates nothing, ends no object and leaves
/// errno alone.
#[inline(always)]
fn syscall_in_handler<F: FnOnce() -> Result>(body: F) -> zx_status_t {
    let errno = Errno::last_raw();
    let run = || {
        let result = catch_unwind(AssertUnwindSafe(|| {
            gate::enter_in_handler()?;
            body()
        }));
        returned(result, std::any::type_name::<F>)
    };
    let frame = 0u8;
    let status = match ThreadRecord::known() {
        Some(thread) => thread.in_call((&raw const frame).addr(), run),
        None => run(),
    };
    Errno::set_raw(errno);
    status
}

/// The same for a call that closes handles. A forked child may close what it
/// has inherited, which changes nothing for its parent.
#[inline(always)]
fn closing(body: impl FnOnce(&Context) -> Result) -> zx_status_t {
    match gate::enter_without_memory() {
        Ok(()) => attached(body),
        Err(Closed::Forked) => crate::uapi::errors::ZX_OK,
        Err(closed) => closed.status().raw(),
    }
}

/// Runs the body of a call on the calling thread's record.
#[inline(always)]
fn attached(body: impl FnOnce(&Context) -> Result) -> zx_status_t {
    let Some(thread) = ThreadRecord::attached() else {
        return Status::NO_MEMORY.raw();
    };
    let frame = 0u8;
    thread.in_call((&raw const frame).addr(), || {
        run(&Context::of(thread), body)
    })
}

/// Runs the body of a call. A panic, which is a bug of the library, becomes
/// `ZX_ERR_INTERNAL` instead of unwinding into C.
fn run<F: FnOnce(&Context) -> Result>(cx: &Context, body: F) -> zx_status_t {
    let result = catch_unwind(AssertUnwindSafe(|| body(cx)));
    returned(result, std::any::type_name::<F>)
}

/// What a call returns, whose body ended like this.
#[inline(always)]
fn returned(result: std::thread::Result<Result>, body: fn() -> &'static str) -> zx_status_t {
    let status = match result {
        Ok(Ok(())) => return crate::uapi::errors::ZX_OK,
        Ok(Err(status)) => status,
        Err(_) => Status::INTERNAL,
    };
    reason::settle(status, body);
    status.raw()
}

impl Context {
    /// Gives the caller a new handle. Unless the value can be stored, the
    /// handle is closed without ever having been usable.
    fn publish(&self, out: UserOut<zx_handle_t>, handle: Handle) -> Result {
        let place = self.reserve(handle)?;
        out.write(&place.value())?;
        place.commit();
        Ok(())
    }

    /// Gives the caller two new handles, or none; then nothing stays written.
    fn publish_two(
        &self,
        first: (UserOut<zx_handle_t>, Handle),
        second: (UserOut<zx_handle_t>, Handle),
    ) -> Result {
        let places = (self.reserve(first.1)?, self.reserve(second.1)?);
        let before = first.0.read()?;
        first.0.write(&places.0.value())?;
        if let Err(status) = second.0.write(&places.1.value()) {
            first.0.write(&before)?;
            return Err(status);
        }
        places.0.commit();
        places.1.commit();
        Ok(())
    }

    /// Gives the caller handles to both ends of a new pair, or none.
    fn publish_pair<T: Typed>(
        &self,
        outs: (UserOut<zx_handle_t>, UserOut<zx_handle_t>),
        ends: (Arc<T>, Arc<T>),
    ) -> Result
    where
        Object: From<Arc<T>>,
    {
        let handle = |end| Handle::new(end, T::DEFAULT_RIGHTS);
        self.publish_two((outs.0, handle(ends.0)), (outs.1, handle(ends.1)))
    }
}

// SPDX-License-Identifier: MIT
//! Threads of the library's own. Signals that are sent to the process are for
//! the program's threads: these block them all from their first instruction.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use nix::errno::Errno;
use nix::libc;

/// What their stacks are, beside what the C library wants for itself.
const STACK: usize = 128 << 10;

/// Starts a detached thread that runs `body`.
pub fn start(name: &'static CStr, body: fn()) -> nix::Result<()> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: initialises the attributes.
    check(unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) })?;
    // SAFETY: the attributes were initialised.
    let attributes = unsafe { attributes.assume_init_mut() };
    // SAFETY: as above, and both values are valid.
    unsafe { libc::pthread_attr_setstacksize(attributes, STACK) };
    // SAFETY: as above.
    unsafe { libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_DETACHED) };
    let result = start_without_signals(attributes, name, body);
    // SAFETY: the attributes are not used any more.
    unsafe { libc::pthread_attr_destroy(attributes) };
    result
}

/// Runs `f` with all signals of the calling thread blocked.
pub fn without_signals<R>(f: impl FnOnce() -> R) -> R {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    let mut old = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: both sets are there, and the way of using them exists.
    let error = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), old.as_mut_ptr()) };
    let result = f();
    if error == 0 {
        // SAFETY: the mask is the one that the thread had.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, old.as_ptr(), ptr::null_mut()) };
    }
    result
}

/// A new thread has its maker's mask.
fn start_without_signals(
    attributes: &libc::pthread_attr_t,
    name: &'static CStr,
    body: fn(),
) -> nix::Result<()> {
    let mut thread = 0;
    let start = Box::into_raw(Box::new(Start { name, body }));
    let error = without_signals(|| {
        // SAFETY: `run` takes what it is given over.
        unsafe { libc::pthread_create(&raw mut thread, attributes, run, start.cast()) }
    });
    if error != 0 {
        // SAFETY: no thread has taken it over.
        drop(unsafe { Box::from_raw(start) });
    }
    check(error)
}

struct Start {
    name: &'static CStr,
    body: fn(),
}

extern "C" fn run(start: *mut c_void) -> *mut c_void {
    // SAFETY: the thread was started with this value for itself.
    let start = unsafe { Box::from_raw(start.cast::<Start>()) };
    let Start { name, body } = *start;
    // SAFETY: the name ends with a zero. A thread may do without one.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
    body();
    ptr::null_mut()
}

fn check(error: libc::c_int) -> nix::Result<()> {
    match error {
        0 => Ok(()),
        error => Err(Errno::from_raw(error)),
    }
}

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
    // SAFETY: the set was filled.
    let old = set_signal_mask(unsafe { all.assume_init_ref() });
    let result = f();
    if let Ok(old) = old {
        // A thread whose mask stays would answer no kick and no signal any more; there is
        // nothing to be done about it but to try.
        let _ = set_signal_mask(&old);
    }
    result
}

/// How often a change of a signal mask is tried.
const MASK_TRIES: u32 = 1000;

/// Gives the calling thread a signal mask; the one it had. Linux has no reason to refuse
/// that; where something else does, it is asked again.
pub fn set_signal_mask(mask: &libc::sigset_t) -> nix::Result<libc::sigset_t> {
    let mut old = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut tries = 0;
    loop {
        // SAFETY: both sets are there, and the way of using them exists.
        let error = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, mask, old.as_mut_ptr()) };
        tries += 1;
        if error == 0 {
            // SAFETY: zeroed is a valid set, and the call has filled it in.
            return Ok(unsafe { old.assume_init() });
        }
        if tries == MASK_TRIES {
            return Err(nix::errno::Errno::from_raw(error));
        }
    }
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

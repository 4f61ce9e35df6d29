// SPDX-License-Identifier: MIT
//! The signal with which the library interrupts threads: to stop them, and to
//! get them out of `KVM_RUN`.
//!
//! It is `SIGSTKFLT`, which Linux itself sends on no processor of today. Being
//! no real-time signal it takes no entry in a queue, so it can be sent whatever
//! the limits are (`RLIMIT_SIGPENDING`).
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

use nix::errno::Errno;
use nix::libc;

use super::record::ThreadRecord;
use super::{machine_context, raise, service};
use crate::status::{Result, Status};
use crate::sys::{futex, user_copy};

const SIGNAL: libc::c_int = libc::SIGSTKFLT;

/// Interrupts a thread; one that has ended needs that no more.
pub fn interrupt(tid: libc::pid_t) -> Result {
    // SAFETY: takes no arguments and cannot fail.
    let process = unsafe { libc::getpid() };
    match send(process, tid) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(_) => Err(Status::NO_RESOURCES),
    }
}

/// Sends the signal. Async-signal-safe.
pub fn send(process: libc::pid_t, tid: libc::pid_t) -> nix::Result<()> {
    // SAFETY: sending a signal that has a handler touches no memory here.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, tid, SIGNAL) };
    Errno::result(sent).map(drop)
}

/// Installs the handler, or takes it back from a program that has one of its
/// own.
pub fn install_interrupt() -> Result {
    let handler = on_interrupt as *const () as usize;
    let mut present = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null new action only asks for the present one.
    let asked = unsafe { libc::sigaction(SIGNAL, ptr::null(), present.as_mut_ptr()) };
    Errno::result(asked)?;
    // SAFETY: a zeroed action is a valid one, and the call has filled it.
    let mut action = unsafe { present.assume_init() };
    if action.sa_sigaction == handler {
        return Ok(());
    }
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // A thread that stands still runs none of the program's handlers.
    // SAFETY: fills the set, and cannot fail for a valid pointer.
    unsafe { libc::sigfillset(&raw mut action.sa_mask) };
    // SAFETY: the handler only does what any code may do anywhere.
    let installed = unsafe { libc::sigaction(SIGNAL, &raw const action, ptr::null_mut()) };
    Errno::result(installed)?;
    Ok(())
}

/// Lets the signal through to the calling thread.
pub fn unblock() -> Result {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set, and cannot fail for a valid pointer.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the set was initialised and the signal number is valid.
    unsafe { libc::sigaddset(set.as_mut_ptr(), SIGNAL) };
    // SAFETY: the set is initialised; the old mask is not asked for.
    let error = unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut()) };
    match error {
        0 => Ok(()),
        error => Err(Status::from(Errno::from_raw(error))),
    }
}

/// Has faults of the program's come to [`raise::on_fault`], and provides what
/// that needs.
pub fn prepare_exceptions() -> Result {
    service::start()?;
    install_interrupt()?;
    user_copy::install_for_exceptions(raise::on_fault)
}

extern "C" fn on_interrupt(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    let errno = Errno::last_raw();
    // SAFETY: the kernel passes a valid context to a SA_SIGINFO handler.
    interrupted(unsafe { &mut *context.cast::<libc::ucontext_t>() });
    Errno::set_raw(errno);
}

/// The calling thread was interrupted with these registers.
fn interrupted(context: &mut libc::ucontext_t) {
    let Some(record) = ThreadRecord::of_interrupted() else {
        return;
    };
    let Some(thread) = record.thread() else {
        return;
    };
    if !thread.stop.wanted() {
        return;
    }
    if record.call_frame() == 0 {
        // Standing still already, it does so in here.
        if !thread.stop.has_stopped() {
            thread.stand(context);
        }
        return;
    }
    record.ask_to_stop();
    let at = machine_context::get(context, libc::REG_RIP);
    if let Some(out) = usize::try_from(at).ok().and_then(futex::end_wait) {
        machine_context::set(context, libc::REG_RIP, out as u64);
    }
}

// SPDX-License-Identifier: MIT
//! Getting a thread out of `KVM_RUN`: `immediate_exit` in its `kvm_run`, which
//! keeps it from entering, and then a signal, which makes it leave.
//!
//! The library reserves the signal `SIGSTKFLT`, which Linux itself sends on no
//! processor of today. Being no real-time signal it takes no entry in a queue,
//! so it can be sent whatever the limits are (`RLIMIT_SIGPENDING`). It must not
//! be blocked in a thread that runs a VCPU; `zx_vcpu_create` unblocks it.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU8, Ordering};

use kvm_bindings::kvm_run;
use nix::errno::Errno;
use nix::libc;

use crate::status::{Result, Status};

const SIGNAL: libc::c_int = libc::SIGSTKFLT;

/// How to get a thread out of its VCPU. Async-signal-safe throughout.
pub struct KickTarget {
    process: libc::pid_t,
    thread: libc::pid_t,
    run: NonNull<kvm_run>,
}

// SAFETY: the page is only touched by `kick`, through an atomic, and only while
// it is mapped, by the contract of `current_thread`.
unsafe impl Send for KickTarget {}
// SAFETY: as above; `process` and `thread` never change.
unsafe impl Sync for KickTarget {}

impl KickTarget {
    /// The calling thread, which runs the VCPU with this page from now on. Who
    /// has the result kicks only while the thread is about to enter the VCPU,
    /// in it, or waits for the kick to be over: the page is mapped then.
    pub(super) fn current_thread(run: NonNull<kvm_run>) -> KickTarget {
        // SAFETY: takes no arguments and cannot fail.
        let process = unsafe { libc::getpid() };
        KickTarget {
            process,
            thread: nix::unistd::gettid().as_raw(),
            run,
        }
    }

    /// Makes the thread leave the VCPU, or not enter it. False when Linux has
    /// refused to send the signal: then it may still be in.
    pub fn kick(&self) -> bool {
        set_immediate_exit(self.run, true);
        send(self.process, self.thread).is_ok()
    }
}

fn send(process: libc::pid_t, thread: libc::pid_t) -> nix::Result<()> {
    // SAFETY: sending a signal that has a handler touches no memory here.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, thread, SIGNAL) };
    Errno::result(sent).map(drop)
}

/// Makes `KVM_RUN` return without entering the guest, or not.
pub(super) fn set_immediate_exit(run: NonNull<kvm_run>, wanted: bool) {
    // SAFETY: the page is mapped, by the contract of `KickTarget` and as the
    // VCPU's own file keeps it.
    let flag = unsafe { &raw mut (*run.as_ptr()).immediate_exit };
    // SAFETY: the process accesses the byte only through this function.
    unsafe { AtomicU8::from_ptr(flag) }.store(wanted.into(), Ordering::SeqCst);
}

/// Takes delivery of a signal that has been sent to the calling thread: a
/// system call does not return before that.
pub fn receive() {
    // SAFETY: takes no arguments and cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) };
}

/// Makes the calling thread ready for kicks: installs the handler, unblocks the
/// signal, and makes sure that it can be sent.
pub fn prepare_thread() -> Result {
    install()?;
    unblock()?;
    // SAFETY: takes no arguments and cannot fail.
    let process = unsafe { libc::getpid() };
    send(process, nix::unistd::gettid().as_raw())?;
    Ok(())
}

/// The handler has nothing to do: that there is one makes a system call end.
extern "C" fn on_kick(_signal: libc::c_int) {}

fn install() -> Result {
    let handler = on_kick as *const () as usize;
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
    action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: the handler does nothing.
    let installed = unsafe { libc::sigaction(SIGNAL, &raw const action, ptr::null_mut()) };
    Errno::result(installed)?;
    Ok(())
}

fn unblock() -> Result {
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

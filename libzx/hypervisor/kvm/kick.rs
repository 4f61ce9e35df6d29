// SPDX-License-Identifier: MIT
//! Getting a thread out of `KVM_RUN`: `immediate_exit` in its `kvm_run`, which
//! keeps it from entering, and then a signal, which makes it leave.
//!
//! The signal and its handler are in `task/signals.rs`. It must not be blocked
//! in a thread that runs a VCPU; `zx_vcpu_create` unblocks it.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, Ordering};

use kvm_bindings::kvm_run;
use nix::libc;

use crate::status::Result;
use crate::task::signals;

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
        signals::send(self.process, self.thread).is_ok()
    }
}

/// What makes `KVM_RUN` return without entering the guest while it is not 0.
pub(super) fn exit_flag(run: NonNull<kvm_run>) -> *const AtomicU8 {
    // SAFETY: the page is mapped, by the contract of `KickTarget` and as the
    // VCPU's own file keeps it.
    unsafe { &raw const (*run.as_ptr()).immediate_exit }.cast()
}

/// Makes `KVM_RUN` return without entering the guest, or not.
pub(super) fn set_immediate_exit(run: NonNull<kvm_run>, wanted: bool) {
    // SAFETY: the process accesses the byte only as this atomic.
    unsafe { &*exit_flag(run) }.store(wanted.into(), Ordering::SeqCst);
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
    signals::install_interrupt()?;
    signals::unblock()?;
    // SAFETY: takes no arguments and cannot fail.
    let process = unsafe { libc::getpid() };
    signals::send(process, nix::unistd::gettid().as_raw())?;
    Ok(())
}

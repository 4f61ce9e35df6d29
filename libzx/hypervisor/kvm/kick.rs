// SPDX-License-Identifier: MIT
//! Getting a thread out of `KVM_RUN`: one real-time signal, whose handler
//! sets `immediate_exit` in the thread's own `kvm_run`. That closes the
//! window between the last look at the requests and the system call.
//!
//! The library reserves the signal `SIGRTMAX - 1`. It must not be blocked in
//! a thread that runs a VCPU; `zx_vcpu_create` unblocks it.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use kvm_bindings::kvm_run;
use nix::libc;

use crate::futex;

/// How long a signal on its way is waited for. It only takes longer when the
/// program has blocked it.
const ARRIVAL_NS: i64 = 10_000_000;

thread_local! {
    /// The shared page of the VCPU that this thread is running.
    static CURRENT: Cell<*mut kvm_run> = const { Cell::new(ptr::null_mut()) };
    static ARRIVED: Cell<*const AtomicU32> = const { Cell::new(ptr::null()) };
}

fn signal_number() -> libc::c_int {
    libc::SIGRTMAX() - 1
}

/// A thread that runs a VCPU.
pub struct KickTarget {
    process: libc::pid_t,
    thread: libc::pid_t,
    sent: AtomicU32,
    arrived: Arc<AtomicU32>,
}

impl KickTarget {
    /// The calling thread.
    pub fn current_thread(arrived: Arc<AtomicU32>) -> KickTarget {
        // SAFETY: takes no arguments and cannot fail.
        let thread = unsafe { libc::gettid() };
        // SAFETY: as above.
        let process = unsafe { libc::getpid() };
        KickTarget {
            process,
            thread,
            sent: AtomicU32::new(0),
            arrived,
        }
    }

    /// Interrupts the thread, which must be in or about to enter the guest,
    /// and hence alive.
    pub fn signal(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        // SAFETY: sending a signal that has a handler touches no memory here.
        unsafe { libc::syscall(libc::SYS_tgkill, self.process, self.thread, signal_number()) };
    }

    /// Waits, in the thread itself, until all signals sent have arrived:
    /// real-time signals are queued, so none swallows another.
    pub fn settle(&self) {
        let sent = self.sent.swap(0, Ordering::Relaxed);
        if sent != 0 {
            let deadline = crate::clock::monotonic_ns() + ARRIVAL_NS;
            while self.arrived.load(Ordering::Relaxed) < sent {
                if futex::expired(deadline) {
                    break;
                }
                std::hint::spin_loop();
            }
        }
        self.arrived.store(0, Ordering::Relaxed);
    }
}

/// Installs the handler and unblocks the signal in the calling thread.
pub fn prepare_thread() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: a zeroed action is a valid one.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        action.sa_sigaction = on_kick as *const () as usize;
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        // SAFETY: the handler only touches thread-local cells and atomics.
        unsafe { libc::sigaction(signal_number(), &raw const action, ptr::null_mut()) };
    });
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the set was initialised and the signal number is valid.
    unsafe { libc::sigaddset(set.as_mut_ptr(), signal_number()) };
    // SAFETY: the set is initialised; the old mask is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut()) };
    // The first access may allocate, which the handler must not.
    CURRENT.set(ptr::null_mut());
    ARRIVED.set(ptr::null());
}

/// Names the shared page that a signal is to act on from now on; null for
/// none.
pub fn set_current(run: *mut kvm_run, arrived: *const AtomicU32) {
    CURRENT.set(ptr::null_mut());
    ARRIVED.set(arrived);
    CURRENT.set(run);
}

extern "C" fn on_kick(_signal: libc::c_int) {
    let run = CURRENT.get();
    if !run.is_null() {
        // SAFETY: the page stays mapped while the thread names it as current,
        // and the field is one byte that KVM and this thread share.
        unsafe { immediate_exit(run) }.store(1, Ordering::Relaxed);
    }
    let arrived = ARRIVED.get();
    if !arrived.is_null() {
        // SAFETY: the counter outlives the time the thread names it.
        unsafe { &*arrived }.fetch_add(1, Ordering::Relaxed);
    }
}

/// The flag that makes the next `KVM_RUN` return at once.
///
/// # Safety
///
/// `run` must point to a mapped `kvm_run` for as long as the result is used.
pub unsafe fn immediate_exit<'a>(run: *mut kvm_run) -> &'a AtomicU8 {
    // SAFETY: the field lies in the mapped page.
    let flag = unsafe { &raw mut (*run).immediate_exit };
    // SAFETY: the byte is only accessed through this function in the process.
    unsafe { AtomicU8::from_ptr(flag) }
}

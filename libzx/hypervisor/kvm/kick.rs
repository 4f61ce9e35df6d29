// SPDX-License-Identifier: MIT
//! Getting a thread out of `KVM_RUN`: one real-time signal, whose handler
//! sets `immediate_exit` in the thread's own `kvm_run`. That closes the
//! window between the last look at the requests and the system call.
//!
//! The library reserves the signal `SIGRTMAX - 1`. It must not be blocked in
//! a thread that runs a VCPU; `zx_vcpu_create` unblocks it.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering};

use kvm_bindings::kvm_run;
use nix::libc;

use crate::sys::futex;

/// How long a signal on its way is waited for. It only takes longer when the
/// program has blocked it.
const ARRIVAL_NS: i64 = 10_000_000;

/// What a signal to a thread acts on.
pub struct KickState {
    /// Null once the page is gone.
    run: AtomicPtr<kvm_run>,
    /// Signals that have arrived since they were last accounted for.
    arrived: AtomicU32,
}

impl KickState {
    /// For the VCPU with this shared page, which stays mapped until
    /// [`forget_page`](Self::forget_page).
    pub(super) fn new(run: *mut kvm_run) -> KickState {
        KickState {
            run: AtomicPtr::new(run),
            arrived: AtomicU32::new(0),
        }
    }

    /// The page is about to go; no signal is on its way, since nobody runs
    /// the VCPU.
    pub(super) fn forget_page(&self) {
        self.run.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// Makes the next `KVM_RUN` return at once, or not.
    pub(super) fn set_immediate_exit(&self, value: u8) {
        let run = self.run.load(Ordering::Relaxed);
        if run.is_null() {
            return;
        }
        // SAFETY: the page is mapped by this type's contract.
        let flag = unsafe { &raw mut (*run).immediate_exit };
        // SAFETY: the process accesses the byte only through this function.
        unsafe { AtomicU8::from_ptr(flag) }.store(value, Ordering::Relaxed);
    }
}

thread_local! {
    /// The last VCPU that was bound to the thread: what `CURRENT` points to.
    static BOUND: RefCell<Option<Bound>> = const { RefCell::new(None) };
    static CURRENT: Cell<*const KickState> = const { Cell::new(ptr::null()) };
}

/// Keeps what a signal acts on alive.
struct Bound(#[allow(dead_code, reason = "kept for its life")] Arc<KickState>);

impl Drop for Bound {
    fn drop(&mut self) {
        CURRENT.set(ptr::null());
    }
}

fn signal_number() -> libc::c_int {
    libc::SIGRTMAX() - 1
}

/// A thread that runs a VCPU.
pub struct KickTarget {
    process: libc::pid_t,
    thread: libc::pid_t,
    sent: AtomicU32,
    state: Arc<KickState>,
}

impl KickTarget {
    /// The calling thread, which runs the VCPU of this state from now on.
    pub fn current_thread(state: Arc<KickState>) -> KickTarget {
        bind_to_thread(&state);
        // SAFETY: takes no arguments and cannot fail.
        let thread = unsafe { libc::gettid() };
        // SAFETY: as above.
        let process = unsafe { libc::getpid() };
        KickTarget {
            process,
            thread,
            sent: AtomicU32::new(0),
            state,
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
            let deadline = crate::sys::clock::monotonic_ns() + ARRIVAL_NS;
            while self.state.arrived.load(Ordering::Relaxed) < sent {
                if futex::expired(deadline) {
                    break;
                }
                std::hint::spin_loop();
            }
        }
        self.state.arrived.store(0, Ordering::Relaxed);
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
    CURRENT.set(CURRENT.get());
}

/// Names the VCPU that a signal to this thread is to act on from now on. A
/// thread has one VCPU at a time, so none is named between runs.
fn bind_to_thread(state: &Arc<KickState>) {
    // A thread in its last destructors runs no VCPU any more.
    let _ = BOUND.try_with(|bound| {
        drop(bound.replace(Some(Bound(Arc::clone(state)))));
        CURRENT.set(Arc::as_ptr(state));
    });
}

extern "C" fn on_kick(_signal: libc::c_int) {
    // SAFETY: `BOUND` keeps the state alive as long as it is the current one.
    if let Some(state) = unsafe { CURRENT.get().as_ref() } {
        state.set_immediate_exit(1);
        state.arrived.fetch_add(1, Ordering::Relaxed);
    }
}

// SPDX-License-Identifier: MIT
//! Every interleaving of runs, kicks and pauses.

use std::sync::Arc;

use super::*;
use crate::sys::sync::{all, most};

/// A thread with a word in place of its pending signal.
#[derive(Default)]
struct Thread {
    signal: AtomicU32,
    in_guest: AtomicU32,
}

impl Target for Thread {
    fn kick(&self) -> bool {
        self.signal.store(1, Ordering::SeqCst);
        futex::wake(&self.signal, 1);
        true
    }

    fn receive(&self) {
        self.signal.store(0, Ordering::SeqCst);
    }
}

type Requests = VcpuRequests<Thread>;

fn requests() -> Arc<Requests> {
    Arc::new(VcpuRequests::new(Thread::default()))
}

impl Requests {
    fn is_signalled(&self) -> bool {
        self.target.signal.load(Ordering::SeqCst) != 0
    }

    /// The guest computes until the thread is signalled.
    fn be_in_guest(&self) {
        self.target.in_guest.store(1, Ordering::SeqCst);
        while !self.is_signalled() {
            futex::wait(&self.target.signal, 0, futex::INFINITE);
        }
        self.target.in_guest.store(0, Ordering::SeqCst);
    }

    /// Runs until there is a kick, as the loop of a VCPU does.
    fn run(&self) {
        while !self.take(KICK) {
            if self.has(PAUSE) {
                self.wait_resumed();
            } else if self.enter() {
                self.be_in_guest();
                self.leave();
                assert!(!self.is_signalled());
            } else {
                self.take(INTERRUPT);
            }
        }
        self.stop();
    }
}

/// A signal has arrived when the run is over that it was for: none reaches a
/// system call of the program, or a run that nobody asked to end.
#[test]
fn no_signal_outlives_its_run() {
    all(|| {
        let vcpu = requests();
        let other = Arc::clone(&vcpu);
        let thread = loom::thread::spawn(move || other.request(KICK));
        for _ in 0..2 {
            // A guest that leaves by itself, for a trap.
            if vcpu.enter() {
                vcpu.leave();
            } else {
                vcpu.take(KICK);
            }
            assert!(!vcpu.is_signalled());
        }
        assert!(thread.join().is_ok_and(|sent| sent.is_ok()));
        assert!(!vcpu.is_signalled());
    });
}

/// The same with two who make requests of different kinds.
#[test]
fn no_signal_outlives_its_run_with_two_requests() {
    most(|| {
        let vcpu = requests();
        let threads = [KICK, INTERRUPT].map(|request| {
            let other = Arc::clone(&vcpu);
            loom::thread::spawn(move || other.request(request))
        });
        for _ in 0..2 {
            if vcpu.enter() {
                vcpu.leave();
            } else {
                vcpu.take(KICK | INTERRUPT);
            }
            assert!(!vcpu.is_signalled());
        }
        for thread in threads {
            assert!(thread.join().is_ok_and(|sent| sent.is_ok()));
        }
    });
}

/// A kick ends a run of a guest that would never leave by itself, whenever it
/// comes.
#[test]
fn a_kick_ends_the_run() {
    all(|| {
        let vcpu = requests();
        let other = Arc::clone(&vcpu);
        let thread = loom::thread::spawn(move || other.request(KICK));
        vcpu.run();
        assert!(thread.join().is_ok_and(|sent| sent.is_ok()));
    });
}

/// A paused VCPU is not in the guest, and goes on afterwards: until a kick.
#[test]
fn a_pause_keeps_the_thread_out_and_a_kick_ends_the_run() {
    most(|| {
        let vcpu = requests();
        let other = Arc::clone(&vcpu);
        let thread = loom::thread::spawn(move || {
            other.pause();
            other.wait_left();
            assert_eq!(other.target.in_guest.load(Ordering::SeqCst), 0);
            other.resume();
            other.request(KICK)
        });
        vcpu.run();
        assert!(thread.join().is_ok_and(|sent| sent.is_ok()));
    });
}

/// A kick ends a run that a pause holds up for ever.
#[test]
fn a_kick_ends_a_run_that_is_paused() {
    all(|| {
        let vcpu = requests();
        vcpu.pause();
        let other = Arc::clone(&vcpu);
        let thread = loom::thread::spawn(move || other.request(KICK));
        vcpu.run();
        assert!(thread.join().is_ok_and(|sent| sent.is_ok()));
    });
}

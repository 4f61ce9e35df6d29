// SPDX-License-Identifier: MIT
//! Every interleaving of giving and waiting.

use std::sync::Arc;

use super::*;
use crate::sys::futex::INFINITE;
use crate::sys::sync::{all, most};

const PAST: Deadline = 0;

fn wait(handover: &Handover<u32>, deadline: Deadline) -> Option<u32> {
    handover.wait(ThreadRecord::current(), BlockedOn::Port, deadline)
}

/// What is given is received, once, whenever the receiver goes to sleep.
#[test]
fn no_value_is_lost() {
    all(|| {
        let handover = Arc::new(Handover::default());
        let giver = Arc::clone(&handover);
        let thread = loom::thread::spawn(move || giver.give(7));
        assert_eq!(wait(&handover, INFINITE), Some(7));
        assert!(thread.join().is_ok());
        assert_eq!(wait(&handover, PAST), None);
    });
}

/// The same for one value after the other through the same handover: nothing
/// of a wait is left for the next one.
#[test]
fn values_come_one_by_one_when_the_handover_is_used_again() {
    most(|| {
        let first = Arc::new(Handover::default());
        let second = Arc::new(Handover::default());
        let (giver, taker) = (Arc::clone(&first), Arc::clone(&second));
        let thread = loom::thread::spawn(move || {
            giver.give(1);
            // Only who has the first value takes part in the second.
            let got = wait(&taker, INFINITE);
            giver.give(2);
            got
        });
        assert_eq!(wait(&first, INFINITE), Some(1));
        second.give(3);
        assert_eq!(wait(&first, INFINITE), Some(2));
        assert_eq!(thread.join().ok(), Some(Some(3)));
    });
}

/// A wait whose time has run out either has the value or leaves it to the next
/// one, as a port's does that was taken off the list of waiters.
#[test]
fn a_value_that_comes_late_is_for_the_next_wait() {
    all(|| {
        let handover = Arc::new(Handover::default());
        let giver = Arc::clone(&handover);
        let thread = loom::thread::spawn(move || giver.give(7));
        let got = wait(&handover, PAST).or_else(|| wait(&handover, INFINITE));
        assert_eq!(got, Some(7));
        assert!(thread.join().is_ok());
    });
}

/// The value is that of its giver with all that came before it: two givers,
/// each to its own waiter, and nothing crosses.
#[test]
fn two_givers_and_two_waits() {
    most(|| {
        let handovers = [Arc::new(Handover::default()), Arc::new(Handover::default())];
        let threads = [1, 2].map(|value| {
            let giver = Arc::clone(&handovers[value as usize - 1]);
            loom::thread::spawn(move || giver.give(value))
        });
        assert_eq!(wait(&handovers[0], INFINITE), Some(1));
        assert_eq!(wait(&handovers[1], INFINITE), Some(2));
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
    });
}

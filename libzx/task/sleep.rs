// SPDX-License-Identifier: MIT
//! The one place where a thread sleeps in a call that blocks.

use std::sync::atomic::{AtomicU32, Ordering};

use super::record::ThreadRecord;
use crate::sys::futex::{self, Deadline};
use crate::sys::sync::Word;
use crate::sys::{clock, spin};
use crate::uapi::object as c;

/// What a thread waits for, as `ZX_INFO_THREAD` tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum BlockedOn {
    /// Nothing that has a name: the thread counts as running.
    Nothing = 0,
    /// `zx_nanosleep`.
    Sleeping = c::ZX_THREAD_STATE_BLOCKED_SLEEPING,
    /// `zx_futex_wait`.
    Futex = c::ZX_THREAD_STATE_BLOCKED_FUTEX,
    /// `zx_port_wait`.
    Port = c::ZX_THREAD_STATE_BLOCKED_PORT,
    /// `zx_channel_call`.
    Channel = c::ZX_THREAD_STATE_BLOCKED_CHANNEL,
    /// `zx_object_wait_one`.
    WaitOne = c::ZX_THREAD_STATE_BLOCKED_WAIT_ONE,
    /// `zx_object_wait_many`.
    WaitMany = c::ZX_THREAD_STATE_BLOCKED_WAIT_MANY,
    /// `zx_interrupt_wait`.
    Interrupt = c::ZX_THREAD_STATE_BLOCKED_INTERRUPT,
    /// A page that a pager is to supply.
    Pager = c::ZX_THREAD_STATE_BLOCKED_PAGER,
}

/// How a sleep ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slept {
    /// The word changed, or a wake-up came, or nothing of that: look again.
    Woken,
    /// The deadline has passed.
    TimedOut,
    /// The thread is to stop: leave the queue that would give it something
    /// meanwhile, call [`ThreadRecord::stop_here`] and begin again. Deadlines
    /// are absolute, so a wait that begins again ends when it would have.
    Interrupted,
}

impl ThreadRecord {
    /// Sleeps until `word` is no longer `expected`, a wake-up comes or
    /// `deadline` passes. No lock may be held. A thread that is to stop
    /// meanwhile stops in here.
    pub fn sleep(&self, on: BlockedOn, word: &impl Word, expected: u32, deadline: Deadline) {
        if self.sleep_interruptibly(on, word, expected, deadline) == Slept::Interrupted {
            self.stop_here();
        }
    }

    /// The same, but a thread that is to stop comes back to do that itself.
    pub fn sleep_interruptibly(
        &self,
        on: BlockedOn,
        word: &impl Word,
        expected: u32,
        deadline: Deadline,
    ) -> Slept {
        if futex::expired(deadline) {
            return Slept::TimedOut;
        }
        let outer = self.blocked_on.swap(on as u32, Ordering::Relaxed);
        let stopped = futex::wait_unless(word, expected, deadline, &self.asked);
        self.blocked_on.store(outer, Ordering::Relaxed);
        if stopped {
            Slept::Interrupted
        } else {
            Slept::Woken
        }
    }

    /// Watches for `ready` for a moment (see `sys/spin.rs`), then sleeps until
    /// it says so or `deadline` passes; `word` must change, and be woken,
    /// whenever `ready` may have become true. Returns the last answer of
    /// `ready`.
    pub fn wait_until(
        &self,
        on: BlockedOn,
        word: &impl Word,
        deadline: Deadline,
        ready: impl FnMut() -> bool,
    ) -> bool {
        let sleep = |seen| self.sleep(on, word, seen, deadline);
        self.watch_and_sleep(word, deadline, ready, sleep)
    }

    /// The same for waits that end soon, also under a lock: the thread does
    /// not stop in here.
    pub fn wait_unstopped(
        &self,
        word: &impl Word,
        deadline: Deadline,
        ready: impl FnMut() -> bool,
    ) -> bool {
        let sleep = |seen| futex::wait(word, seen, deadline);
        self.watch_and_sleep(word, deadline, ready, sleep)
    }

    fn watch_and_sleep(
        &self,
        word: &impl Word,
        deadline: Deadline,
        mut ready: impl FnMut() -> bool,
        sleep: impl Fn(u32),
    ) -> bool {
        if ready() {
            return true;
        }
        if futex::expired(deadline) {
            return false;
        }
        if spin::until(&self.spin, deadline, &mut ready) {
            return true;
        }
        loop {
            let seen = word.value();
            if ready() {
                return true;
            }
            if futex::expired(deadline) {
                return false;
            }
            sleep(seen);
        }
    }

    /// Sleeps until `deadline`; one that has passed only yields the processor.
    pub fn sleep_until(&self, on: BlockedOn, deadline: Deadline) {
        if deadline != futex::INFINITE && deadline <= clock::monotonic_ns() {
            std::thread::yield_now();
            return;
        }
        let nobody = AtomicU32::new(0);
        while !futex::expired(deadline) {
            self.sleep(on, &nobody, 0, deadline);
        }
    }
}

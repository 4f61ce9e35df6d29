// SPDX-License-Identifier: MIT
//! Alarms: calls at points in time, from one thread that exists only while
//! any is set, and a moment longer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::status::{Result, Status};
use crate::sys::clock;
use crate::sys::futex;
use crate::sys::thread;
use crate::task::threads::Helper;

/// How long the thread stays when no alarm is left: a new thread for each of
/// many short alarms would cost more.
const LINGER_NS: i64 = 100_000_000;

/// What an alarm does. Called without any lock, on the alarm thread; must not
/// block.
pub trait Alarm: Send + Sync {
    /// Its time has come.
    fn ring(&self);
}

/// Names an alarm that is set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    at: i64,
    id: u64,
}

impl Key {
    /// When the alarm rings.
    pub fn at(self) -> i64 {
        self.at
    }
}

#[derive(Default)]
struct Alarms {
    waiting: BTreeMap<Key, Arc<dyn Alarm>>,
    next_id: u64,
    thread_runs: bool,
    /// When the thread looks at the alarms again by itself; the past while it
    /// is about to.
    looks_at: i64,
}

static ALARMS: Mutex<Alarms> = Mutex::new(Alarms {
    waiting: BTreeMap::new(),
    next_id: 0,
    thread_runs: false,
    looks_at: i64::MIN,
});

/// Counts the times that an alarm was set before which the thread would not
/// have looked.
static CHANGED: AtomicU32 = AtomicU32::new(0);

/// Rings `alarm` at or soon after `at`, in monotonic nanoseconds. `NO_MEMORY`
/// when no thread can be had for it.
pub fn set(at: i64, alarm: Arc<dyn Alarm>) -> Result<Key> {
    let mut alarms = ALARMS.lock();
    let key = Key {
        at,
        id: alarms.next_id,
    };
    alarms.next_id += 1;
    let sooner = at < alarms.looks_at;
    alarms.waiting.insert(key, alarm);
    if !alarms.thread_runs {
        if thread::start(c"libzx-alarms", run).is_err() {
            alarms.waiting.remove(&key);
            return Err(Status::NO_MEMORY);
        }
        alarms.thread_runs = true;
    } else if sooner {
        alarms.looks_at = at;
        drop(alarms);
        tell_thread();
    }
    Ok(key)
}

/// Takes an alarm back; true if it has not been taken to ring. The thread
/// looks at its time in vain: that costs less than to tell it now, as most
/// alarms are taken back.
pub fn cancel(key: Key) -> bool {
    let canceled = ALARMS.lock().waiting.remove(&key);
    canceled.is_some()
}

fn tell_thread() {
    CHANGED.fetch_add(1, Ordering::SeqCst);
    futex::wake(&CHANGED, 1);
}

/// The thread: rings what is due, sleeps until the next alarm, ends a moment
/// after none is left.
fn run() {
    let _helper = Helper::this_thread();
    let mut leaves_at = None;
    loop {
        let seen = CHANGED.load(Ordering::SeqCst);
        let mut alarms = ALARMS.lock();
        // Who sets one now need not tell: this looks before it sleeps.
        alarms.looks_at = i64::MIN;
        let now = clock::monotonic_ns();
        let Some((&first, _)) = alarms.waiting.first_key_value() else {
            let leaves_at = *leaves_at.get_or_insert(now + LINGER_NS);
            if now >= leaves_at {
                alarms.thread_runs = false;
                return;
            }
            alarms.looks_at = leaves_at;
            drop(alarms);
            futex::wait(&CHANGED, seen, leaves_at);
            continue;
        };
        leaves_at = None;
        if first.at > now {
            alarms.looks_at = first.at;
            drop(alarms);
            futex::wait(&CHANGED, seen, first.at);
            continue;
        }
        let due = alarms.waiting.remove(&first);
        drop(alarms);
        if let Some(alarm) = due {
            alarm.ring();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    struct Bell(Mutex<Sender<i64>>);

    impl Alarm for Bell {
        fn ring(&self) {
            let _ = self.0.lock().send(clock::monotonic_ns());
        }
    }

    fn bell() -> (Arc<Bell>, Receiver<i64>) {
        let (sender, receiver) = channel();
        (Arc::new(Bell(Mutex::new(sender))), receiver)
    }

    #[test]
    fn alarms_ring_in_order_and_never_early() {
        let now = clock::monotonic_ns();
        let (later, later_rang) = bell();
        let (sooner, sooner_rang) = bell();
        assert!(set(now + 20_000_000, later).is_ok());
        assert!(set(now + 5_000_000, sooner).is_ok());
        let timeout = Duration::from_secs(10);
        let sooner = sooner_rang.recv_timeout(timeout).unwrap_or(0);
        let later = later_rang.recv_timeout(timeout).unwrap_or(0);
        assert!(sooner >= now + 5_000_000 && later >= now + 20_000_000 && sooner <= later);
    }

    #[test]
    fn a_canceled_alarm_is_silent() {
        let (bell, rang) = bell();
        let key = set(clock::monotonic_ns() + 3_600_000_000_000, bell);
        assert!(key.is_ok_and(cancel));
        assert!(rang.recv_timeout(Duration::from_secs(10)).is_err());
    }
}

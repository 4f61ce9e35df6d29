// SPDX-License-Identifier: MIT
//! Timers (ports.md, section 7). They fire at their deadlines; slack is only
//! remembered.

use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};

use super::base::{Base, ObserverGuard};
use super::observer::ObserverList;
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::sys::futex::{Deadline, INFINITE};
use crate::sys::timer_queue::{self, Alarm};
use crate::uapi::types::{ZX_OBJ_TYPE_TIMER, ZX_TIMER_SIGNALED, ZX_TIMER_SLACK_LATE};

/// A timer.
pub struct Timer {
    base: Base,
    options: u32,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    observers: ObserverList,
    armed: Option<Armed>,
    /// How many times the timer was set or canceled.
    generation: u64,
}

#[derive(Clone, Copy)]
struct Armed {
    deadline: Deadline,
    slack: i64,
    /// None when the deadline never comes.
    alarm: Option<timer_queue::Key>,
}

/// One setting of a timer. One that rings late, after the next setting, is
/// ignored.
struct Setting {
    timer: Weak<Timer>,
    generation: u64,
}

impl Alarm for Setting {
    fn ring(&self) {
        if let Some(timer) = self.timer.upgrade() {
            timer.expire(self.generation);
        }
    }
}

impl KernelObject for Timer {
    const TYPE: ObjectType = ZX_OBJ_TYPE_TIMER;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_TIMER;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(MutexGuard::map(self.inner.lock(), |inner| {
            &mut inner.observers
        }))
    }

    fn on_zero_handles(self: &Arc<Self>) {
        self.cancel();
    }
}

impl Timer {
    /// A timer that is not set. `options` is the slack mode; `INVALID_ARGS`
    /// when there is none of this number.
    pub fn new(options: u32) -> Result<Arc<Timer>> {
        if options > ZX_TIMER_SLACK_LATE {
            return Err(Status::INVALID_ARGS);
        }
        Ok(Arc::new(Timer {
            base: Base::new(0),
            options,
            inner: Mutex::default(),
        }))
    }

    /// The slack mode.
    pub fn options(&self) -> u32 {
        self.options
    }

    /// The deadline and the slack while armed.
    pub fn setting(&self) -> Option<(Deadline, i64)> {
        let armed = self.inner.lock().armed;
        armed.map(|armed| (armed.deadline, armed.slack))
    }

    /// Sets the timer, which forgets what it was set to before. A deadline
    /// that has passed fires before this returns. `NO_MEMORY` when there is no
    /// thread to wait for it.
    pub fn set(self: &Arc<Self>, deadline: Deadline, slack: i64) -> Result {
        let mut inner = self.inner.lock();
        inner.generation += 1;
        let old = inner.armed.take();
        let list = &mut inner.observers;
        let mut fired = self.base.update_locked(list, ZX_TIMER_SIGNALED, 0);
        let mut result = Ok(());
        if deadline <= clock::monotonic_ns() {
            fired.absorb(self.base.update_locked(list, 0, ZX_TIMER_SIGNALED));
        } else {
            let alarm = self.start(deadline, inner.generation);
            match alarm {
                Ok(alarm) => {
                    inner.armed = Some(Armed {
                        deadline,
                        slack,
                        alarm,
                    });
                }
                Err(status) => result = Err(status),
            }
        }
        drop(inner);
        drop(fired);
        // After the new alarm is there: the thread need not end in between.
        stop(old);
        result
    }

    fn start(
        self: &Arc<Self>,
        deadline: Deadline,
        generation: u64,
    ) -> Result<Option<timer_queue::Key>> {
        if deadline == INFINITE {
            return Ok(None);
        }
        let timer = Arc::downgrade(self);
        timer_queue::set(deadline, Arc::new(Setting { timer, generation })).map(Some)
    }

    /// Disarms the timer and clears its signal.
    pub fn cancel(&self) {
        let mut inner = self.inner.lock();
        inner.generation += 1;
        let old = inner.armed.take();
        let list = &mut inner.observers;
        let fired = self.base.update_locked(list, ZX_TIMER_SIGNALED, 0);
        drop(inner);
        drop(fired);
        stop(old);
    }

    fn expire(&self, generation: u64) {
        let mut inner = self.inner.lock();
        if inner.generation != generation {
            return;
        }
        inner.armed = None;
        let list = &mut inner.observers;
        let fired = self.base.update_locked(list, 0, ZX_TIMER_SIGNALED);
        drop(inner);
        drop(fired);
    }
}

fn stop(armed: Option<Armed>) {
    if let Some(alarm) = armed.and_then(|armed| armed.alarm) {
        timer_queue::cancel(alarm);
    }
}

// SPDX-License-Identifier: MIT
//! Jobs: so far the one that the process lives in, which is the root job.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::object::base::{Base, ObserverGuard, SignalLock};
use crate::object::resource::{Name, name_from};
use crate::object::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::uapi::types::{ZX_JOB_NO_JOBS, ZX_OBJ_TYPE_JOB};

/// A job.
pub struct Job {
    base: Base,
    observers: SignalLock,
    name: Mutex<Name>,
    kill_on_oom: AtomicBool,
}

impl KernelObject for Job {
    const TYPE: ObjectType = ZX_OBJ_TYPE_JOB;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_JOB;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }
}

impl Job {
    /// The root job: it holds the process, and no other job.
    pub fn root() -> &'static Arc<Job> {
        static ROOT: OnceLock<Arc<Job>> = OnceLock::new();
        ROOT.get_or_init(|| {
            Arc::new(Job {
                base: Base::new(ZX_JOB_NO_JOBS),
                observers: SignalLock::default(),
                name: Mutex::new(name_from(b"root")),
                kill_on_oom: AtomicBool::new(false),
            })
        })
    }

    /// Whether this is the root job.
    pub fn is_root(&self) -> bool {
        std::ptr::eq(self, Arc::as_ptr(Job::root()))
    }

    /// Its name.
    pub fn name(&self) -> Name {
        *self.name.lock()
    }

    /// Sets its name.
    pub fn set_name(&self, name: Name) {
        *self.name.lock() = name;
    }

    /// Whether the program wants it killed when memory runs out.
    pub fn kill_on_oom(&self) -> bool {
        self.kill_on_oom.load(Ordering::Relaxed)
    }

    /// Sets that wish, which nobody grants.
    pub fn set_kill_on_oom(&self, kill: bool) {
        self.kill_on_oom.store(kill, Ordering::Relaxed);
    }
}

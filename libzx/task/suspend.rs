// SPDX-License-Identifier: MIT
//! Stopping threads and letting them run again (tasks-time-system.md, section
//! 4.2).
//!
//! Everything goes through one word of the thread: how many want it stopped,
//! whether it has stopped, whether it waits for the end of an exception, and
//! whether somebody just looks at its registers. Whoever stops a thread counts up and
//! interrupts it with a signal. Its handler stops the thread at once if the
//! program's code runs; in a call the thread stops where it would sleep, or
//! when the call is over. Letting it run takes no lock and no memory: a thread
//! may have been stopped in the middle of the allocator.
#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use nix::libc;

use super::record::ThreadRecord;
use super::registers::Bases;
use super::thread::{Life, Thread};
use super::{machine_context, service, signals};
use crate::object::base::Base;
use crate::object::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::futex;
use crate::uapi::types::ZX_OBJ_TYPE_SUSPEND_TOKEN;

/// The thread has stopped.
const STOPPED: u32 = 1 << 0;
/// It waits for the end of an exception.
const EXCEPTION: u32 = 1 << 1;
/// Somebody looks at its registers.
const READER: u32 = 1 << 2;
/// One who wants it stopped.
const SUSPEND: u32 = 1 << 3;
const SUSPENDS: u32 = !(SUSPEND - 1);
/// How many can.
const MOST_SUSPENDS: u32 = SUSPENDS / SUSPEND - 1;

/// Why and where a thread stands still.
#[derive(Default)]
pub struct Stop {
    word: AtomicU32,
    /// Its registers, while it has stopped.
    context: AtomicPtr<libc::ucontext_t>,
    fs_base: AtomicU64,
    gs_base: AtomicU64,
}

impl Stop {
    fn load(&self) -> u32 {
        self.word.load(Ordering::Acquire)
    }

    /// Whether the thread is to stop, or to stay where it has.
    pub fn wanted(&self) -> bool {
        self.load() & (SUSPENDS | EXCEPTION) != 0
    }

    /// Whether the thread stands still because somebody suspended it.
    pub fn is_suspended(&self) -> bool {
        let word = self.load();
        word & STOPPED != 0 && word & SUSPENDS != 0 && word & EXCEPTION == 0
    }

    /// Whether it has stopped already.
    pub fn has_stopped(&self) -> bool {
        self.load() & STOPPED != 0
    }

    /// Whether the thread waits for the end of an exception.
    pub fn in_exception(&self) -> bool {
        self.load() & EXCEPTION != 0
    }

    /// An exception begins, in the thread itself.
    pub fn begin_exception(&self) {
        self.word.fetch_or(EXCEPTION, Ordering::AcqRel);
    }

    /// The exception is over.
    pub fn end_exception(&self) {
        self.word.fetch_and(!EXCEPTION, Ordering::AcqRel);
        futex::wake(&self.word, i32::MAX);
    }

    /// One more wants the thread stopped; tells whether it has stopped.
    fn suspend(&self) -> Result<bool> {
        let more = |word: u32| (word / SUSPEND < MOST_SUSPENDS).then_some(word + SUSPEND);
        let old = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        old.map(|word| word & STOPPED != 0)
            .map_err(|_| Status::NO_RESOURCES)
    }

    /// One less does.
    fn resume(&self) {
        let old = self.word.fetch_sub(SUSPEND, Ordering::AcqRel);
        if old / SUSPEND == 1 {
            futex::wake(&self.word, i32::MAX);
        }
    }

    /// Stands still until nobody wants that any more. `told` is called once it
    /// does.
    fn stand(&self, context: &mut libc::ucontext_t, told: impl FnOnce()) {
        let before = Bases::of_this_thread();
        self.set_bases(before);
        self.context.store(context, Ordering::Release);
        self.word.fetch_or(STOPPED, Ordering::AcqRel);
        told();
        loop {
            let word = self.load();
            if word & (SUSPENDS | EXCEPTION | READER) != 0 {
                futex::wait(&self.word, word, futex::INFINITE);
                continue;
            }
            let leave = word & !STOPPED;
            let left = self
                .word
                .compare_exchange(word, leave, Ordering::AcqRel, Ordering::Acquire);
            if left.is_ok() {
                break;
            }
        }
        self.bases().apply(before);
    }

    fn bases(&self) -> Bases {
        Bases {
            fs: self.fs_base.load(Ordering::Relaxed),
            gs: self.gs_base.load(Ordering::Relaxed),
        }
    }

    fn set_bases(&self, bases: Bases) {
        self.fs_base.store(bases.fs, Ordering::Relaxed);
        self.gs_base.store(bases.gs, Ordering::Relaxed);
    }

    /// Calls `f` with the registers of the thread, which stands still
    /// meanwhile; `BAD_STATE` unless it does.
    fn with_registers<R>(
        &self,
        f: impl FnOnce(&mut libc::ucontext_t, &mut Bases) -> Result<R>,
    ) -> Result<R> {
        loop {
            let word = self.load();
            if word & STOPPED == 0 || word & (SUSPENDS | EXCEPTION) == 0 {
                return Err(Status::BAD_STATE);
            }
            if word & READER != 0 {
                futex::wait(&self.word, word, futex::INFINITE);
                continue;
            }
            let enter = word | READER;
            let entered =
                self.word
                    .compare_exchange(word, enter, Ordering::AcqRel, Ordering::Acquire);
            if entered.is_ok() {
                break;
            }
        }
        let mut bases = self.bases();
        // SAFETY: the thread has stored this before it stopped and does not go
        // on before READER is gone; nobody else has set that.
        let result = match unsafe { self.context.load(Ordering::Acquire).as_mut() } {
            Some(context) => f(context, &mut bases),
            None => Err(Status::BAD_STATE),
        };
        self.set_bases(bases);
        self.word.fetch_and(!READER, Ordering::AcqRel);
        futex::wake(&self.word, i32::MAX);
        result
    }
}

impl Thread {
    /// Suspends the thread until the token has no handle any more. It goes on
    /// for a moment. `BAD_STATE` when it has ended, `NO_RESOURCES` when it
    /// cannot be interrupted.
    pub fn suspend(self: &Arc<Self>) -> Result<Arc<SuspendToken>> {
        if self.life() > Life::Running {
            return Err(Status::BAD_STATE);
        }
        service::start()?;
        let token = SuspendToken::new(Some(Arc::clone(self)));
        if self.stop.suspend()? {
            self.update_signals();
        }
        // From here on the token resumes it, also when it is dropped.
        token.suspends.store(true, Ordering::Release);
        match self.life() {
            Life::New => {}
            Life::Running => self.interrupt()?,
            Life::Dying | Life::Dead => return Err(Status::BAD_STATE),
        }
        Ok(token)
    }

    /// Has the thread look at what is wanted of it.
    fn interrupt(self: &Arc<Self>) -> Result {
        if self.stop.has_stopped() {
            return Ok(());
        }
        let Some(tid) = self.tid() else {
            return Ok(()); // it ends, or begins and looks then
        };
        signals::install_interrupt()?;
        self.process().threads().provide_record(tid, self)?;
        signals::interrupt(tid)
    }

    fn resume(&self) {
        self.stop.resume();
        self.update_signals();
    }

    /// Stands still in the calling thread, which is this one, with these
    /// registers for others to see and change. Async-signal-safe.
    pub(super) fn stand(self: &Arc<Self>, context: &mut libc::ucontext_t) {
        self.stop.stand(context, || service::post(self));
    }

    /// Calls `f` with the registers of the thread; `BAD_STATE` unless it is
    /// suspended or in an exception, `NOT_SUPPORTED` when it exits.
    pub fn with_registers<R>(
        &self,
        f: impl FnOnce(&mut libc::ucontext_t, &mut Bases) -> Result<R>,
    ) -> Result<R> {
        self.stop.with_registers(|context, bases| {
            if self.life() == Life::Dying {
                return Err(Status::NOT_SUPPORTED);
            }
            f(context, bases)
        })
    }
}

impl ThreadRecord {
    /// Stops as long as the thread is to be stopped, in a call. No lock may be
    /// held.
    #[cold]
    pub fn stop_here(&self) {
        self.asked.store(0, Ordering::Relaxed);
        let Some(thread) = self.thread() else {
            return;
        };
        if !thread.stop.wanted() {
            return;
        }
        let mut context = machine_context::of_call(self.call_frame());
        if let Some(changed) = self.changed_after_call() {
            context.uc_mcontext.gregs = changed;
        }
        let before = machine_context::general(&context);
        thread.stand(&mut context);
        let after = machine_context::general(&context);
        if after != before {
            self.change_after_call(after);
        }
    }
}

/// Keeps a thread suspended as long as it has a handle.
pub struct SuspendToken {
    base: Base,
    /// None for a process without threads.
    thread: Option<Arc<Thread>>,
    suspends: AtomicBool,
}

impl SuspendToken {
    fn new(thread: Option<Arc<Thread>>) -> Arc<SuspendToken> {
        Arc::new(SuspendToken {
            base: Base::new(0),
            thread,
            suspends: AtomicBool::new(false),
        })
    }

    /// Of a process that has no running threads.
    pub fn of_nothing() -> Arc<SuspendToken> {
        SuspendToken::new(None)
    }

    fn release(&self) {
        if self.suspends.swap(false, Ordering::AcqRel)
            && let Some(thread) = &self.thread
        {
            thread.resume();
        }
    }
}

impl KernelObject for SuspendToken {
    const TYPE: ObjectType = ZX_OBJ_TYPE_SUSPEND_TOKEN;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_SUSPEND_TOKEN;

    fn base(&self) -> &Base {
        &self.base
    }

    fn on_zero_handles(self: &Arc<Self>) {
        self.release();
    }
}

impl Drop for SuspendToken {
    fn drop(&mut self) {
        self.release();
    }
}

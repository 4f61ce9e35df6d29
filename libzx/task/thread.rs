// SPDX-License-Identifier: MIT
//! Threads (tasks-time-system.md, section 1). Every Linux thread of the
//! process can have an object; it gets it when somebody first asks for it.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use nix::libc;
use parking_lot::Mutex;

use super::exception::{self, ExceptionChannel, Exceptions, Report};
use super::machine_context;
use super::process::Process;
use super::record::ThreadRecord;
use super::service::Posted;
use super::suspend::Stop;
use crate::object::base::{Base, Koid, ObserverGuard, SignalLock};
use crate::object::resource::{Name, name_from};
use crate::object::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::machine;
use crate::sys::procfs::{self, ThreadTimes};
use crate::uapi::exception::ZX_EXCP_THREAD_EXITING;
use crate::uapi::object as c;
use crate::uapi::types::{
    ZX_OBJ_TYPE_THREAD, ZX_THREAD_RUNNING, ZX_THREAD_SUSPENDED, ZX_THREAD_TERMINATED,
};

/// How many processors a mask has room for, in words.
pub const CPU_WORDS: usize = 8;
/// Processors, one bit each.
pub type CpuMask = [u64; CPU_WORDS];

/// What has become of a thread. Only goes forward, but for a start that fails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u32)]
pub enum Life {
    /// Made, and not started.
    New = c::ZX_THREAD_STATE_NEW,
    /// Started.
    Running = c::ZX_THREAD_STATE_RUNNING,
    /// On its way out.
    Dying = c::ZX_THREAD_STATE_DYING,
    /// Gone.
    Dead = c::ZX_THREAD_STATE_DEAD,
}

/// A thread.
pub struct Thread {
    base: Base,
    observers: SignalLock,
    process: Arc<Process>,
    name: Mutex<Name>,
    life: AtomicU32,
    /// Linux's number of the thread while it runs, else 0.
    tid: AtomicI32,
    /// Its record from its first call to its end, else null.
    record: AtomicPtr<ThreadRecord>,
    /// The borrowed handle that the thread and its C library have, or 0.
    own_handle: AtomicU32,
    /// The C library's name of the thread, once somebody asked with it.
    pthread: AtomicUsize,
    /// How long it has run, when it is dead.
    total_runtime: AtomicI64,
    total_queue_time: AtomicI64,
    cpus: Mutex<Option<CpuMask>>,
    pub(super) stop: Stop,
    pub(super) exception: Exceptions,
    exceptions: ExceptionChannel,
    pub(super) posted: Posted,
}

impl KernelObject for Thread {
    const TYPE: ObjectType = ZX_OBJ_TYPE_THREAD;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_THREAD;

    fn base(&self) -> &Base {
        &self.base
    }

    fn related_koid(&self) -> Koid {
        self.process.base().koid()
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }
}

impl Thread {
    fn with(process: &Arc<Process>, name: Name, life: Life, tid: libc::pid_t) -> Arc<Thread> {
        Arc::new(Thread {
            base: Base::new(0),
            observers: SignalLock::default(),
            process: Arc::clone(process),
            name: Mutex::new(name),
            life: AtomicU32::new(life as u32),
            tid: AtomicI32::new(tid),
            record: AtomicPtr::new(ptr::null_mut()),
            own_handle: AtomicU32::new(0),
            pthread: AtomicUsize::new(0),
            total_runtime: AtomicI64::new(0),
            total_queue_time: AtomicI64::new(0),
            cpus: Mutex::new(None),
            stop: Stop::default(),
            exception: Exceptions::default(),
            exceptions: ExceptionChannel::default(),
            posted: Posted::default(),
        })
    }

    /// A thread of `process` that has not been started.
    pub fn new(process: &Arc<Process>, name: Name) -> Arc<Thread> {
        Thread::with(process, name, Life::New, 0)
    }

    /// A thread that somebody else started, with what Linux calls it.
    pub(super) fn found(process: &Arc<Process>, tid: libc::pid_t) -> Arc<Thread> {
        let name = name_from(&procfs::thread_name(tid));
        let thread = Thread::with(process, name, Life::Running, tid);
        thread.update_signals();
        thread
    }

    /// The calling thread.
    pub fn current(record: &'static ThreadRecord) -> Arc<Thread> {
        if let Some(thread) = record.thread() {
            return Arc::clone(&thread);
        }
        let thread = record.process().threads().find_or_make(record.tid());
        thread.attach(record);
        thread
    }

    /// Connects a thread with its record; called by the thread itself.
    pub(super) fn attach(self: &Arc<Self>, record: &'static ThreadRecord) {
        self.tid.store(record.tid(), Ordering::Relaxed);
        if let Some(cpus) = *self.cpus.lock() {
            machine::run_on(record.tid(), &cpus);
        }
        self.set_record(record);
        record.set_thread(self);
    }

    /// The process that it belongs to.
    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// What has become of it.
    pub fn life(&self) -> Life {
        match self.life.load(Ordering::Acquire) {
            c::ZX_THREAD_STATE_NEW => Life::New,
            c::ZX_THREAD_STATE_RUNNING => Life::Running,
            c::ZX_THREAD_STATE_DYING => Life::Dying,
            _ => Life::Dead,
        }
    }

    /// Whether the calling thread is this one.
    pub fn is_current(&self) -> bool {
        ptr::eq(self.record.load(Ordering::Acquire), ThreadRecord::current())
    }

    /// Linux's number of the thread, while it runs.
    pub fn tid(&self) -> Option<libc::pid_t> {
        match self.tid.load(Ordering::Acquire) {
            0 => None,
            tid => Some(tid),
        }
    }

    pub(super) fn set_record(&self, record: &'static ThreadRecord) {
        self.record
            .store(ptr::from_ref(record).cast_mut(), Ordering::Release);
    }

    /// Its record, while it runs and has made a call.
    pub(super) fn record(&self) -> Option<&'static ThreadRecord> {
        // SAFETY: records stay; this one may be another thread's meanwhile, of
        // which others only see atomics.
        unsafe { self.record.load(Ordering::Acquire).as_ref() }
    }

    /// Its state, one of `ZX_THREAD_STATE_*`.
    pub fn state(&self) -> u32 {
        match self.life() {
            Life::Running => {}
            other => return other as u32,
        }
        if self.stop.in_exception() {
            return c::ZX_THREAD_STATE_BLOCKED_EXCEPTION;
        }
        if self.stop.is_suspended() {
            return c::ZX_THREAD_STATE_SUSPENDED;
        }
        let blocked = self.record().map_or(0, ThreadRecord::blocked_on);
        if blocked == 0 {
            c::ZX_THREAD_STATE_RUNNING
        } else {
            blocked
        }
    }

    /// Where its own exceptions go.
    pub fn exceptions(&self) -> &ExceptionChannel {
        &self.exceptions
    }

    /// The exception that it is in, and the type of the channel that has it;
    /// `None` when it is in none.
    pub fn in_exception(&self) -> Option<(Report, u32)> {
        let exception = &self.exception;
        let stopped = self.stop.in_exception();
        stopped.then(|| (exception.report(), exception.channel_type()))
    }

    /// Its name. While it runs that is what Linux calls it, unless this is
    /// the beginning of a longer one.
    pub fn name(&self) -> Name {
        let mut name = self.name.lock();
        if let Some(tid) = self.tid() {
            let linux = procfs::thread_name(tid);
            let kept = procfs::NAME_LEN.min(name.len());
            if !linux.is_empty() && linux != trimmed(&name[..kept]) {
                *name = name_from(&linux);
            }
        }
        *name
    }

    /// Names it, in Linux too as far as there is room.
    pub fn set_name(&self, name: Name) {
        let mut own = self.name.lock();
        *own = name;
        if let Some(tid) = self.tid() {
            procfs::set_thread_name(tid, trimmed(&name));
        }
    }

    /// Has Linux call the calling thread, which is about to be this one, as it
    /// is called here.
    pub(super) fn tell_linux_the_name(&self) {
        let mut name = *self.name.lock();
        name[procfs::NAME_LEN] = 0;
        // SAFETY: the name ends with a zero; the other arguments are unused.
        unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
    }

    /// How long it has run and waited for a processor, and on which one it
    /// ran last.
    pub fn times(&self) -> ThreadTimes {
        match self.tid() {
            Some(tid) if self.life() < Life::Dead => ThreadTimes::now(tid),
            _ => ThreadTimes {
                runtime_ns: self.total_runtime.load(Ordering::Relaxed),
                queue_ns: self.total_queue_time.load(Ordering::Relaxed),
                processor: None,
            },
        }
    }

    /// The processors that it may run on: all, unless it was told others.
    pub fn cpus(&self) -> CpuMask {
        let told = *self.cpus.lock();
        told.unwrap_or_else(|| {
            let mut all = [0; CPU_WORDS];
            for number in 0..procfs::configured_processors().min(CPU_WORDS * 64) {
                all[number / 64] |= 1 << (number % 64);
            }
            all
        })
    }

    /// Notes the processors that it may run on, and tells Linux while it runs.
    pub fn set_cpus(&self, cpus: CpuMask) {
        *self.cpus.lock() = Some(cpus);
        if let Some(tid) = self.tid() {
            machine::run_on(tid, &cpus);
        }
    }

    /// The borrowed handle of the thread, made when it is first asked for; 0
    /// when the table is full, and for a thread that has ended before.
    pub fn own_handle(self: &Arc<Self>) -> u32 {
        let known = self.own_handle.load(Ordering::Acquire);
        if known != 0 || self.life() > Life::Running {
            return known;
        }
        let handle = crate::object::handle::Handle::new(Arc::clone(self), Thread::DEFAULT_RIGHTS);
        let Ok(value) = super::table::insert(handle) else {
            return 0;
        };
        let first = self
            .own_handle
            .compare_exchange(0, value, Ordering::AcqRel, Ordering::Acquire);
        match first {
            Ok(_) => value,
            Err(other) => {
                // It is live: this thread has just made it.
                let _ = super::table::close(value);
                other
            }
        }
    }

    /// Closes the borrowed handle of a thread that nobody can ask for any
    /// more.
    pub(super) fn close_own_handle(&self) {
        let value = self.own_handle.swap(0, Ordering::AcqRel);
        if value != 0 {
            // A program may have closed what it does not own.
            let _ = super::table::close(value);
        }
    }

    /// The C library's name of it, if somebody asked with that.
    pub(super) fn pthread(&self) -> usize {
        self.pthread.load(Ordering::Relaxed)
    }

    pub(super) fn set_pthread(&self, pthread: usize) {
        self.pthread.store(pthread, Ordering::Relaxed);
    }

    /// Makes a new thread a running one; `BAD_STATE` when it is not new.
    pub(super) fn begin(&self) -> Result {
        self.change_life(Life::New, Life::Running)
            .map_or(Err(Status::BAD_STATE), |_| Ok(()))
    }

    /// Takes that back: Linux had no thread for it.
    pub(super) fn not_begun(&self) {
        // Nobody else changes it meanwhile.
        let _ = self.change_life(Life::Running, Life::New);
        self.update_signals();
    }

    fn change_life(&self, from: Life, to: Life) -> std::result::Result<u32, u32> {
        self.life
            .compare_exchange(from as u32, to as u32, Ordering::AcqRel, Ordering::Acquire)
    }

    /// The thread has run its last destructors, or does not come that far.
    /// The thread calls this `by_itself`, or whoever sees that Linux has
    /// forgotten it.
    pub(super) fn ended(self: &Arc<Self>, by_itself: bool) {
        if self.change_life(Life::Running, Life::Dying).is_err() {
            return;
        }
        if by_itself && exception::are_wanted() && self.process.debugger().is_bound() {
            self.tell_of_exit();
        }
        self.exceptions.close();
        let times = self.times();
        self.total_runtime
            .store(times.runtime_ns, Ordering::Relaxed);
        self.total_queue_time
            .store(times.queue_ns, Ordering::Relaxed);
        // The last thing that Linux tells of it.
        let _ = self.name();
        self.process.threads().remove(self);
        self.tid.store(0, Ordering::Release);
        self.record.store(ptr::null_mut(), Ordering::Release);
        self.life.store(Life::Dead as u32, Ordering::Release);
        self.update_signals();
    }

    /// Lets the debugger see the thread's end.
    fn tell_of_exit(self: &Arc<Self>) {
        let report = Report::synthetic(ZX_EXCP_THREAD_EXITING, 0, 0);
        self.raise(report, &mut machine_context::of_nothing());
    }

    /// Does what the thread cannot do while it stands still.
    pub(super) fn attend(self: &Arc<Self>) {
        self.update_signals();
        self.begin_to_ask();
    }

    /// Makes the signals tell what has become of the thread.
    pub(super) fn update_signals(&self) {
        const ALL: u32 = ZX_THREAD_RUNNING | ZX_THREAD_SUSPENDED | ZX_THREAD_TERMINATED;
        let mut list = self.observers.lock();
        let now = match self.life() {
            Life::New => 0,
            Life::Running if self.stop.is_suspended() => ZX_THREAD_SUSPENDED,
            Life::Running | Life::Dying => ZX_THREAD_RUNNING,
            Life::Dead => ZX_THREAD_TERMINATED,
        };
        self.base.hold_locked();
        let fired = self.base.update_locked(&mut list, ALL & !now, now);
        drop(list);
        drop(fired);
    }
}

/// A name without the zeros at its end.
fn trimmed(name: &[u8]) -> &[u8] {
    let end = name.iter().position(|&byte| byte == 0);
    &name[..end.unwrap_or(name.len())]
}

// SPDX-License-Identifier: MIT
//! What the library keeps for each thread: one record, found through one
//! thread-local pointer. A thread gets it with its first call, or from another
//! thread before that.
//!
//! Records are never given back to the allocator. That of a thread which has
//! run its last destructors rests until Linux no longer knows the thread:
//! destructors that come even later still find it.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicI32, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, Ordering, compiler_fence,
};

use nix::libc;
use parking_lot::Mutex;

use super::exception::Report;
use super::futex::Waiter as FutexWaiter;
use super::machine_context::{self, General};
use super::process::Process;
use super::thread::Thread;
use super::{signals, start, table};
use crate::object::Object;
use crate::object::port::PortWaiter;
use crate::object::wait::Waiter;
use crate::reason;
use crate::sys::spin::AdaptiveSpin;
use crate::sys::thread::without_signals;
use crate::sys::{clock, futex, spin};

use crate::uapi::exception::ZX_EXCP_POLICY_ERROR;

mod object;
mod pool;

use object::ObjectCell;

/// Nobody's.
const FREE: u32 = 0;
/// Made for a thread that has not found it yet.
const PREPARED: u32 = 3;
/// Its thread has found it.
const IN_USE: u32 = 1;
/// Its thread has run its last destructors.
const ENDED: u32 = 2;

/// Added to the number of a thread whose VCPU is about to go.
const LEAVING: u64 = 1 << 63;

/// How long another thread may take in a call on a VCPU that goes with it. It
/// only takes longer when somebody has stopped the thread.
const LONGEST_CALL_NS: i64 = 10_000_000_000;
/// How long a thread sleeps that nobody may wake.
const LOOK_AGAIN_NS: i64 = 1_000_000;

/// The record of one thread. Apart from the atomics, only its thread uses it.
#[repr(align(128))]
pub struct ThreadRecord {
    /// Unique among all threads of all times.
    number: Cell<u64>,
    /// An address in the frame of the outermost call that the thread is in, or
    /// 0.
    call: Cell<usize>,
    /// Not 0 while the thread is to stop; its own signal handler sets it.
    pub(super) asked: AtomicU32,
    /// Not 0 when there is more to do after the present call.
    changed: Cell<u32>,
    /// The [`BlockedOn`](super::sleep::BlockedOn) while the thread sleeps.
    pub(super) blocked_on: AtomicU32,
    /// What makes `KVM_RUN` return at once, while the thread is about to call
    /// it or in it, or null.
    exit_flag: Cell<*const AtomicU8>,
    /// With which registers it goes on after the call, if others than those
    /// that the call gives back.
    after_call: Cell<Option<General>>,
    /// What a policy of the job has against the present call.
    policy_error: Cell<Option<Report>>,
    /// How long the thread watches for what it waits for.
    pub spin: Cell<AdaptiveSpin>,
    /// What it sleeps on while it waits for signals.
    pub waiter: Cell<Option<Waiter>>,
    /// Where it gets its packets.
    pub port_waiter: Cell<Option<Arc<PortWaiter>>>,
    /// What it is in the queues of futexes.
    pub futex_waiter: Cell<Option<Arc<FutexWaiter>>>,
    /// Objects that lost their last handle while another object's last-handle
    /// action runs: a channel full of channels is torn down in a loop, not by
    /// recursion.
    pub dying: RefCell<Option<VecDeque<Object>>>,
    /// Where the library's stack of a thread that it started ends while the
    /// program's code runs, or 0.
    pub(super) host_stack: Cell<usize>,
    /// The thread's object, once somebody has asked for it.
    thread: ObjectCell,
    /// The number of the thread that has a VCPU, or 0; with `LEAVING` while
    /// nobody has a handle to the VCPU, and only calls still use it.
    vcpu: AtomicU64,
    /// Changes when the thread may have a VCPU again.
    vcpus_left: AtomicU32,
    /// Whether the thread is using its VCPU: a signal handler must not.
    pub vcpu_in_use: AtomicBool,
    /// How often the thread's destructors have run.
    rounds: Cell<libc::c_int>,
    state: AtomicU32,
    tid: AtomicI32,
    /// The next record in a list of the pool.
    next: AtomicPtr<ThreadRecord>,
}

// SAFETY: other threads use the atomics only; the cells belong to the thread
// that attached the record, and to nobody while it is free.
unsafe impl Sync for ThreadRecord {}

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

impl ThreadRecord {
    const fn new() -> ThreadRecord {
        ThreadRecord {
            number: Cell::new(0),
            call: Cell::new(0),
            asked: AtomicU32::new(0),
            changed: Cell::new(0),
            blocked_on: AtomicU32::new(0),
            exit_flag: Cell::new(ptr::null()),
            after_call: Cell::new(None),
            policy_error: Cell::new(None),
            spin: Cell::new(AdaptiveSpin::NEW),
            waiter: Cell::new(None),
            port_waiter: Cell::new(None),
            futex_waiter: Cell::new(None),
            dying: RefCell::new(None),
            host_stack: Cell::new(0),
            thread: ObjectCell::new(),
            vcpu: AtomicU64::new(0),
            vcpus_left: AtomicU32::new(0),
            vcpu_in_use: AtomicBool::new(false),
            rounds: Cell::new(0),
            state: AtomicU32::new(FREE),
            tid: AtomicI32::new(0),
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The record of the calling thread; `None` when there is no memory for
    /// one. Inside a call the thread has one.
    #[inline]
    pub fn attached() -> Option<&'static ThreadRecord> {
        // SAFETY: the pointer is null or leads to a record, which stays.
        match unsafe { pointer::get().as_ref() } {
            Some(record) => Some(record),
            None => attach(),
        }
    }

    /// The record of the calling thread if it has one by now. Takes no lock and
    /// no memory.
    #[inline]
    pub fn known() -> Option<&'static ThreadRecord> {
        // SAFETY: the pointer is null or leads to a record, which stays.
        unsafe { pointer::get().as_ref() }
    }

    /// The record of the calling thread.
    #[inline]
    pub fn current() -> &'static ThreadRecord {
        loop {
            match ThreadRecord::attached() {
                Some(record) => return record,
                // Not inside a call: there the thread has one.
                None => std::thread::yield_now(),
            }
        }
    }

    /// A number that no other thread has or had. Who runs together mostly has
    /// different ones, also when they are taken modulo a small number.
    #[inline]
    pub fn number(&self) -> u64 {
        self.number.get()
    }

    /// The same, to choose one of a few.
    #[inline]
    pub fn stripe(&self) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "any part of it will do")]
        let stripe = self.number.get() as usize;
        stripe
    }

    /// The process whose calls the thread makes.
    #[inline]
    pub fn process(&self) -> &'static Arc<Process> {
        Process::this()
    }

    /// Linux's number of the thread.
    pub fn tid(&self) -> libc::pid_t {
        self.tid.load(Ordering::Relaxed)
    }

    /// Takes the thread for a VCPU; false when it has one.
    pub fn claim_vcpu(&self) -> bool {
        let claimed =
            self.vcpu
                .compare_exchange(0, self.number(), Ordering::AcqRel, Ordering::Relaxed);
        claimed.is_ok()
    }

    /// Notes that nobody has a handle any more to the VCPU of the thread that
    /// had this number; from any thread.
    pub fn note_vcpu_leaving(&self, number: u64) {
        // Fails when the record is another thread's meanwhile.
        let leaving = number | LEAVING;
        let _ = (self.vcpu).compare_exchange(number, leaving, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Ends the claim of the thread that had this number; from any thread.
    pub fn release_vcpu(&self, number: u64) {
        let release = |claim| (claim & !LEAVING == number).then_some(0);
        let released = self
            .vcpu
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, release);
        if released.is_ok_and(|claim| claim & LEAVING != 0) {
            self.vcpus_left.fetch_add(1, Ordering::Release);
            futex::wake(&self.vcpus_left, i32::MAX);
        }
    }

    /// Waits for calls of other threads on the calling thread's VCPU if nobody
    /// has a handle to it any more. They are short.
    pub fn wait_vcpu_left(&self) {
        // In a signal handler, the thread's own call may be the last.
        let leaving = || self.vcpu.load(Ordering::Acquire) & LEAVING != 0;
        if !leaving() || self.vcpu_in_use.load(Ordering::Relaxed) {
            return;
        }
        let deadline = clock::monotonic_ns().saturating_add(LONGEST_CALL_NS);
        while leaving() && !futex::expired(deadline) {
            // What a kick has left to others may be just that VCPU.
            table::reclaim_left();
            let soon = clock::monotonic_ns().saturating_add(LOOK_AGAIN_NS);
            self.wait_unstopped(&self.vcpus_left, soon.min(deadline), || !leaving());
        }
    }

    /// Runs the body of a call, whose frame is at this address, and returns
    /// its status. A thread that is to stop meanwhile does so before the call
    /// gives back, unless it has stopped in there.
    #[inline]
    pub fn in_call(&'static self, frame: usize, body: impl FnOnce() -> i32) -> i32 {
        if self.call.get() != 0 {
            // A signal handler of the program that has interrupted a call.
            return body();
        }
        self.call.set(frame);
        let status = if self.host_stack.get() == 0 {
            body()
        } else {
            // SAFETY: the thread was started by the library and is in the
            // program's code, since it is in no other call.
            unsafe { start::on_host_stack(self, body) }
        };
        self.call.set(0);
        // From here on the signal handler stops the thread itself.
        compiler_fence(Ordering::SeqCst);
        if (self.asked.load(Ordering::Relaxed) | self.changed.get()) != 0 {
            self.leave_call(frame, status);
        }
        status
    }

    #[cold]
    fn leave_call(&'static self, frame: usize, status: i32) {
        self.call.set(frame);
        let stop = || {
            self.stop_here();
            self.raise_policy_error();
            0
        };
        if self.host_stack.get() == 0 {
            stop();
        } else {
            // SAFETY: as in `in_call`.
            unsafe { start::on_host_stack(self, stop) };
        }
        self.call.set(0);
        self.changed.set(0);
        if let Some(registers) = self.after_call.take() {
            machine_context::continue_after_call(&registers, status);
        }
    }

    /// Has the present call raise `ZX_EXCP_POLICY_ERROR` before it gives back,
    /// with this code and these data.
    pub fn note_policy_error(&self, code: u32, data: u32) {
        let report = Report::synthetic(ZX_EXCP_POLICY_ERROR, code, data);
        self.policy_error.set(Some(report));
        self.changed.set(1);
    }

    fn raise_policy_error(&'static self) {
        if let Some(report) = self.policy_error.take() {
            self.raise_in_call(&Thread::current(self), report);
        }
    }

    /// An address in the frame of the call that the thread is in, or 0.
    pub(super) fn call_frame(&self) -> usize {
        self.call.get()
    }

    /// Whether the thread is to stop as soon as it can.
    #[inline]
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed) != 0
    }

    /// Notes that, in a signal handler of the thread, and gets it out of
    /// `KVM_RUN`.
    pub(super) fn ask_to_stop(&self) {
        self.asked.store(1, Ordering::Relaxed);
        // SAFETY: the thread itself has set this, and takes it back before
        // the page goes.
        if let Some(flag) = unsafe { self.exit_flag.get().as_ref() } {
            flag.store(1, Ordering::Relaxed);
        }
    }

    /// Calls `run`, which enters a guest, unless the thread is to stop: `None`
    /// then. `flag` makes it return at once when it is not 0; it is null or
    /// stays as long as that takes.
    #[inline]
    pub fn in_guest<R>(&self, flag: *const AtomicU8, run: impl FnOnce() -> R) -> Option<R> {
        self.exit_flag.set(flag);
        // The signal handler sets the flag from here on.
        compiler_fence(Ordering::SeqCst);
        let result = (!self.is_asked()).then(run);
        self.exit_flag.set(ptr::null());
        result
    }

    /// The registers with which the thread goes on after the call, if others
    /// than those that it gives back.
    pub(super) fn changed_after_call(&self) -> Option<General> {
        self.after_call.get()
    }

    /// Has the thread go on with these registers when the call is over.
    pub(super) fn change_after_call(&self, registers: General) {
        self.after_call.set(Some(registers));
        self.changed.set(1);
    }

    /// What the thread sleeps for: one of `ZX_THREAD_STATE_BLOCKED_*`, or 0.
    pub(super) fn blocked_on(&self) -> u32 {
        self.blocked_on.load(Ordering::Relaxed)
    }

    /// The thread's object, if somebody has asked for it.
    pub(super) fn thread(&self) -> Option<ManuallyDrop<Arc<Thread>>> {
        self.thread.get()
    }

    /// Stores the thread's object, once; from any thread.
    pub(super) fn set_thread(&self, thread: &Arc<Thread>) {
        self.thread.set(Arc::clone(thread));
        if self.state.load(Ordering::SeqCst) == ENDED {
            thread.ended(false);
        }
    }

    /// The record of the thread that Linux calls so, if it has one.
    pub(super) fn of(tid: libc::pid_t) -> Option<&'static ThreadRecord> {
        pool::find(tid, IN_USE)
    }

    /// Makes the record that of the calling thread.
    fn begin(&self, tid: libc::pid_t) {
        self.state.store(FREE, Ordering::SeqCst);
        self.clear();
        self.thread.clear();
        self.number.set(NEXT_NUMBER.fetch_add(1, Ordering::Relaxed));
        self.tid.store(tid, Ordering::Relaxed);
    }

    /// Makes a record for a thread that has none yet, as far as is known.
    pub(super) fn prepare(tid: libc::pid_t, thread: &Arc<Thread>) -> Option<&'static ThreadRecord> {
        let record = pool::take()?;
        record.begin(tid);
        record.set_thread(thread);
        record.state.store(PREPARED, Ordering::Release);
        pool::note_prepared();
        Some(record)
    }

    /// The record of the calling thread in a signal handler, which may have
    /// interrupted the thread anywhere.
    pub(super) fn of_interrupted() -> Option<&'static ThreadRecord> {
        // SAFETY: takes no arguments and cannot fail.
        let tid = || unsafe { libc::gettid() };
        // SAFETY: the pointer is null or leads to a record, which stays.
        let Some(record) = (unsafe { pointer::get().as_ref() }) else {
            let record = pool::find_prepared(tid())?;
            record.state.store(IN_USE, Ordering::Release);
            pointer::set(record);
            end::watch(record);
            return Some(record);
        };
        if record.thread().is_none() {
            // It made its first call while another was made for it.
            let other = pool::find_prepared(tid())?;
            other.state.store(IN_USE, Ordering::Release);
            record.set_thread(&*other.thread()?);
        }
        Some(record)
    }

    /// Drops what the thread had.
    fn clear(&self) {
        drop(self.waiter.take());
        drop(self.port_waiter.take());
        drop(self.futex_waiter.take());
        self.spin.set(AdaptiveSpin::NEW);
        self.rounds.set(0);
        self.call.set(0);
        self.host_stack.set(0);
        self.asked.store(0, Ordering::Relaxed);
        self.blocked_on.store(0, Ordering::Relaxed);
        self.after_call.set(None);
        self.policy_error.set(None);
        self.changed.set(0);
        self.vcpu.store(0, Ordering::Relaxed);
        self.vcpu_in_use.store(false, Ordering::Relaxed);
    }

    /// The thread has run its last destructors, as far as anybody can tell.
    pub(super) fn end(&'static self) {
        // Who gives it an object from now on sees that it is too late.
        self.state.store(ENDED, Ordering::SeqCst);
        if let Some(thread) = self.thread() {
            thread.ended(true);
        }
        self.clear();
        pool::give_back(self);
    }
}

#[cold]
fn attach() -> Option<&'static ThreadRecord> {
    // SAFETY: takes no arguments and cannot fail.
    let tid = unsafe { libc::gettid() };
    // A signal handler that makes its thread's first call in here would wait
    // for the pool's lock for ever.
    let record = without_signals(|| {
        let record = match pool::find_prepared(tid) {
            Some(record) => record,
            None => {
                let record = pool::take()?;
                record.begin(tid);
                record
            }
        };
        record.state.store(IN_USE, Ordering::Release);
        reason::prepare_thread();
        pointer::set(record);
        end::watch(record);
        Some(record)
    })?;
    // A program that blocks the signal all the same is not interrupted.
    let _ = signals::unblock();
    Some(record)
}

/// Learning of a thread's end.
mod end {
    use super::*;

    /// One more than the key, or 0.
    static KEY: AtomicU32 = AtomicU32::new(0);

    /// How often the C library runs the destructors of a thread at most: the
    /// record is there for all of them that it can be there for.
    const ROUNDS: libc::c_int = 4;

    /// Has `run` called at the end of the calling thread. Without a key the
    /// end is not noticed, and the record not used again.
    pub fn watch(record: &'static ThreadRecord) {
        let key = match KEY.load(Ordering::Acquire) {
            0 => match make_key() {
                Some(key) => key,
                None => return,
            },
            known => known - 1,
        };
        set(key, record);
    }

    fn set(key: libc::pthread_key_t, record: &'static ThreadRecord) -> bool {
        // SAFETY: the key exists; the value is a pointer that stays valid.
        unsafe { libc::pthread_setspecific(key, ptr::from_ref(record).cast()) == 0 }
    }

    fn make_key() -> Option<libc::pthread_key_t> {
        let mut key = 0;
        // SAFETY: the destructor takes what `watch` stores.
        if unsafe { libc::pthread_key_create(&raw mut key, Some(run)) } != 0 {
            return None;
        }
        let first = KEY.compare_exchange(0, key + 1, Ordering::AcqRel, Ordering::Acquire);
        let Err(other) = first else {
            return Some(key);
        };
        // SAFETY: nobody has used the key.
        unsafe { libc::pthread_key_delete(key) };
        Some(other - 1)
    }

    unsafe extern "C" fn run(record: *mut libc::c_void) {
        // SAFETY: `watch` stored a reference to a record, which stays.
        let record: &'static ThreadRecord = unsafe { &*record.cast::<ThreadRecord>() };
        let round = record.rounds.get() + 1;
        record.rounds.set(round);
        let key = KEY.load(Ordering::Acquire) - 1;
        if round >= ROUNDS || !set(key, record) {
            record.end();
        }
    }
}

// Every call asks, and the way in which a shared library reaches its
// thread-local variables otherwise takes longer than a lookup. This way, the
// initial-exec model, takes eight of the bytes that the loader sets aside for
// libraries that are loaded late.
#[cfg(target_arch = "x86_64")]
mod pointer {
    use super::ThreadRecord;

    std::arch::global_asm!(
        ".pushsection .tbss.libzx_thread, \"awT\", @nobits",
        ".balign 8",
        ".globl libzx_thread",
        ".hidden libzx_thread",
        ".type libzx_thread, @object",
        ".size libzx_thread, 8",
        "libzx_thread:",
        ".zero 8",
        ".popsection",
    );

    #[inline]
    pub fn get() -> *const ThreadRecord {
        let record;
        // SAFETY: reads the thread's own variable, which starts as zero.
        unsafe {
            std::arch::asm!(
                "mov {0}, qword ptr [rip + libzx_thread@GOTTPOFF]",
                "mov {0}, qword ptr fs:[{0}]",
                out(reg) record,
                options(nostack, preserves_flags, readonly),
            );
        }
        record
    }

    pub fn set(record: *const ThreadRecord) {
        // SAFETY: writes the thread's own variable.
        unsafe {
            std::arch::asm!(
                "mov {0}, qword ptr [rip + libzx_thread@GOTTPOFF]",
                "mov qword ptr fs:[{0}], {1}",
                out(reg) _,
                in(reg) record,
                options(nostack, preserves_flags),
            );
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod pointer {
    use super::ThreadRecord;
    use std::cell::Cell;

    thread_local! {
        static RECORD: Cell<*const ThreadRecord> = const { Cell::new(std::ptr::null()) };
    }

    pub fn get() -> *const ThreadRecord {
        RECORD.get()
    }

    pub fn set(record: *const ThreadRecord) {
        RECORD.set(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_keeps_a_number_of_its_own() {
        let number = || ThreadRecord::current().number();
        let own = number();
        let other = std::thread::spawn(move || (number(), number())).join();
        let (first, second) = other.unwrap_or((0, 1));
        assert_eq!(first, second);
        assert_ne!(own, first);
        assert_eq!(own, number());
    }

    #[test]
    fn records_of_ended_threads_are_used_again() {
        let record = || ptr::from_ref(ThreadRecord::current()).addr();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1_000 {
            seen.insert(std::thread::spawn(record).join().unwrap_or(0));
        }
        assert!(seen.len() < 500, "{} records", seen.len());
    }
}

// SPDX-License-Identifier: MIT
//! Exceptions (tasks-time-system.md, section 4.3): what stops a thread until
//! somebody has dealt with it.
//!
//! The thread notes what has happened and stands still, wherever that was; the
//! library's own thread makes the message and asks one channel after the
//! other, until an answer ends the exception. An answer is the end of the
//! exception's last handle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::job::Job;
use super::thread::Thread;
use crate::object::base::Base;
use crate::object::channel::Channel;
use crate::object::handle::Handle;
use crate::object::message::Message;
use crate::object::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::spin;
use crate::uapi::exception as c;
use crate::uapi::object::{
    ZX_EXCEPTION_STATE_HANDLED, ZX_EXCEPTION_STATE_THREAD_EXIT, ZX_EXCEPTION_STATE_TRY_NEXT,
    ZX_EXCEPTION_STRATEGY_FIRST_CHANCE, ZX_EXCEPTION_STRATEGY_SECOND_CHANCE,
};
use crate::uapi::types::{ZX_CHANNEL_PEER_CLOSED, ZX_OBJ_TYPE_EXCEPTION};

/// Whether there was ever a channel for exceptions.
static WANTED: AtomicBool = AtomicBool::new(false);

/// Whether somebody may want to know of exceptions. Async-signal-safe.
pub fn are_wanted() -> bool {
    WANTED.load(Ordering::Acquire)
}

/// Where a task's exceptions go, if anywhere.
#[derive(Default)]
pub struct ExceptionChannel(Mutex<Option<Bound>>);

/// A channel, which is closed when this is dropped.
pub struct Bound {
    /// The task's end, whose handle is in no table.
    end: Handle,
    /// What the handles of threads and processes may do that come with
    /// exceptions.
    rights: Rights,
}

impl Bound {
    fn end(&self) -> Option<&Arc<Channel>> {
        use crate::object::Typed;
        Channel::of(self.end.object())
    }

    fn is_live(&self) -> bool {
        self.end.object().base().signals() & ZX_CHANNEL_PEER_CLOSED == 0
    }
}

impl ExceptionChannel {
    /// Binds a new channel, with the rights of the task's handle, and gives
    /// back the program's end. `ALREADY_BOUND` when there is one whose other
    /// end is open.
    pub fn bind(&self, rights: Rights) -> Result<Handle> {
        let (own, other) = Channel::pair();
        let own = Handle::new(own, Rights::NONE);
        let other = Handle::new(other, Rights::EXCEPTION_CHANNEL);
        let mut bound = spin::lock(&self.0);
        if bound.as_ref().is_some_and(Bound::is_live) {
            drop(bound);
            return Err(Status::ALREADY_BOUND);
        }
        let old = bound.replace(Bound { end: own, rights });
        drop(bound);
        drop(old);
        WANTED.store(true, Ordering::Release);
        Ok(other)
    }

    /// Whether a channel is bound whose other end is open.
    pub fn is_bound(&self) -> bool {
        spin::lock(&self.0).as_ref().is_some_and(Bound::is_live)
    }

    /// The task has ended: closes its end.
    pub fn close(&self) {
        let bound = spin::lock(&self.0).take();
        drop(bound);
    }

    /// The same, for those who close it later.
    pub(super) fn take(&self) -> Option<Bound> {
        spin::lock(&self.0).take()
    }

    fn target(&self) -> Option<(Arc<Channel>, Rights)> {
        let bound = spin::lock(&self.0);
        let bound = bound.as_ref().filter(|bound| bound.is_live())?;
        Some((Arc::clone(bound.end()?), bound.rights))
    }
}

/// Who is asked, in this order.
#[derive(Clone)]
enum Stage {
    Debugger,
    Thread,
    Process,
    /// The debugger, once more.
    SecondChance,
    Job(Arc<Job>),
}

impl Stage {
    fn channel_type(&self) -> u32 {
        match self {
            Stage::Debugger | Stage::SecondChance => c::ZX_EXCEPTION_CHANNEL_TYPE_DEBUGGER,
            Stage::Thread => c::ZX_EXCEPTION_CHANNEL_TYPE_THREAD,
            Stage::Process => c::ZX_EXCEPTION_CHANNEL_TYPE_PROCESS,
            Stage::Job(_) => c::ZX_EXCEPTION_CHANNEL_TYPE_JOB,
        }
    }

    fn target(&self, thread: &Thread) -> Option<(Arc<Channel>, Rights)> {
        let process = thread.process();
        match self {
            Stage::Debugger | Stage::SecondChance => process.debugger().target(),
            Stage::Thread => thread.exceptions().target(),
            Stage::Process => process.exceptions().target(),
            Stage::Job(job) => job.exceptions().target(),
        }
    }

    /// Who comes after it.
    fn next(&self, thread: &Thread, second_chance: bool) -> Option<Stage> {
        let first_job = || Some(Stage::Job(thread.process().job()));
        match self {
            Stage::Debugger => Some(Stage::Thread),
            Stage::Thread => Some(Stage::Process),
            Stage::Process if second_chance => Some(Stage::SecondChance),
            Stage::Process | Stage::SecondChance => first_job(),
            Stage::Job(job) => job.parent().map(Stage::Job),
        }
    }
}

/// What a thread says has happened.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Report {
    /// One of `ZX_EXCP_*`.
    pub exception: u32,
    /// The processor's number of the event,
    pub vector: u64,
    /// its error code,
    pub error: u64,
    /// and the address that was touched.
    pub address: u64,
    /// More about a synthetic exception.
    pub code: u32,
    /// And more.
    pub data: u32,
}

impl Report {
    /// A synthetic exception.
    pub fn synthetic(exception: u32, code: u32, data: u32) -> Report {
        Report {
            exception,
            code,
            data,
            ..Report::default()
        }
    }

    /// Whether only debuggers are told.
    fn is_of_life(&self) -> bool {
        matches!(
            self.exception,
            c::ZX_EXCP_THREAD_STARTING | c::ZX_EXCP_THREAD_EXITING
        )
    }
}

/// How an exception ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Outcome {
    /// The thread goes on.
    Handled = 1,
    /// Nobody dealt with it.
    Unhandled = 2,
    /// The thread is to exit.
    Exit = 3,
}

/// A thread's exception, as the thread notes it without locks, and as it is
/// dealt with.
#[derive(Default)]
pub struct Exceptions {
    noted: Noted,
    active: Mutex<Option<Active>>,
    channel_type: AtomicU32,
}

#[derive(Default)]
struct Noted {
    exception: AtomicU32,
    code: AtomicU32,
    data: AtomicU32,
    outcome: AtomicU32,
    vector: AtomicU64,
    error: AtomicU64,
    address: AtomicU64,
}

struct Active {
    stage: Stage,
    second_chance: bool,
    /// Whether the debuggers alone are asked.
    of_life: bool,
}

impl Exceptions {
    /// Notes what has happened, in the thread itself. Async-signal-safe.
    pub(super) fn note(&self, report: Report) {
        let noted = &self.noted;
        noted.exception.store(report.exception, Ordering::Relaxed);
        noted.code.store(report.code, Ordering::Relaxed);
        noted.data.store(report.data, Ordering::Relaxed);
        noted.vector.store(report.vector, Ordering::Relaxed);
        noted.error.store(report.error, Ordering::Relaxed);
        noted.address.store(report.address, Ordering::Relaxed);
        noted.outcome.store(0, Ordering::Release);
    }

    /// What the thread has noted.
    pub(super) fn report(&self) -> Report {
        let noted = &self.noted;
        Report {
            exception: noted.exception.load(Ordering::Relaxed),
            vector: noted.vector.load(Ordering::Relaxed),
            error: noted.error.load(Ordering::Relaxed),
            address: noted.address.load(Ordering::Relaxed),
            code: noted.code.load(Ordering::Relaxed),
            data: noted.data.load(Ordering::Relaxed),
        }
    }

    /// How it ended, for the thread itself.
    pub(super) fn outcome(&self) -> Outcome {
        match self.noted.outcome.load(Ordering::Acquire) {
            1 => Outcome::Handled,
            3 => Outcome::Exit,
            _ => Outcome::Unhandled,
        }
    }

    /// Which channel is asked, one of `ZX_EXCEPTION_CHANNEL_TYPE_*`.
    pub(super) fn channel_type(&self) -> u32 {
        self.channel_type.load(Ordering::Relaxed)
    }
}

impl Thread {
    /// Begins to ask about an exception that the thread has noted, unless that
    /// has begun.
    pub(super) fn begin_to_ask(self: &Arc<Self>) {
        let mut active = spin::lock(&self.exception.active);
        if active.is_some() || !self.stop.in_exception() {
            return;
        }
        let of_life = self.exception.report().is_of_life();
        *active = Some(Active {
            stage: Stage::Debugger,
            second_chance: false,
            of_life,
        });
        drop(active);
        self.ask(Stage::Debugger);
    }

    /// Asks whoever comes first from this stage on; ends the exception when
    /// there is nobody.
    fn ask(self: &Arc<Self>, first: Stage) {
        let mut stage = Some(first);
        while let Some(asked) = stage {
            if let Some((channel, rights)) = asked.target(self)
                && self.ask_at(&asked, &channel, rights).is_ok()
            {
                return;
            }
            stage = self.stage_after(&asked);
        }
        self.end_exception(Outcome::Unhandled);
    }

    fn stage_after(&self, asked: &Stage) -> Option<Stage> {
        let active = spin::lock(&self.exception.active);
        let active = active.as_ref()?;
        if active.of_life {
            return None;
        }
        asked.next(self, active.second_chance)
    }

    fn ask_at(self: &Arc<Self>, stage: &Stage, channel: &Channel, rights: Rights) -> Result {
        let report = self.exception.report();
        let exception = Arc::new(Exception {
            base: Base::new(0),
            thread: Arc::clone(self),
            channel_type: stage.channel_type(),
            rights,
            state: AtomicU32::new(ZX_EXCEPTION_STATE_TRY_NEXT),
            strategy: AtomicU32::new(ZX_EXCEPTION_STRATEGY_FIRST_CHANCE),
            phase: AtomicU32::new(SENDING),
        });
        let mut message = Message::new(size_of::<c::zx_exception_info_t>())?;
        let bytes = message.bytes_mut();
        bytes[..8].copy_from_slice(&self.process().base().koid().to_ne_bytes());
        bytes[8..16].copy_from_slice(&self.base().koid().to_ne_bytes());
        bytes[16..20].copy_from_slice(&report.exception.to_ne_bytes());
        message.reserve_handles(1);
        message.push(Handle::new(
            Arc::clone(&exception),
            Exception::DEFAULT_RIGHTS,
        ));
        if let Some(active) = spin::lock(&self.exception.active).as_mut() {
            active.stage = stage.clone();
        }
        self.exception
            .channel_type
            .store(stage.channel_type(), Ordering::Relaxed);
        let sent = channel.write(message);
        let early = exception.phase.swap(SENT, Ordering::AcqRel) == ANSWERED;
        if sent.is_ok() && early {
            self.answered(exception.state(), exception.strategy());
        }
        sent
    }

    /// An answer: the exception of the present stage is over.
    fn answered(self: &Arc<Self>, state: u32, strategy: u32) {
        let next = match state {
            ZX_EXCEPTION_STATE_HANDLED => return self.end_exception(Outcome::Handled),
            ZX_EXCEPTION_STATE_THREAD_EXIT => return self.end_exception(Outcome::Exit),
            _ => {
                let mut active = spin::lock(&self.exception.active);
                let Some(active) = active.as_mut() else {
                    return;
                };
                if matches!(active.stage, Stage::Debugger) {
                    active.second_chance = strategy == ZX_EXCEPTION_STRATEGY_SECOND_CHANCE;
                }
                active.stage.clone()
            }
        };
        match self.stage_after(&next) {
            Some(stage) => self.ask(stage),
            None => self.end_exception(Outcome::Unhandled),
        }
    }

    /// Lets the thread go on. It takes no lock that a stopped thread can have.
    fn end_exception(&self, outcome: Outcome) {
        let over = spin::lock(&self.exception.active).take();
        self.exception
            .channel_type
            .store(c::ZX_EXCEPTION_CHANNEL_TYPE_NONE, Ordering::Relaxed);
        self.exception
            .noted
            .outcome
            .store(outcome as u32, Ordering::Release);
        self.stop.end_exception();
        self.update_signals();
        drop(over);
    }
}

/// An exception: who has it decides what becomes of the thread.
pub struct Exception {
    base: Base,
    thread: Arc<Thread>,
    channel_type: u32,
    rights: Rights,
    state: AtomicU32,
    strategy: AtomicU32,
    phase: AtomicU32,
}

/// It is being sent: whether its last handle ends because that fails is not
/// known yet.
const SENDING: u32 = 0;
/// Its last handle ended meanwhile.
const ANSWERED: u32 = 1;
/// It has been sent.
const SENT: u32 = 2;

impl KernelObject for Exception {
    const TYPE: ObjectType = ZX_OBJ_TYPE_EXCEPTION;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_EXCEPTION;

    fn base(&self) -> &Base {
        &self.base
    }

    fn on_zero_handles(self: &Arc<Self>) {
        let early =
            self.phase
                .compare_exchange(SENDING, ANSWERED, Ordering::AcqRel, Ordering::Acquire);
        if early.is_err() {
            self.thread.answered(self.state(), self.strategy());
        }
    }
}

impl Exception {
    /// What happens when it is closed, one of `ZX_EXCEPTION_STATE_*`.
    pub fn state(&self) -> u32 {
        self.state.load(Ordering::Relaxed)
    }

    /// Decides that; `INVALID_ARGS` for an unknown one.
    pub fn set_state(&self, state: u32) -> Result {
        if state > ZX_EXCEPTION_STATE_THREAD_EXIT {
            return Err(Status::INVALID_ARGS);
        }
        self.state.store(state, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the debugger is asked once more after the process, one of
    /// `ZX_EXCEPTION_STRATEGY_*`.
    pub fn strategy(&self) -> u32 {
        self.strategy.load(Ordering::Relaxed)
    }

    /// Decides that. `BAD_STATE` unless the debugger of the process has the
    /// exception, `INVALID_ARGS` for an unknown one.
    pub fn set_strategy(&self, strategy: u32) -> Result {
        if strategy > ZX_EXCEPTION_STRATEGY_SECOND_CHANCE {
            return Err(Status::INVALID_ARGS);
        }
        if self.channel_type != c::ZX_EXCEPTION_CHANNEL_TYPE_DEBUGGER {
            return Err(Status::BAD_STATE);
        }
        self.strategy.store(strategy, Ordering::Relaxed);
        Ok(())
    }

    /// A handle to the thread.
    pub fn thread(&self) -> Handle {
        let rights = self.rights.intersection(Rights::DEFAULT_THREAD);
        Handle::new(Arc::clone(&self.thread), rights)
    }

    /// A handle to its process; `ACCESS_DENIED` when the exception came
    /// through the thread's own channel.
    pub fn process(&self) -> Result<Handle> {
        if self.channel_type == c::ZX_EXCEPTION_CHANNEL_TYPE_THREAD {
            return Err(Status::ACCESS_DENIED);
        }
        let rights = self.rights.intersection(Rights::DEFAULT_PROCESS);
        Ok(Handle::new(Arc::clone(self.thread.process()), rights))
    }
}

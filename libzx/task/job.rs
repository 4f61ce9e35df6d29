// SPDX-License-Identifier: MIT
//! Jobs (tasks-time-system.md, section 3): a tree, whose leaves are processes.
//!
//! The tree has one lock, which every change of it holds; each job's members
//! have another one, for those who only look. What a change sets off, wake-ups
//! and the ends of address spaces, happens after the tree is unlocked, in its
//! order.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::{Mutex, MutexGuard};

use super::exception::{Bound, ExceptionChannel};
use super::policy::Policy;
use super::process::{Process, RetCode};
use crate::object::base::{Base, Fired, Koid, ObserverGuard, SignalLock, Signals};
use crate::object::resource::{Name, name_from};
use crate::object::vmar::Vmar;
use crate::object::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::types::{ZX_JOB_NO_JOBS, ZX_JOB_NO_PROCESSES, ZX_JOB_TERMINATED, ZX_OBJ_TYPE_JOB};

/// How many jobs can be below the root, one in the other.
const ROOT_HEIGHT: u32 = 32;

/// Takes part in it.
const READY: u32 = 0;
/// Was killed, and still has members.
const KILLED: u32 = 1;
/// Has left the tree.
const DEAD: u32 = 2;

/// A job.
pub struct Job {
    base: Base,
    observers: SignalLock,
    exceptions: ExceptionChannel,
    debugger: ExceptionChannel,
    parent: Option<Arc<Job>>,
    /// How many jobs can be below it, one in the other.
    height: u32,
    /// Changes with the tree locked.
    life: AtomicU32,
    return_code: AtomicI64,
    name: Mutex<Name>,
    kill_on_oom: AtomicBool,
    members: Mutex<Members>,
}

struct Members {
    jobs: Vec<Weak<Job>>,
    processes: Vec<Weak<Process>>,
    policy: Policy,
}

static TREE: Mutex<()> = Mutex::new(());

/// The tree, locked, and what is to be done when it is unlocked.
pub(super) struct Tree {
    after: After,
    _lock: MutexGuard<'static, ()>,
}

/// What a change of the tree sets off.
#[derive(Default)]
pub(super) struct After {
    fired: Vec<Fired>,
    spaces: Vec<Arc<Vmar>>,
    jobs: Vec<Arc<Job>>,
    processes: Vec<Arc<Process>>,
    channels: Vec<Bound>,
    /// The calling process is to end.
    leave: Option<RetCode>,
}

impl Tree {
    /// Locks it.
    pub fn lock() -> Tree {
        Tree {
            after: After::default(),
            _lock: TREE.lock(),
        }
    }

    /// Has observers told later.
    pub fn tell(&mut self, fired: Fired) {
        if !fired.is_empty() {
            self.after.fired.push(fired);
        }
    }

    /// Ends an address space later.
    pub fn end_space(&mut self, root: &Arc<Vmar>) {
        self.after.spaces.push(Arc::clone(root));
    }

    /// Closes channels for exceptions later: their task is dead.
    pub fn end_channels(&mut self, channels: [&ExceptionChannel; 2]) {
        let bound = channels.into_iter().filter_map(ExceptionChannel::take);
        self.after.channels.extend(bound);
    }

    /// Ends the calling process later.
    pub fn leave_with(&mut self, code: RetCode) {
        self.after.leave.get_or_insert(code);
    }

    /// Unlocks it and does what there is to do. Does not return when the
    /// calling process is to end.
    pub fn unlock(self) {
        let Tree { after, _lock } = self;
        drop(_lock);
        for root in &after.spaces {
            root.teardown();
        }
        for fired in after.fired {
            drop(fired);
        }
        drop((after.processes, after.jobs));
        if let Some(code) = after.leave {
            Process::this().leave_with(code);
        }
    }
}

impl KernelObject for Job {
    const TYPE: ObjectType = ZX_OBJ_TYPE_JOB;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_JOB;

    fn base(&self) -> &Base {
        &self.base
    }

    fn related_koid(&self) -> Koid {
        self.parent.as_ref().map_or(0, |parent| parent.base.koid())
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }

    fn on_zero_handles(self: &Arc<Self>) {
        let mut tree = Tree::lock();
        self.die_if_unused(&mut tree);
        tree.unlock();
    }
}

impl Job {
    fn with(parent: Option<&Arc<Job>>, height: u32, name: Name, policy: Policy) -> Arc<Job> {
        Arc::new(Job {
            base: Base::new(ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES),
            observers: SignalLock::default(),
            exceptions: ExceptionChannel::default(),
            debugger: ExceptionChannel::default(),
            parent: parent.cloned(),
            height,
            life: AtomicU32::new(READY),
            return_code: AtomicI64::new(0),
            name: Mutex::new(name),
            kill_on_oom: AtomicBool::new(false),
            members: Mutex::new(Members {
                jobs: Vec::new(),
                processes: Vec::new(),
                policy,
            }),
        })
    }

    /// The root job, in which the program is at first.
    pub fn root() -> &'static Arc<Job> {
        static ROOT: OnceLock<Arc<Job>> = OnceLock::new();
        ROOT.get_or_init(|| Job::with(None, ROOT_HEIGHT, name_from(b"root"), Policy::FREE))
    }

    /// A job in this one. `OUT_OF_RANGE` when it is too deep for that,
    /// `BAD_STATE` when it was killed or is dead.
    pub fn new_child(self: &Arc<Self>) -> Result<Arc<Job>> {
        let height = self.height.checked_sub(1).ok_or(Status::OUT_OF_RANGE)?;
        let mut tree = Tree::lock();
        self.check_ready()?;
        let mut members = self.members.lock();
        let room = members.jobs.try_reserve(1);
        room.map_err(|_| Status::NO_MEMORY)?;
        let child = Job::with(Some(self), height, Name::default(), members.policy);
        members.jobs.push(Arc::downgrade(&child));
        drop(members);
        self.show(&mut tree, ZX_JOB_NO_JOBS, 0);
        tree.unlock();
        Ok(child)
    }

    /// Where exceptions of its threads go.
    pub fn exceptions(&self) -> &ExceptionChannel {
        &self.exceptions
    }

    /// Where its debugger is told of them first.
    pub fn debugger(&self) -> &ExceptionChannel {
        &self.debugger
    }

    /// The job that it is in.
    pub fn parent(&self) -> Option<Arc<Job>> {
        self.parent.clone()
    }

    /// Whether this is the root job.
    pub fn is_root(&self) -> bool {
        self.parent.is_none()
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

    /// Whether it was killed or is dead.
    pub fn has_exited(&self) -> bool {
        self.life.load(Ordering::Acquire) != READY
    }

    /// What it was killed with, or 0.
    pub fn return_code(&self) -> i64 {
        self.return_code.load(Ordering::Acquire)
    }

    fn check_ready(&self) -> Result {
        if self.has_exited() {
            Err(Status::BAD_STATE)
        } else {
            Ok(())
        }
    }

    /// The jobs in it.
    pub fn jobs(&self) -> Vec<Arc<Job>> {
        let members = self.members.lock();
        members.jobs.iter().filter_map(Weak::upgrade).collect()
    }

    /// The processes in it.
    pub fn processes(&self) -> Vec<Arc<Process>> {
        let members = self.members.lock();
        members.processes.iter().filter_map(Weak::upgrade).collect()
    }

    /// Whether this is another job or one above it.
    pub fn contains(&self, other: &Job) -> bool {
        let mut job = Some(other);
        while let Some(at) = job {
            if std::ptr::eq(at, self) {
                return true;
            }
            job = at.parent.as_deref();
        }
        false
    }

    /// Changes the policy; `BAD_STATE` while it has members.
    pub fn set_policy(&self, change: impl FnOnce(&Policy) -> Result<Policy>) -> Result {
        let tree = Tree::lock();
        let mut members = self.members.lock();
        if !members.jobs.is_empty() || !members.processes.is_empty() {
            return Err(Status::BAD_STATE);
        }
        members.policy = change(&members.policy)?;
        drop(members);
        tree.unlock();
        Ok(())
    }

    /// Its policy.
    pub(super) fn policy(&self) -> Policy {
        self.members.lock().policy
    }

    /// Adds a process. `BAD_STATE` when the job was killed or is dead.
    pub(super) fn add_process(&self, tree: &mut Tree, process: &Arc<Process>) -> Result {
        self.check_ready()?;
        let mut members = self.members.lock();
        let room = members.processes.try_reserve(1);
        room.map_err(|_| Status::NO_MEMORY)?;
        members.processes.push(Arc::downgrade(process));
        drop(members);
        self.show(tree, ZX_JOB_NO_PROCESSES, 0);
        Ok(())
    }

    /// Takes a process out, which is dead or goes to another job.
    pub(super) fn remove_process(self: &Arc<Self>, tree: &mut Tree, process: &Process) {
        let mut members = self.members.lock();
        let gone = |weak: &Weak<Process>| std::ptr::eq(weak.as_ptr(), process);
        members.processes.retain(|weak| !gone(weak));
        let empty = members.processes.is_empty();
        drop(members);
        if empty {
            self.show(tree, 0, ZX_JOB_NO_PROCESSES);
            self.die_if_unused(tree);
        }
    }

    fn show(&self, tree: &mut Tree, clear: Signals, set: Signals) {
        let mut list = self.observers.lock();
        let fired = self.base.update_locked(&mut list, clear, set);
        drop(list);
        tree.tell(fired);
    }

    /// Has a job without members die that was killed, or that nobody can put
    /// anything into any more.
    fn die_if_unused(self: &Arc<Self>, tree: &mut Tree) {
        let mut job = self;
        loop {
            let members = job.members.lock();
            let empty = members.jobs.is_empty() && members.processes.is_empty();
            drop(members);
            let life = job.life.load(Ordering::Acquire);
            let wanted = life == READY && job.base.handle_count() != 0;
            let Some(parent) = &job.parent else { return };
            if !empty || wanted || life == DEAD {
                return;
            }
            job.life.store(DEAD, Ordering::Release);
            tree.end_channels([&job.exceptions, &job.debugger]);
            job.show(tree, 0, ZX_JOB_TERMINATED);
            let mut members = parent.members.lock();
            members
                .jobs
                .retain(|weak| !std::ptr::eq(weak.as_ptr(), Arc::as_ptr(job)));
            let last = members.jobs.is_empty();
            drop(members);
            if !last {
                return;
            }
            parent.show(tree, 0, ZX_JOB_NO_JOBS);
            job = parent;
        }
    }

    /// Kills everything in it, the deepest first, and then the job itself. Does
    /// not return when the calling process is among that.
    pub fn kill(self: &Arc<Self>, code: RetCode) {
        let mut tree = Tree::lock();
        self.kill_locked(&mut tree, code);
        tree.unlock();
    }

    pub(super) fn kill_locked(self: &Arc<Self>, tree: &mut Tree, code: RetCode) {
        self.mark(tree, code);
        self.sweep(tree, code);
    }

    /// Nothing can come into it any more, nor into the jobs below.
    fn mark(self: &Arc<Self>, tree: &mut Tree, code: RetCode) {
        if self.life.load(Ordering::Acquire) == READY {
            self.life.store(KILLED, Ordering::Release);
            self.return_code.store(code.0, Ordering::Release);
        }
        // No deeper than the tree is high.
        for job in self.jobs() {
            job.mark(tree, code);
            tree.after.jobs.push(job);
        }
    }

    fn sweep(self: &Arc<Self>, tree: &mut Tree, code: RetCode) {
        for job in self.jobs() {
            job.sweep(tree, code);
            tree.after.jobs.push(job);
        }
        for process in self.processes() {
            process.kill_locked(tree, code);
            tree.after.processes.push(process);
        }
        self.die_if_unused(tree);
    }

    /// Calls `make` with the member that has this koid while the tree stands
    /// still: a job found so cannot lose its last handle meanwhile.
    pub fn with_member<T>(&self, koid: Koid, make: impl FnOnce(Member) -> T) -> Result<T> {
        let tree = Tree::lock();
        let jobs = self.jobs().into_iter().map(Member::Job);
        let processes = self.processes().into_iter().map(Member::Process);
        let mut members = jobs.chain(processes);
        let found = members.find(|member| member.koid() == koid);
        let made = found.map(make);
        tree.unlock();
        made.ok_or(Status::NOT_FOUND)
    }
}

/// What is in a job.
pub enum Member {
    /// A job.
    Job(Arc<Job>),
    /// A process.
    Process(Arc<Process>),
}

impl Member {
    fn koid(&self) -> Koid {
        match self {
            Member::Job(job) => job.base.koid(),
            Member::Process(process) => process.base().koid(),
        }
    }
}

// SPDX-License-Identifier: MIT
//! The one process: the program that the library is linked into, and the
//! handles that it has from the start.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use nix::libc;
use parking_lot::Mutex;

use super::exception::ExceptionChannel;
use super::job::{Job, Tree};
use super::policy::Effective;
use super::table::Reserved;
use super::threads::Threads;
use crate::object::base::{Base, Koid, ObserverGuard, SignalLock};
use crate::object::handle::Handle;
use crate::object::resource::{Name, Resource, name_from};
use crate::object::vmar::{At, Vmar};
use crate::object::vmo::Vmo;
use crate::object::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::{clock, file, own_memory};
use crate::uapi::object::ZX_PROCESS_DEBUG_ADDR_BREAK_ON_SET;
use crate::uapi::object::{
    ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL, ZX_TASK_RETCODE_EXCEPTION_KILL,
    ZX_TASK_RETCODE_POLICY_KILL, ZX_TASK_RETCODE_SYSCALL_KILL,
};
use crate::uapi::types::{ZX_CACHE_POLICY_CACHED, ZX_OBJ_TYPE_PROCESS, ZX_PROCESS_TERMINATED};

/// A process.
pub struct Process {
    base: Base,
    observers: SignalLock,
    exceptions: ExceptionChannel,
    debugger: ExceptionChannel,
    start_time_ns: i64,
    root_vmar: Arc<Vmar>,
    threads: Threads,
    labels: Mutex<Labels>,
    job: Mutex<Arc<Job>>,
    policy: Effective,
    /// Changes with the tree of jobs locked.
    life: AtomicU32,
    return_code: AtomicI64,
    critical: Mutex<Option<Critical>>,
}

/// Was made, and nothing of it has run.
const INITIAL: u32 = 0;
/// Is the one that the library is part of.
const RUNNING: u32 = 1;
/// Is no more.
const DEAD: u32 = 2;

/// A job that ends with a process.
struct Critical {
    job: Arc<Job>,
    /// Only if the process fails.
    nonzero: bool,
}

/// What a task ended with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetCode(pub i64);

impl RetCode {
    /// `zx_task_kill`.
    pub const SYSCALL_KILL: RetCode = RetCode(ZX_TASK_RETCODE_SYSCALL_KILL);
    /// Its job's policy.
    pub const POLICY_KILL: RetCode = RetCode(ZX_TASK_RETCODE_POLICY_KILL);
    /// An exception that nobody handled.
    pub const EXCEPTION_KILL: RetCode = RetCode(ZX_TASK_RETCODE_EXCEPTION_KILL);
    /// A process that was critical to the job.
    pub const CRITICAL_PROCESS_KILL: RetCode = RetCode(ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL);
}

/// What a program may write on a process; the loader and debuggers use it.
struct Labels {
    name: Name,
    debug_addr: u64,
    break_on_load: u64,
}

impl KernelObject for Process {
    const TYPE: ObjectType = ZX_OBJ_TYPE_PROCESS;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_PROCESS;

    fn base(&self) -> &Base {
        &self.base
    }

    fn related_koid(&self) -> Koid {
        self.job.lock().base().koid()
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }

    fn on_zero_handles(self: &Arc<Self>) {
        if self.life() != INITIAL {
            return;
        }
        let mut tree = Tree::lock();
        // Somebody may have found it in its job meanwhile.
        if self.base.handle_count() == 0 {
            self.kill_locked(&mut tree, RetCode(0));
        }
        tree.unlock();
    }
}

impl Process {
    /// The process that the library is part of.
    pub fn this() -> &'static Arc<Process> {
        static THIS: OnceLock<Arc<Process>> = OnceLock::new();
        THIS.get_or_init(|| {
            // Without a name for lack of /proc, it has none.
            let comm = file::read_whole(c"/proc/self/comm").unwrap_or_default();
            let name = name_from(comm.trim_ascii_end());
            let (job, root_vmar) = (Job::root(), Vmar::process_root());
            let process = Process::with(job, name, RUNNING, root_vmar);
            let mut tree = Tree::lock();
            // Without memory for that it stands in no list.
            let _ = job.add_process(&mut tree, &process);
            tree.unlock();
            process
        })
    }

    fn with(job: &Arc<Job>, name: Name, life: u32, root_vmar: Arc<Vmar>) -> Arc<Process> {
        Arc::new_cyclic(|this| Process {
            base: Base::new(0),
            observers: SignalLock::default(),
            exceptions: ExceptionChannel::default(),
            debugger: ExceptionChannel::default(),
            start_time_ns: clock::monotonic_ns(),
            root_vmar,
            threads: Threads::new(Weak::clone(this)),
            labels: Mutex::new(Labels {
                name,
                debug_addr: 0,
                break_on_load: 0,
            }),
            job: Mutex::new(Arc::clone(job)),
            policy: Effective::new(job.policy()),
            life: AtomicU32::new(life),
            return_code: AtomicI64::new(0),
            critical: Mutex::new(None),
        })
    }

    /// A process in a job, of which nothing runs. `BAD_STATE` when the job was
    /// killed or is dead.
    pub fn new(job: &Arc<Job>, name: Name) -> Result<Arc<Process>> {
        let process = Process::with(job, name, INITIAL, Vmar::idle_root());
        let mut tree = Tree::lock();
        let added = job.add_process(&mut tree, &process);
        tree.unlock();
        added.map(|()| process)
    }

    fn life(&self) -> u32 {
        self.life.load(Ordering::Acquire)
    }

    /// Where exceptions of its threads go.
    pub fn exceptions(&self) -> &ExceptionChannel {
        &self.exceptions
    }

    /// Where its debugger is told of them first.
    pub fn debugger(&self) -> &ExceptionChannel {
        &self.debugger
    }

    /// The job that it lives in.
    pub fn job(&self) -> Arc<Job> {
        Arc::clone(&self.job.lock())
    }

    /// Whether it is no more.
    pub fn has_exited(&self) -> bool {
        self.life() == DEAD
    }

    /// Whether nothing of it has run yet.
    pub fn is_initial(&self) -> bool {
        self.life() == INITIAL
    }

    /// What it ended with, or 0.
    pub fn return_code(&self) -> i64 {
        self.return_code.load(Ordering::Acquire)
    }

    /// The policy that it lives under.
    pub fn policy(&self) -> &Effective {
        &self.policy
    }

    /// Kills it, unless it is dead. Does not return when it is the calling
    /// process.
    pub fn kill(self: &Arc<Self>, code: RetCode) {
        let mut tree = Tree::lock();
        self.kill_locked(&mut tree, code);
        tree.unlock();
    }

    pub(super) fn kill_locked(self: &Arc<Self>, tree: &mut Tree, code: RetCode) {
        match self.life() {
            DEAD => return,
            RUNNING => return tree.leave_with(code),
            _ => {}
        }
        self.return_code.store(code.0, Ordering::Release);
        self.life.store(DEAD, Ordering::Release);
        tree.end_space(&self.root_vmar);
        tree.end_channels([&self.exceptions, &self.debugger]);
        let mut list = self.observers.lock();
        let fired = self.base.update_locked(&mut list, 0, ZX_PROCESS_TERMINATED);
        drop(list);
        tree.tell(fired);
        let job = Arc::clone(&self.job.lock());
        job.remove_process(tree, self);
        let critical = self.critical.lock().take();
        if let Some(Critical { job, nonzero }) = critical
            && (!nonzero || code.0 != 0)
        {
            job.kill_locked(tree, RetCode::CRITICAL_PROCESS_KILL);
        }
    }

    /// Has a job killed when this process ends, or with `nonzero` only when it
    /// fails. `ALREADY_BOUND` when that is so of a job already, `INVALID_ARGS`
    /// unless the process is in the job or below it.
    pub fn set_critical_to(&self, job: &Arc<Job>, nonzero: bool) -> Result {
        let tree = Tree::lock();
        let mut critical = self.critical.lock();
        let result = if critical.is_some() {
            Err(Status::ALREADY_BOUND)
        } else if !job.contains(&self.job.lock()) {
            Err(Status::INVALID_ARGS)
        } else {
            *critical = Some(Critical {
                job: Arc::clone(job),
                nonzero,
            });
            Ok(())
        };
        drop(critical);
        tree.unlock();
        result
    }

    /// Moves it, which is the calling process, into a job below its own.
    pub fn move_to(self: &Arc<Self>, job: &Arc<Job>) -> Result {
        let mut tree = Tree::lock();
        let old = Arc::clone(&self.job.lock());
        let result = if Arc::ptr_eq(&old, job) || !old.contains(job) {
            Err(Status::INVALID_ARGS)
        } else {
            job.add_process(&mut tree, self)
        };
        if result.is_ok() {
            *self.job.lock() = Arc::clone(job);
            self.policy.replace(job.policy());
            old.remove_process(&mut tree, self);
        }
        tree.unlock();
        result
    }

    /// Copies out of its memory to an address of the program, up to the end of
    /// the mapping at `at`. Returns how much that was.
    pub fn read_memory(&self, at: u64, to: usize, len: usize) -> Result<usize> {
        match self.memory_at(at)? {
            Some((vmo, offset, most)) => {
                let len = usize::try_from(most).map_or(len, |most| len.min(most));
                vmo.read(offset, to, len).map_err(bad_buffer)?;
                Ok(len)
            }
            None => own_memory::read(at, to, len),
        }
    }

    /// Copies into its memory from an address of the program.
    pub fn write_memory(&self, at: u64, from: usize, len: usize) -> Result<usize> {
        match self.memory_at(at)? {
            Some((vmo, offset, most)) => {
                let len = usize::try_from(most).map_or(len, |most| len.min(most));
                vmo.write(offset, from, len).map_err(bad_buffer)?;
                Ok(len)
            }
            None => own_memory::write(at, from, len),
        }
    }

    /// The VMO at an address, which byte of it, and how many of it are mapped
    /// from there on; `None` for memory that is Linux's to read.
    fn memory_at(&self, at: u64) -> Result<Option<(Arc<Vmo>, u64, u64)>> {
        if self.has_exited() {
            return Err(Status::BAD_STATE);
        }
        match self.root_vmar.at(at)? {
            At::Mapping(vmo, offset, len) => {
                if vmo.cache_policy() != ZX_CACHE_POLICY_CACHED {
                    return Err(Status::BAD_STATE);
                }
                let there = vmo.size().saturating_sub(offset).min(len);
                if there == 0 {
                    return Err(Status::NO_MEMORY);
                }
                Ok(Some((vmo, offset, there)))
            }
            At::Nothing if self.is_running() => Ok(None),
            At::Nothing | At::Region => Err(Status::NO_MEMORY),
        }
    }

    /// The root of its address space.
    pub fn root_vmar(&self) -> &Arc<Vmar> {
        &self.root_vmar
    }

    /// Its threads.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Whether its threads run: it is the one that the library is part of.
    pub fn is_running(&self) -> bool {
        self.life() == RUNNING
    }

    /// Leaves the process that the library is part of, without C's `atexit`
    /// functions. Linux tells its parent the low eight bits of the code, and
    /// 255 when those are 0 and the code is not.
    pub fn leave(&self, code: i64) -> ! {
        let low = (code & 0xFF) as i32;
        let status = if low == 0 && code != 0 { 255 } else { low };
        loop {
            // SAFETY: ends the process.
            unsafe { libc::syscall(libc::SYS_exit_group, status) };
        }
    }

    /// The same, with a code of Zircon's own.
    pub fn leave_with(&self, code: RetCode) -> ! {
        self.leave(code.0)
    }

    /// When the library was first asked about the process.
    pub fn start_time_ns(&self) -> i64 {
        self.start_time_ns
    }

    /// Its name.
    pub fn name(&self) -> Name {
        self.labels.lock().name
    }

    /// Sets its name, but not what Linux calls it.
    pub fn set_name(&self, name: Name) {
        self.labels.lock().name = name;
    }

    /// Where debuggers find the loader's list, or 0.
    pub fn debug_addr(&self) -> u64 {
        self.labels.lock().debug_addr
    }

    /// Sets that address once: `INVALID_ARGS` for 0, `ACCESS_DENIED` when it
    /// has been set to anything but the value that asks to break on that.
    pub fn set_debug_addr(&self, address: u64) -> Result {
        if address == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let mut labels = self.labels.lock();
        if labels.debug_addr > ZX_PROCESS_DEBUG_ADDR_BREAK_ON_SET as u64 {
            return Err(Status::ACCESS_DENIED);
        }
        labels.debug_addr = address;
        Ok(())
    }

    /// What the loader is to do after loading.
    pub fn break_on_load(&self) -> u64 {
        self.labels.lock().break_on_load
    }

    /// Sets that wish.
    pub fn set_break_on_load(&self, value: u64) {
        self.labels.lock().break_on_load = value;
    }
}

/// What a VMO says of a program's buffer.
fn bad_buffer(status: Status) -> Status {
    match status {
        Status::NOT_FOUND => Status::INVALID_ARGS,
        other => other,
    }
}

/// Handles that a program borrows: they live as long as the process, unless
/// the program closes what it does not own. Each is made at first use; when
/// the table has no room for it, 0 is returned, and the next use tries again.
pub struct Borrowed {
    value: AtomicU32,
    make: fn() -> Handle,
}

/// The job that the process lives in.
pub static JOB: Borrowed = Borrowed::new(|| {
    // Who looks into the job finds the process there.
    Process::this();
    Handle::new(Job::root().clone(), Job::DEFAULT_RIGHTS)
});
/// The process itself.
pub static PROCESS: Borrowed =
    Borrowed::new(|| Handle::new(Process::this().clone(), Process::DEFAULT_RIGHTS));
/// The root of its address space.
pub static ROOT_VMAR: Borrowed = Borrowed::new(|| {
    let root = Process::this().root_vmar();
    Handle::new(root.clone(), root.handle_rights())
});
/// A resource of kind ROOT.
pub static ROOT_RESOURCE: Borrowed =
    Borrowed::new(|| Handle::new(Resource::root(), Resource::DEFAULT_RIGHTS));

impl Borrowed {
    const fn new(make: fn() -> Handle) -> Borrowed {
        Borrowed {
            value: AtomicU32::new(0),
            make,
        }
    }

    /// Its value, or 0.
    pub fn value(&self) -> u32 {
        match self.value.load(Ordering::Acquire) {
            0 => self.first_use(),
            value => value,
        }
    }

    #[cold]
    fn first_use(&self) -> u32 {
        let Ok(place) = Reserved::new((self.make)()) else {
            return 0;
        };
        // Of several threads that use it first, one makes it; it is live
        // before any other gets to see it.
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock();
        match self.value.load(Ordering::Relaxed) {
            0 => {
                let value = place.commit();
                self.value.store(value, Ordering::Release);
                value
            }
            value => value,
        }
    }
}

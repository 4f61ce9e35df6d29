// SPDX-License-Identifier: MIT
//! The one process: the program that the library is linked into, and the
//! handles that it has from the start.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use nix::libc;
use parking_lot::Mutex;

use super::job::Job;
use super::table::Reserved;
use super::threads::Threads;
use crate::object::base::{Base, Koid, ObserverGuard, SignalLock};
use crate::object::handle::Handle;
use crate::object::resource::{Name, Resource, name_from};
use crate::object::vmar::Vmar;
use crate::object::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::{clock, file};
use crate::uapi::object::ZX_PROCESS_DEBUG_ADDR_BREAK_ON_SET;
use crate::uapi::types::ZX_OBJ_TYPE_PROCESS;

/// A process.
pub struct Process {
    base: Base,
    observers: SignalLock,
    start_time_ns: i64,
    root_vmar: Arc<Vmar>,
    threads: Threads,
    labels: Mutex<Labels>,
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
        Job::root().base().koid()
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }
}

impl Process {
    /// The process that the library is part of.
    pub fn this() -> &'static Arc<Process> {
        static THIS: OnceLock<Arc<Process>> = OnceLock::new();
        THIS.get_or_init(|| {
            // Without a name for lack of /proc, it has none.
            let comm = file::read_whole(c"/proc/self/comm").unwrap_or_default();
            Arc::new_cyclic(|this| Process {
                base: Base::new(0),
                observers: SignalLock::default(),
                start_time_ns: clock::monotonic_ns(),
                root_vmar: Vmar::process_root(),
                threads: Threads::new(Weak::clone(this)),
                labels: Mutex::new(Labels {
                    name: name_from(comm.trim_ascii_end()),
                    debug_addr: 0,
                    break_on_load: 0,
                }),
            })
        })
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
        ptr::eq(self, Arc::as_ptr(Process::this()))
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

/// Handles that a program borrows: they live as long as the process, unless
/// the program closes what it does not own. Each is made at first use; when
/// the table has no room for it, 0 is returned, and the next use tries again.
pub struct Borrowed {
    value: AtomicU32,
    make: fn() -> Handle,
}

/// The job that the process lives in.
pub static JOB: Borrowed = Borrowed::new(|| Handle::new(Job::root().clone(), Job::DEFAULT_RIGHTS));
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

// SPDX-License-Identifier: MIT
//! The one process: the program that the library is linked into, and the
//! handles that it has from the start.

use std::sync::{Arc, OnceLock};

use super::base::{Base, Koid, ObserverGuard, SignalLock};
use super::handle::Handle;
use super::job::Job;
use super::resource::Resource;
use super::vmar::Vmar;
use super::{KernelObject, ObjectType, table};
use crate::abi::types::types::ZX_OBJ_TYPE_PROCESS;
use crate::rights::Rights;

/// A process.
pub struct Process {
    base: Base,
    observers: SignalLock,
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

/// Handles that a program borrows: they live as long as the process, unless
/// the program closes what it does not own.
pub struct Startup {
    /// The job that the process lives in.
    pub job: u32,
    /// The process itself.
    pub process: u32,
    /// The root of its address space.
    pub root_vmar: u32,
    /// A resource of kind ROOT.
    pub root_resource: u32,
}

/// The startup handles, made at first use.
pub fn startup() -> &'static Startup {
    static STARTUP: OnceLock<Startup> = OnceLock::new();
    STARTUP.get_or_init(|| {
        let process = Arc::new(Process {
            base: Base::new(0),
            observers: SignalLock::default(),
        });
        // A table too full for its first handles leaves them invalid, which
        // every call then reports.
        let insert = |handle: Handle| table::insert(handle).unwrap_or(0);
        let root_vmar = Vmar::process_root();
        let vmar_rights = root_vmar.handle_rights();
        Startup {
            job: insert(Handle::new(Job::root().clone(), Job::DEFAULT_RIGHTS)),
            process: insert(Handle::new(process, Process::DEFAULT_RIGHTS)),
            root_vmar: insert(Handle::new(root_vmar, vmar_rights)),
            root_resource: insert(Handle::new(Resource::root(), Resource::DEFAULT_RIGHTS)),
        }
    })
}

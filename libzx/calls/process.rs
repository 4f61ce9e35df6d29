// SPDX-License-Identifier: MIT
//! Handles that a program has from the start (tasks-time-system.md, sections
//! 9.3 and 11).

use std::ffi::c_char;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::job::job_to_fill;
use super::syscall;
use super::user::{USER_END, UserIn, UserOut};
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::resource::{Name, Resource, name_from};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::exit;
use crate::task::Context;
use crate::task::policy::Condition;
use crate::task::process::{JOB, PROCESS, Process, ROOT_RESOURCE, ROOT_VMAR};
use crate::task::thread::{Life, Thread};
use crate::uapi::processargs::PA_RESOURCE;
use crate::uapi::types::{ZX_HANDLE_INVALID, zx_handle_t, zx_status_t, zx_vaddr_t};

/// A borrowed handle of the calling process: never close it.
pub extern "C" fn zx_process_self() -> zx_handle_t {
    PROCESS.value()
}

/// Ends the process at once, with all its threads and without `atexit`
/// functions. Linux tells its parent the low eight bits of the code, and 255
/// when those are 0 and the code is not.
///
/// # Parameters
///
/// * `retcode`: the return code
pub extern "C" fn zx_process_exit(retcode: i64) -> ! {
    exit::now(retcode)
}

/// A borrowed handle of the job that the process lives in: never close it. It
/// is the root job.
pub extern "C" fn zx_job_default() -> zx_handle_t {
    JOB.value()
}

/// A borrowed handle of the root of the process's address space: never close
/// it.
pub extern "C" fn zx_vmar_root_self() -> zx_handle_t {
    ROOT_VMAR.value()
}

/// Takes the startup handle with exactly this id, once; 0 afterwards and for
/// ids without a handle. `PA_HND(PA_RESOURCE, 0)` is the root resource. When
/// the handle table is full the answer is 0 too, and the handle is still
/// there to be taken later.
///
/// # Parameters
///
/// * `hnd_info`: id of the handle, made with `PA_HND`
pub extern "C" fn zx_take_startup_handle(hnd_info: u32) -> zx_handle_t {
    static RESOURCE_TAKEN: AtomicBool = AtomicBool::new(false);
    if hnd_info != PA_RESOURCE || RESOURCE_TAKEN.load(Ordering::Relaxed) {
        return 0;
    }
    let root = Handle::new(Resource::root(), Resource::DEFAULT_RIGHTS);
    match Context::current().reserve(root) {
        Ok(place) if !RESOURCE_TAKEN.swap(true, Ordering::Relaxed) => place.commit(),
        _ => 0,
    }
}

/// A borrowed handle of the root resource, as ported tests expect it: never
/// close it.
pub extern "C" fn get_root_resource() -> zx_handle_t {
    ROOT_RESOURCE.value()
}

/// Makes a new handle of the resource that `zx_guest_create` asks for, with
/// or without KVM: whether guests can run is what `zx_guest_create` answers.
/// The resource grants nothing beyond the Linux permissions of the process.
///
/// # Parameters
///
/// * `out` (out, resource handle): the new handle, rights
///   `ZX_DEFAULT_RESOURCE_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_NO_MEMORY`: there is none for the resource or its handle
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn libzx_get_hypervisor_resource(out: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        cx.publish(
            out,
            Handle::new(Resource::hypervisor()?, Resource::DEFAULT_RIGHTS),
        )
    })
}

/// Makes a process in a job. Nothing of it runs; it has an address space, in
/// which VMOs can be mapped for it.
///
/// # Parameters
///
/// * `job` (job, rights vary): with `ZX_RIGHT_MANAGE_PROCESS` or
///   `ZX_RIGHT_WRITE`
/// * `name` (string of `name_size` bytes): the name, of which 31 bytes are
///   kept
/// * `name_size`: its size
/// * `options`: must be 0
/// * `proc_handle` (out, process handle): the new handle, rights
///   `ZX_DEFAULT_PROCESS_RIGHTS`
/// * `vmar_handle` (out, vmar handle): a handle of the root of its address
///   space
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_ACCESS_DENIED`: the caller's job forbids it
/// * `ZX_ERR_INVALID_ARGS`: `name` is NULL or cannot be read
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `job`
/// * `ZX_ERR_BAD_STATE`: the job was killed or is dead
/// * `ZX_ERR_INVALID_ARGS`: an output cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_process_create(
    job: zx_handle_t,
    name: *const c_char,
    name_size: usize,
    options: u32,
    proc_handle: *mut zx_handle_t,
    vmar_handle: *mut zx_handle_t,
) -> zx_status_t {
    let name = UserIn::new(name.cast::<u8>());
    let outs = (UserOut::new(proc_handle), UserOut::new(vmar_handle));
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.check_policy(Condition::NewProcess)?;
        if name.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        let mut bytes = Name::default();
        let kept = name_size.min(bytes.len());
        name.read_slice(0, &mut bytes[..kept])?;
        let job = job_to_fill(cx, job, Rights::MANAGE_PROCESS)?;
        let process = Process::new(&job, name_from(&bytes[..kept]))?;
        let root = Arc::clone(process.root_vmar());
        let rights = root.handle_rights();
        let process = Handle::new(process, Process::DEFAULT_RIGHTS);
        cx.publish_two((outs.0, process), (outs.1, Handle::new(root, rights)))
    })
}

/// Would start a process. There is one address space only, that of the
/// program, so the process stays as it is.
///
/// # Parameters
///
/// * `handle` (process, `ZX_RIGHT_WRITE`): the process
/// * `thread` (thread, `ZX_RIGHT_WRITE`): its first thread
/// * `entry`: the address where it begins
/// * `stack`: its stack pointer
/// * `arg1` (any handle, `ZX_RIGHT_TRANSFER`, consumed, optional): a handle
///   for the process
/// * `arg2`: a number for the process
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `thread`
/// * `ZX_ERR_ACCESS_DENIED`: a thread of another process
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `arg1`
/// * `ZX_ERR_BAD_STATE`: the process was started or is dead
/// * `ZX_ERR_INVALID_ARGS`: no program can be at `entry`
/// * `ZX_ERR_BAD_STATE`: the thread was started
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: there is no second address space in a Linux process.
pub extern "C" fn zx_process_start(
    handle: zx_handle_t,
    thread: zx_handle_t,
    entry: zx_vaddr_t,
    stack: zx_vaddr_t,
    arg1: zx_handle_t,
    arg2: usize,
) -> zx_status_t {
    let _ = (stack, arg2);
    syscall(|cx| {
        let result = check_start(cx, (handle, thread), entry, arg1);
        if arg1 != ZX_HANDLE_INVALID && cx.is_live(arg1) {
            // Nobody else has closed it, or then it is closed as well.
            let _ = cx.close(arg1);
        }
        result
    })
}

fn check_start(
    cx: &Context,
    (process, thread): (zx_handle_t, zx_handle_t),
    entry: zx_vaddr_t,
    argument: zx_handle_t,
) -> Result {
    let process = cx.get::<Process>(process, Rights::WRITE)?;
    let thread = cx.get::<Thread>(thread, Rights::WRITE)?;
    if !Arc::ptr_eq(thread.process(), &process) {
        return Err(Status::ACCESS_DENIED);
    }
    if argument != ZX_HANDLE_INVALID {
        cx.get_any(argument)?.require(Rights::TRANSFER)?;
    }
    if !process.is_initial() {
        return Err(Status::BAD_STATE);
    }
    if entry != 0 && !(FIRST_ENTRY..USER_END).contains(&entry) {
        return Err(Status::INVALID_ARGS);
    }
    if thread.life() != Life::New {
        return Err(Status::BAD_STATE);
    }
    Err(Status::NOT_SUPPORTED)
}

/// The lowest address that Linux lets programs have.
const FIRST_ENTRY: usize = 0x1_0000;

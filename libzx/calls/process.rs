// SPDX-License-Identifier: MIT
//! Handles that a program has from the start (tasks-time-system.md, sections
//! 9.3 and 11).

use std::sync::atomic::{AtomicBool, Ordering};

use super::syscall;
use super::user::UserOut;
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::resource::Resource;
use crate::sys::exit;
use crate::task::Context;
use crate::task::process::{JOB, PROCESS, ROOT_RESOURCE, ROOT_VMAR};
use crate::uapi::processargs::PA_RESOURCE;
use crate::uapi::types::{zx_handle_t, zx_status_t};

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

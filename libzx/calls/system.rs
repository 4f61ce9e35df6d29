// SPDX-License-Identifier: MIT
//! The machine, the library's version, and what the system tells of its
//! memory.

use super::syscall;
use super::user::UserOut;
use crate::object::handle::Handle;
use crate::object::system_event;
use crate::rights::Rights;
use crate::status::Status;
use crate::sys::{machine, memory};
use crate::task::job::Job;
use crate::uapi::features::{
    ZX_FEATURE_KIND_CPU, ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT, ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT,
    ZX_HAS_CPU_FEATURES,
};
use crate::uapi::string_view::zx_string_view_t;
use crate::uapi::types::{
    ZX_SYSTEM_EVENT_OUT_OF_MEMORY, zx_handle_t, zx_status_t, zx_system_event_type_t,
};

/// The number of processors that run; the same during the whole life of the
/// process.
pub extern "C" fn zx_system_get_num_cpus() -> u32 {
    machine::processor_count()
}

/// The machine's memory in bytes.
pub extern "C" fn zx_system_get_physmem() -> u64 {
    machine::memory_size()
}

/// The size of a page in bytes.
pub extern "C" fn zx_system_get_page_size() -> u32 {
    #[allow(clippy::cast_possible_truncation, reason = "4096")]
    const SIZE: u32 = memory::PAGE as u32;
    SIZE
}

/// The size of a line of the data cache in bytes, a power of two.
pub extern "C" fn zx_system_get_dcache_line_size() -> u32 {
    machine::cache_line_size()
}

/// The version, with the NUL at its end.
pub(super) const VERSION: &str = concat!("libzx-", env!("CARGO_PKG_VERSION"), "\0");

/// The library's version, as a string that ends with NUL and stays valid.
pub extern "C" fn zx_system_get_version_string() -> zx_string_view_t {
    zx_string_view_t {
        c_str: VERSION.as_ptr().cast(),
        length: VERSION.len() - 1,
    }
}

/// Tells what the processor can do.
///
/// # Parameters
///
/// * `kind` (value `ZX_FEATURE_KIND_*`): `ZX_FEATURE_KIND_CPU`, or one of
///   the numbers of debug registers, which are 0
/// * `features` (out): gets the bits, of which x86-64 has only
///   `ZX_HAS_CPU_FEATURES`: ask the CPUID instruction for the rest
///
/// # Errors
///
/// * `ZX_ERR_NOT_SUPPORTED`: unknown `kind`
/// * `ZX_ERR_INVALID_ARGS`: `features` cannot be written
pub extern "C" fn zx_system_get_features(kind: u32, features: *mut u32) -> zx_status_t {
    let out = UserOut::new(features);
    syscall(|_| {
        let value = match kind {
            ZX_FEATURE_KIND_CPU => ZX_HAS_CPU_FEATURES,
            ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT | ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT => 0,
            _ => return Err(Status::NOT_SUPPORTED),
        };
        out.write(&value)
    })
}

/// Makes a handle to the event that tells of one kind of memory shortage. That
/// of `ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL` is always signalled, the others
/// never are.
///
/// # Parameters
///
/// * `root_job` (job, rights vary): the root job, for
///   `ZX_SYSTEM_EVENT_OUT_OF_MEMORY` with `ZX_RIGHT_MANAGE_PROCESS`
/// * `kind` (value `ZX_SYSTEM_EVENT_*`): which event
/// * `event` (out, event handle): the new handle, with the rights to wait, to
///   duplicate and to transfer
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `root_job`
/// * `ZX_ERR_ACCESS_DENIED`: not the root job
/// * `ZX_ERR_INVALID_ARGS`: unknown `kind`
/// * `ZX_ERR_INVALID_ARGS`: `event` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_system_get_event(
    root_job: zx_handle_t,
    kind: zx_system_event_type_t,
    event: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(event);
    syscall(|cx| {
        let rights = match kind {
            ZX_SYSTEM_EVENT_OUT_OF_MEMORY => Rights::MANAGE_PROCESS,
            _ => Rights::NONE,
        };
        if !cx.get::<Job>(root_job, rights)?.is_root() {
            return Err(Status::ACCESS_DENIED);
        }
        let event = system_event::get(kind)?;
        cx.publish(out, Handle::new(event, Rights::DEFAULT_SYSTEM_EVENT))
    })
}

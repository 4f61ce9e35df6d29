// SPDX-License-Identifier: MIT
//! System calls about the system.

use super::syscall;
use super::user::UserOut;
use crate::object::handle::Handle;
use crate::object::system_event;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::job::Job;
use crate::uapi::types::{
    ZX_SYSTEM_EVENT_OUT_OF_MEMORY, zx_handle_t, zx_status_t, zx_system_event_type_t,
};

/// Makes a handle to the event that tells of one kind of memory shortage.
///
/// # Rights
///
/// `root_job`: `ZX_RIGHT_MANAGE_PROCESS` for `ZX_SYSTEM_EVENT_OUT_OF_MEMORY`,
/// none for the other kinds.
///
/// # Errors
///
/// `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`, also when
/// the job is not the root job; `ZX_ERR_INVALID_ARGS`: unknown kind, or
/// `event` cannot be written; `ZX_ERR_NO_MEMORY`.
///
/// # Safety
///
/// Any pointer will do.
///
/// # Differences
///
/// The event of `ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL` is always signalled,
/// the others never.
///
/// Specification: ports.md, section 9.
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

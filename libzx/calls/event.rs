// SPDX-License-Identifier: MIT
//! Event calls (ports.md, section 6).

use super::syscall;
use super::user::UserOut;
use crate::object::KernelObject;
use crate::object::event::Event;
use crate::object::handle::Handle;
use crate::status::Status;
use crate::task::policy::Condition;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes an event without any signal active.
///
/// # Parameters
///
/// * `options`: must be 0
/// * `out` (out, event handle): the new handle, rights `ZX_DEFAULT_EVENT_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_NO_MEMORY`: there is none for the event or its handle
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_event_create(options: u32, out: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.check_policy(Condition::NewEvent)?;
        cx.publish(out, Handle::new(Event::new(0), Event::DEFAULT_RIGHTS))
    })
}

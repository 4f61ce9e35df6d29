// SPDX-License-Identifier: MIT
//! Event calls (ports.md, section 6).

use super::syscall;
use super::user::UserOut;
use crate::object::KernelObject;
use crate::object::event::Event;
use crate::object::handle::Handle;
use crate::status::Status;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes an event without any signal active.
///
/// # Errors
///
/// `ZX_ERR_INVALID_ARGS`: `options` is not 0, or `out` cannot be written;
/// `ZX_ERR_NO_MEMORY`.
///
/// # Safety
///
/// Any pointer will do.
///
/// Specification: ports.md, section 6.1.
pub extern "C" fn zx_event_create(options: u32, out: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish(out, Handle::new(Event::new(0), Event::DEFAULT_RIGHTS))
    })
}

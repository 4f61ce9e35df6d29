// SPDX-License-Identifier: MIT
//! Event pair calls (ports.md, section 6).

use super::syscall;
use super::user::UserOut;
use crate::object::eventpair::EventPair;
use crate::status::Status;
use crate::task::policy::Condition;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes two events that know of each other: `zx_object_signal_peer` on one
/// changes the other, which also learns when the one is closed.
///
/// # Parameters
///
/// * `options`: must be 0
/// * `out0` (out, eventpair handle): one event, rights
///   `ZX_DEFAULT_EVENTPAIR_RIGHTS`
/// * `out1` (out, eventpair handle): the other event
///
/// # Errors
///
/// * `ZX_ERR_NOT_SUPPORTED`: `options` is not 0
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_NO_MEMORY`: there is none for the events or their handles
/// * `ZX_ERR_INVALID_ARGS`: `out0` or `out1` cannot be written
pub extern "C" fn zx_eventpair_create(
    options: u32,
    out0: *mut zx_handle_t,
    out1: *mut zx_handle_t,
) -> zx_status_t {
    let outs = (UserOut::new(out0), UserOut::new(out1));
    syscall(|cx| {
        if options != 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        cx.check_policy(Condition::NewEventPair)?;
        cx.publish_pair(outs, EventPair::pair())
    })
}

// SPDX-License-Identifier: MIT
//! Names of status values (tasks-time-system.md, section 11.4).

use std::ffi::c_char;

use crate::status;
use crate::uapi::types::zx_status_t;

/// The name of a status value as its macro is spelled, or `(UNKNOWN)`; a
/// static string, never NULL.
///
/// # Parameters
///
/// * `status`: the status
pub extern "C" fn zx_status_get_string(status: zx_status_t) -> *const c_char {
    status::c_name_of(status).unwrap_or(c"(UNKNOWN)").as_ptr()
}

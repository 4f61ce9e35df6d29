// SPDX-License-Identifier: MIT
//! Names of status values (tasks-time-system.md, section 11.4).

use std::ffi::c_char;

use crate::status;
use crate::uapi::exception as e;
use crate::uapi::exception::zx_excp_type_t;
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

/// What an exception's type is called in words, such as `fatal page fault`, or
/// `unknown`; a static string, never NULL.
///
/// # Parameters
///
/// * `exception`: the type
pub extern "C" fn zx_exception_get_string(exception: zx_excp_type_t) -> *const c_char {
    let name = match exception {
        e::ZX_EXCP_GENERAL => c"general",
        e::ZX_EXCP_FATAL_PAGE_FAULT => c"fatal page fault",
        e::ZX_EXCP_UNDEFINED_INSTRUCTION => c"undefined instruction",
        e::ZX_EXCP_SW_BREAKPOINT => c"sw breakpoint",
        e::ZX_EXCP_HW_BREAKPOINT => c"hw breakpoint",
        e::ZX_EXCP_UNALIGNED_ACCESS => c"unaligned access",
        e::ZX_EXCP_THREAD_STARTING => c"thread starting",
        e::ZX_EXCP_THREAD_EXITING => c"thread exiting",
        e::ZX_EXCP_POLICY_ERROR => c"policy error",
        e::ZX_EXCP_PROCESS_STARTING => c"process starting",
        e::ZX_EXCP_USER => c"user",
        _ => c"unknown",
    };
    name.as_ptr()
}

// SPDX-License-Identifier: MIT
//! Power control and other kernels (tasks-time-system.md, section 10): what a
//! program must never do to its host.

use std::ffi::c_void;

use super::user::{UserIn, UserOut};
use super::{privilege, syscall};
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::Status;
use crate::uapi::resource::{ZX_RSRC_SYSTEM_MEXEC_BASE, ZX_RSRC_SYSTEM_POWER_BASE};
use crate::uapi::system::{
    ZX_SYSTEM_POWERCTL_ACK_KERNEL_INITIATED_REBOOT, ZX_SYSTEM_POWERCTL_ACPI_TRANSITION_S_STATE,
    ZX_SYSTEM_POWERCTL_ENABLE_ALL_CPUS, ZX_SYSTEM_POWERCTL_X86_SET_PKG_PL1,
    zx_system_powerctl_arg_t,
};
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Would boot another kernel.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SYSTEM` for this
/// * `kernel_vmo` (vmo, `ZX_RIGHT_READ`): the kernel
/// * `bootimage_vmo` (vmo, `ZX_RIGHT_READ`): what it boots with
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `kernel_vmo`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `bootimage_vmo`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program never reboots its host.
pub extern "C" fn zx_system_mexec(
    resource: zx_handle_t,
    kernel_vmo: zx_handle_t,
    bootimage_vmo: zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_MEXEC_BASE)?;
        cx.get::<Vmo>(kernel_vmo, Rights::READ)?;
        cx.get::<Vmo>(bootimage_vmo, Rights::READ)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// The most that `zx_system_mexec_payload_get` gives.
const PAYLOAD_MAX: usize = 16 << 10;

/// Would tell what the next kernel needs to know of the machine.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SYSTEM` for this
/// * `buffer` (out, buffer of `buffer_size` bytes): not changed
/// * `buffer_size`: at most 16384
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: `buffer_size` is too large
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be written
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program never reboots its host.
pub extern "C" fn zx_system_mexec_payload_get(
    resource: zx_handle_t,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    let out = UserOut::new(buffer.cast::<u8>());
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_MEXEC_BASE)?;
        if buffer_size > PAYLOAD_MAX {
            return Err(Status::INVALID_ARGS);
        }
        out.probe(buffer_size)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would reboot the machine, send it to sleep, or limit its power.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind
///   `ZX_RSRC_KIND_SYSTEM` for this
/// * `cmd` (value `ZX_SYSTEM_POWERCTL_*`): what to do
/// * `arg` (optional): what `ZX_SYSTEM_POWERCTL_ACPI_TRANSITION_S_STATE` and
///   `ZX_SYSTEM_POWERCTL_X86_SET_PKG_PL1` need
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: unknown `cmd`
/// * `ZX_ERR_INVALID_ARGS`: `arg` is needed and cannot be read
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program never reboots its host.
pub extern "C" fn zx_system_powerctl(
    resource: zx_handle_t,
    cmd: u32,
    arg: *const zx_system_powerctl_arg_t,
) -> zx_status_t {
    let arg = UserIn::new(arg);
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_POWER_BASE)?;
        match cmd {
            ZX_SYSTEM_POWERCTL_ACPI_TRANSITION_S_STATE | ZX_SYSTEM_POWERCTL_X86_SET_PKG_PL1 => {
                arg.read()?;
            }
            ZX_SYSTEM_POWERCTL_ENABLE_ALL_CPUS..=ZX_SYSTEM_POWERCTL_ACK_KERNEL_INITIATED_REBOOT => {
            }
            _ => return Err(Status::INVALID_ARGS),
        }
        Err(Status::NOT_SUPPORTED)
    })
}

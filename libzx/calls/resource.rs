// SPDX-License-Identifier: MIT
//! Resource calls (tasks-time-system.md, section 9.2).

use std::ffi::c_char;

use super::syscall;
use super::user::{UserIn, UserOut};
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::resource::{Name, Resource, name_from};
use crate::rights::Rights;
use crate::status::Result;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes a resource out of a parent that covers it. The kind is in the low
/// half of `options`, flags are in the high half.
///
/// # Parameters
///
/// * `parent_rsrc` (resource, `ZX_RIGHT_WRITE`): the parent
/// * `options` (options `ZX_RSRC_KIND_*`, `ZX_RSRC_FLAG_EXCLUSIVE`): kind and flags
/// * `base`: first address or number of the range
/// * `size`: size of the range
/// * `name` (string of `name_size` bytes): its name, at most 31 bytes of which are
///   kept
/// * `name_size`: length of `name`
/// * `resource_out` (out, resource handle): the new handle, rights
///   `ZX_DEFAULT_RESOURCE_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `parent_rsrc`
/// * `ZX_ERR_INVALID_ARGS`: unknown kind or flag
/// * `ZX_ERR_ACCESS_DENIED`: the parent is neither the root resource nor of the
///   same kind with a range that contains the child's
/// * `ZX_ERR_INVALID_ARGS`: an exclusive child or parent without the root
///   resource, an unreadable name, a range for kind ROOT, an empty or overflowing
///   range
/// * `ZX_ERR_NOT_FOUND`: the machine has no such range, or someone has it
///   exclusively
/// * `ZX_ERR_NO_MEMORY`: there is none for the resource or its handle
/// * `ZX_ERR_INVALID_ARGS`: `resource_out` cannot be written
///
/// # Differences
///
/// Resources are bookkeeping: they open no hardware.
pub extern "C" fn zx_resource_create(
    parent_rsrc: zx_handle_t,
    options: u32,
    base: u64,
    size: usize,
    name: *const c_char,
    name_size: usize,
    resource_out: *mut zx_handle_t,
) -> zx_status_t {
    let name = UserIn::new(name.cast::<u8>());
    let out = UserOut::new(resource_out);
    syscall(|cx| {
        let parent = cx.get::<Resource>(parent_rsrc, Rights::WRITE)?;
        let name = || read_name(name, name_size);
        let resource = Resource::create(&parent, options, base, size as u64, name)?;
        cx.publish(out, Handle::new(resource, Resource::DEFAULT_RIGHTS))
    })
}

/// Copies a name in: at most 32 bytes are looked at, 31 kept.
fn read_name(from: UserIn<u8>, size: usize) -> Result<Name> {
    let mut bytes = Name::default();
    let size = size.min(bytes.len());
    from.read_slice(0, &mut bytes[..size])?;
    Ok(name_from(&bytes[..size]))
}

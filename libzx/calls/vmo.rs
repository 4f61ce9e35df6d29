// SPDX-License-Identifier: MIT
//! VMO calls (memory.md, section 3).

use std::ffi::c_void;

use super::user::UserOut;
use super::{syscall, syscall_without_memory};
use crate::object::handle::Handle;
use crate::object::resource::{Name, Resource};
use crate::object::vmo::{ChildRequest, Op, Vmo};
use crate::object::{KernelObject, Object};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::task::policy::Condition;
use crate::uapi::resource::ZX_RSRC_SYSTEM_VMEX_BASE;
use crate::uapi::types::{
    ZX_CACHE_POLICY_MASK, ZX_VMO_CHILD_NO_WRITE, ZX_VMO_CHILD_SLICE, zx_handle_t, zx_status_t,
    zx_vmo_lock_state_t,
};

/// Makes a VMO of `size` bytes, rounded up to whole pages, all of them zero.
///
/// # Parameters
///
/// * `size`: size in bytes
/// * `options` (options `ZX_VMO_RESIZABLE`, `ZX_VMO_DISCARDABLE`): whether it can
///   be resized, whether it may be discarded under memory pressure
/// * `out` (out, vmo handle): the new handle, rights `ZX_DEFAULT_VMO_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown option
/// * `ZX_ERR_OUT_OF_RANGE`: `size` is too large
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_NO_MEMORY`: the host has no memory or no file descriptor left
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
///
/// # Differences
///
/// The largest size is 2^63 - 4096, half of Zircon's. Discardable memory is
/// never discarded. Each VMO takes a file descriptor; without one left the
/// call fails with `ZX_ERR_NO_MEMORY`.
pub extern "C" fn zx_vmo_create(size: u64, options: u32, out: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        cx.check_policy(Condition::NewVmo)?;
        cx.publish(
            out,
            Handle::new(Vmo::create(size, options)?, Vmo::DEFAULT_RIGHTS),
        )
    })
}

/// Copies bytes out of a VMO. Pages that were never written read as zero and
/// take no memory.
///
/// # Parameters
///
/// * `handle` (vmo, `ZX_RIGHT_READ`): the VMO
/// * `buffer` (out, buffer of `buffer_size` bytes): where the bytes go
/// * `offset`: first byte of the VMO
/// * `buffer_size`: how many bytes
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: the range overflows or ends after the VMO, even if it
///   is empty
/// * `ZX_ERR_NOT_FOUND`: part of `buffer` cannot be written, and what comes before
///   it may have been
pub extern "C" fn zx_vmo_read(
    handle: zx_handle_t,
    buffer: *mut c_void,
    offset: u64,
    buffer_size: usize,
) -> zx_status_t {
    let address = buffer.addr();
    syscall_without_memory(|cx| {
        // Waiting for a pager is no reason to keep the handle's place.
        let vmo = cx.get::<Vmo>(handle, Rights::READ)?.clone();
        vmo.read(offset, address, buffer_size)
    })
}

/// Copies bytes into a VMO. The content size stays what it is.
///
/// # Parameters
///
/// * `handle` (vmo, `ZX_RIGHT_WRITE`): the VMO
/// * `buffer` (buffer of `buffer_size` bytes): the bytes
/// * `offset`: first byte of the VMO
/// * `buffer_size`: how many bytes
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: the range overflows or ends after the VMO, even if it
///   is empty
/// * `ZX_ERR_NOT_FOUND`: part of `buffer` cannot be read, and what comes before it
///   may have been copied
/// * `ZX_ERR_NO_MEMORY`: the host has none for the pages
pub extern "C" fn zx_vmo_write(
    handle: zx_handle_t,
    buffer: *const c_void,
    offset: u64,
    buffer_size: usize,
) -> zx_status_t {
    let address = buffer.addr();
    syscall_without_memory(|cx| {
        let vmo = cx.get::<Vmo>(handle, Rights::WRITE)?.clone();
        vmo.write(offset, address, buffer_size)
    })
}

/// Tells the size of a VMO, a multiple of the page size.
///
/// # Parameters
///
/// * `handle` (vmo): the VMO
/// * `size` (out): its size in bytes
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `size` cannot be written
pub extern "C" fn zx_vmo_get_size(handle: zx_handle_t, size: *mut u64) -> zx_status_t {
    let out = UserOut::new(size);
    syscall(|cx| out.write(&cx.get::<Vmo>(handle, Rights::NONE)?.size()))
}

/// Changes the size of a VMO that was made with `ZX_VMO_RESIZABLE`. What comes
/// new reads zero; mappings stay, and touching them behind the end faults. The
/// content size becomes `size`, the size the next multiple of the page size.
///
/// # Parameters
///
/// * `handle` (vmo, `ZX_RIGHT_WRITE`): the VMO
/// * `size`: in bytes
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_UNAVAILABLE`: the VMO is not resizable
/// * `ZX_ERR_OUT_OF_RANGE`: `size` is too large
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_vmo_set_size(handle: zx_handle_t, size: u64) -> zx_status_t {
    syscall(|cx| cx.get::<Vmo>(handle, Rights::WRITE)?.set_size(size))
}

/// Works on a range of a VMO.
///
/// * `ZX_VMO_OP_COMMIT` gives its pages memory, `ZX_VMO_OP_DECOMMIT` takes it
///   back, after which they read zero; `ZX_VMO_OP_ZERO` makes any bytes zero.
///   A range that ends behind the VMO is cut.
/// * `ZX_VMO_OP_LOCK`, `_TRY_LOCK` and `_UNLOCK` are for a VMO made with
///   `ZX_VMO_DISCARDABLE` and for all of it; `LOCK` stores a
///   `zx_vmo_lock_state_t` at `buffer`.
/// * `ZX_VMO_OP_CACHE_SYNC`, `_CLEAN`, `_INVALIDATE` and `_CLEAN_INVALIDATE`
///   have nothing to do on hosts whose caches are coherent.
///
/// # Parameters
///
/// * `handle` (vmo, rights vary): the VMO, with `ZX_RIGHT_WRITE` for `COMMIT`, `DECOMMIT`,
///   `ZERO` and `CACHE_INVALIDATE`, `ZX_RIGHT_READ` for the other cache
///   operations, one of both for the locks
/// * `op` (value `ZX_VMO_OP_*`): what to do
/// * `offset`: first byte of the range
/// * `size`: size of the range in bytes
/// * `buffer` (out, buffer of `buffer_size` bytes, optional): for `LOCK` only
/// * `buffer_size`: size of `buffer`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `op` is unknown
/// * `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: a lock of a VMO that is not discardable; memory
///   of a VMO that has copy-on-write relatives cannot be taken back
/// * `ZX_ERR_BAD_STATE`: `ZERO` on a VMO whose cache policy is not
///   `ZX_CACHE_POLICY_CACHED`; `UNLOCK` without a lock
/// * `ZX_ERR_OUT_OF_RANGE`: the range begins behind the VMO or overflows, for
///   cache operations also ends behind it, for locks is not the whole VMO
/// * `ZX_ERR_INVALID_ARGS`: `DECOMMIT` of parts of pages, an empty range of a
///   cache operation, a `buffer` that is too small or cannot be written; then
///   the lock is not taken
/// * `ZX_ERR_NO_MEMORY`
///
/// # Support
///
/// Partial: discardable memory is never discarded.
pub extern "C" fn zx_vmo_op_range(
    handle: zx_handle_t,
    op: u32,
    offset: u64,
    size: u64,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        let found = cx.get::<Vmo>(handle, Rights::NONE)?;
        let (op, rights) = Op::from_number(op)?;
        let (vmo, held) = (found.clone(), found.handle().rights());
        drop(found);
        if !rights.iter().any(|&right| held.contains(right)) {
            return Err(Status::ACCESS_DENIED);
        }
        if op == Op::Lock {
            return lock(&vmo, offset, size, buffer, buffer_size);
        }
        vmo.op_range(op, offset, size)
    })
}

fn lock(vmo: &Vmo, offset: u64, size: u64, buffer: *mut c_void, buffer_size: usize) -> Result {
    let size = vmo.lock(offset, size)?;
    let state = zx_vmo_lock_state_t {
        size,
        ..Default::default()
    };
    let written = if buffer_size < size_of_val(&state) {
        Err(Status::INVALID_ARGS)
    } else {
        UserOut::new(buffer.cast()).write(&state)
    };
    written.inspect_err(|_| {
        // The lock just taken is there to be taken back.
        let _ = vmo.unlock(offset, size);
    })
}

/// Sets how processors are to cache a VMO. Linux lets no program decide that:
/// the policy is remembered, and the rules that come with it are kept.
///
/// # Parameters
///
/// * `handle` (vmo, `ZX_RIGHT_MAP`): the VMO
/// * `cache_policy`: one of `ZX_CACHE_POLICY_*`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: no such policy
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_STATE`: the VMO is mapped, has children, is a child, or has
///   memory while its policy is not `ZX_CACHE_POLICY_CACHED`
///
/// # Support
///
/// Partial: memory is mapped cached whatever the policy.
pub extern "C" fn zx_vmo_set_cache_policy(handle: zx_handle_t, cache_policy: u32) -> zx_status_t {
    syscall(|cx| {
        if cache_policy & !ZX_CACHE_POLICY_MASK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<Vmo>(handle, Rights::MAP)?
            .set_cache_policy(cache_policy)
    })
}

/// Makes a VMO from a range of another one, its parent.
///
/// * `ZX_VMO_CHILD_SNAPSHOT`: a copy of the range as it is now. Whole pages are
///   shared until one side writes to them. What lies behind the parent's end
///   reads zero. `ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE` is the same.
///   `ZX_VMO_CHILD_RESIZABLE` may be added.
/// * `ZX_VMO_CHILD_SLICE`: the very bytes of the range, for both.
///
/// `ZX_VMO_CHILD_NO_WRITE` leaves `ZX_RIGHT_WRITE` out of the new handle's
/// rights. The child has the parent's name, if `handle` may read it.
///
/// # Parameters
///
/// * `handle` (vmo, `ZX_RIGHT_DUPLICATE`, `ZX_RIGHT_READ`): the parent
/// * `options` (options `ZX_VMO_CHILD_*`): what it shall be
/// * `offset`: the first byte, on a page
/// * `size`: in bytes, rounded up to whole pages
/// * `out` (out, vmo handle): the new handle; its rights are those of `handle`
///   with `ZX_RIGHT_GET_PROPERTY` and `ZX_RIGHT_SET_PROPERTY`, and but for
///   slices with `ZX_RIGHT_WRITE` and without `ZX_RIGHT_EXECUTE`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: the parent is discardable
/// * `ZX_ERR_INVALID_ARGS`: `options`, or `offset` is not on a page
/// * `ZX_ERR_OUT_OF_RANGE`: `size` is too large
/// * `ZX_ERR_INVALID_ARGS`: a slice that is not inside the parent
/// * `ZX_ERR_NOT_SUPPORTED`: a slice of a resizable VMO, or a copy of a slice
/// * `ZX_ERR_BAD_STATE`: the parent's cache policy
/// * `ZX_ERR_INVALID_ARGS`: the offsets up to the oldest parent and `size`
///   overflow together
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written, and no child is left
pub extern "C" fn zx_vmo_create_child(
    handle: zx_handle_t,
    options: u32,
    offset: u64,
    size: u64,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        cx.check_policy(Condition::NewVmo)?;
        let parent = cx.get::<Vmo>(handle, Rights::DUPLICATE.with(Rights::READ))?;
        let rights = parent.handle().rights();
        let named = rights.contains(Rights::GET_PROPERTY);
        let request = ChildRequest {
            options: options & !ZX_VMO_CHILD_NO_WRITE,
            offset,
            size,
            name: if named {
                parent.name()
            } else {
                Name::default()
            },
        };
        let child = parent.create_child(request)?;
        let mut rights = rights.with(Rights::GET_PROPERTY).with(Rights::SET_PROPERTY);
        if options & ZX_VMO_CHILD_NO_WRITE != 0 {
            rights = rights.without(Rights::WRITE);
        } else if options & ZX_VMO_CHILD_SLICE == 0 {
            rights = rights.with(Rights::WRITE).without(Rights::EXECUTE);
        }
        cx.publish(out, Handle::new(child, rights))
    })
}

/// Replaces a handle to a VMO by one that also has `ZX_RIGHT_EXECUTE`, which
/// guests and programs need to run code in it. `out` may be where `handle` is
/// kept.
///
/// # Parameters
///
/// * `handle` (vmo, consumed): the VMO
/// * `vmex` (resource, optional): 0, or a root or VMEX resource
/// * `out` (out, vmo handle): the new handle
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: `handle` is no handle
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_OUT_OF_RANGE`: `vmex` is no
///   handle, no suitable kind of resource, a system resource for something else
/// * `ZX_ERR_BAD_HANDLE`: `handle` is not of a VMO
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`: there is none for the handle
///
/// # Differences
///
/// Where the host refuses executable memory files, the later mapping fails
/// with `ZX_ERR_ACCESS_DENIED`.
pub extern "C" fn zx_vmo_replace_as_executable(
    handle: zx_handle_t,
    vmex: zx_handle_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall_without_memory(|cx| {
        let allowed = check_vmex(cx, vmex);
        // Dropped, and so closed, once the new handle has been counted.
        let old = cx.take(handle)?;
        allowed?;
        let Object::Vmo(vmo) = old.object() else {
            return Err(Status::BAD_HANDLE);
        };
        cx.publish(
            out,
            Handle::new(vmo.clone(), old.rights().with(Rights::EXECUTE)),
        )
    })
}

/// Everyone may make memory executable, but who shows a resource has to show
/// the right one.
fn check_vmex(cx: &Context, vmex: zx_handle_t) -> Result {
    if vmex == 0 {
        return cx.check_policy(Condition::AmbientMarkVmoExec);
    }
    let resource = cx.get::<Resource>(vmex, Rights::NONE)?;
    resource.check_system(ZX_RSRC_SYSTEM_VMEX_BASE, Status::WRONG_TYPE)
}

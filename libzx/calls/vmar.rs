// SPDX-License-Identifier: MIT
//! VMAR calls (memory.md, sections 4 and 5).

use std::ffi::c_void;

use super::user::UserOut;
use super::{syscall, syscall_without_memory};
use crate::object::handle::Handle;
use crate::object::vmar::{MapRequest, Perms, Vmar};
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::types::{
    ZX_VM_CAN_MAP_EXECUTE, ZX_VM_CAN_MAP_READ, ZX_VM_CAN_MAP_WRITE, ZX_VM_MAP_RANGE,
    ZX_VM_SPECIFIC_OVERWRITE, ZX_VMAR_OP_DECOMMIT, zx_handle_t, zx_status_t, zx_vaddr_t,
    zx_vm_option_t,
};

const CAN_MAP: u32 = ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_EXECUTE;

/// Sets part of an address region aside as a region of its own.
///
/// `options` says what may be mapped there (`ZX_VM_CAN_MAP_READ`, `_WRITE`,
/// `_EXECUTE`, `_SPECIFIC`) and where it goes: at `offset` of the parent with
/// `ZX_VM_SPECIFIC`, below `offset` with `ZX_VM_OFFSET_IS_UPPER_LIMIT`,
/// otherwise anywhere and `offset` is 0; `ZX_VM_ALIGN_*` and `ZX_VM_COMPACT`
/// may be added.
///
/// # Parameters
///
/// * `parent_vmar` (vmar, rights vary): the parent, with `ZX_RIGHT_READ`,
///   `ZX_RIGHT_WRITE` and `ZX_RIGHT_EXECUTE` for each `ZX_VM_CAN_MAP_*` of that
///   name
/// * `options` (options `ZX_VM_CAN_MAP_*`, `ZX_VM_SPECIFIC`,
///   `ZX_VM_OFFSET_IS_UPPER_LIMIT`, `ZX_VM_COMPACT`, `ZX_VM_ALIGN_*`): what and
///   where
/// * `offset`: where in the parent, in bytes
/// * `size`: size in bytes, whole pages
/// * `child_vmar` (out, vmar handle): the new region
/// * `child_addr` (out): its address
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `parent_vmar`
/// * `ZX_ERR_INVALID_ARGS`: other options, `size` is not whole pages
/// * `ZX_ERR_BAD_STATE`: the parent was destroyed
/// * `ZX_ERR_INVALID_ARGS`: `size` is 0
/// * `ZX_ERR_ACCESS_DENIED`: more is to be mapped there than in the parent
/// * `ZX_ERR_INVALID_ARGS`: an offset that is not whole pages, or without a use
/// * `ZX_ERR_ACCESS_DENIED`: a place is asked of a parent without
///   `ZX_VM_CAN_MAP_SPECIFIC`
/// * `ZX_ERR_INVALID_ARGS`: not inside the parent, not aligned as asked
/// * `ZX_ERR_NO_MEMORY`: not free
/// * `ZX_ERR_INVALID_ARGS`: one of the pointers cannot be written, and no region
///   is left
///
/// # Differences
///
/// Inside regions other than a process's root the lowest free place is taken
/// rather than a random one. Memory that others have mapped in the process
/// counts as not free.
pub extern "C" fn zx_vmar_allocate(
    parent_vmar: zx_handle_t,
    options: zx_vm_option_t,
    offset: usize,
    size: usize,
    child_vmar: *mut zx_handle_t,
    child_addr: *mut zx_vaddr_t,
) -> zx_status_t {
    let (handle_out, addr_out) = (UserOut::new(child_vmar), UserOut::new(child_addr));
    syscall(|cx| {
        let parent = cx.get::<Vmar>(parent_vmar, Rights::NONE)?;
        parent
            .handle()
            .require(Perms::from_can_map(options).rights())?;
        let child = parent.allocate(options, offset as u64, size as u64)?;
        let handle = Handle::new(child.clone(), child.handle_rights());
        let written = write_address(addr_out, child.extent().0);
        written
            .and_then(|()| cx.publish(handle_out, handle))
            .inspect_err(|_| {
                // Nobody else can have destroyed it but with its parent.
                let _ = child.destroy();
            })
    })
}

/// Destroys a region with everything in it. Handles to it stay valid, calls
/// on it fail with `ZX_ERR_BAD_STATE`.
///
/// # Parameters
///
/// * `handle` (vmar): the region
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: the root of an address space
/// * `ZX_ERR_BAD_STATE`: it was destroyed before
/// * `ZX_ERR_NO_MEMORY`: the host cannot cut its mappings
pub extern "C" fn zx_vmar_destroy(handle: zx_handle_t) -> zx_status_t {
    syscall_without_memory(|cx| cx.get::<Vmar>(handle, Rights::NONE)?.destroy())
}

/// Maps `len` bytes, rounded up to whole pages, of a VMO. They may lie behind
/// its end, where accesses fault. In a guest's region the address is the
/// guest's, and 0 is one.
///
/// `options` are `ZX_VM_PERM_*`, where, as for `zx_vmar_allocate`, or with
/// `ZX_VM_SPECIFIC_OVERWRITE` in the place of what is mapped there,
/// `ZX_VM_MAP_RANGE`, `ZX_VM_REQUIRE_NON_RESIZABLE`, `ZX_VM_ALLOW_FAULTS`.
/// `ZX_VM_SPECIFIC_OVERWRITE` takes memory away from whoever uses it.
///
/// # Parameters
///
/// * `handle` (vmar, rights vary): the region, with `ZX_RIGHT_READ`,
///   `ZX_RIGHT_WRITE` and `ZX_RIGHT_EXECUTE` for each `ZX_VM_PERM_*` of that name
/// * `options` (options `ZX_VM_PERM_*`, `ZX_VM_SPECIFIC`,
///   `ZX_VM_SPECIFIC_OVERWRITE`, `ZX_VM_OFFSET_IS_UPPER_LIMIT`, `ZX_VM_MAP_RANGE`,
///   `ZX_VM_REQUIRE_NON_RESIZABLE`, `ZX_VM_ALLOW_FAULTS`, `ZX_VM_ALIGN_*`): what
///   and where
/// * `vmar_offset`: where in the region, in bytes
/// * `vmo` (vmo, `ZX_RIGHT_MAP`, rights vary): the memory, with the same rights
///   besides
/// * `vmo_offset`: first byte of the VMO
/// * `len`: how many bytes
/// * `mapped_addr` (out): address of the mapping
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`, then `vmo`
/// * `ZX_ERR_ACCESS_DENIED`: `vmo` lacks `ZX_RIGHT_MAP`
/// * `ZX_ERR_INVALID_ARGS`: writing or executing without reading,
///   `ZX_VM_MAP_RANGE` while overwriting, an option of `zx_vmar_allocate`
/// * `ZX_ERR_ACCESS_DENIED`: other rights
/// * `ZX_ERR_INVALID_ARGS`: unknown options
/// * `ZX_ERR_NOT_SUPPORTED`: the VMO is resizable, against the option
/// * `ZX_ERR_INVALID_ARGS`: `ZX_VM_COMPACT`, `ZX_VM_CAN_MAP_SPECIFIC`
/// * `ZX_ERR_ACCESS_DENIED`: the region does not allow such mappings
/// * `ZX_ERR_INVALID_ARGS`: `vmo_offset` is not whole pages or the range overflows
/// * `ZX_ERR_BAD_STATE`: the region was destroyed
/// * `ZX_ERR_INVALID_ARGS`: `len` is 0, `vmar_offset` is not whole pages or
///   without a use
/// * `ZX_ERR_ACCESS_DENIED`: a place is asked of a region without
///   `ZX_VM_CAN_MAP_SPECIFIC`
/// * `ZX_ERR_INVALID_ARGS`: not inside the region, not aligned as asked, a region
///   is to be overwritten
/// * `ZX_ERR_NO_MEMORY`: not free
/// * `ZX_ERR_INVALID_ARGS`: `mapped_addr` cannot be written, and nothing stays
///   mapped
///
/// # Differences
///
/// As for `zx_vmar_allocate`. `ZX_VM_MAP_RANGE` does nothing ahead of time.
/// Accesses that Zircon reports as page faults are SIGSEGV, or SIGBUS behind
/// the end of the VMO. Guests can always execute what they can read, and may
/// see nothing for a moment where a mapping is overwritten.
pub extern "C" fn zx_vmar_map(
    handle: zx_handle_t,
    options: zx_vm_option_t,
    vmar_offset: usize,
    vmo: zx_handle_t,
    vmo_offset: u64,
    len: usize,
    mapped_addr: *mut zx_vaddr_t,
) -> zx_status_t {
    let out = UserOut::new(mapped_addr);
    syscall(|cx| {
        let vmar = cx.get::<Vmar>(handle, Rights::NONE)?;
        let vmo = cx.get::<Vmo>(vmo, Rights::MAP)?;
        let needed = check_map_options(options)?.rights();
        vmar.handle().require(needed)?;
        vmo.handle().require(needed)?;
        let max = Perms::from_rights(vmar.handle().rights(), vmo.handle().rights());
        let (vmar_offset, len) = (vmar_offset as u64, len as u64);
        let request = MapRequest {
            options,
            vmar_offset,
            vmo: &vmo,
            vmo_offset,
            len,
            max,
        };
        let mapped = vmar.map(&request)?;
        write_address(out, mapped.start()).inspect_err(|_| vmar.undo_map(&mapped))
    })
}

/// Checks 4 to 6 of `zx_vmar_map`.
fn check_map_options(options: u32) -> Result<Perms> {
    let perms = Perms::from_options(options)?;
    let both = ZX_VM_MAP_RANGE | ZX_VM_SPECIFIC_OVERWRITE;
    if options & both == both || options & CAN_MAP != 0 {
        return Err(Status::INVALID_ARGS);
    }
    Ok(perms)
}

/// Unmaps everything in a range, of which there may be nothing. Mappings are
/// cut, regions that lie in the range are destroyed. It takes memory away from
/// whoever uses it.
///
/// # Parameters
///
/// * `handle` (vmar): the region
/// * `addr`: first address
/// * `len`: how many bytes
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `addr` is not whole pages, `len` is 0
/// * `ZX_ERR_BAD_STATE`: the region was destroyed
/// * `ZX_ERR_INVALID_ARGS`: the range is not inside the region, or a region lies
///   in it only in part, and nothing has changed
/// * `ZX_ERR_NO_MEMORY`: the host cannot cut so many mappings
///
/// # Differences
///
/// Only what was mapped by `zx_vmar_map` is unmapped. When `ZX_ERR_NO_MEMORY`
/// comes from a range with several mappings in the root of a process, the
/// lower ones may be gone.
pub extern "C" fn zx_vmar_unmap(handle: zx_handle_t, addr: zx_vaddr_t, len: usize) -> zx_status_t {
    syscall_without_memory(|cx| {
        cx.get::<Vmar>(handle, Rights::NONE)?
            .unmap(addr as u64, len as u64)
    })
}

/// Changes what may be done with everything mapped in a range. A mapping can
/// get what the handles it was made with allowed, no more.
///
/// # Parameters
///
/// * `handle` (vmar, rights vary): the region, with `ZX_RIGHT_READ`,
///   `ZX_RIGHT_WRITE` and `ZX_RIGHT_EXECUTE` for each `ZX_VM_PERM_*` of that name
/// * `options` (options `ZX_VM_PERM_*`): what may be done
/// * `addr`: first address
/// * `len`: how many bytes
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: writing or executing without reading, `addr` is not
///   whole pages, other options, `len` is 0
/// * `ZX_ERR_BAD_STATE`: the region was destroyed
/// * `ZX_ERR_INVALID_ARGS`: the range is not inside the region
/// * `ZX_ERR_NOT_FOUND`, `ZX_ERR_INVALID_ARGS`, `ZX_ERR_ACCESS_DENIED`: from the
///   lowest address on, nothing is mapped there, a region is there, or the mapping
///   cannot get that
/// * `ZX_ERR_NO_MEMORY`: nothing has changed
pub extern "C" fn zx_vmar_protect(
    handle: zx_handle_t,
    options: zx_vm_option_t,
    addr: zx_vaddr_t,
    len: usize,
) -> zx_status_t {
    syscall(|cx| {
        let vmar = cx.get::<Vmar>(handle, Rights::NONE)?;
        vmar.handle().require(Perms::asked_for(options).rights())?;
        vmar.protect(options, addr as u64, len as u64)
    })
}

/// Works on what is mapped in a range: `ZX_VMAR_OP_DECOMMIT` takes the memory
/// of the mapped parts of VMOs back, as `ZX_VMO_OP_DECOMMIT` does;
/// `ZX_VMAR_OP_MAP_RANGE` may enter pages ahead of the first access to them.
/// From the lowest address on; what comes before a failure stays done.
///
/// # Parameters
///
/// * `handle` (vmar, rights vary): the region, with `ZX_RIGHT_WRITE` for
///   `DECOMMIT`
/// * `op` (value `ZX_VMAR_OP_*`): what to do
/// * `addr`: the first address, on a page
/// * `size`: in bytes, rounded up to whole pages
/// * `buffer` (out, optional): must be NULL
/// * `buffer_size`: must be 0
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: a buffer, `size` is 0, `addr` is not on a page
/// * `ZX_ERR_BAD_STATE`: the region was destroyed
/// * `ZX_ERR_OUT_OF_RANGE`: the range is not inside the region
/// * `ZX_ERR_BAD_STATE`: part of the range is not mapped, or is a region
/// * `ZX_ERR_NOT_SUPPORTED`: unknown `op`
/// * `ZX_ERR_ACCESS_DENIED`: a mapping that can never be written
/// * `ZX_ERR_NOT_SUPPORTED`, `ZX_ERR_NO_MEMORY`: as for `zx_vmo_op_range`
pub extern "C" fn zx_vmar_op_range(
    handle: zx_handle_t,
    op: u32,
    addr: zx_vaddr_t,
    size: usize,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        let vmar = cx.get::<Vmar>(handle, Rights::NONE)?;
        if op == ZX_VMAR_OP_DECOMMIT {
            vmar.handle().require(Rights::WRITE)?;
        }
        if !buffer.is_null() || buffer_size != 0 {
            return Err(Status::INVALID_ARGS);
        }
        vmar.op_range(op, addr as u64, size as u64)
    })
}

fn write_address(out: UserOut<zx_vaddr_t>, address: u64) -> Result {
    out.write(&usize::try_from(address).map_err(|_| Status::INTERNAL)?)
}

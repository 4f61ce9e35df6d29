// SPDX-License-Identifier: MIT
//! Calls as Zircon had them in 2018. Programs that define `LIBZX_OLDER_ABI`
//! see them: those whose names are still in use under their old prototypes.
//! Most only put the arguments in their present order.
#![allow(
    clippy::cast_possible_truncation,
    reason = "usize is 64 bits wide on supported targets"
)]

use std::ffi::{c_char, c_void};

use super::user::UserOut;
use super::{debuglog, futex, privilege, syscall, time, vmar, vmo};
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::policy::Condition;
use crate::uapi::time::zx_time_t;
use crate::uapi::types::{
    ZX_HANDLE_INVALID, ZX_VMO_CHILD_RESIZABLE, ZX_VMO_CHILD_SNAPSHOT, ZX_VMO_RESIZABLE, zx_clock_t,
    zx_futex_t, zx_handle_t, zx_status_t, zx_vaddr_t,
};

/// Reads one of the system's clocks: the same as `zx_clock_get`.
///
/// # Parameters
///
/// * `clock_id`: which one
/// * `out` (out): gets the time in nanoseconds
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown `clock_id`, or `out` cannot be written
///
/// # Generation
///
/// Older
pub extern "C" fn zx_clock_get_new(clock_id: zx_clock_t, out: *mut zx_time_t) -> zx_status_t {
    time::zx_clock_get(clock_id, out)
}

/// What `zx_clock_get` was: reads one of the system's clocks.
///
/// # Parameters
///
/// * `clock_id`: which one
///
/// # Result
///
/// The time in nanoseconds, or 0 when there is no such clock.
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_clock_get_older(clock_id: zx_clock_t) -> zx_time_t {
    time::now(clock_id).unwrap_or(0)
}

/// What `zx_debug_read` was.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `buffer` (out): not written
/// * `buffer_size` (in, out): not changed
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program has no serial input.
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_debug_read_older(
    handle: zx_handle_t,
    buffer: *mut c_char,
    buffer_size: *mut usize,
) -> zx_status_t {
    let _ = (buffer, buffer_size);
    syscall(|cx| {
        privilege::root(cx, handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Waits at a word, as `zx_futex_wait` does without an owner.
///
/// # Parameters
///
/// * `value_ptr`: the word
/// * `current_value`: what it must be
/// * `deadline`: how long to wait
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `value_ptr` is NULL, not aligned, or cannot be read
/// * `ZX_ERR_BAD_STATE`: the word has another value
/// * `ZX_ERR_TIMED_OUT`
/// * `ZX_ERR_NO_MEMORY`
///
/// # Blocks
///
/// Until the futex is woken.
///
/// # Generation
///
/// Older
pub extern "C" fn zx_futex_wait_deprecated(
    value_ptr: *const zx_futex_t,
    current_value: i32,
    deadline: zx_time_t,
) -> zx_status_t {
    futex::zx_futex_wait(value_ptr, current_value, ZX_HANDLE_INVALID, deadline)
}

/// Wakes threads and moves others, as `zx_futex_requeue` does without an owner.
///
/// # Parameters
///
/// * `wake_ptr`: the word
/// * `wake_count`: how many threads to wake
/// * `current_value`: what the word must be
/// * `requeue_ptr`: the other word
/// * `requeue_count`: how many threads to move
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: a pointer is NULL or not aligned, both are the same, or the word cannot be read
/// * `ZX_ERR_BAD_STATE`: the word has another value
/// * `ZX_ERR_NO_MEMORY`
///
/// # Generation
///
/// Older
pub extern "C" fn zx_futex_requeue_deprecated(
    wake_ptr: *const zx_futex_t,
    wake_count: u32,
    current_value: i32,
    requeue_ptr: *const zx_futex_t,
    requeue_count: u32,
) -> zx_status_t {
    futex::zx_futex_requeue(
        wake_ptr,
        wake_count,
        current_value,
        requeue_ptr,
        requeue_count,
        ZX_HANDLE_INVALID,
    )
}

/// Writes a record into the debug log: the older order of the arguments of `zx_debuglog_write`.
///
/// # Parameters
///
/// * `handle` (debuglog, `ZX_RIGHT_WRITE`): the log
/// * `len`: the length of the text
/// * `buffer` (buffer of `len` bytes): the text
/// * `options` (ignored): flags of the record, which are not kept
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: the text is too long
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be read
/// * `ZX_ERR_NO_MEMORY`
///
/// # Generation
///
/// Older
pub extern "C" fn zx_log_write(
    handle: zx_handle_t,
    len: u32,
    buffer: *const c_void,
    options: u32,
) -> zx_status_t {
    let _ = options;
    if len as usize > crate::object::debuglog::DATA_MAX {
        return Status::OUT_OF_RANGE.raw();
    }
    debuglog::zx_debuglog_write(handle, 0, buffer, len as usize)
}

/// Takes a record out of the debug log: the older order of the arguments of
/// `zx_debuglog_read`, and the older record, which has the flags in two bytes.
///
/// # Parameters
///
/// * `handle` (debuglog, `ZX_RIGHT_READ`): the log
/// * `len`: the size of `buffer`
/// * `buffer` (out, buffer of `len` bytes): gets the record
/// * `options`: must be 0
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_SHOULD_WAIT`: nothing to read
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be written
///
/// # Generation
///
/// Older
pub extern "C" fn zx_log_read(
    handle: zx_handle_t,
    len: u32,
    buffer: *mut c_void,
    options: u32,
) -> zx_status_t {
    debuglog::read(
        handle,
        options,
        (buffer, len as usize),
        debuglog::Layout::Older,
    )
}

/// What `zx_debuglog_read` was: the record has the flags in two bytes.
///
/// # Parameters
///
/// * `handle` (debuglog, `ZX_RIGHT_READ`): the log
/// * `options`: must be 0
/// * `buffer` (out, buffer of `buffer_size` bytes): gets the record
/// * `buffer_size`: its size
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_SHOULD_WAIT`: nothing to read
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be written
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_debuglog_read_older(
    handle: zx_handle_t,
    options: u32,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    debuglog::read(
        handle,
        options,
        (buffer, buffer_size),
        debuglog::Layout::Older,
    )
}

/// Would read a number that older programs kept on objects.
///
/// # Parameters
///
/// * `handle` (any handle): the object
/// * `scope` (any handle): whose number it is
/// * `cookie` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: `handle` or `scope`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: objects have no such numbers any more.
///
/// # Generation
///
/// Older
pub extern "C" fn zx_object_get_cookie(
    handle: zx_handle_t,
    scope: zx_handle_t,
    cookie: *mut u64,
) -> zx_status_t {
    let _ = cookie;
    syscall(|cx| {
        cx.get_any(handle)?;
        cx.get_any(scope)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would set a number that older programs kept on objects.
///
/// # Parameters
///
/// * `handle` (any handle): the object
/// * `scope` (any handle): whose number it is
/// * `cookie`: any number
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: `handle` or `scope`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: objects have no such numbers any more.
///
/// # Generation
///
/// Older
pub extern "C" fn zx_object_set_cookie(
    handle: zx_handle_t,
    scope: zx_handle_t,
    cookie: u64,
) -> zx_status_t {
    let _ = cookie;
    syscall(|cx| {
        cx.get_any(handle)?;
        cx.get_any(scope)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Copies the library's version, with the NUL at its end.
///
/// # Parameters
///
/// * `version` (out, buffer of `version_size` bytes): gets the string
/// * `version_size`: the size of `version`; 64 is enough
///
/// # Errors
///
/// * `ZX_ERR_BUFFER_TOO_SMALL`
/// * `ZX_ERR_INVALID_ARGS`: `version` cannot be written
///
/// # Generation
///
/// Older
pub extern "C" fn zx_system_get_version(version: *mut c_char, version_size: usize) -> zx_status_t {
    let out = UserOut::new(version.cast::<u8>());
    syscall(|_| {
        let text = super::system::VERSION.as_bytes();
        if version_size < text.len() {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        out.write_slice(0, text)
    })
}

/// Would have exceptions sent to a port, which channels have replaced.
///
/// # Parameters
///
/// * `handle` (any handle): the task
/// * `port` (ignored): the port
/// * `key` (ignored): any number
/// * `options` (ignored): any
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: exceptions come through channels.
///
/// # Generation
///
/// Older
pub extern "C" fn zx_task_bind_exception_port(
    handle: zx_handle_t,
    port: zx_handle_t,
    key: u64,
    options: u32,
) -> zx_status_t {
    let _ = (port, key, options);
    syscall(|cx| {
        cx.get_any(handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would let a thread go on after an exception that a port was told of.
///
/// # Parameters
///
/// * `handle` (any handle): the thread
/// * `port` (ignored): the port
/// * `options` (ignored): any
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: exceptions come through channels.
///
/// # Generation
///
/// Older
pub extern "C" fn zx_task_resume_from_exception(
    handle: zx_handle_t,
    port: zx_handle_t,
    options: u32,
) -> zx_status_t {
    let _ = (port, options);
    syscall(|cx| {
        cx.get_any(handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Makes a region: the older order of the arguments of `zx_vmar_allocate`.
///
/// # Parameters
///
/// * `parent_vmar` (vmar, rights vary): the region around it
/// * `offset`: where
/// * `size`: how many bytes
/// * `map_flags` (options `ZX_VM_*`): what can be done in it
/// * `child_vmar` (out, vmar handle): the new handle
/// * `child_addr` (out): gets the address
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_INVALID_ARGS`, `ZX_ERR_BAD_STATE`, `ZX_ERR_NO_MEMORY`, `ZX_ERR_NOT_FOUND`, `ZX_ERR_NOT_SUPPORTED`: as of `zx_vmar_allocate`
///
/// # Generation
///
/// Older
pub extern "C" fn zx_vmar_allocate_old(
    parent_vmar: zx_handle_t,
    offset: u64,
    size: u64,
    map_flags: u32,
    child_vmar: *mut zx_handle_t,
    child_addr: *mut zx_vaddr_t,
) -> zx_status_t {
    let (offset, size) = (offset as usize, size as usize);
    vmar::zx_vmar_allocate(parent_vmar, map_flags, offset, size, child_vmar, child_addr)
}

/// Maps a VMO: the older order of the arguments of `zx_vmar_map`.
///
/// # Parameters
///
/// * `handle` (vmar, rights vary): the region
/// * `vmar_offset`: where
/// * `vmo` (vmo, rights vary): the memory
/// * `vmo_offset`: its first byte
/// * `len`: how many bytes
/// * `map_flags` (options `ZX_VM_*`): how
/// * `mapped_addr` (out): gets the address
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_INVALID_ARGS`, `ZX_ERR_BAD_STATE`, `ZX_ERR_NO_MEMORY`, `ZX_ERR_NOT_FOUND`, `ZX_ERR_NOT_SUPPORTED`: as of `zx_vmar_map`
///
/// # Generation
///
/// Older
pub extern "C" fn zx_vmar_map_old(
    handle: zx_handle_t,
    vmar_offset: u64,
    vmo: zx_handle_t,
    vmo_offset: u64,
    len: u64,
    map_flags: u32,
    mapped_addr: *mut zx_vaddr_t,
) -> zx_status_t {
    let (at, len) = (vmar_offset as usize, len as usize);
    vmar::zx_vmar_map(handle, map_flags, at, vmo, vmo_offset, len, mapped_addr)
}

/// Changes permissions: the older order of the arguments of `zx_vmar_protect`.
///
/// # Parameters
///
/// * `handle` (vmar, rights vary): the region
/// * `addr`: where
/// * `len`: how many bytes
/// * `prot_flags` (options `ZX_VM_*`): what accesses may do
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_INVALID_ARGS`, `ZX_ERR_BAD_STATE`, `ZX_ERR_NO_MEMORY`, `ZX_ERR_NOT_FOUND`, `ZX_ERR_NOT_SUPPORTED`: as of `zx_vmar_protect`
///
/// # Generation
///
/// Older
pub extern "C" fn zx_vmar_protect_old(
    handle: zx_handle_t,
    addr: zx_vaddr_t,
    len: u64,
    prot_flags: u32,
) -> zx_status_t {
    vmar::zx_vmar_protect(handle, prot_flags, addr, len as usize)
}

/// Makes a VMO that shares the pages of another one until they are written: what
/// `zx_vmo_create_child` does.
///
/// # Parameters
///
/// * `handle` (vmo, `ZX_RIGHT_DUPLICATE`, `ZX_RIGHT_READ`): the parent
/// * `options` (options 0x3): `ZX_VMO_CLONE_COPY_ON_WRITE`, and `ZX_VMO_CLONE_NON_RESIZEABLE` for one that keeps its size
/// * `offset`: the first byte
/// * `size`: how many bytes
/// * `out` (out, vmo handle): the new handle
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown `options`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_INVALID_ARGS`, `ZX_ERR_BAD_STATE`, `ZX_ERR_NO_MEMORY`, `ZX_ERR_OUT_OF_RANGE`, `ZX_ERR_NOT_SUPPORTED`: as of `zx_vmo_create_child`
///
/// # Generation
///
/// Older
pub extern "C" fn zx_vmo_clone(
    handle: zx_handle_t,
    options: u32,
    offset: u64,
    size: u64,
    out: *mut zx_handle_t,
) -> zx_status_t {
    if options & COPY_ON_WRITE == 0 || options & !(COPY_ON_WRITE | NON_RESIZEABLE) != 0 {
        return Status::INVALID_ARGS.raw();
    }
    let resizable = if options & NON_RESIZEABLE == 0 {
        ZX_VMO_CHILD_RESIZABLE
    } else {
        0
    };
    vmo::zx_vmo_create_child(handle, ZX_VMO_CHILD_SNAPSHOT | resizable, offset, size, out)
}

/// `ZX_VMO_CLONE_COPY_ON_WRITE` and `ZX_VMO_CLONE_NON_RESIZEABLE`.
const COPY_ON_WRITE: u32 = 1;
const NON_RESIZEABLE: u32 = 2;
/// `ZX_VMO_NON_RESIZABLE`.
const NON_RESIZABLE: u32 = 1;

/// What `zx_vmo_create` was: the VMO can change its size unless it is told
/// otherwise, and run as code.
///
/// # Parameters
///
/// * `size`: in bytes
/// * `options` (options 0x1): 0 or `ZX_VMO_NON_RESIZABLE`
/// * `out` (out, vmo handle): the new handle, rights `ZX_DEFAULT_VMO_RIGHTS` and `ZX_RIGHT_EXECUTE`
///
/// # Errors
///
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_INVALID_ARGS`: unknown `options`
/// * `ZX_ERR_OUT_OF_RANGE`: `size` is too large
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_vmo_create_older(
    size: u64,
    options: u32,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        cx.check_policy(Condition::NewVmo)?;
        let options = match options {
            0 => ZX_VMO_RESIZABLE,
            NON_RESIZABLE => 0,
            _ => return Err(Status::INVALID_ARGS),
        };
        let rights = Vmo::DEFAULT_RIGHTS.with(Rights::EXECUTE);
        cx.publish(out, Handle::new(Vmo::create(size, options)?, rights))
    })
}

/// What `zx_pci_enable_bus_master` was.
///
/// # Parameters
///
/// * `handle` (pci_device, `ZX_RIGHT_WRITE`): the device
/// * `enable`: whether it may reach memory by itself
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: programs have no PCI devices.
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_pci_enable_bus_master_older(
    handle: zx_handle_t,
    enable: bool,
) -> zx_status_t {
    let _ = enable;
    syscall(|cx| privilege::absent(cx, handle))
}

/// What `zx_pci_cfg_pio_rw` was.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `bus`: the bus
/// * `dev`: the device
/// * `func`: the function
/// * `offset`: the register
/// * `val` (in, out): not changed
/// * `width`: of the register, in bits
/// * `write`: whether to write
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach PCI devices.
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_pci_cfg_pio_rw_older(
    handle: zx_handle_t,
    bus: u8,
    dev: u8,
    func: u8,
    offset: u8,
    val: *mut u32,
    width: usize,
    write: bool,
) -> zx_status_t {
    let _ = (bus, dev, func, offset, val, width, write);
    syscall(|cx| {
        privilege::root(cx, handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// What `zx_pci_add_subtract_io_range` was.
///
/// # Parameters
///
/// * `handle` (resource): of kind `ZX_RSRC_KIND_ROOT`
/// * `mmio`: whether it is memory
/// * `base`: the first address
/// * `len`: how many
/// * `add`: whether to add or to take away
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: programs do not reach PCI devices.
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_pci_add_subtract_io_range_older(
    handle: zx_handle_t,
    mmio: bool,
    base: u64,
    len: u64,
    add: bool,
) -> zx_status_t {
    let _ = (mmio, base, len, add);
    syscall(|cx| {
        privilege::root(cx, handle)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// What `zx_pager_create_vmo` was: another order of the arguments.
///
/// # Parameters
///
/// * `pager` (pager): the pager
/// * `port` (port, `ZX_RIGHT_WRITE`): where it is told of pages that are wanted
/// * `key`: any number, which comes with that
/// * `size`: in bytes
/// * `options`: must be 0
/// * `out_pager_vmo` (out, vmo handle): the new handle
///
/// # Errors
///
/// * `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`,
///   `ZX_ERR_INVALID_ARGS`, `ZX_ERR_OUT_OF_RANGE`, `ZX_ERR_NO_MEMORY`,
///   `ZX_ERR_NOT_SUPPORTED`: as of `zx_pager_create_vmo`
///
/// # Generation
///
/// Older
pub extern "C" fn libzx_pager_create_vmo_older(
    pager: zx_handle_t,
    port: zx_handle_t,
    key: u64,
    size: u64,
    options: u32,
    out_pager_vmo: *mut zx_handle_t,
) -> zx_status_t {
    super::pager::zx_pager_create_vmo(pager, options, port, key, size, out_pager_vmo)
}

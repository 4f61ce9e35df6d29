// SPDX-License-Identifier: MIT
//! Calls that Zircon got by 2024 and that cannot work here: they refuse after
//! their checks (tasks-time-system.md, sections 2.6 and 10.3). Programs that
//! define `LIBZX_LATER_ABI` see them.

use std::ffi::{c_char, c_void};

use super::user::UserIn;
use super::{debuglog, privilege, syscall};
use crate::object::pager::Pager;
use crate::object::vmar::Vmar;
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::Status;
use crate::sys::machine;
use crate::task::process::Process;
use crate::task::thread::Thread;
use crate::uapi::resource::{ZX_RSRC_SYSTEM_CPU_BASE, ZX_RSRC_SYSTEM_DEBUG_BASE};
use crate::uapi::system::{
    ZX_CPU_DEFAULT_PERF_SCALE, ZX_CPU_PERF_SCALE, zx_processor_power_level_t,
    zx_processor_power_level_transition_t,
};
use crate::uapi::time::zx_time_t;
use crate::uapi::types::{
    zx_cpu_set_t, zx_handle_t, zx_sampler_config_t, zx_status_t, zx_vaddr_t, zx_vm_option_t,
};

/// Would make memory that two sides share by rules.
///
/// # Parameters
///
/// * `options`: must be 0
/// * `regions`: the parts
/// * `num_regions`: how many
/// * `ep0_out` (out, iob handle): not written
/// * `ep1_out` (out, iob handle): not written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0, or there are no `regions`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: there are no such objects yet.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_iob_create(
    options: u64,
    regions: *const c_void,
    num_regions: usize,
    ep0_out: *mut zx_handle_t,
    ep1_out: *mut zx_handle_t,
) -> zx_status_t {
    let _ = (ep0_out, ep1_out);
    let regions = UserIn::new(regions.cast::<u8>());
    syscall(|_| {
        if options != 0 || num_regions == 0 || regions.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would map a part of an IOB.
///
/// # Parameters
///
/// * `handle` (vmar): the region
/// * `options` (options `ZX_VM_*`, unchecked): how
/// * `vmar_offset`: where
/// * `ep` (iob): the memory
/// * `region_index`: which part
/// * `region_offset`: its first byte
/// * `region_length`: how many bytes
/// * `mapped_addr` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `ep`
///
/// # Support
///
/// Checks only: there are no such objects yet.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_vmar_map_iob(
    handle: zx_handle_t,
    options: zx_vm_option_t,
    vmar_offset: usize,
    ep: zx_handle_t,
    region_index: u32,
    region_offset: u64,
    region_length: usize,
    mapped_addr: *mut zx_vaddr_t,
) -> zx_status_t {
    let _ = (options, vmar_offset, region_index, region_offset);
    let _ = (region_length, mapped_addr);
    syscall(|cx| {
        cx.get::<Vmar>(handle, Rights::NONE)?;
        privilege::absent(cx, ep)
    })
}

/// Would move pages from one VMO to another.
///
/// # Parameters
///
/// * `dst_vmo` (vmo, `ZX_RIGHT_WRITE`): where to
/// * `options`: must be 0
/// * `offset`: the first byte there
/// * `length`: how many bytes
/// * `src_vmo` (vmo, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): where from
/// * `src_offset`: the first byte there
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0, or a number is not a multiple of the page size
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `dst_vmo`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `src_vmo`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: pages do not move between files.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_vmo_transfer_data(
    dst_vmo: zx_handle_t,
    options: u32,
    offset: u64,
    length: u64,
    src_vmo: zx_handle_t,
    src_offset: u64,
) -> zx_status_t {
    syscall(|cx| {
        let whole = |number: u64| number.is_multiple_of(crate::sys::memory::PAGE);
        if options != 0 || !whole(offset) || !whole(length) || !whole(src_offset) {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<Vmo>(dst_vmo, Rights::WRITE)?;
        cx.get::<Vmo>(src_vmo, Rights::READ.with(Rights::WRITE))?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would make a process that shares half of its address space with another one.
///
/// # Parameters
///
/// * `shared_proc` (process, `ZX_RIGHT_MANAGE_PROCESS`): the other one
/// * `options`: must be 0
/// * `name` (string of `name_size` bytes): the name
/// * `name_size`: its size
/// * `proc_handle` (out, process handle): not written
/// * `restricted_vmar_handle` (out, vmar handle): not written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_INVALID_ARGS`: `name` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `shared_proc`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: there is one address space.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_process_create_shared(
    shared_proc: zx_handle_t,
    options: u32,
    name: *const c_char,
    name_size: usize,
    proc_handle: *mut zx_handle_t,
    restricted_vmar_handle: *mut zx_handle_t,
) -> zx_status_t {
    let _ = (name_size, proc_handle, restricted_vmar_handle);
    syscall(|cx| {
        if options != 0 || name.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<Process>(shared_proc, Rights::MANAGE_PROCESS)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would make the memory through which a thread enters restricted mode.
///
/// # Parameters
///
/// * `options`: must be 0
/// * `out` (out, vmo handle): not written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: Linux has no restricted mode.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_restricted_bind_state(options: u32, out: *mut zx_handle_t) -> zx_status_t {
    let _ = out;
    refuse(options)
}

/// Would enter restricted mode.
///
/// # Parameters
///
/// * `options`: must be 0
/// * `vector_table_ptr`: where to come back
/// * `context`: what to come back with
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: Linux has no restricted mode.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_restricted_enter(
    options: u32,
    vector_table_ptr: usize,
    context: usize,
) -> zx_status_t {
    let _ = (vector_table_ptr, context);
    refuse(options)
}

/// Would give that memory up.
///
/// # Parameters
///
/// * `options`: must be 0
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: Linux has no restricted mode.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_restricted_unbind_state(options: u32) -> zx_status_t {
    refuse(options)
}

/// Would take a thread out of restricted mode.
///
/// # Parameters
///
/// * `thread` (thread, `ZX_RIGHT_MANAGE_THREAD`): the thread
/// * `options`: must be 0
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `thread`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: Linux has no restricted mode.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_restricted_kick(thread: zx_handle_t, options: u32) -> zx_status_t {
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<Thread>(thread, Rights::MANAGE_THREAD)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// The checks of calls about restricted mode without a handle.
fn refuse(options: u32) -> zx_status_t {
    syscall(|_| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would have threads looked at again and again.
///
/// # Parameters
///
/// * `rsrc` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind `ZX_RSRC_KIND_SYSTEM` for debugging
/// * `options`: must be 0
/// * `config`: how often
/// * `per_cpu_buffers` (out, iob handle): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `rsrc`
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0, or `config` cannot be read
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: Linux has perf for that.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_sampler_create(
    rsrc: zx_handle_t,
    options: u64,
    config: *const zx_sampler_config_t,
    per_cpu_buffers: *mut zx_handle_t,
) -> zx_status_t {
    let _ = per_cpu_buffers;
    let config = UserIn::new(config);
    syscall(|cx| {
        privilege::purpose(cx, rsrc, ZX_RSRC_SYSTEM_DEBUG_BASE)?;
        config.read()?;
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would begin that.
///
/// # Parameters
///
/// * `iobuffer` (iob): what `zx_sampler_create` gave
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: Linux has perf for that.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_sampler_start(iobuffer: zx_handle_t) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, iobuffer))
}

/// Would end that.
///
/// # Parameters
///
/// * `iobuffer` (iob): what `zx_sampler_create` gave
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: Linux has perf for that.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_sampler_stop(iobuffer: zx_handle_t) -> zx_status_t {
    syscall(|cx| privilege::absent(cx, iobuffer))
}

/// Would have a thread looked at.
///
/// # Parameters
///
/// * `iobuffer` (iob): what `zx_sampler_create` gave
/// * `thread` (thread): the thread
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_WRONG_TYPE`: any other object
///
/// # Support
///
/// Checks only: Linux has perf for that.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_sampler_attach(iobuffer: zx_handle_t, thread: zx_handle_t) -> zx_status_t {
    let _ = thread;
    syscall(|cx| privilege::absent(cx, iobuffer))
}

/// Would tell how fast processors are.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind `ZX_RSRC_KIND_SYSTEM` for processors
/// * `topic` (value `ZX_CPU_*`): what to tell
/// * `count`: the number of processors
/// * `info` (out): not written
/// * `output_count` (out): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: unknown `topic`
/// * `ZX_ERR_OUT_OF_RANGE`: another `count`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program does not govern processors.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_system_get_performance_info(
    resource: zx_handle_t,
    topic: u32,
    count: usize,
    info: *mut c_void,
    output_count: *mut usize,
) -> zx_status_t {
    let _ = (info, output_count);
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_CPU_BASE)?;
        if topic != ZX_CPU_PERF_SCALE && topic != ZX_CPU_DEFAULT_PERF_SCALE {
            return Err(Status::INVALID_ARGS);
        }
        if count != machine::processor_count() as usize {
            return Err(Status::OUT_OF_RANGE);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would tell the scheduler how fast processors are.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind `ZX_RSRC_KIND_SYSTEM` for processors
/// * `topic`: must be `ZX_CPU_PERF_SCALE`
/// * `info`: the numbers
/// * `count`: how many, at most one of each processor
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: unknown `topic`
/// * `ZX_ERR_OUT_OF_RANGE`: no, or too many numbers
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program does not govern processors.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_system_set_performance_info(
    resource: zx_handle_t,
    topic: u32,
    info: *const c_void,
    count: usize,
) -> zx_status_t {
    let _ = info;
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_CPU_BASE)?;
        if topic != ZX_CPU_PERF_SCALE {
            return Err(Status::INVALID_ARGS);
        }
        if count == 0 || count > machine::processor_count() as usize {
            return Err(Status::OUT_OF_RANGE);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would send the machine to sleep.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind `ZX_RSRC_KIND_SYSTEM` for processors
/// * `resume_deadline`: when to wake it
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program never stops its host.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_system_suspend_enter(
    resource: zx_handle_t,
    resume_deadline: zx_time_t,
) -> zx_status_t {
    let _ = resume_deadline;
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_CPU_BASE)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would describe the power levels of processors.
///
/// # Parameters
///
/// * `resource` (resource): of kind `ZX_RSRC_KIND_ROOT`, or of kind `ZX_RSRC_KIND_SYSTEM` for processors
/// * `options`: must be 0
/// * `cpus`: the processors
/// * `power_levels` (array of `num_power_levels`): the levels
/// * `num_power_levels`: how many
/// * `transitions` (array of `num_transitions`): how to change between them
/// * `num_transitions`: how many
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0, or `cpus` cannot be read
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: a program does not govern processors.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_system_set_processor_power_level_domain(
    resource: zx_handle_t,
    options: u64,
    cpus: *const zx_cpu_set_t,
    power_levels: *const zx_processor_power_level_t,
    num_power_levels: usize,
    transitions: *const zx_processor_power_level_transition_t,
    num_transitions: usize,
) -> zx_status_t {
    let _ = (power_levels, num_power_levels, transitions, num_transitions);
    let cpus = UserIn::new(cpus);
    syscall(|cx| {
        privilege::purpose(cx, resource, ZX_RSRC_SYSTEM_CPU_BASE)?;
        cpus.read()?;
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// What `zx_debuglog_read` is: the record begins with its number.
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
/// Later
pub extern "C" fn libzx_debuglog_read_later(
    handle: zx_handle_t,
    options: u32,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    debuglog::read(
        handle,
        options,
        (buffer, buffer_size),
        debuglog::Layout::Later,
    )
}

/// A call of a version to come, which every version refuses.
///
/// # Parameters
///
/// * `arg`: any number
///
/// # Errors
///
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Generation
///
/// Later
pub extern "C" fn zx_syscall_next_1(arg: i32) -> zx_status_t {
    let _ = arg;
    Status::NOT_SUPPORTED.raw()
}

/// Returns the sum of its arguments, which are of four sizes.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
///
/// # Result
///
/// The sum.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_syscall_test_widening_unsigned_narrow(a: u64, b: u32, c: u16, d: u8) -> u64 {
    a.wrapping_add(b.into())
        .wrapping_add(c.into())
        .wrapping_add(d.into())
}

/// Returns the sum of its arguments, which are of four sizes.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
///
/// # Result
///
/// The sum.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_syscall_test_widening_unsigned_wide(a: u64, b: u32, c: u16, d: u8) -> u64 {
    a.wrapping_add(b.into())
        .wrapping_add(c.into())
        .wrapping_add(d.into())
}

/// Returns the sum of its arguments, which are of four sizes.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
///
/// # Result
///
/// The sum.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_syscall_test_widening_signed_narrow(a: i64, b: i32, c: i16, d: i8) -> i64 {
    a.wrapping_add(b.into())
        .wrapping_add(c.into())
        .wrapping_add(d.into())
}

/// Returns the sum of its arguments, which are of four sizes.
///
/// # Parameters
///
/// * `a`: a number
/// * `b`: a number
/// * `c`: a number
/// * `d`: a number
///
/// # Result
///
/// The sum.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_syscall_test_widening_signed_wide(a: i64, b: i32, c: i16, d: i8) -> i64 {
    a.wrapping_add(b.into())
        .wrapping_add(c.into())
        .wrapping_add(d.into())
}

/// Would tell which pages of a pager's VMO have been written.
///
/// # Parameters
///
/// * `pager` (pager): the pager
/// * `pager_vmo` (vmo): its VMO
/// * `offset`: the first byte
/// * `length`: how many bytes
/// * `buffer` (out, buffer of `buffer_size` bytes): not written
/// * `buffer_size`: its size
/// * `actual` (out, optional): not written
/// * `avail` (out, optional): not written
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager_vmo`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: nobody notes which pages were written.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_pager_query_dirty_ranges(
    pager: zx_handle_t,
    pager_vmo: zx_handle_t,
    offset: u64,
    length: u64,
    buffer: *mut c_void,
    buffer_size: usize,
    actual: *mut usize,
    avail: *mut usize,
) -> zx_status_t {
    let _ = (offset, length, buffer, buffer_size, actual, avail);
    syscall(|cx| {
        cx.get::<Pager>(pager, Rights::NONE)?;
        cx.get::<Vmo>(pager_vmo, Rights::NONE)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Would tell whether a pager's VMO has been written.
///
/// # Parameters
///
/// * `pager` (pager): the pager
/// * `pager_vmo` (vmo): its VMO
/// * `options`: any
/// * `buffer` (out, buffer of `buffer_size` bytes): not written
/// * `buffer_size`: its size
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `pager_vmo`
/// * `ZX_ERR_NOT_SUPPORTED`
///
/// # Support
///
/// Checks only: nobody notes which pages were written.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_pager_query_vmo_stats(
    pager: zx_handle_t,
    pager_vmo: zx_handle_t,
    options: u32,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    let _ = (options, buffer, buffer_size);
    syscall(|cx| {
        cx.get::<Pager>(pager, Rights::NONE)?;
        cx.get::<Vmo>(pager_vmo, Rights::NONE)?;
        Err(Status::NOT_SUPPORTED)
    })
}

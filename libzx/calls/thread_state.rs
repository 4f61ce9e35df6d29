// SPDX-License-Identifier: MIT
//! Registers of threads (tasks-time-system.md, section 1.6).

use std::ffi::c_void;

use super::syscall;
use super::user::{Pod, UserIn, UserOut};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::{Thread, registers};
use crate::uapi::debug as c;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// The size of a kind's record; `INVALID_ARGS` for an unknown kind.
fn size_of_kind(kind: u32) -> Result<usize> {
    match kind {
        c::ZX_THREAD_STATE_GENERAL_REGS => Ok(size_of::<c::zx_thread_state_general_regs_t>()),
        c::ZX_THREAD_STATE_FP_REGS => Ok(size_of::<c::zx_thread_state_fp_regs_t>()),
        c::ZX_THREAD_STATE_VECTOR_REGS => Ok(size_of::<c::zx_thread_state_vector_regs_t>()),
        c::ZX_THREAD_STATE_DEBUG_REGS => Ok(size_of::<c::zx_thread_state_debug_regs_t>()),
        c::ZX_THREAD_STATE_SINGLE_STEP => Ok(size_of::<c::zx_thread_state_single_step_t>()),
        _ => Err(Status::INVALID_ARGS),
    }
}

/// Reads registers of a thread that is suspended or in an exception. Of one
/// that stands in a call these are the registers with which the call gives
/// back; those that no call keeps are 0.
///
/// # Parameters
///
/// * `handle` (thread, `ZX_RIGHT_READ`): the thread
/// * `kind`: which ones, one of `ZX_THREAD_STATE_*`
/// * `buffer` (out, buffer of `buffer_size` bytes): gets the kind's record
/// * `buffer_size`: the size of `buffer`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: unknown kind
/// * `ZX_ERR_BUFFER_TOO_SMALL`
/// * `ZX_ERR_BAD_STATE`: the thread is neither suspended nor in an exception
/// * `ZX_ERR_NOT_SUPPORTED`: `ZX_THREAD_STATE_DEBUG_REGS`, a thread that is
///   exiting, or floating-point or vector registers of a thread in a call
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be written
///
/// # Support
///
/// Partial: not the debug registers, which belong to Linux.
pub extern "C" fn zx_thread_read_state(
    handle: zx_handle_t,
    kind: u32,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        let thread = cx.get::<Thread>(handle, Rights::READ)?;
        if buffer_size < size_of_kind(kind)? {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        read(&thread, kind, buffer)
    })
}

fn read(thread: &Thread, kind: u32, buffer: *mut c_void) -> Result {
    fn put<T: Pod>(buffer: *mut c_void, record: &T) -> Result {
        UserOut::new(buffer.cast::<T>()).write(record)
    }
    match kind {
        c::ZX_THREAD_STATE_GENERAL_REGS => {
            let record =
                thread.with_registers(|context, bases| Ok(registers::general(context, *bases)))?;
            put(buffer, &record)
        }
        c::ZX_THREAD_STATE_FP_REGS => {
            let record = thread.with_registers(|context, _| registers::fp(context))?;
            put(buffer, &record)
        }
        c::ZX_THREAD_STATE_VECTOR_REGS => {
            let record = thread.with_registers(|context, _| registers::vector(context))?;
            put(buffer, &record)
        }
        c::ZX_THREAD_STATE_SINGLE_STEP => {
            let on = thread.with_registers(|context, _| Ok(registers::single_step(context)))?;
            put(buffer, &u32::from(on))
        }
        _ => thread.with_registers(|_, _| Err(Status::NOT_SUPPORTED)),
    }
}

/// Changes registers of a thread that is suspended or in an exception. Of one
/// that stands in a call, those that no call keeps are lost.
///
/// # Parameters
///
/// * `handle` (thread, `ZX_RIGHT_WRITE`): the thread
/// * `kind`: which ones, one of `ZX_THREAD_STATE_*`
/// * `buffer` (buffer of `buffer_size` bytes): the kind's record
/// * `buffer_size`: exactly its size
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: unknown kind, `buffer_size` is another one, or
///   `buffer` cannot be read
/// * `ZX_ERR_BAD_STATE`: the thread is neither suspended nor in an exception
/// * `ZX_ERR_NOT_SUPPORTED`: `ZX_THREAD_STATE_DEBUG_REGS`, a thread that is
///   exiting, or floating-point or vector registers of a thread in a call
/// * `ZX_ERR_INVALID_ARGS`: an address that is not a program's, bits of the
///   vector unit's control register that the processor does not have, or a
///   single step that is neither 0 nor 1
///
/// # Support
///
/// Partial: not the debug registers, which belong to Linux.
pub extern "C" fn zx_thread_write_state(
    handle: zx_handle_t,
    kind: u32,
    buffer: *const c_void,
    buffer_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        let thread = cx.get::<Thread>(handle, Rights::WRITE)?;
        if buffer_size != size_of_kind(kind)? {
            return Err(Status::INVALID_ARGS);
        }
        write(&thread, kind, buffer)
    })
}

fn write(thread: &Thread, kind: u32, buffer: *const c_void) -> Result {
    fn take<T: Pod>(buffer: *const c_void) -> Result<T> {
        UserIn::new(buffer.cast::<T>()).read()
    }
    match kind {
        c::ZX_THREAD_STATE_GENERAL_REGS => {
            let record = take::<c::zx_thread_state_general_regs_t>(buffer)?;
            thread.with_registers(|context, bases| registers::set_general(context, bases, &record))
        }
        c::ZX_THREAD_STATE_FP_REGS => {
            let record = take::<c::zx_thread_state_fp_regs_t>(buffer)?;
            thread.with_registers(|context, _| registers::set_fp(context, &record))
        }
        c::ZX_THREAD_STATE_VECTOR_REGS => {
            let record = take::<c::zx_thread_state_vector_regs_t>(buffer)?;
            thread.with_registers(|context, _| registers::set_vector(context, &record))
        }
        c::ZX_THREAD_STATE_SINGLE_STEP => {
            let on = take::<u32>(buffer)?;
            thread.with_registers(|context, _| {
                if on > 1 {
                    return Err(Status::INVALID_ARGS);
                }
                registers::set_single_step(context, on == 1);
                Ok(())
            })
        }
        _ => {
            take::<c::zx_thread_state_debug_regs_t>(buffer)?;
            thread.with_registers(|_, _| Err(Status::NOT_SUPPORTED))
        }
    }
}

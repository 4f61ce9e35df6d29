// SPDX-License-Identifier: MIT
//! Fifo calls (ipc.md, section 4).

use core::ffi::c_void;

use super::user::{UserIn, UserOut};
use super::{syscall, syscall_without_memory};
use crate::object::fifo::Fifo;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::policy::Condition;
use crate::uapi::types::{ZX_FIFO_MAX_SIZE_BYTES, zx_handle_t, zx_status_t};

/// Makes a fifo: two ends, each with a ring of `elem_count` elements of
/// `elem_size` bytes that the other end fills.
///
/// # Parameters
///
/// * `elem_count`: elements of each ring
/// * `elem_size`: size of an element in bytes; the ring has at most
///   `ZX_FIFO_MAX_SIZE_BYTES`
/// * `options`: must be 0
/// * `out0` (out, fifo handle): one end, rights `ZX_DEFAULT_FIFO_RIGHTS`
/// * `out1` (out, fifo handle): the other end
///
/// # Errors
///
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_OUT_OF_RANGE`: a number is 0, or one of them or their product is
///   more than `ZX_FIFO_MAX_SIZE_BYTES`
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_NO_MEMORY`: there is none for the fifo or its handles
/// * `ZX_ERR_INVALID_ARGS`: `out0` or `out1` cannot be written
pub extern "C" fn zx_fifo_create(
    elem_count: usize,
    elem_size: usize,
    options: u32,
    out0: *mut zx_handle_t,
    out1: *mut zx_handle_t,
) -> zx_status_t {
    let outs = (UserOut::new(out0), UserOut::new(out1));
    syscall(|cx| {
        cx.check_policy(Condition::NewFifo)?;
        let size = elem_count.checked_mul(elem_size);
        if size.is_none_or(|size| size == 0 || size > ZX_FIFO_MAX_SIZE_BYTES) {
            return Err(Status::OUT_OF_RANGE);
        }
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish_pair(outs, Fifo::pair(elem_count, elem_size))
    })
}

/// Queues elements for the other end: as many as fit, at least one.
///
/// # Parameters
///
/// * `handle` (fifo, `ZX_RIGHT_WRITE`): the end to write to
/// * `elem_size`: size of an element in bytes, as the fifo was made
/// * `data`: the elements
/// * `count`: how many of them
/// * `actual_count` (out, optional): how many were queued
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_PEER_CLOSED`: the other end is closed
/// * `ZX_ERR_OUT_OF_RANGE`: `elem_size` is not that of the fifo, or `count` is 0
/// * `ZX_ERR_SHOULD_WAIT`: the ring is full
/// * `ZX_ERR_INVALID_ARGS`: the elements cannot be read, and none is queued, or
///   `actual_count` cannot be written, and they are queued
/// * `ZX_ERR_NO_MEMORY`: there is none for the ring
pub extern "C" fn zx_fifo_write(
    handle: zx_handle_t,
    elem_size: usize,
    data: *const c_void,
    count: usize,
    actual_count: *mut usize,
) -> zx_status_t {
    let data = UserIn::<u8>::new(data.cast());
    let actual = UserOut::new(actual_count);
    syscall(|cx| {
        let fifo = cx.get::<Fifo>(handle, Rights::WRITE)?;
        let count = fifo.write(elem_size, count, |at, piece| data.read_slice(at, piece))?;
        actual.write_optional(&count)
    })
}

/// Takes up to `data_size` elements that the other end queued, at least one.
///
/// # Parameters
///
/// * `handle` (fifo, `ZX_RIGHT_READ`): the end to read from
/// * `elem_size`: size of an element in bytes, as the fifo was made
/// * `data` (out): where the elements go
/// * `data_size`: how many elements, not bytes, have room there
/// * `actual_count` (out, optional): how many were taken
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: `elem_size` is not that of the fifo, or `data_size` is
///   0
/// * `ZX_ERR_SHOULD_WAIT`: the ring is empty
/// * `ZX_ERR_PEER_CLOSED`: so it is, and the other end is gone
/// * `ZX_ERR_INVALID_ARGS`: the elements cannot be stored, and stay queued, or
///   `actual_count` cannot be written, and they are taken
pub extern "C" fn zx_fifo_read(
    handle: zx_handle_t,
    elem_size: usize,
    data: *mut c_void,
    data_size: usize,
    actual_count: *mut usize,
) -> zx_status_t {
    let data = UserOut::<u8>::new(data.cast());
    let actual = UserOut::new(actual_count);
    syscall_without_memory(|cx| {
        let fifo = cx.get::<Fifo>(handle, Rights::READ)?;
        let count = fifo.read(elem_size, data_size, |at, piece| {
            data.write_slice(at, piece)
        })?;
        actual.write_optional(&count)
    })
}

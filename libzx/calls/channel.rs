// SPDX-License-Identifier: MIT
//! Channel calls (ipc.md, section 2).

use core::ffi::c_void;

use super::message::{Arrival, Buffers, Offer, Offers, Payload};
use super::user::{UserIn, UserOut};
use super::{syscall, syscall_without_memory};
use crate::object::channel::{Channel, Read};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::gate;
use crate::task::Context;
use crate::task::policy::Condition;
use crate::uapi::time::zx_time_t;
use crate::uapi::types as c;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// The shortest request of a call: its transaction id.
const TXID_BYTES: usize = 4;

/// Makes a channel: two ends, each with a queue of messages that the other end
/// writes.
///
/// # Parameters
///
/// * `options`: must be 0
/// * `out0` (out, channel handle): one end, rights `ZX_DEFAULT_CHANNEL_RIGHTS`
/// * `out1` (out, channel handle): the other end
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_NO_MEMORY`: there is none for the channel or its handles
/// * `ZX_ERR_INVALID_ARGS`: `out0` or `out1` cannot be written
pub extern "C" fn zx_channel_create(
    options: u32,
    out0: *mut zx_handle_t,
    out1: *mut zx_handle_t,
) -> zx_status_t {
    let outs = (UserOut::new(out0), UserOut::new(out1));
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.check_policy(Condition::NewChannel)?;
        cx.publish_pair(outs, Channel::pair())
    })
}

/// Sends bytes and handles as one message to the other end of a channel.
/// Never blocks; the queue has no limit. The handles leave the caller whatever
/// the result; those that could not be sent are closed.
///
/// # Parameters
///
/// * `handle` (channel, `ZX_RIGHT_WRITE`): the end to write to
/// * `options` (options `ZX_CHANNEL_WRITE_USE_IOVEC`): with
///   `ZX_CHANNEL_WRITE_USE_IOVEC`, `bytes` is an array of `num_bytes`
///   `zx_channel_iovec_t` whose slices together are the payload
/// * `bytes` (buffer of `num_bytes` bytes): the payload
/// * `num_bytes`: size of the payload, at most `ZX_CHANNEL_MAX_MSG_BYTES`
/// * `handles` (array of `num_handles`, any handle, `ZX_RIGHT_TRANSFER`, consumed):
///   the handles to send
/// * `num_handles`: how many, at most `ZX_CHANNEL_MAX_MSG_HANDLES`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` has an unknown bit
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: more than `ZX_CHANNEL_MAX_MSG_BYTES` bytes,
///   `ZX_CHANNEL_MAX_MSG_HANDLES` handles or `ZX_CHANNEL_MAX_MSG_IOVECS` slices
/// * `ZX_ERR_NO_MEMORY`: there is none for the message
/// * `ZX_ERR_INVALID_ARGS`: `bytes`, a slice or `handles` cannot be read, or a
///   slice's `reserved` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`: the
///   first of `handles` that is not live, lacks `ZX_RIGHT_TRANSFER` or is the end
///   that is written to
/// * `ZX_ERR_PEER_CLOSED`: the other end is closed
///
/// # Differences
///
/// Zircon raises a policy exception when thousands of messages are queued;
/// here memory is the only limit.
pub extern "C" fn zx_channel_write(
    handle: zx_handle_t,
    options: u32,
    bytes: *const c_void,
    num_bytes: u32,
    handles: *const zx_handle_t,
    num_handles: u32,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let offers = Offers::new(cx, handles, num_handles);
        write(cx, handle, options, (bytes, num_bytes), offers)
    })
}

/// Sends a message like `zx_channel_write`, with a wish for each handle: to be
/// moved or duplicated, to be of a type, to get fewer rights. When entries
/// fail, all are tried and the `result` of each that fails says why; handles
/// to be duplicated stay the caller's, all others leave it.
///
/// An entry fails with `ZX_ERR_BAD_HANDLE`; `ZX_ERR_ACCESS_DENIED` without
/// `ZX_RIGHT_TRANSFER`; `ZX_ERR_NOT_SUPPORTED` for the end that is written to;
/// `ZX_ERR_WRONG_TYPE`; `ZX_ERR_INVALID_ARGS` for an unknown `operation` or
/// `rights` that are not a subset of the handle's; `ZX_ERR_ACCESS_DENIED` without
/// `ZX_RIGHT_DUPLICATE` for `ZX_HANDLE_OP_DUPLICATE`.
///
/// # Parameters
///
/// * `handle` (channel, `ZX_RIGHT_WRITE`): the end to write to
/// * `options` (options `ZX_CHANNEL_WRITE_USE_IOVEC`): as for `zx_channel_write`
/// * `bytes` (buffer of `num_bytes` bytes): the payload
/// * `num_bytes`: size of the payload, at most `ZX_CHANNEL_MAX_MSG_BYTES`
/// * `handles` (in, out, array of `num_handles`): what to do with which handle, and
///   how that ended
/// * `num_handles`: how many, at most `ZX_CHANNEL_MAX_MSG_HANDLES`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` has an unknown bit
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: more than `ZX_CHANNEL_MAX_MSG_BYTES` bytes,
///   `ZX_CHANNEL_MAX_MSG_HANDLES` handles or `ZX_CHANNEL_MAX_MSG_IOVECS` slices
/// * `ZX_ERR_NO_MEMORY`: there is none for the message
/// * `ZX_ERR_INVALID_ARGS`: `bytes`, a slice or `handles` cannot be read, or a
///   slice's `reserved` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`,
///   `ZX_ERR_WRONG_TYPE`, `ZX_ERR_INVALID_ARGS`: the first entry that fails
/// * `ZX_ERR_INVALID_ARGS`: the results cannot be written
/// * `ZX_ERR_PEER_CLOSED`: the other end is closed
pub extern "C" fn zx_channel_write_etc(
    handle: zx_handle_t,
    options: u32,
    bytes: *const c_void,
    num_bytes: u32,
    handles: *mut c::zx_handle_disposition_t,
    num_handles: u32,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let offers = Offers::new(cx, handles.cast_const(), num_handles);
        write(cx, handle, options, (bytes, num_bytes), offers)
    })
}

fn write<T: Offer>(
    cx: &Context,
    handle: zx_handle_t,
    options: u32,
    (bytes, count): (*const c_void, u32),
    mut offers: Offers<'_, T>,
) -> Result {
    gate::memory()?; // here, for the handles are gone also then
    let iovecs = iovecs(options)?;
    let channel = cx.get::<Channel>(handle, Rights::WRITE)?;
    let payload = Payload {
        bytes,
        count,
        iovecs,
    };
    let mut message = payload.read(offers.count())?;
    offers.collect(&channel, &mut message)?;
    channel.write(message)
}

/// Whether the payload is an array of slices.
fn iovecs(options: u32) -> Result<bool> {
    match options {
        0 => Ok(false),
        c::ZX_CHANNEL_WRITE_USE_IOVEC => Ok(true),
        _ => Err(Status::INVALID_ARGS),
    }
}

/// Takes the oldest message, if the buffers are large enough for it.
/// Otherwise the sizes that it needs are stored, and it stays queued unless
/// `options` is `ZX_CHANNEL_READ_MAY_DISCARD`.
///
/// # Parameters
///
/// * `handle` (channel, `ZX_RIGHT_READ`): the end to read from
/// * `options` (options `ZX_CHANNEL_READ_MAY_DISCARD`): whether a message that
///   does not fit is lost
/// * `bytes` (out, buffer of `num_bytes` bytes, used `actual_bytes`): the payload
/// * `handles` (out, array of `num_handles`, any handle, used `actual_handles`):
///   the handles received
/// * `num_bytes`: size of `bytes`
/// * `num_handles`: entries of `handles`
/// * `actual_bytes` (out, optional): size of the payload
/// * `actual_handles` (out, optional): number of handles
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: `options` has an unknown bit
/// * `ZX_ERR_SHOULD_WAIT`: no message
/// * `ZX_ERR_PEER_CLOSED`: no message, and the other end is gone
/// * `ZX_ERR_BUFFER_TOO_SMALL`: the message does not fit
/// * `ZX_ERR_INVALID_ARGS`: something cannot be stored, and the message is lost
/// * `ZX_ERR_NO_MEMORY`: there is no room for its handles, and the message is lost
pub extern "C" fn zx_channel_read(
    handle: zx_handle_t,
    options: u32,
    bytes: *mut c_void,
    handles: *mut zx_handle_t,
    num_bytes: u32,
    num_handles: u32,
    actual_bytes: *mut u32,
    actual_handles: *mut u32,
) -> zx_status_t {
    let buffers = Buffers::new(
        (bytes, num_bytes),
        (handles, num_handles),
        (actual_bytes, actual_handles),
    );
    syscall_without_memory(|cx| read(cx, handle, options, &buffers))
}

/// Takes the oldest message like `zx_channel_read`, and tells type and rights
/// of each handle in it.
///
/// # Parameters
///
/// * `handle` (channel, `ZX_RIGHT_READ`): the end to read from
/// * `options` (options `ZX_CHANNEL_READ_MAY_DISCARD`): whether a message that
///   does not fit is lost
/// * `bytes` (out, buffer of `num_bytes` bytes, used `actual_bytes`): the payload
/// * `handles` (out, array of `num_handles`, used `actual_handles`): the handles
///   received
/// * `num_bytes`: size of `bytes`
/// * `num_handles`: entries of `handles`
/// * `actual_bytes` (out, optional): size of the payload
/// * `actual_handles` (out, optional): number of handles
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: `options` has an unknown bit
/// * `ZX_ERR_SHOULD_WAIT`: no message
/// * `ZX_ERR_PEER_CLOSED`: no message, and the other end is gone
/// * `ZX_ERR_BUFFER_TOO_SMALL`: the message does not fit
/// * `ZX_ERR_INVALID_ARGS`: something cannot be stored, and the message is lost
/// * `ZX_ERR_NO_MEMORY`: there is no room for its handles, and the message is lost
pub extern "C" fn zx_channel_read_etc(
    handle: zx_handle_t,
    options: u32,
    bytes: *mut c_void,
    handles: *mut c::zx_handle_info_t,
    num_bytes: u32,
    num_handles: u32,
    actual_bytes: *mut u32,
    actual_handles: *mut u32,
) -> zx_status_t {
    let buffers = Buffers::new(
        (bytes, num_bytes),
        (handles, num_handles),
        (actual_bytes, actual_handles),
    );
    syscall_without_memory(|cx| read(cx, handle, options, &buffers))
}

fn read<T: Arrival>(
    cx: &Context,
    handle: zx_handle_t,
    options: u32,
    buffers: &Buffers<T>,
) -> Result {
    let channel = cx.get::<Channel>(handle, Rights::READ)?;
    if options & !c::ZX_CHANNEL_READ_MAY_DISCARD != 0 {
        return Err(Status::NOT_SUPPORTED);
    }
    let (max_bytes, max_handles) = (buffers.num_bytes as usize, buffers.num_handles as usize);
    match channel.read(max_bytes, max_handles, options != 0)? {
        Read::Message(mut message) => {
            buffers.tell_optional(message.bytes().len(), message.handles().len())?;
            buffers.fill(cx, &mut message)
        }
        Read::TooLarge(bytes, handles) => {
            buffers.tell_optional(bytes, handles)?;
            Err(Status::BUFFER_TOO_SMALL)
        }
    }
}

/// Sends a request and waits until `deadline` for the reply: the message from
/// the other end that begins with the same transaction id. The library picks
/// the id and puts it into the first four bytes of what the other end reads.
/// Any number of threads may call on the same end.
///
/// Handles of the request leave the caller as with `zx_channel_write`, once
/// `args` could be read.
///
/// # Parameters
///
/// * `handle` (channel, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): the end to write to
/// * `options` (options `ZX_CHANNEL_WRITE_USE_IOVEC`): as for `zx_channel_write`
/// * `deadline`: when to give up
/// * `args`: the request, its handles, each with `ZX_RIGHT_TRANSFER`, and where the
///   reply goes
/// * `actual_bytes` (out): size of the reply's payload
/// * `actual_handles` (out): number of the reply's handles
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `args` cannot be read
/// * `ZX_ERR_INVALID_ARGS`: `options` has an unknown bit
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: the request is too large, as for `zx_channel_write`
/// * `ZX_ERR_NO_MEMORY`: there is none for the request
/// * `ZX_ERR_INVALID_ARGS`: the request cannot be read, or has fewer than four
///   bytes
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`: the first
///   handle of the request that cannot be sent
/// * `ZX_ERR_PEER_CLOSED`: the other end is closed
/// * `ZX_ERR_TIMED_OUT`: no reply until `deadline`
/// * `ZX_ERR_CANCELED`: `handle` was closed meanwhile
/// * `ZX_ERR_BUFFER_TOO_SMALL`: the reply does not fit, and is lost
/// * `ZX_ERR_INVALID_ARGS`: something cannot be stored, NULL included, and the
///   reply is lost
/// * `ZX_ERR_NO_MEMORY`: there is no room for the reply's handles, and it is lost
///
/// # Blocks
///
/// Until the reply comes.
pub extern "C" fn zx_channel_call(
    handle: zx_handle_t,
    options: u32,
    deadline: zx_time_t,
    args: *const c::zx_channel_call_args_t,
    actual_bytes: *mut u32,
    actual_handles: *mut u32,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let args = UserIn::new(args).read()?;
        let offers = Offers::new(cx, args.wr_handles, args.wr_num_handles);
        let buffers = Buffers::new(
            (args.rd_bytes, args.rd_num_bytes),
            (args.rd_handles, args.rd_num_handles),
            (actual_bytes, actual_handles),
        );
        let request = (args.wr_bytes, args.wr_num_bytes);
        call(cx, (handle, options, deadline), request, offers, &buffers)
    })
}

/// Sends a request and waits for the reply like `zx_channel_call`, with the
/// wishes of `zx_channel_write_etc` for the handles sent and the information
/// of `zx_channel_read_etc` on those received.
///
/// # Parameters
///
/// * `handle` (channel, `ZX_RIGHT_READ`, `ZX_RIGHT_WRITE`): the end to write to
/// * `options` (options `ZX_CHANNEL_WRITE_USE_IOVEC`): as for `zx_channel_write`
/// * `deadline`: when to give up
/// * `args` (in, out): the request, its handles with the wish for each and how
///   that ended, and where the reply goes
/// * `actual_bytes` (out): size of the reply's payload
/// * `actual_handles` (out): number of the reply's handles
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `args` cannot be read
/// * `ZX_ERR_INVALID_ARGS`: `options` has an unknown bit
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: the request is too large, as for `zx_channel_write`
/// * `ZX_ERR_NO_MEMORY`: there is none for the request
/// * `ZX_ERR_INVALID_ARGS`: the request cannot be read, or has fewer than four
///   bytes
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`,
///   `ZX_ERR_WRONG_TYPE`, `ZX_ERR_INVALID_ARGS`: the first entry that fails, as for
///   `zx_channel_write_etc`
/// * `ZX_ERR_PEER_CLOSED`: the other end is closed
/// * `ZX_ERR_TIMED_OUT`: no reply until `deadline`
/// * `ZX_ERR_CANCELED`: `handle` was closed meanwhile
/// * `ZX_ERR_BUFFER_TOO_SMALL`: the reply does not fit, and is lost
/// * `ZX_ERR_INVALID_ARGS`: something cannot be stored, NULL included, and the
///   reply is lost
/// * `ZX_ERR_NO_MEMORY`: there is no room for the reply's handles, and it is lost
///
/// # Blocks
///
/// Until the reply comes.
pub extern "C" fn zx_channel_call_etc(
    handle: zx_handle_t,
    options: u32,
    deadline: zx_time_t,
    args: *mut c::zx_channel_call_etc_args_t,
    actual_bytes: *mut u32,
    actual_handles: *mut u32,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let args = UserIn::new(args.cast_const()).read()?;
        let offers = Offers::new(cx, args.wr_handles.cast_const(), args.wr_num_handles);
        let buffers = Buffers::new(
            (args.rd_bytes, args.rd_num_bytes),
            (args.rd_handles, args.rd_num_handles),
            (actual_bytes, actual_handles),
        );
        let request = (args.wr_bytes, args.wr_num_bytes);
        call(cx, (handle, options, deadline), request, offers, &buffers)
    })
}

fn call<T: Offer, U: Arrival>(
    cx: &Context,
    (handle, options, deadline): (zx_handle_t, u32, zx_time_t),
    (bytes, count): (*const c_void, u32),
    mut offers: Offers<'_, T>,
    buffers: &Buffers<U>,
) -> Result {
    gate::memory()?;
    let iovecs = iovecs(options)?;
    let channel = cx.get::<Channel>(handle, Rights::READ.with(Rights::WRITE))?;
    let payload = Payload {
        bytes,
        count,
        iovecs,
    };
    let mut request = payload.read(offers.count())?;
    if request.bytes().len() < TXID_BYTES {
        return Err(Status::INVALID_ARGS);
    }
    offers.collect(&channel, &mut request)?;
    let mut reply = channel.call(cx.thread(), request, deadline)?;
    let (bytes, handles) = (reply.bytes().len(), reply.handles().len());
    if bytes > buffers.num_bytes as usize || handles > buffers.num_handles as usize {
        return Err(Status::BUFFER_TOO_SMALL);
    }
    buffers.tell(bytes, handles)?;
    buffers.fill(cx, &mut reply)
}

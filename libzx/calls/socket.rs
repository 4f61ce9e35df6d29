// SPDX-License-Identifier: MIT
//! Socket calls (ipc.md, section 3).

use core::ffi::c_void;

use super::user::{UserIn, UserOut};
use super::{syscall, syscall_without_memory};
use crate::object::socket::{Disposition, Socket};
use crate::object::{KernelObject, Typed};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::policy::Condition;
use crate::uapi::types as c;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes a socket: two ends that read what the other one writes, as a stream
/// of bytes or as packets (`ZX_SOCKET_DATAGRAM`).
///
/// # Parameters
///
/// * `options` (options `ZX_SOCKET_STREAM`, `ZX_SOCKET_DATAGRAM`): which of the two
/// * `out0` (out, socket handle): one end, rights `ZX_DEFAULT_SOCKET_RIGHTS` and
///   `ZX_RIGHT_MANAGE_SOCKET`
/// * `out1` (out, socket handle): the other end
///
/// # Errors
///
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_INVALID_ARGS`: `options` is neither `ZX_SOCKET_STREAM` nor
///   `ZX_SOCKET_DATAGRAM`
/// * `ZX_ERR_NO_MEMORY`: there is none for the socket or its handles
/// * `ZX_ERR_INVALID_ARGS`: `out0` or `out1` cannot be written
///
/// # Differences
///
/// The options of older Zircon for a control plane and for sharing are unknown
/// bits.
pub extern "C" fn zx_socket_create(
    options: u32,
    out0: *mut zx_handle_t,
    out1: *mut zx_handle_t,
) -> zx_status_t {
    let outs = (UserOut::new(out0), UserOut::new(out1));
    syscall(|cx| {
        cx.check_policy(Condition::NewSocket)?;
        if options & !c::ZX_SOCKET_CREATE_MASK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish_pair(outs, Socket::pair(options))
    })
}

/// Writes to a socket: as much of a stream as fits, all or nothing of a
/// packet. Nothing at all is written, and that is no error, when `buffer_size`
/// is 0.
///
/// # Parameters
///
/// * `handle` (socket, `ZX_RIGHT_WRITE`): the end to write to
/// * `options`: must be 0
/// * `buffer` (buffer of `buffer_size` bytes): the data
/// * `buffer_size`: size of the data
/// * `actual` (out, optional): how many bytes were written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `buffer` is NULL although `buffer_size` is not 0, or
///   `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_PEER_CLOSED`: the other end is closed
/// * `ZX_ERR_BAD_STATE`: writing is disabled
/// * `ZX_ERR_INVALID_ARGS`: `buffer_size` is more than 2^32 - 1
/// * `ZX_ERR_SHOULD_WAIT`: no room
/// * `ZX_ERR_OUT_OF_RANGE`: the packet never fits
/// * `ZX_ERR_SHOULD_WAIT`: the packet does not fit now
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be read, and nothing is written, or
///   `actual` cannot be written, and the data is
/// * `ZX_ERR_NO_MEMORY`: there is none for the data
pub extern "C" fn zx_socket_write(
    handle: zx_handle_t,
    options: u32,
    buffer: *const c_void,
    buffer_size: usize,
    actual: *mut usize,
) -> zx_status_t {
    let buffer = UserIn::<u8>::new(buffer.cast());
    let actual = UserOut::new(actual);
    syscall(|cx| {
        if buffer.is_null() && buffer_size > 0 || options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let socket = cx.get::<Socket>(handle, Rights::WRITE)?;
        let len = socket.write(buffer_size, |at, piece| buffer.read_slice(at, piece))?;
        actual.write_optional(&len)
    })
}

/// Reads from a socket: up to `buffer_size` bytes of a stream or of one
/// packet, whose rest is lost. With `ZX_SOCKET_PEEK` everything stays as it
/// is. With a `buffer_size` of 0 the call only tells whether there is
/// something to read.
///
/// # Parameters
///
/// * `handle` (socket, `ZX_RIGHT_READ`): the end to read from
/// * `options` (options `ZX_SOCKET_PEEK`): whether what is read stays
/// * `buffer` (out, buffer of `buffer_size` bytes, used `actual`): where the data
///   goes
/// * `buffer_size`: size of `buffer`
/// * `actual` (out, optional): how many bytes were read
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `buffer` is NULL although `buffer_size` is not 0, or
///   `options` is neither 0 nor `ZX_SOCKET_PEEK`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `buffer_size` is more than 2^32 - 1
/// * `ZX_ERR_PEER_CLOSED`: nothing to read, and the other end is closed
/// * `ZX_ERR_BAD_STATE`: nothing to read, and the other end may not write
/// * `ZX_ERR_SHOULD_WAIT`: nothing to read
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be written, and nothing is taken, or
///   `actual` cannot be written, and the data is taken
pub extern "C" fn zx_socket_read(
    handle: zx_handle_t,
    options: u32,
    buffer: *mut c_void,
    buffer_size: usize,
    actual: *mut usize,
) -> zx_status_t {
    let buffer = UserOut::<u8>::new(buffer.cast());
    let actual = UserOut::new(actual);
    syscall_without_memory(|cx| {
        if buffer.is_null() && buffer_size > 0 || options & !c::ZX_SOCKET_PEEK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let socket = cx.get::<Socket>(handle, Rights::READ)?;
        let peek = options & c::ZX_SOCKET_PEEK != 0;
        let len = socket.read(buffer_size, peek, |at, piece| buffer.write_slice(at, piece))?;
        actual.write_optional(&len)
    })
}

/// Forbids further writing (`ZX_SOCKET_SHUTDOWN_WRITE`) by this end, or
/// (`ZX_SOCKET_SHUTDOWN_READ`) by the other end. What was written stays
/// readable.
///
/// # Parameters
///
/// * `handle` (socket, `ZX_RIGHT_WRITE`): this end
/// * `options` (options `ZX_SOCKET_SHUTDOWN_READ`, `ZX_SOCKET_SHUTDOWN_WRITE`):
///   what to forbid
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` has other bits
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
pub extern "C" fn zx_socket_shutdown(handle: zx_handle_t, options: u32) -> zx_status_t {
    syscall(|cx| {
        if options & !c::ZX_SOCKET_SHUTDOWN_MASK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let socket = cx.get::<Socket>(handle, Rights::WRITE)?;
        socket.shutdown(
            options & c::ZX_SOCKET_SHUTDOWN_WRITE != 0,
            options & c::ZX_SOCKET_SHUTDOWN_READ != 0,
        );
        Ok(())
    })
}

/// Forbids (`ZX_SOCKET_DISPOSITION_WRITE_DISABLED`) or allows
/// (`ZX_SOCKET_DISPOSITION_WRITE_ENABLED`) writing by this end and by the
/// other end; 0 leaves it as it is. What was written stays readable.
///
/// # Parameters
///
/// * `handle` (socket, `ZX_RIGHT_MANAGE_SOCKET`): this end
/// * `disposition` (value `ZX_SOCKET_DISPOSITION_*`): for this end
/// * `disposition_peer` (value `ZX_SOCKET_DISPOSITION_*`): for the other end
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: an argument is none of the three
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_STATE`: writing shall be allowed although what was written before
///   it was forbidden has not been read; nothing changes then
///
/// # Generation
///
/// Later
pub extern "C" fn zx_socket_set_disposition(
    handle: zx_handle_t,
    disposition: u32,
    disposition_peer: u32,
) -> zx_status_t {
    syscall(|cx| {
        let own = self::disposition(disposition)?;
        let peer = self::disposition(disposition_peer)?;
        let socket = cx.get::<Socket>(handle, Rights::MANAGE_SOCKET)?;
        socket.set_disposition(own, peer)
    })
}

/// Sends a socket through another one that was made for it, which only older
/// Zircon could make: there are none here. `socket_to_share` is closed.
///
/// # Parameters
///
/// * `handle` (socket, `ZX_RIGHT_WRITE`): the socket to send through
/// * `socket_to_share` (socket, `ZX_RIGHT_TRANSFER`, consumed): the socket to send
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_WRONG_TYPE`:
///   `socket_to_share`
/// * `ZX_ERR_BAD_STATE`: `socket_to_share` is one of the two ends of `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: else
///
/// # Support
///
/// Checks only: sockets for sharing cannot be made.
///
/// # Generation
///
/// Older
pub extern "C" fn zx_socket_share(
    handle: zx_handle_t,
    socket_to_share: zx_handle_t,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let socket = cx.get::<Socket>(handle, Rights::WRITE);
        let shared = cx.take(socket_to_share);
        let (socket, shared) = (socket?, shared?);
        if !shared.rights().contains(Rights::TRANSFER) {
            return Err(Status::ACCESS_DENIED);
        }
        let koid = Socket::of(shared.object())
            .ok_or(Status::WRONG_TYPE)?
            .base()
            .koid();
        if koid == socket.base().koid() || koid == socket.related_koid() {
            return Err(Status::BAD_STATE);
        }
        Err(Status::NOT_SUPPORTED)
    })
}

/// Takes the socket that was sent through another one, which only older
/// Zircon could make: there are none here. `out_socket` stays as it is.
///
/// # Parameters
///
/// * `handle` (socket, `ZX_RIGHT_READ`): the socket to receive from
/// * `out_socket` (out, socket handle): the socket received
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: else
///
/// # Support
///
/// Checks only: sockets for sharing cannot be made.
///
/// # Generation
///
/// Older
pub extern "C" fn zx_socket_accept(
    handle: zx_handle_t,
    out_socket: *mut zx_handle_t,
) -> zx_status_t {
    let _ = out_socket;
    syscall(|cx| {
        cx.get::<Socket>(handle, Rights::READ)?;
        Err(Status::NOT_SUPPORTED)
    })
}

fn disposition(value: u32) -> Result<Disposition> {
    match value {
        0 => Ok(Disposition::Same),
        c::ZX_SOCKET_DISPOSITION_WRITE_DISABLED => Ok(Disposition::WriteDisabled),
        c::ZX_SOCKET_DISPOSITION_WRITE_ENABLED => Ok(Disposition::WriteEnabled),
        _ => Err(Status::INVALID_ARGS),
    }
}

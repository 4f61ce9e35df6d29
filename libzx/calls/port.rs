// SPDX-License-Identifier: MIT
//! Port calls (ports.md, section 4).

use super::user::{UserIn, UserOut};
use super::{syscall, syscall_without_memory};
use crate::object::KernelObject;
use crate::object::async_wait;
use crate::object::handle::Handle;
use crate::object::packet::{Packet, Payload};
use crate::object::port::Port;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::policy::Condition;
use crate::uapi::port as c;
use crate::uapi::time::zx_time_t;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes a port.
///
/// # Parameters
///
/// * `options` (options `ZX_PORT_BIND_TO_INTERRUPT`): whether interrupts can be
///   bound to it
/// * `out` (out, port handle): the new handle, rights `ZX_DEFAULT_PORT_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_INVALID_ARGS`: `options` is neither 0 nor
///   `ZX_PORT_BIND_TO_INTERRUPT`
/// * `ZX_ERR_NO_MEMORY`: there is none for the port or its handle
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_port_create(options: u32, out: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        cx.check_policy(Condition::NewPort)?;
        if options & !c::ZX_PORT_BIND_TO_INTERRUPT != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish(out, Handle::new(Port::new(options), Port::DEFAULT_RIGHTS))
    })
}

/// Queues a copy of a packet. Its type becomes `ZX_PKT_TYPE_USER`; key,
/// status and data stay as they are. Never blocks.
///
/// # Parameters
///
/// * `handle` (port, `ZX_RIGHT_WRITE`): the port
/// * `packet`: the packet
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `packet` cannot be read
/// * `ZX_ERR_BAD_HANDLE`: the port's last handle was closed meanwhile
/// * `ZX_ERR_SHOULD_WAIT`: 4097 user packets are queued
/// * `ZX_ERR_NO_MEMORY`: there is none for the packet
///
/// # Differences
///
/// Zircon raises a policy exception when the port is full, which kills the
/// process unless it is handled; here the call only fails.
pub extern "C" fn zx_port_queue(
    handle: zx_handle_t,
    packet: *const c::zx_port_packet_t,
) -> zx_status_t {
    let packet = UserIn::new(packet);
    syscall(|cx| {
        let port = cx.get::<Port>(handle, Rights::WRITE)?;
        port.queue_user(packet.read()?.into())
    })
}

/// Takes the oldest packet of a port, waiting for one until `deadline`.
///
/// # Parameters
///
/// * `handle` (port, `ZX_RIGHT_READ`): the port
/// * `deadline`: when to give up
/// * `packet` (out): the packet
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NO_MEMORY`: there is none to wait with
/// * `ZX_ERR_TIMED_OUT`: no packet until `deadline`
/// * `ZX_ERR_INVALID_ARGS`: `packet` cannot be written, and the packet is lost
///
/// # Blocks
///
/// Until there is a packet.
pub extern "C" fn zx_port_wait(
    handle: zx_handle_t,
    deadline: zx_time_t,
    packet: *mut c::zx_port_packet_t,
) -> zx_status_t {
    let out = UserOut::new(packet);
    syscall_without_memory(|cx| {
        let port = cx.get::<Port>(handle, Rights::READ)?;
        let packet = port.wait(cx.thread(), deadline)?;
        out.write(&packet.into())
    })
}

/// Ends all waits that were made through the handle `source`, not a duplicate
/// of it, for this port under `key`, and takes back their packets that are
/// still queued. No packet of them arrives afterwards.
///
/// # Parameters
///
/// * `handle` (port, `ZX_RIGHT_WRITE`): the port
/// * `source` (any handle, `ZX_RIGHT_WAIT`): the handle that is waited for
/// * `key`: the key of the packets
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`: `source`
/// * `ZX_ERR_NOT_FOUND`: neither a wait nor a packet
pub extern "C" fn zx_port_cancel(
    handle: zx_handle_t,
    source: zx_handle_t,
    key: u64,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let port = cx.get::<Port>(handle, Rights::WRITE)?;
        let source = cx.get_waitable(source)?;
        async_wait::cancel(&source, &port, key)
    })
}

impl From<c::zx_port_packet_t> for Packet {
    /// The packet as a program queues it.
    fn from(packet: c::zx_port_packet_t) -> Packet {
        let c::zx_port_packet_t { key, status, .. } = packet;
        Packet {
            key,
            payload: Payload::User {
                status,
                data: {
                    // SAFETY: every member of the union is plain bytes.
                    let user = unsafe { packet.anon.user };
                    // SAFETY: as above.
                    unsafe { user.u64 }
                },
            },
        }
    }
}

impl From<Packet> for c::zx_port_packet_t {
    fn from(packet: Packet) -> c::zx_port_packet_t {
        let mut out = c::zx_port_packet_t {
            key: packet.key,
            ..Default::default()
        };
        let (packet_type, data) = match packet.payload {
            Payload::User { status, data } => {
                out.status = status;
                (c::ZX_PKT_TYPE_USER, data)
            }
            Payload::Signal {
                trigger,
                observed,
                count,
                timestamp,
            } => {
                let signals = u64::from(trigger) | u64::from(observed) << 32;
                (
                    c::ZX_PKT_TYPE_SIGNAL_ONE,
                    [signals, count, timestamp.cast_unsigned(), 0],
                )
            }
            Payload::Interrupt { timestamp } => (
                c::ZX_PKT_TYPE_INTERRUPT,
                [timestamp.cast_unsigned(), 0, 0, 0],
            ),
            Payload::PageRequest {
                complete,
                offset,
                length,
            } => {
                let command = if complete {
                    c::ZX_PAGER_VMO_COMPLETE
                } else {
                    c::ZX_PAGER_VMO_READ
                };
                let data = [command.into(), offset, length, 0];
                (c::ZX_PKT_TYPE_PAGE_REQUEST, data)
            }
            Payload::GuestBell { gpa } => (c::ZX_PKT_TYPE_GUEST_BELL, [gpa, 0, 0, 0]),
        };
        out.r#type = packet_type.into();
        out.anon.user.u64 = data;
        out
    }
}

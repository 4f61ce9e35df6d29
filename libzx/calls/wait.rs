// SPDX-License-Identifier: MIT
//! Wait calls (objects.md, section 9).

use smallvec::SmallVec;

use super::user::{UserIn, UserOut};
use super::{syscall, syscall_without_memory};
use crate::object::async_wait::{self, Terms};
use crate::object::port::Port;
use crate::object::wait::{self, Item};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::port::{ZX_WAIT_ASYNC_EDGE, ZX_WAIT_ASYNC_TIMESTAMP};
use crate::uapi::time::zx_time_t;
use crate::uapi::types::{
    ZX_WAIT_MANY_MAX_ITEMS, zx_handle_t, zx_signals_t, zx_status_t, zx_wait_item_t,
};

const MAX_ITEMS: usize = ZX_WAIT_MANY_MAX_ITEMS;

/// Waits until one of `signals` is active on an object.
///
/// # Parameters
///
/// * `handle` (any handle, `ZX_RIGHT_WAIT`): the object
/// * `signals`: the signals to wait for
/// * `deadline`: when to give up
/// * `observed` (out, optional): all signals of the object as they were then
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: not a waitable object
/// * `ZX_ERR_NO_MEMORY`: there is none to wait with
/// * `ZX_ERR_TIMED_OUT`: none of the signals until `deadline`
/// * `ZX_ERR_CANCELED`: the handle was closed, replaced or received by someone
///   meanwhile
/// * `ZX_ERR_INVALID_ARGS`: `observed` cannot be written
///
/// # Blocks
///
/// Until a signal is active.
pub extern "C" fn zx_object_wait_one(
    handle: zx_handle_t,
    signals: zx_signals_t,
    deadline: zx_time_t,
    observed: *mut zx_signals_t,
) -> zx_status_t {
    let out = UserOut::new(observed);
    syscall_without_memory(|cx| {
        let item = Item::new(cx.get_waitable(handle)?, signals);
        let mut observed = 0;
        let outcome = wait::one(cx.thread(), &item, deadline, &mut observed);
        out.write_optional(&observed)?;
        outcome
    })
}

/// Waits until one of the objects has one of the signals that its item waits
/// for. Each item's `pending` gets all signals of its object. Without items it
/// waits for the deadline.
///
/// # Parameters
///
/// * `items` (in, out, array of `num_items`): handles, each with `ZX_RIGHT_WAIT`,
///   and the signals to wait for
/// * `num_items`: how many, at most `ZX_WAIT_MANY_MAX_ITEMS`
/// * `deadline`: when to give up
///
/// # Errors
///
/// * `ZX_ERR_OUT_OF_RANGE`: more than `ZX_WAIT_MANY_MAX_ITEMS` items
/// * `ZX_ERR_INVALID_ARGS`: `items` cannot be read
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`: the first
///   item that is wrong
/// * `ZX_ERR_NO_MEMORY`: there is none to wait with
/// * `ZX_ERR_CANCELED`: a handle was closed, replaced or received by someone
///   meanwhile
/// * `ZX_ERR_TIMED_OUT`: none of the signals until `deadline`
/// * `ZX_ERR_INVALID_ARGS`: `items` cannot be written
///
/// # Blocks
///
/// Until a signal is active.
pub extern "C" fn zx_object_wait_many(
    items: *mut zx_wait_item_t,
    num_items: usize,
    deadline: zx_time_t,
) -> zx_status_t {
    let (input, out) = (UserIn::new(items), UserOut::new(items));
    syscall_without_memory(|cx| {
        if num_items == 0 {
            return wait::nothing(cx.thread(), deadline);
        }
        if num_items > MAX_ITEMS {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut copies = [zx_wait_item_t::default(); MAX_ITEMS];
        let copies = &mut copies[..num_items];
        input.read_slice(0, copies)?;
        let found = copies
            .iter()
            .map(|copy| Ok(Item::new(cx.get_waitable(copy.handle)?, copy.waitfor)));
        let found = found.collect::<Result<SmallVec<[Item; 8]>>>()?;
        let mut pending = [0; MAX_ITEMS];
        let outcome = wait::many(cx.thread(), &found, deadline, &mut pending[..num_items]);
        for (copy, pending) in copies.iter_mut().zip(pending) {
            copy.pending = pending;
        }
        out.write_slice(0, copies)?;
        outcome
    })
}

/// Makes a packet with `key` arrive at a port when one of `signals` becomes
/// active on an object, once; at once when one is active already, unless
/// `options` has `ZX_WAIT_ASYNC_EDGE`. The wait ends without a packet when
/// `handle` is closed, replaced or received by someone, when `zx_port_cancel`
/// takes it back and when the last handle of the port is closed.
///
/// # Parameters
///
/// * `handle` (any handle, `ZX_RIGHT_WAIT`): the object
/// * `port` (port, `ZX_RIGHT_WRITE`): where the packet goes
/// * `key`: the key of the packet
/// * `signals`: the signals to wait for
/// * `options` (options `ZX_WAIT_ASYNC_TIMESTAMP`, `ZX_WAIT_ASYNC_EDGE`): whether
///   the packet tells the time, and whether a signal must become active anew
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` has other bits than
///   `ZX_WAIT_ASYNC_TIMESTAMP` and `ZX_WAIT_ASYNC_EDGE`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `port`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`: `handle`
/// * `ZX_ERR_NO_MEMORY`: there is none for the wait
pub extern "C" fn zx_object_wait_async(
    handle: zx_handle_t,
    port: zx_handle_t,
    key: u64,
    signals: zx_signals_t,
    options: u32,
) -> zx_status_t {
    syscall(|cx| {
        if options & !(ZX_WAIT_ASYNC_TIMESTAMP | ZX_WAIT_ASYNC_EDGE) != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let port = cx.get::<Port>(port, Rights::WRITE)?;
        let source = cx.get_waitable(handle)?;
        let terms = Terms {
            key,
            trigger: signals,
            timestamp: options & ZX_WAIT_ASYNC_TIMESTAMP != 0,
            edge: options & ZX_WAIT_ASYNC_EDGE != 0,
        };
        async_wait::register(&source, &port, terms)
    })
}

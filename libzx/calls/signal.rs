// SPDX-License-Identifier: MIT
//! Signals that programs set (objects.md, section 10).

use super::syscall_without_memory;
use crate::object::signal;
use crate::rights::Rights;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Clears and sets signals of an object in one step. A bit in both masks ends
/// up set.
///
/// # Parameters
///
/// * `handle` (any handle, `ZX_RIGHT_SIGNAL`): the object
/// * `clear_mask`: the signals to clear
/// * `set_mask`: the signals to set
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: not an object with signals of its program's
/// * `ZX_ERR_INVALID_ARGS`: a mask has a bit that programs cannot change
pub extern "C" fn zx_object_signal(
    handle: zx_handle_t,
    clear_mask: u32,
    set_mask: u32,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let handle = cx.get_any(handle)?;
        handle.require(Rights::SIGNAL)?;
        signal::own(handle.object(), clear_mask, set_mask)
    })
}

/// Clears and sets signals of an object's peer in one step; those of the
/// object itself do not change.
///
/// # Parameters
///
/// * `handle` (any handle, `ZX_RIGHT_SIGNAL_PEER`): the object
/// * `clear_mask`: the signals to clear
/// * `set_mask`: the signals to set
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: an object without peer
/// * `ZX_ERR_INVALID_ARGS`: a mask has a bit that programs cannot change
/// * `ZX_ERR_PEER_CLOSED`: the peer is closed
pub extern "C" fn zx_object_signal_peer(
    handle: zx_handle_t,
    clear_mask: u32,
    set_mask: u32,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let handle = cx.get_any(handle)?;
        handle.require(Rights::SIGNAL_PEER)?;
        signal::peer(handle.object(), clear_mask, set_mask)
    })
}

// SPDX-License-Identifier: MIT
//! Properties and children of objects (objects.md, sections 12 and 13).

use std::ffi::c_void;

use super::syscall;
use super::user::{Pod, UserIn, UserOut};
use crate::object::handle::Handle;
use crate::object::resource::name_from;
use crate::object::socket::Socket;
use crate::object::vmo::Vmo;
use crate::object::{Object, Typed, property};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::exception::Exception;
use crate::task::job::{Job, Member};
use crate::task::process::Process;
use crate::task::table::Ref;
use crate::uapi::object as c;
use crate::uapi::rights::zx_rights_t;
use crate::uapi::types::{ZX_MAX_NAME_LEN, zx_handle_t, zx_koid_t, zx_status_t};

/// The object, if it is of the type that a property belongs to.
fn typed<T: Typed>(handle: &Ref) -> Result<&T> {
    let object = T::of(handle.object()).ok_or(Status::WRONG_TYPE)?;
    Ok(object)
}

/// A buffer for a property that takes at least `size` bytes.
fn check_size<T>(size: usize) -> Result {
    if size < size_of::<T>() {
        Err(Status::BUFFER_TOO_SMALL)
    } else {
        Ok(())
    }
}

/// Reads a property of an object.
///
/// # Parameters
///
/// * `handle` (any handle, `ZX_RIGHT_GET_PROPERTY`): the object
/// * `property` (value `ZX_PROP_*`): which one
/// * `value` (out, buffer of `value_size` bytes): the property's record
/// * `value_size`: size of `value`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `value` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: unknown property, or one that cannot be read
/// * `ZX_ERR_BUFFER_TOO_SMALL`: `value_size` is less than the property's record
/// * `ZX_ERR_WRONG_TYPE`: `handle` is of a type without this property
/// * `ZX_ERR_INVALID_ARGS`: `value` cannot be written
pub extern "C" fn zx_object_get_property(
    handle: zx_handle_t,
    property: u32,
    value: *mut c_void,
    value_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        if value.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        let handle = cx.get_any(handle)?;
        handle.require(Rights::GET_PROPERTY)?;
        get_property(&handle, property, value, value_size)
    })
}

fn get_property(handle: &Ref, property: u32, value: *mut c_void, size: usize) -> Result {
    let word = UserOut::new(value.cast::<u64>());
    match property {
        c::ZX_PROP_NAME => {
            check_size::<[u8; ZX_MAX_NAME_LEN]>(size)?;
            UserOut::new(value.cast()).write(&property::name(handle.object()))
        }
        c::ZX_PROP_PROCESS_DEBUG_ADDR => {
            check_size::<u64>(size)?;
            word.write(&typed::<Process>(handle)?.debug_addr())
        }
        c::ZX_PROP_PROCESS_VDSO_BASE_ADDRESS => {
            check_size::<u64>(size)?;
            typed::<Process>(handle)?;
            word.write(&0)
        }
        c::ZX_PROP_PROCESS_BREAK_ON_LOAD => {
            check_size::<u64>(size)?;
            word.write(&typed::<Process>(handle)?.break_on_load())
        }
        c::ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID => {
            check_size::<u64>(size)?;
            typed::<Process>(handle)?;
            Err(Status::NOT_SUPPORTED)
        }
        c::ZX_PROP_VMO_CONTENT_SIZE => {
            check_size::<u64>(size)?;
            word.write(&typed::<Vmo>(handle)?.content_size())
        }
        c::ZX_PROP_SOCKET_RX_THRESHOLD => {
            check_size::<usize>(size)?;
            UserOut::new(value.cast()).write(&typed::<Socket>(handle)?.rx_threshold())
        }
        c::ZX_PROP_SOCKET_TX_THRESHOLD => {
            check_size::<usize>(size)?;
            UserOut::new(value.cast()).write(&typed::<Socket>(handle)?.tx_threshold())
        }
        c::ZX_PROP_EXCEPTION_STATE => {
            check_size::<u32>(size)?;
            let state = typed::<Exception>(handle)?.state();
            UserOut::new(value.cast()).write(&state)
        }
        c::ZX_PROP_EXCEPTION_STRATEGY => {
            check_size::<u32>(size)?;
            let strategy = typed::<Exception>(handle)?.strategy();
            UserOut::new(value.cast()).write(&strategy)
        }
        _ => Err(Status::NOT_SUPPORTED),
    }
}

/// A property of a type of which there are no objects.
fn absent<T>(size: usize) -> Result {
    check_size::<T>(size)?;
    Err(Status::WRONG_TYPE)
}

/// Changes a property of an object. `ZX_PROP_NAME` may have any `value_size`;
/// `ZX_PROP_JOB_KILL_ON_OOM` reads 8 bytes whatever it is.
///
/// # Parameters
///
/// * `handle` (any handle, `ZX_RIGHT_SET_PROPERTY`): the object
/// * `property` (value `ZX_PROP_*`): which one
/// * `value` (buffer of `value_size` bytes): the property's record
/// * `value_size`: size of `value`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `value` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: unknown property, one that cannot be changed, or the
///   name of an object that has none
/// * `ZX_ERR_BUFFER_TOO_SMALL`: `value_size` is less than the property's record
/// * `ZX_ERR_WRONG_TYPE`: `handle` is of a type without this property
/// * `ZX_ERR_INVALID_ARGS`: `value` cannot be read, or is out of its range
/// * `ZX_ERR_ACCESS_DENIED`: a property that can be set once
/// * `ZX_ERR_PEER_CLOSED`: the write threshold of a socket without a peer
/// * `ZX_ERR_NO_MEMORY`: there is none for the change
pub extern "C" fn zx_object_set_property(
    handle: zx_handle_t,
    property: u32,
    value: *const c_void,
    value_size: usize,
) -> zx_status_t {
    syscall(|cx| {
        if value.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        let handle = cx.get_any(handle)?;
        handle.require(Rights::SET_PROPERTY)?;
        set_property(&handle, property, value, value_size)
    })
}

fn set_property(handle: &Ref, property: u32, value: *const c_void, size: usize) -> Result {
    match property {
        c::ZX_PROP_NAME => set_name(handle.object(), UserIn::new(value.cast()), size),
        c::ZX_PROP_PROCESS_DEBUG_ADDR => {
            let (process, value) = value_for::<Process, u64>(handle, value, size)?;
            process.set_debug_addr(value)
        }
        c::ZX_PROP_PROCESS_BREAK_ON_LOAD => {
            let (process, value) = value_for::<Process, u64>(handle, value, size)?;
            process.set_break_on_load(value);
            Ok(())
        }
        c::ZX_PROP_VMO_CONTENT_SIZE => {
            let (vmo, value) = value_for::<Vmo, u64>(handle, value, size)?;
            vmo.set_content_size(value)
        }
        c::ZX_PROP_JOB_KILL_ON_OOM => {
            let (job, value) = value_for::<Job, u64>(handle, value, size_of::<u64>())?;
            if value > 1 {
                return Err(Status::INVALID_ARGS);
            }
            job.set_kill_on_oom(value == 1);
            Ok(())
        }
        #[cfg(target_arch = "x86_64")]
        c::ZX_PROP_REGISTER_FS | c::ZX_PROP_REGISTER_GS => absent::<u64>(size),
        c::ZX_PROP_SOCKET_RX_THRESHOLD => {
            let (socket, value) = value_for::<Socket, usize>(handle, value, size)?;
            socket.set_rx_threshold(value)
        }
        c::ZX_PROP_SOCKET_TX_THRESHOLD => {
            let (socket, value) = value_for::<Socket, usize>(handle, value, size)?;
            socket.set_tx_threshold(value)
        }
        c::ZX_PROP_EXCEPTION_STATE => {
            let (exception, state) = value_for::<Exception, u32>(handle, value, size)?;
            exception.set_state(state)
        }
        c::ZX_PROP_EXCEPTION_STRATEGY => {
            let (exception, strategy) = value_for::<Exception, u32>(handle, value, size)?;
            exception.set_strategy(strategy)
        }
        _ => Err(Status::NOT_SUPPORTED),
    }
}

/// The checks and the value of a property of one type.
fn value_for<O: Typed, T: Pod>(handle: &Ref, value: *const c_void, size: usize) -> Result<(&O, T)> {
    check_size::<T>(size)?;
    let object = typed::<O>(handle)?;
    Ok((object, UserIn::new(value.cast::<T>()).read()?))
}

fn set_name(object: &Object, value: UserIn<u8>, size: usize) -> Result {
    property::check_named(object)?;
    let mut bytes = [0; ZX_MAX_NAME_LEN - 1];
    let bytes = &mut bytes[..size.min(ZX_MAX_NAME_LEN - 1)];
    value.read_slice(0, bytes)?;
    property::set_name(object, name_from(bytes));
    Ok(())
}

/// Makes a handle to a process of a job, a child job or a thread of a process
/// by its koid.
///
/// # Parameters
///
/// * `handle` (job or process, `ZX_RIGHT_ENUMERATE`): the parent
/// * `koid`: koid of the child
/// * `rights`: rights of the new handle, a subset of those of `handle`, or
///   `ZX_RIGHT_SAME_RIGHTS`
/// * `out` (out, any handle): the new handle
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_ACCESS_DENIED`: `rights` are not a subset of the handle's
/// * `ZX_ERR_WRONG_TYPE`: neither job nor process
/// * `ZX_ERR_NOT_FOUND`: no child has the koid
/// * `ZX_ERR_NO_MEMORY`: there is none for the handle
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_object_get_child(
    handle: zx_handle_t,
    koid: zx_koid_t,
    rights: zx_rights_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        let handle = cx.get_any(handle)?;
        handle.require(Rights::ENUMERATE)?;
        let rights = handle.rights().requested(rights);
        let rights = rights.ok_or(Status::ACCESS_DENIED)?;
        match handle.object() {
            Object::Job(job) => {
                let handle = job.with_member(koid, |member| match member {
                    Member::Job(job) => Handle::new(job, rights),
                    Member::Process(process) => Handle::new(process, rights),
                })?;
                cx.publish(out, handle)
            }
            Object::Process(process) => {
                let thread = process.threads().find(koid).ok_or(Status::NOT_FOUND)?;
                cx.publish(out, Handle::new(thread, rights))
            }
            _ => Err(Status::WRONG_TYPE),
        }
    })
}

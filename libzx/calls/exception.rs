// SPDX-License-Identifier: MIT
//! Exceptions (tasks-time-system.md, section 4.3).

use super::syscall;
use super::user::UserOut;
use crate::object::Object;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::exception::Exception;
use crate::task::policy::Condition;
use crate::task::signals;
use crate::task::thread::Life;
use crate::uapi::exception::ZX_EXCEPTION_CHANNEL_DEBUGGER;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Makes a channel on which exceptions of a task's threads arrive: faults that
/// Linux tells of as SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGTRAP, and those
/// that Zircon makes. A message is a `zx_exception_info_t` with one handle,
/// whose end lets the thread go on as its properties say. What nobody deals
/// with goes to the program's handler of the signal, or ends the program with
/// it. A program that installs handlers of these signals after its first
/// channel takes them away from it.
///
/// # Parameters
///
/// * `handle` (thread, process or job, `ZX_RIGHT_INSPECT`,
///   `ZX_RIGHT_DUPLICATE`, `ZX_RIGHT_TRANSFER`, `ZX_RIGHT_MANAGE_THREAD`): the
///   task; a process or job with `ZX_RIGHT_ENUMERATE`, too
/// * `options` (options `ZX_EXCEPTION_CHANNEL_DEBUGGER`): whether it is asked
///   before all others, not for threads
/// * `out` (out, channel handle): the new handle, with the rights
///   `ZX_RIGHT_TRANSFER`, `ZX_RIGHT_WAIT` and `ZX_RIGHT_READ`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: undefined `options`
/// * `ZX_ERR_ACCESS_DENIED`: the job forbids new channels
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: a thread with the option
/// * `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_ALREADY_BOUND`: there is such a channel whose other end is open
/// * `ZX_ERR_BAD_STATE`: the task has ended
/// * `ZX_ERR_NO_RESOURCES`: Linux refuses what this takes
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_task_create_exception_channel(
    handle: zx_handle_t,
    options: u32,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if options & !ZX_EXCEPTION_CHANNEL_DEBUGGER != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.check_policy(Condition::NewChannel)?;
        let debugger = options == ZX_EXCEPTION_CHANNEL_DEBUGGER;
        let handle = cx.get_any(handle)?;
        let needed = Rights::INSPECT
            .with(Rights::DUPLICATE)
            .with(Rights::TRANSFER)
            .with(Rights::MANAGE_THREAD);
        handle.require(needed)?;
        let (channel, ended) = match handle.object() {
            Object::Thread(_) if debugger => return Err(Status::INVALID_ARGS),
            Object::Thread(thread) => (thread.exceptions(), thread.life() > Life::Running),
            Object::Process(process) => {
                handle.require(Rights::ENUMERATE)?;
                let channel = if debugger {
                    process.debugger()
                } else {
                    process.exceptions()
                };
                (channel, process.has_exited())
            }
            Object::Job(job) => {
                handle.require(Rights::ENUMERATE)?;
                let channel = if debugger {
                    job.debugger()
                } else {
                    job.exceptions()
                };
                (channel, job.has_exited())
            }
            _ => return Err(Status::WRONG_TYPE),
        };
        if channel.is_bound() {
            return Err(Status::ALREADY_BOUND);
        }
        if ended {
            return Err(Status::BAD_STATE);
        }
        signals::prepare_exceptions()?;
        let end = channel.bind(handle.rights())?;
        cx.publish(out, end)
    })
}

/// Makes a handle to the thread that is in an exception.
///
/// # Parameters
///
/// * `handle` (exception): the exception
/// * `out` (out, thread handle): the new handle, with those rights of the
///   task's handle with which the channel was made that threads can have
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_exception_get_thread(
    handle: zx_handle_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        let exception = cx.get::<Exception>(handle, Rights::NONE)?;
        cx.publish(out, exception.thread())
    })
}

/// Makes a handle to the process whose thread is in an exception.
///
/// # Parameters
///
/// * `handle` (exception): the exception
/// * `out` (out, process handle): the new handle, with those rights of the
///   task's handle with which the channel was made that processes can have
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_ACCESS_DENIED`: it came through the channel of a thread
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_exception_get_process(
    handle: zx_handle_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        let exception = cx.get::<Exception>(handle, Rights::NONE)?;
        cx.publish(out, exception.process()?)
    })
}

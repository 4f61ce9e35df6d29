// SPDX-License-Identifier: MIT
//! Suspending tasks (tasks-time-system.md, section 4.2).

use super::syscall;
use super::user::UserOut;
use crate::object::handle::Handle;
use crate::object::{KernelObject, Object};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::task::suspend::SuspendToken;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Suspends a thread until the token is closed. That takes a moment: it has
/// happened when the thread has `ZX_THREAD_SUSPENDED`. What blocks goes on
/// afterwards, with the same deadline. A thread of Linux's own blocking calls
/// is suspended too; those that return `EINTR` despite `SA_RESTART` do so.
///
/// # Parameters
///
/// * `handle` (thread or process, `ZX_RIGHT_WRITE`): the thread, or a process
///   that does not run
/// * `token` (out, suspend token handle): the new handle, rights
///   `ZX_DEFAULT_SUSPEND_TOKEN_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: the calling thread or process
/// * `ZX_ERR_BAD_STATE`: it has ended
/// * `ZX_ERR_NO_RESOURCES`: Linux refuses what this takes
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `token` cannot be written
pub extern "C" fn zx_task_suspend(handle: zx_handle_t, token: *mut zx_handle_t) -> zx_status_t {
    let out = UserOut::new(token);
    syscall(|cx| suspend(cx, handle, out))
}

/// The same as `zx_task_suspend`.
///
/// # Parameters
///
/// * `handle` (thread or process, `ZX_RIGHT_WRITE`): the thread, or a process
///   that does not run
/// * `token` (out, suspend token handle): the new handle, rights
///   `ZX_DEFAULT_SUSPEND_TOKEN_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_WRONG_TYPE`: `handle`
/// * `ZX_ERR_NOT_SUPPORTED`: the calling thread or process
/// * `ZX_ERR_BAD_STATE`: it has ended
/// * `ZX_ERR_NO_RESOURCES`: Linux refuses what this takes
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `token` cannot be written
pub extern "C" fn zx_task_suspend_token(
    handle: zx_handle_t,
    token: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(token);
    syscall(|cx| suspend(cx, handle, out))
}

fn suspend(cx: &Context, handle: zx_handle_t, out: UserOut<zx_handle_t>) -> Result {
    let handle = cx.get_any(handle)?;
    handle.require(Rights::WRITE)?;
    let token = match handle.object() {
        Object::Thread(thread) if thread.is_current() => return Err(Status::NOT_SUPPORTED),
        Object::Thread(thread) => thread.suspend()?,
        Object::Process(process) if process.is_running() => return Err(Status::NOT_SUPPORTED),
        Object::Process(_) => SuspendToken::of_nothing(),
        _ => return Err(Status::WRONG_TYPE),
    };
    cx.publish(out, Handle::new(token, SuspendToken::DEFAULT_RIGHTS))
}

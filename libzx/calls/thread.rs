// SPDX-License-Identifier: MIT
//! Threads (tasks-time-system.md, section 1).

use super::syscall;
use super::user::{UserIn, UserOut};
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::resource::name_from;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::process::Process;
use crate::task::start::Entry;
use crate::task::{Thread, leave};
use crate::uapi::thrd_t;
use crate::uapi::types::{ZX_MAX_NAME_LEN, zx_handle_t, zx_status_t, zx_vaddr_t};

/// The lowest address that a thread may begin at, but for 0.
const LOWEST_ENTRY: usize = 1 << 16;
/// The first address that is not a program's.
const USER_END: usize = 1 << 47;

/// Makes a thread of a process, not started.
///
/// # Parameters
///
/// * `process` (process, `ZX_RIGHT_MANAGE_THREAD`): the process that it will
///   belong to
/// * `name` (buffer of `name_size` bytes): its name, of which up to 31 bytes
///   count
/// * `name_size`: the length of the name
/// * `options`: must be 0
/// * `out` (out, thread handle): the new handle, rights
///   `ZX_DEFAULT_THREAD_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0; `name` is NULL or cannot be
///   read
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `process`
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
pub extern "C" fn zx_thread_create(
    process: zx_handle_t,
    name: *const std::ffi::c_char,
    name_size: usize,
    options: u32,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let (name, out) = (UserIn::new(name.cast::<u8>()), UserOut::new(out));
    syscall(|cx| {
        if options != 0 || name.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        let mut bytes = [0; ZX_MAX_NAME_LEN];
        let bytes = &mut bytes[..name_size.min(ZX_MAX_NAME_LEN)];
        name.read_slice(0, bytes)?;
        let name = name_from(&bytes[..bytes.len().min(ZX_MAX_NAME_LEN - 1)]);
        let process = cx.get::<Process>(process, Rights::MANAGE_THREAD)?;
        let thread = Thread::new(&process, name);
        cx.publish(out, Handle::new(thread, Thread::DEFAULT_RIGHTS))
    })
}

/// Starts a thread. It begins at `thread_entry` with exactly this stack
/// pointer and these arguments, and with all other registers 0 but for those
/// that C's thread-local variables need. It ends with `zx_thread_exit`. Calls
/// and signals do not use its stack, which may be as small as the thread's own
/// code allows.
///
/// # Parameters
///
/// * `handle` (thread, `ZX_RIGHT_MANAGE_THREAD`): the thread
/// * `thread_entry`: the address of its first instruction
/// * `stack`: its stack pointer; a C function expects it 8 below a multiple of
///   16
/// * `arg1`: its first argument
/// * `arg2`: its second argument
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_STATE`: its process does not run
/// * `ZX_ERR_INVALID_ARGS`: no program can have code at `thread_entry`
/// * `ZX_ERR_BAD_STATE`: it has been started
/// * `ZX_ERR_NO_RESOURCES`: Linux has no thread for it
pub extern "C" fn zx_thread_start(
    handle: zx_handle_t,
    thread_entry: zx_vaddr_t,
    stack: zx_vaddr_t,
    arg1: usize,
    arg2: usize,
) -> zx_status_t {
    syscall(|cx| {
        let thread = cx.get::<Thread>(handle, Rights::MANAGE_THREAD)?;
        if !thread.process().is_running() {
            return Err(Status::BAD_STATE);
        }
        let canonical = thread_entry == 0 || (LOWEST_ENTRY..USER_END).contains(&thread_entry);
        if !canonical {
            return Err(Status::INVALID_ARGS);
        }
        thread.start(Entry {
            entry: thread_entry as u64,
            stack: stack as u64,
            arguments: [arg1 as u64, arg2 as u64],
        })
    })
}

/// Ends the calling thread. Objects of C++ that live in thread-local storage
/// are only destroyed in threads of `zx_thread_start`. The program ends with
/// its last thread.
pub extern "C" fn zx_thread_exit() -> ! {
    leave::thread()
}

/// Lets other threads run.
///
/// # Parameters
///
/// * `options`: must be 0
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
///
/// # Generation
///
/// Later
pub extern "C" fn zx_thread_legacy_yield(options: u32) -> zx_status_t {
    syscall(|_| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        std::thread::yield_now();
        Ok(())
    })
}

/// Would set the priority of the calling thread; Linux decides about that
/// itself.
///
/// # Parameters
///
/// * `prio`: from 0 to 31
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `prio` is out of its range
///
/// # Generation
///
/// Older
pub extern "C" fn zx_thread_set_priority(prio: i32) -> zx_status_t {
    syscall(|_| {
        if (0..32).contains(&prio) {
            Ok(())
        } else {
            Err(Status::INVALID_ARGS)
        }
    })
}

/// A borrowed handle of the calling thread, always the same: never close it.
pub extern "C" fn zx_thread_self() -> zx_handle_t {
    let mut handle = 0;
    syscall(|cx| {
        handle = cx.thread_handle();
        Ok(())
    });
    handle
}

/// The borrowed handle of a thread of the C library, for the calling one the
/// same as `zx_thread_self`: valid until the thread has been joined, or of a
/// detached one as long as it runs. 0 when `t` is no thread.
///
/// # Parameters
///
/// * `t`: the thread, as `thrd_create` or `pthread_create` gave it
pub extern "C" fn thrd_get_zx_handle(t: thrd_t) -> zx_handle_t {
    let mut handle = 0;
    syscall(|cx| {
        let pthread = usize::try_from(t).map_err(|_| Status::INVALID_ARGS)?;
        handle = cx.handle_of_pthread(pthread);
        Ok(())
    });
    handle
}

// SPDX-License-Identifier: MIT
//! Jobs, and the end of tasks (tasks-time-system.md, sections 3 and 4.1).

use std::ffi::c_void;

use super::syscall;
use super::user::{UserIn, UserOut};
use crate::object::handle::Handle;
use crate::object::{KernelObject, Object};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::task::job::Job;
use crate::task::policy::Entry;
use crate::task::process::{Process, RetCode};
use crate::task::table::TypedRef;
use crate::uapi::policy as c;
use crate::uapi::types::{ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO, zx_handle_t, zx_status_t};

/// A job by a handle with a right, or with the one that older programs have
/// instead.
pub(super) fn job_to_fill(
    cx: &Context,
    handle: zx_handle_t,
    right: Rights,
) -> Result<TypedRef<Job>> {
    let job = cx.get::<Job>(handle, Rights::NONE)?;
    let rights = job.handle().rights();
    if rights.contains(right) || rights.contains(Rights::WRITE) {
        Ok(job)
    } else {
        Err(Status::ACCESS_DENIED)
    }
}

/// Makes a job in another one, with the policy that this has now.
///
/// # Parameters
///
/// * `parent_job` (job, rights vary): with `ZX_RIGHT_MANAGE_JOB` or
///   `ZX_RIGHT_WRITE`
/// * `options`: must be 0
/// * `out` (out, job handle): the new handle, rights `ZX_DEFAULT_JOB_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `parent_job`
/// * `ZX_ERR_OUT_OF_RANGE`: the job would be the 33rd below the root job
/// * `ZX_ERR_BAD_STATE`: the parent was killed or is dead
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_job_create(
    parent_job: zx_handle_t,
    options: u32,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let job = job_to_fill(cx, parent_job, Rights::MANAGE_JOB)?.new_child()?;
        cx.publish(out, Handle::new(job, Job::DEFAULT_RIGHTS))
    })
}

/// The most entries of a policy.
const MAX_ENTRIES: usize = 15;

/// Says what a job without members forbids the jobs and processes that it
/// will have, or how late their timers may be. On failure nothing has changed.
///
/// # Parameters
///
/// * `handle` (job, `ZX_RIGHT_SET_POLICY`): the job
/// * `options`: `ZX_JOB_POL_RELATIVE` skips entries that the jobs above do not
///   let through, `ZX_JOB_POL_ABSOLUTE` fails because of them
/// * `topic` (value `ZX_JOB_POL_*`): `ZX_JOB_POL_BASIC_V1`,
///   `ZX_JOB_POL_BASIC_V2` or `ZX_JOB_POL_TIMER_SLACK`
/// * `policy`: `count` records `zx_policy_basic_v1_t` or
///   `zx_policy_basic_v2_t`, or one `zx_policy_timer_slack_t`
/// * `policy_size`: how many records
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown `topic` or `options`
/// * `ZX_ERR_INVALID_ARGS`: no records, or records that cannot be read
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_BAD_STATE`: the job has members
/// * `ZX_ERR_OUT_OF_RANGE`: more than 15 records
/// * `ZX_ERR_NOT_SUPPORTED`: unknown action
/// * `ZX_ERR_INVALID_ARGS`: unknown flag or condition, negative slack or
///   unknown mode
/// * `ZX_ERR_ALREADY_EXISTS`: a job above does not let an entry through
pub extern "C" fn zx_job_set_policy(
    handle: zx_handle_t,
    options: u32,
    topic: u32,
    policy: *const c_void,
    policy_size: u32,
) -> zx_status_t {
    syscall(|cx| match topic {
        c::ZX_JOB_POL_BASIC_V1 => {
            let entry = |record: &c::zx_policy_basic_v1_t| Entry {
                condition: record.condition,
                action: record.policy,
                flags: c::ZX_POL_OVERRIDE_DENY,
            };
            set_basic(cx, handle, options, (policy.cast(), policy_size), entry)
        }
        c::ZX_JOB_POL_BASIC_V2 => {
            let entry = |record: &c::zx_policy_basic_v2_t| Entry {
                condition: record.condition,
                action: record.action,
                flags: record.flags,
            };
            set_basic(cx, handle, options, (policy.cast(), policy_size), entry)
        }
        c::ZX_JOB_POL_TIMER_SLACK => {
            if options != c::ZX_JOB_POL_RELATIVE || policy_size != 1 {
                return Err(Status::INVALID_ARGS);
            }
            let slack = UserIn::new(policy.cast::<c::zx_policy_timer_slack_t>()).read()?;
            let job = cx.get::<Job>(handle, Rights::SET_POLICY)?;
            job.set_policy(|old| old.with_slack(slack.min_slack, slack.default_mode))
        }
        _ => Err(Status::INVALID_ARGS),
    })
}

fn set_basic<T: crate::uapi::Record + 'static>(
    cx: &Context,
    handle: zx_handle_t,
    options: u32,
    (records, count): (*const T, u32),
    entry: impl Fn(&T) -> Entry,
) -> Result {
    let absolute = match options {
        c::ZX_JOB_POL_RELATIVE => false,
        c::ZX_JOB_POL_ABSOLUTE => true,
        _ => return Err(Status::INVALID_ARGS),
    };
    let count = count as usize;
    let mut copies = [T::default(); MAX_ENTRIES];
    let copies = &mut copies[..count.min(MAX_ENTRIES)];
    if copies.is_empty() {
        return Err(Status::INVALID_ARGS);
    }
    UserIn::new(records).read_slice(0, copies)?;
    let job = cx.get::<Job>(handle, Rights::SET_POLICY)?;
    job.set_policy(|old| {
        if count > MAX_ENTRIES {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut entries = [Entry::default(); MAX_ENTRIES];
        for (to, from) in entries.iter_mut().zip(copies.iter()) {
            *to = entry(from);
        }
        old.with(absolute, &entries[..count])
    })
}

/// Has a job killed when a process in it ends.
///
/// # Parameters
///
/// * `job` (job, `ZX_RIGHT_DESTROY`): the process's job, or one above it
/// * `options` (options `ZX_JOB_CRITICAL_*`): 0, or
///   `ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO` to let the job live when the
///   process returns 0
/// * `process` (process, `ZX_RIGHT_WAIT`): the process
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown `options`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `job`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `process`
/// * `ZX_ERR_ALREADY_BOUND`: the process is critical to a job already
/// * `ZX_ERR_INVALID_ARGS`: the process is not in the job
pub extern "C" fn zx_job_set_critical(
    job: zx_handle_t,
    options: u32,
    process: zx_handle_t,
) -> zx_status_t {
    syscall(|cx| {
        const NONZERO: u32 = ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO;
        if options & !NONZERO != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let job = cx.get::<Job>(job, Rights::DESTROY)?;
        let process = cx.get::<Process>(process, Rights::WAIT)?;
        process.set_critical_to(&job, options == NONZERO)
    })
}

/// Kills a process, or a job with everything in it, the deepest first. Killing
/// the calling process, or a job that it is in, does not return.
///
/// # Parameters
///
/// * `handle` (job or process, `ZX_RIGHT_DESTROY`): what to kill; it may be
///   dead
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`
/// * `ZX_ERR_ACCESS_DENIED`
/// * `ZX_ERR_WRONG_TYPE`
pub extern "C" fn zx_task_kill(handle: zx_handle_t) -> zx_status_t {
    syscall(|cx| {
        let handle = cx.get_any(handle)?;
        handle.require(Rights::DESTROY)?;
        match handle.object() {
            Object::Job(job) => job.kill(RetCode::SYSCALL_KILL),
            Object::Process(process) => process.kill(RetCode::SYSCALL_KILL),
            _ => return Err(Status::WRONG_TYPE),
        }
        Ok(())
    })
}

/// Moves the calling process into a job below the one that it is in. The
/// job's policy is the process's from then on.
///
/// # Parameters
///
/// * `job` (job, `ZX_RIGHT_MANAGE_PROCESS`): where to
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `job`
/// * `ZX_ERR_INVALID_ARGS`: not below the job that the process is in
/// * `ZX_ERR_BAD_STATE`: the job was killed or is dead
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn libzx_process_move_to_job(job: zx_handle_t) -> zx_status_t {
    syscall(|cx| {
        let job = cx.get::<Job>(job, Rights::MANAGE_PROCESS)?;
        cx.process().move_to(&job)
    })
}

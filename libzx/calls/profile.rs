// SPDX-License-Identifier: MIT
//! Profiles of threads (tasks-time-system.md, section 9.1).
#![allow(unsafe_code)]

use super::syscall;
use super::user::{UserIn, UserOut};
use crate::object::handle::Handle;
use crate::object::profile::{CpuMask, Profile, Urgency};
use crate::object::{KernelObject, Object};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::task::job::Job;
use crate::task::policy::Condition;
use crate::task::thread::{Life, Thread};
use crate::uapi::profile as c;
use crate::uapi::resource::ZX_RSRC_SYSTEM_PROFILE_BASE;
use crate::uapi::types::{zx_handle_t, zx_status_t};

const PRIORITY: u32 = c::ZX_PROFILE_INFO_FLAG_PRIORITY.cast_unsigned();
const CPU_MASK: u32 = c::ZX_PROFILE_INFO_FLAG_CPU_MASK.cast_unsigned();
const DEADLINE: u32 = c::ZX_PROFILE_INFO_FLAG_DEADLINE.cast_unsigned();

/// Makes a profile, which `zx_object_set_profile` gives to threads: how urgent
/// they are and on which processors they run.
///
/// # Parameters
///
/// * `root_job` (job or resource, rights vary): the root job, with
///   `ZX_RIGHT_MANAGE_PROCESS`; or a resource of kind `ZX_RSRC_KIND_ROOT`, or
///   of kind `ZX_RSRC_KIND_SYSTEM` for profiles
/// * `options`: must be 0
/// * `profile`: what it says, as its `flags` tell: a priority or a deadline,
///   and a set of processors
/// * `out` (out, profile handle): the new handle, rights
///   `ZX_DEFAULT_PROFILE_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `root_job`
/// * `ZX_ERR_ACCESS_DENIED`: not the root job
/// * `ZX_ERR_INVALID_ARGS`: `profile` cannot be read
/// * `ZX_ERR_INVALID_ARGS`: no flag, unknown ones, or both a priority and a
///   deadline
/// * `ZX_ERR_INVALID_ARGS`: a priority out of 0 to 31, or a deadline that does
///   not have 0 < capacity <= relative deadline <= period
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_ACCESS_DENIED`: the job of the process forbids it
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_profile_create(
    root_job: zx_handle_t,
    options: u32,
    profile: *const c::zx_profile_info_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let from = UserIn::new(profile);
    let out = UserOut::new(out);
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.check_policy(Condition::NewProfile)?;
        check_maker(cx, root_job)?;
        let (urgency, cpus) = parse(&from.read()?)?;
        let profile = Profile::new(urgency, cpus)?;
        cx.publish(out, Handle::new(profile, Profile::DEFAULT_RIGHTS))
    })
}

/// Whether a handle allows to make profiles: that of the root job, or as in
/// later Zircon that of a resource.
fn check_maker(cx: &Context, handle: zx_handle_t) -> Result {
    let maker = cx.get_any(handle)?;
    if let Object::Resource(resource) = maker.object() {
        return resource.check_purpose(ZX_RSRC_SYSTEM_PROFILE_BASE);
    }
    if cx.get::<Job>(handle, Rights::MANAGE_PROCESS)?.is_root() {
        Ok(())
    } else {
        Err(Status::ACCESS_DENIED)
    }
}

fn parse(info: &c::zx_profile_info_t) -> Result<(Option<Urgency>, Option<CpuMask>)> {
    let has = |flag| info.flags & flag != 0;
    if info.flags & !(PRIORITY | CPU_MASK | DEADLINE) != 0 || has(PRIORITY) && has(DEADLINE) {
        return Err(Status::INVALID_ARGS);
    }
    let urgency = if has(PRIORITY) {
        // SAFETY: all of the union was filled in, and any bytes are a number.
        Some(Urgency::Priority(unsafe { info.anon.priority }))
    } else if has(DEADLINE) {
        // SAFETY: as above.
        let deadline = unsafe { info.anon.deadline_params };
        Some(Urgency::Deadline {
            capacity: deadline.capacity,
            relative: deadline.relative_deadline,
            period: deadline.period,
        })
    } else {
        None
    };
    Ok((
        urgency,
        has(CPU_MASK).then_some(info.cpu_affinity_mask.mask),
    ))
}

/// Gives a thread a profile. Its processors become those that Linux runs the
/// thread on, as far as they exist; how urgent it is, is only noted.
///
/// # Parameters
///
/// * `handle` (thread, `ZX_RIGHT_MANAGE_THREAD`): the thread, started or not
/// * `profile` (profile, `ZX_RIGHT_APPLY_PROFILE`): the profile
/// * `options` (unchecked): should be 0
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `profile`
/// * `ZX_ERR_BAD_STATE`: the thread has ended
///
/// # Support
///
/// Partial: priorities and deadlines are not told to Linux.
pub extern "C" fn zx_object_set_profile(
    handle: zx_handle_t,
    profile: zx_handle_t,
    options: u32,
) -> zx_status_t {
    let _ = options;
    syscall(|cx| {
        let thread = cx.get::<Thread>(handle, Rights::MANAGE_THREAD)?;
        let profile = cx.get::<Profile>(profile, Rights::APPLY_PROFILE)?;
        if thread.life() >= Life::Dying {
            return Err(Status::BAD_STATE);
        }
        if let Some(cpus) = profile.cpus() {
            thread.set_cpus(*cpus);
        }
        Ok(())
    })
}

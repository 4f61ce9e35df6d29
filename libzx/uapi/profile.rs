// SPDX-License-Identifier: MIT
//! Scheduling profiles: `zircon/syscalls/profile.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::scheduler::zx_sched_deadline_params_t;
use super::types::zx_cpu_set_t;

// Priorities.
pub const ZX_PRIORITY_LOWEST: i32 = 0;
pub const ZX_PRIORITY_LOW: i32 = 8;
pub const ZX_PRIORITY_DEFAULT: i32 = 16;
pub const ZX_PRIORITY_HIGH: i32 = 24;
pub const ZX_PRIORITY_HIGHEST: i32 = 31;

// Flags.
pub const ZX_PROFILE_INFO_FLAG_PRIORITY: i32 = 1;
pub const ZX_PROFILE_INFO_FLAG_CPU_MASK: i32 = 2;
pub const ZX_PROFILE_INFO_FLAG_DEADLINE: i32 = 4;

/// The anonymous union of [`zx_profile_info_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_profile_info__how {
    pub priority: i32,
    pub deadline_params: zx_sched_deadline_params_t,
}
record!(zx_profile_info__how, 24, 8, { priority: 0, deadline_params: 0 });

/// Argument of `zx_profile_create`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_profile_info_t {
    pub flags: u32,
    /// Zero.
    pub padding1: [u8; 4],
    /// Members C reaches without this name.
    pub anon: zx_profile_info__how,
    pub cpu_affinity_mask: zx_cpu_set_t,
}
record!(zx_profile_info_t, 96, 8, { flags: 0, padding1: 4, anon: 8, cpu_affinity_mask: 32 });

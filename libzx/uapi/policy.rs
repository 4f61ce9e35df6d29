// SPDX-License-Identifier: MIT
//! Job policy: `zircon/syscalls/policy.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::time::zx_duration_t;

// Topics and options of `zx_job_set_policy`.
pub const ZX_JOB_POL_ABSOLUTE: u32 = 1;
pub const ZX_JOB_POL_BASIC: u32 = ZX_JOB_POL_BASIC_V1;
pub const ZX_JOB_POL_BASIC_V1: u32 = 0;
pub const ZX_JOB_POL_BASIC_V2: u32 = 0x0100_0000;
pub const ZX_JOB_POL_RELATIVE: u32 = 0;
pub const ZX_JOB_POL_TIMER_SLACK: u32 = 1;

// Actions.
pub const ZX_POL_ACTION_ALLOW: u32 = 0;
pub const ZX_POL_ACTION_DENY: u32 = 1;
pub const ZX_POL_ACTION_ALLOW_EXCEPTION: u32 = 2;
pub const ZX_POL_ACTION_DENY_EXCEPTION: u32 = 3;
pub const ZX_POL_ACTION_KILL: u32 = 4;

// Whether a child job may change an action.
pub const ZX_POL_OVERRIDE_ALLOW: u32 = 0;
pub const ZX_POL_OVERRIDE_DENY: u32 = 1;

// Conditions.
pub const ZX_POL_BAD_HANDLE: u32 = 0;
pub const ZX_POL_WRONG_OBJECT: u32 = 1;
pub const ZX_POL_VMAR_WX: u32 = 2;
pub const ZX_POL_NEW_ANY: u32 = 3;
pub const ZX_POL_NEW_VMO: u32 = 4;
pub const ZX_POL_NEW_CHANNEL: u32 = 5;
pub const ZX_POL_NEW_EVENT: u32 = 6;
pub const ZX_POL_NEW_EVENTPAIR: u32 = 7;
pub const ZX_POL_NEW_PORT: u32 = 8;
pub const ZX_POL_NEW_SOCKET: u32 = 9;
pub const ZX_POL_NEW_FIFO: u32 = 10;
pub const ZX_POL_NEW_TIMER: u32 = 11;
pub const ZX_POL_NEW_PROCESS: u32 = 12;
pub const ZX_POL_NEW_PROFILE: u32 = 13;
#[cfg(libzx_later_abi)]
pub const ZX_POL_NEW_PAGER: u32 = 14;
#[cfg(not(libzx_later_abi))]
pub const ZX_POL_AMBIENT_MARK_VMO_EXEC: u32 = 14;
#[cfg(libzx_later_abi)]
pub const ZX_POL_AMBIENT_MARK_VMO_EXEC: u32 = 15;

/// Another name of [`zx_policy_basic_v1_t`].
pub type zx_policy_basic = zx_policy_basic_v1_t;

/// Another name of [`zx_policy_basic_v1_t`].
pub type zx_policy_basic_t = zx_policy_basic_v1_t;

/// A policy of topic `ZX_JOB_POL_BASIC_V1`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_policy_basic_v1_t {
    pub condition: u32,
    pub policy: u32,
}
record!(zx_policy_basic_v1_t, 8, 4, { condition: 0, policy: 4 });

/// A policy of topic `ZX_JOB_POL_BASIC_V2`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_policy_basic_v2_t {
    pub condition: u32,
    pub action: u32,
    pub flags: u32,
}
record!(zx_policy_basic_v2_t, 12, 4, { condition: 0, action: 4, flags: 8 });

/// The policy of topic `ZX_JOB_POL_TIMER_SLACK`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_policy_timer_slack_t {
    pub min_slack: zx_duration_t,
    pub default_mode: u32,
    /// Zero.
    pub padding1: [u8; 4],
}
record!(zx_policy_timer_slack_t, 16, 8, { min_slack: 0, default_mode: 8, padding1: 12 });

// SPDX-License-Identifier: MIT
//! Deadline scheduling: `zircon/syscalls/scheduler.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::time::zx_duration_t;

/// Parameters of a deadline profile.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_sched_deadline_params_t {
    pub capacity: zx_duration_t,
    pub relative_deadline: zx_duration_t,
    pub period: zx_duration_t,
}
record!(zx_sched_deadline_params_t, 24, 8, { capacity: 0, relative_deadline: 8, period: 16 });

// SPDX-License-Identifier: MIT
//! Clock types and infinities: `zircon/time.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

/// A length of time in nanoseconds.
pub type zx_duration_t = i64;
/// A count of timer ticks.
pub type zx_ticks_t = i64;
/// A point in time in nanoseconds.
pub type zx_time_t = i64;

// Times that never come and that are always past.
pub const ZX_TIME_INFINITE_PAST: zx_time_t = -0x7fff_ffff_ffff_ffff - 1;
pub const ZX_TIME_INFINITE: zx_time_t = 0x7fff_ffff_ffff_ffff;

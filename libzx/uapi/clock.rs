// SPDX-License-Identifier: MIT
//! Clock objects: `zircon/syscalls/clock.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::time::{zx_ticks_t, zx_time_t};

// Options of `zx_clock_create`.
pub const ZX_CLOCK_OPTS_ALL: u64 = 7;
pub const ZX_CLOCK_OPT_AUTO_START: u64 = 4;
pub const ZX_CLOCK_OPT_CONTINUOUS: u64 = 2;
pub const ZX_CLOCK_OPT_MONOTONIC: u64 = 1;

// Where the options carry the version of the arguments.
pub const ZX_CLOCK_ARGS_VERSION_BITS: u64 = 6;
pub const ZX_CLOCK_ARGS_VERSION_MASK: u64 = 0xfc00_0000_0000_0000;
pub const ZX_CLOCK_ARGS_VERSION_SHIFT: u64 = 58;

// Options of `zx_clock_update`.
pub const ZX_CLOCK_UPDATE_OPTIONS_ALL: u64 = 7;
pub const ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID: u64 = 4;
pub const ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID: u64 = 2;
pub const ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID: u64 = 8;
pub const ZX_CLOCK_UPDATE_OPTION_SYNTHETIC_VALUE_VALID: u64 = 1;
pub const ZX_CLOCK_UPDATE_OPTION_VALUE_VALID: u64 = 1;

// Limits of the rate adjustment, in parts per million.
pub const ZX_CLOCK_UPDATE_MAX_RATE_ADJUST: i32 = 1000;
pub const ZX_CLOCK_UPDATE_MIN_RATE_ADJUST: i32 = -1000;

// No error bound is known.
pub const ZX_CLOCK_UNKNOWN_ERROR: u64 = 0xffff_ffff_ffff_ffff;

/// Record of `zx_clock_create`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_clock_create_args_v1_t {
    pub backstop_time: zx_time_t,
}
record!(zx_clock_create_args_v1_t, 8, 8, { backstop_time: 0 });

/// A ratio of clock rates.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_clock_rate_t {
    pub synthetic_ticks: u32,
    pub reference_ticks: u32,
}
record!(zx_clock_rate_t, 8, 4, { synthetic_ticks: 0, reference_ticks: 4 });

/// Maps a reference clock to another one.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_clock_transformation_t {
    pub reference_offset: i64,
    pub synthetic_offset: i64,
    pub rate: zx_clock_rate_t,
}
record!(zx_clock_transformation_t, 24, 8, { reference_offset: 0, synthetic_offset: 8, rate: 16 });

/// Record of `zx_clock_get_details`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_clock_details_v1_t {
    pub options: u64,
    pub backstop_time: zx_time_t,
    pub ticks_to_synthetic: zx_clock_transformation_t,
    pub mono_to_synthetic: zx_clock_transformation_t,
    pub error_bound: u64,
    pub query_ticks: zx_ticks_t,
    pub last_value_update_ticks: zx_ticks_t,
    pub last_rate_adjust_update_ticks: zx_ticks_t,
    pub last_error_bounds_update_ticks: zx_ticks_t,
    pub generation_counter: u32,
    /// Zero.
    pub padding1: [u8; 4],
}
record!(zx_clock_details_v1_t, 112, 8, {
    options: 0, backstop_time: 8, ticks_to_synthetic: 16, mono_to_synthetic: 40,
    error_bound: 64, query_ticks: 72, last_value_update_ticks: 80,
    last_rate_adjust_update_ticks: 88, last_error_bounds_update_ticks: 96,
    generation_counter: 104, padding1: 108
});

/// Record of `zx_clock_update`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_clock_update_args_v1_t {
    pub rate_adjust: i32,
    /// Zero.
    pub padding1: [u8; 4],
    pub value: i64,
    pub error_bound: u64,
}
record!(zx_clock_update_args_v1_t, 24, 8, {
    rate_adjust: 0, padding1: 4, value: 8, error_bound: 16
});

/// Version 2 of the arguments of `zx_clock_update`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_clock_update_args_v2_t {
    pub rate_adjust: i32,
    /// Zero.
    pub padding1: [u8; 4],
    pub synthetic_value: i64,
    pub reference_value: i64,
    pub error_bound: u64,
}
record!(zx_clock_update_args_v2_t, 32, 8, {
    rate_adjust: 0, padding1: 4, synthetic_value: 8, reference_value: 16, error_bound: 24
});

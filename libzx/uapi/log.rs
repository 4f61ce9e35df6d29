// SPDX-License-Identifier: MIT
//! Debug log records: `zircon/syscalls/log.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::size_t;
use super::time::zx_time_t;
use core::ffi::c_char;

// Sizes in bytes.
#[cfg(not(libzx_later_abi))]
pub const ZX_LOG_RECORD_DATA_MAX: size_t = 224;
#[cfg(libzx_later_abi)]
pub const ZX_LOG_RECORD_DATA_MAX: size_t = 216;
pub const ZX_LOG_RECORD_MAX: size_t = 256;

// Flags.
pub const ZX_LOG_FLAGS_MASK: i32 = 0x10;
pub const ZX_LOG_LOCAL: i32 = 16;
pub const ZX_LOG_TRACE: i32 = 16;
pub const ZX_LOG_DEBUG: i32 = 32;
pub const ZX_LOG_INFO: i32 = 48;
pub const ZX_LOG_WARNING: i32 = 64;
pub const ZX_LOG_ERROR: i32 = 80;
pub const ZX_LOG_FATAL: i32 = 96;
pub const ZX_LOG_FLAG_READABLE: i32 = 0x4000_0000;

/// A debug log record; `data` runs on for `datalen` bytes.
#[cfg(not(libzx_later_abi))]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_log_record_t {
    pub rollout: u32,
    pub datalen: u16,
    pub severity: u8,
    pub flags: u8,
    pub timestamp: zx_time_t,
    pub pid: u64,
    pub tid: u64,
    pub data: [c_char; 0],
}
#[cfg(not(libzx_later_abi))]
record!(zx_log_record_t, 32, 8, {
    rollout: 0, datalen: 4, severity: 6, flags: 7, timestamp: 8, pid: 16, tid: 24, data: 32
});

/// A debug log record, with its number.
#[cfg(libzx_later_abi)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_log_record_t {
    pub sequence: u64,
    /// Zero.
    pub padding1: [u8; 4],
    pub datalen: u16,
    pub severity: u8,
    pub flags: u8,
    pub timestamp: zx_time_t,
    pub pid: u64,
    pub tid: u64,
    pub data: [c_char; ZX_LOG_RECORD_DATA_MAX],
}
#[cfg(libzx_later_abi)]
record!(zx_log_record_t, 256, 8, {
    sequence: 0, padding1: 8, datalen: 12, severity: 14, flags: 15, timestamp: 16, pid: 24,
    tid: 32, data: 40
});

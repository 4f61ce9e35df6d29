// SPDX-License-Identifier: MIT
//! Exception types and reports: `zircon/syscalls/exception.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::types::{zx_excp_policy_code_t, zx_koid_t};

/// An exception type, one of `ZX_EXCP_*`.
pub type zx_excp_type_t = u32;

// Codes of `ZX_EXCP_POLICY_ERROR`.
pub const ZX_EXCP_POLICY_CODE_BAD_HANDLE: u32 = 0;
pub const ZX_EXCP_POLICY_CODE_WRONG_OBJECT: u32 = 1;
pub const ZX_EXCP_POLICY_CODE_VMAR_WX: u32 = 2;
pub const ZX_EXCP_POLICY_CODE_NEW_ANY: u32 = 3;
pub const ZX_EXCP_POLICY_CODE_NEW_VMO: u32 = 4;
pub const ZX_EXCP_POLICY_CODE_NEW_CHANNEL: u32 = 5;
pub const ZX_EXCP_POLICY_CODE_NEW_EVENT: u32 = 6;
pub const ZX_EXCP_POLICY_CODE_NEW_EVENTPAIR: u32 = 7;
pub const ZX_EXCP_POLICY_CODE_NEW_PORT: u32 = 8;
pub const ZX_EXCP_POLICY_CODE_NEW_SOCKET: u32 = 9;
pub const ZX_EXCP_POLICY_CODE_NEW_FIFO: u32 = 10;
pub const ZX_EXCP_POLICY_CODE_NEW_TIMER: u32 = 11;
pub const ZX_EXCP_POLICY_CODE_NEW_PROCESS: u32 = 12;
pub const ZX_EXCP_POLICY_CODE_NEW_PROFILE: u32 = 13;
#[cfg(libzx_later_abi)]
pub const ZX_EXCP_POLICY_CODE_NEW_PAGER: u32 = 14;
#[cfg(not(libzx_later_abi))]
pub const ZX_EXCP_POLICY_CODE_AMBIENT_MARK_VMO_EXEC: u32 = 14;
#[cfg(libzx_later_abi)]
pub const ZX_EXCP_POLICY_CODE_AMBIENT_MARK_VMO_EXEC: u32 = 15;
#[cfg(not(libzx_later_abi))]
pub const ZX_EXCP_POLICY_CODE_CHANNEL_FULL_WRITE: u32 = 15;
#[cfg(libzx_later_abi)]
pub const ZX_EXCP_POLICY_CODE_CHANNEL_FULL_WRITE: u32 = 16;
#[cfg(not(libzx_later_abi))]
pub const ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS: u32 = 16;
#[cfg(libzx_later_abi)]
pub const ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS: u32 = 17;
#[cfg(not(libzx_later_abi))]
pub const ZX_EXCP_POLICY_CODE_BAD_SYSCALL: u32 = 17;
#[cfg(libzx_later_abi)]
pub const ZX_EXCP_POLICY_CODE_BAD_SYSCALL: u32 = 18;
pub const ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_OBSERVERS: zx_excp_policy_code_t = 19;

// Codes of `ZX_EXCP_USER`.
pub const ZX_EXCP_USER_CODE_PROCESS_NAME_CHANGED: u32 = 1;
pub const ZX_EXCP_USER_CODE_USER0: u32 = 0xf000;
pub const ZX_EXCP_USER_CODE_USER1: u32 = 0xf001;
pub const ZX_EXCP_USER_CODE_USER2: u32 = 0xf002;

// Exception types.
pub const ZX_EXCP_GENERAL: u32 = 8;
pub const ZX_EXCP_FATAL_PAGE_FAULT: u32 = 0x108;
pub const ZX_EXCP_UNDEFINED_INSTRUCTION: u32 = 0x208;
pub const ZX_EXCP_SW_BREAKPOINT: u32 = 0x308;
pub const ZX_EXCP_HW_BREAKPOINT: u32 = 0x408;
pub const ZX_EXCP_UNALIGNED_ACCESS: u32 = 0x508;
pub const ZX_EXCP_SYNTH: u32 = 0x8000;
pub const ZX_EXCP_THREAD_STARTING: u32 = 0x8008;
pub const ZX_EXCP_THREAD_EXITING: u32 = 0x8108;
pub const ZX_EXCP_POLICY_ERROR: u32 = 0x8208;
pub const ZX_EXCP_PROCESS_STARTING: u32 = 0x8308;
pub const ZX_EXCP_USER: zx_excp_type_t = 0x8309;

// Channel types.
pub const ZX_EXCEPTION_CHANNEL_TYPE_NONE: u32 = 0;
pub const ZX_EXCEPTION_CHANNEL_TYPE_DEBUGGER: u32 = 1;
pub const ZX_EXCEPTION_CHANNEL_TYPE_THREAD: u32 = 2;
pub const ZX_EXCEPTION_CHANNEL_TYPE_PROCESS: u32 = 3;
pub const ZX_EXCEPTION_CHANNEL_TYPE_JOB: u32 = 4;
pub const ZX_EXCEPTION_CHANNEL_TYPE_JOB_DEBUGGER: u32 = 5;

// Channels, targets and states.
pub const ZX_EXCEPTION_CHANNEL_DEBUGGER: u32 = 1;
pub const ZX_EXCEPTION_TARGET_JOB_DEBUGGER: u32 = 1;
pub const ZX_EXCEPTION_CHANNEL_JOB_DEBUGGER_MAX_COUNT: u32 = 32;

/// Processor state of an exception on aarch64.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_arm64_exc_data_t {
    pub esr: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub far: u64,
    /// Zero.
    pub padding2: [u8; 8],
}
record!(zx_arm64_exc_data_t, 24, 8, { esr: 0, padding1: 4, far: 8, padding2: 16 });

/// Version 1 of `zx_arm64_exc_data_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_arm64_exc_data_v1_t {
    pub esr: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub far: u64,
}
record!(zx_arm64_exc_data_v1_t, 16, 8, { esr: 0, padding1: 4, far: 8 });

/// Processor state of an exception on x86-64.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_x86_64_exc_data_t {
    pub vector: u64,
    pub err_code: u64,
    pub cr2: u64,
}
record!(zx_x86_64_exc_data_t, 24, 8, { vector: 0, err_code: 8, cr2: 16 });

/// Inner record `u` of [`zx_exception_context_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_exception_context__arch_u {
    pub x86_64: zx_x86_64_exc_data_t,
    pub arm_64: zx_arm64_exc_data_t,
}
record!(zx_exception_context__arch_u, 24, 8, { x86_64: 0, arm_64: 0 });

/// Inner record `arch` of [`zx_exception_context_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_exception_context__arch {
    pub u: zx_exception_context__arch_u,
}
record!(zx_exception_context__arch, 24, 8, { u: 0 });

/// Processor state and synthetic codes of an exception.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_exception_context_t {
    pub arch: zx_exception_context__arch,
    pub synth_code: u32,
    pub synth_data: u32,
}
record!(zx_exception_context_t, 32, 8, { arch: 0, synth_code: 24, synth_data: 28 });

/// Inner record `u` of [`zx_exception_context_v1_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_exception_context_v1__arch_u {
    pub x86_64: zx_x86_64_exc_data_t,
    pub arm_64: zx_arm64_exc_data_v1_t,
}
record!(zx_exception_context_v1__arch_u, 24, 8, { x86_64: 0, arm_64: 0 });

/// Inner record `arch` of [`zx_exception_context_v1_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_exception_context_v1__arch {
    pub u: zx_exception_context_v1__arch_u,
}
record!(zx_exception_context_v1__arch, 24, 8, { u: 0 });

/// Version 1 of `zx_exception_context_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_exception_context_v1_t {
    pub arch: zx_exception_context_v1__arch,
}
record!(zx_exception_context_v1_t, 24, 8, { arch: 0 });

/// Head of an exception report.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_exception_header_t {
    pub size: u32,
    pub r#type: zx_excp_type_t,
}
record!(zx_exception_header_t, 8, 4, { size: 0, r#type: 4 });

/// Message of an exception channel.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_exception_info_t {
    pub pid: zx_koid_t,
    pub tid: zx_koid_t,
    pub r#type: zx_excp_type_t,
    /// Zero.
    pub padding1: [u8; 4],
}
record!(zx_exception_info_t, 24, 8, { pid: 0, tid: 8, r#type: 16, padding1: 20 });

/// Record of `ZX_INFO_THREAD_EXCEPTION_REPORT`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_exception_report_t {
    pub header: zx_exception_header_t,
    pub context: zx_exception_context_t,
}
record!(zx_exception_report_t, 40, 8, { header: 0, context: 8 });

/// Record of `ZX_INFO_THREAD_EXCEPTION_REPORT_V1`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_exception_report_v1_t {
    pub header: zx_exception_header_t,
    pub context: zx_exception_context_v1_t,
}
record!(zx_exception_report_v1_t, 32, 8, { header: 0, context: 8 });

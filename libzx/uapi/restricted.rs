// SPDX-License-Identifier: MIT
//! Restricted mode: `zircon/syscalls/restricted.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::exception::zx_exception_report_t;

/// Why restricted mode was left.
pub type zx_restricted_reason_t = u64;

// Reasons.
pub const ZX_RESTRICTED_REASON_SYSCALL: zx_restricted_reason_t = 0;
pub const ZX_RESTRICTED_REASON_EXCEPTION: zx_restricted_reason_t = 1;
pub const ZX_RESTRICTED_REASON_KICK: zx_restricted_reason_t = 2;

// Options.
pub const ZX_RESTRICTED_OPT_EXCEPTION_CHANNEL: u32 = 1;

/// The registers of restricted mode.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_restricted_state_t {
    pub rdi: u64,
    pub rsi: u64,
    pub rbp: u64,
    pub rbx: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub rax: u64,
    pub rsp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub ip: u64,
    pub flags: u64,
    pub fs_base: u64,
    pub gs_base: u64,
}
#[cfg(target_arch = "x86_64")]
record!(zx_restricted_state_t, 160, 8, {
    rdi: 0, rsi: 8, rbp: 16, rbx: 24, rdx: 32, rcx: 40, rax: 48, rsp: 56, r8: 64, r9: 72,
    r10: 80, r11: 88, r12: 96, r13: 104, r14: 112, r15: 120, ip: 128, flags: 136, fs_base: 144,
    gs_base: 152
});

/// What a system call in restricted mode leaves.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_restricted_syscall_t {
    pub state: zx_restricted_state_t,
}
#[cfg(target_arch = "x86_64")]
record!(zx_restricted_syscall_t, 160, 8, { state: 0 });

/// What an exception in restricted mode leaves.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_restricted_exception_t {
    pub state: zx_restricted_state_t,
    pub exception: zx_exception_report_t,
}
#[cfg(target_arch = "x86_64")]
record!(zx_restricted_exception_t, 200, 8, { state: 0, exception: 160 });

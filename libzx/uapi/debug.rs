// SPDX-License-Identifier: MIT
//! Register records of the thread state calls: `zircon/syscalls/debug.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

/// State of topic `ZX_THREAD_STATE_SINGLE_STEP`: 0 or 1.
pub type zx_thread_state_single_step_t = u32;
/// A topic of `zx_thread_read_state`.
pub type zx_thread_state_topic_t = u32;

// Topics of `zx_thread_read_state`.
pub const ZX_THREAD_STATE_GENERAL_REGS: u32 = 0;
pub const ZX_THREAD_STATE_FP_REGS: u32 = 1;
pub const ZX_THREAD_STATE_VECTOR_REGS: u32 = 2;
pub const ZX_THREAD_STATE_DEBUG_REGS: u32 = 4;
pub const ZX_THREAD_STATE_SINGLE_STEP: u32 = 5;

// Most debug registers on aarch64.
#[cfg(target_arch = "aarch64")]
pub const AARCH64_MAX_HW_BREAKPOINTS: i32 = 16;
#[cfg(target_arch = "aarch64")]
pub const AARCH64_MAX_HW_WATCHPOINTS: i32 = 16;

/// State of topic `ZX_THREAD_STATE_DEBUG_REGS`.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_debug_regs_t {
    pub dr: [u64; 4],
    pub dr6: u64,
    pub dr7: u64,
}
#[cfg(target_arch = "x86_64")]
record!(zx_thread_state_debug_regs_t, 48, 8, { dr: 0, dr6: 32, dr7: 40 });

/// Inner record `hw_bps` of [`zx_thread_state_debug_regs_t`]; C sees it without a name.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_debug_regs__hw_bps_aarch64 {
    pub dbgbcr: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub dbgbvr: u64,
}
#[cfg(target_arch = "aarch64")]
record!(zx_thread_state_debug_regs__hw_bps_aarch64, 16, 8, { dbgbcr: 0, padding1: 4, dbgbvr: 8 });

/// Inner record `hw_wps` of [`zx_thread_state_debug_regs_t`]; C sees it without a name.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_debug_regs__hw_wps_aarch64 {
    pub dbgwcr: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub dbgwvr: u64,
}
#[cfg(target_arch = "aarch64")]
record!(zx_thread_state_debug_regs__hw_wps_aarch64, 16, 8, { dbgwcr: 0, padding1: 4, dbgwvr: 8 });

/// State of topic `ZX_THREAD_STATE_DEBUG_REGS`.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_debug_regs_t {
    pub hw_bps: [zx_thread_state_debug_regs__hw_bps_aarch64; 16],
    pub hw_wps: [zx_thread_state_debug_regs__hw_wps_aarch64; 16],
    pub far: u64,
    pub esr: u32,
    pub hw_bps_count: u8,
    pub hw_wps_count: u8,
    /// Zero.
    pub padding1: [u8; 2],
}
#[cfg(target_arch = "aarch64")]
record!(zx_thread_state_debug_regs_t, 528, 8, {
    hw_bps: 0, hw_wps: 256, far: 512, esr: 520, hw_bps_count: 524, hw_wps_count: 525,
    padding1: 526
});

/// Inner record `st` of [`zx_thread_state_fp_regs_t`]; C sees it without a name.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_fp_regs__st_x86_64 {
    pub low: u64,
    pub high: u64,
}
#[cfg(target_arch = "x86_64")]
record!(zx_thread_state_fp_regs__st_x86_64, 16, 8, { low: 0, high: 8 });

/// Record of `ZX_THREAD_STATE_FP_REGS`.
#[cfg(target_arch = "x86_64")]
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_fp_regs_t {
    pub fcw: u16,
    pub fsw: u16,
    pub ftw: u8,
    /// Zero.
    pub reserved: u8,
    pub fop: u16,
    pub fip: u64,
    pub fdp: u64,
    /// Zero.
    pub padding1: [u8; 8],
    pub st: [zx_thread_state_fp_regs__st_x86_64; 8],
}
#[cfg(target_arch = "x86_64")]
record!(zx_thread_state_fp_regs_t, 160, 16, {
    fcw: 0, fsw: 2, ftw: 4, reserved: 5, fop: 6, fip: 8, fdp: 16, padding1: 24, st: 32
});

/// Record of `ZX_THREAD_STATE_FP_REGS`.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_fp_regs_t {
    /// Zero.
    pub unused: u32,
}
#[cfg(target_arch = "aarch64")]
record!(zx_thread_state_fp_regs_t, 4, 4, { unused: 0 });

/// Record of `ZX_THREAD_STATE_GENERAL_REGS`.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_general_regs_t {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub rsp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
    pub rflags: u64,
    pub fs_base: u64,
    pub gs_base: u64,
}
#[cfg(target_arch = "x86_64")]
record!(zx_thread_state_general_regs_t, 160, 8, {
    rax: 0, rbx: 8, rcx: 16, rdx: 24, rsi: 32, rdi: 40, rbp: 48, rsp: 56, r8: 64, r9: 72,
    r10: 80, r11: 88, r12: 96, r13: 104, r14: 112, r15: 120, rip: 128, rflags: 136, fs_base:
    144, gs_base: 152
});

/// Record of `ZX_THREAD_STATE_GENERAL_REGS`.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_general_regs_t {
    pub r: [u64; 30],
    pub lr: u64,
    pub sp: u64,
    pub pc: u64,
    pub cpsr: u64,
    pub tpidr: u64,
}
#[cfg(target_arch = "aarch64")]
record!(zx_thread_state_general_regs_t, 280, 8, {
    r: 0, lr: 240, sp: 248, pc: 256, cpsr: 264, tpidr: 272
});

/// Inner record `zmm` of [`zx_thread_state_vector_regs_t`]; C sees it without a name.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_vector_regs__zmm_x86_64 {
    pub v: [u64; 8],
}
#[cfg(target_arch = "x86_64")]
record!(zx_thread_state_vector_regs__zmm_x86_64, 64, 8, { v: 0 });

/// Record of `ZX_THREAD_STATE_VECTOR_REGS`.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_vector_regs_t {
    pub zmm: [zx_thread_state_vector_regs__zmm_x86_64; 32],
    pub opmask: [u64; 8],
    pub mxcsr: u32,
    /// Zero.
    pub padding1: [u8; 4],
}
#[cfg(target_arch = "x86_64")]
record!(zx_thread_state_vector_regs_t, 2120, 8, {
    zmm: 0, opmask: 2048, mxcsr: 2112, padding1: 2116
});

/// Inner record `v` of [`zx_thread_state_vector_regs_t`]; C sees it without a name.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_vector_regs__v_aarch64 {
    pub low: u64,
    pub high: u64,
}
#[cfg(target_arch = "aarch64")]
record!(zx_thread_state_vector_regs__v_aarch64, 16, 8, { low: 0, high: 8 });

/// Record of `ZX_THREAD_STATE_VECTOR_REGS`.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_thread_state_vector_regs_t {
    pub fpcr: u32,
    pub fpsr: u32,
    pub v: [zx_thread_state_vector_regs__v_aarch64; 32],
}
#[cfg(target_arch = "aarch64")]
record!(zx_thread_state_vector_regs_t, 520, 8, { fpcr: 0, fpsr: 4, v: 8 });

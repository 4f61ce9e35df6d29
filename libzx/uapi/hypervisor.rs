// SPDX-License-Identifier: MIT
//! Traps and virtual CPU state: `zircon/syscalls/hypervisor.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::types::zx_guest_option_t;

/// A trap kind, one of `ZX_GUEST_TRAP_*`.
pub type zx_guest_trap_t = u32;
/// A kind of virtual CPU state, one of `ZX_VCPU_*`.
pub type zx_vcpu_t = u32;

// Kinds of traps.
pub const ZX_GUEST_TRAP_BELL: zx_guest_trap_t = 0;
pub const ZX_GUEST_TRAP_MEM: zx_guest_trap_t = 1;
pub const ZX_GUEST_TRAP_IO: zx_guest_trap_t = 2;

// Options of `zx_guest_create`.
pub const ZX_GUEST_OPT_NORMAL: zx_guest_option_t = 0;

// Kinds of virtual CPU state.
pub const ZX_VCPU_STATE: zx_vcpu_t = 0;
pub const ZX_VCPU_IO: zx_vcpu_t = 1;

/// The anonymous union of [`zx_vcpu_io_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_vcpu_io__access {
    pub u8: u8,
    pub u16: u16,
    pub u32: u32,
    pub data: [u8; 4],
}
record!(zx_vcpu_io__access, 4, 4, { u8: 0, u16: 0, u32: 0, data: 0 });

/// Record of `ZX_VCPU_IO`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_vcpu_io_t {
    /// Size of the access in bytes: 1, 2 or 4.
    pub access_size: u8,
    /// Zero.
    pub padding1: [u8; 3],
    /// Members C reaches without this name.
    pub anon: zx_vcpu_io__access,
}
record!(zx_vcpu_io_t, 8, 4, { access_size: 0, padding1: 1, anon: 4 });

/// Record of `ZX_VCPU_STATE`.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_vcpu_state_t {
    pub rax: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rbx: u64,
    pub rsp: u64,
    pub rbp: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rflags: u64,
}
#[cfg(target_arch = "x86_64")]
record!(zx_vcpu_state_t, 136, 8, {
    rax: 0, rcx: 8, rdx: 16, rbx: 24, rsp: 32, rbp: 40, rsi: 48, rdi: 56, r8: 64, r9: 72,
    r10: 80, r11: 88, r12: 96, r13: 104, r14: 112, r15: 120, rflags: 128
});

/// Record of `ZX_VCPU_STATE`.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_vcpu_state_t {
    pub x: [u64; 31],
    pub sp: u64,
    pub cpsr: u32,
    /// Zero.
    pub padding1: [u8; 4],
}
#[cfg(target_arch = "aarch64")]
record!(zx_vcpu_state_t, 264, 8, { x: 0, sp: 248, cpsr: 256, padding1: 260 });

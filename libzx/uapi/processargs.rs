// SPDX-License-Identifier: MIT
//! Start-up message and handle codes: `zircon/processargs.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

// Protocol of the start-up message.
pub const ZX_PROCARGS_VERSION: u32 = 0x1000;
pub const ZX_PROCARGS_PROTOCOL: u32 = 0x4150_585d;

// Handle types.
pub const PA_PROC_SELF: u32 = 0x1;
pub const PA_THREAD_SELF: u32 = 0x2;
pub const PA_JOB_DEFAULT: u32 = 0x3;
pub const PA_VMAR_ROOT: u32 = 0x4;
pub const PA_VMAR_LOADED: u32 = 0x5;
pub const PA_LDSVC_LOADER: u32 = 0x10;
pub const PA_VMO_VDSO: u32 = 0x11;
pub const PA_VMO_STACK: u32 = 0x13;
pub const PA_VMO_EXECUTABLE: u32 = 0x14;
pub const PA_VMO_BOOTDATA: u32 = 0x1a;
pub const PA_VMO_BOOTFS: u32 = 0x1b;
pub const PA_VMO_KERNEL_FILE: u32 = 0x1c;
pub const PA_NS_DIR: u32 = 0x20;
pub const PA_FD: u32 = 0x30;
pub const PA_LIFECYCLE: u32 = 0x3a;
pub const PA_DIRECTORY_REQUEST: u32 = 0x3b;
pub const PA_RESOURCE: u32 = 0x3f;
pub const PA_CLOCK_UTC: u32 = 0x40;
pub const PA_USER0: u32 = 0xf0;
pub const PA_USER1: u32 = 0xf1;
pub const PA_USER2: u32 = 0xf2;

/// Head of the start-up message.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_proc_args_t {
    pub protocol: u32,
    pub version: u32,
    pub handle_info_off: u32,
    pub args_off: u32,
    pub args_num: u32,
    pub environ_off: u32,
    pub environ_num: u32,
    pub names_off: u32,
    pub names_num: u32,
}
record!(zx_proc_args_t, 36, 4, {
    protocol: 0, version: 4, handle_info_off: 8, args_off: 12, args_num: 16, environ_off:
    20, environ_num: 24, names_off: 28, names_num: 32
});

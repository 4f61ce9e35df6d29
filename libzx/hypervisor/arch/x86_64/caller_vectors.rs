// SPDX-License-Identifier: MIT
//! The vector state of the program around a run of a VCPU (hypervisor.md,
//! section 6.3): the C calling convention would let a call change it.
#![allow(unsafe_code)]

use std::arch::naked_asm;
use std::ffi::c_void;

/// A call with a handle and a pointer.
pub type Call = extern "C" fn(u32, *mut c_void) -> i32;

/// Makes a call and gives XMM0 to XMM15, MXCSR and the x87 control word the
/// values back that they had before it. Nothing may come between a caller that
/// is to be served so and this function.
///
/// Written whole, since code around an `asm!` block could use the registers.
/// The control words are loaded only if they have changed, which costs more
/// than to look.
#[unsafe(naked)]
pub extern "C" fn keep_vectors(handle: u32, pointer: *mut c_void, call: Call) -> i32 {
    naked_asm!(
        ".cfi_startproc",
        // 16 registers, two control words as they were and as they are, and 8
        // bytes that align the stack for the call.
        "sub rsp, 280",
        ".cfi_adjust_cfa_offset 280",
        "movaps [rsp], xmm0",
        "movaps [rsp + 16], xmm1",
        "movaps [rsp + 32], xmm2",
        "movaps [rsp + 48], xmm3",
        "movaps [rsp + 64], xmm4",
        "movaps [rsp + 80], xmm5",
        "movaps [rsp + 96], xmm6",
        "movaps [rsp + 112], xmm7",
        "movaps [rsp + 128], xmm8",
        "movaps [rsp + 144], xmm9",
        "movaps [rsp + 160], xmm10",
        "movaps [rsp + 176], xmm11",
        "movaps [rsp + 192], xmm12",
        "movaps [rsp + 208], xmm13",
        "movaps [rsp + 224], xmm14",
        "movaps [rsp + 240], xmm15",
        "stmxcsr [rsp + 256]",
        "fnstcw [rsp + 260]",
        "call rdx",
        "stmxcsr [rsp + 264]",
        "fnstcw [rsp + 268]",
        "mov ecx, [rsp + 264]",
        "cmp ecx, [rsp + 256]",
        "je 2f",
        "ldmxcsr [rsp + 256]",
        "2:",
        "mov cx, [rsp + 268]",
        "cmp cx, [rsp + 260]",
        "je 3f",
        "fldcw [rsp + 260]",
        "3:",
        "movaps xmm0, [rsp]",
        "movaps xmm1, [rsp + 16]",
        "movaps xmm2, [rsp + 32]",
        "movaps xmm3, [rsp + 48]",
        "movaps xmm4, [rsp + 64]",
        "movaps xmm5, [rsp + 80]",
        "movaps xmm6, [rsp + 96]",
        "movaps xmm7, [rsp + 112]",
        "movaps xmm8, [rsp + 128]",
        "movaps xmm9, [rsp + 144]",
        "movaps xmm10, [rsp + 160]",
        "movaps xmm11, [rsp + 176]",
        "movaps xmm12, [rsp + 192]",
        "movaps xmm13, [rsp + 208]",
        "movaps xmm14, [rsp + 224]",
        "movaps xmm15, [rsp + 240]",
        "add rsp, 280",
        ".cfi_adjust_cfa_offset -280",
        "ret",
        ".cfi_endproc",
    )
}

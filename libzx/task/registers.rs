// SPDX-License-Identifier: MIT
//! Registers of threads that stand still, as debuggers see them
//! (tasks-time-system.md, section 1.6).
#![allow(unsafe_code)]

use nix::libc;

use super::machine_context::{get, set};
use crate::status::{Result, Status};
use crate::uapi::debug as c;

mod vector;

pub use vector::{fp, set_fp, set_vector, vector};

/// The first address that is not a program's.
const USER_END: u64 = 1 << 47;
/// The flags that a program can set: carry, parity, adjust, zero, sign, trap,
/// direction, overflow, nested task, alignment check, identification.
const USER_FLAGS: u64 = 0x0024_4DD5;
const TRAP_FLAG: u64 = 1 << 8;

/// The segment bases of a thread, which Linux keeps elsewhere.
#[derive(Clone, Copy, Default)]
pub struct Bases {
    /// That of FS,
    pub fs: u64,
    /// and that of GS.
    pub gs: u64,
}

const ARCH_SET_GS: libc::c_int = 0x1001;
const ARCH_SET_FS: libc::c_int = 0x1002;
const ARCH_GET_FS: libc::c_int = 0x1003;
const ARCH_GET_GS: libc::c_int = 0x1004;

impl Bases {
    /// Those of the calling thread.
    pub fn of_this_thread() -> Bases {
        let read = |what: libc::c_int| {
            let mut base = 0u64;
            // SAFETY: writes the base to where it is told.
            unsafe { libc::syscall(libc::SYS_arch_prctl, what, &raw mut base) };
            base
        };
        Bases {
            fs: read(ARCH_GET_FS),
            gs: read(ARCH_GET_GS),
        }
    }

    /// Gives the calling thread these, where they differ from `before`.
    pub fn apply(self, before: Bases) {
        if self.gs != before.gs {
            // SAFETY: the library does not use GS.
            unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, self.gs) };
        }
        if self.fs != before.fs {
            // SAFETY: a debugger of the program wants its thread without the
            // thread-local variables of C; nothing here uses them afterwards.
            unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_FS, self.fs) };
        }
    }
}

/// The general registers.
pub fn general(context: &libc::ucontext_t, bases: Bases) -> c::zx_thread_state_general_regs_t {
    let of = |register| get(context, register);
    c::zx_thread_state_general_regs_t {
        rax: of(libc::REG_RAX),
        rbx: of(libc::REG_RBX),
        rcx: of(libc::REG_RCX),
        rdx: of(libc::REG_RDX),
        rsi: of(libc::REG_RSI),
        rdi: of(libc::REG_RDI),
        rbp: of(libc::REG_RBP),
        rsp: of(libc::REG_RSP),
        r8: of(libc::REG_R8),
        r9: of(libc::REG_R9),
        r10: of(libc::REG_R10),
        r11: of(libc::REG_R11),
        r12: of(libc::REG_R12),
        r13: of(libc::REG_R13),
        r14: of(libc::REG_R14),
        r15: of(libc::REG_R15),
        rip: of(libc::REG_RIP),
        rflags: of(libc::REG_EFL) & !TRAP_FLAG,
        fs_base: bases.fs,
        gs_base: bases.gs,
    }
}

/// Changes the general registers; of the flags those that programs can set.
/// `INVALID_ARGS` when an address is not a program's.
pub fn set_general(
    context: &mut libc::ucontext_t,
    bases: &mut Bases,
    to: &c::zx_thread_state_general_regs_t,
) -> Result {
    if [to.rip, to.fs_base, to.gs_base]
        .iter()
        .any(|&at| at >= USER_END)
    {
        return Err(Status::INVALID_ARGS);
    }
    let flags = get(context, libc::REG_EFL);
    let settable = USER_FLAGS & !TRAP_FLAG;
    let flags = (flags & !settable) | (to.rflags & settable);
    for (register, value) in [
        (libc::REG_RAX, to.rax),
        (libc::REG_RBX, to.rbx),
        (libc::REG_RCX, to.rcx),
        (libc::REG_RDX, to.rdx),
        (libc::REG_RSI, to.rsi),
        (libc::REG_RDI, to.rdi),
        (libc::REG_RBP, to.rbp),
        (libc::REG_RSP, to.rsp),
        (libc::REG_R8, to.r8),
        (libc::REG_R9, to.r9),
        (libc::REG_R10, to.r10),
        (libc::REG_R11, to.r11),
        (libc::REG_R12, to.r12),
        (libc::REG_R13, to.r13),
        (libc::REG_R14, to.r14),
        (libc::REG_R15, to.r15),
        (libc::REG_RIP, to.rip),
        (libc::REG_EFL, flags),
    ] {
        set(context, register, value);
    }
    *bases = Bases {
        fs: to.fs_base,
        gs: to.gs_base,
    };
    Ok(())
}

/// Whether the thread stops after each instruction.
pub fn single_step(context: &libc::ucontext_t) -> bool {
    get(context, libc::REG_EFL) & TRAP_FLAG != 0
}

/// Has the thread stop after each instruction, or not.
pub fn set_single_step(context: &mut libc::ucontext_t, on: bool) {
    let flags = get(context, libc::REG_EFL) & !TRAP_FLAG;
    let flags = if on { flags | TRAP_FLAG } else { flags };
    set(context, libc::REG_EFL, flags);
}

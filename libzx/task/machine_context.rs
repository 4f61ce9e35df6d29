// SPDX-License-Identifier: MIT
//! The registers of threads as Linux keeps them for signal handlers.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use nix::libc;

use super::start::Entry;

/// Linux's selectors of a program's code and data.
const USER_CS: i64 = 0x33;
const USER_SS: i64 = 0x2B;

/// The registers of a thread that begins: nothing but its stack and its
/// arguments. `signal_stack` is the one it has for signals.
pub fn of_new_thread(entry: &Entry, signal_stack: libc::stack_t) -> libc::ucontext_t {
    // SAFETY: all zeros is a valid context.
    let mut context: libc::ucontext_t = unsafe { MaybeUninit::zeroed().assume_init() };
    let registers = &mut context.uc_mcontext.gregs;
    let mut set = |register: libc::c_int, value: u64| {
        if let Ok(index) = usize::try_from(register) {
            registers[index] = value.cast_signed();
        }
    };
    set(libc::REG_RIP, entry.entry);
    set(libc::REG_RSP, entry.stack);
    set(libc::REG_RDI, entry.arguments[0]);
    set(libc::REG_RSI, entry.arguments[1]);
    set(libc::REG_CSGSFS, (USER_CS | USER_SS << 48).cast_unsigned());
    context.uc_stack = signal_stack;
    // SAFETY: the new mask is not given, the present one is filled in.
    unsafe {
        libc::pthread_sigmask(
            libc::SIG_SETMASK,
            std::ptr::null(),
            &raw mut context.uc_sigmask,
        )
    };
    context
}

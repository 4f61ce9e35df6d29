// SPDX-License-Identifier: MIT
//! The registers of threads as Linux keeps them for signal handlers, and such
//! contexts made for threads that have not been interrupted by a signal.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

use nix::libc;

use super::call_site;
use super::start::Entry;

/// Linux's selectors of a program's code and data.
const USER_CS: i64 = 0x33;
const USER_SS: i64 = 0x2B;

/// The general registers of a context, with the instruction pointer and flags.
pub type General = [i64; 23];

/// The registers of a thread that begins: nothing but its stack and its
/// arguments. `signal_stack` is the one it has for signals.
pub fn of_new_thread(entry: &Entry, signal_stack: libc::stack_t) -> libc::ucontext_t {
    let mut context = empty();
    set(&mut context, libc::REG_RIP, entry.entry);
    set(&mut context, libc::REG_RSP, entry.stack);
    set(&mut context, libc::REG_RDI, entry.arguments[0]);
    set(&mut context, libc::REG_RSI, entry.arguments[1]);
    set(&mut context, libc::REG_EFL, INITIAL_FLAGS);
    complete(&mut context);
    context.uc_stack = signal_stack;
    context
}

/// Interrupts on, and the bit that is always set.
const INITIAL_FLAGS: u64 = 0x202;

/// The registers with which the call that has this address in its frame will
/// give back; those that no call keeps are 0.
pub fn of_call(frame: usize) -> libc::ucontext_t {
    let site = call_site::find(frame).unwrap_or_default();
    let mut context = empty();
    set(&mut context, libc::REG_RIP, site.rip);
    set(&mut context, libc::REG_RSP, site.rsp);
    set(&mut context, libc::REG_RBX, site.rbx);
    set(&mut context, libc::REG_RBP, site.rbp);
    set(&mut context, libc::REG_R12, site.r12_to_r15[0]);
    set(&mut context, libc::REG_R13, site.r12_to_r15[1]);
    set(&mut context, libc::REG_R14, site.r12_to_r15[2]);
    set(&mut context, libc::REG_R15, site.r12_to_r15[3]);
    set(&mut context, libc::REG_EFL, INITIAL_FLAGS);
    complete(&mut context);
    context
}

/// No registers: those of a thread that has nothing to go on with.
pub fn of_nothing() -> libc::ucontext_t {
    empty()
}

fn empty() -> libc::ucontext_t {
    // SAFETY: all zeros is a valid context.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// Fills in what Linux wants to know when it takes the registers back.
fn complete(context: &mut libc::ucontext_t) {
    set(
        context,
        libc::REG_CSGSFS,
        (USER_CS | USER_SS << 48).cast_unsigned(),
    );
    // SAFETY: the new stack is not given, the present one is filled in.
    unsafe { libc::sigaltstack(ptr::null(), &raw mut context.uc_stack) };
    // SAFETY: the same with the mask.
    unsafe {
        libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), &raw mut context.uc_sigmask);
    };
}

/// The general registers.
pub fn general(context: &libc::ucontext_t) -> General {
    context.uc_mcontext.gregs
}

/// Reads a register, one of `libc::REG_*`.
pub fn get(context: &libc::ucontext_t, register: libc::c_int) -> u64 {
    usize::try_from(register).map_or(0, |index| context.uc_mcontext.gregs[index].cast_unsigned())
}

/// Writes a register, one of `libc::REG_*`.
pub fn set(context: &mut libc::ucontext_t, register: libc::c_int, value: u64) {
    if let Ok(index) = usize::try_from(register) {
        context.uc_mcontext.gregs[index] = value.cast_signed();
    }
}

/// Goes on in the calling thread with these general registers, a call that
/// returns this status.
pub fn continue_after_call(registers: &General, status: i32) -> ! {
    let mut context = empty();
    context.uc_mcontext.gregs = *registers;
    complete(&mut context);
    set(
        &mut context,
        libc::REG_RAX,
        i64::from(status).cast_unsigned(),
    );
    // SAFETY: the context is complete; what goes on is what a debugger of the
    // program has asked for.
    unsafe { libzx_continue(&raw const context) }
}

unsafe extern "C" {
    fn libzx_continue(context: *const libc::ucontext_t) -> !;
}

#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    ".pushsection .text.libzx_continue, \"ax\", @progbits",
    ".globl libzx_continue",
    ".hidden libzx_continue",
    ".type libzx_continue, @function",
    "libzx_continue:",
    "mov rsp, rdi",
    "mov eax, 15", // rt_sigreturn
    "syscall",
    "ud2",
    ".size libzx_continue, . - libzx_continue",
    ".popsection",
);

// SPDX-License-Identifier: MIT
//! Copies that survive bad memory: caller memory that is not there, and guest
//! memory whose file its owner has cut short.
//!
//! They go through one small assembly routine. Good memory costs no system
//! call; bad memory makes the routine fault, and the handler that this file
//! installs for SIGSEGV and SIGBUS turns exactly those faults into a status.
//! Every other fault goes to the handler that the program had installed before
//! the library's first call, or to the default action.
//!
//! A program that installs its own handler *after* its first call into the
//! library takes these faults away from it; such a handler has to call the
//! one it replaced for faults it does not know.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::libc;
use parking_lot::Mutex;

use super::closed_pages;
use crate::status::{Result, Status};

/// Copies bytes between any two places of the process, one of which may not
/// be there or may go away meanwhile. Used for caller memory and for guest
/// memory, whose file can be cut short by its owner at any time.
///
/// # Safety
///
/// Whatever is not the caller's or the guest's memory must be valid.
pub unsafe fn copy(to: *mut u8, from: *const u8, len: usize) -> Result {
    // SAFETY: the routine touches exactly the two ranges; its faults are
    // caught once the handler is installed, which `gate` did before any call
    // could come this far.
    let fault = unsafe { libzx_user_copy(to, from, len) };
    if fault == 0 {
        Ok(())
    } else {
        Err(Status::INVALID_ARGS)
    }
}

/// Copies bytes of the program in. `NOT_FOUND` when they cannot be read.
pub fn copy_in(into: &mut [u8], address: usize) -> Result {
    if into.is_empty() {
        return Ok(());
    }
    check_program(address, into.len())?;
    // SAFETY: `into` is writable for its size, and the other side is the
    // program's.
    unsafe { copy(into.as_mut_ptr(), address as *const u8, into.len()) }
        .map_err(|_| Status::NOT_FOUND)
}

/// Copies bytes out to the program, which asked for that in its call.
/// `NOT_FOUND` when they cannot be written.
pub fn copy_out(address: usize, bytes: &[u8]) -> Result {
    if bytes.is_empty() {
        return Ok(());
    }
    check_program(address, bytes.len())?;
    // SAFETY: `bytes` is readable for its size, and the other side is the
    // program's.
    unsafe { copy(address as *mut u8, bytes.as_ptr(), bytes.len()) }.map_err(|_| Status::NOT_FOUND)
}

/// Refuses ranges that no program can own; faults decide about the rest.
fn check_program(address: usize, len: usize) -> Result {
    const PROGRAM_END: usize = 0x8000_0000_0000;
    match address.checked_add(len) {
        Some(end) if end <= PROGRAM_END => Ok(()),
        _ => Err(Status::NOT_FOUND),
    }
}

unsafe extern "C" {
    fn libzx_user_copy(to: *mut u8, from: *const u8, len: usize) -> u32;
    static libzx_user_copy_fault: u8;
    static libzx_user_copy_end: u8;
}

// Short copies are moves whose last ones overlap, long ones are left to the
// processor's own string move. A fault leaves the routine through
// `libzx_user_copy_fault`, which needs no register but the stack pointer.
#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    ".pushsection .text.libzx_user_copy, \"ax\", @progbits",
    ".balign 64",
    ".globl libzx_user_copy, libzx_user_copy_fault, libzx_user_copy_end",
    ".hidden libzx_user_copy, libzx_user_copy_fault, libzx_user_copy_end",
    ".type libzx_user_copy, @function",
    "libzx_user_copy:",
    "cmp rdx, 16",
    "ja 2f",
    "cmp rdx, 8",
    "jae 3f",
    "cmp rdx, 4",
    "jae 4f",
    "test rdx, rdx",
    "jz 9f",
    // One to three bytes: the first, the middle and the last one overlap.
    "movzx eax, byte ptr [rsi]",
    "movzx ecx, byte ptr [rsi + rdx - 1]",
    "mov r8, rdx",
    "shr r8, 1",
    "movzx r9d, byte ptr [rsi + r8]",
    "mov byte ptr [rdi], al",
    "mov byte ptr [rdi + r8], r9b",
    "mov byte ptr [rdi + rdx - 1], cl",
    "xor eax, eax",
    "ret",
    "4:",
    "mov eax, dword ptr [rsi]",
    "mov ecx, dword ptr [rsi + rdx - 4]",
    "mov dword ptr [rdi], eax",
    "mov dword ptr [rdi + rdx - 4], ecx",
    "xor eax, eax",
    "ret",
    "3:",
    "mov rax, qword ptr [rsi]",
    "mov rcx, qword ptr [rsi + rdx - 8]",
    "mov qword ptr [rdi], rax",
    "mov qword ptr [rdi + rdx - 8], rcx",
    "xor eax, eax",
    "ret",
    "2:",
    "cmp rdx, 64",
    "ja 5f",
    "cmp rdx, 32",
    "ja 6f",
    "movups xmm0, xmmword ptr [rsi]",
    "movups xmm1, xmmword ptr [rsi + rdx - 16]",
    "movups xmmword ptr [rdi], xmm0",
    "movups xmmword ptr [rdi + rdx - 16], xmm1",
    "xor eax, eax",
    "ret",
    "6:",
    "movups xmm0, xmmword ptr [rsi]",
    "movups xmm1, xmmword ptr [rsi + 16]",
    "movups xmm2, xmmword ptr [rsi + rdx - 32]",
    "movups xmm3, xmmword ptr [rsi + rdx - 16]",
    "movups xmmword ptr [rdi], xmm0",
    "movups xmmword ptr [rdi + 16], xmm1",
    "movups xmmword ptr [rdi + rdx - 32], xmm2",
    "movups xmmword ptr [rdi + rdx - 16], xmm3",
    "xor eax, eax",
    "ret",
    // What the string move takes to begin is worth it from here on.
    "5:",
    "cmp rdx, 512",
    "ja 7f",
    "lea rcx, [rdx - 16]",
    "xor eax, eax",
    "8:",
    "movups xmm0, xmmword ptr [rsi + rax]",
    "movups xmmword ptr [rdi + rax], xmm0",
    "add rax, 16",
    "cmp rax, rcx",
    "jb 8b",
    "movups xmm0, xmmword ptr [rsi + rcx]",
    "movups xmmword ptr [rdi + rcx], xmm0",
    "xor eax, eax",
    "ret",
    "7:",
    "mov rcx, rdx",
    "rep movsb",
    "9:",
    "xor eax, eax",
    "ret",
    "libzx_user_copy_fault:",
    "mov eax, 1",
    "ret",
    "libzx_user_copy_end:",
    ".size libzx_user_copy, . - libzx_user_copy",
    ".popsection",
);

/// What the program's handlers were when the library installed its own.
struct Previous(UnsafeCell<[MaybeUninit<libc::sigaction>; FAULTS.len()]>);

// SAFETY: written once, before the handler that reads it is installed.
unsafe impl Sync for Previous {}

static PREVIOUS: Previous = Previous(UnsafeCell::new([MaybeUninit::zeroed(); FAULTS.len()]));

/// Makes faults on caller memory survivable. Called once, or again after a
/// failure, by one thread.
pub(super) fn install() -> Result {
    install_for(libc::SIGSEGV, 0)?;
    install_for(libc::SIGBUS, 1)
}

fn install_for(signal: libc::c_int, slot: usize) -> Result {
    let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null new action only asks for the present one.
    let asked = unsafe { libc::sigaction(signal, std::ptr::null(), previous.as_mut_ptr()) };
    Errno::result(asked)?;
    // SAFETY: a zeroed action is a valid (default) one, so it is initialised
    // whatever the call filled in.
    let previous = unsafe { previous.assume_init() };
    let handler = on_fault as *const () as usize;
    if previous.sa_sigaction == handler {
        return Ok(()); // an attempt that failed came this far
    }
    // SAFETY: only this function writes the cell, in one thread, and the
    // handler that reads it is installed below.
    unsafe { (*PREVIOUS.0.get())[slot].write(previous) };

    let mut action = previous;
    action.sa_sigaction = handler;
    // The program's handler gets the mask and flags that it asked for.
    action.sa_flags = libc::SA_SIGINFO
        | libc::SA_ONSTACK
        | (previous.sa_flags & (libc::SA_NODEFER | libc::SA_RESTART));
    // SAFETY: the action is complete and its handler has the signature that
    // SA_SIGINFO demands.
    let installed = unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
    Errno::result(installed)?;
    Ok(())
}

extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let begin = libzx_user_copy as *const () as usize;
    let end = (&raw const libzx_user_copy_end).addr();
    let fault = (&raw const libzx_user_copy_fault).addr();
    // SAFETY: the kernel passes a valid ucontext to a SA_SIGINFO handler.
    let pc = unsafe { program_counter(context) };
    // SAFETY: `pc` points into the context that the kernel passed.
    let at = unsafe { *pc };
    // SAFETY: the kernel passes valid information to a SA_SIGINFO handler.
    let raised_by_fault = unsafe { (*info).si_code } > 0;
    if raised_by_fault && signal == libc::SIGSEGV {
        // SAFETY: the kernel passes valid information to the handler.
        let info = unsafe { &*info };
        // SAFETY: that of a fault has the address.
        closed_pages::faulted(unsafe { info.si_addr() }.addr());
    }
    if raised_by_fault && (begin..end).contains(&at) {
        // SAFETY: as above; resuming at the fault exit is the routine's
        // documented way out.
        unsafe { *pc = fault };
        return;
    }
    if raised_by_fault && offered(context) {
        return;
    }
    forward(signal, info, context, raised_by_fault);
}

/// Who is offered faults that are not the library's, with the registers;
/// true when they are to go no further.
type Offer = fn(&mut libc::ucontext_t) -> bool;

static OFFER: OnceLock<Offer> = OnceLock::new();

fn offered(context: *mut c_void) -> bool {
    let Some(offer) = OFFER.get() else {
        return false;
    };
    // SAFETY: the kernel passes a valid ucontext to a SA_SIGINFO handler, and
    // nobody else uses it.
    offer(unsafe { &mut *context.cast::<libc::ucontext_t>() })
}

/// The signals of faults, by the places of `PREVIOUS`.
const FAULTS: [libc::c_int; 5] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGTRAP,
];

/// Has all faults of the program's offered, from now on. A program that
/// installs handlers of its own afterwards takes them away.
pub fn install_for_exceptions(offer: Offer) -> Result {
    static LOCK: Mutex<()> = Mutex::new(());
    let _lock = LOCK.lock();
    for (slot, signal) in FAULTS.into_iter().enumerate().skip(2) {
        install_for(signal, slot)?;
    }
    // Whoever came first has offered the same.
    let _ = OFFER.set(offer);
    Ok(())
}

#[cfg(target_arch = "x86_64")]
/// # Safety
///
/// `context` must be the ucontext of a signal frame.
unsafe fn program_counter(context: *mut c_void) -> *mut usize {
    let context = context.cast::<libc::ucontext_t>();
    let index = libc::REG_RIP as usize;
    // SAFETY: the register array of the frame has an entry for RIP.
    unsafe { (&raw mut (*context).uc_mcontext.gregs[index]).cast::<usize>() }
}

/// Gives a fault that is not the library's to whoever would have had it.
fn forward(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
    raised_by_fault: bool,
) {
    let slot = FAULTS
        .iter()
        .position(|&fault| fault == signal)
        .unwrap_or(0);
    // SAFETY: the cell was filled before this handler was installed.
    let previous = unsafe { &(*PREVIOUS.0.get())[slot] };
    // SAFETY: as above.
    let previous = unsafe { previous.assume_init() };
    match previous.sa_sigaction {
        libc::SIG_IGN if !raised_by_fault => {}
        // The faulting instruction runs again and meets the default action; a
        // signal that somebody sent is sent again.
        libc::SIG_DFL | libc::SIG_IGN => {
            // SAFETY: a zeroed action is the default one.
            let default: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
            // SAFETY: the action is valid.
            unsafe { libc::sigaction(signal, &raw const default, std::ptr::null_mut()) };
            // A breakpoint is behind the thread already.
            if !raised_by_fault || signal == libc::SIGTRAP {
                // SAFETY: raising a signal touches no memory here; it arrives
                // when this handler returns.
                unsafe { libc::raise(signal) };
            }
        }
        handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut c_void);
            // SAFETY: the program installed this address with SA_SIGINFO.
            let handler: Handler = unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        }
        handler => {
            type Handler = extern "C" fn(libc::c_int);
            // SAFETY: the program installed this address without SA_SIGINFO.
            let handler: Handler = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_of_every_length_is_exact() {
        let from: Vec<u8> = (0..1200u32).map(|i| (i % 251) as u8).collect();
        for len in 0..from.len() {
            let mut to = vec![0xFF; from.len() + 1];
            // SAFETY: both ranges are within their vectors.
            let copied = unsafe { copy(to.as_mut_ptr(), from.as_ptr(), len) };
            assert_eq!(copied, Ok(()));
            assert_eq!(to[..len], from[..len]);
            assert!(to[len..].iter().all(|&byte| byte == 0xFF), "length {len}");
        }
    }
}

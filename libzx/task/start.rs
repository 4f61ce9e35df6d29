// SPDX-License-Identifier: MIT
//! Threads that the program starts with stacks of its own.
//!
//! Linux's part of such a thread is one of the C library's, with a stack of
//! the library's. The program's code runs on the program's stack, which may be
//! far too small for a call or for a signal: calls go back to the library's
//! stack, and signals have one of their own, which is a part of it.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::libc;

use super::exception::{self, Outcome, Report};
use super::record::ThreadRecord;
use super::thread::Thread;
use super::{leave, machine_context};
use crate::status::{Result, Status};
use crate::sys::futex;
use crate::uapi::exception::ZX_EXCP_THREAD_STARTING;

/// The library's stack of such a thread, and the part that signals have.
const STACK_BYTES: usize = 256 << 10;
const SIGNAL_STACK_BYTES: usize = 64 << 10;

/// Where a thread begins and with what.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Entry {
    /// The address of its first instruction,
    pub entry: u64,
    /// its stack pointer,
    pub stack: u64,
    /// and its arguments.
    pub arguments: [u64; 2],
}

/// What the new thread is told.
struct Start {
    thread: Arc<Thread>,
    entry: Entry,
    /// 1 once the thread has what it needs of this.
    begun: AtomicU32,
}

impl Thread {
    /// Starts a new thread. `BAD_STATE` when its process does not run, or when
    /// it is not new; `NO_RESOURCES` when Linux has no thread for it.
    pub fn start(self: &Arc<Self>, entry: Entry) -> Result {
        let _starting = self.process().threads().starting();
        self.begin()?;
        let start = Start {
            thread: Arc::clone(self),
            entry,
            begun: AtomicU32::new(0),
        };
        if spawn(&start).is_err() {
            self.not_begun();
            return Err(Status::NO_RESOURCES);
        }
        while start.begun.load(Ordering::Acquire) == 0 {
            futex::wait(&start.begun, 0, futex::INFINITE);
        }
        self.update_signals();
        Ok(())
    }
}

/// Makes Linux's part of the thread.
fn spawn(start: &Start) -> Result {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: fills the attributes.
    let error = unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) };
    if error != 0 {
        return Err(Status::NO_MEMORY);
    }
    let attributes = attributes.as_mut_ptr();
    // SAFETY: the attributes are initialised; the values are valid.
    unsafe { libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_DETACHED) };
    // SAFETY: as above; a size that is refused leaves the default.
    unsafe { libc::pthread_attr_setstacksize(attributes, STACK_BYTES) };
    let mut made: libc::pthread_t = 0;
    // SAFETY: the argument lives until the thread has said that it has begun.
    let error = unsafe {
        libc::pthread_create(
            &raw mut made,
            attributes,
            thread_main,
            ptr::from_ref(start).cast_mut().cast(),
        )
    };
    // SAFETY: initialised above, and not used afterwards.
    unsafe { libc::pthread_attr_destroy(attributes) };
    if error == 0 {
        Ok(())
    } else {
        Err(Status::NO_RESOURCES)
    }
}

extern "C" fn thread_main(start: *mut c_void) -> *mut c_void {
    // SAFETY: `spawn` passed this, and `start` waits for `begun`.
    let start = unsafe { &*start.cast::<Start>() };
    let record = ThreadRecord::current();
    start.thread.tell_linux_the_name();
    start.thread.attach(record);
    start
        .thread
        .process()
        .threads()
        .add(record.tid(), &start.thread);
    let entry = start.entry;
    start.begun.store(1, Ordering::Release);
    futex::wake(&start.begun, 1);
    // From here on `start` may be gone.
    run(record, &entry);
    leave::if_last();
    ptr::null_mut()
}

/// Runs the program's code until it leaves through [`back`].
#[inline(never)]
fn run(record: &'static ThreadRecord, entry: &Entry) {
    let mut signal_stack = MaybeUninit::<[u8; SIGNAL_STACK_BYTES]>::uninit();
    let stack = libc::stack_t {
        ss_sp: signal_stack.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: SIGNAL_STACK_BYTES,
    };
    // SAFETY: the stack lives as long as the program's code runs.
    unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
    let mut goes_on = true;
    let mut context = machine_context::of_new_thread(entry, stack);
    if let Some(thread) = record.thread() {
        if exception::are_wanted() && thread.process().debugger().is_bound() {
            let report = Report::synthetic(ZX_EXCP_THREAD_STARTING, 0, 0);
            goes_on = thread.raise(report, &mut context) != Outcome::Exit;
        }
        if thread.stop.wanted() {
            thread.stand(&mut context);
        }
    }
    if goes_on {
        // SAFETY: the context is complete. What the code at `entry` does is
        // the program's own affair, as with any code of its threads; it comes
        // back through `back`.
        unsafe { libzx_enter_thread(&raw const context, record.host_stack.as_ptr()) };
    }
    record.host_stack.set(0);
    let none = libc::stack_t {
        ss_sp: ptr::null_mut(),
        ss_flags: libc::SS_DISABLE,
        ss_size: 0,
    };
    // SAFETY: no stack replaces the present one.
    unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) };
}

/// Leaves the program's code of a thread that was started here.
pub fn back(record: &ThreadRecord) -> ! {
    // SAFETY: the stack is that of a thread in `run`, below which nothing is
    // needed any more.
    unsafe { libzx_leave_thread(record.host_stack.get()) }
}

/// Calls `f` on the library's stack of the thread.
///
/// # Safety
///
/// The thread was started here, is in the program's code, and does not have
/// the library's stack in use.
pub unsafe fn on_host_stack<F: FnOnce() -> R, R>(record: &ThreadRecord, f: F) -> R {
    struct Call<F, R> {
        f: Option<F>,
        result: Option<R>,
    }
    extern "C" fn run<F: FnOnce() -> R, R>(call: *mut c_void) {
        // SAFETY: the pointer comes from below and is used by nobody else.
        let call = unsafe { &mut *call.cast::<Call<F, R>>() };
        call.result = call.f.take().map(|f| f());
    }
    let mut call = Call {
        f: Some(f),
        result: None,
    };
    loop {
        // SAFETY: the stack is free by this function's contract; `run` takes
        // what it is given and does not unwind, since calls do not.
        unsafe { libzx_call_on((&raw mut call).cast(), run::<F, R>, record.host_stack.get()) };
        if let Some(result) = call.result {
            return result;
        }
    }
}

unsafe extern "C" {
    fn libzx_enter_thread(context: *const libc::ucontext_t, host_stack: *mut usize);
    fn libzx_leave_thread(host_stack: usize) -> !;
    fn libzx_call_on(data: *mut c_void, f: extern "C" fn(*mut c_void), stack: usize);
}

// `libzx_enter_thread` keeps what its caller needs on the library's stack,
// notes where that is, and has Linux set all registers as it does when a
// signal handler returns. Calls use the stack below that place, and
// `libzx_leave_thread` takes back from it what was kept.
#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    ".pushsection .text.libzx_thread_entry, \"ax\", @progbits",
    ".globl libzx_enter_thread, libzx_leave_thread, libzx_call_on",
    ".hidden libzx_enter_thread, libzx_leave_thread, libzx_call_on",
    ".type libzx_enter_thread, @function",
    "libzx_enter_thread:",
    "push rbp",
    "push rbx",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "sub rsp, 8",
    "stmxcsr dword ptr [rsp]",
    "fnstcw word ptr [rsp + 4]",
    "mov qword ptr [rsi], rsp",
    "mov rsp, rdi",
    "mov eax, 15", // rt_sigreturn
    "syscall",
    "ud2",
    ".size libzx_enter_thread, . - libzx_enter_thread",
    ".type libzx_leave_thread, @function",
    "libzx_leave_thread:",
    "mov rsp, rdi",
    "ldmxcsr dword ptr [rsp]",
    "fninit",
    "fldcw word ptr [rsp + 4]",
    "cld",
    "add rsp, 8",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbx",
    "pop rbp",
    "ret",
    ".size libzx_leave_thread, . - libzx_leave_thread",
    ".type libzx_call_on, @function",
    "libzx_call_on:",
    ".cfi_startproc",
    "push rbp",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbp, -16",
    "mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "mov rsp, rdx",
    "and rsp, -16",
    "call rsi",
    "mov rsp, rbp",
    "pop rbp",
    ".cfi_def_cfa rsp, 8",
    "ret",
    ".cfi_endproc",
    ".size libzx_call_on, . - libzx_call_on",
    ".popsection",
);

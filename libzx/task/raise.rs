// SPDX-License-Identifier: MIT
//! Raising exceptions, in the thread that they stop.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::sync::Arc;

use nix::libc;

use super::exception::{self, Outcome, Report};
use super::process::RetCode;
use super::record::ThreadRecord;
use super::thread::Thread;
use super::{leave, machine_context, service};
use crate::sys::thread;
use crate::uapi::exception as c;

/// The processor's numbers of the faults that have types of their own.
const DEBUG_TRAP: u64 = 1;
const BREAKPOINT: u64 = 3;
const UNDEFINED_INSTRUCTION: u64 = 6;
const PAGE_FAULT: u64 = 14;
const ALIGNMENT_CHECK: u64 = 17;

impl Thread {
    /// Stands still, as this thread, until the exception is over.
    /// Async-signal-safe.
    pub(super) fn raise(
        self: &Arc<Self>,
        report: Report,
        context: &mut libc::ucontext_t,
    ) -> Outcome {
        self.exception.note(report);
        self.stop.begin_exception();
        self.stand(context);
        self.exception.outcome()
    }
}

impl ThreadRecord {
    /// Raises a synthetic exception of a call that is about to give back.
    pub(super) fn raise_in_call(&self, thread: &Arc<Thread>, report: Report) {
        if !exception::are_wanted() {
            thread.process().leave_with(RetCode::EXCEPTION_KILL);
        }
        let mut context = machine_context::of_call(self.call_frame());
        let before = machine_context::general(&context);
        let outcome = thread.raise(report, &mut context);
        let after = machine_context::general(&context);
        match outcome {
            Outcome::Handled if after != before => self.change_after_call(after),
            Outcome::Handled => {}
            Outcome::Exit => leave::thread(),
            Outcome::Unhandled => thread.process().leave_with(RetCode::EXCEPTION_KILL),
        }
    }
}

/// A fault of the program's in the calling thread: true when it is over, with
/// the registers as they are to be.
pub fn on_fault(context: &mut libc::ucontext_t) -> bool {
    if !exception::are_wanted() {
        return false;
    }
    let thread = ThreadRecord::of_interrupted().and_then(|record| Some((record, record.thread()?)));
    let found = thread.or_else(|| {
        service::provide_object();
        ThreadRecord::of_interrupted().and_then(|record| Some((record, record.thread()?)))
    });
    let Some((record, thread)) = found else {
        return false;
    };
    // A fault in a call is the library's own.
    if record.call_frame() != 0 || thread.stop.has_stopped() {
        return false;
    }
    let mask = block_signals();
    let outcome = thread.raise(report_of(context), context);
    match outcome {
        Outcome::Handled => true,
        Outcome::Exit => {
            exit_instead(context);
            true
        }
        Outcome::Unhandled => {
            set_signals(&mask);
            false
        }
    }
}

/// What the processor said.
fn report_of(context: &libc::ucontext_t) -> Report {
    let vector = machine_context::get(context, libc::REG_TRAPNO);
    let exception = match vector {
        DEBUG_TRAP => c::ZX_EXCP_HW_BREAKPOINT,
        BREAKPOINT => c::ZX_EXCP_SW_BREAKPOINT,
        UNDEFINED_INSTRUCTION => c::ZX_EXCP_UNDEFINED_INSTRUCTION,
        PAGE_FAULT => c::ZX_EXCP_FATAL_PAGE_FAULT,
        ALIGNMENT_CHECK => c::ZX_EXCP_UNALIGNED_ACCESS,
        _ => c::ZX_EXCP_GENERAL,
    };
    Report {
        exception,
        vector,
        error: machine_context::get(context, libc::REG_ERR),
        address: machine_context::get(context, libc::REG_CR2),
        code: 0,
        data: 0,
    }
}

/// What leaving needs of the thread's stack.
const RED_ZONE: u64 = 128;

/// Has the thread leave instead of going on.
fn exit_instead(context: &mut libc::ucontext_t) {
    extern "C" fn exit() -> ! {
        leave::thread()
    }
    let stack = machine_context::get(context, libc::REG_RSP) - RED_ZONE;
    machine_context::set(context, libc::REG_RSP, (stack & !15) - 8);
    machine_context::set(context, libc::REG_RIP, exit as *const () as u64);
}

/// A thread that stands still runs none of the program's handlers.
fn block_signals() -> libc::sigset_t {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set, and cannot fail for a valid pointer.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the set was filled.
    let before = thread::set_signal_mask(unsafe { all.assume_init_ref() });
    // Without a mask to go back to, the thread goes on with all signals let through.
    // SAFETY: a zeroed set is an empty one.
    before.unwrap_or_else(|_| unsafe { std::mem::zeroed() })
}

fn set_signals(mask: &libc::sigset_t) {
    // Tried again until it succeeds; there is nothing else to be done.
    let _ = thread::set_signal_mask(mask);
}

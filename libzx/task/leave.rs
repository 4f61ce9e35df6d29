// SPDX-License-Identifier: MIT
//! The ends of threads and of the process.
#![allow(unsafe_code)]

use nix::libc;
use parking_lot::Mutex;

use super::record::ThreadRecord;
use super::{process::Process, start, threads};
use crate::sys::spin;

/// Threads that are about to be gone, and have said so.
static LEAVING: Mutex<Vec<libc::pid_t>> = Mutex::new(Vec::new());

/// Ends the calling thread, and with the last one the process.
pub fn thread() -> ! {
    if let Some(record) = ThreadRecord::attached() {
        if record.host_stack.get() != 0 {
            start::back(record);
        }
        record.end();
    }
    if_last();
    loop {
        // SAFETY: ends the thread; nothing of it is needed any more.
        unsafe { libc::syscall(libc::SYS_exit, 0) };
    }
}

/// Ends the process with 0 when no other thread of the program is left; else
/// the calling one counts as gone.
pub fn if_last() {
    // SAFETY: takes no arguments and cannot fail.
    let own = unsafe { libc::gettid() };
    let mut leaving = spin::lock(&LEAVING);
    let there = threads::program_threads();
    // Numbers are used again.
    leaving.retain(|tid| *tid != own && there.contains(tid));
    leaving.push(own);
    let alone = there.iter().all(|tid| leaving.contains(tid));
    drop(leaving);
    if alone && !there.is_empty() {
        Process::this().leave(0);
    }
}

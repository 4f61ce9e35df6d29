// SPDX-License-Identifier: MIT
//! Reading a small file when the process has no descriptor left for it: on a
//! thread with descriptors of its own, of which it gives one up. Those of the
//! process stay as they are.

use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use parking_lot::Mutex;

use super::{file, futex, thread};
use crate::status::{Result, Status};

/// What the thread is to read, and what it has read.
struct Order {
    path: Option<CString>,
    bytes: Result<Vec<u8>>,
}

/// Taken by who has a file read; one at a time.
static TURN: Mutex<()> = Mutex::new(());
static ORDER: Mutex<Order> = Mutex::new(Order {
    path: None,
    bytes: Err(Status::INTERNAL),
});
/// 1 once it is done.
static DONE: AtomicU32 = AtomicU32::new(0);

/// The whole of a file. `NO_MEMORY` when the host lets no thread do it.
pub fn read_whole(path: &CStr) -> Result<Vec<u8>> {
    let _turn = TURN.lock();
    ORDER.lock().path = Some(path.to_owned());
    DONE.store(0, Ordering::Relaxed);
    thread::start(c"libzx-reader", run).map_err(|_| Status::NO_MEMORY)?;
    while DONE.load(Ordering::Acquire) == 0 {
        futex::wait(&DONE, 0, futex::INFINITE);
    }
    std::mem::replace(&mut ORDER.lock().bytes, Err(Status::INTERNAL))
}

fn run() {
    let path = ORDER.lock().path.take();
    let bytes = path.ok_or(Status::INTERNAL).and_then(|path| read(&path));
    ORDER.lock().bytes = bytes;
    DONE.store(1, Ordering::Release);
    futex::wake(&DONE, 1);
}

fn read(path: &CStr) -> Result<Vec<u8>> {
    unshare(CloneFlags::CLONE_FILES).map_err(|_| Status::NO_MEMORY)?;
    match nix::unistd::close(0) {
        Ok(()) | Err(Errno::EBADF) => file::read_opened(file::File::open(path)),
        Err(_) => Err(Status::NO_MEMORY),
    }
}

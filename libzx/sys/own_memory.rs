// SPDX-License-Identifier: MIT
//! Memory of the process whatever its permissions are, through
//! `/proc/self/mem`.
#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::libc;

use crate::status::{Result, Status};

/// Copies out of the process's memory at `from` to an address of the program.
/// Returns how much there was; `NO_MEMORY` when nothing is at `from`,
/// `INVALID_ARGS` when the program cannot write there.
pub fn read(from: u64, to: usize, len: usize) -> Result<usize> {
    let file = File::open("/proc/self/mem").map_err(|_| Status::NO_MEMORY)?;
    copy(from, to, len, |offset, address, len| {
        // SAFETY: the kernel checks the buffer; that writing there is what the
        // program wants is the contract of the call it made.
        unsafe { libc::pread(file.as_raw_fd(), address as *mut libc::c_void, len, offset) }
    })
}

/// Copies into the process's memory at `to`.
pub fn write(to: u64, from: usize, len: usize) -> Result<usize> {
    let file = File::options().write(true).open("/proc/self/mem");
    let file = file.map_err(|_| Status::NO_MEMORY)?;
    copy(to, from, len, |offset, address, len| {
        // SAFETY: the kernel checks both; that writing there is what the
        // program wants is the contract of the call it made.
        unsafe {
            libc::pwrite(
                file.as_raw_fd(),
                address as *const libc::c_void,
                len,
                offset,
            )
        }
    })
}

fn copy(
    at: u64,
    address: usize,
    len: usize,
    step: impl Fn(i64, usize, usize) -> isize,
) -> Result<usize> {
    let mut done = 0;
    while done < len {
        let place = at.checked_add(done as u64);
        let Some(offset) = place.and_then(|place| i64::try_from(place).ok()) else {
            break;
        };
        match Errno::result(step(offset, address + done, len - done)) {
            Ok(0) => break,
            Ok(moved) => done += moved.unsigned_abs(),
            Err(Errno::EINTR) => {}
            Err(Errno::EFAULT) => return Err(Status::INVALID_ARGS),
            Err(_) => break, // nothing is there, or no more
        }
    }
    if done == 0 {
        return Err(Status::NO_MEMORY);
    }
    Ok(done)
}

// SPDX-License-Identifier: MIT
//! Giving mappings back. Linux refuses that when it would have to split a
//! mapping and the process has as many as it may have. Nobody waits for the
//! memory then: it is given back with the next change.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::sys::mman;
use parking_lot::Mutex;

/// Ranges that Linux would not unmap: addresses and lengths.
static LEFT: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());
static LEFT_COUNT: AtomicUsize = AtomicUsize::new(0);

/// Unmaps a range now or later.
///
/// # Safety
///
/// The range is mapped, and nobody uses it any more.
pub unsafe fn unmap(address: NonNull<c_void>, len: usize) {
    retry();
    // SAFETY: by this function's contract.
    if unsafe { mman::munmap(address, len) }.is_err() {
        let mut left = LEFT.lock();
        left.push((address.as_ptr().addr(), len));
        LEFT_COUNT.store(left.len(), Ordering::Relaxed);
    }
}

/// Unmaps what could not be unmapped before.
pub fn retry() {
    if LEFT_COUNT.load(Ordering::Relaxed) == 0 {
        return;
    }
    let mut left = LEFT.lock();
    left.retain(|&(address, len)| {
        let Some(address) = NonNull::new(address as *mut c_void) else {
            return false;
        };
        // SAFETY: the range was left to this function, which alone unmaps it.
        unsafe { mman::munmap(address, len) }.is_err()
    });
    LEFT_COUNT.store(left.len(), Ordering::Relaxed);
}

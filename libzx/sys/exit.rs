// SPDX-License-Identifier: MIT
//! The end of the process.
#![allow(unsafe_code)]

use nix::libc;

/// Ends the process at once, with all its threads and without `atexit`
/// functions. Linux keeps eight bits of the code: one whose eight bits are all
/// zero though it is not becomes 255.
pub fn now(code: i64) -> ! {
    let low = i32::try_from(code & 0xFF).unwrap_or(0xFF);
    let low = if low == 0 && code != 0 { 0xFF } else { low };
    // SAFETY: ends the process; nothing runs afterwards.
    unsafe { libc::_exit(low) }
}

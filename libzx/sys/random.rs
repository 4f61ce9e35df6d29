// SPDX-License-Identifier: MIT
//! Random bytes of the kernel.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{Read, Write};

use nix::errno::Errno;
use nix::libc;

/// The most that one request asks for: longer ones can be cut short.
const CHUNK: usize = 256;

/// Fills memory at an address of the program. Fails when that is not
/// writable, or the kernel has no random numbers to give.
pub fn fill(mut address: usize, mut len: usize) -> nix::Result<()> {
    while len != 0 {
        // SAFETY: the kernel checks the buffer; that writing there is what the
        // program wants is the contract of the call it made.
        let got = unsafe { libc::getrandom(address as *mut libc::c_void, len.min(CHUNK), 0) };
        let got = match Errno::result(got) {
            Ok(got) => got.unsigned_abs(),
            Err(Errno::EINTR) => continue,
            Err(Errno::EFAULT) => return Err(Errno::EFAULT),
            // Not there, or forbidden: the same bytes come out of a file.
            Err(_) => return from_file(address, len),
        };
        address += got;
        len -= got;
    }
    Ok(())
}

fn from_file(address: usize, len: usize) -> nix::Result<()> {
    let failed = |error: std::io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO));
    let mut file = File::open("/dev/urandom").map_err(failed)?;
    let mut buffer = [0; CHUNK];
    let mut done = 0;
    while done < len {
        let part = &mut buffer[..CHUNK.min(len - done)];
        file.read_exact(part).map_err(failed)?;
        // SAFETY: `part` is readable; a fault at the program's address is
        // caught.
        let copied = unsafe {
            super::user_copy::copy((address + done) as *mut u8, part.as_ptr(), part.len())
        };
        copied.map_err(|_| Errno::EFAULT)?;
        done += part.len();
    }
    Ok(())
}

/// Stirs bytes into the kernel's pool, which nobody needs to wait for: where
/// that is not allowed, it has enough without them.
pub fn add(bytes: &[u8]) {
    if let Ok(mut file) = File::options().write(true).open("/dev/urandom") {
        let _ = file.write(bytes);
    }
}

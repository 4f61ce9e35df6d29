// SPDX-License-Identifier: MIT
//! Random bytes of the kernel.
#![allow(unsafe_code)]

use std::io::Write;

use nix::errno::Errno;
use nix::libc;

use super::cancel;
use super::file::File;

/// The most that one request asks for: longer ones can be cut short.
const CHUNK: usize = 256;

/// Fills memory at an address of the program. Fails when that is not
/// writable, or the kernel has no random numbers to give.
pub fn fill(mut address: usize, mut len: usize) -> nix::Result<()> {
    while len != 0 {
        // SAFETY: the kernel checks the buffer; that writing there is what the
        // program wants is the contract of the call it made.
        let got = unsafe { libc::syscall(libc::SYS_getrandom, address, len.min(CHUNK), 0) };
        let got = match Errno::result(got) {
            Ok(got) => usize::try_from(got).unwrap_or(0),
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
    let file = File::open(c"/dev/urandom")?;
    let mut buffer = [0; CHUNK];
    let mut done = 0;
    while done < len {
        let part = &mut buffer[..CHUNK.min(len - done)];
        let got = match file.read(part)? {
            0 => return Err(Errno::EIO),
            got => got,
        };
        // SAFETY: so much of `part` was read; a fault at the program's address
        // is caught.
        let copied =
            unsafe { super::user_copy::copy((address + done) as *mut u8, part.as_ptr(), got) };
        copied.map_err(|_| Errno::EFAULT)?;
        done += got;
    }
    Ok(())
}

/// Stirs bytes into the kernel's pool, which nobody needs to wait for: where
/// that is not allowed, it has enough without them.
pub fn add(bytes: &[u8]) {
    cancel::disabled(|| {
        if let Ok(mut file) = std::fs::File::options().write(true).open("/dev/urandom") {
            let _ = file.write(bytes);
        }
    });
}

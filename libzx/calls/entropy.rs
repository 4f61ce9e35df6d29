// SPDX-License-Identifier: MIT
//! Random numbers.

use std::ffi::c_void;

use super::syscall;
use super::user::UserIn;
use crate::status::Status;
use crate::sys::{gate, random};
use crate::uapi::types::{ZX_CPRNG_ADD_ENTROPY_MAX_LEN, zx_status_t};

/// Fills memory with random bytes, which are Linux's `getrandom`. Never fails:
/// a buffer that cannot be written ends the process.
///
/// # Parameters
///
/// * `buffer` (out, buffer of `buffer_size` bytes): gets the bytes
/// * `buffer_size`: any number, 0 too
pub extern "C" fn zx_cprng_draw(buffer: *mut c_void, buffer_size: usize) {
    let _ = gate::enter(); // nothing that may go wrong there matters here
    if random::fill(buffer.addr(), buffer_size).is_err() {
        std::process::abort();
    }
}

/// Stirs bytes into the kernel's pool of random numbers, as writing to
/// `/dev/urandom` does.
///
/// # Parameters
///
/// * `buffer` (buffer of `buffer_size` bytes): the bytes
/// * `buffer_size`: at most `ZX_CPRNG_ADD_ENTROPY_MAX_LEN`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `buffer_size` is too large
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be read
pub extern "C" fn zx_cprng_add_entropy(buffer: *const c_void, buffer_size: usize) -> zx_status_t {
    let from = UserIn::new(buffer.cast::<u8>());
    syscall(|_| {
        let mut bytes = [0; ZX_CPRNG_ADD_ENTROPY_MAX_LEN];
        let bytes = bytes.get_mut(..buffer_size).ok_or(Status::INVALID_ARGS)?;
        from.read_slice(0, bytes)?;
        random::add(bytes);
        Ok(())
    })
}

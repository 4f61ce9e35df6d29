// SPDX-License-Identifier: MIT
//! What libzx offers beyond system calls: why a call failed, tracing, what the
//! library is and can do.

use std::ffi::c_char;

use super::user::{UserIn, UserOut};
use super::{last_error, stats, syscall, table, trace, watch};
use crate::object::KernelObject;
use crate::object::vcpu::Vcpu;
use crate::reason;
use crate::rights::Rights;
use crate::sys::gate;
use crate::uapi::libzx::libzx_vcpu_stats_t;
use crate::uapi::types::{zx_handle_t, zx_status_t};

/// Stores a text that C reads, cut to what fits, with its zero byte.
fn store(buffer: *mut c_char, size: usize, text: &[u8]) {
    let Some(room) = size.checked_sub(1) else {
        return;
    };
    let mut bytes = [0; last_error::LONGEST + 1];
    let count = text.len().min(room);
    bytes[..count].copy_from_slice(&text[..count]);
    // What cannot be written is the caller's own loss: there is no status.
    let _ = UserOut::new(buffer.cast::<u8>()).write_slice(0, &bytes[..=count]);
}

/// Tells in one English sentence why the last call of this thread that did not
/// return `ZX_OK` failed: the check and the values in it. The sentence is empty
/// when nothing is known.
///
/// # Parameters
///
/// * `buffer` (out, buffer of `size` bytes, optional): gets what fits of the
///   sentence, with a zero byte at its end
/// * `size`: size of `buffer`
///
/// # Result
///
/// Length of the whole sentence without the zero byte, at most 255.
pub extern "C" fn libzx_last_error(buffer: *mut c_char, size: usize) -> usize {
    // Whatever keeps calls out, the sentence may be about that.
    let _ = gate::enter();
    let sentence = last_error::sentence(&reason::last());
    store(buffer, size, sentence.bytes());
    sentence.bytes().len()
}

/// The version of the library, such as `0.1.0`: a static string.
pub extern "C" fn libzx_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// Whether the library has a feature, on this computer:
///
/// * `kvm`: guests can be made
/// * `guest-1gib-pages`: page tables of guests may have pages of 1 GiB
/// * `pager`, `stream`, `thread`, `clock`: there are such objects
/// * `trace`, `last-error`: what is declared in `<libzx.h>`
/// * `later-abi`: packets in the later layout with `LIBZX_LATER_ABI`
/// * `arm64-guest`: guests for AArch64
///
/// # Parameters
///
/// * `feature` (string): the name of the feature
///
/// # Result
///
/// False also for names that are not known.
pub extern "C" fn libzx_has(feature: *const c_char) -> bool {
    let _ = gate::enter();
    let mut bytes = [0; 32];
    let len = read_string(feature, &mut bytes);
    match &bytes[..len] {
        b"kvm" => crate::hypervisor::is_available(),
        b"guest-1gib-pages" => {
            crate::hypervisor::is_available() && crate::hypervisor::has_1gib_pages()
        }
        b"pager" => table::find("zx_pager_create").is_some(),
        b"stream" => table::find("zx_stream_create").is_some(),
        b"thread" => table::find("zx_thread_create").is_some(),
        b"clock" => table::find("zx_clock_create").is_some(),
        b"trace" | b"last-error" | b"later-abi" => true,
        _ => false,
    }
}

/// Copies a string of the program in, cut to what fits; its length.
fn read_string(string: *const c_char, into: &mut [u8]) -> usize {
    let mut len = 0;
    // Byte by byte: what follows the zero byte may not be there.
    while !string.is_null() && len < into.len() {
        let from = UserIn::new(string.cast::<u8>().wrapping_add(len));
        let mut byte = [0];
        if !from.peek_slice(&mut byte) || byte == [0] {
            break;
        }
        into[len] = byte[0];
        len += 1;
    }
    len
}

/// Tells what a VCPU has done since the library counts: from the first call on
/// with `LIBZX_STATS` in the environment, else from the first call of this
/// function on.
///
/// # Parameters
///
/// * `vcpu` (vcpu, `ZX_RIGHT_READ`): the VCPU
/// * `stats` (out): the counters
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `vcpu`
/// * `ZX_ERR_INVALID_ARGS`: `stats` cannot be written
pub extern "C" fn libzx_vcpu_stats(
    vcpu: zx_handle_t,
    stats: *mut libzx_vcpu_stats_t,
) -> zx_status_t {
    let out = UserOut::new(stats);
    syscall(|cx| {
        let vcpu = cx.get::<Vcpu>(vcpu, Rights::READ)?;
        stats::count();
        watch::update();
        out.write(&stats::of_vcpu(vcpu.base().koid()))
    })
}

/// Writes the handles that are live, oldest first: type, koid, name, rights;
/// and, with `LIBZX_LEAKS` in the environment, the call that has made each. At
/// most 100, and how many more there are. Handles that the library lends
/// (process, job, root VMAR, root resource) are left out.
///
/// # Parameters
///
/// * `fd`: the Linux file descriptor to write to
pub extern "C" fn libzx_dump_handles(fd: i32) {
    if gate::enter().is_ok() {
        stats::dump_handles(fd);
    }
}

/// Traces calls, as the environment variable `LIBZX_TRACE` does from the
/// beginning; or ends that.
///
/// `spec` is a list of parts between commas: `all`; a family, that is the word
/// after `zx_`; a call; `-` and a family or a call that is not traced; `failed`
/// for calls that fail only; `exits` for what a guest did without the program
/// hearing of it; `stack` for the program's frames; `file=PATH`, where `%p` is
/// the process, instead of standard error; `json=PATH` for events that Perfetto
/// opens. A part that is not understood gives a line on standard error.
///
/// # Parameters
///
/// * `spec` (string, optional): what to trace; NULL ends tracing
pub extern "C" fn libzx_trace(spec: *const c_char) {
    if gate::enter().is_err() {
        return;
    }
    watch::update();
    let mut bytes = [0; 1024];
    let len = read_string(spec, &mut bytes);
    trace::set((!spec.is_null()).then_some(&bytes[..len]));
    watch::update();
}

// SPDX-License-Identifier: MIT
//! The debug log (tasks-time-system.md, section 8.5).

use std::ffi::c_void;

use super::syscall;
use super::user::{UserIn, UserOut};
use crate::object::KernelObject;
use crate::object::debuglog::{self, DATA_MAX, DebugLog};
use crate::object::handle::Handle;
use crate::object::resource::Resource;
use crate::rights::Rights;
use crate::status::Status;
use crate::task::thread::Thread;
use crate::uapi::log::{ZX_LOG_FLAG_READABLE, ZX_LOG_INFO, ZX_LOG_LOCAL};
use crate::uapi::resource::ZX_RSRC_SYSTEM_DEBUGLOG_BASE;
use crate::uapi::types::{ZX_HANDLE_INVALID, zx_handle_t, zx_status_t};

const READABLE: u32 = ZX_LOG_FLAG_READABLE.cast_unsigned();
const LOCAL: u32 = ZX_LOG_LOCAL.cast_unsigned();

/// Makes a handle to the debug log, which is the process's own: it has nothing
/// of Linux's. A log that can be read begins with the oldest record kept, of
/// 512; it has the signal `ZX_LOG_READABLE` while there is one to read.
///
/// # Parameters
///
/// * `resource` (resource, optional): of kind `ZX_RSRC_KIND_ROOT`, or of
///   kind `ZX_RSRC_KIND_SYSTEM` for the log
/// * `options` (options `ZX_LOG_FLAG_READABLE`): whether it can be read
/// * `out` (out, debuglog handle): the new handle, rights
///   `ZX_DEFAULT_LOG_RIGHTS`, and `ZX_RIGHT_READ` if it is to be read
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_INVALID_ARGS`: unknown `options`
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_debuglog_create(
    resource: zx_handle_t,
    options: u32,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if resource != ZX_HANDLE_INVALID {
            cx.get::<Resource>(resource, Rights::NONE)?
                .check_purpose(ZX_RSRC_SYSTEM_DEBUGLOG_BASE)?;
        }
        if options & !READABLE != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let log = DebugLog::new(options & READABLE != 0)?;
        let rights = log.handle_rights();
        cx.publish(out, Handle::new(log, rights))
    })
}

/// Writes a record of severity `ZX_LOG_INFO`.
///
/// # Parameters
///
/// * `handle` (debuglog, `ZX_RIGHT_WRITE`): the log
/// * `options` (options `ZX_LOG_LOCAL`): kept in the flags of the record
/// * `buffer` (buffer of `buffer_size` bytes): the text
/// * `buffer_size`: what is beyond `ZX_LOG_RECORD_DATA_MAX` is cut off
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown `options`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be read
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_debuglog_write(
    handle: zx_handle_t,
    options: u32,
    buffer: *const c_void,
    buffer_size: usize,
) -> zx_status_t {
    let from = UserIn::new(buffer.cast::<u8>());
    syscall(|cx| {
        if options & !LOCAL != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<DebugLog>(handle, Rights::WRITE)?;
        let mut text = [0; DATA_MAX];
        let text = &mut text[..buffer_size.min(DATA_MAX)];
        from.read_slice(0, text)?;
        let flags = if options & LOCAL != 0 { LOCAL_FLAG } else { 0 };
        let thread = Thread::current(cx.thread()).base().koid();
        debuglog::write(text, INFO, flags, (cx.process().base().koid(), thread))
    })
}

#[allow(clippy::cast_possible_truncation, reason = "48")]
const INFO: u8 = ZX_LOG_INFO as u8;
#[allow(clippy::cast_possible_truncation, reason = "16")]
const LOCAL_FLAG: u8 = ZX_LOG_LOCAL as u8;

/// Takes the next record out of the log. Returns its size, or what of it
/// fitted into the buffer; the rest is lost.
///
/// # Parameters
///
/// * `handle` (debuglog, `ZX_RIGHT_READ`): the log
/// * `options`: must be 0
/// * `buffer` (out, buffer of `buffer_size` bytes): gets a
///   `zx_log_record_t`, whose `rollout` tells how many bytes this log has
///   missed
/// * `buffer_size`: the size of `buffer`; `ZX_LOG_RECORD_MAX` is enough for
///   every record
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `handle`
/// * `ZX_ERR_SHOULD_WAIT`: nothing to read
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be written; the record is lost
pub extern "C" fn zx_debuglog_read(
    handle: zx_handle_t,
    options: u32,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    read(handle, options, (buffer, buffer_size), Layout::Base)
}

/// How the part of a record before its text is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layout {
    /// As in 2018: nothing is told of lost records, and the flags have two
    /// bytes.
    Older,
    /// `zx_log_record_t`.
    Base,
    /// As in 2024: with the number of the record.
    Later,
}

/// The most that a record has before its text.
const HEADER_MAX: usize = 40;

/// Takes a record out and stores it in a layout; what `zx_debuglog_read`
/// returns.
pub(super) fn read(
    handle: zx_handle_t,
    options: u32,
    (buffer, size): (*mut c_void, usize),
    layout: Layout,
) -> zx_status_t {
    let mut written = 0;
    let status = syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let (record, lost) = cx.get::<DebugLog>(handle, Rights::READ)?.read()?;
        let (header, len) = header(&record, lost, layout);
        let most = LATER_DATA_MAX.max(if layout == Layout::Later { 0 } else { DATA_MAX });
        let text = &record.text()[..record.text().len().min(most)];
        let mut bytes = [0; HEADER_MAX + DATA_MAX];
        bytes[..len].copy_from_slice(&header[..len]);
        bytes[len..len + text.len()].copy_from_slice(text);
        let size = (len + text.len()).min(size);
        UserOut::new(buffer.cast::<u8>()).write_slice(0, &bytes[..size])?;
        written = zx_status_t::try_from(size).unwrap_or_default();
        Ok(())
    });
    if status == 0 { written } else { status }
}

/// The longest text in the later layout.
const LATER_DATA_MAX: usize = 216;

/// The part of a record before its text, byte by byte as the record's members
/// are laid out, and how long it is.
fn header(record: &debuglog::Record, lost: u64, layout: Layout) -> ([u8; HEADER_MAX], usize) {
    let most = if layout == Layout::Later {
        LATER_DATA_MAX
    } else {
        DATA_MAX
    };
    let len = u16::try_from(record.text().len().min(most)).unwrap_or_default();
    let mut bytes = [0; HEADER_MAX];
    let mut end = 0;
    let mut put = |part: &[u8]| {
        bytes[end..end + part.len()].copy_from_slice(part);
        end += part.len();
    };
    match layout {
        Layout::Older => {
            put(&0u32.to_ne_bytes());
            put(&len.to_ne_bytes());
            put(&u16::from(record.flags).to_ne_bytes());
        }
        Layout::Base => {
            put(&u32::try_from(lost).unwrap_or(u32::MAX).to_ne_bytes());
            put(&len.to_ne_bytes());
            put(&[record.severity, record.flags]);
        }
        Layout::Later => {
            put(&record.sequence.to_ne_bytes());
            put(&[0; 4]);
            put(&len.to_ne_bytes());
            put(&[record.severity, record.flags]);
        }
    }
    put(&record.time.to_ne_bytes());
    put(&record.process.to_ne_bytes());
    put(&record.thread.to_ne_bytes());
    (bytes, end)
}

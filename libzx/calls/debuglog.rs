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
use crate::uapi::log::{ZX_LOG_FLAG_READABLE, ZX_LOG_INFO, ZX_LOG_LOCAL, zx_log_record_t};
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
/// * `options`: 0 or `ZX_LOG_FLAG_READABLE`
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
/// * `options`: 0 or `ZX_LOG_LOCAL`, which is kept in the record's flags
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
        debuglog::write(text, INFO, flags, (cx.process().base().koid(), 0))
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
    let mut written = 0;
    let status = syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let (record, lost) = cx.get::<DebugLog>(handle, Rights::READ)?.read()?;
        let mut bytes = [0; HEADER + DATA_MAX];
        let size = HEADER + record.text().len();
        bytes[..HEADER].copy_from_slice(&header(&record, lost));
        bytes[HEADER..size].copy_from_slice(record.text());
        let size = size.min(buffer_size);
        UserOut::new(buffer.cast::<u8>()).write_slice(0, &bytes[..size])?;
        written = zx_status_t::try_from(size).unwrap_or_default();
        Ok(())
    });
    if status == 0 { written } else { status }
}

/// The size of the part of a record before its text.
const HEADER: usize = size_of::<zx_log_record_t>();

/// The part of a record before its text, byte by byte as the record's members
/// are laid out.
fn header(record: &debuglog::Record, lost: u64) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    let len = u16::try_from(record.text().len()).unwrap_or_default();
    let lost = u32::try_from(lost).unwrap_or(u32::MAX);
    bytes[0..4].copy_from_slice(&lost.to_ne_bytes());
    bytes[4..6].copy_from_slice(&len.to_ne_bytes());
    bytes[6] = record.severity;
    bytes[7] = record.flags;
    bytes[8..16].copy_from_slice(&record.time.to_ne_bytes());
    bytes[16..24].copy_from_slice(&record.process.to_ne_bytes());
    bytes[24..32].copy_from_slice(&record.thread.to_ne_bytes());
    bytes
}

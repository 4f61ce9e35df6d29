// SPDX-License-Identifier: MIT
//! Calls that work on objects of any type (objects.md, sections 11 to 14).

use super::syscall;
use super::types::object as c;
use super::types::types::{zx_handle_t, zx_status_t};
use super::user::{Plain, UserOut};
use crate::object::{info, table};
use crate::rights::Rights;
use crate::status::{Result, Status};

/// Where a topic's records go and how many there are.
struct InfoOut {
    buffer: *mut u8,
    size: usize,
    actual: UserOut<usize>,
    avail: UserOut<usize>,
}

impl InfoOut {
    /// Answers a topic that always has exactly one record.
    fn single<T: Plain>(&self, record: &T) -> Result {
        let fits = self.size >= size_of::<T>();
        if fits {
            UserOut::new(self.buffer.cast::<T>()).write(record)?;
        }
        self.actual.write_optional(&usize::from(fits))?;
        self.avail.write_optional(&1)?;
        if fits {
            Ok(())
        } else {
            Err(Status::BUFFER_TOO_SMALL)
        }
    }
}

/// Tells about an object. `actual` and `avail`, both optional, get how many
/// records were stored and how many there are.
///
/// Topics so far: `ZX_INFO_HANDLE_VALID`, `ZX_INFO_HANDLE_BASIC`,
/// `ZX_INFO_HANDLE_COUNT`.
///
/// # Rights
///
/// `ZX_INFO_HANDLE_COUNT`: `ZX_RIGHT_INSPECT`; the other two none.
///
/// # Errors
///
/// `ZX_ERR_NOT_SUPPORTED`: unknown topic; `ZX_ERR_BAD_HANDLE`;
/// `ZX_ERR_ACCESS_DENIED`; `ZX_ERR_BUFFER_TOO_SMALL`: no room for the record
/// of a topic that has exactly one; `ZX_ERR_INVALID_ARGS`: a pointer cannot
/// be written.
///
/// # Safety
///
/// Any pointer will do.
///
/// Specification: objects.md, section 11.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn zx_object_get_info(
    handle: zx_handle_t,
    topic: u32,
    buffer: *mut std::ffi::c_void,
    buffer_size: usize,
    actual: *mut usize,
    avail: *mut usize,
) -> zx_status_t {
    let out = InfoOut {
        buffer: buffer.cast(),
        size: buffer_size,
        actual: UserOut::new(actual),
        avail: UserOut::new(avail),
    };
    syscall(|| match topic {
        c::ZX_INFO_HANDLE_VALID => handle_valid(handle),
        c::ZX_INFO_HANDLE_BASIC => handle_basic(handle, &out),
        c::ZX_INFO_HANDLE_COUNT => handle_count(handle, &out),
        _ => Err(Status::NOT_SUPPORTED),
    })
}

fn handle_valid(handle: zx_handle_t) -> Result {
    if table::is_live(handle) {
        Ok(())
    } else {
        Err(Status::BAD_HANDLE)
    }
}

fn handle_basic(handle: zx_handle_t, out: &InfoOut) -> Result {
    let basic = info::handle_basic(&table::get(handle)?);
    out.single(&c::zx_info_handle_basic_t {
        koid: basic.koid,
        rights: basic.rights,
        r#type: basic.object_type,
        related_koid: basic.related_koid,
        ..Default::default()
    })
}

fn handle_count(handle: zx_handle_t, out: &InfoOut) -> Result {
    let handle = table::get(handle)?;
    handle.require(Rights::INSPECT)?;
    out.single(&c::zx_info_handle_count_t {
        handle_count: handle.object().base().handle_count(),
    })
}

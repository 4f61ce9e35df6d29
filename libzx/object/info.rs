// SPDX-License-Identifier: MIT
//! What `zx_object_get_info` can tell of an object, in the library's own
//! types; the C edge knows the records.

use crate::status::{Result, Status};
use crate::task::table::{self, Ref};

/// Topic `ZX_INFO_HANDLE_BASIC`.
pub struct HandleBasic {
    /// The object's id.
    pub koid: u64,
    /// The handle's rights.
    pub rights: u32,
    /// The object's type.
    pub object_type: u32,
    /// The id of its peer or parent.
    pub related_koid: u64,
}

/// Describes a handle.
pub fn handle_basic(handle: &Ref) -> HandleBasic {
    let object = handle.object();
    HandleBasic {
        koid: object.base().koid(),
        rights: handle.rights().bits(),
        object_type: object.object_type(),
        related_koid: object.related_koid(),
    }
}

/// All handles of the process, with their values. `NO_MEMORY` when there is
/// no room for a list of them.
pub fn handle_table() -> Result<Vec<(u32, HandleBasic)>> {
    let mut handles = Vec::new();
    let mut result = Ok(());
    table::for_each(|value, handle| {
        if result.is_err() {
            return;
        }
        result = handles.try_reserve(1).map_err(|_| Status::NO_MEMORY);
        if result.is_ok() {
            handles.push((value, handle_basic(handle)));
        }
    });
    result.map(|()| handles)
}

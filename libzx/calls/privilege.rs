// SPDX-License-Identifier: MIT
//! Checks that many calls about hardware make.

use crate::object::resource::{Kind, Resource};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;

/// Fails unless the handle is that of the root resource.
pub fn root(cx: &Context, handle: u32) -> Result {
    cx.get::<Resource>(handle, Rights::NONE)?.check_root()
}

/// Fails unless the handle is that of the root resource, or of the one that
/// later Zircon has for this purpose.
pub fn purpose(cx: &Context, handle: u32, base: u64) -> Result {
    cx.get::<Resource>(handle, Rights::NONE)?
        .check_purpose(base)
}

/// Fails unless the handle is that of the root resource, or of one with these
/// numbers.
pub fn range(cx: &Context, handle: u32, kind: Kind, start: u64, size: u64) -> Result {
    cx.get::<Resource>(handle, Rights::NONE)?
        .check_range(kind, start, size)
}

/// What a call does that wants an object of a type of which there are none.
pub fn absent(cx: &Context, handle: u32) -> Result {
    cx.get_any(handle)?;
    Err(Status::WRONG_TYPE)
}

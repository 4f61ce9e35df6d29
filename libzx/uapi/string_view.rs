// SPDX-License-Identifier: MIT
//! The record of a counted string: `zircon/string_view.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::size_t;
use core::ffi::c_char;

/// A string with its length; C++ turns it into `std::string_view`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_string_view_t {
    pub c_str: *const c_char,
    pub length: size_t,
}
record!(zx_string_view_t, 16, 8, { c_str: 0, length: 8 });

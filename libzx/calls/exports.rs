// SPDX-License-Identifier: MIT
//! The exported functions and the table of calls, which `build.rs` makes.

#![allow(unsafe_code)] // exported names
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::cast_possible_truncation,
    clippy::cast_lossless
)]
#![allow(
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    trivial_numeric_casts
)] // made by a program, not written

use core::ffi::c_void;

use super::table::{
    Call, Consumed, Direction, Extent, Field, Generation, Kind, Parameter, Pointer, Record, State,
};
use super::watch;

include!(concat!(env!("OUT_DIR"), "/exports.rs"));

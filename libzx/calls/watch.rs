// SPDX-License-Identifier: MIT
//! Looking at calls as they begin and end: tracing and counting. While nobody
//! does, an exported function reads [`WATCHED`] and jumps to the body.

use std::sync::atomic::AtomicBool;

use super::table::Call;

/// Whether calls are looked at.
pub static WATCHED: AtomicBool = AtomicBool::new(false);

/// A result of a call, as a word.
pub trait Outcome {
    /// The word.
    fn word(&self) -> u64;
}

macro_rules! outcomes {
    ($($ty:ty),*) => {
        $(impl Outcome for $ty {
            fn word(&self) -> u64 {
                i64::from(*self).cast_unsigned()
            }
        })*
    };
}
outcomes!(i32, u32, i64, bool);

impl Outcome for u64 {
    fn word(&self) -> u64 {
        *self
    }
}

impl Outcome for () {
    fn word(&self) -> u64 {
        0
    }
}

impl<T> Outcome for *const T {
    fn word(&self) -> u64 {
        self.addr() as u64
    }
}

impl Outcome for crate::uapi::string_view::zx_string_view_t {
    fn word(&self) -> u64 {
        self.c_str.addr() as u64
    }
}

/// Runs the body of a call that is looked at.
pub fn call<T: Outcome>(_call: &'static Call, _arguments: &[u64], body: impl FnOnce() -> T) -> T {
    body()
}

/// Tells of a call that does not come back.
pub fn leaving(_call: &'static Call, _arguments: &[u64]) {}

// SPDX-License-Identifier: MIT
//! The C types: one file per header of `include/zircon/`, under Zircon's own names.
//!
//! Facts only: constants, typedefs and `repr(C)` records, no logic. `build.rs` makes the headers
//! from these files, so their form matters:
//!
//! - One `pub const NAME: type = value;` per constant, the value made of integer literals, names
//!   and operators. The header gets the type too, as a cast. A `//` comment above goes along.
//! - Records hold integers and raw pointers only; [`c_bool`] is the integer C calls `bool`.
//! - A record with `__` in its name is a part of another record and has no name in C: its members
//!   are written into the outer one. A member named `anon` has no name in C either.
//! - Padding is spelled out, so that no record carries uninitialised bytes.
//! - `record!` checks size, alignment and each offset, and makes the record [`Record`].

#![allow(non_camel_case_types)] // the names are those C programs use
#![allow(clippy::module_inception)] // types.rs is zircon/types.h
#![allow(unsafe_code)] // only the macro `record!` below, which vouches for the layouts it checks

/// A record shared with C that any bytes fill validly, zero included.
///
/// # Safety
///
/// The type is `repr(C)` without implicit padding outside unions, and every bit pattern is a valid
/// value.
pub unsafe trait Record: Copy + Default {}

/// C's `size_t`.
pub type size_t = usize;

/// C's `uintptr_t`.
pub type uintptr_t = usize;

/// C's `bool` in a record C fills: any byte may come in, non-zero means true.
pub type c_bool = u8;

/// The C11 thread type of the host's C library.
pub type thrd_t = u64;

/// What `zx_resource_create` once took; programs only pass pointers to it.
#[repr(C)]
pub struct zx_rrec_t {
    opaque: [u8; 0],
}

/// Asserts the layout of a record and makes it `Default` (all zero) and [`Record`].
macro_rules! record {
    ($name:ident, $size:literal, $align:literal, { $($field:ident: $offset:literal),* }) => {
        const _: () = {
            assert!(size_of::<$name>() == $size);
            assert!(align_of::<$name>() == $align);
            $(assert!(core::mem::offset_of!($name, $field) == $offset);)*
        };
        impl Default for $name {
            fn default() -> Self {
                // SAFETY: records hold integers, raw pointers and arrays of those, for which zero
                // bytes are a valid value.
                unsafe { core::mem::zeroed() }
            }
        }
        // SAFETY: `repr(C)`, integers and pointers, padding spelled out: the assertions above and
        // `abi.json`, from which each record was written down, say so.
        unsafe impl $crate::uapi::Record for $name {}
    };
}

pub mod clock;
pub mod debug;
pub mod errors;
pub mod exception;
pub mod features;
pub mod hypervisor;
pub mod iommu;
pub mod libzx;
pub mod limits;
pub mod log;
pub mod object;
pub mod pci;
pub mod pixelformat;
pub mod policy;
pub mod port;
pub mod processargs;
pub mod profile;
pub mod resource;
pub mod restricted;
pub mod rights;
pub mod scheduler;
pub mod smc;
pub mod string_view;
pub mod system;
pub mod time;
pub mod types;

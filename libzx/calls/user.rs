// SPDX-License-Identifier: MIT
//! Caller memory: the only place that touches what a program's pointers point
//! at (objects.md, section 2.4).
//!
//! A good pointer costs no system call; a bad one gives
//! `ZX_ERR_INVALID_ARGS` (see `sys::user_copy`).
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::{MaybeUninit, size_of};

use crate::reason::{self, About};
use crate::status::{Result, Status};
use crate::sys::user_copy;
use crate::uapi::Record;

/// The smallest size of a page.
const PAGE: usize = 4096;

/// The first address that is not a program's.
pub const USER_END: usize = 0x8000_0000_0000;

/// Types that C fills in: every bit pattern is a value.
///
/// # Safety
///
/// The type must be made of integers and raw pointers only, unions and arrays
/// of them included.
pub unsafe trait Pod: Copy + 'static {}

macro_rules! plain {
    ($($t:ty),*) => {
        $(
            // SAFETY: an integer has no invalid bit pattern.
            unsafe impl Pod for $t {}
        )*
    };
}
plain!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

// SAFETY: an array of plain values is plain.
unsafe impl<T: Pod, const N: usize> Pod for [T; N] {}

// SAFETY: records are made of plain values; the few that hold a bool are only
// ever written by the library.
unsafe impl<T: Record + 'static> Pod for T {}

/// Memory that a call reads.
#[derive(Clone, Copy)]
pub struct UserIn<T>(usize, PhantomData<*const T>);

/// Memory that a call writes.
#[derive(Clone, Copy)]
pub struct UserOut<T>(usize, PhantomData<*mut T>);

impl<T: Pod> UserIn<T> {
    /// Wraps a caller's pointer; any value will do.
    pub fn new(pointer: *const T) -> UserIn<T> {
        UserIn(pointer.addr(), PhantomData)
    }

    /// Whether the caller passed NULL.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Copies one value in.
    pub fn read(self) -> Result<T> {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: `value` is writable for the size of a `T`.
        unsafe { copy_in(value.as_mut_ptr().cast(), self.0, size_of::<T>()) }?;
        // SAFETY: the copy filled every byte, and every bit pattern is a `T`.
        Ok(unsafe { value.assume_init() })
    }

    /// Copies values in to look at them; whether they can be read. Leaves no
    /// reason.
    pub fn peek_slice(self, into: &mut [T]) -> bool {
        let len = size_of_val(into);
        let to = into.as_mut_ptr().cast();
        check_range(self.0, len).is_ok()
            // SAFETY: `to` is writable for its size; a fault on the other side
            // is caught by the routine.
            && (len == 0 || unsafe { user_copy::copy(to, self.0 as *const u8, len) }.is_ok())
    }

    /// Copies `into.len()` values in, starting with the one at `index`.
    pub fn read_slice(self, index: usize, into: &mut [T]) -> Result {
        let offset = index.checked_mul(size_of::<T>());
        let from = offset.and_then(|offset| self.0.checked_add(offset));
        let from = from.ok_or(Status::INVALID_ARGS)?;
        // SAFETY: `into` is writable for its size.
        unsafe { copy_in(into.as_mut_ptr().cast(), from, size_of_val(into)) }
    }
}

impl<T: Pod> UserOut<T> {
    /// Wraps a caller's pointer; any value will do.
    pub fn new(pointer: *mut T) -> UserOut<T> {
        UserOut(pointer.addr(), PhantomData)
    }

    /// Whether the caller passed NULL.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Copies in what is there now.
    pub fn read(self) -> Result<T> {
        UserIn(self.0, PhantomData).read()
    }

    /// Copies one value out.
    pub fn write(self, value: &T) -> Result {
        // SAFETY: `value` is readable for the size of a `T`.
        unsafe { copy_out(self.0, std::ptr::from_ref(value).cast(), size_of::<T>()) }
    }

    /// Fails unless all of `count` values could be written; leaves them as
    /// they are.
    pub fn probe(self, count: usize) -> Result {
        let size = count
            .checked_mul(size_of::<T>())
            .ok_or(Status::INVALID_ARGS)?;
        let bytes = UserOut::<u8>(self.0, PhantomData);
        for place in (0..size).step_by(PAGE).chain(size.checked_sub(1)) {
            let mut byte = [0];
            UserIn::<u8>(self.0, PhantomData).read_slice(place, &mut byte)?;
            bytes.write_slice(place, &byte)?;
        }
        Ok(())
    }

    /// Copies one value out unless the caller passed NULL.
    pub fn write_optional(self, value: &T) -> Result {
        if self.is_null() {
            return Ok(());
        }
        self.write(value)
    }

    /// Copies values out, the first one to `index`.
    pub fn write_slice(self, index: usize, values: &[T]) -> Result {
        let offset = index.checked_mul(size_of::<T>());
        let to = offset.and_then(|offset| self.0.checked_add(offset));
        let to = to.ok_or(Status::INVALID_ARGS)?;
        // SAFETY: `values` is readable for its size.
        unsafe { copy_out(to, values.as_ptr().cast(), size_of_val(values)) }
    }
}

/// Memory that is not there, or not for what the call does with it.
#[cold]
fn refused(about: About, address: usize, len: usize) -> Status {
    let text: &'static &'static str = match (about, address) {
        (_, 0) => &"{argument} is NULL, {} bytes are needed there",
        (About::Output, _) => &"{argument}: {} bytes cannot be written at {x}",
        _ => &"{argument}: {} bytes cannot be read at {x}",
    };
    let numbers = [len as u64, address as u64];
    reason::note(Status::INVALID_ARGS, about, text, &numbers)
}

/// Refuses ranges that no program can own. Faults decide about the rest.
fn check_range(address: usize, len: usize) -> Result {
    match address.checked_add(len) {
        Some(end) if end <= USER_END => Ok(()),
        _ => Err(Status::INVALID_ARGS),
    }
}

/// # Safety
///
/// `to` must be writable for `len` bytes.
unsafe fn copy_in(to: *mut u8, from: usize, len: usize) -> Result {
    if len == 0 {
        return Ok(());
    }
    check_range(from, len)
        // SAFETY: `to` is writable by this function's contract; a fault on
        // `from` is caught by the routine.
        .and_then(|()| unsafe { user_copy::copy(to, from as *const u8, len) })
        .map_err(|_| refused(About::Input, from, len))
}

/// # Safety
///
/// `from` must be readable for `len` bytes.
unsafe fn copy_out(to: usize, from: *const u8, len: usize) -> Result {
    if len == 0 {
        return Ok(());
    }
    check_range(to, len)
        // SAFETY: `from` is readable by this function's contract; a fault on
        // `to` is caught by the routine.
        .and_then(|()| unsafe { user_copy::copy(to as *mut u8, from, len) })
        .map_err(|_| refused(About::Output, to, len))
}

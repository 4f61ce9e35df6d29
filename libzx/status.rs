// SPDX-License-Identifier: MIT
//! The one error type of the library, from the KVM backend up to the C edge.

use std::num::NonZeroI32;

use nix::errno::Errno;

use crate::uapi::errors;

/// A failed operation: any `ZX_ERR_*` value. It cannot hold `ZX_OK`, so an
/// `Err` can never be mistaken for success.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(NonZeroI32);

/// The result of every fallible operation of the library.
pub type Result<T = ()> = std::result::Result<T, Status>;

macro_rules! statuses {
    ($($name:ident = $value:ident),* $(,)?) => {
        impl Status {
            $(
                #[doc = concat!("`", stringify!($value), "`.")]
                pub const $name: Status = Status::from_raw_or_internal(errors::$value);
            )*
        }
    };
}

statuses! {
    INTERNAL = ZX_ERR_INTERNAL,
    NOT_SUPPORTED = ZX_ERR_NOT_SUPPORTED,
    NO_RESOURCES = ZX_ERR_NO_RESOURCES,
    NO_MEMORY = ZX_ERR_NO_MEMORY,
    INVALID_ARGS = ZX_ERR_INVALID_ARGS,
    BAD_HANDLE = ZX_ERR_BAD_HANDLE,
    WRONG_TYPE = ZX_ERR_WRONG_TYPE,
    OUT_OF_RANGE = ZX_ERR_OUT_OF_RANGE,
    BUFFER_TOO_SMALL = ZX_ERR_BUFFER_TOO_SMALL,
    BAD_STATE = ZX_ERR_BAD_STATE,
    TIMED_OUT = ZX_ERR_TIMED_OUT,
    SHOULD_WAIT = ZX_ERR_SHOULD_WAIT,
    CANCELED = ZX_ERR_CANCELED,
    PEER_CLOSED = ZX_ERR_PEER_CLOSED,
    NOT_FOUND = ZX_ERR_NOT_FOUND,
    ALREADY_EXISTS = ZX_ERR_ALREADY_EXISTS,
    ALREADY_BOUND = ZX_ERR_ALREADY_BOUND,
    UNAVAILABLE = ZX_ERR_UNAVAILABLE,
    ACCESS_DENIED = ZX_ERR_ACCESS_DENIED,
    IO = ZX_ERR_IO,
    IO_DATA_INTEGRITY = ZX_ERR_IO_DATA_INTEGRITY,
    NO_SPACE = ZX_ERR_NO_SPACE,
    FILE_BIG = ZX_ERR_FILE_BIG,
}

impl Status {
    const fn from_raw_or_internal(raw: i32) -> Status {
        match NonZeroI32::new(raw) {
            Some(raw) => Status(raw),
            None => Status(NonZeroI32::MIN),
        }
    }

    /// The failed operation with this number, if it is one.
    pub fn from_raw(raw: i32) -> Option<Status> {
        NonZeroI32::new(raw).map(Status)
    }

    /// The value a C caller sees.
    pub const fn raw(self) -> i32 {
        self.0.get()
    }
}

impl std::fmt::Debug for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(name_of(self.raw()).unwrap_or("(UNKNOWN)"))
    }
}

/// The fallback for errors of the host whose meaning the caller of the host
/// did not decide itself.
impl From<Errno> for Status {
    fn from(errno: Errno) -> Status {
        match errno {
            Errno::ENOMEM
            | Errno::EMFILE
            | Errno::ENFILE
            | Errno::ENOSPC
            | Errno::EFBIG
            | Errno::EAGAIN => Status::NO_MEMORY,
            Errno::EACCES | Errno::EPERM => Status::ACCESS_DENIED,
            Errno::EFAULT | Errno::EINVAL => Status::INVALID_ARGS,
            Errno::EEXIST => Status::ALREADY_EXISTS,
            _ => Status::INTERNAL,
        }
    }
}

macro_rules! names {
    ($($name:ident),* $(,)?) => {
        /// The name of a status value as its macro is spelled, as a C string
        /// without its terminator.
        pub fn name_of(status: i32) -> Option<&'static str> {
            c_name_of(status).and_then(|name| name.to_str().ok())
        }

        /// The name of a status value as its macro is spelled.
        pub fn c_name_of(status: i32) -> Option<&'static std::ffi::CStr> {
            match status {
                $(errors::$name => {
                    const NAME: &str = concat!(stringify!($name), "\0");
                    std::ffi::CStr::from_bytes_with_nul(NAME.as_bytes()).ok()
                })*
                _ => None,
            }
        }
    };
}

names! {
    ZX_OK, ZX_ERR_INTERNAL, ZX_ERR_NOT_SUPPORTED, ZX_ERR_NO_RESOURCES, ZX_ERR_NO_MEMORY,
    ZX_ERR_INTERNAL_INTR_RETRY, ZX_ERR_INVALID_ARGS, ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE,
    ZX_ERR_BAD_SYSCALL, ZX_ERR_OUT_OF_RANGE, ZX_ERR_BUFFER_TOO_SMALL, ZX_ERR_BAD_STATE,
    ZX_ERR_TIMED_OUT, ZX_ERR_SHOULD_WAIT, ZX_ERR_CANCELED, ZX_ERR_PEER_CLOSED, ZX_ERR_NOT_FOUND,
    ZX_ERR_ALREADY_EXISTS, ZX_ERR_ALREADY_BOUND, ZX_ERR_UNAVAILABLE, ZX_ERR_ACCESS_DENIED,
    ZX_ERR_IO, ZX_ERR_IO_REFUSED, ZX_ERR_IO_DATA_INTEGRITY, ZX_ERR_IO_DATA_LOSS,
    ZX_ERR_IO_NOT_PRESENT, ZX_ERR_IO_OVERRUN, ZX_ERR_IO_MISSED_DEADLINE, ZX_ERR_IO_INVALID,
    ZX_ERR_BAD_PATH, ZX_ERR_NOT_DIR, ZX_ERR_NOT_FILE, ZX_ERR_FILE_BIG, ZX_ERR_NO_SPACE,
    ZX_ERR_NOT_EMPTY, ZX_ERR_STOP, ZX_ERR_NEXT, ZX_ERR_ASYNC, ZX_ERR_PROTOCOL_NOT_SUPPORTED,
    ZX_ERR_ADDRESS_UNREACHABLE, ZX_ERR_ADDRESS_IN_USE, ZX_ERR_NOT_CONNECTED,
    ZX_ERR_CONNECTION_REFUSED, ZX_ERR_CONNECTION_RESET, ZX_ERR_CONNECTION_ABORTED,
}

// SPDX-License-Identifier: MIT
//! The table of calls: what is known of each, as data. `build.rs` makes it from
//! the declarations (see the documentation of [`crate::calls`]).

/// One call.
pub struct Call {
    /// Its name, without the underscore of its second name.
    pub name: &'static str,
    /// A number that never changes.
    pub number: u16,
    /// The word after `zx_`; `libzx` for what is no system call.
    pub family: &'static str,
    /// When the call was part of Zircon.
    pub generation: Generation,
    /// How much of it works.
    pub state: State,
    /// Its parameters in their order.
    pub parameters: &'static [Parameter],
    /// What it gives back.
    pub result: Kind,
    /// The statuses of its checks, in their order; one may come several times.
    pub statuses: &'static [i32],
    /// The reason of each of them.
    pub reasons: &'static [&'static str],
    /// Whether it may block.
    pub blocks: bool,
}

/// When a call was part of Zircon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Generation {
    /// Before 2021.
    Older,
    /// In 2021.
    Base,
    /// Afterwards.
    Later,
}

/// How much of a call works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// All that Linux permits.
    Complete,
    /// Not all, for the reason.
    Partial(&'static str),
    /// It checks its arguments and then is not supported, for the reason.
    ChecksOnly(&'static str),
}

/// One parameter.
pub struct Parameter {
    /// Its name in C.
    pub name: &'static str,
    /// What the value means, or what it points at.
    pub kind: Kind,
    /// How a pointer is used.
    pub pointer: Option<Pointer>,
    /// Whether it may be NULL or 0.
    pub optional: bool,
}

/// How a parameter that is a pointer is used.
pub struct Pointer {
    /// Who reads and writes.
    pub direction: Direction,
    /// How many elements there are.
    pub extent: Extent,
    /// The parameter whose target tells how many of them were written.
    pub used: Option<usize>,
    /// Size of an element in bytes.
    pub size: usize,
}

/// Who reads and writes what a pointer points at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// The call reads it.
    In,
    /// The call writes it.
    Out,
    /// The call reads it and writes it.
    InOut,
}

/// How much is behind a pointer; counts are in the parameter of that index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// One element.
    One,
    /// A number of elements.
    Elements(usize),
    /// A number of bytes.
    Bytes(usize),
    /// A string up to its zero byte.
    Terminated,
}

/// Whether a call takes a handle away from its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consumed {
    /// It stays the caller's.
    Never,
    /// It leaves the caller when the call succeeds.
    OnSuccess,
    /// It leaves the caller whatever the result.
    Always,
}

/// What a value means.
#[derive(Clone, Copy)]
pub enum Kind {
    /// There is no value.
    Nothing,
    /// A handle.
    Handle {
        /// `ZX_OBJ_TYPE_` of the objects it may be of; empty for any.
        types: &'static [u32],
        /// The rights it must have.
        rights: u32,
        /// Whether they depend on other arguments.
        vary: bool,
        /// Whether it leaves the caller.
        consumed: Consumed,
    },
    /// Bits with names.
    Options {
        /// The names of all bits there are.
        constants: &'static [(&'static str, u64)],
        /// Whether other bits are ignored rather than refused.
        unchecked: bool,
    },
    /// One value of an enumeration.
    Value(&'static [(&'static str, u64)]),
    /// A `zx_status_t`.
    Status,
    /// A point in time to wait for.
    Deadline,
    /// A point in time.
    Time,
    /// Nanoseconds.
    Duration,
    /// A set of signals.
    Signals,
    /// A set of rights.
    Rights,
    /// A koid.
    Koid,
    /// An address or an offset.
    Address,
    /// A number that may be negative.
    Signed,
    /// Any other number.
    Number,
    /// True or false.
    Bool,
    /// Bytes of no type.
    Bytes,
    /// Text.
    Text,
    /// A record.
    Record(&'static Record),
}

/// A record of C.
pub struct Record {
    /// Its name.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// Its members without padding; unions have none.
    pub fields: &'static [Field],
}

/// A member of a record.
pub struct Field {
    /// Its name; `anon` for one that has none in C.
    pub name: &'static str,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// What it means.
    pub kind: Kind,
    /// Size of one element in bytes.
    pub size: usize,
    /// How many elements there are.
    pub count: usize,
}

pub use super::exports::{CALLS, FAULTS, RIGHTS, SIGNALS, TYPES};

/// The call of a name, with or without the underscore.
pub fn find(name: &str) -> Option<&'static Call> {
    let name = name.strip_prefix('_').unwrap_or(name);
    CALLS.iter().find(|call| call.name == name)
}

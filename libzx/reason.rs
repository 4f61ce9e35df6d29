// SPDX-License-Identifier: MIT
//! Why a call failed: the check that did not hold and the values in it, kept
//! for each thread. [`because!`] gives the status and leaves the reason; the
//! sentence is made of it only when somebody asks (`libzx_last_error`, the
//! trace).
//!
//! Success costs nothing, failure a few stores: the reason is a static text
//! with places for numbers. What a place holds is named in it: `{}` a decimal
//! number, `{i}` one that may be negative, `{x}` a hexadecimal one, `{type}` an
//! object type, `{rights}` rights, `{group}` a Linux group, and `{argument}`,
//! which takes no number, the name of the call's parameter that the reason is
//! about, as the table of calls tells.

use std::cell::Cell;

use crate::status::Status;
use crate::task::ThreadRecord;

/// Why a call failed.
#[derive(Clone, Copy)]
pub struct Reason {
    /// What the call returned; 0 for none.
    pub status: i32,
    /// The sentence, with places for the numbers; empty when nothing is known.
    /// One word, as is the body: a signal handler may leave a reason while
    /// another one is being stored.
    pub text: &'static &'static str,
    /// The numbers.
    pub values: [u64; 8],
    /// What the failed check was about.
    pub about: About,
    /// The Rust name of the call's body.
    pub body: fn() -> &'static str,
}

/// What a failed check was about: how to find the parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// What the text says.
    Text,
    /// A handle to an object of this type; 0 for any.
    Handle(u32),
    /// Memory of the program that a call reads.
    Input,
    /// Memory of the program that a call writes.
    Output,
}

const NOTHING: Reason = Reason {
    status: 0,
    text: &"",
    values: [0; 8],
    about: About::Text,
    body: || "",
};

thread_local! {
    /// That of the last call which failed.
    static LAST: Cell<Reason> = const { Cell::new(NOTHING) };
    /// One that is on its way up.
    static PENDING: Cell<Reason> = const { Cell::new(NOTHING) };
}

/// Makes sure that the calling thread has room for reasons, which the loader
/// may have to allocate. Until then there are none: a signal handler may not
/// allocate.
pub fn prepare_thread() {
    LAST.with(|_| ());
    PENDING.with(|_| ());
}

/// A number of a reason.
pub trait Value: Copy {
    /// The number as a word.
    fn word(self) -> u64;
}

macro_rules! values {
    ($($ty:ty as $wide:ty),*) => {
        $(impl Value for $ty {
            fn word(self) -> u64 {
                <$wide>::from(self) as u64
            }
        })*
    };
}

#[allow(clippy::cast_sign_loss, reason = "`{i}` turns it back")]
mod numbers {
    use super::Value;
    values!(
        u8 as u64,
        u16 as u64,
        u32 as u64,
        u64 as u64,
        i32 as i64,
        i64 as i64,
        bool as u64
    );
}

impl Value for usize {
    fn word(self) -> u64 {
        self as u64
    }
}

impl Value for crate::rights::Rights {
    fn word(self) -> u64 {
        self.bits().into()
    }
}

/// Leaves the reason of a status that is about to be returned.
#[cold]
pub fn note(status: Status, about: About, text: &'static &'static str, numbers: &[u64]) -> Status {
    if ThreadRecord::known().is_none() {
        return status;
    }
    let mut values = [0; 8];
    for (value, number) in values.iter_mut().zip(numbers) {
        *value = *number;
    }
    // While the thread's storage goes away nobody can ask any more.
    let _ = PENDING.try_with(|pending| {
        pending.set(Reason {
            status: status.raw(),
            text,
            values,
            about,
            body: || "",
        });
    });
    status
}

/// Makes the reason that was left on the way the one of the call that failed.
#[cold]
pub fn settle(status: Status, body: fn() -> &'static str) {
    if ThreadRecord::known().is_none() {
        return;
    }
    let found = PENDING.try_with(|pending| pending.replace(NOTHING));
    let mut reason = match found {
        Ok(found) if found.status == status.raw() => found,
        _ => NOTHING,
    };
    reason.status = status.raw();
    reason.body = body;
    let _ = LAST.try_with(|last| last.set(reason));
}

/// The reason of the thread's last call that failed.
pub fn last() -> Reason {
    LAST.try_with(Cell::get).unwrap_or(NOTHING)
}

/// A status with the reason for it: `because!(OUT_OF_RANGE, "vector {} is above
/// 255", vector)`.
macro_rules! because {
    ($status:ident, $text:literal $(, $value:expr)* $(,)?) => {
        $crate::reason::note(
            $crate::status::Status::$status,
            $crate::reason::About::Text,
            &$text,
            &[$($crate::reason::Value::word($value)),*],
        )
    };
}
pub(crate) use because;

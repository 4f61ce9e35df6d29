// SPDX-License-Identifier: MIT
//! Looking at calls as they begin and end: tracing and counting. While nobody
//! does, an exported function reads [`WATCHED`] and jumps to the body.

use std::sync::atomic::{AtomicBool, Ordering};

use super::stats;
use super::table::Call;
use super::trace::{self, Entry};
use crate::sys::probe::{self, Visit};
use crate::sys::{clock, gate};
use crate::task::table as handles;

/// Whether calls are looked at. So they are until the first one has read what
/// the environment says.
pub static WATCHED: AtomicBool = AtomicBool::new(true);

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

impl Outcome for usize {
    fn word(&self) -> u64 {
        *self as u64
    }
}

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

/// How a call has ended.
pub struct Ended {
    /// When it began.
    pub started: i64,
    /// When it returned.
    pub now: i64,
    /// What it returned.
    pub word: u64,
}

impl Ended {
    /// The result as a status.
    pub fn status(&self) -> i32 {
        #[allow(clippy::cast_possible_truncation, reason = "it was made from one")]
        let status = self.word as u32;
        status.cast_signed()
    }
}

/// Reads what the environment wants, and finds out whether anybody looks.
pub fn update() {
    if trace::read_environment() {
        let watched = trace::config().is_some() || stats::is_on();
        WATCHED.store(watched, Ordering::Relaxed);
        let visits = trace::wants_visits() || stats::wants_visits();
        probe::listen(visit, visits);
    }
}

fn visit(visit: &Visit) {
    stats::visit(visit);
    trace::visit(visit);
}

/// Runs the body of a call that is looked at.
pub fn call<T: Outcome>(call: &'static Call, arguments: &[u64], body: impl FnOnce() -> T) -> T {
    // What keeps the call out is the body's to tell.
    let ready = gate::enter().is_ok();
    update();
    if !ready || !WATCHED.load(Ordering::Relaxed) {
        return body();
    }
    let vcpu = if call.family == "vcpu" {
        vcpu(arguments)
    } else {
        0
    };
    if matches!(call.name, "zx_vcpu_resume" | "zx_vcpu_enter") {
        trace::runs(vcpu);
    }
    let entry = Entry::begin(call, arguments);
    let started = clock::monotonic_ns();
    let result = body();
    let now = clock::monotonic_ns();
    let word = result.word();
    let ended = Ended { started, now, word };
    if stats::is_on() {
        stats::ended(call, arguments, vcpu, &ended);
    }
    if let Some(entry) = entry {
        entry.end(call, arguments, &ended);
    }
    result
}

/// The koid of the object of the first argument; 0 when it is no handle.
fn vcpu(arguments: &[u64]) -> u64 {
    let value = arguments
        .first()
        .and_then(|word| u32::try_from(*word & 0xFFFF_FFFF).ok());
    let found = value.and_then(handles::peek);
    found.map_or(0, |handle| handle.object().base().koid())
}

/// Tells of a call that does not come back.
pub fn leaving(call: &'static Call, arguments: &[u64]) {
    update();
    if gate::enter().is_ok() {
        trace::leaving(call, arguments);
    }
    if call.name == "zx_process_exit" {
        stats::report();
    }
}

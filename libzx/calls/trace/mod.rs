// SPDX-License-Identifier: MIT
//! Tracing: a line for each call that was selected, and events for a viewer of
//! timelines.
//!
//! Nothing here takes a lock or allocates while a call is told of, so calls
//! made in signal handlers are traced like others; a line is one `write`. The
//! program's buffers are read as the calls read them, so that bad pointers
//! show as such.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt::Write;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use nix::libc;

use super::table::{Call, Direction, Kind};
use super::text::{Span, Text};
use super::watch::Ended;
use super::{last_error, stats};
use crate::reason;
use crate::sys::clock;
use crate::sys::probe::Visit;

mod json;
pub mod line;
mod slow;
mod spec;

pub use spec::{Config, write};

/// The longest text of a call, several lines together.
const LONGEST: usize = 2560;

/// What is traced; null for nothing. Old ones stay, as a call may be at work
/// with one.
static CONFIG: AtomicPtr<Config> = AtomicPtr::new(ptr::null_mut());

const NOT_LOOKED: u8 = 0;
const LOOKING: u8 = 1;
const LOOKED: u8 = 2;
static ENVIRONMENT: AtomicU8 = AtomicU8::new(NOT_LOOKED);

/// Reads `LIBZX_TRACE`, once. Whether that is done: a call that another one
/// has interrupted in it goes on without.
pub fn read_environment() -> bool {
    let turn =
        ENVIRONMENT.compare_exchange(NOT_LOOKED, LOOKING, Ordering::Acquire, Ordering::Acquire);
    if turn.is_ok() {
        if let Some(spec) = environment(c"LIBZX_TRACE")
            && !spec.is_empty()
        {
            set(Some(spec));
        }
        stats::read_environment();
        ENVIRONMENT.store(LOOKED, Ordering::Release);
    }
    !matches!(turn, Err(LOOKING))
}

/// A variable of the environment.
pub fn environment(name: &std::ffi::CStr) -> Option<&'static [u8]> {
    // SAFETY: the name ends with a zero byte.
    let value = unsafe { libc::getenv(name.as_ptr()) };
    if value.is_null() {
        return None;
    }
    // SAFETY: variables are strings that end with a zero byte; the program may
    // change its environment only while nobody reads it.
    Some(unsafe { std::ffi::CStr::from_ptr(value) }.to_bytes())
}

/// Changes what is traced; `None` for nothing.
pub fn set(spec: Option<&[u8]>) {
    let config = spec.and_then(Config::parse);
    let new = config.map_or(ptr::null_mut(), |config| Box::into_raw(Box::new(config)));
    let old = CONFIG.swap(new, Ordering::AcqRel);
    // SAFETY: configurations are never given back.
    if let Some(old) = unsafe { old.as_ref() } {
        old.finish();
    }
}

/// What is traced now.
pub fn config() -> Option<&'static Config> {
    // SAFETY: configurations are never given back.
    unsafe { CONFIG.load(Ordering::Acquire).as_ref() }
}

/// A call that is being traced.
pub struct Entry {
    config: &'static Config,
    text: Text<LONGEST>,
    slot: Option<usize>,
}

impl Entry {
    /// Tells of the beginning of a call, if it is selected.
    #[inline(never)]
    pub fn begin(call: &'static Call, arguments: &[u64]) -> Option<Entry> {
        let config = config()?;
        if !config.selects(call) {
            return None;
        }
        let mut text = Text::new();
        let _ = line::head(&mut text, call, arguments);
        let slot = (call.blocks && config.text.is_some())
            .then(|| slow::register(config, text.bytes()))
            .flatten();
        Some(Entry { config, text, slot })
    }

    /// Tells of its end.
    #[inline(never)]
    pub fn end(mut self, call: &'static Call, arguments: &[u64], ended: &Ended) {
        let resumed = self.slot.is_some_and(slow::unregister);
        let failed = matches!(call.result, Kind::Status) && ended.status() != 0;
        if self.config.failed && !failed && !resumed {
            return;
        }
        if let Some(json) = &self.config.json {
            json.call(call, arguments, ended, self.text.bytes());
        }
        let Some(fd) = self.config.text else {
            return;
        };
        let text = &mut self.text;
        if resumed {
            text.truncate(0);
            let _ = line::stamp(text, clock::monotonic_ns());
            let _ = write!(text, "{} resumed", call.name);
        }
        let _ = line::result(text, call, ended.word);
        let _ = writeln!(text, ", {}", Span(ended.now - ended.started));
        if !failed {
            for (index, parameter) in call.parameters.iter().enumerate() {
                let out = parameter.pointer.as_ref().map(|pointer| pointer.direction);
                if matches!(out, Some(Direction::Out | Direction::InOut)) && arguments[index] != 0 {
                    let _ = line::output(text, call, index, arguments);
                }
            }
        } else {
            let reason = reason::last();
            let sentence = last_error::sentence_for(&reason, call);
            if reason.status == ended.status() && !sentence.bytes().is_empty() {
                let sentence = String::from_utf8_lossy(sentence.bytes());
                let _ = writeln!(text, "    because: {sentence}");
            }
        }
        if self.config.stack {
            line::stack(text);
        }
        text.end_with_line();
        spec::write(fd, text.bytes());
    }
}

/// Tells of a call that does not come back.
pub fn leaving(call: &'static Call, arguments: &[u64]) {
    let Some(config) = config().filter(|config| config.selects(call)) else {
        return;
    };
    if let Some(fd) = config.text {
        let mut text = Text::<LONGEST>::new();
        let _ = line::head(&mut text, call, arguments);
        let _ = writeln!(text, " does not return");
        spec::write(fd, text.bytes());
    }
}

thread_local! {
    /// The koid of the VCPU that the thread runs.
    static RUNNING: Cell<u64> = const { Cell::new(0) };
}

/// Notes which VCPU the calls of this thread run now.
pub fn runs(koid: u64) {
    let _ = RUNNING.try_with(|running| running.set(koid));
}

/// The koid of that VCPU; 0 for none.
pub fn running() -> u64 {
    RUNNING.try_with(Cell::get).unwrap_or(0)
}

/// Opens a file that the environment names.
pub fn open_file(path: &[u8]) -> Option<i32> {
    spec::open(&String::from_utf8_lossy(path), libc::O_APPEND)
}

/// Whether times in guests are traced.
pub fn wants_visits() -> bool {
    config().is_some_and(|config| config.exits || config.json.is_some())
}

/// Tells of a time in a guest.
pub fn visit(visit: &Visit) {
    let Some(config) = config() else {
        return;
    };
    let koid = running();
    if let Some(json) = &config.json {
        json.guest(koid, visit.exit, visit.started, visit.ended);
    }
    let Some(fd) = config.text.filter(|_| config.exits && !visit.surfaces) else {
        return;
    };
    let mut text = Text::<256>::new();
    let _ = line::stamp(&mut text, visit.ended);
    let _ = write!(
        text,
        "  exit of vcpu koid {koid}: {} rip={:#x}",
        visit.exit, visit.rip
    );
    if let Some(address) = visit.address {
        let _ = write!(text, " address={address:#x}");
    }
    let _ = writeln!(text, ", {}", Span(visit.ended - visit.started));
    spec::write(fd, text.bytes());
}

// SPDX-License-Identifier: MIT
//! Trace events in the format that Perfetto and about:tracing open: a slice
//! for each call on its thread, a track for each VCPU, arrows from who sends to
//! who receives.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::libc;

use super::spec;
use crate::calls::table::{Call, Kind};
use crate::calls::text::Text;
use crate::calls::watch::Ended;
use crate::task::table as handles;
use crate::uapi::types as c;

/// Added to the koid of a VCPU for the number of its track, which must be no
/// thread's.
const TRACKS: u64 = 1 << 32;

/// A file of events.
pub struct Json {
    fd: i32,
    finished: AtomicBool,
}

type Event = Text<1536>;

impl Json {
    /// Begins the list of events.
    pub fn new(fd: i32) -> Json {
        let mut text = Text::<160>::new();
        let _ = write!(
            text,
            "[\n{{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":{},\"args\":{{\"name\":\"libzx\"}}}}",
            std::process::id()
        );
        spec::write(fd, text.bytes());
        Json {
            fd,
            finished: AtomicBool::new(false),
        }
    }

    /// Ends the list.
    pub fn finish(&self) {
        if !self.finished.swap(true, Ordering::Relaxed) {
            spec::write(self.fd, b"\n]\n");
        }
    }

    fn event(&self, text: &Event) {
        if !self.finished.load(Ordering::Relaxed) {
            spec::write(self.fd, text.bytes());
        }
    }

    /// Begins an event; it lacks the closing brace.
    fn begin(name: &str, phase: char, track: u64, at: i64) -> Event {
        let mut text = Event::new();
        let _ = write!(
            text,
            ",\n{{\"name\":\"{name}\",\"ph\":\"{phase}\",\"pid\":{},\"tid\":{track},\"ts\":{}.{:03}",
            std::process::id(),
            at / 1000,
            at % 1000
        );
        text
    }

    fn slice(&self, name: &str, track: u64, from: i64, to: i64, details: &[u8]) {
        let mut text = Json::begin(name, 'X', track, from);
        let long = (to - from).max(0);
        let _ = write!(
            text,
            ",\"dur\":{}.{:03},\"args\":{{",
            long / 1000,
            long % 1000
        );
        if !details.is_empty() {
            let _ = text.write_str("\"call\":\"");
            quote(&mut text, details, 1000);
            let _ = text.write_char('"');
        }
        let _ = text.write_str("}}");
        self.event(&text);
    }

    /// Names the track of a VCPU. Naming it again does no harm.
    fn name_track(&self, koid: u64) {
        let mut text = Json::begin("thread_name", 'M', TRACKS + koid, 0);
        let _ = write!(text, ",\"args\":{{\"name\":\"vcpu koid {koid}\"}}}}");
        self.event(&text);
    }

    /// Tells of a call that has returned.
    pub fn call(&self, call: &Call, arguments: &[u64], ended: &Ended, line: &[u8]) {
        // SAFETY: takes no arguments and cannot fail.
        let thread = u64::try_from(unsafe { libc::gettid() }).unwrap_or(0);
        let from = line
            .iter()
            .position(|byte| *byte == b']')
            .map_or(0, |at| at + 2);
        let details = line.get(from..).unwrap_or_default();
        self.slice(call.name, thread, ended.started, ended.now, details);
        if matches!(call.result, Kind::Status) && ended.status() != 0 {
            return;
        }
        let object = arguments.first().and_then(|word| {
            let found = handles::peek(u32::try_from(*word & 0xFFFF_FFFF).ok()?)?;
            let object = found.object();
            Some((
                object.object_type(),
                object.base().koid(),
                object.related_koid(),
            ))
        });
        let Some((ty, koid, related)) = object else {
            return;
        };
        match (call.name, ty) {
            ("zx_vcpu_resume" | "zx_vcpu_enter", c::ZX_OBJ_TYPE_VCPU) => {
                self.name_track(koid);
                self.slice(call.name, TRACKS + koid, ended.started, ended.now, &[]);
            }
            ("zx_vcpu_interrupt" | "zx_vcpu_kick", _) => {
                let mut text = Json::begin(call.name, 'i', TRACKS + koid, ended.now);
                let _ = text.write_str(",\"s\":\"t\"}");
                self.event(&text);
            }
            ("zx_port_queue", _) => self.flow('s', koid, thread, ended.started),
            ("zx_port_wait", _) => self.flow('f', koid, thread, ended.now),
            ("zx_channel_write" | "zx_channel_write_etc", _) => {
                self.flow('s', koid, thread, ended.started);
            }
            ("zx_channel_read" | "zx_channel_read_etc", _) => {
                self.flow('f', related, thread, ended.now);
            }
            _ => {}
        }
    }

    /// One end of an arrow. Arrows of one object have one number: each end
    /// belongs to the beginning before it.
    fn flow(&self, phase: char, id: u64, track: u64, at: i64) {
        let mut text = Json::begin("packet", phase, track, at);
        let _ = write!(text, ",\"cat\":\"flow\",\"id\":{id},\"bp\":\"e\"}}");
        self.event(&text);
    }

    /// Tells of a time in the guest.
    pub fn guest(&self, koid: u64, reason: &str, from: i64, to: i64) {
        self.slice("guest", TRACKS + koid, from, to, reason.as_bytes());
    }
}

/// Writes a string as JSON wants it.
fn quote(out: &mut Event, bytes: &[u8], most: usize) {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most)]);
    for c in text.chars() {
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)),
            c => out.write_char(c),
        };
    }
}

/// Has the list ended when the process exits.
pub fn finish_at_exit() {
    static ONCE: AtomicBool = AtomicBool::new(false);
    extern "C" fn finish() {
        if let Some(config) = super::config() {
            config.finish();
        }
    }
    if !ONCE.swap(true, Ordering::Relaxed) {
        // SAFETY: the library stays loaded until the process ends.
        unsafe { libc::atexit(finish) };
    }
}

// SPDX-License-Identifier: MIT
//! The parts of a line: time, arguments by kind, result, what the call wrote.
//! All of it comes from the table of calls.

use std::ffi::{CStr, c_void};
use std::fmt::{self, Write};
use std::mem::offset_of;
use std::sync::atomic::{AtomicI64, Ordering};

use nix::libc;

use crate::calls::table::{Call, Direction, Extent, Kind, Parameter, Pointer, Record};
use crate::calls::text::{Rights, Signals, Span, Status, Text, Type, bits};
use crate::calls::user::UserIn;
use crate::object::property;
use crate::sys::clock;
use crate::task::table as handles;
use crate::uapi::port as p;

/// How much of a buffer is shown, in bytes.
const SHOWN: usize = 32;
/// How many elements of an array are shown.
const ELEMENTS: u64 = 8;

/// The time of day and who it is.
pub fn stamp(out: &mut impl Write, now: i64) -> fmt::Result {
    let seconds_ns = 1_000_000_000;
    let utc = clock::utc_ns() + (now - clock::monotonic_ns()).min(0);
    let local = utc / seconds_ns + offset();
    let (hours, minutes, seconds) = (local / 3600 % 24, local / 60 % 60, local % 60);
    let micros = utc % seconds_ns / 1000;
    // SAFETY: takes no arguments and cannot fail.
    let thread = unsafe { libc::gettid() };
    write!(
        out,
        "{hours:02}:{minutes:02}:{seconds:02}.{micros:06} [{}.{thread}] ",
        std::process::id()
    )
}

/// What the time of day is ahead of UTC, in seconds. The C library is asked
/// once: it takes locks.
fn offset() -> i64 {
    static OFFSET: AtomicI64 = AtomicI64::new(i64::MIN);
    let known = OFFSET.load(Ordering::Relaxed);
    if known != i64::MIN {
        return known;
    }
    let now = clock::utc_ns() / 1_000_000_000;
    // SAFETY: a zeroed record is valid.
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both records are live.
    unsafe { libc::localtime_r(&raw const now, &raw mut parts) };
    OFFSET.store(parts.tm_gmtoff, Ordering::Relaxed);
    parts.tm_gmtoff
}

/// The call with its arguments.
pub fn head(out: &mut impl Write, call: &Call, arguments: &[u64]) -> fmt::Result {
    stamp(out, clock::monotonic_ns())?;
    write!(out, "{}(", call.name)?;
    for (index, parameter) in call.parameters.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(out, "{comma}{}=", parameter.name)?;
        let word = arguments[index];
        match &parameter.pointer {
            None => scalar(out, &parameter.kind, word, subject(call, arguments))?,
            Some(_) if word == 0 => out.write_str("NULL")?,
            Some(pointer) if pointer.direction == Direction::Out => write!(out, "{word:#x}")?,
            Some(_) => target(out, call, index, arguments)?,
        }
    }
    out.write_char(')')
}

/// The result.
pub fn result(out: &mut impl Write, call: &Call, word: u64) -> fmt::Result {
    match call.result {
        Kind::Nothing => Ok(()),
        Kind::Text => {
            out.write_str(" = ")?;
            string(out, word, 64)
        }
        ref kind => {
            out.write_str(" = ")?;
            scalar(out, kind, word, 0)
        }
    }
}

/// What a call has written through a parameter, as a line of its own.
pub fn output(out: &mut impl Write, call: &Call, index: usize, arguments: &[u64]) -> fmt::Result {
    write!(out, "    {}: ", call.parameters[index].name)?;
    target(out, call, index, arguments)?;
    out.write_char('\n')
}

/// The type of the object of the call's first handle, whose signals the call
/// speaks of.
fn subject(call: &Call, arguments: &[u64]) -> u64 {
    let is_handle = |parameter: &Parameter| {
        parameter.pointer.is_none() && matches!(parameter.kind, Kind::Handle { .. })
    };
    let index = call.parameters.iter().position(is_handle);
    let value = index.and_then(|index| u32::try_from(arguments[index] & 0xFFFF_FFFF).ok());
    let found = value.and_then(handles::peek);
    found.map_or(0, |handle| handle.object().object_type().into())
}

#[allow(clippy::cast_possible_truncation, reason = "arguments come as words")]
fn scalar(out: &mut impl Write, kind: &Kind, word: u64, ty: u64) -> fmt::Result {
    match *kind {
        Kind::Nothing => Ok(()),
        Kind::Handle { .. } => handle(out, word as u32),
        Kind::Options { constants, .. } => {
            let names = constants.iter().copied();
            bits(out, word, names, prefix(constants))
        }
        Kind::Value(constants) => match constants.iter().find(|(_, value)| *value == word) {
            Some((name, _)) => out.write_str(name),
            None => write!(out, "{word:#x}"),
        },
        Kind::Status => write!(out, "{}", status(word)),
        Kind::Deadline => deadline(out, word.cast_signed()),
        Kind::Duration => write!(out, "{}", Span(word.cast_signed())),
        Kind::Signals => write!(out, "{}", Signals(word & 0xFFFF_FFFF, ty)),
        Kind::Rights => write!(out, "{}", Rights(word & 0xFFFF_FFFF)),
        Kind::Time | Kind::Signed => write!(out, "{}", word.cast_signed()),
        Kind::Koid | Kind::Number => write!(out, "{word}"),
        Kind::Bool => write!(out, "{}", word & 0xFF != 0),
        Kind::Address | Kind::Bytes | Kind::Text | Kind::Record(_) => write!(out, "{word:#x}"),
    }
}

/// The low half of a word as a status.
fn status(word: u64) -> Status {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the high half is no part of it"
    )]
    let low = word as u32;
    Status(low.cast_signed())
}

/// What all names of a list begin with, up to an underscore.
fn prefix(constants: &[(&'static str, u64)]) -> &'static str {
    let Some((first, _)) = constants.first() else {
        return "";
    };
    let mut len = first.rfind('_').map_or(0, |at| at + 1);
    while !constants
        .iter()
        .all(|(name, _)| name.starts_with(&first[..len]))
    {
        len = first[..len - 1].rfind('_').map_or(0, |at| at + 1);
        if len == 0 {
            break;
        }
    }
    &first[..len]
}

fn deadline(out: &mut impl Write, deadline: i64) -> fmt::Result {
    match deadline {
        i64::MAX => out.write_str("INFINITE"),
        _ => match deadline - clock::monotonic_ns() {
            past if past <= 0 || deadline <= 0 => out.write_str("PAST"),
            left => write!(out, "+{}", Span(left)),
        },
    }
}

/// A handle with type, koid and name of its object.
fn handle(out: &mut impl Write, value: u32) -> fmt::Result {
    if value == 0 {
        return out.write_char('0');
    }
    write!(out, "{value:#x}")?;
    let Some(found) = handles::peek(value) else {
        return out.write_str(" (not live)");
    };
    let object = found.object();
    write!(
        out,
        " {} koid {}",
        Type(object.object_type().into()),
        object.base().koid()
    )?;
    let name = property::name(object);
    let len = name
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(name.len());
    if len > 0 {
        out.write_str(" \"")?;
        escaped(out, &name[..len])?;
        out.write_char('"')?;
    }
    Ok(())
}

fn escaped(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        write!(out, "{}", byte.escape_ascii())?;
    }
    Ok(())
}

/// Bytes of the program; fewer when not all can be read.
fn read<const N: usize>(address: u64, len: usize) -> Option<([u8; N], usize)> {
    let mut bytes = [0; N];
    let len = len.min(N);
    let address = usize::try_from(address).ok()?;
    let from = UserIn::new(address as *const u8);
    from.peek_slice(&mut bytes[..len]).then_some((bytes, len))
}

/// A number behind a pointer.
fn number(address: u64, size: usize) -> Option<u64> {
    let (bytes, _) = read::<8>(address, size.min(8))?;
    Some(u64::from_le_bytes(bytes))
}

/// What a parameter points at.
fn target(out: &mut impl Write, call: &Call, index: usize, arguments: &[u64]) -> fmt::Result {
    let parameter = &call.parameters[index];
    let Some(pointer) = &parameter.pointer else {
        return Ok(());
    };
    let address = arguments[index];
    let ty = subject(call, arguments);
    let used = used(call, pointer, arguments);
    match pointer.extent {
        Extent::Terminated => string(out, address, 64),
        Extent::Bytes(size) => {
            let size = used.unwrap_or(arguments[size]);
            match parameter.kind {
                Kind::Text => string(out, address, size),
                _ => buffer(out, address, size),
            }
        }
        Extent::Elements(count) => {
            let count = used.unwrap_or(arguments[count]);
            out.write_char('[')?;
            for at in 0..count.min(ELEMENTS) {
                let comma = if at == 0 { "" } else { ", " };
                out.write_str(comma)?;
                let address = address.wrapping_add(at.wrapping_mul(pointer.size as u64));
                element(out, &parameter.kind, address, pointer.size, ty)?;
            }
            if count > ELEMENTS {
                write!(out, ", … {count} in all")?;
            }
            out.write_char(']')
        }
        Extent::One => element(out, &parameter.kind, address, pointer.size, ty),
    }
}

/// How much of an array a call has written, where it says so.
fn used(call: &Call, pointer: &Pointer, arguments: &[u64]) -> Option<u64> {
    let index = pointer.used?;
    let size = call.parameters[index].pointer.as_ref()?.size;
    let address = arguments[index];
    (address != 0).then(|| number(address, size)).flatten()
}

fn element(out: &mut impl Write, kind: &Kind, address: u64, size: usize, ty: u64) -> fmt::Result {
    match kind {
        Kind::Record(found) => record(out, found, address),
        Kind::Bytes | Kind::Text => write!(out, "{address:#x}"),
        kind => match number(address, size) {
            Some(mut word) => {
                if size == 4 && matches!(kind, Kind::Signed | Kind::Status) {
                    word = i64::from(status(word).0).cast_unsigned();
                }
                scalar(out, kind, word, ty)
            }
            None => write!(out, "{address:#x} (cannot be read)"),
        },
    }
}

fn record(out: &mut impl Write, record: &Record, address: u64) -> fmt::Result {
    if record.name == "zx_port_packet_t" {
        return packet(out, address);
    }
    out.write_char('{')?;
    let mut first = true;
    for field in record.fields {
        let comma = if first { "" } else { ", " };
        first = false;
        let name = if field.name == "anon" { "" } else { field.name };
        let equals = if name.is_empty() { "" } else { "=" };
        write!(out, "{comma}{name}{equals}")?;
        let at = address.wrapping_add(field.offset as u64);
        match (&field.kind, field.count) {
            (Kind::Record(inner), 1) if inner.fields.is_empty() => {
                buffer(out, at, inner.size as u64)?;
            }
            (_, 1) => element(out, &field.kind, at, field.size, 0)?,
            (Kind::Text, count) => string(out, at, count as u64)?,
            (_, count) => buffer(out, at, (count * field.size) as u64)?,
        }
    }
    out.write_char('}')
}

/// A packet with the members that its type has.
fn packet(out: &mut impl Write, address: u64) -> fmt::Result {
    const SIZE: usize = size_of::<p::zx_port_packet_t>();
    let Some((bytes, _)) = read::<SIZE>(address, SIZE) else {
        return write!(out, "{address:#x} (cannot be read)");
    };
    let part = |offset: usize, size: usize| {
        let mut word = [0; 8];
        word[..size].copy_from_slice(&bytes[offset..offset + size]);
        u64::from_le_bytes(word)
    };
    let payload = offset_of!(p::zx_port_packet_t, anon);
    let member = |offset: usize, size: usize| part(payload + offset, size);
    let kind = part(offset_of!(p::zx_port_packet_t, r#type), 4);
    write!(out, "key={:#x} ", part(0, 8))?;
    match u8::try_from(kind & 0xFF).unwrap_or(u8::MAX) {
        p::ZX_PKT_TYPE_USER => {
            let status = part(offset_of!(p::zx_port_packet_t, status), 4);
            write!(out, "USER status={} data=", self::status(status))?;
            for at in 0..4 {
                write!(
                    out,
                    "{}{:#x}",
                    if at == 0 { "" } else { "," },
                    member(8 * at, 8)
                )?;
            }
            Ok(())
        }
        p::ZX_PKT_TYPE_SIGNAL_ONE => write!(
            out,
            "SIGNAL_ONE trigger={:#x} observed={:#x} count={}",
            member(0, 4),
            member(4, 4),
            member(8, 8)
        ),
        p::ZX_PKT_TYPE_GUEST_BELL => write!(out, "GUEST_BELL addr={:#x}", member(0, 8)),
        p::ZX_PKT_TYPE_GUEST_MEM => {
            write!(out, "GUEST_MEM addr={:#x} instruction=", member(0, 8))?;
            let len = usize::try_from(member(8, 1)).unwrap_or(0).min(15);
            for at in 0..len {
                write!(out, "{:02x}", member(9 + at, 1))?;
            }
            Ok(())
        }
        p::ZX_PKT_TYPE_GUEST_IO => {
            let size = usize::try_from(member(2, 1)).unwrap_or(0).min(4);
            let direction = if member(3, 1) == 0 { "out" } else { "in" };
            write!(
                out,
                "GUEST_IO port={:#x} {direction} size={size}",
                member(0, 2)
            )?;
            if member(3, 1) == 0 {
                let data = member(4, size);
                write!(out, " data={data:#x}")?;
                if let (1, Ok(byte)) = (size, u8::try_from(data))
                    && (byte.is_ascii_graphic() || byte == b' ')
                {
                    write!(out, " '{}'", char::from(byte))?;
                }
            }
            Ok(())
        }
        p::ZX_PKT_TYPE_GUEST_VCPU => {
            write!(
                out,
                "GUEST_VCPU {:#x} {:#x} type={}",
                member(0, 8),
                member(8, 8),
                member(16, 1)
            )
        }
        p::ZX_PKT_TYPE_INTERRUPT => write!(out, "INTERRUPT timestamp={}", member(0, 8)),
        p::ZX_PKT_TYPE_PAGE_REQUEST => write!(
            out,
            "PAGE_REQUEST command={} offset={:#x} length={:#x}",
            member(0, 2),
            member(8, 8),
            member(16, 8)
        ),
        _ => write!(out, "type={kind}"),
    }
}

/// A buffer: its size and its beginning.
fn buffer(out: &mut impl Write, address: u64, size: u64) -> fmt::Result {
    write!(out, "{size} bytes")?;
    if size == 0 {
        return Ok(());
    }
    let wanted = usize::try_from(size).unwrap_or(SHOWN).min(SHOWN);
    let Some((bytes, len)) = read::<SHOWN>(address, wanted) else {
        return write!(out, " at {address:#x} (cannot be read)");
    };
    let bytes = &bytes[..len];
    let is_text = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n' | b'\t');
    if bytes.iter().all(is_text) {
        out.write_str(" \"")?;
        escaped(out, bytes)?;
        out.write_char('"')?;
    } else {
        for (at, byte) in bytes.iter().enumerate() {
            write!(
                out,
                "{}{byte:02x}",
                if at == 0 || at % 8 == 0 { " " } else { "" }
            )?;
        }
    }
    if size > SHOWN as u64 {
        out.write_str(" …")?;
    }
    Ok(())
}

/// Text up to its zero byte or its size.
fn string(out: &mut impl Write, address: u64, size: u64) -> fmt::Result {
    let wanted = usize::try_from(size).unwrap_or(64).min(64);
    let mut bytes = [0; 64];
    let mut len = 0;
    // Byte by byte: what follows the zero byte may not be there.
    while len < wanted {
        match read::<1>(address.wrapping_add(len as u64), 1) {
            Some(([0], _)) => break,
            Some(([byte], _)) => bytes[len] = byte,
            None => return write!(out, "{address:#x} (cannot be read)"),
        }
        len += 1;
    }
    out.write_char('"')?;
    escaped(out, &bytes[..len])?;
    out.write_char('"')
}

/// The program's frames that have led to the call, a line each.
pub fn stack<const N: usize>(out: &mut Text<N>) {
    const DEPTH: usize = 24; // as below
    let mut frames = [std::ptr::null_mut::<c_void>(); DEPTH];
    // SAFETY: the array has room for so many frames.
    let count = unsafe { libc::backtrace(frames.as_mut_ptr(), 24) };
    let count = usize::try_from(count).unwrap_or(0);
    let own = module((stack::<N> as *const ()).cast_mut().cast());
    let mut shown = 0;
    for &frame in &frames[..count] {
        let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: the record is live; any address will do.
        let found = unsafe { libc::dladdr(frame, info.as_mut_ptr()) };
        // SAFETY: zeroed pointers are valid, found or not.
        let info = unsafe { info.assume_init() };
        if found == 0 || info.dli_fbase == own && shown == 0 || shown == 8 {
            continue;
        }
        shown += 1;
        let name = if info.dli_sname.is_null() {
            info.dli_fname
        } else {
            info.dli_sname
        };
        let base = if info.dli_sname.is_null() {
            info.dli_fbase
        } else {
            info.dli_saddr
        };
        if name.is_null() {
            continue;
        }
        // SAFETY: the loader's strings end with a zero byte and stay.
        let name = unsafe { CStr::from_ptr(name) };
        let offset = frame.addr().wrapping_sub(base.addr());
        let _ = writeln!(out, "    at {}+{offset:#x}", name.to_string_lossy());
    }
}

/// Where in the program the call was made; 0 when that is not known.
pub fn place() -> u64 {
    const DEPTH: usize = 16; // as below
    let mut frames = [std::ptr::null_mut::<c_void>(); DEPTH];
    // SAFETY: the array has room for so many frames.
    let count = unsafe { libc::backtrace(frames.as_mut_ptr(), 16) };
    let own = module((place as *const ()).cast_mut().cast());
    let frames = &frames[..usize::try_from(count).unwrap_or(0)];
    let outside = frames.iter().find(|frame| module(**frame) != own);
    outside.map_or(0, |frame| frame.addr() as u64)
}

/// An address in the program: the nearest name before it and the distance.
pub fn address(out: &mut impl Write, address: u64) {
    let at = usize::try_from(address).unwrap_or(0);
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the record is live; any address will do.
    unsafe { libc::dladdr(at as *const c_void, info.as_mut_ptr()) };
    // SAFETY: zeroed pointers are valid, found or not.
    let info = unsafe { info.assume_init() };
    let (name, base) = match info.dli_sname.is_null() {
        true => (info.dli_fname, info.dli_fbase),
        false => (info.dli_sname, info.dli_saddr),
    };
    if name.is_null() {
        let _ = write!(out, "{at:#x}");
        return;
    }
    // SAFETY: the loader's strings end with a zero byte and stay.
    let name = unsafe { CStr::from_ptr(name) };
    let offset = at.wrapping_sub(base.addr());
    let _ = write!(out, "{}+{offset:#x}", name.to_string_lossy());
}

/// Where the object is loaded that an address is in.
fn module(address: *mut c_void) -> *mut c_void {
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the record is live; any address will do.
    unsafe { libc::dladdr(address, info.as_mut_ptr()) };
    // SAFETY: zeroed pointers are valid, found or not.
    unsafe { info.assume_init() }.dli_fbase
}

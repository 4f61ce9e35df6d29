// SPDX-License-Identifier: MIT
//! The sentence that tells why a call failed.

use std::fmt::{self, Write};

use super::table::{self, Call, Direction, Kind};
use super::text::{self, Text};
use crate::reason::{About, Reason};

/// The longest sentence in bytes.
pub const LONGEST: usize = 255;

/// The sentence of a reason; empty when nothing is known.
pub fn sentence(reason: &Reason) -> Text<LONGEST> {
    let mut out = Text::new();
    let call = call_of((reason.body)());
    // Writing text that does not fit is no error.
    let _ = write(&mut out, reason, call);
    out
}

/// The same for a call that is known.
pub fn sentence_for(reason: &Reason, call: &Call) -> Text<LONGEST> {
    let mut out = Text::new();
    let _ = write(&mut out, reason, Some(call));
    out
}

fn write(out: &mut Text<LONGEST>, reason: &Reason, call: Option<&Call>) -> fmt::Result {
    if reason.text.is_empty() {
        return from_the_table(out, reason, call);
    }
    let mut values = reason.values.iter().copied();
    let mut rest = *reason.text;
    while let Some((before, tail)) = rest.split_once('{') {
        out.write_str(before)?;
        let Some((place, tail)) = tail.split_once('}') else {
            break;
        };
        rest = tail;
        if place == "argument" {
            out.write_str(argument(reason, call))?;
            continue;
        }
        let value = values.next().unwrap_or(0);
        match place {
            "i" => write!(out, "{}", value.cast_signed())?,
            "x" => write!(out, "{value:#x}")?,
            "type" => write!(out, "{}", text::Type(value))?,
            "rights" => write!(out, "{}", text::Rights(value))?,
            "group" => group(out, value)?,
            _ => write!(out, "{value}")?,
        }
    }
    out.write_str(rest)
}

/// What the documentation of the call says of its status, where the check has
/// left nothing.
fn from_the_table(out: &mut Text<LONGEST>, reason: &Reason, call: Option<&Call>) -> fmt::Result {
    let Some(call) = call.filter(|_| reason.status != 0) else {
        return Ok(());
    };
    let reasons = call.statuses.iter().zip(call.reasons);
    let mut first = true;
    for (_, text) in reasons.filter(|(status, _)| **status == reason.status) {
        if !text.is_empty() {
            write!(out, "{}{text}", if first { "" } else { "; or " })?;
            first = false;
        }
    }
    Ok(())
}

/// The call whose body has this Rust name.
fn call_of(body: &str) -> Option<&'static Call> {
    let function = body.rsplit("::").find(|part| !part.starts_with('{'))?;
    table::find(function)
}

/// The parameter that a reason is about, or a word for it.
fn argument(reason: &Reason, call: Option<&Call>) -> &'static str {
    let parameters = call.map_or(&[][..], |call| call.parameters);
    let mut names = parameters.iter().filter(|parameter| {
        let direction = parameter.pointer.as_ref().map(|pointer| pointer.direction);
        match reason.about {
            About::Text => false,
            About::Handle(wanted) => match parameter.kind {
                Kind::Handle { types, .. } => {
                    direction.is_none()
                        && (types.is_empty() || wanted == 0 || types.contains(&wanted))
                }
                _ => false,
            },
            About::Input => matches!(direction, Some(Direction::In | Direction::InOut)),
            About::Output => matches!(direction, Some(Direction::Out | Direction::InOut)),
        }
    });
    match (names.next(), names.next(), reason.about) {
        (Some(only), None, _) => only.name,
        (_, _, About::Handle(_)) => "handle",
        _ => "memory",
    }
}

/// A Linux group by name, when it has one.
fn group(out: &mut Text<LONGEST>, gid: u64) -> fmt::Result {
    let gid = u32::try_from(gid).unwrap_or(u32::MAX);
    match nix::unistd::Group::from_gid(nix::unistd::Gid::from_raw(gid)) {
        Ok(Some(group)) => out.write_str(&group.name),
        _ => write!(out, "{gid}"),
    }
}

// SPDX-License-Identifier: MIT
//! Values as text, for reasons and traces: without allocation, in a buffer of
//! a fixed size.

use std::fmt::{self, Write};

use super::table::{RIGHTS, SIGNALS, TYPES};
use crate::status;

/// Text that is cut where its buffer ends.
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub fn new() -> Text<N> {
        Text {
            bytes: [0; N],
            len: 0,
        }
    }

    /// What was written, as far as it fits.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Leaves the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Adds bytes, as far as they fit.
    pub fn append(&mut self, bytes: &[u8]) {
        let count = bytes.len().min(N - self.len);
        self.bytes[self.len..self.len + count].copy_from_slice(&bytes[..count]);
        self.len += count;
    }

    /// Makes a line feed the last byte, when the text was cut.
    pub fn end_with_line(&mut self) {
        if self.len == N {
            self.bytes[N - 1] = b'\n';
        }
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.append(text.as_bytes());
        Ok(())
    }
}

/// The name of a value without what all names of its kind begin with.
fn short<'a>(name: &'a str, prefix: &str) -> &'a str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// An object type in lower case, as the table of calls names it.
pub struct Type(pub u64);

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TYPES.iter().find(|(_, value)| *value == self.0) {
            Some((name, _)) => {
                for c in short(name, "ZX_OBJ_TYPE_").chars() {
                    f.write_char(if c == '_' {
                        ' '
                    } else {
                        c.to_ascii_lowercase()
                    })?;
                }
                Ok(())
            }
            None => write!(f, "type {}", self.0),
        }
    }
}

/// Writes the names of bits, and what has no name in hexadecimal.
pub fn bits<'a>(
    f: &mut impl Write,
    value: u64,
    names: impl Iterator<Item = (&'a str, u64)> + Clone,
    prefix: &str,
) -> fmt::Result {
    let mut rest = value;
    let mut first = true;
    for bit in (0..64).map(|shift| 1_u64 << shift) {
        if value & bit == 0 {
            continue;
        }
        let named = names.clone().filter(|(_, mask)| *mask == bit);
        if let Some((name, _)) = named.min_by_key(|(name, _)| name.len()) {
            let bar = if first { "" } else { "|" };
            write!(f, "{bar}{}", short(name, prefix))?;
            first = false;
            rest &= !bit;
        }
    }
    if rest != 0 || first {
        let bar = if first { "" } else { "|" };
        if rest == 0 {
            f.write_char('0')?;
        } else {
            write!(f, "{bar}{rest:#x}")?;
        }
    }
    Ok(())
}

/// A set of rights.
pub struct Rights(pub u64);

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = RIGHTS
            .iter()
            .copied()
            .filter(|(name, _)| name.starts_with("ZX_RIGHT_"));
        bits(f, self.0, single, "ZX_RIGHT_")
    }
}

/// A set of signals of an object of a type.
pub struct Signals(pub u64, pub u64);

impl fmt::Display for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signals(value, ty) = *self;
        let mut prefix = Text::<48>::new();
        prefix.write_str("ZX_")?;
        if let Some((name, _)) = TYPES.iter().find(|(_, number)| *number == ty && ty != 0) {
            write!(prefix, "{}_", short(name, "ZX_OBJ_TYPE_"))?;
        } else {
            prefix.write_str("USER_")?;
        }
        let prefix = std::str::from_utf8(prefix.bytes()).unwrap_or_default();
        let own = SIGNALS
            .iter()
            .copied()
            .filter(|(name, _)| name.starts_with(prefix) || name.starts_with("ZX_USER_SIGNAL_"));
        bits(f, value, own, prefix)
    }
}

/// A status with its number, `ZX_OK` without.
pub struct Status(pub i32);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (status::name_of(self.0), self.0) {
            (Some(name), 0) => f.write_str(name),
            (Some(name), number) => write!(f, "{name} ({number})"),
            (None, number) => write!(f, "{number}"),
        }
    }
}

/// A time span with a unit that suits it.
pub struct Span(pub i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_char('-')?;
        }
        let (unit, name) = match ns {
            0..1_000 => return write!(f, "{ns}ns"),
            1_000..1_000_000 => (1_000, "us"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        };
        let tenths = ns / (unit / 10);
        match tenths % 10 {
            0 => write!(f, "{}{name}", tenths / 10),
            tenth => write!(f, "{}.{tenth}{name}", tenths / 10),
        }
    }
}

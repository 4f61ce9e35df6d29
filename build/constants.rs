// SPDX-License-Identifier: MIT
//! Turns the `pub const` items of `libzx/uapi/` into C macros.
//!
//! cbindgen would write untyped decimal numbers; programs expect the types Zircon gives its macros,
//! and readers the spelling of the source. The form it reads is described in `types/mod.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Files whose macros carry no casts, because the preprocessor must be able to use them.
const PLAIN: [&str; 1] = ["errors"];

/// Typedef names and what they stand for, over all files.
pub type Aliases = BTreeMap<String, String>;

/// Collects `pub type NAME = TARGET;`.
pub fn aliases(source: &str, into: &mut Aliases) {
    for line in source.lines() {
        let Some(item) = line.strip_prefix("pub type ") else {
            continue;
        };
        if let Some((name, target)) = item.trim_end_matches(';').split_once(" = ") {
            into.insert(name.to_owned(), target.to_owned());
        }
    }
}

/// All macros of one file, in order, with the comments that stand above them.
pub fn macros(stem: &str, source: &str, aliases: &Aliases) -> Result<String, String> {
    let mut out = String::new();
    let mut comment = String::new();
    let mut condition = None;
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("// ") && !line.starts_with("// SPDX") {
            let _ = writeln!(comment, "{line}");
        } else if let Some(text) = line.strip_prefix("#[cfg(") {
            condition = text.strip_suffix(")]").and_then(c_condition);
        } else if let Some(first) = line.strip_prefix("pub const ") {
            let mut item = first.to_owned();
            while !item.ends_with(';') {
                item.push(' ');
                item.push_str(lines.next().ok_or("unfinished constant")?.trim());
            }
            let define = define(stem, item.trim_end_matches(';'), aliases)
                .ok_or_else(|| format!("{stem}.rs: cannot turn into a macro: {item}"))?;
            if !comment.is_empty() {
                let _ = write!(out, "\n{comment}");
            }
            let _ = match condition {
                Some(condition) => writeln!(out, "#if {condition}\n{define}\n#endif"),
                None => writeln!(out, "{define}"),
            };
            (comment, condition) = (String::new(), None);
        } else {
            (comment, condition) = (String::new(), None);
        }
    }
    Ok(merge(&out))
}

/// A condition of Rust's as the preprocessor has it.
fn c_condition(text: &str) -> Option<String> {
    if let Some(inner) = text.strip_prefix("not(") {
        return Some(format!("!{}", c_condition(inner.strip_suffix(')')?)?));
    }
    match text.strip_prefix("target_arch = \"") {
        Some(cpu) => Some(format!("defined(__{}__)", cpu.strip_suffix('"')?)),
        None => Some(format!("defined({})", text.to_uppercase())),
    }
}

/// Joins neighbours under one condition.
fn merge(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut open = "";
    for line in text.lines() {
        if line.starts_with("#if ") {
            if out.last() == Some(&"#endif") && line == open {
                out.pop();
                continue;
            }
            open = line;
        }
        out.push(line);
    }
    out.join("\n")
}

/// One `#define`.
fn define(stem: &str, item: &str, aliases: &Aliases) -> Option<String> {
    let (name, rest) = item.split_once(": ")?;
    let (ty, value) = rest.split_once(" = ")?;
    let mut primitive = ty;
    while let Some(target) = aliases.get(primitive) {
        primitive = target;
    }
    let (c_type, suffix) = match primitive {
        "u8" => ("uint8_t", "u"),
        "u16" => ("uint16_t", "u"),
        "u32" => ("uint32_t", "u"),
        "u64" => ("uint64_t", "ul"),
        "usize" => ("size_t", "ul"),
        "i32" => ("int32_t", ""),
        "i64" => ("int64_t", "l"),
        _ => return None,
    };
    let value = expression(value, suffix);
    let simple = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = if simple { value } else { format!("({value})") };
    let typed = !PLAIN.contains(&stem) && ty != "u32" && ty != "i32";
    let cast = if ty == primitive { c_type } else { ty };
    let line = if typed {
        format!("#define {name} (({cast}){value})")
    } else {
        format!("#define {name} {value}")
    };
    Some(wrap(&line))
}

/// A macro over several lines when one would be too long.
fn wrap(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for (at, part) in line.split(" | ").enumerate() {
        if at > 0 {
            out.push_str(" |");
            width += 2;
            if width + part.len() > 90 {
                out.push_str(" \\\n ");
                width = 1;
            }
            out.push(' ');
            width += 1;
        }
        out.push_str(part);
        width += part.len();
    }
    out
}

/// A Rust expression of literals, names and operators as C, with `suffix` on each literal.
fn expression(value: &str, suffix: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            out.push_str(&word.replace('_', ""));
            out.push_str(suffix);
        } else {
            out.push_str(word);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

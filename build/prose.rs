// SPDX-License-Identifier: MIT
//! Turns what is known of a call into the comment of its prototype, for readers of C.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use syn::Type;

use crate::calls::{Call, Direction, Parameter, type_name};

/// Characters of a line of a header's comment.
const WIDTH: usize = 92;

/// The lines of the comment.
pub fn comment(call: &Call) -> Vec<String> {
    let mut out = Vec::new();
    for paragraph in &call.intro {
        section(&mut out, "", paragraph);
    }
    if !call.parameters.is_empty() {
        out.push(String::new());
        for parameter in &call.parameters {
            let note = note(parameter);
            let text = match note.is_empty() {
                true => format!("{}: {}", parameter.name, parameter.text),
                false => format!("{} ({note}): {}", parameter.name, parameter.text),
            };
            wrap(&mut out, "  ", "      ", &text);
        }
    }
    if !call.failures.is_empty() {
        section(&mut out, "", "Errors, in the order of the checks:");
        for failure in &call.failures {
            let mut text = failure.statuses.join(", ");
            if !failure.text.is_empty() {
                text = format!("{text}: {}", failure.text);
            }
            wrap(&mut out, "  ", "      ", &text);
        }
    }
    let titled = [
        ("Blocks: ", &call.blocks),
        ("Support: ", &call.support),
        ("Generation: ", &call.generation),
    ];
    for (title, text) in titled {
        if let Some(text) = text {
            section(&mut out, title, &text.join(" "));
        }
    }
    for (title, text) in &call.prose {
        section(&mut out, &format!("{title}: "), &text.join(" "));
    }
    out
}

/// The words in the parentheses, for people.
fn note(parameter: &Parameter) -> String {
    let mut words = Vec::new();
    let is_handle = type_name(&parameter.ty) == "zx_handle_t";
    match (&parameter.ty, parameter.direction) {
        (Type::Ptr(_), Direction::Out) => words.push("out".to_owned()),
        (Type::Ptr(_), Direction::InOut) => words.push("in and out".to_owned()),
        _ => {}
    }
    for note in &parameter.notes {
        if matches!(note.as_str(), "in" | "out" | "deadline" | "unchecked") {
            continue;
        }
        if is_handle && parameter.types.iter().any(|ty| note.contains(ty.as_str())) {
            words.push(parameter.types.join(" or "));
        } else {
            words.push(note.replace('`', ""));
        }
    }
    words.join(", ")
}

fn section(out: &mut Vec<String>, title: &str, text: &str) {
    if !out.is_empty() {
        out.push(String::new());
    }
    wrap(out, "", "", &format!("{title}{text}"));
}

/// Writes a text in lines that are not too long, without the marks of Markdown.
fn wrap(out: &mut Vec<String>, first: &str, rest: &str, text: &str) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.replace('`', "").split_whitespace() {
        if !empty && line.len() + 1 + word.len() > WIDTH {
            out.push(std::mem::replace(&mut line, rest.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    out.push(line.trim_end().to_owned());
}

/// The table of calls in `docs/support.md`, and the names of those that are not there yet.
pub fn support(calls: &[Call], names: &[String]) -> (String, String) {
    let mut rows: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for call in calls {
        let text = call.support.as_ref().map(|text| text.join(" "));
        let mut state = match text {
            None => "complete".to_owned(),
            Some(text) => {
                let (word, reason) = text.split_once(": ").unwrap_or((&text, ""));
                let word = if word == "Partial" {
                    "partial"
                } else {
                    "checks only"
                };
                format!("{word}: {}", reason.trim_end_matches('.'))
            }
        };
        if let Some(generation) = &call.generation {
            let generation = generation.concat().to_lowercase();
            state = format!("{state}; of the {generation} generation");
        }
        let row = rows.entry((call.family(), state)).or_default();
        row.push(format!("`{}`", call.name));
    }
    let mut table = "| family | calls | state |\n|---|---|---|\n".to_owned();
    for ((family, state), mut calls) in rows {
        calls.sort();
        let _ = writeln!(table, "| {family} | {} | {state} |", calls.join(", "));
    }
    let mut missing = String::new();
    for name in names {
        if name.starts_with("zx_") && calls.iter().all(|call| call.name != *name) {
            let _ = writeln!(missing, "* `{name}`");
        }
    }
    (table, missing)
}

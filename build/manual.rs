// SPDX-License-Identifier: MIT
//! Turns what is known of the calls into the manual: a page in section 2zx for each, in roff and in
//! HTML, and an index.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use syn::Type;

use crate::calls::{Call, Parameter, type_name};

/// A page: what is in it, without the marks of any format but Markdown's backticks.
struct Page<'a> {
    call: &'a Call,
    header: String,
    prototype: String,
}

/// Writes the pages of all calls below `folder`. `header` tells which header declares a call.
pub fn write(
    calls: &[Call],
    folder: &Path,
    header: impl Fn(&str) -> String,
) -> Result<(), Box<dyn Error>> {
    let (roff, html) = (folder.join("man2"), folder.join("html"));
    if folder.exists() {
        fs::remove_dir_all(folder)?; // a page whose call went away must not linger
    }
    fs::create_dir_all(&roff)?;
    fs::create_dir_all(&html)?;
    let mut index = Vec::new();
    for call in calls {
        let page = Page {
            call,
            header: header(&call.name),
            prototype: prototype(call),
        };
        fs::write(roff.join(format!("{}.2zx", call.name)), page.roff())?;
        fs::write(html.join(format!("{}.html", call.name)), page.html())?;
        index.push(call);
    }
    index.sort_by_key(|call| (call.family(), call.name.clone()));
    fs::write(html.join("index.html"), contents(&index))?;
    Ok(())
}

/// The C type of a Rust type, with a blank or a star at its end.
fn c_type(ty: &Type) -> String {
    match ty {
        Type::Ptr(pointer) => {
            let target = match &*pointer.elem {
                Type::Path(path)
                    if path
                        .path
                        .segments
                        .last()
                        .is_some_and(|s| s.ident == "c_void") =>
                {
                    "void ".to_owned()
                }
                other => c_type(other),
            };
            let constant = if pointer.const_token.is_some() {
                "const "
            } else {
                ""
            };
            format!("{constant}{}*", target.trim_end())
        }
        _ => {
            let name = type_name(ty);
            let name = match name.as_str() {
                "u8" | "u16" | "u32" | "u64" => format!("uint{}_t", &name[1..]),
                "i8" | "i16" | "i32" | "i64" => format!("int{}_t", &name[1..]),
                "usize" => "size_t".to_owned(),
                "c_char" => "char".to_owned(),
                _ => name,
            };
            format!("{name} ")
        }
    }
}

fn prototype(call: &Call) -> String {
    let result = match &call.result {
        None => "void ".to_owned(),
        Some(Type::Never(_)) => "void ".to_owned(),
        Some(ty) => c_type(ty),
    };
    let parameters: Vec<_> = call
        .parameters
        .iter()
        .map(|p| {
            let ty = c_type(&p.ty);
            let blank = if ty.ends_with('*') { " " } else { "" };
            format!("{ty}{blank}{}", p.name)
        })
        .collect();
    let list = match parameters.is_empty() {
        true => "void".to_owned(),
        false => parameters.join(", "),
    };
    format!("{result}{}({list});", call.name)
}

/// The first sentence of what a call does.
fn summary(call: &Call) -> String {
    let text = call.intro.first().cloned().unwrap_or_default();
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text[..end].trim_end_matches('.').replace('`', "")
}

fn notes(parameter: &Parameter) -> String {
    let mut words = parameter.notes.clone();
    words.retain(|note| !matches!(note.as_str(), "in" | "deadline" | "unchecked"));
    match words.is_empty() {
        true => String::new(),
        false => format!(" ({})", words.join(", ")),
    }
}

/// The sections that are prose, with their titles.
fn sections(call: &Call) -> Vec<(String, String)> {
    let optional = [
        ("Blocking", &call.blocks),
        ("Support", &call.support),
        ("Generation", &call.generation),
    ];
    let mut found: Vec<_> = optional
        .into_iter()
        .filter_map(|(title, text)| Some((title.to_owned(), text.as_ref()?.join(" "))))
        .collect();
    for (title, text) in &call.prose {
        found.push((title.clone(), text.join(" ")));
    }
    found
}

/// Text in roff: constants and parameters in bold, nothing that begins a request.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    let mut out = String::new();
    for (at, part) in escaped.split('`').enumerate() {
        match at % 2 {
            1 => {
                let _ = write!(out, "\\fB{part}\\fP");
            }
            _ => out.push_str(part),
        }
    }
    match out.starts_with(['.', '\'']) {
        true => format!("\\&{out}"),
        false => out,
    }
}

fn html(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let mut out = String::new();
    for (at, part) in escaped.split('`').enumerate() {
        match at % 2 {
            1 => {
                let _ = write!(out, "<code>{part}</code>");
            }
            _ => out.push_str(part),
        }
    }
    out
}

impl Page<'_> {
    fn roff(&self) -> String {
        let call = self.call;
        let version = env!("CARGO_PKG_VERSION");
        let mut out = format!(
            ".TH {} 2zx \"\" \"libzx {version}\" \"Zircon system calls\"\n.SH NAME\n{} \\- {}\n",
            call.name.to_uppercase(),
            call.name,
            roff(&summary(call)),
        );
        let _ = write!(
            out,
            ".SH SYNOPSIS\n.nf\n#include <{}>\n.PP\n{}\n.fi\n.SH DESCRIPTION\n",
            self.header,
            roff(&self.prototype),
        );
        for (at, paragraph) in call.intro.iter().enumerate() {
            let _ = writeln!(
                out,
                "{}{}",
                if at == 0 { "" } else { ".PP\n" },
                roff(paragraph)
            );
        }
        if !call.parameters.is_empty() {
            out.push_str(".SH PARAMETERS\n");
            for parameter in &call.parameters {
                let _ = writeln!(
                    out,
                    ".TP\n.B {}\n{}",
                    roff(&parameter.name),
                    roff(format!("{}{}", parameter.text, notes(parameter)).trim()),
                );
            }
        }
        if !call.failures.is_empty() {
            out.push_str(".SH ERRORS\nIn the order of the checks:\n");
            for failure in &call.failures {
                let _ = writeln!(
                    out,
                    ".TP\n.B {}\n{}",
                    roff(&failure.statuses.join(", ")),
                    match failure.text.is_empty() {
                        true => "\\&".to_owned(),
                        false => roff(&failure.text),
                    },
                );
            }
        }
        for (title, text) in sections(call) {
            let _ = write!(out, ".SH {}\n{}\n", title.to_uppercase(), roff(&text));
        }
        out
    }

    fn html(&self) -> String {
        let call = self.call;
        let mut out = head(&call.name);
        let _ = write!(
            out,
            "<h1>{}</h1>\n<pre>#include &lt;{}&gt;\n\n{}</pre>\n",
            call.name,
            self.header,
            html(&self.prototype),
        );
        for paragraph in &call.intro {
            let _ = writeln!(out, "<p>{}</p>", html(paragraph));
        }
        if !call.parameters.is_empty() {
            out.push_str("<h2>Parameters</h2>\n<dl>\n");
            for parameter in &call.parameters {
                let text = format!("{}{}", parameter.text, notes(parameter));
                let _ = writeln!(
                    out,
                    "<dt><code>{}</code></dt><dd>{}</dd>",
                    parameter.name,
                    html(text.trim()),
                );
            }
            out.push_str("</dl>\n");
        }
        if !call.failures.is_empty() {
            out.push_str("<h2>Errors</h2>\n<p>In the order of the checks:</p>\n<dl>\n");
            for failure in &call.failures {
                let _ = writeln!(
                    out,
                    "<dt><code>{}</code></dt><dd>{}</dd>",
                    failure.statuses.join(", "),
                    html(&failure.text),
                );
            }
            out.push_str("</dl>\n");
        }
        for (title, text) in sections(call) {
            let _ = write!(out, "<h2>{}</h2>\n<p>{}</p>\n", html(&title), html(&text));
        }
        out.push_str("<p><a href=\"index.html\">All calls</a></p>\n</body></html>\n");
        out
    }
}

fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>body{{max-width:48em;margin:2em auto;font-family:sans-serif;line-height:1.4}}\
         dd{{margin-bottom:.5em}}</style></head><body>\n"
    )
}

fn contents(calls: &[&Call]) -> String {
    let mut out = head("libzx: system calls");
    out.push_str("<h1>System calls</h1>\n");
    let mut family = "";
    for call in calls {
        if call.family() != family {
            if !family.is_empty() {
                out.push_str("</dl>\n");
            }
            family = call.family();
            let _ = write!(out, "<h2>{family}</h2>\n<dl>\n");
        }
        let _ = writeln!(
            out,
            "<dt><a href=\"{0}.html\"><code>{0}</code></a></dt><dd>{1}</dd>",
            call.name,
            html(&summary(call)),
        );
    }
    out.push_str("</dl>\n</body></html>\n");
    out
}

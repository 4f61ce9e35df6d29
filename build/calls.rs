// SPDX-License-Identifier: MIT
//! Reads the declarations of calls: the plain functions `pub extern "C" fn` of `libzx/calls/` with
//! their doc comments, whose form the documentation of `libzx/calls/mod.rs` tells.
//!
//! A doc comment that does not keep to the form is no error here, so that a build never fails for a
//! sentence: what is wrong is collected in [`Call::faults`], and `tests/headers.rs` wants none.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use syn::{Attribute, Expr, ExprLit, FnArg, ItemFn, Lit, Meta, Pat, ReturnType, Type};

/// How a parameter that is a pointer is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    In,
    Out,
    InOut,
}

/// How many elements are behind a pointer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Extent {
    One,
    /// As many as the parameter says.
    Elements(String),
    /// As many bytes as the parameter says.
    Bytes(String),
    /// A string that ends with a zero byte.
    Terminated,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub ty: Type,
    /// The words in the parentheses.
    pub notes: Vec<String>,
    pub text: String,
    pub direction: Direction,
    pub extent: Extent,
    /// The parameter whose target tells how much of an array was written.
    pub used: Option<String>,
    pub optional: bool,
    pub consumed: Option<bool>,
    /// Object types of a handle; empty is any.
    pub types: Vec<String>,
    pub rights: Vec<String>,
    /// Patterns of the constants for options or values.
    pub constants: Vec<String>,
    pub is_options: bool,
    pub unchecked: bool,
    pub ignored: bool,
    pub rights_vary: bool,
}

/// Statuses of one check, in the order of the checks.
#[derive(Clone, Debug)]
pub struct Failure {
    pub statuses: Vec<String>,
    pub text: String,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: String,
    /// The file of `libzx/calls/` as a Rust path below `crate::calls`.
    pub module: String,
    /// What it does: paragraphs in Markdown.
    pub intro: Vec<String>,
    pub parameters: Vec<Parameter>,
    pub result: Option<Type>,
    pub failures: Vec<Failure>,
    /// What it may wait for.
    pub blocks: Option<Vec<String>>,
    /// `Partial: ...`, `Checks only: ...`.
    pub support: Option<Vec<String>>,
    pub generation: Option<Vec<String>>,
    /// Sections that are prose only, in their order.
    pub prose: Vec<(String, Vec<String>)>,
    /// Whether rustc exports it already.
    pub no_mangle: bool,
    pub is_unsafe: bool,
    /// Where the doc comment leaves the form.
    pub faults: Vec<String>,
}

impl Call {
    /// Whether it is a system call, which has two names.
    pub fn is_system_call(&self) -> bool {
        self.name.starts_with("zx_")
    }

    /// The word after `zx_`.
    pub fn family(&self) -> &str {
        match self.name.strip_prefix("zx_") {
            Some(rest) => rest.split('_').next().unwrap_or(rest),
            None => "libzx",
        }
    }
}

/// The Rust files below a folder, in order.
pub fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Every call below `folder`. A file that does not parse is left to the compiler to complain about.
pub fn calls(folder: &Path) -> Result<Vec<Call>, Box<dyn Error>> {
    let mut found = Vec::new();
    for path in sources(folder)? {
        let file = match syn::parse_file(&fs::read_to_string(&path)?) {
            Ok(file) => file,
            Err(error) => {
                println!("cargo::warning={}: {error}", path.display());
                continue;
            }
        };
        let module = module(path.strip_prefix(folder)?);
        for item in file.items {
            if let syn::Item::Fn(function) = item
                && is_exported(&function)
            {
                found.push(call(&function, &module));
            }
        }
    }
    Ok(found)
}

fn module(path: &Path) -> String {
    let mut parts: Vec<_> = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    parts.retain(|part| part != "mod");
    parts.join("::")
}

fn is_exported(function: &ItemFn) -> bool {
    let is_c = function
        .sig
        .abi
        .as_ref()
        .is_some_and(|abi| abi.name.as_ref().is_some_and(|name| name.value() == "C"));
    is_c && matches!(function.vis, syn::Visibility::Public(_))
}

fn is_no_mangle(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::List(list) => list.tokens.to_string().contains("no_mangle"),
        Meta::Path(path) => path.is_ident("no_mangle"),
        Meta::NameValue(_) => false,
    }
}

/// The lines of a doc comment, without the space that follows the slashes.
pub fn doc_lines(attributes: &[Attribute]) -> Vec<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) = &pair.value
        {
            let text = text.value();
            lines.push(text.strip_prefix(' ').unwrap_or(&text).to_owned());
        }
    }
    lines
}

/// The last word of a type's path, below any pointer.
pub fn type_name(ty: &Type) -> String {
    match ty {
        Type::Ptr(pointer) => type_name(&pointer.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default(),
        Type::Never(_) => "!".to_owned(),
        _ => String::new(),
    }
}

/// Lines as paragraphs, one line each; list items stay apart.
fn paragraphs(lines: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in lines {
        let text = line.trim();
        if text.is_empty() {
            open = false;
        } else if !open || text.starts_with("* ") || line.starts_with('|') {
            found.push(text.to_owned());
            open = true;
        } else if let Some(last) = found.last_mut() {
            last.push(' ');
            last.push_str(text);
        }
    }
    found
}

/// The words of a text that stand in backquotes and begin with `prefix`.
fn quoted(text: &str, prefix: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with(prefix))
        .map(str::to_owned)
        .collect()
}

fn call(function: &ItemFn, module: &str) -> Call {
    let mut sections: Vec<(String, Vec<String>)> = vec![(String::new(), Vec::new())];
    for line in doc_lines(&function.attrs) {
        match line.strip_prefix("# ") {
            Some(title) => sections.push((title.to_owned(), Vec::new())),
            None => {
                if let Some((_, lines)) = sections.last_mut() {
                    lines.push(line);
                }
            }
        }
    }
    let mut call = Call {
        name: function.sig.ident.to_string(),
        module: module.to_owned(),
        intro: Vec::new(),
        parameters: function.sig.inputs.iter().filter_map(parameter).collect(),
        result: match &function.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some((**ty).clone()),
        },
        failures: Vec::new(),
        blocks: None,
        support: None,
        generation: None,
        prose: Vec::new(),
        no_mangle: function.attrs.iter().any(is_no_mangle),
        is_unsafe: function.sig.unsafety.is_some(),
        faults: Vec::new(),
    };
    let mut documented = Vec::new();
    for (title, lines) in sections {
        let text = paragraphs(&lines);
        match title.as_str() {
            "" => call.intro = text,
            "Parameters" => documented = text,
            "Errors" => failures(&text, &mut call),
            "Blocks" => call.blocks = Some(text),
            "Support" => call.support = Some(text),
            "Generation" => call.generation = Some(text),
            "Rights" | "Differences" | "Result" => call.prose.push((title, text)),
            _ => {
                call.faults.push(format!("a section named {title}"));
                call.prose.push((title, text));
            }
        }
    }
    parameters(&documented, &mut call);
    check(&mut call);
    call
}

fn parameter(argument: &FnArg) -> Option<Parameter> {
    let FnArg::Typed(argument) = argument else {
        return None;
    };
    let Pat::Ident(name) = &*argument.pat else {
        return None;
    };
    // An argument a call does not look at is spelled `_name` in Rust only.
    let name = name.ident.to_string().trim_start_matches('_').to_owned();
    Some(Parameter {
        is_options: name == "options" && !matches!(*argument.ty, Type::Ptr(_)),
        name,
        ty: (*argument.ty).clone(),
        notes: Vec::new(),
        text: String::new(),
        direction: Direction::In,
        extent: Extent::One,
        used: None,
        optional: false,
        consumed: None,
        types: Vec::new(),
        rights: Vec::new(),
        constants: Vec::new(),
        unchecked: false,
        ignored: false,
        rights_vary: false,
    })
}

fn failures(text: &[String], call: &mut Call) {
    for paragraph in text {
        let Some(item) = paragraph.strip_prefix("* ") else {
            call.faults
                .push(format!("text among the errors: {paragraph}"));
            continue;
        };
        // The statuses stand before the colon, the reason behind it.
        let (head, reason) = item.split_once(": ").unwrap_or((item, ""));
        let statuses = quoted(head, "ZX_ERR_");
        if statuses.is_empty() {
            call.faults
                .push(format!("an error without a status: {item}"));
        }
        let rest: String = head.split('`').step_by(2).collect();
        if !rest.replace(',', "").trim().is_empty() {
            call.faults
                .push(format!("words among the statuses of an error: {item}"));
        }
        call.failures.push(Failure {
            statuses,
            text: reason.to_owned(),
        });
    }
}

fn parameters(documented: &[String], call: &mut Call) {
    let mut texts = BTreeMap::new();
    for (at, paragraph) in documented.iter().enumerate() {
        let parts = paragraph
            .strip_prefix("* `")
            .and_then(|rest| rest.split_once('`'));
        let Some((name, rest)) = parts else {
            call.faults
                .push(format!("no parameter's line: {paragraph}"));
            continue;
        };
        let in_place = call
            .parameters
            .get(at)
            .is_some_and(|parameter| parameter.name == name);
        if !in_place {
            call.faults.push(format!(
                "the line of {name} is not that of a parameter in its place"
            ));
        }
        texts.insert(name.to_owned(), rest.to_owned());
    }
    let names: Vec<_> = call.parameters.iter().map(|p| p.name.clone()).collect();
    for parameter in &mut call.parameters {
        let Some(rest) = texts.get(&parameter.name) else {
            call.faults
                .push(format!("nothing about the parameter {}", parameter.name));
            continue;
        };
        let (notes, text) = match rest.strip_prefix(" (") {
            Some(inside) => match inside.split_once("): ") {
                Some((notes, text)) => (notes, text),
                None => (inside.strip_suffix(')').unwrap_or(inside), ""),
            },
            None => ("", rest.strip_prefix(": ").unwrap_or("")),
        };
        parameter.text = text.to_owned();
        parameter.notes = notes
            .split(", ")
            .filter(|note| !note.is_empty())
            .map(str::to_owned)
            .collect();
        for fault in annotate(parameter, &names) {
            call.faults.push(fault);
        }
    }
}

/// Understands the words in the parentheses; tells of those that it does not.
fn annotate(parameter: &mut Parameter, names: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut reads, mut writes) = (false, false);
    let named = |name: &str| names.iter().any(|known| known == name);
    for note in parameter.notes.clone() {
        let plain = note.trim_matches('`');
        if note == "in" {
            reads = true;
        } else if note == "out" {
            writes = true;
        } else if note == "optional" {
            parameter.optional = true;
        } else if note == "unchecked" {
            parameter.unchecked = true;
        } else if note == "ignored" {
            parameter.ignored = true;
        } else if note == "rights vary" {
            parameter.rights_vary = true;
        } else if note == "consumed" {
            parameter.consumed = Some(true);
        } else if note == "consumed on success" {
            parameter.consumed = Some(false);
        } else if note == "string" {
            parameter.extent = Extent::Terminated;
        } else if let Some(count) = note.strip_prefix("array of ") {
            let count = count.trim_matches('`').to_owned();
            if !named(&count) {
                faults.push(format!("{note}: no such parameter"));
            }
            parameter.extent = Extent::Elements(count);
        } else if let Some(size) = note
            .strip_prefix("buffer of ")
            .or(note.strip_prefix("string of "))
            .and_then(|rest| rest.strip_suffix(" bytes"))
        {
            let size = size.trim_matches('`').to_owned();
            if !named(&size) {
                faults.push(format!("{note}: no such parameter"));
            }
            parameter.extent = Extent::Bytes(size);
        } else if let Some(used) = note.strip_prefix("used ") {
            let used = used.trim_matches('`').to_owned();
            if !named(&used) {
                faults.push(format!("{note}: no such parameter"));
            }
            parameter.used = Some(used);
        } else if let Some(mask) = note.strip_prefix("options 0x") {
            parameter.is_options = true;
            parameter.constants.push(format!("0x{mask}"));
        } else if note.starts_with("options `") || note.starts_with("value `") {
            parameter.is_options = note.starts_with("options");
            parameter.constants.extend(quoted(&note, "ZX_"));
        } else if plain.starts_with("ZX_RIGHT_") {
            parameter.rights.push(plain.to_owned());
        } else if plain.starts_with("ZX_") {
            parameter.constants.push(plain.to_owned());
        } else if note == "deadline" {
            // The type and the name tell it, too.
        } else if type_name(&parameter.ty) == "zx_handle_t" {
            let note = note.strip_suffix(" handle").unwrap_or(&note);
            if note != "any" {
                parameter
                    .types
                    .extend(note.split(" or ").map(str::to_owned));
            }
        } else {
            faults.push(format!("{}: what is `{note}`?", parameter.name));
        }
    }
    parameter.direction = match (reads, writes) {
        (true, true) => Direction::InOut,
        (false, true) => Direction::Out,
        _ => Direction::In,
    };
    if let Type::Ptr(pointer) = &parameter.ty
        && pointer.mutability.is_some() != writes
    {
        faults.push(format!(
            "{}: `out` belongs to pointers that are not const",
            parameter.name
        ));
    }
    faults
}

fn check(call: &mut Call) {
    let mut faults = Vec::new();
    if call.intro.is_empty() {
        faults.push("no description".to_owned());
    }
    let texts = call
        .intro
        .iter()
        .chain(call.prose.iter().flat_map(|(_, text)| text));
    for text in texts {
        if text.contains("[`") || text.contains("Specification:") {
            faults.push(format!("not for a C reader: {text}"));
        }
    }
    for parameter in &call.parameters {
        let is_handle = type_name(&parameter.ty) == "zx_handle_t";
        let any = parameter.ignored || parameter.notes.iter().any(|note| note == "any handle");
        if is_handle && parameter.types.is_empty() && !any {
            faults.push(format!("{}: a handle of what type?", parameter.name));
        }
        if parameter.text.is_empty() {
            faults.push(format!("{}: no explanation", parameter.name));
        }
    }
    let gives_status = call
        .result
        .as_ref()
        .is_some_and(|ty| type_name(ty) == "zx_status_t");
    let cannot_fail = call.intro.concat().contains("cannot fail");
    if gives_status && call.failures.is_empty() && !cannot_fail {
        faults.push("a status and no errors; say `cannot fail` if it is so".to_owned());
    }
    for section in [&call.support, &call.generation].into_iter().flatten() {
        let known = ["Partial: ", "Checks only: ", "Later", "Older"];
        if !known.iter().any(|word| section.concat().starts_with(word)) {
            faults.push(format!("not understood: {}", section.concat()));
        }
    }
    if call.no_mangle || call.is_unsafe {
        faults.push("neither unsafe nor no_mangle: the build script exports it".to_owned());
    }
    if !call.faults.is_empty() || !faults.is_empty() {
        faults.append(&mut call.faults);
        call.faults = faults;
    }
}

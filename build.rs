// SPDX-License-Identifier: MIT
//! Generates the C headers, the exported functions and the table of calls into `OUT_DIR`, and names
//! the shared library.
//!
//! Every header is a template of `libzx/uapi/headers/` in which a line `@@types port@@` stands for the
//! constants, typedefs and records of `libzx/uapi/port.rs`, and a line `@@functions a b_*@@` for
//! the prototypes of the functions so named, found in `libzx/calls/*.rs`; `@@functions *@@` stands for
//! those that no other template names. Nothing is written outside `OUT_DIR`: `tests/headers.rs`
//! compares the result with the copies in `include/`.

#[path = "build/calls.rs"]
mod calls;
#[path = "build/constants.rs"]
mod constants;
#[path = "build/exports.rs"]
mod exports;
#[path = "build/manual.rs"]
mod manual;
#[path = "build/prose.rs"]
mod prose;
#[path = "build/records.rs"]
mod records;
#[path = "build/uapi.rs"]
mod uapi;

use calls::Call;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const CALLS: &str = "libzx/calls";
const NUMBERS: &str = "libzx/calls/numbers.txt";
const TYPES: &str = "libzx/uapi";
const TEMPLATES: &str = "libzx/uapi/headers";
/// What each header begins with: before the C library's headers, which may be missing then.
const ONLY_64_BIT: &str = "\n\
#ifndef __LP64__\n\
#error \"libzx is for 64-bit programs only: compile without -m32 and -mx32\"\n\
#endif\n";

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "build", CALLS, TYPES] {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libzx.so.0");
    // Signal handlers must not outlive their code, and calls within the library
    // are its own whatever the program defines.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic-functions");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let include = out.join("include");
    println!("cargo::rustc-env=LIBZX_HEADERS={}", include.display());

    let calls = calls::calls(Path::new(CALLS))?;
    let numbers = exports::numbers(&fs::read_to_string(NUMBERS)?);
    let uapi = uapi::Uapi::read(Path::new(TYPES))?;
    fs::write(
        out.join("exports.rs"),
        exports::generate(&calls, &uapi, &numbers)?,
    )?;

    let mut names: Vec<_> = numbers.keys().cloned().collect();
    names.sort();
    let (table, missing) = prose::support(&calls, &names);
    fs::write(out.join("support-calls.md"), table)?;
    fs::write(out.join("support-missing.md"), missing)?;

    if include.exists() {
        fs::remove_dir_all(&include)?; // a header whose template went away must not linger
    }
    let types = types()?;
    let templates = templates()?;
    for (path, template) in &templates {
        let header = include.join(path);
        fs::create_dir_all(header.parent().unwrap_or(&include))?;
        fs::write(header, fill(template, &types, &calls, &templates)?)?;
    }
    let header = |name: &str| match header_of(name, &templates) {
        Some(path) => path.display().to_string(),
        None => "zircon/syscalls.h".to_owned(),
    };
    manual::write(&calls, &out.join("man"), header)?;
    for call in &calls {
        if !call.is_system_call() && !claimed(&call.name, &templates) {
            println!("cargo::warning=no header declares {}", call.name);
        }
    }
    Ok(())
}

/// The `.rs` files of a folder, except `mod.rs`, in order of name.
fn sources(folder: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("mod.rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The C text of each file of `types/`, by name without `.rs`.
fn types() -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut aliases = constants::Aliases::new();
    constants::aliases(
        &fs::read_to_string(Path::new(TYPES).join("mod.rs"))?,
        &mut aliases,
    );
    let mut texts = Vec::new();
    for path in sources(TYPES)? {
        let text = fs::read_to_string(&path)?;
        constants::aliases(&text, &mut aliases);
        texts.push((path, text));
    }
    let mut types = BTreeMap::new();
    for (path, text) in texts {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let macros = constants::macros(&stem, &text, &aliases)?;
        let records = records::records(&path, &text)?;
        types.insert(
            stem,
            format!("{}\n\n{}", macros.trim(), records.trim())
                .trim()
                .to_owned(),
        );
    }
    Ok(types)
}

/// Every template, by path below the folder.
fn templates() -> Result<BTreeMap<PathBuf, String>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::from(TEMPLATES)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(TEMPLATES)?.to_owned();
                found.insert(name, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(found)
}

/// The kind and the words of a marker line.
fn marker(line: &str) -> Option<(&str, Vec<&str>)> {
    let inside = line.strip_prefix("@@")?.strip_suffix("@@")?;
    let mut words = inside.split(' ');
    Some((words.next()?, words.collect()))
}

/// Whether a word of a marker, which may end in `*`, names the function.
fn names(word: &str, function: &str) -> bool {
    match word.strip_suffix('*') {
        Some("") => false,
        Some(prefix) => function.starts_with(prefix),
        None => word == function,
    }
}

/// The template that asks for the function by name.
fn header_of<'a>(function: &str, templates: &'a BTreeMap<PathBuf, String>) -> Option<&'a PathBuf> {
    let asks = |line: &str| match marker(line) {
        Some(("functions", words)) => words.iter().any(|word| names(word, function)),
        _ => false,
    };
    let found = templates.iter().find(|(_, text)| text.lines().any(asks));
    found.map(|(path, _)| path)
}

/// Whether a template asks for the function by name.
fn claimed(function: &str, templates: &BTreeMap<PathBuf, String>) -> bool {
    header_of(function, templates).is_some()
}

/// A template with its markers replaced.
fn fill(
    template: &str,
    types: &BTreeMap<String, String>,
    calls: &[Call],
    templates: &BTreeMap<PathBuf, String>,
) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    for line in template.lines() {
        match marker(line) {
            None => {
                writeln!(out, "{line}")?;
                if line.starts_with("#define LIBZX_") && line.ends_with("_H_") {
                    out.push_str(ONLY_64_BIT);
                }
            }
            Some(("types", words)) => {
                for word in words {
                    writeln!(
                        out,
                        "{}",
                        types.get(word).ok_or(format!("no types/{word}.rs"))?
                    )?;
                }
            }
            Some(("functions", words)) => {
                let rest = words == ["*"];
                let wanted = |call: &&Call| {
                    words.iter().any(|word| names(word, &call.name))
                        || rest && call.is_system_call() && !claimed(&call.name, templates)
                };
                let wanted: Vec<_> = calls.iter().filter(wanted).collect();
                if !wanted.is_empty() {
                    let source = Path::new(&env::var("OUT_DIR")?).join("prototypes.rs");
                    writeln!(out, "{}", records::prototypes(&wanted, &source)?)?;
                }
            }
            Some(("version", _)) => {
                for part in ["MAJOR", "MINOR", "PATCH"] {
                    let value = env::var(format!("CARGO_PKG_VERSION_{part}"))?;
                    writeln!(out, "#define LIBZX_VERSION_{part} {value}")?;
                }
                let value = env::var("CARGO_PKG_VERSION")?;
                writeln!(out, "#define LIBZX_VERSION \"{value}\"")?;
            }
            Some((kind, _)) => return Err(format!("unknown marker {kind}").into()),
        }
    }
    Ok(out)
}

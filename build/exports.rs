// SPDX-License-Identifier: MIT
//! Makes, from the declarations of calls, their exported functions and the static table of calls:
//! `exports.rs` in `OUT_DIR`, which `libzx/calls/exports.rs` includes.
//!
//! The exported function is a stub in assembly: it looks whether calls are watched (traced or
//! counted) and jumps to the body or to a function that tells of the call before and after its body.
//! It has two names at one address: `_zx_name` is strong, `zx_name` is weak, so that a program can
//! have a `zx_name` of its own that calls `_zx_name`.
//!
//! rustc gives the linker a list of the names that a shared library exports and hides all others,
//! and does not know the names made here. The name of one Rust item is therefore made of patterns,
//! which are valid in that list: `[z]x_*`. The item itself matches none of them and stays hidden.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fmt::Write as _;

use syn::{Expr, ExprLit, Lit, Type};

use crate::calls::{Call, Direction, Extent, Parameter, type_name};
use crate::uapi::{Member, Uapi};

/// The numbers of calls: the place of each name in the list.
pub fn numbers(text: &str) -> BTreeMap<String, usize> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .enumerate()
        .map(|(number, name)| (name.trim().to_owned(), number))
        .collect()
}

/// The text of `exports.rs`.
pub fn generate(
    calls: &[Call],
    uapi: &Uapi,
    numbers: &BTreeMap<String, usize>,
) -> Result<String, Box<dyn Error>> {
    let mut calls: Vec<_> = calls.iter().collect();
    let number = |call: &Call| numbers.get(&call.name).copied().unwrap_or(usize::MAX);
    calls.sort_by_key(|call| number(call));
    if let Some(call) = calls.iter().find(|call| number(call) == usize::MAX) {
        return Err(format!("{} has no line in libzx/calls/numbers.txt", call.name).into());
    }
    let mut out = String::new();
    let mut records = BTreeMap::new();
    writeln!(
        out,
        "/// Every call, by number.\npub static CALLS: [Call; {}] = [",
        calls.len()
    )?;
    for call in &calls {
        let text = record(call, number(call), uapi, &mut records);
        writeln!(out, "{text}")?;
    }
    writeln!(out, "];")?;
    for (name, text) in finish(records, uapi) {
        writeln!(out, "static {}: Record = {text};", name.to_uppercase())?;
    }
    let lists = [
        ("RIGHTS", "zx_rights_t"),
        ("SIGNALS", "zx_signals_t"),
        ("TYPES", "zx_obj_type_t"),
    ];
    for (list, ty) in lists {
        let names = uapi.by_type.get(ty).cloned().unwrap_or_default();
        let entry = |name: &String| {
            let (_, path) = uapi.matching(name).into_iter().next()?;
            Some(format!("({name:?}, {path} as u64)"))
        };
        let entries: Vec<_> = names.iter().filter_map(entry).collect();
        writeln!(
            out,
            "/// The constants of `{ty}`.\npub static {list}: &[(&str, u64)] = &[{}];",
            entries.join(", ")
        )?;
    }
    let mut faults = String::new();
    for call in &calls {
        for fault in &call.faults {
            writeln!(faults, "    {:?},", format!("{}: {fault}", call.name))?;
        }
    }
    writeln!(
        out,
        "/// Where doc comments of calls leave their form.\npub static FAULTS: &[&str] = &[\n{faults}];"
    )?;
    let mut patterns = vec!["[z]x_*".to_owned(), "[_]zx_*".to_owned()];
    for (at, call) in calls.iter().enumerate() {
        if call.no_mangle {
            return Err(
                format!("{}: `no_mangle` exports it twice; leave it out", call.name).into(),
            );
        }
        out.push_str(&watched(at, call, uapi)?);
        out.push_str(&stub(call)?);
        if !call.is_system_call() {
            let (first, rest) = call.name.split_at(1);
            patterns.push(format!("[{first}]{rest}"));
        }
    }
    writeln!(
        out,
        "#[unsafe(export_name = {:?})]\nstatic PATTERNS: [u8; 0] = [];",
        patterns.join("; ")
    )?;
    Ok(out)
}

/// The type of a parameter of an exported function: a primitive, or an untyped pointer.
fn passed(ty: &Type, uapi: &Uapi) -> String {
    match ty {
        Type::Ptr(pointer) if pointer.mutability.is_some() => "*mut c_void".to_owned(),
        Type::Ptr(_) => "*const c_void".to_owned(),
        _ => {
            let name = type_name(ty);
            match uapi.records.get(&name) {
                Some(record) => record.path.clone(),
                None => uapi.primitive(&name).to_owned(),
            }
        }
    }
}

/// The function that tells of a call around its body.
fn watched(at: usize, call: &Call, uapi: &Uapi) -> Result<String, Box<dyn Error>> {
    let mut parameters = Vec::new();
    let mut words = Vec::new();
    let mut arguments = Vec::new();
    for Parameter { name, ty, .. } in &call.parameters {
        parameters.push(format!("{name}: {}", passed(ty, uapi)));
        if matches!(ty, Type::Ptr(_)) {
            words.push(format!("{name}.addr() as u64"));
            arguments.push(format!("{name}.cast()"));
        } else {
            words.push(format!("{name} as u64"));
            arguments.push(name.clone());
        }
    }
    let (name, module) = (&call.name, &call.module);
    let mut body = format!("crate::calls::{module}::{name}({})", arguments.join(", "));
    if call.is_unsafe {
        body = format!("unsafe {{ {body} }}");
    }
    let result = match &call.result {
        None => String::new(),
        Some(ty) => format!(
            " -> {}",
            match ty {
                Type::Never(_) => "!".to_owned(),
                _ => passed(ty, uapi),
            }
        ),
    };
    let words = words.join(", ");
    let parameters = parameters.join(", ");
    let mut out = String::new();
    write!(
        out,
        "extern \"C\" fn watched_{name}({parameters}){result} {{ "
    )?;
    match &call.result {
        Some(Type::Never(_)) => {
            write!(out, "watch::leaving(&CALLS[{at}], &[{words}]); {body} ")?;
        }
        result => {
            // A pointer that comes back loses its type like those that go in.
            let cast = if matches!(result, Some(Type::Ptr(_))) {
                ".cast()"
            } else {
                ""
            };
            write!(
                out,
                "watch::call(&CALLS[{at}], &[{words}], || {body}{cast}) "
            )?;
        }
    }
    writeln!(out, "}}")?;
    Ok(out)
}

/// The exported function.
fn stub(call: &Call) -> Result<String, Box<dyn Error>> {
    let (name, module) = (&call.name, &call.module);
    let strong = match call.is_system_call() {
        true => format!("_{name}"),
        false => name.clone(),
    };
    let mut lines = vec![
        format!(".pushsection .text.{strong},\\\"ax\\\",@progbits"),
        ".p2align 4".to_owned(),
        format!(".globl {strong}"),
        format!(".type {strong},@function"),
    ];
    let mut names = vec![strong];
    if call.is_system_call() {
        lines.push(format!(".weak {name}"));
        lines.push(format!(".type {name},@function"));
        names.push(name.clone());
    }
    lines.extend(names.iter().map(|name| format!("{name}:")));
    let code: &[&str] = match env::var("CARGO_CFG_TARGET_ARCH")?.as_str() {
        "x86_64" => &[
            "cmp byte ptr [rip + {on}], 0",
            "jne 2f",
            "jmp {body}",
            "2: jmp {watched}",
        ],
        "aarch64" => &[
            "adrp x16, {on}",
            "ldrb w16, [x16, :lo12:{on}]",
            "cbnz w16, 2f",
            "b {body}",
            "2: b {watched}",
        ],
        other => return Err(format!("no libzx for {other}").into()),
    };
    lines.extend(code.iter().map(|&line| line.to_owned()));
    lines.extend(names.iter().map(|name| format!(".size {name}, . - {name}")));
    lines.push(".popsection".to_owned());
    let lines: Vec<_> = lines.iter().map(|line| format!("\"{line}\"")).collect();
    Ok(format!(
        "core::arch::global_asm!({}, on = sym watch::WATCHED, body = sym crate::calls::{module}::{name}, \
         watched = sym watched_{name});\n",
        lines.join(", ")
    ))
}

/// The record of a call in the table.
fn record(call: &Call, number: usize, uapi: &Uapi, records: &mut BTreeMap<String, ()>) -> String {
    let parameters: Vec<_> = call
        .parameters
        .iter()
        .map(|parameter| parameter_record(parameter, call, uapi, records))
        .collect();
    let mut statuses: Vec<&str> = Vec::new();
    for status in call.failures.iter().flat_map(|failure| &failure.statuses) {
        if uapi.constants.iter().any(|(name, _)| name == status) {
            statuses.push(status);
        }
    }
    let statuses: Vec<_> = statuses
        .iter()
        .map(|status| format!("crate::uapi::errors::{status}"))
        .collect();
    let reasons: Vec<_> = call
        .failures
        .iter()
        .flat_map(|failure| {
            failure
                .statuses
                .iter()
                .map(|_| failure.text.replace('`', ""))
        })
        .map(|text| format!("{text:?}"))
        .collect();
    let support = call.support.as_ref().map(|text| text.join(" "));
    let state = match support.as_deref() {
        None => "State::Complete".to_owned(),
        Some(text) => match text.split_once(": ") {
            Some(("Checks only", reason)) => format!("State::ChecksOnly({reason:?})"),
            Some((_, reason)) => format!("State::Partial({reason:?})"),
            None => format!("State::Partial({text:?})"),
        },
    };
    let generation = match call.generation.as_ref().map(|text| text.concat()) {
        Some(text) if text.starts_with("Later") => "Later",
        Some(_) => "Older",
        None => "Base",
    };
    let result = match &call.result {
        None => "Kind::Nothing".to_owned(),
        Some(Type::Ptr(_)) => "Kind::Text".to_owned(),
        Some(ty) => kind(&type_name(ty), "", uapi, records),
    };
    format!(
        "    Call {{ name: {:?}, number: {number}, family: {:?}, generation: Generation::{generation}, \
         state: {state}, parameters: &[{}], result: {result}, statuses: &[{}], reasons: &[{}], blocks: {} }},",
        call.name,
        call.family(),
        parameters.join(", "),
        statuses.join(", "),
        reasons.join(", "),
        call.blocks.is_some()
    )
}

fn parameter_record(
    parameter: &Parameter,
    call: &Call,
    uapi: &Uapi,
    records: &mut BTreeMap<String, ()>,
) -> String {
    let name = type_name(&parameter.ty);
    let index = |wanted: &str| {
        call.parameters
            .iter()
            .position(|parameter| parameter.name == wanted)
            .unwrap_or(0)
    };
    let constants = || {
        let list: Vec<_> = parameter
            .constants
            .iter()
            .flat_map(|pattern| match pattern.starts_with("0x") {
                true => vec![format!("({pattern:?}, {pattern} as u64)")],
                false => uapi
                    .matching(pattern)
                    .into_iter()
                    .map(|(name, path)| format!("({name:?}, {path} as u64)"))
                    .collect(),
            })
            .collect();
        format!("&[{}]", list.join(", "))
    };
    let kind = if parameter.ignored {
        "Kind::Number".to_owned()
    } else if parameter.is_options {
        format!(
            "Kind::Options {{ constants: {}, unchecked: {} }}",
            constants(),
            parameter.unchecked
        )
    } else if !parameter.constants.is_empty() {
        format!("Kind::Value({})", constants())
    } else if name == "zx_handle_t" {
        let types: Vec<_> = parameter
            .types
            .iter()
            .map(|ty| {
                format!(
                    "crate::uapi::types::ZX_OBJ_TYPE_{}",
                    ty.to_uppercase().replace(' ', "_")
                )
            })
            .collect();
        let rights: Vec<_> = parameter
            .rights
            .iter()
            .map(|right| format!(" | crate::uapi::rights::{right}"))
            .collect();
        let consumed = match parameter.consumed {
            None => "Never",
            Some(true) => "Always",
            Some(false) => "OnSuccess",
        };
        format!(
            "Kind::Handle {{ types: &[{}], rights: 0{}, vary: {}, consumed: Consumed::{consumed} }}",
            types.join(", "),
            rights.concat(),
            parameter.rights_vary
        )
    } else {
        kind(&name, &parameter.name, uapi, records)
    };
    let pointer = match &parameter.ty {
        Type::Ptr(_) => {
            let extent = match &parameter.extent {
                Extent::One => "Extent::One".to_owned(),
                Extent::Terminated => "Extent::Terminated".to_owned(),
                Extent::Elements(count) => format!("Extent::Elements({})", index(count)),
                Extent::Bytes(size) => format!("Extent::Bytes({})", index(size)),
            };
            let direction = match parameter.direction {
                Direction::In => "In",
                Direction::Out => "Out",
                Direction::InOut => "InOut",
            };
            let used = match &parameter.used {
                Some(used) => format!("Some({})", index(used)),
                None => "None".to_owned(),
            };
            let size = size(&name, uapi);
            format!(
                "Some(Pointer {{ direction: Direction::{direction}, extent: {extent}, used: {used}, size: {size} }})"
            )
        }
        _ => "None".to_owned(),
    };
    format!(
        "Parameter {{ name: {:?}, kind: {kind}, pointer: {pointer}, optional: {} }}",
        parameter.name, parameter.optional
    )
}

/// The kind of a value by its type and, where the type is a bare number, its name.
fn kind(ty: &str, name: &str, uapi: &Uapi, records: &mut BTreeMap<String, ()>) -> String {
    let plain = match ty {
        "zx_status_t" => "Status",
        "zx_signals_t" => "Signals",
        "zx_rights_t" => "Rights",
        "zx_koid_t" => "Koid",
        "zx_duration_t" => "Duration",
        "zx_time_t" if name.contains("deadline") => "Deadline",
        "zx_time_t" => "Time",
        "zx_vaddr_t" | "zx_gpaddr_t" | "zx_paddr_t" | "uintptr_t" => "Address",
        "c_char" => "Text",
        "c_void" => "Bytes",
        "c_bool" | "bool" => "Bool",
        "!" => "Nothing",
        "zx_handle_t" => {
            return "Kind::Handle { types: &[], rights: 0, vary: false, consumed: Consumed::Never }"
                .to_owned();
        }
        _ if uapi.records.contains_key(ty) => {
            records.insert(ty.to_owned(), ());
            return format!("Kind::Record(&{})", ty.to_uppercase());
        }
        _ => match uapi.primitive(ty) {
            "i8" | "i16" | "i32" | "i64" | "isize" => "Signed",
            _ if matches!(name, "clear_mask" | "set_mask" | "signals") => "Signals",
            _ if name.contains("addr") || name.contains("offset") => "Address",
            _ => "Number",
        },
    };
    format!("Kind::{plain}")
}

/// The records in use, those in their members included.
fn finish(mut wanted: BTreeMap<String, ()>, uapi: &Uapi) -> BTreeMap<String, String> {
    let mut done = BTreeMap::new();
    while let Some((name, ())) = wanted.pop_first() {
        let Some(record) = uapi.records.get(&name) else {
            continue;
        };
        let mut inner = BTreeMap::new();
        let fields: Vec<_> = record
            .members
            .iter()
            .filter_map(|member| field(&record.path, member, uapi, &mut inner))
            .collect();
        let text = format!(
            "Record {{ name: {name:?}, size: size_of::<{}>(), fields: &[{}] }}",
            record.path,
            fields.join(", ")
        );
        done.insert(name, text);
        wanted.extend(
            inner
                .into_iter()
                .filter(|(name, ())| !done.contains_key(name)),
        );
    }
    done
}

/// A member in the table; none for padding.
fn field(
    path: &str,
    member: &Member,
    uapi: &Uapi,
    records: &mut BTreeMap<String, ()>,
) -> Option<String> {
    let name = member.name.trim_start_matches("r#");
    if name.starts_with("padding") || name.starts_with("reserved") {
        return None;
    }
    let (ty, count) = match &member.ty {
        Type::Array(array) => (&*array.elem, length(&array.len, uapi)?),
        ty => (ty, "1".to_owned()),
    };
    let type_name = type_name(ty);
    if matches!(ty, Type::Path(_)) && uapi.primitive(&type_name).is_empty() {
        return None; // an alias of an array of arrays, which no formatter shows
    }
    let (kind, size) = match ty {
        Type::Ptr(_) => ("Kind::Address".to_owned(), "8".to_owned()),
        _ => (
            kind(&type_name, name, uapi, records),
            size(&type_name, uapi),
        ),
    };
    Some(format!(
        "Field {{ name: {name:?}, offset: core::mem::offset_of!({path}, {}), kind: {kind}, size: {size}, count: {count} }}",
        member.name
    ))
}

/// The length of an array, when it is a number or a constant.
fn length(len: &Expr, uapi: &Uapi) -> Option<String> {
    match len {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => Some(number.base10_digits().to_owned()),
        Expr::Path(path) => {
            let name = path.path.segments.last()?.ident.to_string();
            let (_, path) = uapi.matching(&name).into_iter().next()?;
            Some(format!("{path} as usize"))
        }
        _ => None,
    }
}

/// The size of a type, as an expression.
fn size(name: &str, uapi: &Uapi) -> String {
    match uapi.records.get(name) {
        Some(record) => format!("size_of::<{}>()", record.path),
        None => match uapi.primitive(name) {
            "c_void" | "c_char" | "c_bool" => "1".to_owned(),
            primitive => format!("size_of::<{primitive}>()"),
        },
    }
}

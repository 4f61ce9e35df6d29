// SPDX-License-Identifier: MIT
//! Turns the typedefs and records of `libzx/uapi/` into C, and the exported functions of
//! `libzx/calls/` into prototypes. cbindgen does the work; what is here gives its output the form of
//! Zircon's headers: struct tags without `_t`, unnamed inner records, flexible array members.

use cbindgen::{Builder, Config, DocumentationStyle, ItemType, Language, Style};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::calls::Call;
use crate::prose::comment;

/// Types a template spells out by hand, because C and C++ see them differently.
const BY_HAND: [&str; 2] = ["zx_futex_t", "zx_string_view_t"];

fn config(items: &[ItemType]) -> Config {
    let mut config = Config {
        language: Language::C,
        style: Style::Both,
        documentation_style: DocumentationStyle::Cxx,
        usize_is_size_t: items == [ItemType::Functions], // records say which they mean
        no_includes: true,
        line_length: 100,
        ..Config::default()
    };
    config.export.item_types = items.to_vec();
    config.function.no_return = Some("__NO_RETURN".to_owned());
    config.layout.aligned_n = Some("__ALIGNED".to_owned());
    for cpu in ["x86_64", "aarch64"] {
        let defined = format!("__{cpu}__");
        config
            .defines
            .insert(format!("target_arch = {cpu}"), defined);
    }
    let later = ("libzx_later_abi".to_owned(), "LIBZX_LATER_ABI".to_owned());
    config.defines.extend([later]);
    config
}

fn run(path: &Path, config: Config) -> Result<String, String> {
    let bindings = Builder::new()
        .with_config(config)
        .with_src(path)
        .generate()
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).map_err(|error| error.to_string())
}

/// The prototypes of functions: cbindgen makes them of a file written at `path`, which declares
/// each with its comment and under both names.
pub fn prototypes(calls: &[&Call], path: &Path) -> Result<String, Box<dyn Error>> {
    let mut source = String::new();
    for call in calls {
        for line in comment(call) {
            writeln!(
                source,
                "///{}{line}",
                if line.is_empty() { "" } else { " " }
            )?;
        }
        source.push_str(&declaration(call, &call.name));
        if call.is_system_call() {
            source.push_str(&declaration(call, &format!("_{}", call.name)));
        }
    }
    fs::write(path, source)?;
    Ok(run(path, config(&[ItemType::Functions]))?.trim().to_owned())
}

fn declaration(call: &Call, name: &str) -> String {
    let parameters: Vec<_> = call
        .parameters
        .iter()
        .map(|parameter| {
            let ty = &parameter.ty;
            format!("{}: {}", parameter.name, quote::quote!(#ty))
        })
        .collect();
    let result = match &call.result {
        Some(ty) => format!(" -> {}", quote::quote!(#ty)),
        None => String::new(),
    };
    let parameters = parameters.join(", ");
    format!("#[unsafe(no_mangle)]\npub extern \"C\" fn {name}({parameters}){result} {{}}\n")
}

/// The typedefs and records of `path`, whose text is `source`.
pub fn records(path: &Path, source: &str) -> Result<String, String> {
    let mut config = config(&[
        ItemType::Structs,
        ItemType::Unions,
        ItemType::Typedefs,
        ItemType::OpaqueItems,
    ]);
    for line in source.lines() {
        let words: Vec<_> = line.split([' ', '=', ';', '{']).collect();
        if let ["pub", "type" | "struct" | "union", name, ..] = words[..] {
            config.export.include.push(name.to_owned());
        }
    }
    config.export.exclude = BY_HAND.map(str::to_owned).to_vec();
    Ok(fold(&run(path, config)?))
}

/// Writes inner records into the records that hold them.
fn fold(text: &str) -> String {
    let mut inner: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut out = Vec::new();
    for block in text
        .split("\n\n")
        .map(str::trim)
        .filter(|block| !block.is_empty())
    {
        let mut lines = Vec::new();
        let mut name = None;
        for line in block.lines() {
            if let (Some(head), true) = (line.strip_prefix("typedef "), line.ends_with('{')) {
                let words: Vec<_> = head.split(' ').collect();
                let tag = words[words.len() - 2];
                name = Some((words[0].to_owned(), tag.to_owned(), lines.len() + 1));
                let short = tag.strip_suffix("_t").unwrap_or(tag);
                lines.push(line.replace(&format!(" {tag} {{"), &format!(" {short} {{")));
            } else {
                member(line, &inner, &mut lines);
            }
        }
        match name {
            Some((kind, tag, start)) if tag.contains("__") => {
                let end = lines.iter().rposition(|line| line.starts_with('}'));
                let body = lines[start..end.unwrap_or(start)].to_vec();
                inner.insert(tag, (kind, body));
            }
            _ => out.push(quiet(&lines.join("\n"))),
        }
    }
    out.join("\n\n") + "\n"
}

/// Around a record with a flexible array member, which C++ lacks: g++ takes `__extension__` before
/// the member as leave for it, clang++ does not.
fn quiet(record: &str) -> String {
    if !record.contains("[];") {
        return record.to_owned();
    }
    format!(
        "#if defined(__clang__)\n\
         #pragma clang diagnostic push\n\
         #pragma clang diagnostic ignored \"-Wc99-extensions\"\n\
         #endif\n\
         {record}\n\
         #if defined(__clang__)\n\
         #pragma clang diagnostic pop\n\
         #endif"
    )
}

/// Writes one line of a record, unfolding the type of the member when it is an inner record.
fn member(line: &str, inner: &BTreeMap<String, (String, Vec<String>)>, out: &mut Vec<String>) {
    let line = line.replace("c_bool ", "bool ");
    let line = line
        .replace("struct zx_", "zx_")
        .replace("union zx_", "zx_"); // typedefs suffice
    let parts = line.trim_start().split_once(' ');
    let found = parts.and_then(|(ty, rest)| Some((inner.get(ty)?, rest)));
    let flexible = line.ends_with("[0];");
    let extension = if flexible { "__extension__ " } else { "" };
    let Some(((kind, body), declarator)) = found else {
        let line = line.replace("[0];", "[];");
        out.push(match line.strip_prefix("  ") {
            Some(rest) => format!("  {extension}{rest}"),
            None => line,
        });
        return;
    };
    if declarator == "anon;" && out.last().is_some_and(|line| line.contains("///")) {
        out.pop(); // it explains a name that C does not see
    }
    out.push(match declarator {
        "anon;" => format!("  __extension__ {kind} {{"),
        _ => format!("  {extension}{kind} {{"),
    });
    out.extend(body.iter().map(|line| format!("  {line}")));
    out.push(match declarator {
        "anon;" => "  };".to_owned(),
        _ => format!("  }} {}", declarator.replace("[0];", "[];")),
    });
}

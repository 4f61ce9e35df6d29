// SPDX-License-Identifier: MIT
//! The headers in `include/` are those `build.rs` generates, byte for byte.
//!
//! `ZX_BLESS=1 cargo test --test headers` copies the generated ones over them.

#![allow(clippy::panic)] // a test ends there

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Every file below `root`, by relative path.
fn files(root: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap_or(&path).to_owned();
                found.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

/// Makes the files below `root` those in `wanted`.
fn bless(root: &Path, wanted: &BTreeMap<PathBuf, Vec<u8>>) -> io::Result<()> {
    for name in files(root)?
        .keys()
        .filter(|name| !wanted.contains_key(*name))
    {
        fs::remove_file(root.join(name))?;
    }
    for (name, text) in wanted {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(path, text)?;
    }
    Ok(())
}

#[test]
fn headers_committed_match_generated() -> io::Result<()> {
    let generated = files(Path::new(env!("LIBZX_HEADERS")))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    if env::var_os("ZX_BLESS").is_some_and(|value| value == "1") {
        fs::create_dir_all(&root)?;
        bless(&root, &generated)?;
    }
    let committed = files(&root)?;
    let stale: Vec<_> = generated
        .keys()
        .chain(committed.keys())
        .filter(|name| generated.get(*name) != committed.get(*name))
        .collect();
    assert!(
        stale.is_empty(),
        "run ZX_BLESS=1 cargo test --test headers; stale: {stale:?}"
    );
    Ok(())
}

#[test]
fn comments_of_calls_keep_to_their_form() {
    let faults = zx::calls::table::FAULTS;
    assert!(
        faults.is_empty(),
        "see the documentation of libzx/calls/mod.rs:\n{}",
        faults.join("\n")
    );
}

/// What stands between two lines of a text.
fn section<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    let (inside, _) = rest.split_once(end)?;
    Some(inside)
}

#[test]
fn support_table_is_that_of_the_declarations() -> io::Result<()> {
    let parts = [
        (
            "calls",
            include_str!(concat!(env!("OUT_DIR"), "/support-calls.md")),
        ),
        (
            "missing",
            include_str!(concat!(env!("OUT_DIR"), "/support-missing.md")),
        ),
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/support.md");
    let mut text = fs::read_to_string(&path)?;
    for (name, wanted) in parts {
        let begin = format!("<!-- {name}: made from the declarations -->\n\n");
        let end = "\n<!-- end -->";
        let Some(found) = section(&text, &begin, end).map(str::to_owned) else {
            panic!("docs/support.md has no part {name}");
        };
        if name == "missing" {
            // A call that was there once stays.
            let lost: Vec<_> = wanted
                .lines()
                .filter(|line| !found.contains(line))
                .collect();
            assert!(lost.is_empty(), "no longer declared: {lost:?}");
        }
        if env::var_os("ZX_BLESS").is_some_and(|value| value == "1") {
            text = text.replace(
                &format!("{begin}{found}{end}"),
                &format!("{begin}{wanted}{end}"),
            );
            fs::write(&path, &text)?;
        } else {
            assert_eq!(
                found, wanted,
                "run ZX_BLESS=1 cargo test --test headers: docs/support.md, {name}"
            );
        }
    }
    Ok(())
}

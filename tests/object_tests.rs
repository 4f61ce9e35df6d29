// SPDX-License-Identifier: MIT
//! docs/object-tests.md names tests that exist.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::{fs, result};

type Result<T> = result::Result<T, Box<dyn Error>>;

/// The names of all tests in `ctests/`.
fn tests(root: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root.join("ctests"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "c") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let names = text.lines().filter_map(|line| line.strip_prefix("TEST("));
        found.extend(names.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
    }
    Ok(found)
}

/// What stands between backquotes and looks like the name of a test, not of a
/// call, a constant or a file.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|word| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        word.chars().all(plain) && !word.starts_with("zx_")
    })
}

#[test]
fn tests_named_in_the_table_exist() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/object-tests.md"))?;
    let tests = tests(root)?;
    let missing: Vec<_> = named(&table)
        .filter(|name| !tests.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
    assert!(named(&table).count() > 100);
    Ok(())
}

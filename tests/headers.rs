// SPDX-License-Identifier: MIT
//! The headers in `include/` are those `build.rs` generates, byte for byte.
//!
//! `ZX_BLESS=1 cargo test --test headers` copies the generated ones over them.

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

// SPDX-License-Identifier: MIT
//! The modules of the library import in one direction, as `libzx/lib.rs` and
//! `libzx/hypervisor/mod.rs` say.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Every source file below a folder of `libzx/`.
fn sources(folder: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new("libzx").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// The lines of a folder's code, comments left out, that name one of these.
fn lines_with(folder: &str, names: &[&str]) -> io::Result<Vec<String>> {
    let sources = sources(folder)?;
    assert!(!sources.is_empty(), "no sources in {folder}");
    let mut found = Vec::new();
    for path in sources {
        for (number, line) in fs::read_to_string(&path)?.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if names.iter().any(|name| code.contains(name)) {
                found.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    Ok(found)
}

#[test]
fn objects_and_guests_do_not_know_the_edge() -> io::Result<()> {
    for folder in ["object", "hypervisor", "sys", "uapi"] {
        assert_eq!(
            lines_with(folder, &["crate::calls"])?,
            [""; 0],
            "in {folder}"
        );
    }
    Ok(())
}

#[test]
fn guests_do_not_know_objects() -> io::Result<()> {
    assert_eq!(lines_with("hypervisor", &["crate::object"])?, [""; 0]);
    Ok(())
}

#[test]
fn processors_do_not_know_the_backend_nor_it_the_run_loop() -> io::Result<()> {
    let backend = [
        "hypervisor::kvm",
        "super::kvm",
        "kvm_bindings",
        "kvm_ioctls",
    ];
    assert_eq!(lines_with("hypervisor/arch", &backend)?, [""; 0]);
    let run_loop = ["hypervisor::vcpu", "super::super::super::vcpu"];
    for folder in ["hypervisor/arch", "hypervisor/kvm"] {
        assert_eq!(lines_with(folder, &run_loop)?, [""; 0], "in {folder}");
    }
    Ok(())
}

// SPDX-License-Identifier: MIT
//! The table of calls against everything that has to agree with it: exported names, headers,
//! documentation, and the machine-readable ABI where it is at hand.

#![allow(clippy::unwrap_used, clippy::panic)] // a test ends there

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use zx::calls::table::{CALLS, Call};

/// Numbers that were given when the list had this many names: they stay.
const FROZEN: (usize, u64) = (241, 0xb42e_db78_3b2e_6d37);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The folder with this build's libraries.
fn deps() -> PathBuf {
    let executable = env::current_exe().unwrap();
    executable.parent().unwrap().to_owned()
}

fn is_system_call(call: &Call) -> bool {
    call.name.starts_with("zx_")
}

/// The names in the numbers' file.
fn names() -> Vec<String> {
    let text = fs::read_to_string(root().join("libzx/calls/numbers.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[test]
fn numbers_never_change() {
    let names = names();
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in names[..FROZEN.0].join("\n").bytes() {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    assert_eq!(sum, FROZEN.1, "a line of numbers.txt was moved or removed");
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "a name stands there twice");
    for call in &CALLS {
        assert_eq!(names[usize::from(call.number)], call.name);
    }
}

/// The names and binding letters of the shared library's functions.
fn exported() -> Vec<(char, String)> {
    let library = deps().join("libzx.so");
    let output = Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(library)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let symbol = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let letter = words.next()?.chars().next()?;
        let name = words.next()?.split('@').next()?;
        Some((letter, name.to_owned()))
    };
    text.lines().filter_map(symbol).collect()
}

#[test]
fn exports_are_the_calls_of_the_table() {
    let mut expected = BTreeSet::new();
    for call in &CALLS {
        if is_system_call(call) {
            expected.insert(('W', call.name.to_owned()));
            expected.insert(('T', format!("_{}", call.name)));
        } else {
            expected.insert(('T', call.name.to_owned()));
        }
    }
    let exported: BTreeSet<_> = exported().into_iter().collect();
    let differing: Vec<_> = expected.symmetric_difference(&exported).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

/// Every word of the headers outside of comments.
fn declared() -> BTreeSet<String> {
    fn walk(folder: &Path, words: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, words);
                continue;
            }
            for line in fs::read_to_string(path).unwrap().lines() {
                let code = line.split("//").next().unwrap_or_default();
                let parts = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                words.extend(parts.map(str::to_owned));
            }
        }
    }
    let mut words = BTreeSet::new();
    walk(&root().join("include"), &mut words);
    words
}

#[test]
fn every_exported_name_is_declared() {
    let declared = declared();
    let missing: Vec<_> = exported()
        .into_iter()
        .filter(|(_, name)| !declared.contains(name))
        .collect();
    assert!(missing.is_empty(), "no header declares {missing:?}");
}

#[test]
fn statically_linked_program_may_have_functions_named_like_calls() {
    let program = deps().join("own_names_static");
    let status = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(root().join("include"))
        .arg("-o")
        .arg(&program)
        .arg(root().join("ctests/own_names.c"))
        .arg(deps().join("libzx.a"))
        .args(["-lpthread", "-ldl", "-lm"])
        .status()
        .unwrap();
    assert!(status.success(), "it does not link");
    let output = Command::new(&program).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.lines().filter(|l| l.starts_with("ok ")).count(), 3);
}

/// Every name of the machine-readable ABI has a number, so that it is either a call or listed in
/// docs/support.md as not there yet. The file is not part of the repository.
#[test]
fn every_name_of_the_abi_has_a_number() {
    let path = root().join("../shared/abi/abi.json");
    let Ok(text) = fs::read_to_string(path) else {
        println!("no ../shared/abi/abi.json here, nothing compared");
        return;
    };
    let names: BTreeSet<_> = names().into_iter().collect();
    let Some((_, calls)) = text.split_once("\"syscalls\"") else {
        panic!("abi.json has no calls");
    };
    let mut count = 0;
    for part in calls.split("\"name\"").skip(1) {
        let name = part.split('"').nth(1).unwrap_or_default();
        let is_call = part.contains("\"prototype\"") && !part.contains("\"inline\": true");
        if name.starts_with("zx_") && is_call {
            count += 1;
            assert!(names.contains(name), "{name} has no line in numbers.txt");
        }
    }
    assert!(count > 200, "{count} names");
}

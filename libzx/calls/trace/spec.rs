// SPDX-License-Identifier: MIT
//! What is to be traced and where it goes: the value of `LIBZX_TRACE`.

use nix::libc;

use super::json::Json;
use super::{json, slow};
use crate::calls::table::{CALLS, Call};

/// What is traced.
pub struct Config {
    calls: [bool; CALLS.len()],
    /// Only calls that fail.
    pub failed: bool,
    /// Exits of guests too.
    pub exits: bool,
    /// With the program's frames.
    pub stack: bool,
    /// Where lines go; none for no lines.
    pub text: Option<i32>,
    /// Where events go.
    pub json: Option<Json>,
}

impl Config {
    /// Understands a list of parts; tells of those that it does not.
    pub fn parse(spec: &[u8]) -> Option<Config> {
        let spec = String::from_utf8_lossy(spec);
        let mut config = Config {
            calls: [false; CALLS.len()],
            failed: false,
            exits: false,
            stack: false,
            text: None,
            json: None,
        };
        let (mut selected, mut excluded) = (false, Vec::new());
        let mut to_file = false;
        for part in spec
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part {
                "1" | "all" => {
                    config.calls.fill(true);
                    selected = true;
                }
                "failed" => config.failed = true,
                "exits" => config.exits = true,
                "stack" => config.stack = true,
                _ => {
                    if let Some(path) = part.strip_prefix("file=") {
                        to_file = true;
                        config.text = open(path, libc::O_APPEND);
                    } else if let Some(path) = part.strip_prefix("json=") {
                        config.json = open(path, libc::O_TRUNC).map(Json::new);
                    } else if let Some(rest) = part.strip_prefix('-') {
                        if matching(rest).next().is_none() {
                            warn(part);
                        }
                        excluded.extend(matching(rest));
                    } else if matching(part).next().is_some() {
                        selected = true;
                        for index in matching(part) {
                            config.calls[index] = true;
                        }
                    } else {
                        warn(part);
                    }
                }
            }
        }
        if !selected {
            config.calls.fill(true);
        }
        for index in excluded.into_iter().chain(matching("libzx_trace")) {
            config.calls[index] = false;
        }
        let only_json = config.json.is_some() && !selected && !to_file;
        if config.text.is_none() && !to_file && !only_json {
            config.text = Some(libc::STDERR_FILENO);
        }
        if config.text.is_some() {
            slow::start();
        }
        if config.json.is_some() {
            json::finish_at_exit();
        }
        Some(config)
    }

    /// Whether a call is traced.
    pub fn selects(&self, call: &Call) -> bool {
        let index = CALLS.iter().position(|known| std::ptr::eq(known, call));
        index.is_some_and(|index| self.calls[index])
    }

    /// Writes what ends the file of events. Files stay open: a call of another
    /// thread may be about to write.
    pub fn finish(&self) {
        if let Some(json) = &self.json {
            json.finish();
        }
    }
}

/// The calls of a family, or the call of a name.
fn matching(word: &str) -> impl Iterator<Item = usize> {
    CALLS
        .iter()
        .enumerate()
        .filter(move |(_, call)| call.family == word || call.name == word)
        .map(|(index, _)| index)
}

fn warn(part: &str) {
    let text = format!("libzx: LIBZX_TRACE: {part} is neither a call, a family nor an option\n");
    write(libc::STDERR_FILENO, text.as_bytes());
}

/// Opens a file, `%p` in whose path is the process.
pub fn open(path: &str, how: i32) -> Option<i32> {
    let path = path.replace("%p", &std::process::id().to_string());
    let name = std::ffi::CString::new(path.clone()).ok()?;
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_CLOEXEC | how;
    // SAFETY: the name ends with a zero byte.
    let fd = unsafe { libc::open(name.as_ptr(), flags, 0o666) };
    if fd < 0 {
        let error = std::io::Error::last_os_error();
        let text = format!("libzx: LIBZX_TRACE: {path}: {error}\n");
        write(libc::STDERR_FILENO, text.as_bytes());
        return None;
    }
    Some(fd)
}

/// Writes a text at once. What the file does not take is lost.
pub fn write(fd: i32, text: &[u8]) {
    // SAFETY: the text is readable for its size. The bare system call is no
    // cancellation point.
    unsafe { libc::syscall(libc::SYS_write, fd, text.as_ptr(), text.len()) };
}

// SPDX-License-Identifier: MIT
//! What Linux tells of the process's threads.
#![allow(unsafe_code)]

use std::fs;

use nix::libc;

use crate::sys::cancel;

/// How many bytes of a name Linux keeps.
pub const NAME_LEN: usize = 15;

/// The numbers of all threads of the process.
pub fn threads() -> Vec<libc::pid_t> {
    let number = |task: fs::DirEntry| task.file_name().to_str()?.parse().ok();
    cancel::disabled(|| {
        let tasks = fs::read_dir("/proc/self/task");
        let tasks = tasks.map(|tasks| tasks.flatten().filter_map(number).collect());
        tasks.unwrap_or_default()
    })
}

/// Whether the process has a thread with this number.
pub fn thread_exists(tid: libc::pid_t) -> bool {
    // SAFETY: takes no arguments and cannot fail.
    let process = unsafe { libc::getpid() };
    // SAFETY: no signal is sent, this only asks.
    unsafe { libc::syscall(libc::SYS_tgkill, process, tid, 0) == 0 }
}

fn file(tid: libc::pid_t, name: &str) -> String {
    format!("/proc/self/task/{tid}/{name}")
}

/// What Linux calls a thread; empty when it does not tell.
pub fn thread_name(tid: libc::pid_t) -> Vec<u8> {
    let mut name = cancel::disabled(|| fs::read(file(tid, "comm"))).unwrap_or_default();
    if name.last() == Some(&b'\n') {
        name.pop();
    }
    name
}

/// Has Linux call a thread so, as far as it keeps names. Without `/proc` it
/// does not.
pub fn set_thread_name(tid: libc::pid_t, name: &[u8]) {
    let name = &name[..name.len().min(NAME_LEN)];
    let _ = cancel::disabled(|| fs::write(file(tid, "comm"), name));
}

/// The times of a thread.
pub struct ThreadTimes {
    /// How long it has run,
    pub runtime_ns: i64,
    /// how long it has waited for a processor,
    pub queue_ns: i64,
    /// and which one it ran on last, if it has run.
    pub processor: Option<u32>,
}

impl ThreadTimes {
    /// As they are now.
    pub fn now(tid: libc::pid_t) -> ThreadTimes {
        // A clock of one thread: its number, inverted, and three bits that
        // choose the time that it has run on processors.
        let clock = (!tid << 3) | 6;
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `time` is writable; a clock that does not exist is an error,
        // which leaves it zero.
        unsafe { libc::clock_gettime(clock, &raw mut time) };
        let schedule =
            cancel::disabled(|| fs::read_to_string(file(tid, "schedstat"))).unwrap_or_default();
        let queued = schedule.split_whitespace().nth(1);
        let stat = cancel::disabled(|| fs::read_to_string(file(tid, "stat"))).unwrap_or_default();
        ThreadTimes {
            runtime_ns: time.tv_sec * 1_000_000_000 + time.tv_nsec,
            queue_ns: queued.and_then(|word| word.parse().ok()).unwrap_or(0),
            processor: last_processor(&stat),
        }
    }
}

/// The 39th field of a line of `stat`, whose second one ends with the last
/// bracket.
fn last_processor(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(39 - 3)?.parse().ok()
}

/// How many processors the machine has, running or not.
pub fn configured_processors() -> usize {
    // SAFETY: this only asks for a number.
    let told = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_CONF) };
    usize::try_from(told).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_found_behind_any_name() {
        let fields: Vec<String> = (3..=52).map(|n| n.to_string()).collect();
        let line = format!("17 (a) b) {}", fields.join(" "));
        assert_eq!(last_processor(&line), Some(39));
        assert_eq!(last_processor("17 (a"), None);
    }

    #[test]
    fn the_calling_thread_has_run() {
        // SAFETY: takes no arguments and cannot fail.
        let tid = unsafe { libc::gettid() };
        let times = ThreadTimes::now(tid);
        assert!(times.runtime_ns > 0 && times.processor.is_some());
        assert!(threads().contains(&tid) && thread_exists(tid));
    }
}

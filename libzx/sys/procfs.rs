// SPDX-License-Identifier: MIT
//! What Linux tells about the machine and the process in `/proc`. Numbers
//! that are not in a file are 0.

use std::ffi::CStr;

use super::file;
use crate::status::{Result, Status};

mod threads;

/// The text of a file that every `/proc` has. `NOT_SUPPORTED` where there is
/// none.
fn read(path: &CStr) -> Result<String> {
    file::read_text(path).map_err(|status| match status {
        Status::NO_MEMORY | Status::NO_RESOURCES => status,
        _ => Status::NOT_SUPPORTED,
    })
}

pub use threads::*;

/// Linux counts the time of processors in hundredths of a second, whatever its
/// own clock does.
const TICK_NS: i64 = 10_000_000;

/// The machine's memory in bytes, sorted as Zircon sorts its own.
#[derive(Debug, Default)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// Used for nothing.
    pub free: u64,
    /// Stacks and tables of the kernel that stay.
    pub wired: u64,
    /// The kernel's small objects,
    pub heap: u64,
    /// and what of them could be dropped.
    pub free_heap: u64,
    /// Pages of programs and files.
    pub pages: u64,
    /// Pages of files among those,
    pub file_pages: u64,
    /// the ones used lately,
    pub file_pages_active: u64,
    /// and the others.
    pub file_pages_inactive: u64,
    /// Page tables.
    pub page_tables: u64,
}

impl Memory {
    /// As it is now.
    pub fn now() -> Result<Memory> {
        read(c"/proc/meminfo").map(|text| Memory::parse(&text))
    }

    fn parse(text: &str) -> Memory {
        let of = |name: &str| {
            let value = text.lines().find_map(|line| {
                let rest = line.strip_prefix(name)?.strip_prefix(':')?;
                rest.split_whitespace().next()?.parse::<u64>().ok()
            });
            value.unwrap_or(0).saturating_mul(1024)
        };
        Memory {
            total: of("MemTotal"),
            free: of("MemFree"),
            wired: of("KernelStack") + of("Percpu"),
            heap: of("Slab"),
            free_heap: of("SReclaimable"),
            pages: of("AnonPages") + of("Cached"),
            file_pages: of("Cached"),
            file_pages_active: of("Active(file)"),
            file_pages_inactive: of("Inactive(file)"),
            page_tables: of("PageTables"),
        }
    }

    /// What none of the other numbers counts.
    pub fn other(&self) -> u64 {
        let known = self.free + self.wired + self.heap + self.pages + self.page_tables;
        self.total.saturating_sub(known)
    }
}

/// How many bytes programs can still get; the largest number when Linux does
/// not tell.
pub fn available() -> u64 {
    let text = file::read_text(c"/proc/meminfo").unwrap_or_default();
    let of = |name: &str| {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse::<u64>().ok()
    };
    let swap = of("SwapFree:").unwrap_or(0);
    of("MemAvailable:").map_or(u64::MAX, |free| (free + swap).saturating_mul(1024))
}

/// One processor that is running.
#[derive(Debug, PartialEq, Eq)]
pub struct Processor {
    /// Its number.
    pub number: u32,
    /// How long it had nothing to do, in nanoseconds.
    pub idle_ns: i64,
}

/// The processors, in order of their numbers.
pub fn processors() -> Result<Vec<Processor>> {
    let text = read(c"/proc/stat")?;
    Ok(text.lines().filter_map(processor).collect())
}

/// A line of `/proc/stat`: `cpu3`, then times of which the fourth is idle and
/// the fifth spent waiting for disks.
fn processor(line: &str) -> Option<Processor> {
    let mut words = line.strip_prefix("cpu")?.split(' ');
    let number = words.next()?.parse().ok()?;
    let idle: i64 = words.nth(3)?.parse().ok()?;
    let waiting: i64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    Some(Processor {
        number,
        idle_ns: idle.saturating_add(waiting).saturating_mul(TICK_NS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_kibibytes() {
        let memory = Memory::parse("MemTotal:  100 kB\nMemFree: 60 kB\nCached: 30 kB\n");
        assert_eq!((memory.total, memory.free), (102_400, 61_440));
        assert_eq!(memory.pages, 30_720);
        assert_eq!(memory.other(), 10_240);
    }

    #[test]
    fn processors_are_the_numbered_lines() {
        assert_eq!(processor("cpu  1 2 3 4 5"), None);
        assert_eq!(processor("intr 1 2 3 4 5"), None);
        let idle_ns = 9 * TICK_NS;
        assert_eq!(
            processor("cpu7 1 2 3 4 5 6"),
            Some(Processor { number: 7, idle_ns })
        );
    }
}

// SPDX-License-Identifier: MIT
//! Owners of memory files and mappings: the only calls of mmap, munmap and
//! mprotect. Nothing here knows what the memory is for.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::NonNull;

use nix::errno::Errno;
use nix::libc;
use nix::sys::memfd::{MFdFlags, memfd_create};
pub use nix::sys::mman::ProtFlags as Prot;
use nix::sys::mman::{self, MapFlags};
use nix::unistd::{Whence, lseek};

use super::file::{self, File};
use super::{page_traps, procfs, unmap};
use crate::status::{Result, Status};

/// The size of a page.
pub const PAGE: u64 = 4096;

/// No byte of a file is at or after this offset; the last page that a signed
/// 64-bit offset could name is left out.
pub const FILE_END: u64 = (1 << 63) - PAGE;

/// The most that one read or write asks the host for.
const CHUNK: usize = 1 << 30;

/// How much memory is asked for without looking whether there is as much:
/// Linux would end some process rather than refuse it.
const COMMIT_CHECKED: u64 = 64 << 20;

/// How much memory one step of committing asks for.
const COMMIT_STEP: u64 = 256 << 20;

/// Addresses and lengths of 64-bit programs.
#[allow(
    clippy::cast_possible_truncation,
    reason = "usize is 64 bits wide on supported targets"
)]
const fn word(value: u64) -> usize {
    value as usize
}

/// A file without a name whose pages exist once they are written.
pub struct MemFd(File);

impl MemFd {
    /// A file of this many zeroes.
    pub fn new(size: u64) -> Result<MemFd> {
        // Before Linux 6.3, and where policy refuses it, files are made
        // without the flag; mapping them executable may then be refused.
        let plain = MFdFlags::MFD_CLOEXEC;
        let exec = MFdFlags::from_bits_retain(libc::MFD_EXEC);
        let make = |flags| loop {
            match memfd_create(c"zx-vmo", flags) {
                Err(Errno::EINTR) => {}
                result => return result,
            }
        };
        let file = make(plain | exec).or_else(|errno| match errno {
            Errno::EINVAL | Errno::EACCES => make(plain),
            other => Err(other),
        })?;
        let file = MemFd(File::from(file));
        if size != 0 {
            file.set_size(size)?;
        }
        Ok(file)
    }

    /// Copies out of the file to an address of the program. `NOT_FOUND` when
    /// that is not writable.
    pub fn read(&self, offset: u64, address: usize, len: usize) -> Result {
        copy(offset, address, len, |offset, address, len| {
            self.0.read_at(offset, address, len)
        })
    }

    /// Sets the file's size.
    pub fn set_size(&self, size: u64) -> Result {
        let size = i64::try_from(size).map_err(|_| Status::OUT_OF_RANGE)?;
        Ok(self.0.set_len(size)?)
    }

    /// Gives a range pages, which keep what they hold. The range lies in the
    /// file.
    pub fn commit(&self, offset: u64, len: u64) -> Result {
        if len >= COMMIT_CHECKED && len > procfs::available() {
            return Err(Status::NO_MEMORY);
        }
        let mut at = offset;
        let end = offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        while at < end {
            // A signal undoes all that one call has done.
            let part = (end - at).min(COMMIT_STEP);
            match self.allocate(libc::FALLOC_FL_KEEP_SIZE, at, part) {
                Ok(()) => at += part,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn allocate(&self, how: libc::c_int, offset: u64, len: u64) -> nix::Result<()> {
        let signed = |value| i64::try_from(value).map_err(|_| Errno::EINVAL);
        self.0.allocate(how, signed(offset)?, signed(len)?)
    }

    /// Turns a range of the file into zeroes; whole pages lose their memory.
    pub fn clear(&self, offset: u64, len: u64) -> Result {
        let how = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        if len == 0 {
            return Ok(());
        }
        loop {
            match self.allocate(how, offset, len) {
                Err(Errno::EINTR) => {}
                result => return Ok(result?),
            }
        }
    }

    /// The parts of a range that were written, in order: starts and ends.
    /// Pages that only [`MemFd::commit`] made are not among them.
    pub fn written(&self, offset: u64, len: u64) -> Vec<(u64, u64)> {
        let signed = |value| i64::try_from(value).unwrap_or(i64::MAX);
        let end = signed(offset.saturating_add(len));
        let mut at = signed(offset);
        let mut parts = Vec::new();
        // No data after the place is an error, and the end of the file a hole.
        while let Ok(data) = lseek(&self.0, at, Whence::SeekData)
            && data < end
            && let Ok(hole) = lseek(&self.0, data, Whence::SeekHole)
        {
            at = hole.min(end);
            parts.push((data.unsigned_abs(), at.unsigned_abs()));
        }
        parts
    }

    /// Copies into the file from an address of the program; the range lies in
    /// the file. `NOT_FOUND` when the memory is not readable.
    pub fn write(&self, offset: u64, address: usize, len: usize) -> Result {
        copy(offset, address, len, |offset, address, len| {
            self.0.write_at(offset, address, len)
        })
    }

    /// Reads bytes; the range lies in the file.
    pub fn read_bytes(&self, offset: u64, into: &mut [u8]) -> Result {
        let address = into.as_mut_ptr().expose_provenance();
        copy(offset, address, into.len(), |offset, address, len| {
            self.0.read_at(offset, address, len)
        })
    }

    /// Writes bytes; the range lies in the file.
    pub fn write_bytes(&self, offset: u64, bytes: &[u8]) -> Result {
        let address = bytes.as_ptr().expose_provenance();
        copy(offset, address, bytes.len(), |offset, address, len| {
            self.0.write_at(offset, address, len)
        })
    }
}

fn copy(
    mut offset: u64,
    mut address: usize,
    mut len: usize,
    step: impl Fn(i64, usize, usize) -> nix::Result<usize>,
) -> Result {
    while len != 0 {
        let at = i64::try_from(offset).map_err(|_| Status::OUT_OF_RANGE)?;
        let done = match step(at, address, len.min(CHUNK)) {
            // Somebody cut the file short.
            Ok(0) => return Err(Status::OUT_OF_RANGE),
            Ok(done) => done,
            Err(Errno::EINTR) => continue,
            Err(Errno::EFAULT) => return Err(Status::NOT_FOUND),
            Err(errno) => return Err(errno.into()),
        };
        offset += done as u64;
        address += done;
        len -= done;
    }
    Ok(())
}

/// What a range of addresses shows.
#[derive(Clone, Copy)]
pub enum Contents<'a> {
    /// Nothing; accesses fault.
    Nothing,
    /// A file from this offset on, which is below [`FILE_END`].
    File(&'a MemFd, u64, Prot),
}

/// Maps without touching anything that is mapped, unless `flags` has
/// `MAP_FIXED`.
///
/// # Safety
///
/// With `MAP_FIXED`, nothing but the caller uses what is mapped in the range.
unsafe fn map(at: u64, len: u64, contents: Contents<'_>, flags: MapFlags) -> nix::Result<u64> {
    let at = NonZeroUsize::new(word(at));
    let len = NonZeroUsize::new(word(len)).ok_or(Errno::EINVAL)?;
    let mapped = match contents {
        Contents::Nothing => {
            let flags = flags | MapFlags::MAP_PRIVATE | MapFlags::MAP_NORESERVE;
            // SAFETY: by this function's contract nobody else loses memory.
            unsafe { mman::mmap_anonymous(at, len, Prot::PROT_NONE, flags) }
        }
        Contents::File(file, offset, prot) => {
            let flags = flags | MapFlags::MAP_SHARED;
            let offset = i64::try_from(offset).map_err(|_| Errno::EOVERFLOW)?;
            // SAFETY: as above.
            unsafe { mman::mmap(at, len, prot, flags, file.0.as_fd(), offset) }
        }
    };
    mapped.map(|address| address.as_ptr().addr() as u64)
}

/// A mapping of a file that only the library knows.
pub struct Mapping {
    address: NonNull<c_void>,
    len: usize,
}

// SAFETY: `address` and `len` never change and are only handed out as numbers;
// unmapping may be done by any thread.
unsafe impl Send for Mapping {}
// SAFETY: as above; all methods of a shared reference only read numbers.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps part of a file readable and writable, shared with all other
    /// mappings of it.
    pub fn new(file: &MemFd, offset: u64, len: u64) -> Result<Mapping> {
        unmap::retry();
        let contents = Contents::File(file, offset, Prot::PROT_READ | Prot::PROT_WRITE);
        // SAFETY: without MAP_FIXED nothing is replaced.
        let address = unsafe { map(0, len, contents, MapFlags::empty()) }?;
        let address = NonNull::new(word(address) as *mut c_void).ok_or(Status::INTERNAL)?;
        Ok(Mapping {
            address,
            len: word(len),
        })
    }

    /// Where it begins.
    pub fn addr(&self) -> usize {
        self.address.as_ptr().addr()
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // Nobody traps what comes to these addresses later.
        page_traps::remove_view(self.addr() as u64);
        // SAFETY: the range was mapped by `new` and belongs to this value;
        // those who use the address keep the value alive.
        unsafe { unmap::unmap(self.address, self.len) };
    }
}

/// The addresses of this process that hold what a program asked the library
/// to map. No other address is ever touched.
#[derive(Default)]
pub struct HostSpace {
    /// Ends by starts; ranges that touch are one.
    owned: BTreeMap<u64, u64>,
}

impl HostSpace {
    /// Maps where there is room.
    pub fn map_anywhere(&mut self, len: u64, align: u64, contents: Contents<'_>) -> Result<u64> {
        if align <= PAGE {
            // SAFETY: without MAP_FIXED nothing is replaced.
            let at = unsafe { map(0, len, contents, MapFlags::empty()) }?;
            self.insert(at, at + len);
            return Ok(at);
        }
        let wide = len.checked_add(align).ok_or(Status::NO_MEMORY)?;
        let start = self.map_anywhere(wide, PAGE, Contents::Nothing)?;
        let at = start.next_multiple_of(align);
        self.release(start, at - start)?;
        self.release(at + len, start + wide - (at + len))?;
        self.replace(at, len, contents)
            .inspect_err(|_| self.give_up(at, len))?;
        Ok(at)
    }

    /// Maps at the highest free place of `start..limit`.
    pub fn map_below(
        &mut self,
        (start, limit): (u64, u64),
        len: u64,
        align: u64,
        contents: Contents<'_>,
    ) -> Result<u64> {
        // Other threads map as well; what was free may not be any more.
        const TRIES: usize = 16;
        for _ in 0..TRIES {
            let maps = file::read_text(c"/proc/self/maps")?;
            let at = gap_below(&maps, (start, limit), len, align).ok_or(Status::NO_MEMORY)?;
            match self.map_at(at, len, contents) {
                Err(Status::NO_MEMORY) => {}
                result => return result.map(|()| at),
            }
        }
        Err(Status::NO_MEMORY)
    }

    /// Maps exactly here. `NO_MEMORY` when something is mapped here already.
    pub fn map_at(&mut self, at: u64, len: u64, contents: Contents<'_>) -> Result {
        // SAFETY: this flag makes the kernel refuse to replace anything.
        let mapped = unsafe { map(at, len, contents, MapFlags::MAP_FIXED_NOREPLACE) };
        match mapped {
            Ok(address) if address == at => {
                self.insert(at, at + len);
                Ok(())
            }
            // A kernel older than the flag took the address for a hint.
            Ok(address) => {
                self.insert(address, address + len);
                self.release(address, len)?;
                Err(Status::NO_MEMORY)
            }
            Err(Errno::EACCES) => Err(Status::ACCESS_DENIED),
            Err(_) => Err(Status::NO_MEMORY),
        }
    }

    /// Replaces, in one step, everything in a range that is the library's or
    /// free. `NO_MEMORY`, and nothing is changed, when somebody else's memory
    /// is in it.
    pub fn overwrite(&mut self, at: u64, len: u64, contents: Contents<'_>) -> Result {
        let gaps = self.gaps(at, at + len);
        let claim = |&(start, end): &(u64, u64)| self.map_at(start, end - start, Contents::Nothing);
        let result = gaps.iter().try_for_each(claim);
        result
            .and_then(|()| self.replace(at, len, contents))
            .inspect_err(|_| {
                for (start, end) in gaps {
                    if self.owns(start, end) {
                        self.give_up(start, end - start);
                    }
                }
            })
    }

    /// Replaces a range that is the library's.
    pub fn replace(&mut self, at: u64, len: u64, contents: Contents<'_>) -> Result {
        if !self.owns(at, at + len) {
            return Err(Status::INTERNAL);
        }
        // SAFETY: the range was mapped for a program that now wants it
        // replaced; the library itself keeps nothing there.
        unsafe { map(at, len, contents, MapFlags::MAP_FIXED) }?;
        Ok(())
    }

    /// Changes the protection of a range that is the library's.
    pub fn protect(&self, at: u64, len: u64, prot: Prot) -> Result {
        let address = NonNull::new(word(at) as *mut c_void).ok_or(Status::INTERNAL)?;
        if !self.owns(at, at + len) {
            return Err(Status::INTERNAL);
        }
        // SAFETY: the range was mapped for a program that now wants this; the
        // library itself makes no access there that has to succeed.
        unsafe { mman::mprotect(address, word(len), prot) }?;
        Ok(())
    }

    /// Unmaps a range that is the library's; other programs of the process
    /// may use the addresses now. On failure nothing has changed.
    pub fn release(&mut self, at: u64, len: u64) -> Result {
        if len == 0 {
            return Ok(());
        }
        let address = NonNull::new(word(at) as *mut c_void).ok_or(Status::INTERNAL)?;
        if !self.owns(at, at + len) {
            return Err(Status::INTERNAL);
        }
        // SAFETY: as for `replace`.
        unsafe { mman::munmap(address, word(len)) }?;
        self.remove(at, at + len);
        Ok(())
    }

    /// Empties a range that is to stay the library's. What the host has no
    /// room to set aside, as at its limit of mappings, becomes free instead.
    /// On failure nothing has changed.
    pub fn vacate(&mut self, at: u64, len: u64) -> Result {
        let gaps = self.gaps(at, at + len);
        for (start, end) in self.owned_parts(at, at + len) {
            // Unmapping whole mappings needs no room. If it is only one part,
            // or none, that is cut out of a mapping this may fail: at once.
            match self.replace(start, end - start, Contents::Nothing) {
                Err(Status::NO_MEMORY) => self.release(start, end - start)?,
                result => result?,
            }
        }
        for (start, end) in gaps {
            // Others may have something there by now, which stays.
            let _ = self.map_at(start, end - start, Contents::Nothing);
        }
        Ok(())
    }

    /// Unmaps what the library has in a range. On failure nothing has changed.
    pub fn release_owned(&mut self, at: u64, len: u64) -> Result {
        for (start, end) in self.owned_parts(at, at + len) {
            self.release(start, end - start)?;
        }
        Ok(())
    }

    /// Puts something into a range that the library has, apart from what it
    /// could not keep. `NO_MEMORY` when others have something there now.
    pub fn fill(&mut self, at: u64, len: u64, contents: Contents<'_>) -> Result {
        match self.gaps(at, at + len)[..] {
            [] => self.replace(at, len, contents),
            // In one step: there may be room for no more.
            [(start, end)] if (start, end) == (at, at + len) => self.map_at(at, len, contents),
            _ => self.overwrite(at, len, contents),
        }
    }

    /// Unmaps on the way out of a failure, whose status matters more.
    fn give_up(&mut self, at: u64, len: u64) {
        let _ = self.release(at, len);
    }

    fn owns(&self, start: u64, end: u64) -> bool {
        let before = self.owned.range(..=start).next_back();
        before.is_some_and(|(_, &owned_end)| owned_end >= end)
    }

    fn insert(&mut self, mut start: u64, mut end: u64) {
        if let Some((&before, &before_end)) = self.owned.range(..=start).next_back()
            && before_end >= start
        {
            (start, end) = (before, end.max(before_end));
        }
        while let Some((&next, &next_end)) = self.owned.range(start..=end).next() {
            self.owned.remove(&next);
            end = end.max(next_end);
        }
        self.owned.insert(start, end);
    }

    /// Takes a range out that is owned as a whole.
    fn remove(&mut self, start: u64, end: u64) {
        let Some((&owner, &owner_end)) = self.owned.range(..=start).next_back() else {
            return;
        };
        self.owned.remove(&owner);
        for (start, end) in [(owner, start), (end, owner_end)] {
            if start < end {
                self.owned.insert(start, end);
            }
        }
    }

    /// The parts of a range that are the library's.
    fn owned_parts(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let gaps = self.gaps(start, end);
        let starts = std::iter::once(start).chain(gaps.iter().map(|gap| gap.1));
        let ends = gaps.iter().map(|gap| gap.0).chain([end]);
        starts.zip(ends).filter(|(from, to)| from < to).collect()
    }

    /// The parts of a range that are not the library's.
    fn gaps(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let before = self.owned.range(..=start).next_back();
        let mut at = before.map_or(start, |(_, &owned_end)| owned_end.clamp(start, end));
        let mut gaps = Vec::new();
        for (&next, &next_end) in self.owned.range(at..end) {
            gaps.push((at, next));
            at = next_end;
        }
        gaps.push((at, end));
        gaps.retain(|&(start, end)| start < end);
        gaps
    }
}

impl Drop for HostSpace {
    fn drop(&mut self) {
        for (start, end) in std::mem::take(&mut self.owned) {
            self.owned.insert(start, end);
            self.give_up(start, end - start);
        }
    }
}

/// What the main thread's stack may grow into.
const STACK_ROOM: u64 = 128 << 20;

/// The highest place in `start..limit` where this process, whose mappings are
/// these, has nothing mapped.
fn gap_below(maps: &str, (start, limit): (u64, u64), len: u64, align: u64) -> Option<u64> {
    let mut free = start;
    let mut best = None;
    let mut look = |gap_start: u64, gap_end: u64| {
        let at = gap_end.min(limit).checked_sub(len)? / align * align;
        best = (at >= gap_start).then_some(at).or(best);
        Some(())
    };
    for line in maps.lines() {
        let (from, rest) = line.split_once('-')?;
        let from = u64::from_str_radix(from, 16).ok()?;
        let to = u64::from_str_radix(rest.split(' ').next()?, 16).ok()?;
        let room = if line.ends_with("[stack]") {
            STACK_ROOM
        } else {
            0
        };
        look(free, from.saturating_sub(room));
        free = free.max(to);
    }
    look(free, limit);
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_space_ranges_merge_and_split() {
        let mut space = HostSpace::default();
        space.insert(10, 20);
        space.insert(30, 40);
        assert_eq!(space.gaps(0, 50), [(0, 10), (20, 30), (40, 50)]);
        assert_eq!(space.gaps(12, 35), [(20, 30)]);
        assert_eq!(space.gaps(12, 14), []);
        assert_eq!(space.owned_parts(0, 50), [(10, 20), (30, 40)]);
        assert_eq!(space.owned_parts(12, 35), [(12, 20), (30, 35)]);
        assert_eq!(space.owned_parts(12, 14), [(12, 14)]);
        assert_eq!(space.owned_parts(22, 25), []);
        space.insert(20, 30);
        assert!(space.owns(10, 40));
        assert!(!space.owns(10, 41) && !space.owns(9, 11));
        assert_eq!(space.gaps(10, 40), []);
        space.remove(15, 25);
        assert!(space.owns(10, 15) && space.owns(25, 40) && !space.owns(14, 16));
        // Nothing is mapped there.
        space.owned.clear();
    }

    #[test]
    fn host_space_map_at_foreign_memory_no_memory() -> Result {
        let foreign = Mapping::new(&MemFd::new(PAGE)?, 0, PAGE)?;
        let mut space = HostSpace::default();
        let at = foreign.addr() as u64;
        assert_eq!(
            space.map_at(at, PAGE, Contents::Nothing),
            Err(Status::NO_MEMORY)
        );
        assert_eq!(
            space.overwrite(at, PAGE, Contents::Nothing),
            Err(Status::NO_MEMORY)
        );
        assert_eq!(space.release(at, PAGE), Err(Status::INTERNAL));
        assert!(space.owned.is_empty());
        Ok(())
    }

    #[test]
    fn host_space_map_below_stays_below() -> Result {
        let mut space = HostSpace::default();
        let limit = 1 << 40;
        for _ in 0..4 {
            let at = space.map_below((0x20_0000, limit), 3 * PAGE, 8 * PAGE, Contents::Nothing)?;
            assert!(at + 3 * PAGE <= limit && at % (8 * PAGE) == 0);
        }
        Ok(())
    }
}

// SPDX-License-Identifier: MIT
//! Memory objects (memory.md, sections 2 and 3): a memory file, its size and
//! what else is known of it. How it is mapped is `vmar.rs`'s business.

use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard, RwLock};

use super::base::{Base, ObserverGuard, SignalLock};
use super::resource::Name;
use super::{KernelObject, ObjectType};
use crate::hypervisor::memory::HostView;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::{FILE_END, Mapping, MemFd, PAGE};
use crate::sys::range_set::RangeSet;
use crate::sys::user_copy;
use crate::uapi::types::{
    ZX_CACHE_POLICY_CACHED, ZX_OBJ_TYPE_VMO, ZX_VMO_DISCARDABLE, ZX_VMO_RESIZABLE,
    ZX_VMO_ZERO_CHILDREN,
};

mod aliases;
mod ops;

pub use aliases::{Alias, Aliases, SpaceId};
pub use ops::Op;

/// [`PAGE`] as a length of buffers.
const PAGE_LEN: usize = 4096;

/// The largest VMO of which guests share one mapping of the whole.
const WHOLE_MAX: u64 = 1 << 40;

/// The most that one step of a copy moves while the VMO is locked.
const STEP: usize = 64 << 10;

/// A memory object.
pub struct Vmo {
    base: Base,
    observers: SignalLock,
    file: MemFd,
    options: u32,
    state: RwLock<State>,
    name: Mutex<Name>,
    aliases: Mutex<Aliases>,
    /// The library's own mapping of the whole file, while guests use it.
    whole: Mutex<Weak<Mapping>>,
}

/// What changes. Never locked while caller memory is touched: a fault there
/// may have to be answered by somebody who uses the same VMO.
struct State {
    size: u64,
    /// The bytes that its user says count.
    content_size: u64,
    cache_policy: u32,
    /// How often it is locked, if it is discardable.
    locks: u64,
    /// The pages that were given memory without being written.
    committed: RangeSet,
}

impl State {
    fn check_range(&self, offset: u64, len: u64) -> Result {
        match offset.checked_add(len) {
            Some(end) if end <= self.size => Ok(()),
            _ => Err(Status::OUT_OF_RANGE),
        }
    }

    fn check_cached(&self) -> Result {
        match self.cache_policy {
            ZX_CACHE_POLICY_CACHED => Ok(()),
            _ => Err(Status::BAD_STATE),
        }
    }

    /// Checks 3 to 5 of `zx_vmo_read`.
    fn check_copy(&self, offset: u64, len: usize) -> Result {
        if offset.checked_add(len as u64).is_none() {
            return Err(Status::OUT_OF_RANGE);
        }
        self.check_cached()?;
        self.check_range(offset, len as u64)
    }
}

impl KernelObject for Vmo {
    const TYPE: ObjectType = ZX_OBJ_TYPE_VMO;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_VMO;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }
}

/// The next multiple of the page size; 0 when there is none.
pub fn round_up(size: u64) -> u64 {
    size.wrapping_add(PAGE - 1) & !(PAGE - 1)
}

impl Vmo {
    /// A VMO of zeroes; checks 2 to 4 of `zx_vmo_create`.
    pub fn create(size: u64, options: u32) -> Result<Arc<Vmo>> {
        if options & !(ZX_VMO_RESIZABLE | ZX_VMO_DISCARDABLE) != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let rounded = round_up(size);
        if rounded < size || rounded > FILE_END {
            return Err(Status::OUT_OF_RANGE);
        }
        let state = State {
            size: rounded,
            content_size: size,
            cache_policy: ZX_CACHE_POLICY_CACHED,
            locks: 0,
            committed: RangeSet::default(),
        };
        Ok(Arc::new(Vmo {
            base: Base::new(ZX_VMO_ZERO_CHILDREN),
            observers: SignalLock::default(),
            file: MemFd::new(rounded)?,
            options,
            state: RwLock::new(state),
            name: Mutex::default(),
            aliases: Mutex::default(),
            whole: Mutex::default(),
        }))
    }

    /// Its size, a multiple of the page size.
    pub fn size(&self) -> u64 {
        self.state.read().size
    }

    /// Whether it was made to change its size.
    pub fn is_resizable(&self) -> bool {
        self.options & ZX_VMO_RESIZABLE != 0
    }

    /// How many bytes of a range have memory.
    pub fn committed(&self, offset: u64, len: u64) -> u64 {
        self.committed_locked(&self.state.read(), offset, len)
    }

    fn committed_locked(&self, state: &State, offset: u64, len: u64) -> u64 {
        let end = offset.saturating_add(len).min(state.size);
        let (first, last) = (offset / PAGE, end.div_ceil(PAGE));
        let written = self.file.written(offset, end.saturating_sub(offset));
        let also = |&(start, end): &(u64, u64)| {
            let (start, end) = (start / PAGE, end.div_ceil(PAGE));
            end - start - state.committed.count(start, end)
        };
        let pages = state.committed.count(first, last) + written.iter().map(also).sum::<u64>();
        pages * PAGE
    }

    /// How processors cache it: `ZX_CACHE_POLICY_*`.
    pub fn cache_policy(&self) -> u32 {
        self.state.read().cache_policy
    }

    /// The bytes that its user says count.
    pub fn content_size(&self) -> u64 {
        self.state.read().content_size
    }

    /// Sets the content size, which may be anything. What it leaves out
    /// becomes zeroes.
    pub fn set_content_size(&self, content_size: u64) -> Result {
        let mut state = self.state.write();
        let end = state.content_size.min(state.size);
        if content_size < end {
            self.clear_locked(&mut state, content_size, end - content_size)?;
        }
        state.content_size = content_size;
        Ok(())
    }

    /// Its name.
    pub fn name(&self) -> Name {
        *self.name.lock()
    }

    /// Sets its name.
    pub fn set_name(&self, name: Name) {
        *self.name.lock() = name;
    }

    /// Where it is mapped.
    pub fn aliases(&self) -> MutexGuard<'_, Aliases> {
        self.aliases.lock()
    }

    /// Copies to an address of the program; checks 3 to 6 of `zx_vmo_read`.
    pub fn read(&self, offset: u64, address: usize, len: usize) -> Result {
        self.state.read().check_copy(offset, len)?;
        self.file.read(offset, address, len)
    }

    /// Copies from an address of the program; checks 3 to 6 of
    /// `zx_vmo_write`.
    pub fn write(&self, offset: u64, address: usize, len: usize) -> Result {
        self.state.read().check_copy(offset, len)?;
        let mut small = [0; PAGE_LEN];
        let mut large = Vec::new();
        let buffer = if len <= PAGE_LEN {
            &mut small[..]
        } else {
            let step = len.min(STEP);
            large
                .try_reserve_exact(step)
                .map_err(|_| Status::NO_MEMORY)?;
            large.resize(step, 0);
            &mut large[..]
        };
        let mut done = 0;
        while done < len {
            let part = &mut buffer[..(len - done).min(STEP)];
            user_copy::copy_in(part, address.wrapping_add(done))?;
            let at = offset + done as u64;
            let state = self.state.read();
            state.check_copy(at, part.len())?;
            self.file.write_bytes(at, part)?;
            done += part.len();
        }
        Ok(())
    }

    /// How many of the bytes from `offset` on have a place in the file, or
    /// could have.
    pub(super) fn mappable(offset: u64, len: u64) -> u64 {
        len.min(FILE_END.saturating_sub(offset))
    }

    /// The file.
    pub(super) fn file(&self) -> &MemFd {
        &self.file
    }

    /// A range as the library itself sees it, for guests; `None` when there
    /// is no byte in it. It may be shorter than asked: no memory is after it.
    ///
    /// All guest mappings of a VMO share one host mapping of the whole VMO,
    /// so that cutting them makes no new one.
    pub(super) fn host_view(&self, offset: u64, len: u64) -> Result<Option<(HostView, u64)>> {
        let size = self.size();
        if self.is_resizable() {
            // It may grow into the rest of the range.
            let len = Vmo::mappable(offset, len);
            if len == 0 {
                return Ok(None);
            }
            let mapping = Arc::new(Mapping::new(&self.file, offset, len)?);
            return Ok(Some((HostView { mapping, offset: 0 }, len)));
        }
        let len = len.min(size.saturating_sub(offset));
        if len == 0 {
            return Ok(None);
        }
        if size > WHOLE_MAX {
            let mapping = Arc::new(Mapping::new(&self.file, offset, len)?);
            return Ok(Some((HostView { mapping, offset: 0 }, len)));
        }
        let mut whole = self.whole.lock();
        let mapping = match whole.upgrade() {
            Some(mapping) => mapping,
            None => {
                let mapping = Arc::new(Mapping::new(&self.file, 0, size)?);
                *whole = Arc::downgrade(&mapping);
                mapping
            }
        };
        Ok(Some((HostView { mapping, offset }, len)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vmo_create_limits() -> Result {
        assert_eq!(Vmo::create(0, 0)?.size(), 0);
        assert_eq!(Vmo::create(1, 0)?.size(), PAGE);
        assert_eq!(Vmo::create(FILE_END, 0)?.size(), FILE_END);
        assert_eq!(
            Vmo::create(FILE_END + 1, 0).err(),
            Some(Status::OUT_OF_RANGE)
        );
        assert_eq!(Vmo::create(u64::MAX, 0).err(), Some(Status::OUT_OF_RANGE));
        assert_eq!(Vmo::create(1, 1).err(), Some(Status::INVALID_ARGS));
        Ok(())
    }

    #[test]
    fn vmo_host_view_is_shared_and_ends_with_the_vmo() -> Result {
        let vmo = Vmo::create(3 * PAGE, 0)?;
        let (Some((first, len)), Some((second, rest))) =
            (vmo.host_view(0, PAGE)?, vmo.host_view(2 * PAGE, 5 * PAGE)?)
        else {
            return Err(Status::INTERNAL);
        };
        assert!(Arc::ptr_eq(&first.mapping, &second.mapping));
        assert_eq!((len, rest, second.offset), (PAGE, PAGE, 2 * PAGE));
        assert!(vmo.host_view(3 * PAGE, PAGE)?.is_none());
        Ok(())
    }
}

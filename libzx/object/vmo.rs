// SPDX-License-Identifier: MIT
//! Memory objects (memory.md, sections 2 and 3): what a program sees of one.
//! Its pages are `vmo/family.rs`'s business, and how it is mapped is that of
//! `vmar.rs`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::base::{Base, Koid, ObserverGuard, SignalLock};
use super::resource::Name;
use super::{KernelObject, ObjectType};
use crate::hypervisor::memory::HostView;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::{FILE_END, MemFd, PAGE, Prot};
use crate::sys::page_traps::{self, Mappings, Traps};
use crate::sys::user_copy;
use crate::uapi::types::{
    ZX_CACHE_POLICY_CACHED, ZX_OBJ_TYPE_VMO, ZX_VMO_DISCARDABLE, ZX_VMO_RESIZABLE,
    ZX_VMO_ZERO_CHILDREN,
};

mod aliases;
mod backing;
mod child;
mod content;
mod family;
mod ops;
mod paged;
mod source;

use backing::Backing;
use content::StreamLock;
use family::{Family, KinId, NodeId, Place, Tree};

pub use aliases::{Alias, SpaceId};
pub use child::ChildRequest;
pub use ops::Op;
pub use source::PageSource;

/// [`PAGE`] as a length of buffers.
const PAGE_LEN: usize = 4096;

/// The most that one step of a copy moves while pages are locked.
const STEP: usize = 64 << 10;

/// A memory object.
pub struct Vmo {
    base: Base,
    observers: SignalLock,
    name: Mutex<Name>,
    options: u32,
    /// The koid of the VMO that it was made from.
    parent_koid: Koid,
    /// Where its first byte would be in the oldest ancestor.
    depth: u64,
    family: Arc<Family>,
    kin: KinId,
    node: NodeId,
    backing: Arc<Backing>,
    slice: Option<Slice>,
    /// How many mappings it has, those in guests included.
    mappings: AtomicUsize,
    stream: StreamLock,
}

/// What makes a VMO a part of another one.
struct Slice {
    /// The first byte of it there,
    start: u64,
    /// how many there are,
    len: u64,
    /// and the VMO whose pages they are.
    root: Arc<Vmo>,
}

/// What a VMO is made of.
struct Parts {
    options: u32,
    /// The koid of the parent, and where the VMO begins in the oldest ancestor.
    parent: Option<(Koid, u64)>,
    name: Name,
    family: Arc<Family>,
    kin: KinId,
    node: NodeId,
    backing: Arc<Backing>,
    slice: Option<Slice>,
}

impl KernelObject for Vmo {
    const TYPE: ObjectType = ZX_OBJ_TYPE_VMO;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_VMO;

    fn base(&self) -> &Base {
        &self.base
    }

    fn related_koid(&self) -> Koid {
        self.parent_koid
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }
}

/// The next multiple of the page size; 0 when there is none.
pub fn round_up(size: u64) -> u64 {
    size.wrapping_add(PAGE - 1) & !(PAGE - 1)
}

/// The size of a VMO that is to have `size` bytes.
fn rounded(size: u64) -> Result<u64> {
    let rounded = round_up(size);
    if rounded < size || rounded > FILE_END {
        return Err(Status::OUT_OF_RANGE);
    }
    Ok(rounded)
}

impl Vmo {
    /// A VMO of zeroes; checks 2 to 4 of `zx_vmo_create`.
    pub fn create(size: u64, options: u32) -> Result<Arc<Vmo>> {
        if options & !(ZX_VMO_RESIZABLE | ZX_VMO_DISCARDABLE) != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let rounded = rounded(size)?;
        let family = Arc::new(Family::default());
        let mut tree = family.write();
        let make = |node| Backing::new(rounded, &family, node);
        let (node, backing) = tree.add_node(rounded / PAGE, make)?;
        let vmo = Arc::new_cyclic(|this| {
            Vmo::new(Parts {
                options,
                parent: None,
                name: Name::default(),
                family: Arc::clone(&family),
                kin: tree.add_kin(Weak::clone(this), None, size),
                node,
                backing,
                slice: None,
            })
        });
        drop(tree);
        Ok(vmo)
    }

    fn new(parts: Parts) -> Vmo {
        let (parent_koid, depth) = parts.parent.unwrap_or_default();
        Vmo {
            base: Base::new(ZX_VMO_ZERO_CHILDREN),
            observers: SignalLock::default(),
            name: Mutex::new(parts.name),
            options: parts.options,
            parent_koid,
            depth,
            family: parts.family,
            kin: parts.kin,
            node: parts.node,
            backing: parts.backing,
            slice: parts.slice,
            mappings: AtomicUsize::new(0),
            stream: StreamLock::default(),
        }
    }

    /// Its size, a multiple of the page size.
    pub fn size(&self) -> u64 {
        self.size_in(&self.family.read())
    }

    fn size_in(&self, tree: &Tree) -> u64 {
        match &self.slice {
            Some(slice) => slice.len,
            None => tree.size(self.node),
        }
    }

    /// Where its first byte is in its pages.
    fn start(&self) -> u64 {
        self.slice.as_ref().map_or(0, |slice| slice.start)
    }

    /// Whether it was made to change its size.
    pub fn is_resizable(&self) -> bool {
        self.options & ZX_VMO_RESIZABLE != 0
    }

    /// Whether it began as a copy of another one.
    pub fn is_cow_child(&self) -> bool {
        self.parent_koid != 0 && self.slice.is_none()
    }

    /// The koid of the VMO that it was made from, or 0.
    pub fn parent_koid(&self) -> Koid {
        self.parent_koid
    }

    /// How many direct children it has.
    pub fn children(&self) -> usize {
        self.family.read().children(self.kin)
    }

    /// How many bytes of a range have memory.
    pub fn committed(&self, offset: u64, len: u64) -> u64 {
        self.committed_in(&self.family.read(), offset, len)
    }

    fn committed_in(&self, tree: &Tree, offset: u64, len: u64) -> u64 {
        let end = offset.saturating_add(len).min(self.size_in(tree));
        if offset >= end {
            return 0;
        }
        let (first, last) = (self.start() + offset, self.start() + end);
        tree.committed(self.node, first / PAGE, last.div_ceil(PAGE)) * PAGE
    }

    /// How processors cache it: `ZX_CACHE_POLICY_*`.
    pub fn cache_policy(&self) -> u32 {
        self.family.read().node(self.node).cache_policy
    }

    /// Its name.
    pub fn name(&self) -> Name {
        *self.name.lock()
    }

    /// Sets its name.
    pub fn set_name(&self, name: Name) {
        *self.name.lock() = name;
    }

    /// How many mappings it has, and in how many address spaces its pages are.
    pub fn mappings(&self) -> (usize, usize) {
        let spaces = self.backing.aliases.lock().spaces();
        (self.mappings.load(Ordering::Relaxed), spaces)
    }

    fn check_range(&self, tree: &Tree, offset: u64, len: u64) -> Result {
        match offset.checked_add(len) {
            Some(end) if end <= self.size_in(tree) => Ok(()),
            _ => Err(Status::OUT_OF_RANGE),
        }
    }

    fn check_cached(&self, tree: &Tree) -> Result {
        match tree.node(self.node).cache_policy {
            ZX_CACHE_POLICY_CACHED => Ok(()),
            _ => Err(Status::BAD_STATE),
        }
    }

    /// Checks 3 to 5 of `zx_vmo_read`.
    fn check_copy(&self, tree: &Tree, offset: u64, len: usize) -> Result {
        if offset.checked_add(len as u64).is_none() {
            return Err(Status::OUT_OF_RANGE);
        }
        self.check_cached(tree)?;
        self.check_range(tree, offset, len as u64)
    }

    /// Copies to an address of the program; checks 3 to 6 of `zx_vmo_read`.
    pub fn read(&self, offset: u64, address: usize, len: usize) -> Result {
        self.check_copy(&self.family.read(), offset, len)?;
        let mut buffer = Buffer::default();
        let mut done = 0;
        while done < len {
            let at = offset + done as u64;
            let tree = self.family.read();
            self.check_copy(&tree, at, len - done)?;
            let (from, left) = (self.start() + at, (len - done) as u64);
            let in_page = from % PAGE;
            let pages = (in_page + left).div_ceil(PAGE);
            let (place, pages) = tree.locate(self.node, from / PAGE, pages);
            let run = left.min(pages * PAGE - in_page);
            if matches!(place, Place::File(node, _) if node == self.node) {
                // Its own pages stay where they are, locked or not.
                drop(tree);
                let run = usize::try_from(run).unwrap_or(usize::MAX);
                let target = address.wrapping_add(done);
                self.backing.file.read(from, target, run)?;
                done += run;
                continue;
            }
            if let Place::Absent(..) = place {
                let asked = self.ask_absent(&tree, from / PAGE, from / PAGE + 1, false);
                drop(tree);
                if let Some(ticket) = asked {
                    ticket?.wait()?;
                }
                continue;
            }
            let run = usize::try_from(run).unwrap_or(usize::MAX).min(STEP);
            let part = buffer.part(run)?;
            tree.read_at(place, in_page, part)?;
            drop(tree);
            user_copy::copy_out(address.wrapping_add(done), part)?;
            done += run;
        }
        Ok(())
    }

    /// Copies from an address of the program; checks 3 to 6 of
    /// `zx_vmo_write`.
    pub fn write(&self, offset: u64, address: usize, len: usize) -> Result {
        {
            let tree = self.family.read();
            self.check_copy(&tree, offset, len)?;
            // While no mapping is trapped nobody has to answer for the bytes.
            if tree.is_plain(self.node) && !page_traps::in_use() {
                return self.backing.file.write(self.start() + offset, address, len);
            }
        }
        let mut buffer = Buffer::default();
        let mut done = 0;
        while done < len {
            let at = offset + done as u64;
            let to = self.start() + at;
            // Ends on a page, so that whole pages are written as such.
            let in_page = usize::try_from(to % PAGE).unwrap_or(0);
            let part = buffer.part((len - done).min(STEP - in_page))?;
            user_copy::copy_in(part, address.wrapping_add(done))?;
            let tree = self.family.read();
            self.check_copy(&tree, at, part.len())?;
            if tree.is_plain(self.node) {
                self.backing.file.write_bytes(to, part)?;
            } else {
                drop(tree);
                let mut tree = self.family.write();
                self.check_copy(&tree, at, part.len())?;
                let (first, end) = (to / PAGE, (to + part.len() as u64).div_ceil(PAGE));
                if let Some(asked) = self.ask_absent(&tree, first, end, false) {
                    drop(tree);
                    asked?.wait()?;
                    continue;
                }
                tree.prepare_write(self.node, to, part.len() as u64)?;
                self.backing.file.write_bytes(to, part)?;
            }
            done += part.len();
        }
        Ok(())
    }

    /// How many of the bytes from `offset` on a mapping can show.
    pub(super) fn mappable(&self, offset: u64, len: u64) -> u64 {
        let end = self.slice.as_ref().map_or(FILE_END, |slice| slice.len);
        len.min(end.saturating_sub(offset))
    }

    /// The file, and where a byte is in it.
    pub(super) fn file(&self, offset: u64) -> (&MemFd, u64) {
        (&self.backing.file, self.start().wrapping_add(offset))
    }

    /// Notes a mapping of a range of it.
    pub(super) fn add_alias(&self, space: SpaceId, at: u64, alias: Alias, prot: Prot) {
        self.mappings.fetch_add(1, Ordering::Relaxed);
        let alias = Alias {
            len: self.mappable(alias.offset, alias.len),
            offset: self.start().wrapping_add(alias.offset),
        };
        self.backing.add_alias(space, at, alias, prot);
    }

    /// Forgets one.
    pub(super) fn remove_alias(&self, space: SpaceId, at: u64) {
        self.mappings.fetch_sub(1, Ordering::Relaxed);
        self.backing.remove_alias(space, at);
    }

    /// Which accesses through mappings have to be trapped. It stays so while
    /// mappings are locked.
    pub(super) fn traps(&self, _: &Mappings<'_>) -> Option<Traps> {
        self.family.read().traps(self.node)
    }

    /// A range as the library itself sees it, for guests; `None` when there
    /// is no byte in it. It may be shorter than asked: no memory is after it.
    pub(super) fn host_view(&self, offset: u64, len: u64) -> Result<Option<(HostView, u64)>> {
        let mappings = page_traps::lock();
        let (size, traps) = {
            let tree = self.family.read();
            (tree.size(self.node), tree.traps(self.node))
        };
        let len = if self.is_resizable() {
            // It may grow into the rest of the range.
            self.mappable(offset, len)
        } else {
            len.min(self.size().saturating_sub(offset))
        };
        if len == 0 {
            return Ok(None);
        }
        let range = (self.start() + offset, len);
        let growing = self.is_resizable();
        let view = self
            .backing
            .host_view(&mappings, range, size, growing, traps)?;
        Ok(Some((view, len)))
    }
}

impl Drop for Vmo {
    fn drop(&mut self) {
        let mut tree = self.family.write();
        let childless = tree.remove_kin(self.kin);
        if self.slice.is_none() {
            tree.hide(self.node);
        }
        let fired = childless.as_ref().map(|parent| {
            let mut list = parent.observers.lock();
            parent
                .base
                .update_locked(&mut list, 0, ZX_VMO_ZERO_CHILDREN)
        });
        drop(tree);
        // Without the lock: the parent may go with this.
        drop(fired);
        drop(childless);
    }
}

/// Room for bytes on their way, no more than are moved at a time.
struct Buffer {
    small: [u8; PAGE_LEN],
    large: Vec<u8>,
}

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer {
            small: [0; PAGE_LEN],
            large: Vec::new(),
        }
    }
}

impl Buffer {
    /// Room for this many bytes.
    fn part(&mut self, len: usize) -> Result<&mut [u8]> {
        if len <= PAGE_LEN {
            return Ok(&mut self.small[..len]);
        }
        if self.large.len() < len {
            let more = len - self.large.len();
            self.large
                .try_reserve_exact(more)
                .map_err(|_| Status::NO_MEMORY)?;
            self.large.resize(len, 0);
        }
        Ok(&mut self.large[..len])
    }
}

#[cfg(test)]
mod tests;

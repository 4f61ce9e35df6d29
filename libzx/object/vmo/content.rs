// SPDX-License-Identifier: MIT
//! The content size of a VMO and how streams move it (memory.md, sections 3.5
//! and 7.2).

use parking_lot::{Mutex, MutexGuard};

use super::family::Tree;
use super::{Vmo, rounded};
use crate::status::Result;
use crate::sys::memory::PAGE;

/// The turn of the stream that writes to a VMO: what two of them append never
/// overlaps. Held while caller memory is touched, which no other lock is.
pub type StreamTurn<'a> = MutexGuard<'a, ()>;

/// A lock for [`StreamTurn`].
pub type StreamLock = Mutex<()>;

/// What a write may use.
pub struct Grown {
    /// Where it has to end.
    pub end: u64,
    /// The content size after it.
    content_size: u64,
}

impl Vmo {
    /// The bytes that its user says count.
    pub fn content_size(&self) -> u64 {
        self.family.read().kin(self.kin).content_size
    }

    /// Sets the content size, which may be anything. What it leaves out
    /// becomes zeroes.
    pub fn set_content_size(&self, content_size: u64) -> Result {
        let mut tree = self.family.write();
        let end = tree.kin(self.kin).content_size.min(self.size_in(&tree));
        if content_size < end {
            let from = self.start() + content_size;
            tree.clear(self.node, from, end - content_size)?;
        }
        tree.kin_mut(self.kin).content_size = content_size;
        Ok(())
    }

    /// Waits until no other stream writes.
    pub fn stream_turn(&self) -> StreamTurn<'_> {
        self.stream.lock()
    }

    /// How many of the bytes from `start` on a stream may read.
    pub fn check_stream_read(&self, start: u64, len: u64) -> Result<u64> {
        let tree = self.family.read();
        self.check_cached(&tree)?;
        let len = len.min(tree.kin(self.kin).content_size.saturating_sub(start));
        if len != 0 {
            self.check_range(&tree, start, len)?;
        }
        Ok(len)
    }

    /// Makes room for a write of `start..wanted`: the VMO grows if it can, and
    /// what lies between the content and the write becomes zeroes. The content
    /// size changes with [`Vmo::keep_content`].
    pub fn grow_content(&self, _: &StreamTurn<'_>, start: u64, wanted: u64) -> Result<Grown> {
        let mut tree = self.family.write();
        self.check_cached(&tree)?;
        let old = tree.kin(self.kin).content_size;
        let content_size = if wanted <= old {
            old
        } else if self.grow(&mut tree, wanted) {
            wanted
        } else {
            old.max(self.size_in(&tree))
        };
        let end = content_size.min(self.size_in(&tree));
        let gap_end = start.min(end);
        if old < gap_end {
            tree.clear(self.node, self.start() + old, gap_end - old)?;
        }
        Ok(Grown { end, content_size })
    }

    /// Whether it is at least so large, if need be by growing.
    fn grow(&self, tree: &mut Tree, wanted: u64) -> bool {
        if wanted <= self.size_in(tree) {
            return true;
        }
        let Ok(size) = rounded(wanted) else {
            return false;
        };
        let fits = self.depth.checked_add(size).is_some();
        fits && self.is_resizable() && tree.resize(self.node, size / PAGE).is_ok()
    }

    /// Lets the content end where a write has made it end.
    pub fn keep_content(&self, _: &StreamTurn<'_>, grown: &Grown) {
        let mut tree = self.family.write();
        let kin = tree.kin_mut(self.kin);
        kin.content_size = kin.content_size.max(grown.content_size);
    }
}

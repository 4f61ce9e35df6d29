// SPDX-License-Identifier: MIT
//! Operations on ranges of a VMO, its size and its cache policy (memory.md,
//! sections 3.3 to 3.5).

use super::family::Tree;
use super::{Vmo, rounded};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::PAGE;
use crate::uapi::types as c;

/// An operation on a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// Give every page memory.
    Commit,
    /// Take the memory of every page back.
    Decommit,
    /// Turn bytes into zeroes.
    Zero,
    /// Keep a discardable VMO.
    Lock,
    /// Keep a discardable VMO that is still there.
    TryLock,
    /// Let a discardable VMO go.
    Unlock,
    /// Processor caches, which Linux keeps coherent.
    Cache,
}

impl Op {
    /// The operation with this number and the rights that it asks for, of
    /// which one is enough.
    pub fn from_number(number: u32) -> Result<(Op, &'static [Rights])> {
        const WRITE: &[Rights] = &[Rights::WRITE];
        const EITHER: &[Rights] = &[Rights::READ, Rights::WRITE];
        Ok(match number {
            c::ZX_VMO_OP_COMMIT => (Op::Commit, WRITE),
            c::ZX_VMO_OP_DECOMMIT => (Op::Decommit, WRITE),
            c::ZX_VMO_OP_ZERO => (Op::Zero, WRITE),
            c::ZX_VMO_OP_LOCK => (Op::Lock, EITHER),
            c::ZX_VMO_OP_TRY_LOCK => (Op::TryLock, EITHER),
            c::ZX_VMO_OP_UNLOCK => (Op::Unlock, EITHER),
            c::ZX_VMO_OP_CACHE_INVALIDATE => (Op::Cache, WRITE),
            c::ZX_VMO_OP_CACHE_SYNC
            | c::ZX_VMO_OP_CACHE_CLEAN
            | c::ZX_VMO_OP_CACHE_CLEAN_INVALIDATE => (Op::Cache, &[Rights::READ]),
            _ => return Err(Status::INVALID_ARGS),
        })
    }
}

impl Vmo {
    /// Works on a range; the rules of the operations in `zx_vmo_op_range`.
    /// `Lock` is not among them.
    pub fn op_range(&self, op: Op, offset: u64, len: u64) -> Result {
        match op {
            Op::Commit => self.commit(offset, len),
            Op::Decommit => self.decommit(offset, len),
            Op::Zero => self.zero(offset, len),
            Op::Lock => Err(Status::INTERNAL),
            Op::TryLock => self.lock(offset, len).map(|_| ()),
            Op::Unlock => self.unlock(offset, len),
            Op::Cache => self.check_cache_range(offset, len),
        }
    }

    /// Cuts a range to what the VMO has of it.
    fn trim(&self, tree: &Tree, offset: u64, len: u64) -> Result<u64> {
        let size = self.size_in(tree);
        if offset.checked_add(len).is_none() || offset > size {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(len.min(size - offset))
    }

    fn commit(&self, offset: u64, len: u64) -> Result {
        let mut waited = false;
        loop {
            let mut tree = self.family.write();
            let len = match self.trim(&tree, offset, len) {
                // What was cut off meanwhile is done.
                Err(_) if waited => return Ok(()),
                result => result?,
            };
            if len == 0 {
                return Ok(());
            }
            let first = self.start() + offset;
            let (start, end) = (first / PAGE, (first + len).div_ceil(PAGE));
            let Some(asked) = self.ask_absent(&tree, start, end, true) else {
                return tree.commit(self.node, start, end);
            };
            drop(tree);
            asked?.wait()?;
            waited = true;
        }
    }

    fn decommit(&self, offset: u64, len: u64) -> Result {
        let mut tree = self.family.write();
        let trimmed = self.trim(&tree, offset, len)?;
        if trimmed == 0 {
            return Ok(());
        }
        if tree.has_relatives() || tree.is_paged(self.node) {
            return Err(Status::NOT_SUPPORTED);
        }
        if !offset.is_multiple_of(PAGE) || !len.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        tree.clear(self.node, self.start() + offset, trimmed)
    }

    fn zero(&self, offset: u64, len: u64) -> Result {
        let mut tree = self.family.write();
        self.check_cached(&tree)?;
        let len = self.trim(&tree, offset, len)?;
        tree.clear(self.node, self.start() + offset, len)
    }

    /// Locks a discardable VMO and tells its size; memory is never discarded.
    pub fn lock(&self, offset: u64, len: u64) -> Result<u64> {
        let mut tree = self.family.write();
        self.check_lock_range(&tree, offset, len)?;
        let locks = &mut tree.node_mut(self.node).locks;
        *locks = locks.checked_add(1).ok_or(Status::BAD_STATE)?;
        Ok(self.size_in(&tree))
    }

    /// Takes one lock back.
    pub fn unlock(&self, offset: u64, len: u64) -> Result {
        let mut tree = self.family.write();
        self.check_lock_range(&tree, offset, len)?;
        let locks = &mut tree.node_mut(self.node).locks;
        *locks = locks.checked_sub(1).ok_or(Status::BAD_STATE)?;
        Ok(())
    }

    fn check_lock_range(&self, tree: &Tree, offset: u64, len: u64) -> Result {
        if self.options & c::ZX_VMO_DISCARDABLE == 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        if offset != 0 || len != self.size_in(tree) {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(())
    }

    fn check_cache_range(&self, offset: u64, len: u64) -> Result {
        if len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_range(&self.family.read(), offset, len)
    }

    /// Changes the size; checks 2 and 3 of `zx_vmo_set_size`.
    pub fn set_size(&self, size: u64) -> Result {
        if !self.is_resizable() {
            return Err(Status::UNAVAILABLE);
        }
        let rounded = rounded(size)?;
        if self.depth.checked_add(rounded).is_none() {
            return Err(Status::INVALID_ARGS);
        }
        let mut tree = self.family.write();
        // The last page ends with zeroes, whatever it held before.
        let old = tree.size(self.node);
        if size < rounded && size < old {
            tree.clear(self.node, size, rounded.min(old) - size)?;
        }
        tree.resize(self.node, rounded / PAGE)?;
        tree.kin_mut(self.kin).content_size = size;
        Ok(())
    }

    /// Changes the cache policy, which is only remembered; check 3 of
    /// `zx_vmo_set_cache_policy`.
    pub fn set_cache_policy(&self, policy: u32) -> Result {
        let mut tree = self.family.write();
        let cached = tree.node(self.node).cache_policy == c::ZX_CACHE_POLICY_CACHED;
        let related = tree.has_relatives() || tree.children(self.kin) != 0 || self.slice.is_some();
        if related
            || !self.backing.is_unmapped()
            || !cached && self.committed_in(&tree, 0, self.size_in(&tree)) != 0
        {
            return Err(Status::BAD_STATE);
        }
        tree.node_mut(self.node).cache_policy = policy;
        Ok(())
    }
}

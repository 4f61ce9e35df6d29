// SPDX-License-Identifier: MIT
//! Operations on ranges of a VMO, its size and its cache policy (memory.md,
//! sections 3.3 to 3.5).

use super::{State, Vmo, round_up};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::{FILE_END, PAGE};
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

impl State {
    /// Cuts a range to what the VMO has of it.
    fn trim(&self, offset: u64, len: u64) -> Result<u64> {
        if offset.checked_add(len).is_none() || offset > self.size {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(len.min(self.size - offset))
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

    fn commit(&self, offset: u64, len: u64) -> Result {
        let mut state = self.state.write();
        let len = state.trim(offset, len)?;
        if len == 0 {
            return Ok(());
        }
        let (start, end) = (offset / PAGE, (offset + len).div_ceil(PAGE));
        self.file.commit(start * PAGE, (end - start) * PAGE)?;
        state.committed.insert(start, end);
        Ok(())
    }

    fn decommit(&self, offset: u64, len: u64) -> Result {
        let mut state = self.state.write();
        let trimmed = state.trim(offset, len)?;
        if trimmed == 0 {
            return Ok(());
        }
        if !offset.is_multiple_of(PAGE) || !len.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        self.clear_locked(&mut state, offset, trimmed)
    }

    fn zero(&self, offset: u64, len: u64) -> Result {
        let mut state = self.state.write();
        state.check_cached()?;
        let len = state.trim(offset, len)?;
        self.clear_locked(&mut state, offset, len)
    }

    /// Turns a range of the VMO into zeroes and gives its whole pages back.
    pub(super) fn clear_locked(&self, state: &mut State, offset: u64, len: u64) -> Result {
        if len == 0 {
            return Ok(());
        }
        self.file.clear(offset, len)?;
        let (start, end) = (offset.div_ceil(PAGE), (offset + len) / PAGE);
        state.committed.remove(start, end);
        Ok(())
    }

    /// Locks a discardable VMO and tells its size; memory is never discarded.
    pub fn lock(&self, offset: u64, len: u64) -> Result<u64> {
        let mut state = self.state.write();
        self.check_lock_range(&state, offset, len)?;
        state.locks = state.locks.checked_add(1).ok_or(Status::BAD_STATE)?;
        Ok(state.size)
    }

    /// Takes one lock back.
    pub fn unlock(&self, offset: u64, len: u64) -> Result {
        let mut state = self.state.write();
        self.check_lock_range(&state, offset, len)?;
        state.locks = state.locks.checked_sub(1).ok_or(Status::BAD_STATE)?;
        Ok(())
    }

    fn check_lock_range(&self, state: &State, offset: u64, len: u64) -> Result {
        if self.options & c::ZX_VMO_DISCARDABLE == 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        if offset != 0 || len != state.size {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(())
    }

    fn check_cache_range(&self, offset: u64, len: u64) -> Result {
        if len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.state.read().check_range(offset, len)
    }

    /// Changes the size; checks 2 and 3 of `zx_vmo_set_size`.
    pub fn set_size(&self, size: u64) -> Result {
        if !self.is_resizable() {
            return Err(Status::UNAVAILABLE);
        }
        let rounded = round_up(size);
        if rounded < size || rounded > FILE_END {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut state = self.state.write();
        let old = state.size;
        // The last page ends with zeroes, what it held before.
        if size < rounded && size < old {
            self.file.clear(size, rounded.min(old) - size)?;
        }
        if rounded != old {
            self.file.set_size(rounded)?;
        }
        state.committed.remove(rounded / PAGE, u64::MAX);
        state.size = rounded;
        state.content_size = size;
        Ok(())
    }

    /// Changes the cache policy, which is only remembered; check 3 of
    /// `zx_vmo_set_cache_policy`.
    pub fn set_cache_policy(&self, policy: u32) -> Result {
        let mut state = self.state.write();
        let cached = state.cache_policy == c::ZX_CACHE_POLICY_CACHED;
        let mapped = self.aliases().count() != 0;
        if mapped || !cached && self.committed_locked(&state, 0, state.size) != 0 {
            return Err(Status::BAD_STATE);
        }
        state.cache_policy = policy;
        Ok(())
    }
}

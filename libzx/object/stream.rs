// SPDX-License-Identifier: MIT
//! Streams (memory.md, section 7): reading and writing a VMO up to its
//! content size, from a position that moves along.

use std::sync::Arc;

use parking_lot::Mutex;

use super::base::{Base, ObserverGuard, SignalLock};
use super::vmo::Vmo;
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::types as c;

/// A stream.
pub struct Stream {
    base: Base,
    observers: SignalLock,
    vmo: Arc<Vmo>,
    options: u32,
    /// Not locked while caller memory is touched.
    seek: Mutex<u64>,
}

impl KernelObject for Stream {
    const TYPE: ObjectType = c::ZX_OBJ_TYPE_STREAM;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_STREAM;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }
}

/// Buffers of the program: addresses and lengths.
#[derive(Default)]
pub struct Buffers {
    parts: Vec<(usize, usize)>,
    total: u64,
}

impl Buffers {
    /// Adds one. `INVALID_ARGS` when all together have more bytes than there
    /// are numbers for.
    pub fn push(&mut self, address: usize, len: usize) -> Result {
        let total = self.total.checked_add(len as u64);
        self.total = total.ok_or(Status::INVALID_ARGS)?;
        if len != 0 {
            self.parts.try_reserve(1).map_err(|_| Status::NO_MEMORY)?;
            self.parts.push((address, len));
        }
        Ok(())
    }

    /// Calls `f` with how far the first `len` bytes have come, an address and
    /// a length, for each buffer in turn.
    fn for_first(&self, len: u64, mut f: impl FnMut(u64, usize, usize) -> Result) -> Result {
        let mut done = 0;
        for &(address, capacity) in &self.parts {
            let left = usize::try_from(len - done).unwrap_or(usize::MAX);
            let part = capacity.min(left);
            if part == 0 {
                break;
            }
            f(done, address, part)?;
            done += part as u64;
        }
        Ok(())
    }
}

/// Where a write goes.
#[derive(Clone, Copy)]
pub enum Target {
    /// Where the stream is.
    Seek,
    /// Where the content ends, whoever else writes.
    Append,
    /// Here; the stream stays where it is.
    At(u64),
}

impl Stream {
    /// A stream on a VMO.
    pub fn new(vmo: Arc<Vmo>, options: u32, seek: u64) -> Arc<Stream> {
        Arc::new(Stream {
            base: Base::new(0),
            observers: SignalLock::default(),
            vmo,
            options,
            seek: Mutex::new(seek),
        })
    }

    /// The rights of the first handle to it.
    pub fn handle_rights(&self) -> Rights {
        let mut rights = Stream::DEFAULT_RIGHTS;
        if self.options & c::ZX_STREAM_MODE_READ != 0 {
            rights = rights.with(Rights::READ);
        }
        if self.options & c::ZX_STREAM_MODE_WRITE != 0 {
            rights = rights.with(Rights::WRITE);
        }
        rights
    }

    /// Its options, where it is, and the content size of its VMO.
    pub fn info(&self) -> (u32, u64, u64) {
        (self.options, *self.seek.lock(), self.vmo.content_size())
    }

    /// Reads into buffers and returns how many bytes; from where the stream
    /// is, which moves, or from `offset`.
    pub fn read(&self, offset: Option<u64>, buffers: &Buffers) -> Result<u64> {
        let (start, len) = match offset {
            Some(offset) => (offset, self.vmo.check_stream_read(offset, buffers.total)?),
            None => {
                let mut seek = self.seek.lock();
                let start = *seek;
                let len = self.vmo.check_stream_read(start, buffers.total)?;
                *seek = start + len;
                (start, len)
            }
        };
        buffers.for_first(len, |done, address, len| {
            self.vmo.read(start + done, address, len)
        })?;
        Ok(len)
    }

    /// Writes buffers and returns how many bytes.
    pub fn write(&self, target: Target, buffers: &Buffers) -> Result<u64> {
        if buffers.total == 0 {
            return Ok(0);
        }
        let turn = self.vmo.stream_turn();
        let start = match target {
            Target::Seek => *self.seek.lock(),
            Target::Append => self.vmo.content_size(),
            Target::At(offset) => offset,
        };
        let wanted = start.checked_add(buffers.total).ok_or(Status::FILE_BIG)?;
        let grown = self.vmo.grow_content(&turn, start, wanted)?;
        if start >= grown.end {
            self.vmo.keep_content(&turn, &grown);
            return Err(Status::NO_SPACE);
        }
        let len = buffers.total.min(grown.end - start);
        buffers.for_first(len, |done, address, len| {
            self.vmo.write(start + done, address, len)
        })?;
        self.vmo.keep_content(&turn, &grown);
        if !matches!(target, Target::At(_)) {
            *self.seek.lock() = start + len;
        }
        Ok(len)
    }

    /// Moves it and returns where it is now; checks 2 and 3 of
    /// `zx_stream_seek`.
    pub fn seek(&self, whence: u32, offset: i64) -> Result<u64> {
        let mut seek = self.seek.lock();
        let from = match whence {
            c::ZX_STREAM_SEEK_ORIGIN_START => 0,
            c::ZX_STREAM_SEEK_ORIGIN_CURRENT => *seek,
            c::ZX_STREAM_SEEK_ORIGIN_END => self.vmo.content_size(),
            _ => return Err(Status::INVALID_ARGS),
        };
        *seek = from
            .checked_add_signed(offset)
            .ok_or(Status::INVALID_ARGS)?;
        Ok(*seek)
    }
}

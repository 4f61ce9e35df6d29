// SPDX-License-Identifier: MIT
//! Fifos: small rings of elements of one size, in both directions (ipc.md,
//! section 4).

use std::sync::Arc;

use super::ObjectType;
use super::peer::{Endpoint, Peered};
use super::ring::Rings;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::types::{
    ZX_FIFO_PEER_CLOSED, ZX_FIFO_READABLE, ZX_FIFO_WRITABLE, ZX_OBJ_TYPE_FIFO,
};

/// One end of a fifo.
pub struct Fifo {
    end: Endpoint<()>,
    rings: Rings,
    element_size: usize,
}

impl Peered for Fifo {
    const TYPE: ObjectType = ZX_OBJ_TYPE_FIFO;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_FIFO;
    type Data = ();

    fn end(&self) -> &Endpoint<()> {
        &self.end
    }

    fn close(&self) {
        self.end.lock().close(ZX_FIFO_WRITABLE, ZX_FIFO_PEER_CLOSED);
    }
}

impl Fifo {
    /// Two ends with room for `element_count` elements per direction; both
    /// numbers have been checked.
    pub fn pair(element_count: usize, element_size: usize) -> (Arc<Fifo>, Arc<Fifo>) {
        let (end0, end1) = Endpoint::pair(ZX_FIFO_WRITABLE, [(), ()]);
        let (rings0, rings1) = Rings::pair(element_count * element_size);
        let fifo = |end, rings| {
            Arc::new(Fifo {
                end,
                rings,
                element_size,
            })
        };
        (fifo(end0, rings0), fifo(end1, rings1))
    }

    /// Queues up to `count` elements that `load` supplies, given the offset of
    /// each piece in bytes. Returns how many.
    pub fn write(
        &self,
        element_size: usize,
        count: usize,
        load: impl Fn(usize, &mut [u8]) -> Result,
    ) -> Result<usize> {
        let ring = &*self.rings.outgoing;
        let mut turn = ring.write()?;
        if self.end.base().signals() & ZX_FIFO_PEER_CLOSED != 0 {
            return Err(Status::PEER_CLOSED);
        }
        if element_size != self.element_size || count == 0 {
            return Err(Status::OUT_OF_RANGE);
        }
        let free = ring.free();
        if free == 0 {
            return Err(Status::SHOULD_WAIT);
        }
        let count = self.transferable(count, free);
        let len = count * element_size;
        turn.copy_in(len, load)?;

        let mut pair = self.end.lock();
        if !pair.connected() {
            return Err(Status::PEER_CLOSED);
        }
        turn.publish_locked(len);
        pair.update_peer(0, ZX_FIFO_READABLE);
        if ring.free() == 0 {
            pair.update_own(ZX_FIFO_WRITABLE, 0);
        }
        Ok(count)
    }

    /// Takes out up to `count` elements once `store` has accepted them, given
    /// the offset of each piece in bytes. Returns how many.
    pub fn read(
        &self,
        element_size: usize,
        count: usize,
        store: impl Fn(usize, &[u8]) -> Result,
    ) -> Result<usize> {
        if element_size != self.element_size || count == 0 {
            return Err(Status::OUT_OF_RANGE);
        }
        let ring = &*self.rings.incoming;
        let turn = ring.read();
        let mut fill = ring.fill();
        if fill == 0 {
            let pair = self.end.lock();
            fill = ring.fill();
            if fill == 0 {
                return Err(if pair.connected() {
                    Status::SHOULD_WAIT
                } else {
                    Status::PEER_CLOSED
                });
            }
        }
        let count = self.transferable(count, fill);
        let len = count * element_size;
        turn.copy_out(len, store)?;

        let mut pair = self.end.lock();
        let was_full = ring.free() == 0;
        turn.consume_locked(len);
        if ring.fill() == 0 {
            pair.update_own(ZX_FIFO_READABLE, 0);
        }
        if was_full && pair.connected() {
            pair.update_peer(0, ZX_FIFO_WRITABLE);
        }
        Ok(count)
    }

    /// How many of `count` elements there are in, or fit into, so many bytes.
    fn transferable(&self, count: usize, bytes: usize) -> usize {
        if bytes == self.element_size {
            1 // without a division
        } else {
            count.min(bytes / self.element_size)
        }
    }
}

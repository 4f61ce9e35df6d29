// SPDX-License-Identifier: MIT
//! Sockets: a stream of bytes or a row of packets in both directions (ipc.md,
//! section 3).

use std::collections::VecDeque;
use std::sync::Arc;

use super::ObjectType;
use super::base::Signals;
use super::peer::{Endpoint, PairGuard, Peered};
use super::ring::{Ring, Rings};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::types as c;

/// How many bytes each direction holds.
pub const CAPACITY: usize = 128 * 2008;

/// One end of a socket.
pub struct Socket {
    end: Endpoint<State>,
    rings: Rings,
    options: u32,
}

/// What the pair's lock guards for each end.
#[derive(Default)]
pub(super) struct State {
    /// 0 when switched off.
    read_threshold: usize,
    /// 0 when switched off.
    write_threshold: usize,
    read_disabled: bool,
    /// The sizes of the packets this end can read; empty for streams.
    packets: VecDeque<usize>,
}

/// Whether an end may write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// As before.
    Same,
    /// It may not.
    WriteDisabled,
    /// It may.
    WriteEnabled,
}

/// Topic `ZX_INFO_SOCKET`.
pub struct SocketInfo {
    /// What the socket was made with.
    pub options: u32,
    /// Room for bytes to read.
    pub rx_buf_max: usize,
    /// Bytes to read.
    pub rx_buf_size: usize,
    /// Bytes that one read can return.
    pub rx_buf_available: usize,
    /// Room for bytes that the peer has to read; 0 without peer.
    pub tx_buf_max: usize,
    /// Bytes that the peer has to read; 0 without peer.
    pub tx_buf_size: usize,
}

impl Peered for Socket {
    const TYPE: ObjectType = c::ZX_OBJ_TYPE_SOCKET;
    /// The macro's value is that of 2021; without the right to manage nobody
    /// could call `zx_socket_set_disposition`, which came later.
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_SOCKET.with(Rights::MANAGE_SOCKET);
    type Data = State;

    fn end(&self) -> &Endpoint<State> {
        &self.end
    }

    fn close(&self) {
        self.end
            .lock()
            .close(c::ZX_SOCKET_WRITABLE, c::ZX_SOCKET_PEER_CLOSED);
    }
}

impl Socket {
    /// Two ends. `options` have been checked.
    pub fn pair(options: u32) -> (Arc<Socket>, Arc<Socket>) {
        let (end0, end1) = Endpoint::pair(c::ZX_SOCKET_WRITABLE, Default::default());
        let (rings0, rings1) = Rings::pair(CAPACITY);
        let socket = |end, rings| {
            Arc::new(Socket {
                end,
                rings,
                options,
            })
        };
        (socket(end0, rings0), socket(end1, rings1))
    }

    fn is_datagram(&self) -> bool {
        self.options & c::ZX_SOCKET_DATAGRAM != 0
    }

    /// Queues bytes that `load` supplies, given the offset of each piece: as
    /// many as fit of a stream, all or none of a packet. Returns how many.
    pub fn write(&self, size: usize, load: impl Fn(usize, &mut [u8]) -> Result) -> Result<usize> {
        let signals = self.end.base().signals();
        if signals & c::ZX_SOCKET_PEER_CLOSED != 0 {
            return Err(Status::PEER_CLOSED);
        }
        if signals & c::ZX_SOCKET_WRITE_DISABLED != 0 {
            return Err(Status::BAD_STATE);
        }
        if size == 0 {
            return Ok(0);
        }
        if u32::try_from(size).is_err() {
            return Err(Status::INVALID_ARGS);
        }
        let ring = &*self.rings.outgoing;
        let mut turn = ring.write()?;
        let free = ring.free();
        if free == 0 {
            return Err(Status::SHOULD_WAIT);
        }
        if self.is_datagram() && size > CAPACITY {
            return Err(Status::OUT_OF_RANGE);
        }
        if self.is_datagram() && size > free {
            return Err(Status::SHOULD_WAIT);
        }
        let len = size.min(free);
        turn.copy_in(len, load)?;

        let mut pair = self.end.lock();
        // The peer, or this end's permission, may have gone meanwhile.
        if !pair.connected() {
            return Err(Status::PEER_CLOSED);
        }
        if pair.own_signals() & c::ZX_SOCKET_WRITE_DISABLED != 0 {
            return Err(Status::BAD_STATE);
        }
        if self.is_datagram() {
            pair.peer().data.packets.push_back(len);
        }
        turn.publish_locked(len);
        let read_threshold = pair.peer().data.read_threshold;
        let mut set = c::ZX_SOCKET_READABLE;
        if read_threshold > 0 && ring.fill() >= read_threshold {
            set |= c::ZX_SOCKET_READ_THRESHOLD;
        }
        pair.update_peer(0, set);
        let write_threshold = pair.own().data.write_threshold;
        let mut clear = 0;
        if write_threshold > 0 && ring.free() < write_threshold {
            clear |= c::ZX_SOCKET_WRITE_THRESHOLD;
        }
        if ring.free() == 0 {
            clear |= c::ZX_SOCKET_WRITABLE;
        }
        pair.update_own(clear, 0);
        Ok(len)
    }

    /// Takes out, or with `peek` only looks at, up to `size` bytes of the
    /// stream or of the first packet, once `store` has accepted them. Returns
    /// how many.
    pub fn read(
        &self,
        size: usize,
        peek: bool,
        store: impl Fn(usize, &[u8]) -> Result,
    ) -> Result<usize> {
        if u32::try_from(size).is_err() {
            return Err(Status::INVALID_ARGS);
        }
        let ring = &*self.rings.incoming;
        let turn = ring.read();
        let mut available = ring.fill();
        if available == 0 || self.is_datagram() {
            let mut pair = self.end.lock();
            available = ring.fill();
            if available == 0 {
                return Err(if !pair.connected() {
                    Status::PEER_CLOSED
                } else if pair.own().data.read_disabled {
                    Status::BAD_STATE
                } else {
                    Status::SHOULD_WAIT
                });
            }
            if let Some(&first) = pair.own().data.packets.front() {
                available = first;
            }
        }
        let len = size.min(available);
        turn.copy_out(len, store)?;
        if peek || size == 0 {
            return Ok(len);
        }

        let mut pair = self.end.lock();
        let was_full = ring.free() == 0;
        if self.is_datagram() {
            // The rest of the packet goes too.
            pair.own().data.packets.pop_front();
            turn.consume_locked(available);
        } else {
            turn.consume_locked(len);
        }
        self.after_read_locked(&mut pair, was_full);
        Ok(len)
    }

    fn after_read_locked(&self, pair: &mut PairGuard<'_, State>, was_full: bool) {
        let ring = &*self.rings.incoming;
        let mut clear = 0;
        let read_threshold = pair.own().data.read_threshold;
        if read_threshold > 0 && ring.fill() < read_threshold {
            clear |= c::ZX_SOCKET_READ_THRESHOLD;
        }
        if ring.fill() == 0 {
            clear |= c::ZX_SOCKET_READABLE;
        }
        pair.update_own(clear, 0);
        if !pair.connected() {
            return;
        }
        let mut set = 0;
        let write_threshold = pair.peer().data.write_threshold;
        if write_threshold > 0 && ring.free() >= write_threshold {
            set |= c::ZX_SOCKET_WRITE_THRESHOLD;
        }
        if was_full && pair.peer_signals() & c::ZX_SOCKET_WRITE_DISABLED == 0 {
            set |= c::ZX_SOCKET_WRITABLE;
        }
        pair.update_peer(0, set);
    }

    /// Changes whether this end, and whether its peer, may write: both or, on
    /// `BAD_STATE`, neither.
    pub fn set_disposition(&self, own: Disposition, peer: Disposition) -> Result {
        if (own, peer) == (Disposition::Same, Disposition::Same) {
            return Ok(());
        }
        let mut pair = self.end.lock();
        let unread = |signals: Signals, ring: &Ring| {
            signals & c::ZX_SOCKET_PEER_WRITE_DISABLED != 0 && ring.fill() != 0
        };
        if peer == Disposition::WriteEnabled && unread(pair.own_signals(), &self.rings.incoming) {
            return Err(Status::BAD_STATE);
        }
        if own == Disposition::WriteEnabled
            && pair.peer().open
            && unread(pair.peer_signals(), &self.rings.outgoing)
        {
            return Err(Status::BAD_STATE);
        }
        let connected = pair.connected();
        if let Some((clear, set)) = Self::writer_change(own, connected, &self.rings.outgoing) {
            pair.update_own(clear, set);
            let disabled = own == Disposition::WriteDisabled;
            pair.peer().data.read_disabled = disabled;
            let (clear, set) = Self::reader_change(disabled);
            pair.update_peer(clear, set);
        }
        if let Some((clear, set)) = Self::writer_change(peer, connected, &self.rings.incoming) {
            let disabled = peer == Disposition::WriteDisabled;
            pair.own().data.read_disabled = disabled;
            if connected {
                pair.update_peer(clear, set);
                let (clear, set) = Self::reader_change(disabled);
                pair.update_own(clear, set);
            }
        }
        Ok(())
    }

    /// Disables writing by this end, reading by it, or both, for good or until
    /// `set_disposition`.
    pub fn shutdown(&self, write: bool, read: bool) {
        let mut pair = self.end.lock();
        let (clear, set) = (c::ZX_SOCKET_WRITABLE, c::ZX_SOCKET_WRITE_DISABLED);
        if write {
            pair.update_own(clear, set);
            pair.peer().data.read_disabled = true;
            pair.update_peer(0, c::ZX_SOCKET_PEER_WRITE_DISABLED);
        }
        if read {
            pair.own().data.read_disabled = true;
            pair.update_own(0, c::ZX_SOCKET_PEER_WRITE_DISABLED);
            pair.update_peer(clear, set);
        }
    }

    /// What a disposition clears and sets at the end that writes.
    fn writer_change(
        disposition: Disposition,
        connected: bool,
        ring: &Ring,
    ) -> Option<(Signals, Signals)> {
        match disposition {
            Disposition::Same => None,
            Disposition::WriteDisabled => {
                Some((c::ZX_SOCKET_WRITABLE, c::ZX_SOCKET_WRITE_DISABLED))
            }
            Disposition::WriteEnabled if connected && ring.free() != 0 => {
                Some((c::ZX_SOCKET_WRITE_DISABLED, c::ZX_SOCKET_WRITABLE))
            }
            Disposition::WriteEnabled => Some((c::ZX_SOCKET_WRITE_DISABLED, 0)),
        }
    }

    /// What it clears and sets at the other end.
    fn reader_change(disabled: bool) -> (Signals, Signals) {
        if disabled {
            (0, c::ZX_SOCKET_PEER_WRITE_DISABLED)
        } else {
            (c::ZX_SOCKET_PEER_WRITE_DISABLED, 0)
        }
    }

    /// Property `ZX_PROP_SOCKET_RX_THRESHOLD`.
    pub fn rx_threshold(&self) -> usize {
        self.end.lock().own().data.read_threshold
    }

    /// Property `ZX_PROP_SOCKET_TX_THRESHOLD`.
    pub fn tx_threshold(&self) -> usize {
        self.end.lock().own().data.write_threshold
    }

    /// Sets `ZX_PROP_SOCKET_RX_THRESHOLD`, and its signal at once.
    pub fn set_rx_threshold(&self, threshold: usize) -> Result {
        if threshold > CAPACITY {
            return Err(Status::INVALID_ARGS);
        }
        let mut pair = self.end.lock();
        pair.own().data.read_threshold = threshold;
        if threshold > 0 && self.rings.incoming.fill() >= threshold {
            pair.update_own(0, c::ZX_SOCKET_READ_THRESHOLD);
        } else {
            pair.update_own(c::ZX_SOCKET_READ_THRESHOLD, 0);
        }
        Ok(())
    }

    /// Sets `ZX_PROP_SOCKET_TX_THRESHOLD`, and its signal at once.
    pub fn set_tx_threshold(&self, threshold: usize) -> Result {
        let mut pair = self.end.lock();
        if !pair.connected() {
            return Err(Status::PEER_CLOSED);
        }
        if threshold > CAPACITY {
            return Err(Status::INVALID_ARGS);
        }
        pair.own().data.write_threshold = threshold;
        if threshold > 0 && self.rings.outgoing.free() >= threshold {
            pair.update_own(0, c::ZX_SOCKET_WRITE_THRESHOLD);
        } else {
            pair.update_own(c::ZX_SOCKET_WRITE_THRESHOLD, 0);
        }
        Ok(())
    }

    /// Describes this end.
    pub fn info(&self) -> SocketInfo {
        let mut pair = self.end.lock();
        let connected = pair.connected();
        let rx_buf_size = self.rings.incoming.fill();
        let rx_buf_available = if self.is_datagram() {
            pair.own().data.packets.front().copied().unwrap_or(0)
        } else {
            rx_buf_size
        };
        SocketInfo {
            options: self.options,
            rx_buf_max: CAPACITY,
            rx_buf_size,
            rx_buf_available,
            tx_buf_max: if connected { CAPACITY } else { 0 },
            tx_buf_size: if connected {
                self.rings.outgoing.fill()
            } else {
                0
            },
        }
    }
}

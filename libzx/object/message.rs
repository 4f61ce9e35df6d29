// SPDX-License-Identifier: MIT
//! What travels through channels: bytes and handles.

use crate::status::{Result, Status};

use super::handle::Handle;

/// Payloads up to this size share the message's own allocation.
const INLINE: usize = 128;

/// A message. The handles in it are closed with it.
pub struct Message {
    len: usize,
    inline: [u8; INLINE],
    /// The payload, if it is larger than `inline`.
    large: Vec<u8>,
    handles: Vec<Handle>,
}

impl Message {
    /// A message of `len` zero bytes without handles.
    pub fn new(len: usize) -> Result<Box<Message>> {
        let mut large = Vec::new();
        if len > INLINE {
            large
                .try_reserve_exact(len)
                .map_err(|_| Status::NO_MEMORY)?;
            large.resize(len, 0);
        }
        Ok(Box::new(Message {
            len,
            inline: [0; INLINE],
            large,
            handles: Vec::new(),
        }))
    }

    /// The payload.
    pub fn bytes(&self) -> &[u8] {
        self.inline.get(..self.len).unwrap_or(&self.large)
    }

    /// The payload, to be filled.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        match self.inline.get_mut(..self.len) {
            Some(bytes) => bytes,
            None => &mut self.large,
        }
    }

    /// The handles.
    pub fn handles(&self) -> &[Handle] {
        &self.handles
    }

    /// Adds a handle.
    pub fn push(&mut self, handle: Handle) {
        self.handles.push(handle);
    }

    /// Takes the handles out.
    pub fn take_handles(&mut self) -> Vec<Handle> {
        std::mem::take(&mut self.handles)
    }

    /// Makes room for so many handles.
    pub fn reserve_handles(&mut self, count: usize) {
        self.handles.reserve_exact(count);
    }

    /// The transaction id: the first four bytes, 0 in a shorter message.
    pub fn txid(&self) -> u32 {
        let first = self.bytes().first_chunk::<4>();
        first.map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    /// Stamps the message with a transaction id, if it is long enough.
    pub fn set_txid(&mut self, txid: u32) {
        if let Some(bytes) = self.bytes_mut().first_chunk_mut::<4>() {
            *bytes = txid.to_ne_bytes();
        }
    }
}

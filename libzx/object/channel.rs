// SPDX-License-Identifier: MIT
//! Channels: queues of messages in both directions, and calls that wait for
//! their replies (ipc.md, section 2).

use std::collections::VecDeque;
use std::sync::Arc;

use super::message::Message;
use super::peer::{Endpoint, PairGuard, Peered};
use super::{Object, ObjectType, Typed};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::futex::{self, Deadline};
use crate::task::handover::Handover;
use crate::task::{BlockedOn, ThreadRecord};
use crate::uapi::types::{
    ZX_CHANNEL_PEER_CLOSED, ZX_CHANNEL_READABLE, ZX_CHANNEL_WRITABLE, ZX_OBJ_TYPE_CHANNEL,
};

/// The transaction ids that calls use; programs have the others.
const CALL_TXIDS: u32 = 0x8000_0000;
/// An emptied queue with more room than this gives it back.
const KEPT_ROOM: usize = 64;

/// One end of a channel.
pub struct Channel {
    end: Endpoint<State>,
}

/// What the pair's lock guards for each end.
#[derive(Default)]
pub(super) struct State {
    /// What this end can read.
    queue: VecDeque<Box<Message>>,
    /// The calls on this end that wait for a reply.
    calls: Vec<Arc<Call>>,
    /// Makes transaction ids.
    last_txid: u32,
}

/// A call that waits for its reply. Whoever takes it out of the end's list,
/// under the pair's lock, decides the outcome.
struct Call {
    txid: u32,
    outcome: Handover<Result<Box<Message>>>,
}

/// What became of the oldest message.
pub enum Read {
    /// It fits and has left the queue.
    Message(Box<Message>),
    /// It does not fit: its number of bytes and of handles.
    TooLarge(usize, usize),
}

impl Peered for Channel {
    const TYPE: ObjectType = ZX_OBJ_TYPE_CHANNEL;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_CHANNEL;
    type Data = State;

    fn end(&self) -> &Endpoint<State> {
        &self.end
    }

    /// Ends the calls at both ends and destroys what nobody can read any
    /// more. Handles in it may be the last ones of other objects, whose turn
    /// comes after this returned (see `handle.rs`).
    fn close(&self) {
        let mut pair = self.end.lock();
        let unread = std::mem::take(&mut pair.own().data.queue);
        let canceled = std::mem::take(&mut pair.own().data.calls);
        let orphaned = std::mem::take(&mut pair.peer().data.calls);
        pair.close(ZX_CHANNEL_WRITABLE, ZX_CHANNEL_PEER_CLOSED);
        drop(pair);
        for call in canceled {
            call.outcome.give(Err(Status::CANCELED));
        }
        for call in orphaned {
            call.outcome.give(Err(Status::PEER_CLOSED));
        }
        drop(unread);
    }
}

impl Channel {
    /// Two ends.
    pub fn pair() -> (Arc<Channel>, Arc<Channel>) {
        let (end0, end1) = Endpoint::pair(ZX_CHANNEL_WRITABLE, Default::default());
        (
            Arc::new(Channel { end: end0 }),
            Arc::new(Channel { end: end1 }),
        )
    }

    /// Whether `object` is this very end.
    pub fn is(&self, object: &Object) -> bool {
        Channel::of(object).is_some_and(|other| std::ptr::eq(self, Arc::as_ptr(other)))
    }

    /// Sends a message to the other end: to the call there that waits for it,
    /// or to the queue.
    pub fn write(&self, message: Box<Message>) -> Result {
        let mut pair = self.end.lock();
        if !pair.connected() {
            // The message, dropped last, closes its handles after unlocking.
            drop(pair);
            drop(message);
            return Err(Status::PEER_CLOSED);
        }
        let calls = &mut pair.peer().data.calls;
        if !calls.is_empty() {
            let txid = message.txid();
            if let Some(index) = calls.iter().position(|call| call.txid == txid) {
                let call = calls.swap_remove(index);
                drop(pair);
                call.outcome.give(Ok(message));
                return Ok(());
            }
        }
        queue(&mut pair, message);
        Ok(())
    }

    /// Takes the oldest message if it has at most so many bytes and handles.
    /// One that has more is dropped with `discard`, and stays otherwise.
    pub fn read(&self, max_bytes: usize, max_handles: usize, discard: bool) -> Result<Read> {
        let mut pair = self.end.lock();
        let own = pair.own();
        let queue = &mut own.data.queue;
        let Some(first) = queue.front() else {
            return Err(if pair.connected() {
                Status::SHOULD_WAIT
            } else {
                Status::PEER_CLOSED
            });
        };
        let (bytes, handles) = (first.bytes().len(), first.handles().len());
        let fits = bytes <= max_bytes && handles <= max_handles;
        if !fits && !discard {
            return Ok(Read::TooLarge(bytes, handles));
        }
        let message = queue.pop_front();
        if queue.is_empty() {
            if queue.capacity() > KEPT_ROOM {
                *queue = VecDeque::new();
            }
            pair.update_own(ZX_CHANNEL_READABLE, 0);
        }
        drop(pair);
        match message {
            Some(message) if fits => Ok(Read::Message(message)),
            _ => Ok(Read::TooLarge(bytes, handles)),
        }
    }

    /// Sends a request and waits for the message with the same transaction id.
    pub fn call(
        &self,
        thread: &ThreadRecord,
        mut request: Box<Message>,
        deadline: Deadline,
    ) -> Result<Box<Message>> {
        let mut pair = self.end.lock();
        if !pair.connected() {
            drop(pair);
            drop(request);
            return Err(Status::PEER_CLOSED);
        }
        let state = &mut pair.own().data;
        let txid = loop {
            state.last_txid = state.last_txid.wrapping_add(1);
            let txid = state.last_txid | CALL_TXIDS;
            if state.calls.iter().all(|call| call.txid != txid) {
                break txid;
            }
        };
        request.set_txid(txid);
        let call = Arc::new(Call {
            txid,
            outcome: Handover::default(),
        });
        state.calls.push(call.clone());
        // Never to a call that waits at the other end: this is no reply.
        queue(&mut pair, request);
        drop(pair);

        if let Some(outcome) = call.outcome.wait(thread, BlockedOn::Channel, deadline) {
            return outcome;
        }
        let mut pair = self.end.lock();
        let calls = &mut pair.own().data.calls;
        if let Some(index) = calls.iter().position(|other| Arc::ptr_eq(other, &call)) {
            calls.swap_remove(index);
            return Err(Status::TIMED_OUT);
        }
        drop(pair);
        // Someone decided before, and is about to say what.
        let outcome = call
            .outcome
            .wait(thread, BlockedOn::Channel, futex::INFINITE);
        outcome.unwrap_or(Err(Status::TIMED_OUT))
    }
}

/// Appends a message to the peer's queue.
fn queue(pair: &mut PairGuard<'_, State>, message: Box<Message>) {
    let peer = pair.peer();
    peer.data.queue.push_back(message);
    pair.update_peer(0, ZX_CHANNEL_READABLE);
}

// SPDX-License-Identifier: MIT
//! Where the pages of a pager's VMO come from: the requests of those that
//! want them, and the packets that tell the pager (memory.md, section 6.2).

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};

use crate::object::base::Koid;
use crate::object::packet::{Packet, Payload};
use crate::object::port::{PacketSource, Port};
use crate::status::{Result, Status};
use crate::sys::futex;
use crate::sys::memory::PAGE;
use crate::sys::page_traps;
use crate::sys::range_set::RangeSet;
use crate::task::record::ThreadRecord;
use crate::task::sleep::{BlockedOn, Slept};

/// The source of one VMO's pages.
pub struct PageSource {
    /// The koid of the pager.
    pager: Koid,
    port: Arc<Port>,
    key: u64,
    this: Weak<PageSource>,
    /// Whether no page comes any more.
    ended: AtomicBool,
    state: Mutex<State>,
    /// Changes when a request is over.
    changed: AtomicU32,
}

#[derive(Default)]
struct State {
    requests: Vec<Request>,
    next: u64,
    /// What the packet on the port is about: one at a time.
    queued: Option<Queued>,
    complete: Complete,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Queued {
    Request(u64),
    Complete,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Complete {
    #[default]
    No,
    /// Once all requests have been told.
    Due,
    Told,
}

/// Pages that somebody waits for.
struct Request {
    id: u64,
    start: u64,
    end: u64,
    missing: RangeSet,
    told: bool,
    /// Calls that wait.
    waiters: usize,
    /// Accesses that wait: pages, and the addresses they are at.
    accesses: Vec<(u64, u64)>,
    outcome: Option<Result>,
}

/// A call's part in a request.
pub struct Ticket {
    source: Arc<PageSource>,
    id: u64,
}

impl State {
    /// What there is to tell next.
    fn next_packet(&mut self) -> Option<(Queued, Payload)> {
        if self.queued.is_some() {
            return None;
        }
        let wanted = |request: &&mut Request| !request.told && request.outcome.is_none();
        if let Some(request) = self.requests.iter_mut().find(wanted) {
            request.told = true;
            let payload = Payload::PageRequest {
                complete: false,
                offset: request.start * PAGE,
                length: (request.end - request.start) * PAGE,
            };
            return Some((Queued::Request(request.id), payload));
        }
        if self.complete != Complete::Due {
            return None;
        }
        self.complete = Complete::Told;
        let payload = Payload::PageRequest {
            complete: true,
            offset: 0,
            length: 0,
        };
        Some((Queued::Complete, payload))
    }
}

impl PageSource {
    /// The source of a VMO of a pager, which tells a port of what is wanted.
    pub fn new(pager: Koid, port: Arc<Port>, key: u64) -> Arc<PageSource> {
        Arc::new_cyclic(|this| PageSource {
            pager,
            port,
            key,
            this: this.clone(),
            ended: AtomicBool::new(false),
            state: Mutex::default(),
            changed: AtomicU32::new(0),
        })
    }

    /// The koid of the pager.
    pub fn pager(&self) -> Koid {
        self.pager
    }

    /// Whether no page comes any more.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Asks for absent pages on behalf of a call: those from `start` on that
    /// nobody has asked for, or else what was asked for with the first. The
    /// family is locked, so that none of them comes meanwhile.
    pub fn ask(&self, start: u64, end: u64) -> Result<Ticket> {
        let mut state = self.state.lock();
        let index = self.find_or_add(&mut state, start, end)?;
        let request = &mut state.requests[index];
        request.waiters += 1;
        let id = request.id;
        drop(state);
        self.tell();
        let source = self.this.upgrade().ok_or(Status::INTERNAL)?;
        Ok(Ticket { source, id })
    }

    /// Asks for an absent page on behalf of an access to an address.
    pub fn ask_for_access(&self, page: u64, at: u64) -> Result {
        let mut state = self.state.lock();
        let index = self.find_or_add(&mut state, page, page + 1)?;
        state.requests[index].accesses.push((page, at));
        drop(state);
        self.tell();
        Ok(())
    }

    fn find_or_add(&self, state: &mut State, start: u64, mut end: u64) -> Result<usize> {
        if self.has_ended() {
            return Err(Status::BAD_STATE);
        }
        for (index, request) in state.requests.iter().enumerate() {
            if request.outcome.is_some() {
                continue;
            }
            if request.start <= start && start < request.end {
                return Ok(index);
            }
            if request.start > start {
                end = end.min(request.start);
            }
        }
        let id = state.next;
        state.next += 1;
        state.requests.push(Request {
            id,
            start,
            end,
            missing: [(start, end)].into_iter().collect(),
            told: false,
            waiters: 0,
            accesses: Vec::new(),
            outcome: None,
        });
        Ok(state.requests.len() - 1)
    }

    /// Queues the next packet, unless one is queued. The state is not locked:
    /// a thread that waits at the port takes the packet at once.
    fn tell(&self) {
        let mut state = self.state.lock();
        let Some((queued, payload)) = state.next_packet() else {
            return;
        };
        let Some(this) = self.this.upgrade() else {
            return;
        };
        state.queued = Some(queued);
        drop(state);
        let packet = Packet {
            key: self.key,
            payload,
        };
        if self.port.queue_from(this, packet).is_err() {
            // Nobody will ever learn of it.
            self.state.lock().queued = None;
        }
    }

    /// Pages have come.
    pub fn came(&self, start: u64, end: u64) {
        let mut state = self.state.lock();
        for request in &mut state.requests {
            request.missing.remove(start, end);
            request.accesses.retain(|&(page, at)| {
                let waits = page < start || page >= end;
                if !waits {
                    page_traps::wake(at, PAGE);
                }
                waits
            });
            if request.missing.is_empty() && request.outcome.is_none() {
                request.outcome = Some(Ok(()));
            }
        }
        self.settle(state);
    }

    /// There are no pages from this one on any more. Who waits for one has to
    /// look again.
    pub fn cut(&self, pages: u64) {
        let mut state = self.state.lock();
        for request in &mut state.requests {
            request.missing.remove(pages, u64::MAX);
            request.end = request.end.min(pages).max(request.start);
            request.accesses.retain(|&(page, at)| {
                if page >= pages {
                    page_traps::wake(at, PAGE);
                }
                page < pages
            });
            if request.missing.is_empty() && request.outcome.is_none() {
                request.outcome = Some(Ok(()));
            }
        }
        self.settle(state);
    }

    /// Fails the requests that want a page of a range.
    pub fn fail(&self, start: u64, end: u64, status: Status) {
        let mappings = page_traps::lock();
        let mut state = self.state.lock();
        let mut accesses = Vec::new();
        for request in &mut state.requests {
            if request.outcome.is_none() && request.start < end && start < request.end {
                request.outcome = Some(Err(status));
                accesses.append(&mut request.accesses);
            }
        }
        self.settle(state);
        page_traps::fail(&mappings, accesses.into_iter().map(|(_, at)| at), status);
    }

    /// No page comes any more; the pager learns of it unless it is gone.
    pub fn end(&self, pager_gone: bool) {
        let mut state = self.state.lock();
        self.ended.store(true, Ordering::Release);
        if pager_gone {
            state.complete = Complete::Told;
        } else if state.complete == Complete::No {
            state.complete = Complete::Due;
        }
        drop(state);
        self.fail(0, u64::MAX, Status::BAD_STATE);
        if pager_gone {
            self.withdraw();
        }
    }

    /// The last use of the VMO is gone, so nobody waits.
    pub fn end_unused(&self) {
        let mut state = self.state.lock();
        self.ended.store(true, Ordering::Release);
        if state.complete == Complete::No {
            state.complete = Complete::Due;
        }
        self.settle(state);
    }

    /// Lets calls go on whose requests are over, and takes back what the port
    /// still says of those.
    fn settle(&self, mut state: MutexGuard<'_, State>) {
        let over = |request: &Request| request.outcome.is_some() && request.waiters == 0;
        state.requests.retain(|request| !over(request));
        self.changed.fetch_add(1, Ordering::AcqRel);
        futex::wake(&self.changed, i32::MAX);
        let stale = match state.queued {
            Some(Queued::Request(id)) if !self.has_ended() => {
                let asked = |request: &Request| request.id == id && request.outcome.is_none();
                !state.requests.iter().any(asked)
            }
            _ => false,
        };
        drop(state);
        if stale {
            self.withdraw();
        } else {
            self.tell();
        }
    }

    /// Takes the packet back; the next one follows.
    fn withdraw(&self) {
        if let Some(this) = self.this.upgrade() {
            let this: Arc<dyn PacketSource> = this;
            self.port.remove_source(&this);
        }
    }
}

impl PacketSource for PageSource {
    fn returned(&self) {
        self.state.lock().queued = None;
        self.tell();
    }
}

impl Ticket {
    /// Waits until the request is over. Whoever waits looks at the pages again
    /// then. A thread that is to stop takes its part in the request back.
    pub fn wait(self) -> Result {
        let thread = ThreadRecord::current();
        loop {
            let seen = self.source.changed.load(Ordering::Acquire);
            if let Some(outcome) = self.outcome() {
                return outcome;
            }
            let word = &self.source.changed;
            let slept = thread.sleep_interruptibly(BlockedOn::Pager, word, seen, futex::INFINITE);
            if slept == Slept::Interrupted {
                self.leave();
                thread.stop_here();
                return Ok(());
            }
        }
    }

    /// How the request ended, if it has; this part in it is over then.
    fn outcome(&self) -> Option<Result> {
        let mut state = self.source.state.lock();
        let mine = |request: &Request| request.id == self.id;
        let Some(index) = state.requests.iter().position(mine) else {
            return Some(Ok(()));
        };
        let request = &mut state.requests[index];
        let outcome = request.outcome?;
        request.waiters -= 1;
        if request.waiters == 0 {
            state.requests.swap_remove(index);
        }
        Some(outcome)
    }

    fn leave(&self) {
        let mut state = self.source.state.lock();
        let mine = |request: &&mut Request| request.id == self.id;
        if let Some(request) = state.requests.iter_mut().find(mine) {
            request.waiters -= 1;
            if request.waiters == 0 && request.accesses.is_empty() && request.outcome.is_none() {
                request.outcome = Some(Ok(()));
            }
        }
        self.source.settle(state);
    }
}

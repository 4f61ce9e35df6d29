// SPDX-License-Identifier: MIT
//! Futexes (tasks-time-system.md, section 5): queues of threads, found by the
//! address of a word of the program.
//!
//! A futex is there while threads wait at its address. The queues are in a
//! table that is hashed by address; a thread that waits sleeps on a word of
//! its own. Linux's futexes on the program's word could neither have owners
//! nor move threads to one address and another.
//!
//! Waking nobody takes no lock: a thread that is about to wait counts itself
//! in before it looks at the program's word, and who wakes has changed that
//! word before it looks at the count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};

use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;

use super::handover::Handover;
use super::record::ThreadRecord;
use super::sleep::BlockedOn;
use super::thread::{Life, Thread};
use crate::object::KernelObject;
use crate::object::base::Koid;
use crate::status::{Result, Status};
use crate::sys::futex::{self, Deadline};
use crate::sys::spin;

/// How many queues there are; a power of two.
const BUCKETS: usize = 256;

/// A thread that waits, as the table has it. Made once per thread.
#[derive(Default)]
pub struct Waiter {
    woken: Handover<()>,
    /// Where it waits now. Changes under the locks of both places.
    address: AtomicUsize,
}

#[derive(Clone)]
struct Entry {
    address: usize,
    waiter: Arc<Waiter>,
    thread: Arc<Thread>,
}

/// Owners of futexes with their addresses. Dropping them may drop threads:
/// only without locks.
type Owners = SmallVec<[(usize, Arc<Thread>); 2]>;

/// Threads taken out of a queue, which are woken when this is dropped: only
/// without locks.
#[derive(Default)]
struct Woken(SmallVec<[Entry; 4]>);

impl Drop for Woken {
    fn drop(&mut self) {
        for entry in self.0.drain(..) {
            entry.waiter.woken.give(());
        }
    }
}

/// The futexes whose addresses have one hash.
#[repr(align(64))]
struct Bucket {
    /// Threads that wait here, and those about to.
    waiting: AtomicU32,
    queue: Mutex<Queue>,
}

struct Queue {
    /// In the order in which they came.
    entries: Vec<Entry>,
    owners: Vec<(usize, Arc<Thread>)>,
}

static TABLE: [Bucket; BUCKETS] = [const {
    Bucket {
        waiting: AtomicU32::new(0),
        queue: Mutex::new(Queue {
            entries: Vec::new(),
            owners: Vec::new(),
        }),
    }
}; BUCKETS];

fn index_of(address: usize) -> usize {
    let mixed = (address >> 2).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed >> (usize::BITS - BUCKETS.trailing_zeros())
}

impl Bucket {
    fn of(address: usize) -> &'static Bucket {
        &TABLE[index_of(address)]
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        spin::lock(&self.queue)
    }

    /// Whether nobody waits here. The caller has changed the program's word
    /// before, if it has to be changed.
    fn is_empty(&self) -> bool {
        fence(Ordering::SeqCst);
        self.waiting.load(Ordering::Relaxed) == 0
    }

    fn leave(&self, count: usize) {
        // As many as have come.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }
}

impl Queue {
    fn has_waiters(&self, address: usize) -> bool {
        self.entries.iter().any(|entry| entry.address == address)
    }

    /// Whether a thread is among those who wait at an address.
    fn has_thread(&self, address: usize, thread: &Arc<Thread>) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.address == address && Arc::ptr_eq(&entry.thread, thread))
    }

    /// Makes a thread, or nobody, the owner of a futex; nobody of one where no
    /// thread waits. Who was goes to `dropped`.
    fn set_owner(&mut self, address: usize, owner: Option<Arc<Thread>>, dropped: &mut Owners) {
        if let Some(index) = self.owners.iter().position(|(owned, _)| *owned == address) {
            dropped.push(self.owners.swap_remove(index));
        }
        let Some(owner) = owner else { return };
        // Without memory it has none, which costs no more than an inheritance
        // that Linux does not have anyway.
        if self.has_waiters(address) && self.owners.try_reserve(1).is_ok() {
            self.owners.push((address, owner));
        } else {
            dropped.push((address, owner));
        }
    }

    /// Takes at most `count` threads out that wait at an address, in the order
    /// in which they came.
    fn take(&mut self, address: usize, count: u32, taken: &mut SmallVec<[Entry; 4]>) {
        let mut left = count;
        self.entries.retain(|entry| {
            let wanted = left != 0 && entry.address == address;
            if wanted {
                left -= 1;
                taken.push(entry.clone());
            }
            !wanted
        });
    }
}

/// Reads the program's word.
pub trait Word {
    /// Its address.
    fn address(&self) -> usize;

    /// What is there; `INVALID_ARGS` when nothing is.
    fn read(&self) -> Result<i32>;

    /// Fails with `BAD_STATE` unless the word has this value.
    fn check(&self, expected: i32) -> Result {
        if self.read()? == expected {
            Ok(())
        } else {
            Err(Status::BAD_STATE)
        }
    }
}

/// Waits at a word that has a value, until it is woken or `deadline` passes.
/// The owner of the futex becomes `owner`. Checks 2 to 9 of `zx_futex_wait`.
pub fn wait(
    record: &'static ThreadRecord,
    word: &impl Word,
    expected: i32,
    owner: impl FnOnce() -> Result<Option<Arc<Thread>>>,
    deadline: Deadline,
) -> Result {
    word.check(expected)?;
    let owner = owner();
    let thread = Thread::current(record);
    // A signal handler that waits meanwhile gets another one.
    let waiter = record.futex_waiter.take().unwrap_or_default();
    let result = begin(word, expected, owner, deadline, (&waiter, thread))
        .and_then(|()| sleep(record, &waiter, deadline));
    record.futex_waiter.set(Some(waiter));
    result
}

/// Makes the checks that count and puts the thread into the queue.
fn begin(
    word: &impl Word,
    expected: i32,
    owner: Result<Option<Arc<Thread>>>,
    deadline: Deadline,
    (waiter, thread): (&Arc<Waiter>, Arc<Thread>),
) -> Result {
    let address = word.address();
    let bucket = Bucket::of(address);
    let mut dropped = Owners::new();
    let mut queue = bucket.lock();
    bucket.waiting.fetch_add(1, Ordering::SeqCst);
    let checked = word.check(expected).and_then(|()| {
        if let Some(owner) = owner.as_ref().map_err(|status| *status)?
            && (Arc::ptr_eq(owner, &thread) || queue.has_thread(address, owner))
        {
            return Err(Status::INVALID_ARGS);
        }
        if futex::expired(deadline) {
            return Err(Status::TIMED_OUT);
        }
        let room = queue.entries.try_reserve(1);
        room.map_err(|_| Status::NO_MEMORY)
    });
    if checked.is_err() {
        bucket.leave(1);
        drop(queue);
        drop(owner);
        return checked;
    }
    waiter.address.store(address, Ordering::Relaxed);
    queue.entries.push(Entry {
        address,
        waiter: Arc::clone(waiter),
        thread,
    });
    queue.set_owner(address, owner.unwrap_or(None), &mut dropped);
    drop(queue);
    drop(dropped);
    Ok(())
}

fn sleep(record: &'static ThreadRecord, waiter: &Arc<Waiter>, deadline: Deadline) -> Result {
    let on = BlockedOn::Futex;
    if waiter.woken.wait(record, on, deadline).is_some() {
        return Ok(());
    }
    if leave(waiter) {
        return Err(Status::TIMED_OUT);
    }
    // Somebody has taken it out of the queue, and is about to say so.
    while waiter.woken.wait(record, on, futex::INFINITE).is_none() {}
    Ok(())
}

/// Takes a thread whose time is over out of the queue that it is in by now;
/// false when it is in none.
fn leave(waiter: &Arc<Waiter>) -> bool {
    let mut dropped = Owners::new();
    loop {
        let address = waiter.address.load(Ordering::Acquire);
        let bucket = Bucket::of(address);
        let mut queue = bucket.lock();
        if waiter.address.load(Ordering::Relaxed) != address {
            continue; // moved meanwhile
        }
        let mut entries = queue.entries.iter();
        let Some(index) = entries.position(|entry| Arc::ptr_eq(&entry.waiter, waiter)) else {
            return false;
        };
        let entry = queue.entries.remove(index);
        bucket.leave(1);
        if !queue.has_waiters(address) {
            queue.set_owner(address, None, &mut dropped);
        }
        drop(queue);
        drop(dropped);
        drop(entry);
        return true;
    }
}

/// Who owns a futex after threads were woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewOwner {
    /// Nobody.
    None,
    /// The one thread that was woken, if others still wait.
    Woken,
}

/// Wakes at most `count` threads that wait at an address.
pub fn wake(address: usize, count: u32, new_owner: NewOwner) {
    let bucket = Bucket::of(address);
    if bucket.is_empty() {
        return;
    }
    let (mut woken, mut dropped) = (Woken::default(), Owners::new());
    let mut queue = bucket.lock();
    queue.take(address, count, &mut woken.0);
    bucket.leave(woken.0.len());
    let owner = owner_after(new_owner, &woken);
    queue.set_owner(address, owner, &mut dropped);
    drop(queue);
    drop(dropped);
    drop(woken);
}

fn owner_after(new_owner: NewOwner, woken: &Woken) -> Option<Arc<Thread>> {
    match new_owner {
        NewOwner::None => None,
        NewOwner::Woken => woken.0.first().map(|entry| Arc::clone(&entry.thread)),
    }
}

/// Where threads go, and whose it is then.
pub struct Target {
    /// The address.
    pub address: usize,
    /// How many threads, at most.
    pub count: u32,
    /// The owner from then on, if threads wait there.
    pub owner: Result<Option<Arc<Thread>>>,
}

/// Wakes at most `count` threads that wait at a word that has a value, and
/// has others wait at another address.
pub fn requeue(
    word: &impl Word,
    expected: i32,
    (count, new_owner): (u32, NewOwner),
    target: Target,
) -> Result {
    let from = word.address();
    // What is dropped last stands first: the queues are unlocked before.
    let Target {
        address: to,
        count: most,
        owner,
    } = target;
    let (mut woken, mut dropped) = (Woken::default(), Owners::new());
    let mut queues = Two::lock(from, to);
    word.check(expected)?;
    if let Some(owner) = owner.as_ref().map_err(|status| *status)?
        && (queues.first().has_thread(from, owner) || queues.second().has_thread(to, owner))
    {
        return Err(Status::INVALID_ARGS);
    }
    let mut moved = SmallVec::new();
    let waiting = queues.first().entries.len();
    let room = queues.second().entries.try_reserve(waiting);
    room.map_err(|_| Status::NO_MEMORY)?;
    queues.first().take(from, count, &mut woken.0);
    queues.first().take(from, most, &mut moved);
    let arriving = u32::try_from(moved.len()).unwrap_or(u32::MAX);
    Bucket::of(to).waiting.fetch_add(arriving, Ordering::SeqCst);
    Bucket::of(from).leave(woken.0.len() + moved.len());
    for mut entry in moved {
        entry.address = to;
        let waiter = Arc::clone(&entry.waiter);
        queues.second().entries.push(entry);
        waiter.address.store(to, Ordering::Release);
    }
    let woken_owner = owner_after(new_owner, &woken);
    queues.first().set_owner(from, woken_owner, &mut dropped);
    queues
        .second()
        .set_owner(to, owner.unwrap_or(None), &mut dropped);
    drop(queues);
    drop(dropped);
    drop(woken);
    Ok(())
}

/// The queues of two addresses, which may be the same.
struct Two {
    one: MutexGuard<'static, Queue>,
    other: Option<MutexGuard<'static, Queue>>,
    /// Whether `other` is that of the first address.
    swapped: bool,
}

impl Two {
    /// Locks them, always in the order of the table.
    fn lock(first: usize, second: usize) -> Two {
        let (first, second) = (index_of(first), index_of(second));
        let one = TABLE[first.min(second)].lock();
        let other = (first != second).then(|| TABLE[first.max(second)].lock());
        Two {
            one,
            other,
            swapped: first > second,
        }
    }

    fn first(&mut self) -> &mut Queue {
        match &mut self.other {
            Some(other) if self.swapped => other,
            _ => &mut self.one,
        }
    }

    fn second(&mut self) -> &mut Queue {
        match &mut self.other {
            Some(other) if !self.swapped => other,
            _ => &mut self.one,
        }
    }
}

/// The koid of the thread that owns the futex at an address, or 0. A thread
/// that has ended owns nothing.
pub fn owner(address: usize) -> Koid {
    let bucket = Bucket::of(address);
    if bucket.is_empty() {
        return 0;
    }
    let queue = bucket.lock();
    let found = queue.owners.iter().find(|(owned, _)| *owned == address);
    match found {
        Some((_, owner)) if owner.life() < Life::Dying => owner.base().koid(),
        _ => 0,
    }
}

// SPDX-License-Identifier: MIT
//! Pages that cannot be had: their addresses are closed until the accesses
//! that wait for them have faulted, and then open again.
//!
//! The handler of faults opens them, so nothing here locks or allocates.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

use nix::libc;

use super::memory::{PAGE, Prot};
use crate::status::Status;

/// How many pages can be closed at a time. Of more, accesses fault until they
/// are mapped anew.
const ROOM: usize = 128;

struct Closed {
    /// The address, 0 when the entry is free.
    page: AtomicU64,
    /// How many accesses are still to fault.
    left: AtomicU32,
    prot: AtomicI32,
    status: AtomicI32,
}

static CLOSED: [Closed; ROOM] = [const {
    Closed {
        page: AtomicU64::new(0),
        left: AtomicU32::new(0),
        prot: AtomicI32::new(0),
        status: AtomicI32::new(0),
    }
}; ROOM];

fn find(page: u64) -> Option<&'static Closed> {
    let held = |closed: &&Closed| closed.page.load(Ordering::Acquire) == page;
    CLOSED.iter().find(held)
}

fn protect(page: u64, prot: i32) {
    let address = ptr::without_provenance_mut(usize::try_from(page).unwrap_or(0));
    let len = usize::try_from(PAGE).unwrap_or(0);
    // SAFETY: a page of a mapping that the library made for a program or for
    // guests; nothing of the library's own is in it.
    unsafe { libc::mprotect(address, len, prot) };
}

/// In the place of a count: a page of guests, whose accesses do not fault.
const OF_GUESTS: u32 = u32::MAX;

/// Closes a page for one access more; one of guests until [`take`] tells of it.
/// Mappings are locked.
pub fn close(page: u64, prot: Prot, status: Status, of_guests: bool) {
    if let Some(closed) = find(page) {
        if !of_guests {
            closed.left.fetch_add(1, Ordering::AcqRel);
        }
    } else if let Some(free) = find(0) {
        let left = if of_guests { OF_GUESTS } else { 1 };
        free.left.store(left, Ordering::Relaxed);
        free.prot.store(prot.bits(), Ordering::Relaxed);
        free.status.store(status.raw(), Ordering::Relaxed);
        free.page.store(page, Ordering::Release);
    }
    protect(page, libc::PROT_NONE);
}

/// An access at an address has faulted: after the last one the page is open
/// again. Callable from a signal handler.
pub fn faulted(address: usize) {
    let page = address as u64 & !(PAGE - 1);
    if page == 0 {
        return;
    }
    if let Some(closed) = find(page) {
        let left = |left: u32| (left != OF_GUESTS).then_some(left.checked_sub(1)?);
        let before = (closed.left).fetch_update(Ordering::AcqRel, Ordering::Acquire, left);
        if before == Ok(1) {
            open(page, closed);
        }
    }
}

fn open(page: u64, closed: &Closed) {
    protect(page, closed.prot.load(Ordering::Relaxed));
    closed.page.store(0, Ordering::Release);
}

/// Why a page of guests is closed, if one is; it is open then. Not while a
/// VCPU may still have to finish an access to it.
pub fn take() -> Option<Status> {
    let of_guests = |closed: &&Closed| {
        let taken = closed.page.load(Ordering::Acquire) != 0;
        taken && closed.left.load(Ordering::Relaxed) == OF_GUESTS
    };
    let closed = CLOSED.iter().find(of_guests)?;
    let status = closed.status.load(Ordering::Relaxed);
    open(closed.page.load(Ordering::Acquire), closed);
    Status::from_raw(status)
}

/// Opens the pages of a range. Mappings are locked.
pub fn reopen(start: u64, len: u64) {
    for closed in &CLOSED {
        let page = closed.page.load(Ordering::Acquire);
        if page != 0 && page >= start && page - start < len {
            open(page, closed);
        }
    }
}

/// Forgets the pages of a range that is about to be used otherwise.
pub fn forget(start: u64, len: u64) {
    for closed in &CLOSED {
        let page = closed.page.load(Ordering::Acquire);
        if page != 0 && page >= start && page - start < len {
            closed.page.store(0, Ordering::Release);
        }
    }
}

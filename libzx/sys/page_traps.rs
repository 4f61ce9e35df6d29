// SPDX-License-Identifier: MIT
//! Pages of mapped memory files that somebody has to put there, or has to
//! know of before they are written to: traps on mappings, by userfaultfd.
//!
//! The threads that fault, the kernel on behalf of a system call and guests
//! alike, wait until the library's one thread for this has had the page's
//! [`Owner`] deal with it. Nothing here knows what the memory is for.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::{OnceLock, Weak};

use nix::errno::Errno;
use nix::libc;
use parking_lot::{Mutex, MutexGuard};
use userfaultfd::{Event, FaultKind, FeatureFlags, ReadWrite, RegisterMode, Uffd, UffdBuilder};

use super::closed_pages;
use super::memory::{PAGE, Prot};
use super::{cancel, thread};
use crate::status::{Result, Status};

/// Who knows what belongs into pages. Called on the library's thread, with
/// the [`Mappings`] locked: it must not wait for anybody who maps memory or
/// touches a trapped page.
pub trait Owner: Send + Sync {
    /// A page, at an offset of the owner's memory, was touched through an
    /// address.
    fn touched(&self, offset: u64, touch: Touch, at: u64) -> Outcome;
}

/// How a page was touched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Touch {
    /// A load of a page that is not there.
    Load,
    /// A store to a page that is not there.
    Store,
    /// A store to a page that is protected.
    Protected,
}

/// What the owner has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The access may be made again.
    Retry,
    /// So may it, and no store to this mapping need be trapped any more.
    Unprotect,
    /// The access is to be made again, and to trap again.
    Again,
    /// Nothing yet; [`wake`] or [`fail`] follows.
    Wait,
    /// There is no page: the access faults.
    Fail(Status),
}

/// Which accesses to a mapping are trapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Traps {
    /// Those to pages that are not there.
    pub missing: bool,
    /// Stores, until the page has been unprotected.
    pub stores: bool,
}

/// A mapping of an owner's memory.
struct View {
    len: u64,
    offset: u64,
    prot: Prot,
    of_guests: bool,
    owner: Weak<dyn Owner>,
}

static MAPPINGS: Mutex<()> = Mutex::new(());
static VIEWS: Mutex<BTreeMap<u64, View>> = Mutex::new(BTreeMap::new());
static UFFD: OnceLock<Option<Uffd>> = OnceLock::new();

/// The right to change which memory is mapped and trapped where. Whoever maps
/// or unmaps memory of an owner holds it, and so does who traps it.
pub struct Mappings<'a>(#[allow(dead_code, reason = "held, not used")] MutexGuard<'a, ()>);

/// Waits until nobody else changes mappings.
pub fn lock() -> Mappings<'static> {
    Mappings(MAPPINGS.lock())
}

/// `UFFD_FEATURE_WP_HUGETLBFS_SHMEM`: since Linux 5.19.
const FEATURE_WP_SHMEM: u64 = 1 << 12;

/// Linux's descriptor for it, if it lets this process have one that also
/// serves accesses made by the kernel.
fn uffd() -> Option<&'static Uffd> {
    UFFD.get_or_init(open).as_ref()
}

fn open() -> Option<Uffd> {
    let features = FeatureFlags::PAGEFAULT_FLAG_WP
        | FeatureFlags::MISSING_SHMEM
        | FeatureFlags::from_bits_retain(FEATURE_WP_SHMEM);
    let mut builder = UffdBuilder::new();
    builder
        .close_on_exec(true)
        .user_mode_only(false)
        .require_features(features);
    let uffd = cancel::disabled(|| builder.create()).ok()?;
    thread::start(c"libzx-pages", serve).ok()?;
    Some(uffd)
}

/// Whether anything may be trapped yet.
pub fn in_use() -> bool {
    UFFD.get().is_some()
}

/// Whether pages can be trapped on this host.
pub fn available() -> bool {
    uffd().is_some()
}

/// Notes a mapping of an owner's memory that a program has made.
pub fn add_view(at: u64, len: u64, offset: u64, prot: Prot, owner: Weak<dyn Owner>) {
    let view = View {
        len,
        offset,
        prot,
        of_guests: false,
        owner,
    };
    VIEWS.lock().insert(at, view);
}

/// Notes a mapping of the library's own, for guests.
pub fn add_guest_view(at: u64, len: u64, offset: u64, owner: Weak<dyn Owner>) {
    let view = View {
        len,
        offset,
        prot: Prot::PROT_READ | Prot::PROT_WRITE,
        of_guests: true,
        owner,
    };
    VIEWS.lock().insert(at, view);
}

/// Makes accesses that wait at these addresses fault, once each. Guests' are
/// told by [`closed_pages::take`].
pub fn fail(_: &Mappings<'_>, accesses: impl Iterator<Item = u64>, status: Status) {
    for page in accesses {
        let found = {
            let views = VIEWS.lock();
            let before = views.range(..=page).next_back();
            before
                .filter(|(at, view)| page - **at < view.len)
                .map(|(_, view)| (view.prot, view.of_guests))
        };
        if let Some((prot, of_guests)) = found {
            closed_pages::close(page, prot, status, of_guests);
        }
        wake(page, PAGE);
    }
}

/// Forgets a mapping, before the addresses are used for something else.
pub fn remove_view(at: u64) {
    if let Some(view) = VIEWS.lock().remove(&at) {
        closed_pages::forget(at, view.len);
    }
}

/// Traps accesses to a mapping that was noted. Stores are trapped in all of
/// it, whatever was unprotected before.
pub fn set(_: &Mappings<'_>, at: u64, len: u64, traps: Traps) -> Result {
    let uffd = uffd().ok_or(Status::NOT_SUPPORTED)?;
    let mut mode = RegisterMode::empty();
    mode.set(RegisterMode::MISSING, traps.missing);
    mode.set(RegisterMode::WRITE_PROTECT, traps.stores);
    let (start, len) = range(at, len)?;
    uffd.register_with_mode(start, len, mode).map_err(status)?;
    if traps.stores {
        uffd.write_protect(start, len).map_err(status)?;
    }
    Ok(())
}

/// Lets threads go on that wait for pages of a mapping. It need not be there
/// any more.
pub fn wake(at: u64, len: u64) {
    if let (Some(uffd), Ok((start, len))) = (uffd(), range(at, len)) {
        let _ = uffd.wake(start, len);
    }
}

fn range(at: u64, len: u64) -> Result<(*mut c_void, usize)> {
    let at = usize::try_from(at).map_err(|_| Status::INTERNAL)?;
    let len = usize::try_from(len).map_err(|_| Status::INTERNAL)?;
    Ok((std::ptr::without_provenance_mut(at), len))
}

fn status(error: userfaultfd::Error) -> Status {
    match error {
        userfaultfd::Error::SystemError(errno) if errno as i32 == Errno::ENOMEM as i32 => {
            Status::NO_MEMORY
        }
        _ => Status::NO_RESOURCES,
    }
}

/// The thread.
fn serve() {
    // Set by whoever has started this thread, a moment from now.
    let Some(uffd) = UFFD.wait() else { return };
    loop {
        match uffd.read_event() {
            Ok(Some(Event::Pagefault { kind, rw, addr, .. })) => {
                let touch = match (kind, rw) {
                    (FaultKind::WriteProtected, _) => Touch::Protected,
                    (FaultKind::Missing, ReadWrite::Read) => Touch::Load,
                    (FaultKind::Missing, ReadWrite::Write) => Touch::Store,
                };
                answer(uffd, addr as u64 & !(PAGE - 1), touch);
            }
            Ok(_) => {}
            // The descriptor is gone: somebody closed what is not theirs.
            Err(userfaultfd::Error::SystemError(errno))
                if matches!(errno as i32, libc::EBADF | libc::EINVAL) =>
            {
                return;
            }
            // Who waits for an answer has nobody else to ask.
            Err(_) => std::thread::yield_now(),
        }
    }
}

fn answer(uffd: &Uffd, page: u64, touch: Touch) {
    let mappings = lock();
    let found = {
        let views = VIEWS.lock();
        let before = views.range(..=page).next_back();
        before
            .filter(|(at, view)| page - **at < view.len)
            .map(|(&at, view)| (at, view.len, view.offset, view.owner.clone()))
    };
    let owner = found.as_ref().and_then(|(.., owner)| owner.upgrade());
    let (Some((at, len, offset, _)), Some(owner)) = (found, owner) else {
        // Unmapped meanwhile; whatever is there now is met anew.
        wake(page, PAGE);
        return;
    };
    match owner.touched(offset + (page - at), touch, page) {
        Outcome::Retry if touch == Touch::Protected => unprotect(uffd, page, PAGE),
        Outcome::Retry | Outcome::Again => wake(page, PAGE),
        Outcome::Unprotect => {
            unprotect(uffd, at, len);
            wake(page, PAGE);
        }
        Outcome::Wait => {}
        Outcome::Fail(status) => fail(&mappings, std::iter::once(page), status),
    }
    drop(mappings);
    // It may be the last reference, and then locks what it needs.
    drop(owner);
}

fn unprotect(uffd: &Uffd, at: u64, len: u64) {
    if let Ok((start, len)) = range(at, len)
        && uffd.remove_write_protection(start, len, true).is_err()
    {
        wake(at, len as u64);
    }
}

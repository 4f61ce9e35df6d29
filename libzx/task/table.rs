// SPDX-License-Identifier: MIT
//! The handle table: from integers to objects and rights (objects.md,
//! section 3).
//!
//! A lookup takes no lock and writes nothing that other threads write: it
//! *pins* the slot that the value names, and lets go when the call is done.
//! Between the two its object stays alive even if the handle is closed
//! meanwhile. Only making and unmaking handles takes a lock, that of one of a
//! few shards; each thread makes its handles in a shard of its own.
//!
//! A value holds the index of its slot and the slot's generation, which
//! changes with each use, so a value that was closed stays dead: the same
//! slot rests in a queue before it is used again, and the same value comes
//! back after some thirty thousand other handles at the earliest.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::object::base::Signals;
use crate::object::handle::{self, Handle};
use crate::object::{Object, Typed};
use crate::reason::{self, About, because};
use crate::rights::Rights;
use crate::status::{Result, Status};

mod free_list;
mod slot;
mod value;

use slot::{Entry, Pin, SlotRef};
pub use slot::{Trail, reclaim_left};

/// A handle value in use by a call: keeps the object alive.
pub struct Ref {
    pin: Pin,
    /// Pins belong to a call, and a call to a thread.
    _thread: PhantomData<*const ()>,
}

impl Ref {
    fn new(pin: Pin) -> Ref {
        Ref {
            pin,
            _thread: PhantomData,
        }
    }

    /// The object.
    pub fn object(&self) -> &Object {
        &self.pin.entry().object
    }

    /// The rights.
    pub fn rights(&self) -> Rights {
        self.pin.rights()
    }

    /// The identity that waits made through this handle carry.
    pub fn id(&self) -> u64 {
        self.pin.entry().id
    }

    /// Whether the handle is still in the table.
    pub fn is_live(&self) -> bool {
        self.pin.is_live()
    }

    /// Whether waits made through the handle go on: it is still in the table,
    /// or travels in a message.
    pub fn keeps_waits(&self) -> bool {
        self.pin.keeps_waits()
    }

    /// The object's signals when the handle was closed, or had travelled;
    /// `None` as long as that is not over.
    pub fn signals_at_close(&self) -> Option<Signals> {
        self.pin.signals_at_close()
    }

    /// Fails unless the handle has all of these rights.
    pub fn require(&self, rights: Rights) -> Result {
        if self.rights().contains(rights) {
            Ok(())
        } else {
            Err(lacks(self.object(), self.rights(), rights))
        }
    }
}

#[cold]
fn lacks(object: &Object, held: Rights, wanted: Rights) -> Status {
    let missing = wanted.bits() & !held.bits();
    let of_type = object.object_type();
    reason::note(
        Status::ACCESS_DENIED,
        About::Handle(of_type),
        &"{argument}: the handle, of a {type}, lacks {rights}",
        &[of_type.into(), missing.into()],
    )
}

/// A handle in use by a call that needs an object of one type.
pub struct TypedRef<T> {
    handle: Ref,
    object: NonNull<Arc<T>>,
}

impl<T> TypedRef<T> {
    /// The handle.
    pub fn handle(&self) -> &Ref {
        &self.handle
    }
}

impl<T> Deref for TypedRef<T> {
    type Target = Arc<T>;

    fn deref(&self) -> &Arc<T> {
        // SAFETY: points into the entry that `handle` keeps in place.
        unsafe { self.object.as_ref() }
    }
}

/// The slot that a value names, and the generation that it must have.
fn find(value: u32) -> Option<(SlotRef, u32)> {
    let (index, generation) = value::decode(value)?;
    Some((slot::at(index)?, generation))
}

/// Finds the object of a handle of any type.
pub fn get(value: u32) -> Result<Ref> {
    peek(value).ok_or_else(|| no_handle(value, 0))
}

/// The same for who only looks: leaves no reason.
pub fn peek(value: u32) -> Option<Ref> {
    let pin = find(value).and_then(|(place, generation)| place.pin(generation));
    pin.map(Ref::new)
}

/// A value that is no live handle, where one to an object of a type is wanted.
#[cold]
fn no_handle(value: u32, wanted: u32) -> Status {
    let text: &'static &'static str = match value {
        0 => &"{argument} is ZX_HANDLE_INVALID",
        _ => &"{argument}: {x} is not a live handle",
    };
    reason::note(
        Status::BAD_HANDLE,
        About::Handle(wanted),
        text,
        &[value.into()],
    )
}

#[cold]
fn wrong_type(value: u32, object: &Object, wanted: u32) -> Status {
    reason::note(
        Status::WRONG_TYPE,
        About::Handle(wanted),
        &"{argument}: {x} is a handle of a {type}, not of a {type}",
        &[value.into(), object.object_type().into(), wanted.into()],
    )
}

/// Finds an object of one type: bad handle, wrong type, missing right, in
/// this order (objects.md, section 2.1).
pub fn get_typed<T: Typed>(value: u32, rights: Rights) -> Result<TypedRef<T>> {
    let pin = find(value).and_then(|(place, generation)| place.pin(generation));
    let Some(pin) = pin else {
        return Err(no_handle(value, T::TYPE));
    };
    let handle = Ref::new(pin);
    let Some(object) = T::of(handle.object()) else {
        return Err(wrong_type(value, handle.object(), T::TYPE));
    };
    let object = NonNull::from(object);
    handle.require(rights)?;
    Ok(TypedRef { handle, object })
}

/// Calls `f` with an object of one type, after the same checks, for calls that
/// may be made in a signal handler: no lock is taken, nothing is allocated, and
/// no object ends in here.
pub fn with_in_handler<T: Typed>(
    value: u32,
    rights: Rights,
    f: impl FnOnce(&T) -> Result,
) -> Result {
    let pin = find(value).and_then(|(place, generation)| place.pin_in_handler(generation));
    let pin = pin.ok_or_else(|| no_handle(value, T::TYPE))?;
    let object = &pin.entry().object;
    let typed = T::of(object).ok_or_else(|| wrong_type(value, object, T::TYPE))?;
    if !pin.rights().contains(rights) {
        return Err(lacks(object, pin.rights(), rights));
    }
    f(typed)
}

/// Finds an object to wait for: bad handle, missing right, not waitable, in
/// this order (objects.md, section 9).
pub fn get_waitable(value: u32) -> Result<Ref> {
    let handle = get(value)?;
    handle.require(Rights::WAIT)?;
    if handle.object().is_waitable() {
        Ok(handle)
    } else {
        let of_type = handle.object().object_type();
        Err(because!(
            NOT_SUPPORTED,
            "a {type} has no signals to wait for",
            of_type
        ))
    }
}

/// Whether a value names a live handle.
pub fn is_live(value: u32) -> bool {
    find(value).is_some_and(|(place, generation)| place.is_live(generation))
}

/// Shows every handle that is live during the whole call; those that come and
/// go meanwhile may be among them.
pub fn for_each(mut f: impl FnMut(u32, &Ref)) {
    for place in slot::used().filter_map(slot::at) {
        let Some(generation) = place.slot().live_generation() else {
            continue;
        };
        if let Some(pin) = place.pin(generation) {
            f(value::encode(place.index(), generation), &Ref::new(pin));
        }
    }
}

/// A place in the table with a value that is not alive yet. Dropping it gives
/// the place back and closes the handle.
pub struct Reserved {
    place: SlotRef,
    id: u64,
    handle: Option<Handle>,
}

impl Reserved {
    /// Reserves a place for `handle`. Fails with `NO_MEMORY` when the table
    /// is full; the handle is closed then.
    pub fn new(handle: Handle) -> Result<Reserved> {
        reclaim_left();
        let (place, fresh_id) = free_list::reserve()?;
        Ok(Reserved {
            place,
            id: handle.id().unwrap_or(fresh_id),
            handle: Some(handle),
        })
    }

    /// The value the handle will have.
    pub fn value(&self) -> u32 {
        value::encode(self.place.index(), self.place.slot().next_generation())
    }

    /// Makes the handle alive and returns its value.
    pub fn commit(mut self) -> u32 {
        let value = self.value();
        let Some(mut handle) = self.handle.take() else {
            return 0;
        };
        // A handle that travelled keeps its identity; the waits that were made
        // through it where it came from end here.
        handle.end_waits();
        let (object, rights) = handle.into_parts();
        let entry = Entry {
            object,
            id: self.id,
        };
        // SAFETY: this thread reserved the slot, and the reservation is not
        // given back.
        unsafe { self.place.slot().fill(entry, rights) };
        std::mem::forget(self);
        value
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        free_list::release(self.place);
    }
}

/// Puts a handle into the table.
pub fn insert(handle: Handle) -> Result<u32> {
    Reserved::new(handle).map(Reserved::commit)
}

/// Closes a handle. All consequences are visible when this returns.
pub fn close(value: u32) -> Result {
    let dead = find(value).and_then(|(place, generation)| place.close(generation));
    let dead = dead.ok_or_else(|| no_handle(value, 0))?;
    let entry = dead.entry();
    handle::closed(&entry.object, entry.id);
    drop(dead);
    reclaim_left();
    Ok(())
}

/// Takes a handle out of the table, to travel or to be replaced. Its object
/// keeps its count, and waits made through it go on.
pub fn take(value: u32) -> Result<Handle> {
    let left = find(value).and_then(|(place, generation)| place.depart(generation));
    let (dead, trail) = left.ok_or_else(|| no_handle(value, 0))?;
    let entry = dead.entry();
    let came_from = (entry.id, trail);
    Ok(Handle::taken(
        entry.object.clone(),
        dead.rights(),
        came_from,
    ))
}

#[cfg(test)]
mod tests;

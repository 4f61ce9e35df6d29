// SPDX-License-Identifier: MIT
//! A handle: an object, rights, and an identity of its own.
#![allow(unsafe_code)]

use std::collections::VecDeque;
use std::mem::ManuallyDrop;

use super::Object;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::ThreadRecord;
use crate::task::table::Trail;

/// An owned handle outside of the table: new, or on its way in a message.
/// Dropping it closes it.
pub struct Handle {
    object: Object,
    rights: Rights,
    id: Option<u64>,
    trail: Option<Trail>,
}

impl Handle {
    /// A new handle to `object`: its first, or one that does not depend on
    /// others.
    pub fn new(object: impl Into<Object>, rights: Rights) -> Handle {
        let object = object.into();
        object.base().handle_added();
        Handle {
            object,
            rights,
            id: None,
            trail: None,
        }
    }

    /// A second handle to an object that another handle was found to name.
    /// `BAD_HANDLE` when that one has been closed since, and was the last.
    pub fn duplicate(object: &Object, rights: Rights) -> Result<Handle> {
        if !object.base().handle_shared() {
            return Err(Status::BAD_HANDLE);
        }
        Ok(Handle {
            object: object.clone(),
            rights,
            id: None,
            trail: None,
        })
    }

    /// A handle that was in the table under this identity; it stays counted.
    pub(crate) fn taken(object: Object, rights: Rights, (id, trail): (u64, Trail)) -> Handle {
        Handle {
            object,
            rights,
            id: Some(id),
            trail: Some(trail),
        }
    }

    /// The object.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The rights.
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// Ends the waits that were made through the handle before it travelled
    /// (ipc.md, section 2.11).
    pub(crate) fn end_waits(&mut self) {
        if let Some(trail) = self.trail.take() {
            trail.end(self.object.base().signals());
        }
        if let Some(id) = self.id {
            self.object.cancel_waits(id);
        }
    }

    /// Gives up ownership without closing: the table counts the handle now.
    pub(crate) fn into_parts(self) -> (Object, Rights) {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, so the object is moved out once.
        (
            unsafe { std::ptr::read(&raw const this.object) },
            this.rights,
        )
    }

    /// The identity that waits made through this handle carry: set when it
    /// first enters the table, kept while it travels.
    pub(crate) fn id(&self) -> Option<u64> {
        self.id
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end_waits();
        uncounted(&self.object);
    }
}

/// Ends the waits that were made through a handle, takes it off its object's
/// count and, when it was the last one, runs the object's last-handle action
/// before returning (objects.md, section 3.2).
pub(crate) fn closed(object: &Object, id: u64) {
    object.cancel_waits(id);
    uncounted(object);
}

/// Takes a handle off its object's count; the other half of [`closed`].
fn uncounted(object: &Object) {
    if !object.base().handle_removed() {
        return;
    }
    let dying = &ThreadRecord::current().dying;
    let outermost = match &mut *dying.borrow_mut() {
        Some(dying) => {
            dying.push_back(object.clone());
            false
        }
        none => {
            *none = Some(VecDeque::new());
            true
        }
    };
    if !outermost {
        return;
    }
    object.on_zero_handles();
    loop {
        let next = dying.borrow_mut().as_mut().and_then(VecDeque::pop_front);
        let Some(next) = next else {
            break;
        };
        next.on_zero_handles();
    }
    *dying.borrow_mut() = None;
}

// SPDX-License-Identifier: MIT
//! Properties that objects of several types have (objects.md, section 12).

use super::Object;
use super::resource::Name;
use crate::status::{Result, Status};

/// The name; empty for objects that cannot have one.
pub fn name(object: &Object) -> Name {
    match object {
        Object::Job(job) => job.name(),
        Object::Process(process) => process.name(),
        Object::Thread(thread) => thread.name(),
        Object::Vmo(vmo) => vmo.name(),
        _ => Name::default(),
    }
}

/// Fails with `NOT_SUPPORTED` unless programs can name the object.
pub fn check_named(object: &Object) -> Result {
    match object {
        Object::Job(_) | Object::Process(_) | Object::Thread(_) | Object::Vmo(_) => Ok(()),
        _ => Err(Status::NOT_SUPPORTED),
    }
}

/// Names an object that can be named.
pub fn set_name(object: &Object, name: Name) {
    match object {
        Object::Job(job) => job.set_name(name),
        Object::Process(process) => process.set_name(name),
        Object::Thread(thread) => thread.set_name(name),
        Object::Vmo(vmo) => vmo.set_name(name),
        _ => {}
    }
}

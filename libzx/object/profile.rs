// SPDX-License-Identifier: MIT
//! Profiles (tasks-time-system.md, section 9.1): how and on which processors a
//! thread that is given one shall run.

use std::sync::Arc;

use super::base::Base;
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::profile as c;
use crate::uapi::types::ZX_OBJ_TYPE_PROFILE;

/// Processors, one bit each.
pub type CpuMask = [u64; 8];

/// How urgent a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Against other threads.
    Priority(i32),
    /// What it needs of each period, in nanoseconds.
    Deadline {
        /// The time that it runs,
        capacity: i64,
        /// how long after the period's begin that must be over,
        relative: i64,
        /// and the length of the period.
        period: i64,
    },
}

/// A profile.
pub struct Profile {
    base: Base,
    urgency: Option<Urgency>,
    cpus: Option<CpuMask>,
}

impl KernelObject for Profile {
    const TYPE: ObjectType = ZX_OBJ_TYPE_PROFILE;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_PROFILE;

    fn base(&self) -> &Base {
        &self.base
    }
}

impl Urgency {
    /// `INVALID_ARGS` unless it makes sense.
    fn check(self) -> Result {
        let sensible = match self {
            Urgency::Priority(priority) => {
                (c::ZX_PRIORITY_LOWEST..=c::ZX_PRIORITY_HIGHEST).contains(&priority)
            }
            Urgency::Deadline {
                capacity,
                relative,
                period,
            } => 0 < capacity && capacity <= relative && relative <= period,
        };
        if sensible {
            Ok(())
        } else {
            Err(Status::INVALID_ARGS)
        }
    }
}

impl Profile {
    /// A profile that says at least one thing. `INVALID_ARGS` when it says
    /// nothing, or something out of range.
    pub fn new(urgency: Option<Urgency>, cpus: Option<CpuMask>) -> Result<Arc<Profile>> {
        if urgency.is_none() && cpus.is_none() {
            return Err(Status::INVALID_ARGS);
        }
        urgency.map_or(Ok(()), Urgency::check)?;
        Ok(Arc::new(Profile {
            base: Base::new(0),
            urgency,
            cpus,
        }))
    }

    /// How urgent its threads are, if it says so.
    pub fn urgency(&self) -> Option<Urgency> {
        self.urgency
    }

    /// On which processors its threads may run, if it says so.
    pub fn cpus(&self) -> Option<&CpuMask> {
        self.cpus.as_ref()
    }
}

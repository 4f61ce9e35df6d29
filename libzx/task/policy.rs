// SPDX-License-Identifier: MIT
//! What jobs forbid their processes (tasks-time-system.md, section 3.3).

use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::process::{Process, RetCode};
use super::record::ThreadRecord;
use crate::status::{Result, Status};
use crate::uapi::policy as c;

/// What a process does that its job may forbid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Condition {
    /// Uses a handle that is none.
    BadHandle = c::ZX_POL_BAD_HANDLE,
    /// Uses an object of the wrong type; never looked at.
    WrongObject = c::ZX_POL_WRONG_OBJECT,
    /// Maps memory writable and executable.
    VmarWx = c::ZX_POL_VMAR_WX,
    /// Makes a VMO.
    NewVmo = c::ZX_POL_NEW_VMO,
    /// Makes a channel.
    NewChannel = c::ZX_POL_NEW_CHANNEL,
    /// Makes an event.
    NewEvent = c::ZX_POL_NEW_EVENT,
    /// Makes an event pair.
    NewEventPair = c::ZX_POL_NEW_EVENTPAIR,
    /// Makes a port.
    NewPort = c::ZX_POL_NEW_PORT,
    /// Makes a socket.
    NewSocket = c::ZX_POL_NEW_SOCKET,
    /// Makes a fifo.
    NewFifo = c::ZX_POL_NEW_FIFO,
    /// Makes a timer.
    NewTimer = c::ZX_POL_NEW_TIMER,
    /// Makes a process.
    NewProcess = c::ZX_POL_NEW_PROCESS,
    /// Makes a profile.
    NewProfile = c::ZX_POL_NEW_PROFILE,
    /// Makes a VMO executable without a resource for that.
    AmbientMarkVmoExec = c::ZX_POL_AMBIENT_MARK_VMO_EXEC,
}

/// The numbers of conditions, that of "any new object" included.
const COUNT: usize = c::ZX_POL_AMBIENT_MARK_VMO_EXEC as usize + 1;

/// The conditions that are about new objects.
const NEW: std::ops::RangeInclusive<u32> = c::ZX_POL_NEW_VMO..=c::ZX_POL_NEW_PROFILE;

/// What becomes of a call that does so, `ZX_POL_ACTION_*`, and whether jobs
/// below can change that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Setting {
    action: u32,
    locked: bool,
}

/// The policy of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    settings: [Setting; COUNT],
    min_slack: i64,
    slack_mode: u32,
}

/// One wish of `zx_job_set_policy`; the numbers are those of the call.
#[derive(Clone, Copy, Default)]
pub struct Entry {
    /// `ZX_POL_*`.
    pub condition: u32,
    /// `ZX_POL_ACTION_*`.
    pub action: u32,
    /// `ZX_POL_OVERRIDE_*`.
    pub flags: u32,
}

impl Policy {
    /// Allows everything, to every job below too.
    pub const FREE: Policy = Policy {
        settings: [Setting {
            action: c::ZX_POL_ACTION_ALLOW,
            locked: false,
        }; COUNT],
        min_slack: 0,
        slack_mode: 0,
    };

    /// This policy with wishes, in their order. `absolute` when a wish that is
    /// locked against fails, instead of being skipped. Checks 8 to 11 of
    /// `zx_job_set_policy`.
    pub fn with(&self, absolute: bool, entries: &[Entry]) -> Result<Policy> {
        let mut new = *self;
        let mut locked_at_the_end = [false; COUNT];
        for entry in entries {
            if entry.action > c::ZX_POL_ACTION_KILL {
                return Err(Status::NOT_SUPPORTED);
            }
            if entry.flags > c::ZX_POL_OVERRIDE_DENY {
                return Err(Status::INVALID_ARGS);
            }
            let locked = entry.flags == c::ZX_POL_OVERRIDE_DENY;
            let Some(index) = index_of(entry.condition) else {
                return Err(Status::INVALID_ARGS);
            };
            if entry.condition != c::ZX_POL_NEW_ANY {
                new.set(index, *entry, locked, absolute)?;
                continue;
            }
            // Later wishes may still be about one of them.
            for index in NEW.filter_map(index_of) {
                let set = new.set(index, *entry, false, absolute)?;
                locked_at_the_end[index] |= set && locked;
            }
        }
        for (setting, locked) in new.settings.iter_mut().zip(locked_at_the_end) {
            setting.locked |= locked;
        }
        Ok(new)
    }

    /// Changes one setting; false when it is skipped.
    fn set(&mut self, index: usize, entry: Entry, locked: bool, absolute: bool) -> Result<bool> {
        let now = &mut self.settings[index];
        if !now.locked {
            let action = entry.action;
            *now = Setting { action, locked };
            return Ok(true);
        }
        let same = now.action == entry.action && entry.flags == c::ZX_POL_OVERRIDE_DENY;
        if same || !absolute {
            Ok(false)
        } else {
            Err(Status::ALREADY_EXISTS)
        }
    }

    /// This policy with more slack for timers, and another mode.
    pub fn with_slack(&self, min_slack: i64, mode: u32) -> Result<Policy> {
        if min_slack < 0 || mode > 2 {
            return Err(Status::INVALID_ARGS);
        }
        let mut new = *self;
        new.min_slack = new.min_slack.max(min_slack);
        new.slack_mode = mode;
        Ok(new)
    }

    fn action(&self, condition: Condition) -> u32 {
        self.settings[condition as usize].action
    }

    /// The conditions that are not simply allowed, one bit each.
    fn watched(&self) -> u32 {
        let watched = |(_, setting): &(usize, &Setting)| setting.action != c::ZX_POL_ACTION_ALLOW;
        let settings = self.settings.iter().enumerate().filter(watched);
        settings.fold(0, |bits, (index, _)| bits | 1 << index)
    }
}

fn index_of(condition: u32) -> Option<usize> {
    let index = usize::try_from(condition).ok()?;
    (index < COUNT).then_some(index)
}

/// The policy that a process lives under, which is that of its job when it
/// came into it.
pub struct Effective {
    watched: AtomicU32,
    policy: Mutex<Policy>,
}

impl Effective {
    /// This policy.
    pub fn new(policy: Policy) -> Effective {
        Effective {
            watched: AtomicU32::new(policy.watched()),
            policy: Mutex::new(policy),
        }
    }

    /// Another policy from now on.
    pub fn replace(&self, policy: Policy) {
        let mut own = self.policy.lock();
        *own = policy;
        self.watched.store(policy.watched(), Ordering::Relaxed);
    }

    /// Whether the calling process, which has this policy, may go on.
    /// `ACCESS_DENIED` when not. Does not return when its end is the answer.
    #[inline]
    pub fn check(&self, condition: Condition) -> Result {
        if self.watched.load(Ordering::Relaxed) & 1 << condition as u32 == 0 {
            return Ok(());
        }
        self.answer(condition)
    }

    #[cold]
    fn answer(&self, condition: Condition) -> Result {
        let action = self.policy.lock().action(condition);
        match action {
            c::ZX_POL_ACTION_ALLOW => Ok(()),
            c::ZX_POL_ACTION_DENY => Err(Status::ACCESS_DENIED),
            c::ZX_POL_ACTION_ALLOW_EXCEPTION => {
                raise(condition);
                Ok(())
            }
            c::ZX_POL_ACTION_DENY_EXCEPTION => {
                raise(condition);
                Err(Status::ACCESS_DENIED)
            }
            _ => Process::this().leave_with(RetCode::POLICY_KILL),
        }
    }
}

/// The calling thread takes an exception of type `ZX_EXCP_POLICY_ERROR`, whose
/// code is the condition's number, when its call is over. Nobody may handle
/// it, which ends the process.
fn raise(condition: Condition) {
    ThreadRecord::current().note_policy_error(condition as u32, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOW: u32 = c::ZX_POL_ACTION_ALLOW;
    const DENY: u32 = c::ZX_POL_ACTION_DENY;
    const KILL: u32 = c::ZX_POL_ACTION_KILL;

    fn entry(condition: u32, action: u32, flags: u32) -> Entry {
        Entry {
            condition,
            action,
            flags,
        }
    }

    #[test]
    fn any_can_be_refined_by_later_entries_only() -> Result {
        let any = entry(c::ZX_POL_NEW_ANY, DENY, 1);
        let event = entry(c::ZX_POL_NEW_EVENT, ALLOW, 1);
        let policy = Policy::FREE.with(true, &[any, event])?;
        assert_eq!(policy.action(Condition::NewEvent), ALLOW);
        assert_eq!(policy.action(Condition::NewPort), DENY);
        let refused = Policy::FREE.with(true, &[event, any]);
        assert_eq!(refused, Err(Status::ALREADY_EXISTS));
        // All of them are locked now.
        let port = entry(c::ZX_POL_NEW_PORT, ALLOW, 1);
        assert_eq!(policy.with(true, &[port]), Err(Status::ALREADY_EXISTS));
        assert_eq!(policy.with(false, &[port])?, policy);
        Ok(())
    }

    #[test]
    fn overridable_settings_can_be_loosened() -> Result {
        let deny = entry(c::ZX_POL_NEW_FIFO, DENY, 0);
        let policy = Policy::FREE.with(true, &[deny])?;
        let kill = entry(c::ZX_POL_NEW_FIFO, KILL, 1);
        let policy = policy.with(true, &[kill])?;
        assert_eq!(policy.action(Condition::NewFifo), KILL);
        assert_eq!(policy.with(true, &[deny]), Err(Status::ALREADY_EXISTS));
        Ok(())
    }
}

// SPDX-License-Identifier: MIT
//! What the system tells of its memory (ports.md, section 9): always that
//! there is enough.

use std::sync::{Arc, OnceLock};

use super::event::Event;
use crate::status::{Result, Status};
use crate::uapi::types::{
    ZX_EVENT_SIGNALED, ZX_SYSTEM_EVENT_IMMINENT_OUT_OF_MEMORY,
    ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL, ZX_SYSTEM_EVENT_OUT_OF_MEMORY,
};

const KINDS: usize = ZX_SYSTEM_EVENT_IMMINENT_OUT_OF_MEMORY as usize;

/// The event of a kind; `INVALID_ARGS` when there is no such kind.
pub fn get(kind: u32) -> Result<Arc<Event>> {
    static EVENTS: OnceLock<[Arc<Event>; KINDS]> = OnceLock::new();
    let events = EVENTS.get_or_init(|| {
        let mut kind = ZX_SYSTEM_EVENT_OUT_OF_MEMORY;
        [(); KINDS].map(|()| {
            let normal = kind == ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL;
            kind += 1;
            Event::new(if normal { ZX_EVENT_SIGNALED } else { 0 })
        })
    });
    let index = kind.checked_sub(ZX_SYSTEM_EVENT_OUT_OF_MEMORY);
    let event = index.and_then(|index| events.get(index as usize));
    event.cloned().ok_or(Status::INVALID_ARGS)
}

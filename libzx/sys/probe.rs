// SPDX-License-Identifier: MIT
//! Where the machinery of guests tells whoever looks, tracing and statistics,
//! of each time it has been in a guest. Nobody does, mostly: that is one load.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::clock;

/// A time in a guest.
pub struct Visit {
    /// When it began, in nanoseconds of the monotonic clock.
    pub started: i64,
    /// When it ended.
    pub ended: i64,
    /// What has ended it.
    pub exit: &'static str,
    /// The guest's instruction pointer then.
    pub rip: u64,
    /// The guest-physical address or the port that it was about.
    pub address: Option<u64>,
    /// Whether the program hears of it.
    pub surfaces: bool,
}

static WATCHED: AtomicBool = AtomicBool::new(false);
static LISTENER: OnceLock<fn(&Visit)> = OnceLock::new();

/// The time, if somebody looks.
#[inline]
pub fn begin() -> Option<i64> {
    WATCHED.load(Ordering::Relaxed).then(clock::monotonic_ns)
}

/// Tells of a visit.
#[cold]
pub fn tell(visit: &Visit) {
    if let Some(listener) = LISTENER.get() {
        listener(visit);
    }
}

/// Begins or ends looking. There is one listener.
pub fn listen(listener: fn(&Visit), wanted: bool) {
    LISTENER.get_or_init(|| listener);
    WATCHED.store(wanted, Ordering::Relaxed);
}

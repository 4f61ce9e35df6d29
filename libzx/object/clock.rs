// SPDX-License-Identifier: MIT
//! Clock objects (tasks-time-system.md, section 7): a straight line from the
//! monotonic clock to one of the program's own.
//!
//! Reading takes no lock: the line stands in a few words below a counter that
//! is odd while they change, and a reader whose counter has changed reads
//! again. The counter is the generation that programs see.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering, fence};

use parking_lot::{Mutex, MutexGuard};

use super::base::{Base, ObserverGuard};
use super::observer::ObserverList;
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::uapi::clock as c;
use crate::uapi::types::{ZX_CLOCK_STARTED, ZX_OBJ_TYPE_CLOCK};

/// A ratio of two clocks' rates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// What the clock advances by,
    pub synthetic: u32,
    /// while the reference advances by this, which is never 0.
    pub reference: u32,
}

impl Rate {
    /// As fast as the reference.
    const SAME: Rate = Rate {
        synthetic: 1,
        reference: 1,
    };

    /// Off by some parts of a million, not reduced: programs read it back.
    fn adjusted(ppm: i32) -> Rate {
        const MILLION: u32 = 1_000_000;
        Rate {
            synthetic: MILLION.saturating_add_signed(ppm),
            reference: MILLION,
        }
    }
}

/// A line from a reference clock to a synthetic one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// A point of the reference,
    pub reference: i64,
    /// the clock's value there,
    pub synthetic: i64,
    /// and the slope.
    pub rate: Rate,
}

impl Line {
    /// The clock's value at a point of the reference: rounded down, and the
    /// nearest value there is when it does not fit.
    #[inline]
    pub fn at(&self, reference: i64) -> i64 {
        let slope = i128::from(self.rate.synthetic);
        let elapsed = i128::from(reference) - i128::from(self.reference);
        let advance = match (i64::try_from(elapsed), self.rate.reference) {
            (_, 1) => elapsed * slope,
            // Whole turns of the denominator and a rest: narrow divisions,
            // and exact, as the turns are whole.
            (Ok(elapsed), denominator) => {
                let turns = elapsed.div_euclid(denominator.into());
                let rest = elapsed.rem_euclid(denominator.into()).unsigned_abs();
                let rest = rest * u64::from(self.rate.synthetic) / u64::from(denominator);
                i128::from(turns) * slope + i128::from(rest)
            }
            (Err(_), denominator) => (elapsed * slope).div_euclid(denominator.into()),
        };
        let value = i128::from(self.synthetic) + advance;
        i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
    }
}

/// The line where readers find it.
struct Shared {
    generation: AtomicU32,
    reference: AtomicI64,
    synthetic: AtomicI64,
    /// The numerator above the denominator.
    rate: AtomicU64,
}

impl Shared {
    fn new(line: Line) -> Shared {
        let shared = Shared {
            generation: AtomicU32::new(0),
            reference: AtomicI64::new(0),
            synthetic: AtomicI64::new(0),
            rate: AtomicU64::new(0),
        };
        shared.store(line);
        shared
    }

    fn load(&self) -> Line {
        let rate = self.rate.load(Ordering::Relaxed);
        #[allow(clippy::cast_possible_truncation, reason = "the low half")]
        let reference = rate as u32;
        Line {
            reference: self.reference.load(Ordering::Relaxed),
            synthetic: self.synthetic.load(Ordering::Relaxed),
            rate: Rate {
                synthetic: (rate >> 32) as u32,
                reference,
            },
        }
    }

    fn store(&self, line: Line) {
        let rate = u64::from(line.rate.synthetic) << 32 | u64::from(line.rate.reference);
        self.reference.store(line.reference, Ordering::Relaxed);
        self.synthetic.store(line.synthetic, Ordering::Relaxed);
        self.rate.store(rate, Ordering::Relaxed);
    }

    /// The clock's value now.
    #[inline]
    fn read(&self) -> i64 {
        loop {
            let before = self.generation.load(Ordering::Acquire);
            let line = self.load();
            // The time comes from between the two looks at the counter, so
            // that it belongs to the line: a change of rate is never seen as
            // a step back.
            let now = clock::monotonic_ns();
            fence(Ordering::Acquire);
            if before & 1 == 0 && self.generation.load(Ordering::Relaxed) == before {
                return line.at(now);
            }
            std::thread::yield_now();
        }
    }
}

/// A change of the line in progress; readers wait for its end.
struct Change<'a> {
    shared: &'a Shared,
    before: u32,
}

impl<'a> Change<'a> {
    /// Begins a change, under the lock.
    fn begin(shared: &'a Shared) -> Change<'a> {
        let before = shared.generation.load(Ordering::Relaxed);
        shared
            .generation
            .store(before.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        Change { shared, before }
    }

    fn finish(mut self, line: Line) {
        self.shared.store(line);
        self.before = self.before.wrapping_add(2);
    }
}

impl Drop for Change<'_> {
    /// Also for a change that is refused: the generation is the old one then.
    fn drop(&mut self) {
        self.shared.generation.store(self.before, Ordering::Release);
    }
}

/// A clock.
pub struct Clock {
    base: Base,
    options: u64,
    backstop: i64,
    shared: Shared,
    inner: Mutex<Inner>,
}

struct Inner {
    observers: ObserverList,
    started: bool,
    error_bound: u64,
    value_update: i64,
    rate_update: i64,
    error_update: i64,
}

/// What `zx_clock_get_details` tells.
pub struct Details {
    /// The options that the clock was made with.
    pub options: u64,
    /// The least value.
    pub backstop: i64,
    /// From the monotonic clock, and as well from ticks.
    pub line: Line,
    /// How wrong the clock may be.
    pub error_bound: u64,
    /// When this was so.
    pub now: i64,
    /// When the value was last updated, or 0.
    pub value_update: i64,
    /// When the rate was.
    pub rate_update: i64,
    /// When the error bound was.
    pub error_update: i64,
    /// Grows by two with each update.
    pub generation: u32,
}

/// An update: what is `None` stays.
#[derive(Clone, Copy, Default)]
pub struct Update {
    /// Version 2 of the arguments.
    pub second_version: bool,
    /// The clock's value,
    pub value: Option<i64>,
    /// at this point of the monotonic clock instead of now.
    pub reference: Option<i64>,
    /// The rate, in parts of a million off.
    pub rate: Option<i32>,
    /// The error bound.
    pub error_bound: Option<u64>,
}

impl KernelObject for Clock {
    const TYPE: ObjectType = ZX_OBJ_TYPE_CLOCK;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_CLOCK;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(MutexGuard::map(self.inner.lock(), |inner| {
            &mut inner.observers
        }))
    }
}

impl Clock {
    /// A clock that stands at `backstop`, or with `ZX_CLOCK_OPT_AUTO_START`
    /// goes like the monotonic one. `INVALID_ARGS` for options that do not go
    /// together and for a negative backstop, or one that a started clock
    /// would be below.
    pub fn new(options: u64, backstop: i64) -> Result<Arc<Clock>> {
        let has = |option| options & option != 0;
        if options & !c::ZX_CLOCK_OPTS_ALL != 0
            || has(c::ZX_CLOCK_OPT_CONTINUOUS) && !has(c::ZX_CLOCK_OPT_MONOTONIC)
        {
            return Err(Status::INVALID_ARGS);
        }
        let started = has(c::ZX_CLOCK_OPT_AUTO_START);
        if backstop < 0 || started && backstop > clock::monotonic_ns() {
            return Err(Status::INVALID_ARGS);
        }
        let line = if started {
            Line {
                reference: 0,
                synthetic: 0,
                rate: Rate::SAME,
            }
        } else {
            Line {
                reference: 0,
                synthetic: backstop,
                rate: Rate {
                    synthetic: 0,
                    reference: 1,
                },
            }
        };
        Ok(Arc::new(Clock {
            base: Base::new(if started { ZX_CLOCK_STARTED } else { 0 }),
            options,
            backstop,
            shared: Shared::new(line),
            inner: Mutex::new(Inner {
                observers: ObserverList::default(),
                started,
                error_bound: c::ZX_CLOCK_UNKNOWN_ERROR,
                value_update: 0,
                rate_update: 0,
                error_update: 0,
            }),
        }))
    }

    /// A clock that shows the machine's time of day and goes on like the
    /// monotonic clock.
    pub fn utc() -> Result<Arc<Clock>> {
        let utc = Clock::new(0, 0)?;
        utc.update(Update {
            value: Some(clock::utc_ns().max(0)),
            ..Update::default()
        })?;
        Ok(utc)
    }

    /// Its value now.
    #[inline]
    pub fn read(&self) -> i64 {
        self.shared.read()
    }

    /// All of its state.
    pub fn details(&self) -> Details {
        let inner = self.inner.lock();
        Details {
            options: self.options,
            backstop: self.backstop,
            line: self.shared.load(),
            error_bound: inner.error_bound,
            now: clock::monotonic_ns(),
            value_update: inner.value_update,
            rate_update: inner.rate_update,
            error_update: inner.error_update,
            generation: self.shared.generation.load(Ordering::Relaxed),
        }
    }

    /// Changes the clock in one step, or not at all. Checks 6 to 11 of
    /// `zx_clock_update`.
    pub fn update(&self, update: Update) -> Result {
        if update.reference.is_some() && update.value.is_none() && update.rate.is_none()
            || update.value.is_some_and(|value| value < self.backstop)
        {
            return Err(Status::INVALID_ARGS);
        }
        let mut inner = self.inner.lock();
        if !inner.started && update.value.is_none() {
            return Err(Status::BAD_STATE);
        }
        let change = Change::begin(&self.shared);
        let now = clock::monotonic_ns();
        let old = self.shared.load();
        let new = Clock::line_after(&old, inner.started, update, now);
        if inner.started {
            self.check_step(&old, &new, update, now)?;
        }
        change.finish(new);
        let starts = !inner.started;
        inner.started = true;
        if update.value.is_some() {
            inner.value_update = now;
        }
        if update.rate.is_some() || starts {
            inner.rate_update = now;
        }
        if let Some(bound) = update.error_bound {
            inner.error_bound = bound;
            inner.error_update = now;
        }
        let fired = self
            .base
            .update_locked(&mut inner.observers, 0, ZX_CLOCK_STARTED);
        drop(inner);
        drop(fired);
        Ok(())
    }

    fn line_after(old: &Line, started: bool, update: Update, now: i64) -> Line {
        if update.value.is_none() && update.rate.is_none() {
            return *old;
        }
        let reference = update.reference.unwrap_or(now);
        let kept = if started { old.rate } else { Rate::SAME };
        Line {
            reference,
            synthetic: update.value.unwrap_or_else(|| old.at(reference)),
            rate: update.rate.map_or(kept, Rate::adjusted),
        }
    }

    /// Whether a running clock of this kind may be changed so.
    fn check_step(&self, old: &Line, new: &Line, update: Update, now: i64) -> Result {
        let has = |option| self.options & option != 0;
        let sets = update.value.is_some();
        if has(c::ZX_CLOCK_OPT_CONTINUOUS) && sets {
            return Err(Status::INVALID_ARGS);
        }
        if !has(c::ZX_CLOCK_OPT_MONOTONIC) {
            return Ok(());
        }
        let moves = sets || update.reference.is_some();
        if update.second_version
            && (sets && update.reference.is_none() || moves && update.rate.is_some())
        {
            return Err(Status::INVALID_ARGS);
        }
        let value = new.at(now);
        if moves && (value < old.at(now) || value < self.backstop) {
            return Err(Status::INVALID_ARGS);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(line: &Line, reference: i64) -> i64 {
        let elapsed = i128::from(reference) - i128::from(line.reference);
        let product = elapsed * i128::from(line.rate.synthetic);
        let value =
            i128::from(line.synthetic) + product.div_euclid(i128::from(line.rate.reference));
        let clamped = value.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        i64::try_from(clamped).unwrap_or_default()
    }

    #[test]
    fn values_are_rounded_down_and_saturate() {
        let points = [i64::MIN, -1_000_001, -1, 0, 1, 999_999, 1 << 40, i64::MAX];
        let rates = [
            (0, 1),
            (1, 1),
            (999_900, 1_000_000),
            (1_001_000, 1_000_000),
            (u32::MAX, 1),
            (u32::MAX, u32::MAX - 1),
            (1, u32::MAX),
        ];
        for reference in points {
            for synthetic in points {
                for (numerator, denominator) in rates {
                    let line = Line {
                        reference,
                        synthetic,
                        rate: Rate {
                            synthetic: numerator,
                            reference: denominator,
                        },
                    };
                    for at in points {
                        assert_eq!(line.at(at), exact(&line, at), "{line:?} at {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_refused_change_leaves_the_generation() -> Result {
        let clock = Clock::new(c::ZX_CLOCK_OPT_MONOTONIC, 5)?;
        let value = |value| Update {
            value: Some(value),
            ..Update::default()
        };
        clock.update(value(1 << 60))?;
        let before = clock.details();
        assert_eq!(clock.update(value(6)), Err(Status::INVALID_ARGS));
        let after = clock.details();
        assert_eq!((before.generation, before.line), (2, after.line));
        assert_eq!(after.generation, 2);
        Ok(())
    }
}

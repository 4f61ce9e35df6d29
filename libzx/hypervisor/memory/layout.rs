// SPDX-License-Identifier: MIT
//! What a guest's physical addresses are to be: what is mapped where, what is
//! trapped, and what slots follow from that (hypervisor.md, sections 4 and
//! 11.11). Nothing here knows KVM.
//!
//! A trapped page never has a slot, so the trap always wins.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hypervisor::traps::TrapMap;
use crate::sys::memory::Mapping;

/// A part of a private host mapping of guest memory.
#[derive(Clone)]
pub struct HostView {
    /// The host mapping.
    pub mapping: Arc<Mapping>,
    /// Where the part begins in it.
    pub offset: u64,
}

impl HostView {
    /// What begins this much further on.
    fn skip(&self, len: u64) -> HostView {
        HostView {
            mapping: Arc::clone(&self.mapping),
            offset: self.offset + len,
        }
    }

    /// Whether `next` shows what comes after the first bytes of this.
    fn continues(&self, len: u64, next: &HostView) -> bool {
        Arc::ptr_eq(&self.mapping, &next.mapping) && self.offset + len == next.offset
    }
}

/// What a guest may do with a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Instruction fetches; not enforced, KVM's slots cannot express it.
    pub execute: bool,
}

/// Something mapped.
#[derive(Clone)]
pub struct GpaRange {
    /// How many bytes.
    pub len: u64,
    /// Its memory; without any, accesses are out of its range.
    pub view: Option<HostView>,
    /// What the guest may do with it.
    pub access: Access,
}

impl GpaRange {
    /// The part of the range at `gpa` that lies in `start..end`.
    fn part(&self, gpa: u64, start: u64, end: u64) -> Option<(u64, GpaRange)> {
        let (from, to) = (gpa.max(start), (gpa + self.len).min(end));
        (from < to).then(|| {
            let part = GpaRange {
                len: to - from,
                view: self.view.as_ref().map(|view| view.skip(from - gpa)),
                access: self.access,
            };
            (from, part)
        })
    }

    /// Whether `next` is nothing but more of the same.
    fn continues(&self, next: &GpaRange) -> bool {
        self.access == next.access
            && match (&self.view, &next.view) {
                (Some(view), Some(next)) => view.continues(self.len, next),
                (None, None) => true,
                _ => false,
            }
    }
}

/// What is mapped, traps or not. Neighbours that are more of the same are one.
#[derive(Default)]
pub struct RangeMap(BTreeMap<u64, GpaRange>);

impl RangeMap {
    /// What is mapped at an address, and where that begins.
    pub fn at(&self, gpa: u64) -> Option<(u64, &GpaRange)> {
        let (&start, range) = self.0.range(..=gpa).next_back()?;
        (gpa - start < range.len).then_some((start, range))
    }

    /// The parts of ranges that lie in `start..end`, in order.
    pub fn parts(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, GpaRange)> + '_ {
        let reaching = self.at(start).map_or(start, |(first, _)| first);
        let touching = self.0.range(reaching..end.max(reaching));
        touching.filter_map(move |(&gpa, range)| range.part(gpa, start, end))
    }

    /// Takes everything out of a range of addresses, in order.
    pub fn take(&mut self, start: u64, end: u64) -> Vec<(u64, GpaRange)> {
        let reaching = self.at(start).map_or(start, |(first, _)| first);
        let touching = self.0.range(reaching..end.max(reaching));
        let touched: Vec<u64> = touching.map(|(&gpa, _)| gpa).collect();
        let mut taken = Vec::with_capacity(touched.len());
        for gpa in touched {
            let Some(range) = self.0.remove(&gpa) else {
                continue;
            };
            taken.extend(range.part(gpa, start, end));
            let rest = [range.part(gpa, gpa, start), range.part(gpa, end, u64::MAX)];
            self.0.extend(rest.into_iter().flatten());
        }
        taken
    }

    /// Adds a range where there is nothing.
    pub fn insert(&mut self, mut gpa: u64, mut range: GpaRange) {
        if range.len == 0 {
            return;
        }
        if let Some((before, earlier)) = gpa.checked_sub(1).and_then(|last| self.at(last))
            && earlier.continues(&range)
        {
            range = GpaRange {
                len: earlier.len + range.len,
                ..earlier.clone()
            };
            gpa = before;
        }
        let end = gpa + range.len;
        if let Some(later) = self.0.get(&end)
            && range.continues(later)
        {
            range.len += later.len;
            self.0.remove(&end);
        }
        self.0.insert(gpa, range);
    }
}

/// What a slot shows: memory that the guest gets at without leaving.
#[derive(Clone)]
pub struct SlotWindow {
    /// The first address.
    pub gpa: u64,
    /// How many bytes.
    pub len: u64,
    /// The memory.
    pub view: HostView,
    /// Whether stores take effect.
    pub writable: bool,
}

/// No window is longer: KVM counts the pages of a slot in 31 bits.
const LONGEST: u64 = 1 << 42;

impl SlotWindow {
    /// The first address behind it.
    pub fn end(&self) -> u64 {
        self.gpa + self.len
    }

    /// Whether `next` is nothing but more of the same.
    fn continues(&self, next: &SlotWindow) -> bool {
        self.end() == next.gpa
            && self.writable == next.writable
            && self.view.continues(self.len, &next.view)
    }

    /// Whether the two can be one.
    pub fn joins(&self, next: &SlotWindow) -> bool {
        self.len + next.len <= LONGEST && self.continues(next)
    }

    /// Whether this is the same as what the other one shows in its place.
    fn is_part_of(&self, other: &SlotWindow) -> bool {
        let inside = self.gpa >= other.gpa && self.end() <= other.end();
        inside
            && self.writable == other.writable
            && Arc::ptr_eq(&self.view.mapping, &other.view.mapping)
            && self.view.offset == other.view.offset + (self.gpa - other.gpa)
    }
}

/// What a guest's physical addresses are to be.
#[derive(Default)]
pub struct Layout {
    /// What is mapped.
    pub ranges: RangeMap,
    /// What is trapped.
    pub traps: TrapMap,
}

impl Layout {
    /// Appends what slots have to show in `start..end`, as few as possible.
    pub fn windows(&self, start: u64, end: u64, into: &mut Vec<SlotWindow>) {
        for (gpa, range) in self.ranges.parts(start, end) {
            let Some(view) = range.view.filter(|_| range.access.read) else {
                continue;
            };
            let end = gpa + range.len;
            let mut add = |mut from: u64, to: u64| {
                while from < to {
                    let window = SlotWindow {
                        gpa: from,
                        len: (to - from).min(LONGEST),
                        view: view.skip(from - gpa),
                        writable: range.access.write,
                    };
                    from += window.len;
                    match into.last_mut() {
                        Some(last) if last.joins(&window) => last.len += window.len,
                        _ => into.push(window),
                    }
                }
            };
            let mut free = gpa;
            for (first, last) in self.traps.within(gpa, end - 1) {
                add(free, first);
                free = last + 1;
            }
            add(free, end);
        }
    }

    /// Whether a slot shows what it has to in `start..end`, which it touches.
    pub fn agrees(&self, slot: &SlotWindow, start: u64, end: u64) -> bool {
        let (start, end) = (slot.gpa.max(start), slot.end().min(end));
        let mut wanted = Vec::new();
        self.windows(start, end, &mut wanted);
        match wanted.as_slice() {
            [only] => only.gpa == start && only.end() == end && only.is_part_of(slot),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hypervisor::traps::{Action, Trap};
    use crate::status::Result;
    use crate::sys::memory::MemFd;

    const PAGES: u64 = 24;
    const PAGE: u64 = 0x1000;
    const READ: Access = Access {
        read: true,
        write: false,
        execute: false,
    };
    const WRITE: Access = Access {
        write: true,
        ..READ
    };
    const NONE: Access = Access {
        read: false,
        ..READ
    };

    /// What a page shows: which mapping, which page of it, and writable.
    type Seen = Option<(usize, u64, bool)>;

    /// A generator of numbers; any will do.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) % end
        }
    }

    fn seen(windows: &[SlotWindow], mappings: &[Arc<Mapping>]) -> Vec<Seen> {
        let mut seen = vec![None; usize::try_from(PAGES).unwrap_or(0)];
        for window in windows {
            let which = mappings
                .iter()
                .position(|mapping| Arc::ptr_eq(mapping, &window.view.mapping));
            for page in 0..window.len / PAGE {
                let at = usize::try_from(window.gpa / PAGE + page).unwrap_or(0);
                let offset = window.view.offset / PAGE + page;
                assert_eq!(seen[at], None, "windows overlap");
                seen[at] = which.map(|which| (which, offset, window.writable));
            }
        }
        seen
    }

    #[test]
    fn windows_show_each_page_as_it_was_mapped_last() -> Result {
        let file = MemFd::new(2 * PAGES * PAGE)?;
        let mapping = || Mapping::new(&file, 0, 2 * PAGES * PAGE).map(Arc::new);
        let mappings = [mapping()?, mapping()?];
        let mut numbers = Numbers(1);
        for _ in 0..300 {
            let mut layout = Layout::default();
            let mut model: Vec<Seen> = vec![None; usize::try_from(PAGES).unwrap_or(0)];
            for step in 0..30 {
                let start = numbers.below(PAGES);
                let end = start + 1 + numbers.below(PAGES - start);
                let pages = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
                let (gpa, len) = (start * PAGE, (end - start) * PAGE);
                layout.ranges.take(gpa, gpa + len);
                model[pages.clone()].fill(None);
                let which = usize::from(numbers.below(2) == 0);
                // Mostly such that neighbours may join.
                let shift = if numbers.below(4) == 0 { 5 } else { 0 };
                let access = [READ, WRITE, WRITE, NONE][step % 4];
                let has_memory = numbers.below(8) != 0;
                let view = has_memory.then(|| HostView {
                    mapping: Arc::clone(&mappings[which]),
                    offset: (start + shift) * PAGE,
                });
                layout.ranges.insert(gpa, GpaRange { len, view, access });
                for page in pages {
                    let offset = page as u64 + shift;
                    model[page] =
                        (has_memory && access.read).then_some((which, offset, access.write));
                }
            }
            for _ in 0..3 {
                let page = numbers.below(PAGES);
                let trap = Trap {
                    key: 0,
                    action: Action::Stop,
                };
                let (first, last) = (page * PAGE, (page + 1) * PAGE - 1);
                if layout.traps.insert(first, last, trap).is_ok() {
                    model[usize::try_from(page).unwrap_or(0)] = None;
                }
            }
            let mut windows = Vec::new();
            layout.windows(0, PAGES * PAGE, &mut windows);
            assert_eq!(seen(&windows, &mappings), model);
            assert!(windows.windows(2).all(|pair| !pair[0].joins(&pair[1])));
            for window in &windows {
                assert!(layout.agrees(window, 0, PAGES * PAGE));
                let longer = SlotWindow {
                    len: window.len + PAGE,
                    ..window.clone()
                };
                assert!(!layout.agrees(&longer, 0, PAGES * PAGE + PAGE));
            }
        }
        Ok(())
    }
}

// SPDX-License-Identifier: MIT
//! Sets of numbers that mostly come in runs.

use std::collections::BTreeMap;

/// A set of numbers, kept as runs: ends by starts, none of which touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeSet(BTreeMap<u64, u64>);

impl RangeSet {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a number is in it.
    pub fn contains(&self, number: u64) -> bool {
        let before = self.0.range(..=number).next_back();
        before.is_some_and(|(_, &end)| number < end)
    }

    /// Adds `start..end`.
    pub fn insert(&mut self, mut start: u64, mut end: u64) {
        if start >= end {
            return;
        }
        if let Some((&before, &before_end)) = self.0.range(..=start).next_back()
            && before_end >= start
        {
            (start, end) = (before, end.max(before_end));
        }
        while let Some((&next, &next_end)) = self.0.range(start..=end).next() {
            self.0.remove(&next);
            end = end.max(next_end);
        }
        self.0.insert(start, end);
    }

    /// Takes `start..end` out.
    pub fn remove(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        if let Some((&before, &before_end)) = self.0.range(..start).next_back()
            && before_end > start
        {
            self.0.insert(before, start);
            if before_end > end {
                self.0.insert(end, before_end);
            }
        }
        while let Some((&next, &next_end)) = self.0.range(start..end).next() {
            self.0.remove(&next);
            if next_end > end {
                self.0.insert(end, next_end);
            }
        }
    }

    /// Whether a number is in it, and from which greater one on that is
    /// different.
    pub fn run_at(&self, number: u64) -> (bool, u64) {
        let before = self.0.range(..=number).next_back();
        if let Some((_, &end)) = before
            && number < end
        {
            return (true, end);
        }
        let next = self.0.range(number..).next();
        (false, next.map_or(u64::MAX, |(&start, _)| start))
    }

    /// The runs of it in `start..end`, in order.
    pub fn runs(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let before = self.0.range(..start).next_back();
        let reaching = before.filter(move |(_, run_end)| **run_end > start);
        let inside = (start < end).then(|| self.0.range(start..end));
        reaching
            .into_iter()
            .filter(move |_| start < end)
            .chain(inside.into_iter().flatten())
            .map(move |(&from, &to)| (from.max(start), to.min(end)))
    }

    /// The runs of `start..end` that are not in it, in order.
    pub fn gaps(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        let mut at = start;
        for (from, to) in self.runs(start, end) {
            if at < from {
                gaps.push((at, from));
            }
            at = to;
        }
        if at < end {
            gaps.push((at, end));
        }
        gaps
    }

    /// How many numbers of `start..end` are in it.
    pub fn count(&self, start: u64, end: u64) -> u64 {
        self.runs(start, end).map(|(from, to)| to - from).sum()
    }
}

impl FromIterator<(u64, u64)> for RangeSet {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(runs: I) -> RangeSet {
        let mut set = RangeSet::default();
        for (start, end) in runs {
            set.insert(start, end);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_set_agrees_with_bits() {
        let mut set = RangeSet::default();
        let mut bits = 0u64;
        let mut seed = 12345u64;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (start, end) = ((seed >> 33) % 64, (seed >> 43) % 65);
            let mask = (start..end).fold(0, |mask, bit| mask | 1u64 << bit);
            if seed >> 62 & 1 == 0 {
                set.insert(start, end);
                bits |= mask;
            } else {
                set.remove(start, end);
                bits &= !mask;
            }
            assert_eq!(set.is_empty(), bits == 0);
            assert_eq!(set.count(0, 64), u64::from(bits.count_ones()));
            let (inside, until) = set.run_at(start);
            assert_eq!(set.contains(start), bits >> start & 1 == 1);
            assert_eq!(inside, set.contains(start));
            assert!((start..until.min(64)).all(|at| set.contains(at) == inside));
            assert!(until >= 64 || set.contains(until) != inside);
            let in_gaps: u64 = set.gaps(start, end).iter().map(|(a, b)| b - a).sum();
            assert_eq!(in_gaps, u64::from((mask & !bits).count_ones()));
            let mut last = None;
            for (from, to) in set.runs(0, 64) {
                assert!(from < to && last.is_none_or(|last| last < from));
                last = Some(to);
            }
        }
    }
}

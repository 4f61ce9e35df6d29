// SPDX-License-Identifier: MIT
//! Values under small numbers, which are used again: like the crate slab, but
//! growing can fail.

use std::ops::{Index, IndexMut};

use crate::status::{Result, Status};

enum Entry<T> {
    Value(T),
    /// The next free entry, or the length of the list.
    Free(usize),
}

/// The values.
pub struct Slots<T> {
    entries: Vec<Entry<T>>,
    /// The first free entry, or the length of the list.
    free: usize,
    len: usize,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots {
            entries: Vec::new(),
            free: 0,
            len: 0,
        }
    }
}

impl<T> Slots<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Makes room for one more value; `NO_MEMORY` when there is none.
    #[inline]
    pub fn reserve(&mut self) -> Result {
        if self.free < self.entries.len() {
            return Ok(());
        }
        let room = self.entries.try_reserve(1);
        room.map_err(|_| Status::NO_MEMORY)
    }

    /// Puts a value in, under the number that it returns. After a
    /// [`reserve`](Self::reserve) it takes no memory.
    pub fn insert(&mut self, value: T) -> usize {
        let key = self.free;
        self.len += 1;
        match self.entries.get_mut(key) {
            Some(entry) => {
                if let Entry::Free(next) = *entry {
                    self.free = next;
                }
                *entry = Entry::Value(value);
            }
            None => {
                self.entries.push(Entry::Value(value));
                self.free = self.entries.len();
            }
        }
        key
    }

    /// The value under a number.
    pub fn get(&self, key: usize) -> Option<&T> {
        match self.entries.get(key) {
            Some(Entry::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: usize) -> Option<T> {
        let entry = self.entries.get_mut(key)?;
        if matches!(entry, Entry::Free(_)) {
            return None;
        }
        let removed = std::mem::replace(entry, Entry::Free(self.free));
        self.free = key;
        self.len -= 1;
        match removed {
            Entry::Value(value) => Some(value),
            Entry::Free(_) => None,
        }
    }

    /// All values.
    pub fn into_values(self) -> impl Iterator<Item = T> {
        self.entries.into_iter().filter_map(|entry| match entry {
            Entry::Value(value) => Some(value),
            Entry::Free(_) => None,
        })
    }
}

impl<T> Index<usize> for Slots<T> {
    type Output = T;

    /// Only for numbers that are in use.
    fn index(&self, key: usize) -> &T {
        match &self.entries[key] {
            Entry::Value(value) => value,
            Entry::Free(_) => unreachable!("a number that is not in use"),
        }
    }
}

impl<T> IndexMut<usize> for Slots<T> {
    fn index_mut(&mut self, key: usize) -> &mut T {
        match &mut self.entries[key] {
            Entry::Value(value) => value,
            Entry::Free(_) => unreachable!("a number that is not in use"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again_the_last_one_first() {
        let mut slots = Slots::default();
        let keys: Vec<usize> = ["a", "b", "c"].map(|value| slots.insert(value)).to_vec();
        assert_eq!(keys, [0, 1, 2]);
        assert_eq!(slots.remove(1), Some("b"));
        assert_eq!(slots.remove(1), None);
        assert_eq!(slots.remove(0), Some("a"));
        assert_eq!(slots.remove(7), None);
        assert_eq!(slots.len(), 1);
        assert_eq!(slots.insert("d"), 0);
        assert_eq!(slots.insert("e"), 1);
        assert_eq!(slots.insert("f"), 3);
        assert_eq!((slots[0], slots[1], slots.get(2)), ("d", "e", Some(&"c")));
        assert_eq!(slots.get(4), None);
        assert_eq!(
            slots.into_values().collect::<Vec<_>>(),
            ["d", "e", "c", "f"]
        );
    }

    #[test]
    fn what_was_reserved_takes_no_memory() {
        let mut slots = Slots::default();
        for value in 0..100 {
            assert_eq!(slots.reserve(), Ok(()));
            let room = slots.entries.capacity();
            slots.insert(value);
            assert_eq!(slots.entries.capacity(), room);
        }
    }
}

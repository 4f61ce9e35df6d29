// SPDX-License-Identifier: MIT
//! Tests of the heap. A thread can have malloc fail for itself.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;

thread_local! {
    static FAILS: Cell<bool> = const { Cell::new(false) };
}

/// Whether malloc is to fail for this thread.
pub fn malloc_fails() -> bool {
    FAILS.get()
}

/// Lets malloc fail for this thread until it is dropped. One thread at a time.
struct Failing(#[allow(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Failing {
    fn begin() -> Failing {
        static ONE: Mutex<()> = Mutex::new(());
        let guard = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        FAILS.set(true);
        Failing(guard)
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        FAILS.set(false);
    }
}

fn free_bytes() -> usize {
    grains().free * GRAIN
}

#[test]
fn small_requests_are_served_and_come_back() {
    let failing = Failing::begin();
    let before = free_bytes();
    let boxes: Vec<Box<[u8; 100]>> = (0..50).map(|i| Box::new([i; 100])).collect();
    // Each in two grains, and the vector of them in seven.
    assert_eq!(before - free_bytes(), (50 * 2 + 7) * GRAIN);
    for (i, each) in boxes.iter().enumerate() {
        assert!(each.iter().all(|&byte| usize::from(byte) == i));
    }
    drop(boxes);
    assert_eq!(free_bytes(), before);
    drop(failing);
}

#[test]
fn growing_moves_what_is_there_in_both_directions() {
    let mut numbers: Vec<u32> = (0..100).collect(); // malloc's
    let failing = Failing::begin();
    let before = free_bytes();
    numbers.extend(100..1000); // the reserve's
    assert!(free_bytes() < before);
    FAILS.set(false);
    numbers.extend(1000..100_000); // malloc's again
    assert!(numbers.iter().copied().eq(0..100_000));
    assert_eq!(free_bytes(), before);
    drop(failing);
}

#[test]
fn large_requests_fail_where_they_can_be_refused() {
    let failing = Failing::begin();
    let mut bytes: Vec<u8> = Vec::new();
    let large = bytes.try_reserve_exact(LARGEST + 1);
    let small = bytes.try_reserve_exact(LARGEST);
    drop(failing);
    assert!(large.is_err());
    assert!(small.is_ok());
}

#[test]
fn pieces_do_not_overlap_and_zeroed_ones_are_zero() {
    let failing = Failing::begin();
    let before = free_bytes();
    let mut map = BTreeMap::new();
    let mut seed = 12345_u64;
    for round in 0..2000_u64 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let key = seed >> 60;
        let len = usize::try_from(seed >> 33 & 0x3FF).unwrap_or(1) + 1;
        let mut bytes = vec![0_u64; len];
        assert!(bytes.iter().all(|&word| word == 0));
        bytes.fill(round);
        if let Some(old) = map.insert(key, (round, bytes)) {
            let (round, bytes): (u64, Vec<u64>) = old;
            assert!(bytes.iter().all(|&word| word == round));
        }
    }
    drop(map);
    assert_eq!(free_bytes(), before);
    drop(failing);
}

#[test]
fn an_empty_reserve_refuses_and_is_filled_up_by_malloc() {
    let failing = Failing::begin();
    assert!(!relieve());
    let mut kept = Vec::new();
    if kept.try_reserve_exact(1000).is_err() {
        return;
    }
    loop {
        let mut piece: Vec<u8> = Vec::new();
        if piece.try_reserve_exact(LARGEST).is_err() {
            break;
        }
        kept.push(piece);
    }
    assert!(kept.len() >= OWN_BLOCKS * BLOCK / LARGEST - 2);
    assert!(!relieve());
    FAILS.set(false);
    assert!(relieve());
    FAILS.set(true);
    let mut piece: Vec<u8> = Vec::new();
    assert!(piece.try_reserve_exact(LARGEST).is_ok());
    drop(kept);
    assert!(free_bytes() >= ENOUGH);
    drop(failing);
}

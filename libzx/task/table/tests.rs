// SPDX-License-Identifier: MIT
//! The table's promises: values, stale values, pins, many threads.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::value::FIXED_BITS;
use super::*;
use crate::object::KernelObject;
use crate::object::port::Port;

fn insert_port() -> (Arc<Port>, u32) {
    let port = Port::new(0);
    let value = insert(Handle::new(Arc::clone(&port), Port::DEFAULT_RIGHTS));
    (port, value.unwrap_or(0))
}

#[test]
fn values_have_the_fixed_bits_and_are_not_negative() {
    let (_, value) = insert_port();
    assert_eq!(value & FIXED_BITS, FIXED_BITS);
    assert!(i32::try_from(value).is_ok());
    assert_eq!(close(value), Ok(()));
}

#[test]
fn closed_values_stay_dead_and_do_not_come_back_soon() {
    let port = Port::new(0);
    let mut seen = HashSet::new();
    for _ in 0..30_000 {
        let value = insert(Handle::new(Arc::clone(&port), Rights::NONE)).unwrap_or(0);
        assert!(seen.insert(value));
        assert_eq!(close(value), Ok(()));
        assert_eq!(close(value), Err(Status::BAD_HANDLE));
        assert!(get(value).is_err() && !is_live(value));
    }
    assert_eq!(port.base().handle_count(), 0);
}

#[test]
fn a_pinned_object_outlives_its_handle_and_its_slot_is_not_reused() {
    let (port, value) = insert_port();
    let weak = Arc::downgrade(&port);
    drop(port);
    let Ok(pinned) = get_typed::<Port>(value, Rights::READ) else {
        unreachable!("the handle is live");
    };
    assert_eq!(close(value), Ok(()));
    assert!(!pinned.handle().is_live());
    assert!(pinned.is_closed());
    assert!(weak.upgrade().is_some());
    drop(pinned);
    assert!(weak.upgrade().is_none());
}

#[test]
fn typed_lookup_checks_handle_then_rights() {
    let port = Port::new(0);
    let value = insert(Handle::new(port, Rights::READ)).unwrap_or(0);
    let lookup = |rights| get_typed::<Port>(value, rights).map(drop);
    assert_eq!(lookup(Rights::READ), Ok(()));
    assert_eq!(lookup(Rights::WRITE), Err(Status::ACCESS_DENIED));
    let as_resource = get_typed::<crate::object::resource::Resource>(value, Rights::WRITE);
    assert_eq!(as_resource.map(drop), Err(Status::WRONG_TYPE));
    assert_eq!(close(value), Ok(()));
    assert_eq!(lookup(Rights::WRITE), Err(Status::BAD_HANDLE));
}

#[test]
fn a_reservation_that_is_dropped_was_never_a_handle() {
    let port = Port::new(0);
    let place = Reserved::new(Handle::new(Arc::clone(&port), Rights::NONE));
    let value = place.as_ref().map(Reserved::value).unwrap_or(0);
    assert!(!is_live(value));
    drop(place);
    assert!(!is_live(value));
    assert_eq!(port.base().handle_count(), 0);
}

#[test]
fn a_taken_handle_keeps_its_identity_and_its_count() {
    let (port, value) = insert_port();
    let id = get(value).map(|handle| handle.id());
    let Ok(traveller) = take(value) else {
        unreachable!("the handle is live")
    };
    assert_eq!(port.base().handle_count(), 1);
    assert!(!is_live(value));
    let arrived = insert(traveller).unwrap_or(0);
    assert_ne!(arrived, value);
    assert_eq!(get(arrived).map(|handle| handle.id()), id);
    assert_eq!(close(arrived), Ok(()));
    assert_eq!(port.base().handle_count(), 0);
}

#[test]
fn of_many_threads_that_close_one_handle_exactly_one_succeeds() {
    for _ in 0..2_000 {
        let (port, value) = insert_port();
        let closed: usize = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..2)
                .map(|_| scope.spawn(|| usize::from(close(value).is_ok())))
                .collect();
            racers
                .into_iter()
                .filter_map(|racer| racer.join().ok())
                .sum()
        });
        assert_eq!(closed, 1);
        assert_eq!(port.base().handle_count(), 0);
    }
}

#[test]
fn lookups_race_with_closing_and_reuse() {
    let stop = AtomicBool::new(false);
    let current = AtomicU32::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                if let Ok(port) = get_typed::<Port>(current.load(Ordering::Relaxed), Rights::READ) {
                    // Reads through the entry: a reused one would not be a
                    // port made with these options.
                    assert_eq!(port.options(), 0);
                }
            }
        });
        for _ in 0..100_000 {
            let (_, value) = insert_port();
            current.store(value, Ordering::Relaxed);
            assert_eq!(close(value), Ok(()));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

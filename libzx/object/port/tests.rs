// SPDX-License-Identifier: MIT
//! The room that waits and interrupts are promised, whatever else happens to
//! the queue.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::object::async_wait::{self, Terms};
use crate::object::event::Event;
use crate::object::handle::Handle;
use crate::object::packet::Payload;
use crate::task::table;

/// A stock whose packets are counted.
#[derive(Default)]
struct Stock {
    out: AtomicUsize,
}

impl PacketSource for Stock {
    fn returned(&self) {
        self.out.fetch_sub(1, Ordering::Relaxed);
    }
}

fn packet(key: u64) -> Packet {
    Packet {
        key,
        payload: Payload::Interrupt { timestamp: 0 },
    }
}

fn check_promises(port: &Port) {
    let queue = port.queue.lock();
    let room = queue.packets.capacity() - queue.packets.len();
    assert!(room >= queue.waits.len());
    assert!(queue.interrupts.capacity() >= queue.bindings);
    assert!(queue.interrupts.len() <= queue.bindings);
}

/// Numbers that look random, the same in each run.
fn numbers(mut state: u64) -> impl FnMut(usize) -> usize {
    move |limit| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or(0) % limit
    }
}

#[test]
fn no_sequence_of_calls_takes_the_room_that_waits_were_promised() -> Result {
    for seed in 1..=4 {
        let mut number = numbers(seed);
        let port = Port::new(0);
        let stocks = [Arc::new(Stock::default()), Arc::new(Stock::default())];
        let source = |stock: &Arc<Stock>| Arc::clone(stock) as Arc<dyn PacketSource>;
        let mut waits = Vec::new();
        let mut bindings: Vec<(InterruptBinding, Arc<InterruptSlot>)> = Vec::new();
        for _ in 0..2_000 {
            match number(9) {
                0 => port.queue_user(packet(0))?,
                1 | 2 => {
                    let stock = &stocks[number(2)];
                    port.queue_from(source(stock), packet(1))?;
                    stock.out.fetch_add(1, Ordering::Relaxed);
                }
                3 => {
                    let event = Event::new(0);
                    let value = table::insert(Handle::new(event.clone(), Rights::NONE))?;
                    let terms = Terms {
                        key: 2,
                        trigger: 8,
                        timestamp: false,
                        edge: false,
                    };
                    async_wait::register(&table::get(value)?, &port, terms)?;
                    waits.push((value, event));
                }
                4 if !waits.is_empty() => {
                    let (value, event) = waits.swap_remove(number(waits.len()));
                    if number(3) != 0 {
                        let mut list = event.observers().ok_or(Status::INTERNAL)?;
                        let fired = event.base().update_locked(&mut list, 0, 8);
                        drop(list);
                        drop(fired);
                    }
                    table::close(value)?;
                }
                5 => bindings.push((port.bind_interrupt()?, Arc::default())),
                6 if !bindings.is_empty() => {
                    let at = number(bindings.len());
                    if number(2) == 0 {
                        port.queue_interrupt(&bindings[at].1, packet(3));
                    } else {
                        port.remove_interrupt(&bindings[at].1);
                        bindings.swap_remove(at);
                    }
                }
                7 => {
                    let stock = &stocks[number(2)];
                    port.remove_source(&source(stock));
                    assert_eq!(stock.out.load(Ordering::Relaxed), 0);
                }
                _ => {
                    for _ in 0..number(4) {
                        let _ = port.wait(ThreadRecord::current(), futex::Deadline::MIN);
                    }
                }
            }
            check_promises(&port);
        }
        for (value, _) in waits {
            table::close(value)?;
        }
    }
    Ok(())
}

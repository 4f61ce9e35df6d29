// SPDX-License-Identifier: MIT
//! What KVM knows of a guest's memory: its slots, as far as KVM has confirmed
//! each change.
//!
//! A slot is here from the moment that KVM has made it until KVM has deleted
//! it, and keeps its host memory mapped as long. Slots cannot be cut or grown:
//! they are deleted and made anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use slab::Slab;

use super::layout::{Layout, SlotWindow};
use crate::hypervisor::kvm::vm::{Slot as KvmSlot, Vm};
use crate::status::{Result, Status};

/// How many numbers are made free at a time when none is left.
const ROOM: usize = 64;

/// A slot that KVM has.
struct Slot {
    number: u32,
    window: SlotWindow,
}

/// All of them.
#[derive(Default)]
pub struct Slots {
    /// `None` for a guest without a machine, which has none. Gone before the
    /// memory that its slots show.
    vm: Option<Arc<Vm>>,
    /// By first address.
    slots: BTreeMap<u64, Slot>,
    numbers: Slab<()>,
    /// Changes whenever a slot goes.
    generation: u64,
}

/// Which slots go and which come.
#[derive(Default)]
pub struct Plan {
    /// By first address.
    doomed: Vec<u64>,
    wanted: Vec<SlotWindow>,
}

/// A plan that was not carried out.
pub struct Failed {
    /// Why.
    pub status: Status,
    /// The addresses at which KVM does not have the slots of before; none if
    /// it has.
    pub torn: Option<(u64, u64)>,
}

impl Slots {
    /// No slots.
    pub fn new(vm: Arc<Vm>) -> Slots {
        Slots {
            vm: Some(vm),
            ..Slots::default()
        }
    }

    /// A number that changes whenever [`Slots::host`] may give something else
    /// than before for an address for which it gave something.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Where bytes that a slot shows are in host memory.
    #[inline]
    pub fn host(&self, gpa: u64, len: usize) -> Option<*const u8> {
        let (&start, slot) = self.slots.range(..=gpa).next_back()?;
        let skipped = gpa - start;
        let fits = slot.window.len.checked_sub(skipped)? >= len as u64;
        let view = &slot.window.view;
        let offset = usize::try_from(view.offset + skipped).ok()?;
        fits.then_some((view.mapping.addr() + offset) as *const u8)
    }

    /// The slots that touch a range, in order.
    fn touching(&self, start: u64, end: u64) -> impl Iterator<Item = &SlotWindow> {
        let before = self.slots.range(..start).next_back();
        let reaching = before.filter(move |(_, slot)| slot.window.end() > start);
        let inside = self.slots.range(start..end.max(start));
        reaching
            .into_iter()
            .chain(inside)
            .map(|(_, slot)| &slot.window)
    }

    /// What has to be done for the slots to be as `layout` wants them in a
    /// range. Everywhere else they are.
    pub fn plan(&self, layout: &Layout, start: u64, end: u64) -> Plan {
        let mut plan = Plan::default();
        let Some(vm) = &self.vm else {
            return plan;
        };
        // A slot beyond would be refused, or never be reached.
        let limit = vm.address_limit();
        // What is to be filled begins and ends where doomed slots do.
        let (mut free, mut last) = (start, end);
        for slot in self.touching(start, end) {
            if layout.agrees(slot, start, end) {
                layout.windows(free, slot.gpa.min(limit), &mut plan.wanted);
                free = slot.end();
            } else {
                plan.doomed.push(slot.gpa);
                free = free.min(slot.gpa);
                last = last.max(slot.end());
            }
        }
        layout.windows(free, last.min(limit), &mut plan.wanted);
        plan
    }

    /// How many numbers a plan lacks.
    pub fn lacks(&self, plan: &Plan) -> usize {
        let used = self.numbers.len() + plan.wanted.len() - plan.doomed.len();
        let all = self.vm.as_ref().map_or(0, |vm| vm.max_slots());
        used.saturating_sub(all)
    }

    /// Plans to join neighbours into one, outside of `start..end`, until so
    /// many numbers are free, and some more. Empty if there are none.
    pub fn plan_joining(&self, free: usize, start: u64, end: u64) -> Plan {
        let mut plan = Plan::default();
        let mut joined: Option<SlotWindow> = None;
        // The first of the joined ones has not been doomed yet.
        let mut alone = true;
        for Slot { window, .. } in self.slots.values() {
            let outside = window.end() <= start || window.gpa >= end;
            match &mut joined {
                Some(last) if outside && last.joins(window) => {
                    if alone {
                        plan.doomed.push(last.gpa);
                    }
                    alone = false;
                    plan.doomed.push(window.gpa);
                    last.len += window.len;
                }
                _ => {
                    plan.wanted.extend(joined.take().filter(|_| !alone));
                    if plan.doomed.len() >= plan.wanted.len() + free.max(ROOM) {
                        return plan;
                    }
                    joined = outside.then(|| window.clone());
                    alone = true;
                }
            }
        }
        plan.wanted.extend(joined.filter(|_| !alone));
        plan
    }

    /// Carries a plan out, or puts back what it has done.
    pub fn carry_out(&mut self, plan: Plan) -> std::result::Result<(), Failed> {
        let Some(vm) = self.vm.clone() else {
            return Ok(());
        };
        let Plan { doomed, wanted } = plan;
        let mut deleted = Vec::with_capacity(doomed.len());
        let mut made = Vec::with_capacity(wanted.len());
        let result = self.exchange(&vm, doomed, wanted, &mut deleted, &mut made);
        let Err(status) = result else {
            return Ok(());
        };
        let mut torn: Option<(u64, u64)> = None;
        let mut note = |start: u64, end: u64| {
            let (first, last) = torn.unwrap_or((start, end));
            torn = Some((first.min(start), last.max(end)));
        };
        for gpa in made.into_iter().rev() {
            let end = self.slots.get(&gpa).map_or(gpa, |slot| slot.window.end());
            if self.delete(&vm, gpa).is_err() {
                note(gpa, end);
            }
        }
        for window in deleted {
            let (start, end) = (window.gpa, window.end());
            if self.make(&vm, window).is_err() {
                note(start, end);
            }
        }
        Err(Failed { status, torn })
    }

    fn exchange(
        &mut self,
        vm: &Vm,
        doomed: Vec<u64>,
        wanted: Vec<SlotWindow>,
        deleted: &mut Vec<SlotWindow>,
        made: &mut Vec<u64>,
    ) -> Result {
        for gpa in doomed {
            deleted.extend(self.delete(vm, gpa)?);
        }
        for window in wanted {
            let gpa = window.gpa;
            self.make(vm, window)?;
            made.push(gpa);
        }
        Ok(())
    }

    fn make(&mut self, vm: &Vm, window: SlotWindow) -> Result {
        // A slot that could not be deleted may still be here.
        if self.touching(window.gpa, window.end()).next().is_some() {
            return Err(Status::NO_MEMORY);
        }
        let key = self.numbers.insert(());
        let slot = u32::try_from(key)
            .map_err(|_| Status::NO_MEMORY)
            .and_then(|number| {
                vm.set_slot(&kvm_slot(number, &window, window.len))?;
                Ok(Slot { number, window })
            })
            .inspect_err(|_| {
                self.numbers.remove(key);
            })?;
        self.slots.insert(slot.window.gpa, slot);
        Ok(())
    }

    fn delete(&mut self, vm: &Vm, gpa: u64) -> Result<Option<SlotWindow>> {
        let Some(slot) = self.slots.get(&gpa) else {
            return Ok(None);
        };
        vm.set_slot(&kvm_slot(slot.number, &slot.window, 0))?;
        self.numbers.remove(slot.number as usize);
        self.generation += 1;
        Ok(self.slots.remove(&gpa).map(|slot| slot.window))
    }
}

fn kvm_slot(number: u32, window: &SlotWindow, len: u64) -> KvmSlot<'_> {
    KvmSlot {
        number,
        gpa: window.gpa,
        mapping: &window.view.mapping,
        offset: window.view.offset,
        len,
        read_only: !window.writable,
    }
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.doomed.is_empty() && self.wanted.is_empty()
    }

    /// Whether memory that is there before and after is not in between. Not
    /// exact: one slot that goes and one that comes will do.
    pub fn leaves_a_gap(&self) -> bool {
        !self.doomed.is_empty() && !self.wanted.is_empty()
    }
}

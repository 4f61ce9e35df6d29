// SPDX-License-Identifier: MIT
//! A guest's physical address space (hypervisor.md, sections 4, 11.5 and
//! 11.11).
//!
//! | part | what it is |
//! |---|---|
//! | `layout` | what is to be where: mappings, traps, and the slots that follow |
//! | `slots` | what KVM has been told and has confirmed |
//! | `view` | looks at guest memory |
//!
//! A change edits the layout and then the slots. When KVM refuses, the slots
//! that were there before are put back, the layout too, and nothing has
//! changed. When KVM refuses that as well the memory is *torn*: KVM's slots are
//! not what they have to be. VCPUs stay out of the guest then. The next change,
//! or the next run of a VCPU, tries again, and fails if that does; all host
//! memory that KVM may still show stays mapped.
//!
//! Slots that are deleted to be made anew leave a gap for a moment, in which
//! all VCPUs stay out of the guest, so that none sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Mutex, RwLock, RwLockWriteGuard};

use super::kvm::vm::Vm;
use super::requests::VcpuRequests;
use super::traps::{Trap, TrapMap};
use crate::status::{Result, Status};
use crate::sys::clock;

mod layout;
mod slots;
mod view;

pub use layout::{Access, HostView};
use layout::{GpaRange, Layout, RangeMap};
use slots::{Plan, Slots};
pub use view::{GpaLookup, View};

/// The first guest-physical address that does not exist.
pub const GUEST_END: u64 = 1 << 48;

/// What a guest has in its address space, and its ports.
#[derive(Default)]
struct State {
    slots: Slots,
    layout: Layout,
    ports: TrapMap,
    /// Where KVM's slots are not what the layout wants.
    torn: Option<(u64, u64)>,
}

/// A guest's physical address space. Who drops it has closed all VCPUs of the
/// guest, and ends the guest with it: its memory goes after KVM has forgotten
/// it.
#[derive(Default)]
pub struct GuestMemory {
    /// Serialises changes; taken before VCPUs are paused.
    change: Mutex<()>,
    state: RwLock<State>,
    /// How many threads wait for the end of a change to look at memory.
    looking: AtomicU32,
    vcpus: Mutex<Vcpus>,
}

/// How long a change waits for those who waited for the last one. It only takes
/// longer when Linux does not let them run.
const GIVE_WAY_NS: i64 = 500_000;

/// The VCPUs of a guest.
#[derive(Default)]
struct Vcpus {
    all: Vec<Arc<VcpuRequests>>,
    /// Whether they are to stay out of the guest, those that come too.
    paused: bool,
    /// Whether a run has to mend the memory first.
    torn: bool,
}

impl GuestMemory {
    /// The empty address space of a guest.
    pub fn new(vm: Arc<Vm>) -> GuestMemory {
        let state = State {
            slots: Slots::new(vm),
            ..State::default()
        };
        GuestMemory {
            state: RwLock::new(state),
            ..GuestMemory::default()
        }
    }

    /// Makes a VCPU known, so that it is paused when slots are made anew.
    pub fn add_cpu(&self, vcpu: Arc<VcpuRequests>) {
        let mut vcpus = self.vcpus.lock();
        if vcpus.paused {
            vcpu.pause();
        }
        if vcpus.torn {
            vcpu.note_torn();
        }
        vcpus.all.push(vcpu);
    }

    /// Forgets a VCPU.
    pub fn remove_cpu(&self, vcpu: &Arc<VcpuRequests>) {
        let mut vcpus = self.vcpus.lock();
        vcpus.all.retain(|other| !Arc::ptr_eq(other, vcpu));
    }

    /// Waits until a VCPU that is to pause may run again, or is kicked. Fails
    /// when guest memory is torn and cannot be mended.
    pub fn wait_out(&self, vcpu: &VcpuRequests) -> Result {
        if vcpu.is_torn() {
            return self.change(|_, _| Ok(()));
        }
        vcpu.wait_resumed();
        Ok(())
    }

    /// Maps host memory, by address, length and view, in place of whatever is
    /// mapped in a range; a part without a view is mapped and has no memory.
    /// The guest finds the old or the new, never something else. On failure
    /// nothing has changed.
    ///
    /// What does not change costs nothing: parts that show the same memory as
    /// before with the same access keep their slots. Who has moved one page of
    /// an object elsewhere gives that page alone.
    pub fn replace(
        &self,
        gpa: u64,
        len: u64,
        new: impl IntoIterator<Item = (u64, u64, Option<HostView>)>,
        access: Access,
    ) -> Result {
        self.edit(gpa, gpa + len, |ranges| {
            ranges.take(gpa, gpa + len);
            for (gpa, len, view) in new {
                ranges.insert(gpa, GpaRange { len, view, access });
            }
        })
    }

    /// Unmaps a range, in which there may be holes. On failure nothing has
    /// changed.
    pub fn unmap(&self, gpa: u64, len: u64) -> Result {
        self.edit(gpa, gpa + len, |ranges| {
            ranges.take(gpa, gpa + len);
        })
    }

    /// Changes what the guest may do with everything mapped in a range. On
    /// failure nothing has changed.
    pub fn protect(&self, gpa: u64, len: u64, access: Access) -> Result {
        self.edit(gpa, gpa + len, |ranges| {
            for (gpa, range) in ranges.take(gpa, gpa + len) {
                ranges.insert(gpa, GpaRange { access, ..range });
            }
        })
    }

    /// Traps `first..=last`, which takes the range's slots away.
    /// `ALREADY_EXISTS` when any of it is trapped. On failure nothing has
    /// changed.
    pub fn add_trap(&self, first: u64, last: u64, trap: Trap) -> Result {
        self.change(|state, pause| {
            state.layout.traps.insert(first, last, trap)?;
            state
                .settle(first, last + 1, pause)
                .inspect_err(|_| state.layout.traps.remove(first))
        })
    }

    /// Traps the ports `first..=last`.
    pub fn add_port_trap(&self, first: u64, last: u64, trap: Trap) -> Result {
        self.state.write().ports.insert(first, last, trap)
    }

    /// Calls `f` with every memory trap.
    pub fn for_each_trap(&self, f: impl FnMut(&Arc<Trap>)) {
        self.state.read().layout.traps.iter().for_each(f);
    }

    /// Looks at guest memory.
    #[inline]
    pub fn view(&self) -> View<'_> {
        match self.state.try_read() {
            Some(state) => View(state),
            None => self.view_soon(),
        }
    }

    #[cold]
    fn view_soon(&self) -> View<'_> {
        self.looking.fetch_add(1, Ordering::Relaxed);
        let state = self.state.read();
        self.looking.fetch_sub(1, Ordering::Relaxed);
        View(state)
    }

    /// Looks at guest memory unless it is being changed.
    pub fn try_view(&self) -> Option<View<'_>> {
        self.state.try_read().map(View)
    }

    /// Lets those go first who waited for the last change: VCPUs that it kept
    /// out of the guest, and who wants to look at memory.
    fn give_way(&self) {
        let waiting = || {
            let vcpus = self.vcpus.lock();
            self.looking.load(Ordering::Relaxed) != 0
                || vcpus.all.iter().any(|vcpu| vcpu.is_resuming())
        };
        let mut end = None;
        while waiting() {
            let now = clock::monotonic_ns();
            if now > *end.get_or_insert(now + GIVE_WAY_NS) {
                break;
            }
            std::thread::yield_now();
        }
    }

    /// Edits what is mapped in a range.
    fn edit(&self, start: u64, end: u64, edit: impl FnOnce(&mut RangeMap)) -> Result {
        // Host memory that is not needed any more goes after all locks.
        let mut before: Vec<(u64, GpaRange)> = Vec::new();
        self.change(|state, pause| {
            before.extend(state.layout.ranges.parts(start, end));
            edit(&mut state.layout.ranges);
            state.settle(start, end, pause).inspect_err(|_| {
                state.layout.ranges.take(start, end);
                for (gpa, range) in &before {
                    state.layout.ranges.insert(*gpa, range.clone());
                }
            })
        })
    }

    /// Changes something, after mending what an earlier change has torn.
    fn change(&self, change: impl FnOnce(&mut State, &mut Pause<'_>) -> Result) -> Result {
        let _change = self.change.lock();
        self.give_way();
        let mut pause = Pause {
            vcpus: &self.vcpus,
            begun: false,
        };
        let mut state = self.state.write();
        let mended = state.mend(&mut pause);
        let result = mended.and_then(|()| change(&mut state, &mut pause));
        let torn = state.torn.is_some();
        // A VCPU that waits to look at memory comes before the next change.
        RwLockWriteGuard::unlock_fair(state);
        pause.end(torn);
        result
    }
}

/// VCPUs that stay out of the guest for a change.
struct Pause<'a> {
    vcpus: &'a Mutex<Vcpus>,
    begun: bool,
}

impl Pause<'_> {
    /// Gets all VCPUs out of the guest.
    fn begin(&mut self) {
        if self.begun {
            return;
        }
        self.begun = true;
        let mut vcpus = self.vcpus.lock();
        vcpus.paused = true;
        vcpus.all.iter().for_each(|vcpu| vcpu.pause());
        let all = vcpus.all.clone();
        drop(vcpus);
        all.iter().for_each(|vcpu| vcpu.wait_left());
    }

    /// Lets them in again, unless guest memory is torn.
    fn end(mut self, torn: bool) {
        if torn {
            self.begin();
            let mut vcpus = self.vcpus.lock();
            vcpus.torn = true;
            vcpus.all.iter().for_each(|vcpu| vcpu.note_torn());
        } else if self.begun {
            let mut vcpus = self.vcpus.lock();
            (vcpus.paused, vcpus.torn) = (false, false);
            vcpus.all.iter().for_each(|vcpu| vcpu.resume());
        }
    }
}

impl State {
    /// Makes KVM's slots in a range what the layout wants. On failure they are
    /// what they were, or the memory is torn.
    fn settle(&mut self, start: u64, end: u64, pause: &mut Pause<'_>) -> Result {
        let mut plan = self.slots.plan(&self.layout, start, end);
        let lacking = self.slots.lacks(&plan);
        if lacking != 0 {
            let joining = self.slots.plan_joining(lacking, start, end);
            self.carry_out(joining, pause)?;
            plan = self.slots.plan(&self.layout, start, end);
            if self.slots.lacks(&plan) != 0 {
                return Err(Status::NO_MEMORY);
            }
        }
        self.carry_out(plan, pause)
    }

    fn carry_out(&mut self, plan: Plan, pause: &mut Pause<'_>) -> Result {
        if plan.is_empty() {
            return Ok(());
        }
        if plan.leaves_a_gap() {
            pause.begin();
        }
        self.slots.carry_out(plan).map_err(|failed| {
            if let Some((start, end)) = failed.torn {
                let (first, last) = self.torn.unwrap_or((start, end));
                self.torn = Some((first.min(start), last.max(end)));
            }
            failed.status
        })
    }

    /// Mends what is torn.
    fn mend(&mut self, pause: &mut Pause<'_>) -> Result {
        if let Some((start, end)) = self.torn {
            pause.begin();
            self.settle(start, end, pause)?;
            self.torn = None;
        }
        Ok(())
    }
}

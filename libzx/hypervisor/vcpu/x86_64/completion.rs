// SPDX-License-Identifier: MIT
//! What KVM leaves half done, and how it is finished.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::hypervisor::arch::x86_64::inst::{Found, Load, Plain};
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::arch::x86_64::regs::{RCX, RFLAGS_TF, Regs, TranslationState};
use crate::hypervisor::exit::{Exit, MemoryAccess, PortAccess};
use crate::hypervisor::memory::{GpaLookup, View};
use crate::hypervisor::vcpu::Vcpu;
use crate::status::Result;

/// How many parts one instruction may leave the guest in before the library
/// gives up on it.
const MAX_PARTS: u32 = 64;

/// What KVM still has to do for the last exit.
#[allow(
    clippy::large_enum_variant,
    reason = "nothing is allocated on the way out of a run"
)]
pub(super) enum PendingIo {
    /// Nothing, or something that it can do by itself: registers may be
    /// changed meanwhile, but not the instruction pointer.
    Nothing,
    /// A port input, whose data may still be changed.
    Input(PortAccess),
    /// Something that must be finished before anything else, and after which
    /// these are the registers.
    Completion(Completion),
}

pub(super) struct Completion {
    pub(super) regs: Regs,
    /// Whether KVM's instruction pointer is the right one then.
    pub(super) keep_rip: bool,
    /// Guest memory that finishing would change: where and what to put back.
    pub(super) saved: SmallVec<[(u64, Vec<u8>); 1]>,
    /// Finish one element of a repeated load, not all.
    pub(super) one_element: bool,
    /// A plain load that KVM can be left to finish if the program wants no
    /// more than a value loaded: what it does and the registers before it.
    pub(super) load: Option<(Load, Regs)>,
    /// Finishing changes registers besides the general ones: vectors,
    /// segments, tables.
    special: bool,
}

impl Vcpu {
    /// Finishes what has to be finished before the guest is entered.
    pub(in crate::hypervisor::vcpu) fn complete(&mut self) -> Result {
        let PendingIo::Completion(drain) = &self.local.pending_io else {
            return Ok(());
        };
        if let Some(data) = drain.answer()
            && !self.shared.pending.any()
        {
            // Settled by the run that follows; until then it can change.
            self.kvm.set_loaded(data.to_le_bytes());
            return Ok(());
        }
        let PendingIo::Completion(drain) =
            std::mem::replace(&mut self.local.pending_io, PendingIo::Nothing)
        else {
            return Ok(());
        };
        let memory = Arc::clone(&self.memory);
        self.drain(drain, &memory.view());
        Ok(())
    }

    /// Finishes what the last exit left half done and puts everything right.
    pub(super) fn drain(&mut self, drain: Completion, view: &View<'_>) {
        if drain.one_element {
            let mut regs = self.kvm.regs();
            regs.gpr[RCX] = 1;
            self.kvm.set_regs(&regs);
        }
        let special = drain.special.then(|| self.kvm.special_state());
        self.finish_by_kvm();
        if let Some(Ok(state)) = special {
            // What could be read can be written.
            let _ = self.kvm.set_special_state(&state);
        }
        drain.put_back(view);
        let mut regs = drain.regs;
        if drain.keep_rip {
            regs.rip = self.kvm.regs().rip;
        }
        self.kvm.set_regs(&regs);
    }

    /// Lets KVM finish the instruction that left the guest, while memory, of
    /// which KVM may want some for that, is not being changed.
    pub(in crate::hypervisor::vcpu) fn finish_by_kvm_unchanged(&mut self) {
        let memory = Arc::clone(&self.memory);
        let _unchanged = memory.view();
        self.finish_by_kvm();
    }

    /// Lets KVM finish the instruction that left the guest, dropping all that
    /// it still does outside; what it still stored there.
    pub(super) fn finish_by_kvm(&mut self) -> SmallVec<[MemoryAccess; 2]> {
        let mut stores = SmallVec::new();
        for _ in 0..MAX_PARTS {
            match self.kvm.drain() {
                Exit::Memory(MemoryAccess { stored: None, .. }) => self.kvm.set_loaded([0; 8]),
                Exit::Memory(access) => stores.push(access),
                Exit::Port(_) => {}
                _ => break,
            }
        }
        stores
    }
}

impl Completion {
    pub(super) fn to(regs: Regs) -> Completion {
        Completion {
            regs,
            keep_rip: false,
            saved: SmallVec::new(),
            one_element: false,
            load: None,
            special: false,
        }
    }

    /// The data with which KVM itself arrives at the wanted registers.
    pub(super) fn answer(&self) -> Option<u64> {
        let (load, start) = self.load.as_ref()?;
        let skipped = self.regs.rip != start.rip && start.rflags & RFLAGS_TF == 0;
        if skipped {
            load.data_for(start, &self.regs)
        } else {
            None
        }
    }

    /// What finishing a plain load takes, to end with its registers untouched.
    #[inline]
    pub(super) fn of_load(start: &Regs, plain: &Plain, paging: &TranslationState) -> Completion {
        let mut drain = Completion::to(Regs {
            rip: paging.advance(start.rip, plain.len.into()),
            ..*start
        });
        drain.load = plain.load.map(|load| (load, *start));
        drain
    }

    /// What finishing `found` takes, to end with these registers.
    pub(super) fn of(
        found: &Found,
        view: &View<'_>,
        paging: &TranslationState,
        regs: Regs,
    ) -> Completion {
        let linear = LinearMemory::new(view, paging);
        let mut drain = Completion::to(regs);
        drain.one_element = found.repeated;
        drain.special = found.special;
        drain.load = found.load.map(|load| (load, found.start));
        for &(address, len) in &found.writes {
            drain.save(&linear, address, len);
        }
        if let Some((address, bytes)) = &found.restore {
            drain.note(&linear, *address, bytes.len(), |at, part| {
                part.copy_from_slice(&bytes[at..at + part.len()]);
                true
            });
        }
        drain
    }

    pub(super) fn keep_rip(mut self) -> Completion {
        self.keep_rip = true;
        self
    }

    /// Notes guest memory that finishing will change, as it is now.
    pub(super) fn save(&mut self, linear: &LinearMemory<'_>, address: u64, len: usize) {
        self.note(linear, address, len, |at, part| {
            let gpa = linear.translate(address.wrapping_add(at as u64));
            gpa.is_ok_and(|gpa| linear.view.read(gpa, part).is_ok())
        });
    }

    /// Notes what `fill` makes of each part of guest memory that the guest can
    /// write; its argument is the part's distance from `address`.
    fn note(
        &mut self,
        linear: &LinearMemory<'_>,
        address: u64,
        len: usize,
        fill: impl Fn(usize, &mut [u8]) -> bool,
    ) {
        let mut done = 0;
        while done < len {
            let at = address.wrapping_add(done as u64);
            let in_page = usize::try_from(0x1000 - (at & 0xFFF)).unwrap_or(len);
            let part = in_page.min(len - done);
            let mut bytes = vec![0; part];
            if let Ok(gpa) = linear.translate(at)
                && matches!(linear.view.place(gpa), GpaLookup::Memory(allowed) if allowed.write)
                && fill(done, &mut bytes)
            {
                self.saved.push((gpa, bytes));
            }
            done += part;
        }
    }

    pub(super) fn put_back(&self, view: &View<'_>) {
        for (gpa, bytes) in &self.saved {
            // What was readable a moment ago is gone only if its owner took
            // it away meanwhile; nothing is left to restore then.
            let _ = view.write(*gpa, bytes);
        }
    }
}

impl From<Completion> for PendingIo {
    fn from(drain: Completion) -> PendingIo {
        PendingIo::Completion(drain)
    }
}

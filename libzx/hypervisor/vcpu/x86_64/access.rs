// SPDX-License-Identifier: MIT
//! Exits to memory: which instruction it was, and what the program or the
//! guest gets of it (hypervisor.md, sections 5.2 to 5.4).

use std::sync::Arc;

use super::completion::Completion;
use crate::hypervisor::arch::x86_64::inst::{Found, MAX_LEN, Search, Store};
use crate::hypervisor::arch::x86_64::paging::LinearMemory;
use crate::hypervisor::arch::x86_64::regs::{RFLAGS_RF, Regs, TranslationState};
use crate::hypervisor::exit::MemoryAccess;
use crate::hypervisor::memory::{GpaLookup, View};
use crate::hypervisor::traps::Action;
use crate::hypervisor::vcpu::{Stop, Vcpu};
use crate::status::{Result, Status};

impl Vcpu {
    pub(in crate::hypervisor::vcpu) fn on_memory(
        &mut self,
        access: MemoryAccess,
    ) -> Result<Option<Stop>> {
        match self.stop_at_known_code(access) {
            Some(stop) => Ok(Some(stop)),
            None => self.on_any_access(access),
        }
    }

    /// Reports an access to a memory trap by an instruction that is known, and
    /// nothing else.
    ///
    /// A store is known by the address space of a while ago too, if it stores
    /// just what was stored: a program that carries it out does the right thing
    /// then, whether or not the present address space has other code there.
    #[inline]
    fn stop_at_known_code(&mut self, access: MemoryAccess) -> Option<Stop> {
        let view = self.memory.view();
        let GpaLookup::Trap(trap) = view.place(access.gpa) else {
            return None;
        };
        if !matches!(trap.action, Action::Stop) || self.kvm.rflags() & RFLAGS_RF != 0 {
            return None;
        }
        let paging = match access.stored {
            Some(_) => self.kvm.recent_paging(),
            None => self.kvm.paging(),
        };
        let rip = self.kvm.rip();
        let plain = self.local.cache.plain(&view, &paging, rip, &access)?;
        if let Some(data) = access.stored
            && !self.kvm.paging_is_fresh()
            && !plain.surely_stores(data, &self.kvm.regs())
        {
            return None;
        }
        let start = if access.stored.is_some() {
            paging.advance(rip, u64::from(plain.len).wrapping_neg())
        } else {
            self.local.pending_io = Completion::of_load(&self.kvm.regs(), plain, &paging).into();
            rip
        };
        Some(stop_at(
            trap.key,
            access.gpa,
            (plain.len, plain.bytes),
            start,
            &paging,
        ))
    }

    #[cold]
    fn on_any_access(&mut self, access: MemoryAccess) -> Result<Option<Stop>> {
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        match view.place(access.gpa) {
            GpaLookup::Trap(trap) => match (&trap.action, access.stored) {
                (Action::Stop, _) => {
                    let (found, paging) = match self.skip(&view, access) {
                        Ok(skipped) => skipped,
                        Err(status) => return self.give_up(access, status),
                    };
                    let code = (found.len, found.bytes);
                    let start = found.start.rip;
                    Ok(Some(stop_at(trap.key, access.gpa, code, start, &paging)))
                }
                (Action::Bell(bell), Some(_)) => {
                    if let Err(status) = self.skip_to_bell(&view, access) {
                        return self.give_up(access, status);
                    }
                    self.ringing = Some((Arc::clone(bell), access.gpa));
                    Ok(None)
                }
                (Action::Bell(_), None) => match self.skip(&view, access) {
                    Ok(_) => Err(Status::NOT_SUPPORTED),
                    Err(status) => self.give_up(access, status),
                },
            },
            GpaLookup::Memory(allowed) => {
                // Slots were being changed, or the file is too short.
                let permitted = if access.stored.is_some() {
                    allowed.write
                } else {
                    allowed.read
                };
                if permitted && self.finish_access(&view, access).is_ok() {
                    return Ok(None);
                }
                self.rewind(&view, access, view.status(access.gpa))
            }
            GpaLookup::Void | GpaLookup::Nothing => {
                self.rewind(&view, access, view.status(access.gpa))
            }
        }
    }

    /// Finds the instruction of an access; nothing when all that is left of it is
    /// to store what is there already.
    fn find(
        &mut self,
        view: &View<'_>,
        access: MemoryAccess,
    ) -> Result<(Option<Found>, TranslationState)> {
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        let linear = LinearMemory::new(view, &paging);
        let Some(data) = access.stored else {
            // What drops a load must not depend on what was loaded before.
            self.kvm.set_loaded([0; 8]);
            return Ok((
                Some(self.local.cache.of_load(&linear, &regs, &access)?),
                paging,
            ));
        };
        let entry = self.local.entry;
        let store = Store {
            access,
            data: u64::from_le_bytes(data),
            parts: None,
            readable: matches!(view.place(access.gpa), GpaLookup::Memory(allowed) if allowed.read),
            entry: &entry,
        };
        let mut search = self.local.cache.of_store(&linear, &regs, &store)?;
        if matches!(search, Search::Open) {
            // All that the instruction stores tells which one it is.
            let mut parts = self.finish_by_kvm();
            parts.insert(0, access);
            let store = Store {
                parts: Some(&parts),
                ..store
            };
            search = self.local.cache.of_store(&linear, &regs, &store)?;
        }
        match search {
            Search::Found(found) => Ok((Some(found), paging)),
            Search::Over => Ok((None, paging)),
            Search::Open => Err(Status::INTERNAL),
        }
    }

    /// Skips the instruction of an access: the registers are those before it,
    /// but for the instruction pointer.
    fn skip(&mut self, view: &View<'_>, access: MemoryAccess) -> Result<(Found, TranslationState)> {
        let found = self.find(view, access).and_then(|(found, paging)| {
            let found = found.ok_or(Status::INTERNAL)?;
            Ok((found, paging))
        });
        let (found, paging) = found?;
        if found.plain_store {
            return Ok((found, paging));
        }
        let mut regs = found.start;
        regs.rip = paging.advance(regs.rip, found.len.into());
        if access.stored.is_some() && !found.more {
            // KVM has finished but for the effects on registers.
            if regs != self.kvm.regs() {
                self.kvm.set_regs(&regs);
            }
        } else {
            self.local.pending_io = Completion::of(&found, view, &paging, regs).into();
        }
        Ok((found, paging))
    }

    /// Skips the instruction of a store to a bell, which rings once however many
    /// parts it has. Nothing has to be done for one that is over but known to
    /// have no other effect.
    fn skip_to_bell(&mut self, view: &View<'_>, access: MemoryAccess) -> Result {
        let paging = self.kvm.recent_paging();
        let repeats = self.kvm.rflags() & RFLAGS_RF != 0;
        if let Some(data) = access.stored
            && let Some(plain) = self
                .local
                .cache
                .plain(view, &paging, self.kvm.rip(), &access)
            && !repeats
            && (self.kvm.paging_is_fresh() || plain.surely_stores(data, &self.kvm.regs()))
        {
            return Ok(());
        }
        self.skip(view, access).map(drop)
    }

    /// Puts everything back to before the instruction, so that it can run
    /// again, and fails with `status`. Done while memory cannot be mapped: a
    /// half-done instruction must not find it.
    fn rewind(
        &mut self,
        view: &View<'_>,
        access: MemoryAccess,
        status: Status,
    ) -> Result<Option<Stop>> {
        let (found, paging) = match self.find(view, access) {
            Ok((Some(found), paging)) => (found, paging),
            Ok((None, _)) => {
                self.finish_by_kvm();
                return Ok(None);
            }
            // Which instruction it was, or what was before it, cannot be told.
            Err(_) => return self.give_up(access, Status::INTERNAL),
        };
        let drain = Completion::of(&found, view, &paging, found.start);
        self.drain(drain, view);
        Err(status)
    }

    /// Lets KVM finish an access whose instruction cannot be told, and fails, unless
    /// it was a load for what is no instruction: the guest takes its exception.
    fn give_up(&mut self, access: MemoryAccess, status: Status) -> Result<Option<Stop>> {
        let before = self.kvm.regs();
        self.finish_by_kvm();
        if access.stored.is_none() && self.kvm.regs() == before {
            return Ok(None);
        }
        Err(status)
    }

    /// Carries an access out on memory that is there after all.
    fn finish_access(&mut self, view: &View<'_>, access: MemoryAccess) -> Result {
        let len = usize::from(access.len);
        match access.stored {
            Some(data) => view.write(access.gpa, &data[..len])?,
            None => {
                let mut data = [0; 8];
                view.read(access.gpa, &mut data[..len])?;
                self.kvm.set_loaded(data);
            }
        }
        self.kvm.carry_on();
        Ok(())
    }

    /// An instruction that KVM does not know. What it does to a trap needs no
    /// knowledge of it.
    #[cold]
    pub(super) fn on_unknown_instruction(&mut self) -> Result<Option<Stop>> {
        self.kvm.forget_exception()?;
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        let linear = LinearMemory::new(&view, &paging);
        let is_memory = |gpa, written: bool| match view.place(gpa) {
            GpaLookup::Memory(allowed) => allowed.read && (allowed.write || !written),
            _ => false,
        };
        let code = linear.translate(paging.code_address(regs.rip))?;
        if !is_memory(code, false) {
            return Err(match view.place(code) {
                GpaLookup::Trap(_) => Status::NOT_SUPPORTED,
                _ => view.status(code),
            });
        }
        let found = self.local.cache.of_unknown(&linear, &regs, is_memory)?;
        let (found, gpa, only_written) = found.ok_or(Status::NOT_SUPPORTED)?;
        self.stop_at_unknown(&view, &paging, &found, gpa, only_written)
    }

    /// Skips an instruction that KVM does not carry out, which accesses `gpa`, or
    /// fails where there is no trap.
    pub(super) fn stop_at_unknown(
        &mut self,
        view: &View<'_>,
        paging: &TranslationState,
        found: &Found,
        gpa: u64,
        only_written: bool,
    ) -> Result<Option<Stop>> {
        let GpaLookup::Trap(trap) = view.place(gpa) else {
            return Err(view.status(gpa));
        };
        let start = found.start;
        self.kvm.set_regs(&Regs {
            rip: paging.advance(start.rip, found.len.into()),
            ..start
        });
        match &trap.action {
            Action::Stop => {
                let code = (found.len, found.bytes);
                Ok(Some(stop_at(trap.key, gpa, code, start.rip, paging)))
            }
            Action::Bell(bell) if only_written => {
                self.ringing = Some((Arc::clone(bell), gpa));
                Ok(None)
            }
            Action::Bell(_) => Err(Status::NOT_SUPPORTED),
        }
    }
}

/// The report of an access to a memory trap, by the instruction of this length
/// and these bytes.
fn stop_at(
    key: u64,
    gpa: u64,
    (len, bytes): (u8, [u8; MAX_LEN]),
    rip: u64,
    paging: &TranslationState,
) -> Stop {
    Stop::Memory {
        key,
        gpa,
        len,
        bytes,
        default_operand_size: if paging.code_bits() == 16 { 2 } else { 4 },
        cr3: paging.cr3,
        rip: paging.code_address(rip),
    }
}

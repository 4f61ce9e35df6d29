// SPDX-License-Identifier: MIT
//! Registers and events of a VCPU, and the exits that x86-64 processors have of
//! their own.
#![allow(unsafe_code)]

use kvm_bindings::{
    KVM_EXIT_HLT, KVM_EXIT_IO, KVM_EXIT_IO_IN, KVM_EXIT_IRQ_WINDOW_OPEN, KVM_EXIT_SET_TPR,
    KVM_EXIT_X86_RDMSR, KVM_EXIT_X86_WRMSR, KVM_SYNC_X86_EVENTS, KVM_SYNC_X86_REGS,
    KVM_SYNC_X86_SREGS, kvm_interrupt,
};
use kvm_ioctls::VcpuFd;

use super::super::status;
use super::super::vcpu::KvmVcpu;
use crate::hypervisor::arch::{RFLAGS_TF, Regs, TranslationState};
use crate::hypervisor::exit::{Exit, PortAccess};
use crate::status::Result;

/// Special registers cost KVM time at each exit, and few exits need them: they
/// are asked for while such an exit is less than this many exits ago.
const SPECIAL_EXITS: u8 = 16;

/// Interrupts go in through the shared page, without a call of their own,
/// while the state of events is asked for at each exit: for this many exits
/// after an interrupt.
const EVENT_EXITS: u8 = 64;

/// Long mode is active; code segments have no 64-bit flag without it.
const EFER_LMA: u64 = 1 << 10;

/// The vectors of INT3 and INTO.
const BREAKPOINT: u8 = 3;
const OVERFLOW: u8 = 4;

/// Vector, segment, table and control registers.
pub struct SpecialState {
    xsave: super::Xsave,
    sregs: kvm_bindings::kvm_sregs,
}

/// What the VCPU of this processor has.
pub struct Local {
    /// Whether registers travel in the shared page.
    synced: bool,
    /// For how many more exits the special registers are asked for.
    special_wanted: u8,
    /// Whether those in the shared page are of the last exit.
    special_fresh: bool,
    /// Changes whenever those in the shared page do.
    special_epoch: u64,
    /// For how many more exits the state of events is asked for.
    events_wanted: u8,
    /// Whether that in the shared page is what KVM has.
    events_fresh: bool,
    /// Whether that may raise an exception: an MSR access that ends in #GP, or
    /// an instruction that accesses memory and is carried out after all.
    may_raise: bool,
    /// Whether an NMI was given to KVM that may not have been delivered yet.
    nmi_waits: bool,
    tsc_khz: u64,
    /// The guest's time stamp counter minus the host's.
    tsc_difference: u64,
}

impl Local {
    /// Of a VCPU that has not run. `synced` tells whether registers travel in the
    /// shared page.
    pub fn new(fd: &VcpuFd, synced: bool) -> Local {
        Local {
            synced,
            special_wanted: SPECIAL_EXITS,
            special_fresh: false,
            special_epoch: 0,
            events_wanted: 0,
            events_fresh: false,
            may_raise: false,
            nmi_waits: false,
            tsc_khz: fd.get_tsc_khz().map_or(0, u64::from),
            tsc_difference: 0,
        }
    }
}

impl KvmVcpu {
    /// Brings the VCPU into its initial state: the boot processor's 64-bit
    /// mode at `entry`, or real mode.
    pub fn reset(&mut self, entry: u64, boot: bool) -> Result {
        let run = self.shared_mut();
        run.request_interrupt_window = 0;
        run.kvm_dirty_regs = 0;
        run.cr8 = 0;
        // Interrupts are off; what the last run of another VCPU left here says
        // nothing about this one.
        (run.ready_for_interrupt_injection, run.if_flag) = (0, 0);
        self.local.nmi_waits = false;
        self.local.events_fresh = false;
        super::reset(&self.fd, entry, boot)?;
        self.local.tsc_difference = super::align_tsc(&self.fd)?;
        self.fetch_registers()
    }

    /// The guest's time stamp counter now.
    pub fn guest_tsc(&self) -> u64 {
        super::host_tsc().wrapping_add(self.local.tsc_difference)
    }

    /// Its frequency.
    pub fn tsc_khz(&self) -> u64 {
        self.local.tsc_khz
    }

    /// Reads all registers into the shared page, where a run leaves them.
    fn fetch_registers(&mut self) -> Result {
        let regs = self.fd.get_regs().map_err(status)?;
        let sregs = self.fd.get_sregs().map_err(status)?;
        // SAFETY: the x86 form is the only one on this processor, and any bits
        // are a value of it.
        let sync = unsafe { &mut self.shared_mut().s.regs };
        (sync.regs, sync.sregs) = (regs, sregs);
        self.local.special_fresh = true;
        self.local.special_epoch += 1;
        Ok(())
    }

    /// Has registers travel with the run that follows.
    #[inline]
    pub(in super::super) fn before_run(&mut self) -> Result {
        if !self.local.synced && self.shared().kvm_dirty_regs != 0 {
            let regs = self.sync_regs().regs;
            self.shared_mut().kvm_dirty_regs = 0;
            self.fd.set_regs(&regs).map_err(status)?;
        }
        if self.local.synced {
            let special = if self.local.special_wanted != 0 {
                KVM_SYNC_X86_SREGS
            } else {
                0
            };
            self.local.special_fresh = special != 0;
            if special != 0 {
                self.local.special_epoch += 1;
                self.local.special_wanted -= 1;
            }
            let events = if self.local.events_wanted != 0 {
                self.local.events_wanted -= 1;
                KVM_SYNC_X86_EVENTS
            } else {
                0
            };
            self.local.events_fresh = events != 0;
            self.shared_mut().kvm_valid_regs = (KVM_SYNC_X86_REGS | special | events).into();
        }
        Ok(())
    }

    /// Looks after registers that have not.
    #[inline]
    pub(in super::super) fn after_run(&mut self) -> Result {
        self.local.may_raise = false;
        if self.local.synced {
            Ok(())
        } else {
            self.fetch_registers()
        }
    }

    /// What an exit of this processor tells.
    pub(in super::super) fn decode_own_exit(&self) -> Exit {
        let run = self.shared();
        match run.exit_reason {
            KVM_EXIT_IO => {
                // SAFETY: the exit reason names this member.
                let io = unsafe { run.__bindgen_anon_1.io };
                Exit::Port(PortAccess {
                    port: io.port,
                    size: io.size,
                    input: u32::from(io.direction) == KVM_EXIT_IO_IN,
                    count: io.count,
                })
            }
            KVM_EXIT_HLT => Exit::Halt,
            KVM_EXIT_IRQ_WINDOW_OPEN => Exit::Window,
            KVM_EXIT_SET_TPR => Exit::Interrupted,
            KVM_EXIT_X86_RDMSR => {
                // SAFETY: the exit reason names this member.
                Exit::ReadMsr(unsafe { run.__bindgen_anon_1.msr.index })
            }
            KVM_EXIT_X86_WRMSR => {
                // SAFETY: the exit reason names this member.
                let msr = unsafe { run.__bindgen_anon_1.msr };
                Exit::WriteMsr(msr.index, msr.data)
            }
            _ => Exit::Unknown,
        }
    }

    fn sync_regs(&self) -> &kvm_bindings::kvm_sync_regs {
        // SAFETY: the x86 form is the only one on this processor, and any bits
        // are a value of it.
        unsafe { &self.shared().s.regs }
    }

    /// The general registers at the last exit, or as set since.
    pub fn regs(&self) -> Regs {
        let r = &self.sync_regs().regs;
        Regs {
            gpr: [
                r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi, r.r8, r.r9, r.r10, r.r11,
                r.r12, r.r13, r.r14, r.r15,
            ],
            rip: r.rip,
            rflags: r.rflags,
        }
    }

    /// The instruction pointer.
    pub fn rip(&self) -> u64 {
        self.sync_regs().regs.rip
    }

    /// The flags.
    pub fn rflags(&self) -> u64 {
        self.sync_regs().regs.rflags
    }

    /// RAX.
    pub fn rax(&self) -> u64 {
        self.sync_regs().regs.rax
    }

    /// Sets the general registers for the next run.
    pub fn set_regs(&mut self, regs: &Regs) {
        // SAFETY: as in `sync_regs`.
        let r = unsafe { &mut self.shared_mut().s.regs.regs };
        [
            r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi, r.r8, r.r9, r.r10, r.r11,
            r.r12, r.r13, r.r14, r.r15,
        ] = regs.gpr;
        (r.rip, r.rflags) = (regs.rip, regs.rflags);
        self.shared_mut().kvm_dirty_regs |= u64::from(KVM_SYNC_X86_REGS);
    }

    /// What addresses mean at the last exit.
    pub fn paging(&mut self) -> TranslationState {
        if !self.local.special_fresh {
            // Without them the ones before are as good as it gets.
            let _ = self.fetch_special_registers();
        }
        self.local.special_wanted = SPECIAL_EXITS;
        self.recent_paging()
    }

    /// The linear addresses of the global and of the local descriptor table.
    pub fn descriptor_tables(&self) -> Result<(u64, u64)> {
        let sregs = self.fd.get_sregs().map_err(status)?;
        Ok((sregs.gdt.base, sregs.ldt.base))
    }

    fn fetch_special_registers(&mut self) -> Result {
        let sregs = self.fd.get_sregs().map_err(status)?;
        // SAFETY: as in `sync_regs`.
        unsafe { &mut self.shared_mut().s.regs }.sregs = sregs;
        self.local.special_fresh = true;
        self.local.special_epoch += 1;
        Ok(())
    }

    /// Whether [`recent_paging`](Self::recent_paging) is that of the last exit.
    pub fn paging_is_fresh(&self) -> bool {
        self.local.special_fresh
    }

    /// Has the next exit tell what addresses mean.
    pub fn want_paging(&mut self) {
        self.local.special_wanted = self.local.special_wanted.max(1);
    }

    /// The registers besides the general ones that a load can change.
    pub fn special_state(&self) -> Result<Box<SpecialState>> {
        Ok(Box::new(SpecialState {
            xsave: super::Xsave::of(&self.fd)?,
            sregs: self.fd.get_sregs().map_err(status)?,
        }))
    }

    /// Sets them.
    pub fn set_special_state(&mut self, state: &SpecialState) -> Result {
        state.xsave.set(&self.fd)?;
        self.local.special_fresh = false;
        self.local.special_epoch += 1;
        self.fd.set_sregs(&state.sregs).map_err(status)
    }

    /// A number that changes whenever [`recent_paging`](Self::recent_paging)
    /// may have.
    pub fn special_epoch(&self) -> u64 {
        self.local.special_epoch
    }

    /// What addresses meant at the last exit at which that was asked for.
    #[inline]
    pub fn recent_paging(&self) -> TranslationState {
        let s = &self.sync_regs().sregs;
        TranslationState {
            cr0: s.cr0,
            cr3: s.cr3,
            cr4: s.cr4,
            efer: s.efer,
            long_code: s.cs.l != 0 && s.efer & EFER_LMA != 0,
            big_code: s.cs.db != 0,
            bases: [
                s.es.base, s.cs.base, s.ss.base, s.ds.base, s.fs.base, s.gs.base,
            ],
            cpl: s.ss.dpl,
            big_stack: s.ss.db != 0,
        }
    }

    /// The bytes of the present port access.
    pub fn port_data(&mut self, access: PortAccess) -> &mut [u8] {
        // SAFETY: only called for a port exit, which names this member.
        let offset = unsafe { self.shared().__bindgen_anon_1.io.data_offset };
        let len = usize::from(access.size) * access.count as usize;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "an offset into the mapped area"
        )]
        let offset = offset as usize;
        // SAFETY: KVM placed the data at this offset of the mapped area.
        let data = unsafe { self.run.as_ptr().cast::<u8>().add(offset) };
        // SAFETY: the data is that long, and borrowed from `self`.
        unsafe { std::slice::from_raw_parts_mut(data, len) }
    }

    /// Answers an MSR access: a value, or #GP in the guest.
    pub fn finish_msr(&mut self, answer: Option<u64>) {
        self.local.may_raise = answer.is_none();
        let msr = kvm_msr_answer(answer);
        // SAFETY: only called for an MSR exit, which names this member.
        let exit = unsafe { &mut self.shared_mut().__bindgen_anon_1.msr };
        (exit.error, exit.data) = msr;
    }

    /// Has KVM carry out the rest of an instruction whose access to memory the
    /// library has made.
    pub fn carry_on(&mut self) {
        self.local.may_raise = true;
    }

    /// Whether finishing an instruction may raise an exception.
    pub fn may_raise(&self) -> bool {
        self.local.may_raise || self.half_done && self.rflags() & RFLAGS_TF != 0
    }

    /// Whether an external interrupt can be delivered at the next entry. KVM
    /// forgets one when finishing an instruction raises an exception: #GP, #DB
    /// of a single step, #DE of a division by what was loaded.
    pub fn can_interrupt(&self) -> bool {
        let run = self.shared();
        run.ready_for_interrupt_injection != 0 && run.if_flag != 0 && !self.may_raise()
    }

    /// Asks, or stops asking, for an exit as soon as an interrupt can be
    /// delivered.
    pub fn request_window(&mut self, wanted: bool) {
        self.shared_mut().request_interrupt_window = u8::from(wanted);
    }

    /// Delivers an external interrupt at the next entry.
    pub fn interrupt(&mut self, vector: u8) -> Result {
        self.local.events_wanted = EVENT_EXITS;
        let fresh = self.local.events_fresh;
        // SAFETY: as in `sync_regs`.
        let events = &mut unsafe { &mut self.shared_mut().s.regs }.events;
        // An exception that has not got through yet does not survive the way
        // through the page unchanged.
        let quiet = events.exception.injected == 0 && events.exception.pending == 0;
        if fresh && quiet {
            events.flags = 0;
            events.interrupt.injected = 1;
            events.interrupt.nr = vector;
            events.interrupt.soft = 0;
            self.shared_mut().kvm_dirty_regs |= u64::from(KVM_SYNC_X86_EVENTS);
            return Ok(());
        }
        super::interrupt(&self.fd, &kvm_interrupt { irq: vector.into() })
    }

    /// Delivers an NMI; false while one is blocked or under way, in which case
    /// KVM delivers it afterwards.
    pub fn nmi(&mut self) -> Result<bool> {
        self.local.events_fresh = false;
        let nmi = self.fd.get_vcpu_events().map_err(status)?.nmi;
        if nmi.pending == 0 {
            self.fd.nmi().map_err(status)?;
        }
        // Even one that is not blocked may have to wait for the end of a shadow.
        self.local.nmi_waits = true;
        Ok(nmi.masked == 0 && nmi.injected == 0)
    }

    /// Whether an NMI waits in KVM: for the end of the handler of another, or
    /// of a shadow.
    pub fn nmi_waits(&mut self) -> bool {
        if self.local.nmi_waits {
            let events = self.fd.get_vcpu_events();
            self.local.nmi_waits = events.is_ok_and(|events| events.nmi.pending != 0);
        }
        self.local.nmi_waits
    }

    /// Delivers an exception with the present instruction pointer; false
    /// while another event is under way.
    pub fn exception(&mut self, vector: u8, error_code: bool) -> Result<bool> {
        self.local.events_fresh = false;
        let mut events = self.fd.get_vcpu_events().map_err(status)?;
        if events.exception.injected != 0
            || events.interrupt.injected != 0
            || events.nmi.injected != 0
        {
            return Ok(false);
        }
        if matches!(vector, BREAKPOINT | OVERFLOW) && super::is_amd() {
            // KVM would skip an instruction to find out where the guest is to
            // go on; the guest has not executed one.
            events.interrupt.injected = 1;
            events.interrupt.nr = vector;
            events.interrupt.soft = 0;
        } else {
            events.exception.injected = 1;
            events.exception.nr = vector;
            events.exception.has_error_code = error_code.into();
            events.exception.error_code = 0;
        }
        self.fd.set_vcpu_events(&events).map_err(status)?;
        Ok(true)
    }

    /// The guest has halted: a shadow of STI before that is over, whatever KVM
    /// says.
    pub fn end_halt(&mut self) -> Result {
        let run = self.shared();
        if run.ready_for_interrupt_injection != 0 || run.if_flag == 0 {
            return Ok(());
        }
        let mut events = self.fd.get_vcpu_events().map_err(status)?;
        if events.exception.injected != 0 || events.exception.pending != 0 {
            // A single step over HLT: it comes first.
            return Ok(());
        }
        self.shared_mut().ready_for_interrupt_injection = 1;
        if events.interrupt.shadow != 0 {
            events.interrupt.shadow = 0;
            events.flags |= kvm_bindings::KVM_VCPUEVENT_VALID_SHADOW;
            self.fd.set_vcpu_events(&events).map_err(status)?;
        }
        Ok(())
    }

    /// Takes back an exception that KVM has queued for an instruction that it
    /// refused: the guest is to find everything as it was.
    pub fn forget_exception(&mut self) -> Result {
        self.local.events_fresh = false;
        let mut events = self.fd.get_vcpu_events().map_err(status)?;
        if events.exception.injected == 0 && events.exception.pending == 0 {
            return Ok(());
        }
        (events.exception.injected, events.exception.pending) = (0, 0);
        self.fd.set_vcpu_events(&events).map_err(status)
    }
}

fn kvm_msr_answer(answer: Option<u64>) -> (u8, u64) {
    match answer {
        Some(value) => (0, value),
        None => (1, 0),
    }
}

// SPDX-License-Identifier: MIT
//! The run loop of a VCPU (hypervisor.md, sections 5, 7 and 8), and the rules
//! by which what KVM leaves half done is settled.
//!
//! KVM finishes the instruction that left the guest inside of the next
//! `KVM_RUN`, and would write the guest's registers then. Plain stores, port
//! outputs and port inputs are left to it. Whatever does not look like Zircon
//! that way is *drained* first, by a `KVM_RUN` that does not enter the guest,
//! and then the registers are put right.

use std::sync::Arc;

use super::apic::{self, Apic, Effect, Now};
use super::inst::{Cache, MAX_LEN};
use super::interrupts::{FIRST_EXTERNAL, LAST_EXCEPTION, NMI, Pending, has_error_code};
use super::msr;
use super::paging::LinearMemory;
use super::regs::{RAX, RFLAGS_ALWAYS, RFLAGS_USER, Regs};
use crate::hypervisor::kvm::vcpu::{Exit, KvmVcpu};
use crate::hypervisor::memory::GuestMemory;
use crate::hypervisor::requests::{self, BELL, INTERRUPT, KICK, PAUSE, VcpuRequests};
use crate::hypervisor::traps::Doorbell;
use crate::reason::because;
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::sys::futex;
use crate::sys::probe::{self, Visit};
use crate::sys::timer_queue::{self, Key};
use crate::task::ThreadRecord;

mod access;
mod completion;
mod port;
mod stall;

use completion::{Completion, PendingIo};
use port::{PortRecall, merge_rax, port_value};
use stall::Interrupted;

/// How soon a VCPU is looked at again when an exception has to wait for an
/// event that is under way: time enough to enter the guest.
const LOOK_AGAIN_NS: i64 = 100_000;

/// What other threads share with a VCPU.
pub struct VcpuControl {
    /// What other threads want of it.
    pub requests: Arc<VcpuRequests>,
    pending: Pending,
}

impl VcpuControl {
    /// Makes a vector pending and sees to it that it is delivered soon.
    /// `INTERNAL` when Linux does not let its thread be signalled.
    pub fn interrupt(&self, vector: u8) -> Result {
        self.pending.set(vector);
        self.requests.request(INTERRUPT)
    }

    /// Ends the present run, or the next one, with CANCELED.
    /// `INTERNAL` when Linux does not let its thread be signalled.
    pub fn kick(&self) -> Result {
        self.requests.request(KICK)
    }

    /// Whether a kick has not been consumed yet.
    pub fn is_kicked(&self) -> bool {
        self.requests.has(KICK)
    }
}

/// What the program has to know about.
#[derive(Clone, Copy)]
pub enum Stop {
    /// An access to a memory trap; the instruction has been skipped.
    Memory {
        /// The trap's key.
        key: u64,
        /// Guest-physical address.
        gpa: u64,
        /// Length of the instruction.
        len: u8,
        /// Its bytes, zero padded.
        bytes: [u8; MAX_LEN],
        /// 4, or 2 in 16-bit code.
        default_operand_size: u8,
        /// The root of the page tables.
        cr3: u64,
        /// The linear address of the instruction.
        rip: u64,
    },
    /// An access to a port trap; the instruction has been skipped.
    Port {
        /// The trap's key.
        key: u64,
        /// The port.
        port: u16,
        /// Bytes: 1, 2 or 4.
        size: u8,
        /// Whether the guest reads.
        input: bool,
        /// What the guest wrote.
        data: [u8; 4],
    },
    /// An interrupt for other VCPUs, or for this one.
    Interrupt {
        /// One bit for each APIC id.
        mask: u64,
        /// The vector.
        vector: u8,
    },
    /// A VCPU is to be started.
    Startup {
        /// Its APIC id.
        id: u64,
        /// Where it starts.
        entry: u64,
    },
}

/// A VCPU.
pub struct Vcpu {
    kvm: KvmVcpu,
    memory: Arc<GuestMemory>,
    shared: Arc<VcpuControl>,
    pending_io: PendingIo,
    /// A write to a bell that waits for a free packet.
    ringing: Option<(Arc<dyn Doorbell>, u64)>,
    cache: Cache,
    ports: PortRecall,
    apic: Apic,
    boot: bool,
    /// Whether the guest has triple-faulted: nothing runs any more.
    shut_down: bool,
    /// An alarm that gets the VCPU out of the guest for its timer. It may be
    /// set too early: then it is set again.
    alarm: Option<Key>,
    /// Whether the guest has set its timer since the alarm was.
    timer_changed: bool,
    /// Where the guest is, if it was last left for an interruption.
    interrupted: Option<Interrupted>,
    /// The registers with which the guest was last entered.
    entry: Regs,
    /// KVM has been given an event that the guest has not been entered with.
    injected: bool,
}

impl Vcpu {
    /// Brings the VCPU of KVM with this number into its initial state, at
    /// `entry`, for the calling thread. Number 0 is the boot processor.
    pub fn new(
        mut kvm: KvmVcpu,
        memory: Arc<GuestMemory>,
        entry: u64,
        number: u32,
    ) -> std::result::Result<Vcpu, (KvmVcpu, Status)> {
        let boot = number == 0;
        let ready = requests::prepare_thread().and_then(|()| kvm.reset(entry, boot));
        if let Err(status) = ready {
            return Err((kvm, status));
        }
        let shared = Arc::new(VcpuControl {
            requests: Arc::new(VcpuRequests::new(kvm.kick_target())),
            pending: Pending::default(),
        });
        memory.add_cpu(Arc::clone(&shared.requests));
        let pending_io = PendingIo::Nothing;
        Ok(Vcpu {
            kvm,
            memory,
            shared,
            pending_io,
            ringing: None,
            cache: Cache::default(),
            ports: PortRecall::default(),
            apic: Apic::new(number),
            boot,
            shut_down: false,
            alarm: None,
            timer_changed: false,
            interrupted: None,
            entry: Regs::default(),
            injected: false,
        })
    }

    /// What other threads use.
    pub fn shared(&self) -> &Arc<VcpuControl> {
        &self.shared
    }

    /// Ends the VCPU; what is left can be used for another one.
    pub fn retire(mut self) -> KvmVcpu {
        self.memory.remove_cpu(&self.shared.requests);
        self.alarm.map(timer_queue::cancel);
        self.finish_by_kvm_unchanged();
        self.kvm
    }

    /// The general registers as the program sees them: settled.
    pub fn regs(&mut self) -> Regs {
        match &self.pending_io {
            PendingIo::Nothing => self.kvm.regs(),
            PendingIo::Input(access) => {
                let access = *access;
                let mut regs = self.kvm.regs();
                let data = port_value(self.kvm.port_data(access));
                regs.gpr[RAX] = merge_rax(regs.gpr[RAX], data, access.size);
                regs
            }
            PendingIo::Completion(drain) => drain.regs,
        }
    }

    /// Replaces the sixteen registers and, if its always-one bit is set, the
    /// user part of the flags.
    pub fn set_state(&mut self, gpr: [u64; 16], rflags: u64) {
        let mut regs = self.regs();
        regs.gpr = gpr;
        if rflags & RFLAGS_ALWAYS != 0 {
            regs.rflags = regs.rflags & !RFLAGS_USER | rflags & RFLAGS_USER;
        }
        self.set_regs(regs);
    }

    /// Replaces the low bytes of RAX: the data of a port input.
    pub fn set_io(&mut self, data: [u8; 4], size: u8) {
        if let PendingIo::Input(access) = self.pending_io
            && size <= access.size
        {
            let len = usize::from(size);
            self.kvm.port_data(access)[..len].copy_from_slice(&data[..len]);
            return;
        }
        let mut regs = self.regs();
        let mask = u64::MAX >> (64 - 8 * u32::from(size));
        let value = u64::from(u32::from_le_bytes(data));
        regs.gpr[RAX] = regs.gpr[RAX] & !mask | value & mask;
        self.set_regs(regs);
    }

    fn set_regs(&mut self, regs: Regs) {
        // Programs often write back what they read.
        if regs == self.regs() {
            return;
        }
        match &mut self.pending_io {
            PendingIo::Nothing => self.kvm.set_regs(&regs),
            PendingIo::Input(_) => self.pending_io = Completion::to(regs).keep_rip().into(),
            PendingIo::Completion(drain) => drain.regs = regs,
        }
    }

    /// Runs the guest until there is something to report. The root of its page
    /// tables is only sure to be the present one if that is wanted.
    pub fn run(&mut self, root_wanted: bool) -> Result<Stop> {
        let result = self.run_until_stop(root_wanted);
        self.shared.requests.stop();
        result
    }

    fn run_until_stop(&mut self, root_wanted: bool) -> Result<Stop> {
        let thread = ThreadRecord::current();
        loop {
            if thread.is_asked() {
                self.shared.requests.stop();
                thread.stop_here();
            }
            if self.shared.requests.take(KICK) {
                return Err(Status::CANCELED);
            }
            if self.shut_down {
                return Err(because!(
                    NOT_SUPPORTED,
                    "the VCPU has shut down after a triple fault"
                ));
            }
            if self.shared.requests.has(PAUSE) {
                self.memory.wait_out(&self.shared.requests)?;
                continue;
            }
            if self.ringing.is_some() {
                self.ring_on()?;
                continue;
            }
            self.complete()?;
            // Cleared before the vectors are looked at: one that comes later
            // sets it again and keeps the guest from being entered. A packet of
            // a bell may still become free after the VCPU has stopped waiting.
            let woken = self.shared.requests.take(INTERRUPT | BELL);
            // An alarm that is set and has not rung is still good, unless it is late.
            let due = self.apic.fires_at().is_some_and(futex::expired);
            if woken || due || self.timer_changed || self.alarm.is_none() {
                self.timer_changed = false;
                self.look_at_timer()?;
            }
            self.inject()?;
            if !self.shared.requests.enter() {
                continue;
            }
            if root_wanted {
                self.kvm.want_paging();
            }
            self.entry = self.kvm.regs();
            let started = probe::begin();
            let entered = thread.in_guest(self.kvm.exit_flag(), || self.kvm.run());
            let Some(exit) = entered else {
                self.shared.requests.leave();
                self.kvm.clear_immediate_exit();
                continue;
            };
            let visit = started.map(|started| self.visit(started, &exit));
            self.injected = false;
            self.pending_io = PendingIo::Nothing;
            self.shared.requests.leave();
            self.kvm.clear_immediate_exit();
            let outcome = self.handle(exit);
            if let Some(mut visit) = visit {
                visit.surfaces = !matches!(outcome, Ok(None));
                probe::tell(&visit);
            }
            if let Some(stop) = outcome? {
                return Ok(stop);
            }
        }
    }

    /// The reason of a triple fault: where the guest was, and the first entry
    /// of its page tables that does not lead to its code. Some processors have
    /// reset the VCPU; then only where it was entered is known.
    #[cold]
    fn tell_of_triple_fault(&mut self) -> Status {
        let (entered, now) = (self.entry.rip, self.kvm.rip());
        let paging = self.kvm.paging();
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        let linear = LinearMemory::new(&view, &paging);
        let (cr0, cr3, cr4) = (paging.cr0, paging.cr3, paging.cr4);
        match linear.first_absent(paging.code_address(now)) {
            Some((gpa, entry)) => because!(
                NOT_SUPPORTED,
                "triple fault at rip {x} (entered at {x}), cr0 {x}, cr3 {x}, cr4 {x}: the page-table \
                 entry at {x} is {x}, not present",
                now,
                entered,
                cr0,
                cr3,
                cr4,
                gpa,
                entry
            ),
            None => because!(
                NOT_SUPPORTED,
                "triple fault at rip {x} (entered at {x}), cr0 {x}, cr3 {x}, cr4 {x}",
                now,
                entered,
                cr0,
                cr3,
                cr4
            ),
        }
    }

    /// A time in the guest that has just ended.
    #[cold]
    fn visit(&self, started: i64, exit: &Exit) -> Visit {
        Visit {
            started,
            ended: clock::monotonic_ns(),
            exit: exit.name(),
            rip: self.kvm.rip(),
            address: exit.address(),
            surfaces: false,
        }
    }

    fn handle(&mut self, exit: Exit) -> Result<Option<Stop>> {
        if exit != Exit::Interrupted {
            self.interrupted = None;
        }
        match exit {
            Exit::Port(access) => self.on_port(access).map(Some),
            Exit::Memory(access) => self.on_memory(access),
            Exit::Halt => self.on_halt(),
            Exit::Window => Ok(None),
            Exit::Interrupted => self.look_for_stall(),
            Exit::ReadMsr(register) => {
                self.on_read_msr(register);
                Ok(None)
            }
            Exit::WriteMsr(register, value) => self.on_write_msr(register, value),
            Exit::Emulation => self.on_unknown_instruction(),
            Exit::NoHostMemory => Err(because!(
                OUT_OF_RANGE,
                "an access behind the end of the memory that is mapped, at rip {x}",
                self.kvm.rip()
            )),
            Exit::NoKernelMemory => Err(because!(NO_MEMORY, "the host has no page for the guest")),
            Exit::BadEntry => Err(because!(
                BAD_STATE,
                "the processor refuses the guest's state, rip {x}",
                self.kvm.rip()
            )),
            Exit::Shutdown => {
                // Some processors have reset the VCPU, which must not run on
                // from the reset vector.
                self.shut_down = true;
                Err(self.tell_of_triple_fault())
            }
            Exit::Unknown => Err(because!(
                NOT_SUPPORTED,
                "KVM stopped for a reason that the library does not know, rip {x}",
                self.kvm.rip()
            )),
            Exit::Failed => Err(because!(
                INTERNAL,
                "KVM failed to run the guest, rip {x}",
                self.kvm.rip()
            )),
        }
    }

    // -- Halting, interrupts --------------------------------------------

    fn on_halt(&mut self) -> Result<Option<Stop>> {
        // An alarm may ring, or the timer fire, during the halt.
        self.timer_changed = true;
        while !self.shared.pending.any() && !self.kvm.nmi_waits() {
            // The request is cleared by the loop, which then looks at the
            // vectors; here it only ends the sleep.
            let deadline = self.apic.fires_at().unwrap_or(futex::INFINITE);
            self.shared.requests.sleep(INTERRUPT | KICK, deadline);
            if self.shared.requests.take(KICK) {
                return Err(Status::CANCELED);
            }
            self.shared.requests.take(INTERRUPT);
            self.fire_timer();
        }
        self.kvm.end_halt()?;
        Ok(None)
    }

    /// Fires the timer if it is due, and sees to it that the guest is left
    /// when it will be.
    fn look_at_timer(&mut self) -> Result {
        self.fire_timer();
        let look = self.next_look();
        match self.apic.fires_at() {
            Some(at) => self.look_by(at.min(look)),
            None => {
                // Without it a guest that has stalled is left by a kick only.
                let _ = self.look_by(look);
                Ok(())
            }
        }
    }

    /// Sees to it that the guest is left by this time.
    fn look_by(&mut self, at: i64) -> Result {
        if let Some(key) = self.alarm {
            if key.at() <= at && key.at() > clock::monotonic_ns() {
                return Ok(());
            }
            timer_queue::cancel(key);
            // If no other can be set, the next run tries again.
            self.alarm = None;
        }
        self.alarm = Some(timer_queue::set(at, self.shared.requests.clone())?);
        Ok(())
    }

    fn fire_timer(&mut self) {
        if self.apic.fires_at().is_some()
            && let Some(vector) = self.apic.expire(self.now())
        {
            self.shared.pending.set(vector);
        }
    }

    fn now(&self) -> Now {
        Now {
            // First: who is interrupted here takes the counter to be behind,
            // which makes nothing fire early.
            tsc: self.kvm.guest_tsc(),
            ns: clock::monotonic_ns(),
            tsc_khz: self.kvm.tsc_khz(),
        }
    }

    // -- Model-specific registers ---------------------------------------

    fn on_read_msr(&mut self, register: u32) {
        let answer = if apic::REGISTERS.contains(&register) || register == apic::TSC_DEADLINE {
            self.apic.read(register)
        } else {
            msr::read(register, self.boot)
        };
        self.kvm.finish_msr(answer);
    }

    fn on_write_msr(&mut self, register: u32, value: u64) -> Result<Option<Stop>> {
        let effect = if apic::REGISTERS.contains(&register) || register == apic::TSC_DEADLINE {
            // What was due before is not lost when the timer is set anew.
            self.fire_timer();
            self.apic.write(register, value, self.now())
        } else {
            match msr::write(register, value) {
                msr::Write::Ignored => Effect::Done,
                msr::Write::Fault => Effect::Fault,
                msr::Write::Stop(status) => Effect::Stop(status),
            }
        };
        self.kvm
            .finish_msr((effect != Effect::Fault).then_some(value));
        match effect {
            Effect::Done | Effect::Fault => Ok(None),
            Effect::TimerChanged => {
                self.timer_changed = true;
                Ok(None)
            }
            Effect::Own(vector) => {
                self.shared.pending.set(vector);
                Ok(None)
            }
            Effect::Others { mask, vector } => Ok(Some(Stop::Interrupt { mask, vector })),
            Effect::Start { id, entry } => Ok(Some(Stop::Startup { id, entry })),
            Effect::Stop(status) => {
                self.pending_io = Completion::to(self.kvm.regs()).into();
                Err(status)
            }
        }
    }

    /// Chooses and injects at most one pending vector. KVM would forget an
    /// event that it is given a second one on top of: what becomes pending
    /// between an injection and the entry waits for the window.
    fn inject(&mut self) -> Result {
        if !self.shared.pending.any() {
            self.kvm.request_window(false);
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        let pending = &shared.pending;
        let entered = !self.injected;
        if pending.has(NMI) {
            // A blocked one waits in KVM for the handler's end.
            pending.clear(NMI);
            if self.kvm.nmi()? {
                self.injected = true;
            }
        }
        let mut window = false;
        match pending.highest() {
            _ if self.injected => {}
            None => {}
            Some(vector) if vector >= FIRST_EXTERNAL => {
                if self.kvm.can_interrupt() {
                    pending.clear(vector);
                    self.kvm.interrupt(vector)?;
                    self.injected = true;
                } else {
                    window = true;
                }
            }
            Some(vector) if vector > LAST_EXCEPTION => {
                pending.clear(vector);
                return Err(because!(
                    NOT_SUPPORTED,
                    "vector {}, made pending by zx_vcpu_interrupt, is reserved",
                    vector
                ));
            }
            Some(vector) => {
                // Finishing an instruction drops an exception on some hosts.
                if self.kvm.is_half_done() && !self.kvm.may_raise() {
                    self.finish_by_kvm_unchanged();
                    self.pending_io = PendingIo::Nothing;
                }
                let first = !self.kvm.may_raise();
                self.injected = first && self.kvm.exception(vector, has_error_code(vector))?;
                window = !self.injected;
            }
        }
        if self.injected {
            if entered {
                pending.discard_exceptions();
            }
            // What is left goes in when the handler permits.
            window = pending.highest().is_some();
        }
        if window && pending.highest().is_some_and(|v| v <= LAST_EXCEPTION) {
            // The guest may keep interrupts off, which is nothing to exceptions.
            self.look_by(clock::monotonic_ns() + LOOK_AGAIN_NS)?;
        }
        self.kvm.request_window(window);
        Ok(())
    }
}

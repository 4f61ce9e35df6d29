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

use smallvec::SmallVec;

use super::apic::{self, Apic, Effect, Now};
use super::hypercall;
use super::inst::{Cache, Found, Load, MAX_LEN, Store};
use super::interrupts::{FIRST_EXTERNAL, LAST_EXCEPTION, NMI, Pending, has_error_code};
use super::msr;
use super::paging::Linear;
use super::probe;
use super::regs::{
    Paging, RAX, RCX, RDI, RFLAGS_ALWAYS, RFLAGS_DF, RFLAGS_RF, RFLAGS_TF, RFLAGS_USER, RSI, Regs,
};
use crate::alarm::{self, Key};
use crate::clock;
use crate::futex;
use crate::hypervisor::attention::{self, Attention, BELL, INTERRUPT, KICK, PAUSE};
use crate::hypervisor::kvm::cpu::{Exit, KvmCpu, MemoryAccess, PortAccess};
use crate::hypervisor::memory::{GuestMemory, Place, View};
use crate::hypervisor::traps::{Action, Doorbell, Ring};
use crate::status::{Result, Status};

/// How many parts one instruction may leave the guest in before the library
/// gives up on it.
const MAX_PARTS: u32 = 64;

/// How often a VCPU is looked at on a host that stalls at hypercalls.
const STALL_CHECK_NS: i64 = 20_000_000;

/// What other threads share with a VCPU.
#[derive(Default)]
pub struct Shared {
    /// Gets the thread's attention.
    pub attention: Arc<Attention>,
    pending: Pending,
}

impl Shared {
    /// Makes a vector pending and sees to it that it is delivered soon.
    pub fn interrupt(&self, vector: u8) {
        self.pending.set(vector);
        self.attention.request(INTERRUPT);
    }

    /// Ends the present run, or the next one, with CANCELED.
    pub fn kick(&self) {
        self.attention.request(KICK);
    }

    /// Whether a kick has not been consumed yet.
    pub fn is_kicked(&self) -> bool {
        self.attention.has(KICK)
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

/// What the code of a port access looks like.
#[derive(PartialEq, Eq)]
enum PortCode {
    Ordinary,
    String,
    Unknown,
}

/// What KVM still has to do for the last exit.
#[allow(
    clippy::large_enum_variant,
    reason = "nothing is allocated on the way out of a run"
)]
enum Unsettled {
    /// Nothing, or something that it can do by itself: registers may be
    /// changed meanwhile, but not the instruction pointer.
    Nothing,
    /// A port input, whose data may still be changed.
    Input(PortAccess),
    /// Something that must be finished before anything else, and after which
    /// these are the registers.
    Drain(Drain),
}

struct Drain {
    regs: Regs,
    /// Whether KVM's instruction pointer is the right one then.
    keep_rip: bool,
    /// Guest memory that finishing would change: where and what to put back.
    saved: SmallVec<[(u64, Vec<u8>); 1]>,
    /// Finish one element of a repeated load, not all.
    one_element: bool,
    /// A plain load that KVM can be left to finish if the program wants no
    /// more than a value loaded: what it does and the registers before it.
    load: Option<(Load, Regs)>,
}

/// A VCPU.
pub struct Cpu {
    kvm: KvmCpu,
    memory: Arc<GuestMemory>,
    shared: Arc<Shared>,
    unsettled: Unsettled,
    /// A write to a bell that waits for a free packet.
    ringing: Option<(Arc<dyn Doorbell>, u64)>,
    cache: Cache,
    apic: Apic,
    boot: bool,
    /// Whether the guest has triple-faulted: nothing runs any more.
    shut_down: bool,
    /// An alarm that gets the VCPU out of the guest for its timer. It may be
    /// set too early: then it is set again.
    alarm: Option<Key>,
    /// Whether the guest has set its timer since the alarm was.
    timer_changed: bool,
    /// Where the guest was when it was last interrupted, on hosts that stall
    /// at hypercalls.
    interrupted_at: Option<u64>,
    /// KVM has been given an event that the guest has not been entered with.
    injected: bool,
}

impl Cpu {
    /// Brings the VCPU of KVM with this number into its initial state, at
    /// `entry`, for the calling thread. Number 0 is the boot processor.
    pub fn new(
        mut kvm: KvmCpu,
        memory: Arc<GuestMemory>,
        entry: u64,
        number: u32,
    ) -> std::result::Result<Cpu, (KvmCpu, Status)> {
        let boot = number == 0;
        attention::prepare_thread();
        if let Err(status) = kvm.reset(entry, boot) {
            return Err((kvm, status));
        }
        let shared = Arc::new(Shared::default());
        shared.attention.bind(kvm.kick_target());
        memory.add_cpu(Arc::clone(&shared.attention));
        let unsettled = Unsettled::Nothing;
        Ok(Cpu {
            kvm,
            memory,
            shared,
            unsettled,
            ringing: None,
            cache: Cache::default(),
            apic: Apic::new(number),
            boot,
            shut_down: false,
            alarm: None,
            timer_changed: false,
            interrupted_at: None,
            injected: false,
        })
    }

    /// What other threads use.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Ends the VCPU; what is left can be used for another one.
    pub fn retire(mut self) -> KvmCpu {
        self.memory.remove_cpu(&self.shared.attention);
        self.alarm.map(alarm::cancel);
        self.finish_by_kvm();
        self.kvm
    }

    /// The general registers as the program sees them: settled.
    pub fn regs(&mut self) -> Regs {
        match &self.unsettled {
            Unsettled::Nothing => self.kvm.regs(),
            Unsettled::Input(access) => {
                let access = *access;
                let mut regs = self.kvm.regs();
                let data = port_value(self.kvm.port_data(access));
                regs.gpr[RAX] = merge_rax(regs.gpr[RAX], data, access.size);
                regs
            }
            Unsettled::Drain(drain) => drain.regs,
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
        if let Unsettled::Input(access) = self.unsettled
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
        match &mut self.unsettled {
            Unsettled::Nothing => self.kvm.set_regs(&regs),
            Unsettled::Input(_) => self.unsettled = Drain::to(regs).keep_rip().into(),
            Unsettled::Drain(drain) => drain.regs = regs,
        }
    }

    /// Runs the guest until there is something to report.
    pub fn run(&mut self) -> Result<Stop> {
        self.kvm.make_current();
        let result = self.run_until_stop();
        self.kvm.make_idle();
        result
    }

    fn run_until_stop(&mut self) -> Result<Stop> {
        loop {
            if self.shared.attention.take(KICK) {
                return Err(Status::CANCELED);
            }
            if self.shut_down {
                return Err(Status::NOT_SUPPORTED);
            }
            if self.shared.attention.has(PAUSE) {
                self.shared.attention.wait_resumed();
                continue;
            }
            if self.ringing.is_some() {
                self.ring_on()?;
                continue;
            }
            self.settle()?;
            // Cleared before the vectors are looked at: one that comes later
            // sets it again and keeps the guest from being entered. A packet of
            // a bell may still become free after the VCPU has stopped waiting.
            let woken = self.shared.attention.take(INTERRUPT | BELL);
            // An alarm that is set and has not rung is still good.
            if woken || self.timer_changed || self.alarm.is_none() {
                self.timer_changed = false;
                self.look_at_timer()?;
            }
            self.inject()?;
            if !self.shared.attention.enter() {
                continue;
            }
            let exit = self.kvm.run();
            self.injected = false;
            self.unsettled = Unsettled::Nothing;
            self.shared.attention.leave();
            self.kvm.clear_immediate_exit();
            if let Some(stop) = self.handle(exit)? {
                return Ok(stop);
            }
        }
    }

    fn handle(&mut self, exit: Exit) -> Result<Option<Stop>> {
        match exit {
            Exit::Port(access) => self.on_port(access).map(Some),
            Exit::Memory(access) => self.on_memory(access),
            Exit::Halt => self.on_halt(),
            Exit::Window => Ok(None),
            Exit::Interrupted => {
                self.look_for_stall();
                Ok(None)
            }
            Exit::ReadMsr(register) => {
                self.on_read_msr(register);
                Ok(None)
            }
            Exit::WriteMsr(register, value) => self.on_write_msr(register, value),
            Exit::Emulation => {
                self.kvm.forget_exception()?;
                Err(self.refused_instruction())
            }
            Exit::NoHostMemory => Err(Status::OUT_OF_RANGE),
            Exit::BadEntry => Err(Status::BAD_STATE),
            Exit::Shutdown => {
                // Some processors have reset the VCPU, which must not run on
                // from the reset vector.
                self.shut_down = true;
                Err(Status::NOT_SUPPORTED)
            }
            Exit::Unknown => Err(Status::NOT_SUPPORTED),
            Exit::Failed => Err(Status::INTERNAL),
        }
    }

    // -- Halting, interrupts --------------------------------------------

    fn on_halt(&mut self) -> Result<Option<Stop>> {
        while !self.shared.pending.any() {
            // The request is cleared by the loop, which then looks at the
            // vectors; here it only ends the sleep.
            let deadline = self.apic.fires_at().unwrap_or(futex::INFINITE);
            self.shared.attention.sleep(INTERRUPT | KICK, deadline);
            if self.shared.attention.take(KICK) {
                return Err(Status::CANCELED);
            }
            self.shared.attention.take(INTERRUPT);
            self.fire_timer();
        }
        self.kvm.end_halt()?;
        // An alarm may have rung, or the timer fired, during the halt.
        self.timer_changed = true;
        Ok(None)
    }

    /// Fires the timer if it is due, and sees to it that the guest is left
    /// when it will be.
    fn look_at_timer(&mut self) -> Result {
        self.fire_timer();
        let check = probe::hypercalls_stall();
        if self.apic.fires_at().is_none() && !check {
            return Ok(());
        }
        let now = clock::monotonic_ns();
        let check_at = if check {
            now + STALL_CHECK_NS
        } else {
            i64::MAX
        };
        let at = self.apic.fires_at().unwrap_or(i64::MAX).min(check_at);
        if let Some(key) = self.alarm {
            if key.at() <= at && key.at() > now {
                return Ok(());
            }
            alarm::cancel(key);
        }
        self.alarm = Some(alarm::set(at, self.shared.attention.clone())?);
        Ok(())
    }

    /// Carries out a hypercall that the host cannot get past.
    fn look_for_stall(&mut self) {
        if !probe::hypercalls_stall() {
            return;
        }
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        if self.interrupted_at.replace(regs.rip) != Some(regs.rip) {
            return;
        }
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        let mut code = [0; 3];
        let linear = Linear::new(&view, &paging);
        let fetched = linear.fetch(paging.code_address(regs.rip), &mut code);
        if fetched == Ok(code.len()) && hypercall::is_hypercall(&code) {
            let tsc = self.kvm.guest_tsc();
            self.kvm
                .set_regs(&hypercall::carry_out(&regs, &paging, &view, tsc));
            self.interrupted_at = None;
        }
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
            ns: clock::monotonic_ns(),
            tsc: self.kvm.guest_tsc(),
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
                self.unsettled = Drain::to(self.kvm.regs()).into();
                Err(status)
            }
        }
    }

    /// Chooses and injects at most one pending vector. KVM would forget an
    /// event that it is given a second one on top of.
    fn inject(&mut self) -> Result {
        if self.injected {
            return Ok(());
        }
        if !self.shared.pending.any() {
            self.kvm.request_window(false);
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        let pending = &shared.pending;
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
                return Err(Status::NOT_SUPPORTED);
            }
            Some(vector) => {
                // Finishing an instruction drops an exception on some hosts.
                if self.kvm.is_half_done() {
                    self.finish_by_kvm();
                    self.unsettled = Unsettled::Nothing;
                }
                self.injected = self.kvm.exception(vector, has_error_code(vector))?;
                window = !self.injected;
            }
        }
        if self.injected {
            pending.discard_exceptions();
            // What is left goes in when the handler permits.
            window = pending.highest().is_some();
        }
        self.kvm.request_window(window);
        Ok(())
    }

    // -- Memory ---------------------------------------------------------

    fn on_memory(&mut self, access: MemoryAccess) -> Result<Option<Stop>> {
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        match view.place(access.gpa) {
            Place::Trap(trap) => match (&trap.action, access.stored) {
                (Action::Stop, _) => self.stop_at_memory(&view, access, trap.key).map(Some),
                (Action::Ring(bell), Some(_)) => {
                    self.finish_parts(&view, access)?;
                    self.ringing = Some((Arc::clone(bell), access.gpa));
                    Ok(None)
                }
                (Action::Ring(_), None) => {
                    self.skip(&view, access)?;
                    Err(Status::NOT_SUPPORTED)
                }
            },
            Place::Memory(allowed) => {
                // Slots were being changed, or the file is too short.
                let permitted = if access.stored.is_some() {
                    allowed.write
                } else {
                    allowed.read
                };
                if permitted && self.complete(&view, access).is_ok() {
                    return Ok(None);
                }
                self.rewind(&view, access, view.status(access.gpa))
            }
            Place::Void | Place::Nothing => self.rewind(&view, access, view.status(access.gpa)),
        }
    }

    /// Reports an access to a memory trap, its instruction skipped.
    fn stop_at_memory(&mut self, view: &View<'_>, access: MemoryAccess, key: u64) -> Result<Stop> {
        let (found, paging) = self.skip(view, access)?;
        Ok(Stop::Memory {
            key,
            gpa: access.gpa,
            len: found.len,
            bytes: found.bytes,
            default_operand_size: if paging.code_bits() == 16 { 2 } else { 4 },
            cr3: paging.cr3,
            rip: paging.code_address(found.start.rip),
        })
    }

    /// Finds the instruction of an access.
    #[inline]
    fn find(&mut self, view: &View<'_>, access: MemoryAccess) -> Result<(Found, Paging)> {
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        let linear = Linear::new(view, &paging);
        let Some(data) = access.stored else {
            return Ok((self.cache.of_load(&linear, &regs, &access)?, paging));
        };
        let store = Store {
            access,
            data: u64::from_le_bytes(data),
            total: None,
        };
        if let Some(found) = self.cache.of_store(&linear, &regs, &store)? {
            return Ok((found, paging));
        }
        // How much the instruction stores tells which one it is.
        let total = usize::from(access.len) + self.finish_by_kvm();
        let store = Store {
            total: Some(total),
            ..store
        };
        let found = self
            .cache
            .of_store(&linear, &regs, &store)?
            .ok_or(Status::INTERNAL)?;
        Ok((
            Found {
                more: false,
                ..found
            },
            paging,
        ))
    }

    /// Skips the instruction of an access: the registers are those before it,
    /// but for the instruction pointer.
    fn skip(&mut self, view: &View<'_>, access: MemoryAccess) -> Result<(Found, Paging)> {
        let (found, paging) = match self.find(view, access) {
            Ok(found) => found,
            Err(status) => {
                self.unsettled = Drain::to(self.kvm.regs()).into();
                return Err(status);
            }
        };
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
            self.unsettled = Drain::of(&found, view, &paging, regs).into();
        }
        Ok((found, paging))
    }

    /// Sees to it that a store to a bell is over after this part: an
    /// instruction rings once.
    fn finish_parts(&mut self, view: &View<'_>, access: MemoryAccess) -> Result {
        // Only a full or page-crossing part can have a next one, and only
        // repeated instructions stop before their end.
        let at_end = (access.gpa + u64::from(access.len)) & 0xFFF == 0;
        let repeated = self.kvm.regs().rflags & RFLAGS_RF != 0;
        if access.len == 8 || at_end || repeated {
            self.skip(view, access)?;
        }
        Ok(())
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
        let drain = match self.find(view, access) {
            Ok((found, paging)) => Drain::of(&found, view, &paging, found.start),
            // Which instruction it was cannot be told: the registers stay.
            Err(_) => Drain::to(self.kvm.regs()),
        };
        self.drain(drain, view);
        Err(status)
    }

    /// Carries an access out on memory that is there after all.
    fn complete(&mut self, view: &View<'_>, access: MemoryAccess) -> Result {
        let len = usize::from(access.len);
        if let Some(data) = access.stored {
            return view.write(access.gpa, &data[..len]);
        }
        let mut data = [0; 8];
        view.read(access.gpa, &mut data[..len])?;
        self.kvm.set_loaded(data);
        Ok(())
    }

    /// Delivers a write to a bell, waiting for a free packet. A kick ends the
    /// wait; the next run delivers it.
    fn ring_on(&mut self) -> Result {
        let Some((bell, gpa)) = self.ringing.take() else {
            return Ok(());
        };
        loop {
            match bell.ring(gpa) {
                Ring::Queued => return Ok(()),
                Ring::Closed => return Err(Status::BAD_STATE),
                Ring::Full => {}
            }
            bell.wait_free(&self.shared.attention);
            // One may have become free before the wait was noted.
            match bell.ring(gpa) {
                Ring::Queued => return Ok(()),
                Ring::Closed => return Err(Status::BAD_STATE),
                Ring::Full => {}
            }
            self.shared.attention.sleep(BELL | KICK, futex::INFINITE);
            self.shared.attention.take(BELL);
            if self.shared.attention.take(KICK) {
                self.ringing = Some((bell, gpa));
                return Err(Status::CANCELED);
            }
        }
    }

    // -- Ports ----------------------------------------------------------

    fn on_port(&mut self, access: PortAccess) -> Result<Stop> {
        let memory = Arc::clone(&self.memory);
        let view = memory.view();
        if access.count != 1 || self.is_string(access, &view) {
            self.rewind_string(access, &view);
            return Err(Status::NOT_SUPPORTED);
        }
        let Some(trap) = view.port_trap(access.port) else {
            self.rewind_port(access, &view);
            return Err(Status::NOT_FOUND);
        };
        let PortAccess {
            port, size, input, ..
        } = access;
        let mut data = [0; 4];
        let rax = self.kvm.rax();
        let buffer = self.kvm.port_data(access);
        let len = buffer.len().min(4);
        if input {
            // Unanswered, an input leaves RAX alone, but a four-byte one
            // clears it.
            let unanswered = if size == 4 { 0 } else { rax };
            buffer[..len].copy_from_slice(&unanswered.to_le_bytes()[..len]);
            self.unsettled = Unsettled::Input(access);
        } else {
            data[..len].copy_from_slice(&buffer[..len]);
        }
        Ok(Stop::Port {
            key: trap.key,
            port,
            size,
            input,
            data,
        })
    }

    /// Whether a port access comes from INS or OUTS. Where the bytes around
    /// the instruction pointer could be either, it is the ordinary form.
    fn is_string(&mut self, access: PortAccess, view: &View<'_>) -> bool {
        // Nearly always the last known paging shows an ordinary form; only
        // when it does not is the present one worth asking for.
        let recent = self.kvm.recent_paging();
        if self.port_code(access, view, &recent) == PortCode::Ordinary {
            return false;
        }
        let paging = self.kvm.paging();
        self.port_code(access, view, &paging) == PortCode::String
    }

    fn port_code(&self, access: PortAccess, view: &View<'_>, paging: &Paging) -> PortCode {
        let linear = Linear::new(view, paging);
        // Two bytes before the instruction pointer and two at it: KVM may
        // have advanced it or not.
        let mut code = [0; 4];
        let from = paging.code_address(paging.advance(self.kvm.rip(), 2u64.wrapping_neg()));
        if linear.fetch(from, &mut code) != Ok(code.len()) {
            return PortCode::Unknown;
        }
        let (dx, immediate) = if access.input {
            (0xEC, 0xE4)
        } else {
            (0xEE, 0xE6)
        };
        let begins = |byte: u8| byte & 0xFE == dx || byte & 0xFE == immediate;
        let behind = code[1] & 0xFE == dx || code[0] & 0xFE == immediate;
        let here = begins(code[2]) || (code[2] == 0x66 && begins(code[3]));
        let string = if access.input { 0x6C } else { 0x6E };
        if behind || here {
            PortCode::Ordinary
        } else if code.iter().any(|byte| byte & 0xFE == string) {
            PortCode::String
        } else {
            PortCode::Unknown
        }
    }

    /// Puts a port access back to before its instruction.
    fn rewind_port(&mut self, access: PortAccess, view: &View<'_>) {
        let before = self.kvm.regs();
        self.finish_by_kvm();
        let mut regs = self.kvm.regs();
        regs.gpr = before.gpr;
        if regs.rip == before.rip {
            // It was behind the instruction already.
            let len = self.port_instruction_len(access, view);
            regs.rip = self.kvm.paging().advance(regs.rip, len.wrapping_neg());
        } else {
            regs.rip = before.rip;
        }
        self.kvm.set_regs(&regs);
    }

    /// The length of the port instruction that ends at the instruction
    /// pointer: an opcode, an optional port number, an optional prefix.
    fn port_instruction_len(&mut self, access: PortAccess, view: &View<'_>) -> u64 {
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        let linear = Linear::new(view, &paging);
        let mut code = [0; 3];
        let from = paging.code_address(paging.advance(regs.rip, 3u64.wrapping_neg()));
        let _ = linear.fetch(from, &mut code);
        let dx = if access.input { 0xEC } else { 0xEE };
        let immediate = if access.input { 0xE4 } else { 0xE6 };
        let port = access.port.to_le_bytes();
        let by_immediate = code[1] & 0xFE == immediate && code[2] == port[0] && port[1] == 0;
        let (len, before) = if code[2] & 0xFE == dx && !by_immediate {
            (1, code[1])
        } else {
            (2, code[0])
        };
        len + u64::from(before == 0x66)
    }

    /// Puts a string port access back to before its instruction.
    fn rewind_string(&mut self, access: PortAccess, view: &View<'_>) {
        let (before, paging) = (self.kvm.regs(), self.kvm.paging());
        let step = u64::from(access.size) * u64::from(access.count);
        let linear = Linear::new(view, &paging);
        let mut drain = Drain::to(before);
        if access.input {
            let around = before.gpr[RDI].wrapping_sub(step);
            let len = usize::try_from(step * 2).unwrap_or(0);
            drain.save(&linear, around, len);
        }
        self.finish_by_kvm();
        drain.put_back(view);
        // Exactly `count` elements are over now, wherever the exit was.
        let mut regs = self.kvm.regs();
        let back = if regs.rflags & RFLAGS_DF != 0 {
            step
        } else {
            step.wrapping_neg()
        };
        let index = if access.input { RDI } else { RSI };
        regs.gpr[index] = regs.gpr[index].wrapping_add(back);
        let advanced = regs.rip != before.rip;
        if before.rflags & RFLAGS_RF != 0 || regs.gpr[RCX] != before.gpr[RCX] {
            regs.gpr[RCX] = regs.gpr[RCX].wrapping_add(access.count.into());
            regs.rip = before.rip;
        } else if advanced {
            regs.rip = before.rip;
        } else {
            regs.rip = Cpu::string_start(&regs, &paging, view);
        }
        regs.gpr[RAX] = before.gpr[RAX];
        self.kvm.set_regs(&regs);
    }

    /// Where the string instruction that ends at the instruction pointer
    /// begins: an opcode byte and its prefixes.
    fn string_start(regs: &Regs, paging: &Paging, view: &View<'_>) -> u64 {
        let linear = Linear::new(view, paging);
        let mut code = [0; 4];
        let from = paging.code_address(paging.advance(regs.rip, 4u64.wrapping_neg()));
        let _ = linear.fetch(from, &mut code);
        let prefix = |byte: &&u8| matches!(**byte, 0x66 | 0x67 | 0xF2 | 0xF3);
        let prefixes = code[..3].iter().rev().take_while(prefix).count() as u64;
        paging.advance(regs.rip, (prefixes + 1).wrapping_neg())
    }

    // -- Settling -------------------------------------------------------

    /// Finishes what has to be finished before the guest is entered.
    fn settle(&mut self) -> Result {
        let Unsettled::Drain(drain) = &self.unsettled else {
            return Ok(());
        };
        if let Some(data) = drain.answer()
            && !self.shared.pending.any()
        {
            // Settled by the run that follows; until then it can change.
            self.kvm.set_loaded(data.to_le_bytes());
            return Ok(());
        }
        let Unsettled::Drain(drain) = std::mem::replace(&mut self.unsettled, Unsettled::Nothing)
        else {
            return Ok(());
        };
        let memory = Arc::clone(&self.memory);
        self.drain(drain, &memory.view());
        Ok(())
    }

    /// Finishes what the last exit left half done and puts everything right.
    fn drain(&mut self, drain: Drain, view: &View<'_>) {
        if drain.one_element {
            let mut regs = self.kvm.regs();
            regs.gpr[RCX] = 1;
            self.kvm.set_regs(&regs);
        }
        self.finish_by_kvm();
        drain.put_back(view);
        let mut regs = drain.regs;
        if drain.keep_rip {
            regs.rip = self.kvm.regs().rip;
        }
        self.kvm.set_regs(&regs);
    }

    /// Lets KVM finish the instruction that left the guest, dropping all that
    /// it still does outside; the number of bytes it still stored there.
    fn finish_by_kvm(&mut self) -> usize {
        let mut stored = 0;
        for _ in 0..MAX_PARTS {
            match self.kvm.drain() {
                Exit::Memory(MemoryAccess { stored: None, .. }) => self.kvm.set_loaded([0; 8]),
                Exit::Memory(access) => stored += usize::from(access.len),
                Exit::Port(_) => {}
                _ => break,
            }
        }
        stored
    }

    /// The status of an instruction that KVM cannot carry out.
    fn refused_instruction(&mut self) -> Status {
        let (regs, paging) = (self.kvm.regs(), self.kvm.paging());
        let view = self.memory.view();
        let linear = Linear::new(&view, &paging);
        match linear.translate(paging.code_address(regs.rip)) {
            Err(status) => status,
            Ok(gpa) => match view.place(gpa) {
                Place::Trap(_) | Place::Memory(_) => Status::NOT_SUPPORTED,
                Place::Void | Place::Nothing => view.status(gpa),
            },
        }
    }
}

impl Drain {
    fn to(regs: Regs) -> Drain {
        Drain {
            regs,
            keep_rip: false,
            saved: SmallVec::new(),
            one_element: false,
            load: None,
        }
    }

    /// The data with which KVM itself arrives at the wanted registers.
    fn answer(&self) -> Option<u64> {
        let (load, start) = self.load.as_ref()?;
        let skipped = self.regs.rip != start.rip && start.rflags & RFLAGS_TF == 0;
        if skipped {
            load.data_for(start, &self.regs)
        } else {
            None
        }
    }

    /// What finishing `found` takes, to end with these registers.
    fn of(found: &Found, view: &View<'_>, paging: &Paging, regs: Regs) -> Drain {
        let linear = Linear::new(view, paging);
        let mut drain = Drain::to(regs);
        drain.one_element = found.repeated;
        drain.load = found
            .load
            .filter(|_| !found.more)
            .map(|load| (load, found.start));
        for &(address, len) in &found.writes {
            drain.save(&linear, address, len);
        }
        drain
    }

    fn keep_rip(mut self) -> Drain {
        self.keep_rip = true;
        self
    }

    /// Notes guest memory that finishing will change.
    fn save(&mut self, linear: &Linear<'_>, address: u64, len: usize) {
        let mut done = 0;
        while done < len {
            let at = address.wrapping_add(done as u64);
            let in_page = usize::try_from(0x1000 - (at & 0xFFF)).unwrap_or(len);
            let part = in_page.min(len - done);
            let mut bytes = vec![0; part];
            if let Ok(gpa) = linear.translate(at)
                && linear.view.read(gpa, &mut bytes).is_ok()
            {
                self.saved.push((gpa, bytes));
            }
            done += part;
        }
    }

    fn put_back(&self, view: &View<'_>) {
        for (gpa, bytes) in &self.saved {
            // What was readable a moment ago is gone only if its owner took
            // it away meanwhile; nothing is left to restore then.
            let _ = view.write(*gpa, bytes);
        }
    }
}

impl From<Drain> for Unsettled {
    fn from(drain: Drain) -> Unsettled {
        Unsettled::Drain(drain)
    }
}

/// The value in a port's buffer.
fn port_value(data: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let len = data.len().min(4);
    bytes[..len].copy_from_slice(&data[..len]);
    u64::from_le_bytes(bytes)
}

/// RAX after an input of this size.
fn merge_rax(rax: u64, value: u64, size: u8) -> u64 {
    match size {
        1 => rax & !0xFF | value & 0xFF,
        2 => rax & !0xFFFF | value & 0xFFFF,
        _ => value & 0xFFFF_FFFF,
    }
}

// SPDX-License-Identifier: MIT
//! The run loop of a VCPU (hypervisor.md, sections 5, 7 and 8), whatever its
//! processor is: what other threads want, halts, alarms, bells. What the exits of
//! a processor mean, its interrupts, its timer and how its half-done instructions
//! are finished stands in a folder each, of the same file names.

use std::sync::Arc;

use super::arch::{MAX_INST_LEN, Pending};
use super::exit::Exit;
use super::kvm::vcpu::KvmVcpu;
use super::memory::GuestMemory;
use super::requests::{self, BELL, INTERRUPT, KICK, PAUSE, VcpuRequests};
use super::traps::{Doorbell, RingOutcome};
use crate::reason::because;
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::sys::futex;
use crate::sys::probe::{self, Visit};
use crate::sys::timer_queue::{self, Key};
use crate::task::ThreadRecord;

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
use x86_64 as chosen;

use chosen::Local;

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
        bytes: [u8; MAX_INST_LEN],
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
    /// What only its processor has.
    local: Local,
    /// A write to a bell that waits for a free packet.
    ringing: Option<(Arc<dyn Doorbell>, u64)>,
    /// Whether the guest has come to its end: nothing runs any more.
    shut_down: bool,
    /// An alarm that gets the VCPU out of the guest for its timer. It may be
    /// set too early: then it is set again.
    alarm: Option<Key>,
    /// Whether the guest has set its timer since the alarm was.
    timer_changed: bool,
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
        let ready = requests::prepare_thread().and_then(|()| kvm.reset(entry, number == 0));
        if let Err(status) = ready {
            return Err((kvm, status));
        }
        let shared = Arc::new(VcpuControl {
            requests: Arc::new(VcpuRequests::new(kvm.kick_target())),
            pending: Pending::default(),
        });
        memory.add_cpu(Arc::clone(&shared.requests));
        Ok(Vcpu {
            kvm,
            memory,
            shared,
            local: Local::new(number),
            ringing: None,
            shut_down: false,
            alarm: None,
            timer_changed: false,
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
            let due = self.fires_at().is_some_and(futex::expired);
            if woken || due || self.timer_changed || self.alarm.is_none() {
                self.timer_changed = false;
                self.look_at_timer()?;
            }
            self.inject()?;
            if !self.shared.requests.enter() {
                continue;
            }
            self.before_entry(root_wanted);
            let started = probe::begin();
            let entered = thread.in_guest(self.kvm.exit_flag(), || self.kvm.run());
            let Some(exit) = entered else {
                self.shared.requests.leave();
                self.kvm.clear_immediate_exit();
                continue;
            };
            let visit = started.map(|started| self.visit(started, &exit));
            self.after_exit(exit);
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
        match exit {
            Exit::Memory(access) => self.on_memory(access),
            Exit::Halt => self.on_halt(),
            Exit::Window => Ok(None),
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
                // from where they begin.
                self.shut_down = true;
                Err(self.tell_of_shutdown())
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
            _ => self.on_own_exit(exit),
        }
    }

    fn on_halt(&mut self) -> Result<Option<Stop>> {
        // An alarm may ring, or the timer fire, during the halt.
        self.timer_changed = true;
        while !self.is_woken() {
            // The request is cleared by the loop, which then looks at the
            // vectors; here it only ends the sleep.
            let deadline = self.fires_at().unwrap_or(futex::INFINITE);
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
        match self.fires_at() {
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

    /// Delivers a write to a bell, waiting for a free packet. A kick ends the
    /// wait; the next run delivers it.
    pub(super) fn ring_on(&mut self) -> Result {
        let Some((bell, gpa)) = self.ringing.take() else {
            return Ok(());
        };
        loop {
            match bell.ring(gpa) {
                RingOutcome::Queued => return Ok(()),
                RingOutcome::Closed => return Err(Status::BAD_STATE),
                RingOutcome::NoMemory => {
                    self.ringing = Some((bell, gpa));
                    return Err(Status::NO_MEMORY);
                }
                RingOutcome::Full => {}
            }
            bell.wait_free(&self.shared.requests);
            // One may have become free before the wait was noted.
            match bell.ring(gpa) {
                RingOutcome::Queued => return Ok(()),
                RingOutcome::Closed => return Err(Status::BAD_STATE),
                RingOutcome::NoMemory => {
                    self.ringing = Some((bell, gpa));
                    return Err(Status::NO_MEMORY);
                }
                RingOutcome::Full => {}
            }
            self.shared.requests.sleep(BELL | KICK, futex::INFINITE);
            self.shared.requests.take(BELL);
            if self.shared.requests.take(KICK) {
                self.ringing = Some((bell, gpa));
                return Err(Status::CANCELED);
            }
        }
    }
}

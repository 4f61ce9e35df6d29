// SPDX-License-Identifier: MIT
//! The local APIC: x2APIC registers as MSRs, a timer, and interrupts to other
//! VCPUs, which the program carries (hypervisor.md, sections 7.6 to 7.8).
//!
//! There is no priority, no in-service state and no EOI bookkeeping.

use super::interrupts::NMI;
use crate::status::Status;

/// The first and the last register number.
pub const REGISTERS: std::ops::RangeInclusive<u32> = 0x800..=0x83F;
/// The TSC at which the timer fires.
pub const TSC_DEADLINE: u32 = 0x6E0;

const ID: u32 = 0x802;
const VERSION: u32 = 0x803;
const TPR: u32 = 0x808;
const EOI: u32 = 0x80B;
const LDR: u32 = 0x80D;
const SVR: u32 = 0x80F;
const ISR_TO_IRR: std::ops::RangeInclusive<u32> = 0x810..=0x827;
const ESR: u32 = 0x828;
const LVT_CMCI: u32 = 0x82F;
const ICR: u32 = 0x830;
const LVT_TIMER: u32 = 0x832;
const LVT_THERMAL: u32 = 0x833;
const LVT_PERFORMANCE: u32 = 0x834;
const LVT_LINT0: u32 = 0x835;
const LVT_LINT1: u32 = 0x836;
const LVT_ERROR: u32 = 0x837;
const INITIAL_COUNT: u32 = 0x838;
const DIVIDE: u32 = 0x83E;
const SELF_IPI: u32 = 0x83F;

const MASKED: u32 = 1 << 16;
const APIC_VERSION: u64 = 0x0006_0015;
const SPURIOUS: u64 = 0xFF;

/// What a write to a register asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing, or something that is done.
    Done,
    /// The timer may fire at another time now.
    TimerChanged,
    /// #GP in the guest.
    Fault,
    /// The run ends with this status, the instruction not executed.
    Stop(Status),
    /// A vector for this VCPU.
    Own(u8),
    /// A vector for the VCPUs whose bits are set.
    Others {
        /// One bit for each APIC id.
        mask: u64,
        /// The vector.
        vector: u8,
    },
    /// A VCPU is to be started.
    Start {
        /// Its APIC id.
        id: u64,
        /// Where it starts.
        entry: u64,
    },
}

/// Time as the timer counts it.
#[derive(Clone, Copy)]
pub struct Now {
    /// Monotonic nanoseconds.
    pub ns: i64,
    /// The guest's time stamp counter at that moment.
    pub tsc: u64,
    /// Its frequency.
    pub tsc_khz: u64,
}

impl Now {
    fn after_ticks(self, ticks: u64) -> i64 {
        let ns = u128::from(ticks) * 1_000_000 / u128::from(self.tsc_khz.max(1));
        self.ns
            .saturating_add(i64::try_from(ns).unwrap_or(i64::MAX))
    }
}

/// A local APIC.
pub struct Apic {
    id: u32,
    lvt_timer: u32,
    initial_count: u32,
    divide: u32,
    tsc_deadline: u64,
    fires_at: Option<i64>,
}

impl Apic {
    /// A local APIC after reset.
    pub fn new(id: u32) -> Apic {
        Apic {
            id,
            lvt_timer: MASKED,
            initial_count: 0,
            divide: 0,
            tsc_deadline: 0,
            fires_at: None,
        }
    }

    /// RDMSR of a register; `None` is #GP.
    pub fn read(&self, register: u32) -> Option<u64> {
        Some(match register {
            ID => self.id.into(),
            VERSION => APIC_VERSION,
            SVR => SPURIOUS,
            TPR | LDR | ESR | LVT_PERFORMANCE => 0,
            _ if ISR_TO_IRR.contains(&register) => 0,
            LVT_TIMER => self.lvt_timer.into(),
            LVT_CMCI | LVT_THERMAL | LVT_LINT0 | LVT_LINT1 => MASKED.into(),
            TSC_DEADLINE => self.tsc_deadline,
            _ => return None,
        })
    }

    /// WRMSR of a register.
    pub fn write(&mut self, register: u32, value: u64, now: Now) -> Effect {
        if register == TSC_DEADLINE {
            return self.write_tsc_deadline(value, now);
        }
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the halves of a register pair"
        )]
        let (low, high) = (value as u32, (value >> 32) as u32);
        if register == ICR {
            return self.command(low, high);
        }
        if high != 0 {
            return Effect::Fault;
        }
        match register {
            EOI | ESR if low != 0 => Effect::Fault,
            EOI | ESR | TPR | SVR => Effect::Done,
            LVT_CMCI | LVT_THERMAL | LVT_PERFORMANCE | LVT_LINT0 | LVT_LINT1 | LVT_ERROR => {
                Effect::Done
            }
            LVT_TIMER if mode(low) == Mode::Reserved => Effect::Stop(Status::INVALID_ARGS),
            LVT_TIMER => {
                self.lvt_timer = low;
                self.tsc_deadline = 0;
                self.restart(now)
            }
            INITIAL_COUNT => {
                self.initial_count = low;
                self.restart(now)
            }
            DIVIDE => {
                self.divide = low;
                self.restart(now)
            }
            SELF_IPI => Effect::Own(low.to_le_bytes()[0]),
            _ => Effect::Fault,
        }
    }

    fn mode(&self) -> Mode {
        mode(self.lvt_timer)
    }

    /// Counts from the initial count again; in TSC-deadline mode nothing
    /// counts.
    fn restart(&mut self, now: Now) -> Effect {
        if self.mode() != Mode::TscDeadline {
            self.arm(now);
        } else if self.tsc_deadline == 0 {
            self.fires_at = None;
        }
        Effect::TimerChanged
    }

    fn arm(&mut self, now: Now) {
        let ticks = u64::from(self.initial_count) * self.divisor();
        self.fires_at = (ticks != 0).then(|| now.after_ticks(ticks));
    }

    /// Bits 3, 1 and 0 of the divide configuration; 7 stands for 1.
    fn divisor(&self) -> u64 {
        let n = self.divide & 0b11 | self.divide >> 1 & 0b100;
        if n == 7 { 1 } else { 2 << n }
    }

    fn write_tsc_deadline(&mut self, value: u64, now: Now) -> Effect {
        if self.mode() != Mode::TscDeadline {
            return Effect::Stop(Status::INVALID_ARGS);
        }
        self.tsc_deadline = value;
        self.fires_at = (value != 0).then(|| now.after_ticks(value.saturating_sub(now.tsc)));
        Effect::TimerChanged
    }

    /// When the timer fires.
    pub fn fires_at(&self) -> Option<i64> {
        self.fires_at
    }

    /// Fires the timer if its time has come: the vector that becomes pending.
    pub fn expire(&mut self, now: Now) -> Option<u8> {
        let due = self.fires_at? <= now.ns;
        if self.tsc_deadline != 0 && now.tsc < self.tsc_deadline {
            if due {
                // The clocks do not run quite alike, and the counter is the guest's.
                self.fires_at = Some(now.after_ticks(self.tsc_deadline - now.tsc));
            }
            return None;
        }
        if self.tsc_deadline == 0 && !due {
            return None;
        }
        self.fires_at = None;
        self.tsc_deadline = 0;
        if self.lvt_timer & MASKED != 0 {
            return None;
        }
        if self.mode() == Mode::Periodic {
            self.arm(now);
        }
        Some(self.lvt_timer.to_le_bytes()[0])
    }

    /// A write to the interrupt command register.
    fn command(&self, low: u32, destination: u32) -> Effect {
        const LOGICAL: u32 = 1 << 11;
        let vector = low.to_le_bytes()[0];
        if low & LOGICAL != 0 {
            return Effect::Stop(Status::NOT_SUPPORTED);
        }
        match low >> 8 & 0b111 {
            0 => Effect::Others {
                mask: self.targets(low, destination),
                vector,
            },
            4 => {
                let mask = self.targets(low, destination) & !self.own_bit();
                Effect::Others { mask, vector: NMI }
            }
            5 => Effect::Done,
            6 => Effect::Start {
                id: destination.into(),
                entry: u64::from(vector) << 12,
            },
            _ => Effect::Stop(Status::NOT_SUPPORTED),
        }
    }

    fn own_bit(&self) -> u64 {
        1u64.checked_shl(self.id).unwrap_or(0)
    }

    fn targets(&self, low: u32, destination: u32) -> u64 {
        const BROADCAST: u32 = u32::MAX;
        match low >> 18 & 0b11 {
            0 if destination == BROADCAST => u64::MAX,
            0 => 1u64.checked_shl(destination).unwrap_or(0),
            1 => self.own_bit(),
            2 => u64::MAX,
            _ => !self.own_bit(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    OneShot,
    Periodic,
    TscDeadline,
    Reserved,
}

fn mode(lvt_timer: u32) -> Mode {
    match lvt_timer >> 17 & 0b11 {
        0 => Mode::OneShot,
        1 => Mode::Periodic,
        2 => Mode::TscDeadline,
        _ => Mode::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter of one tick a nanosecond.
    fn at(ns: i64) -> Now {
        Now {
            ns,
            tsc: ns.cast_unsigned(),
            tsc_khz: 1_000_000,
        }
    }

    #[test]
    fn commands_give_the_specified_masks() {
        let apic = Apic::new(0);
        let others = |value, mask, vector| {
            assert_eq!(
                Apic::new(0).write(ICR, value, at(0)),
                Effect::Others { mask, vector }
            );
        };
        others(2 << 18 | 0x66, u64::MAX, 0x66);
        others(1 << 18 | 0x66, 1, 0x66);
        others(3 << 18 | 0x66, !1, 0x66);
        others(2 << 32 | 0x66, 4, 0x66);
        others(0xFFFF_FFFF << 32 | 0x66, u64::MAX, 0x66);
        others(64 << 32 | 0x66, 0, 0x66);
        others(2 << 18 | 4 << 8, !1, NMI);
        others(1 << 18 | 4 << 8, 0, NMI);
        others(2 << 32 | 4 << 8, 4, NMI);
        assert_eq!(apic.command(5 << 8, 1), Effect::Done);
        assert_eq!(
            apic.command(6 << 8 | 0x9A, 3),
            Effect::Start {
                id: 3,
                entry: 0x9A000
            }
        );
        for refused in [1 << 11, 1 << 8, 2 << 8, 7 << 8] {
            assert_eq!(
                apic.command(refused, 0),
                Effect::Stop(Status::NOT_SUPPORTED)
            );
        }
    }

    #[test]
    fn one_shot_fires_once_after_count_times_divisor() {
        let mut apic = Apic::new(0);
        apic.write(LVT_TIMER, 0x40, at(0));
        apic.write(DIVIDE, 0b1011, at(0));
        apic.write(INITIAL_COUNT, 100, at(1000));
        assert_eq!(apic.fires_at(), Some(1100));
        assert_eq!(apic.expire(at(1099)), None);
        assert_eq!(apic.expire(at(1100)), Some(0x40));
        assert_eq!((apic.expire(at(9999)), apic.fires_at()), (None, None));
        apic.write(DIVIDE, 0, at(2000));
        assert_eq!(apic.fires_at(), Some(2200));
    }

    #[test]
    fn periodic_fires_again_and_a_masked_one_stops() {
        let mut apic = Apic::new(0);
        apic.write(DIVIDE, 0b1011, at(0));
        apic.write(INITIAL_COUNT, 10, at(0));
        apic.write(LVT_TIMER, 1 << 17 | 0x41, at(100));
        assert_eq!(apic.expire(at(110)), Some(0x41));
        assert_eq!(apic.expire(at(125)), Some(0x41));
        assert_eq!(apic.fires_at(), Some(135));
        apic.write(LVT_TIMER, 1 << 17 | 1 << 16 | 0x41, at(130));
        assert_eq!((apic.expire(at(200)), apic.fires_at()), (None, None));
    }

    #[test]
    fn tsc_deadline_needs_its_mode_and_fires_at_the_value() {
        let mut apic = Apic::new(0);
        let refused = Effect::Stop(Status::INVALID_ARGS);
        assert_eq!(apic.write(TSC_DEADLINE, 500, at(0)), refused);
        assert_eq!(apic.write(LVT_TIMER, 3 << 17, at(0)), refused);
        apic.write(LVT_TIMER, 2 << 17 | 0x42, at(0));
        apic.write(TSC_DEADLINE, 500, at(100));
        assert_eq!(apic.fires_at(), Some(500));
        assert_eq!(apic.expire(at(500)), Some(0x42));
        apic.write(TSC_DEADLINE, 700, at(600));
        let behind = Now {
            tsc: 690,
            ..at(700)
        };
        assert_eq!(apic.expire(behind), None);
        assert_eq!(apic.fires_at(), Some(710));
        assert_eq!(apic.expire(at(710)), Some(0x42));
        apic.write(TSC_DEADLINE, 50, at(600));
        assert_eq!(apic.expire(at(600)), Some(0x42));
        apic.write(TSC_DEADLINE, 5000, at(600));
        apic.write(TSC_DEADLINE, 0, at(600));
        assert_eq!(apic.fires_at(), None);
    }

    #[test]
    fn registers_read_and_fault_as_specified() {
        let apic = Apic::new(5);
        let readable = [
            (0x802, 5),
            (0x803, 0x60015),
            (0x808, 0),
            (0x80D, 0),
            (0x80F, 0xFF),
            (0x810, 0),
            (0x827, 0),
            (0x828, 0),
            (0x82F, 0x10000),
            (0x832, 0x10000),
            (0x833, 0x10000),
            (0x834, 0),
            (0x835, 0x10000),
            (0x836, 0x10000),
        ];
        for register in REGISTERS {
            let expected = readable
                .iter()
                .find(|(r, _)| *r == register)
                .map(|(_, v)| *v);
            let expected = expected.or((0x810..=0x827).contains(&register).then_some(0));
            assert_eq!(apic.read(register), expected, "{register:#x}");
        }
        let writable = [
            0x808, 0x80B, 0x80F, 0x828, 0x82F, 0x830, 0x832, 0x833, 0x834, 0x835, 0x836, 0x837,
            0x838, 0x83E, 0x83F,
        ];
        for register in REGISTERS {
            let effect = Apic::new(0).write(register, 0, at(0));
            assert_eq!(
                effect != Effect::Fault,
                writable.contains(&register),
                "{register:#x}"
            );
            if register != ICR {
                assert_eq!(Apic::new(0).write(register, 1 << 32, at(0)), Effect::Fault);
            }
        }
        assert_eq!(Apic::new(0).write(EOI, 1, at(0)), Effect::Fault);
        assert_eq!(Apic::new(0).write(SELF_IPI, 0x30, at(0)), Effect::Own(0x30));
    }
}

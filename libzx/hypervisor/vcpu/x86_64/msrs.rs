// SPDX-License-Identifier: MIT
//! Exits to model-specific registers, and the timer that some of them are.

use super::completion::Completion;
use crate::hypervisor::arch::x86_64::apic::{self, Effect, Now};
use crate::hypervisor::arch::x86_64::msr;
use crate::hypervisor::vcpu::{Stop, Vcpu};
use crate::status::Result;
use crate::sys::clock;

impl Vcpu {
    /// When the timer fires.
    pub(in crate::hypervisor::vcpu) fn fires_at(&self) -> Option<i64> {
        self.local.apic.fires_at()
    }

    /// Fires the timer if its time has come.
    pub(in crate::hypervisor::vcpu) fn fire_timer(&mut self) {
        if self.local.apic.fires_at().is_some()
            && let Some(vector) = self.local.apic.expire(self.now())
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

    pub(super) fn on_read_msr(&mut self, register: u32) {
        let answer = if apic::REGISTERS.contains(&register) || register == apic::TSC_DEADLINE {
            self.local.apic.read(register)
        } else {
            msr::read(register, self.local.boot)
        };
        self.kvm.finish_msr(answer);
    }

    pub(super) fn on_write_msr(&mut self, register: u32, value: u64) -> Result<Option<Stop>> {
        let effect = if apic::REGISTERS.contains(&register) || register == apic::TSC_DEADLINE {
            // What was due before is not lost when the timer is set anew.
            self.fire_timer();
            self.local.apic.write(register, value, self.now())
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
                self.local.pending_io = Completion::to(self.kvm.regs()).into();
                Err(status)
            }
        }
    }
}

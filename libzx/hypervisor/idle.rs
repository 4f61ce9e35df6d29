// SPDX-License-Identifier: MIT
//! VCPUs between two lives: KVM cannot destroy one VCPU of a guest, so its
//! file descriptor waits for the next VCPU with the same number.

use std::sync::Arc;

use super::Vm;
use super::kvm::vcpu::KvmVcpu;
use super::memory::GuestMemory;
use super::vcpu::Vcpu;
use crate::status::{Result, Status};

/// A VCPU of KVM that nobody runs.
pub struct IdleVcpu(KvmVcpu);

impl IdleVcpu {
    /// The first VCPU with this number.
    pub fn create(vm: &Vm, number: u64) -> Result<IdleVcpu> {
        vm.create_cpu(number).map(IdleVcpu)
    }

    /// What is left of a VCPU.
    pub fn park(cpu: Vcpu) -> IdleVcpu {
        IdleVcpu(cpu.retire())
    }

    /// The VCPU with this number in its initial state, bound to the calling
    /// thread.
    pub fn unpark(
        self,
        memory: Arc<GuestMemory>,
        entry: u64,
        number: u32,
    ) -> std::result::Result<Vcpu, (IdleVcpu, Status)> {
        Vcpu::new(self.0, memory, entry, number).map_err(|(kvm, status)| (IdleVcpu(kvm), status))
    }
}

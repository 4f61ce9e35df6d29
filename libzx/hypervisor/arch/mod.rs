// SPDX-License-Identifier: MIT
//! The processor that guests have: each architecture holds files of the same
//! names, and this one picks the set.

#[cfg(target_arch = "x86_64")]
pub(in crate::hypervisor) mod x86_64;
#[cfg(target_arch = "x86_64")]
use x86_64 as chosen;

pub use chosen::caller_vectors::keep_vectors;
pub use chosen::inst::MAX_LEN as MAX_INST_LEN;
pub use chosen::inst::make_tables;
pub use chosen::interrupts::Pending;
pub use chosen::limits::{IO_PORTS, MAX_CPUS};
#[cfg(target_arch = "x86_64")]
pub use chosen::msr::{AMDS as AMD_MSRS, KVMS as KVM_MSRS, TSC as TSC_MSR};
pub use chosen::regs::{RFLAGS_TF, RFLAGS_USER, Regs, TranslationState};

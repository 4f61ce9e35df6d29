// SPDX-License-Identifier: MIT
//! x86-64: the run loop, injection, and what the library has to know about
//! instructions because KVM does not tell.

mod apic;
pub mod caller_vectors;
mod decode_cache;
mod hypercall;
pub mod inst;
mod interrupts;
pub mod limits;
pub mod msr;
mod paging;
mod port_inst;
pub mod regs;
pub mod vcpu;

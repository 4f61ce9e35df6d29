// SPDX-License-Identifier: MIT
//! x86-64: the run loop, injection, and what the library has to know about
//! instructions because KVM does not tell.

mod apic;
pub mod vcpu;
mod hypercall;
mod inst;
mod interrupts;
pub mod limits;
pub mod msr;
mod paging;
pub mod host_quirks;
mod decode_cache;
pub mod regs;

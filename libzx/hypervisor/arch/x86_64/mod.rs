// SPDX-License-Identifier: MIT
//! x86-64: the run loop, injection, and what the library has to know about
//! instructions because KVM does not tell.

mod apic;
pub mod cpu;
mod hypercall;
mod inst;
mod interrupts;
pub mod limits;
pub mod msr;
mod paging;
pub mod probe;
mod recall;
pub mod regs;

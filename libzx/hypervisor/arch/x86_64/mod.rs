// SPDX-License-Identifier: MIT
//! x86-64: registers, paging, the local APIC, and what the library has to know
//! about instructions because KVM does not tell. Nothing here knows the backend.

pub mod apic;
pub mod caller_vectors;
pub mod decode_cache;
pub mod hypercall;
pub mod inst;
pub mod interrupts;
pub mod limits;
pub mod msr;
pub mod paging;
pub mod port_inst;
pub mod regs;

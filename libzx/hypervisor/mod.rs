// SPDX-License-Identifier: MIT
//! Guest machinery in the library's own types. It knows mappings, traps and
//! doorbells, not VMOs, ports or packets; only `kvm` speaks KVM. What belongs to
//! one processor stands in [`arch`], in `kvm` and in [`vcpu`] in places of its own.
//! `arch` knows neither of the others, `kvm` not `vcpu`.
//!
//! | part | what it is |
//! |---|---|
//! | [`memory`] | a guest's physical address space: its layout, KVM's slots, looks at the bytes |
//! | [`traps`] | which trap owns an address or port |
//! | [`idle`] | VCPUs between two lives |
//! | [`requests`] | how other threads reach a VCPU: interrupts, kicks, pauses |
//! | [`vcpu`] | the VCPU itself: run loop, exits, injection |
//! | [`exit`] | what a VCPU leaves the guest for |
//! | [`arch`] | facts about processors: registers, instructions, interrupt controllers |
//! | `kvm` | the backend |

pub mod arch;
pub mod exit;
pub mod idle;
mod kvm;
pub mod memory;
pub mod requests;
pub mod traps;
pub mod vcpu;

pub use kvm::{has_1gib_pages, is_available};

pub use kvm::vm::Vm;

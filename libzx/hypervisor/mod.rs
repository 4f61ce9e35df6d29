// SPDX-License-Identifier: MIT
//! Guest machinery in the library's own types. It knows mappings, traps and
//! doorbells, not VMOs, ports or packets; only `kvm` speaks KVM, and only
//! [`arch`] knows the processor.
//!
//! | part | what it is |
//! |---|---|
//! | [`memory`] | a guest's physical address space: its layout, KVM's slots, looks at the bytes |
//! | [`traps`] | which trap owns an address or port |
//! | [`idle`] | VCPUs between two lives |
//! | [`requests`] | how other threads reach a VCPU: interrupts, kicks, pauses |
//! | [`arch`] | the VCPU itself: run loop, instruction recovery, injection |
//! | `kvm` | the backend |

pub mod arch;
pub mod idle;
mod kvm;
pub mod memory;
pub mod requests;
pub mod traps;

pub use kvm::{has_1gib_pages, is_available};

pub use kvm::vm::Vm;

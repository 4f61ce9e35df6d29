// SPDX-License-Identifier: MIT
//! libzx: Zircon's system calls for Linux programs.
//!
//! C programs include `<zircon/syscalls.h>` and link `-lzx`. The crate is also
//! an rlib, for the library's own tests and benches; its Rust interface is not
//! stable.
//!
//! # Map
//!
//! | module | what lives there |
//! |---|---|
//! | [`abi`] | the C edge: every exported function, every `repr(C)` record, all access to caller memory |
//! | [`object`] | the kernel objects: handles, rights, signals, ports, memory, guests, VCPUs |
//! | [`hypervisor`] | guest machinery in the library's own types; KVM only below `hypervisor::kvm` |
//! | `alarm`, `mem`, `faults`, `futex`, `spin`, `handover`, `clock`, `machine` | calls at points in time, owners of host memory, copies that survive bad memory, sleeping, watching before it, giving a value to a waiting thread, time, what `/proc` tells |
//!
//! Calls go down: `abi`, `object`, `hypervisor`, `hypervisor::kvm`. The lock
//! order is in [`object`].

pub mod abi;
mod alarm;
mod clock;
mod faults;
mod futex;
mod handover;
pub mod hypervisor;
mod machine;
mod mem;
pub mod object;
mod rights;
mod spin;
mod status;

pub use rights::Rights;
pub use status::{Result, Status};

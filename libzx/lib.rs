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
//! | [`uapi`] | C's constants and records: facts, the ground floor |
//! | `sys` | Linux: host memory and its owners, copies that survive bad memory, sleeping, time, calls at points in time, what `/proc` tells |
//! | [`hypervisor`] | guest machinery in the library's own types; KVM only below `hypervisor::kvm` |
//! | [`object`] | the kernel objects: rights, signals, ports, memory, guests, VCPUs |
//! | [`task`] | jobs, processes with their handle tables, and the context of a call |
//! | [`calls`] | the C edge: every exported function, all access to caller memory |
//!
//! Calls go down: `calls`, `task` and `object`, `hypervisor`, `sys`. The lock
//! order is in [`object`].

pub mod calls;
#[cfg(feature = "deadlock_detection")]
mod deadlocks;
pub mod hypervisor;
pub mod object;
mod reason;
mod rights;
mod status;
mod sys;
pub mod task;
pub mod uapi;

pub use rights::Rights;
pub use status::{Result, Status};

// SPDX-License-Identifier: MIT
//! Sizes of the x86-64 machine (hypervisor.md, section 1).

/// VCPUs of one guest.
pub const MAX_CPUS: usize = 64;

/// A trap over ports has to end at this number or below, so port 0xFFFF can
/// never be trapped.
pub const IO_PORTS: u64 = 0xFFFF;

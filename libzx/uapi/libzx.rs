// SPDX-License-Identifier: MIT
//! Records of libzx's own functions: `libzx.h`.

/// What a VCPU has done, for `libzx_vcpu_stats`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct libzx_vcpu_stats_t {
    /// Calls of `zx_vcpu_resume` and `zx_vcpu_enter` that have returned.
    pub runs: u64,
    /// How often the guest was left, whether or not the program heard of it.
    pub exits: u64,
    /// Exits for accesses to I/O ports.
    pub port_exits: u64,
    /// Exits for accesses to memory.
    pub memory_exits: u64,
    /// Exits because the guest halted.
    pub halt_exits: u64,
    /// Exits for accesses to model-specific registers.
    pub msr_exits: u64,
    /// Calls of `zx_vcpu_interrupt`.
    pub interrupts: u64,
    /// Calls of `zx_vcpu_kick`.
    pub kicks: u64,
    /// Nanoseconds in the guest.
    pub guest_ns: u64,
    /// Nanoseconds of the runs that were not in the guest.
    pub library_ns: u64,
    /// Nanoseconds of the program between runs.
    pub program_ns: u64,
}
record!(libzx_vcpu_stats_t, 88, 8, {
    runs: 0, exits: 8, port_exits: 16, memory_exits: 24, halt_exits: 32, msr_exits: 40,
    interrupts: 48, kicks: 56, guest_ns: 64, library_ns: 72, program_ns: 80
});

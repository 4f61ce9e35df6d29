// SPDX-License-Identifier: MIT
//! Model-specific registers other than the local APIC's (hypervisor.md,
//! section 7.5): a fixed answer, or #GP. The guest's own registers (EFER,
//! segment bases, SYSCALL and SYSENTER targets, PAT, TSC_AUX, TSC_ADJUST) and
//! those of kvmclock never come here: KVM has them.
//!
//! Zircon knows Intel's processors only. What it ignores because they do
//! nothing with it is the guest's own where the processor uses it.

use crate::status::Status;

const PLATFORM_ID: u32 = 0x17;
const APIC_BASE: u32 = 0x1B;
const SMI_COUNT: u32 = 0x34;
const SPEC_CTRL: u32 = 0x48;
const PRED_CMD: u32 = 0x49;
const UCODE_REV: u32 = 0x8B;
const MTRR_CAP: u32 = 0xFE;
const MCG_CAP: u32 = 0x179;
const MCG_STATUS: u32 = 0x17A;
const MISC_ENABLE: u32 = 0x1A0;
const TEMPERATURE_TARGET: u32 = 0x1A2;
const PPERF: u32 = 0x64E;
const CSTAR: u32 = 0xC000_0083;

/// MTRRs, running average power limits: ranges that read 0.
const ZEROS: &[(u32, u32)] = &[
    (0x200, 0x213),
    (0x250, 0x250),
    (0x258, 0x259),
    (0x268, 0x26F),
    (0x2FF, 0x2FF),
    (0x606, 0x606),
    (0x611, 0x611),
    (0x618, 0x619),
    (0x638, 0x639),
    (0x640, 0x641),
    (0x64D, PPERF),
    (0x65C, 0x65C),
];

/// Ranges to which writes are ignored.
const IGNORED: &[(u32, u32)] = &[
    (SPEC_CTRL, PRED_CMD),
    (UCODE_REV, UCODE_REV),
    (MTRR_CAP, MTRR_CAP),
    (0x200, 0x213),
    (0x250, 0x250),
    (0x258, 0x259),
    (0x268, 0x26F),
    (0x2FF, 0x2FF),
    (0x618, 0x618),
    (0x638, 0x638),
    (0x640, 0x640),
    (0x65C, 0x65C),
    // Only where the processor has no use for it, see `AMDS`.
    (CSTAR, CSTAR),
];

/// The registers that KVM answers: the guest's own and those of kvmclock, in
/// ranges. Accesses to all others come to the library, since KVM knows many
/// that Zircon does not.
pub const KVMS: &[(u32, u32)] = &[
    (0x11, 0x12),               // kvmclock, old numbers
    (0x3B, 0x3B),               // TSC_ADJUST
    (0x174, 0x176),             // SYSENTER
    (0x277, 0x277),             // PAT
    (0x4B56_4D00, 0x4B56_4D01), // kvmclock
    (0xC000_0080, 0xC000_0082), // EFER, STAR, LSTAR
    (0xC000_0084, 0xC000_0084), // FMASK
    (0xC000_0100, 0xC000_0103), // FS_BASE, GS_BASE, KERNEL_GS_BASE, TSC_AUX
];

/// Those that KVM answers besides on AMD's processors: where 32-bit code comes
/// to by SYSCALL, an instruction that it does not have on Intel's.
pub const AMDS: &[(u32, u32)] = &[(CSTAR, CSTAR)];

/// The time stamp counter, which KVM answers but must not let the guest set.
pub const TSC: u32 = 0x10;

const APIC_ENABLED: u64 = 0xFEE0_0C00;
const APIC_BOOT: u64 = 1 << 8;
/// Fast string operations.
const MISC_ENABLE_VALUE: u64 = 1;

fn within(ranges: &[(u32, u32)], register: u32) -> bool {
    ranges
        .iter()
        .any(|&(first, last)| (first..=last).contains(&register))
}

/// RDMSR; `None` is #GP.
pub fn read(register: u32, boot: bool) -> Option<u64> {
    match register {
        APIC_BASE => Some(APIC_ENABLED | if boot { APIC_BOOT } else { 0 }),
        MISC_ENABLE => Some(MISC_ENABLE_VALUE),
        PLATFORM_ID | SMI_COUNT | UCODE_REV | MTRR_CAP | MCG_CAP | MCG_STATUS
        | TEMPERATURE_TARGET => Some(0),
        _ => within(ZEROS, register).then_some(0),
    }
}

/// What a WRMSR does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Write {
    /// It has no effect.
    Ignored,
    /// #GP in the guest.
    Fault,
    /// The run ends with this status.
    Stop(Status),
}

/// WRMSR.
pub fn write(register: u32, value: u64) -> Write {
    match register {
        APIC_BASE if value & !APIC_BOOT == APIC_ENABLED => Write::Ignored,
        APIC_BASE => Write::Stop(Status::INVALID_ARGS),
        _ if within(IGNORED, register) => Write::Ignored,
        _ => Write::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apic_base_is_fixed_but_for_the_boot_flag() {
        assert_eq!(read(APIC_BASE, true), Some(0xFEE0_0D00));
        assert_eq!(read(APIC_BASE, false), Some(0xFEE0_0C00));
        assert_eq!(write(APIC_BASE, 0xFEE0_0D00), Write::Ignored);
        assert_eq!(write(APIC_BASE, 0xFEE0_0C00), Write::Ignored);
        assert_eq!(
            write(APIC_BASE, 0xFEE0_0800),
            Write::Stop(Status::INVALID_ARGS)
        );
    }

    #[test]
    fn unknown_registers_fault() {
        assert_eq!((read(0x6E0, true), read(0xDEAD, true)), (None, None));
        assert_eq!(
            (write(0x17, 0), write(0xDEAD, 0)),
            (Write::Fault, Write::Fault)
        );
        assert_eq!(
            (read(0x20A, true), write(0x20A, 1)),
            (Some(0), Write::Ignored)
        );
        assert_eq!(
            (read(0x619, true), write(0x619, 1)),
            (Some(0), Write::Fault)
        );
    }
}

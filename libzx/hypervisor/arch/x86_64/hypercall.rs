// SPDX-License-Identifier: MIT
//! VMCALL on hosts that cannot do it (hypervisor.md, sections 7.9 and 11.9).
//!
//! An ordinary KVM carries hypercalls out itself. A software-paged variant
//! patches the instruction for the host's processor and executes it again,
//! for ever. There the library does what KVM would have done, when it finds a
//! VCPU twice at the same hypercall.

use super::regs::{RAX, RBX, RCX, Regs, TranslationState};
use crate::hypervisor::memory::View;
use crate::sys::clock;

/// Length of VMCALL and VMMCALL.
pub const LEN: u64 = 3;

const VMCALL: [u8; 3] = [0x0F, 0x01, 0xC1];
const VMMCALL: [u8; 3] = [0x0F, 0x01, 0xD9];

const CLOCK_PAIRING: u64 = 9;
/// Results are negative error numbers of Linux.
const NOT_PERMITTED: i64 = -1;
const BAD_ADDRESS: i64 = -14;
const NOT_SUPPORTED: i64 = -95;
const NO_SUCH_CALL: i64 = -1000;

/// Whether code is a hypercall instruction.
pub fn is_hypercall(code: &[u8; 3]) -> bool {
    *code == VMCALL || *code == VMMCALL
}

/// Carries out the hypercall at the instruction pointer. `tsc` is the guest's
/// time stamp counter now.
pub fn carry_out(regs: &Regs, paging: &TranslationState, view: &View<'_>, tsc: u64) -> Regs {
    let result = if paging.cpl != 0 {
        NOT_PERMITTED
    } else if regs.gpr[RAX] == CLOCK_PAIRING {
        pair_clocks(regs, view, tsc)
    } else {
        NO_SUCH_CALL
    };
    let mut after = *regs;
    after.gpr[RAX] = result.cast_unsigned();
    after.rip = paging.advance(regs.rip, LEN);
    after
}

/// Stores UTC and the time stamp counter of the same moment: seconds,
/// nanoseconds, counter, flags, nine unused words.
fn pair_clocks(regs: &Regs, view: &View<'_>, tsc: u64) -> i64 {
    if regs.gpr[RCX] != 0 {
        return NOT_SUPPORTED;
    }
    let now = clock::utc_ns();
    let mut record = [0; 64];
    record[..8].copy_from_slice(&(now / 1_000_000_000).to_le_bytes());
    record[8..16].copy_from_slice(&(now % 1_000_000_000).to_le_bytes());
    record[16..24].copy_from_slice(&tsc.to_le_bytes());
    match view.write(regs.gpr[RBX], &record) {
        Ok(()) => 0,
        Err(_) => BAD_ADDRESS,
    }
}

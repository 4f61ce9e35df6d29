// SPDX-License-Identifier: MIT
//! Registers of a VCPU.

/// The general registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Regs {
    /// RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15: the order of their
    /// numbers.
    pub gpr: [u64; 16],
    /// Instruction pointer.
    pub rip: u64,
    /// Flags.
    pub rflags: u64,
}

/// Index of RAX.
pub const RAX: usize = 0;
/// Index of RCX.
pub const RCX: usize = 1;
/// Index of RDX.
pub const RDX: usize = 2;
/// Index of RBX.
pub const RBX: usize = 3;
/// Index of RSP.
pub const RSP: usize = 4;
/// Index of RBP.
pub const RBP: usize = 5;
/// Index of RSI.
pub const RSI: usize = 6;
/// Index of RDI.
pub const RDI: usize = 7;

/// Trap flag: the guest single-steps.
pub const RFLAGS_TF: u64 = 1 << 8;
/// Direction flag: string instructions step downwards.
pub const RFLAGS_DF: u64 = 1 << 10;
/// Resume flag: set while a repeated instruction is interrupted.
pub const RFLAGS_RF: u64 = 1 << 16;
/// The flags that programs see: CF, PF, AF, ZF, SF, TF, DF, OF, NT, AC, ID.
pub const RFLAGS_USER: u64 = 0x0024_4DD5;
/// The bit that is always one in hardware; programs set it to have flags
/// written.
pub const RFLAGS_ALWAYS: u64 = 1 << 1;

/// How the VCPU turns addresses into guest-physical ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TranslationState {
    /// CR0.
    pub cr0: u64,
    /// CR3.
    pub cr3: u64,
    /// CR4.
    pub cr4: u64,
    /// EFER.
    pub efer: u64,
    /// Whether the code segment is a 64-bit one.
    pub long_code: bool,
    /// Whether the code segment is a 32-bit one.
    pub big_code: bool,
    /// The privilege level: 0 is the kernel's.
    pub cpl: u8,
    /// Whether the stack segment is a 32-bit one.
    pub big_stack: bool,
    /// Bases of ES, CS, SS, DS, FS, GS: the order of their numbers.
    pub bases: [u64; 6],
}

/// Index of the base of CS.
pub const CS: usize = 1;
/// Index of the base of FS.
pub const FS: usize = 4;

impl TranslationState {
    /// Bits of the code segment: 16, 32 or 64.
    pub fn code_bits(&self) -> u32 {
        match (self.long_code, self.big_code) {
            (true, _) => 64,
            (false, true) => 32,
            (false, false) => 16,
        }
    }

    /// The linear address of code at this instruction pointer.
    pub fn code_address(&self, rip: u64) -> u64 {
        if self.long_code {
            rip
        } else {
            self.bases[CS].wrapping_add(rip) & 0xFFFF_FFFF
        }
    }

    /// An instruction pointer moved by `delta`, as wide as the code segment
    /// has it.
    pub fn advance(&self, rip: u64, delta: u64) -> u64 {
        let rip = rip.wrapping_add(delta);
        match self.code_bits() {
            64 => rip,
            32 => rip & 0xFFFF_FFFF,
            _ => rip & 0xFFFF,
        }
    }
}

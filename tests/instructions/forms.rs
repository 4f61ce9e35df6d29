// SPDX-License-Identifier: MIT
//! The instructions.

use iced_x86::{Code, Instruction, MemoryOperand, Register, RepPrefixKind};
use zx::uapi::hypervisor::zx_vcpu_state_t;

use super::mode::Mode;
use super::operand::{gpr, operand};
use super::{Random, register};

/// What stands on either side of the memory operand.
#[derive(Clone, Copy)]
pub enum Form {
    MemReg(Code, u32),
    RegMem(Code, u32),
    MemImm(Code),
    Mem(Code),
    /// A shift by one.
    MemOne(Code),
    /// With LOCK.
    Locked(Code, u32),
    /// A bit, whose number in a register moves the access.
    Bit(Code, u32),
    /// The accumulator and nothing but an address.
    OfAddress(Code, Register),
    ToAddress(Code, Register),
    /// Memory, a register, and a number.
    MemRegImm(Code, u32),
    /// A push of this register onto a trapped stack, of so many bytes.
    Push(Code, Register, u64),
}

use Code::*;
use Form::*;

impl Form {
    pub fn name(self) -> String {
        match self {
            MemReg(code, _)
            | RegMem(code, _)
            | MemImm(code)
            | Mem(code)
            | MemOne(code)
            | Bit(code, _) => {
                format!("{code:?}")
            }
            OfAddress(code, _) | ToAddress(code, _) | MemRegImm(code, _) | Push(code, ..) => {
                format!("{code:?}")
            }
            Locked(code, _) => format!("lock {code:?}"),
        }
    }

    /// Whether to try it in a mode. Software-paged hosts let the guest take
    /// #UD for a MOVBE that stores, and no more than that ends the run where
    /// there is no table of vectors; real mode always has one.
    pub fn is_in(self, mode: Mode) -> bool {
        let stores = matches!(self, MemReg(Movbe_m16_r16 | Movbe_m32_r32, _));
        !(stores && mode == Mode::Real16)
    }

    /// What its operand has to be aligned to.
    pub fn alignment(self) -> u64 {
        match self {
            MemReg(Movaps_xmmm128_xmm, _) | RegMem(Movdqa_xmm_xmmm128 | Paddd_xmm_xmmm128, _) => 16,
            _ => 1,
        }
    }

    /// An instruction that accesses a linear address with these registers;
    /// `None` when the mode has none.
    pub fn instruction(
        self,
        mode: Mode,
        random: &mut Random,
        target: u64,
        state: &mut zx_vcpu_state_t,
    ) -> Option<Instruction> {
        let long = mode.bits() == 64;
        match self {
            MemReg(code, bytes) | Locked(code, bytes) => {
                let register = register(mode, random, bytes);
                let memory = operand(mode, random, target, &[], state);
                let mut inst = Instruction::with2(code, memory, register).ok()?;
                inst.set_has_lock_prefix(matches!(self, Locked(..)));
                Some(inst)
            }
            RegMem(code, bytes) => {
                let register = register(mode, random, bytes);
                let memory = operand(mode, random, target, &[], state);
                Instruction::with2(code, register, memory).ok()
            }
            MemRegImm(code, bytes) => {
                let register = register(mode, random, bytes);
                let memory = operand(mode, random, target, &[], state);
                Instruction::with3(code, memory, register, random.next(16) as u32).ok()
            }
            MemImm(code) => {
                let memory = operand(mode, random, target, &[], state);
                Instruction::with2(code, memory, random.next(128) as i32).ok()
            }
            Mem(code) => {
                let memory = operand(mode, random, target, &[Register::RSP], state);
                Instruction::with1(code, memory).ok()
            }
            MemOne(code) => {
                let memory = operand(mode, random, target, &[], state);
                Instruction::with2(code, memory, 1).ok()
            }
            Bit(code, bytes) => {
                let by = u64::from(bytes) * random.next(16);
                let register = register(mode, random, bytes);
                let memory = operand(
                    mode,
                    random,
                    target - by,
                    &[register.full_register()],
                    state,
                );
                *gpr(state, register) = by * 8 + random.next(u64::from(bytes) * 8);
                Instruction::with2(code, memory, register).ok()
            }
            OfAddress(code, register) => {
                Instruction::with2(code, register, address(mode, target)?).ok()
            }
            ToAddress(code, register) => {
                Instruction::with2(code, address(mode, target)?, register).ok()
            }
            Push(code, register, bytes) => {
                if long != (bytes == 8) && bytes != 2 {
                    return None;
                }
                state.rsp = target + bytes - mode.base(Register::SS);
                Instruction::with1(code, register).ok()
            }
        }
    }
}

/// An operand that is an address in the data segment.
fn address(mode: Mode, target: u64) -> Option<MemoryOperand> {
    let offset = target - mode.base(Register::DS);
    let bytes = mode.bits() / 8;
    let no = Register::None;
    Some(MemoryOperand::new(
        no,
        no,
        1,
        offset as i64,
        bytes,
        false,
        no,
    ))
}

/// A string instruction with addresses of this width.
pub fn string(code: Code, width: u32, rep: bool) -> Option<Instruction> {
    let rep = if rep {
        RepPrefixKind::Repe
    } else {
        RepPrefixKind::None
    };
    let no = Register::None;
    match code {
        Stosb_m8_AL => Instruction::with_stosb(width, rep),
        Stosw_m16_AX => Instruction::with_stosw(width, rep),
        Stosd_m32_EAX => Instruction::with_stosd(width, rep),
        Stosq_m64_RAX => Instruction::with_stosq(width, rep),
        Lodsb_AL_m8 => Instruction::with_lodsb(width, no, rep),
        Lodsw_AX_m16 => Instruction::with_lodsw(width, no, rep),
        Lodsd_EAX_m32 => Instruction::with_lodsd(width, no, rep),
        Movsb_m8_m8 => Instruction::with_movsb(width, no, rep),
        Movsw_m16_m16 => Instruction::with_movsw(width, no, rep),
        Movsd_m32_m32 => Instruction::with_movsd(width, no, rep),
        Movsq_m64_m64 => Instruction::with_movsq(width, no, rep),
        Cmpsd_m32_m32 => Instruction::with_cmpsd(width, no, rep),
        Scasb_AL_m8 => Instruction::with_scasb(width, rep),
        _ => return None,
    }
    .ok()
}

/// String instructions, and whether what they read and write is trapped.
pub const STRINGS: &[(Code, bool, bool)] = &[
    (Stosb_m8_AL, false, true),
    (Stosw_m16_AX, false, true),
    (Stosd_m32_EAX, false, true),
    (Stosq_m64_RAX, false, true),
    (Lodsb_AL_m8, true, false),
    (Lodsw_AX_m16, true, false),
    (Lodsd_EAX_m32, true, false),
    (Movsb_m8_m8, true, false),
    (Movsb_m8_m8, false, true),
    (Movsw_m16_m16, true, false),
    (Movsw_m16_m16, false, true),
    (Movsd_m32_m32, true, false),
    (Movsd_m32_m32, false, true),
    (Movsq_m64_m64, true, false),
    (Movsq_m64_m64, false, true),
    (Cmpsd_m32_m32, true, false),
    (Scasb_AL_m8, false, true),
];

pub const FORMS: &[Form] = &[
    MemReg(Mov_rm8_r8, 1),
    MemReg(Mov_rm16_r16, 2),
    MemReg(Mov_rm32_r32, 4),
    MemReg(Mov_rm64_r64, 8),
    RegMem(Mov_r8_rm8, 1),
    RegMem(Mov_r16_rm16, 2),
    RegMem(Mov_r32_rm32, 4),
    RegMem(Mov_r64_rm64, 8),
    MemImm(Mov_rm8_imm8),
    MemImm(Mov_rm16_imm16),
    MemImm(Mov_rm32_imm32),
    MemImm(Mov_rm64_imm32),
    OfAddress(Mov_AL_moffs8, Register::AL),
    OfAddress(Mov_AX_moffs16, Register::AX),
    OfAddress(Mov_EAX_moffs32, Register::EAX),
    OfAddress(Mov_RAX_moffs64, Register::RAX),
    ToAddress(Mov_moffs8_AL, Register::AL),
    ToAddress(Mov_moffs16_AX, Register::AX),
    ToAddress(Mov_moffs32_EAX, Register::EAX),
    ToAddress(Mov_moffs64_RAX, Register::RAX),
    RegMem(Movzx_r16_rm8, 2),
    RegMem(Movzx_r32_rm8, 4),
    RegMem(Movzx_r64_rm8, 8),
    RegMem(Movzx_r32_rm16, 4),
    RegMem(Movzx_r64_rm16, 8),
    RegMem(Movsx_r16_rm8, 2),
    RegMem(Movsx_r32_rm8, 4),
    RegMem(Movsx_r64_rm8, 8),
    RegMem(Movsx_r32_rm16, 4),
    RegMem(Movsx_r64_rm16, 8),
    RegMem(Movsxd_r64_rm32, 8),
    RegMem(Movbe_r16_m16, 2),
    RegMem(Movbe_r32_m32, 4),
    RegMem(Movbe_r64_m64, 8),
    MemReg(Movbe_m16_r16, 2),
    MemReg(Movbe_m32_r32, 4),
    MemReg(Movbe_m64_r64, 8),
    MemReg(Movnti_m32_r32, 4),
    MemReg(Movnti_m64_r64, 8),
    MemReg(Add_rm8_r8, 1),
    MemReg(Add_rm32_r32, 4),
    RegMem(Add_r32_rm32, 4),
    MemImm(Add_rm32_imm8),
    MemReg(Adc_rm32_r32, 4),
    RegMem(Sbb_r16_rm16, 2),
    MemReg(Or_rm8_r8, 1),
    RegMem(Or_r64_rm64, 8),
    MemImm(Or_rm8_imm8),
    MemImm(Or_rm16_imm16),
    MemReg(And_rm16_r16, 2),
    RegMem(And_r32_rm32, 4),
    MemImm(And_rm32_imm32),
    MemImm(And_rm64_imm32),
    MemReg(Xor_rm64_r64, 8),
    RegMem(Xor_r8_rm8, 1),
    MemReg(Sub_rm32_r32, 4),
    RegMem(Sub_r64_rm64, 8),
    MemReg(Cmp_rm32_r32, 4),
    RegMem(Cmp_r32_rm32, 4),
    RegMem(Cmp_r16_rm16, 2),
    MemImm(Cmp_rm8_imm8),
    MemReg(Test_rm8_r8, 1),
    MemReg(Test_rm32_r32, 4),
    MemImm(Test_rm8_imm8),
    MemImm(Test_rm16_imm16),
    MemImm(Test_rm32_imm32),
    MemReg(Xchg_rm32_r32, 4),
    MemReg(Xchg_rm16_r16, 2),
    MemReg(Xchg_rm8_r8, 1),
    MemReg(Xadd_rm32_r32, 4),
    MemReg(Cmpxchg_rm32_r32, 4),
    MemImm(Bt_rm32_imm8),
    MemImm(Bts_rm32_imm8),
    MemImm(Btr_rm16_imm8),
    MemImm(Btc_rm64_imm8),
    Bit(Bt_rm16_r16, 2),
    Bit(Bt_rm32_r32, 4),
    Bit(Bts_rm32_r32, 4),
    Bit(Btr_rm16_r16, 2),
    Bit(Btc_rm64_r64, 8),
    Mem(Inc_rm16),
    Mem(Inc_rm32),
    Mem(Dec_rm8),
    Mem(Not_rm32),
    Mem(Not_rm64),
    Mem(Neg_rm16),
    Mem(Mul_rm32),
    Mem(Div_rm8),
    Mem(Div_rm32),
    Mem(Idiv_rm64),
    MemOne(Shl_rm32_1),
    MemOne(Rcl_rm16_1),
    MemImm(Rcr_rm32_imm8),
    MemImm(Rol_rm8_imm8),
    MemReg(Sbb_rm8_r8, 1),
    MemReg(Adc_rm64_r64, 8),
    MemImm(Sub_rm16_imm8),
    MemReg(Xor_rm16_r16, 2),
    Mem(Setne_rm8),
    Mem(Push_rm16),
    Mem(Push_rm32),
    Mem(Push_rm64),
    Mem(Pop_rm16),
    Mem(Pop_rm32),
    Mem(Pop_rm64),
    Mem(Call_rm16),
    Mem(Call_rm32),
    Mem(Call_rm64),
    Mem(Jmp_rm16),
    Mem(Jmp_rm32),
    Mem(Jmp_rm64),
    Mem(Cmpxchg8b_m64),
    MemImm(Shl_rm16_imm8),
    MemImm(Ror_rm32_imm8),
    MemImm(Sar_rm8_imm8),
    MemRegImm(Shld_rm32_r32_imm8, 4),
    RegMem(Cmove_r32_rm32, 4),
    RegMem(Cmovne_r32_rm32, 4),
    RegMem(Imul_r32_rm32, 4),
    RegMem(Bsf_r32_rm32, 4),
    RegMem(Bsr_r16_rm16, 2),
    RegMem(Popcnt_r32_rm32, 4),
    Locked(Add_rm32_r32, 4),
    Locked(Or_rm8_r8, 1),
    Locked(And_rm64_r64, 8),
    Locked(Xchg_rm32_r32, 4),
    Locked(Xadd_rm32_r32, 4),
    Locked(Xadd_rm16_r16, 2),
    Locked(Cmpxchg_rm32_r32, 4),
    Locked(Cmpxchg_rm8_r8, 1),
    Push(Push_r16, Register::BX, 2),
    Push(Push_r32, Register::EBX, 4),
    Push(Push_r64, Register::RBX, 8),
    MemReg(Movups_xmmm128_xmm, 16),
    MemReg(Movaps_xmmm128_xmm, 16),
    MemReg(Movdqu_xmmm128_xmm, 16),
    MemReg(Movq_xmmm64_xmm, 16),
    MemReg(Movss_xmmm32_xmm, 16),
    RegMem(Movups_xmm_xmmm128, 16),
    RegMem(Movdqa_xmm_xmmm128, 16),
    RegMem(Movq_xmm_xmmm64, 16),
    RegMem(Movsd_xmm_xmmm64, 16),
    RegMem(Paddd_xmm_xmmm128, 16),
];

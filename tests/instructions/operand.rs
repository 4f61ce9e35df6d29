// SPDX-License-Identifier: MIT
//! Memory operands of every form that a mode has, and the registers that make
//! them point somewhere.

use iced_x86::{MemoryOperand, Register};
use zx::uapi::hypervisor::zx_vcpu_state_t;

use super::Random;
use super::mode::Mode;

const SEGMENTS: [Register; 5] = [
    Register::DS,
    Register::SS,
    Register::ES,
    Register::FS,
    Register::GS,
];

/// The 64-bit registers, in the order of their numbers.
pub fn gprs() -> impl Iterator<Item = Register> {
    (0..16).map(|number| Register::RAX + number)
}

/// The field of a register, or of that which it is a part of.
pub fn gpr(state: &mut zx_vcpu_state_t, register: Register) -> &mut u64 {
    let s = state;
    let all = [
        &mut s.rax, &mut s.rcx, &mut s.rdx, &mut s.rbx, &mut s.rsp, &mut s.rbp, &mut s.rsi,
        &mut s.rdi, &mut s.r8, &mut s.r9, &mut s.r10, &mut s.r11, &mut s.r12, &mut s.r13,
        &mut s.r14, &mut s.r15,
    ];
    all.into_iter()
        .nth(register.full_register().number())
        .unwrap()
}

/// Writes the low `bits` of a register.
fn set_low(state: &mut zx_vcpu_state_t, register: Register, value: u64, bits: u32) {
    let mask = u64::MAX >> (64 - bits);
    let field = gpr(state, register);
    *field = *field & !mask | value & mask;
}

/// A memory operand at the linear address `target` and registers that make it
/// so; none of `taken` are used.
pub fn operand(
    mode: Mode,
    random: &mut Random,
    target: u64,
    taken: &[Register],
    state: &mut zx_vcpu_state_t,
) -> MemoryOperand {
    loop {
        let other = random.next(4) == 0;
        let bits = match (mode.bits(), other) {
            (16, false) | (32, true) => 16,
            (64, false) => 64,
            _ => 32,
        };
        let mut trial = *state;
        let found = if bits == 16 {
            of_16_bits(mode, random, target, taken, &mut trial)
        } else {
            of_more_bits(mode, bits, random, target, taken, &mut trial)
        };
        if let Some(operand) = found {
            *state = trial;
            return operand;
        }
    }
}

/// The segment to use and the prefix for it.
fn segment(mode: Mode, random: &mut Random, default: Register) -> (Register, Register) {
    // In 64-bit code only two do anything.
    let choice = if mode.bits() == 64 {
        3 + random.next(2)
    } else {
        random.next(5)
    };
    if random.next(2) == 0 {
        return (default, Register::None);
    }
    let segment = SEGMENTS[choice as usize];
    if segment == default {
        (segment, Register::None)
    } else {
        (segment, segment)
    }
}

fn of_16_bits(
    mode: Mode,
    random: &mut Random,
    target: u64,
    taken: &[Register],
    state: &mut zx_vcpu_state_t,
) -> Option<MemoryOperand> {
    use Register::{BP, BX, DI, None as No, SI};
    let forms = [
        (BX, SI),
        (BX, DI),
        (BP, SI),
        (BP, DI),
        (SI, No),
        (DI, No),
        (BP, No),
        (BX, No),
        (No, No),
    ];
    let (base, index) = forms[random.next(9) as usize];
    if [base, index]
        .iter()
        .any(|register| *register != No && taken.contains(&register.full_register()))
    {
        return None;
    }
    let default = if base == BP {
        Register::SS
    } else {
        Register::DS
    };
    let (segment, prefix) = segment(mode, random, default);
    let ea = target.wrapping_sub(mode.base(segment)) & linear_mask(mode);
    if ea > 0xFFF0 {
        return None;
    }
    let wide = random.next(2) == 0;
    let displacement = match (base, index, wide) {
        (No, No, _) => ea,
        (_, _, true) => random.next(1 << 16),
        _ => u64::from(random.next(256) as u8 as i8 as u16),
    };
    let by = random.next(1 << 16);
    let rest = ea.wrapping_sub(displacement);
    if index != No {
        set_low(state, index, by, 16);
        set_low(state, base, rest.wrapping_sub(by), 16);
    } else if base != No {
        set_low(state, base, rest, 16);
    }
    let size = if wide || (base, index) == (No, No) {
        2
    } else {
        1
    };
    let signed = i64::from(displacement as u16 as i16);
    Some(MemoryOperand::new(
        base, index, 1, signed, size, false, prefix,
    ))
}

fn linear_mask(mode: Mode) -> u64 {
    if mode.bits() == 64 {
        u64::MAX
    } else {
        0xFFFF_FFFF
    }
}

fn of_more_bits(
    mode: Mode,
    bits: u32,
    random: &mut Random,
    target: u64,
    taken: &[Register],
    state: &mut zx_vcpu_state_t,
) -> Option<MemoryOperand> {
    let count = if mode.bits() == 64 { 16 } else { 8 };
    let first = if bits == 64 {
        Register::RAX
    } else {
        Register::EAX
    };
    let (base, index) = (random.next(count) as u32, random.next(count) as u32);
    let free = |number: u32| !taken.contains(&(Register::RAX + number));
    let scale = 1u64 << random.next(4);
    let small = i64::from(random.next(256) as u8 as i8);
    let large = random.next(1 << 20) as i64 - (1 << 19);
    let form = random.next(7);
    let (has_base, has_index) = match form {
        0 | 1 => (false, false),
        2..=4 => (true, false),
        5 => (true, true),
        _ => (false, true),
    };
    let usable = (!has_base || free(base)) && (!has_index || (free(index) && index != 4));
    if !usable || (has_base && has_index && base == index) {
        return None;
    }
    let stack = has_base && (base == 4 || base == 5);
    let (segment, prefix) = segment(
        mode,
        random,
        if stack { Register::SS } else { Register::DS },
    );
    let ea = target.wrapping_sub(mode.base(segment)) & linear_mask(mode);
    // A narrow address does not reach everywhere, and real mode has limits.
    let narrow = bits == 32 && ea > 0xFFFF_FFFF;
    if narrow || (mode == Mode::Real16 && ea > 0xFFF0) {
        return None;
    }
    let mask = u64::MAX >> (64 - bits);
    let (base, index) = (first + base, first + index);
    let (no, wide) = (Register::None, bits / 8);
    Some(match form {
        0 => {
            let signed = if bits == 64 {
                ea as i64
            } else {
                i64::from(ea as u32 as i32)
            };
            let reachable = i32::try_from(signed).is_ok();
            return reachable.then(|| {
                MemoryOperand::new(
                    no,
                    no,
                    1,
                    if bits == 64 { signed } else { ea as i64 },
                    wide,
                    false,
                    prefix,
                )
            });
        }
        1 if mode.bits() == 64 => {
            let near = ea.wrapping_sub(mode.rip(0)) as i64;
            if i32::try_from(near).is_err() || bits == 32 {
                return None;
            }
            MemoryOperand::new(Register::RIP, no, 1, ea as i64, 8, false, prefix)
        }
        1 => return None,
        2 => {
            set_low(state, base, ea, bits);
            MemoryOperand::new(base, no, 1, 0, 0, false, prefix)
        }
        3 => {
            set_low(state, base, ea.wrapping_add_signed(-small) & mask, bits);
            MemoryOperand::new(base, no, 1, small, 1, false, prefix)
        }
        4 => {
            set_low(state, base, ea.wrapping_add_signed(-large) & mask, bits);
            MemoryOperand::new(base, no, 1, large, wide, false, prefix)
        }
        5 => {
            let by = random.next(1 << 16);
            set_low(state, index, by, bits);
            set_low(
                state,
                base,
                ea.wrapping_sub(by * scale).wrapping_add_signed(-small),
                bits,
            );
            MemoryOperand::new(base, index, scale as u32, small, 1, false, prefix)
        }
        _ => {
            let by = (ea.wrapping_sub(0x1000) & mask) / 8;
            set_low(state, index, by, bits);
            let rest = ea.wrapping_sub(by * 8) as i64;
            MemoryOperand::new(no, index, 8, rest, wide, false, prefix)
        }
    })
}

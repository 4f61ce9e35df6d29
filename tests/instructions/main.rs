// SPDX-License-Identifier: MIT
//! Instructions on a trapped page, of the kinds and in the forms that
//! compilers make, in every mode of the processor: each run of the guest is
//! one instruction, and the packet, the registers and where the guest goes on
//! have to be right (hypervisor.md, sections 5.2, 11.5 and 11.6).
//!
//! The instructions stand one behind the other, across the border of two
//! pages; the registers for each are written before it runs. A wrong length
//! shows in the instruction after it.
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::multiple_unsafe_ops_per_block,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a test of the C edge on a machine of 64 bits"
)]

use iced_x86::{Code, Encoder, Instruction, MemoryOperand, Register};
use zx::uapi::hypervisor::zx_vcpu_state_t;
use zx::uapi::port::ZX_PKT_TYPE_GUEST_MEM;

mod forms;
mod machine;
mod mode;
mod operand;
mod retry;

use forms::{FORMS, Form, STRINGS};
use machine::{Machine, NOT_SUPPORTED};
use mode::{DATA, Mode, STACK, TRAP};
use operand::{gpr, gprs};

/// A small generator: the test is the same every time.
pub struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// CF, PF, AF, ZF, SF and OF.
const FLAGS: u64 = 0x8D5;
const DF: u64 = 1 << 10;
/// The flags are written, too.
const ALWAYS: u64 = 1 << 1;
const PER_FORM: usize = 12;

/// One instruction to run, and the registers for it.
struct Case {
    inst: Instruction,
    bytes: Vec<u8>,
    state: zx_vcpu_state_t,
    /// The linear address that it accesses.
    target: u64,
}

/// Registers with anything in them.
fn any_state(mode: Mode, random: &mut Random) -> zx_vcpu_state_t {
    let mut state = zx_vcpu_state_t::default();
    for register in gprs() {
        // Outside of 64-bit code nothing says what becomes of upper halves.
        let upper = if mode.bits() == 64 {
            random.next(1 << 31) << 32
        } else {
            0
        };
        *gpr(&mut state, register) = upper | random.next(1 << 31) << 1;
    }
    state.rsp = mode.linear(STACK) - mode.base(Register::SS);
    state.rflags = ALWAYS | random.next(0x1000) & FLAGS;
    state
}

/// A register of this many bytes; the whole one is among the first, so that
/// operands always find others.
fn register(mode: Mode, random: &mut Random, bytes: u32) -> Register {
    let count = if mode.bits() == 64 { 13 } else { 4 };
    let number = random.next(count) as u32;
    let number = if number == 4 { 5 } else { number };
    match bytes {
        1 if random.next(4) == 0 => Register::AH + number % 4,
        1 => Register::AL + number + if number > 3 { 4 } else { 0 },
        2 => Register::AX + number,
        4 => Register::EAX + number,
        8 => Register::RAX + number,
        _ => Register::XMM0 + number % 8,
    }
}

/// A case of a form; `None` when the mode does not have it.
fn make(form: Form, mode: Mode, random: &mut Random, rip: u64, target: u64) -> Option<Case> {
    for _ in 0..40 {
        let mut state = any_state(mode, random);
        let inst = form.instruction(mode, random, target, &mut state)?;
        let mut encoder = Encoder::new(mode.bits());
        if encoder.encode(&inst, rip).is_ok() {
            let bytes = encoder.take_buffer();
            return Some(Case {
                inst,
                bytes,
                state,
                target,
            });
        }
    }
    None
}

/// Runs many instructions of one form; how many there were, before the host's
/// KVM refused one. `None` without KVM, or where KVM does not have the mode.
fn run(
    name: &str,
    mode: Mode,
    random: &mut Random,
    mut next: impl FnMut(&mut Random, u64) -> Option<Case>,
) -> Option<usize> {
    let offset = 0x1000 - 8 - random.next(60);
    // A store of AL through BX, EBX or RBX begins and ends it.
    let marker = [0x88, if mode.bits() == 16 { 0x07 } else { 0x03 }];
    let (mut code, mut cases) = (marker.to_vec(), Vec::new());
    for _ in 0..PER_FORM {
        let Some(case) = next(random, mode.rip(offset + code.len() as u64)) else {
            return Some(0);
        };
        code.extend_from_slice(&case.bytes);
        cases.push(case);
    }
    code.extend_from_slice(&marker);
    let machine = Machine::new(mode, offset, &code)?;
    if !reaches_marker(&machine, mode, random, marker) {
        return None;
    }
    let (stack, data) = (
        mode.gpa(mode.linear(STACK)) - 32,
        mode.gpa(mode.linear(DATA)),
    );
    for (number, case) in cases.iter().enumerate() {
        let what = || {
            format!(
                "{mode:?} {name} #{number}: {:?} = {:02x?}",
                case.inst.code(),
                case.bytes
            )
        };
        let memory = (machine.peek(stack), machine.peek(data));
        machine.set_state(&case.state);
        let packet = match machine.resume() {
            Ok(packet) => packet,
            Err(NOT_SUPPORTED) if number == 0 => {
                assert_same(&machine.state(), &case.state, &what());
                println!("refused: {}", what());
                return Some(0);
            }
            Err(status) => panic!("{}: status {status}, {:x?}", what(), machine.state()),
        };
        assert_eq!(packet.r#type, ZX_PKT_TYPE_GUEST_MEM.into(), "{}", what());
        // SAFETY: the type says that this is the member.
        let report = unsafe { packet.anon.guest_mem };
        assert_eq!(report.addr as u64, mode.gpa(case.target), "{}", what());
        let len = usize::from(report.inst_len);
        let got = &report.inst_buf[..len];
        // What does nothing in front of a store may be lost.
        let lost = case
            .bytes
            .strip_suffix(got)
            .map(|lost| lost.iter().all(is_prefix));
        assert_eq!(lost, Some(true), "{}: got {got:02x?}", what());
        let operand_size = if mode.bits() == 16 { 2 } else { 4 };
        assert_eq!(report.default_operand_size, operand_size, "{}", what());
        assert_same(&machine.state(), &case.state, &what());
        assert_eq!(
            (machine.peek(stack), machine.peek(data)),
            memory,
            "{}: memory",
            what()
        );
    }
    assert!(
        reaches_marker(&machine, mode, random, marker),
        "{mode:?} {name}: the end"
    );
    Some(PER_FORM)
}

/// Runs up to the store that begins or ends the code; false where the host's
/// KVM has no paging but that of long mode and the guest cannot get there.
fn reaches_marker(machine: &Machine, mode: Mode, random: &mut Random, marker: [u8; 2]) -> bool {
    let mut state = any_state(mode, random);
    state.rbx = mode.linear(TRAP) + 0x123 - mode.base(Register::DS);
    machine.set_state(&state);
    let packet = match machine.resume() {
        Ok(packet) => packet,
        Err(NOT_SUPPORTED) if mode.has_old_paging() => return false,
        Err(status) => panic!("{mode:?}: {status} instead of {marker:02x?}"),
    };
    assert_eq!(packet.r#type, ZX_PKT_TYPE_GUEST_MEM.into(), "{mode:?}");
    // SAFETY: the type says that this is the member.
    let report = unsafe { packet.anon.guest_mem };
    assert_eq!(
        report.addr as u64,
        mode.gpa(mode.linear(TRAP) + 0x123),
        "{mode:?}"
    );
    assert_eq!(report.inst_buf[..2], marker, "{mode:?}");
    assert_eq!(report.inst_len, 2, "{mode:?}");
    true
}

/// Segment overrides, sizes and REX.
fn is_prefix(byte: &u8) -> bool {
    matches!(byte, 0x26 | 0x2E | 0x36 | 0x3E | 0x64..=0x67 | 0x40..=0x4F)
}

fn assert_same(is: &zx_vcpu_state_t, was: &zx_vcpu_state_t, what: &str) {
    let was = zx_vcpu_state_t {
        rflags: was.rflags & !ALWAYS,
        ..*was
    };
    assert_eq!(*is, was, "{what}: registers");
}

/// Every how many forms each mode takes one of, as `LIBZX_INSTRUCTIONS_EVERY`
/// says for slow machines: with 4, four modes in a row together take all.
fn every() -> usize {
    let text = std::env::var("LIBZX_INSTRUCTIONS_EVERY");
    text.map_or(1, |text| text.parse().unwrap())
}

/// This mode's part of a list.
fn part<T>(mode: Mode, list: &[T]) -> impl Iterator<Item = &T> {
    list.iter().skip(mode as usize % every()).step_by(every())
}

/// All forms of a mode at targets that `place` picks.
fn all_forms(mode: Mode, forms: &[Form], mut place: impl FnMut(&mut Random) -> u64) -> usize {
    let mut random = Random(2021);
    let mut ran = 0;
    for form in part(mode, forms).filter(|form| form.is_in(mode)) {
        let name = form.name();
        let case = |random: &mut Random, rip| {
            let target = place(random) & !(form.alignment() - 1);
            make(*form, mode, random, rip, target)
        };
        match run(&name, mode, &mut random, case) {
            Some(count) => ran += count,
            None => {
                println!("{mode:?}: KVM not available, or not in this mode: skipped");
                return usize::MAX;
            }
        }
    }
    ran
}

fn every_instruction(mode: Mode) {
    let first = mode.linear(TRAP);
    let half = FORMS.len() / every() * PER_FORM / 2;
    let ran = all_forms(mode, FORMS, |random| first + random.next(0x1FF0 / 8) * 8);
    assert!(ran > half, "{mode:?}: too many forms refused: {ran}");
    // Both pages are trapped; the access begins in the first, or has no
    // alignment.
    let across = all_forms(mode, FORMS, |random| first + 0x1000 - 1 - random.next(10));
    assert!(across > half, "{mode:?}: too many forms refused: {across}");
    strings(mode);
}

/// String instructions with one side trapped.
fn strings(mode: Mode) {
    let mut random = Random(99);
    for &(code, from_trap, to_trap) in part(mode, STRINGS) {
        for prefixes in 0..8 {
            let (rep, down, narrow) = (prefixes & 1 != 0, prefixes & 2 != 0, prefixes & 4 != 0);
            let case = |random: &mut Random, rip| {
                let target = mode.linear(TRAP) + 0x100 + random.next(0x80) * 8;
                let width = match (mode.bits(), narrow) {
                    (16, false) | (32, true) => 16,
                    (64, false) => 64,
                    _ => 32,
                };
                let inst = forms::string(code, width, rep)?;
                let mut state = any_state(mode, random);
                let data = mode.linear(DATA) + 32;
                let (from, to) = (
                    if from_trap { target } else { data },
                    if to_trap { target } else { data },
                );
                (state.rsi, state.rdi) =
                    (from - mode.base(Register::DS), to - mode.base(Register::ES));
                if (state.rsi | state.rdi) >> 32 != 0 && width == 32 {
                    return None;
                }
                state.rcx = 3 + random.next(5);
                if down {
                    state.rflags |= DF;
                }
                let mut encoder = Encoder::new(mode.bits());
                encoder.encode(&inst, rip).ok()?;
                Some(Case {
                    inst,
                    bytes: encoder.take_buffer(),
                    state,
                    target,
                })
            };
            let name = format!("{code:?} rep {rep} down {down} narrow {narrow}");
            if run(&name, mode, &mut random, case).is_none() {
                return;
            }
        }
    }
}

/// A case of an instruction; `None` when the mode does not have it.
fn encode_case(
    mode: Mode,
    inst: Instruction,
    state: zx_vcpu_state_t,
    target: u64,
    rip: u64,
) -> Option<Case> {
    let mut encoder = Encoder::new(mode.bits());
    encoder.encode(&inst, rip).ok()?;
    let bytes = encoder.take_buffer();
    Some(Case {
        inst,
        bytes,
        state,
        target,
    })
}

/// Code of these instructions.
fn encode(mode: Mode, offset: u64, instructions: &[Instruction]) -> Vec<u8> {
    let mut code = Vec::new();
    for inst in instructions {
        let mut encoder = Encoder::new(mode.bits());
        encoder
            .encode(inst, mode.rip(offset + code.len() as u64))
            .unwrap();
        code.extend(encoder.take_buffer());
    }
    code
}

/// Resumes until a packet, which tells of this linear address.
fn expect_access(machine: &Machine, mode: Mode, linear: u64) {
    let packet = machine.resume().unwrap();
    // SAFETY: any member can be read.
    let report = unsafe { packet.anon.guest_mem };
    assert_eq!(report.addr as u64, mode.gpa(linear), "{mode:?}");
}

/// Skipped loads leave vector registers alone, too.
#[test]
fn vector_registers_survive() {
    let mode = Mode::Long64;
    let (trap, data) = (mode.linear(TRAP) + 0x40, mode.linear(DATA));
    let at = |address| MemoryOperand::with_displ(address, 8);
    let to_xmm = |code, address| Instruction::with2(code, Register::XMM3, at(address)).unwrap();
    let store = |address| {
        Instruction::with2(Code::Movups_xmmm128_xmm, at(address), Register::XMM3).unwrap()
    };
    let code = encode(
        mode,
        0x100,
        &[
            to_xmm(Code::Movups_xmm_xmmm128, data),
            to_xmm(Code::Movups_xmm_xmmm128, trap),
            to_xmm(Code::Movq_xmm_xmmm64, trap),
            store(data + 0x20),
            store(trap + 0x100),
        ],
    );
    let Some(machine) = Machine::new(mode, 0x100, &code) else {
        return;
    };
    let wanted = *b"sixteen bytes ok";
    machine.poke(mode.gpa(data), &wanted);
    expect_access(&machine, mode, trap);
    expect_access(&machine, mode, trap);
    expect_access(&machine, mode, trap + 0x100);
    assert_eq!(machine.peek(mode.gpa(data))[0x20..0x30], wanted);
}

/// And so do segments.
#[test]
fn segments_survive() {
    for mode in [Mode::Real16, Mode::Protected16, Mode::Protected32] {
        let trap = mode.linear(TRAP) + 0x40;
        let at = |segment: Register| {
            let offset = (trap - mode.base(segment)).cast_signed();
            let no = Register::None;
            MemoryOperand::new(no, no, 1, offset, mode.bits() / 8, false, segment)
        };
        let load = Instruction::with2(Code::Mov_Sreg_rm16, Register::ES, at(Register::DS)).unwrap();
        let store = Instruction::with2(Code::Mov_rm8_r8, at(Register::ES), Register::CL).unwrap();
        let code = encode(mode, 0x100, &[load, store]);
        let Some(machine) = Machine::new(mode, 0x100, &code) else {
            return;
        };
        expect_access(&machine, mode, trap);
        expect_access(&machine, mode, trap);
    }
}

macro_rules! modes {
    ($($name:ident: $mode:ident,)*) => {
        $(
            #[test]
            fn $name() {
                every_instruction(Mode::$mode);
            }
        )*

        mod retries {
            use super::{Mode, retry};
            $(
                #[test]
                fn $name() {
                    retry::every_instruction(Mode::$mode);
                }
            )*
        }
    };
}

modes! {
    real_mode: Real16,
    protected_mode_16: Protected16,
    protected_mode_32: Protected32,
    two_level_paging_32: Paged32,
    pae_paging_32: Pae32,
    compatibility_mode_16: Compat16,
    compatibility_mode_32: Compat32,
    long_mode: Long64,
    long_mode_high: High64,
}

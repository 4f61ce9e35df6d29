// SPDX-License-Identifier: MIT
//! The same instructions on memory that is read-only or not there, with a retry
//! after the program has made it right: at the stop everything is as before the
//! instruction, and in the end the guest is the same as one that never stopped
//! (hypervisor.md, sections 4, 5.6 and 11.5). And on traps, memory beside them.
//!
//! Accesses lie within the pages in question, begin in memory before them, or
//! end in memory behind them.

use iced_x86::{Code, InstructionInfoFactory, Mnemonic, OpAccess, Register};
use zx::uapi::hypervisor::zx_vcpu_state_t;
use zx::uapi::port::{ZX_PKT_TYPE_GUEST_IO, ZX_PKT_TYPE_GUEST_MEM};

use super::forms::{self, FORMS, Form, STRINGS};
use super::machine::{ACCESS_DENIED, INTERNAL, Machine, NOT_FOUND, NOT_SUPPORTED, Target};
use super::mode::{DATA, Mode, TRAP};
use super::{Case, PER_FORM, Random, any_state, assert_same, encode_case, make};

/// OUT 0x80, AL: what ends a case leaves all registers alone.
const OUT: [u8; 2] = [0xE6, Machine::PORT];

/// The page before those in question, they, and all that a case changes.
const AROUND: std::ops::Range<u64> = TRAP - 0x1000..TRAP + 0x6000;

/// Whether an instruction writes memory, and whether it does so without having
/// read the same.
fn accesses(case: &Case) -> (bool, bool) {
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info(&case.inst);
    let used = info.used_memory();
    let changes = |access| matches!(access, OpAccess::ReadWrite | OpAccess::ReadCondWrite);
    let stores = |access| matches!(access, OpAccess::Write | OpAccess::CondWrite);
    let changes = used.iter().any(|memory| changes(memory.access()));
    let stores = used.iter().any(|memory| stores(memory.access()));
    (changes || stores, stores && !changes)
}

/// Whether an access comes to the pages in question.
fn touches(case: &Case, mode: Mode) -> bool {
    let pushed = -case.inst.stack_pointer_increment();
    let size = case.inst.memory_size().size().max(pushed.max(1) as usize) as u64;
    let first = mode.linear(TRAP);
    case.target < first + 0x2000 && case.target + size > first
}

/// What the guest's memory holds before a case.
fn fill(machine: &Machine, mode: Mode, seed: u64, case: &Case) {
    let mut word = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let words = AROUND.step_by(8).flat_map(|_| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()
    });
    machine.poke(AROUND.start, &words.collect::<Vec<u8>>());
    // Half of what is compared is equal.
    let compares = matches!(
        case.inst.mnemonic(),
        Mnemonic::Cmpxchg | Mnemonic::Cmpxchg8b
    );
    if compares && seed.is_multiple_of(2) {
        let (low, high) = (case.state.rax, case.state.rdx);
        let wide = case.inst.mnemonic() == Mnemonic::Cmpxchg8b;
        let equal = if wide {
            low & 0xFFFF_FFFF | high << 32
        } else {
            low
        };
        let size = case.inst.memory_size().size();
        for (linear, byte) in (case.target..).zip(equal.to_le_bytes()).take(size) {
            machine.poke(mode.gpa(linear), &[byte]);
        }
    }
    machine.set_state(&case.state);
}

fn memory(machine: &Machine) -> Vec<u8> {
    machine.bytes(AROUND.start, (AROUND.end - AROUND.start) as usize)
}

/// Runs to the end of a case; the status if it does not come there.
fn finish(machine: &Machine) -> Result<(zx_vcpu_state_t, Vec<u8>), i32> {
    let packet = machine.resume()?;
    assert_eq!(packet.r#type, ZX_PKT_TYPE_GUEST_IO.into());
    Ok((machine.state(), memory(machine)))
}

/// Whether what an instruction has read and stores lies on two pages. A part may have
/// gone into memory; what was there, and which size it has, may be lost: the run ends
/// with INTERNAL then.
fn may_be_lost(case: &Case) -> bool {
    let size = case.inst.memory_size().size() as u64;
    !accesses(case).1 && case.target & 0xFFF > 0x1000 - size
}

/// Whether the processor is QEMU's own.
fn is_qemu() -> bool {
    let brand = std::arch::x86_64::__cpuid(0x8000_0002);
    let name = [brand.eax, brand.ebx, brand.ecx, brand.edx].map(u32::to_le_bytes);
    name.as_flattened() == b"QEMU TCG CPU ver"
}

/// Whether the processor is one that has lost the carry of a rotation when its store
/// faults.
fn loses_carry(case: &Case) -> bool {
    matches!(case.inst.mnemonic(), Mnemonic::Rcl | Mnemonic::Rcr) && is_qemu()
}

/// Whether what a comparison has left may not tell what was there: seen on QEMU's
/// processor only, and then the run has to end with INTERNAL.
fn loses_comparison(case: &Case) -> bool {
    case.inst.mnemonic() == Mnemonic::Cmpxchg && is_qemu()
}

/// Runs cases of one form in three guests; how many there were.
fn run(
    name: &str,
    mode: Mode,
    random: &mut Random,
    only_read: bool,
    mut next: impl FnMut(&mut Random, u64) -> Option<Case>,
) -> Option<usize> {
    let offset = 0x100 + random.next(60);
    let (mut code, mut cases) = (OUT.to_vec(), Vec::new());
    for _ in 0..PER_FORM {
        let Some(case) = next(random, mode.rip(offset + code.len() as u64)) else {
            return Some(0);
        };
        code.extend_from_slice(&case.bytes);
        code.extend_from_slice(&OUT);
        cases.push(case);
    }
    let free = Machine::with(mode, offset, &code, Target::Memory)?;
    if finish(&free).is_err() {
        return None;
    }
    let mut ran = 0;
    let mut expected = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        fill(&free, mode, number as u64, case);
        match finish(&free) {
            Ok(end) => expected.push(end),
            // This host's KVM does not know it.
            Err(NOT_SUPPORTED) => break,
            Err(status) => panic!("{mode:?} {name}: {status} with memory"),
        }
    }
    drop(free);
    trapped(name, mode, offset, &code, &cases, &expected)?;
    for target in [Target::ReadOnly, Target::Hole] {
        let machine = Machine::with(mode, offset, &code, target)?;
        assert!(finish(&machine).is_ok());
        for (number, (case, expected)) in cases.iter().zip(&expected).enumerate() {
            let what = || {
                format!(
                    "{mode:?} {name} #{number} {target:?} at {:x}: {:02x?}",
                    case.target, case.bytes
                )
            };
            if target == Target::ReadOnly && loses_carry(case) {
                break;
            }
            fill(&machine, mode, number as u64, case);
            machine.close(target);
            let before = memory(&machine);
            let (writes, only_stores) = accesses(case);
            let writes = writes && !only_read;
            let mut end = finish(&machine);
            if let Err(status) = end {
                let lost = may_be_lost(case) || loses_comparison(case);
                if status == INTERNAL && target == Target::ReadOnly && lost {
                    break;
                }
                let wanted = if target == Target::Hole {
                    NOT_FOUND
                } else {
                    ACCESS_DENIED
                };
                assert_eq!(status, wanted, "{}", what());
                assert!(writes || target == Target::Hole, "{}", what());
                assert_same(&machine.state(), &case.state, &what());
                // A store has stored what lies in memory.
                let within = case.target & 0xFFF <= 0x1000 - 16;
                if !writes || within || !only_stores {
                    assert!(memory(&machine) == before, "{}: memory", what());
                }
                machine.open(target);
                end = finish(&machine);
            } else {
                // It did not come there, or stores nothing but what is there.
                let same = target == Target::ReadOnly && (!writes || expected.1 == before);
                assert!(same || !touches(case, mode), "{}: passed", what());
                machine.open(target);
            }
            match end {
                Ok((state, memory)) => {
                    assert_eq!(state, expected.0, "{}: in the end", what());
                    assert!(memory == expected.1, "{}: memory in the end", what());
                }
                Err(status) => panic!("{}: {status} after the retry", what()),
            }
            ran += 1;
        }
    }
    Some(ran)
}

/// The same with a trap. A load and a change of memory have left all memory as it
/// was, a store has stored the bytes that lie beside the trap, where KVM knows the
/// instruction at all; the packet tells of the first trapped byte.
fn trapped(
    name: &str,
    mode: Mode,
    offset: u64,
    code: &[u8],
    cases: &[Case],
    expected: &[(zx_vcpu_state_t, Vec<u8>)],
) -> Option<()> {
    let machine = Machine::with(mode, offset, code, Target::Trap)?;
    assert!(finish(&machine).is_ok());
    for (number, (case, expected)) in cases.iter().zip(expected).enumerate() {
        let what = || {
            format!(
                "{mode:?} {name} #{number} trapped at {:x}: {:02x?}",
                case.target, case.bytes
            )
        };
        fill(&machine, mode, number as u64, case);
        let before = memory(&machine);
        if touches(case, mode) {
            let packet = match machine.resume() {
                Ok(packet) => packet,
                Err(status) => panic!("{}: {status}", what()),
            };
            assert_eq!(packet.r#type, ZX_PKT_TYPE_GUEST_MEM.into(), "{}", what());
            // SAFETY: the type says that this is the member.
            let report = unsafe { packet.anon.guest_mem };
            let first = mode.gpa(case.target.max(mode.linear(TRAP)));
            assert_eq!(report.addr as u64, first, "{}", what());
            assert_same(&machine.state(), &case.state, &what());
            let now = memory(&machine);
            let beside = |at: usize| {
                let gpa = AROUND.start + at as u64;
                !(TRAP..TRAP + 0x2000).contains(&gpa)
            };
            let stored = (0..now.len()).all(|at| {
                now[at]
                    == if beside(at) {
                        expected.1[at]
                    } else {
                        before[at]
                    }
            });
            let only_stores = accesses(case).1;
            assert!(now == before || only_stores && stored, "{}: memory", what());
            // Skipped.
            match finish(&machine) {
                Ok((state, after)) => {
                    assert_same(&state, &case.state, &what());
                    assert!(after == now, "{}: memory behind", what());
                }
                Err(status) => panic!("{}: {status} behind", what()),
            }
        } else {
            let end = finish(&machine).unwrap();
            assert!(end.0 == expected.0 && end.1 == expected.1, "{}", what());
        }
    }
    Some(())
}

/// Where an access is.
fn place(mode: Mode, random: &mut Random, alignment: u64) -> u64 {
    let first = mode.linear(TRAP);
    let at = match random.next(4) {
        0 => first - 1 - random.next(7),
        1 => first + 0x2000 - 1 - random.next(7),
        2 => first + 0x1000 - 1 - random.next(7),
        _ => first + 0x40 + random.next(0xF00),
    };
    at & !(alignment - 1)
}

/// Every third form, another third in the next mode.
fn part<T>(mode: Mode, list: &[T]) -> impl Iterator<Item = &T> {
    let every = super::every() * 3;
    list.iter().skip(mode as usize % every).step_by(every)
}

/// What leads elsewhere than to the end of its case.
fn leads_away(form: Form) -> bool {
    use Code::{
        Call_rm16, Call_rm32, Call_rm64, Div_rm8, Div_rm32, Idiv_rm64, Jmp_rm16, Jmp_rm32, Jmp_rm64,
    };
    matches!(
        form,
        Form::Mem(
            Call_rm16
                | Call_rm32
                | Call_rm64
                | Jmp_rm16
                | Jmp_rm32
                | Jmp_rm64
                | Div_rm8
                | Div_rm32
                | Idiv_rm64
        )
    )
}

pub fn every_instruction(mode: Mode) {
    let mut random = Random(1713);
    let mut ran = 0;
    let forms = part(mode, FORMS).filter(|form| form.is_in(mode) && !leads_away(**form));
    for form in forms {
        let case = |random: &mut Random, rip| {
            let target = place(mode, random, form.alignment());
            make(*form, mode, random, rip, target)
        };
        let pushes = matches!(
            form,
            Form::Mem(Code::Push_rm16 | Code::Push_rm32 | Code::Push_rm64)
        );
        match run(&form.name(), mode, &mut random, pushes, case) {
            Some(count) => ran += count,
            None => {
                println!("{mode:?}: KVM not available, or not in this mode: skipped");
                return;
            }
        }
    }
    assert!(
        ran > FORMS.len() / super::every() * PER_FORM / 6,
        "{mode:?}: {ran}"
    );
    for &(code, from_target, to_target) in part(mode, STRINGS) {
        for prefixes in 0..4 {
            let (rep, down) = (prefixes & 1 != 0, prefixes & 2 != 0);
            let case = |random: &mut Random, rip| {
                let target = mode.linear(TRAP) + 0x100 + random.next(0x80) * 8;
                let inst = forms::string(code, mode.bits(), rep)?;
                let mut state = any_state(mode, random);
                let data = mode.linear(DATA) + 0x100;
                let from = if from_target { target } else { data };
                let to = if to_target { target } else { data };
                state.rsi = from - mode.base(Register::DS);
                state.rdi = to - mode.base(Register::ES);
                state.rcx = 1 + random.next(5);
                if down {
                    state.rflags |= super::DF;
                }
                encode_case(mode, inst, state, target, rip)
            };
            let name = format!("{code:?} rep {rep} down {down}");
            if run(&name, mode, &mut random, !to_target, case).is_none() {
                return;
            }
        }
    }
}

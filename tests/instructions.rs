// SPDX-License-Identifier: MIT
//! Instructions on a trapped page, of the kinds and in the forms that
//! compilers make: each run of the guest is one instruction, and the packet,
//! the registers and where the guest goes on have to be right
//! (hypervisor.md, sections 5.2, 11.5 and 11.6).
//!
//! The instructions stand one behind the other; the registers for each are
//! written before it runs. A wrong length shows in the instruction after it.
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
use zx::abi::types::hypervisor::{ZX_GUEST_TRAP_MEM, ZX_VCPU_STATE, zx_vcpu_state_t};
use zx::abi::types::port::{ZX_PKT_TYPE_GUEST_MEM, zx_port_packet_t};
use zx::abi::{guest, handle, process, vcpu, vmar, vmo};

const MEMORY: usize = 16 << 20;
const TRAP: u64 = 0xF0_0000;
const CODE: u64 = 0x20_0000;
const STACK: u64 = 0x80_0000;
const DATA: u64 = 0x81_0000;
const RWX: u32 = 0b111;
const SPECIFIC: u32 = 1 << 4;
const OK: i32 = 0;
const NOT_SUPPORTED: i32 = -2;

/// A small generator: the test is the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

struct Machine {
    handles: Vec<u32>,
    vcpu: u32,
    host: usize,
}

impl Machine {
    /// `None` without KVM.
    fn new(code: &[u8]) -> Option<Machine> {
        let (mut resource, mut vmo, mut guest, mut vmar, mut vcpu) = (0, 0, 0, 0, 0);
        let mut host = 0;
        // SAFETY: the pointers are to live variables.
        unsafe {
            assert_eq!(process::libzx_get_hypervisor_resource(&mut resource), OK);
            let status = guest::zx_guest_create(resource, 0, &mut guest, &mut vmar);
            if status == NOT_SUPPORTED {
                return None;
            }
            assert_eq!(status, OK);
            assert_eq!(vmo::zx_vmo_create(MEMORY as u64, 0, &mut vmo), OK);
            let root = process::zx_vmar_root_self();
            assert_eq!(
                vmar::zx_vmar_map(root, 0b11, 0, vmo, 0, MEMORY, &mut host),
                OK
            );
            assert_eq!(vmo::zx_vmo_replace_as_executable(vmo, 0, &mut vmo), OK);
            let mut gpa = 0;
            let options = RWX | SPECIFIC;
            assert_eq!(
                vmar::zx_vmar_map(vmar, options, 0, vmo, 0, MEMORY, &mut gpa),
                OK
            );
        }
        assert_eq!(
            guest::zx_guest_set_trap(guest, ZX_GUEST_TRAP_MEM, TRAP as usize, 0x2000, 0, 7),
            OK
        );
        let mut machine = Machine {
            handles: vec![resource, vmo, guest, vmar],
            vcpu: 0,
            host,
        };
        machine.poke(0, &0x1007u64.to_le_bytes());
        machine.poke(0x1000, &0x2007u64.to_le_bytes());
        for page in 0..8u64 {
            machine.poke(0x2000 + page * 8, &(page << 21 | 0x87).to_le_bytes());
        }
        machine.poke(CODE, code);
        // SAFETY: as above.
        let status = unsafe { vcpu::zx_vcpu_create(guest, 0, CODE as usize, &mut vcpu) };
        assert_eq!(status, OK);
        machine.vcpu = vcpu;
        Some(machine)
    }

    fn poke(&self, gpa: u64, bytes: &[u8]) {
        let to = (self.host + gpa as usize) as *mut u8;
        // SAFETY: the guest's memory is mapped there, and no VCPU runs.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    }

    fn peek(&self, gpa: u64) -> [u8; 64] {
        // SAFETY: as above.
        unsafe { std::ptr::read((self.host + gpa as usize) as *const [u8; 64]) }
    }

    fn state(&self) -> zx_vcpu_state_t {
        let mut state = zx_vcpu_state_t::default();
        let size = size_of_val(&state);
        // SAFETY: the record is live.
        let status = unsafe {
            vcpu::zx_vcpu_read_state(self.vcpu, ZX_VCPU_STATE, (&raw mut state).cast(), size)
        };
        assert_eq!(status, OK);
        state
    }

    fn set_state(&self, state: &zx_vcpu_state_t) {
        let size = size_of_val(state);
        // SAFETY: the record is live.
        let status = unsafe {
            vcpu::zx_vcpu_write_state(self.vcpu, ZX_VCPU_STATE, (&raw const *state).cast(), size)
        };
        assert_eq!(status, OK);
    }

    fn resume(&self) -> Result<zx_port_packet_t, i32> {
        let mut packet = zx_port_packet_t::default();
        // SAFETY: the record is live.
        match unsafe { vcpu::zx_vcpu_resume(self.vcpu, &mut packet) } {
            OK => Ok(packet),
            status => Err(status),
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        handle::zx_handle_close(self.vcpu);
        for &handle in &self.handles {
            handle::zx_handle_close(handle);
        }
        // SAFETY: nothing uses the mapping any more.
        unsafe { vmar::zx_vmar_unmap(process::zx_vmar_root_self(), self.host, MEMORY) };
    }
}

const GPRS: [Register; 16] = [
    Register::RAX,
    Register::RCX,
    Register::RDX,
    Register::RBX,
    Register::RSP,
    Register::RBP,
    Register::RSI,
    Register::RDI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R12,
    Register::R13,
    Register::R14,
    Register::R15,
];

fn gpr(state: &mut zx_vcpu_state_t, register: Register) -> &mut u64 {
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

/// One instruction to run, and the registers for it.
struct Case {
    inst: Instruction,
    state: zx_vcpu_state_t,
    target: u64,
}

/// A memory operand at `target` and registers that make it so; none of
/// `taken` are used.
fn operand(
    random: &mut Random,
    target: u64,
    rip: u64,
    taken: &[Register],
    state: &mut zx_vcpu_state_t,
) -> MemoryOperand {
    let mut pick = |with_rsp: bool| loop {
        let register = GPRS[random.next(16) as usize];
        let free = !taken.contains(&register) && (with_rsp || register != Register::RSP);
        if free {
            return register;
        }
    };
    let (base, index) = (pick(true), pick(false));
    let scale = 1 << random.next(4);
    let small = i64::from(random.next(256) as u8 as i8);
    let large = random.next(1 << 20) as i64 - (1 << 19);
    match random.next(7) {
        0 => MemoryOperand::with_displ(target, 8),
        1 => {
            let _ = rip;
            MemoryOperand::with_base_displ(Register::RIP, target.cast_signed())
        }
        2 => {
            *gpr(state, base) = target;
            MemoryOperand::with_base(base)
        }
        3 => {
            *gpr(state, base) = target.wrapping_add_signed(-small);
            MemoryOperand::with_base_displ_size(base, small, 1)
        }
        4 => {
            *gpr(state, base) = target.wrapping_add_signed(-large);
            MemoryOperand::with_base_displ_size(base, large, 8)
        }
        5 if base != index => {
            let by = random.next(1 << 16);
            *gpr(state, index) = by;
            *gpr(state, base) = target
                .wrapping_sub(by * u64::from(scale))
                .wrapping_add_signed(-small);
            MemoryOperand::new(base, index, scale, small, 1, false, Register::None)
        }
        _ => {
            *gpr(state, index) = (target - 0x1000) / 8;
            let rest = target as i64 - (*gpr(state, index) * 8) as i64;
            MemoryOperand::new(Register::None, index, 8, rest, 8, false, Register::None)
        }
    }
}

/// What stands on either side of the memory operand.
#[derive(Clone, Copy)]
enum Form {
    MemReg(Code, u32),
    RegMem(Code, u32),
    MemImm(Code),
    Mem(Code),
}

/// A register of this many bytes; the eight-byte one is among the first
/// thirteen, so that operands always find others.
fn register(random: &mut Random, bytes: u32) -> Register {
    let number = random.next(13) as u32;
    let number = if number == 4 { 5 } else { number };
    match bytes {
        1 => [
            Register::AL,
            Register::CL,
            Register::DL,
            Register::BL,
            Register::SPL,
            Register::BPL,
            Register::SIL,
            Register::DIL,
            Register::R8L,
            Register::R9L,
            Register::R10L,
            Register::R11L,
            Register::R12L,
        ][number as usize],
        2 => Register::AX + number,
        4 => Register::EAX + number,
        8 => Register::RAX + number,
        _ => Register::XMM0 + number,
    }
}

fn make(form: Form, random: &mut Random, rip: u64, target: u64) -> Case {
    let mut state = zx_vcpu_state_t::default();
    for register in GPRS {
        *gpr(&mut state, register) = random.next(u64::MAX >> 31) << 31 | random.next(1 << 31);
    }
    state.rsp = STACK;
    let inst = match form {
        Form::MemReg(code, bytes) => {
            let register = register(random, bytes);
            let taken = [register.full_register(), Register::RAX];
            let memory = operand(random, target, rip, &taken, &mut state);
            Instruction::with2(code, memory, register).unwrap()
        }
        Form::RegMem(code, bytes) => {
            let register = register(random, bytes);
            let memory = operand(random, target, rip, &[register.full_register()], &mut state);
            Instruction::with2(code, register, memory).unwrap()
        }
        Form::MemImm(code) => {
            let memory = operand(random, target, rip, &[], &mut state);
            let value = random.next(128) as i32;
            Instruction::with2(code, memory, value).unwrap()
        }
        Form::Mem(code) => {
            let taken = [Register::RSP];
            let memory = operand(random, target, rip, &taken, &mut state);
            Instruction::with1(code, memory).unwrap()
        }
    };
    Case {
        inst,
        state,
        target,
    }
}

fn encode(inst: &Instruction, rip: u64) -> Vec<u8> {
    let mut encoder = Encoder::new(64);
    encoder.encode(inst, rip).unwrap();
    encoder.take_buffer()
}

const PER_FORM: usize = 24;

/// Runs many instructions of one form; how many there were before the host's
/// KVM refused one.
fn run(
    name: &str,
    random: &mut Random,
    mut next: impl FnMut(&mut Random, u64) -> Case,
) -> Option<usize> {
    let mut code = Vec::new();
    let mut cases = Vec::new();
    for _ in 0..PER_FORM {
        let rip = CODE + code.len() as u64;
        let case = next(random, rip);
        let bytes = encode(&case.inst, rip);
        code.extend_from_slice(&bytes);
        cases.push((case, bytes));
    }
    // A store of one byte to a known place ends it.
    let end = [0xC6, 0x04, 0x25, 0xFF, 0x0F, 0xF0, 0x00, 0x55];
    code.extend_from_slice(&end);
    let machine = Machine::new(&code)?;
    for (number, (case, bytes)) in cases.iter().enumerate() {
        let what = || format!("{name} #{number}: {:?} = {bytes:02x?}", case.inst.code());
        let (stack, data) = (machine.peek(STACK - 32), machine.peek(DATA));
        machine.set_state(&case.state);
        let packet = match machine.resume() {
            Ok(packet) => packet,
            Err(NOT_SUPPORTED) if number == 0 => {
                assert_same(&machine.state(), &case.state, &what());
                println!("refused: {}", what());
                return Some(0);
            }
            Err(status) => panic!("{}: status {status}", what()),
        };
        assert_eq!(packet.r#type, ZX_PKT_TYPE_GUEST_MEM.into(), "{}", what());
        // SAFETY: the type says that this is the member.
        let memory = unsafe { packet.anon.guest_mem };
        let len = usize::from(memory.inst_len);
        assert_eq!(memory.addr as u64, case.target, "{}", what());
        assert_eq!(&memory.inst_buf[..len], &bytes[..], "{}", what());
        assert_same(&machine.state(), &case.state, &what());
        assert_eq!(machine.peek(STACK - 32), stack, "{}: the stack", what());
        assert_eq!(machine.peek(DATA), data, "{}: other memory", what());
    }
    let last = machine
        .resume()
        .unwrap_or_else(|status| panic!("{name}: the end: {status}"));
    // SAFETY: any member can be read.
    let memory = unsafe { last.anon.guest_mem };
    assert_eq!(memory.addr as u64, TRAP + 0xFFF, "{name}: the end");
    assert_eq!(memory.inst_buf[..8], end, "{name}: the end");
    Some(PER_FORM)
}

fn assert_same(is: &zx_vcpu_state_t, was: &zx_vcpu_state_t, what: &str) {
    let mut is = *is;
    is.rflags = was.rflags;
    assert_eq!(is, *was, "{what}: registers");
}

#[test]
fn memory_operands_of_every_form() {
    use Code::*;
    use Form::{Mem, MemImm, MemReg, RegMem};
    let forms = [
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
        RegMem(Movbe_r32_m32, 4),
        MemReg(Movbe_m32_r32, 4),
        MemReg(Movnti_m32_r32, 4),
        MemReg(Add_rm32_r32, 4),
        RegMem(Add_r32_rm32, 4),
        MemImm(Add_rm32_imm8),
        MemReg(Or_rm8_r8, 1),
        RegMem(Or_r64_rm64, 8),
        MemImm(Or_rm8_imm8),
        MemReg(And_rm16_r16, 2),
        RegMem(And_r32_rm32, 4),
        MemImm(And_rm64_imm32),
        MemReg(Xor_rm64_r64, 8),
        RegMem(Xor_r8_rm8, 1),
        MemReg(Sub_rm32_r32, 4),
        RegMem(Sub_r64_rm64, 8),
        MemReg(Cmp_rm32_r32, 4),
        RegMem(Cmp_r32_rm32, 4),
        MemImm(Cmp_rm8_imm8),
        MemReg(Test_rm32_r32, 4),
        MemImm(Test_rm8_imm8),
        MemImm(Test_rm32_imm32),
        MemReg(Xchg_rm32_r32, 4),
        MemReg(Xchg_rm8_r8, 1),
        MemReg(Xadd_rm32_r32, 4),
        MemReg(Cmpxchg_rm32_r32, 4),
        MemImm(Bt_rm32_imm8),
        MemImm(Bts_rm32_imm8),
        Mem(Inc_rm32),
        Mem(Dec_rm8),
        Mem(Not_rm64),
        Mem(Neg_rm16),
        Mem(Push_rm64),
        Mem(Pop_rm64),
        Mem(Setne_rm8),
        RegMem(Cmove_r32_rm32, 4),
        RegMem(Imul_r32_rm32, 4),
    ];
    let mut random = Random(2021);
    let mut ran = 0;
    for form in forms {
        let name = match form {
            MemReg(code, _) | RegMem(code, _) | MemImm(code) | Mem(code) => format!("{code:?}"),
        };
        let case = |random: &mut Random, rip| {
            let target = TRAP + random.next(0xFF0 / 8) * 8;
            make(form, random, rip, target)
        };
        match run(&name, &mut random, case) {
            Some(count) => ran += count,
            None => {
                println!("KVM not available: skipped");
                return;
            }
        }
    }
    assert!(
        ran > forms.len() * PER_FORM / 2,
        "too many forms refused: {ran}"
    );
}

#[test]
fn operands_without_alignment_and_across_pages() {
    use Code::*;
    use Form::{MemImm, MemReg, RegMem};
    let forms = [
        MemReg(Mov_rm64_r64, 8),
        RegMem(Mov_r64_rm64, 8),
        MemImm(Mov_rm64_imm32),
        MemImm(Mov_rm32_imm32),
        RegMem(Mov_r32_rm32, 4),
        MemReg(Add_rm64_r64, 8),
    ];
    let mut random = Random(7);
    for form in forms {
        let case = |random: &mut Random, rip| {
            // Both pages are trapped; the access begins in the first.
            let target = TRAP + 0x1000 - 1 - random.next(10);
            make(form, random, rip, target)
        };
        if run("across pages", &mut random, case).is_none() {
            return;
        }
    }
}

#[test]
fn string_instructions_with_one_side_trapped() {
    use iced_x86::RepPrefixKind::{None as Once, Repe as Rep};
    let mut random = Random(99);
    let stos = |rep| Instruction::with_stosd(64, rep).unwrap();
    let lods = |rep| Instruction::with_lodsd(64, Register::None, rep).unwrap();
    let movs = |rep| Instruction::with_movsq(64, Register::None, rep).unwrap();
    let cases: [(&str, Instruction, bool, bool); 8] = [
        ("stos", stos(Once), false, true),
        ("rep stos", stos(Rep), false, true),
        ("lods", lods(Once), true, false),
        ("rep lods", lods(Rep), true, false),
        ("movs from", movs(Once), true, false),
        ("movs to", movs(Once), false, true),
        ("rep movs from", movs(Rep), true, false),
        ("rep movs to", movs(Rep), false, true),
    ];
    for (name, inst, from_trap, to_trap) in cases {
        let case = |random: &mut Random, _| {
            let target = TRAP + 0x100 + random.next(0x80) * 8;
            let mut state = zx_vcpu_state_t {
                rsp: STACK,
                rcx: 3 + random.next(5),
                rsi: if from_trap { target } else { DATA },
                rdi: if to_trap { target } else { DATA },
                ..Default::default()
            };
            state.rax = random.next(1 << 31);
            Case {
                inst,
                state,
                target,
            }
        };
        if run(name, &mut random, case).is_none() {
            return;
        }
    }
}

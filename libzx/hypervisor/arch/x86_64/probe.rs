// SPDX-License-Identifier: MIT
//! What kind of host this is, found out once per process with a guest of
//! three instructions.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::alarm;
use crate::clock;
use crate::hypervisor::attention::Attention;
use crate::hypervisor::kvm::cpu::Exit;
use crate::hypervisor::kvm::vm::{Slot, Vm};
use crate::mem::{Mapping, MemFd};
use crate::status::Result;

/// How long a hypercall may take before it counts as stalled.
const PATIENCE_NS: i64 = 50_000_000;

static STALL: AtomicBool = AtomicBool::new(false);

/// Whether hypercalls never end on this host. Only meaningful after
/// [`run`].
pub fn hypercalls_stall() -> bool {
    STALL.load(Ordering::Relaxed)
}

/// Finds out, the first time. A host on which the probe cannot run counts as
/// an ordinary one.
pub fn run() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        if probe() == Ok(true) {
            STALL.store(true, Ordering::Relaxed);
        }
    });
}

/// MOV EAX, -1 (16-bit code); VMCALL; HLT. Some hosts refuse VMMCALL at once but
/// stall at VMCALL, which is what guests use.
const CODE: [u8; 10] = [0x66, 0xB8, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x01, 0xC1, 0xF4];
const CODE_AT: u64 = 0x1000;

fn probe() -> Result<bool> {
    let vm = Vm::new()?;
    let file = MemFd::new(0x2000)?;
    file.write(CODE_AT, CODE.as_ptr().addr(), CODE.len())?;
    let mapping = Mapping::new(&file, 0, 0x2000)?;
    let slot = Slot {
        number: 0,
        gpa: 0,
        mapping: &mapping,
        offset: 0,
        len: 0x2000,
        read_only: false,
    };
    vm.set_slot(&slot)?;
    let mut cpu = vm.create_cpu(0)?;
    crate::hypervisor::attention::prepare_thread();
    cpu.reset(CODE_AT, false)?;
    let attention = Arc::new(Attention::default());
    attention.bind(cpu.kick_target());
    let until = clock::monotonic_ns() + PATIENCE_NS;
    let key = alarm::set(until, Arc::clone(&attention) as Arc<dyn alarm::Alarm>)?;
    cpu.make_current();
    let mut stalled = false;
    while attention.enter() {
        let exit = cpu.run();
        attention.leave();
        cpu.clear_immediate_exit();
        if exit != Exit::Interrupted {
            break;
        }
        stalled = clock::monotonic_ns() >= until;
    }
    cpu.make_idle();
    alarm::cancel(key);
    Ok(stalled)
}

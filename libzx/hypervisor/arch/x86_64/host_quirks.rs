// SPDX-License-Identifier: MIT
//! What kind of host this is, found out once per process with a guest of
//! three instructions.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::hypervisor::kvm::vcpu::Exit;
use crate::hypervisor::kvm::vm::{Slot, Vm};
use crate::hypervisor::requests::VcpuRequests;
use crate::status::Result;
use crate::sys::clock;
use crate::sys::memory::{Mapping, MemFd};
use crate::sys::timer_queue;

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

/// MOV EAX, -1; VMCALL; HLT.
const CODE: [u8; 9] = [0xB8, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x01, 0xC1, 0xF4];
const CODE_AT: u64 = 0x4000;
const MEMORY: u64 = 0x5000;

/// A table of each level with one entry, which leads to the next; the last
/// entry is the page of the code.
fn memory() -> Result<MemFd> {
    let file = MemFd::new(MEMORY)?;
    let put = |at: u64, bytes: &[u8]| file.write_bytes(at, bytes);
    for table in [0u64, 0x1000, 0x2000] {
        put(table, &((table + 0x1000) | 0b111).to_le_bytes())?;
    }
    put(
        0x3000 + CODE_AT / 0x1000 * 8,
        &(CODE_AT | 0b111).to_le_bytes(),
    )?;
    put(CODE_AT, &CODE)?;
    Ok(file)
}

fn probe() -> Result<bool> {
    let vm = Vm::new()?;
    let mapping = Mapping::new(&memory()?, 0, MEMORY)?;
    let slot = Slot {
        number: 0,
        gpa: 0,
        mapping: &mapping,
        offset: 0,
        len: MEMORY,
        read_only: false,
    };
    vm.set_slot(&slot)?;
    let mut cpu = vm.create_cpu(0)?;
    crate::hypervisor::requests::prepare_thread()?;
    cpu.reset(CODE_AT, true)?;
    let requests = Arc::new(VcpuRequests::new(cpu.kick_target()));
    let until = clock::monotonic_ns() + PATIENCE_NS;
    let key = timer_queue::set(until, Arc::clone(&requests) as Arc<dyn timer_queue::Alarm>)?;
    let mut stalled = false;
    while requests.enter() {
        let exit = cpu.run();
        requests.leave();
        cpu.clear_immediate_exit();
        if exit != Exit::Interrupted {
            break;
        }
        stalled = clock::monotonic_ns() >= until;
    }
    timer_queue::cancel(key);
    Ok(stalled)
}

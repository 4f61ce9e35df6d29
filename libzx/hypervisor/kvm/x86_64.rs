// SPDX-License-Identifier: MIT
//! What a guest and its VCPUs look like to x86-64 code: capabilities, CPUID,
//! initial registers (hypervisor.md, sections 6, 7.4, 11.1, 11.2, 11.8).

use std::ops::{Deref, DerefMut};

use kvm_bindings::{
    CpuId, KVM_CAP_ENFORCE_PV_FEATURE_CPUID, KVM_CAP_X86_USER_SPACE_MSR,
    KVM_CPUID_FLAG_SIGNIFCANT_INDEX, KVM_VCPU_TSC_CTRL, KVM_VCPU_TSC_OFFSET,
    KVM_VCPUEVENT_VALID_NMI_PENDING, KVM_VCPUEVENT_VALID_SHADOW, Msrs, kvm_cpuid_entry2,
    kvm_debugregs, kvm_device_attr, kvm_enable_cap, kvm_msr_entry, kvm_regs, kvm_segment,
    kvm_sregs, kvm_vcpu_events, kvm_xcrs, kvm_xsave,
};
use kvm_ioctls::{Cap, MsrFilterDefaultAction, MsrFilterRange, MsrFilterRangeFlags, VcpuFd, VmFd};

mod state;

pub use state::Local;

use super::{status, unfit};
use crate::hypervisor::arch::{AMD_MSRS, KVM_MSRS, TSC_MSR};
use crate::status::{Result, Status};

/// Capabilities without which `zx_guest_create` is not supported.
pub const REQUIRED: &[Cap] = &[
    Cap::X86UserSpaceMsr,
    Cap::X86MsrFilter,
    Cap::UserNmi,
    Cap::Xcrs,
    Cap::GetTscKhz,
];

/// Accesses to MSRs that KVM does not know, or refuses, come to the library.
const MSR_REASONS: u64 = 0b111;

/// Sets a fresh VM up.
pub fn set_up_vm(vm: &VmFd) -> Result {
    let cap = kvm_enable_cap {
        cap: KVM_CAP_X86_USER_SPACE_MSR,
        args: [MSR_REASONS, 0, 0, 0],
        ..Default::default()
    };
    vm.enable_cap(&cap).map_err(unfit)?;
    filter_msrs(vm).map_err(unfit)
}

/// How many registers one bitmap of the filter covers.
const FILTER_BLOCK: u32 = 64;
/// Where the blocks with registers that KVM answers begin.
const FILTER_BLOCKS: [u32; 6] = [0, 0x140, 0x240, 0x4B56_4D00, 0xC000_0080, 0xC000_0100];

/// Has accesses come to the library unless KVM is to answer them.
fn filter_msrs(vm: &VmFd) -> std::result::Result<(), kvm_ioctls::Error> {
    let amds = if is_amd() { AMD_MSRS } else { &[] };
    let bitmaps = FILTER_BLOCKS.map(|base| {
        let in_block = |register: &u32| (base..base + FILTER_BLOCK).contains(register);
        let bit = |register: u32| 1u64 << (register - base);
        let kvms = (KVM_MSRS.iter().chain(amds)).flat_map(|&(first, last)| first..=last);
        let write = kvms.filter(in_block).fold(0, |bits, r| bits | bit(r));
        let tsc = if in_block(&TSC_MSR) { bit(TSC_MSR) } else { 0 };
        (base, (write | tsc).to_le_bytes(), write.to_le_bytes())
    });
    let range = |flags, base, bitmap| MsrFilterRange {
        flags,
        base,
        msr_count: FILTER_BLOCK,
        bitmap,
    };
    let ranges: Vec<_> = bitmaps
        .iter()
        .flat_map(|(base, read, write)| {
            [
                range(MsrFilterRangeFlags::READ, *base, &read[..]),
                range(MsrFilterRangeFlags::WRITE, *base, &write[..]),
            ]
        })
        .collect();
    vm.set_msr_filter(MsrFilterDefaultAction::DENY, &ranges)
}

/// Sets the guest's time stamp counter to the host's, so that no conversion
/// is needed; returns the difference that is left where KVM cannot.
pub fn align_tsc(cpu: &VcpuFd) -> Result<u64> {
    let zero = 0u64;
    let attr = kvm_device_attr {
        group: KVM_VCPU_TSC_CTRL,
        attr: KVM_VCPU_TSC_OFFSET.into(),
        addr: (&raw const zero).addr() as u64,
        flags: 0,
    };
    if set_device_attr(cpu, &attr).is_ok() {
        return Ok(0);
    }
    let entry = kvm_msr_entry {
        index: MSR_TSC,
        ..Default::default()
    };
    let mut msrs = Msrs::from_entries(&[entry]).map_err(|_| Status::NO_MEMORY)?;
    cpu.get_msrs(&mut msrs).map_err(status)?;
    let guest = msrs.as_slice().first().map_or(0, |msr| msr.data);
    Ok(guest.wrapping_sub(host_tsc()))
}

const MSR_TSC: u32 = 0x10;

/// Whether the host's processor is one of AMD's, or compatible.
pub fn is_amd() -> bool {
    let vendor = std::arch::x86_64::__cpuid(0);
    let name = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
    matches!(name.as_flattened(), b"AuthenticAMD" | b"HygonGenuine")
}

/// How many bits of guest-physical addresses KVM can map.
pub fn address_bits(supported: &CpuId) -> u32 {
    let leaf = supported
        .as_slice()
        .iter()
        .find(|leaf| leaf.function == 0x8000_0008);
    leaf.map_or(36, |leaf| leaf.eax & 0xFF)
}

/// The host's time stamp counter.
#[allow(unsafe_code)]
pub fn host_tsc() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and Linux leaves it
    // to user code.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// Gives a fresh VCPU its CPUID, which cannot change later.
pub fn set_up_cpu(cpu: &VcpuFd, supported: &CpuId, number: u64) -> Result {
    let apic_id = u32::try_from(number).map_err(|_| Status::NO_RESOURCES)?;
    let mut cpuid = supported.clone();
    for entry in cpuid.as_mut_slice() {
        adjust_cpuid(entry, apic_id);
    }
    cpu.set_cpuid2(&cpuid).map_err(unfit)?;
    let cap = kvm_enable_cap {
        cap: KVM_CAP_ENFORCE_PV_FEATURE_CPUID,
        args: [1, 0, 0, 0],
        ..Default::default()
    };
    // Without it the hidden features' MSRs merely stay usable.
    let _ = cpu.enable_cap(&cap);
    Ok(())
}

const fn bit(n: u32) -> u32 {
    1 << n
}

fn adjust_cpuid(leaf: &mut kvm_cpuid_entry2, apic_id: u32) {
    match (leaf.function, leaf.index) {
        (1, _) => {
            leaf.ebx = leaf.ebx & 0x00FF_FFFF | apic_id << 24;
            leaf.ecx &= !(bit(5) | bit(15) | bit(3) | bit(8));
            leaf.ecx |= bit(31) | bit(21) | bit(24);
            leaf.edx &= !(bit(29) | bit(22));
            leaf.edx |= bit(11);
        }
        (5, _) => (leaf.eax, leaf.ebx, leaf.ecx, leaf.edx) = (0, 0, 0, 0),
        (6, _) => {
            leaf.eax &= !(bit(0) | bit(6) | 0b1111 << 7 | bit(4) | bit(1) | bit(14));
            leaf.ecx &= !(bit(0) | bit(3));
        }
        (7, 0) => {
            // The 57-bit addresses; shadow stacks, whose MSRs there are not.
            leaf.ecx &= !(bit(16) | bit(7));
            leaf.ebx &= !bit(25);
            leaf.edx &= !(bit(20) | bit(26) | bit(27) | bit(28) | bit(29) | bit(30) | bit(31));
        }
        // Bits of SPEC_CTRL, which the guest does not have.
        (7, 2) => leaf.edx &= !0b1_1111,
        (0xA, _) => (leaf.eax, leaf.ebx, leaf.ecx, leaf.edx) = (0, 0x7F, 0, 0),
        (0xB | 0x1F, _) => {
            (leaf.eax, leaf.ebx, leaf.ecx, leaf.edx) = (0, 0, 0, apic_id);
            // One answer for every subleaf.
            leaf.flags &= !KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
        }
        (0xD, 1) => leaf.eax &= !bit(3),
        (0x4000_0000, _) => {
            (leaf.eax, leaf.ebx, leaf.ecx, leaf.edx) =
                (0x4000_0001, 0x4B4D_564B, 0x564B_4D56, 0x0000_004D);
        }
        (0x4000_0001, _) => {
            (leaf.eax, leaf.ebx, leaf.ecx, leaf.edx) = (0b1011, 0, 0, 0);
        }
        // What has MSRs that the guest does not have: SVM, the list of errata,
        // instruction sampling, SKINIT, the watchdog, lightweight profiling,
        // node numbers, counters.
        (0x8000_0001, _) => {
            let counters = bit(23) | bit(24) | bit(26) | bit(27) | bit(28);
            let others = bit(2) | bit(9) | bit(10) | bit(12) | bit(13) | bit(15) | bit(19);
            leaf.ecx &= !(counters | others);
        }
        // Errors of the machine; power management but for the constant counter.
        (0x8000_0007, _) => {
            (leaf.eax, leaf.ebx, leaf.ecx) = (0, 0, 0);
            leaf.edx &= bit(8);
        }
        // AMD's bits for what leaf 7 has for SPEC_CTRL and PRED_CMD.
        (0x8000_0008, _) => {
            let controls = bit(12) | 0b1_1111 << 14 | bit(24) | bit(25) | bit(28) | bit(30);
            leaf.ebx &= !(controls | bit(27));
        }
        (0x8000_001E, _) => leaf.eax = apic_id,
        // The prefetchers' MSR, and flushing by PRED_CMD.
        (0x8000_0021, _) => leaf.eax &= !(bit(13) | bit(27) | bit(28)),
        // SVM, instruction sampling, lightweight profiling, encrypted memory,
        // counters.
        (0x8000_000A | 0x8000_001B | 0x8000_001C | 0x8000_001F | 0x8000_0022, _) => {
            (leaf.eax, leaf.ebx, leaf.ecx, leaf.edx) = (0, 0, 0, 0);
        }
        _ => {}
    }
}

const CR0_PE: u64 = 1 << 0;
const CR0_ET: u64 = 1 << 4;
const CR0_CD: u64 = 1 << 30;
const CR0_PG: u64 = 1 << 31;
const CR4_PAE: u64 = 1 << 5;
const EFER_SCE: u64 = 1 << 0;
const EFER_LME: u64 = 1 << 8;
const EFER_LMA: u64 = 1 << 10;
const EFER_NXE: u64 = 1 << 11;
const APIC_BASE: u64 = 0xFEE0_0C00;
const APIC_BASE_BSP: u64 = 1 << 8;

/// Brings a new or reused VCPU into the state in which a guest finds it.
pub fn reset(cpu: &VcpuFd, entry: u64, boot: bool) -> Result {
    let mut sregs = cpu.get_sregs().map_err(status)?;
    set_special_registers(&mut sregs, entry, boot);
    cpu.set_sregs(&sregs).map_err(unfit)?;
    let rip = if boot { entry } else { 0 };
    let regs = kvm_regs {
        rip,
        rflags: 0x2,
        ..Default::default()
    };
    cpu.set_regs(&regs).map_err(status)?;
    reset_vectors(cpu)?;
    reset_msrs(cpu)?;
    let debug = kvm_debugregs {
        dr6: 0xFFFF_0FF0,
        dr7: 0x400,
        ..Default::default()
    };
    cpu.set_debug_regs(&debug).map_err(status)?;
    let nothing_pending = kvm_vcpu_events {
        flags: KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW,
        ..Default::default()
    };
    cpu.set_vcpu_events(&nothing_pending).map_err(status)
}

nix::ioctl_read!(
    /// `KVM_GET_XSAVE`. That of kvm-ioctls has the whole record on the stack.
    kvm_get_xsave,
    kvm_bindings::KVMIO,
    0xa4,
    kvm_xsave
);

/// The state of XSAVE, which is never on the stack: threads may have little of
/// that.
pub struct Xsave(Vec<kvm_xsave>);

#[allow(unsafe_code)]
impl Xsave {
    fn zeroed() -> Xsave {
        let mut record: Vec<kvm_xsave> = Vec::with_capacity(1);
        // SAFETY: there is room for one record.
        unsafe { record.as_mut_ptr().write_bytes(0, 1) };
        // SAFETY: the record is made of integers, and zeroed.
        unsafe { record.set_len(1) };
        Xsave(record)
    }

    /// That of a VCPU.
    pub fn of(cpu: &VcpuFd) -> Result<Xsave> {
        use std::os::fd::AsRawFd;
        let mut xsave = Xsave::zeroed();
        let record: *mut kvm_xsave = &raw mut *xsave;
        // SAFETY: the descriptor is a VCPU's, and KVM fills the record.
        unsafe { kvm_get_xsave(cpu.as_raw_fd(), record) }?;
        Ok(xsave)
    }

    /// Makes it that of a VCPU.
    pub fn set(&self, cpu: &VcpuFd) -> Result {
        // SAFETY: features beyond those that fit in the record are only there
        // for those who ask for them, which the library does not.
        unsafe { cpu.set_xsave(self) }.map_err(status)
    }
}

impl Deref for Xsave {
    type Target = kvm_xsave;

    fn deref(&self) -> &kvm_xsave {
        &self.0[0]
    }
}

impl DerefMut for Xsave {
    fn deref_mut(&mut self) -> &mut kvm_xsave {
        &mut self.0[0]
    }
}

/// x87, SSE and whatever else XSAVE knows, and the register that says what the
/// guest has enabled of it.
fn reset_vectors(cpu: &VcpuFd) -> Result {
    const MXCSR: usize = 24 / 4;
    const XSTATE_BV: usize = 512 / 4;
    let mut xsave = Xsave::zeroed();
    xsave.region[0] = 0x37F;
    xsave.region[MXCSR] = 0x1F80;
    // x87 and SSE are as above; all else is as after a reset.
    xsave.region[XSTATE_BV] = 0b11;
    xsave.set(cpu)?;
    let mut xcrs = kvm_xcrs {
        nr_xcrs: 1,
        ..Default::default()
    };
    xcrs.xcrs[0].value = 1;
    cpu.set_xcrs(&xcrs).map_err(status)
}

/// What the guest's own MSRs, and those of kvmclock, begin with. Those that
/// the special registers hold are not among them.
const FIRST_MSRS: [(u32, u64); 13] = [
    (0x174, 0), // SYSENTER
    (0x175, 0),
    (0x176, 0),
    (0x277, 0x0007_0406_0007_0406), // PAT
    (0xC000_0081, 0),               // STAR
    (0xC000_0082, 0),               // LSTAR
    (0xC000_0083, 0),               // CSTAR
    (0xC000_0084, 0),               // FMASK
    (0xC000_0102, 0),               // KERNEL_GS_BASE
    (0xC000_0103, 0),               // TSC_AUX
    (0x3B, 0),                      // TSC_ADJUST
    (0x12, 0),                      // kvmclock, old number
    (0x4B56_4D01, 0),               // kvmclock
];

fn reset_msrs(cpu: &VcpuFd) -> Result {
    let entries = FIRST_MSRS.map(|(index, data)| kvm_msr_entry {
        index,
        data,
        ..Default::default()
    });
    let mut left = &entries[..];
    while !left.is_empty() {
        let msrs = Msrs::from_entries(left).map_err(|_| Status::NO_MEMORY)?;
        let done = cpu.set_msrs(&msrs).map_err(status)?;
        // KVM stops at one that the processor does not have.
        left = left.get(done + 1..).unwrap_or_default();
    }
    Ok(())
}

fn segment(base: u64, selector: u16, type_: u8) -> kvm_segment {
    kvm_segment {
        base,
        limit: 0xFFFF,
        selector,
        type_,
        present: 1,
        ..Default::default()
    }
}

fn set_special_registers(sregs: &mut kvm_sregs, entry: u64, boot: bool) {
    let data = kvm_segment {
        s: 1,
        ..segment(0, 0, 3)
    };
    (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data);
    sregs.tr = segment(0, 0, 11);
    sregs.ldt = segment(0, 0, 2);
    (sregs.gdt.base, sregs.gdt.limit) = (0, 0xFFFF);
    (sregs.idt.base, sregs.idt.limit) = (0, 0xFFFF);
    (sregs.cr2, sregs.cr3, sregs.cr8) = (0, 0, 0);
    let efer = EFER_SCE | EFER_NXE;
    if boot {
        sregs.cs = kvm_segment {
            s: 1,
            l: 1,
            ..segment(0, 0, 11)
        };
        sregs.cr0 = CR0_PG | CR0_CD | CR0_ET | CR0_PE;
        sregs.cr4 = CR4_PAE;
        sregs.efer = efer | EFER_LME | EFER_LMA;
    } else {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the selector is its low 16 bits"
        )]
        let selector = (entry >> 4) as u16;
        sregs.cs = kvm_segment {
            s: 1,
            ..segment(entry, selector, 11)
        };
        sregs.cr0 = CR0_CD | CR0_ET;
        sregs.cr4 = 0;
        sregs.efer = efer;
    }
    sregs.apic_base = APIC_BASE | if boot { APIC_BASE_BSP } else { 0 };
    sregs.interrupt_bitmap = [0; 4];
}

/// `KVM_SET_DEVICE_ATTR`, which kvm-ioctls has for other processors only.
#[allow(unsafe_code)]
fn set_device_attr(cpu: &VcpuFd, attr: &kvm_device_attr) -> Result {
    use std::os::fd::AsRawFd;
    nix::ioctl_write_ptr!(
        kvm_set_device_attr,
        kvm_bindings::KVMIO,
        0xE1,
        kvm_device_attr
    );
    // SAFETY: the descriptor is a VCPU's, the record is what KVM reads, and
    // the address in it is that of a live value of the attribute's type.
    unsafe { kvm_set_device_attr(cpu.as_raw_fd(), attr) }
        .map(drop)
        .map_err(Status::from)
}

/// `KVM_INTERRUPT`, which kvm-ioctls does not have.
#[allow(unsafe_code)]
pub fn interrupt(cpu: &VcpuFd, interrupt: &kvm_bindings::kvm_interrupt) -> Result {
    use std::os::fd::AsRawFd;
    nix::ioctl_write_ptr!(
        kvm_interrupt,
        kvm_bindings::KVMIO,
        0x86,
        kvm_bindings::kvm_interrupt
    );
    // SAFETY: the descriptor is a VCPU's and the record is what KVM reads.
    unsafe { kvm_interrupt(cpu.as_raw_fd(), interrupt) }
        .map(drop)
        .map_err(Status::from)
}

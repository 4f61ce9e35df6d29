// SPDX-License-Identifier: MIT
//! One guest: the VM file descriptor, its memory slots and its VCPUs.
#![allow(unsafe_code)]

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use kvm_bindings::{CpuId, KVM_API_VERSION, KVM_MAX_CPUID_ENTRIES, kvm_userspace_memory_region};
use kvm_ioctls::{Cap, Kvm, VmFd};
use nix::errno::Errno;
use parking_lot::Mutex;

use super::vcpu::KvmVcpu;
use super::{status, unfit, x86_64};
use crate::reason::because;
use crate::status::{Result, Status};
use crate::sys::cancel::{self, Uncanceled};
use crate::sys::file::File;
use crate::sys::memory::Mapping;

nix::ioctl_write_int_bad!(
    /// `KVM_CREATE_VCPU`. That of kvm-ioctls loses the VCPU when its page
    /// cannot be mapped.
    kvm_create_vcpu,
    nix::request_code_none!(kvm_bindings::KVMIO, 0x41)
);

/// A guest in KVM.
pub struct Vm {
    fd: Uncanceled<VmFd>,
    /// The files of VCPUs that KVM has made and that could not be set up, by
    /// number: KVM gives each number once.
    unfinished: Mutex<Vec<(u64, File)>>,
    cpuid: CpuId,
    max_slots: usize,
    max_vcpus: usize,
}

/// A piece of guest-physical memory in host memory.
pub struct Slot<'a> {
    /// Which slot of KVM.
    pub number: u32,
    /// Where the guest sees it.
    pub gpa: u64,
    /// The host memory.
    pub mapping: &'a Mapping,
    /// Where in the host memory it begins.
    pub offset: u64,
    /// How long it is; 0 deletes the slot.
    pub len: u64,
    /// Whether guest stores leave the guest instead of taking effect.
    pub read_only: bool,
}

/// Why `/dev/kvm` could not be opened.
#[cold]
fn not_opened(error: kvm_ioctls::Error) -> Status {
    match Errno::from_raw(error.errno()) {
        Errno::ENOENT | Errno::ENODEV | Errno::ENXIO => because!(
            NOT_SUPPORTED,
            "there is no /dev/kvm: the processor cannot run guests, or the kvm module is not loaded"
        ),
        Errno::EACCES | Errno::EPERM => {
            let owner = std::fs::metadata("/dev/kvm")
                .map_or(0, |meta| std::os::linux::fs::MetadataExt::st_gid(&meta));
            because!(
                NOT_SUPPORTED,
                "no permission on /dev/kvm: become a member of the group {group}",
                owner
            )
        }
        _ => match unfit(error) {
            Status::NO_MEMORY => because!(
                NO_MEMORY,
                "/dev/kvm cannot be opened, errno {i}: no memory or file descriptor is left",
                error.errno()
            ),
            _ => because!(
                NOT_SUPPORTED,
                "/dev/kvm cannot be opened, errno {i}",
                error.errno()
            ),
        },
    }
}

impl Vm {
    /// Opens `/dev/kvm`, checks that it can do what the library needs and
    /// makes a guest. `NOT_SUPPORTED` when it is not there or cannot,
    /// `NO_MEMORY` when the process or the host lacks descriptors or memory.
    pub fn new() -> Result<Vm> {
        cancel::disabled(Vm::make)
    }

    fn make() -> Result<Vm> {
        let kvm = Kvm::new().map_err(not_opened)?;
        let version = kvm.get_api_version();
        if u32::try_from(version).unwrap_or(0) != KVM_API_VERSION {
            return Err(because!(
                NOT_SUPPORTED,
                "KVM speaks version {i} of its interface, not 12",
                version
            ));
        }
        let mut required = REQUIRED.iter().chain(x86_64::REQUIRED);
        if let Some(&lacking) = required.find(|&&cap| !kvm.check_extension(cap)) {
            return Err(because!(
                NOT_SUPPORTED,
                "KVM is too old: it lacks capability {}, see KVM_CAP_* in <linux/kvm.h>",
                lacking as u32
            ));
        }
        let cpuid = kvm
            .get_supported_cpuid(KVM_MAX_CPUID_ENTRIES)
            .map_err(unfit)?;
        let fd = loop {
            match kvm.create_vm() {
                // Creation registers a notifier, which a signal interrupts.
                Err(error) if error.errno() == Errno::EINTR as i32 => {}
                result => break Uncanceled::new(result.map_err(status)?),
            }
        };
        x86_64::set_up_vm(&fd)?;
        let (max_slots, max_vcpus) = (kvm.get_nr_memslots(), kvm.get_max_vcpus());
        Ok(Vm {
            fd,
            unfinished: Mutex::default(),
            cpuid,
            max_slots,
            max_vcpus,
        })
    }

    /// How many slots there can be.
    pub fn max_slots(&self) -> usize {
        self.max_slots
    }

    /// The first guest-physical address that the host's processor cannot
    /// translate. A guest that uses it takes a fault.
    pub fn address_limit(&self) -> u64 {
        1 << x86_64::address_bits(&self.cpuid).clamp(32, 52)
    }

    /// How many VCPUs there can be.
    pub fn max_vcpus(&self) -> usize {
        self.max_vcpus
    }

    /// Makes, or with a length of 0 deletes, a slot.
    ///
    /// The caller keeps the mapping alive until the slot is deleted or the VM
    /// is gone; `GuestMemory` does, whose pieces own their mappings.
    pub(in crate::hypervisor) fn set_slot(&self, slot: &Slot<'_>) -> Result {
        let end = slot
            .offset
            .checked_add(slot.len)
            .ok_or(Status::INVALID_ARGS)?;
        if end > slot.mapping.len() as u64 {
            return Err(Status::OUT_OF_RANGE);
        }
        let region = kvm_userspace_memory_region {
            slot: slot.number,
            flags: if slot.read_only {
                kvm_bindings::KVM_MEM_READONLY
            } else {
                0
            },
            guest_phys_addr: slot.gpa,
            memory_size: slot.len,
            userspace_addr: slot.mapping.addr() as u64 + slot.offset,
        };
        loop {
            // SAFETY: the range lies in a mapping of the library's own that
            // holds nothing but guest memory, and that outlives the slot as
            // documented.
            let set = unsafe { self.fd.set_user_memory_region(region) };
            return match set.map_err(|error| Errno::from_raw(error.errno())) {
                Ok(()) => Ok(()),
                Err(Errno::EINTR) => continue,
                Err(Errno::EINVAL | Errno::E2BIG | Errno::EEXIST) => Err(Status::NO_MEMORY),
                Err(errno) => Err(errno.into()),
            };
        }
    }

    /// Makes the VCPU with this number, from 0. After a failure it can be
    /// tried again.
    pub fn create_cpu(&self, number: u64) -> Result<KvmVcpu> {
        let file = self.cpu_file(number)?;
        self.set_up_cpu(&file, number)
            .inspect_err(|_| self.unfinished.lock().push((number, file)))
    }

    fn cpu_file(&self, number: u64) -> Result<File> {
        let mut unfinished = self.unfinished.lock();
        if let Some(place) = unfinished.iter().position(|(other, _)| *other == number) {
            return Ok(unfinished.swap_remove(place).1);
        }
        let number = i32::try_from(number).map_err(|_| Status::NO_RESOURCES)?;
        // SAFETY: the descriptor is a guest's.
        let fd = unsafe { kvm_create_vcpu(self.fd.as_raw_fd(), number) }?;
        // SAFETY: KVM has opened the descriptor for the caller.
        Ok(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    fn set_up_cpu(&self, file: &File, number: u64) -> Result<KvmVcpu> {
        let copy = file.duplicate()?.into_raw();
        // SAFETY: the descriptor is a VCPU's, and given away.
        let created = cancel::disabled(|| unsafe { self.fd.create_vcpu_from_rawfd(copy) });
        let fd = Uncanceled::new(created.map_err(status)?);
        x86_64::set_up_cpu(&fd, &self.cpuid, number)?;
        Ok(KvmVcpu::new(fd, self.fd.check_extension(Cap::SyncRegs)))
    }
}

/// What the library cannot do without, on any processor.
const REQUIRED: &[Cap] = &[
    Cap::UserMemory,
    Cap::ImmediateExit,
    Cap::VcpuEvents,
    Cap::ReadonlyMem,
    Cap::NrMemslots,
];

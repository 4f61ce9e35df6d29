// SPDX-License-Identifier: MIT
//! The KVM backend: file descriptors, slots, `KVM_RUN`, injection. Nothing
//! above this module sees a KVM type, number or errno.

pub mod kick;
pub mod vcpu;
pub mod vm;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use crate::status::Status;

/// Whether guests can be made.
pub fn is_available() -> bool {
    vm::Vm::new().is_ok()
}

/// Whether page tables of guests may have pages of 1 GiB.
pub fn has_1gib_pages() -> bool {
    const LEAF: u32 = 0x8000_0001;
    const PDPE1GB: u32 = 1 << 26;
    let count = kvm_bindings::KVM_MAX_CPUID_ENTRIES;
    let found = kvm_ioctls::Kvm::new().and_then(|kvm| kvm.get_supported_cpuid(count));
    found.is_ok_and(|cpuid| {
        let mut leaves = cpuid.as_slice().iter();
        leaves.any(|leaf| leaf.function == LEAF && leaf.edx & PDPE1GB != 0)
    })
}

/// What it means that KVM refused what every KVM that will do can do:
/// `NO_MEMORY` when it lacked something, else `NOT_SUPPORTED`.
fn unfit(error: kvm_ioctls::Error) -> Status {
    match status(error) {
        Status::NO_MEMORY => Status::NO_MEMORY,
        _ => Status::NOT_SUPPORTED,
    }
}

/// What an errno of KVM means where nothing more is known about it.
fn status(error: kvm_ioctls::Error) -> Status {
    nix::errno::Errno::from_raw(error.errno()).into()
}

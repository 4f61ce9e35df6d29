// SPDX-License-Identifier: MIT
//! The KVM backend: file descriptors, slots, `KVM_RUN`, injection. Nothing
//! above this module sees a KVM type, number or errno.

pub mod kick;
pub mod vcpu;
pub mod vm;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use crate::status::Status;

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

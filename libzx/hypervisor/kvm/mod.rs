// SPDX-License-Identifier: MIT
//! The KVM backend: file descriptors, slots, `KVM_RUN`, injection. Nothing
//! above this module sees a KVM type, number or errno.

pub mod kick;
pub mod vcpu;
pub mod vm;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use crate::status::Status;

/// What an errno of KVM means where nothing more is known about it.
fn status(error: kvm_ioctls::Error) -> Status {
    nix::errno::Errno::from_raw(error.errno()).into()
}

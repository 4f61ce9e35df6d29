// SPDX-License-Identifier: MIT
//! One VCPU of any processor: `KVM_RUN`, and what it stopped for.
#![allow(unsafe_code)]

use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use std::sync::atomic::AtomicU8;

use kvm_bindings::{
    KVM_EXIT_FAIL_ENTRY, KVM_EXIT_INTERNAL_ERROR, KVM_EXIT_INTR, KVM_EXIT_MMIO, KVM_EXIT_SHUTDOWN,
    KVM_INTERNAL_ERROR_EMULATION, kvm_run,
};
use kvm_ioctls::VcpuFd;
use nix::errno::Errno;

use super::kick::{self, KickTarget};
use super::x86_64::Local;
use crate::hypervisor::exit::{Exit, MemoryAccess};
use crate::sys::cancel::Uncanceled;

nix::ioctl_write_int_bad!(
    /// `KVM_RUN`, whose argument is 0. That of kvm-ioctls takes the exit apart
    /// as well, into a form that borrows the VCPU.
    kvm_run_vcpu,
    nix::request_code_none!(kvm_bindings::KVMIO, 0x80)
);

/// A VCPU of KVM.
pub struct KvmVcpu {
    pub(super) fd: Uncanceled<VcpuFd>,
    pub(super) run: NonNull<kvm_run>,
    /// Whether KVM finishes an instruction at the next entry.
    pub(super) half_done: bool,
    /// What only this processor has.
    pub(super) local: Local,
}

// SAFETY: `run` points to the page that `fd` keeps mapped; nothing in the
// type belongs to a thread, and the page is only used through `&mut self` but
// for the flag that the signal handler sets, which is atomic.
unsafe impl Send for KvmVcpu {}

impl KvmVcpu {
    pub(super) fn new(mut fd: Uncanceled<VcpuFd>, synced: bool) -> KvmVcpu {
        let run = NonNull::from(fd.get_kvm_run());
        KvmVcpu {
            local: Local::new(&fd, synced),
            fd,
            run,
            half_done: false,
        }
    }

    pub(super) fn shared(&self) -> &kvm_run {
        // SAFETY: the page is mapped as long as `fd` lives, and KVM writes it
        // only inside of `KVM_RUN`, which takes `&mut self`.
        unsafe { self.run.as_ref() }
    }

    pub(super) fn shared_mut(&mut self) -> &mut kvm_run {
        // SAFETY: as above.
        unsafe { self.run.as_mut() }
    }

    /// Binds the VCPU to the calling thread for signals.
    pub fn kick_target(&self) -> KickTarget {
        KickTarget::current_thread(self.run)
    }

    /// Runs the guest until it is left.
    pub fn run(&mut self) -> Exit {
        if self.before_run().is_err() {
            return Exit::Failed;
        }
        // SAFETY: the VCPU's own file, and the page that KVM writes is only
        // read after it is done.
        let outcome = unsafe { kvm_run_vcpu(self.fd.as_raw_fd(), 0) };
        self.half_done = false;
        if self.after_run().is_err() {
            return Exit::Failed;
        }
        match outcome {
            Ok(_) => {
                let exit = self.decode_exit();
                self.half_done = matches!(
                    exit,
                    Exit::Port(_) | Exit::Memory(_) | Exit::ReadMsr(_) | Exit::WriteMsr(..)
                );
                exit
            }
            Err(Errno::EINTR | Errno::EAGAIN) => Exit::Interrupted,
            Err(Errno::EFAULT) => Exit::NoHostMemory,
            Err(Errno::ENOMEM) => Exit::NoKernelMemory,
            Err(_) => Exit::Failed,
        }
    }

    /// What makes `KVM_RUN` return at once while it is not 0.
    pub fn exit_flag(&self) -> *const AtomicU8 {
        kick::exit_flag(self.run)
    }

    /// Forgets that a signal asked for an immediate exit.
    pub fn clear_immediate_exit(&mut self) {
        kick::set_immediate_exit(self.run, false);
    }

    /// Lets KVM finish what the last exit left half done, without running the
    /// guest: `Interrupted` when it is through, another part of the same
    /// instruction otherwise.
    pub fn drain(&mut self) -> Exit {
        kick::set_immediate_exit(self.run, true);
        let exit = self.run();
        kick::set_immediate_exit(self.run, false);
        exit
    }

    fn decode_exit(&self) -> Exit {
        let run = self.shared();
        match run.exit_reason {
            KVM_EXIT_MMIO => {
                // SAFETY: the exit reason names this member.
                let mmio = unsafe { run.__bindgen_anon_1.mmio };
                let len = u8::try_from(mmio.len).unwrap_or(8).clamp(1, 8);
                let stored = (mmio.is_write != 0).then_some(mmio.data);
                Exit::Memory(MemoryAccess {
                    gpa: mmio.phys_addr,
                    len,
                    stored,
                })
            }
            KVM_EXIT_INTR => Exit::Interrupted,
            KVM_EXIT_SHUTDOWN => Exit::Shutdown,
            KVM_EXIT_FAIL_ENTRY => Exit::BadEntry,
            KVM_EXIT_INTERNAL_ERROR => {
                // SAFETY: the exit reason names this member.
                let suberror = unsafe { run.__bindgen_anon_1.internal.suberror };
                if suberror == KVM_INTERNAL_ERROR_EMULATION {
                    Exit::Emulation
                } else {
                    Exit::Failed
                }
            }
            _ => self.decode_own_exit(),
        }
    }

    /// Sets what a load that has left the guest is going to read.
    pub fn set_loaded(&mut self, data: [u8; 8]) {
        self.shared_mut().__bindgen_anon_1.mmio.data = data;
    }

    /// Whether KVM finishes an instruction at the next entry.
    pub fn is_half_done(&self) -> bool {
        self.half_done
    }
}

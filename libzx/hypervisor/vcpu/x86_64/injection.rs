// SPDX-License-Identifier: MIT
//! Injection of pending vectors (hypervisor.md, sections 8 and 11.10).

use std::sync::Arc;

use super::completion::PendingIo;
use crate::hypervisor::arch::x86_64::interrupts::{
    FIRST_EXTERNAL, LAST_EXCEPTION, NMI, has_error_code,
};
use crate::hypervisor::vcpu::Vcpu;
use crate::reason::because;
use crate::status::Result;
use crate::sys::clock;

/// How soon a VCPU is looked at again when an exception has to wait for an
/// event that is under way: time enough to enter the guest.
const LOOK_AGAIN_NS: i64 = 100_000;

impl Vcpu {
    /// Whether something has become pending that ends a halt.
    pub(in crate::hypervisor::vcpu) fn is_woken(&mut self) -> bool {
        self.shared.pending.any() || self.kvm.nmi_waits()
    }

    /// Chooses and injects at most one pending vector. KVM would forget an
    /// event that it is given a second one on top of: what becomes pending
    /// between an injection and the entry waits for the window.
    pub(in crate::hypervisor::vcpu) fn inject(&mut self) -> Result {
        if !self.shared.pending.any() {
            self.kvm.request_window(false);
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        let pending = &shared.pending;
        let entered = !self.local.injected;
        if pending.has(NMI) {
            // A blocked one waits in KVM for the handler's end.
            pending.clear(NMI);
            if self.kvm.nmi()? {
                self.local.injected = true;
            }
        }
        let mut window = false;
        match pending.highest() {
            _ if self.local.injected => {}
            None => {}
            Some(vector) if vector >= FIRST_EXTERNAL => {
                if self.kvm.can_interrupt() {
                    pending.clear(vector);
                    self.kvm.interrupt(vector)?;
                    self.local.injected = true;
                } else {
                    window = true;
                }
            }
            Some(vector) if vector > LAST_EXCEPTION => {
                pending.clear(vector);
                return Err(because!(
                    NOT_SUPPORTED,
                    "vector {}, made pending by zx_vcpu_interrupt, is reserved",
                    vector
                ));
            }
            Some(vector) => {
                // Finishing an instruction drops an exception on some hosts.
                if self.kvm.is_half_done() && !self.kvm.may_raise() {
                    self.finish_by_kvm_unchanged();
                    self.local.pending_io = PendingIo::Nothing;
                }
                let first = !self.kvm.may_raise();
                self.local.injected =
                    first && self.kvm.exception(vector, has_error_code(vector))?;
                window = !self.local.injected;
            }
        }
        if self.local.injected {
            if entered {
                pending.discard_exceptions();
            }
            // What is left goes in when the handler permits.
            window = pending.highest().is_some();
        }
        if window && pending.highest().is_some_and(|v| v <= LAST_EXCEPTION) {
            // The guest may keep interrupts off, which is nothing to exceptions.
            self.look_by(clock::monotonic_ns() + LOOK_AGAIN_NS)?;
        }
        self.kvm.request_window(window);
        Ok(())
    }
}

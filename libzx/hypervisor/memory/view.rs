// SPDX-License-Identifier: MIT
//! Looks at guest memory, by the run loop of a VCPU and by what helps it:
//! what is at an address, and the bytes there.
#![allow(unsafe_code)]

use std::sync::Arc;

use parking_lot::RwLockReadGuard;

use super::layout::Access;
use super::{GUEST_END, State};
use crate::hypervisor::traps::Trap;
use crate::reason::because;
use crate::status::{Result, Status};
use crate::sys::user_copy;

/// What is at an address.
pub enum GpaLookup<'a> {
    /// A trap.
    Trap(&'a Trap),
    /// Memory that the guest may use like this.
    Memory(Access),
    /// A mapping with no memory behind it.
    Void,
    /// Nothing.
    Nothing,
}

/// Guest memory under its lock: nothing in it is mapped or unmapped meanwhile.
pub struct View<'a>(pub(super) RwLockReadGuard<'a, State>);

impl View<'_> {
    /// The trap of a port.
    pub fn port_trap(&self, port: u16) -> Option<&Trap> {
        self.0.ports.find(port.into()).map(Arc::as_ref)
    }

    /// What the guest finds at an address; a trap comes before a mapping.
    pub fn place(&self, gpa: u64) -> GpaLookup<'_> {
        if let Some(trap) = self.0.layout.traps.find(gpa) {
            return GpaLookup::Trap(trap);
        }
        match self.0.layout.ranges.at(gpa) {
            Some((_, range)) if range.view.is_none() => GpaLookup::Void,
            Some((_, range)) => GpaLookup::Memory(range.access),
            None => GpaLookup::Nothing,
        }
    }

    /// The status of an access that finds no memory and no trap.
    pub fn status(&self, gpa: u64) -> Status {
        if gpa >= GUEST_END {
            return because!(
                OUT_OF_RANGE,
                "guest-physical address {x} is beyond the guest's space, which ends at {x}",
                gpa,
                GUEST_END
            );
        }
        match self.0.layout.ranges.at(gpa) {
            None => because!(
                NOT_FOUND,
                "nothing is mapped or trapped at guest-physical address {x}",
                gpa
            ),
            // The permission is missing, or else the memory behind it.
            Some((_, range)) if range.view.is_none() || range.access.read && range.access.write => {
                because!(
                    OUT_OF_RANGE,
                    "guest-physical address {x} is mapped behind the end of its memory",
                    gpa
                )
            }
            Some(_) => because!(
                ACCESS_DENIED,
                "the mapping at guest-physical address {x} does not allow the access",
                gpa
            ),
        }
    }

    /// A number that changes when slots do.
    pub fn generation(&self) -> u64 {
        self.0.slots.generation()
    }

    /// Where bytes that a slot shows are in host memory: for [`host_bytes`]
    /// while the generation is the same.
    ///
    /// [`host_bytes`]: View::host_bytes
    pub fn host(&self, gpa: u64, len: usize) -> Option<usize> {
        self.0.slots.host(gpa, len).map(<*const u8>::addr)
    }

    /// As many bytes, at most 16, as are at an address of [`View::host`].
    #[inline]
    pub fn host_bytes(&self, host: usize, len: usize) -> Option<u128> {
        let mut bytes = [0; 16];
        // SAFETY: `bytes` has room; the address came from this view's slots, or
        // else the copy reports that nothing is there.
        unsafe { user_copy::copy(bytes.as_mut_ptr(), host as *const u8, len.min(16)) }.ok()?;
        Some(u128::from_le_bytes(bytes))
    }

    /// Reads memory. A trapped page counts as a hole: it has no bytes.
    pub fn read(&self, gpa: u64, into: &mut [u8]) -> Result {
        if let Some(host) = self.0.slots.host(gpa, into.len()) {
            // SAFETY: `into` has room for as many bytes as it is long; `host`
            // lies in a mapping of the library's own that is alive as long as
            // the lock is held; if its file was cut short, the copy reports it.
            return unsafe { user_copy::copy(into.as_mut_ptr(), host, into.len()) }
                .map_err(|_| Status::OUT_OF_RANGE);
        }
        self.for_each_part(gpa, into.len(), |host, at, len| {
            // SAFETY: `into` has room for `at + len` bytes.
            let to = unsafe { into.as_mut_ptr().add(at) };
            // SAFETY: as above.
            unsafe { user_copy::copy(to, host, len) }
        })
    }

    /// Writes memory, wherever it may be mapped.
    pub fn write(&self, gpa: u64, from: &[u8]) -> Result {
        self.for_each_part(gpa, from.len(), |host, at, len| {
            // SAFETY: `from` holds `at + len` bytes.
            let from = unsafe { from.as_ptr().add(at) };
            // SAFETY: as in `read`; guest memory is shared with the guest, and
            // the bytes are not otherwise accessed by Rust code.
            unsafe { user_copy::copy(host, from, len) }
        })
    }

    fn for_each_part(
        &self,
        gpa: u64,
        len: usize,
        mut f: impl FnMut(*mut u8, usize, usize) -> Result,
    ) -> Result {
        let mut done = 0;
        while done < len {
            let at = gpa.checked_add(done as u64).ok_or(Status::OUT_OF_RANGE)?;
            if self.0.layout.traps.find(at).is_some() {
                return Err(Status::NOT_FOUND);
            }
            let (start, range) = self.0.layout.ranges.at(at).ok_or_else(|| self.status(at))?;
            let view = range.view.as_ref().ok_or(Status::OUT_OF_RANGE)?;
            let in_page = 0x1000 - (at & 0xFFF);
            let part = (len - done).min(usize::try_from(in_page).unwrap_or(len));
            let offset = view.offset + (at - start);
            let end = offset
                .checked_add(part as u64)
                .ok_or(Status::OUT_OF_RANGE)?;
            if end > view.mapping.len() as u64 {
                return Err(Status::OUT_OF_RANGE);
            }
            #[allow(
                clippy::cast_possible_truncation,
                reason = "less than the mapping's length"
            )]
            let host = view.mapping.addr() + offset as usize;
            f(host as *mut u8, done, part).map_err(|_| Status::OUT_OF_RANGE)?;
            done += part;
        }
        Ok(())
    }
}

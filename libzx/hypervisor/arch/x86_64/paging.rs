// SPDX-License-Identifier: MIT
//! From linear to guest-physical addresses, through the guest's own tables
//! (Intel SDM volume 3, chapter 4). Permissions are not looked at: the
//! processor has already allowed what the library looks up.

use std::cell::{Cell, RefCell};

use super::decode_cache::ReadSet;
use super::regs::TranslationState;
use crate::hypervisor::memory::View;
use crate::status::{Result, Status};

const CR0_PG: u64 = 1 << 31;
const CR4_PSE: u64 = 1 << 4;
const CR4_PAE: u64 = 1 << 5;
const CR4_LA57: u64 = 1 << 12;
const EFER_LMA: u64 = 1 << 10;

const PRESENT: u64 = 1 << 0;
const LARGE: u64 = 1 << 7;
const ADDRESS: u64 = 0x000F_FFFF_FFFF_F000;
const PAGE: u64 = 0x1000;

/// Guest memory as the VCPU's code sees it.
pub struct LinearMemory<'a> {
    /// Guest-physical memory.
    pub view: &'a View<'a>,
    /// The paging mode.
    pub paging: &'a TranslationState,
    /// Pages translated lately: linear and guest-physical address. Good for
    /// one exit; the guest may change its tables after that.
    known: Cell<[(u64, u64); KNOWN_PAGES]>,
    /// Everything that was read.
    pub trail: RefCell<ReadSet>,
}

const KNOWN_PAGES: usize = 4;

impl<'a> LinearMemory<'a> {
    /// Memory as the VCPU's code sees it now.
    pub fn new(view: &'a View<'a>, paging: &'a TranslationState) -> LinearMemory<'a> {
        // No page is at this address, which is not page aligned.
        LinearMemory {
            view,
            paging,
            known: Cell::new([(u64::MAX, 0); KNOWN_PAGES]),
            trail: RefCell::default(),
        }
    }

    /// The guest-physical address of a linear one.
    pub fn translate(&self, linear: u64) -> Result<u64> {
        let page = linear & !(PAGE - 1);
        let mut known = self.known.get();
        if let Some((_, gpa)) = known.iter().find(|(known, _)| *known == page) {
            return Ok(gpa | linear & (PAGE - 1));
        }
        let gpa = self.look_up(page)?;
        known.rotate_right(1);
        known[0] = (page, gpa);
        self.known.set(known);
        Ok(gpa | linear & (PAGE - 1))
    }

    /// The first entry of the tables of 4096 bytes that is not present on the
    /// way to an address: where it is, and its value.
    pub fn first_absent(&self, linear: u64) -> Option<(u64, u64)> {
        let p = self.paging;
        if p.cr0 & CR0_PG == 0 || p.efer & EFER_LMA == 0 {
            return None;
        }
        let mut table = p.cr3 & ADDRESS;
        let mut shift = if p.cr4 & CR4_LA57 != 0 { 48 } else { 39 };
        loop {
            let at = table + ((linear >> shift) & 0x1FF) * 8;
            let mut bytes = [0; 8];
            self.view.read(at, &mut bytes).ok()?;
            let entry = u64::from_le_bytes(bytes);
            if present(entry).is_err() {
                return Some((at, entry));
            }
            if shift == 12 || entry & LARGE != 0 && shift <= 30 {
                return None;
            }
            (table, shift) = (entry & ADDRESS, shift - 9);
        }
    }

    fn look_up(&self, linear: u64) -> Result<u64> {
        let p = self.paging;
        if p.cr0 & CR0_PG == 0 {
            return Ok(linear & 0xFFFF_FFFF);
        }
        if p.efer & EFER_LMA != 0 {
            let top = if p.cr4 & CR4_LA57 != 0 { 48 } else { 39 };
            return self.walk(p.cr3 & ADDRESS, linear, top);
        }
        let linear = linear & 0xFFFF_FFFF;
        if p.cr4 & CR4_PAE != 0 {
            let entry = self.entry((p.cr3 & 0xFFFF_FFE0) + (linear >> 30) * 8)?;
            return self.walk(entry & ADDRESS, linear, 21);
        }
        self.walk_32(linear)
    }

    /// Walks tables of 512 entries, from the one whose entries cover
    /// `1 << shift` bytes each.
    fn walk(&self, table: u64, linear: u64, shift: u32) -> Result<u64> {
        let entry = self.entry(table + ((linear >> shift) & 0x1FF) * 8)?;
        let leaf = shift == 12 || (entry & LARGE != 0 && shift <= 30);
        if !leaf {
            return self.walk(entry & ADDRESS, linear, shift - 9);
        }
        let offset = (1 << shift) - 1;
        Ok((entry & ADDRESS & !offset) | (linear & offset))
    }

    fn walk_32(&self, linear: u64) -> Result<u64> {
        let directory = self.entry_32((self.paging.cr3 & 0xFFFF_F000) + (linear >> 22) * 4)?;
        if directory & LARGE != 0 && self.paging.cr4 & CR4_PSE != 0 {
            let high = (directory >> 13 & 0xFF) << 32;
            return Ok(high | directory & 0xFFC0_0000 | linear & 0x3F_FFFF);
        }
        let entry = self.entry_32((directory & 0xFFFF_F000) + (linear >> 12 & 0x3FF) * 4)?;
        Ok(entry & 0xFFFF_F000 | linear & 0xFFF)
    }

    fn entry(&self, gpa: u64) -> Result<u64> {
        let mut bytes = [0; 8];
        self.read(gpa, &mut bytes)?;
        present(u64::from_le_bytes(bytes))
    }

    fn entry_32(&self, gpa: u64) -> Result<u64> {
        let mut bytes = [0; 4];
        self.read(gpa, &mut bytes)?;
        present(u32::from_le_bytes(bytes).into())
    }

    fn read(&self, gpa: u64, into: &mut [u8]) -> Result {
        self.view.read(gpa, into)?;
        self.trail.borrow_mut().note(self.view, gpa, into);
        Ok(())
    }

    /// Reads all of the wanted bytes, of memory that is no code.
    pub fn read_linear(&self, linear: u64, into: &mut [u8]) -> Result {
        if self.fetch(linear, into)? == into.len() {
            Ok(())
        } else {
            Err(Status::NOT_FOUND)
        }
    }

    /// Reads as many of the wanted bytes as are there; their number, or the
    /// reason why there is not even one.
    pub fn fetch(&self, linear: u64, into: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < into.len() {
            let at = linear.wrapping_add(done as u64);
            let left = usize::try_from(PAGE - (at & (PAGE - 1))).unwrap_or(into.len());
            let part = left.min(into.len() - done);
            let read = self
                .translate(at)
                .and_then(|gpa| self.read(gpa, &mut into[done..done + part]));
            match read {
                Ok(()) => done += part,
                Err(status) if done == 0 => return Err(status),
                Err(_) => break,
            }
        }
        Ok(done)
    }
}

fn present(entry: u64) -> Result<u64> {
    if entry & PRESENT == 0 {
        Err(Status::NOT_FOUND)
    } else {
        Ok(entry)
    }
}

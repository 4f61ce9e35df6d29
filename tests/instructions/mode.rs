// SPDX-License-Identifier: MIT
//! The modes that guest code runs in: segments, page tables, and the code
//! that brings a VCPU there.
//!
//! Behind paging, pages are not where their addresses say: the two trapped
//! ones have changed places, and so have the first two of the code.

use iced_x86::Register;

/// Guest-physical: two trapped pages, and memory.
pub const TRAP: u64 = 0x9_0000;
pub const CODE: u64 = 0x1_0000;
pub const DATA: u64 = 0x9_3000;
pub const STACK: u64 = 0x9_5800;

/// Where both kinds of VCPU start.
pub const ENTRY: u64 = 0xB000;
const GDT: u64 = 0x9000;
const GDTR: u64 = 0xA000;
/// What `CODE` and the pages behind it are moved by.
const MOVED: u64 = 0x60_0000;
/// CR4: vector instructions work.
const OSFXSR: u32 = 1 << 9;
const HIGH: u64 = 0xFFFF_FFFF_8000_0000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Real16,
    Protected16,
    Protected32,
    /// Two levels of tables.
    Paged32,
    Pae32,
    Compat16,
    Compat32,
    Long64,
    /// Long mode where kernels live.
    High64,
}

use Mode::*;

impl Mode {
    /// Bits of the code segment.
    pub fn bits(self) -> u32 {
        match self {
            Real16 | Protected16 | Compat16 => 16,
            Protected32 | Paged32 | Pae32 | Compat32 => 32,
            Long64 | High64 => 64,
        }
    }

    /// Whether it is reached from real mode, by a secondary VCPU.
    pub fn is_secondary(self) -> bool {
        matches!(self, Real16 | Protected16 | Protected32 | Paged32 | Pae32)
    }

    /// Whether it has paging without long mode.
    pub fn has_old_paging(self) -> bool {
        matches!(self, Paged32 | Pae32)
    }

    fn is_paged(self) -> bool {
        !matches!(self, Real16 | Protected16 | Protected32)
    }

    /// The linear address of guest-physical memory, but for pages that have
    /// changed places.
    pub fn linear(self, gpa: u64) -> u64 {
        match self {
            High64 => HIGH + MOVED + gpa,
            _ if self.is_paged() => MOVED + gpa,
            _ => gpa,
        }
    }

    /// The guest-physical address of a linear one.
    pub fn gpa(self, linear: u64) -> u64 {
        let gpa = linear.wrapping_sub(self.linear(0));
        let swapped = [TRAP, CODE]
            .iter()
            .any(|at| (*at..at + 0x2000).contains(&gpa));
        if self.is_paged() && swapped {
            gpa ^ 0x1000
        } else {
            gpa
        }
    }

    /// The base of a segment.
    pub fn base(self, segment: Register) -> u64 {
        let below = match segment {
            Register::ES => 1,
            Register::DS => 2,
            Register::FS => 3,
            Register::GS => 4,
            Register::SS => 5,
            _ => 0,
        };
        match (segment, self.bits()) {
            (Register::FS | Register::GS, 64) => self.linear(TRAP) - below * 0x2000,
            (_, 64) => 0,
            (Register::CS, _) => self.linear(CODE),
            _ => self.linear(TRAP) - below * 0x2000,
        }
    }

    /// The instruction pointer of code at this distance from `CODE`.
    pub fn rip(self, offset: u64) -> u64 {
        self.linear(CODE) + offset - self.base(Register::CS)
    }

    /// What has to be in guest memory for the code `offset` behind `CODE` to
    /// run in this mode: addresses and bytes.
    pub fn memory(self, offset: u64) -> Vec<(u64, Vec<u8>)> {
        let mut memory = tables();
        memory.extend(self.descriptors());
        memory.push((ENTRY, self.entry_code()));
        if self.bits() != 64 {
            let mut code = self.segments_code();
            code.push(0xE9);
            let width = if self.bits() == 16 { 2 } else { 4 };
            let distance = offset - code.len() as u64 - width;
            code.extend_from_slice(&distance.to_le_bytes()[..width as usize]);
            memory.push((self.gpa(self.linear(CODE)), code));
        } else {
            let mut code = vec![0xE9];
            code.extend_from_slice(&(offset - 5).to_le_bytes()[..4]);
            memory.push((self.gpa(self.linear(CODE)), code));
        }
        memory
    }

    /// Where the VCPU begins.
    pub fn entry(self) -> u64 {
        if self == Real16 { CODE } else { ENTRY }
    }

    fn descriptors(self) -> Vec<(u64, Vec<u8>)> {
        let big = self.bits() == 32;
        let descriptor = |segment: Register| {
            let kind: u64 = if segment == Register::CS { 0x9B } else { 0x93 };
            let (base, size) = (self.base(segment), if big { 0xC } else { 0x8 });
            0xFFFF
                | (base & 0xFF_FFFF) << 16
                | kind << 40
                | 0xF << 48
                | size << 52
                | (base >> 24 & 0xFF) << 56
        };
        let all = [
            Register::CS,
            Register::ES,
            Register::SS,
            Register::DS,
            Register::FS,
            Register::GS,
        ];
        let mut gdt = vec![0; 8];
        for segment in all {
            gdt.extend_from_slice(&descriptor(segment).to_le_bytes());
        }
        let mut gdtr = vec![0xFF, 0x00];
        gdtr.extend_from_slice(&GDT.to_le_bytes());
        vec![(GDT, gdt), (GDTR, gdtr)]
    }

    /// Loads ES, SS, DS, FS and GS.
    fn segments_code(self) -> Vec<u8> {
        let all = [
            (Register::ES, 0xC0, 0x10u64),
            (Register::SS, 0xD0, 0x18),
            (Register::DS, 0xD8, 0x20),
            (Register::FS, 0xE0, 0x28),
            (Register::GS, 0xE8, 0x30),
        ];
        let mut code = Vec::new();
        if self == Real16 {
            code.extend_from_slice(&[0x66, 0xB8, 0, (OSFXSR >> 8) as u8, 0, 0, 0x0F, 0x22, 0xE0]);
        }
        for (segment, modrm, selector) in all {
            let value = if self == Real16 {
                self.base(segment) >> 4
            } else {
                selector
            };
            if self.bits() == 32 {
                code.push(0x66);
            }
            code.push(0xB8);
            code.extend_from_slice(&value.to_le_bytes()[..2]);
            code.extend_from_slice(&[0x8E, modrm]);
        }
        code
    }

    fn entry_code(self) -> Vec<u8> {
        if self.is_secondary() {
            self.leave_real_mode()
        } else {
            self.leave_long_mode()
        }
    }

    fn leave_real_mode(self) -> Vec<u8> {
        let mut code = vec![0x0F, 0x01, 0x16];
        code.extend_from_slice(&GDTR.to_le_bytes()[..2]);
        let cr0 = 0x11u32;
        let control = |code: &mut Vec<u8>, value: u32, modrm| {
            code.extend_from_slice(&[0x66, 0xB8]);
            code.extend_from_slice(&value.to_le_bytes());
            code.extend_from_slice(&[0x0F, 0x22, modrm]);
        };
        let (cr4, cr3) = match self {
            Paged32 => (0x10, 0x4000),
            Pae32 => (0x20, 0x6000),
            _ => (0, 0),
        };
        control(&mut code, OSFXSR | cr4, 0xE0);
        if cr3 != 0 {
            control(&mut code, cr3, 0xD8);
        }
        control(&mut code, cr0, 0xC0);
        if cr3 != 0 {
            control(&mut code, cr0 | 1 << 31, 0xC0);
        }
        code.extend_from_slice(&[0x66, 0xEA, 0, 0, 0, 0, 8, 0]);
        code
    }

    fn leave_long_mode(self) -> Vec<u8> {
        // CR4: PAE stays.
        let mut code = vec![0xB8, 0x20, (OSFXSR >> 8) as u8, 0, 0, 0x0F, 0x22, 0xE0];
        if self.bits() != 64 {
            code.extend_from_slice(&[0x0F, 0x01, 0x14, 0x25]);
            code.extend_from_slice(&GDTR.to_le_bytes()[..4]);
            // A far return to the code segment, at its beginning.
            code.push(0xBC);
            code.extend_from_slice(&STACK.to_le_bytes()[..4]);
            code.extend_from_slice(&[0x6A, 8, 0x6A, 0, 0x48, 0xCB]);
            return code;
        }
        for (msr, segment) in [(0u8, Register::FS), (1, Register::GS)] {
            let base = self.base(segment).to_le_bytes();
            code.extend_from_slice(&[0xB9, msr, 0x01, 0, 0xC0, 0xB8]);
            code.extend_from_slice(&base[..4]);
            code.push(0xBA);
            code.extend_from_slice(&base[4..]);
            code.extend_from_slice(&[0x0F, 0x30]);
        }
        code.extend_from_slice(&[0x48, 0xB8]);
        code.extend_from_slice(&self.linear(CODE).to_le_bytes());
        code.extend_from_slice(&[0xFF, 0xE0]);
        code
    }
}

/// Tables for all modes. Identity below 2 MiB, and that once more, but for
/// the pages that change places, at `MOVED`.
fn tables() -> Vec<(u64, Vec<u8>)> {
    let place = |page: u64| {
        let swapped = [TRAP, CODE]
            .iter()
            .any(|at| (*at >> 12..(*at >> 12) + 2).contains(&page));
        (if swapped { page ^ 1 } else { page }) << 12 | 7
    };
    let wide: Vec<u8> = (0..512)
        .flat_map(|page| place(page).to_le_bytes())
        .collect();
    let narrow: Vec<u8> = (0..512)
        .flat_map(|page| u32::try_from(place(page)).unwrap().to_le_bytes())
        .collect();
    let long = |entry: u64| entry.to_le_bytes().to_vec();
    let short = |entry: u32| entry.to_le_bytes().to_vec();
    vec![
        // Long mode; the last gibibytes are the first once more.
        (0, long(0x1007)),
        (511 * 8, long(0x1007)),
        (0x1000, long(0x2007)),
        (0x1000 + 510 * 8, long(0x2007)),
        (0x2000, long(0x87)),
        (0x2000 + 3 * 8, long(0x3007)),
        (0x3000, wide.clone()),
        // Two levels: a large page, and a table whose upper half is used.
        (0x4000, short(0x87)),
        (0x4004, short(0x5007)),
        (0x5000 + 512 * 4, narrow),
        // PAE.
        (0x6000, long(0x7001)),
        (0x7000, long(0x87)),
        (0x7000 + 3 * 8, long(0x8007)),
        (0x8000, wide),
    ]
}

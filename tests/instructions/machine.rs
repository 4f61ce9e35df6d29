// SPDX-License-Identifier: MIT
//! A guest with one VCPU to run instructions on.

use zx::calls::{guest, handle, process, vcpu, vmar, vmo};
use zx::uapi::hypervisor::{ZX_GUEST_TRAP_IO, ZX_GUEST_TRAP_MEM, ZX_VCPU_STATE, zx_vcpu_state_t};
use zx::uapi::port::zx_port_packet_t;

use super::mode::{self, Mode};

const MEMORY: usize = 2 << 20;
const RWX: u32 = 0b111;
const SPECIFIC: u32 = 1 << 4;
pub const OK: i32 = 0;
pub const NOT_SUPPORTED: i32 = -2;
pub const INTERNAL: i32 = -1;
pub const NOT_FOUND: i32 = -25;
pub const ACCESS_DENIED: i32 = -30;

/// What the pages at `TRAP` are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Trapped.
    Trap,
    /// Memory like all other.
    Memory,
    /// Memory that cannot be written, while it is closed.
    ReadOnly,
    /// Nothing, while it is closed.
    Hole,
}

pub struct Machine {
    handles: Vec<u32>,
    vcpu: u32,
    vmar: u32,
    vmo: u32,
    host: usize,
}

impl Machine {
    /// A VCPU that is about to run code `offset` behind the code's beginning;
    /// `None` without KVM.
    pub fn new(mode: Mode, offset: u64, code: &[u8]) -> Option<Machine> {
        Machine::with(mode, offset, code, Target::Trap)
    }

    /// A port with a trap.
    pub const PORT: u8 = 0x80;

    /// The same with something else than a trap at `TRAP`.
    pub fn with(mode: Mode, offset: u64, code: &[u8], target: Target) -> Option<Machine> {
        let (mut resource, mut vmo, mut guest, mut vmar) = (0, 0, 0, 0);
        let mut host = 0;
        assert_eq!(process::libzx_get_hypervisor_resource(&mut resource), OK);
        let status = guest::zx_guest_create(resource, 0, &mut guest, &mut vmar);
        if status == NOT_SUPPORTED {
            return None;
        }
        assert_eq!(status, OK);
        assert_eq!(vmo::zx_vmo_create(MEMORY as u64, 0, &mut vmo), OK);
        let root = process::zx_vmar_root_self();
        assert_eq!(
            vmar::zx_vmar_map(root, 0b11, 0, vmo, 0, MEMORY, &mut host),
            OK
        );
        assert_eq!(vmo::zx_vmo_replace_as_executable(vmo, 0, &mut vmo), OK);
        let mut gpa = 0;
        let options = RWX | SPECIFIC;
        assert_eq!(
            vmar::zx_vmar_map(vmar, options, 0, vmo, 0, MEMORY, &mut gpa),
            OK
        );
        let trap = mode::TRAP as usize;
        if target == Target::Trap {
            let status = guest::zx_guest_set_trap(guest, ZX_GUEST_TRAP_MEM, trap, 0x2000, 0, 7);
            assert_eq!(status, OK);
        }
        let port = Machine::PORT.into();
        let status = guest::zx_guest_set_trap(guest, ZX_GUEST_TRAP_IO, port, 1, 0, 8);
        assert_eq!(status, OK);
        let mut machine = Machine {
            handles: vec![resource, vmo, guest, vmar],
            vcpu: 0,
            vmar,
            vmo,
            host,
        };
        for (gpa, bytes) in mode.memory(offset) {
            machine.poke(gpa, &bytes);
        }
        let start = mode.linear(mode::CODE) + offset;
        for (linear, byte) in (start..).zip(code) {
            machine.poke(mode.gpa(linear), &[*byte]);
        }
        if mode.is_secondary() {
            // A thread makes one VCPU only, and the first boots in long mode.
            let first = std::thread::spawn(move || create(guest, 0)).join();
            machine.handles.push(first.unwrap());
        }
        machine.vcpu = create(guest, mode.entry());
        Some(machine)
    }

    pub fn poke(&self, gpa: u64, bytes: &[u8]) {
        let to = (self.host + gpa as usize) as *mut u8;
        // SAFETY: the guest's memory is mapped there, and no VCPU runs.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    }

    pub fn peek(&self, gpa: u64) -> [u8; 64] {
        // SAFETY: as above.
        unsafe { std::ptr::read((self.host + gpa as usize) as *const [u8; 64]) }
    }

    pub fn bytes(&self, gpa: u64, len: usize) -> Vec<u8> {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts((self.host + gpa as usize) as *const u8, len) }.to_vec()
    }

    /// Takes the pages at `TRAP`, or the permission to write them, from the guest.
    pub fn close(&self, target: Target) {
        let at = mode::TRAP as usize;
        let status = match target {
            Target::ReadOnly => vmar::zx_vmar_protect(self.vmar, 0b001, at, 0x2000),
            Target::Hole => vmar::zx_vmar_unmap(self.vmar, at, 0x2000),
            _ => OK,
        };
        assert_eq!(status, OK);
    }

    /// Gives them back.
    pub fn open(&self, target: Target) {
        let at = mode::TRAP as usize;
        let mut gpa = 0;
        let status = match target {
            Target::ReadOnly => vmar::zx_vmar_protect(self.vmar, RWX, at, 0x2000),
            Target::Hole => vmar::zx_vmar_map(
                self.vmar,
                RWX | SPECIFIC,
                at,
                self.vmo,
                at as u64,
                0x2000,
                &mut gpa,
            ),
            _ => OK,
        };
        assert_eq!(status, OK);
    }

    pub fn state(&self) -> zx_vcpu_state_t {
        let mut state = zx_vcpu_state_t::default();
        let size = size_of_val(&state);
        let status =
            vcpu::zx_vcpu_read_state(self.vcpu, ZX_VCPU_STATE, (&raw mut state).cast(), size);
        assert_eq!(status, OK);
        state
    }

    pub fn set_state(&self, state: &zx_vcpu_state_t) {
        let size = size_of_val(state);
        let status =
            vcpu::zx_vcpu_write_state(self.vcpu, ZX_VCPU_STATE, (&raw const *state).cast(), size);
        assert_eq!(status, OK);
    }

    pub fn resume(&self) -> Result<zx_port_packet_t, i32> {
        let mut packet = zx_port_packet_t::default();
        match vcpu::zx_vcpu_resume(self.vcpu, &mut packet) {
            OK => Ok(packet),
            status => Err(status),
        }
    }
}

fn create(guest: u32, entry: u64) -> u32 {
    let mut vcpu = 0;
    let status = vcpu::zx_vcpu_create(guest, 0, entry as usize, &mut vcpu);
    assert_eq!(status, OK);
    vcpu
}

impl Drop for Machine {
    fn drop(&mut self) {
        handle::zx_handle_close(self.vcpu);
        for &handle in &self.handles {
            handle::zx_handle_close(handle);
        }
        vmar::zx_vmar_unmap(process::zx_vmar_root_self(), self.host, MEMORY);
    }
}

// SPDX-License-Identifier: MIT
//! Packets: `zircon/syscalls/port.h`.

// `libzx_later_abi` is never set for the library: it is `LIBZX_LATER_ABI` in the header, with which
// `zx_vcpu_enter` gives packets in the later layout.
#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::c_bool;
use super::time::zx_time_t;
#[cfg(libzx_later_abi)]
use super::types::zx_vaddr_t;
use super::types::{zx_gpaddr_t, zx_signals_t, zx_status_t};

/// A packet type, one of `ZX_PKT_TYPE_*`.
pub type zx_packet_type_t = u32;

// Packet types.
pub const ZX_PKT_TYPE_MASK: u32 = 0xff;
pub const ZX_PKT_TYPE_USER: u8 = 0;
pub const ZX_PKT_TYPE_SIGNAL_ONE: u8 = 1;
pub const ZX_PKT_TYPE_GUEST_BELL: u8 = 3;
pub const ZX_PKT_TYPE_GUEST_MEM: u8 = 4;
pub const ZX_PKT_TYPE_GUEST_IO: u8 = 5;
pub const ZX_PKT_TYPE_GUEST_VCPU: u8 = 6;
pub const ZX_PKT_TYPE_INTERRUPT: u8 = 7;
pub const ZX_PKT_TYPE_PAGE_REQUEST: u8 = 9;

// Options of `zx_object_wait_async`.
pub const ZX_WAIT_ASYNC_ONCE: u32 = 0;
pub const ZX_WAIT_ASYNC_TIMESTAMP: u32 = 1;
pub const ZX_WAIT_ASYNC_EDGE: u32 = 2;

// Kinds of virtual CPU packets.
pub const ZX_PKT_GUEST_VCPU_INTERRUPT: u8 = 0;
pub const ZX_PKT_GUEST_VCPU_STARTUP: u8 = 1;
pub const ZX_PKT_GUEST_VCPU_EXIT: u32 = 2;

// Commands of page requests.
pub const ZX_PAGER_VMO_READ: u16 = 0;
pub const ZX_PAGER_VMO_COMPLETE: u16 = 1;
pub const ZX_PAGER_VMO_DIRTY: u16 = 2;

// Options of `zx_port_create`.
pub const ZX_PORT_BIND_TO_INTERRUPT: u32 = 1;

// Longest x86 instruction, in bytes.
#[cfg(target_arch = "x86_64")]
pub const X86_MAX_INST_LEN: u32 = 15;

/// Payload of `ZX_PKT_TYPE_GUEST_BELL`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_guest_bell_t {
    /// Guest-physical address written to.
    pub addr: zx_gpaddr_t,
    /// Zero.
    pub reserved0: u64,
    /// Zero.
    pub reserved1: u64,
    /// Zero.
    pub reserved2: u64,
}
record!(zx_packet_guest_bell_t, 32, 8, { addr: 0, reserved0: 8, reserved1: 16, reserved2: 24 });

/// The anonymous union of [`zx_packet_guest_io_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_packet_guest_io__access {
    pub u8: u8,
    pub u16: u16,
    pub u32: u32,
    pub data: [u8; 4],
}
record!(zx_packet_guest_io__access, 4, 4, { u8: 0, u16: 0, u32: 0, data: 0 });

/// Payload of `ZX_PKT_TYPE_GUEST_IO`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_packet_guest_io_t {
    /// I/O port.
    pub port: u16,
    /// Size of the access in bytes: 1, 2 or 4.
    pub access_size: u8,
    /// 1 for a read of the port, 0 for a write.
    pub input: c_bool,
    /// Members C reaches without this name.
    pub anon: zx_packet_guest_io__access,
    /// Zero.
    pub reserved0: u64,
    /// Zero.
    pub reserved1: u64,
    /// Zero.
    pub reserved2: u64,
}
record!(zx_packet_guest_io_t, 32, 8, {
    port: 0, access_size: 2, input: 3, anon: 4, reserved0: 8, reserved1: 16, reserved2: 24
});

/// Payload of `ZX_PKT_TYPE_GUEST_MEM`.
#[cfg(all(target_arch = "x86_64", not(libzx_later_abi)))]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_guest_mem_t {
    /// Guest-physical address accessed.
    pub addr: zx_gpaddr_t,
    /// Bytes valid in `inst_buf`.
    pub inst_len: u8,
    /// The instruction that was trapped.
    pub inst_buf: [u8; 15],
    /// Operand size of the code segment, in bytes.
    pub default_operand_size: u8,
    /// Zero.
    pub reserved: [u8; 7],
}
#[cfg(all(target_arch = "x86_64", not(libzx_later_abi)))]
record!(zx_packet_guest_mem_t, 32, 8, {
    addr: 0, inst_len: 8, inst_buf: 9, default_operand_size: 24, reserved: 25
});

/// Payload of `ZX_PKT_TYPE_GUEST_MEM` in the later generation.
#[cfg(all(target_arch = "x86_64", libzx_later_abi))]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_guest_mem_t {
    /// Guest-physical address accessed.
    pub addr: zx_gpaddr_t,
    /// Root of the page tables.
    pub cr3: zx_gpaddr_t,
    /// Linear address of the instruction that was trapped.
    pub rip: zx_vaddr_t,
    /// Its length in bytes.
    pub instruction_size: u8,
    /// Operand size of the code segment, in bytes.
    pub default_operand_size: u8,
    /// Zero.
    pub reserved: [u8; 6],
}
#[cfg(all(target_arch = "x86_64", libzx_later_abi))]
record!(zx_packet_guest_mem_t, 32, 8, {
    addr: 0, cr3: 8, rip: 16, instruction_size: 24, default_operand_size: 25, reserved: 26
});

/// Payload of `ZX_PKT_TYPE_GUEST_MEM`.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_guest_mem_t {
    /// Guest-physical address accessed.
    pub addr: zx_gpaddr_t,
    /// Size of the access in bytes: 1, 2 or 4.
    pub access_size: u8,
    pub sign_extend: c_bool,
    pub xt: u8,
    pub read: c_bool,
    /// Zero.
    pub padding1: [u8; 4],
    pub data: u64,
    /// Zero.
    pub reserved: u64,
}
#[cfg(target_arch = "aarch64")]
record!(zx_packet_guest_mem_t, 32, 8, {
    addr: 0, access_size: 8, sign_extend: 9, xt: 10, read: 11, padding1: 12, data: 16,
    reserved: 24
});

/// Inner record `interrupt` of [`zx_packet_guest_vcpu_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_guest_vcpu__interrupt {
    /// Virtual CPUs the interrupt goes to.
    pub mask: u64,
    /// Interrupt vector.
    pub vector: u8,
    /// Zero.
    pub padding1: [u8; 7],
}
record!(zx_packet_guest_vcpu__interrupt, 16, 8, { mask: 0, vector: 8, padding1: 9 });

/// Inner record `startup` of [`zx_packet_guest_vcpu_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_guest_vcpu__startup {
    /// Virtual CPU to start.
    pub id: u64,
    /// Guest-physical address to start at.
    pub entry: zx_gpaddr_t,
}
record!(zx_packet_guest_vcpu__startup, 16, 8, { id: 0, entry: 8 });

/// Inner record `exit` of [`zx_packet_guest_vcpu_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_guest_vcpu__exit {
    /// What the guest ended with.
    pub retcode: i64,
    /// Zero.
    pub reserved: u64,
}
record!(zx_packet_guest_vcpu__exit, 16, 8, { retcode: 0, reserved: 8 });

/// The anonymous union of [`zx_packet_guest_vcpu_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_packet_guest_vcpu__event {
    pub interrupt: zx_packet_guest_vcpu__interrupt,
    pub startup: zx_packet_guest_vcpu__startup,
    /// Of `ZX_PKT_GUEST_VCPU_EXIT`, which only later Zircon sends.
    pub exit: zx_packet_guest_vcpu__exit,
}
record!(zx_packet_guest_vcpu__event, 16, 8, { interrupt: 0, startup: 0, exit: 0 });

/// Payload of `ZX_PKT_TYPE_GUEST_VCPU` in the later generation.
#[cfg(libzx_later_abi)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_packet_guest_vcpu_t {
    /// One of `ZX_PKT_GUEST_VCPU_*`, which picks the member.
    pub r#type: u32,
    /// Zero.
    pub padding1: [u8; 4],
    /// Members C reaches without this name.
    pub anon: zx_packet_guest_vcpu__event,
    /// Zero.
    pub reserved: u64,
}
#[cfg(libzx_later_abi)]
record!(zx_packet_guest_vcpu_t, 32, 8, { r#type: 0, padding1: 4, anon: 8, reserved: 24 });

/// Payload of `ZX_PKT_TYPE_GUEST_VCPU`.
#[cfg(not(libzx_later_abi))]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_packet_guest_vcpu_t {
    /// Members C reaches without this name.
    pub anon: zx_packet_guest_vcpu__event,
    /// One of `ZX_PKT_GUEST_VCPU_*`, which picks the member.
    pub r#type: u8,
    /// Zero.
    pub padding1: [u8; 7],
    /// Zero.
    pub reserved: u64,
}
#[cfg(not(libzx_later_abi))]
record!(zx_packet_guest_vcpu_t, 32, 8, { anon: 0, r#type: 16, padding1: 17, reserved: 24 });

/// Payload of `ZX_PKT_TYPE_INTERRUPT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_interrupt_t {
    pub timestamp: zx_time_t,
    /// Zero.
    pub reserved0: u64,
    /// Zero.
    pub reserved1: u64,
    /// Zero.
    pub reserved2: u64,
}
record!(zx_packet_interrupt_t, 32, 8, { timestamp: 0, reserved0: 8, reserved1: 16, reserved2: 24 });

/// Payload of `ZX_PKT_TYPE_PAGE_REQUEST`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_page_request_t {
    pub command: u16,
    pub flags: u16,
    /// Zero.
    pub reserved0: u32,
    pub offset: u64,
    pub length: u64,
    /// Zero.
    pub reserved1: u64,
}
record!(zx_packet_page_request_t, 32, 8, {
    command: 0, flags: 2, reserved0: 4, offset: 8, length: 16, reserved1: 24
});

/// Payload of `ZX_PKT_TYPE_SIGNAL_ONE`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_packet_signal_t {
    /// Signals waited for.
    pub trigger: zx_signals_t,
    /// Signals of the object when the packet was made.
    pub observed: zx_signals_t,
    /// Operations possible, at least 1.
    pub count: u64,
    /// Time of the signal, when asked for.
    pub timestamp: zx_time_t,
    /// Zero.
    pub reserved1: u64,
}
record!(zx_packet_signal_t, 32, 8, {
    trigger: 0, observed: 4, count: 8, timestamp: 16, reserved1: 24
});

/// Payload of `ZX_PKT_TYPE_USER`: 32 bytes, seen as the sender likes.
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_packet_user_t {
    pub u64: [u64; 4],
    pub u32: [u32; 8],
    pub u16: [u16; 16],
    pub c8: [u8; 32],
}
record!(zx_packet_user_t, 32, 8, { u64: 0, u32: 0, u16: 0, c8: 0 });

/// The anonymous union of [`zx_port_packet_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_port_packet__payload {
    pub user: zx_packet_user_t,
    pub signal: zx_packet_signal_t,
    pub guest_bell: zx_packet_guest_bell_t,
    pub guest_mem: zx_packet_guest_mem_t,
    pub guest_io: zx_packet_guest_io_t,
    pub guest_vcpu: zx_packet_guest_vcpu_t,
    pub interrupt: zx_packet_interrupt_t,
    pub page_request: zx_packet_page_request_t,
}
record!(zx_port_packet__payload, 32, 8, {
    user: 0, signal: 0, guest_bell: 0, guest_mem: 0, guest_io: 0, guest_vcpu: 0, interrupt:
    0, page_request: 0
});

/// A packet of a port.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_port_packet_t {
    /// Key given by the sender or when the wait was set up.
    pub key: u64,
    /// One of `ZX_PKT_TYPE_*`, which picks the payload.
    pub r#type: u32,
    /// Status the sender gave; `ZX_OK` in packets of objects.
    pub status: zx_status_t,
    /// Members C reaches without this name.
    pub anon: zx_port_packet__payload,
}
record!(zx_port_packet_t, 48, 8, { key: 0, r#type: 8, status: 12, anon: 16 });

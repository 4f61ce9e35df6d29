// SPDX-License-Identifier: MIT
//! VCPU calls (hypervisor.md, sections 3.3 to 3.8).

use std::ffi::c_void;

use super::user::{UserIn, UserOut};
use super::{syscall, syscall_in_handler, syscall_without_memory};
use crate::hypervisor::memory::GUEST_END;
use crate::object::KernelObject;
use crate::object::guest::Guest;
use crate::object::handle::Handle;
use crate::object::vcpu::{RFLAGS_USER, Regs, Stop, Vcpu, keep_vectors};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::uapi::hypervisor as c;
use crate::uapi::port as p;
use crate::uapi::types::{zx_gpaddr_t, zx_handle_t, zx_status_t, zx_vaddr_t};

/// The flags that a program sees.
const VISIBLE_FLAGS: u64 = RFLAGS_USER;

/// Makes a VCPU that is bound to the calling thread. The first one of a guest
/// starts at `entry` in 64-bit mode with page tables at address 0, others in
/// real mode.
///
/// # Parameters
///
/// * `guest` (guest, `ZX_RIGHT_MANAGE_PROCESS`): the guest
/// * `options`: must be 0
/// * `entry`: guest-physical address of the first instruction
/// * `out` (out, vcpu handle): the new handle, rights `ZX_DEFAULT_VCPU_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `guest`
/// * `ZX_ERR_INVALID_ARGS`: `entry` is outside of the guest's address space
/// * `ZX_ERR_NO_RESOURCES`: the guest has 64 VCPUs
/// * `ZX_ERR_BAD_STATE`: the thread has a VCPU
/// * `ZX_ERR_NO_MEMORY`, `ZX_ERR_NOT_SUPPORTED`: KVM cannot make it
/// * `ZX_ERR_INVALID_ARGS`: `out` cannot be written, and no VCPU is left
///
/// # Differences
///
/// The thread is not pinned to a processor.
pub extern "C" fn zx_vcpu_create(
    guest: zx_handle_t,
    options: u32,
    entry: zx_vaddr_t,
    out: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out);
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let guest = cx.get::<Guest>(guest, Rights::MANAGE_PROCESS)?;
        if entry as u64 >= GUEST_END {
            return Err(Status::INVALID_ARGS);
        }
        let vcpu = Vcpu::new((*guest).clone(), entry as u64)?;
        cx.publish(out, Handle::new(vcpu, Vcpu::DEFAULT_RIGHTS))
    })
}

/// Runs a VCPU until the guest does something that the program has to know
/// of, and stores a packet about it. The instruction behind a packet has been
/// skipped; after an error the call may be made again. The caller's XMM registers,
/// MXCSR and x87 control word are the same afterwards as before.
///
/// # Parameters
///
/// * `handle` (vcpu, `ZX_RIGHT_EXECUTE`): the VCPU
/// * `packet` (out): what the guest did
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_STATE`: called from another thread than the one that made the
///   VCPU, or in a signal handler while the VCPU runs, or the guest wrote to a
///   bell whose port has no handle left, or its state cannot be entered
/// * `ZX_ERR_CANCELED`: the VCPU was kicked
/// * `ZX_ERR_NOT_FOUND`: nothing is mapped or trapped at the address, or the port
///   is not trapped
/// * `ZX_ERR_OUT_OF_RANGE`: an address beyond the guest's space or beyond the end
///   of the memory mapped there
/// * `ZX_ERR_ACCESS_DENIED`: the mapping does not allow it
/// * `ZX_ERR_NOT_SUPPORTED`: a read of a bell, a string instruction on ports, a
///   triple fault, a pending vector from 21 to 31, an instruction that KVM cannot
///   carry out
/// * `ZX_ERR_NO_MEMORY`: the host has none for a page of the guest
/// * `ZX_ERR_INTERNAL`: KVM failed, or an instruction cannot be recovered
/// * `ZX_ERR_INVALID_ARGS`: `packet` cannot be written, and the packet is lost
///
/// # Blocks
///
/// Until the guest does something the program has to know of, or the VCPU is
/// kicked.
pub extern "C" fn zx_vcpu_resume(
    handle: zx_handle_t,
    packet: *mut p::zx_port_packet_t,
) -> zx_status_t {
    keep_vectors(handle, packet.cast(), resume)
}

extern "C" fn resume(handle: zx_handle_t, packet: *mut c_void) -> zx_status_t {
    run(handle, packet, false, Into::into)
}

/// Runs a VCPU as `zx_vcpu_resume` does, for programs of the later generation:
/// packets of memory traps hold `cr3`, `rip` and `instruction_size` instead of
/// the instruction's bytes, and those of VCPU events begin with their type. The
/// headers declare it, and have these layouts, under `LIBZX_LATER_ABI`.
///
/// # Parameters
///
/// * `handle` (vcpu, `ZX_RIGHT_EXECUTE`): the VCPU
/// * `packet` (out): what the guest did
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_STATE`, `ZX_ERR_CANCELED`, `ZX_ERR_NOT_FOUND`,
///   `ZX_ERR_OUT_OF_RANGE`, `ZX_ERR_ACCESS_DENIED`, `ZX_ERR_NOT_SUPPORTED`,
///   `ZX_ERR_NO_MEMORY`, `ZX_ERR_INTERNAL`, `ZX_ERR_INVALID_ARGS`: as for
///   `zx_vcpu_resume`
///
/// # Blocks
///
/// Until the guest does something the program has to know of, or the VCPU is
/// kicked.
///
/// # Generation
///
/// Later
pub extern "C" fn zx_vcpu_enter(
    handle: zx_handle_t,
    packet: *mut p::zx_port_packet_t,
) -> zx_status_t {
    keep_vectors(handle, packet.cast(), enter)
}

extern "C" fn enter(handle: zx_handle_t, packet: *mut c_void) -> zx_status_t {
    run(handle, packet, true, later_packet)
}

fn run(
    handle: zx_handle_t,
    packet: *mut c_void,
    root_wanted: bool,
    layout: fn(Stop) -> p::zx_port_packet_t,
) -> zx_status_t {
    let out = UserOut::new(packet.cast());
    syscall(|cx| {
        let vcpu = cx.get::<Vcpu>(handle, Rights::EXECUTE)?;
        let stop = vcpu.resume(root_wanted)?;
        out.write(&layout(stop))
    })
}

/// Ends the present run of a VCPU, or else the next one, with
/// `ZX_ERR_CANCELED`, from any thread. Several kicks before one is consumed
/// count once; nothing of the guest is lost.
///
/// # Parameters
///
/// * `handle` (vcpu, `ZX_RIGHT_EXECUTE`): the VCPU
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INTERNAL`: Linux does not let the thread be signalled, and the
///   VCPU is kicked when it next leaves the guest
///
/// # Generation
///
/// Later
///
/// # Differences
///
/// A VCPU that waits for a packet of a bell is released too; the write to the
/// bell is delivered by the next run.
///
/// Async-signal-safe, whatever the handler has interrupted.
pub extern "C" fn zx_vcpu_kick(handle: zx_handle_t) -> zx_status_t {
    syscall_in_handler(|| Context::with_in_handler(handle, Rights::EXECUTE, Vcpu::kick))
}

/// Makes an interrupt, exception or NMI vector pending on a VCPU, from any
/// thread. A running VCPU takes it as soon as the guest permits; a halted one
/// wakes up.
///
/// # Parameters
///
/// * `handle` (vcpu, `ZX_RIGHT_SIGNAL`): the VCPU
/// * `vector`: the vector, at most 255
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: `vector` is above 255
/// * `ZX_ERR_INTERNAL`: Linux does not let the thread be signalled, and the
///   VCPU takes the vector when it next leaves the guest
///
/// # Differences
///
/// Async-signal-safe, whatever the handler has interrupted.
pub extern "C" fn zx_vcpu_interrupt(handle: zx_handle_t, vector: u32) -> zx_status_t {
    syscall_in_handler(|| {
        Context::with_in_handler(handle, Rights::SIGNAL, |vcpu: &Vcpu| {
            let vector = u8::try_from(vector).map_err(|_| Status::OUT_OF_RANGE)?;
            vcpu.interrupt(vector)
        })
    })
}

/// Reads the registers of a VCPU (`ZX_VCPU_STATE`) as they are at its last
/// stop. Of the flags only those that user code can change are shown.
///
/// # Parameters
///
/// * `handle` (vcpu, `ZX_RIGHT_READ`): the VCPU
/// * `kind` (value `ZX_VCPU_STATE`): what to read
/// * `buffer` (out, buffer of `buffer_size` bytes): the record
/// * `buffer_size`: size of the record
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: another kind, or not the size of its record
/// * `ZX_ERR_BAD_STATE`: called from another thread than the one that made the
///   VCPU
/// * `ZX_ERR_INTERNAL`: KVM failed
/// * `ZX_ERR_INVALID_ARGS`: `buffer` cannot be written
pub extern "C" fn zx_vcpu_read_state(
    handle: zx_handle_t,
    kind: u32,
    buffer: *mut c_void,
    buffer_size: usize,
) -> zx_status_t {
    let out = UserOut::new(buffer.cast::<c::zx_vcpu_state_t>());
    syscall_without_memory(|cx| {
        let vcpu = cx.get::<Vcpu>(handle, Rights::READ)?;
        if kind != c::ZX_VCPU_STATE || buffer_size != size_of::<c::zx_vcpu_state_t>() {
            return Err(Status::INVALID_ARGS);
        }
        out.write(&vcpu.registers()?.into())
    })
}

/// Replaces the registers of a VCPU (`ZX_VCPU_STATE`), or the low bytes of
/// RAX (`ZX_VCPU_IO`), which answers a port input. Flags are replaced only if
/// bit 1 of `rflags` is set.
///
/// # Parameters
///
/// * `handle` (vcpu, `ZX_RIGHT_WRITE`): the VCPU
/// * `kind` (value `ZX_VCPU_STATE`, `ZX_VCPU_IO`): what to write
/// * `buffer` (buffer of `buffer_size` bytes): the record
/// * `buffer_size`: size of the record
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: unknown kind, or not the size of its record, or
///   `buffer` cannot be read
/// * `ZX_ERR_BAD_STATE`: called from another thread than the one that made the
///   VCPU
/// * `ZX_ERR_INVALID_ARGS`: an access size other than 1, 2 or 4
/// * `ZX_ERR_INTERNAL`: KVM failed
pub extern "C" fn zx_vcpu_write_state(
    handle: zx_handle_t,
    kind: u32,
    buffer: *const c_void,
    buffer_size: usize,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        let vcpu = cx.get::<Vcpu>(handle, Rights::WRITE)?;
        match (kind, buffer_size) {
            (c::ZX_VCPU_STATE, STATE_SIZE) => write_registers(&vcpu, buffer),
            (c::ZX_VCPU_IO, IO_SIZE) => write_io(&vcpu, buffer),
            _ => Err(Status::INVALID_ARGS),
        }
    })
}

const STATE_SIZE: usize = size_of::<c::zx_vcpu_state_t>();
const IO_SIZE: usize = size_of::<c::zx_vcpu_io_t>();

fn write_registers(vcpu: &Vcpu, buffer: *const c_void) -> Result {
    let s = UserIn::new(buffer.cast::<c::zx_vcpu_state_t>()).read()?;
    let gpr = [
        s.rax, s.rcx, s.rdx, s.rbx, s.rsp, s.rbp, s.rsi, s.rdi, s.r8, s.r9, s.r10, s.r11, s.r12,
        s.r13, s.r14, s.r15,
    ];
    vcpu.set_registers(gpr, s.rflags)
}

fn write_io(vcpu: &Vcpu, buffer: *const c_void) -> Result {
    let io = UserIn::new(buffer.cast::<c::zx_vcpu_io_t>()).read()?;
    // SAFETY: every member of the union is integers of the same four bytes.
    let data = unsafe { io.anon.data };
    vcpu.set_io(data, io.access_size)
}

/// A packet in the layout of the later generation.
fn later_packet(stop: Stop) -> p::zx_port_packet_t {
    let event = |kind: u8| u64::from(kind);
    let data = match stop {
        Stop::Memory {
            gpa,
            len,
            default_operand_size,
            cr3,
            rip,
            ..
        } => [
            gpa,
            cr3,
            rip,
            u64::from(len) | u64::from(default_operand_size) << 8,
        ],
        Stop::Interrupt { mask, vector } => [
            event(p::ZX_PKT_GUEST_VCPU_INTERRUPT),
            mask,
            vector.into(),
            0,
        ],
        Stop::Startup { id, entry } => [event(p::ZX_PKT_GUEST_VCPU_STARTUP), id, entry, 0],
        Stop::Port { .. } => return stop.into(),
    };
    let mut packet: p::zx_port_packet_t = stop.into();
    packet.anon.user.u64 = data;
    packet
}

fn set_vcpu_event(
    packet: &mut p::zx_port_packet_t,
    kind: u8,
    anon: p::zx_packet_guest_vcpu__event,
) {
    packet.r#type = p::ZX_PKT_TYPE_GUEST_VCPU.into();
    packet.anon.guest_vcpu = p::zx_packet_guest_vcpu_t {
        anon,
        r#type: kind,
        ..Default::default()
    };
}

/// A guest-physical address as C has it: of the host's width, which is wide
/// enough for any guest that the host can run.
fn gpa_of(gpa: u64) -> zx_gpaddr_t {
    zx_gpaddr_t::try_from(gpa).unwrap_or(zx_gpaddr_t::MAX)
}

impl From<Regs> for c::zx_vcpu_state_t {
    fn from(regs: Regs) -> c::zx_vcpu_state_t {
        let [
            rax,
            rcx,
            rdx,
            rbx,
            rsp,
            rbp,
            rsi,
            rdi,
            r8,
            r9,
            r10,
            r11,
            r12,
            r13,
            r14,
            r15,
        ] = regs.gpr;
        let rflags = regs.rflags & VISIBLE_FLAGS;
        c::zx_vcpu_state_t {
            rax,
            rcx,
            rdx,
            rbx,
            rsp,
            rbp,
            rsi,
            rdi,
            r8,
            r9,
            r10,
            r11,
            r12,
            r13,
            r14,
            r15,
            rflags,
        }
    }
}

impl From<Stop> for p::zx_port_packet_t {
    fn from(stop: Stop) -> p::zx_port_packet_t {
        let mut packet = p::zx_port_packet_t::default();
        match stop {
            Stop::Memory {
                key,
                gpa,
                len,
                bytes,
                default_operand_size,
                ..
            } => {
                (packet.key, packet.r#type) = (key, p::ZX_PKT_TYPE_GUEST_MEM.into());
                packet.anon.guest_mem = p::zx_packet_guest_mem_t {
                    addr: gpa_of(gpa),
                    inst_len: len,
                    inst_buf: bytes,
                    default_operand_size,
                    ..Default::default()
                };
            }
            Stop::Port {
                key,
                port,
                size,
                input,
                data,
            } => {
                (packet.key, packet.r#type) = (key, p::ZX_PKT_TYPE_GUEST_IO.into());
                packet.anon.guest_io = p::zx_packet_guest_io_t {
                    port,
                    access_size: size,
                    input: input.into(),
                    anon: p::zx_packet_guest_io__access { data },
                    ..Default::default()
                };
            }
            Stop::Interrupt { mask, vector } => {
                let interrupt = p::zx_packet_guest_vcpu__interrupt {
                    mask,
                    vector,
                    ..Default::default()
                };
                let event = p::zx_packet_guest_vcpu__event { interrupt };
                set_vcpu_event(&mut packet, p::ZX_PKT_GUEST_VCPU_INTERRUPT, event);
            }
            Stop::Startup { id, entry } => {
                let startup = p::zx_packet_guest_vcpu__startup {
                    id,
                    entry: gpa_of(entry),
                };
                let event = p::zx_packet_guest_vcpu__event { startup };
                set_vcpu_event(&mut packet, p::ZX_PKT_GUEST_VCPU_STARTUP, event);
            }
        }
        packet
    }
}

// SPDX-License-Identifier: MIT
//! Guest calls (hypervisor.md, sections 3.1 and 3.2).

use super::syscall;
use super::user::UserOut;
use crate::object::KernelObject;
use crate::object::guest::{Guest, TrapKind};
use crate::object::handle::Handle;
use crate::object::port::Port;
use crate::object::resource::Resource;
use crate::rights::Rights;
use crate::status::Status;
use crate::uapi::hypervisor as c;
use crate::uapi::resource::ZX_RSRC_SYSTEM_HYPERVISOR_BASE;
use crate::uapi::types::{zx_handle_t, zx_status_t, zx_vaddr_t};

/// Makes a guest with an empty address space, and a handle to the root of
/// that address space. Programs that probe take `ZX_ERR_NOT_SUPPORTED` as
/// "this machine cannot run guests".
///
/// # Parameters
///
/// * `resource` (resource): a root or hypervisor resource
/// * `options`: must be 0
/// * `guest_handle` (out, guest handle): the guest, rights
///   `ZX_DEFAULT_GUEST_RIGHTS`
/// * `vmar_handle` (out, vmar handle): the root of its address space
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: `resource`
/// * `ZX_ERR_ACCESS_DENIED`: a resource for something else
/// * `ZX_ERR_NOT_SUPPORTED`: no `/dev/kvm`, or not one that will do
/// * `ZX_ERR_NO_MEMORY`, `ZX_ERR_NO_RESOURCES`: the host has no memory or no file
///   descriptor left
/// * `ZX_ERR_INVALID_ARGS`: one of the pointers cannot be written, and no guest is
///   left
pub extern "C" fn zx_guest_create(
    resource: zx_handle_t,
    options: u32,
    guest_handle: *mut zx_handle_t,
    vmar_handle: *mut zx_handle_t,
) -> zx_status_t {
    let (guest_out, vmar_out) = (UserOut::new(guest_handle), UserOut::new(vmar_handle));
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<Resource>(resource, Rights::NONE)?
            .check_system(ZX_RSRC_SYSTEM_HYPERVISOR_BASE, Status::ACCESS_DENIED)?;
        let (guest, vmar) = Guest::new()?;
        let vmar_rights = vmar.handle_rights();
        let guest = Handle::new(guest, Guest::DEFAULT_RIGHTS);
        cx.publish_two(
            (guest_out, guest),
            (vmar_out, Handle::new(vmar, vmar_rights)),
        )
    })
}

/// Sets a trap: from now on accesses of the guest to this range of physical
/// addresses, or of ports, are the program's. Memory in the range is
/// unmapped. Traps cannot be removed.
///
/// `ZX_GUEST_TRAP_MEM` and `ZX_GUEST_TRAP_IO` end `zx_vcpu_resume` with a
/// packet; `ZX_GUEST_TRAP_BELL` queues a packet on a port for each write and
/// lets the VCPU go on, until 256 packets of the trap are queued.
///
/// # Parameters
///
/// * `handle` (guest, `ZX_RIGHT_WRITE`): the guest
/// * `kind` (value `ZX_GUEST_TRAP_*`): what kind of accesses
/// * `addr`: first address, a guest-physical one or a port
/// * `size`: size of the range in bytes or ports
/// * `port_handle` (port, `ZX_RIGHT_WRITE`, optional): where the packets of
///   `ZX_GUEST_TRAP_BELL` go; 0 for the other kinds
/// * `key`: the key of the packets
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`:
///   `port_handle`, when it is not 0
/// * `ZX_ERR_INVALID_ARGS`: `size` is 0
/// * `ZX_ERR_OUT_OF_RANGE`: the range overflows
/// * `ZX_ERR_INVALID_ARGS`: unknown kind, a port for MEM or IO, none for BELL
/// * `ZX_ERR_OUT_OF_RANGE`: a range of ports that ends above 0xFFFF
/// * `ZX_ERR_INVALID_ARGS`: a range of addresses that is not whole pages
/// * `ZX_ERR_OUT_OF_RANGE`: one that leaves the guest's address space
/// * `ZX_ERR_ALREADY_EXISTS`: part of the range is trapped, and what was mapped in
///   it is unmapped all the same
/// * `ZX_ERR_NO_MEMORY`: there is none for the trap
/// * `ZX_ERR_INTERNAL`: KVM failed
pub extern "C" fn zx_guest_set_trap(
    handle: zx_handle_t,
    kind: u32,
    addr: zx_vaddr_t,
    size: usize,
    port_handle: zx_handle_t,
    key: u64,
) -> zx_status_t {
    syscall(|cx| {
        let guest = cx.get::<Guest>(handle, Rights::WRITE)?;
        let port = match port_handle {
            0 => None,
            port => Some(cx.get::<Port>(port, Rights::WRITE)?),
        };
        if size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        addr.checked_add(size).ok_or(Status::OUT_OF_RANGE)?;
        let kind = match (kind, port) {
            (c::ZX_GUEST_TRAP_BELL, Some(port)) => TrapKind::Bell((*port).clone()),
            (c::ZX_GUEST_TRAP_MEM, None) => TrapKind::Mem,
            (c::ZX_GUEST_TRAP_IO, None) => TrapKind::Io,
            _ => return Err(Status::INVALID_ARGS),
        };
        guest.set_trap(kind, addr as u64, size as u64, key)
    })
}

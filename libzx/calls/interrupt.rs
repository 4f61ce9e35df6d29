// SPDX-License-Identifier: MIT
//! Interrupt calls (ports.md, section 8).

use super::user::UserOut;
use super::{syscall, syscall_without_memory};
use crate::object::KernelObject;
use crate::object::handle::Handle;
use crate::object::interrupt::Interrupt;
use crate::object::port::Port;
use crate::object::resource::Resource;
use crate::object::vcpu::Vcpu;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::uapi::port::ZX_PORT_BIND_TO_INTERRUPT;
use crate::uapi::time::zx_time_t;
use crate::uapi::types::{
    ZX_INTERRUPT_BIND, ZX_INTERRUPT_MODE_EDGE_BOTH, ZX_INTERRUPT_MODE_MASK, ZX_INTERRUPT_REMAP_IRQ,
    ZX_INTERRUPT_UNBIND, ZX_INTERRUPT_VIRTUAL, zx_handle_t, zx_status_t,
};

/// Makes a virtual interrupt, for which `options` is exactly
/// `ZX_INTERRUPT_VIRTUAL`; the source is ignored then.
///
/// # Parameters
///
/// * `src_obj` (resource, optional): where an interrupt of a device comes from
/// * `src_num`: its number
/// * `options` (options `ZX_INTERRUPT_VIRTUAL`, `ZX_INTERRUPT_REMAP_IRQ`,
///   `ZX_INTERRUPT_MODE_*`): the kind of interrupt
/// * `out_handle` (out, interrupt handle): the interrupt, rights
///   `ZX_DEFAULT_INTERRUPT_RIGHTS`
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: other options beside `ZX_INTERRUPT_VIRTUAL`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`: not virtual, and `src_obj` is not a
///   resource for interrupts
/// * `ZX_ERR_OUT_OF_RANGE`: it does not have `src_num`
/// * `ZX_ERR_INVALID_ARGS`: unknown options
/// * `ZX_ERR_NOT_SUPPORTED`: an interrupt of a device
/// * `ZX_ERR_NO_MEMORY`: there is none for the interrupt or its handle
/// * `ZX_ERR_INVALID_ARGS`: `out_handle` cannot be written
///
/// # Support
///
/// Partial: there are no interrupts of devices.
pub extern "C" fn zx_interrupt_create(
    src_obj: zx_handle_t,
    src_num: u32,
    options: u32,
    out_handle: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out_handle);
    syscall(|cx| {
        if options & ZX_INTERRUPT_VIRTUAL == 0 {
            return physical(cx, src_obj, src_num, options);
        }
        if options != ZX_INTERRUPT_VIRTUAL {
            return Err(Status::INVALID_ARGS);
        }
        cx.publish(
            out,
            Handle::new(Interrupt::new(), Interrupt::DEFAULT_RIGHTS),
        )
    })
}

/// The checks for an interrupt of a device, which does not exist.
fn physical(cx: &Context, source: zx_handle_t, number: u32, options: u32) -> Result {
    let resource = cx.get::<Resource>(source, Rights::NONE)?;
    resource.check_irq(number)?;
    let known = options & !(ZX_INTERRUPT_REMAP_IRQ | ZX_INTERRUPT_MODE_MASK) == 0;
    if !known || options & ZX_INTERRUPT_MODE_MASK > ZX_INTERRUPT_MODE_EDGE_BOTH {
        return Err(Status::INVALID_ARGS);
    }
    Err(Status::NOT_SUPPORTED)
}

/// Binds an interrupt to a port made with `ZX_PORT_BIND_TO_INTERRUPT`, or ends
/// that. A bound interrupt sends a packet with `key` when it is triggered, and
/// the next one after `zx_interrupt_ack`.
///
/// # Parameters
///
/// * `handle` (interrupt, `ZX_RIGHT_READ`): the interrupt
/// * `port_handle` (port, `ZX_RIGHT_WRITE`): the port
/// * `key`: the key of the packets
/// * `options` (options `ZX_INTERRUPT_BIND`, `ZX_INTERRUPT_UNBIND`): which of the
///   two
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is neither `ZX_INTERRUPT_BIND` nor
///   `ZX_INTERRUPT_UNBIND`
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`,
///   then `port_handle`
/// * `ZX_ERR_WRONG_TYPE`: a port for other things
/// * `ZX_ERR_CANCELED`: the interrupt was destroyed
/// * `ZX_ERR_BAD_STATE`: a thread waits for it
/// * `ZX_ERR_ALREADY_BOUND`: it is bound
/// * `ZX_ERR_NOT_FOUND`: to unbind, but not bound to this port
/// * `ZX_ERR_NO_MEMORY`: there is none for its packets
pub extern "C" fn zx_interrupt_bind(
    handle: zx_handle_t,
    port_handle: zx_handle_t,
    key: u64,
    options: u32,
) -> zx_status_t {
    syscall(|cx| {
        if options != ZX_INTERRUPT_BIND && options != ZX_INTERRUPT_UNBIND {
            return Err(Status::INVALID_ARGS);
        }
        let interrupt = cx.get::<Interrupt>(handle, Rights::READ)?;
        let port = cx.get::<Port>(port_handle, Rights::WRITE)?;
        if port.options() & ZX_PORT_BIND_TO_INTERRUPT == 0 {
            return Err(Status::WRONG_TYPE);
        }
        if options == ZX_INTERRUPT_BIND {
            interrupt.bind(&port, key)
        } else {
            interrupt.unbind(&port)
        }
    })
}

/// Would send an interrupt of a device to a VCPU. Virtual interrupts, the only
/// ones there are, cannot be.
///
/// # Parameters
///
/// * `handle` (interrupt, `ZX_RIGHT_READ`): the interrupt
/// * `vcpu` (vcpu, `ZX_RIGHT_WRITE`): the VCPU
/// * `options`: must be 0
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`,
///   then `vcpu`
/// * `ZX_ERR_NOT_SUPPORTED`: the interrupt is virtual
///
/// # Support
///
/// Checks only: there are no interrupts of devices.
pub extern "C" fn zx_interrupt_bind_vcpu(
    handle: zx_handle_t,
    vcpu: zx_handle_t,
    options: u32,
) -> zx_status_t {
    syscall(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<Interrupt>(handle, Rights::READ)?;
        cx.get::<Vcpu>(vcpu, Rights::WRITE)?;
        Err(Status::NOT_SUPPORTED)
    })
}

/// Arms a bound interrupt again, after its packet has been dealt with.
///
/// # Parameters
///
/// * `handle` (interrupt, `ZX_RIGHT_WRITE`): the interrupt
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_BAD_STATE`: not bound, or another trigger waits behind a packet that
///   was not read
/// * `ZX_ERR_CANCELED`: it was destroyed
pub extern "C" fn zx_interrupt_ack(handle: zx_handle_t) -> zx_status_t {
    syscall_without_memory(|cx| cx.get::<Interrupt>(handle, Rights::WRITE)?.ack())
}

/// Waits for an interrupt that is not bound, without deadline.
///
/// # Parameters
///
/// * `handle` (interrupt, `ZX_RIGHT_WAIT`): the interrupt
/// * `out_timestamp` (out, optional): what the trigger said
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_CANCELED`: it was destroyed, or its last handle closed
/// * `ZX_ERR_BAD_STATE`: it is bound, or another thread waits
/// * `ZX_ERR_INVALID_ARGS`: `out_timestamp` cannot be written, and the event is
///   lost
///
/// # Blocks
///
/// Until the interrupt is triggered.
pub extern "C" fn zx_interrupt_wait(
    handle: zx_handle_t,
    out_timestamp: *mut zx_time_t,
) -> zx_status_t {
    let out = UserOut::new(out_timestamp);
    syscall_without_memory(|cx| {
        let interrupt = cx.get::<Interrupt>(handle, Rights::WAIT)?;
        out.write_optional(&interrupt.wait(cx.thread())?)
    })
}

/// Ends an interrupt: triggers and waits fail from now on. The handle stays.
///
/// # Parameters
///
/// * `handle` (interrupt, `ZX_RIGHT_WRITE`): the interrupt
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_NOT_FOUND`: bound, and its packet has been read but not acknowledged;
///   the interrupt is destroyed all the same
pub extern "C" fn zx_interrupt_destroy(handle: zx_handle_t) -> zx_status_t {
    syscall_without_memory(|cx| cx.get::<Interrupt>(handle, Rights::WRITE)?.destroy())
}

/// Triggers a virtual interrupt. Never blocks.
///
/// # Parameters
///
/// * `handle` (interrupt, `ZX_RIGHT_SIGNAL`): the interrupt
/// * `options`: must be 0
/// * `timestamp`: comes out of the wait or of the packet
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_CANCELED`: it was destroyed
pub extern "C" fn zx_interrupt_trigger(
    handle: zx_handle_t,
    options: u32,
    timestamp: zx_time_t,
) -> zx_status_t {
    syscall_without_memory(|cx| {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        cx.get::<Interrupt>(handle, Rights::SIGNAL)?
            .trigger(timestamp)
    })
}

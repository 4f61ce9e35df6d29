// SPDX-License-Identifier: MIT
//! Topics about threads.

use super::InfoOut;
use crate::object::KernelObject;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::process::Process;
use crate::task::thread::Life;
use crate::task::{Context, Thread};
use crate::uapi::object as c;
use crate::uapi::types::{zx_cpu_set_t, zx_handle_t, zx_koid_t};

pub fn of_process(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let process = cx.get::<Process>(handle, Rights::ENUMERATE)?;
    let threads = if process.is_running() {
        process.threads().all()
    } else {
        Vec::new()
    };
    let koids = threads.iter().map(|thread| thread.base().koid());
    out.many::<zx_koid_t>(&koids.collect::<Vec<_>>())
}

pub fn thread(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let thread = cx.get::<Thread>(handle, Rights::INSPECT)?;
    out.single(&c::zx_info_thread_t {
        state: thread.state(),
        wait_exception_channel_type: 0,
        cpu_affinity_mask: zx_cpu_set_t {
            mask: thread.cpus(),
        },
    })
}

pub fn stats(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let thread = cx.get::<Thread>(handle, Rights::INSPECT)?;
    if thread.life() == Life::Dead {
        return Err(Status::BAD_STATE);
    }
    let times = thread.times();
    out.single(&c::zx_info_thread_stats_t {
        total_runtime: times.runtime_ns,
        last_scheduled_cpu: times.processor.unwrap_or(c::ZX_INFO_INVALID_CPU),
        padding1: [0; 4],
    })
}

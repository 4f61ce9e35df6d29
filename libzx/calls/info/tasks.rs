// SPDX-License-Identifier: MIT
//! Topics about threads.

use super::InfoOut;
use crate::object::KernelObject;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::process::Process;
use crate::task::thread::Life;
use crate::task::{Context, Thread};
use crate::uapi::exception::*;
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
        wait_exception_channel_type: thread.in_exception().map_or(0, |(_, channel)| channel),
        cpu_affinity_mask: zx_cpu_set_t {
            mask: thread.cpus(),
        },
    })
}

pub fn exception_report(cx: &Context, handle: zx_handle_t, topic: u32, out: &InfoOut) -> Result {
    let thread = cx.get::<Thread>(handle, Rights::INSPECT)?;
    let (report, _) = thread.in_exception().ok_or(Status::BAD_STATE)?;
    let x86_64 = zx_x86_64_exc_data_t {
        vector: report.vector,
        err_code: report.error,
        cr2: report.address,
    };
    let header = |size: usize| zx_exception_header_t {
        size: u32::try_from(size).unwrap_or(0),
        r#type: report.exception,
    };
    if topic == c::ZX_INFO_THREAD_EXCEPTION_REPORT_V1 {
        return out.single(&zx_exception_report_v1_t {
            header: header(size_of::<zx_exception_report_v1_t>()),
            context: zx_exception_context_v1_t {
                arch: zx_exception_context_v1__arch {
                    u: zx_exception_context_v1__arch_u { x86_64 },
                },
            },
        });
    }
    out.single(&zx_exception_report_t {
        header: header(size_of::<zx_exception_report_t>()),
        context: zx_exception_context_t {
            arch: zx_exception_context__arch {
                u: zx_exception_context__arch_u { x86_64 },
            },
            synth_code: report.code,
            synth_data: report.data,
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

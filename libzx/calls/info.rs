// SPDX-License-Identifier: MIT
//! `zx_object_get_info` (objects.md, section 11).

use super::syscall;
use super::user::{Pod, UserOut};
use crate::object::dma::Bti;
use crate::object::resource::Resource;
use crate::object::socket::Socket;
use crate::object::stream::Stream;
use crate::object::timer::Timer;
use crate::object::vcpu::Vcpu;
use crate::object::{KernelObject, Object, info};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::sys::memory::PAGE;
use crate::sys::procfs::{self, Memory};
use crate::task::Context;
use crate::task::job::Job;
use crate::task::process::Process;
use crate::uapi::object as c;
use crate::uapi::types::{zx_handle_t, zx_koid_t, zx_status_t};

mod memory;
mod tasks;

/// Where a topic's records go and how many there are.
struct InfoOut {
    buffer: *mut u8,
    size: usize,
    actual: UserOut<usize>,
    avail: UserOut<usize>,
}

impl InfoOut {
    /// Answers a topic that always has exactly one record.
    fn single<T: Pod>(&self, record: &T) -> Result {
        let fits = self.size >= size_of::<T>();
        if fits {
            UserOut::new(self.buffer.cast::<T>()).write(record)?;
        }
        self.counts(usize::from(fits), 1)?;
        if fits {
            Ok(())
        } else {
            Err(Status::BUFFER_TOO_SMALL)
        }
    }

    /// Answers a topic that has any number of records.
    fn many<T: Pod>(&self, records: &[T]) -> Result {
        let count = records.len().min(self.size / size_of::<T>());
        UserOut::new(self.buffer.cast::<T>()).write_slice(0, &records[..count])?;
        self.counts(count, records.len())
    }

    fn counts(&self, actual: usize, avail: usize) -> Result {
        self.actual.write_optional(&actual)?;
        self.avail.write_optional(&avail)
    }
}

/// Adds to a list of records; `NO_MEMORY` when there is no room for more.
fn push<T>(records: &mut Vec<T>, record: T) -> Result {
    records.try_reserve(1).map_err(|_| Status::NO_MEMORY)?;
    records.push(record);
    Ok(())
}

/// A list of records; `NO_MEMORY` when there is no room for it.
fn collect<T>(items: impl Iterator<Item = T>) -> Result<Vec<T>> {
    let mut records = Vec::new();
    for item in items {
        push(&mut records, item)?;
    }
    Ok(records)
}

/// Tells about an object.
///
/// # Parameters
///
/// * `handle` (any handle, rights vary): the object
/// * `topic` (value `ZX_INFO_*`): what to tell
/// * `buffer` (out, buffer of `buffer_size` bytes): where the topic's records go
/// * `buffer_size`: size of `buffer`
/// * `actual` (out, optional): how many records were stored
/// * `avail` (out, optional): how many records there are
///
/// # Errors
///
/// * `ZX_ERR_NOT_SUPPORTED`: unknown topic
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_OUT_OF_RANGE`: a resource for something else
/// * `ZX_ERR_NO_MEMORY`, `ZX_ERR_NO_RESOURCES`: the host has no memory or no file
///   descriptor left
/// * `ZX_ERR_BUFFER_TOO_SMALL`: no room for the record of a topic that has exactly
///   one
/// * `ZX_ERR_INVALID_ARGS`: a pointer cannot be written
///
/// # Support
///
/// Partial: some topics are not supported after the checks of the handle, see
/// "Topics of zx_object_get_info".
///
/// # Rights
///
/// `ZX_RIGHT_INSPECT` for most topics; `ZX_RIGHT_ENUMERATE` for lists of
/// tasks; INSPECT, MANAGE_PROCESS and MANAGE_THREAD for
/// `ZX_INFO_HANDLE_TABLE`; none for `ZX_INFO_HANDLE_VALID`,
/// `ZX_INFO_HANDLE_BASIC`, `ZX_INFO_VMO` and the topics of resources.
pub extern "C" fn zx_object_get_info(
    handle: zx_handle_t,
    topic: u32,
    buffer: *mut std::ffi::c_void,
    buffer_size: usize,
    actual: *mut usize,
    avail: *mut usize,
) -> zx_status_t {
    let out = InfoOut {
        buffer: buffer.cast(),
        size: buffer_size,
        actual: UserOut::new(actual),
        avail: UserOut::new(avail),
    };
    syscall(|cx| get_info(cx, handle, topic, &out))
}

fn get_info(cx: &Context, handle: zx_handle_t, topic: u32, out: &InfoOut) -> Result {
    match topic {
        c::ZX_INFO_HANDLE_VALID => handle_valid(cx, handle),
        c::ZX_INFO_HANDLE_BASIC => handle_basic(cx, handle, out),
        c::ZX_INFO_HANDLE_COUNT => handle_count(cx, handle, out),
        c::ZX_INFO_HANDLE_TABLE => handle_table(cx, handle, out),
        c::ZX_INFO_PROCESS_HANDLE_STATS => handle_stats(cx, handle, out),
        c::ZX_INFO_PROCESS_V1 => process_v1(cx, handle, out),
        c::ZX_INFO_PROCESS_V2 => process_v2(cx, handle, out),
        c::ZX_INFO_JOB => job(cx, handle, out),
        c::ZX_INFO_JOB_CHILDREN => job_children(cx, handle, out),
        c::ZX_INFO_JOB_PROCESSES => job_processes(cx, handle, out),
        c::ZX_INFO_TASK_RUNTIME_V1 | c::ZX_INFO_TASK_RUNTIME => {
            task_runtime(cx, handle, topic, out)
        }
        c::ZX_INFO_VMAR => memory::vmar(cx, handle, out),
        c::ZX_INFO_VMO_V1 | c::ZX_INFO_VMO => memory::vmo(cx, handle, topic, out),
        c::ZX_INFO_RESOURCE => resource(cx, handle, out),
        c::ZX_INFO_TIMER => timer(cx, handle, out),
        c::ZX_INFO_VCPU => vcpu(cx, handle, out),
        c::ZX_INFO_SOCKET => socket(cx, handle, out),
        c::ZX_INFO_PROCESS_THREADS => tasks::of_process(cx, handle, out),
        c::ZX_INFO_THREAD => tasks::thread(cx, handle, out),
        c::ZX_INFO_THREAD_STATS => tasks::stats(cx, handle, out),
        c::ZX_INFO_STREAM => stream(cx, handle, out),
        c::ZX_INFO_TASK_STATS => memory::task_stats(cx, handle, out),
        c::ZX_INFO_PROCESS_MAPS => memory::process_maps(cx, handle, out),
        c::ZX_INFO_PROCESS_VMOS_V1 | c::ZX_INFO_PROCESS_VMOS => {
            memory::process_vmos(cx, handle, topic, out)
        }
        c::ZX_INFO_BTI => bti(cx, handle, out),
        c::ZX_INFO_CPU_STATS => cpu_stats(cx, handle, out),
        c::ZX_INFO_KMEM_STATS => kmem_stats(cx, handle, out),
        c::ZX_INFO_KMEM_STATS_EXTENDED => kmem_stats_extended(cx, handle, out),
        c::ZX_INFO_KMEM_STATS_COMPRESSION | c::ZX_INFO_GUEST_STATS => of_system(cx, handle, topic),
        c::ZX_INFO_THREAD_EXCEPTION_REPORT_V1 | c::ZX_INFO_THREAD_EXCEPTION_REPORT => {
            tasks::exception_report(cx, handle, topic, out)
        }
        c::ZX_INFO_MSI => no_such_object(cx, handle),
        _ => Err(Status::NOT_SUPPORTED),
    }
}

/// A topic about a type of which there are no objects.
fn no_such_object(cx: &Context, handle: zx_handle_t) -> Result {
    cx.get_any(handle)?;
    Err(Status::WRONG_TYPE)
}

/// A topic about the machine that has no answer, after its checks.
fn of_system(cx: &Context, handle: zx_handle_t, topic: u32) -> Result {
    let resource = cx.get::<Resource>(handle, Rights::NONE)?;
    if topic == c::ZX_INFO_GUEST_STATS {
        resource.check_info()?;
    } else {
        resource.check_root()?;
    }
    Err(Status::NOT_SUPPORTED)
}

fn stream(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let (options, seek, content_size) = cx.get::<Stream>(handle, Rights::INSPECT)?.info();
    out.single(&c::zx_info_stream_t {
        options,
        seek,
        content_size,
        ..Default::default()
    })
}

fn check_root(cx: &Context, handle: zx_handle_t) -> Result {
    cx.get::<Resource>(handle, Rights::NONE)?.check_root()
}

fn cpu_stats(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    check_root(cx, handle)?;
    let record = |processor: &procfs::Processor| c::zx_info_cpu_stats_t {
        cpu_number: processor.number,
        flags: c::ZX_INFO_CPU_STATS_FLAG_ONLINE,
        idle_time: processor.idle_ns,
        ..Default::default()
    };
    let processors = procfs::processors()?;
    out.many(&collect(processors.iter().map(record))?)
}

fn kmem_stats(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    check_root(cx, handle)?;
    let memory = Memory::now()?;
    out.single(&c::zx_info_kmem_stats_t {
        total_bytes: memory.total,
        free_bytes: memory.free,
        wired_bytes: memory.wired,
        total_heap_bytes: memory.heap,
        free_heap_bytes: memory.free_heap,
        vmo_bytes: memory.pages,
        mmu_overhead_bytes: memory.page_tables,
        other_bytes: memory.other(),
        ..Default::default()
    })
}

fn kmem_stats_extended(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    check_root(cx, handle)?;
    let memory = Memory::now()?;
    out.single(&c::zx_info_kmem_stats_extended_t {
        total_bytes: memory.total,
        free_bytes: memory.free,
        wired_bytes: memory.wired,
        total_heap_bytes: memory.heap,
        free_heap_bytes: memory.free_heap,
        vmo_bytes: memory.pages,
        vmo_pager_total_bytes: memory.file_pages,
        vmo_pager_newest_bytes: memory.file_pages_active,
        vmo_pager_oldest_bytes: memory.file_pages_inactive,
        mmu_overhead_bytes: memory.page_tables,
        other_bytes: memory.other(),
        ..Default::default()
    })
}

fn handle_valid(cx: &Context, handle: zx_handle_t) -> Result {
    if cx.is_live(handle) {
        Ok(())
    } else {
        Err(Status::BAD_HANDLE)
    }
}

fn handle_basic(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let basic = info::handle_basic(&cx.get_any(handle)?);
    out.single(&c::zx_info_handle_basic_t {
        koid: basic.koid,
        rights: basic.rights,
        r#type: basic.object_type,
        related_koid: basic.related_koid,
        ..Default::default()
    })
}

fn handle_count(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let handle = cx.get_any(handle)?;
    handle.require(Rights::INSPECT)?;
    out.single(&c::zx_info_handle_count_t {
        handle_count: handle.object().base().handle_count(),
    })
}

fn handle_table(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let rights = Rights::INSPECT
        .with(Rights::MANAGE_PROCESS)
        .with(Rights::MANAGE_THREAD);
    let handles = if cx.get::<Process>(handle, rights)?.is_running() {
        info::handle_table()?
    } else {
        Vec::new()
    };
    if out.buffer.is_null() && out.avail.is_null() && !out.actual.is_null() {
        return out.actual.write(&handles.len());
    }
    let record = |(value, basic): &(u32, info::HandleBasic)| c::zx_info_handle_extended_t {
        r#type: basic.object_type,
        handle_value: *value,
        rights: basic.rights,
        koid: basic.koid,
        related_koid: basic.related_koid,
        ..Default::default()
    };
    out.many(&collect(handles.iter().map(record))?)
}

fn handle_stats(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let process = cx.get::<Process>(handle, Rights::INSPECT)?;
    let mut stats = c::zx_info_process_handle_stats_t::default();
    if !process.is_running() {
        return out.single(&stats);
    }
    cx.for_each_handle(|_, handle| {
        let object_type = handle.object().object_type() as usize;
        if let Some(count) = stats.handle_count.get_mut(object_type) {
            *count += 1;
        }
    });
    out.single(&stats)
}

fn process_v1(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let process = cx.get::<Process>(handle, Rights::INSPECT)?;
    out.single(&c::zx_info_process_v1_t {
        return_code: process.return_code(),
        started: process.is_running().into(),
        exited: process.has_exited().into(),
        debugger_attached: process.debugger().is_bound().into(),
        ..Default::default()
    })
}

fn process_v2(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let process = cx.get::<Process>(handle, Rights::INSPECT)?;
    out.single(&c::zx_info_process_v2_t {
        return_code: process.return_code(),
        start_time: if process.is_running() {
            process.start_time_ns()
        } else {
            0
        },
        flags: {
            let life = if process.is_running() {
                c::ZX_INFO_PROCESS_FLAG_STARTED
            } else if process.has_exited() {
                c::ZX_INFO_PROCESS_FLAG_EXITED
            } else {
                0
            };
            let attached = process.debugger().is_bound();
            life | (u32::from(attached) * c::ZX_INFO_PROCESS_FLAG_DEBUGGER_ATTACHED)
        },
        ..Default::default()
    })
}

fn job(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let job = cx.get::<Job>(handle, Rights::INSPECT)?;
    out.single(&c::zx_info_job_t {
        return_code: job.return_code(),
        exited: job.has_exited().into(),
        kill_on_oom: job.kill_on_oom().into(),
        debugger_attached: job.debugger().is_bound().into(),
        ..Default::default()
    })
}

fn job_children(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let jobs = cx.get::<Job>(handle, Rights::ENUMERATE)?.jobs();
    let koids = jobs.iter().map(|job| job.base().koid());
    out.many::<zx_koid_t>(&koids.collect::<Vec<_>>())
}

fn job_processes(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let processes = cx.get::<Job>(handle, Rights::ENUMERATE)?.processes();
    let koids = processes.iter().map(|process| process.base().koid());
    out.many::<zx_koid_t>(&koids.collect::<Vec<_>>())
}

fn task_runtime(cx: &Context, handle: zx_handle_t, topic: u32, out: &InfoOut) -> Result {
    let handle = cx.get_any(handle)?;
    handle.require(Rights::INSPECT)?;
    let (cpu_time, queue_time) = match handle.object() {
        // Nothing of other processes has run.
        Object::Process(process) if !process.is_running() => (0, 0),
        Object::Job(job) if !job.contains(&cx.process().job()) => (0, 0),
        Object::Process(_) | Object::Job(_) => (clock::process_cpu_ns(), 0),
        Object::Thread(thread) => {
            let times = thread.times();
            (times.runtime_ns, times.queue_ns)
        }
        _ => return Err(Status::WRONG_TYPE),
    };
    if topic == c::ZX_INFO_TASK_RUNTIME_V1 {
        return out.single(&c::zx_info_task_runtime_v1_t {
            cpu_time,
            queue_time,
        });
    }
    out.single(&c::zx_info_task_runtime_t {
        cpu_time,
        queue_time,
        ..Default::default()
    })
}

fn resource(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let resource = cx.get::<Resource>(handle, Rights::INSPECT)?;
    let (base, size) = resource.extent();
    out.single(&c::zx_info_resource_t {
        kind: resource.kind(),
        flags: resource.flags(),
        base,
        size: usize::try_from(size).map_err(|_| Status::INTERNAL)?,
        name: resource.name().map(u8::cast_signed),
    })
}

fn timer(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let timer = cx.get::<Timer>(handle, Rights::INSPECT)?;
    let (deadline, slack) = timer.setting().unwrap_or_default();
    out.single(&c::zx_info_timer_t {
        options: timer.options(),
        deadline,
        slack,
        ..Default::default()
    })
}

fn socket(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let info = cx.get::<Socket>(handle, Rights::INSPECT)?.info();
    out.single(&c::zx_info_socket_t {
        options: info.options,
        rx_buf_max: info.rx_buf_max,
        rx_buf_size: info.rx_buf_size,
        rx_buf_available: info.rx_buf_available,
        tx_buf_max: info.tx_buf_max,
        tx_buf_size: info.tx_buf_size,
        ..Default::default()
    })
}

fn bti(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    cx.get::<Bti>(handle, Rights::INSPECT)?;
    out.single(&c::zx_info_bti_t {
        minimum_contiguity: PAGE,
        aspace_size: u64::MAX,
        ..Default::default()
    })
}

fn vcpu(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let kicked = cx.get::<Vcpu>(handle, Rights::INSPECT)?.is_kicked();
    out.single(&c::zx_info_vcpu_t {
        flags: if kicked {
            c::ZX_INFO_VCPU_FLAG_KICKED
        } else {
            0
        },
    })
}

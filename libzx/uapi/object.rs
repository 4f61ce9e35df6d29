// SPDX-License-Identifier: MIT
//! Topics, properties and records of `zx_object_get_info`: `zircon/syscalls/object.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::rights::zx_rights_t;
use super::time::{zx_duration_t, zx_time_t};
use super::types::{
    ZX_MAX_NAME_LEN, zx_cpu_set_t, zx_exception_state_t, zx_handle_t, zx_koid_t, zx_obj_type_t,
    zx_off_t, zx_vaddr_t, zx_vm_option_t,
};
use super::{c_bool, size_t, uintptr_t};
use core::ffi::c_char;

/// One of `ZX_INFO_MAPS_TYPE_*`.
pub type zx_info_maps_type_t = u32;
/// Bits `ZX_INFO_PROCESS_FLAG_*`.
pub type zx_info_process_flags_t = u32;
/// A topic, one of `ZX_INFO_*`.
pub type zx_object_info_topic_t = u32;
/// One of `ZX_THREAD_STATE_*`.
pub type zx_thread_state_t = u32;

// Kinds of mapping records.
pub const ZX_INFO_MAPS_TYPE_NONE: zx_info_maps_type_t = 0;
pub const ZX_INFO_MAPS_TYPE_ASPACE: zx_info_maps_type_t = 1;
pub const ZX_INFO_MAPS_TYPE_VMAR: zx_info_maps_type_t = 2;
pub const ZX_INFO_MAPS_TYPE_MAPPING: zx_info_maps_type_t = 3;

// Flags of `zx_info_process_v2_t`.
pub const ZX_INFO_PROCESS_FLAG_STARTED: zx_info_process_flags_t = 1;
pub const ZX_INFO_PROCESS_FLAG_EXITED: zx_info_process_flags_t = 2;
pub const ZX_INFO_PROCESS_FLAG_DEBUGGER_ATTACHED: zx_info_process_flags_t = 4;

// Stands for no processor.
pub const ZX_INFO_INVALID_CPU: u32 = 0xffff_ffff;

// Flags of `zx_info_vmo_t`.
pub const ZX_INFO_VMO_TYPE_PHYSICAL: u32 = 0;
pub const ZX_INFO_VMO_TYPE_PAGED: u32 = 1;
pub const ZX_INFO_VMO_RESIZABLE: u32 = 2;
pub const ZX_INFO_VMO_IS_COW_CLONE: u32 = 4;
pub const ZX_INFO_VMO_VIA_HANDLE: u32 = 8;
pub const ZX_INFO_VMO_VIA_MAPPING: u32 = 16;
pub const ZX_INFO_VMO_PAGER_BACKED: u32 = 32;
pub const ZX_INFO_VMO_CONTIGUOUS: u32 = 64;
pub const ZX_INFO_VMO_DISCARDABLE: u32 = 128;
pub const ZX_INFO_VMO_IMMUTABLE: u32 = 256;

// Flags of `zx_info_cpu_stats_t`.
pub const ZX_INFO_CPU_STATS_FLAG_ONLINE: u32 = 1;

// Flags of `zx_info_vcpu_t`.
pub const ZX_INFO_VCPU_FLAG_KICKED: u32 = 1;

// Topics.
pub const ZX_INFO_NONE: zx_object_info_topic_t = 0;
pub const ZX_INFO_HANDLE_VALID: zx_object_info_topic_t = 1;
pub const ZX_INFO_HANDLE_BASIC: zx_object_info_topic_t = 2;
#[cfg(not(libzx_later_abi))]
pub const ZX_INFO_PROCESS: zx_object_info_topic_t = ZX_INFO_PROCESS_V1;
#[cfg(libzx_later_abi)]
pub const ZX_INFO_PROCESS: zx_object_info_topic_t = ZX_INFO_PROCESS_V2;
pub const ZX_INFO_PROCESS_V1: zx_object_info_topic_t = 3;
pub const ZX_INFO_PROCESS_THREADS: zx_object_info_topic_t = 4;
pub const ZX_INFO_VMAR: zx_object_info_topic_t = 7;
pub const ZX_INFO_JOB_CHILDREN: zx_object_info_topic_t = 8;
pub const ZX_INFO_JOB_PROCESSES: zx_object_info_topic_t = 9;
pub const ZX_INFO_THREAD: zx_object_info_topic_t = 10;
pub const ZX_INFO_THREAD_EXCEPTION_REPORT_V1: zx_object_info_topic_t = 11;
pub const ZX_INFO_TASK_STATS: zx_object_info_topic_t = 12;
#[cfg(not(libzx_later_abi))]
pub const ZX_INFO_PROCESS_MAPS: zx_object_info_topic_t = 13;
#[cfg(libzx_later_abi)]
pub const ZX_INFO_PROCESS_MAPS: zx_object_info_topic_t = 0x1000_000d;
pub const ZX_INFO_PROCESS_VMOS_V1: zx_object_info_topic_t = 14;
pub const ZX_INFO_THREAD_STATS: zx_object_info_topic_t = 15;
pub const ZX_INFO_CPU_STATS: zx_object_info_topic_t = 16;
pub const ZX_INFO_KMEM_STATS: zx_object_info_topic_t = 17;
pub const ZX_INFO_RESOURCE: zx_object_info_topic_t = 18;
pub const ZX_INFO_HANDLE_COUNT: zx_object_info_topic_t = 19;
pub const ZX_INFO_BTI: zx_object_info_topic_t = 20;
pub const ZX_INFO_PROCESS_HANDLE_STATS: zx_object_info_topic_t = 21;
pub const ZX_INFO_SOCKET: zx_object_info_topic_t = 22;
pub const ZX_INFO_VMO_V1: zx_object_info_topic_t = 23;
pub const ZX_INFO_JOB: zx_object_info_topic_t = 24;
pub const ZX_INFO_TIMER: zx_object_info_topic_t = 25;
pub const ZX_INFO_STREAM: zx_object_info_topic_t = 26;
pub const ZX_INFO_HANDLE_TABLE: zx_object_info_topic_t = 27;
pub const ZX_INFO_MSI: zx_object_info_topic_t = 28;
pub const ZX_INFO_GUEST_STATS: zx_object_info_topic_t = 29;
pub const ZX_INFO_TASK_RUNTIME_V1: zx_object_info_topic_t = 30;
pub const ZX_INFO_KMEM_STATS_EXTENDED: zx_object_info_topic_t = 31;
pub const ZX_INFO_PROCESS_V2: zx_object_info_topic_t = 0x1000_0003;
pub const ZX_INFO_THREAD_EXCEPTION_REPORT: zx_object_info_topic_t = 0x1000_000b;
#[cfg(not(libzx_later_abi))]
pub const ZX_INFO_PROCESS_VMOS: zx_object_info_topic_t = 0x1000_000e;
#[cfg(libzx_later_abi)]
pub const ZX_INFO_PROCESS_VMOS: zx_object_info_topic_t = 0x2000_000e;
#[cfg(not(libzx_later_abi))]
pub const ZX_INFO_VMO: zx_object_info_topic_t = 0x1000_0017;
#[cfg(libzx_later_abi)]
pub const ZX_INFO_VMO: zx_object_info_topic_t = 0x2000_0017;
pub const ZX_INFO_TASK_RUNTIME: zx_object_info_topic_t = 0x1000_001e;
pub const ZX_INFO_VCPU: zx_object_info_topic_t = 32;
pub const ZX_INFO_KMEM_STATS_COMPRESSION: zx_object_info_topic_t = 33;

// Properties.
#[cfg(target_arch = "x86_64")]
pub const ZX_PROP_REGISTER_GS: u32 = 2;
pub const ZX_PROP_NAME: u32 = 3;
#[cfg(target_arch = "x86_64")]
pub const ZX_PROP_REGISTER_FS: u32 = 4;
pub const ZX_PROP_PROCESS_DEBUG_ADDR: u32 = 5;
pub const ZX_PROP_PROCESS_VDSO_BASE_ADDRESS: u32 = 6;
pub const ZX_PROP_PROCESS_BREAK_ON_LOAD: u32 = 7;
pub const ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID: u32 = 8;
pub const ZX_PROP_SOCKET_RX_THRESHOLD: u32 = 12;
pub const ZX_PROP_SOCKET_TX_THRESHOLD: u32 = 13;
pub const ZX_PROP_JOB_KILL_ON_OOM: u32 = 15;
pub const ZX_PROP_EXCEPTION_STATE: u32 = 16;
pub const ZX_PROP_VMO_CONTENT_SIZE: u32 = 17;
pub const ZX_PROP_EXCEPTION_STRATEGY: u32 = 18;
pub const ZX_PROP_STREAM_MODE_APPEND: u32 = 19;

// Thread states.
pub const ZX_THREAD_STATE_NEW: zx_thread_state_t = 0;
pub const ZX_THREAD_STATE_RUNNING: zx_thread_state_t = 1;
pub const ZX_THREAD_STATE_SUSPENDED: zx_thread_state_t = 2;
pub const ZX_THREAD_STATE_BLOCKED: zx_thread_state_t = 3;
pub const ZX_THREAD_STATE_DYING: zx_thread_state_t = 4;
pub const ZX_THREAD_STATE_DEAD: zx_thread_state_t = 5;
pub const ZX_THREAD_STATE_BLOCKED_EXCEPTION: zx_thread_state_t = 0x103;
pub const ZX_THREAD_STATE_BLOCKED_SLEEPING: zx_thread_state_t = 0x203;
pub const ZX_THREAD_STATE_BLOCKED_FUTEX: zx_thread_state_t = 0x303;
pub const ZX_THREAD_STATE_BLOCKED_PORT: zx_thread_state_t = 0x403;
pub const ZX_THREAD_STATE_BLOCKED_CHANNEL: zx_thread_state_t = 0x503;
pub const ZX_THREAD_STATE_BLOCKED_WAIT_ONE: zx_thread_state_t = 0x603;
pub const ZX_THREAD_STATE_BLOCKED_WAIT_MANY: zx_thread_state_t = 0x703;
pub const ZX_THREAD_STATE_BLOCKED_INTERRUPT: zx_thread_state_t = 0x803;
pub const ZX_THREAD_STATE_BLOCKED_PAGER: zx_thread_state_t = 0x903;

// Values of `ZX_PROP_EXCEPTION_STRATEGY`.
pub const ZX_EXCEPTION_STRATEGY_FIRST_CHANCE: u32 = 0;
pub const ZX_EXCEPTION_STRATEGY_SECOND_CHANCE: u32 = 1;

// Values of `ZX_PROP_EXCEPTION_STATE`.
pub const ZX_EXCEPTION_STATE_TRY_NEXT: u32 = 0;
pub const ZX_EXCEPTION_STATE_HANDLED: u32 = 1;
pub const ZX_EXCEPTION_STATE_THREAD_EXIT: zx_exception_state_t = 2;

// Return codes of tasks the kernel killed.
pub const ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL: i64 = -1029;
pub const ZX_TASK_RETCODE_EXCEPTION_KILL: i64 = -1028;
pub const ZX_TASK_RETCODE_VDSO_KILL: i64 = -1027;
pub const ZX_TASK_RETCODE_POLICY_KILL: i64 = -1026;
pub const ZX_TASK_RETCODE_OOM_KILL: i64 = -1025;
pub const ZX_TASK_RETCODE_SYSCALL_KILL: i64 = -1024;

// A value of `ZX_PROP_PROCESS_DEBUG_ADDR`.
pub const ZX_PROCESS_DEBUG_ADDR_BREAK_ON_SET: uintptr_t = 1;

/// Record of `ZX_INFO_BTI`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_bti_t {
    pub minimum_contiguity: u64,
    pub aspace_size: u64,
    pub pmo_count: u64,
    pub quarantine_count: u64,
}
record!(zx_info_bti_t, 32, 8, {
    minimum_contiguity: 0, aspace_size: 8, pmo_count: 16, quarantine_count: 24
});

/// Record of `ZX_INFO_CPU_STATS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_cpu_stats_t {
    pub cpu_number: u32,
    pub flags: u32,
    pub idle_time: zx_duration_t,
    pub reschedules: u64,
    pub context_switches: u64,
    pub irq_preempts: u64,
    pub preempts: u64,
    pub yields: u64,
    pub ints: u64,
    pub timer_ints: u64,
    pub timers: u64,
    pub page_faults: u64,
    pub exceptions: u64,
    pub syscalls: u64,
    pub reschedule_ipis: u64,
    pub generic_ipis: u64,
}
record!(zx_info_cpu_stats_t, 120, 8, {
    cpu_number: 0, flags: 4, idle_time: 8, reschedules: 16, context_switches: 24,
    irq_preempts: 32, preempts: 40, yields: 48, ints: 56, timer_ints: 64, timers: 72,
    page_faults: 80, exceptions: 88, syscalls: 96, reschedule_ipis: 104, generic_ipis: 112
});

/// Record of `ZX_INFO_GUEST_STATS`.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_guest_stats_t {
    pub cpu_number: u32,
    pub flags: u32,
    pub vm_entries: u64,
    pub vm_exits: u64,
    pub interrupts: u64,
    pub interrupt_windows: u64,
    pub cpuid_instructions: u64,
    pub hlt_instructions: u64,
    pub control_register_accesses: u64,
    pub io_instructions: u64,
    pub rdmsr_instructions: u64,
    pub wrmsr_instructions: u64,
    pub ept_violations: u64,
    pub xsetbv_instructions: u64,
    pub pause_instructions: u64,
    pub vmcall_instructions: u64,
}
#[cfg(target_arch = "x86_64")]
record!(zx_info_guest_stats_t, 120, 8, {
    cpu_number: 0, flags: 4, vm_entries: 8, vm_exits: 16, interrupts: 24, interrupt_windows:
    32, cpuid_instructions: 40, hlt_instructions: 48, control_register_accesses: 56,
    io_instructions: 64, rdmsr_instructions: 72, wrmsr_instructions: 80, ept_violations: 88,
    xsetbv_instructions: 96, pause_instructions: 104, vmcall_instructions: 112
});

/// Record of `ZX_INFO_GUEST_STATS`.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_guest_stats_t {
    pub cpu_number: u32,
    pub flags: u32,
    pub vm_entries: u64,
    pub vm_exits: u64,
    pub wfi_wfe_instructions: u64,
    pub instruction_aborts: u64,
    pub data_aborts: u64,
    pub system_instructions: u64,
    pub smc_instructions: u64,
    pub interrupts: u64,
}
#[cfg(target_arch = "aarch64")]
record!(zx_info_guest_stats_t, 72, 8, {
    cpu_number: 0, flags: 4, vm_entries: 8, vm_exits: 16, wfi_wfe_instructions: 24,
    instruction_aborts: 32, data_aborts: 40, system_instructions: 48, smc_instructions: 56,
    interrupts: 64
});

/// Record of `ZX_INFO_HANDLE_BASIC`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_handle_basic_t {
    /// Kernel object id.
    pub koid: zx_koid_t,
    pub rights: zx_rights_t,
    pub r#type: zx_obj_type_t,
    /// Id of the peer or parent, else 0.
    pub related_koid: zx_koid_t,
    /// Zero.
    pub reserved: u32,
    /// Zero.
    pub padding1: [u8; 4],
}
record!(zx_info_handle_basic_t, 32, 8, {
    koid: 0, rights: 8, r#type: 12, related_koid: 16, reserved: 24, padding1: 28
});

/// Record of `ZX_INFO_HANDLE_COUNT`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_handle_count_t {
    pub handle_count: u32,
}
record!(zx_info_handle_count_t, 4, 4, { handle_count: 0 });

/// Record of `ZX_INFO_HANDLE_TABLE`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_handle_extended_t {
    pub r#type: zx_obj_type_t,
    pub handle_value: zx_handle_t,
    pub rights: zx_rights_t,
    /// Zero.
    pub reserved: u32,
    /// Kernel object id.
    pub koid: zx_koid_t,
    /// Id of the peer or parent, else 0.
    pub related_koid: zx_koid_t,
    pub peer_owner_koid: zx_koid_t,
}
record!(zx_info_handle_extended_t, 40, 8, {
    r#type: 0, handle_value: 4, rights: 8, reserved: 12, koid: 16, related_koid: 24,
    peer_owner_koid: 32
});

/// Record of `ZX_INFO_JOB`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_job_t {
    /// What the task exited with.
    pub return_code: i64,
    pub exited: c_bool,
    pub kill_on_oom: c_bool,
    pub debugger_attached: c_bool,
    /// Zero.
    pub padding1: [u8; 5],
}
record!(zx_info_job_t, 16, 8, {
    return_code: 0, exited: 8, kill_on_oom: 9, debugger_attached: 10, padding1: 11
});

/// Record of `ZX_INFO_KMEM_STATS_EXTENDED`.
#[cfg(not(libzx_later_abi))]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_kmem_stats_extended_t {
    pub total_bytes: u64,
    pub free_bytes: u64,
    pub wired_bytes: u64,
    pub total_heap_bytes: u64,
    pub free_heap_bytes: u64,
    pub vmo_bytes: u64,
    pub vmo_pager_total_bytes: u64,
    pub vmo_pager_newest_bytes: u64,
    pub vmo_pager_oldest_bytes: u64,
    pub vmo_discardable_locked_bytes: u64,
    pub vmo_discardable_unlocked_bytes: u64,
    pub mmu_overhead_bytes: u64,
    pub ipc_bytes: u64,
    pub other_bytes: u64,
}
#[cfg(not(libzx_later_abi))]
record!(zx_info_kmem_stats_extended_t, 112, 8, {
    total_bytes: 0, free_bytes: 8, wired_bytes: 16, total_heap_bytes: 24, free_heap_bytes:
    32, vmo_bytes: 40, vmo_pager_total_bytes: 48, vmo_pager_newest_bytes: 56,
    vmo_pager_oldest_bytes: 64, vmo_discardable_locked_bytes: 72,
    vmo_discardable_unlocked_bytes: 80, mmu_overhead_bytes: 88, ipc_bytes: 96, other_bytes:
    104
});

/// Record of `ZX_INFO_KMEM_STATS_EXTENDED`.
#[cfg(libzx_later_abi)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_kmem_stats_extended_t {
    pub total_bytes: u64,
    pub free_bytes: u64,
    pub wired_bytes: u64,
    pub total_heap_bytes: u64,
    pub free_heap_bytes: u64,
    pub vmo_bytes: u64,
    pub vmo_pager_total_bytes: u64,
    pub vmo_pager_newest_bytes: u64,
    pub vmo_pager_oldest_bytes: u64,
    pub vmo_discardable_locked_bytes: u64,
    pub vmo_discardable_unlocked_bytes: u64,
    pub mmu_overhead_bytes: u64,
    pub ipc_bytes: u64,
    pub other_bytes: u64,
    pub vmo_reclaim_disable_bytes: u64,
}
#[cfg(libzx_later_abi)]
record!(zx_info_kmem_stats_extended_t, 120, 8, {
    total_bytes: 0, free_bytes: 8, wired_bytes: 16, total_heap_bytes: 24, free_heap_bytes:
    32, vmo_bytes: 40, vmo_pager_total_bytes: 48, vmo_pager_newest_bytes: 56,
    vmo_pager_oldest_bytes: 64, vmo_discardable_locked_bytes: 72,
    vmo_discardable_unlocked_bytes: 80, mmu_overhead_bytes: 88, ipc_bytes: 96, other_bytes:
    104, vmo_reclaim_disable_bytes: 112
});

/// Record of `ZX_INFO_KMEM_STATS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_kmem_stats_t {
    pub total_bytes: u64,
    pub free_bytes: u64,
    pub wired_bytes: u64,
    pub total_heap_bytes: u64,
    pub free_heap_bytes: u64,
    pub vmo_bytes: u64,
    pub mmu_overhead_bytes: u64,
    pub ipc_bytes: u64,
    pub other_bytes: u64,
}
record!(zx_info_kmem_stats_t, 72, 8, {
    total_bytes: 0, free_bytes: 8, wired_bytes: 16, total_heap_bytes: 24, free_heap_bytes:
    32, vmo_bytes: 40, mmu_overhead_bytes: 48, ipc_bytes: 56, other_bytes: 64
});

/// What `zx_info_maps_t` tells of a mapping.
#[cfg(not(libzx_later_abi))]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_maps_mapping_t {
    pub mmu_flags: zx_vm_option_t,
    /// Zero.
    pub padding1: [u8; 4],
    pub vmo_koid: zx_koid_t,
    pub vmo_offset: u64,
    pub committed_pages: size_t,
}
#[cfg(not(libzx_later_abi))]
record!(zx_info_maps_mapping_t, 32, 8, {
    mmu_flags: 0, padding1: 4, vmo_koid: 8, vmo_offset: 16, committed_pages: 24
});

/// What `zx_info_maps_t` tells of a mapping.
#[cfg(libzx_later_abi)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_maps_mapping_t {
    pub mmu_flags: zx_vm_option_t,
    /// Zero.
    pub padding1: [u8; 4],
    pub vmo_koid: zx_koid_t,
    pub vmo_offset: u64,
    pub committed_pages: size_t,
    pub populated_pages: size_t,
}
#[cfg(libzx_later_abi)]
record!(zx_info_maps_mapping_t, 40, 8, {
    mmu_flags: 0, padding1: 4, vmo_koid: 8, vmo_offset: 16, committed_pages: 24, populated_pages: 32
});

/// Inner record `u` of [`zx_info_maps_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_info_maps__u {
    pub mapping: zx_info_maps_mapping_t,
}
#[cfg(not(libzx_later_abi))]
record!(zx_info_maps__u, 32, 8, { mapping: 0 });
#[cfg(libzx_later_abi)]
record!(zx_info_maps__u, 40, 8, { mapping: 0 });

/// Record of `ZX_INFO_PROCESS_MAPS`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_info_maps_t {
    pub name: [c_char; ZX_MAX_NAME_LEN],
    pub base: zx_vaddr_t,
    pub size: size_t,
    pub depth: size_t,
    pub r#type: zx_info_maps_type_t,
    /// Zero.
    pub padding1: [u8; 4],
    pub u: zx_info_maps__u,
}
#[cfg(not(libzx_later_abi))]
record!(zx_info_maps_t, 96, 8, {
    name: 0, base: 32, size: 40, depth: 48, r#type: 56, padding1: 60, u: 64
});
#[cfg(libzx_later_abi)]
record!(zx_info_maps_t, 104, 8, {
    name: 0, base: 32, size: 40, depth: 48, r#type: 56, padding1: 60, u: 64
});

/// Record of `ZX_INFO_MSI`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_msi_t {
    pub target_addr: u64,
    pub target_data: u32,
    pub base_irq_id: u32,
    pub num_irq: u32,
    pub interrupt_count: u32,
}
record!(zx_info_msi_t, 24, 8, {
    target_addr: 0, target_data: 8, base_irq_id: 12, num_irq: 16, interrupt_count: 20
});

/// Record of `ZX_INFO_PROCESS_HANDLE_STATS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_process_handle_stats_t {
    pub handle_count: [u32; 64],
}
record!(zx_info_process_handle_stats_t, 256, 4, { handle_count: 0 });

/// Another name of [`zx_info_process_v1_t`].
#[cfg(not(libzx_later_abi))]
pub type zx_info_process_t = zx_info_process_v1_t;

/// Another name of [`zx_info_process_v2_t`].
#[cfg(libzx_later_abi)]
pub type zx_info_process_t = zx_info_process_v2_t;

/// Record of `ZX_INFO_PROCESS_V1`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_process_v1_t {
    /// What the task exited with.
    pub return_code: i64,
    pub started: c_bool,
    pub exited: c_bool,
    pub debugger_attached: c_bool,
    /// Zero.
    pub padding1: [u8; 5],
}
record!(zx_info_process_v1_t, 16, 8, {
    return_code: 0, started: 8, exited: 9, debugger_attached: 10, padding1: 11
});

/// Record of `ZX_INFO_PROCESS_V2`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_process_v2_t {
    /// What the task exited with.
    pub return_code: i64,
    pub start_time: zx_time_t,
    pub flags: zx_info_process_flags_t,
    /// Zero.
    pub padding1: [u8; 4],
}
record!(zx_info_process_v2_t, 24, 8, { return_code: 0, start_time: 8, flags: 16, padding1: 20 });

/// Record of `ZX_INFO_RESOURCE`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_resource_t {
    pub kind: u32,
    pub flags: u32,
    pub base: u64,
    pub size: size_t,
    pub name: [c_char; ZX_MAX_NAME_LEN],
}
record!(zx_info_resource_t, 56, 8, { kind: 0, flags: 4, base: 8, size: 16, name: 24 });

/// Record of `ZX_INFO_SOCKET`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_socket_t {
    pub options: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub rx_buf_max: size_t,
    pub rx_buf_size: size_t,
    pub rx_buf_available: size_t,
    pub tx_buf_max: size_t,
    pub tx_buf_size: size_t,
}
record!(zx_info_socket_t, 48, 8, {
    options: 0, padding1: 4, rx_buf_max: 8, rx_buf_size: 16, rx_buf_available: 24,
    tx_buf_max: 32, tx_buf_size: 40
});

/// Record of `ZX_INFO_STREAM`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_stream_t {
    pub options: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub seek: zx_off_t,
    pub content_size: u64,
}
record!(zx_info_stream_t, 24, 8, { options: 0, padding1: 4, seek: 8, content_size: 16 });

/// Record of `ZX_INFO_TASK_RUNTIME`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_task_runtime_t {
    pub cpu_time: zx_duration_t,
    pub queue_time: zx_duration_t,
    pub page_fault_time: zx_duration_t,
    pub lock_contention_time: zx_duration_t,
}
record!(zx_info_task_runtime_t, 32, 8, {
    cpu_time: 0, queue_time: 8, page_fault_time: 16, lock_contention_time: 24
});

/// Record of `ZX_INFO_TASK_RUNTIME_V1`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_task_runtime_v1_t {
    pub cpu_time: zx_duration_t,
    pub queue_time: zx_duration_t,
}
record!(zx_info_task_runtime_v1_t, 16, 8, { cpu_time: 0, queue_time: 8 });

/// Record of `ZX_INFO_TASK_STATS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_task_stats_t {
    pub mem_mapped_bytes: size_t,
    pub mem_private_bytes: size_t,
    pub mem_shared_bytes: size_t,
    pub mem_scaled_shared_bytes: size_t,
}
record!(zx_info_task_stats_t, 32, 8, {
    mem_mapped_bytes: 0, mem_private_bytes: 8, mem_shared_bytes: 16,
    mem_scaled_shared_bytes: 24
});

/// Record of `ZX_INFO_THREAD_STATS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_thread_stats_t {
    pub total_runtime: zx_duration_t,
    pub last_scheduled_cpu: u32,
    /// Zero.
    pub padding1: [u8; 4],
}
record!(zx_info_thread_stats_t, 16, 8, { total_runtime: 0, last_scheduled_cpu: 8, padding1: 12 });

/// Record of `ZX_INFO_THREAD`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_thread_t {
    pub state: zx_thread_state_t,
    pub wait_exception_channel_type: u32,
    pub cpu_affinity_mask: zx_cpu_set_t,
}
record!(zx_info_thread_t, 72, 8, {
    state: 0, wait_exception_channel_type: 4, cpu_affinity_mask: 8
});

/// Record of `ZX_INFO_TIMER`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_timer_t {
    pub options: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub deadline: zx_time_t,
    pub slack: zx_duration_t,
}
record!(zx_info_timer_t, 24, 8, { options: 0, padding1: 4, deadline: 8, slack: 16 });

/// Record of `ZX_INFO_VMAR`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_vmar_t {
    pub base: uintptr_t,
    pub len: size_t,
}
record!(zx_info_vmar_t, 16, 8, { base: 0, len: 8 });

/// Record of `ZX_INFO_PROCESS_VMOS`, `ZX_INFO_VMO`.
#[cfg(not(libzx_later_abi))]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_vmo_t {
    /// Kernel object id.
    pub koid: zx_koid_t,
    pub name: [c_char; ZX_MAX_NAME_LEN],
    pub size_bytes: u64,
    pub parent_koid: zx_koid_t,
    pub num_children: size_t,
    pub num_mappings: size_t,
    pub share_count: size_t,
    pub flags: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub committed_bytes: u64,
    pub handle_rights: zx_rights_t,
    pub cache_policy: u32,
    pub metadata_bytes: u64,
    pub committed_change_events: u64,
}
#[cfg(not(libzx_later_abi))]
record!(zx_info_vmo_t, 120, 8, {
    koid: 0, name: 8, size_bytes: 40, parent_koid: 48, num_children: 56, num_mappings: 64,
    share_count: 72, flags: 80, padding1: 84, committed_bytes: 88, handle_rights: 96,
    cache_policy: 100, metadata_bytes: 104, committed_change_events: 112
});

/// Record of `ZX_INFO_PROCESS_VMOS`, `ZX_INFO_VMO`.
#[cfg(libzx_later_abi)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_vmo_t {
    /// Kernel object id.
    pub koid: zx_koid_t,
    pub name: [c_char; ZX_MAX_NAME_LEN],
    pub size_bytes: u64,
    pub parent_koid: zx_koid_t,
    pub num_children: size_t,
    pub num_mappings: size_t,
    pub share_count: size_t,
    pub flags: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub committed_bytes: u64,
    pub handle_rights: zx_rights_t,
    pub cache_policy: u32,
    pub metadata_bytes: u64,
    pub committed_change_events: u64,
    pub populated_bytes: u64,
}
#[cfg(libzx_later_abi)]
record!(zx_info_vmo_t, 128, 8, {
    koid: 0, name: 8, size_bytes: 40, parent_koid: 48, num_children: 56, num_mappings: 64,
    share_count: 72, flags: 80, padding1: 84, committed_bytes: 88, handle_rights: 96,
    cache_policy: 100, metadata_bytes: 104, committed_change_events: 112, populated_bytes: 120
});

/// Record of `ZX_INFO_PROCESS_VMOS_V1`, `ZX_INFO_VMO_V1`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_vmo_v1_t {
    /// Kernel object id.
    pub koid: zx_koid_t,
    pub name: [c_char; ZX_MAX_NAME_LEN],
    pub size_bytes: u64,
    pub parent_koid: zx_koid_t,
    pub num_children: size_t,
    pub num_mappings: size_t,
    pub share_count: size_t,
    pub flags: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub committed_bytes: u64,
    pub handle_rights: zx_rights_t,
    pub cache_policy: u32,
}
record!(zx_info_vmo_v1_t, 104, 8, {
    koid: 0, name: 8, size_bytes: 40, parent_koid: 48, num_children: 56, num_mappings: 64,
    share_count: 72, flags: 80, padding1: 84, committed_bytes: 88, handle_rights: 96,
    cache_policy: 100
});

/// Record of `ZX_INFO_KMEM_STATS_COMPRESSION`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_kmem_stats_compression_t {
    pub uncompressed_storage_bytes: u64,
    pub compressed_storage_bytes: u64,
    pub compressed_fragmentation_bytes: u64,
    pub compression_time: zx_duration_t,
    pub decompression_time: zx_duration_t,
    pub total_page_compression_attempts: u64,
    pub failed_page_compression_attempts: u64,
    pub total_page_decompressions: u64,
    pub compressed_page_evictions: u64,
    pub eager_page_compressions: u64,
    pub memory_pressure_page_compressions: u64,
    pub critical_memory_page_compressions: u64,
    pub pages_decompressed_unit_ns: u64,
    pub pages_decompressed_within_log_time: [u64; 8],
}
record!(zx_info_kmem_stats_compression_t, 168, 8, {
    uncompressed_storage_bytes: 0, compressed_storage_bytes: 8,
    compressed_fragmentation_bytes: 16, compression_time: 24, decompression_time: 32,
    total_page_compression_attempts: 40, failed_page_compression_attempts: 48,
    total_page_decompressions: 56, compressed_page_evictions: 64, eager_page_compressions:
    72, memory_pressure_page_compressions: 80, critical_memory_page_compressions: 88,
    pages_decompressed_unit_ns: 96, pages_decompressed_within_log_time: 104
});

/// Record of `ZX_INFO_VCPU`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_info_vcpu_t {
    pub flags: u32,
}
record!(zx_info_vcpu_t, 4, 4, { flags: 0 });

// SPDX-License-Identifier: MIT
//! Basic types, object types, signals, options: `zircon/types.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::rights::zx_rights_t;
use super::time::zx_duration_t;
use super::{size_t, uintptr_t};
use core::ffi::c_void;

/// Selects a clock of `zx_clock_get`.
pub type zx_clock_t = u32;
/// What a futex holds.
pub type zx_futex_storage_t = i32;
/// A futex; C programs see an atomic int.
pub type zx_futex_t = i32;
/// A guest-physical address.
pub type zx_gpaddr_t = uintptr_t;
/// One of `ZX_HANDLE_OP_*`.
pub type zx_handle_op_t = u32;
/// A handle value.
pub type zx_handle_t = u32;
/// A kernel object id, never reused.
pub type zx_koid_t = u64;
/// One of `ZX_OBJ_TYPE_*`.
pub type zx_obj_type_t = u32;
/// An offset in bytes.
pub type zx_off_t = u64;
/// A physical address below 4 GiB.
pub type zx_paddr32_t = u32;
/// A physical address.
pub type zx_paddr_t = uintptr_t;
/// A set of signals.
pub type zx_signals_t = u32;
/// A result: `ZX_OK` or one of `ZX_ERR_*`.
pub type zx_status_t = i32;
/// One of `ZX_STREAM_SEEK_ORIGIN_*`.
pub type zx_stream_seek_origin_t = u32;
/// One of `ZX_SYSTEM_EVENT_*`.
pub type zx_system_event_type_t = u32;
/// Transaction id of a channel message.
pub type zx_txid_t = u32;
/// A virtual address.
pub type zx_vaddr_t = uintptr_t;
/// Mapping options, bits `ZX_VM_*`.
pub type zx_vm_option_t = u32;
/// Options of `zx_guest_create`.
pub type zx_guest_option_t = u32;
/// Options of `zx_vcpu_create`.
pub type zx_vcpu_option_t = u32;
/// Options of the shared buffer id call.
pub type zx_iob_allocate_id_options_t = u32;
/// Later name of `zx_vcpu_t`.
pub type zx_vcpu_state_topic_t = u32;
/// Options of a power level.
pub type zx_processor_power_level_options_t = u64;
/// One of `ZX_PROCESSOR_POWER_CONTROL_*`.
pub type zx_processor_power_control_t = u64;
/// One of `ZX_EXCP_POLICY_CODE_*`.
pub type zx_excp_policy_code_t = u32;
/// One of `ZX_EXCEPTION_STATE_*`.
pub type zx_exception_state_t = u32;
/// One of `ZX_EXCEPTION_STRATEGY_*`.
pub type zx_exception_strategy_t = u32;

// Handle values.
pub const ZX_HANDLE_INVALID: zx_handle_t = 0;
pub const ZX_HANDLE_FIXED_BITS_MASK: zx_handle_t = 3;

// What happens to a handle written to a channel.
pub const ZX_HANDLE_OP_MOVE: zx_handle_op_t = 0;
pub const ZX_HANDLE_OP_DUPLICATE: zx_handle_op_t = 1;

// Kernel object ids.
pub const ZX_KOID_INVALID: u64 = 0;
pub const ZX_KOID_KERNEL: u64 = 1;
pub const ZX_KOID_FIRST: u64 = 1024;

// Longest object name, with its NUL.
pub const ZX_MAX_NAME_LEN: size_t = 32;

// Object types.
pub const ZX_OBJ_TYPE_NONE: zx_obj_type_t = 0;
pub const ZX_OBJ_TYPE_PROCESS: zx_obj_type_t = 1;
pub const ZX_OBJ_TYPE_THREAD: zx_obj_type_t = 2;
pub const ZX_OBJ_TYPE_VMO: zx_obj_type_t = 3;
pub const ZX_OBJ_TYPE_CHANNEL: zx_obj_type_t = 4;
pub const ZX_OBJ_TYPE_EVENT: zx_obj_type_t = 5;
pub const ZX_OBJ_TYPE_PORT: zx_obj_type_t = 6;
pub const ZX_OBJ_TYPE_INTERRUPT: zx_obj_type_t = 9;
pub const ZX_OBJ_TYPE_PCI_DEVICE: zx_obj_type_t = 11;
pub const ZX_OBJ_TYPE_LOG: zx_obj_type_t = 12;
pub const ZX_OBJ_TYPE_SOCKET: zx_obj_type_t = 14;
pub const ZX_OBJ_TYPE_RESOURCE: zx_obj_type_t = 15;
pub const ZX_OBJ_TYPE_EVENTPAIR: zx_obj_type_t = 16;
pub const ZX_OBJ_TYPE_JOB: zx_obj_type_t = 17;
pub const ZX_OBJ_TYPE_VMAR: zx_obj_type_t = 18;
pub const ZX_OBJ_TYPE_FIFO: zx_obj_type_t = 19;
pub const ZX_OBJ_TYPE_GUEST: zx_obj_type_t = 20;
pub const ZX_OBJ_TYPE_VCPU: zx_obj_type_t = 21;
pub const ZX_OBJ_TYPE_TIMER: zx_obj_type_t = 22;
pub const ZX_OBJ_TYPE_IOMMU: zx_obj_type_t = 23;
pub const ZX_OBJ_TYPE_BTI: zx_obj_type_t = 24;
pub const ZX_OBJ_TYPE_PROFILE: zx_obj_type_t = 25;
pub const ZX_OBJ_TYPE_PMT: zx_obj_type_t = 26;
pub const ZX_OBJ_TYPE_SUSPEND_TOKEN: zx_obj_type_t = 27;
pub const ZX_OBJ_TYPE_PAGER: zx_obj_type_t = 28;
pub const ZX_OBJ_TYPE_EXCEPTION: zx_obj_type_t = 29;
pub const ZX_OBJ_TYPE_CLOCK: zx_obj_type_t = 30;
pub const ZX_OBJ_TYPE_STREAM: zx_obj_type_t = 31;
pub const ZX_OBJ_TYPE_MSI: zx_obj_type_t = 32;
pub const ZX_OBJ_TYPE_UPPER_BOUND: zx_obj_type_t = 64;
pub const ZX_OBJ_TYPE_DEBUGLOG: zx_obj_type_t = 12;
pub const ZX_OBJ_TYPE_IOB: zx_obj_type_t = 33;

// Most items of `zx_object_wait_many`.
pub const ZX_WAIT_MANY_MAX_ITEMS: size_t = 64;

// Signal bits, for use in the names below.
pub const __ZX_OBJECT_READABLE: zx_signals_t = 1 << 0;
pub const __ZX_OBJECT_WRITABLE: zx_signals_t = 1 << 1;
pub const __ZX_OBJECT_PEER_CLOSED: zx_signals_t = 1 << 2;
pub const __ZX_OBJECT_SIGNALED: zx_signals_t = 1 << 3;
pub const __ZX_OBJECT_SIGNAL_4: zx_signals_t = 1 << 4;
pub const __ZX_OBJECT_SIGNAL_5: zx_signals_t = 1 << 5;
pub const __ZX_OBJECT_SIGNAL_6: zx_signals_t = 1 << 6;
pub const __ZX_OBJECT_SIGNAL_7: zx_signals_t = 1 << 7;
pub const __ZX_OBJECT_SIGNAL_8: zx_signals_t = 1 << 8;
pub const __ZX_OBJECT_SIGNAL_9: zx_signals_t = 1 << 9;
pub const __ZX_OBJECT_SIGNAL_10: zx_signals_t = 1 << 10;
pub const __ZX_OBJECT_SIGNAL_11: zx_signals_t = 1 << 11;
pub const __ZX_OBJECT_SIGNAL_12: zx_signals_t = 1 << 12;
pub const __ZX_OBJECT_SIGNAL_13: zx_signals_t = 1 << 13;
pub const __ZX_OBJECT_SIGNAL_14: zx_signals_t = 1 << 14;
pub const __ZX_OBJECT_SIGNAL_15: zx_signals_t = 1 << 15;
pub const __ZX_OBJECT_SIGNAL_16: zx_signals_t = 1 << 16;
pub const __ZX_OBJECT_SIGNAL_17: zx_signals_t = 1 << 17;
pub const __ZX_OBJECT_SIGNAL_18: zx_signals_t = 1 << 18;
pub const __ZX_OBJECT_SIGNAL_19: zx_signals_t = 1 << 19;
pub const __ZX_OBJECT_SIGNAL_20: zx_signals_t = 1 << 20;
pub const __ZX_OBJECT_SIGNAL_21: zx_signals_t = 1 << 21;
pub const __ZX_OBJECT_SIGNAL_22: zx_signals_t = 1 << 22;
pub const __ZX_OBJECT_HANDLE_CLOSED: zx_signals_t = 1 << 23;
pub const __ZX_OBJECT_SIGNAL_ALL: zx_signals_t = 0x00ff_ffff;

// Signals of every object.
pub const ZX_SIGNAL_NONE: zx_signals_t = 0;
pub const ZX_SIGNAL_HANDLE_CLOSED: zx_signals_t = __ZX_OBJECT_HANDLE_CLOSED;

// Signals that only programs set.
pub const ZX_USER_SIGNAL_0: zx_signals_t = 1 << 24;
pub const ZX_USER_SIGNAL_1: zx_signals_t = 1 << 25;
pub const ZX_USER_SIGNAL_2: zx_signals_t = 1 << 26;
pub const ZX_USER_SIGNAL_3: zx_signals_t = 1 << 27;
pub const ZX_USER_SIGNAL_4: zx_signals_t = 1 << 28;
pub const ZX_USER_SIGNAL_5: zx_signals_t = 1 << 29;
pub const ZX_USER_SIGNAL_6: zx_signals_t = 1 << 30;
pub const ZX_USER_SIGNAL_7: zx_signals_t = 1 << 31;
pub const ZX_USER_SIGNAL_ALL: zx_signals_t = 0xff00_0000;

// Events.
pub const ZX_EVENT_SIGNALED: zx_signals_t = __ZX_OBJECT_SIGNALED;
pub const ZX_EVENT_SIGNAL_MASK: zx_signals_t = 0xff00_0008;

// Event pairs.
pub const ZX_EVENTPAIR_PEER_CLOSED: zx_signals_t = __ZX_OBJECT_PEER_CLOSED;
pub const ZX_EVENTPAIR_SIGNALED: zx_signals_t = __ZX_OBJECT_SIGNALED;
pub const ZX_EVENTPAIR_SIGNAL_MASK: zx_signals_t = 0xff00_000c;

// Channels.
pub const ZX_CHANNEL_READABLE: zx_signals_t = __ZX_OBJECT_READABLE;
pub const ZX_CHANNEL_WRITABLE: zx_signals_t = __ZX_OBJECT_WRITABLE;
pub const ZX_CHANNEL_PEER_CLOSED: zx_signals_t = __ZX_OBJECT_PEER_CLOSED;
pub const ZX_CHANNEL_READ_MAY_DISCARD: u32 = 1;
pub const ZX_CHANNEL_WRITE_USE_IOVEC: u32 = 2;
pub const ZX_CHANNEL_MAX_MSG_HANDLES: u32 = 64;
pub const ZX_CHANNEL_MAX_MSG_IOVECS: u32 = 0x2000;
pub const ZX_CHANNEL_MAX_MSG_IOVEC: u32 = ZX_CHANNEL_MAX_MSG_IOVECS;
pub const ZX_CHANNEL_MAX_MSG_BYTES: u32 = 0x0001_0000;

// Sockets.
pub const ZX_SOCKET_READABLE: zx_signals_t = __ZX_OBJECT_READABLE;
pub const ZX_SOCKET_WRITABLE: zx_signals_t = __ZX_OBJECT_WRITABLE;
pub const ZX_SOCKET_PEER_CLOSED: zx_signals_t = __ZX_OBJECT_PEER_CLOSED;
pub const ZX_SOCKET_PEER_WRITE_DISABLED: zx_signals_t = __ZX_OBJECT_SIGNAL_4;
pub const ZX_SOCKET_WRITE_DISABLED: zx_signals_t = __ZX_OBJECT_SIGNAL_5;
pub const ZX_SOCKET_READ_THRESHOLD: zx_signals_t = __ZX_OBJECT_SIGNAL_10;
pub const ZX_SOCKET_WRITE_THRESHOLD: zx_signals_t = __ZX_OBJECT_SIGNAL_11;
pub const ZX_SOCKET_STREAM: u32 = 0;
pub const ZX_SOCKET_CREATE_MASK: u32 = ZX_SOCKET_DATAGRAM;
pub const ZX_SOCKET_DATAGRAM: u32 = 1;
pub const ZX_SOCKET_SHUTDOWN_WRITE: u32 = 1;
pub const ZX_SOCKET_DISPOSITION_WRITE_DISABLED: u32 = 1;
pub const ZX_SOCKET_SHUTDOWN_READ: u32 = 2;
pub const ZX_SOCKET_DISPOSITION_WRITE_ENABLED: u32 = 2;
pub const ZX_SOCKET_SHUTDOWN_MASK: u32 = 3;
pub const ZX_SOCKET_PEEK: u32 = 8;

// Fifos.
pub const ZX_FIFO_READABLE: zx_signals_t = __ZX_OBJECT_READABLE;
pub const ZX_FIFO_WRITABLE: zx_signals_t = __ZX_OBJECT_WRITABLE;
pub const ZX_FIFO_PEER_CLOSED: zx_signals_t = __ZX_OBJECT_PEER_CLOSED;
pub const ZX_FIFO_MAX_SIZE_BYTES: uintptr_t = 0x1000;

// Streams.
pub const ZX_STREAM_APPEND: u32 = 1;
pub const ZX_STREAM_MODE_READ: u32 = 1;
pub const ZX_STREAM_MODE_WRITE: u32 = 2;
#[cfg(not(libzx_later_abi))]
pub const ZX_STREAM_CREATE_MASK: u32 = 3;
#[cfg(libzx_later_abi)]
pub const ZX_STREAM_CREATE_MASK: u32 = 7;
pub const ZX_STREAM_MODE_APPEND: u32 = 4;
pub const ZX_STREAM_SEEK_ORIGIN_START: zx_stream_seek_origin_t = 0;
pub const ZX_STREAM_SEEK_ORIGIN_CURRENT: zx_stream_seek_origin_t = 1;
pub const ZX_STREAM_SEEK_ORIGIN_END: zx_stream_seek_origin_t = 2;

// Tasks: jobs, processes and threads.
pub const ZX_TASK_TERMINATED: zx_signals_t = __ZX_OBJECT_SIGNALED;
pub const ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO: u32 = 1;
pub const ZX_JOB_TERMINATED: zx_signals_t = __ZX_OBJECT_SIGNALED;
pub const ZX_JOB_NO_JOBS: zx_signals_t = __ZX_OBJECT_SIGNAL_4;
pub const ZX_JOB_NO_PROCESSES: zx_signals_t = __ZX_OBJECT_SIGNAL_5;
pub const ZX_PROCESS_TERMINATED: zx_signals_t = __ZX_OBJECT_SIGNALED;
pub const ZX_PROCESS_SHARED: u32 = 1;
pub const ZX_THREAD_TERMINATED: zx_signals_t = __ZX_OBJECT_SIGNALED;
pub const ZX_THREAD_RUNNING: zx_signals_t = __ZX_OBJECT_SIGNAL_4;
pub const ZX_THREAD_SUSPENDED: zx_signals_t = __ZX_OBJECT_SIGNAL_5;

// Debug logs.
pub const ZX_LOG_READABLE: zx_signals_t = __ZX_OBJECT_READABLE;
pub const ZX_LOG_WRITABLE: zx_signals_t = __ZX_OBJECT_WRITABLE;

// Timers.
pub const ZX_TIMER_SLACK_CENTER: u32 = 0;
pub const ZX_TIMER_SLACK_EARLY: u32 = 1;
pub const ZX_TIMER_SLACK_LATE: u32 = 2;
pub const ZX_TIMER_SIGNALED: zx_signals_t = __ZX_OBJECT_SIGNALED;

// Clocks.
pub const ZX_CLOCK_STARTED: zx_signals_t = __ZX_OBJECT_SIGNAL_4;
pub const ZX_CLOCK_UPDATED: zx_signals_t = 1 << 5;
pub const ZX_CLOCK_MONOTONIC: zx_clock_t = 0;
pub const ZX_CLOCK_UTC: zx_clock_t = 1;
pub const ZX_CLOCK_THREAD: zx_clock_t = 2;

// Operations of `zx_vmo_op_range`.
pub const ZX_VMO_OP_COMMIT: u32 = 1;
pub const ZX_VMO_OP_DECOMMIT: u32 = 2;
pub const ZX_VMO_OP_LOCK: u32 = 3;
pub const ZX_VMO_OP_UNLOCK: u32 = 4;
pub const ZX_VMO_OP_CACHE_SYNC: u32 = 6;
pub const ZX_VMO_OP_CACHE_INVALIDATE: u32 = 7;
pub const ZX_VMO_OP_CACHE_CLEAN: u32 = 8;
pub const ZX_VMO_OP_CACHE_CLEAN_INVALIDATE: u32 = 9;
pub const ZX_VMO_OP_ZERO: u32 = 10;
pub const ZX_VMO_OP_TRY_LOCK: u32 = 11;
pub const ZX_VMO_OP_DONT_NEED: u32 = 12;
pub const ZX_VMO_OP_ALWAYS_NEED: u32 = 13;

// Options of `zx_vmo_create_child`.
pub const ZX_VMO_CHILD_SNAPSHOT: u32 = 1;
pub const ZX_VMO_CHILD_RESIZABLE: u32 = 4;
pub const ZX_VMO_CHILD_SLICE: u32 = 8;
pub const ZX_VMO_CHILD_COPY_ON_WRITE: u32 = 16;
pub const ZX_VMO_CHILD_PRIVATE_PAGER_COPY: u32 = 16;
pub const ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE: u32 = 16;
pub const ZX_VMO_CHILD_NO_WRITE: u32 = 32;
pub const ZX_VMO_CHILD_REFERENCE: u32 = 64;

// Memory objects.
pub const ZX_VMO_ZERO_CHILDREN: zx_signals_t = __ZX_OBJECT_SIGNALED;
pub const ZX_VMO_RESIZABLE: u32 = 2;
pub const ZX_VMO_DISCARDABLE: u32 = 4;
pub const ZX_VMO_TRAP_DIRTY: u32 = 8;
pub const ZX_VMO_DIRTY_RANGE_IS_ZERO: u64 = 1;

// Operations of `zx_vmar_op_range`.
pub const ZX_VMAR_OP_DECOMMIT: u32 = 2;
pub const ZX_VMAR_OP_MAP_RANGE: u32 = 3;
pub const ZX_VMAR_OP_COMMIT: u32 = 1;
pub const ZX_VMAR_OP_DONT_NEED: u32 = 12;
pub const ZX_VMAR_OP_ALWAYS_NEED: u32 = 13;

// Alignment of a mapping, a power of two in the top byte of the options.
pub const ZX_VM_ALIGN_BASE: i32 = 24;
pub const ZX_VM_ALIGN_1KB: zx_vm_option_t = 10 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_2KB: zx_vm_option_t = 11 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_4KB: zx_vm_option_t = 12 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_8KB: zx_vm_option_t = 13 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_16KB: zx_vm_option_t = 14 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_32KB: zx_vm_option_t = 15 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_64KB: zx_vm_option_t = 16 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_128KB: zx_vm_option_t = 17 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_256KB: zx_vm_option_t = 18 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_512KB: zx_vm_option_t = 19 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_1MB: zx_vm_option_t = 20 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_2MB: zx_vm_option_t = 21 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_4MB: zx_vm_option_t = 22 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_8MB: zx_vm_option_t = 23 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_16MB: zx_vm_option_t = 24 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_32MB: zx_vm_option_t = 25 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_64MB: zx_vm_option_t = 26 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_128MB: zx_vm_option_t = 27 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_256MB: zx_vm_option_t = 28 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_512MB: zx_vm_option_t = 29 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_1GB: zx_vm_option_t = 30 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_2GB: zx_vm_option_t = 31 << ZX_VM_ALIGN_BASE;
pub const ZX_VM_ALIGN_4GB: zx_vm_option_t = 32 << ZX_VM_ALIGN_BASE;

// Names the mapping options had before.
pub const ZX_VM_FLAG_PERM_READ: u32 = 1;
pub const ZX_VM_FLAG_PERM_WRITE: u32 = 2;
pub const ZX_VM_FLAG_PERM_EXECUTE: u32 = 4;
pub const ZX_VM_FLAG_COMPACT: u32 = 8;
pub const ZX_VM_FLAG_SPECIFIC: u32 = 16;
pub const ZX_VM_FLAG_SPECIFIC_OVERWRITE: u32 = 32;
pub const ZX_VM_FLAG_CAN_MAP_SPECIFIC: u32 = 64;
pub const ZX_VM_FLAG_CAN_MAP_READ: u32 = 128;
pub const ZX_VM_FLAG_CAN_MAP_WRITE: u32 = 256;
pub const ZX_VM_FLAG_CAN_MAP_EXECUTE: u32 = 512;
pub const ZX_VM_FLAG_MAP_RANGE: u32 = 1024;
pub const ZX_VM_FLAG_REQUIRE_NON_RESIZABLE: u32 = 2048;

// Mapping options.
pub const ZX_VM_PERM_READ: zx_vm_option_t = 1 << 0;
pub const ZX_VM_PERM_WRITE: zx_vm_option_t = 1 << 1;
pub const ZX_VM_PERM_EXECUTE: zx_vm_option_t = 1 << 2;
pub const ZX_VM_COMPACT: zx_vm_option_t = 1 << 3;
pub const ZX_VM_SPECIFIC: zx_vm_option_t = 1 << 4;
pub const ZX_VM_SPECIFIC_OVERWRITE: zx_vm_option_t = 1 << 5;
pub const ZX_VM_CAN_MAP_SPECIFIC: zx_vm_option_t = 1 << 6;
pub const ZX_VM_CAN_MAP_READ: zx_vm_option_t = 1 << 7;
pub const ZX_VM_CAN_MAP_WRITE: zx_vm_option_t = 1 << 8;
pub const ZX_VM_CAN_MAP_EXECUTE: zx_vm_option_t = 1 << 9;
pub const ZX_VM_MAP_RANGE: zx_vm_option_t = 1 << 10;
pub const ZX_VM_REQUIRE_NON_RESIZABLE: zx_vm_option_t = 1 << 11;
pub const ZX_VM_ALLOW_FAULTS: zx_vm_option_t = 1 << 12;
pub const ZX_VM_OFFSET_IS_UPPER_LIMIT: zx_vm_option_t = 1 << 13;
pub const ZX_VM_PERM_READ_IF_XOM_UNSUPPORTED: zx_vm_option_t = 1 << 14;

// Cache policies.
pub const ZX_CACHE_POLICY_CACHED: u32 = 0;
pub const ZX_CACHE_POLICY_UNCACHED: u32 = 1;
pub const ZX_CACHE_POLICY_UNCACHED_DEVICE: u32 = 2;
pub const ZX_CACHE_POLICY_MASK: u32 = 3;
pub const ZX_CACHE_POLICY_WRITE_COMBINING: u32 = 3;

// Options of `zx_cache_flush`.
pub const ZX_CACHE_FLUSH_INSN: u32 = 1;
pub const ZX_CACHE_FLUSH_DATA: u32 = 2;
pub const ZX_CACHE_FLUSH_INVALIDATE: u32 = 4;

// Operations of `zx_pager_op_range`.
pub const ZX_PAGER_OP_FAIL: u32 = 1;
pub const ZX_PAGER_OP_DIRTY: u32 = 2;
pub const ZX_PAGER_OP_WRITEBACK_BEGIN: u32 = 3;
pub const ZX_PAGER_OP_WRITEBACK_END: u32 = 4;

// Interrupts.
pub const ZX_INTERRUPT_BIND: u32 = 0;
pub const ZX_INTERRUPT_MODE_DEFAULT: u32 = 0;
pub const ZX_INTERRUPT_REMAP_IRQ: u32 = 1;
pub const ZX_INTERRUPT_UNBIND: u32 = 1;
pub const ZX_INTERRUPT_MODE_EDGE_LOW: u32 = 2;
pub const ZX_INTERRUPT_MODE_EDGE_HIGH: u32 = 4;
pub const ZX_INTERRUPT_MODE_LEVEL_LOW: u32 = 6;
pub const ZX_INTERRUPT_MODE_LEVEL_HIGH: u32 = 8;
pub const ZX_INTERRUPT_MODE_EDGE_BOTH: u32 = 10;
pub const ZX_INTERRUPT_MODE_MASK: u32 = 0xe;
pub const ZX_INTERRUPT_VIRTUAL: u32 = 16;
pub const ZX_VIRTUAL_INTERRUPT_UNTRIGGERED: zx_signals_t = __ZX_OBJECT_SIGNAL_4;
pub const ZX_INTERRUPT_MAX_SLOTS: u32 = 62;
pub const ZX_INTERRUPT_SLOT_USER: u32 = 62;

// Message signalled interrupts.
pub const ZX_MSI_MODE_MSI_X: u32 = 1;
pub const ZX_PCI_INTERRUPT_SLOT: u32 = 0;

// Bus transaction initiators.
pub const ZX_BTI_PERM_READ: u32 = 1;
pub const ZX_BTI_PERM_WRITE: u32 = 2;
pub const ZX_BTI_PERM_EXECUTE: u32 = 4;
pub const ZX_BTI_COMPRESS: u32 = 8;
pub const ZX_BTI_CONTIGUOUS: u32 = 16;

// Processor sets.
pub const ZX_CPU_SET_BITS_PER_WORD: i32 = 64;
pub const ZX_CPU_SET_MAX_CPUS: i32 = 512;

// Random numbers.
pub const ZX_CPRNG_ADD_ENTROPY_MAX_LEN: size_t = 256;
pub const ZX_CPRNG_DRAW_MAX_LEN: size_t = 256;

// Kinds of `zx_system_get_event`.
pub const ZX_SYSTEM_EVENT_OUT_OF_MEMORY: zx_system_event_type_t = 1;
pub const ZX_SYSTEM_EVENT_MEMORY_PRESSURE_CRITICAL: zx_system_event_type_t = 2;
pub const ZX_SYSTEM_EVENT_MEMORY_PRESSURE_WARNING: zx_system_event_type_t = 3;
pub const ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL: zx_system_event_type_t = 4;
pub const ZX_SYSTEM_EVENT_IMMINENT_OUT_OF_MEMORY: zx_system_event_type_t = 5;

/// Record of `zx_channel_call`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_channel_call_args_t {
    pub wr_bytes: *const c_void,
    pub wr_handles: *const zx_handle_t,
    pub rd_bytes: *mut c_void,
    pub rd_handles: *mut zx_handle_t,
    pub wr_num_bytes: u32,
    pub wr_num_handles: u32,
    pub rd_num_bytes: u32,
    pub rd_num_handles: u32,
}
record!(zx_channel_call_args_t, 48, 8, {
    wr_bytes: 0, wr_handles: 8, rd_bytes: 16, rd_handles: 24, wr_num_bytes: 32,
    wr_num_handles: 36, rd_num_bytes: 40, rd_num_handles: 44
});

/// Record of `zx_channel_call_etc`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_channel_call_etc_args_t {
    pub wr_bytes: *const c_void,
    pub wr_handles: *mut zx_handle_disposition_t,
    pub rd_bytes: *mut c_void,
    pub rd_handles: *mut zx_handle_info_t,
    pub wr_num_bytes: u32,
    pub wr_num_handles: u32,
    pub rd_num_bytes: u32,
    pub rd_num_handles: u32,
}
record!(zx_channel_call_etc_args_t, 48, 8, {
    wr_bytes: 0, wr_handles: 8, rd_bytes: 16, rd_handles: 24, wr_num_bytes: 32,
    wr_num_handles: 36, rd_num_bytes: 40, rd_num_handles: 44
});

/// Record of `zx_channel_write`, `zx_channel_write_etc`, `zx_channel_call`, `zx_channel_call_etc`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_channel_iovec_t {
    pub buffer: *const c_void,
    pub capacity: u32,
    /// Zero.
    pub reserved: u32,
}
record!(zx_channel_iovec_t, 16, 8, { buffer: 0, capacity: 8, reserved: 12 });

/// A set of processors.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_cpu_set_t {
    pub mask: [u64; 8],
}
record!(zx_cpu_set_t, 64, 8, { mask: 0 });

/// Record of `zx_channel_write_etc`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_handle_disposition_t {
    /// `ZX_HANDLE_OP_MOVE` or `ZX_HANDLE_OP_DUPLICATE`.
    pub operation: zx_handle_op_t,
    /// The handle.
    pub handle: zx_handle_t,
    /// Type the handle must have, or `ZX_OBJ_TYPE_NONE`.
    pub r#type: zx_obj_type_t,
    /// Rights it gets, or `ZX_RIGHT_SAME_RIGHTS`.
    pub rights: zx_rights_t,
    /// Out: what became of this handle.
    pub result: zx_status_t,
}
record!(zx_handle_disposition_t, 20, 4, {
    operation: 0, handle: 4, r#type: 8, rights: 12, result: 16
});

/// Record of `zx_channel_read_etc`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_handle_info_t {
    /// The handle.
    pub handle: zx_handle_t,
    pub r#type: zx_obj_type_t,
    pub rights: zx_rights_t,
    /// Zero.
    pub unused: u32,
}
record!(zx_handle_info_t, 16, 4, { handle: 0, r#type: 4, rights: 8, unused: 12 });

/// Record of `zx_stream_readv`, `zx_stream_readv_at`, `zx_stream_writev`, `zx_stream_writev_at`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_iovec_t {
    pub buffer: *mut c_void,
    pub capacity: size_t,
}
record!(zx_iovec_t, 16, 8, { buffer: 0, capacity: 8 });

/// Record of `ZX_VMO_OP_LOCK`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_vmo_lock_state_t {
    pub offset: u64,
    pub size: u64,
    pub discarded_offset: u64,
    pub discarded_size: u64,
}
record!(zx_vmo_lock_state_t, 32, 8, {
    offset: 0, size: 8, discarded_offset: 16, discarded_size: 24
});

/// Record of `zx_object_wait_many`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_wait_item_t {
    /// The handle.
    pub handle: zx_handle_t,
    /// Signals to wait for.
    pub waitfor: zx_signals_t,
    /// Out: signals seen at the end.
    pub pending: zx_signals_t,
}
record!(zx_wait_item_t, 12, 4, { handle: 0, waitfor: 4, pending: 8 });

/// Argument of `zx_sampler_create`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_sampler_config_t {
    pub period: zx_duration_t,
    pub buffer_size: size_t,
    pub iobuffer_discipline: u64,
}
record!(zx_sampler_config_t, 24, 8, { period: 0, buffer_size: 8, iobuffer_discipline: 16 });

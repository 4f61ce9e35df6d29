// SPDX-License-Identifier: MIT
// Topics, properties and records of zx_object_get_info.

#ifndef LIBZX_ZIRCON_SYSCALLS_OBJECT_H_
#define LIBZX_ZIRCON_SYSCALLS_OBJECT_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

// Kinds of mapping records.
#define ZX_INFO_MAPS_TYPE_NONE ((zx_info_maps_type_t)0u)
#define ZX_INFO_MAPS_TYPE_ASPACE ((zx_info_maps_type_t)1u)
#define ZX_INFO_MAPS_TYPE_VMAR ((zx_info_maps_type_t)2u)
#define ZX_INFO_MAPS_TYPE_MAPPING ((zx_info_maps_type_t)3u)

// Flags of `zx_info_process_v2_t`.
#define ZX_INFO_PROCESS_FLAG_STARTED ((zx_info_process_flags_t)1u)
#define ZX_INFO_PROCESS_FLAG_EXITED ((zx_info_process_flags_t)2u)
#define ZX_INFO_PROCESS_FLAG_DEBUGGER_ATTACHED ((zx_info_process_flags_t)4u)

// Stands for no processor.
#define ZX_INFO_INVALID_CPU 0xffffffffu

// Flags of `zx_info_vmo_t`.
#define ZX_INFO_VMO_TYPE_PHYSICAL 0u
#define ZX_INFO_VMO_TYPE_PAGED 1u
#define ZX_INFO_VMO_RESIZABLE 2u
#define ZX_INFO_VMO_IS_COW_CLONE 4u
#define ZX_INFO_VMO_VIA_HANDLE 8u
#define ZX_INFO_VMO_VIA_MAPPING 16u
#define ZX_INFO_VMO_PAGER_BACKED 32u
#define ZX_INFO_VMO_CONTIGUOUS 64u
#define ZX_INFO_VMO_DISCARDABLE 128u
#define ZX_INFO_VMO_IMMUTABLE 256u

// Flags of `zx_info_cpu_stats_t`.
#define ZX_INFO_CPU_STATS_FLAG_ONLINE 1u

// Flags of `zx_info_vcpu_t`.
#define ZX_INFO_VCPU_FLAG_KICKED 1u

// Topics.
#define ZX_INFO_NONE ((zx_object_info_topic_t)0u)
#define ZX_INFO_HANDLE_VALID ((zx_object_info_topic_t)1u)
#define ZX_INFO_HANDLE_BASIC ((zx_object_info_topic_t)2u)
#if !defined(LIBZX_LATER_ABI)
#define ZX_INFO_PROCESS ((zx_object_info_topic_t)ZX_INFO_PROCESS_V1)
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_INFO_PROCESS ((zx_object_info_topic_t)ZX_INFO_PROCESS_V2)
#endif
#define ZX_INFO_PROCESS_V1 ((zx_object_info_topic_t)3u)
#define ZX_INFO_PROCESS_THREADS ((zx_object_info_topic_t)4u)
#define ZX_INFO_VMAR ((zx_object_info_topic_t)7u)
#define ZX_INFO_JOB_CHILDREN ((zx_object_info_topic_t)8u)
#define ZX_INFO_JOB_PROCESSES ((zx_object_info_topic_t)9u)
#define ZX_INFO_THREAD ((zx_object_info_topic_t)10u)
#define ZX_INFO_THREAD_EXCEPTION_REPORT_V1 ((zx_object_info_topic_t)11u)
#define ZX_INFO_TASK_STATS ((zx_object_info_topic_t)12u)
#if !defined(LIBZX_LATER_ABI)
#define ZX_INFO_PROCESS_MAPS ((zx_object_info_topic_t)13u)
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_INFO_PROCESS_MAPS ((zx_object_info_topic_t)0x1000000du)
#endif
#define ZX_INFO_PROCESS_VMOS_V1 ((zx_object_info_topic_t)14u)
#define ZX_INFO_THREAD_STATS ((zx_object_info_topic_t)15u)
#define ZX_INFO_CPU_STATS ((zx_object_info_topic_t)16u)
#define ZX_INFO_KMEM_STATS ((zx_object_info_topic_t)17u)
#define ZX_INFO_RESOURCE ((zx_object_info_topic_t)18u)
#define ZX_INFO_HANDLE_COUNT ((zx_object_info_topic_t)19u)
#define ZX_INFO_BTI ((zx_object_info_topic_t)20u)
#define ZX_INFO_PROCESS_HANDLE_STATS ((zx_object_info_topic_t)21u)
#define ZX_INFO_SOCKET ((zx_object_info_topic_t)22u)
#define ZX_INFO_VMO_V1 ((zx_object_info_topic_t)23u)
#define ZX_INFO_JOB ((zx_object_info_topic_t)24u)
#define ZX_INFO_TIMER ((zx_object_info_topic_t)25u)
#define ZX_INFO_STREAM ((zx_object_info_topic_t)26u)
#define ZX_INFO_HANDLE_TABLE ((zx_object_info_topic_t)27u)
#define ZX_INFO_MSI ((zx_object_info_topic_t)28u)
#define ZX_INFO_GUEST_STATS ((zx_object_info_topic_t)29u)
#define ZX_INFO_TASK_RUNTIME_V1 ((zx_object_info_topic_t)30u)
#define ZX_INFO_KMEM_STATS_EXTENDED ((zx_object_info_topic_t)31u)
#define ZX_INFO_PROCESS_V2 ((zx_object_info_topic_t)0x10000003u)
#define ZX_INFO_THREAD_EXCEPTION_REPORT ((zx_object_info_topic_t)0x1000000bu)
#if !defined(LIBZX_LATER_ABI)
#define ZX_INFO_PROCESS_VMOS ((zx_object_info_topic_t)0x1000000eu)
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_INFO_PROCESS_VMOS ((zx_object_info_topic_t)0x2000000eu)
#endif
#if !defined(LIBZX_LATER_ABI)
#define ZX_INFO_VMO ((zx_object_info_topic_t)0x10000017u)
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_INFO_VMO ((zx_object_info_topic_t)0x20000017u)
#endif
#define ZX_INFO_TASK_RUNTIME ((zx_object_info_topic_t)0x1000001eu)
#define ZX_INFO_VCPU ((zx_object_info_topic_t)32u)
#define ZX_INFO_KMEM_STATS_COMPRESSION ((zx_object_info_topic_t)33u)

// Properties.
#if defined(__x86_64__)
#define ZX_PROP_REGISTER_GS 2u
#endif
#define ZX_PROP_NAME 3u
#if defined(__x86_64__)
#define ZX_PROP_REGISTER_FS 4u
#endif
#define ZX_PROP_PROCESS_DEBUG_ADDR 5u
#define ZX_PROP_PROCESS_VDSO_BASE_ADDRESS 6u
#define ZX_PROP_PROCESS_BREAK_ON_LOAD 7u
#define ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID 8u
#define ZX_PROP_SOCKET_RX_THRESHOLD 12u
#define ZX_PROP_SOCKET_TX_THRESHOLD 13u
#define ZX_PROP_JOB_KILL_ON_OOM 15u
#define ZX_PROP_EXCEPTION_STATE 16u
#define ZX_PROP_VMO_CONTENT_SIZE 17u
#define ZX_PROP_EXCEPTION_STRATEGY 18u
#define ZX_PROP_STREAM_MODE_APPEND 19u

// Thread states.
#define ZX_THREAD_STATE_NEW ((zx_thread_state_t)0u)
#define ZX_THREAD_STATE_RUNNING ((zx_thread_state_t)1u)
#define ZX_THREAD_STATE_SUSPENDED ((zx_thread_state_t)2u)
#define ZX_THREAD_STATE_BLOCKED ((zx_thread_state_t)3u)
#define ZX_THREAD_STATE_DYING ((zx_thread_state_t)4u)
#define ZX_THREAD_STATE_DEAD ((zx_thread_state_t)5u)
#define ZX_THREAD_STATE_BLOCKED_EXCEPTION ((zx_thread_state_t)0x103u)
#define ZX_THREAD_STATE_BLOCKED_SLEEPING ((zx_thread_state_t)0x203u)
#define ZX_THREAD_STATE_BLOCKED_FUTEX ((zx_thread_state_t)0x303u)
#define ZX_THREAD_STATE_BLOCKED_PORT ((zx_thread_state_t)0x403u)
#define ZX_THREAD_STATE_BLOCKED_CHANNEL ((zx_thread_state_t)0x503u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_ONE ((zx_thread_state_t)0x603u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_MANY ((zx_thread_state_t)0x703u)
#define ZX_THREAD_STATE_BLOCKED_INTERRUPT ((zx_thread_state_t)0x803u)
#define ZX_THREAD_STATE_BLOCKED_PAGER ((zx_thread_state_t)0x903u)

// Values of `ZX_PROP_EXCEPTION_STRATEGY`.
#define ZX_EXCEPTION_STRATEGY_FIRST_CHANCE 0u
#define ZX_EXCEPTION_STRATEGY_SECOND_CHANCE 1u

// Values of `ZX_PROP_EXCEPTION_STATE`.
#define ZX_EXCEPTION_STATE_TRY_NEXT 0u
#define ZX_EXCEPTION_STATE_HANDLED 1u
#define ZX_EXCEPTION_STATE_THREAD_EXIT ((zx_exception_state_t)2u)

// Return codes of tasks the kernel killed.
#define ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL ((int64_t)(-1029l))
#define ZX_TASK_RETCODE_EXCEPTION_KILL ((int64_t)(-1028l))
#define ZX_TASK_RETCODE_VDSO_KILL ((int64_t)(-1027l))
#define ZX_TASK_RETCODE_POLICY_KILL ((int64_t)(-1026l))
#define ZX_TASK_RETCODE_OOM_KILL ((int64_t)(-1025l))
#define ZX_TASK_RETCODE_SYSCALL_KILL ((int64_t)(-1024l))

// A value of `ZX_PROP_PROCESS_DEBUG_ADDR`.
#define ZX_PROCESS_DEBUG_ADDR_BREAK_ON_SET ((uintptr_t)1ul)

/// One of `ZX_INFO_MAPS_TYPE_*`.
typedef uint32_t zx_info_maps_type_t;

/// Bits `ZX_INFO_PROCESS_FLAG_*`.
typedef uint32_t zx_info_process_flags_t;

/// A topic, one of `ZX_INFO_*`.
typedef uint32_t zx_object_info_topic_t;

/// One of `ZX_THREAD_STATE_*`.
typedef uint32_t zx_thread_state_t;

/// Record of `ZX_INFO_BTI`.
typedef struct zx_info_bti {
  uint64_t minimum_contiguity;
  uint64_t aspace_size;
  uint64_t pmo_count;
  uint64_t quarantine_count;
} zx_info_bti_t;

/// Record of `ZX_INFO_CPU_STATS`.
typedef struct zx_info_cpu_stats {
  uint32_t cpu_number;
  uint32_t flags;
  zx_duration_t idle_time;
  uint64_t reschedules;
  uint64_t context_switches;
  uint64_t irq_preempts;
  uint64_t preempts;
  uint64_t yields;
  uint64_t ints;
  uint64_t timer_ints;
  uint64_t timers;
  uint64_t page_faults;
  uint64_t exceptions;
  uint64_t syscalls;
  uint64_t reschedule_ipis;
  uint64_t generic_ipis;
} zx_info_cpu_stats_t;

#if defined(__x86_64__)
/// Record of `ZX_INFO_GUEST_STATS`.
typedef struct zx_info_guest_stats {
  uint32_t cpu_number;
  uint32_t flags;
  uint64_t vm_entries;
  uint64_t vm_exits;
  uint64_t interrupts;
  uint64_t interrupt_windows;
  uint64_t cpuid_instructions;
  uint64_t hlt_instructions;
  uint64_t control_register_accesses;
  uint64_t io_instructions;
  uint64_t rdmsr_instructions;
  uint64_t wrmsr_instructions;
  uint64_t ept_violations;
  uint64_t xsetbv_instructions;
  uint64_t pause_instructions;
  uint64_t vmcall_instructions;
} zx_info_guest_stats_t;
#endif

#if defined(__aarch64__)
/// Record of `ZX_INFO_GUEST_STATS`.
typedef struct zx_info_guest_stats {
  uint32_t cpu_number;
  uint32_t flags;
  uint64_t vm_entries;
  uint64_t vm_exits;
  uint64_t wfi_wfe_instructions;
  uint64_t instruction_aborts;
  uint64_t data_aborts;
  uint64_t system_instructions;
  uint64_t smc_instructions;
  uint64_t interrupts;
} zx_info_guest_stats_t;
#endif

/// Record of `ZX_INFO_HANDLE_BASIC`.
typedef struct zx_info_handle_basic {
  /// Kernel object id.
  zx_koid_t koid;
  zx_rights_t rights;
  zx_obj_type_t type;
  /// Id of the peer or parent, else 0.
  zx_koid_t related_koid;
  /// Zero.
  uint32_t reserved;
  /// Zero.
  uint8_t padding1[4];
} zx_info_handle_basic_t;

/// Record of `ZX_INFO_HANDLE_COUNT`.
typedef struct zx_info_handle_count {
  uint32_t handle_count;
} zx_info_handle_count_t;

/// Record of `ZX_INFO_HANDLE_TABLE`.
typedef struct zx_info_handle_extended {
  zx_obj_type_t type;
  zx_handle_t handle_value;
  zx_rights_t rights;
  /// Zero.
  uint32_t reserved;
  /// Kernel object id.
  zx_koid_t koid;
  /// Id of the peer or parent, else 0.
  zx_koid_t related_koid;
  zx_koid_t peer_owner_koid;
} zx_info_handle_extended_t;

/// Record of `ZX_INFO_JOB`.
typedef struct zx_info_job {
  /// What the task exited with.
  int64_t return_code;
  bool exited;
  bool kill_on_oom;
  bool debugger_attached;
  /// Zero.
  uint8_t padding1[5];
} zx_info_job_t;

#if !defined(LIBZX_LATER_ABI)
/// Record of `ZX_INFO_KMEM_STATS_EXTENDED`.
typedef struct zx_info_kmem_stats_extended {
  uint64_t total_bytes;
  uint64_t free_bytes;
  uint64_t wired_bytes;
  uint64_t total_heap_bytes;
  uint64_t free_heap_bytes;
  uint64_t vmo_bytes;
  uint64_t vmo_pager_total_bytes;
  uint64_t vmo_pager_newest_bytes;
  uint64_t vmo_pager_oldest_bytes;
  uint64_t vmo_discardable_locked_bytes;
  uint64_t vmo_discardable_unlocked_bytes;
  uint64_t mmu_overhead_bytes;
  uint64_t ipc_bytes;
  uint64_t other_bytes;
} zx_info_kmem_stats_extended_t;
#endif

#if defined(LIBZX_LATER_ABI)
/// Record of `ZX_INFO_KMEM_STATS_EXTENDED`.
typedef struct zx_info_kmem_stats_extended {
  uint64_t total_bytes;
  uint64_t free_bytes;
  uint64_t wired_bytes;
  uint64_t total_heap_bytes;
  uint64_t free_heap_bytes;
  uint64_t vmo_bytes;
  uint64_t vmo_pager_total_bytes;
  uint64_t vmo_pager_newest_bytes;
  uint64_t vmo_pager_oldest_bytes;
  uint64_t vmo_discardable_locked_bytes;
  uint64_t vmo_discardable_unlocked_bytes;
  uint64_t mmu_overhead_bytes;
  uint64_t ipc_bytes;
  uint64_t other_bytes;
  uint64_t vmo_reclaim_disable_bytes;
} zx_info_kmem_stats_extended_t;
#endif

/// Record of `ZX_INFO_KMEM_STATS`.
typedef struct zx_info_kmem_stats {
  uint64_t total_bytes;
  uint64_t free_bytes;
  uint64_t wired_bytes;
  uint64_t total_heap_bytes;
  uint64_t free_heap_bytes;
  uint64_t vmo_bytes;
  uint64_t mmu_overhead_bytes;
  uint64_t ipc_bytes;
  uint64_t other_bytes;
} zx_info_kmem_stats_t;

#if !defined(LIBZX_LATER_ABI)
/// What `zx_info_maps_t` tells of a mapping.
typedef struct zx_info_maps_mapping {
  zx_vm_option_t mmu_flags;
  /// Zero.
  uint8_t padding1[4];
  zx_koid_t vmo_koid;
  uint64_t vmo_offset;
  size_t committed_pages;
} zx_info_maps_mapping_t;
#endif

#if defined(LIBZX_LATER_ABI)
/// What `zx_info_maps_t` tells of a mapping.
typedef struct zx_info_maps_mapping {
  zx_vm_option_t mmu_flags;
  /// Zero.
  uint8_t padding1[4];
  zx_koid_t vmo_koid;
  uint64_t vmo_offset;
  size_t committed_pages;
  size_t populated_pages;
} zx_info_maps_mapping_t;
#endif

/// Record of `ZX_INFO_PROCESS_MAPS`.
typedef struct zx_info_maps {
  char name[ZX_MAX_NAME_LEN];
  zx_vaddr_t base;
  size_t size;
  size_t depth;
  zx_info_maps_type_t type;
  /// Zero.
  uint8_t padding1[4];
  union {
    zx_info_maps_mapping_t mapping;
  } u;
} zx_info_maps_t;

/// Record of `ZX_INFO_MSI`.
typedef struct zx_info_msi {
  uint64_t target_addr;
  uint32_t target_data;
  uint32_t base_irq_id;
  uint32_t num_irq;
  uint32_t interrupt_count;
} zx_info_msi_t;

/// Record of `ZX_INFO_PROCESS_HANDLE_STATS`.
typedef struct zx_info_process_handle_stats {
  uint32_t handle_count[64];
} zx_info_process_handle_stats_t;

/// Record of `ZX_INFO_PROCESS_V1`.
typedef struct zx_info_process_v1 {
  /// What the task exited with.
  int64_t return_code;
  bool started;
  bool exited;
  bool debugger_attached;
  /// Zero.
  uint8_t padding1[5];
} zx_info_process_v1_t;

/// Record of `ZX_INFO_PROCESS_V2`.
typedef struct zx_info_process_v2 {
  /// What the task exited with.
  int64_t return_code;
  zx_time_t start_time;
  zx_info_process_flags_t flags;
  /// Zero.
  uint8_t padding1[4];
} zx_info_process_v2_t;

#if !defined(LIBZX_LATER_ABI)
/// Another name of [`zx_info_process_v1_t`].
typedef zx_info_process_v1_t zx_info_process_t;
#endif

#if defined(LIBZX_LATER_ABI)
/// Another name of [`zx_info_process_v2_t`].
typedef zx_info_process_v2_t zx_info_process_t;
#endif

/// Record of `ZX_INFO_RESOURCE`.
typedef struct zx_info_resource {
  uint32_t kind;
  uint32_t flags;
  uint64_t base;
  size_t size;
  char name[ZX_MAX_NAME_LEN];
} zx_info_resource_t;

/// Record of `ZX_INFO_SOCKET`.
typedef struct zx_info_socket {
  uint32_t options;
  /// Zero.
  uint8_t padding1[4];
  size_t rx_buf_max;
  size_t rx_buf_size;
  size_t rx_buf_available;
  size_t tx_buf_max;
  size_t tx_buf_size;
} zx_info_socket_t;

/// Record of `ZX_INFO_STREAM`.
typedef struct zx_info_stream {
  uint32_t options;
  /// Zero.
  uint8_t padding1[4];
  zx_off_t seek;
  uint64_t content_size;
} zx_info_stream_t;

/// Record of `ZX_INFO_TASK_RUNTIME`.
typedef struct zx_info_task_runtime {
  zx_duration_t cpu_time;
  zx_duration_t queue_time;
  zx_duration_t page_fault_time;
  zx_duration_t lock_contention_time;
} zx_info_task_runtime_t;

/// Record of `ZX_INFO_TASK_RUNTIME_V1`.
typedef struct zx_info_task_runtime_v1 {
  zx_duration_t cpu_time;
  zx_duration_t queue_time;
} zx_info_task_runtime_v1_t;

/// Record of `ZX_INFO_TASK_STATS`.
typedef struct zx_info_task_stats {
  size_t mem_mapped_bytes;
  size_t mem_private_bytes;
  size_t mem_shared_bytes;
  size_t mem_scaled_shared_bytes;
} zx_info_task_stats_t;

/// Record of `ZX_INFO_THREAD_STATS`.
typedef struct zx_info_thread_stats {
  zx_duration_t total_runtime;
  uint32_t last_scheduled_cpu;
  /// Zero.
  uint8_t padding1[4];
} zx_info_thread_stats_t;

/// Record of `ZX_INFO_THREAD`.
typedef struct zx_info_thread {
  zx_thread_state_t state;
  uint32_t wait_exception_channel_type;
  zx_cpu_set_t cpu_affinity_mask;
} zx_info_thread_t;

/// Record of `ZX_INFO_TIMER`.
typedef struct zx_info_timer {
  uint32_t options;
  /// Zero.
  uint8_t padding1[4];
  zx_time_t deadline;
  zx_duration_t slack;
} zx_info_timer_t;

/// Record of `ZX_INFO_VMAR`.
typedef struct zx_info_vmar {
  uintptr_t base;
  size_t len;
} zx_info_vmar_t;

#if !defined(LIBZX_LATER_ABI)
/// Record of `ZX_INFO_PROCESS_VMOS`, `ZX_INFO_VMO`.
typedef struct zx_info_vmo {
  /// Kernel object id.
  zx_koid_t koid;
  char name[ZX_MAX_NAME_LEN];
  uint64_t size_bytes;
  zx_koid_t parent_koid;
  size_t num_children;
  size_t num_mappings;
  size_t share_count;
  uint32_t flags;
  /// Zero.
  uint8_t padding1[4];
  uint64_t committed_bytes;
  zx_rights_t handle_rights;
  uint32_t cache_policy;
  uint64_t metadata_bytes;
  uint64_t committed_change_events;
} zx_info_vmo_t;
#endif

#if defined(LIBZX_LATER_ABI)
/// Record of `ZX_INFO_PROCESS_VMOS`, `ZX_INFO_VMO`.
typedef struct zx_info_vmo {
  /// Kernel object id.
  zx_koid_t koid;
  char name[ZX_MAX_NAME_LEN];
  uint64_t size_bytes;
  zx_koid_t parent_koid;
  size_t num_children;
  size_t num_mappings;
  size_t share_count;
  uint32_t flags;
  /// Zero.
  uint8_t padding1[4];
  uint64_t committed_bytes;
  zx_rights_t handle_rights;
  uint32_t cache_policy;
  uint64_t metadata_bytes;
  uint64_t committed_change_events;
  uint64_t populated_bytes;
} zx_info_vmo_t;
#endif

/// Record of `ZX_INFO_PROCESS_VMOS_V1`, `ZX_INFO_VMO_V1`.
typedef struct zx_info_vmo_v1 {
  /// Kernel object id.
  zx_koid_t koid;
  char name[ZX_MAX_NAME_LEN];
  uint64_t size_bytes;
  zx_koid_t parent_koid;
  size_t num_children;
  size_t num_mappings;
  size_t share_count;
  uint32_t flags;
  /// Zero.
  uint8_t padding1[4];
  uint64_t committed_bytes;
  zx_rights_t handle_rights;
  uint32_t cache_policy;
} zx_info_vmo_v1_t;

/// Record of `ZX_INFO_KMEM_STATS_COMPRESSION`.
typedef struct zx_info_kmem_stats_compression {
  uint64_t uncompressed_storage_bytes;
  uint64_t compressed_storage_bytes;
  uint64_t compressed_fragmentation_bytes;
  zx_duration_t compression_time;
  zx_duration_t decompression_time;
  uint64_t total_page_compression_attempts;
  uint64_t failed_page_compression_attempts;
  uint64_t total_page_decompressions;
  uint64_t compressed_page_evictions;
  uint64_t eager_page_compressions;
  uint64_t memory_pressure_page_compressions;
  uint64_t critical_memory_page_compressions;
  uint64_t pages_decompressed_unit_ns;
  uint64_t pages_decompressed_within_log_time[8];
} zx_info_kmem_stats_compression_t;

/// Record of `ZX_INFO_VCPU`.
typedef struct zx_info_vcpu {
  uint32_t flags;
} zx_info_vcpu_t;

// Whether a VMO is backed by pages, from the flags of its record.
#define ZX_INFO_VMO_TYPE(flags) ((flags) & 1u)

// A thread state without the reason a thread is blocked for.
#define ZX_THREAD_STATE_BASIC(state) ((state) & 0xffu)

#endif  // LIBZX_ZIRCON_SYSCALLS_OBJECT_H_

// SPDX-License-Identifier: MIT
// Basic types, object types, signals and options.

#ifndef LIBZX_ZIRCON_TYPES_H_
#define LIBZX_ZIRCON_TYPES_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/errors.h>
#include <zircon/limits.h>
#include <zircon/rights.h>
#include <zircon/time.h>

#ifdef __cplusplus
typedef int zx_futex_t;
#else
#include <stdatomic.h>
typedef atomic_int zx_futex_t;
#endif

// Handle values.
#define ZX_HANDLE_INVALID ((zx_handle_t)0u)
#define ZX_HANDLE_FIXED_BITS_MASK ((zx_handle_t)3u)

// What happens to a handle written to a channel.
#define ZX_HANDLE_OP_MOVE ((zx_handle_op_t)0u)
#define ZX_HANDLE_OP_DUPLICATE ((zx_handle_op_t)1u)

// Kernel object ids.
#define ZX_KOID_INVALID ((uint64_t)0ul)
#define ZX_KOID_KERNEL ((uint64_t)1ul)
#define ZX_KOID_FIRST ((uint64_t)1024ul)

// Longest object name, with its NUL.
#define ZX_MAX_NAME_LEN ((size_t)32ul)

// Object types.
#define ZX_OBJ_TYPE_NONE ((zx_obj_type_t)0u)
#define ZX_OBJ_TYPE_PROCESS ((zx_obj_type_t)1u)
#define ZX_OBJ_TYPE_THREAD ((zx_obj_type_t)2u)
#define ZX_OBJ_TYPE_VMO ((zx_obj_type_t)3u)
#define ZX_OBJ_TYPE_CHANNEL ((zx_obj_type_t)4u)
#define ZX_OBJ_TYPE_EVENT ((zx_obj_type_t)5u)
#define ZX_OBJ_TYPE_PORT ((zx_obj_type_t)6u)
#define ZX_OBJ_TYPE_INTERRUPT ((zx_obj_type_t)9u)
#define ZX_OBJ_TYPE_PCI_DEVICE ((zx_obj_type_t)11u)
#define ZX_OBJ_TYPE_LOG ((zx_obj_type_t)12u)
#define ZX_OBJ_TYPE_SOCKET ((zx_obj_type_t)14u)
#define ZX_OBJ_TYPE_RESOURCE ((zx_obj_type_t)15u)
#define ZX_OBJ_TYPE_EVENTPAIR ((zx_obj_type_t)16u)
#define ZX_OBJ_TYPE_JOB ((zx_obj_type_t)17u)
#define ZX_OBJ_TYPE_VMAR ((zx_obj_type_t)18u)
#define ZX_OBJ_TYPE_FIFO ((zx_obj_type_t)19u)
#define ZX_OBJ_TYPE_GUEST ((zx_obj_type_t)20u)
#define ZX_OBJ_TYPE_VCPU ((zx_obj_type_t)21u)
#define ZX_OBJ_TYPE_TIMER ((zx_obj_type_t)22u)
#define ZX_OBJ_TYPE_IOMMU ((zx_obj_type_t)23u)
#define ZX_OBJ_TYPE_BTI ((zx_obj_type_t)24u)
#define ZX_OBJ_TYPE_PROFILE ((zx_obj_type_t)25u)
#define ZX_OBJ_TYPE_PMT ((zx_obj_type_t)26u)
#define ZX_OBJ_TYPE_SUSPEND_TOKEN ((zx_obj_type_t)27u)
#define ZX_OBJ_TYPE_PAGER ((zx_obj_type_t)28u)
#define ZX_OBJ_TYPE_EXCEPTION ((zx_obj_type_t)29u)
#define ZX_OBJ_TYPE_CLOCK ((zx_obj_type_t)30u)
#define ZX_OBJ_TYPE_STREAM ((zx_obj_type_t)31u)
#define ZX_OBJ_TYPE_MSI ((zx_obj_type_t)32u)
#define ZX_OBJ_TYPE_UPPER_BOUND ((zx_obj_type_t)64u)
#define ZX_OBJ_TYPE_DEBUGLOG ((zx_obj_type_t)12u)
#define ZX_OBJ_TYPE_IOB ((zx_obj_type_t)33u)

// Most items of `zx_object_wait_many`.
#define ZX_WAIT_MANY_MAX_ITEMS ((size_t)64ul)

// Signal bits, for use in the names below.
#define __ZX_OBJECT_READABLE ((zx_signals_t)(1u << 0u))
#define __ZX_OBJECT_WRITABLE ((zx_signals_t)(1u << 1u))
#define __ZX_OBJECT_PEER_CLOSED ((zx_signals_t)(1u << 2u))
#define __ZX_OBJECT_SIGNALED ((zx_signals_t)(1u << 3u))
#define __ZX_OBJECT_SIGNAL_4 ((zx_signals_t)(1u << 4u))
#define __ZX_OBJECT_SIGNAL_5 ((zx_signals_t)(1u << 5u))
#define __ZX_OBJECT_SIGNAL_6 ((zx_signals_t)(1u << 6u))
#define __ZX_OBJECT_SIGNAL_7 ((zx_signals_t)(1u << 7u))
#define __ZX_OBJECT_SIGNAL_8 ((zx_signals_t)(1u << 8u))
#define __ZX_OBJECT_SIGNAL_9 ((zx_signals_t)(1u << 9u))
#define __ZX_OBJECT_SIGNAL_10 ((zx_signals_t)(1u << 10u))
#define __ZX_OBJECT_SIGNAL_11 ((zx_signals_t)(1u << 11u))
#define __ZX_OBJECT_SIGNAL_12 ((zx_signals_t)(1u << 12u))
#define __ZX_OBJECT_SIGNAL_13 ((zx_signals_t)(1u << 13u))
#define __ZX_OBJECT_SIGNAL_14 ((zx_signals_t)(1u << 14u))
#define __ZX_OBJECT_SIGNAL_15 ((zx_signals_t)(1u << 15u))
#define __ZX_OBJECT_SIGNAL_16 ((zx_signals_t)(1u << 16u))
#define __ZX_OBJECT_SIGNAL_17 ((zx_signals_t)(1u << 17u))
#define __ZX_OBJECT_SIGNAL_18 ((zx_signals_t)(1u << 18u))
#define __ZX_OBJECT_SIGNAL_19 ((zx_signals_t)(1u << 19u))
#define __ZX_OBJECT_SIGNAL_20 ((zx_signals_t)(1u << 20u))
#define __ZX_OBJECT_SIGNAL_21 ((zx_signals_t)(1u << 21u))
#define __ZX_OBJECT_SIGNAL_22 ((zx_signals_t)(1u << 22u))
#define __ZX_OBJECT_HANDLE_CLOSED ((zx_signals_t)(1u << 23u))
#define __ZX_OBJECT_SIGNAL_ALL ((zx_signals_t)0x00ffffffu)

// Signals of every object.
#define ZX_SIGNAL_NONE ((zx_signals_t)0u)
#define ZX_SIGNAL_HANDLE_CLOSED ((zx_signals_t)__ZX_OBJECT_HANDLE_CLOSED)

// Signals that only programs set.
#define ZX_USER_SIGNAL_0 ((zx_signals_t)(1u << 24u))
#define ZX_USER_SIGNAL_1 ((zx_signals_t)(1u << 25u))
#define ZX_USER_SIGNAL_2 ((zx_signals_t)(1u << 26u))
#define ZX_USER_SIGNAL_3 ((zx_signals_t)(1u << 27u))
#define ZX_USER_SIGNAL_4 ((zx_signals_t)(1u << 28u))
#define ZX_USER_SIGNAL_5 ((zx_signals_t)(1u << 29u))
#define ZX_USER_SIGNAL_6 ((zx_signals_t)(1u << 30u))
#define ZX_USER_SIGNAL_7 ((zx_signals_t)(1u << 31u))
#define ZX_USER_SIGNAL_ALL ((zx_signals_t)0xff000000u)

// Events.
#define ZX_EVENT_SIGNALED ((zx_signals_t)__ZX_OBJECT_SIGNALED)
#define ZX_EVENT_SIGNAL_MASK ((zx_signals_t)0xff000008u)

// Event pairs.
#define ZX_EVENTPAIR_PEER_CLOSED ((zx_signals_t)__ZX_OBJECT_PEER_CLOSED)
#define ZX_EVENTPAIR_SIGNALED ((zx_signals_t)__ZX_OBJECT_SIGNALED)
#define ZX_EVENTPAIR_SIGNAL_MASK ((zx_signals_t)0xff00000cu)

// Channels.
#define ZX_CHANNEL_READABLE ((zx_signals_t)__ZX_OBJECT_READABLE)
#define ZX_CHANNEL_WRITABLE ((zx_signals_t)__ZX_OBJECT_WRITABLE)
#define ZX_CHANNEL_PEER_CLOSED ((zx_signals_t)__ZX_OBJECT_PEER_CLOSED)
#define ZX_CHANNEL_READ_MAY_DISCARD 1u
#define ZX_CHANNEL_WRITE_USE_IOVEC 2u
#define ZX_CHANNEL_MAX_MSG_HANDLES 64u
#define ZX_CHANNEL_MAX_MSG_IOVECS 0x2000u
#define ZX_CHANNEL_MAX_MSG_IOVEC ZX_CHANNEL_MAX_MSG_IOVECS
#define ZX_CHANNEL_MAX_MSG_BYTES 0x00010000u

// Sockets.
#define ZX_SOCKET_READABLE ((zx_signals_t)__ZX_OBJECT_READABLE)
#define ZX_SOCKET_WRITABLE ((zx_signals_t)__ZX_OBJECT_WRITABLE)
#define ZX_SOCKET_PEER_CLOSED ((zx_signals_t)__ZX_OBJECT_PEER_CLOSED)
#define ZX_SOCKET_PEER_WRITE_DISABLED ((zx_signals_t)__ZX_OBJECT_SIGNAL_4)
#define ZX_SOCKET_WRITE_DISABLED ((zx_signals_t)__ZX_OBJECT_SIGNAL_5)
#define ZX_SOCKET_READ_THRESHOLD ((zx_signals_t)__ZX_OBJECT_SIGNAL_10)
#define ZX_SOCKET_WRITE_THRESHOLD ((zx_signals_t)__ZX_OBJECT_SIGNAL_11)
#define ZX_SOCKET_STREAM 0u
#define ZX_SOCKET_CREATE_MASK ZX_SOCKET_DATAGRAM
#define ZX_SOCKET_DATAGRAM 1u
#define ZX_SOCKET_SHUTDOWN_WRITE 1u
#define ZX_SOCKET_DISPOSITION_WRITE_DISABLED 1u
#define ZX_SOCKET_SHUTDOWN_READ 2u
#define ZX_SOCKET_DISPOSITION_WRITE_ENABLED 2u
#define ZX_SOCKET_SHUTDOWN_MASK 3u
#define ZX_SOCKET_PEEK 8u

// Fifos.
#define ZX_FIFO_READABLE ((zx_signals_t)__ZX_OBJECT_READABLE)
#define ZX_FIFO_WRITABLE ((zx_signals_t)__ZX_OBJECT_WRITABLE)
#define ZX_FIFO_PEER_CLOSED ((zx_signals_t)__ZX_OBJECT_PEER_CLOSED)
#define ZX_FIFO_MAX_SIZE_BYTES ((uintptr_t)0x1000ul)

// Streams.
#define ZX_STREAM_APPEND 1u
#define ZX_STREAM_MODE_READ 1u
#define ZX_STREAM_MODE_WRITE 2u
#if !defined(LIBZX_LATER_ABI)
#define ZX_STREAM_CREATE_MASK 3u
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_STREAM_CREATE_MASK 7u
#endif
#define ZX_STREAM_MODE_APPEND 4u
#define ZX_STREAM_SEEK_ORIGIN_START ((zx_stream_seek_origin_t)0u)
#define ZX_STREAM_SEEK_ORIGIN_CURRENT ((zx_stream_seek_origin_t)1u)
#define ZX_STREAM_SEEK_ORIGIN_END ((zx_stream_seek_origin_t)2u)

// Tasks: jobs, processes and threads.
#define ZX_TASK_TERMINATED ((zx_signals_t)__ZX_OBJECT_SIGNALED)
#define ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO 1u
#define ZX_JOB_TERMINATED ((zx_signals_t)__ZX_OBJECT_SIGNALED)
#define ZX_JOB_NO_JOBS ((zx_signals_t)__ZX_OBJECT_SIGNAL_4)
#define ZX_JOB_NO_PROCESSES ((zx_signals_t)__ZX_OBJECT_SIGNAL_5)
#define ZX_PROCESS_TERMINATED ((zx_signals_t)__ZX_OBJECT_SIGNALED)
#define ZX_PROCESS_SHARED 1u
#define ZX_THREAD_TERMINATED ((zx_signals_t)__ZX_OBJECT_SIGNALED)
#define ZX_THREAD_RUNNING ((zx_signals_t)__ZX_OBJECT_SIGNAL_4)
#define ZX_THREAD_SUSPENDED ((zx_signals_t)__ZX_OBJECT_SIGNAL_5)

// Debug logs.
#define ZX_LOG_READABLE ((zx_signals_t)__ZX_OBJECT_READABLE)
#define ZX_LOG_WRITABLE ((zx_signals_t)__ZX_OBJECT_WRITABLE)

// Timers.
#define ZX_TIMER_SLACK_CENTER 0u
#define ZX_TIMER_SLACK_EARLY 1u
#define ZX_TIMER_SLACK_LATE 2u
#define ZX_TIMER_SIGNALED ((zx_signals_t)__ZX_OBJECT_SIGNALED)

// Clocks.
#define ZX_CLOCK_STARTED ((zx_signals_t)__ZX_OBJECT_SIGNAL_4)
#define ZX_CLOCK_UPDATED ((zx_signals_t)(1u << 5u))
#define ZX_CLOCK_MONOTONIC ((zx_clock_t)0u)
#define ZX_CLOCK_UTC ((zx_clock_t)1u)
#define ZX_CLOCK_THREAD ((zx_clock_t)2u)

// Operations of `zx_vmo_op_range`.
#define ZX_VMO_OP_COMMIT 1u
#define ZX_VMO_OP_DECOMMIT 2u
#define ZX_VMO_OP_LOCK 3u
#define ZX_VMO_OP_UNLOCK 4u
#define ZX_VMO_OP_CACHE_SYNC 6u
#define ZX_VMO_OP_CACHE_INVALIDATE 7u
#define ZX_VMO_OP_CACHE_CLEAN 8u
#define ZX_VMO_OP_CACHE_CLEAN_INVALIDATE 9u
#define ZX_VMO_OP_ZERO 10u
#define ZX_VMO_OP_TRY_LOCK 11u
#define ZX_VMO_OP_DONT_NEED 12u
#define ZX_VMO_OP_ALWAYS_NEED 13u

// Options of `zx_vmo_create_child`.
#define ZX_VMO_CHILD_SNAPSHOT 1u
#define ZX_VMO_CHILD_RESIZABLE 4u
#define ZX_VMO_CHILD_SLICE 8u
#define ZX_VMO_CHILD_COPY_ON_WRITE 16u
#define ZX_VMO_CHILD_PRIVATE_PAGER_COPY 16u
#define ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE 16u
#define ZX_VMO_CHILD_NO_WRITE 32u
#define ZX_VMO_CHILD_REFERENCE 64u

// Memory objects.
#define ZX_VMO_ZERO_CHILDREN ((zx_signals_t)__ZX_OBJECT_SIGNALED)
#define ZX_VMO_RESIZABLE 2u
#define ZX_VMO_DISCARDABLE 4u
#define ZX_VMO_TRAP_DIRTY 8u
#define ZX_VMO_DIRTY_RANGE_IS_ZERO ((uint64_t)1ul)

// Operations of `zx_vmar_op_range`.
#define ZX_VMAR_OP_DECOMMIT 2u
#define ZX_VMAR_OP_MAP_RANGE 3u
#define ZX_VMAR_OP_COMMIT 1u
#define ZX_VMAR_OP_DONT_NEED 12u
#define ZX_VMAR_OP_ALWAYS_NEED 13u

// Alignment of a mapping, a power of two in the top byte of the options.
#define ZX_VM_ALIGN_BASE 24
#define ZX_VM_ALIGN_1KB ((zx_vm_option_t)(10u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_2KB ((zx_vm_option_t)(11u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_4KB ((zx_vm_option_t)(12u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_8KB ((zx_vm_option_t)(13u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_16KB ((zx_vm_option_t)(14u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_32KB ((zx_vm_option_t)(15u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_64KB ((zx_vm_option_t)(16u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_128KB ((zx_vm_option_t)(17u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_256KB ((zx_vm_option_t)(18u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_512KB ((zx_vm_option_t)(19u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_1MB ((zx_vm_option_t)(20u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_2MB ((zx_vm_option_t)(21u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_4MB ((zx_vm_option_t)(22u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_8MB ((zx_vm_option_t)(23u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_16MB ((zx_vm_option_t)(24u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_32MB ((zx_vm_option_t)(25u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_64MB ((zx_vm_option_t)(26u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_128MB ((zx_vm_option_t)(27u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_256MB ((zx_vm_option_t)(28u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_512MB ((zx_vm_option_t)(29u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_1GB ((zx_vm_option_t)(30u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_2GB ((zx_vm_option_t)(31u << ZX_VM_ALIGN_BASE))
#define ZX_VM_ALIGN_4GB ((zx_vm_option_t)(32u << ZX_VM_ALIGN_BASE))

// Names the mapping options had before.
#define ZX_VM_FLAG_PERM_READ 1u
#define ZX_VM_FLAG_PERM_WRITE 2u
#define ZX_VM_FLAG_PERM_EXECUTE 4u
#define ZX_VM_FLAG_COMPACT 8u
#define ZX_VM_FLAG_SPECIFIC 16u
#define ZX_VM_FLAG_SPECIFIC_OVERWRITE 32u
#define ZX_VM_FLAG_CAN_MAP_SPECIFIC 64u
#define ZX_VM_FLAG_CAN_MAP_READ 128u
#define ZX_VM_FLAG_CAN_MAP_WRITE 256u
#define ZX_VM_FLAG_CAN_MAP_EXECUTE 512u
#define ZX_VM_FLAG_MAP_RANGE 1024u
#define ZX_VM_FLAG_REQUIRE_NON_RESIZABLE 2048u

// Mapping options.
#define ZX_VM_PERM_READ ((zx_vm_option_t)(1u << 0u))
#define ZX_VM_PERM_WRITE ((zx_vm_option_t)(1u << 1u))
#define ZX_VM_PERM_EXECUTE ((zx_vm_option_t)(1u << 2u))
#define ZX_VM_COMPACT ((zx_vm_option_t)(1u << 3u))
#define ZX_VM_SPECIFIC ((zx_vm_option_t)(1u << 4u))
#define ZX_VM_SPECIFIC_OVERWRITE ((zx_vm_option_t)(1u << 5u))
#define ZX_VM_CAN_MAP_SPECIFIC ((zx_vm_option_t)(1u << 6u))
#define ZX_VM_CAN_MAP_READ ((zx_vm_option_t)(1u << 7u))
#define ZX_VM_CAN_MAP_WRITE ((zx_vm_option_t)(1u << 8u))
#define ZX_VM_CAN_MAP_EXECUTE ((zx_vm_option_t)(1u << 9u))
#define ZX_VM_MAP_RANGE ((zx_vm_option_t)(1u << 10u))
#define ZX_VM_REQUIRE_NON_RESIZABLE ((zx_vm_option_t)(1u << 11u))
#define ZX_VM_ALLOW_FAULTS ((zx_vm_option_t)(1u << 12u))
#define ZX_VM_OFFSET_IS_UPPER_LIMIT ((zx_vm_option_t)(1u << 13u))
#define ZX_VM_PERM_READ_IF_XOM_UNSUPPORTED ((zx_vm_option_t)(1u << 14u))

// Cache policies.
#define ZX_CACHE_POLICY_CACHED 0u
#define ZX_CACHE_POLICY_UNCACHED 1u
#define ZX_CACHE_POLICY_UNCACHED_DEVICE 2u
#define ZX_CACHE_POLICY_MASK 3u
#define ZX_CACHE_POLICY_WRITE_COMBINING 3u

// Options of `zx_cache_flush`.
#define ZX_CACHE_FLUSH_INSN 1u
#define ZX_CACHE_FLUSH_DATA 2u
#define ZX_CACHE_FLUSH_INVALIDATE 4u

// Operations of `zx_pager_op_range`.
#define ZX_PAGER_OP_FAIL 1u
#define ZX_PAGER_OP_DIRTY 2u
#define ZX_PAGER_OP_WRITEBACK_BEGIN 3u
#define ZX_PAGER_OP_WRITEBACK_END 4u

// Interrupts.
#define ZX_INTERRUPT_BIND 0u
#define ZX_INTERRUPT_MODE_DEFAULT 0u
#define ZX_INTERRUPT_REMAP_IRQ 1u
#define ZX_INTERRUPT_UNBIND 1u
#define ZX_INTERRUPT_MODE_EDGE_LOW 2u
#define ZX_INTERRUPT_MODE_EDGE_HIGH 4u
#define ZX_INTERRUPT_MODE_LEVEL_LOW 6u
#define ZX_INTERRUPT_MODE_LEVEL_HIGH 8u
#define ZX_INTERRUPT_MODE_EDGE_BOTH 10u
#define ZX_INTERRUPT_MODE_MASK 0xeu
#define ZX_INTERRUPT_VIRTUAL 16u
#define ZX_VIRTUAL_INTERRUPT_UNTRIGGERED ((zx_signals_t)__ZX_OBJECT_SIGNAL_4)
#define ZX_INTERRUPT_MAX_SLOTS 62u
#define ZX_INTERRUPT_SLOT_USER 62u

// Message signalled interrupts.
#define ZX_MSI_MODE_MSI_X 1u
#define ZX_PCI_INTERRUPT_SLOT 0u

// Bus transaction initiators.
#define ZX_BTI_PERM_READ 1u
#define ZX_BTI_PERM_WRITE 2u
#define ZX_BTI_PERM_EXECUTE 4u
#define ZX_BTI_COMPRESS 8u
#define ZX_BTI_CONTIGUOUS 16u

// Processor sets.
#define ZX_CPU_SET_BITS_PER_WORD 64
#define ZX_CPU_SET_MAX_CPUS 512

// Random numbers.
#define ZX_CPRNG_ADD_ENTROPY_MAX_LEN ((size_t)256ul)
#define ZX_CPRNG_DRAW_MAX_LEN ((size_t)256ul)

// Kinds of `zx_system_get_event`.
#define ZX_SYSTEM_EVENT_OUT_OF_MEMORY ((zx_system_event_type_t)1u)
#define ZX_SYSTEM_EVENT_MEMORY_PRESSURE_CRITICAL ((zx_system_event_type_t)2u)
#define ZX_SYSTEM_EVENT_MEMORY_PRESSURE_WARNING ((zx_system_event_type_t)3u)
#define ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL ((zx_system_event_type_t)4u)
#define ZX_SYSTEM_EVENT_IMMINENT_OUT_OF_MEMORY ((zx_system_event_type_t)5u)

/// A handle value.
typedef uint32_t zx_handle_t;

/// One of `ZX_HANDLE_OP_*`.
typedef uint32_t zx_handle_op_t;

/// One of `ZX_OBJ_TYPE_*`.
typedef uint32_t zx_obj_type_t;

/// A set of signals.
typedef uint32_t zx_signals_t;

/// One of `ZX_STREAM_SEEK_ORIGIN_*`.
typedef uint32_t zx_stream_seek_origin_t;

/// Selects a clock of `zx_clock_get`.
typedef uint32_t zx_clock_t;

/// Mapping options, bits `ZX_VM_*`.
typedef uint32_t zx_vm_option_t;

/// One of `ZX_SYSTEM_EVENT_*`.
typedef uint32_t zx_system_event_type_t;

/// What a futex holds.
typedef int32_t zx_futex_storage_t;

/// A guest-physical address.
typedef uintptr_t zx_gpaddr_t;

/// A kernel object id, never reused.
typedef uint64_t zx_koid_t;

/// An offset in bytes.
typedef uint64_t zx_off_t;

/// A physical address below 4 GiB.
typedef uint32_t zx_paddr32_t;

/// A physical address.
typedef uintptr_t zx_paddr_t;

/// A result: `ZX_OK` or one of `ZX_ERR_*`.
typedef int32_t zx_status_t;

/// Transaction id of a channel message.
typedef uint32_t zx_txid_t;

/// A virtual address.
typedef uintptr_t zx_vaddr_t;

/// Options of `zx_guest_create`.
typedef uint32_t zx_guest_option_t;

/// Options of `zx_vcpu_create`.
typedef uint32_t zx_vcpu_option_t;

/// Options of the shared buffer id call.
typedef uint32_t zx_iob_allocate_id_options_t;

/// Later name of `zx_vcpu_t`.
typedef uint32_t zx_vcpu_state_topic_t;

/// Options of a power level.
typedef uint64_t zx_processor_power_level_options_t;

/// One of `ZX_PROCESSOR_POWER_CONTROL_*`.
typedef uint64_t zx_processor_power_control_t;

/// One of `ZX_EXCP_POLICY_CODE_*`.
typedef uint32_t zx_excp_policy_code_t;

/// One of `ZX_EXCEPTION_STATE_*`.
typedef uint32_t zx_exception_state_t;

/// One of `ZX_EXCEPTION_STRATEGY_*`.
typedef uint32_t zx_exception_strategy_t;

/// Record of `zx_channel_call`.
typedef struct zx_channel_call_args {
  const void *wr_bytes;
  const zx_handle_t *wr_handles;
  void *rd_bytes;
  zx_handle_t *rd_handles;
  uint32_t wr_num_bytes;
  uint32_t wr_num_handles;
  uint32_t rd_num_bytes;
  uint32_t rd_num_handles;
} zx_channel_call_args_t;

/// Record of `zx_channel_write_etc`.
typedef struct zx_handle_disposition {
  /// `ZX_HANDLE_OP_MOVE` or `ZX_HANDLE_OP_DUPLICATE`.
  zx_handle_op_t operation;
  /// The handle.
  zx_handle_t handle;
  /// Type the handle must have, or `ZX_OBJ_TYPE_NONE`.
  zx_obj_type_t type;
  /// Rights it gets, or `ZX_RIGHT_SAME_RIGHTS`.
  zx_rights_t rights;
  /// Out: what became of this handle.
  zx_status_t result;
} zx_handle_disposition_t;

/// Record of `zx_channel_read_etc`.
typedef struct zx_handle_info {
  /// The handle.
  zx_handle_t handle;
  zx_obj_type_t type;
  zx_rights_t rights;
  /// Zero.
  uint32_t unused;
} zx_handle_info_t;

/// Record of `zx_channel_call_etc`.
typedef struct zx_channel_call_etc_args {
  const void *wr_bytes;
  zx_handle_disposition_t *wr_handles;
  void *rd_bytes;
  zx_handle_info_t *rd_handles;
  uint32_t wr_num_bytes;
  uint32_t wr_num_handles;
  uint32_t rd_num_bytes;
  uint32_t rd_num_handles;
} zx_channel_call_etc_args_t;

/// Record of `zx_channel_write`, `zx_channel_write_etc`, `zx_channel_call`, `zx_channel_call_etc`.
typedef struct zx_channel_iovec {
  const void *buffer;
  uint32_t capacity;
  /// Zero.
  uint32_t reserved;
} zx_channel_iovec_t;

/// A set of processors.
typedef struct zx_cpu_set {
  uint64_t mask[8];
} zx_cpu_set_t;

/// Record of `zx_stream_readv`, `zx_stream_readv_at`, `zx_stream_writev`, `zx_stream_writev_at`.
typedef struct zx_iovec {
  void *buffer;
  size_t capacity;
} zx_iovec_t;

/// Record of `ZX_VMO_OP_LOCK`.
typedef struct zx_vmo_lock_state {
  uint64_t offset;
  uint64_t size;
  uint64_t discarded_offset;
  uint64_t discarded_size;
} zx_vmo_lock_state_t;

/// Record of `zx_object_wait_many`.
typedef struct zx_wait_item {
  /// The handle.
  zx_handle_t handle;
  /// Signals to wait for.
  zx_signals_t waitfor;
  /// Out: signals seen at the end.
  zx_signals_t pending;
} zx_wait_item_t;

/// Argument of `zx_sampler_create`.
typedef struct zx_sampler_config {
  zx_duration_t period;
  size_t buffer_size;
  uint64_t iobuffer_discipline;
} zx_sampler_config_t;

#ifdef LIBZX_OLDER_ABI
#include <libzx/older.h>
#endif

#endif  // LIBZX_ZIRCON_TYPES_H_

// SPDX-License-Identifier: MIT
// Exception types and reports.

#ifndef LIBZX_ZIRCON_SYSCALLS_EXCEPTION_H_
#define LIBZX_ZIRCON_SYSCALLS_EXCEPTION_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

// Codes of `ZX_EXCP_POLICY_ERROR`.
#define ZX_EXCP_POLICY_CODE_BAD_HANDLE 0u
#define ZX_EXCP_POLICY_CODE_WRONG_OBJECT 1u
#define ZX_EXCP_POLICY_CODE_VMAR_WX 2u
#define ZX_EXCP_POLICY_CODE_NEW_ANY 3u
#define ZX_EXCP_POLICY_CODE_NEW_VMO 4u
#define ZX_EXCP_POLICY_CODE_NEW_CHANNEL 5u
#define ZX_EXCP_POLICY_CODE_NEW_EVENT 6u
#define ZX_EXCP_POLICY_CODE_NEW_EVENTPAIR 7u
#define ZX_EXCP_POLICY_CODE_NEW_PORT 8u
#define ZX_EXCP_POLICY_CODE_NEW_SOCKET 9u
#define ZX_EXCP_POLICY_CODE_NEW_FIFO 10u
#define ZX_EXCP_POLICY_CODE_NEW_TIMER 11u
#define ZX_EXCP_POLICY_CODE_NEW_PROCESS 12u
#define ZX_EXCP_POLICY_CODE_NEW_PROFILE 13u
#if defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_NEW_PAGER 14u
#endif
#if !defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_AMBIENT_MARK_VMO_EXEC 14u
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_AMBIENT_MARK_VMO_EXEC 15u
#endif
#if !defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_CHANNEL_FULL_WRITE 15u
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_CHANNEL_FULL_WRITE 16u
#endif
#if !defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS 16u
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS 17u
#endif
#if !defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_BAD_SYSCALL 17u
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_EXCP_POLICY_CODE_BAD_SYSCALL 18u
#endif
#define ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_OBSERVERS ((zx_excp_policy_code_t)19u)

// Codes of `ZX_EXCP_USER`.
#define ZX_EXCP_USER_CODE_PROCESS_NAME_CHANGED 1u
#define ZX_EXCP_USER_CODE_USER0 0xf000u
#define ZX_EXCP_USER_CODE_USER1 0xf001u
#define ZX_EXCP_USER_CODE_USER2 0xf002u

// Exception types.
#define ZX_EXCP_GENERAL 8u
#define ZX_EXCP_FATAL_PAGE_FAULT 0x108u
#define ZX_EXCP_UNDEFINED_INSTRUCTION 0x208u
#define ZX_EXCP_SW_BREAKPOINT 0x308u
#define ZX_EXCP_HW_BREAKPOINT 0x408u
#define ZX_EXCP_UNALIGNED_ACCESS 0x508u
#define ZX_EXCP_SYNTH 0x8000u
#define ZX_EXCP_THREAD_STARTING 0x8008u
#define ZX_EXCP_THREAD_EXITING 0x8108u
#define ZX_EXCP_POLICY_ERROR 0x8208u
#define ZX_EXCP_PROCESS_STARTING 0x8308u
#define ZX_EXCP_USER ((zx_excp_type_t)0x8309u)

// Channel types.
#define ZX_EXCEPTION_CHANNEL_TYPE_NONE 0u
#define ZX_EXCEPTION_CHANNEL_TYPE_DEBUGGER 1u
#define ZX_EXCEPTION_CHANNEL_TYPE_THREAD 2u
#define ZX_EXCEPTION_CHANNEL_TYPE_PROCESS 3u
#define ZX_EXCEPTION_CHANNEL_TYPE_JOB 4u
#define ZX_EXCEPTION_CHANNEL_TYPE_JOB_DEBUGGER 5u

// Channels, targets and states.
#define ZX_EXCEPTION_CHANNEL_DEBUGGER 1u
#define ZX_EXCEPTION_TARGET_JOB_DEBUGGER 1u
#define ZX_EXCEPTION_CHANNEL_JOB_DEBUGGER_MAX_COUNT 32u

/// An exception type, one of `ZX_EXCP_*`.
typedef uint32_t zx_excp_type_t;

/// Processor state of an exception on aarch64.
typedef struct zx_arm64_exc_data {
  uint32_t esr;
  /// Zero.
  uint8_t padding1[4];
  uint64_t far;
  /// Zero.
  uint8_t padding2[8];
} zx_arm64_exc_data_t;

/// Version 1 of `zx_arm64_exc_data_t`.
typedef struct zx_arm64_exc_data_v1 {
  uint32_t esr;
  /// Zero.
  uint8_t padding1[4];
  uint64_t far;
} zx_arm64_exc_data_v1_t;

/// Processor state of an exception on x86-64.
typedef struct zx_x86_64_exc_data {
  uint64_t vector;
  uint64_t err_code;
  uint64_t cr2;
} zx_x86_64_exc_data_t;

/// Processor state and synthetic codes of an exception.
typedef struct zx_exception_context {
  struct {
    union {
      zx_x86_64_exc_data_t x86_64;
      zx_arm64_exc_data_t arm_64;
    } u;
  } arch;
  uint32_t synth_code;
  uint32_t synth_data;
} zx_exception_context_t;

/// Version 1 of `zx_exception_context_t`.
typedef struct zx_exception_context_v1 {
  struct {
    union {
      zx_x86_64_exc_data_t x86_64;
      zx_arm64_exc_data_v1_t arm_64;
    } u;
  } arch;
} zx_exception_context_v1_t;

/// Head of an exception report.
typedef struct zx_exception_header {
  uint32_t size;
  zx_excp_type_t type;
} zx_exception_header_t;

/// Message of an exception channel.
typedef struct zx_exception_info {
  zx_koid_t pid;
  zx_koid_t tid;
  zx_excp_type_t type;
  /// Zero.
  uint8_t padding1[4];
} zx_exception_info_t;

/// Record of `ZX_INFO_THREAD_EXCEPTION_REPORT`.
typedef struct zx_exception_report {
  zx_exception_header_t header;
  zx_exception_context_t context;
} zx_exception_report_t;

/// Record of `ZX_INFO_THREAD_EXCEPTION_REPORT_V1`.
typedef struct zx_exception_report_v1 {
  zx_exception_header_t header;
  zx_exception_context_v1_t context;
} zx_exception_report_v1_t;

// Whether an exception came from the processor.
#define ZX_EXCP_IS_ARCH(type) (((type) & 0x8000u) == 0)

#endif  // LIBZX_ZIRCON_SYSCALLS_EXCEPTION_H_

// SPDX-License-Identifier: MIT
// Debug log records.

#ifndef LIBZX_ZIRCON_SYSCALLS_LOG_H_
#define LIBZX_ZIRCON_SYSCALLS_LOG_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

// Sizes in bytes.
#if !defined(LIBZX_LATER_ABI)
#define ZX_LOG_RECORD_DATA_MAX ((size_t)224ul)
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_LOG_RECORD_DATA_MAX ((size_t)216ul)
#endif
#define ZX_LOG_RECORD_MAX ((size_t)256ul)

// Flags.
#define ZX_LOG_FLAGS_MASK 0x10
#define ZX_LOG_LOCAL 16
#define ZX_LOG_TRACE 16
#define ZX_LOG_DEBUG 32
#define ZX_LOG_INFO 48
#define ZX_LOG_WARNING 64
#define ZX_LOG_ERROR 80
#define ZX_LOG_FATAL 96
#define ZX_LOG_FLAG_READABLE 0x40000000

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions"
#endif
#if !defined(LIBZX_LATER_ABI)
/// A debug log record; `data` runs on for `datalen` bytes.
typedef struct zx_log_record {
  uint32_t rollout;
  uint16_t datalen;
  uint8_t severity;
  uint8_t flags;
  zx_time_t timestamp;
  uint64_t pid;
  uint64_t tid;
  __extension__ char data[];
} zx_log_record_t;
#endif
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#if defined(LIBZX_LATER_ABI)
/// A debug log record, with its number.
typedef struct zx_log_record {
  uint64_t sequence;
  /// Zero.
  uint8_t padding1[4];
  uint16_t datalen;
  uint8_t severity;
  uint8_t flags;
  zx_time_t timestamp;
  uint64_t pid;
  uint64_t tid;
  char data[ZX_LOG_RECORD_DATA_MAX];
} zx_log_record_t;
#endif

#endif  // LIBZX_ZIRCON_SYSCALLS_LOG_H_

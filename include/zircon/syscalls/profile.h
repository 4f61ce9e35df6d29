// SPDX-License-Identifier: MIT
// Scheduling profiles.

#ifndef LIBZX_ZIRCON_SYSCALLS_PROFILE_H_
#define LIBZX_ZIRCON_SYSCALLS_PROFILE_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/syscalls/scheduler.h>
#include <zircon/types.h>

// Priorities.
#define ZX_PRIORITY_LOWEST 0
#define ZX_PRIORITY_LOW 8
#define ZX_PRIORITY_DEFAULT 16
#define ZX_PRIORITY_HIGH 24
#define ZX_PRIORITY_HIGHEST 31

// Flags.
#define ZX_PROFILE_INFO_FLAG_PRIORITY 1
#define ZX_PROFILE_INFO_FLAG_CPU_MASK 2
#define ZX_PROFILE_INFO_FLAG_DEADLINE 4

/// Argument of `zx_profile_create`.
typedef struct zx_profile_info {
  uint32_t flags;
  /// Zero.
  uint8_t padding1[4];
  __extension__ union {
    int32_t priority;
    zx_sched_deadline_params_t deadline_params;
  };
  zx_cpu_set_t cpu_affinity_mask;
} zx_profile_info_t;

#endif  // LIBZX_ZIRCON_SYSCALLS_PROFILE_H_

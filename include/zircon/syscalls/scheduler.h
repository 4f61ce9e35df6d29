// SPDX-License-Identifier: MIT
// Deadline scheduling.

#ifndef LIBZX_ZIRCON_SYSCALLS_SCHEDULER_H_
#define LIBZX_ZIRCON_SYSCALLS_SCHEDULER_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/time.h>

/// Parameters of a deadline profile.
typedef struct zx_sched_deadline_params {
  zx_duration_t capacity;
  zx_duration_t relative_deadline;
  zx_duration_t period;
} zx_sched_deadline_params_t;

#endif  // LIBZX_ZIRCON_SYSCALLS_SCHEDULER_H_

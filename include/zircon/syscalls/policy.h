// SPDX-License-Identifier: MIT
// Job policy.

#ifndef LIBZX_ZIRCON_SYSCALLS_POLICY_H_
#define LIBZX_ZIRCON_SYSCALLS_POLICY_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

// Topics and options of `zx_job_set_policy`.
#define ZX_JOB_POL_ABSOLUTE 1u
#define ZX_JOB_POL_BASIC ZX_JOB_POL_BASIC_V1
#define ZX_JOB_POL_BASIC_V1 0u
#define ZX_JOB_POL_BASIC_V2 0x01000000u
#define ZX_JOB_POL_RELATIVE 0u
#define ZX_JOB_POL_TIMER_SLACK 1u

// Actions.
#define ZX_POL_ACTION_ALLOW 0u
#define ZX_POL_ACTION_DENY 1u
#define ZX_POL_ACTION_ALLOW_EXCEPTION 2u
#define ZX_POL_ACTION_DENY_EXCEPTION 3u
#define ZX_POL_ACTION_KILL 4u

// Whether a child job may change an action.
#define ZX_POL_OVERRIDE_ALLOW 0u
#define ZX_POL_OVERRIDE_DENY 1u

// Conditions.
#define ZX_POL_BAD_HANDLE 0u
#define ZX_POL_WRONG_OBJECT 1u
#define ZX_POL_VMAR_WX 2u
#define ZX_POL_NEW_ANY 3u
#define ZX_POL_NEW_VMO 4u
#define ZX_POL_NEW_CHANNEL 5u
#define ZX_POL_NEW_EVENT 6u
#define ZX_POL_NEW_EVENTPAIR 7u
#define ZX_POL_NEW_PORT 8u
#define ZX_POL_NEW_SOCKET 9u
#define ZX_POL_NEW_FIFO 10u
#define ZX_POL_NEW_TIMER 11u
#define ZX_POL_NEW_PROCESS 12u
#define ZX_POL_NEW_PROFILE 13u
#if defined(LIBZX_LATER_ABI)
#define ZX_POL_NEW_PAGER 14u
#endif
#if !defined(LIBZX_LATER_ABI)
#define ZX_POL_AMBIENT_MARK_VMO_EXEC 14u
#endif
#if defined(LIBZX_LATER_ABI)
#define ZX_POL_AMBIENT_MARK_VMO_EXEC 15u
#endif

/// A policy of topic `ZX_JOB_POL_BASIC_V1`.
typedef struct zx_policy_basic_v1 {
  uint32_t condition;
  uint32_t policy;
} zx_policy_basic_v1_t;

/// Another name of [`zx_policy_basic_v1_t`].
typedef zx_policy_basic_v1_t zx_policy_basic;

/// Another name of [`zx_policy_basic_v1_t`].
typedef zx_policy_basic_v1_t zx_policy_basic_t;

/// A policy of topic `ZX_JOB_POL_BASIC_V2`.
typedef struct zx_policy_basic_v2 {
  uint32_t condition;
  uint32_t action;
  uint32_t flags;
} zx_policy_basic_v2_t;

/// The policy of topic `ZX_JOB_POL_TIMER_SLACK`.
typedef struct zx_policy_timer_slack {
  zx_duration_t min_slack;
  uint32_t default_mode;
  /// Zero.
  uint8_t padding1[4];
} zx_policy_timer_slack_t;

#endif  // LIBZX_ZIRCON_SYSCALLS_POLICY_H_

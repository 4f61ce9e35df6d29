// SPDX-License-Identifier: MIT
// Clock objects.

#ifndef LIBZX_ZIRCON_SYSCALLS_CLOCK_H_
#define LIBZX_ZIRCON_SYSCALLS_CLOCK_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/time.h>

// Options of `zx_clock_create`.
#define ZX_CLOCK_OPTS_ALL ((uint64_t)7ul)
#define ZX_CLOCK_OPT_AUTO_START ((uint64_t)4ul)
#define ZX_CLOCK_OPT_CONTINUOUS ((uint64_t)2ul)
#define ZX_CLOCK_OPT_MONOTONIC ((uint64_t)1ul)

// Where the options carry the version of the arguments.
#define ZX_CLOCK_ARGS_VERSION_BITS ((uint64_t)6ul)
#define ZX_CLOCK_ARGS_VERSION_MASK ((uint64_t)0xfc00000000000000ul)
#define ZX_CLOCK_ARGS_VERSION_SHIFT ((uint64_t)58ul)

// Options of `zx_clock_update`.
#define ZX_CLOCK_UPDATE_OPTIONS_ALL ((uint64_t)7ul)
#define ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID ((uint64_t)4ul)
#define ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID ((uint64_t)2ul)
#define ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID ((uint64_t)8ul)
#define ZX_CLOCK_UPDATE_OPTION_SYNTHETIC_VALUE_VALID ((uint64_t)1ul)
#define ZX_CLOCK_UPDATE_OPTION_VALUE_VALID ((uint64_t)1ul)

// Limits of the rate adjustment, in parts per million.
#define ZX_CLOCK_UPDATE_MAX_RATE_ADJUST 1000
#define ZX_CLOCK_UPDATE_MIN_RATE_ADJUST (-1000)

// No error bound is known.
#define ZX_CLOCK_UNKNOWN_ERROR ((uint64_t)0xfffffffffffffffful)

/// Record of `zx_clock_create`.
typedef struct zx_clock_create_args_v1 {
  zx_time_t backstop_time;
} zx_clock_create_args_v1_t;

/// A ratio of clock rates.
typedef struct zx_clock_rate {
  uint32_t synthetic_ticks;
  uint32_t reference_ticks;
} zx_clock_rate_t;

/// Maps a reference clock to another one.
typedef struct zx_clock_transformation {
  int64_t reference_offset;
  int64_t synthetic_offset;
  zx_clock_rate_t rate;
} zx_clock_transformation_t;

/// Record of `zx_clock_get_details`.
typedef struct zx_clock_details_v1 {
  uint64_t options;
  zx_time_t backstop_time;
  zx_clock_transformation_t ticks_to_synthetic;
  zx_clock_transformation_t mono_to_synthetic;
  uint64_t error_bound;
  zx_ticks_t query_ticks;
  zx_ticks_t last_value_update_ticks;
  zx_ticks_t last_rate_adjust_update_ticks;
  zx_ticks_t last_error_bounds_update_ticks;
  uint32_t generation_counter;
  /// Zero.
  uint8_t padding1[4];
} zx_clock_details_v1_t;

/// Record of `zx_clock_update`.
typedef struct zx_clock_update_args_v1 {
  int32_t rate_adjust;
  /// Zero.
  uint8_t padding1[4];
  int64_t value;
  uint64_t error_bound;
} zx_clock_update_args_v1_t;

/// Version 2 of the arguments of `zx_clock_update`.
typedef struct zx_clock_update_args_v2 {
  int32_t rate_adjust;
  /// Zero.
  uint8_t padding1[4];
  int64_t synthetic_value;
  int64_t reference_value;
  uint64_t error_bound;
} zx_clock_update_args_v2_t;

// A version number, placed in the options where the calls look for it.
#define ZX_CLOCK_ARGS_VERSION(version) \
  (((uint64_t)(version) << ZX_CLOCK_ARGS_VERSION_SHIFT) & ZX_CLOCK_ARGS_VERSION_MASK)

#endif  // LIBZX_ZIRCON_SYSCALLS_CLOCK_H_

// SPDX-License-Identifier: MIT
// Times and durations; the arithmetic stays at the limits instead of wrapping.

#ifndef LIBZX_ZIRCON_TIME_H_
#define LIBZX_ZIRCON_TIME_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdint.h>
#ifndef __ASSEMBLER__
#include <time.h>
#endif
#include <zircon/compiler.h>

// Times that never come and that are always past.
#define ZX_TIME_INFINITE_PAST ((zx_time_t)(-0x7fffffffffffffffl - 1l))
#define ZX_TIME_INFINITE ((zx_time_t)0x7fffffffffffffffl)

/// A point in time in nanoseconds.
typedef int64_t zx_time_t;

/// A length of time in nanoseconds.
typedef int64_t zx_duration_t;

/// A count of timer ticks.
typedef int64_t zx_ticks_t;

// Durations of so many units; constant expressions.
#define ZX_NSEC(n) ((zx_duration_t)(INT64_C(1) * (n)))
#define ZX_USEC(n) ((zx_duration_t)(INT64_C(1000) * (n)))
#define ZX_MSEC(n) ((zx_duration_t)(INT64_C(1000000) * (n)))
#define ZX_SEC(n) ((zx_duration_t)(INT64_C(1000000000) * (n)))
#define ZX_MIN(n) ((zx_duration_t)(INT64_C(60000000000) * (n)))
#define ZX_HOUR(n) ((zx_duration_t)(INT64_C(3600000000000) * (n)))

#ifndef __ASSEMBLER__

__BEGIN_CDECLS

static inline __CONSTEXPR int64_t __libzx_add(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

static inline __CONSTEXPR int64_t __libzx_sub(int64_t a, int64_t b) {
  int64_t difference = 0;
  return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? INT64_MAX : INT64_MIN) : difference;
}

static inline __CONSTEXPR int64_t __libzx_mul(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? ((a < 0) != (b < 0) ? INT64_MIN : INT64_MAX)
                                                : product;
}

static inline __CONSTEXPR zx_time_t zx_time_add_duration(zx_time_t time, zx_duration_t duration) {
  return __libzx_add(time, duration);
}

static inline __CONSTEXPR zx_time_t zx_time_sub_duration(zx_time_t time, zx_duration_t duration) {
  return __libzx_sub(time, duration);
}

static inline __CONSTEXPR zx_duration_t zx_time_sub_time(zx_time_t time1, zx_time_t time2) {
  return __libzx_sub(time1, time2);
}

static inline __CONSTEXPR zx_duration_t zx_duration_add_duration(zx_duration_t dur1,
                                                                 zx_duration_t dur2) {
  return __libzx_add(dur1, dur2);
}

static inline __CONSTEXPR zx_duration_t zx_duration_sub_duration(zx_duration_t dur1,
                                                                 zx_duration_t dur2) {
  return __libzx_sub(dur1, dur2);
}

static inline __CONSTEXPR zx_duration_t zx_duration_mul_int64(zx_duration_t duration,
                                                              int64_t multiplier) {
  return __libzx_mul(duration, multiplier);
}

static inline __CONSTEXPR int64_t zx_nsec_from_duration(zx_duration_t n) { return n; }

static inline __CONSTEXPR zx_duration_t zx_duration_from_nsec(int64_t n) { return n; }

static inline __CONSTEXPR zx_duration_t zx_duration_from_usec(int64_t n) {
  return __libzx_mul(ZX_USEC(1), n);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_msec(int64_t n) {
  return __libzx_mul(ZX_MSEC(1), n);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_sec(int64_t n) {
  return __libzx_mul(ZX_SEC(1), n);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_min(int64_t n) {
  return __libzx_mul(ZX_MIN(1), n);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_hour(int64_t n) {
  return __libzx_mul(ZX_HOUR(1), n);
}

static inline __CONSTEXPR zx_duration_t zx_duration_from_timespec(struct timespec ts) {
  return __libzx_add(__libzx_mul(ZX_SEC(1), ts.tv_sec), ts.tv_nsec);
}

static inline struct timespec zx_timespec_from_duration(zx_duration_t duration) {
  struct timespec ts;
  ts.tv_sec = (time_t)(duration / ZX_SEC(1));
  ts.tv_nsec = (long)(duration % ZX_SEC(1));
  return ts;
}

__END_CDECLS

#endif  // __ASSEMBLER__

#endif  // LIBZX_ZIRCON_TIME_H_

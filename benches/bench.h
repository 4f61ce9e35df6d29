// SPDX-License-Identifier: MIT
// Timing and output of the benches.
//
// Every bench measures something of libzx and a reference in alternating
// rounds of one run, and prints the medians:
//
//   NAME  LIBZX_NS  REFERENCE_NS  RATIO
//
// RATIO is the median over the rounds too, since the machine's speed drifts.
// Lines that begin with # are remarks. Compile with
//   gcc -std=c11 -O2 -Iinclude benches/NAME.c -L... -lzx

#ifndef BENCHES_BENCH_H_
#define BENCHES_BENCH_H_

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zircon/status.h>
#include <zircon/types.h>

#define BENCH_ROUNDS 21

static inline uint64_t bench_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void bench_check(zx_status_t status, const char* what) {
  if (status != ZX_OK) {
    fprintf(stderr, "bench: %s: %s\n", what, zx_status_get_string(status));
    exit(1);
  }
}

#define CHECK(call) bench_check(call, #call)

static inline int bench_compare(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static inline double bench_median(double* values, int count) {
  qsort(values, (size_t)count, sizeof(*values), bench_compare);
  return values[count / 2];
}

// A loop of `count` turns over the thing to measure.
typedef void (*bench_loop_t)(void* context, uint64_t count);

static inline double bench_once(bench_loop_t loop, void* context, uint64_t count) {
  uint64_t begin = bench_now();
  loop(context, count);
  return (double)(bench_now() - begin) / (double)count;
}

// Alternating rounds after one of each that does not count; prints one line. The reference, if it
// is slow, may have fewer turns.
static inline void bench_against_few(const char* name, bench_loop_t libzx, void* libzx_context,
                                     uint64_t count, bench_loop_t reference,
                                     void* reference_context, uint64_t reference_count) {
  double a[BENCH_ROUNDS], b[BENCH_ROUNDS], ratio[BENCH_ROUNDS];
  for (int round = -1; round < BENCH_ROUNDS; round++) {
    double x = bench_once(libzx, libzx_context, count);
    double y = bench_once(reference, reference_context, reference_count);
    if (round >= 0) {
      a[round] = x;
      b[round] = y;
      ratio[round] = x / y;
    }
  }
  printf("%-36s %10.1f %10.1f %7.3f\n", name, bench_median(a, BENCH_ROUNDS),
         bench_median(b, BENCH_ROUNDS), bench_median(ratio, BENCH_ROUNDS));
  fflush(stdout);
}

static inline void bench_against(const char* name, bench_loop_t libzx, void* libzx_context,
                                 bench_loop_t reference, void* reference_context,
                                 uint64_t count) {
  bench_against_few(name, libzx, libzx_context, count, reference, reference_context, count);
}

#endif  // BENCHES_BENCH_H_

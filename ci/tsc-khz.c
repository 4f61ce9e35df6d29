// SPDX-License-Identifier: MIT
// Prints how many thousand times a second this processor's time stamp counter counts.

#define _GNU_SOURCE 1
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define ATTEMPTS 1000
#define SPAN_NS 200000000

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Both clocks at one moment: the closest look of many, for others may get the processor in between.
static void look(int64_t* ns, uint64_t* tsc) {
  int64_t best = INT64_MAX;
  for (int i = 0; i < ATTEMPTS; i++) {
    int64_t before = now();
    uint64_t count = __builtin_ia32_rdtsc();
    int64_t after = now();
    if (after - before < best) {
      best = after - before;
      *ns = before + best / 2;
      *tsc = count;
    }
  }
}

int main(void) {
  int64_t ns[2];
  uint64_t tsc[2];
  look(&ns[0], &tsc[0]);
  struct timespec span = {.tv_nsec = SPAN_NS};
  nanosleep(&span, NULL);
  look(&ns[1], &tsc[1]);
  printf("%.0f\n", (double)(tsc[1] - tsc[0]) * 1e6 / (double)(ns[1] - ns[0]));
  return 0;
}

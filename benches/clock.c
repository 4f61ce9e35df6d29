// SPDX-License-Identifier: MIT
// Clocks and random numbers against what Linux has: ticks and a clock object against
// clock_gettime, 32 random bytes against getrandom.

#include "bench.h"

#include <sys/random.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/clock.h>

static volatile int64_t sink;

static void linux_clock(void* context, uint64_t count) {
  (void)context;
  for (uint64_t i = 0; i < count; i++) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    sink = now.tv_sec * 1000000000 + now.tv_nsec;
  }
}

static void ticks(void* context, uint64_t count) {
  (void)context;
  for (uint64_t i = 0; i < count; i++) sink = zx_ticks_get();
}

static void read_clock(void* context, uint64_t count) {
  zx_handle_t clock = *(zx_handle_t*)context;
  for (uint64_t i = 0; i < count; i++) {
    zx_time_t now;
    CHECK(zx_clock_read(clock, &now));
    sink = now;
  }
}

static void draw(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) zx_cprng_draw(context, 32);
}

static void linux_draw(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++)
    if (getrandom(context, 32, 0) != 32) abort();
}

int main(void) {
  zx_handle_t clock;
  CHECK(zx_clock_create(ZX_CLOCK_OPT_AUTO_START, NULL, &clock));
  bench_against("ticks_get", ticks, NULL, linux_clock, NULL, 1000000);
  bench_against("clock_read", read_clock, &clock, linux_clock, NULL, 1000000);
  zx_clock_update_args_v1_t args = {.rate_adjust = 20};
  CHECK(zx_clock_update(
      clock, ZX_CLOCK_ARGS_VERSION(1) | ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID, &args));
  bench_against("clock_read_adjusted", read_clock, &clock, linux_clock, NULL, 1000000);
  CHECK(zx_handle_close(clock));
  static unsigned char buffer[32];
  bench_against("cprng_draw_32", draw, buffer, linux_draw, buffer, 300000);
  return 0;
}

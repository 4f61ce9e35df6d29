// SPDX-License-Identifier: MIT
// A signal of an event set and seen on one thread, against an eventfd written
// and read.

#include "bench.h"
#include "eventfd.h"

#include <zircon/syscalls.h>

static void signal_and_wait(void* context, uint64_t count) {
  zx_handle_t event = *(zx_handle_t*)context;
  zx_signals_t set = ZX_USER_SIGNAL_0, clear = ZX_USER_SIGNAL_1;
  for (uint64_t i = 0; i < count; i++) {
    zx_signals_t observed;
    CHECK(zx_object_signal(event, clear, set));
    CHECK(zx_object_wait_one(event, set, ZX_TIME_INFINITE, &observed));
    if (observed != set) abort();
    zx_signals_t other = set;
    set = clear;
    clear = other;
  }
  CHECK(zx_object_signal(event, ZX_USER_SIGNAL_ALL, 0));
}

int main(void) {
  zx_handle_t event;
  CHECK(zx_event_create(0, &event));
  bench_against_eventfd("event_signal_wait_one", signal_and_wait, &event, 200000);
  CHECK(zx_handle_close(event));
  return 0;
}

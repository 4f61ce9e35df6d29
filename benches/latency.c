// SPDX-License-Identifier: MIT
// How long after its deadline a wait ends, alone and while thousands of timers are armed; and how
// many threads the timers cost.
//
// The columns are the median and the 99th percentile of the lateness in nanoseconds, and the
// largest; a wait that ends early is an error.

#include "bench.h"

#include <dirent.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

#define WAITS 400
#define TIMERS 5000
#define AHEAD 1500000

static zx_handle_t event, port, timer;

static void wait_one(zx_time_t deadline) {
  if (zx_object_wait_one(event, ZX_EVENT_SIGNALED, deadline, NULL) != ZX_ERR_TIMED_OUT) abort();
}

static void port_wait(zx_time_t deadline) {
  zx_port_packet_t packet;
  if (zx_port_wait(port, deadline, &packet) != ZX_ERR_TIMED_OUT) abort();
}

static void nanosleep_until(zx_time_t deadline) { CHECK(zx_nanosleep(deadline)); }

static void timer_fires(zx_time_t deadline) {
  CHECK(zx_timer_set(timer, deadline, 0));
  CHECK(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, ZX_TIME_INFINITE, NULL));
}

static void measure(const char* name, void (*wait)(zx_time_t)) {
  double late[WAITS];
  for (int i = 0; i < WAITS; i++) {
    zx_time_t deadline = zx_deadline_after(AHEAD);
    wait(deadline);
    late[i] = (double)(zx_clock_get_monotonic() - deadline);
    if (late[i] < 0) {
      fprintf(stderr, "bench: %s ended %.0f ns early\n", name, -late[i]);
      exit(1);
    }
  }
  qsort(late, WAITS, sizeof(*late), bench_compare);
  printf("%-36s %10.0f %10.0f %10.0f\n", name, late[WAITS / 2], late[WAITS * 99 / 100],
         late[WAITS - 1]);
  fflush(stdout);
}

static int threads(void) {
  DIR* tasks = opendir("/proc/self/task");
  if (!tasks) abort();
  int count = 0;
  for (struct dirent* task; (task = readdir(tasks));) count += task->d_name[0] != '.';
  closedir(tasks);
  return count;
}

int main(void) {
  static zx_handle_t armed[TIMERS];
  CHECK(zx_event_create(0, &event));
  CHECK(zx_port_create(0, &port));
  CHECK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer));
  printf("# lateness in ns: median, 99 %%, largest of %d\n", WAITS);
  measure("wait_one_late", wait_one);
  measure("port_wait_late", port_wait);
  measure("nanosleep_late", nanosleep_until);
  printf("# threads before a timer is armed: %d\n", threads());
  measure("timer_late", timer_fires);
  for (int i = 0; i < TIMERS; i++) {
    CHECK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &armed[i]));
    CHECK(zx_timer_set(armed[i], zx_deadline_after(ZX_SEC(100) + i), 0));
  }
  printf("# threads with %d timers armed: %d\n", TIMERS, threads());
  measure("timer_late_among_5000", timer_fires);
  CHECK(zx_handle_close_many(armed, TIMERS));
  CHECK(zx_handle_close(timer));
  CHECK(zx_handle_close(port));
  CHECK(zx_handle_close(event));
  return 0;
}

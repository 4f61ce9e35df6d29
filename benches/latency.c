// SPDX-License-Identifier: MIT
// How long after its deadline a wait ends, alone and while thousands of timers are armed; and how
// many threads the timers cost.
//
// The columns are the median and the 99th percentile of the lateness in nanoseconds, and the
// largest; a wait that ends early is an error. The lines that begin with linux are what Linux does
// with the same deadlines, taken in turns with the library's: nothing here can be better.

#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>
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

static struct timespec timespec_of(zx_time_t time) {
  return (struct timespec){time / ZX_SEC(1), time % ZX_SEC(1)};
}

static void linux_nanosleep(zx_time_t deadline) {
  struct timespec end = timespec_of(deadline);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) {
  }
}

static void linux_futex(zx_time_t deadline) {
  static uint32_t nobody;
  struct timespec end = timespec_of(deadline);
  while (syscall(SYS_futex, &nobody, FUTEX_WAIT_BITSET_PRIVATE, 0, &end, NULL,
                 FUTEX_BITSET_MATCH_ANY) == 0 ||
         errno == EINTR) {
  }
}

static int timerfd;

static void linux_timerfd(zx_time_t deadline) {
  struct itimerspec setting = {.it_value = timespec_of(deadline)};
  if (timerfd_settime(timerfd, TFD_TIMER_ABSTIME, &setting, NULL)) abort();
  struct pollfd fd = {.fd = timerfd, .events = POLLIN};
  while (poll(&fd, 1, -1) != 1) {
  }
}

static double lateness(const char* name, void (*wait)(zx_time_t)) {
  zx_time_t deadline = zx_deadline_after(AHEAD);
  wait(deadline);
  double late = (double)(zx_clock_get_monotonic() - deadline);
  if (late < 0) {
    fprintf(stderr, "bench: %s ended %.0f ns early\n", name, -late);
    exit(1);
  }
  return late;
}

static void report(const char* name, double late[WAITS]) {
  qsort(late, WAITS, sizeof(*late), bench_compare);
  printf("%-36s %10.0f %10.0f %10.0f\n", name, late[WAITS / 2], late[WAITS * 99 / 100],
         late[WAITS - 1]);
  fflush(stdout);
}

static void measure(const char* name, void (*wait)(zx_time_t), const char* linux_name,
                    void (*linux_wait)(zx_time_t)) {
  double late[WAITS], linux_late[WAITS];
  for (int i = 0; i < WAITS; i++) {
    late[i] = lateness(name, wait);
    linux_late[i] = lateness(linux_name, linux_wait);
  }
  report(name, late);
  report(linux_name, linux_late);
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
  timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (timerfd < 0) abort();
  measure("wait_one_late", wait_one, "linux_futex_late", linux_futex);
  measure("port_wait_late", port_wait, "linux_futex_late", linux_futex);
  measure("nanosleep_late", nanosleep_until, "linux_nanosleep_late", linux_nanosleep);
  printf("# threads before a timer is armed: %d\n", threads());
  measure("timer_late", timer_fires, "linux_timerfd_late", linux_timerfd);
  for (int i = 0; i < TIMERS; i++) {
    CHECK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &armed[i]));
    CHECK(zx_timer_set(armed[i], zx_deadline_after(ZX_SEC(100) + i), 0));
  }
  printf("# threads with %d timers armed: %d\n", TIMERS, threads());
  measure("timer_late_among_5000", timer_fires, "linux_timerfd_late", linux_timerfd);
  close(timerfd);
  CHECK(zx_handle_close_many(armed, TIMERS));
  CHECK(zx_handle_close(timer));
  CHECK(zx_handle_close(port));
  CHECK(zx_handle_close(event));
  return 0;
}

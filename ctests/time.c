// SPDX-License-Identifier: MIT
// zx_clock_get_monotonic, zx_deadline_after, zx_nanosleep and <zircon/time.h>.
// Specification: tasks-time-system.md, sections 6 and 11.5.

#include "ztest.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <zircon/syscalls.h>
#include <zircon/time.h>

static zx_time_t linux_monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (zx_time_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

TEST(clock_get_monotonic_never_decreases) {
  zx_time_t last = zx_clock_get_monotonic();
  EXPECT_TRUE(last > 0);
  size_t backwards = 0;
  for (size_t i = 0; i < 1000000; i++) {
    zx_time_t now = zx_clock_get_monotonic();
    if (now < last) backwards++;
    last = now;
  }
  EXPECT_EQ(backwards, 0);
}

TEST(clock_get_monotonic_is_clock_monotonic) {
  for (size_t i = 0; i < 100; i++) {
    zx_time_t before = linux_monotonic();
    zx_time_t now = zx_clock_get_monotonic();
    zx_time_t after = linux_monotonic();
    EXPECT_TRUE(before <= now);
    EXPECT_TRUE(now <= after);
  }
}

TEST(deadline_after_adds_to_now) {
  const zx_duration_t durations[] = {0, 1, -1, ZX_SEC(1), -ZX_SEC(1), ZX_HOUR(24 * 365)};
  for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
    zx_time_t before = zx_clock_get_monotonic();
    zx_time_t deadline = zx_deadline_after(durations[i]);
    zx_time_t after = zx_clock_get_monotonic();
    EXPECT_TRUE(before + durations[i] <= deadline);
    EXPECT_TRUE(deadline <= after + durations[i]);
  }
}

TEST(deadline_after_overflow_infinite) {
  EXPECT_EQ(zx_deadline_after(INT64_MAX), ZX_TIME_INFINITE);
  EXPECT_EQ(zx_deadline_after(INT64_MAX - 1), ZX_TIME_INFINITE);
  EXPECT_EQ(zx_deadline_after(INT64_MAX - zx_clock_get_monotonic() + 1), ZX_TIME_INFINITE);
}

TEST(deadline_after_infinite_past_stays_negative) {
  // The clock is positive, so that no sum can fall below the lowest time.
  zx_time_t before = zx_clock_get_monotonic();
  zx_time_t deadline = zx_deadline_after(ZX_TIME_INFINITE_PAST);
  EXPECT_TRUE(deadline < 0);
  EXPECT_TRUE(deadline == ZX_TIME_INFINITE_PAST || deadline >= ZX_TIME_INFINITE_PAST + before);
}

TEST(nanosleep_past_deadline_ok_at_once) {
  const zx_time_t past[] = {0, 1, -1, ZX_TIME_INFINITE_PAST, zx_clock_get_monotonic()};
  for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
    zx_time_t before = zx_clock_get_monotonic();
    EXPECT_OK(zx_nanosleep(past[i]));
    EXPECT_TRUE(zx_clock_get_monotonic() - before < ZX_SEC(10));
  }
}

TEST(nanosleep_never_early) {
  const zx_duration_t durations[] = {1, ZX_USEC(1), ZX_USEC(50), ZX_MSEC(1), ZX_MSEC(30)};
  for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
    for (size_t round = 0; round < 5; round++) {
      zx_time_t deadline = zx_deadline_after(durations[i]);
      EXPECT_OK(zx_nanosleep(deadline));
      EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
    }
  }
}

static volatile sig_atomic_t interruptions;

static void count_interruption(int number) {
  (void)number;
  interruptions++;
}

static void* sleep_300_ms(void* argument) {
  zx_time_t deadline = zx_deadline_after(ZX_MSEC(300));
  EXPECT_OK(zx_nanosleep(deadline));
  EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
  __atomic_store_n((int*)argument, 1, __ATOMIC_RELEASE);
  return NULL;
}

TEST(nanosleep_interrupted_by_signals_not_early) {
  struct sigaction action, before;
  memset(&action, 0, sizeof(action));
  action.sa_handler = count_interruption;  // no SA_RESTART
  sigaction(SIGUSR1, &action, &before);
  interruptions = 0;
  int done = 0, sent = 0;
  pthread_t thread;
  if (pthread_create(&thread, NULL, sleep_300_ms, &done)) abort();
  while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
    int seen = interruptions;
    if (pthread_kill(thread, SIGUSR1)) break;
    sent++;
    while (interruptions == seen && !__atomic_load_n(&done, __ATOMIC_ACQUIRE)) sched_yield();
  }
  pthread_join(thread, NULL);
  EXPECT_TRUE(sent > 1);
  sigaction(SIGUSR1, &before, NULL);
}

// --- <zircon/time.h> ----------------------------------------------------------------------------

#define MAX INT64_MAX
#define MIN INT64_MIN

TEST(time_units_constant_expressions) {
  _Static_assert(ZX_NSEC(3) == 3, "");
  _Static_assert(ZX_USEC(3) == 3000, "");
  _Static_assert(ZX_MSEC(3) == 3000000, "");
  _Static_assert(ZX_SEC(3) == 3000000000, "");
  _Static_assert(ZX_MIN(3) == 180000000000, "");
  _Static_assert(ZX_HOUR(3) == 10800000000000, "");
  EXPECT_EQ(ZX_SEC(-1), -1000000000);
  EXPECT_EQ(ZX_TIME_INFINITE, MAX);
  EXPECT_EQ(ZX_TIME_INFINITE_PAST, MIN);
}

TEST(time_add_duration_saturates) {
  EXPECT_EQ(zx_time_add_duration(1, 2), 3);
  EXPECT_EQ(zx_time_add_duration(-1, -2), -3);
  EXPECT_EQ(zx_time_add_duration(MAX, 1), ZX_TIME_INFINITE);
  EXPECT_EQ(zx_time_add_duration(MAX - 5, 5), MAX);
  EXPECT_EQ(zx_time_add_duration(MAX, MAX), ZX_TIME_INFINITE);
  EXPECT_EQ(zx_time_add_duration(MIN, -1), ZX_TIME_INFINITE_PAST);
  EXPECT_EQ(zx_time_add_duration(MIN, MIN), ZX_TIME_INFINITE_PAST);
  EXPECT_EQ(zx_time_add_duration(MAX, MIN), -1);
}

TEST(time_sub_duration_saturates) {
  EXPECT_EQ(zx_time_sub_duration(3, 2), 1);
  EXPECT_EQ(zx_time_sub_duration(MIN, 1), ZX_TIME_INFINITE_PAST);
  EXPECT_EQ(zx_time_sub_duration(MAX, -1), ZX_TIME_INFINITE);
  EXPECT_EQ(zx_time_sub_duration(0, MIN), ZX_TIME_INFINITE);
  EXPECT_EQ(zx_time_sub_duration(-1, MIN), MAX);
  EXPECT_EQ(zx_time_sub_duration(-2, MAX), ZX_TIME_INFINITE_PAST);
}

TEST(time_sub_time_saturates) {
  EXPECT_EQ(zx_time_sub_time(10, 4), 6);
  EXPECT_EQ(zx_time_sub_time(4, 10), -6);
  EXPECT_EQ(zx_time_sub_time(MAX, -1), MAX);
  EXPECT_EQ(zx_time_sub_time(MIN, 1), MIN);
  EXPECT_EQ(zx_time_sub_time(MIN, MIN), 0);
}

TEST(duration_add_and_sub_saturate) {
  EXPECT_EQ(zx_duration_add_duration(5, 6), 11);
  EXPECT_EQ(zx_duration_add_duration(MAX, 1), MAX);
  EXPECT_EQ(zx_duration_add_duration(MIN, -1), MIN);
  EXPECT_EQ(zx_duration_sub_duration(5, 6), -1);
  EXPECT_EQ(zx_duration_sub_duration(MAX, -1), MAX);
  EXPECT_EQ(zx_duration_sub_duration(MIN, 1), MIN);
}

TEST(duration_mul_int64_saturates_by_sign) {
  EXPECT_EQ(zx_duration_mul_int64(3, 4), 12);
  EXPECT_EQ(zx_duration_mul_int64(-3, 4), -12);
  EXPECT_EQ(zx_duration_mul_int64(MAX, 2), MAX);
  EXPECT_EQ(zx_duration_mul_int64(MAX, -2), MIN);
  EXPECT_EQ(zx_duration_mul_int64(MIN, -1), MAX);
  EXPECT_EQ(zx_duration_mul_int64(MIN, 2), MIN);
  EXPECT_EQ(zx_duration_mul_int64(MIN, MIN), MAX);
  EXPECT_EQ(zx_duration_mul_int64(MIN, 0), 0);
}

TEST(duration_from_units_saturate) {
  EXPECT_EQ(zx_duration_from_nsec(7), 7);
  EXPECT_EQ(zx_duration_from_usec(7), 7000);
  EXPECT_EQ(zx_duration_from_msec(7), 7000000);
  EXPECT_EQ(zx_duration_from_sec(7), 7000000000);
  EXPECT_EQ(zx_duration_from_min(7), 420000000000);
  EXPECT_EQ(zx_duration_from_hour(7), 25200000000000);
  EXPECT_EQ(zx_duration_from_nsec(MAX), MAX);
  EXPECT_EQ(zx_duration_from_usec(MAX), MAX);
  EXPECT_EQ(zx_duration_from_msec(MIN), MIN);
  EXPECT_EQ(zx_duration_from_sec(MAX / 1000), MAX);
  EXPECT_EQ(zx_duration_from_min(MIN / 1000), MIN);
  EXPECT_EQ(zx_duration_from_hour(MAX / 1000000), MAX);
  EXPECT_EQ(zx_nsec_from_duration(ZX_SEC(2)), 2000000000);
  EXPECT_EQ(zx_nsec_from_duration(MIN), MIN);
}

ZTEST_MAIN

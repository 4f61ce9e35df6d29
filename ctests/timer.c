// SPDX-License-Identifier: MIT
// zx_timer_create, _set, _cancel and ZX_INFO_TIMER. Specification: ports.md, section 7.

#include "ztest.h"

#include "threads.h"

static zx_handle_t new_timer(void) {
  zx_handle_t timer = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer));
  return timer;
}

static zx_info_timer_t info_of(zx_handle_t timer) {
  zx_info_timer_t info;
  memset(&info, 0xee, sizeof(info));
  EXPECT_OK(zx_object_get_info(timer, ZX_INFO_TIMER, &info, sizeof(info), NULL, NULL));
  return info;
}

static void expect_idle(zx_handle_t timer) {
  zx_info_timer_t info = info_of(timer);
  EXPECT_EQ(info.deadline, 0);
  EXPECT_EQ(info.slack, 0);
}

static zx_time_t far(void) { return zx_deadline_after(3600000000000); }

TEST(timer_create_ok) {
  for (uint32_t mode = 0; mode < 3; mode++) {
    zx_handle_t timer = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_timer_create(mode, ZX_CLOCK_MONOTONIC, &timer));
    zx_info_handle_basic_t info = basic_info(timer);
    EXPECT_EQ(info.type, ZX_OBJ_TYPE_TIMER);
    EXPECT_EQ(info.rights, 0xd00b);
    EXPECT_EQ(info_of(timer).options, mode);
    expect_idle(timer);
    EXPECT_EQ(signals_of(timer), 0);
    EXPECT_OK(zx_handle_close(timer));
  }
}

TEST(timer_create_other_clock_or_options_invalid_args) {
  zx_handle_t out = 0xabc;
  EXPECT_STATUS(zx_timer_create(0, ZX_CLOCK_UTC, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_timer_create(0, 2, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_timer_create(3, ZX_CLOCK_MONOTONIC, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_timer_create(0xffffffffu, ZX_CLOCK_MONOTONIC, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(out, 0xabc);
}

TEST(timer_create_bad_out_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_timer_create(0, 0, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
}

TEST(timer_set_checks_in_order) {
  zx_handle_t timer = new_timer(), event = new_event();
  zx_handle_t reader = copy_of(timer, ZX_DEFAULT_TIMER_RIGHTS & ~ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_timer_set(0, 0, -1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_timer_set(0, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_timer_set(event, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_timer_set(reader, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_timer_cancel(0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_timer_cancel(event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_timer_cancel(reader), ZX_ERR_ACCESS_DENIED);
  zx_handle_t all[] = {timer, event, reader};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

TEST(timer_set_negative_slack_out_of_range_and_unchanged) {
  zx_handle_t timer = new_timer();
  zx_time_t deadline = far();
  EXPECT_OK(zx_timer_set(timer, deadline, 5));
  EXPECT_STATUS(zx_timer_set(timer, 0, -1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(info_of(timer).deadline, deadline);
  EXPECT_EQ(info_of(timer).slack, 5);
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_set_past_deadline_signalled_at_once) {
  zx_handle_t timer = new_timer();
  const zx_time_t past[] = {0, -1, 1, ZX_TIME_INFINITE_PAST};
  for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
    EXPECT_OK(zx_timer_set(timer, past[i], 7));
    EXPECT_EQ(signals_of(timer), ZX_TIMER_SIGNALED);
    EXPECT_OK(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, ZX_TIME_INFINITE, NULL));
    expect_idle(timer);
  }
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_set_now_and_cancel_100_times) {
  zx_handle_t timer = new_timer();
  for (int i = 0; i < 100; i++) {
    EXPECT_OK(zx_timer_set(timer, zx_clock_get_monotonic(), 0));
    EXPECT_EQ(signals_of(timer), ZX_TIMER_SIGNALED);
    EXPECT_OK(zx_timer_cancel(timer));
    EXPECT_EQ(signals_of(timer), 0);
  }
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_set_fires_repeatedly_never_early) {
  zx_handle_t timer = new_timer();
  for (int i = 0; i < 5; i++) {
    zx_time_t deadline = zx_deadline_after(1000000 * (i + 1));
    EXPECT_OK(zx_timer_set(timer, deadline, 0));
    EXPECT_STATUS(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, 0, NULL), ZX_ERR_TIMED_OUT);
    EXPECT_OK(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, ZX_TIME_INFINITE, NULL));
    EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
    expect_idle(timer);
    EXPECT_EQ(signals_of(timer), ZX_TIMER_SIGNALED);
  }
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_set_pending_again_shows_the_new_setting) {
  zx_handle_t timer = new_timer();
  for (int i = 0; i < 10; i++) {
    zx_time_t deadline = far();
    EXPECT_OK(zx_timer_set(timer, deadline, 0));
    EXPECT_EQ(signals_of(timer), 0);
    EXPECT_EQ(info_of(timer).deadline, deadline);
    EXPECT_EQ(info_of(timer).slack, 0);
  }
  EXPECT_OK(zx_timer_cancel(timer));
  expect_idle(timer);
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_set_again_clears_the_signal) {
  zx_handle_t timer = new_timer();
  EXPECT_OK(zx_timer_set(timer, 0, 0));
  EXPECT_OK(zx_timer_set(timer, far(), 0));
  EXPECT_EQ(signals_of(timer), 0);
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_set_infinite_armed) {
  zx_handle_t timer = new_timer();
  EXPECT_OK(zx_timer_set(timer, ZX_TIME_INFINITE, 3));
  EXPECT_EQ(info_of(timer).deadline, ZX_TIME_INFINITE);
  EXPECT_EQ(info_of(timer).slack, 3);
  EXPECT_EQ(signals_of(timer), 0);
  EXPECT_OK(zx_timer_cancel(timer));
  expect_idle(timer);
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_set_past_while_signalled_fires_edge_waits) {
  zx_handle_t timer = new_timer(), port = new_port();
  EXPECT_OK(zx_timer_set(timer, 0, 0));
  EXPECT_OK(zx_object_wait_async(timer, port, 1, ZX_TIMER_SIGNALED, ZX_WAIT_ASYNC_EDGE));
  EXPECT_OK(zx_timer_set(timer, 0, 0));
  zx_port_packet_t packet;
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.signal.observed, ZX_TIMER_SIGNALED);
  EXPECT_OK(zx_handle_close(timer));
  EXPECT_OK(zx_handle_close(port));
}

TEST(timer_set_as_fast_as_possible_then_cancel_stays_silent) {
  zx_handle_t timer = new_timer();
  for (int i = 0; i < 20000; i++) EXPECT_OK(zx_timer_set(timer, zx_deadline_after(100000), 0));
  EXPECT_OK(zx_timer_cancel(timer));
  EXPECT_STATUS(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, zx_deadline_after(3000000), NULL),
                ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_cancel_never_set_ok) {
  zx_handle_t timer = new_timer();
  EXPECT_OK(zx_timer_cancel(timer));
  EXPECT_OK(zx_timer_cancel(timer));
  EXPECT_OK(zx_handle_close(timer));
}

TEST(object_signal_timer_user_bits_only) {
  zx_handle_t timer = new_timer();
  EXPECT_OK(zx_object_signal(timer, 0, ZX_USER_SIGNAL_0));
  EXPECT_STATUS(zx_object_signal(timer, 0, ZX_TIMER_SIGNALED), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_object_signal(timer, ZX_TIMER_SIGNALED, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_timer_set(timer, 0, 0));
  EXPECT_EQ(signals_of(timer), ZX_TIMER_SIGNALED | ZX_USER_SIGNAL_0);
  EXPECT_OK(zx_timer_cancel(timer));
  EXPECT_EQ(signals_of(timer), ZX_USER_SIGNAL_0);
  EXPECT_OK(zx_handle_close(timer));
}

TEST(timer_closed_under_waiter_canceled) {
  zx_handle_t timer = new_timer();
  EXPECT_OK(zx_timer_set(timer, far(), 0));
  asleep_t waiter;
  begin_wait_one(&waiter, timer, ZX_TIMER_SIGNALED);
  EXPECT_OK(zx_handle_close(timer));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  EXPECT_EQ(waiter.observed, ZX_SIGNAL_HANDLE_CLOSED);
}

static int count_threads(void) {
  DIR* list = opendir("/proc/self/task");
  int count = 0;
  for (struct dirent* entry; (entry = readdir(list));) count += entry->d_name[0] != '.';
  closedir(list);
  return count;
}

TEST(timer_thousands_armed_one_thread_none_afterwards) {
  enum { TIMERS = 4000 };
  zx_handle_t* timers = (zx_handle_t*)calloc(TIMERS, sizeof(*timers));
  for (int i = 0; i < TIMERS; i++) {
    timers[i] = new_timer();
    EXPECT_OK(zx_timer_set(timers[i], far(), 0));
  }
  EXPECT_EQ(count_threads(), 2);
  EXPECT_OK(zx_handle_close_many(timers, TIMERS));
  while (count_threads() != 1) sched_yield();
  EXPECT_EQ(count_threads(), 1);
  free(timers);
}

TEST(deadline_after_saturates) {
  EXPECT_EQ(zx_deadline_after(INT64_MAX), ZX_TIME_INFINITE);
  EXPECT_TRUE(zx_deadline_after(INT64_MIN) < 0);
}

ZTEST_MAIN

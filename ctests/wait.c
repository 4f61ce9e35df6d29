// SPDX-License-Identifier: MIT
// zx_object_wait_one, _wait_many. Specification: objects.md, sections 2.5, 2.6 and 9.

#include "ztest.h"

#include "threads.h"

static zx_time_t in_a_moment(void) { return zx_deadline_after(2000000); }

// --- zx_object_wait_one -------------------------------------------------------------------------

TEST(object_wait_one_handle_checks_in_order) {
  zx_handle_t event = new_event(), port = new_port();
  zx_handle_t deaf = copy_of(event, ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_WAIT);
  zx_signals_t observed = 0xabc;
  EXPECT_STATUS(zx_object_wait_one(0, 8, 0, &observed), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_wait_one(stale_handle(), 8, 0, &observed), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_wait_one(deaf, 8, 0, &observed), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_wait_one(port, 8, 0, &observed), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(observed, 0xabc);
  EXPECT_OK(zx_handle_close(deaf));
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_poll_timed_out_or_ok) {
  zx_handle_t event = new_event();
  const zx_time_t past[] = {0, 1, -1, ZX_TIME_INFINITE_PAST};
  for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
    zx_signals_t observed = 0xabc;
    EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNALED, ZX_USER_SIGNAL_0));
    EXPECT_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, past[i], &observed),
                  ZX_ERR_TIMED_OUT);
    EXPECT_EQ(observed, ZX_USER_SIGNAL_0);
    EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
    EXPECT_OK(zx_object_wait_one(event, ZX_EVENT_SIGNALED, past[i], &observed));
    EXPECT_EQ(observed, ZX_USER_SIGNAL_0 | ZX_EVENT_SIGNALED);
  }
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_timed_out_never_early) {
  zx_handle_t event = new_event();
  for (int i = 0; i < 20; i++) {
    zx_signals_t observed = 0xabc;
    zx_time_t deadline = zx_deadline_after(i * 20000);
    EXPECT_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, deadline, &observed),
                  ZX_ERR_TIMED_OUT);
    EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
    EXPECT_EQ(observed, 0);
  }
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_set_and_cleared_before_timed_out) {
  zx_handle_t event = new_event();
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNALED, 0));
  EXPECT_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, in_a_moment(), NULL),
                ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_observed_null_ok) {
  zx_handle_t event = new_event();
  EXPECT_STATUS(zx_object_wait_one(event, 8, 0, NULL), ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_object_signal(event, 0, 8));
  EXPECT_OK(zx_object_wait_one(event, 8, 0, NULL));
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_bad_observed_invalid_args) {
  zx_handle_t event = new_event();
  EXPECT_OK(zx_object_signal(event, 0, 8));
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_signals_t), &bad); i++) {
    if (!bad) continue;
    EXPECT_STATUS(zx_object_wait_one(event, 8, 0, (zx_signals_t*)bad), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_wait_one(event, 1, 0, (zx_signals_t*)bad), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_signalled_by_other_thread_ok) {
  zx_handle_t event = new_event();
  asleep_t waiter;
  begin_wait_one(&waiter, event, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_5));
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(waiter.observed, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_5);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_pulse_wakes_with_the_pulsed_signal) {
  zx_handle_t event = new_event();
  asleep_t waiter;
  begin_wait_one(&waiter, event, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNALED, 0));
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(waiter.observed, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_many_threads_all_wake) {
  zx_handle_t event = new_event();
  asleep_t waiters[5];
  for (int i = 0; i < 5; i++) begin_wait_one(&waiters[i], event, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  for (int i = 0; i < 5; i++) {
    asleep_join(&waiters[i]);
    EXPECT_OK(waiters[i].status);
  }
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_one_handle_closed_canceled_although_duplicate_lives) {
  zx_handle_t event = new_event();
  zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  asleep_t closed, other;
  begin_wait_one(&closed, event, ZX_EVENT_SIGNALED);
  begin_wait_one(&other, copy, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_0));
  EXPECT_OK(zx_handle_close(event));
  asleep_join(&closed);
  EXPECT_STATUS(closed.status, ZX_ERR_CANCELED);
  EXPECT_EQ(closed.observed, ZX_SIGNAL_HANDLE_CLOSED | ZX_USER_SIGNAL_0);
  EXPECT_OK(zx_object_signal(copy, 0, ZX_EVENT_SIGNALED));
  asleep_join(&other);
  EXPECT_OK(other.status);
  EXPECT_OK(zx_handle_close(copy));
}

TEST(object_wait_one_handle_replaced_canceled) {
  zx_handle_t event = new_event(), fresh = 0;
  asleep_t waiter;
  begin_wait_one(&waiter, event, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_handle_replace(event, ZX_RIGHT_SAME_RIGHTS, &fresh));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  EXPECT_EQ(waiter.observed, ZX_SIGNAL_HANDLE_CLOSED);
  EXPECT_OK(zx_handle_close(fresh));
}

TEST(object_wait_one_mask_zero_ends_by_close) {
  zx_handle_t event = new_event();
  asleep_t waiter;
  begin_wait_one(&waiter, event, 0);
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNAL_MASK));
  EXPECT_OK(zx_handle_close(event));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  EXPECT_EQ(waiter.observed, ZX_SIGNAL_HANDLE_CLOSED | ZX_EVENT_SIGNAL_MASK);
}

// --- zx_object_wait_many ------------------------------------------------------------------------

TEST(object_wait_many_no_items_timed_out_not_early) {
  zx_time_t deadline = in_a_moment();
  EXPECT_STATUS(zx_object_wait_many(NULL, 0, deadline), ZX_ERR_TIMED_OUT);
  EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
  EXPECT_STATUS(zx_object_wait_many(NULL, 0, 0), ZX_ERR_TIMED_OUT);
}

TEST(object_wait_many_too_many_out_of_range) {
  zx_wait_item_t items[ZX_WAIT_MANY_MAX_ITEMS];
  zx_handle_t event = new_event();
  for (size_t i = 0; i < ZX_WAIT_MANY_MAX_ITEMS; i++) items[i] = (zx_wait_item_t){event, 8, 1};
  EXPECT_STATUS(zx_object_wait_many(NULL, ZX_WAIT_MANY_MAX_ITEMS + 1, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_object_wait_many(items, ZX_WAIT_MANY_MAX_ITEMS, in_a_moment()),
                ZX_ERR_TIMED_OUT);
  for (size_t i = 0; i < ZX_WAIT_MANY_MAX_ITEMS; i++) EXPECT_EQ(items[i].pending, 0);
  EXPECT_OK(zx_object_signal(event, 0, 8));
  EXPECT_OK(zx_object_wait_many(items, ZX_WAIT_MANY_MAX_ITEMS, 0));
  for (size_t i = 0; i < ZX_WAIT_MANY_MAX_ITEMS; i++) {
    EXPECT_EQ(items[i].pending, 8);
    EXPECT_EQ(items[i].handle, event);
    EXPECT_EQ(items[i].waitfor, 8);
  }
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_many_bad_items_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(zx_wait_item_t), &bad); i++)
    EXPECT_STATUS(zx_object_wait_many((zx_wait_item_t*)bad, 1, 0), ZX_ERR_INVALID_ARGS);
}

TEST(object_wait_many_first_wrong_item_decides_and_leaves_nothing) {
  zx_handle_t event = new_event(), port = new_port();
  zx_wait_item_t items[3] = {{event, 8, 0xabc}, {0, 8, 0xabc}, {port, 8, 0xabc}};
  EXPECT_STATUS(zx_object_wait_many(items, 3, 0), ZX_ERR_BAD_HANDLE);
  items[1].handle = stale_handle();
  EXPECT_STATUS(zx_object_wait_many(items, 3, 0), ZX_ERR_BAD_HANDLE);
  items[1].handle = port;
  items[2].handle = 0;
  EXPECT_STATUS(zx_object_wait_many(items, 3, 0), ZX_ERR_ACCESS_DENIED);
  for (int i = 0; i < 3; i++) EXPECT_EQ(items[i].pending, 0xabc);
  EXPECT_OK(zx_object_signal(event, 0, 8));
  EXPECT_OK(zx_object_wait_many(items, 1, 0));
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_many_pending_of_every_item) {
  zx_handle_t one = new_event(), two = new_event(), vmo = new_vmo();
  EXPECT_OK(zx_object_signal(one, 0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_1));
  EXPECT_OK(zx_object_signal(two, 0, ZX_USER_SIGNAL_2));
  zx_wait_item_t items[4] = {{one, ZX_EVENT_SIGNALED, 0},
                             {two, ZX_EVENT_SIGNALED, 0},
                             {vmo, 0, 0},
                             {one, ZX_USER_SIGNAL_1, 0}};
  EXPECT_OK(zx_object_wait_many(items, 4, ZX_TIME_INFINITE));
  EXPECT_EQ(items[0].pending, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_1);
  EXPECT_EQ(items[1].pending, ZX_USER_SIGNAL_2);
  EXPECT_EQ(items[2].pending, ZX_VMO_ZERO_CHILDREN);
  EXPECT_EQ(items[3].pending, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_1);
  EXPECT_STATUS(zx_object_wait_many(items + 1, 2, in_a_moment()), ZX_ERR_TIMED_OUT);
  EXPECT_EQ(items[1].pending, ZX_USER_SIGNAL_2);
  EXPECT_EQ(items[2].pending, ZX_VMO_ZERO_CHILDREN);
  EXPECT_OK(zx_handle_close(one));
  EXPECT_OK(zx_handle_close(two));
  EXPECT_OK(zx_handle_close(vmo));
}

static void begin_wait_many(asleep_t* self, const zx_handle_t* handles, size_t count) {
  memset(self, 0, sizeof(*self));
  self->run = run_wait_many;
  self->deadline = ZX_TIME_INFINITE;
  self->count = count;
  for (size_t i = 0; i < count; i++)
    self->items[i] = (zx_wait_item_t){handles[i], ZX_EVENT_SIGNALED, 0};
  asleep_begin(self);
}

TEST(object_wait_many_any_item_wakes) {
  for (int fires = 0; fires < 3; fires++) {
    zx_handle_t events[3] = {new_event(), new_event(), new_event()};
    asleep_t waiter;
    begin_wait_many(&waiter, events, 3);
    EXPECT_OK(zx_object_signal(events[fires], 0, ZX_EVENT_SIGNALED));
    asleep_join(&waiter);
    EXPECT_OK(waiter.status);
    for (int i = 0; i < 3; i++)
      EXPECT_EQ(waiter.items[i].pending, i == fires ? ZX_EVENT_SIGNALED : 0);
    EXPECT_OK(zx_handle_close_many(events, 3));
  }
}

TEST(object_wait_many_one_handle_closed_canceled) {
  zx_handle_t events[3] = {new_event(), new_event(), new_event()};
  zx_handle_t copy = copy_of(events[1], ZX_RIGHT_SAME_RIGHTS);
  asleep_t waiter;
  begin_wait_many(&waiter, events, 3);
  EXPECT_OK(zx_object_signal(copy, 0, ZX_USER_SIGNAL_7));
  EXPECT_OK(zx_handle_close(events[1]));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  EXPECT_EQ(waiter.items[0].pending, 0);
  EXPECT_EQ(waiter.items[1].pending, ZX_SIGNAL_HANDLE_CLOSED | ZX_USER_SIGNAL_7);
  EXPECT_EQ(waiter.items[2].pending, 0);
  EXPECT_OK(zx_handle_close(events[0]));
  EXPECT_OK(zx_handle_close(events[2]));
  EXPECT_OK(zx_handle_close(copy));
}

TEST(object_wait_many_same_handle_twice_closed_canceled_in_both) {
  zx_handle_t event = new_event();
  zx_handle_t twice[2] = {event, event};
  asleep_t waiter;
  begin_wait_many(&waiter, twice, 2);
  EXPECT_OK(zx_handle_close(event));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  EXPECT_EQ(waiter.items[0].pending, ZX_SIGNAL_HANDLE_CLOSED);
  EXPECT_EQ(waiter.items[1].pending, ZX_SIGNAL_HANDLE_CLOSED);
}

// --- Races --------------------------------------------------------------------------------------

TEST(object_wait_one_racing_with_close_canceled_or_bad_handle) {
  for (int i = 0; i < 2000; i++) {
    asleep_t waiter;
    memset(&waiter, 0, sizeof(waiter));
    waiter.run = run_wait_one;
    waiter.handle = new_event();
    waiter.signals = ZX_EVENT_SIGNALED;
    waiter.deadline = ZX_TIME_INFINITE;
    asleep_start(&waiter);
    while (!__atomic_load_n(&waiter.tid, __ATOMIC_ACQUIRE)) sched_yield();
    EXPECT_OK(zx_handle_close(waiter.handle));
    asleep_join(&waiter);
    if (waiter.status != ZX_ERR_BAD_HANDLE) EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  }
}

ZTEST_MAIN

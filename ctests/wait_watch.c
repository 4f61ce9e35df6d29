// SPDX-License-Identifier: MIT
// What happens to a thread in the first moments of its wait, when it may watch the signals before it
// sleeps. Specification: objects.md, sections 2.6 and 9.0.

#include "ztest.h"

#include "threads.h"

enum { ROUNDS = 300 };

static cpu_set_t usual;

// The thread that waits runs on this thread's processor: it has got there only when it makes way, as
// the one that watches does between its looks, or sleeps.
static void share_processor(void) {
  CPU_ZERO(&usual);
  if (pthread_getaffinity_np(pthread_self(), sizeof(usual), &usual)) abort();
  // A wait, so that the library has counted the processors before.
  EXPECT_STATUS(zx_object_wait_many(NULL, 0, 1), ZX_ERR_TIMED_OUT);
  zx_handle_t event = new_event();
  EXPECT_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, zx_deadline_after(ZX_USEC(100)), NULL),
                ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(event));
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET((size_t)sched_getcpu(), &one);
  if (pthread_setaffinity_np(pthread_self(), sizeof(one), &one)) abort();
}

static void share_no_processor(void) {
  if (pthread_setaffinity_np(pthread_self(), sizeof(usual), &usual)) abort();
}

// Starts a wait for SIGNALED; returns once the other thread is at it, but for a few instructions.
static void begin_watch(asleep_t* waiter, zx_handle_t handle) {
  memset(waiter, 0, sizeof(*waiter));
  waiter->run = run_wait_one;
  waiter->handle = handle;
  waiter->signals = ZX_EVENT_SIGNALED;
  waiter->deadline = ZX_TIME_INFINITE;
  waiter->status = 1;
  asleep_start(waiter);
  while (!__atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE)) sched_yield();
}

static bool is_over(asleep_t* waiter) {
  return __atomic_load_n(&waiter->status, __ATOMIC_ACQUIRE) != 1;
}

TEST(object_wait_one_pulse_while_watching_ok_with_the_pulsed_signal) {
  share_processor();
  zx_handle_t event = new_event();
  uint32_t rounds = ztest_rounds(ROUNDS), first = 0;
  for (uint32_t i = 0; i < rounds; i++) {
    asleep_t waiter;
    begin_watch(&waiter, event);
    // One is enough, unless the wait began after it.
    for (int pulses = 0; !is_over(&waiter); pulses++) {
      EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
      EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNALED, 0));
      zx_time_t patience = zx_deadline_after(ZX_MSEC(100));
      while (!is_over(&waiter) && zx_clock_get_monotonic() < patience) sched_yield();
      first += pulses == 0 && is_over(&waiter);
    }
    asleep_join(&waiter);
    EXPECT_OK(waiter.status);
    EXPECT_EQ(waiter.observed, ZX_EVENT_SIGNALED);
  }
  EXPECT_TRUE(first >= rounds / 2);
  EXPECT_OK(zx_handle_close(event));
  share_no_processor();
}

// What is done to the handle, and how the wait ends then. It may not have begun before.
static void end_watches(zx_status_t (*end)(zx_handle_t handle), zx_status_t status,
                        zx_signals_t observed) {
  share_processor();
  zx_handle_t event = new_event();
  uint32_t rounds = ztest_rounds(ROUNDS), begun = 0;
  for (uint32_t i = 0; i < rounds; i++) {
    zx_handle_t watched = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
    asleep_t waiter;
    begin_watch(&waiter, watched);
    EXPECT_OK(end(watched));
    asleep_join(&waiter);
    EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNALED, 0));
    if (waiter.status == ZX_ERR_BAD_HANDLE) continue;
    begun++;
    EXPECT_STATUS(waiter.status, status);
    EXPECT_EQ(waiter.observed, observed);
  }
  EXPECT_TRUE(begun >= rounds / 2);
  EXPECT_OK(zx_handle_close(event));
  share_no_processor();
}

TEST(object_wait_one_closed_while_watching_canceled) {
  end_watches(zx_handle_close, ZX_ERR_CANCELED, ZX_SIGNAL_HANDLE_CLOSED);
}

static zx_status_t replace_and_close(zx_handle_t handle) {
  zx_handle_t fresh = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_handle_replace(handle, ZX_RIGHT_SAME_RIGHTS, &fresh));
  EXPECT_OK(zx_object_signal(fresh, 0, ZX_EVENT_SIGNALED));
  return zx_handle_close(fresh);
}

// Signals that come after the handle went are not those of its wait.
TEST(object_wait_one_replaced_while_watching_canceled) {
  end_watches(replace_and_close, ZX_ERR_CANCELED, ZX_SIGNAL_HANDLE_CLOSED);
}

static zx_status_t signal_and_close(zx_handle_t handle) {
  EXPECT_OK(zx_object_signal(handle, 0, ZX_EVENT_SIGNALED));
  return zx_handle_close(handle);
}

TEST(object_wait_one_signalled_and_closed_while_watching_ok) {
  end_watches(signal_and_close, ZX_OK, ZX_EVENT_SIGNALED);
}

static zx_handle_t ends[2];
static zx_handle_t unsent;

static zx_status_t send_and_signal(zx_handle_t handle) {
  EXPECT_OK(zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, &unsent));
  EXPECT_OK(zx_channel_write(ends[0], 0, NULL, 0, &handle, 1));
  EXPECT_OK(zx_object_signal(unsent, 0, ZX_EVENT_SIGNALED));
  return zx_handle_close(unsent);
}

// The wait goes on while the handle is on its way (ipc.md, section 2.11).
TEST(object_wait_one_sent_and_signalled_while_watching_ok) {
  EXPECT_OK(zx_channel_create(0, &ends[0], &ends[1]));
  end_watches(send_and_signal, ZX_OK, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_handle_close_many(ends, 2));
}

static zx_status_t send_and_receive(zx_handle_t handle) {
  EXPECT_OK(zx_channel_write(ends[0], 0, NULL, 0, &handle, 1));
  zx_nanosleep(0);
  zx_nanosleep(0);
  EXPECT_OK(zx_channel_read(ends[1], 0, NULL, &unsent, 0, 1, NULL, NULL));
  return zx_handle_close(unsent);
}

TEST(object_wait_one_sent_and_received_while_watching_canceled) {
  EXPECT_OK(zx_channel_create(0, &ends[0], &ends[1]));
  end_watches(send_and_receive, ZX_ERR_CANCELED, ZX_SIGNAL_HANDLE_CLOSED);
  EXPECT_OK(zx_handle_close_many(ends, 2));
}

ZTEST_MAIN

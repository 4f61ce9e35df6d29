// SPDX-License-Identifier: MIT
// zx_object_wait_async. Specification: ports.md, sections 3.1 and 5.

#include "ztest.h"

#include "threads.h"

static zx_port_packet_t take(zx_handle_t port) {
  zx_port_packet_t packet;
  memset(&packet, 0xee, sizeof(packet));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_SIGNAL_ONE);
  EXPECT_OK(packet.status);
  EXPECT_EQ(packet.signal.count, 1);
  EXPECT_EQ(packet.signal.reserved1, 0);
  return packet;
}

static void expect_empty(zx_handle_t port) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
}

static void watch(zx_handle_t event, zx_handle_t port, uint64_t key) {
  EXPECT_OK(zx_object_wait_async(event, port, key, ZX_EVENT_SIGNALED, 0));
}

static void set(zx_handle_t event, zx_signals_t signals) {
  EXPECT_OK(zx_object_signal(event, 0, signals));
}

static void clear(zx_handle_t event, zx_signals_t signals) {
  EXPECT_OK(zx_object_signal(event, signals, 0));
}

TEST(object_wait_async_options_before_handles_invalid_args) {
  const uint32_t options[] = {4, 8, 20, 0x80000000u, 0xffffffffu};
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
    EXPECT_STATUS(zx_object_wait_async(0, 0, 0, 8, options[i]), ZX_ERR_INVALID_ARGS);
}

TEST(object_wait_async_handle_checks_in_order) {
  zx_handle_t event = new_event(), port = new_port();
  zx_handle_t deaf = copy_of(event, ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_WAIT);
  zx_handle_t reader = copy_of(port, ZX_DEFAULT_PORT_RIGHTS & ~ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_object_wait_async(0, 0, 0, 8, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_wait_async(0, event, 0, 8, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_object_wait_async(0, reader, 0, 8, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_wait_async(0, port, 0, 8, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_wait_async(deaf, port, 0, 8, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_wait_async(port, port, 0, 8, 0), ZX_ERR_ACCESS_DENIED);
  expect_empty(port);
  zx_handle_t all[] = {event, port, deaf, reader};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(object_wait_async_level_active_queued_during_the_call) {
  zx_handle_t event = new_event(), port = new_port();
  set(event, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_3);
  EXPECT_OK(zx_object_wait_async(event, port, 77, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0, 0));
  zx_port_packet_t packet = take(port);
  EXPECT_EQ(packet.key, 77);
  EXPECT_EQ(packet.signal.trigger, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0);
  EXPECT_EQ(packet.signal.observed, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_3);
  EXPECT_EQ(packet.signal.timestamp, 0);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_level_later_one_packet_then_none) {
  zx_handle_t event = new_event(), port = new_port();
  for (uint64_t round = 0; round < 5; round++) {
    watch(event, port, round);
    set(event, ZX_USER_SIGNAL_1);
    expect_empty(port);
    set(event, ZX_EVENT_SIGNALED);
    zx_port_packet_t packet = take(port);
    EXPECT_EQ(packet.key, round);
    EXPECT_EQ(packet.signal.observed, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_1);
    clear(event, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_1);
    set(event, ZX_EVENT_SIGNALED);
    expect_empty(port);
    clear(event, ZX_EVENT_SIGNALED);
  }
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_pulse_delivers_frozen_state) {
  zx_handle_t event = new_event(), port = new_port();
  for (int round = 0; round < 24; round++) {
    zx_signals_t pulsed = round % 2 ? ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_2 : ZX_EVENT_SIGNALED;
    EXPECT_OK(zx_object_wait_async(event, port, 5, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_2, 0));
    set(event, pulsed);
    clear(event, pulsed);
    set(event, ZX_USER_SIGNAL_7);
    EXPECT_EQ(take(port).signal.observed, pulsed);
    expect_empty(port);
    clear(event, ZX_USER_SIGNAL_7);
  }
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_one_signal_latest_registration_first) {
  zx_handle_t event = new_event(), port = new_port();
  for (uint64_t key = 0; key < 7; key++) watch(event, port, key);
  set(event, ZX_EVENT_SIGNALED);
  for (uint64_t key = 6; key > 1; key--) EXPECT_EQ(take(port).key, key);
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_wait_async_no_signals_never_fires_and_can_be_canceled) {
  zx_handle_t event = new_event(), port = new_port();
  EXPECT_OK(zx_object_wait_async(event, port, 1, 0, 0));
  set(event, ZX_EVENT_SIGNAL_MASK);
  expect_empty(port);
  EXPECT_OK(zx_port_cancel(port, event, 1));
  EXPECT_STATUS(zx_port_cancel(port, event, 1), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_timestamp_between_clock_reads) {
  zx_handle_t event = new_event(), port = new_port();
  EXPECT_OK(zx_object_wait_async(event, port, 1, ZX_EVENT_SIGNALED, ZX_WAIT_ASYNC_TIMESTAMP));
  watch(event, port, 2);
  zx_time_t before = zx_clock_get_monotonic();
  set(event, ZX_EVENT_SIGNALED);
  zx_time_t after = zx_clock_get_monotonic();
  EXPECT_OK(zx_object_wait_async(event, port, 3, ZX_EVENT_SIGNALED, ZX_WAIT_ASYNC_TIMESTAMP));
  EXPECT_EQ(take(port).signal.timestamp, 0);
  zx_time_t of_signal = take(port).signal.timestamp;
  EXPECT_TRUE(before <= of_signal && of_signal <= after);
  EXPECT_TRUE(take(port).signal.timestamp >= after);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_edge_needs_a_transition) {
  zx_handle_t event = new_event(), port = new_port();
  const uint32_t edge = ZX_WAIT_ASYNC_EDGE;
  set(event, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_object_wait_async(event, port, 1, ZX_EVENT_SIGNALED, edge));
  expect_empty(port);
  set(event, ZX_EVENT_SIGNALED);
  set(event, ZX_USER_SIGNAL_0);
  EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNALED, ZX_EVENT_SIGNALED));
  expect_empty(port);
  clear(event, ZX_EVENT_SIGNALED);
  expect_empty(port);
  set(event, ZX_EVENT_SIGNALED);
  EXPECT_EQ(take(port).key, 1);
  clear(event, ZX_EVENT_SIGNAL_MASK);
  EXPECT_OK(zx_object_wait_async(event, port, 2, ZX_EVENT_SIGNALED, edge));
  set(event, ZX_EVENT_SIGNALED);
  EXPECT_EQ(take(port).key, 2);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

// Of several watched signals one that rises is enough, whichever are active already.
TEST(object_wait_async_edge_any_watched_signal_rises) {
  zx_handle_t event = new_event(), port = new_port();
  const zx_signals_t both = ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0;
  set(event, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_object_wait_async(event, port, 1, both, ZX_WAIT_ASYNC_EDGE | ZX_WAIT_ASYNC_TIMESTAMP));
  set(event, ZX_USER_SIGNAL_1);
  expect_empty(port);
  zx_time_t before = zx_clock_get_monotonic();
  set(event, ZX_USER_SIGNAL_0);
  zx_time_t after = zx_clock_get_monotonic();
  zx_port_packet_t packet = take(port);
  EXPECT_EQ(packet.signal.trigger, both);
  EXPECT_EQ(packet.signal.observed, both | ZX_USER_SIGNAL_1);
  EXPECT_TRUE(packet.signal.timestamp >= before && packet.signal.timestamp <= after);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_16385_signalled_events_all_arrive) {
  enum { EVENTS = 16385 };
  zx_handle_t* events = (zx_handle_t*)calloc(EVENTS, sizeof(*events));
  zx_handle_t port = new_port();
  for (uint64_t i = 0; i < EVENTS; i++) {
    events[i] = new_event();
    watch(events[i], port, i);
    set(events[i], ZX_EVENT_SIGNALED);
  }
  for (uint64_t i = 0; i < EVENTS; i++) EXPECT_EQ(take(port).key, i);
  expect_empty(port);
  EXPECT_OK(zx_handle_close_many(events, EVENTS));
  EXPECT_OK(zx_handle_close(port));
  free(events);
}

TEST(object_wait_async_source_closed_or_replaced_no_packet) {
  zx_handle_t event = new_event(), port = new_port(), fresh = 0;
  zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  zx_handle_t other = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  watch(event, port, 1);
  watch(copy, port, 2);
  watch(other, port, 3);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_replace(copy, ZX_RIGHT_SAME_RIGHTS, &fresh));
  set(other, ZX_EVENT_SIGNALED);
  EXPECT_EQ(take(port).key, 3);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(other));
  EXPECT_OK(zx_handle_close(fresh));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_queued_packet_survives_its_source) {
  zx_handle_t event = new_event(), port = new_port();
  watch(event, port, 9);
  set(event, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_EQ(take(port).key, 9);
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_port_closed_waits_gone) {
  for (int round = 0; round < 2; round++) {
    zx_handle_t event = new_event(), port = new_port();
    zx_handle_t copy = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
    watch(event, port, 1);
    EXPECT_OK(zx_object_wait_async(event, port, 2, ZX_USER_SIGNAL_0, 0));
    if (round) set(event, ZX_EVENT_SIGNALED);
    EXPECT_OK(zx_handle_close(port));
    EXPECT_OK(zx_handle_close(copy));
    set(event, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0);
    EXPECT_OK(zx_handle_close(event));
  }
}

TEST(object_wait_async_packet_queued_before_wait_one_returns) {
  zx_handle_t event = new_event(), port = new_port();
  for (int round = 0; round < 300; round++) {
    asleep_t setter;
    memset(&setter, 0, sizeof(setter));
    setter.handle = event;
    watch(event, port, 4);
    asleep_t waiter;
    memset(&waiter, 0, sizeof(waiter));
    waiter.run = run_wait_one;
    waiter.handle = event;
    waiter.signals = ZX_EVENT_SIGNALED;
    waiter.deadline = ZX_TIME_INFINITE;
    asleep_start(&waiter);
    set(event, ZX_EVENT_SIGNALED);
    asleep_join(&waiter);
    EXPECT_OK(waiter.status);
    EXPECT_EQ(take(port).key, 4);
    clear(event, ZX_EVENT_SIGNALED);
  }
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_wait_async_three_threads_each_get_one) {
  zx_handle_t event = new_event(), port = new_port();
  asleep_t waiters[3];
  for (int i = 0; i < 3; i++) {
    memset(&waiters[i], 0, sizeof(waiters[i]));
    waiters[i].run = run_port_wait;
    waiters[i].handle = port;
    waiters[i].deadline = ZX_TIME_INFINITE;
    asleep_begin(&waiters[i]);
    watch(event, port, (uint64_t)i);
  }
  set(event, ZX_EVENT_SIGNALED);
  uint64_t keys = 0;
  for (int i = 0; i < 3; i++) {
    asleep_join(&waiters[i]);
    EXPECT_OK(waiters[i].status);
    keys |= 1u << waiters[i].packet.key;
  }
  EXPECT_EQ(keys, 7);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

// --- Races --------------------------------------------------------------------------------------

static zx_handle_t shared_port, shared_event;
static int stop;

static void* make_and_close_ports(void* rounds) {
  for (int i = 0; i < *(int*)rounds; i++) {
    zx_handle_t port = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_port_create(0, &port));
    __atomic_store_n(&shared_port, port, __ATOMIC_RELEASE);
    sched_yield();
    EXPECT_OK(zx_handle_close(port));
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  return NULL;
}

TEST(object_wait_async_racing_with_port_close_ok_or_bad_handle) {
  int rounds = 3000;
  shared_event = new_event();
  stop = 0;
  pthread_t thread;
  if (pthread_create(&thread, NULL, make_and_close_ports, &rounds)) abort();
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    zx_handle_t port = __atomic_load_n(&shared_port, __ATOMIC_ACQUIRE);
    zx_status_t status = zx_object_wait_async(shared_event, port, 1, ZX_EVENT_SIGNALED, 0);
    if (status != ZX_OK) EXPECT_STATUS(status, ZX_ERR_BAD_HANDLE);
    EXPECT_OK(zx_object_signal(shared_event, 0, ZX_EVENT_SIGNALED));
    EXPECT_OK(zx_object_signal(shared_event, ZX_EVENT_SIGNALED, 0));
  }
  pthread_join(thread, NULL);
  EXPECT_OK(zx_handle_close(shared_event));
}

static void* drain_until_user_packet(void* port) {
  for (;;) {
    zx_port_packet_t packet;
    EXPECT_OK(zx_port_wait(*(zx_handle_t*)port, ZX_TIME_INFINITE, &packet));
    if (packet.type == ZX_PKT_TYPE_USER) return NULL;
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_SIGNAL_ONE);
  }
}

static void* feed_events(void* port) {
  for (int i = 0; i < 3000; i++) {
    zx_handle_t event = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_event_create(0, &event));
    EXPECT_OK(zx_object_wait_async(event, *(zx_handle_t*)port, 1, ZX_EVENT_SIGNALED, 0));
    EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
    EXPECT_OK(zx_handle_close(event));
  }
  return NULL;
}

TEST(object_wait_async_feeders_and_drainers) {
  zx_handle_t port = new_port();
  pthread_t feeders[2], drainers[2];
  for (int i = 0; i < 2; i++) {
    if (pthread_create(&drainers[i], NULL, drain_until_user_packet, &port)) abort();
    if (pthread_create(&feeders[i], NULL, feed_events, &port)) abort();
  }
  for (int i = 0; i < 2; i++) pthread_join(feeders[i], NULL);
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  for (int i = 0; i < 2; i++) EXPECT_OK(zx_port_queue(port, &packet));
  for (int i = 0; i < 2; i++) pthread_join(drainers[i], NULL);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(port));
}

ZTEST_MAIN

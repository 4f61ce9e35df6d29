// SPDX-License-Identifier: MIT
// zx_port_cancel. Specification: ports.md, section 4.4.

#include "ztest.h"

#include "threads.h"

static void watch(zx_handle_t event, zx_handle_t port, uint64_t key) {
  EXPECT_OK(zx_object_wait_async(event, port, key, ZX_EVENT_SIGNALED, 0));
}

static void pulse(zx_handle_t event) {
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNALED, 0));
}

static uint64_t take_key(zx_handle_t port) {
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  return packet.key;
}

static void expect_empty(zx_handle_t port) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
}

TEST(port_cancel_handle_checks_in_order) {
  zx_handle_t event = new_event(), port = new_port();
  zx_handle_t deaf = copy_of(event, ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_WAIT);
  zx_handle_t reader = copy_of(port, ZX_DEFAULT_PORT_RIGHTS & ~ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_port_cancel(0, 0, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_cancel(event, 0, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_port_cancel(reader, 0, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_port_cancel(port, 0, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_cancel(port, deaf, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_port_cancel(port, port, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_port_cancel(port, event, 1), ZX_ERR_NOT_FOUND);
  zx_handle_t all[] = {event, port, deaf, reader};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(port_cancel_all_waits_of_the_key) {
  zx_handle_t event = new_event(), port = new_port();
  const uint64_t keys[] = {128, 13, 7, 13};
  for (int i = 0; i < 4; i++) watch(event, port, keys[i]);
  EXPECT_OK(zx_port_cancel(port, event, 13));
  pulse(event);
  pulse(event);
  EXPECT_EQ(take_key(port) + take_key(port), 135);
  expect_empty(port);
  EXPECT_STATUS(zx_port_cancel(port, event, 128), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_cancel_queued_and_pending) {
  zx_handle_t events[3] = {new_event(), new_event(), new_event()}, port = new_port();
  watch(events[0], port, 128);
  watch(events[1], port, 3);
  watch(events[2], port, 3);
  pulse(events[0]);
  pulse(events[1]);
  EXPECT_OK(zx_port_cancel(port, events[1], 3));
  EXPECT_OK(zx_port_cancel(port, events[2], 3));
  pulse(events[2]);
  EXPECT_EQ(take_key(port), 128);
  expect_empty(port);
  EXPECT_OK(zx_handle_close_many(events, 3));
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_cancel_identity_is_the_handle) {
  zx_handle_t event = new_event(), port = new_port(), fresh = 0;
  zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  watch(event, port, 1);
  EXPECT_STATUS(zx_port_cancel(port, copy, 1), ZX_ERR_NOT_FOUND);
  pulse(copy);
  EXPECT_STATUS(zx_port_cancel(port, copy, 1), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_replace(event, ZX_RIGHT_SAME_RIGHTS, &fresh));
  EXPECT_STATUS(zx_port_cancel(port, fresh, 1), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_port_cancel(port, event, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_EQ(take_key(port), 1);
  zx_handle_t all[] = {copy, fresh, port};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

// A handle that travels stays the same one: its wait ends where it arrives, a packet can be taken back.
TEST(port_cancel_handle_that_travelled_takes_its_packet_back) {
  for (int queued = 0; queued < 2; queued++) {
    zx_handle_t event = new_event(), port = new_port(), ends[2];
    EXPECT_OK(zx_channel_create(0, &ends[0], &ends[1]));
    watch(event, port, 1);
    if (queued) pulse(event);
    EXPECT_OK(zx_channel_write(ends[0], 0, NULL, 0, &event, 1));
    EXPECT_OK(zx_channel_read(ends[1], 0, NULL, &event, 0, 1, NULL, NULL));
    EXPECT_STATUS(zx_port_cancel(port, event, 1), queued ? ZX_OK : ZX_ERR_NOT_FOUND);
    pulse(event);
    expect_empty(port);
    zx_handle_t all[] = {event, port, ends[0], ends[1]};
    EXPECT_OK(zx_handle_close_many(all, 4));
  }
}

TEST(port_cancel_other_port_not_found_other_handle_of_port_ok) {
  zx_handle_t event = new_event(), port = new_port(), other = new_port();
  zx_handle_t writer = copy_of(port, ZX_RIGHT_WRITE);
  watch(event, port, 1);
  EXPECT_STATUS(zx_port_cancel(other, event, 1), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_port_cancel(port, event, 2), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_port_cancel(writer, event, 1));
  pulse(event);
  expect_empty(port);
  zx_handle_t all[] = {event, port, other, writer};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(port_cancel_leaves_user_packets) {
  zx_handle_t event = new_event(), port = new_port();
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  packet.key = 5;
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_STATUS(zx_port_cancel(port, event, 5), ZX_ERR_NOT_FOUND);
  watch(event, port, 5);
  pulse(event);
  EXPECT_OK(zx_port_cancel(port, event, 5));
  EXPECT_EQ(take_key(port), 5);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_cancel_edge_wait_before_and_after_the_signal) {
  zx_handle_t event = new_event(), port = new_port();
  for (int signalled = 0; signalled < 2; signalled++) {
    EXPECT_OK(zx_object_wait_async(event, port, 1, ZX_EVENT_SIGNALED, ZX_WAIT_ASYNC_EDGE));
    if (signalled) pulse(event);
    EXPECT_OK(zx_port_cancel(port, event, 1));
    pulse(event);
    expect_empty(port);
  }
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_cancel_dequeued_not_found) {
  zx_handle_t event = new_event(), port = new_port();
  watch(event, port, 1);
  pulse(event);
  EXPECT_EQ(take_key(port), 1);
  EXPECT_STATUS(zx_port_cancel(port, event, 1), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

static int stop;

static void* pulse_until_stop(void* event) {
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) pulse(*(zx_handle_t*)event);
  return NULL;
}

TEST(port_cancel_racing_with_signals_never_fails) {
  zx_handle_t event = new_event(), port = new_port();
  pthread_t thread;
  stop = 0;
  if (pthread_create(&thread, NULL, pulse_until_stop, &event)) abort();
  for (int i = 0; i < 20000; i++) {
    watch(event, port, 1);
    EXPECT_OK(zx_object_wait_one(event, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL));
    EXPECT_OK(zx_port_cancel(port, event, 1));
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

ZTEST_MAIN

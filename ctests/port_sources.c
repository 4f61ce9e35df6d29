// SPDX-License-Identifier: MIT
// What happens to the sources of packets, and to the port, while a wait is pending (ports.md, sections
// 5.3 and 12).

#include "ztest.h"

#include "threads.h"

static void expect_empty(zx_handle_t port) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
}

static void watch(zx_handle_t event, zx_handle_t port, uint64_t key) {
  EXPECT_OK(zx_object_wait_async(event, port, key, ZX_EVENT_SIGNALED, 0));
}

// {watched end, its peer, port}, in every order.
TEST(channel_and_port_closed_in_all_orders_ok) {
  const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (int i = 0; i < 6; i++) {
    zx_handle_t all[3] = {0, 0, new_port()};
    EXPECT_OK(zx_channel_create(0, &all[0], &all[1]));
    EXPECT_OK(zx_object_wait_async(all[0], all[2], 1, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED,
                                   0));
    for (int j = 0; j < 3; j++) EXPECT_OK(zx_handle_close(all[orders[i][j]]));
  }
}

TEST(object_wait_async_source_in_message_stays_until_read) {
  zx_handle_t l, r, event = new_event(), port = new_port(), got = ZX_HANDLE_INVALID;
  zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  zx_port_packet_t packet;
  EXPECT_OK(zx_channel_create(0, &l, &r));
  watch(event, port, 1);
  watch(event, port, 2);
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &event, 1));
  EXPECT_OK(zx_object_signal(copy, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_OK(zx_channel_read(r, 0, NULL, &got, 0, 1, NULL, NULL));
  EXPECT_OK(zx_port_wait(port, 0, &packet));  // it was queued before the read
  EXPECT_EQ(packet.key, 1);
  // Pending when the message is read: gone.
  EXPECT_OK(zx_object_signal(copy, ZX_EVENT_SIGNALED, 0));
  watch(got, port, 3);
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &got, 1));
  EXPECT_OK(zx_channel_read(r, 0, NULL, &got, 0, 1, NULL, NULL));
  EXPECT_OK(zx_object_signal(copy, 0, ZX_EVENT_SIGNALED));
  expect_empty(port);
  zx_handle_t all[] = {l, r, got, copy, port};
  EXPECT_OK(zx_handle_close_many(all, 5));
}

// A read that does not take the message leaves the wait; one that discards it ends it.
TEST(object_wait_async_source_in_message_too_large_stays_until_discarded) {
  zx_handle_t l, r, event = new_event(), port = new_port();
  zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  zx_port_packet_t packet;
  EXPECT_OK(zx_channel_create(0, &l, &r));
  watch(event, port, 1);
  EXPECT_OK(zx_object_wait_async(event, port, 2, ZX_USER_SIGNAL_0, 0));
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &event, 1));
  EXPECT_STATUS(zx_channel_read(r, 0, NULL, NULL, 0, 0, NULL, NULL), ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_EQ(handle_count(copy), 2);
  EXPECT_OK(zx_object_signal(copy, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.key, 1);
  EXPECT_STATUS(zx_channel_read(r, ZX_CHANNEL_READ_MAY_DISCARD, NULL, NULL, 0, 0, NULL, NULL),
                ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_EQ(handle_count(copy), 1);
  EXPECT_OK(zx_object_signal(copy, 0, ZX_USER_SIGNAL_0));
  expect_empty(port);
  zx_handle_t all[] = {l, r, copy, port};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(object_wait_async_source_in_destroyed_message_removed) {
  zx_handle_t l, r, event = new_event(), port = new_port();
  zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  EXPECT_OK(zx_channel_create(0, &l, &r));
  watch(event, port, 1);
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &event, 1));
  EXPECT_OK(zx_handle_close(r));
  EXPECT_OK(zx_object_signal(copy, 0, ZX_EVENT_SIGNALED));
  expect_empty(port);
  zx_handle_t all[] = {l, copy, port};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

// --- The port's last handle closes while its sources are signalled ---------------------------------

static zx_handle_t sources[8];
static uint32_t go, stop;

static void* signal_sources(void* argument) {
  (void)argument;
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    for (int i = 0; i < 8; i++) EXPECT_OK(zx_object_signal(sources[i], 0, ZX_EVENT_SIGNALED));
    for (int i = 0; i < 8; i++) EXPECT_OK(zx_object_signal(sources[i], ZX_EVENT_SIGNALED, 0));
    __atomic_fetch_add(&go, 1, __ATOMIC_RELEASE);
  }
  return NULL;
}

TEST(port_closed_while_its_sources_are_signalled_ok) {
  pthread_t thread;
  __atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
  for (int i = 0; i < 8; i++) sources[i] = new_event();
  if (pthread_create(&thread, NULL, signal_sources, NULL)) abort();
  for (uint32_t round = 0; round < ztest_rounds(1000); round++) {
    zx_handle_t port = new_port();
    for (uint64_t i = 0; i < 8; i++) watch(sources[i], port, i);
    if (round % 2) {  // let the thread have at least one look at them
      uint32_t before = __atomic_load_n(&go, __ATOMIC_ACQUIRE);
      while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) == before) sched_yield();
    }
    EXPECT_OK(zx_handle_close(port));
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
  EXPECT_OK(zx_handle_close_many(sources, 8));
}

ZTEST_MAIN

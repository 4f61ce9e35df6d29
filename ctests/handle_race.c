// SPDX-License-Identifier: MIT
// Making a second handle while another thread closes the only one: the object either keeps its life or is
// gone, never both. Specification: objects.md, sections 3.2 and 8.3; ipc.md, section 2.6.

#include "ztest.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "objects.h"

#define ROUNDS 60000u

// Whether a test that began then goes on: on a busy machine each round can take long.
static bool goes_on(zx_time_t began) {
  return zx_clock_get_monotonic() - began < ZX_SEC(1);
}

// A thread that closes `victim` each time that `round` changes.
static atomic_uint round_number, closed_round;
static zx_handle_t victim;
static atomic_bool ends;

static void* closer(void* argument) {
  (void)argument;
  for (unsigned seen = 0;;) {
    while (atomic_load(&round_number) == seen) {
      if (atomic_load(&ends)) return NULL;
      sched_yield();
    }
    seen = atomic_load(&round_number);
    EXPECT_OK(zx_handle_close(victim));
    atomic_store(&closed_round, seen);
  }
}

static pthread_t begin_closer(void) {
  atomic_store(&ends, false);
  atomic_store(&round_number, 0);
  atomic_store(&closed_round, 0);
  pthread_t thread;
  if (pthread_create(&thread, NULL, closer, NULL)) abort();
  return thread;
}

static void end_closer(pthread_t thread) {
  atomic_store(&ends, true);
  pthread_join(thread, NULL);
}

// Lets the other thread close `handle` about now.
static void close_soon(zx_handle_t handle, unsigned round) {
  victim = handle;
  atomic_store(&round_number, round);
  for (volatile unsigned i = 0; i < round % 97; i++) continue;
}

static void await_close(unsigned round) {
  while (atomic_load(&closed_round) != round) sched_yield();
}

TEST(handle_duplicate_while_closed_peer_open_or_bad_handle) {
  zx_time_t began = zx_clock_get_monotonic();
  pthread_t thread = begin_closer();
  unsigned made = 0;
  for (unsigned round = 1; round <= ROUNDS && goes_on(began); round++) {
    zx_handle_t end = 0, peer = 0, copy = 0;
    ASSERT_OK(zx_eventpair_create(0, &end, &peer));
    close_soon(end, round);
    zx_status_t status = zx_handle_duplicate(end, ZX_RIGHT_SAME_RIGHTS, &copy);
    await_close(round);
    zx_signals_t signals = signals_of(peer);
    if (status == ZX_OK) {
      made++;
      EXPECT_FALSE(signals & ZX_EVENTPAIR_PEER_CLOSED);
      EXPECT_OK(zx_object_signal_peer(copy, 0, ZX_USER_SIGNAL_0));
      EXPECT_EQ(handle_count(copy), 1);
      EXPECT_OK(zx_handle_close(copy));
    } else {
      EXPECT_STATUS(status, ZX_ERR_BAD_HANDLE);
      EXPECT_TRUE(signals & ZX_EVENTPAIR_PEER_CLOSED);
    }
    EXPECT_TRUE(signals_of(peer) & ZX_EVENTPAIR_PEER_CLOSED);
    EXPECT_OK(zx_handle_close(peer));
  }
  end_closer(thread);
  EXPECT_TRUE(made != 0);
}

TEST(handle_duplicate_of_port_while_closed_takes_packets_or_bad_handle) {
  zx_time_t began = zx_clock_get_monotonic();
  pthread_t thread = begin_closer();
  for (unsigned round = 1; round <= ROUNDS && goes_on(began); round++) {
    zx_handle_t port = new_port(), copy = 0;
    close_soon(port, round);
    zx_status_t status = zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, &copy);
    await_close(round);
    if (status == ZX_OK) {
      zx_port_packet_t packet = {.type = ZX_PKT_TYPE_USER};
      EXPECT_OK(zx_port_queue(copy, &packet));
      EXPECT_OK(zx_port_wait(copy, 0, &packet));
      EXPECT_OK(zx_handle_close(copy));
    } else {
      EXPECT_STATUS(status, ZX_ERR_BAD_HANDLE);
    }
  }
  end_closer(thread);
}

TEST(channel_write_etc_duplicate_while_closed_peer_open_or_bad_handle) {
  zx_handle_t ends_of[2];
  ASSERT_OK(zx_channel_create(0, &ends_of[0], &ends_of[1]));
  zx_time_t began = zx_clock_get_monotonic();
  pthread_t thread = begin_closer();
  for (unsigned round = 1; round <= ROUNDS && goes_on(began); round++) {
    zx_handle_t end = 0, peer = 0, copy = 0;
    ASSERT_OK(zx_eventpair_create(0, &end, &peer));
    zx_handle_disposition_t sent = {
        ZX_HANDLE_OP_DUPLICATE, end, ZX_OBJ_TYPE_EVENTPAIR, ZX_RIGHT_SAME_RIGHTS, ZX_OK};
    close_soon(end, round);
    zx_status_t status = zx_channel_write_etc(ends_of[0], 0, NULL, 0, &sent, 1);
    await_close(round);
    bool dead = signals_of(peer) & ZX_EVENTPAIR_PEER_CLOSED;
    if (status == ZX_OK) {
      uint32_t count = 0;
      EXPECT_FALSE(dead);
      EXPECT_OK(zx_channel_read(ends_of[1], 0, NULL, &copy, 0, 1, NULL, &count));
      EXPECT_OK(zx_object_signal_peer(copy, 0, ZX_USER_SIGNAL_0));
      EXPECT_OK(zx_handle_close(copy));
    } else {
      EXPECT_STATUS(status, ZX_ERR_BAD_HANDLE);
      EXPECT_STATUS(sent.result, ZX_ERR_BAD_HANDLE);
      EXPECT_TRUE(dead);
    }
    EXPECT_OK(zx_handle_close(peer));
  }
  end_closer(thread);
  EXPECT_OK(zx_handle_close_many(ends_of, 2));
}

ZTEST_MAIN

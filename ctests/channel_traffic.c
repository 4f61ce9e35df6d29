// SPDX-License-Identifier: MIT
// Channels in use: servers, clients, and ends that travel (ipc.md, sections 2.11, 7.1 and 7.6).

#include "ztest.h"

#include "threads.h"

typedef struct pair {
  zx_handle_t l, r;
} pair_t;

static pair_t make(void) {
  pair_t p = {ZX_HANDLE_INVALID, ZX_HANDLE_INVALID};
  EXPECT_OK(zx_channel_create(0, &p.l, &p.r));
  return p;
}

static void write_number(zx_handle_t h, uint32_t number) {
  EXPECT_OK(zx_channel_write(h, 0, &number, sizeof(number), NULL, 0));
}

static uint32_t read_number(zx_handle_t h) {
  uint32_t number = UINT32_MAX;
  EXPECT_OK(zx_channel_read(h, 0, &number, NULL, sizeof(number), 0, NULL, NULL));
  return number;
}

// --- A thread that reads from two channels ------------------------------------------------------

typedef struct drain {
  zx_handle_t ends[2];
  uint32_t counts[2];
  zx_signals_t last[2];
  uint32_t wrong;
} drain_t;

static void* drain_main(void* argument) {
  drain_t* self = (drain_t*)argument;
  const zx_signals_t wanted = ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED;
  zx_wait_item_t items[2] = {{self->ends[0], wanted, 0}, {self->ends[1], wanted, 0}};
  bool closed[2] = {false, false};
  while (!closed[0] || !closed[1]) {
    if (zx_object_wait_many(items, 2, ZX_TIME_INFINITE) != ZX_OK) self->wrong++;
    for (int i = 0; i < 2; i++) {
      if (items[i].pending & ZX_CHANNEL_READABLE) {
        self->wrong += read_number(self->ends[i]) != self->counts[i];
        self->counts[i]++;
      } else if (items[i].pending & ZX_CHANNEL_PEER_CLOSED) {
        closed[i] = true;
        self->last[i] = items[i].pending;
        items[i].waitfor = 0;
      }
    }
  }
  return NULL;
}

TEST(channel_wait_many_on_two_every_message_counted_once) {
  const uint32_t rounds = ztest_rounds(5000);
  pair_t a = make(), b = make();
  drain_t drain;
  memset(&drain, 0, sizeof(drain));
  drain.ends[0] = a.r;
  drain.ends[1] = b.r;
  pthread_t thread;
  if (pthread_create(&thread, NULL, drain_main, &drain)) abort();
  for (uint32_t i = 0; i < rounds; i++) {
    write_number(a.l, i);
    if (i % 3 == 0) write_number(b.l, i / 3);
  }
  EXPECT_OK(zx_handle_close(a.l));
  EXPECT_OK(zx_handle_close(b.l));
  pthread_join(thread, NULL);
  EXPECT_EQ(drain.wrong, 0);
  EXPECT_EQ(drain.counts[0], rounds);
  EXPECT_EQ(drain.counts[1], (rounds + 2) / 3);
  for (int i = 0; i < 2; i++) {
    EXPECT_EQ(drain.last[i], ZX_CHANNEL_PEER_CLOSED);
    EXPECT_OK(zx_handle_close(drain.ends[i]));
  }
}

// --- A server that asks for the size first --------------------------------------------------------

static void* echo_main(void* argument) {
  zx_handle_t end = *(zx_handle_t*)argument;
  static char text[4096];
  for (;;) {
    zx_signals_t observed = 0;
    EXPECT_OK(zx_object_wait_one(end, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED,
                                 ZX_TIME_INFINITE, &observed));
    if (!(observed & ZX_CHANNEL_READABLE)) {
      EXPECT_EQ(observed, ZX_CHANNEL_PEER_CLOSED);
      return NULL;
    }
    uint32_t bytes = 0, handles = 9;
    zx_status_t status = zx_channel_read(end, 0, NULL, NULL, 0, 0, &bytes, &handles);
    EXPECT_STATUS(status, bytes ? ZX_ERR_BUFFER_TOO_SMALL : ZX_OK);
    EXPECT_EQ(handles, 0);
    if (bytes) EXPECT_OK(zx_channel_read(end, 0, text, NULL, bytes, 0, NULL, NULL));
    EXPECT_OK(zx_channel_write(end, 0, text, bytes, NULL, 0));
  }
}

TEST(channel_echo_loop_until_peer_closed) {
  pair_t p = make();
  pthread_t thread;
  static char out[4096], in[4096];
  if (pthread_create(&thread, NULL, echo_main, &p.r)) abort();
  for (uint32_t i = 0; i < ztest_rounds(2000); i++) {
    uint32_t size = i * 37 % sizeof(out), actual = 0;
    memset(out, (int)i, size);
    EXPECT_OK(zx_channel_write(p.l, 0, out, size, NULL, 0));
    EXPECT_OK(zx_object_wait_one(p.l, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
    EXPECT_OK(zx_channel_read(p.l, 0, in, NULL, sizeof(in), 0, &actual, NULL));
    EXPECT_EQ(actual, size);
    EXPECT_EQ(memcmp(in, out, size), 0);
  }
  EXPECT_OK(zx_handle_close(p.l));
  pthread_join(thread, NULL);
  EXPECT_OK(zx_handle_close(p.r));
}

// --- Ends that travel -----------------------------------------------------------------------------

TEST(channel_transfer_messages_before_during_and_after_in_order) {
  pair_t p = make(), carrier = make();
  write_number(p.l, 1);
  write_number(p.l, 2);
  EXPECT_OK(zx_channel_write(carrier.l, 0, NULL, 0, &p.r, 1));
  EXPECT_FALSE(is_live(p.r));
  write_number(p.l, 3);
  EXPECT_OK(zx_channel_read(carrier.r, 0, NULL, &p.r, 0, 1, NULL, NULL));
  write_number(p.l, 4);
  EXPECT_EQ(signals_of(p.r), ZX_CHANNEL_READABLE | ZX_CHANNEL_WRITABLE);
  for (uint32_t i = 1; i <= 4; i++) EXPECT_EQ(read_number(p.r), i);
  EXPECT_EQ(signals_of(p.r), ZX_CHANNEL_WRITABLE);
  zx_handle_t all[] = {p.l, p.r, carrier.l, carrier.r};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(channel_transfer_while_a_thread_writes_order_kept) {
  const uint32_t rounds = ztest_rounds(3000);
  pair_t p = make(), carrier = make();
  uint32_t next = 0;
  for (uint32_t i = 0; i < rounds; i++) {
    write_number(p.l, 2 * i);
    EXPECT_OK(zx_channel_write(carrier.l, 0, NULL, 0, &p.r, 1));
    write_number(p.l, 2 * i + 1);
    EXPECT_OK(zx_channel_read(carrier.r, 0, NULL, &p.r, 0, 1, NULL, NULL));
    if (i % 7 == 6)
      while (next < 2 * i) EXPECT_EQ(read_number(p.r), next++);
  }
  EXPECT_EQ(handle_count(p.r), 1);
  zx_handle_t all[] = {p.l, p.r, carrier.l, carrier.r};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(channel_transfer_signal_in_flight_wakes_the_waiter) {
  pair_t p = make();
  zx_handle_t event = new_event(), got = ZX_HANDLE_INVALID;
  zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
  asleep_t waiter;
  begin_wait_one(&waiter, event, ZX_USER_SIGNAL_0);
  EXPECT_OK(zx_channel_write(p.l, 0, NULL, 0, &event, 1));
  EXPECT_OK(zx_object_signal(copy, 0, ZX_USER_SIGNAL_0));
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(waiter.observed, ZX_USER_SIGNAL_0);
  EXPECT_OK(zx_channel_read(p.r, 0, NULL, &got, 0, 1, NULL, NULL));
  zx_handle_t all[] = {p.l, p.r, got, copy};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(channel_transfer_message_destroyed_waiter_canceled) {
  for (int discard = 0; discard < 2; discard++) {
    pair_t p = make();
    zx_handle_t event = new_event();
    asleep_t waiter;
    begin_wait_one(&waiter, event, ZX_USER_SIGNAL_0);
    EXPECT_OK(zx_channel_write(p.l, 0, NULL, 0, &event, 1));
    if (discard)
      EXPECT_STATUS(zx_channel_read(p.r, ZX_CHANNEL_READ_MAY_DISCARD, NULL, NULL, 0, 0, NULL, NULL),
                    ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_OK(zx_handle_close(p.r));
    asleep_join(&waiter);
    EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
    EXPECT_EQ(waiter.observed, ZX_SIGNAL_HANDLE_CLOSED);
    EXPECT_OK(zx_handle_close(p.l));
  }
}

TEST(channel_transfer_with_fewer_rights_waiter_canceled_at_the_write) {
  pair_t p = make();
  zx_handle_t event = new_event();
  asleep_t waiter;
  begin_wait_one(&waiter, event, ZX_USER_SIGNAL_0);
  zx_handle_disposition_t d = {ZX_HANDLE_OP_MOVE, event, ZX_OBJ_TYPE_NONE, ZX_RIGHT_WAIT, ZX_OK};
  EXPECT_OK(zx_channel_write_etc(p.l, 0, NULL, 0, &d, 1));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  EXPECT_OK(zx_handle_close(p.l));
  EXPECT_OK(zx_handle_close(p.r));
}

ZTEST_MAIN

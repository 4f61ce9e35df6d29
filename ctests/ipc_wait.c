// SPDX-License-Identifier: MIT
// Threads that read, write and wait at the same time (ipc.md, section 7).

#include "ztest.h"

#include "threads.h"

#define MESSAGES 5000u
#define ROUNDS 10000u

static zx_handle_t l, r;

typedef struct reader {
  pthread_t thread;
  uint32_t count;
  bool ascending;
  unsigned char seen[MESSAGES];
} reader_t;

static void* read_all(void* argument) {
  reader_t* self = (reader_t*)argument;
  int64_t last = -1;
  self->ascending = true;
  for (;;) {
    uint32_t value = 0;
    zx_status_t status = zx_channel_read(r, 0, &value, NULL, sizeof(value), 0, NULL, NULL);
    if (status == ZX_ERR_PEER_CLOSED) return NULL;
    if (status == ZX_ERR_SHOULD_WAIT) {
      zx_object_wait_one(r, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED, ZX_TIME_INFINITE, NULL);
      continue;
    }
    if (status != ZX_OK || value >= MESSAGES) abort();
    self->ascending = self->ascending && value > last;
    last = value;
    self->seen[value]++;
    self->count++;
  }
}

TEST(channel_read_two_threads_each_message_once) {
  static reader_t readers[2];
  EXPECT_OK(zx_channel_create(0, &l, &r));
  for (int i = 0; i < 2; i++)
    if (pthread_create(&readers[i].thread, NULL, read_all, &readers[i])) abort();
  for (uint32_t i = 0; i < MESSAGES; i++) EXPECT_OK(zx_channel_write(l, 0, &i, 4, NULL, 0));
  EXPECT_OK(zx_handle_close(l));
  for (int i = 0; i < 2; i++) {
    pthread_join(readers[i].thread, NULL);
    EXPECT_TRUE(readers[i].ascending);
  }
  EXPECT_EQ(readers[0].count + readers[1].count, MESSAGES);
  for (uint32_t i = 0; i < MESSAGES; i++) EXPECT_EQ(readers[0].seen[i] + readers[1].seen[i], 1);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(r));
}

static void* write_rounds(void* argument) {
  (void)argument;
  for (uint32_t i = 0; i < ROUNDS; i++) EXPECT_OK(zx_channel_write(l, 0, &i, 4, NULL, 0));
  return NULL;
}

TEST(channel_read_after_wait_always_succeeds) {
  EXPECT_OK(zx_channel_create(0, &l, &r));
  pthread_t thread;
  if (pthread_create(&thread, NULL, write_rounds, NULL)) abort();
  for (uint32_t i = 0; i < ROUNDS; i++) {
    uint32_t value = 0;
    zx_status_t status = zx_channel_read(r, 0, &value, NULL, 4, 0, NULL, NULL);
    if (status == ZX_ERR_SHOULD_WAIT) {
      EXPECT_OK(zx_object_wait_one(r, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
      status = zx_channel_read(r, 0, &value, NULL, 4, 0, NULL, NULL);
    }
    ASSERT_OK(status);
    EXPECT_EQ(value, i);
  }
  pthread_join(thread, NULL);
  EXPECT_OK(zx_handle_close(l));
  EXPECT_OK(zx_handle_close(r));
}

// ports.md, sections 5.2 and 12: 1 always, where Zircon of 2018 (and ipc.md, section 1.9) counted
// the messages.
TEST(channel_wait_async_messages_queued_one_packet_count_1) {
  const zx_signals_t masks[] = {ZX_CHANNEL_READABLE, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED};
  const uint32_t options[] = {ZX_WAIT_ASYNC_ONCE, ZX_WAIT_ASYNC_TIMESTAMP};
  zx_handle_t port = new_port();
  zx_port_packet_t packet;
  EXPECT_OK(zx_channel_create(0, &l, &r));
  for (int i = 0; i < 5; i++) EXPECT_OK(zx_channel_write(l, 0, NULL, 0, NULL, 0));
  EXPECT_OK(zx_handle_close(l));
  for (int i = 0; i < 4; i++) {
    zx_signals_t mask = masks[i % 2];
    EXPECT_OK(zx_object_wait_async(r, port, 1, mask, options[i / 2]));
    EXPECT_OK(zx_port_wait(port, 0, &packet));
    EXPECT_EQ(packet.signal.trigger, mask);
    EXPECT_EQ(packet.signal.observed, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED);
    EXPECT_EQ(packet.signal.count, 1);
    EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
  }
  EXPECT_OK(zx_handle_close(r));
  EXPECT_OK(zx_handle_close(port));
}

TEST(channel_wait_async_write_counts_one) {
  char c;
  zx_handle_t port = new_port();
  zx_port_packet_t packet;
  EXPECT_OK(zx_channel_create(0, &l, &r));
  for (uint64_t i = 0; i < 5; i++) {
    EXPECT_OK(zx_object_wait_async(r, port, i, ZX_CHANNEL_READABLE, 0));
    EXPECT_STATUS(zx_port_wait(port, zx_deadline_after(ZX_USEC(200)), &packet), ZX_ERR_TIMED_OUT);
    EXPECT_OK(zx_channel_write(l, 0, "x", 1, NULL, 0));
    EXPECT_OK(zx_port_wait(port, 0, &packet));
    EXPECT_EQ(packet.key, i);
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_SIGNAL_ONE);
    EXPECT_EQ(packet.signal.observed, ZX_CHANNEL_READABLE | ZX_CHANNEL_WRITABLE);
    EXPECT_EQ(packet.signal.trigger, ZX_CHANNEL_READABLE);
    EXPECT_EQ(packet.signal.count, 1);
    EXPECT_STATUS(zx_channel_read(r, ZX_CHANNEL_READ_MAY_DISCARD, NULL, NULL, 0, 0, NULL, NULL),
                  ZX_ERR_BUFFER_TOO_SMALL);
    // Nothing more before it is registered again.
    EXPECT_OK(zx_channel_write(l, 0, "x", 1, NULL, 0));
    EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
    EXPECT_OK(zx_channel_read(r, 0, &c, NULL, 1, 0, NULL, NULL));
  }
  EXPECT_OK(zx_handle_close(l));
  EXPECT_OK(zx_handle_close(r));
  EXPECT_OK(zx_handle_close(port));
}

#define STREAM_BYTES (8u << 20)

static void* write_stream(void* argument) {
  (void)argument;
  static unsigned char out[70000];
  size_t sent = 0;
  while (sent < STREAM_BYTES) {
    size_t size = 1 + sent % sizeof(out), actual = 0;
    if (size > STREAM_BYTES - sent) size = STREAM_BYTES - sent;
    for (size_t i = 0; i < size; i++) out[i] = (unsigned char)((sent + i) * 31 >> 3);
    zx_status_t status = zx_socket_write(l, 0, out, size, &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      EXPECT_OK(zx_object_wait_one(l, ZX_SOCKET_WRITABLE, ZX_TIME_INFINITE, NULL));
      continue;
    }
    if (!EXPECT_OK(status)) break;
    sent += actual;
  }
  EXPECT_OK(zx_handle_close(l));
  return NULL;
}

TEST(socket_stream_two_threads_bytes_in_order) {
  EXPECT_OK(zx_socket_create(0, &l, &r));
  pthread_t thread;
  if (pthread_create(&thread, NULL, write_stream, NULL)) abort();
  static unsigned char in[50000];
  size_t got = 0, wrong = 0;
  for (;;) {
    size_t actual = 0;
    zx_status_t status = zx_socket_read(r, 0, in, 1 + got % sizeof(in), &actual);
    if (status == ZX_ERR_PEER_CLOSED) break;
    if (status == ZX_ERR_SHOULD_WAIT) {
      EXPECT_OK(zx_object_wait_one(r, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED, ZX_TIME_INFINITE,
                                   NULL));
      continue;
    }
    if (!EXPECT_OK(status)) break;
    for (size_t i = 0; i < actual; i++)
      if (in[i] != (unsigned char)((got + i) * 31 >> 3)) wrong++;
    got += actual;
  }
  pthread_join(thread, NULL);
  EXPECT_EQ(got, STREAM_BYTES);
  EXPECT_EQ(wrong, 0);
  EXPECT_OK(zx_handle_close(r));
}

static void* write_elements(void* argument) {
  (void)argument;
  uint64_t next = 0;
  while (next < 100000) {
    uint64_t out[7];
    for (uint64_t i = 0; i < 7; i++) out[i] = next + i;
    size_t actual = 0;
    zx_status_t status = zx_fifo_write(l, 8, out, 7, &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      EXPECT_OK(zx_object_wait_one(l, ZX_FIFO_WRITABLE, ZX_TIME_INFINITE, NULL));
      continue;
    }
    if (!EXPECT_OK(status)) break;
    next += actual;
  }
  EXPECT_OK(zx_handle_close(l));
  return NULL;
}

TEST(fifo_two_threads_elements_in_order) {
  EXPECT_OK(zx_fifo_create(10, 8, 0, &l, &r));
  pthread_t thread;
  if (pthread_create(&thread, NULL, write_elements, NULL)) abort();
  uint64_t next = 0, in[4], wrong = 0;
  for (;;) {
    size_t actual = 0;
    zx_status_t status = zx_fifo_read(r, 8, in, 4, &actual);
    if (status == ZX_ERR_PEER_CLOSED) break;
    if (status == ZX_ERR_SHOULD_WAIT) {
      EXPECT_OK(zx_object_wait_one(r, ZX_FIFO_READABLE | ZX_FIFO_PEER_CLOSED, ZX_TIME_INFINITE,
                                   NULL));
      continue;
    }
    if (!EXPECT_OK(status)) break;
    for (size_t i = 0; i < actual; i++) wrong += in[i] != next++;
  }
  pthread_join(thread, NULL);
  EXPECT_TRUE(next >= 100000);
  EXPECT_EQ(wrong, 0);
  EXPECT_OK(zx_handle_close(r));
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Sockets at their limits: full, run out of memory to read or write, peeked at, half closed with data
// in them (ipc.md, sections 3 and 7.7).

#include "ztest.h"

#include "objects.h"

#define CAPACITY 257024u

static zx_handle_t l, r;
static unsigned char out[CAPACITY + 8], in[CAPACITY + 8];

static void make(uint32_t options) {
  EXPECT_OK(zx_socket_create(options, &l, &r));
  for (size_t i = 0; i < sizeof(out); i++) out[i] = (unsigned char)(i * 7 + (i >> 8));
}

static void unmake(void) {
  if (is_live(l)) EXPECT_OK(zx_handle_close(l));
  if (is_live(r)) EXPECT_OK(zx_handle_close(r));
}

static bool has(zx_handle_t h, zx_signals_t signal) { return (signals_of(h) & signal) != 0; }

static zx_status_t write_one(zx_handle_t h) { return zx_socket_write(h, 0, out, 1, NULL); }
static zx_status_t read_one(zx_handle_t h) { return zx_socket_read(h, 0, in, 1, NULL); }

static void put(zx_handle_t h, size_t size) {
  size_t actual = 0;
  EXPECT_OK(zx_socket_write(h, 0, out, size, &actual));
  EXPECT_EQ(actual, size);
}

static size_t available(zx_handle_t h) {
  zx_info_socket_t info;
  memset(&info, 0xff, sizeof(info));
  EXPECT_OK(zx_object_get_info(h, ZX_INFO_SOCKET, &info, sizeof(info), NULL, NULL));
  return info.rx_buf_available;
}

// The last bytes before an inaccessible page.
static unsigned char* last_bytes(size_t count) {
  return ztest_page_row() + sysconf(_SC_PAGESIZE) - count;
}

TEST(socket_stream_full_capacity_content_intact) {
  make(0);
  for (int round = 0; round < 3; round++) {
    size_t actual = 0;
    EXPECT_OK(zx_socket_write(l, 0, out, CAPACITY + 8, &actual));
    EXPECT_EQ(actual, CAPACITY);
    EXPECT_EQ(signals_of(l), 0);
    EXPECT_EQ(signals_of(r), ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE);
    EXPECT_STATUS(write_one(l), ZX_ERR_SHOULD_WAIT);
    put(r, 1);  // the other direction has a buffer of its own
    EXPECT_OK(read_one(l));
    // One byte of room makes it writable again, and full.
    EXPECT_OK(zx_socket_read(r, 0, in, 1, &actual));
    EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
    put(l, 1);
    EXPECT_EQ(signals_of(l), 0);
    EXPECT_OK(zx_socket_read(r, 0, in + 1, CAPACITY + 7, &actual));
    EXPECT_EQ(actual, CAPACITY);
    EXPECT_BYTES(in, out, CAPACITY);
    EXPECT_EQ(in[CAPACITY], out[0]);
    EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
    EXPECT_STATUS(read_one(r), ZX_ERR_SHOULD_WAIT);
  }
  unmake();
}

TEST(socket_datagram_full_capacity) {
  make(ZX_SOCKET_DATAGRAM);
  size_t actual = 77;
  put(l, CAPACITY - 1);
  EXPECT_STATUS(zx_socket_write(l, 0, out, 2, &actual), ZX_ERR_SHOULD_WAIT);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);  // although the packet does not fit
  EXPECT_STATUS(zx_socket_write(l, 0, out, CAPACITY + 1, &actual), ZX_ERR_OUT_OF_RANGE);
  put(l, 1);
  EXPECT_EQ(signals_of(l), 0);
  EXPECT_STATUS(zx_socket_write(l, 0, out, CAPACITY + 1, &actual), ZX_ERR_SHOULD_WAIT);
  EXPECT_EQ(actual, 77);
  EXPECT_OK(zx_socket_read(r, 0, in, 1, &actual));
  EXPECT_EQ(actual, 1);
  EXPECT_EQ(available(r), 1);  // the rest of the first one is gone
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
  unmake();
}

TEST(socket_write_source_runs_off_a_mapping_invalid_args) {
  for (uint32_t options = 0; options < 2; options++) {
    make(options);
    size_t actual = 77;
    EXPECT_STATUS(zx_socket_write(l, 0, last_bytes(16), 4096, &actual), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(actual, 77);
    EXPECT_EQ(has(r, ZX_SOCKET_READABLE), read_one(r) == ZX_OK);
    EXPECT_OK(zx_socket_write(l, 0, last_bytes(16), 16, &actual));
    EXPECT_EQ(available(r), 16);
    unmake();
  }
}

TEST(socket_read_destination_runs_off_a_mapping_invalid_args) {
  for (uint32_t options = 0; options < 2; options++) {
    make(options);
    size_t actual = 77;
    put(l, CAPACITY);
    EXPECT_STATUS(zx_socket_read(r, 0, last_bytes(16), CAPACITY, &actual), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(actual, 77);
    EXPECT_EQ(has(l, ZX_SOCKET_WRITABLE), write_one(l) == ZX_OK);
    while (zx_socket_read(r, 0, in, sizeof(in), NULL) == ZX_OK) {
    }
    EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
    EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
    unmake();
  }
}

TEST(socket_bad_actual_invalid_args_after_the_transfer) {
  make(0);
  EXPECT_STATUS(zx_socket_write(l, 0, "ab", 2, (size_t*)1), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(available(r), 2);
  EXPECT_STATUS(zx_socket_read(r, 0, in, 1, (size_t*)1), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(available(r), 1);
  unmake();
}

TEST(socket_read_peek_datagram_sees_the_first_until_read) {
  make(ZX_SOCKET_DATAGRAM);
  size_t actual = 0;
  EXPECT_STATUS(zx_socket_read(r, ZX_SOCKET_PEEK, in, 1, NULL), ZX_ERR_SHOULD_WAIT);
  EXPECT_OK(zx_socket_write(l, 0, "packet A", 8, NULL));
  EXPECT_OK(zx_socket_write(l, 0, "pktB", 5, NULL));
  for (size_t room = 3; room <= 16; room += 13) {
    EXPECT_OK(zx_socket_read(r, ZX_SOCKET_PEEK, in, room, &actual));
    EXPECT_EQ(actual, room < 8 ? room : 8);
    EXPECT_BYTES(in, "packet A", actual);
    EXPECT_EQ(available(r), 8);
  }
  EXPECT_OK(zx_socket_read(r, 0, in, 3, &actual));
  EXPECT_EQ(available(r), 5);
  EXPECT_OK(zx_socket_read(r, 0, in, 16, &actual));
  EXPECT_EQ(actual, 5);
  EXPECT_STR((const char*)in, "pktB");
  EXPECT_EQ(available(r), 0);
  unmake();
}

TEST(socket_read_8_kib_of_128_clears_readable) {
  make(0);
  size_t actual = 0;
  put(l, 8192);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE);
  EXPECT_OK(zx_socket_read(r, 0, in, 131072, &actual));
  EXPECT_EQ(actual, 8192);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
  unmake();
}

TEST(socket_thresholds_shared_by_duplicates) {
  make(0);
  const uint32_t props[] = {ZX_PROP_SOCKET_RX_THRESHOLD, ZX_PROP_SOCKET_TX_THRESHOLD};
  zx_handle_t copy = copy_of(l, ZX_RIGHT_SAME_RIGHTS);
  for (int i = 0; i < 2; i++) {
    size_t value = 0, want = 100 + (size_t)i;
    EXPECT_OK(zx_object_set_property(l, props[i], &want, sizeof(want)));
    EXPECT_OK(zx_object_get_property(copy, props[i], &value, sizeof(value)));
    EXPECT_EQ(value, want);
    EXPECT_STATUS(zx_object_get_property(l, props[i], &value, 7), ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_STATUS(zx_object_set_property(l, props[i], &value, 7), ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_STATUS(zx_object_set_property(l, props[i], (void*)1, 8), ZX_ERR_INVALID_ARGS);
    EXPECT_OK(zx_object_get_property(l, props[i], &value, sizeof(value)));
    EXPECT_EQ(value, want);
  }
  EXPECT_EQ(signals_of(l), signals_of(copy));
  EXPECT_TRUE(has(copy, ZX_SOCKET_WRITE_THRESHOLD));
  EXPECT_OK(zx_handle_close(r));
  size_t value = 0;
  EXPECT_OK(zx_object_get_property(l, props[1], &value, sizeof(value)));
  EXPECT_EQ(value, 101);
  EXPECT_OK(zx_handle_close(copy));
  unmake();
}

TEST(socket_shutdown_available_shows_pending) {
  make(0);
  put(l, 5);
  EXPECT_EQ(available(r), 5);
  EXPECT_OK(zx_socket_shutdown(l, ZX_SOCKET_SHUTDOWN_WRITE));
  EXPECT_EQ(available(r), 5);
  EXPECT_OK(zx_socket_shutdown(l, ZX_SOCKET_SHUTDOWN_WRITE));
  EXPECT_OK(zx_socket_shutdown(l, 0));
  EXPECT_EQ(signals_of(r), ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_WRITE_DISABLED);
  EXPECT_OK(zx_socket_read(r, 0, in, 5, NULL));
  EXPECT_EQ(available(r), 0);
  EXPECT_STATUS(read_one(r), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(l));
  EXPECT_STATUS(read_one(r), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(socket_set_disposition_enable_with_data_bad_state_also_without_peer) {
  const uint32_t off = ZX_SOCKET_DISPOSITION_WRITE_DISABLED;
  const uint32_t on = ZX_SOCKET_DISPOSITION_WRITE_ENABLED;
  make(0);
  put(l, 5);
  EXPECT_OK(zx_socket_set_disposition(l, off, off));
  EXPECT_STATUS(zx_socket_set_disposition(l, on, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_socket_set_disposition(r, 0, on), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_socket_set_disposition(l, on, on), ZX_ERR_BAD_STATE);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITE_DISABLED | ZX_SOCKET_PEER_WRITE_DISABLED);
  EXPECT_STATUS(write_one(r), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_socket_set_disposition(l, 0, on));  // that direction is empty
  put(r, 1);
  EXPECT_OK(read_one(l));
  EXPECT_OK(zx_handle_close(l));
  EXPECT_STATUS(zx_socket_set_disposition(r, 0, on), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_socket_read(r, 0, in, 8, NULL));
  EXPECT_OK(zx_socket_set_disposition(r, 0, on));
  EXPECT_STATUS(read_one(r), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(socket_set_disposition_drained_enabled_both_ways) {
  const uint32_t off = ZX_SOCKET_DISPOSITION_WRITE_DISABLED;
  const uint32_t on = ZX_SOCKET_DISPOSITION_WRITE_ENABLED;
  make(0);
  put(l, 5);
  put(r, 6);
  EXPECT_OK(zx_socket_set_disposition(l, off, off));
  EXPECT_OK(zx_socket_read(r, 0, in, 8, NULL));
  EXPECT_OK(zx_socket_read(l, 0, in, 8, NULL));
  EXPECT_STATUS(read_one(l), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(read_one(r), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_socket_set_disposition(r, on, on));
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
  EXPECT_STATUS(read_one(l), ZX_ERR_SHOULD_WAIT);
  put(l, 1);
  put(r, 1);
  EXPECT_OK(read_one(l));
  EXPECT_OK(read_one(r));
  unmake();
}

TEST(socket_share_checks_in_order_takes_the_socket) {
  make(0);
  zx_handle_t deaf = copy_of(l, ZX_RIGHT_READ), a, b;
  EXPECT_STATUS(zx_socket_share(l, ZX_HANDLE_INVALID), ZX_ERR_BAD_HANDLE);
  const struct {
    zx_handle_t handle;
    zx_status_t status;
  } bad[] = {{stale_handle(), ZX_ERR_BAD_HANDLE}, {deaf, ZX_ERR_ACCESS_DENIED}};
  for (int i = 0; i < 2; i++) {
    zx_handle_t event = new_event();
    EXPECT_STATUS(zx_socket_share(bad[i].handle, event), bad[i].status);
    EXPECT_EQ(is_live(event), false);
  }
  EXPECT_OK(zx_handle_close(deaf));
  zx_handle_t event = new_event(), kept = copy_of(event, ZX_RIGHT_WAIT);
  EXPECT_STATUS(zx_socket_share(l, kept), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(is_live(kept), false);
  EXPECT_STATUS(zx_socket_share(event, l), ZX_ERR_WRONG_TYPE);
  EXPECT_EQ(is_live(l), false);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_PEER_CLOSED);
  unmake();

  make(0);
  EXPECT_STATUS(zx_socket_share(l, event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_socket_share(l, copy_of(l, ZX_RIGHT_SAME_RIGHTS)), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_socket_share(l, copy_of(r, ZX_RIGHT_SAME_RIGHTS)), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_socket_create(0, &a, &b));
  EXPECT_STATUS(zx_socket_share(l, a), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(signals_of(b), ZX_SOCKET_PEER_CLOSED);
  EXPECT_STATUS(zx_socket_share(l, l), ZX_ERR_BAD_STATE);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(b));
  unmake();
}

TEST(socket_accept_checks_in_order) {
  make(0);
  zx_handle_t mute = copy_of(l, ZX_RIGHT_WRITE), event = new_event(), out = 5;
  EXPECT_STATUS(zx_socket_accept(stale_handle(), &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_socket_accept(event, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_socket_accept(mute, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_socket_accept(l, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_socket_accept(l, NULL), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(out, 5);
  EXPECT_OK(zx_handle_close(mute));
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

ZTEST_MAIN

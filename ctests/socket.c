// SPDX-License-Identifier: MIT
// Sockets (ipc.md, sections 3 and 7.7).

#include "ztest.h"

#include "objects.h"

#define CAPACITY 257024u

static zx_handle_t l, r;
static char buffer[2 * CAPACITY];

static void make(uint32_t options) { EXPECT_OK(zx_socket_create(options, &l, &r)); }

static void unmake(void) {
  if (is_live(l)) EXPECT_OK(zx_handle_close(l));
  if (is_live(r)) EXPECT_OK(zx_handle_close(r));
}

static void put(zx_handle_t h, size_t size) {
  size_t actual = 0;
  EXPECT_OK(zx_socket_write(h, 0, buffer, size, &actual));
  EXPECT_EQ(actual, size);
}

static void get(zx_handle_t h, uint32_t options, size_t size, size_t want) {
  size_t actual = SIZE_MAX;
  EXPECT_OK(zx_socket_read(h, options, buffer, size, &actual));
  EXPECT_EQ(actual, want);
}

static zx_status_t try_read(zx_handle_t h) { return zx_socket_read(h, 0, buffer, 1, NULL); }
static zx_status_t try_write(zx_handle_t h) { return zx_socket_write(h, 0, buffer, 1, NULL); }

TEST(socket_create_koids_rights_signals) {
  make(0);
  zx_info_handle_basic_t a = basic_info(l), b = basic_info(r);
  EXPECT_EQ(a.related_koid, b.koid);
  EXPECT_EQ(b.related_koid, a.koid);
  EXPECT_EQ(a.rights, ZX_DEFAULT_SOCKET_RIGHTS | ZX_RIGHT_MANAGE_SOCKET);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
  unmake();
}

TEST(socket_create_options_invalid_args) {
  zx_handle_t a, b;
  for (uint32_t options = 2; options < 16; options++)
    EXPECT_STATUS(zx_socket_create(options, &a, &b), ZX_ERR_INVALID_ARGS);
}

TEST(socket_read_joins_writes) {
  make(0);
  char in[8];
  EXPECT_STATUS(try_read(l), ZX_ERR_SHOULD_WAIT);
  EXPECT_OK(zx_socket_write(l, 0, "abcd", 4, NULL));
  EXPECT_OK(zx_socket_write(l, 0, "efgh", 4, NULL));
  EXPECT_EQ(signals_of(r), ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE);
  EXPECT_OK(zx_socket_read(r, 0, in, 8, NULL));
  EXPECT_BYTES(in, "abcdefgh", 8);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
  unmake();
}

TEST(socket_write_peer_gone_peer_closed) {
  make(0);
  put(r, 5);
  EXPECT_OK(zx_handle_close(r));
  EXPECT_EQ(signals_of(l), ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED);
  EXPECT_STATUS(try_write(l), ZX_ERR_PEER_CLOSED);
  get(l, 0, 10, 5);
  EXPECT_STATUS(try_read(l), ZX_ERR_PEER_CLOSED);
  EXPECT_STATUS(zx_object_signal_peer(l, 0, ZX_USER_SIGNAL_0), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(socket_read_peek_keeps_data) {
  make(0);
  EXPECT_STATUS(zx_socket_read(r, ZX_SOCKET_PEEK, buffer, 1, NULL), ZX_ERR_SHOULD_WAIT);
  put(l, 5);
  get(r, ZX_SOCKET_PEEK, 10, 5);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE);
  get(r, 0, 10, 5);
  unmake();
}

TEST(socket_transfer_bad_arguments_refused) {
  make(0);
  zx_handle_t event = new_event(), none = copy_of(l, ZX_RIGHT_WAIT);
  size_t actual = 77;
  EXPECT_STATUS(zx_socket_write(event, 1, buffer, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_socket_read(event, 4, buffer, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_socket_write(event, 0, NULL, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_write(event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(try_read(event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(try_write(none), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(try_read(none), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_socket_write(l, 0, buffer, (size_t)1 << 32, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_socket_read(l, 0, buffer, (size_t)1 << 32, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(actual, 77);
  EXPECT_OK(zx_socket_write(l, 0, NULL, 0, &actual));
  EXPECT_EQ(actual, 0);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(none));
  unmake();
}

TEST(socket_write_bad_buffer_invalid_args) {
  for (uint32_t options = 0; options < 2; options++) {
    make(options);
    void* bad;
    for (int i = 0; ztest_bad_read(i, 64, &bad); i++) {
      EXPECT_STATUS(zx_socket_write(l, 0, bad, 64, NULL), ZX_ERR_INVALID_ARGS);
      EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
    }
    unmake();
  }
}

TEST(socket_read_bad_buffer_invalid_args) {
  for (uint32_t options = 0; options < 2; options++) {
    make(options);
    put(l, CAPACITY);
    EXPECT_EQ(signals_of(l), 0);
    void* bad;
    size_t actual = 77;
    for (int i = 0; ztest_bad_write(i, 64, &bad); i++)
      EXPECT_STATUS(zx_socket_read(r, 0, bad, 64, &actual), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(actual, 77);
    EXPECT_EQ(signals_of(l), 0);
    EXPECT_STATUS(try_write(l), ZX_ERR_SHOULD_WAIT);
    get(r, 0, sizeof(buffer), CAPACITY);
    EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
    unmake();
  }
}

TEST(socket_write_stream_capacity_short) {
  make(0);
  size_t actual = 0;
  EXPECT_OK(zx_socket_write(l, 0, buffer, CAPACITY + 1, &actual));
  EXPECT_EQ(actual, CAPACITY);
  EXPECT_EQ(signals_of(l), 0);
  EXPECT_STATUS(try_write(l), ZX_ERR_SHOULD_WAIT);
  get(r, 0, 1, 1);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
  unmake();
}

TEST(socket_read_datagram_boundaries) {
  make(ZX_SOCKET_DATAGRAM);
  put(l, 8);
  put(l, 5);
  put(l, 4096);
  get(r, ZX_SOCKET_PEEK, 3, 3);
  get(r, ZX_SOCKET_PEEK, 100, 8);
  get(r, 0, 3, 3);
  get(r, 0, 100, 5);
  get(r, 0, sizeof(buffer), 4096);
  EXPECT_STATUS(try_read(r), ZX_ERR_SHOULD_WAIT);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
  unmake();
}

TEST(socket_write_datagram_too_large_out_of_range) {
  make(ZX_SOCKET_DATAGRAM);
  size_t actual = 77;
  EXPECT_STATUS(zx_socket_write(l, 0, buffer, 2 * CAPACITY, &actual), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(actual, 77);
  put(l, CAPACITY - 10);
  EXPECT_STATUS(zx_socket_write(l, 0, buffer, 11, NULL), ZX_ERR_SHOULD_WAIT);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
  put(l, 10);
  EXPECT_STATUS(zx_socket_write(l, 0, buffer, 2 * CAPACITY, NULL), ZX_ERR_SHOULD_WAIT);
  unmake();
}

TEST(socket_read_zero_size_tells_only) {
  for (uint32_t options = 0; options < 2; options++) {
    make(options);
    EXPECT_STATUS(zx_socket_read(r, 0, NULL, 0, NULL), ZX_ERR_SHOULD_WAIT);
    put(l, 5);
    get(r, 0, 0, 0);
    get(r, ZX_SOCKET_PEEK, 0, 0);
    get(r, 0, 0, 0);
    get(r, 0, 10, 5);
    unmake();
  }
}

TEST(socket_signal_peer_user_signals_only) {
  make(0);
  EXPECT_STATUS(zx_object_signal_peer(l, ZX_SOCKET_WRITABLE, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_object_signal_peer(l, 0, ZX_USER_SIGNAL_1));
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE | ZX_USER_SIGNAL_1);
  unmake();
}

static void half_closed(void) {
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE | ZX_SOCKET_READABLE | ZX_SOCKET_PEER_WRITE_DISABLED);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITE_DISABLED);
  put(l, 3);
  get(r, 0, 10, 3);
  EXPECT_STATUS(try_write(r), ZX_ERR_BAD_STATE);
  get(l, 0, 10, 5);
  EXPECT_STATUS(try_read(l), ZX_ERR_BAD_STATE);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_WRITE_DISABLED);
}

TEST(socket_shutdown_write_half_closes) {
  make(0);
  put(r, 5);
  EXPECT_OK(zx_socket_shutdown(r, ZX_SOCKET_SHUTDOWN_WRITE));
  half_closed();
  unmake();
}

TEST(socket_shutdown_read_half_closes) {
  make(0);
  put(r, 5);
  EXPECT_STATUS(zx_socket_shutdown(l, 4), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_socket_shutdown(l, 0));
  EXPECT_OK(zx_socket_shutdown(l, ZX_SOCKET_SHUTDOWN_READ));
  half_closed();
  unmake();
}

TEST(socket_shutdown_peer_gone_ok) {
  make(0);
  EXPECT_OK(zx_socket_shutdown(l, ZX_SOCKET_SHUTDOWN_READ));
  EXPECT_OK(zx_handle_close(l));
  EXPECT_OK(zx_socket_shutdown(r, ZX_SOCKET_SHUTDOWN_READ));
  EXPECT_EQ(signals_of(r), ZX_SOCKET_PEER_WRITE_DISABLED | ZX_SOCKET_WRITE_DISABLED |
                               ZX_SOCKET_PEER_CLOSED);
  unmake();
}

TEST(socket_set_disposition_refused) {
  make(0);
  zx_handle_t weak = copy_of(l, ZX_DEFAULT_SOCKET_RIGHTS);
  EXPECT_STATUS(zx_socket_set_disposition(weak, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_socket_set_disposition(l, 3, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_socket_set_disposition(l, 0, 3), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_socket_set_disposition(l, 4, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_socket_set_disposition(l, 0, 0));
  EXPECT_OK(zx_handle_close(weak));
  unmake();
}

TEST(socket_set_disposition_disable_and_enable) {
  const uint32_t off = ZX_SOCKET_DISPOSITION_WRITE_DISABLED;
  const uint32_t on = ZX_SOCKET_DISPOSITION_WRITE_ENABLED;
  make(0);
  put(r, 5);
  EXPECT_OK(zx_socket_set_disposition(l, off, off));
  EXPECT_EQ(signals_of(l), ZX_SOCKET_READABLE | ZX_SOCKET_PEER_WRITE_DISABLED |
                               ZX_SOCKET_WRITE_DISABLED);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_PEER_WRITE_DISABLED | ZX_SOCKET_WRITE_DISABLED);
  EXPECT_STATUS(zx_socket_set_disposition(l, on, on), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_socket_set_disposition(r, on, 0), ZX_ERR_BAD_STATE);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_PEER_WRITE_DISABLED | ZX_SOCKET_WRITE_DISABLED);
  get(l, 0, 10, 5);
  EXPECT_STATUS(try_read(l), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_socket_set_disposition(l, on, on));
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_SOCKET_WRITABLE);
  EXPECT_STATUS(try_read(l), ZX_ERR_SHOULD_WAIT);
  put(l, 1);
  get(r, 0, 1, 1);
  put(r, 1);
  EXPECT_OK(zx_socket_set_disposition(r, off, 0));
  EXPECT_OK(zx_handle_close(r));
  EXPECT_STATUS(zx_socket_set_disposition(l, 0, on), ZX_ERR_BAD_STATE);
  unmake();
}

static zx_status_t set(zx_handle_t h, uint32_t property, size_t value) {
  return zx_object_set_property(h, property, &value, sizeof(value));
}

TEST(socket_rx_threshold_signals) {
  const zx_signals_t reached = ZX_SOCKET_READ_THRESHOLD;
  make(0);
  size_t value = 9;
  EXPECT_STATUS(set(r, ZX_PROP_SOCKET_RX_THRESHOLD, 0xefffffff), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(set(r, ZX_PROP_SOCKET_RX_THRESHOLD, 0));
  EXPECT_OK(set(r, ZX_PROP_SOCKET_RX_THRESHOLD, 101));
  EXPECT_OK(zx_object_get_property(r, ZX_PROP_SOCKET_RX_THRESHOLD, &value, sizeof(value)));
  EXPECT_EQ(value, 101);
  put(l, 100);
  EXPECT_EQ(signals_of(r) & reached, 0);
  put(l, 1);
  EXPECT_EQ(signals_of(r) & reached, reached);
  EXPECT_OK(set(r, ZX_PROP_SOCKET_RX_THRESHOLD, 151));
  EXPECT_EQ(signals_of(r) & reached, 0);
  EXPECT_OK(set(r, ZX_PROP_SOCKET_RX_THRESHOLD, 101));
  EXPECT_EQ(signals_of(r) & reached, reached);
  get(r, 0, 1, 1);
  EXPECT_EQ(signals_of(r) & reached, 0);
  unmake();
}

TEST(socket_tx_threshold_signals) {
  const zx_signals_t room = ZX_SOCKET_WRITE_THRESHOLD;
  make(0);
  EXPECT_STATUS(set(l, ZX_PROP_SOCKET_TX_THRESHOLD, 0xefffffff), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(set(l, ZX_PROP_SOCKET_TX_THRESHOLD, CAPACITY - 103));
  EXPECT_EQ(signals_of(l) & room, room);
  put(l, 101);
  EXPECT_EQ(signals_of(l) & room, room);
  EXPECT_OK(set(l, ZX_PROP_SOCKET_TX_THRESHOLD, CAPACITY - 10));
  EXPECT_EQ(signals_of(l) & room, 0);
  EXPECT_OK(set(l, ZX_PROP_SOCKET_TX_THRESHOLD, CAPACITY - 103));
  EXPECT_EQ(signals_of(l) & room, room);
  put(l, CAPACITY - 101);
  EXPECT_EQ(signals_of(l), 0);
  get(r, 0, CAPACITY, CAPACITY);
  EXPECT_EQ(signals_of(l), ZX_SOCKET_WRITABLE | room);
  EXPECT_OK(zx_handle_close(r));
  EXPECT_STATUS(set(l, ZX_PROP_SOCKET_TX_THRESHOLD, 0), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(socket_info_tells_buffers) {
  make(ZX_SOCKET_DATAGRAM);
  zx_info_socket_t info;
  put(l, 8);
  put(l, 5);
  EXPECT_OK(zx_object_get_info(r, ZX_INFO_SOCKET, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.options, ZX_SOCKET_DATAGRAM);
  EXPECT_EQ(info.rx_buf_max, CAPACITY);
  EXPECT_EQ(info.rx_buf_size, 13);
  EXPECT_EQ(info.rx_buf_available, 8);
  EXPECT_EQ(info.tx_buf_max, CAPACITY);
  EXPECT_OK(zx_handle_close(l));
  EXPECT_OK(zx_object_get_info(r, ZX_INFO_SOCKET, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.tx_buf_max, 0);
  unmake();
}

ZTEST_MAIN

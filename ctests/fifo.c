// SPDX-License-Identifier: MIT
// Fifos (ipc.md, sections 4 and 7.8).

#include "ztest.h"

#include "objects.h"

static zx_handle_t l, r;

static void make(size_t count, size_t size) {
  l = r = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_fifo_create(count, size, 0, &l, &r));
}

static void unmake(void) {
  if (l) EXPECT_OK(zx_handle_close(l));
  if (r) EXPECT_OK(zx_handle_close(r));
  l = r = ZX_HANDLE_INVALID;
}

TEST(fifo_create_bad_sizes_out_of_range) {
  zx_handle_t a = 7, b = 8;
  EXPECT_STATUS(zx_fifo_create(0, 0, 0, &a, &b), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_create(128, 33, 0, &a, &b), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_create(0, 0, 1, &a, &b), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_create(4097, 1, 0, &a, &b), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_create(1, 4097, 0, &a, &b), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_create(SIZE_MAX / 2 + 1, 2, 0, &a, &b), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(a, 7);
  EXPECT_EQ(b, 8);
}

TEST(fifo_create_options_invalid_args) {
  zx_handle_t a, b;
  EXPECT_STATUS(zx_fifo_create(23, 8, 8, &a, &b), ZX_ERR_INVALID_ARGS);
}

TEST(fifo_create_bad_out_invalid_args) {
  zx_handle_t a = ZX_HANDLE_INVALID;
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(a), &bad); i++) {
    EXPECT_STATUS(zx_fifo_create(8, 8, 0, (zx_handle_t*)bad, &a), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_fifo_create(8, 8, 0, &a, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
    EXPECT_FALSE(is_live(a));
  }
}

TEST(fifo_create_largest_ok) {
  make(4096, 1);
  unmake();
  make(1, 4096);
  unmake();
}

TEST(fifo_create_koids_related) {
  make(8, 8);
  zx_info_handle_basic_t a = basic_info(l), b = basic_info(r);
  EXPECT_NE(a.koid, 0);
  EXPECT_NE(a.koid, b.koid);
  EXPECT_EQ(a.related_koid, b.koid);
  EXPECT_EQ(b.related_koid, a.koid);
  EXPECT_EQ(a.type, ZX_OBJ_TYPE_FIFO);
  EXPECT_EQ(a.rights, ZX_DEFAULT_FIFO_RIGHTS);
  unmake();
}

TEST(fifo_create_fresh_writable) {
  make(8, 8);
  EXPECT_EQ(signals_of(l), ZX_FIFO_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_FIFO_WRITABLE);
  unmake();
}

TEST(fifo_read_empty_should_wait) {
  make(8, 8);
  uint64_t value[8];
  size_t actual = 99;
  EXPECT_STATUS(zx_fifo_read(l, 8, value, 8, &actual), ZX_ERR_SHOULD_WAIT);
  EXPECT_EQ(actual, 99);
  unmake();
}

TEST(fifo_transfer_bad_counts_out_of_range) {
  make(8, 8);
  uint64_t value[8] = {0};
  EXPECT_STATUS(zx_fifo_write(l, 8, value, 0, NULL), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_read(l, 8, value, 0, NULL), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_write(l, 9, value, 8, NULL), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_fifo_read(l, 9, value, 8, NULL), ZX_ERR_OUT_OF_RANGE);
  unmake();
}

TEST(fifo_transfer_bad_handles_refused) {
  make(8, 8);
  zx_handle_t event = new_event(), none = copy_of(l, ZX_RIGHT_WAIT);
  uint64_t value = 0;
  EXPECT_STATUS(zx_fifo_write(stale_handle(), 8, &value, 1, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_fifo_write(event, 8, &value, 1, NULL), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_fifo_write(none, 8, &value, 1, NULL), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_fifo_read(stale_handle(), 8, &value, 1, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_fifo_read(event, 8, &value, 1, NULL), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_fifo_read(none, 8, &value, 1, NULL), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(none));
  unmake();
}

TEST(fifo_write_full_should_wait) {
  make(8, 8);
  uint64_t value[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  size_t actual = 0;
  EXPECT_OK(zx_fifo_write(l, 8, value, 8, &actual));
  EXPECT_EQ(actual, 8);
  EXPECT_EQ(signals_of(l), 0);
  EXPECT_EQ(signals_of(r), ZX_FIFO_READABLE | ZX_FIFO_WRITABLE);
  EXPECT_STATUS(zx_fifo_write(l, 8, value, 1, &actual), ZX_ERR_SHOULD_WAIT);
  unmake();
}

TEST(fifo_read_part_in_order) {
  make(8, 8);
  uint64_t out[8] = {1, 2, 3, 4, 5, 6, 7, 8}, in[8];
  memset(in, 0xaa, sizeof(in));
  EXPECT_OK(zx_fifo_write(l, 8, out, 8, NULL));
  size_t actual = 0;
  EXPECT_OK(zx_fifo_read(r, 8, in, 4, &actual));
  EXPECT_EQ(actual, 4);
  EXPECT_BYTES(in, out, 4 * 8);
  EXPECT_EQ(in[4], 0xaaaaaaaaaaaaaaaau);
  EXPECT_EQ(signals_of(l), ZX_FIFO_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_FIFO_READABLE | ZX_FIFO_WRITABLE);
  EXPECT_OK(zx_fifo_read(r, 8, in, 4, NULL));
  EXPECT_BYTES(in, out + 4, 4 * 8);
  EXPECT_EQ(signals_of(r), ZX_FIFO_WRITABLE);
  unmake();
}

TEST(fifo_transfer_across_wrap_short) {
  make(8, 8);
  uint64_t out[8] = {1, 2, 3, 4, 5, 6, 7, 8}, in[8] = {0};
  size_t actual = 0;
  EXPECT_OK(zx_fifo_write(l, 8, out, 6, NULL));
  EXPECT_OK(zx_fifo_read(r, 8, in, 4, NULL));
  EXPECT_OK(zx_fifo_write(l, 8, out, 4, &actual));  // wraps; 6 are in it
  EXPECT_EQ(actual, 4);
  EXPECT_OK(zx_fifo_read(r, 8, in, 1, NULL));
  EXPECT_EQ(in[0], 5);
  EXPECT_OK(zx_fifo_write(l, 8, out, 5, &actual));  // 3 free
  EXPECT_EQ(actual, 3);
  EXPECT_OK(zx_fifo_read(r, 8, in, 2, NULL));
  EXPECT_OK(zx_fifo_read(r, 8, in, 8, &actual));  // 6 present
  EXPECT_EQ(actual, 6);
  uint64_t want[6] = {2, 3, 4, 1, 2, 3};
  EXPECT_BYTES(in, want, sizeof(want));
  unmake();
}

TEST(fifo_create_count_no_power_of_two_ok) {
  make(10, 8);
  uint64_t next_out = 0, next_in = 0;
  for (int i = 0; i < 100; i++) {
    uint64_t out[7], in[7];
    for (int j = 0; j < 7; j++) out[j] = next_out++;
    size_t actual = 0;
    EXPECT_OK(zx_fifo_write(l, 8, out, 7, &actual));
    EXPECT_EQ(actual, 7);
    EXPECT_OK(zx_fifo_read(r, 8, in, 7, &actual));
    EXPECT_EQ(actual, 7);
    for (int j = 0; j < 7; j++) EXPECT_EQ(in[j], next_in++);
  }
  unmake();
}

TEST(fifo_close_peer_pending_readable) {
  make(8, 8);
  uint64_t value = 5;
  EXPECT_OK(zx_fifo_write(l, 8, &value, 1, NULL));
  EXPECT_OK(zx_handle_close(l));
  l = ZX_HANDLE_INVALID;
  EXPECT_EQ(signals_of(r), ZX_FIFO_READABLE | ZX_FIFO_PEER_CLOSED);
  EXPECT_STATUS(zx_fifo_write(r, 9, &value, 0, NULL), ZX_ERR_PEER_CLOSED);
  EXPECT_OK(zx_fifo_read(r, 8, &value, 1, NULL));
  EXPECT_EQ(signals_of(r), ZX_FIFO_PEER_CLOSED);
  EXPECT_STATUS(zx_fifo_read(r, 8, &value, 1, NULL), ZX_ERR_PEER_CLOSED);
  EXPECT_STATUS(zx_fifo_read(r, 9, &value, 1, NULL), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_object_signal_peer(r, 0, ZX_USER_SIGNAL_0), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(fifo_write_bad_data_invalid_args) {
  make(8, 8);
  void* bad;
  for (int i = 0; ztest_bad_read(i, 16, &bad); i++) {
    EXPECT_STATUS(zx_fifo_write(l, 8, bad, 2, NULL), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(signals_of(r), ZX_FIFO_WRITABLE);
  }
  unmake();
}

TEST(fifo_read_bad_data_invalid_args) {
  make(8, 8);
  uint64_t value[2] = {1, 2};
  EXPECT_OK(zx_fifo_write(l, 8, value, 2, NULL));
  void* bad;
  for (int i = 0; ztest_bad_write(i, 16, &bad); i++)
    EXPECT_STATUS(zx_fifo_read(r, 8, bad, 2, NULL), ZX_ERR_INVALID_ARGS);
  size_t actual = 0;
  EXPECT_OK(zx_fifo_read(r, 8, value, 2, &actual));
  EXPECT_EQ(actual, 2);
  EXPECT_EQ(value[0], 1);
  unmake();
}

TEST(fifo_write_huge_count_reads_what_fits) {
  make(2, 8);
  uint64_t value[2] = {1, 2};
  size_t actual = 0;
  EXPECT_OK(zx_fifo_write(l, 8, value, SIZE_MAX, &actual));
  EXPECT_EQ(actual, 2);
  unmake();
}

TEST(fifo_write_bad_actual_stays_queued) {
  make(2, 8);
  uint64_t value = 1;
  EXPECT_STATUS(zx_fifo_write(l, 8, &value, 1, (size_t*)1), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_fifo_read(r, 8, &value, 1, NULL));
  unmake();
}

ZTEST_MAIN

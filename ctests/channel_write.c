// SPDX-License-Identifier: MIT
// Writing to channels (ipc.md, sections 2.4, 2.5 and 7.3).

#include "ztest.h"

#include "objects.h"

static zx_handle_t l, r;

static void make(void) { EXPECT_OK(zx_channel_create(0, &l, &r)); }

static void unmake(void) {
  if (is_live(l)) EXPECT_OK(zx_handle_close(l));
  if (is_live(r)) EXPECT_OK(zx_handle_close(r));
}

TEST(channel_write_no_transfer_access_denied) {
  make();
  zx_handle_t good = new_event(), event = new_event(), weak = copy_of(event, ZX_RIGHT_WAIT);
  zx_handle_t both[2] = {good, weak};
  EXPECT_STATUS(zx_channel_write(l, 0, NULL, 0, both, 2), ZX_ERR_ACCESS_DENIED);
  EXPECT_FALSE(is_live(good));
  EXPECT_FALSE(is_live(weak));
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_write_same_handle_twice_bad_handle) {
  make();
  zx_handle_t event = new_event(), both[2] = {event, event};
  EXPECT_STATUS(zx_channel_write(l, 0, NULL, 0, both, 2), ZX_ERR_BAD_HANDLE);
  EXPECT_FALSE(is_live(event));
  unmake();
}

TEST(channel_write_own_handle_not_supported) {
  make();
  EXPECT_STATUS(zx_channel_write(l, 0, NULL, 0, &l, 1), ZX_ERR_NOT_SUPPORTED);
  EXPECT_FALSE(is_live(l));
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_PEER_CLOSED);
  unmake();
}

TEST(channel_write_too_many_handles_out_of_range) {
  make();
  static zx_handle_t many[2000];
  for (uint32_t count = 65; count <= 2000; count += 1935) {
    for (uint32_t i = 0; i < count; i++) many[i] = new_event();
    EXPECT_STATUS(zx_channel_write(l, 0, NULL, 0, many, count), ZX_ERR_OUT_OF_RANGE);
    for (uint32_t i = 0; i < count; i++) EXPECT_FALSE(is_live(many[i]));
  }
  unmake();
}

TEST(channel_write_failures_consume_handles) {
  make();
  zx_handle_t e[4];
  for (int i = 0; i < 4; i++) e[i] = new_event();
  EXPECT_STATUS(zx_channel_write(l, 0xff, NULL, 0, &e[0], 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_channel_write(stale_handle(), 0, NULL, 0, &e[1], 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_channel_write(l, 0, NULL, 8, &e[2], 1), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(r));
  EXPECT_STATUS(zx_channel_write(l, 0, NULL, 0, &e[3], 1), ZX_ERR_PEER_CLOSED);
  for (int i = 0; i < 4; i++) EXPECT_FALSE(is_live(e[i]));
  unmake();
}

TEST(channel_write_bad_pointers_invalid_args) {
  make();
  void* bad;
  for (int i = 0; ztest_bad_read(i, 8, &bad); i++) {
    EXPECT_STATUS(zx_channel_write(l, 0, bad, 8, NULL, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_channel_write(l, 0, NULL, 0, (zx_handle_t*)bad, 2), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, (zx_handle_disposition_t*)bad, 10),
                  ZX_ERR_INVALID_ARGS);
  }
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_write_too_large_out_of_range) {
  make();
  static char big[65537];
  EXPECT_STATUS(zx_channel_write(l, 0, big, 65537, NULL, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_channel_write(l, 0, big, 65536, NULL, 0));
  unmake();
}

TEST(channel_write_iovec_concatenates) {
  make();
  zx_channel_iovec_t v[20];
  char text[64] = "";
  uint32_t actual = 0;
  v[0] = (zx_channel_iovec_t){"abc", 3, 0};
  v[1] = (zx_channel_iovec_t){NULL, 0, 0};
  v[2] = (zx_channel_iovec_t){"de", 2, 0};
  EXPECT_OK(zx_channel_write(l, ZX_CHANNEL_WRITE_USE_IOVEC, v, 3, NULL, 0));
  EXPECT_OK(zx_channel_read(r, 0, text, NULL, 64, 0, &actual, NULL));
  EXPECT_EQ(actual, 5);
  EXPECT_STR(text, "abcde");
  for (int i = 0; i < 20; i++) v[i] = (zx_channel_iovec_t){"xy", 2, 0};
  EXPECT_OK(zx_channel_write(l, ZX_CHANNEL_WRITE_USE_IOVEC, v, 20, NULL, 0));
  EXPECT_OK(zx_channel_read(r, 0, text, NULL, 64, 0, &actual, NULL));
  EXPECT_EQ(actual, 40);
  unmake();
}

TEST(channel_write_iovec_refused) {
  make();
  zx_channel_iovec_t v[20];
  const uint32_t option = ZX_CHANNEL_WRITE_USE_IOVEC;
  for (int i = 0; i < 20; i++) v[i] = (zx_channel_iovec_t){"xy", 2, 0};
  EXPECT_STATUS(zx_channel_write(l, option, (void*)1, 4, NULL, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_channel_write(l, option, (void*)1, 20, NULL, 0), ZX_ERR_INVALID_ARGS);
  v[2].reserved = 1;
  EXPECT_STATUS(zx_channel_write(l, option, v, 4, NULL, 0), ZX_ERR_INVALID_ARGS);
  v[2].reserved = 0;
  v[18].reserved = 1;
  EXPECT_STATUS(zx_channel_write(l, option, v, 20, NULL, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_channel_write(l, option, NULL, 8193, NULL, 0), ZX_ERR_OUT_OF_RANGE);
  v[0].capacity = v[1].capacity = 0x80000000u;
  EXPECT_STATUS(zx_channel_write(l, option, v, 2, NULL, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_write_random_handle_values_bad_handle) {
  make();
  unsigned seed = 7;
  for (int i = 0; i < 5000; i++) {
    zx_handle_t values[3];
    for (int j = 0; j < 3; j++) {
      do values[j] = (uint32_t)rand_r(&seed) << 16 ^ (uint32_t)rand_r(&seed);
      while (is_live(values[j]));
    }
    EXPECT_STATUS(zx_channel_write(l, 0, NULL, 0, values, 1 + i % 3), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(zx_channel_write(values[0], 0, NULL, 0, NULL, 0), ZX_ERR_BAD_HANDLE);
  }
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_write_64_handles_ok) {
  make();
  zx_handle_t sent[64], got[64];
  uint32_t count = 0;
  for (int i = 0; i < 64; i++) sent[i] = new_event();
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, sent, 64));
  for (int i = 0; i < 64; i++) EXPECT_FALSE(is_live(sent[i]));
  EXPECT_OK(zx_channel_read(r, 0, NULL, got, 0, 64, NULL, &count));
  EXPECT_EQ(count, 64);
  EXPECT_OK(zx_handle_close_many(got, 64));
  unmake();
}

TEST(channel_write_bad_target_refused_in_order) {
  make();
  zx_handle_t event = new_event(), weak = ZX_HANDLE_INVALID;
  zx_handle_t bare = copy_of(event, ZX_RIGHT_NONE);
  EXPECT_STATUS(zx_channel_write(stale_handle(), 0xff, NULL, 8, NULL, 65), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_channel_write(stale_handle(), 0, NULL, 8, NULL, 65), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_channel_write(bare, 0, NULL, 8, NULL, 65), ZX_ERR_WRONG_TYPE);
  EXPECT_OK(zx_handle_replace(l, ZX_RIGHT_READ, &weak));
  l = weak;
  EXPECT_STATUS(zx_channel_write(l, 0, NULL, 8, NULL, 65), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_channel_write(r, 0, NULL, 8, NULL, 65), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_channel_write(r, 0, NULL, 8, NULL, 64), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(bare));
  unmake();
}

TEST(channel_write_opposite_end_ok) {
  if (getenv("ZTEST_SLOW")) SKIP("an end in its own queue keeps itself, as in Zircon");
  make();
  zx_handle_t other = r, got = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &other, 1));
  EXPECT_FALSE(is_live(r));
  // It waits in its own queue; closing the writer leaves nobody to read it.
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_WRITABLE);
  EXPECT_STATUS(zx_channel_read(l, 0, NULL, &got, 0, 1, NULL, NULL), ZX_ERR_SHOULD_WAIT);
  unmake();
}

TEST(channel_write_is_a_snapshot) {
  make();
  char text[8] = "before";
  EXPECT_OK(zx_channel_write(l, 0, text, 8, NULL, 0));
  memset(text, 'x', 7);
  EXPECT_OK(zx_channel_read(r, 0, text, NULL, 8, 0, NULL, NULL));
  EXPECT_STR(text, "before");
  unmake();
}

TEST(channel_write_iovec_names_and_empty) {
  make();
  uint32_t actual = 9;
  EXPECT_EQ(ZX_CHANNEL_MAX_MSG_IOVEC, 8192);
  EXPECT_EQ(ZX_CHANNEL_MAX_MSG_IOVECS, 8192);
  EXPECT_OK(zx_channel_write(l, ZX_CHANNEL_WRITE_USE_IOVEC, NULL, 0, NULL, 0));
  EXPECT_OK(zx_channel_read(r, 0, NULL, NULL, 0, 0, &actual, NULL));
  EXPECT_EQ(actual, 0);
  static zx_channel_iovec_t most[ZX_CHANNEL_MAX_MSG_IOVEC];
  for (uint32_t i = 0; i < ZX_CHANNEL_MAX_MSG_IOVEC; i++)
    most[i] = (zx_channel_iovec_t){"12345678", 8, 0};
  EXPECT_OK(zx_channel_write(l, ZX_CHANNEL_WRITE_USE_IOVEC, most, ZX_CHANNEL_MAX_MSG_IOVEC, NULL, 0));
  most[5].capacity = 9;
  EXPECT_STATUS(zx_channel_write(l, ZX_CHANNEL_WRITE_USE_IOVEC, most, ZX_CHANNEL_MAX_MSG_IOVEC, NULL, 0),
                ZX_ERR_OUT_OF_RANGE);
  unmake();
}

ZTEST_MAIN

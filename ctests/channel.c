// SPDX-License-Identifier: MIT
// Channels (ipc.md, sections 2 and 7.1 to 7.3).

#include "ztest.h"

#include "threads.h"

static zx_handle_t l, r;

static void make(void) {
  l = r = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_channel_create(0, &l, &r));
}

static void unmake(void) {
  if (l) EXPECT_OK(zx_handle_close(l));
  if (r) EXPECT_OK(zx_handle_close(r));
  l = r = ZX_HANDLE_INVALID;
}

static void drop(zx_handle_t* handle) {
  EXPECT_OK(zx_handle_close(*handle));
  *handle = ZX_HANDLE_INVALID;
}

static zx_status_t read_bytes(zx_handle_t h, void* bytes, uint32_t size, uint32_t* actual) {
  return zx_channel_read(h, 0, bytes, NULL, size, 0, actual, NULL);
}

TEST(channel_create_koids_rights_signals) {
  make();
  zx_info_handle_basic_t a = basic_info(l), b = basic_info(r);
  EXPECT_NE(a.koid, 0);
  EXPECT_EQ(a.related_koid, b.koid);
  EXPECT_EQ(b.related_koid, a.koid);
  EXPECT_EQ(a.type, ZX_OBJ_TYPE_CHANNEL);
  EXPECT_EQ(a.rights, ZX_DEFAULT_CHANNEL_RIGHTS);
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_create_options_invalid_args) {
  zx_handle_t a, b;
  EXPECT_STATUS(zx_channel_create(1, &a, &b), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_channel_create(0xff, &a, &b), ZX_ERR_INVALID_ARGS);
}

TEST(channel_create_bad_out_invalid_args) {
  zx_handle_t a;
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(a), &bad); i++) {
    EXPECT_STATUS(zx_channel_create(0, (zx_handle_t*)bad, &a), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_channel_create(0, &a, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
  }
}

TEST(channel_write_signals_readable) {
  make();
  EXPECT_OK(zx_channel_write(l, 0, "x", 1, NULL, 0));
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_READABLE | ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_close_peer_closed) {
  make();
  zx_info_handle_basic_t other = basic_info(r);
  drop(&r);
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_PEER_CLOSED);
  EXPECT_EQ(basic_info(l).related_koid, other.koid);
  EXPECT_STATUS(zx_object_signal_peer(l, 0, ZX_USER_SIGNAL_0), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(channel_close_pending_readable) {
  make();
  char c;
  for (int i = 0; i < 3; i++) EXPECT_OK(zx_channel_write(l, 0, &"abc"[i], 1, NULL, 0));
  drop(&l);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED);
  for (int i = 0; i < 3; i++) {
    EXPECT_OK(read_bytes(r, &c, 1, NULL));
    EXPECT_EQ(c, "abc"[i]);
  }
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_PEER_CLOSED);
  EXPECT_STATUS(read_bytes(r, &c, 1, NULL), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(channel_close_in_flight_handles) {
  zx_handle_t x[2], y[2];
  make();
  EXPECT_OK(zx_channel_create(0, &x[0], &x[1]));
  EXPECT_OK(zx_channel_create(0, &y[0], &y[1]));
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &x[0], 1));
  EXPECT_OK(zx_channel_write(r, 0, NULL, 0, &y[0], 1));
  drop(&r);
  EXPECT_EQ(signals_of(x[1]), ZX_CHANNEL_PEER_CLOSED);
  EXPECT_EQ(signals_of(y[1]), ZX_CHANNEL_WRITABLE);
  drop(&l);
  EXPECT_EQ(signals_of(y[1]), ZX_CHANNEL_PEER_CLOSED);
  drop(&x[1]);
  drop(&y[1]);
}

// Each channel is in a message that waits in the one before it.
static void nest(int depth) {
  zx_handle_t inner = ZX_HANDLE_INVALID, last = ZX_HANDLE_INVALID;
  for (int i = 0; i < depth; i++) {
    zx_status_t status = zx_channel_create(0, &l, &r);
    if (status == ZX_OK && inner) {
      status = zx_channel_write(l, 0, NULL, 0, &inner, 1);
    }
    if (status != ZX_OK) {
      EXPECT_OK(status);
      return;
    }
    if (i == 0) {
      last = l;
    } else {
      EXPECT_OK(zx_handle_close(l));
    }
    inner = r;
  }
  EXPECT_EQ(signals_of(last), ZX_CHANNEL_WRITABLE);
  EXPECT_OK(zx_handle_close(inner));
  EXPECT_EQ(signals_of(last), ZX_CHANNEL_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(last));
  l = r = ZX_HANDLE_INVALID;
}

TEST(channel_close_nest_of_200_all_closed) { nest(200); }

TEST(channel_close_nest_of_a_million_all_closed) { nest((int)ztest_rounds(1000000)); }

TEST(channel_read_empty_should_wait) {
  make();
  char c;
  uint32_t bytes = 9, handles = 9;
  EXPECT_STATUS(zx_channel_read(l, 0, &c, NULL, 1, 0, &bytes, &handles), ZX_ERR_SHOULD_WAIT);
  EXPECT_EQ(bytes, 9);
  EXPECT_EQ(handles, 9);
  unmake();
}

TEST(channel_read_empty_message_ok) {
  make();
  uint32_t bytes = 9, handles = 9;
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, NULL, 0));
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_READABLE | ZX_CHANNEL_WRITABLE);
  EXPECT_OK(zx_channel_read(r, 0, NULL, NULL, 0, 0, &bytes, &handles));
  EXPECT_EQ(bytes, 0);
  EXPECT_EQ(handles, 0);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_read_options_not_supported) {
  make();
  EXPECT_STATUS(zx_channel_read(l, 0xff, NULL, NULL, 0, 0, NULL, NULL), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_channel_read_etc(l, 2, NULL, NULL, 0, 0, NULL, NULL), ZX_ERR_NOT_SUPPORTED);
  unmake();
}

TEST(channel_read_bad_handles_refused) {
  make();
  zx_handle_t event = new_event(), weak;
  EXPECT_OK(zx_handle_replace(l, ZX_RIGHT_WRITE, &weak));
  l = weak;
  EXPECT_STATUS(read_bytes(stale_handle(), NULL, 0, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(read_bytes(event, NULL, 0, NULL), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_channel_read_etc(event, 0, NULL, NULL, 0, 0, NULL, NULL), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(read_bytes(l, NULL, 0, NULL), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_read_small_buffers_too_small) {
  make();
  zx_handle_t event = new_event(), copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS), got = 0;
  char data[8];
  uint32_t bytes, handles;
  EXPECT_OK(zx_channel_write(l, 0, "12345678", 8, &copy, 1));
  for (int i = 0; i < 3; i++) {
    bytes = handles = 0;
    uint32_t room = i == 1 ? 8 : 7, slots = i == 0 ? 1 : 0;
    EXPECT_STATUS(zx_channel_read(r, 0, data, &got, room, slots, &bytes, &handles),
                  ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_EQ(bytes, 8);
    EXPECT_EQ(handles, 1);
    EXPECT_EQ(handle_count(event), 2);
  }
  bytes = 0;
  EXPECT_STATUS(zx_channel_read(r, ZX_CHANNEL_READ_MAY_DISCARD, NULL, NULL, 0, 0, &bytes, &handles),
                ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_EQ(bytes, 8);
  EXPECT_EQ(handle_count(event), 1);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  EXPECT_STATUS(read_bytes(r, data, 8, NULL), ZX_ERR_SHOULD_WAIT);
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_read_bad_pointers_invalid_args) {
  make();
  zx_handle_t event = new_event(), slot;
  char data[8];
  void* bad;
  for (int i = 0; ztest_bad_write(i, 4, &bad); i++)
    for (int which = 0; which < 4; which++) {
      zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
      EXPECT_OK(zx_channel_write(l, 0, "1234", 4, &copy, 1));
      uint32_t *bytes = NULL, *handles = NULL;
      void* to = data;
      zx_handle_t* values = &slot;
      if (which == 0) to = bad;
      if (which == 1) values = (zx_handle_t*)bad;
      if (which == 2 && bad) bytes = (uint32_t*)bad;
      if (which == 3 && bad) handles = (uint32_t*)bad;
      zx_status_t want = which >= 2 && !bad ? ZX_OK : ZX_ERR_INVALID_ARGS;
      EXPECT_STATUS(zx_channel_read(r, 0, to, values, 4, 1, bytes, handles), want);
      if (want == ZX_OK) EXPECT_OK(zx_handle_close(slot));
      EXPECT_EQ(handle_count(event), 1);
    }
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_read_etc_describes_handles) {
  make();
  zx_handle_t sent[3], event = new_event();
  sent[0] = copy_of(event, ZX_RIGHT_TRANSFER | ZX_RIGHT_WAIT);
  sent[1] = new_vmo();
  sent[2] = event;
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, sent, 3));
  zx_handle_info_t got[3];
  memset(got, 0xff, sizeof(got));
  uint32_t count = 0;
  EXPECT_OK(zx_channel_read_etc(r, 0, NULL, got, 0, 3, NULL, &count));
  EXPECT_EQ(count, 3);
  EXPECT_EQ(got[0].type, ZX_OBJ_TYPE_EVENT);
  EXPECT_EQ(got[0].rights, ZX_RIGHT_TRANSFER | ZX_RIGHT_WAIT);
  EXPECT_EQ(got[1].type, ZX_OBJ_TYPE_VMO);
  EXPECT_EQ(got[2].rights, ZX_DEFAULT_EVENT_RIGHTS);
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(got[i].unused, 0);
    EXPECT_FALSE(is_live(sent[i]));
    EXPECT_OK(zx_handle_close(got[i].handle));
  }
  unmake();
}

// More often than the table has places, so that none may be lost.
TEST(channel_read_bad_pointer_repeated_table_never_full) {
  make();
  zx_handle_t event = new_event();
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < ztest_rounds(270000); i++) {
    zx_handle_t copy = ZX_HANDLE_INVALID;
    wrong += zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &copy) != ZX_OK;
    wrong += zx_channel_write(l, 0, NULL, 0, &copy, 1) != ZX_OK;
    wrong += zx_channel_read(r, 0, NULL, (zx_handle_t*)1, 0, 1, NULL, NULL) != ZX_ERR_INVALID_ARGS;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(handle_count(event), 1);
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_read_etc_bad_pointers_invalid_args) {
  make();
  zx_handle_t event = new_event();
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_info_t), &bad); i++) {
    zx_handle_t copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
    EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &copy, 1));
    EXPECT_STATUS(zx_channel_read_etc(r, 0, NULL, (zx_handle_info_t*)bad, 0, 1, NULL, NULL),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(handle_count(event), 1);
    EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  }
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_read_too_small_bad_actual_invalid_args_message_stays) {
  make();
  char text[4] = "";
  EXPECT_OK(zx_channel_write(l, 0, "abc", 4, NULL, 0));
  EXPECT_STATUS(zx_channel_read(r, 0, NULL, NULL, 0, 0, (uint32_t*)1, NULL), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_channel_read(r, 0, NULL, NULL, 0, 0, NULL, NULL), ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_OK(read_bytes(r, text, 4, NULL));
  EXPECT_STR(text, "abc");
  unmake();
}

TEST(channel_read_last_message_of_closed_peer_with_discard) {
  make();
  EXPECT_OK(zx_channel_write(l, 0, "abc", 4, NULL, 0));
  drop(&l);
  EXPECT_STATUS(zx_channel_read(r, ZX_CHANNEL_READ_MAY_DISCARD, NULL, NULL, 3, 0, NULL, NULL),
                ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_PEER_CLOSED);
  EXPECT_STATUS(read_bytes(r, NULL, 0, NULL), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(channel_write_random_sizes_intact) {
  make();
  static unsigned char out[65536], in[65536];
  unsigned seed = 1;
  for (uint32_t i = 0; i < ztest_rounds(1000); i++) {
    uint32_t size = (uint32_t)rand_r(&seed) % 65536, bytes = 0;
    uint32_t count = (uint32_t)rand_r(&seed) % 64, handles = 0;
    for (uint32_t j = 0; j < size; j += 97) out[j] = (unsigned char)rand_r(&seed);
    zx_handle_t sent[64], got[64];
    zx_koid_t koids[64];
    for (uint32_t j = 0; j < count; j++) {
      sent[j] = new_event();
      koids[j] = basic_info(sent[j]).koid;
    }
    EXPECT_OK(zx_channel_write(l, 0, out, size, sent, count));
    ASSERT_OK(zx_channel_read(r, 0, in, got, sizeof(in), 64, &bytes, &handles));
    EXPECT_EQ(bytes, size);
    EXPECT_EQ(memcmp(in, out, size), 0);
    ASSERT_EQ(handles, count);
    for (uint32_t j = 0; j < count; j++) EXPECT_EQ(basic_info(got[j]).koid, koids[j]);
    EXPECT_OK(zx_handle_close_many(got, count));
  }
  unmake();
}

ZTEST_MAIN

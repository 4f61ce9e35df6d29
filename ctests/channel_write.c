// SPDX-License-Identifier: MIT
// Writing to channels (ipc.md, sections 7.3 and 7.4).

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

static zx_handle_disposition_t item(zx_handle_op_t op, zx_handle_t handle) {
  zx_handle_disposition_t d = {op, handle, ZX_OBJ_TYPE_NONE, ZX_RIGHT_SAME_RIGHTS, 7};
  return d;
}

TEST(channel_write_etc_move_and_duplicate_arrive) {
  make();
  zx_handle_t event = new_event();
  zx_koid_t koid = basic_info(event).koid;
  zx_handle_disposition_t d[2] = {item(ZX_HANDLE_OP_DUPLICATE, event),
                                  item(ZX_HANDLE_OP_MOVE, event)};
  d[0].rights = ZX_RIGHT_NONE;
  d[1].type = ZX_OBJ_TYPE_EVENT;
  EXPECT_OK(zx_channel_write_etc(l, 0, NULL, 0, d, 2));
  EXPECT_EQ(d[0].result, 7);
  EXPECT_FALSE(is_live(event));
  zx_handle_info_t got[2];
  EXPECT_OK(zx_channel_read_etc(r, 0, NULL, got, 0, 2, NULL, NULL));
  EXPECT_EQ(got[0].rights, ZX_RIGHT_NONE);
  EXPECT_EQ(got[1].rights, ZX_DEFAULT_EVENT_RIGHTS);
  EXPECT_EQ(basic_info(got[1].handle).koid, koid);
  EXPECT_OK(zx_handle_close(got[0].handle));
  EXPECT_OK(zx_handle_close(got[1].handle));
  unmake();
}

TEST(channel_write_etc_types_checked) {
  make();
  zx_handle_t event = new_event();
  for (zx_obj_type_t type = 1; type < 256; type++) {
    zx_handle_disposition_t d = item(ZX_HANDLE_OP_DUPLICATE, event);
    d.type = type;
    zx_status_t want = type == ZX_OBJ_TYPE_EVENT ? ZX_OK : ZX_ERR_WRONG_TYPE;
    EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, &d, 1), want);
    EXPECT_TRUE(is_live(event));
  }
  zx_handle_disposition_t d = item(ZX_HANDLE_OP_MOVE, event);
  d.type = ZX_OBJ_TYPE_VMO;
  EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, &d, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_FALSE(is_live(event));
  unmake();
}

TEST(channel_write_etc_bad_operation_invalid_args) {
  make();
  const zx_handle_op_t ops[3] = {2, 9999, 0xffffffffu};
  for (int i = 0; i < 3; i++) {
    zx_handle_disposition_t d = item(ops[i], new_event());
    EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, &d, 1), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(d.result, ZX_ERR_INVALID_ARGS);
    EXPECT_FALSE(is_live(d.handle));
  }
  unmake();
}

TEST(channel_write_etc_first_error_latched) {
  make();
  zx_handle_t event = new_event();
  zx_handle_disposition_t d[3] = {item(ZX_HANDLE_OP_MOVE, event),
                                  item(ZX_HANDLE_OP_MOVE, copy_of(event, ZX_RIGHT_WAIT)),
                                  item(ZX_HANDLE_OP_MOVE, 0)};
  d[0].result = d[1].result = d[2].result = ZX_OK;
  EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, d, 3), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(d[0].result, ZX_OK);
  EXPECT_STATUS(d[1].result, ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(d[2].result, ZX_ERR_BAD_HANDLE);
  EXPECT_FALSE(is_live(event));
  EXPECT_STATUS(zx_channel_read(r, 0, NULL, NULL, 0, 0, NULL, NULL), ZX_ERR_SHOULD_WAIT);
  unmake();
}

TEST(channel_write_etc_duplicate_needs_right) {
  make();
  zx_handle_t event = new_event(), weak = copy_of(event, ZX_RIGHT_TRANSFER);
  zx_handle_disposition_t d = item(ZX_HANDLE_OP_DUPLICATE, weak);
  EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, &d, 1), ZX_ERR_ACCESS_DENIED);
  d.rights = ZX_RIGHT_TRANSFER | ZX_RIGHT_WAIT;
  EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, &d, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_TRUE(is_live(weak));
  d = item(ZX_HANDLE_OP_MOVE, weak);
  EXPECT_OK(zx_channel_write_etc(l, 0, NULL, 0, &d, 1));
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_write_etc_own_handle_not_supported) {
  make();
  zx_handle_disposition_t d = item(ZX_HANDLE_OP_DUPLICATE, l);
  EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, &d, 1), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(d.result, ZX_ERR_NOT_SUPPORTED);
  EXPECT_TRUE(is_live(l));
  d.operation = ZX_HANDLE_OP_MOVE;
  EXPECT_STATUS(zx_channel_write_etc(l, 0, NULL, 0, &d, 1), ZX_ERR_NOT_SUPPORTED);
  EXPECT_FALSE(is_live(l));
  unmake();
}

TEST(channel_write_etc_outside_failures_keep_duplicates) {
  make();
  zx_handle_t event = new_event(), moved = new_event();
  zx_handle_disposition_t d[2] = {item(ZX_HANDLE_OP_DUPLICATE, event),
                                  item(ZX_HANDLE_OP_MOVE, moved)};
  EXPECT_STATUS(zx_channel_write_etc(l, 1, NULL, 0, d, 2), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(d[0].result, 7);
  EXPECT_TRUE(is_live(event));
  EXPECT_FALSE(is_live(moved));
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

ZTEST_MAIN

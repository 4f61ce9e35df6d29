// SPDX-License-Identifier: MIT
// zx_channel_write_etc (ipc.md, sections 2.6 and 7.4).

#include "ztest.h"

#include "objects.h"

static zx_handle_t l, r;

static void make(void) { EXPECT_OK(zx_channel_create(0, &l, &r)); }

static void unmake(void) {
  if (is_live(l)) EXPECT_OK(zx_handle_close(l));
  if (is_live(r)) EXPECT_OK(zx_handle_close(r));
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

static zx_status_t send(zx_handle_disposition_t* entries, uint32_t count) {
  return zx_channel_write_etc(l, 0, NULL, 0, entries, count);
}

static zx_handle_info_t take_one(void) {
  zx_handle_info_t got;
  memset(&got, 0xff, sizeof(got));
  EXPECT_OK(zx_channel_read_etc(r, 0, NULL, &got, 0, 1, NULL, NULL));
  return got;
}

static void expect_nothing_to_read(void) {
  EXPECT_STATUS(zx_channel_read(r, 0, NULL, NULL, 0, 0, NULL, NULL), ZX_ERR_SHOULD_WAIT);
}

TEST(channel_write_etc_rights_arrive_as_asked) {
  make();
  const zx_rights_t all = ZX_DEFAULT_EVENT_RIGHTS;
  const struct { zx_rights_t asked, want; } cases[] = {
      {ZX_RIGHT_SAME_RIGHTS, all}, {all, all}, {ZX_RIGHT_NONE, 0}, {ZX_RIGHT_WAIT, ZX_RIGHT_WAIT},
      {all & ~ZX_RIGHT_TRANSFER, all & ~ZX_RIGHT_TRANSFER}};
  for (zx_handle_op_t op = ZX_HANDLE_OP_MOVE; op <= ZX_HANDLE_OP_DUPLICATE; op++)
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
      zx_handle_t event = new_event();
      zx_koid_t koid = basic_info(event).koid;
      zx_handle_disposition_t d = item(op, event);
      d.rights = cases[i].asked;
      EXPECT_OK(send(&d, 1));
      EXPECT_EQ(is_live(event), op == ZX_HANDLE_OP_DUPLICATE);
      zx_handle_info_t got = take_one();
      EXPECT_EQ(got.rights, cases[i].want);
      EXPECT_EQ(got.type, ZX_OBJ_TYPE_EVENT);
      EXPECT_EQ(basic_info(got.handle).koid, koid);
      EXPECT_EQ(basic_info(got.handle).rights, cases[i].want);
      EXPECT_OK(zx_handle_close(got.handle));
      if (op == ZX_HANDLE_OP_DUPLICATE) {
        EXPECT_EQ(basic_info(event).rights, all);
        EXPECT_OK(zx_handle_close(event));
      }
    }
  unmake();
}

TEST(channel_write_etc_extra_rights_invalid_args) {
  make();
  zx_handle_disposition_t d = item(ZX_HANDLE_OP_MOVE, new_event());
  d.rights = ZX_DEFAULT_EVENT_RIGHTS | ZX_RIGHT_EXECUTE;
  EXPECT_STATUS(send(&d, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(d.result, ZX_ERR_INVALID_ARGS);
  EXPECT_FALSE(is_live(d.handle));
  expect_nothing_to_read();
  unmake();
}

TEST(channel_write_etc_no_transfer_access_denied) {
  make();
  for (zx_handle_op_t op = ZX_HANDLE_OP_MOVE; op <= ZX_HANDLE_OP_DUPLICATE; op++) {
    zx_handle_t event = new_event();
    zx_handle_t stuck = copy_of(event, ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_TRANSFER);
    zx_handle_disposition_t d = item(op, stuck);
    EXPECT_STATUS(send(&d, 1), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(d.result, ZX_ERR_ACCESS_DENIED);
    EXPECT_EQ(is_live(stuck), op == ZX_HANDLE_OP_DUPLICATE);
    if (is_live(stuck)) EXPECT_OK(zx_handle_close(stuck));
    EXPECT_OK(zx_handle_close(event));
  }
  unmake();
}

TEST(channel_write_etc_bad_entries_bad_handle) {
  make();
  const zx_handle_t bad[] = {stale_handle(), ZX_HANDLE_INVALID, 0xffffffffu};
  for (zx_handle_op_t op = ZX_HANDLE_OP_MOVE; op <= ZX_HANDLE_OP_DUPLICATE; op++)
    for (int i = 0; i < 3; i++) {
      zx_handle_disposition_t d = item(op, bad[i]);
      EXPECT_STATUS(send(&d, 1), ZX_ERR_BAD_HANDLE);
      EXPECT_STATUS(d.result, ZX_ERR_BAD_HANDLE);
    }
  expect_nothing_to_read();
  unmake();
}

TEST(channel_write_etc_same_handle_twice) {
  make();
  const zx_handle_op_t move = ZX_HANDLE_OP_MOVE, dup = ZX_HANDLE_OP_DUPLICATE;
  const struct { zx_handle_op_t first, second; zx_status_t want; } cases[] = {
      {move, move, ZX_ERR_BAD_HANDLE}, {move, dup, ZX_ERR_BAD_HANDLE}, {dup, dup, ZX_OK},
      {dup, move, ZX_OK}};
  for (int i = 0; i < 4; i++) {
    zx_handle_t event = new_event();
    zx_handle_disposition_t d[2] = {item(cases[i].first, event), item(cases[i].second, event)};
    EXPECT_STATUS(send(d, 2), cases[i].want);
    EXPECT_EQ(is_live(event), cases[i].first == dup && cases[i].second == dup);
    if (is_live(event)) EXPECT_OK(zx_handle_close(event));
    if (cases[i].want == ZX_OK) {
      zx_handle_t got[2];
      EXPECT_OK(zx_channel_read(r, 0, NULL, got, 0, 2, NULL, NULL));
      EXPECT_EQ(basic_info(got[0]).koid, basic_info(got[1]).koid);
      EXPECT_OK(zx_handle_close_many(got, 2));
    } else {
      EXPECT_STATUS(d[1].result, ZX_ERR_BAD_HANDLE);
    }
  }
  unmake();
}

TEST(channel_write_etc_two_handles_of_one_object_ok) {
  make();
  for (int i = 0; i < 4; i++) {
    zx_handle_t event = new_event(), copy = copy_of(event, ZX_RIGHT_SAME_RIGHTS), got[2];
    zx_handle_disposition_t d[2] = {item((zx_handle_op_t)i & 1, event),
                                    item((zx_handle_op_t)i >> 1, copy)};
    EXPECT_OK(send(d, 2));
    EXPECT_OK(zx_channel_read(r, 0, NULL, got, 0, 2, NULL, NULL));
    EXPECT_OK(zx_handle_close_many(got, 2));
    if (i & 1) EXPECT_OK(zx_handle_close(event));
    if (i >> 1) EXPECT_OK(zx_handle_close(copy));
  }
  unmake();
}

TEST(channel_write_etc_mixed_results) {
  make();
  zx_handle_t event = new_event();
  zx_handle_disposition_t d[4] = {
      item(ZX_HANDLE_OP_MOVE, new_event()), item(ZX_HANDLE_OP_MOVE, new_event()),
      item(ZX_HANDLE_OP_DUPLICATE, copy_of(event, ZX_RIGHT_TRANSFER)),
      item(ZX_HANDLE_OP_DUPLICATE, event)};
  d[0].type = ZX_OBJ_TYPE_VMO;
  for (int i = 0; i < 4; i++) d[i].result = ZX_OK;
  EXPECT_STATUS(send(d, 4), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(d[0].result, ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(d[1].result, ZX_OK);
  EXPECT_STATUS(d[2].result, ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(d[3].result, ZX_OK);
  EXPECT_FALSE(is_live(d[0].handle));
  EXPECT_FALSE(is_live(d[1].handle));
  EXPECT_TRUE(is_live(d[2].handle));
  EXPECT_EQ(handle_count(event), 2);
  expect_nothing_to_read();
  EXPECT_OK(zx_handle_close(d[2].handle));
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_write_etc_duplicate_move_and_bad) {
  make();
  zx_handle_t kept = new_event(), moved = new_event();
  zx_handle_disposition_t d[3] = {item(ZX_HANDLE_OP_DUPLICATE, kept),
                                  item(ZX_HANDLE_OP_MOVE, moved), item(ZX_HANDLE_OP_MOVE, 0)};
  EXPECT_STATUS(send(d, 3), ZX_ERR_BAD_HANDLE);
  EXPECT_EQ(handle_count(kept), 1);
  EXPECT_FALSE(is_live(moved));
  EXPECT_OK(zx_handle_close(kept));
  unmake();
}

TEST(channel_write_etc_bad_target_consumes_moves_only) {
  make();
  zx_handle_t target_event = new_event(), weak = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_handle_replace(l, ZX_RIGHT_READ, &weak));
  const struct { zx_handle_t target; zx_status_t want; } cases[] = {
      {target_event, ZX_ERR_WRONG_TYPE}, {stale_handle(), ZX_ERR_BAD_HANDLE},
      {weak, ZX_ERR_ACCESS_DENIED}, {r, ZX_ERR_PEER_CLOSED}};
  for (int i = 0; i < 4; i++) {
    if (cases[i].target == r) EXPECT_OK(zx_handle_close(weak));
    zx_handle_t kept = new_event(), moved = new_event();
    zx_handle_disposition_t d[2] = {item(ZX_HANDLE_OP_DUPLICATE, kept),
                                    item(ZX_HANDLE_OP_MOVE, moved)};
    EXPECT_STATUS(zx_channel_write_etc(cases[i].target, 0, NULL, 0, d, 2), cases[i].want);
    EXPECT_EQ(d[0].result, 7);
    EXPECT_EQ(d[1].result, 7);
    EXPECT_EQ(handle_count(kept), 1);
    EXPECT_FALSE(is_live(moved));
    EXPECT_OK(zx_handle_close(kept));
  }
  EXPECT_OK(zx_handle_close(target_event));
  unmake();
}

TEST(channel_write_etc_counts) {
  make();
  zx_handle_disposition_t d[65];
  zx_handle_t got[64];
  EXPECT_OK(zx_channel_write_etc(l, 0, NULL, 0, NULL, 0));
  EXPECT_OK(zx_channel_read(r, 0, NULL, NULL, 0, 0, NULL, NULL));
  for (int i = 0; i < 65; i++) d[i] = item(ZX_HANDLE_OP_MOVE, new_event());
  EXPECT_OK(send(d, 0));
  EXPECT_OK(zx_channel_read(r, 0, NULL, NULL, 0, 0, NULL, NULL));
  for (int i = 0; i < 65; i++) EXPECT_TRUE(is_live(d[i].handle));
  EXPECT_OK(send(d, 64));
  EXPECT_OK(zx_channel_read(r, 0, NULL, got, 0, 64, NULL, NULL));
  for (int i = 0; i < 64; i++) d[i] = item(ZX_HANDLE_OP_MOVE, got[i]);
  EXPECT_STATUS(send(d, 65), ZX_ERR_OUT_OF_RANGE);
  for (int i = 0; i < 65; i++) {
    EXPECT_FALSE(is_live(d[i].handle));
    EXPECT_EQ(d[i].result, 7);
  }
  unmake();
}

TEST(channel_write_etc_sizes) {
  make();
  static char big[65537];
  EXPECT_OK(zx_channel_write_etc(l, 0, big, 65536, NULL, 0));
  EXPECT_STATUS(zx_channel_write_etc(l, 0, big, 65537, NULL, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_channel_write_etc(l, 0xff, NULL, 0, NULL, 0), ZX_ERR_INVALID_ARGS);
  unmake();
}

TEST(channel_write_etc_results_on_read_only_page_invalid_args) {
  make();
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void* memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_TRUE(memory != MAP_FAILED);
  zx_handle_disposition_t* d = (zx_handle_disposition_t*)memory;
  // The results have nowhere to go; nothing has to be written when all is well.
  for (int good = 0; good < 2; good++) {
    zx_handle_t event = new_event();
    EXPECT_EQ(mprotect(memory, page, PROT_READ | PROT_WRITE), 0);
    d[0] = item(ZX_HANDLE_OP_MOVE, event);
    d[1] = item(ZX_HANDLE_OP_MOVE, good ? new_event() : ZX_HANDLE_INVALID);
    EXPECT_EQ(mprotect(memory, page, PROT_READ), 0);
    EXPECT_STATUS(send(d, 2), good ? ZX_OK : ZX_ERR_INVALID_ARGS);
    EXPECT_FALSE(is_live(event));
  }
  munmap(memory, page);
  unmake();
}

ZTEST_MAIN

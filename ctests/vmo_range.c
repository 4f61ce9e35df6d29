// SPDX-License-Identifier: MIT
// zx_vmo_set_size, zx_vmo_op_range, zx_vmo_set_cache_policy, zx_vmar_op_range.
// Specification: memory.md, sections 3.3 to 3.5, 4.7, 10.1, 10.3 to 10.5 and 10.10.

#include "vmar_fixture.h"

#include <pthread.h>

static zx_handle_t vmo_of(uint64_t size, uint32_t options) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(size, options, &vmo));
  return vmo;
}

static uint64_t size_of(zx_handle_t vmo) {
  uint64_t size = UINT64_MAX;
  EXPECT_OK(zx_vmo_get_size(vmo, &size));
  return size;
}

static uint64_t content_of(zx_handle_t vmo) {
  uint64_t size = UINT64_MAX;
  EXPECT_OK(zx_object_get_property(vmo, ZX_PROP_VMO_CONTENT_SIZE, &size, sizeof(size)));
  return size;
}

static zx_info_vmo_t info_of(zx_handle_t vmo) {
  zx_info_vmo_t info;
  memset(&info, 0xff, sizeof(info));
  EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
  return info;
}

static size_t committed(zx_handle_t vmo) { return info_of(vmo).committed_bytes / PAGE; }

static unsigned char byte_at(zx_handle_t vmo, uint64_t offset) {
  unsigned char byte = 0xee;
  EXPECT_OK(zx_vmo_read(vmo, &byte, offset, 1));
  return byte;
}

static void fill(zx_handle_t vmo, uint64_t offset, size_t len, unsigned char value) {
  unsigned char* bytes = malloc(len);
  memset(bytes, value, len);
  EXPECT_OK(zx_vmo_write(vmo, bytes, offset, len));
  free(bytes);
}

static zx_status_t op(zx_handle_t vmo, uint32_t what, uint64_t offset, uint64_t size) {
  return zx_vmo_op_range(vmo, what, offset, size, NULL, 0);
}

// Checks that in the VMO's first `len` bytes exactly `from..to` are zero, the rest is `value`.
static void expect_zero_only(zx_handle_t vmo, size_t len, size_t from, size_t to, unsigned char value) {
  unsigned char* got = malloc(len);
  unsigned char* want = malloc(len);
  memset(want, value, len);
  memset(want + from, 0, to - from);
  EXPECT_OK(zx_vmo_read(vmo, got, 0, len));
  EXPECT_BYTES(got, want, len);
  free(got);
  free(want);
}

// --- zx_vmo_set_size ----------------------------------------------------------------------------

TEST(vmo_set_size_not_resizable_unavailable) {
  zx_handle_t vmo = vmo_of(2 * PAGE, 0);
  fill(vmo, 0, 2 * PAGE, 7);
  uint64_t sizes[] = {0, PAGE, 2 * PAGE, 3 * PAGE, UINT64_MAX};
  for (size_t i = 0; i < 5; i++) EXPECT_STATUS(zx_vmo_set_size(vmo, sizes[i]), ZX_ERR_UNAVAILABLE);
  EXPECT_EQ(size_of(vmo), 2 * PAGE);
  expect_zero_only(vmo, 2 * PAGE, 0, 0, 7);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_size_rounds_up_and_sets_content_size) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_RESIZABLE);
  for (uint64_t size = 0; size <= 4 * PAGE; size += size % PAGE < 2 ? 1 : 819) {
    EXPECT_OK(zx_vmo_set_size(vmo, size));
    EXPECT_EQ(size_of(vmo), (size + PAGE - 1) / PAGE * PAGE);
    EXPECT_EQ(content_of(vmo), size);
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_size_too_large_out_of_range) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_RESIZABLE);
  EXPECT_STATUS(zx_vmo_set_size(vmo, UINT64_MAX), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_set_size(vmo, (uint64_t)1 << 63), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(size_of(vmo), PAGE);
  EXPECT_OK(zx_vmo_set_size(vmo, ((uint64_t)1 << 63) - PAGE));
  EXPECT_OK(zx_vmo_set_size(vmo, 0));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_size_handle_errors) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_RESIZABLE), event = new_event();
  zx_handle_t bare = copy_of(vmo, ZX_DEFAULT_VMO_RIGHTS & ~ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_vmo_set_size(bare, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vmo_set_size(event, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_set_size(ZX_HANDLE_INVALID, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_size_what_is_cut_off_reads_zero_later) {
  zx_handle_t vmo = vmo_of(3 * PAGE, ZX_VMO_RESIZABLE);
  fill(vmo, 0, 3 * PAGE, 9);
  EXPECT_OK(zx_vmo_set_size(vmo, PAGE + 100));
  EXPECT_EQ(size_of(vmo), 2 * PAGE);
  EXPECT_OK(zx_vmo_set_size(vmo, 3 * PAGE));
  expect_zero_only(vmo, 3 * PAGE, PAGE + 100, 3 * PAGE, 9);
  EXPECT_EQ(committed(vmo), 2);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_size_mapped_tail_faults_until_grown) {
  zx_handle_t vmo = vmo_of(4 * PAGE, ZX_VMO_RESIZABLE);
  fill(vmo, 0, 4 * PAGE, '0' - '0' + 1);
  unsigned char* at = map(ROOT, RW, 0, vmo, 0, 4 * PAGE);
  expect_access(at, "wwww");
  EXPECT_OK(zx_vmo_set_size(vmo, 2 * PAGE));
  expect_access(at, "ww--");
  EXPECT_OK(zx_vmo_set_size(vmo, 3 * PAGE));
  expect_pages(at, "110-");
  EXPECT_OK(zx_vmo_set_size(vmo, 0));
  expect_access(at, "----");
  EXPECT_OK(unmap(ROOT, at, 4 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_size_read_and_write_follow_it) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_RESIZABLE);
  unsigned char bytes[2] = {1, 2};
  EXPECT_STATUS(zx_vmo_write(vmo, bytes, PAGE - 1, 2), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_vmo_set_size(vmo, PAGE + 1));
  EXPECT_OK(zx_vmo_write(vmo, bytes, PAGE - 1, 2));
  EXPECT_EQ(byte_at(vmo, PAGE), 2);
  EXPECT_OK(zx_vmo_set_size(vmo, PAGE));
  EXPECT_STATUS(zx_vmo_read(vmo, bytes, PAGE - 1, 2), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_handle_close(vmo));
}

static zx_handle_t resized;
static int resize_done;

static void* resize_often(void* arg) {
  for (int i = 0; i < 2000; i++) EXPECT_OK(zx_vmo_set_size(resized, (uint64_t)(i % 4) * PAGE));
  __atomic_store_n(&resize_done, 1, __ATOMIC_RELEASE);
  return arg;
}

TEST(vmo_set_size_while_written_keeps_file_and_size_together) {
  resized = vmo_of(0, ZX_VMO_RESIZABLE);
  resize_done = 0;
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, resize_often, NULL), 0);
  static unsigned char bytes[3 * PAGE];
  while (!__atomic_load_n(&resize_done, __ATOMIC_ACQUIRE)) {
    zx_status_t status = zx_vmo_write(resized, bytes, 0, sizeof(bytes));
    if (status != ZX_OK) EXPECT_STATUS(status, ZX_ERR_OUT_OF_RANGE);
    status = zx_vmo_read(resized, bytes, 0, sizeof(bytes));
    if (status != ZX_OK) EXPECT_STATUS(status, ZX_ERR_OUT_OF_RANGE);
  }
  pthread_join(thread, NULL);
  EXPECT_OK(zx_vmo_set_size(resized, PAGE));
  unsigned char* at = map(ROOT, RW, 0, resized, 0, 2 * PAGE);
  expect_access(at, "w-");
  EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
  EXPECT_OK(zx_handle_close(resized));
}

// --- zx_vmo_op_range: memory --------------------------------------------------------------------

TEST(vmo_op_range_commit_decommit_commit) {
  zx_handle_t vmo = vmo_of(4 * PAGE, 0);
  EXPECT_EQ(committed(vmo), 0);
  EXPECT_EQ(info_of(vmo).metadata_bytes, 0);
  for (int round = 0; round < 2; round++) {
    EXPECT_OK(op(vmo, ZX_VMO_OP_COMMIT, 0, 4 * PAGE));
    EXPECT_EQ(committed(vmo), 4);
    EXPECT_TRUE(info_of(vmo).metadata_bytes > 0);
    fill(vmo, 0, 4 * PAGE, 5);
    EXPECT_EQ(committed(vmo), 4);
    EXPECT_OK(op(vmo, ZX_VMO_OP_DECOMMIT, 0, 4 * PAGE));
    EXPECT_EQ(committed(vmo), 0);
    expect_zero_only(vmo, 4 * PAGE, 0, 4 * PAGE, 5);
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_op_range_alignment) {
  zx_handle_t vmo = vmo_of(2 * PAGE, 0);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_DECOMMIT, 0x10, 0x100), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(op(vmo, ZX_VMO_OP_COMMIT, 0x10, 0x100));
  EXPECT_EQ(committed(vmo), 1);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_DECOMMIT, 0x10, 0x100), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_DECOMMIT, 0, 0x100), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(op(vmo, ZX_VMO_OP_COMMIT, PAGE - 1, 2));
  EXPECT_EQ(committed(vmo), 2);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_op_range_ranges_are_cut_or_refused) {
  zx_handle_t vmo = vmo_of(2 * PAGE, 0);
  uint32_t ops[] = {ZX_VMO_OP_COMMIT, ZX_VMO_OP_DECOMMIT, ZX_VMO_OP_ZERO};
  for (size_t i = 0; i < 3; i++) {
    EXPECT_OK(op(vmo, ops[i], PAGE, 100 * PAGE));
    EXPECT_OK(op(vmo, ops[i], 2 * PAGE, PAGE));
    EXPECT_OK(op(vmo, ops[i], 2 * PAGE, 0));
    EXPECT_OK(op(vmo, ops[i], 0, 0));
    EXPECT_STATUS(op(vmo, ops[i], 2 * PAGE + 1, 0), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(op(vmo, ops[i], 3 * PAGE, PAGE), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(op(vmo, ops[i], PAGE, UINT64_MAX - PAGE + 1), ZX_ERR_OUT_OF_RANGE);
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_op_range_commit_more_than_there_is_no_memory) {
  zx_handle_t vmo = vmo_of((uint64_t)1 << 60, 0);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_COMMIT, 0, (uint64_t)1 << 60), ZX_ERR_NO_MEMORY);
  EXPECT_EQ(committed(vmo), 0);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_op_range_rights) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_DISCARDABLE), event = new_event();
  zx_handle_t ro = copy_of(vmo, ZX_RIGHT_READ), wo = copy_of(vmo, ZX_RIGHT_WRITE), none = copy_of(vmo, 0);
  for (uint32_t what = 1; what <= 11; what++) {
    if (what == 5 || what == ZX_VMO_OP_LOCK || what == ZX_VMO_OP_UNLOCK) continue;
    bool either = what == ZX_VMO_OP_TRY_LOCK;
    bool read = what == ZX_VMO_OP_CACHE_SYNC || what == ZX_VMO_OP_CACHE_CLEAN ||
                what == ZX_VMO_OP_CACHE_CLEAN_INVALIDATE;
    EXPECT_STATUS(op(ro, what, 0, PAGE), read || either ? ZX_OK : ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(op(wo, what, 0, PAGE), !read ? ZX_OK : ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(op(none, what, 0, PAGE), ZX_ERR_ACCESS_DENIED);
  }
  uint32_t unknown[] = {0, 5, 12, 13, 14, 100, UINT32_MAX};
  for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
    EXPECT_STATUS(op(vmo, unknown[i], 0, PAGE), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(op(none, unknown[i], 0, PAGE), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(op(event, unknown[i], 0, PAGE), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(op(ZX_HANDLE_INVALID, unknown[i], 0, PAGE), ZX_ERR_BAD_HANDLE);
  }
  zx_handle_t all[] = {vmo, event, ro, wo, none};
  EXPECT_OK(zx_handle_close_many(all, 5));
}

TEST(vmo_op_range_decommit_shows_in_every_mapping) {
  zx_handle_t vmo = numbered_vmo(2);
  unsigned char* one = map(ROOT, RW, 0, vmo, 0, 2 * PAGE);
  unsigned char* two = map(ROOT, READ, 0, vmo, 0, 2 * PAGE);
  expect_pages(one, "12");
  expect_pages(two, "12");
  EXPECT_OK(op(vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE));
  expect_pages(one, "02");
  expect_pages(two, "02");
  EXPECT_OK(op(vmo, ZX_VMO_OP_DECOMMIT, PAGE, PAGE));
  expect_pages(one, "00");
  expect_pages(two, "00");
  EXPECT_OK(unmap(ROOT, one, 2 * PAGE));
  EXPECT_OK(unmap(ROOT, two, 2 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

static zx_handle_t decommitted;

static void* decommit_often(void* arg) {
  for (int i = 0; i < 5000; i++) EXPECT_OK(op(decommitted, ZX_VMO_OP_DECOMMIT, 0, PAGE));
  return arg;
}

TEST(vmo_op_range_decommit_while_stored_to) {
  decommitted = vmo_of(PAGE, 0);
  volatile unsigned char* at = map(ROOT, RW, 0, decommitted, 0, PAGE);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, decommit_often, NULL), 0);
  for (int i = 0; i < 100000; i++) at[i % PAGE] = 1;
  pthread_join(thread, NULL);
  at[1] = 3;
  EXPECT_EQ(byte_at(decommitted, 1), 3);
  EXPECT_OK(unmap(ROOT, at, PAGE));
  EXPECT_OK(zx_handle_close(decommitted));
}

TEST(vmo_op_range_zero_exactly_these_bytes) {
  size_t ranges[][2] = {{10, 20},           {0, 1},          {PAGE - 3, PAGE + 3}, {PAGE, 3 * PAGE},
                        {5, 3 * PAGE + 17}, {0, 4 * PAGE},   {3 * PAGE, 4 * PAGE}, {4 * PAGE - 1, 4 * PAGE},
                        {7, 7},             {PAGE, 2 * PAGE}};
  for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
    zx_handle_t vmo = vmo_of(4 * PAGE, 0);
    fill(vmo, 0, 4 * PAGE, 0xab);
    size_t from = ranges[i][0], to = ranges[i][1];
    EXPECT_OK(op(vmo, ZX_VMO_OP_ZERO, from, to - from));
    expect_zero_only(vmo, 4 * PAGE, from, to, 0xab);
    size_t whole = to / PAGE > (from + PAGE - 1) / PAGE ? to / PAGE - (from + PAGE - 1) / PAGE : 0;
    EXPECT_EQ(committed(vmo), 4 - whole);
    EXPECT_OK(zx_handle_close(vmo));
  }
}

TEST(vmo_op_range_zero_commits_nothing) {
  zx_handle_t vmo = vmo_of(4 * PAGE, 0);
  EXPECT_OK(op(vmo, ZX_VMO_OP_ZERO, 100, 2 * PAGE));
  EXPECT_EQ(committed(vmo), 0);
  EXPECT_OK(zx_handle_close(vmo));
}

// --- zx_vmo_op_range: caches --------------------------------------------------------------------

TEST(vmo_op_range_cache_ranges) {
  size_t size = 3 * PAGE;
  zx_handle_t vmo = vmo_of(size, 0);
  uint32_t ops[] = {ZX_VMO_OP_CACHE_SYNC, ZX_VMO_OP_CACHE_INVALIDATE, ZX_VMO_OP_CACHE_CLEAN,
                    ZX_VMO_OP_CACHE_CLEAN_INVALIDATE};
  for (size_t i = 0; i < 4; i++) {
    EXPECT_OK(op(vmo, ops[i], 0, 1));
    EXPECT_OK(op(vmo, ops[i], 0, size));
    EXPECT_OK(op(vmo, ops[i], 1, size - 1));
    EXPECT_OK(op(vmo, ops[i], 1, 1));
    EXPECT_OK(op(vmo, ops[i], 511, 2 * PAGE + 1));
    EXPECT_STATUS(op(vmo, ops[i], 0, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(op(vmo, ops[i], size + 1, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(op(vmo, ops[i], 0, size + 1), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(op(vmo, ops[i], size, 1), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(op(vmo, ops[i], 1, size), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(op(vmo, ops[i], UINT64_MAX, 1), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(op(vmo, ops[i], 1, UINT64_MAX), ZX_ERR_OUT_OF_RANGE);
  }
  EXPECT_EQ(committed(vmo), 0);
  fill(vmo, 0, size, 3);
  EXPECT_OK(op(vmo, ZX_VMO_OP_CACHE_CLEAN_INVALIDATE, 0, size));
  expect_zero_only(vmo, size, 0, 0, 3);
  EXPECT_OK(zx_handle_close(vmo));
}

// --- zx_vmo_op_range: discardable VMOs ----------------------------------------------------------

TEST(vmo_lock_on_others_not_supported) {
  zx_handle_t vmo = vmo_of(PAGE, 0);
  zx_vmo_lock_state_t state;
  EXPECT_STATUS(zx_vmo_op_range(vmo, ZX_VMO_OP_LOCK, 0, PAGE, &state, sizeof(state)), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_TRY_LOCK, 0, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_UNLOCK, 0, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_lock_counts) {
  zx_handle_t vmo = vmo_of(2 * PAGE, ZX_VMO_DISCARDABLE), ro = copy_of(vmo, ZX_RIGHT_READ);
  zx_vmo_lock_state_t state;
  uint32_t ops[] = {ZX_VMO_OP_LOCK, ZX_VMO_OP_TRY_LOCK, ZX_VMO_OP_UNLOCK};
  for (size_t i = 0; i < 3; i++) {
    EXPECT_STATUS(zx_vmo_op_range(vmo, ops[i], PAGE, PAGE, &state, sizeof(state)), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(zx_vmo_op_range(vmo, ops[i], 0, PAGE, &state, sizeof(state)), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(zx_vmo_op_range(vmo, ops[i], 0, 0, &state, sizeof(state)), ZX_ERR_OUT_OF_RANGE);
  }
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_UNLOCK, 0, 2 * PAGE), ZX_ERR_BAD_STATE);
  memset(&state, 0xff, sizeof(state));
  EXPECT_OK(zx_vmo_op_range(ro, ZX_VMO_OP_LOCK, 0, 2 * PAGE, &state, sizeof(state)));
  EXPECT_EQ(state.offset, 0);
  EXPECT_EQ(state.size, 2 * PAGE);
  EXPECT_EQ(state.discarded_offset, 0);
  EXPECT_EQ(state.discarded_size, 0);
  fill(vmo, 0, 2 * PAGE, 8);
  EXPECT_OK(op(vmo, ZX_VMO_OP_TRY_LOCK, 0, 2 * PAGE));
  EXPECT_OK(op(vmo, ZX_VMO_OP_UNLOCK, 0, 2 * PAGE));
  EXPECT_OK(op(ro, ZX_VMO_OP_UNLOCK, 0, 2 * PAGE));
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_UNLOCK, 0, 2 * PAGE), ZX_ERR_BAD_STATE);
  EXPECT_OK(op(vmo, ZX_VMO_OP_TRY_LOCK, 0, 2 * PAGE));
  expect_zero_only(vmo, 2 * PAGE, 0, 0, 8);
  EXPECT_OK(zx_handle_close(ro));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_lock_bad_buffer_takes_no_lock) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_DISCARDABLE);
  zx_vmo_lock_state_t state;
  void* bad;
  EXPECT_STATUS(zx_vmo_op_range(vmo, ZX_VMO_OP_LOCK, 0, PAGE, &state, 31), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmo_op_range(vmo, ZX_VMO_OP_LOCK, 0, PAGE, NULL, 0), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_write(i, sizeof(state), &bad); i++)
    EXPECT_STATUS(zx_vmo_op_range(vmo, ZX_VMO_OP_LOCK, 0, PAGE, bad, sizeof(state)), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_UNLOCK, 0, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_size_of_locked_ok) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_DISCARDABLE | ZX_VMO_RESIZABLE);
  EXPECT_OK(op(vmo, ZX_VMO_OP_TRY_LOCK, 0, PAGE));
  EXPECT_OK(zx_vmo_set_size(vmo, 2 * PAGE));
  EXPECT_OK(op(vmo, ZX_VMO_OP_UNLOCK, 0, 2 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

// --- zx_vmo_set_cache_policy --------------------------------------------------------------------

TEST(vmo_set_cache_policy_all_of_them) {
  zx_handle_t vmo = vmo_of(PAGE, 0);
  EXPECT_EQ(info_of(vmo).cache_policy, ZX_CACHE_POLICY_CACHED);
  for (uint32_t policy = 0; policy < 4; policy++) {
    EXPECT_OK(zx_vmo_set_cache_policy(vmo, policy));
    EXPECT_EQ(info_of(vmo).cache_policy, policy);
    zx_info_vmo_v1_t old;
    EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO_V1, &old, sizeof(old), NULL, NULL));
    EXPECT_EQ(old.cache_policy, policy);
    EXPECT_OK(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_CACHED));
  }
  for (int bit = 2; bit < 32; bit++) {
    EXPECT_STATUS(zx_vmo_set_cache_policy(vmo, 1u << bit), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_vmo_set_cache_policy(ZX_HANDLE_INVALID, 1u << bit), ZX_ERR_INVALID_ARGS);
  }
  zx_handle_t bare = copy_of(vmo, ZX_DEFAULT_VMO_RIGHTS & ~ZX_RIGHT_MAP);
  EXPECT_STATUS(zx_vmo_set_cache_policy(bare, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_set_cache_policy_states) {
  zx_handle_t vmo = vmo_of(PAGE, 0);
  unsigned char byte = 1;
  volatile unsigned char* at = map(ROOT, RW, 0, vmo, 0, PAGE);
  EXPECT_STATUS(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED), ZX_ERR_BAD_STATE);
  EXPECT_OK(unmap(ROOT, at, PAGE));
  EXPECT_OK(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED));
  EXPECT_STATUS(zx_vmo_read(vmo, &byte, 0, 1), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmo_write(vmo, &byte, 0, 1), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmo_read(vmo, &byte, PAGE, 1), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmo_read(vmo, &byte, UINT64_MAX, 2), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(op(vmo, ZX_VMO_OP_ZERO, 0, 1), ZX_ERR_BAD_STATE);
  at = map(ROOT, RW, 0, vmo, 0, PAGE);
  at[5] = 6;
  EXPECT_OK(unmap(ROOT, at, PAGE));
  EXPECT_STATUS(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_CACHED), ZX_ERR_BAD_STATE);
  EXPECT_OK(op(vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE));
  EXPECT_OK(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_CACHED));
  EXPECT_OK(zx_vmo_write(vmo, &byte, 0, 1));
  EXPECT_OK(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_WRITE_COMBINING));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_info_counts_mappings_of_all_spaces) {
  zx_handle_t vmo = vmo_of(4 * PAGE, 0);
  EXPECT_EQ(info_of(vmo).num_mappings, 0);
  EXPECT_EQ(info_of(vmo).share_count, 1);
  unsigned char* at = map(ROOT, RW, 0, vmo, 0, 4 * PAGE);
  EXPECT_EQ(info_of(vmo).num_mappings, 1);
  EXPECT_OK(unmap(ROOT, at + PAGE, PAGE));
  EXPECT_EQ(info_of(vmo).num_mappings, 2);
  EXPECT_EQ(info_of(vmo).share_count, 1);
  EXPECT_OK(unmap(ROOT, at, 4 * PAGE));
  EXPECT_EQ(info_of(vmo).num_mappings, 0);
  EXPECT_OK(zx_handle_close(vmo));
}

// --- zx_vmar_op_range ---------------------------------------------------------------------------

static zx_status_t vmar_op(zx_handle_t vmar, uint32_t what, const volatile void* at, size_t len) {
  return zx_vmar_op_range(vmar, what, (zx_vaddr_t)(uintptr_t)at, len, NULL, 0);
}

TEST(vmar_op_range_decommit) {
  region_t region = region_of(8);
  zx_handle_t one = numbered_vmo(2), two = numbered_vmo(2);
  unsigned char* at = map(region.handle, RW | ZX_VM_SPECIFIC, 0, one, 0, 2 * PAGE);
  map(region.handle, RW | ZX_VM_SPECIFIC, 2 * PAGE, two, 0, 2 * PAGE);
  map(region.handle, READ | ZX_VM_SPECIFIC, 5 * PAGE, two, 0, 2 * PAGE);
  EXPECT_OK(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + PAGE, 2 * PAGE));
  EXPECT_EQ(committed(one), 1);
  expect_pages(at, "1002-02-");
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at, 6 * PAGE), ZX_ERR_BAD_STATE);
  expect_pages(at, "0000-00-");
  EXPECT_OK(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + 5 * PAGE, 2 * PAGE - 1));
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + 6 * PAGE, 2 * PAGE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + 4 * PAGE, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + 8 * PAGE, PAGE), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + 7 * PAGE, 2 * PAGE), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + 1, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at, SIZE_MAX), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_op_range(region.handle, ZX_VMAR_OP_DECOMMIT, region.base, PAGE, at, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_op_range(region.handle, ZX_VMAR_OP_DECOMMIT, region.base, PAGE, NULL, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(vmar_op(region.handle, 99, at, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(vmar_op(region.handle, 99, at + 4 * PAGE, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_OK(vmar_op(region.handle, ZX_VMAR_OP_MAP_RANGE, at, 4 * PAGE));
  EXPECT_OK(vmar_op(region.handle, ZX_VMAR_OP_MAP_RANGE, at, 4 * PAGE));
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_MAP_RANGE, at, 5 * PAGE), ZX_ERR_BAD_STATE);
  zx_handle_t bare = copy_of(region.handle, ZX_RIGHT_READ);
  EXPECT_STATUS(vmar_op(bare, ZX_VMAR_OP_DECOMMIT, at, PAGE), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(vmar_op(one, ZX_VMAR_OP_DECOMMIT, at, PAGE), ZX_ERR_WRONG_TYPE);
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_vmar_destroy(region.handle));
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(region.handle));
  EXPECT_OK(zx_handle_close(one));
  EXPECT_OK(zx_handle_close(two));
}

TEST(vmar_op_range_what_can_never_be_written_access_denied) {
  zx_handle_t vmo = numbered_vmo(2), ro = copy_of(vmo, ZX_RIGHT_READ | ZX_RIGHT_MAP);
  region_t region = region_of(4);
  unsigned char* at = map(region.handle, READ | ZX_VM_SPECIFIC, 0, ro, 0, 2 * PAGE);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at, PAGE), ZX_ERR_ACCESS_DENIED);
  expect_pages(at, "12");
  EXPECT_OK(vmar_op(region.handle, ZX_VMAR_OP_MAP_RANGE, at, 2 * PAGE));
  region_t inner = region_in(region.handle, CAN_RW | ZX_VM_CAN_MAP_SPECIFIC | ZX_VM_SPECIFIC, 2 * PAGE, 2 * PAGE);
  map(inner.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, 2 * PAGE);
  EXPECT_STATUS(vmar_op(region.handle, ZX_VMAR_OP_DECOMMIT, at + 2 * PAGE, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(inner.handle));
  destroy(region);
  EXPECT_OK(zx_handle_close(ro));
  EXPECT_OK(zx_handle_close(vmo));
}

ZTEST_MAIN

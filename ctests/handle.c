// SPDX-License-Identifier: MIT
// zx_handle_close, _close_many, _duplicate, _replace. Specification: objects.md, sections 2, 3 and 8.

#include "ztest.h"

#include "objects.h"

#define UNTOUCHED 0xabcdefu

// --- zx_handle_close ----------------------------------------------------------------------------

TEST(handle_close_zero_ok) {
  EXPECT_OK(zx_handle_close(ZX_HANDLE_INVALID));
  EXPECT_OK(zx_handle_close(ZX_HANDLE_INVALID));
}

TEST(handle_close_live_handle_ok) {
  zx_handle_t port = new_port();
  EXPECT_TRUE(is_live(port));
  EXPECT_OK(zx_handle_close(port));
  EXPECT_FALSE(is_live(port));
}

TEST(handle_close_twice_bad_handle) {
  zx_handle_t port = new_port();
  EXPECT_OK(zx_handle_close(port));
  EXPECT_STATUS(zx_handle_close(port), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_close(port), ZX_ERR_BAD_HANDLE);
}

TEST(handle_close_made_up_bad_handle) {
  const zx_handle_t values[] = {1, 2, 3, 4, 0x7fffffffu, 0x80000000u, 0xfffffffeu, 0xffffffffu};
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
    EXPECT_STATUS(zx_handle_close(values[i]), ZX_ERR_BAD_HANDLE);
}

TEST(handle_close_wrong_low_bits_bad_handle) {
  zx_handle_t port = new_port();
  EXPECT_EQ(port & ZX_HANDLE_FIXED_BITS_MASK, ZX_HANDLE_FIXED_BITS_MASK);
  for (zx_handle_t low = 0; low < ZX_HANDLE_FIXED_BITS_MASK; low++)
    EXPECT_STATUS(zx_handle_close((port & ~ZX_HANDLE_FIXED_BITS_MASK) | low), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_close_no_rights_ok) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_RIGHT_NONE);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_TRUE(is_live(port));
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_close_one_of_two_other_lives) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  zx_koid_t koid = basic_info(port).koid;
  EXPECT_OK(zx_handle_close(port));
  EXPECT_EQ(basic_info(copy).koid, koid);
  EXPECT_OK(zx_handle_close(copy));
}

TEST(handle_close_stale_value_after_reuse_bad_handle) {
  zx_handle_t old = stale_handle();
  zx_handle_t newer[100];
  for (size_t i = 0; i < 100; i++) newer[i] = new_port();
  EXPECT_STATUS(zx_handle_close(old), ZX_ERR_BAD_HANDLE);
  for (size_t i = 0; i < 100; i++) EXPECT_OK(zx_handle_close(newer[i]));
}

// --- zx_handle_close_many -----------------------------------------------------------------------

TEST(handle_close_many_no_handles_ok) {
  EXPECT_OK(zx_handle_close_many(NULL, 0));
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_OK(zx_handle_close_many((const zx_handle_t*)bad, 0));
  zx_handle_t port = new_port();
  EXPECT_OK(zx_handle_close_many(&port, 0));
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_close_many_live_handles_ok) {
  enum { COUNT = 200 };  // several blocks of 64
  zx_handle_t handles[COUNT];
  for (size_t i = 0; i < COUNT; i++) handles[i] = new_port();
  EXPECT_OK(zx_handle_close_many(handles, COUNT));
  for (size_t i = 0; i < COUNT; i++) EXPECT_STATUS(zx_handle_close(handles[i]), ZX_ERR_BAD_HANDLE);
}

TEST(handle_close_many_zero_entries_skipped) {
  zx_handle_t handles[] = {0, 0, new_port(), 0, new_vmo(), 0, new_port(), 0};
  EXPECT_OK(zx_handle_close_many(handles, 8));
  for (size_t i = 0; i < 8; i++)
    if (handles[i]) EXPECT_FALSE(is_live(handles[i]));
}

TEST(handle_close_many_only_zero_entries_ok) {
  zx_handle_t handles[70] = {0};
  EXPECT_OK(zx_handle_close_many(handles, 70));
}

TEST(handle_close_many_same_handle_twice_bad_handle_all_closed) {
  zx_handle_t first = new_port(), second = new_port(), third = new_port();
  zx_handle_t handles[] = {first, second, first, third};
  EXPECT_STATUS(zx_handle_close_many(handles, 4), ZX_ERR_BAD_HANDLE);
  EXPECT_FALSE(is_live(first));
  EXPECT_FALSE(is_live(second));
  EXPECT_FALSE(is_live(third));
}

TEST(handle_close_many_dead_entries_bad_handle_others_closed) {
  zx_handle_t dead = stale_handle();
  zx_handle_t live[] = {new_port(), new_port(), new_port()};
  zx_handle_t handles[] = {dead, live[0], 2, live[1], dead, 0xffffffffu, live[2]};
  EXPECT_STATUS(zx_handle_close_many(handles, 7), ZX_ERR_BAD_HANDLE);
  for (size_t i = 0; i < 3; i++) EXPECT_FALSE(is_live(live[i]));
}

TEST(handle_close_many_dead_entry_in_one_block_bad_handle) {
  for (size_t where = 0; where < 192; where += 64) {
    zx_handle_t handles[192];
    for (size_t i = 0; i < 192; i++) handles[i] = new_port();
    EXPECT_OK(zx_handle_close(handles[where]));
    EXPECT_STATUS(zx_handle_close_many(handles, 192), ZX_ERR_BAD_HANDLE);
    for (size_t i = 0; i < 192; i++) EXPECT_FALSE(is_live(handles[i]));
  }
}

TEST(handle_close_many_bad_array_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_read(i, 2 * sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_handle_close_many((const zx_handle_t*)bad, 2), ZX_ERR_INVALID_ARGS);
}

TEST(handle_close_many_unreadable_block_invalid_args_none_of_it_closed) {
  // Four entries, the last one behind the end of the mapping.
  zx_handle_t* end = (zx_handle_t*)(void*)(ztest_page_row() + sysconf(_SC_PAGESIZE));
  zx_handle_t live[] = {new_port(), new_port(), new_port()};
  memcpy(end - 3, live, sizeof(live));
  EXPECT_STATUS(zx_handle_close_many(end - 3, 4), ZX_ERR_INVALID_ARGS);
  for (size_t i = 0; i < 3; i++) EXPECT_OK(zx_handle_close(live[i]));
}

TEST(handle_close_many_second_block_unreadable_first_closed) {
  zx_handle_t* end = (zx_handle_t*)(void*)(ztest_page_row() + sysconf(_SC_PAGESIZE));
  zx_handle_t live[64];
  for (size_t i = 0; i < 64; i++) live[i] = new_port();
  memcpy(end - 64, live, sizeof(live));
  EXPECT_STATUS(zx_handle_close_many(end - 64, 65), ZX_ERR_INVALID_ARGS);
  for (size_t i = 0; i < 64; i++) EXPECT_FALSE(is_live(live[i]));
}

TEST(handle_close_many_enormous_count_invalid_args) {
  zx_handle_t* end = (zx_handle_t*)(void*)(ztest_page_row() + sysconf(_SC_PAGESIZE));
  memset(end - 128, 0, 128 * sizeof(zx_handle_t));
  const size_t counts[] = {SIZE_MAX, SIZE_MAX / 4 + 1, SIZE_MAX / 4 + 2, SIZE_MAX / 2, SIZE_MAX / 8};
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
    EXPECT_STATUS(zx_handle_close_many(end - 128, counts[i]), ZX_ERR_INVALID_ARGS);
}

TEST(handle_close_many_unaligned_array_ok) {
  zx_handle_t port = new_port();
  unsigned char bytes[8];
  memcpy(bytes + 1, &port, sizeof(port));
  EXPECT_OK(zx_handle_close_many((const zx_handle_t*)(const void*)(bytes + 1), 1));
  EXPECT_FALSE(is_live(port));
}

// --- zx_handle_duplicate ------------------------------------------------------------------------

TEST(handle_duplicate_same_rights_ok) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  EXPECT_NE(copy, port);
  zx_info_handle_basic_t a = basic_info(port), b = basic_info(copy);
  EXPECT_BYTES(&a, &b, sizeof(a));
  EXPECT_EQ(b.rights, ZX_DEFAULT_PORT_RIGHTS);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_every_subset_exact_rights) {
  zx_handle_t port = new_port();
  const zx_rights_t bits[] = {ZX_RIGHT_DUPLICATE, ZX_RIGHT_TRANSFER, ZX_RIGHT_READ, ZX_RIGHT_WRITE,
                              ZX_RIGHT_INSPECT};
  for (unsigned set = 0; set < 32; set++) {
    zx_rights_t rights = ZX_RIGHT_NONE;
    for (unsigned bit = 0; bit < 5; bit++)
      if (set >> bit & 1) rights |= bits[bit];
    zx_handle_t copy = copy_of(port, rights);
    EXPECT_EQ(basic_info(copy).rights, rights);
    EXPECT_OK(zx_handle_close(copy));
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_zero_bad_handle) {
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(zx_handle_duplicate(ZX_HANDLE_INVALID, ZX_RIGHT_SAME_RIGHTS, &out),
                ZX_ERR_BAD_HANDLE);
  EXPECT_EQ(out, UNTOUCHED);
}

TEST(handle_duplicate_dead_handle_bad_handle_first) {
  zx_handle_t dead = stale_handle();
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(zx_handle_duplicate(dead, ZX_RIGHT_SAME_RIGHTS, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_duplicate(dead, 0xffffffffu, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_duplicate(dead, ZX_RIGHT_SAME_RIGHTS, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_EQ(out, UNTOUCHED);
}

TEST(handle_duplicate_no_duplicate_right_access_denied_before_rights) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_DEFAULT_PORT_RIGHTS & ~ZX_RIGHT_DUPLICATE);
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(zx_handle_duplicate(copy, ZX_RIGHT_SAME_RIGHTS, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_handle_duplicate(copy, ZX_RIGHT_READ, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_handle_duplicate(copy, ZX_RIGHT_NONE, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_handle_duplicate(copy, 0xffffffffu, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_handle_duplicate(copy, ZX_RIGHT_SAME_RIGHTS, NULL), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(out, UNTOUCHED);
  EXPECT_EQ(handle_count(port), 2);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_more_rights_invalid_args) {
  zx_handle_t port = new_port();
  const zx_rights_t rights[] = {
      ZX_RIGHT_EXECUTE, ZX_DEFAULT_PORT_RIGHTS | ZX_RIGHT_WAIT, ZX_RIGHT_READ | ZX_RIGHT_MAP,
      ZX_RIGHT_SAME_RIGHTS | ZX_RIGHT_READ, ZX_RIGHT_SAME_RIGHTS | ZX_DEFAULT_PORT_RIGHTS,
      ZX_RIGHT_READ | (1u << 20), 1u << 30, 0x7fffffffu, 0xffffffffu};
  for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
    zx_handle_t out = UNTOUCHED;
    EXPECT_STATUS(zx_handle_duplicate(port, rights[i], &out), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, UNTOUCHED);
  }
  EXPECT_EQ(handle_count(port), 1);
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_bad_out_invalid_args_source_lives) {
  zx_handle_t port = new_port();
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++) {
    EXPECT_STATUS(zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, (zx_handle_t*)bad),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(handle_count(port), 1);
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_unaligned_out_ok) {
  zx_handle_t port = new_port();
  unsigned char bytes[8] = {0};
  EXPECT_OK(zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, (zx_handle_t*)(void*)(bytes + 1)));
  zx_handle_t copy;
  memcpy(&copy, bytes + 1, sizeof(copy));
  EXPECT_EQ(bytes[0], 0);
  EXPECT_EQ(bytes[5], 0);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_4096_rounds_values_differ) {
  enum { ROUNDS = 4096 };
  static zx_handle_t values[ROUNDS];
  zx_handle_t port = new_port();
  for (size_t i = 0; i < ROUNDS; i++) {
    values[i] = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
    EXPECT_EQ(values[i] & ZX_HANDLE_FIXED_BITS_MASK, ZX_HANDLE_FIXED_BITS_MASK);
    EXPECT_OK(zx_handle_close(values[i]));
  }
  size_t same = 0;
  for (size_t i = 0; i < ROUNDS; i++) {
    if (values[i] == port) same++;
    for (size_t j = 0; j < i; j++)
      if (values[i] == values[j]) same++;
  }
  EXPECT_EQ(same, 0);
  for (size_t i = 0; i < ROUNDS; i++) EXPECT_FALSE(is_live(values[i]));
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_many_live_values_well_formed) {
  enum { COUNT = 5000 };
  static zx_handle_t handles[COUNT];
  zx_handle_t port = new_port();
  for (size_t i = 0; i < COUNT; i++) handles[i] = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  EXPECT_EQ(handle_count(port), COUNT + 1);
  size_t wrong = 0;
  for (size_t i = 0; i < COUNT; i++) {
    if ((handles[i] & 3) != 3 || handles[i] == 0xffffffffu || handles[i] == 3) wrong++;
    for (size_t j = 0; j < i; j++)
      if (handles[i] == handles[j]) wrong++;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_OK(zx_handle_close_many(handles, COUNT));
  EXPECT_EQ(handle_count(port), 1);
  EXPECT_OK(zx_handle_close(port));
}

TEST(handle_duplicate_full_table_no_memory) {
  enum { LIMIT = 1 << 22 };  // a library without any limit would never end the test
  zx_handle_t* handles = (zx_handle_t*)malloc(LIMIT * sizeof(zx_handle_t));
  ASSERT_TRUE(handles != NULL);
  zx_handle_t port = new_port();
  zx_status_t status = ZX_OK;
  size_t count = 0;
  while (count < LIMIT) {
    status = zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, &handles[count]);
    if (status != ZX_OK) break;
    count++;
  }
  EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
  EXPECT_TRUE(count > 100000);
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(zx_port_create(0, &out), ZX_ERR_NO_MEMORY);
  EXPECT_EQ(out, UNTOUCHED);
  EXPECT_EQ(handle_count(port), count + 1);
  EXPECT_OK(zx_handle_close_many(handles, count));
  EXPECT_EQ(handle_count(port), 1);
  EXPECT_OK(zx_handle_close(copy_of(port, ZX_RIGHT_SAME_RIGHTS)));
  EXPECT_OK(zx_handle_close(port));
  free(handles);
}

// --- zx_handle_replace --------------------------------------------------------------------------

TEST(handle_replace_same_rights_ok) {
  zx_handle_t port = new_port();
  zx_info_handle_basic_t before = basic_info(port);
  zx_handle_t out = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_handle_replace(port, ZX_RIGHT_SAME_RIGHTS, &out));
  EXPECT_NE(out, port);
  EXPECT_EQ(out & 3, 3);
  EXPECT_FALSE(is_live(port));
  zx_info_handle_basic_t after = basic_info(out);
  EXPECT_BYTES(&before, &after, sizeof(before));
  EXPECT_EQ(handle_count(out), 1);
  EXPECT_OK(zx_handle_close(out));
}

TEST(handle_replace_fewer_rights_without_duplicate_ok) {
  zx_handle_t port = new_port();
  zx_handle_t second = ZX_HANDLE_INVALID, third = ZX_HANDLE_INVALID, fourth = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_handle_replace(port, ZX_RIGHT_READ | ZX_RIGHT_WRITE, &second));
  EXPECT_EQ(basic_info(second).rights, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
  EXPECT_OK(zx_handle_replace(second, ZX_RIGHT_READ, &third));
  EXPECT_EQ(basic_info(third).rights, ZX_RIGHT_READ);
  EXPECT_OK(zx_handle_replace(third, ZX_RIGHT_NONE, &fourth));
  EXPECT_EQ(basic_info(fourth).rights, ZX_RIGHT_NONE);
  EXPECT_STATUS(zx_handle_close(port), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_close(second), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_close(third), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(fourth));
}

TEST(handle_replace_zero_or_dead_bad_handle) {
  zx_handle_t out = UNTOUCHED;
  zx_handle_t dead = stale_handle();
  EXPECT_STATUS(zx_handle_replace(0, ZX_RIGHT_SAME_RIGHTS, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_replace(dead, ZX_RIGHT_SAME_RIGHTS, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_replace(dead, 0xffffffffu, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_handle_replace(dead, ZX_RIGHT_SAME_RIGHTS, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_EQ(out, UNTOUCHED);
}

TEST(handle_replace_more_rights_invalid_args_source_closed) {
  const zx_rights_t rights[] = {ZX_RIGHT_EXECUTE, ZX_DEFAULT_PORT_RIGHTS | ZX_RIGHT_WAIT,
                                ZX_RIGHT_SAME_RIGHTS | ZX_RIGHT_READ, 1u << 30, 0xffffffffu};
  for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
    zx_handle_t keep = new_port();
    zx_handle_t port = copy_of(keep, ZX_RIGHT_SAME_RIGHTS);
    zx_handle_t out = UNTOUCHED;
    EXPECT_STATUS(zx_handle_replace(port, rights[i], &out), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, UNTOUCHED);
    EXPECT_STATUS(zx_handle_close(port), ZX_ERR_BAD_HANDLE);
    EXPECT_EQ(handle_count(keep), 1);
    EXPECT_OK(zx_handle_close(keep));
  }
}

TEST(handle_replace_bad_out_invalid_args_both_gone) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++) {
    zx_handle_t keep = new_port();
    zx_handle_t port = copy_of(keep, ZX_RIGHT_SAME_RIGHTS);
    EXPECT_STATUS(zx_handle_replace(port, ZX_RIGHT_SAME_RIGHTS, (zx_handle_t*)bad),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_handle_close(port), ZX_ERR_BAD_HANDLE);
    EXPECT_EQ(handle_count(keep), 1);
    EXPECT_OK(zx_handle_close(keep));
  }
}

TEST(handle_replace_only_handle_object_survives) {
  zx_handle_t port = new_port();
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  packet.key = 77;
  EXPECT_OK(zx_port_queue(port, &packet));
  zx_handle_t out = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_handle_replace(port, ZX_RIGHT_SAME_RIGHTS, &out));
  packet.key = 0;
  EXPECT_OK(zx_port_wait(out, 0, &packet));
  EXPECT_EQ(packet.key, 77);
  EXPECT_OK(zx_handle_close(out));
}

TEST(handle_replace_4096_rounds_values_differ) {
  enum { ROUNDS = 4096 };
  static zx_handle_t values[ROUNDS + 1];
  values[0] = new_port();
  for (size_t i = 0; i < ROUNDS; i++)
    EXPECT_OK(zx_handle_replace(values[i], ZX_RIGHT_SAME_RIGHTS, &values[i + 1]));
  size_t same = 0;
  for (size_t i = 0; i < ROUNDS; i++)  // the last one may be the first again
    for (size_t j = 0; j < i; j++)
      if (values[i] == values[j]) same++;
  EXPECT_EQ(same, 0);
  EXPECT_OK(zx_handle_close(values[ROUNDS]));
}

ZTEST_MAIN

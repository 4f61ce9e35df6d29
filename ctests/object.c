// SPDX-License-Identifier: MIT
// zx_object_get_info: the topics about handles. Specification: objects.md, sections 4 to 6 and 11.

#include "ztest.h"

#include <zircon/process.h>

#include "objects.h"

#define UNTOUCHED 0xabcdefu

// --- zx_object_get_info: topics -----------------------------------------------------------------

TEST(object_get_info_unknown_topic_not_supported_before_handle) {
  const uint32_t topics[] = {ZX_INFO_NONE, 5, 6, 34, 0x1234, 0x0fffffffu, 0xffffffffu,
                             ZX_INFO_HANDLE_VALID | 1u << 28, ZX_INFO_HANDLE_BASIC | 7u << 28,
                             ZX_INFO_HANDLE_COUNT | 15u << 28};
  zx_handle_t port = new_port(), dead = stale_handle();
  for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
    char buffer[256];
    size_t actual = UNTOUCHED, avail = UNTOUCHED;
    EXPECT_STATUS(zx_object_get_info(port, topics[i], buffer, 256, &actual, &avail),
                  ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(zx_object_get_info(dead, topics[i], buffer, 256, &actual, &avail),
                  ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(zx_object_get_info(0, topics[i], NULL, 0, NULL, NULL), ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(zx_object_get_info(0, topics[i], (void*)1, 256, (size_t*)1, (size_t*)1),
                  ZX_ERR_NOT_SUPPORTED);
    EXPECT_EQ(actual, UNTOUCHED);
    EXPECT_EQ(avail, UNTOUCHED);
  }
  EXPECT_OK(zx_handle_close(port));
}

// --- ZX_INFO_HANDLE_VALID -----------------------------------------------------------------------

TEST(object_get_info_handle_valid_live_ok) {
  zx_handle_t port = new_port();
  zx_handle_t bare = copy_of(port, ZX_RIGHT_NONE);
  EXPECT_OK(zx_object_get_info(port, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL));
  EXPECT_OK(zx_object_get_info(bare, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL));
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_handle_valid_dead_bad_handle) {
  EXPECT_STATUS(zx_object_get_info(0, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_info(stale_handle(), ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_info(0xffffffffu, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL),
                ZX_ERR_BAD_HANDLE);
}

TEST(object_get_info_handle_valid_pointers_ignored) {
  zx_handle_t port = new_port();
  void* bad;
  for (int i = 0; ztest_bad_write(i, 8, &bad); i++)
    EXPECT_OK(zx_object_get_info(port, ZX_INFO_HANDLE_VALID, bad, SIZE_MAX, (size_t*)bad,
                                 (size_t*)bad));
  char buffer[8] = "1234567";
  size_t actual = UNTOUCHED, avail = UNTOUCHED;
  EXPECT_OK(zx_object_get_info(port, ZX_INFO_HANDLE_VALID, buffer, 8, &actual, &avail));
  EXPECT_BYTES(buffer, "1234567", 8);
  EXPECT_EQ(actual, UNTOUCHED);
  EXPECT_EQ(avail, UNTOUCHED);
  EXPECT_OK(zx_handle_close(port));
}

// --- ZX_INFO_HANDLE_BASIC -----------------------------------------------------------------------

static void expect_basic(zx_handle_t handle, zx_obj_type_t type, zx_rights_t rights) {
  zx_info_handle_basic_t info = basic_info(handle);
  EXPECT_EQ(info.type, type);
  EXPECT_EQ(info.rights, rights);
  EXPECT_TRUE(info.koid >= ZX_KOID_FIRST);
  EXPECT_TRUE(info.koid <= INT64_MAX);
  EXPECT_EQ(info.reserved, 0);
}

TEST(object_get_info_handle_basic_port_default_rights) {
  zx_handle_t port = new_port();
  expect_basic(port, ZX_OBJ_TYPE_PORT, 0x800f);
  EXPECT_EQ(basic_info(port).related_koid, 0);
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_handle_basic_vmo_default_rights) {
  zx_handle_t vmo = new_vmo();
  expect_basic(vmo, ZX_OBJ_TYPE_VMO, 0xd0ef);
  EXPECT_EQ(basic_info(vmo).related_koid, 0);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(object_get_info_handle_basic_process_and_root_vmar) {
  expect_basic(zx_process_self(), ZX_OBJ_TYPE_PROCESS, 0x6d3cf);
  expect_basic(zx_vmar_root_self(), ZX_OBJ_TYPE_VMAR, 0x801f);
  EXPECT_EQ(zx_process_self(), zx_process_self());
  EXPECT_EQ(zx_vmar_root_self(), zx_vmar_root_self());
}

TEST(object_get_info_handle_basic_koids_unique_and_increasing) {
  zx_koid_t last = 0;
  for (size_t i = 0; i < 1000; i++) {
    zx_handle_t handle = i % 2 ? new_port() : new_vmo();
    zx_koid_t koid = basic_info(handle).koid;
    EXPECT_TRUE(koid > last);
    last = koid;
    EXPECT_OK(zx_handle_close(handle));
  }
}

TEST(object_get_info_handle_basic_no_rights_ok) {
  zx_handle_t port = new_port();
  zx_handle_t bare = copy_of(port, ZX_RIGHT_NONE);
  EXPECT_EQ(basic_info(bare).rights, ZX_RIGHT_NONE);
  EXPECT_EQ(basic_info(bare).koid, basic_info(port).koid);
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_handle_basic_writes_exactly_the_record) {
  zx_handle_t port = new_port();
  unsigned char buffer[64];
  memset(buffer, 0xaa, sizeof(buffer));
  size_t actual = UNTOUCHED, avail = UNTOUCHED;
  EXPECT_OK(zx_object_get_info(port, ZX_INFO_HANDLE_BASIC, buffer + 1, 63, &actual, &avail));
  EXPECT_EQ(actual, 1);
  EXPECT_EQ(avail, 1);
  EXPECT_EQ(sizeof(zx_info_handle_basic_t), 32);
  static const unsigned char zeros[8];
  EXPECT_BYTES(buffer + 1 + 24, zeros, 8);  // reserved and padding
  EXPECT_EQ(buffer[0], 0xaa);
  for (size_t i = 33; i < 64; i++) EXPECT_EQ(buffer[i], 0xaa);
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_handle_basic_exact_size_at_end_of_mapping_ok) {
  zx_handle_t port = new_port();
  unsigned char* end = ztest_page_row() + sysconf(_SC_PAGESIZE);
  memset(end - 32, 0, 32);
  EXPECT_OK(zx_object_get_info(port, ZX_INFO_HANDLE_BASIC, end - 32, 32, NULL, NULL));
  zx_info_handle_basic_t info;
  memcpy(&info, end - 32, sizeof(info));
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_PORT);
  // What lies behind the record need not be writable.
  EXPECT_OK(zx_object_get_info(port, ZX_INFO_HANDLE_BASIC, end - 32, 4096, NULL, NULL));
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_handle_basic_dead_bad_handle) {
  zx_info_handle_basic_t info;
  zx_handle_t dead = stale_handle();
  EXPECT_STATUS(zx_object_get_info(0, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_info(dead, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_info(dead, ZX_INFO_HANDLE_BASIC, NULL, 0, NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_info(dead, ZX_INFO_HANDLE_BASIC, (void*)1, 32, (size_t*)1,
                                   (size_t*)1),
                ZX_ERR_BAD_HANDLE);
}

// --- Sizes and pointers of the single-record topics ----------------------------------------------

static const struct {
  uint32_t topic;
  size_t size;
} kRecords[] = {{ZX_INFO_HANDLE_BASIC, sizeof(zx_info_handle_basic_t)},
                {ZX_INFO_HANDLE_COUNT, sizeof(zx_info_handle_count_t)}};

TEST(object_get_info_short_buffer_buffer_too_small) {
  zx_handle_t port = new_port();
  for (size_t t = 0; t < 2; t++) {
    for (size_t size = 0; size < kRecords[t].size; size++) {
      unsigned char buffer[32];
      memset(buffer, 0xaa, sizeof(buffer));
      size_t actual = UNTOUCHED, avail = UNTOUCHED;
      uint32_t topic = kRecords[t].topic;
      EXPECT_STATUS(zx_object_get_info(port, topic, buffer, size, &actual, &avail),
                    ZX_ERR_BUFFER_TOO_SMALL);
      EXPECT_EQ(actual, 0);
      EXPECT_EQ(avail, 1);
      for (size_t i = 0; i < sizeof(buffer); i++) EXPECT_EQ(buffer[i], 0xaa);
      EXPECT_STATUS(zx_object_get_info(port, topic, NULL, size, NULL, NULL),
                    ZX_ERR_BUFFER_TOO_SMALL);
      EXPECT_STATUS(zx_object_get_info(port, topic, (void*)1, size, NULL, NULL),
                    ZX_ERR_BUFFER_TOO_SMALL);
    }
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_short_buffer_bad_actual_or_avail_invalid_args) {
  zx_handle_t port = new_port();
  void* bad;
  for (size_t t = 0; t < 2; t++) {
    for (int i = 0; ztest_bad_write(i, sizeof(size_t), &bad); i++) {
      if (bad == NULL) continue;
      uint32_t topic = kRecords[t].topic;
      EXPECT_STATUS(zx_object_get_info(port, topic, NULL, 0, (size_t*)bad, NULL),
                    ZX_ERR_INVALID_ARGS);
      EXPECT_STATUS(zx_object_get_info(port, topic, NULL, 0, NULL, (size_t*)bad),
                    ZX_ERR_INVALID_ARGS);
    }
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_bad_buffer_invalid_args_counts_untouched) {
  zx_handle_t port = new_port();
  void* bad;
  for (size_t t = 0; t < 2; t++) {
    for (int i = 0; ztest_bad_write(i, kRecords[t].size, &bad); i++) {
      size_t actual = UNTOUCHED, avail = UNTOUCHED;
      uint32_t topic = kRecords[t].topic;
      EXPECT_STATUS(zx_object_get_info(port, topic, bad, kRecords[t].size, &actual, &avail),
                    ZX_ERR_INVALID_ARGS);
      EXPECT_STATUS(zx_object_get_info(port, topic, bad, SIZE_MAX, &actual, &avail),
                    ZX_ERR_INVALID_ARGS);
      EXPECT_EQ(actual, UNTOUCHED);
      EXPECT_EQ(avail, UNTOUCHED);
    }
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_bad_actual_or_avail_invalid_args) {
  zx_handle_t port = new_port();
  void* bad;
  for (size_t t = 0; t < 2; t++) {
    for (int i = 0; ztest_bad_write(i, sizeof(size_t), &bad); i++) {
      if (bad == NULL) continue;  // optional
      unsigned char buffer[32];
      size_t count;
      uint32_t topic = kRecords[t].topic;
      EXPECT_STATUS(zx_object_get_info(port, topic, buffer, 32, (size_t*)bad, &count),
                    ZX_ERR_INVALID_ARGS);
      EXPECT_STATUS(zx_object_get_info(port, topic, buffer, 32, &count, (size_t*)bad),
                    ZX_ERR_INVALID_ARGS);
    }
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(object_get_info_null_actual_or_avail_ok) {
  zx_handle_t port = new_port();
  for (size_t t = 0; t < 2; t++) {
    unsigned char buffer[32];
    size_t count = UNTOUCHED;
    uint32_t topic = kRecords[t].topic;
    EXPECT_OK(zx_object_get_info(port, topic, buffer, 32, NULL, NULL));
    EXPECT_OK(zx_object_get_info(port, topic, buffer, 32, &count, NULL));
    EXPECT_EQ(count, 1);
    count = UNTOUCHED;
    EXPECT_OK(zx_object_get_info(port, topic, buffer, 32, NULL, &count));
    EXPECT_EQ(count, 1);
  }
  EXPECT_OK(zx_handle_close(port));
}

// --- ZX_INFO_HANDLE_COUNT -----------------------------------------------------------------------

TEST(object_get_info_handle_count_follows_duplicate_and_close) {
  zx_handle_t handles[4] = {new_vmo(), 0, 0, 0};
  EXPECT_EQ(handle_count(handles[0]), 1);
  for (uint32_t i = 1; i < 4; i++) {
    handles[i] = copy_of(handles[i - 1], ZX_RIGHT_SAME_RIGHTS);
    for (uint32_t j = 0; j <= i; j++) EXPECT_EQ(handle_count(handles[j]), i + 1);
  }
  for (uint32_t i = 0; i < 3; i++) {
    EXPECT_OK(zx_handle_close(handles[i]));
    EXPECT_EQ(handle_count(handles[3]), 3 - i);
  }
  EXPECT_OK(zx_handle_close(handles[3]));
}

TEST(object_get_info_handle_count_without_inspect_access_denied_first) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_DEFAULT_PORT_RIGHTS & ~ZX_RIGHT_INSPECT);
  zx_info_handle_count_t info = {UNTOUCHED};
  size_t actual = UNTOUCHED, avail = UNTOUCHED;
  EXPECT_STATUS(
      zx_object_get_info(copy, ZX_INFO_HANDLE_COUNT, &info, sizeof(info), &actual, &avail),
      ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(info.handle_count, UNTOUCHED);
  EXPECT_STATUS(zx_object_get_info(copy, ZX_INFO_HANDLE_COUNT, NULL, 0, NULL, NULL),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_get_info(copy, ZX_INFO_HANDLE_COUNT, NULL, 4, (size_t*)1, (size_t*)1),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_get_info(0, ZX_INFO_HANDLE_COUNT, NULL, 0, NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_info(stale_handle(), ZX_INFO_HANDLE_COUNT, (void*)1, 4, NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_OK(zx_handle_close(port));
}

ZTEST_MAIN

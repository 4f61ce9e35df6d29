// SPDX-License-Identifier: MIT
// zx_stream_create, _readv, _readv_at, _writev, _writev_at, _seek, ZX_INFO_STREAM.
// Specification: memory.md, sections 7 and 10.15.

#include "ztest.h"

#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>

#include "objects.h"

#define PAGE ((size_t)4096)
#define MODE_RW (ZX_STREAM_MODE_READ | ZX_STREAM_MODE_WRITE)

static const char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz";

static zx_handle_t vmo_of(uint64_t size, uint32_t options) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(size, options, &vmo));
  return vmo;
}

static void set_content(zx_handle_t vmo, uint64_t size) {
  EXPECT_OK(zx_object_set_property(vmo, ZX_PROP_VMO_CONTENT_SIZE, &size, sizeof(size)));
}

static uint64_t content_of(zx_handle_t vmo) {
  uint64_t size = UINT64_MAX;
  EXPECT_OK(zx_object_get_property(vmo, ZX_PROP_VMO_CONTENT_SIZE, &size, sizeof(size)));
  return size;
}

// A page that begins with the alphabet, which is all of its content.
static zx_handle_t alphabet_vmo(uint32_t options) {
  zx_handle_t vmo = vmo_of(PAGE, options);
  EXPECT_OK(zx_vmo_write(vmo, kAlphabet, 0, 26));
  set_content(vmo, 26);
  return vmo;
}

static zx_handle_t stream_of(uint32_t options, zx_handle_t vmo, zx_off_t seek) {
  zx_handle_t stream = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_stream_create(options, vmo, seek, &stream));
  return stream;
}

static uint64_t seek_of(zx_handle_t stream) {
  zx_off_t seek = 0xdead;
  EXPECT_OK(zx_stream_seek(stream, ZX_STREAM_SEEK_ORIGIN_CURRENT, 0, &seek));
  return seek;
}

static void expect_info(zx_handle_t stream, uint32_t options, uint64_t seek, uint64_t content) {
  zx_info_stream_t info;
  memset(&info, 0xff, sizeof(info));
  EXPECT_OK(zx_object_get_info(stream, ZX_INFO_STREAM, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.options, options);
  EXPECT_EQ(info.seek, seek);
  EXPECT_EQ(info.content_size, content);
}

// Reads and writes with one buffer; the number of bytes, or the status.
static int64_t get(zx_handle_t stream, void* buffer, size_t len) {
  zx_iovec_t part = {buffer, len};
  size_t actual = 0xdead;
  zx_status_t status = zx_stream_readv(stream, 0, &part, 1, &actual);
  return status == ZX_OK ? (int64_t)actual : status;
}

static int64_t get_at(zx_handle_t stream, zx_off_t offset, void* buffer, size_t len) {
  zx_iovec_t part = {buffer, len};
  size_t actual = 0xdead;
  zx_status_t status = zx_stream_readv_at(stream, 0, offset, &part, 1, &actual);
  return status == ZX_OK ? (int64_t)actual : status;
}

static int64_t put(zx_handle_t stream, uint32_t options, const void* bytes, size_t len) {
  zx_iovec_t part = {(void*)(uintptr_t)bytes, len};
  size_t actual = 0xdead;
  zx_status_t status = zx_stream_writev(stream, options, &part, 1, &actual);
  return status == ZX_OK ? (int64_t)actual : status;
}

static int64_t put_at(zx_handle_t stream, zx_off_t offset, const void* bytes, size_t len) {
  zx_iovec_t part = {(void*)(uintptr_t)bytes, len};
  size_t actual = 0xdead;
  zx_status_t status = zx_stream_writev_at(stream, 0, offset, &part, 1, &actual);
  return status == ZX_OK ? (int64_t)actual : status;
}

static void close_both(zx_handle_t a, zx_handle_t b) {
  EXPECT_OK(zx_handle_close(a));
  EXPECT_OK(zx_handle_close(b));
}

TEST(stream_create_errors) {
  zx_handle_t vmo = vmo_of(PAGE, 0), event = new_event(), out = 77;
  zx_handle_t ro = copy_of(vmo, ZX_RIGHT_READ), wo = copy_of(vmo, ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_stream_create(0, ZX_HANDLE_INVALID, 0, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_stream_create(0, event, 0, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_stream_create((uint32_t)-42, vmo, 0, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_create((uint32_t)-42, ZX_HANDLE_INVALID, 0, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_create(ZX_STREAM_MODE_READ, wo, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_stream_create(ZX_STREAM_MODE_WRITE, ro, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_stream_create(MODE_RW, ro, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(out, 77);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(out), &bad); i++)
    EXPECT_STATUS(zx_stream_create(0, vmo, 0, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
  zx_handle_t all[] = {vmo, event, ro, wo};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(stream_create_rights_by_mode) {
  zx_handle_t vmo = vmo_of(PAGE, 0);
  zx_rights_t extra[] = {0, ZX_RIGHT_READ, ZX_RIGHT_WRITE, ZX_RIGHT_READ | ZX_RIGHT_WRITE};
  for (uint32_t options = 0; options < 4; options++) {
    zx_handle_t stream = stream_of(options, vmo, 5);
    EXPECT_EQ(basic_info(stream).type, ZX_OBJ_TYPE_STREAM);
    EXPECT_EQ(basic_info(stream).rights, 0xd0c3 | extra[options]);
    expect_info(stream, options, 5, PAGE);
    zx_off_t seek;
    EXPECT_STATUS(zx_stream_seek(stream, 0, 0, &seek), options ? ZX_OK : ZX_ERR_ACCESS_DENIED);
    char byte = 0;
    if (!(options & 1)) EXPECT_EQ(get(stream, &byte, 1), ZX_ERR_ACCESS_DENIED);
    if (!(options & 2)) EXPECT_EQ(put(stream, 0, &byte, 1), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(zx_object_signal(stream, 0, ZX_USER_SIGNAL_1));
    EXPECT_EQ(signals_of(stream), ZX_USER_SIGNAL_1);
    EXPECT_OK(zx_handle_close(stream));
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(stream_keeps_its_vmo) {
  zx_handle_t vmo = alphabet_vmo(0), stream = stream_of(MODE_RW, vmo, 0);
  EXPECT_OK(zx_handle_close(vmo));
  char bytes[8] = "";
  EXPECT_EQ(get(stream, bytes, 3), 3);
  EXPECT_STR(bytes, "abc");
  EXPECT_OK(zx_handle_close(stream));
}

TEST(stream_seek_places) {
  zx_handle_t vmo = vmo_of(PAGE, 0), stream = stream_of(MODE_RW, vmo, 9);
  set_content(vmo, 42);
  zx_off_t at = 1;
  EXPECT_EQ(seek_of(stream), 9);
  uint32_t unknown[] = {3, ~0u};
  for (int i = 0; i < 2; i++) EXPECT_STATUS(zx_stream_seek(stream, unknown[i], 0, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_seek(stream, ZX_STREAM_SEEK_ORIGIN_START, -1, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_seek(stream, ZX_STREAM_SEEK_ORIGIN_CURRENT, -10, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(seek_of(stream), 9);
  struct { uint32_t whence; int64_t offset; uint64_t want; } good[] = {
      {0, INT64_MAX, INT64_MAX}, {0, 518, 518}, {1, 5, 523}, {1, -523, 0},
      {2, 0, 42},                {2, -10, 32},  {2, 10, 52}, {2, -42, 0},
  };
  for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
    EXPECT_OK(zx_stream_seek(stream, good[i].whence, good[i].offset, &at));
    EXPECT_EQ(at, good[i].want);
    EXPECT_EQ(seek_of(stream), good[i].want);
  }
  EXPECT_STATUS(zx_stream_seek(stream, 2, -43, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_stream_seek(stream, 0, INT64_MAX, NULL));
  EXPECT_OK(zx_stream_seek(stream, 1, INT64_MAX, &at));
  EXPECT_EQ(at, UINT64_MAX - 1);
  EXPECT_OK(zx_stream_seek(stream, 1, 1, &at));
  EXPECT_STATUS(zx_stream_seek(stream, 1, 1, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(seek_of(stream), UINT64_MAX);
  set_content(vmo, UINT64_MAX);
  EXPECT_OK(zx_stream_seek(stream, 2, 0, &at));
  EXPECT_EQ(at, UINT64_MAX);
  EXPECT_STATUS(zx_stream_seek(stream, 2, 1, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_seek(vmo, 0, 0, &at), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_stream_seek(ZX_HANDLE_INVALID, 0, 0, &at), ZX_ERR_BAD_HANDLE);
  close_both(vmo, stream);
}

TEST(stream_readv_in_order) {
  zx_handle_t vmo = alphabet_vmo(0), stream = stream_of(ZX_STREAM_MODE_READ, vmo, 0);
  char bytes[64] = "";
  EXPECT_EQ(get(stream, bytes, 7), 7);
  EXPECT_STR(bytes, "abcdefg");
  memset(bytes, 0, sizeof(bytes));
  EXPECT_EQ(get(stream, bytes, 3), 3);
  EXPECT_STR(bytes, "hij");
  expect_info(stream, ZX_STREAM_MODE_READ, 10, 26);
  memset(bytes, 0, sizeof(bytes));
  EXPECT_EQ(get(stream, bytes, 60), 16);
  EXPECT_STR(bytes, "klmnopqrstuvwxyz");
  EXPECT_EQ(get(stream, bytes, 1), 0);
  EXPECT_OK(zx_stream_seek(stream, 0, 100, NULL));
  EXPECT_EQ(get(stream, bytes, 1), 0);
  EXPECT_EQ(seek_of(stream), 100);
  memset(bytes, 0, sizeof(bytes));
  EXPECT_EQ(get_at(stream, 24, bytes, 60), 2);
  EXPECT_STR(bytes, "yz");
  EXPECT_EQ(get_at(stream, 26, bytes, 1), 0);
  EXPECT_EQ(get_at(stream, UINT64_MAX, bytes, 1), 0);
  EXPECT_EQ(seek_of(stream), 100);
  close_both(vmo, stream);
}

TEST(stream_vectors_are_used_in_order) {
  zx_handle_t vmo = alphabet_vmo(0), stream = stream_of(MODE_RW, vmo, 0);
  char a[4] = "", b[8] = "";
  zx_iovec_t parts[] = {{a, 3}, {NULL, 0}, {b, 7}, {NULL, 0}};
  size_t actual = 0;
  EXPECT_OK(zx_stream_readv(stream, 0, parts, 4, &actual));
  EXPECT_EQ(actual, 10);
  EXPECT_STR(a, "abc");
  EXPECT_STR(b, "defghij");
  EXPECT_OK(zx_stream_readv(stream, 0, parts, 4, NULL));
  EXPECT_STR(b, "nopqrst");
  EXPECT_OK(zx_stream_writev_at(stream, 0, 1, parts, 4, &actual));
  EXPECT_EQ(actual, 10);
  char all[32] = "";
  EXPECT_EQ(get_at(stream, 0, all, 26), 26);
  EXPECT_STR(all, "aklmnopqrstlmnopqrstuvwxyz");
  EXPECT_EQ(seek_of(stream), 20);
  close_both(vmo, stream);
}

TEST(stream_calls_bad_arguments) {
  zx_handle_t vmo = alphabet_vmo(0), stream = stream_of(MODE_RW, vmo, 0);
  zx_handle_t none = copy_of(stream, ZX_RIGHT_WAIT);
  char bytes[4] = "xyz";
  zx_iovec_t part = {bytes, 3}, null = {NULL, 3}, huge[] = {{bytes, SIZE_MAX}, {bytes, 1}};
  size_t actual = 0;
  EXPECT_STATUS(zx_stream_readv(stream, 1, &part, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_readv_at(stream, 1, 0, &part, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_writev(stream, 2, &part, 1, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_writev_at(stream, 1, 0, &part, 1, &actual), ZX_ERR_INVALID_ARGS);
  for (size_t count = 0; count < 2; count++) {
    EXPECT_STATUS(zx_stream_readv(stream, 0, NULL, count, &actual), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_stream_readv_at(stream, 0, 0, NULL, count, &actual), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_stream_writev(stream, 0, NULL, count, &actual), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_stream_writev_at(ZX_HANDLE_INVALID, 0, 0, NULL, count, &actual), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_STATUS(zx_stream_readv(none, 0, &part, 1, &actual), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_stream_readv_at(none, 0, 0, &part, 1, &actual), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_stream_writev(none, 0, &part, 1, &actual), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_stream_writev_at(none, 0, 0, &part, 1, &actual), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_stream_readv(vmo, 0, &part, 1, &actual), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_stream_readv(stream, 0, &null, 1, &actual), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_stream_readv_at(stream, 0, 0, &null, 1, &actual), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_stream_seek(stream, 0, 0, NULL));
  EXPECT_STATUS(zx_stream_writev(stream, 0, &null, 1, &actual), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_stream_writev_at(stream, 0, 0, &null, 1, &actual), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_stream_readv(stream, 0, huge, 2, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_readv_at(stream, 0, 0, huge, 2, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_writev(stream, 0, huge, 2, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_stream_writev_at(stream, 0, 0, huge, 2, &actual), ZX_ERR_INVALID_ARGS);
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(part), &bad); i++) {
    EXPECT_STATUS(zx_stream_readv(stream, 0, (zx_iovec_t*)bad, 1, &actual), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_stream_writev(stream, 0, (zx_iovec_t*)bad, SIZE_MAX, &actual), ZX_ERR_INVALID_ARGS);
  }
  for (int i = 0; ztest_bad_write(i, sizeof(size_t), &bad); i++) {
    if (!bad) continue;
    EXPECT_STATUS(zx_stream_readv_at(stream, 0, 0, &part, 1, (size_t*)bad), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_EQ(content_of(vmo), 26);
  EXPECT_OK(zx_handle_close(none));
  close_both(vmo, stream);
}

TEST(stream_readv_over_its_own_vector) {
  zx_handle_t vmo = alphabet_vmo(0), stream = stream_of(ZX_STREAM_MODE_READ, vmo, 0);
  zx_iovec_t part;
  part.buffer = &part;
  part.capacity = sizeof(part);
  size_t actual = 0;
  EXPECT_OK(zx_stream_readv(stream, 0, &part, 1, &actual));
  EXPECT_EQ(actual, sizeof(part));
  EXPECT_BYTES(&part, kAlphabet, sizeof(part));
  close_both(vmo, stream);
}

TEST(stream_read_behind_the_vmo_out_of_range) {
  zx_handle_t vmo = vmo_of(PAGE, 0), stream = stream_of(ZX_STREAM_MODE_READ, vmo, 0);
  static char bytes[2 * 4096];
  set_content(vmo, 2 * PAGE);
  EXPECT_EQ(get(stream, bytes, PAGE), PAGE);
  EXPECT_EQ(get(stream, bytes, 1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(get_at(stream, 1, bytes, PAGE), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(get_at(stream, 3 * PAGE, bytes, 1), 0);
  close_both(vmo, stream);
}

TEST(stream_writev_grows_the_content_within_the_vmo) {
  zx_handle_t vmo = alphabet_vmo(0), stream = stream_of(MODE_RW, vmo, 20);
  EXPECT_EQ(put(stream, 0, "0123456789", 10), 10);
  expect_info(stream, MODE_RW, 30, 30);
  EXPECT_OK(zx_stream_seek(stream, 0, PAGE - 6, NULL));
  EXPECT_EQ(put(stream, 0, "0123456789", 10), 6);
  expect_info(stream, MODE_RW, PAGE, PAGE);
  EXPECT_EQ(put(stream, 0, "x", 1), ZX_ERR_NO_SPACE);
  expect_info(stream, MODE_RW, PAGE, PAGE);
  char last[8] = "";
  EXPECT_OK(zx_vmo_read(vmo, last, PAGE - 6, 6));
  EXPECT_STR(last, "012345");
  close_both(vmo, stream);
}

TEST(stream_writev_grows_a_resizable_vmo) {
  zx_handle_t vmo = vmo_of(PAGE, ZX_VMO_RESIZABLE), stream = stream_of(MODE_RW, vmo, PAGE - 6);
  EXPECT_EQ(put(stream, 0, "0123456789", 10), 10);
  expect_info(stream, MODE_RW, PAGE + 4, PAGE + 4);
  uint64_t size = 0;
  EXPECT_OK(zx_vmo_get_size(vmo, &size));
  EXPECT_EQ(size, 2 * PAGE);
  EXPECT_EQ(put(stream, 0, "x", SIZE_MAX), ZX_ERR_FILE_BIG);
  EXPECT_EQ(put_at(stream, UINT64_MAX, "x", 1), ZX_ERR_FILE_BIG);
  EXPECT_EQ(put(stream, ZX_STREAM_APPEND, "x", SIZE_MAX), ZX_ERR_FILE_BIG);
  expect_info(stream, MODE_RW, PAGE + 4, PAGE + 4);
  EXPECT_EQ(put_at(stream, PAGE, "ab", 2), 2);
  expect_info(stream, MODE_RW, PAGE + 4, PAGE + 4);
  close_both(vmo, stream);
}

TEST(stream_writev_at_behind_a_fixed_vmo_no_space) {
  zx_handle_t vmo = vmo_of(PAGE, 0), stream = stream_of(MODE_RW, vmo, 0);
  EXPECT_EQ(put_at(stream, PAGE, "x", 1), ZX_ERR_NO_SPACE);
  EXPECT_EQ(put_at(stream, (uint64_t)1 << 62, "x", 1), ZX_ERR_NO_SPACE);
  EXPECT_EQ(put_at(stream, PAGE - 1, "xy", 2), 1);
  EXPECT_EQ(seek_of(stream), 0);
  close_both(vmo, stream);
}

TEST(stream_write_fills_the_gap_with_zeroes) {
  zx_handle_t vmo = vmo_of(PAGE, 0), stream = stream_of(MODE_RW, vmo, 0);
  static char stale[4096], got[4096], want[4096];
  memset(stale, 's', sizeof(stale));
  EXPECT_OK(zx_vmo_write(vmo, stale, 0, PAGE));
  set_content(vmo, PAGE);
  EXPECT_OK(zx_vmo_write(vmo, stale, 0, PAGE));
  set_content(vmo, 10);
  EXPECT_OK(zx_vmo_write(vmo, stale, 10, PAGE - 10));
  EXPECT_EQ(put_at(stream, 100, "new", 3), 3);
  memset(want, 's', sizeof(want));
  memset(want + 10, 0, 90);
  memcpy(want + 100, "new", 3);
  EXPECT_OK(zx_vmo_read(vmo, got, 0, PAGE));
  EXPECT_BYTES(got, want, PAGE);
  EXPECT_EQ(content_of(vmo), 103);
  close_both(vmo, stream);
}

TEST(stream_write_that_fails_leaves_the_content_size) {
  zx_handle_t vmo = vmo_of(0, ZX_VMO_RESIZABLE), stream = stream_of(MODE_RW, vmo, 0);
  zx_iovec_t parts[] = {{(void*)(uintptr_t)kAlphabet, 26}, {NULL, 10}};
  size_t actual;
  EXPECT_STATUS(zx_stream_writev(stream, 0, parts, 2, &actual), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_stream_writev(stream, ZX_STREAM_APPEND, parts, 2, &actual), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_stream_writev_at(stream, 0, 5, parts, 2, &actual), ZX_ERR_NOT_FOUND);
  EXPECT_EQ(content_of(vmo), 0);
  EXPECT_EQ(put(stream, 0, kAlphabet, 0), 0);
  EXPECT_EQ(put_at(stream, 50, kAlphabet, 0), 0);
  EXPECT_EQ(content_of(vmo), 0);
  close_both(vmo, stream);
}

TEST(stream_append) {
  zx_handle_t vmo = alphabet_vmo(0), stream = stream_of(MODE_RW, vmo, 0);
  EXPECT_EQ(put(stream, ZX_STREAM_APPEND, "0123456", 7), 7);
  expect_info(stream, MODE_RW, 33, 33);
  char all[40] = "";
  EXPECT_EQ(get_at(stream, 0, all, 40), 33);
  EXPECT_STR(all, "abcdefghijklmnopqrstuvwxyz0123456");
  static char many[4096];
  EXPECT_EQ(put(stream, ZX_STREAM_APPEND, many, PAGE), PAGE - 33);
  EXPECT_EQ(put(stream, ZX_STREAM_APPEND, many, 1), ZX_ERR_NO_SPACE);
  expect_info(stream, MODE_RW, PAGE, PAGE);
  close_both(vmo, stream);
  vmo = alphabet_vmo(ZX_VMO_RESIZABLE);
  stream = stream_of(MODE_RW, vmo, 3);
  EXPECT_EQ(put(stream, ZX_STREAM_APPEND, many, PAGE), PAGE);
  expect_info(stream, MODE_RW, PAGE + 26, PAGE + 26);
  close_both(vmo, stream);
}

TEST(stream_two_on_one_vmo_share_the_content_size) {
  zx_handle_t vmo = alphabet_vmo(0), one = stream_of(MODE_RW, vmo, 0), two = stream_of(MODE_RW, vmo, 4);
  char byte;
  EXPECT_EQ(get(one, &byte, 1), 1);
  EXPECT_EQ(seek_of(two), 4);
  EXPECT_EQ(put(two, ZX_STREAM_APPEND, "!", 1), 1);
  expect_info(one, MODE_RW, 1, 27);
  set_content(vmo, 5);
  expect_info(one, MODE_RW, 1, 5);
  expect_info(two, MODE_RW, 27, 5);
  EXPECT_OK(zx_handle_close(one));
  close_both(vmo, two);
}

TEST(stream_of_uncached_vmo_bad_state) {
  zx_handle_t vmo = vmo_of(PAGE, 0), stream = stream_of(MODE_RW, vmo, 0);
  EXPECT_OK(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED));
  char byte = 0;
  EXPECT_EQ(get(stream, &byte, 1), ZX_ERR_BAD_STATE);
  EXPECT_EQ(put(stream, 0, &byte, 1), ZX_ERR_BAD_STATE);
  close_both(vmo, stream);
}

#define APPENDERS 4
#define RECORDS 300

static zx_handle_t shared_vmo;

static void* append_records(void* arg) {
  zx_handle_t stream = stream_of(ZX_STREAM_MODE_WRITE, shared_vmo, 0);
  for (int i = 0; i < RECORDS; i++) {
    char record[24];
    snprintf(record, sizeof(record), "<%4d %13d>.", (int)(intptr_t)arg, i);
    EXPECT_EQ(put(stream, ZX_STREAM_APPEND, record, 21), 21);
  }
  EXPECT_OK(zx_handle_close(stream));
  return NULL;
}

TEST(stream_append_from_many_threads_never_overlaps) {
  shared_vmo = vmo_of(0, ZX_VMO_RESIZABLE);
  pthread_t threads[APPENDERS];
  for (intptr_t i = 0; i < APPENDERS; i++) pthread_create(&threads[i], NULL, append_records, (void*)i);
  for (int i = 0; i < APPENDERS; i++) pthread_join(threads[i], NULL);
  ASSERT_EQ(content_of(shared_vmo), APPENDERS * RECORDS * 21);
  int next[APPENDERS] = {0};
  for (int i = 0; i < APPENDERS * RECORDS; i++) {
    char record[22] = "";
    int who = -1, number = -1;
    EXPECT_OK(zx_vmo_read(shared_vmo, record, (uint64_t)i * 21, 21));
    EXPECT_EQ(sscanf(record, "<%d %d>.", &who, &number), 2);
    ASSERT_TRUE(who >= 0 && who < APPENDERS);
    EXPECT_EQ(number, next[who]);
    next[who]++;
  }
  EXPECT_OK(zx_handle_close(shared_vmo));
}

ZTEST_MAIN

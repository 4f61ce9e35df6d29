// SPDX-License-Identifier: MIT
// The debug log.
// Specification: tasks-time-system.md, section 8.5.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls/log.h>
#include <zircon/syscalls/resource.h>

#include "objects.h"

#define UNTOUCHED 0xabcdefu

typedef union {
  zx_log_record_t record;
  char bytes[ZX_LOG_RECORD_MAX];
} record_t;

// A log to read, from which everything written so far has been read.
static zx_handle_t new_reader(void) {
  zx_handle_t log = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_debuglog_create(ZX_HANDLE_INVALID, ZX_LOG_FLAG_READABLE, &log));
  record_t record;
  while (zx_debuglog_read(log, 0, &record, sizeof(record)) > 0) continue;
  return log;
}

static zx_status_t write_log(zx_handle_t log, const char* text) {
  return zx_debuglog_write(log, 0, text, strlen(text));
}

TEST(debuglog_create_rights_and_signals) {
  zx_handle_t writer = ZX_HANDLE_INVALID, reader = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_debuglog_create(ZX_HANDLE_INVALID, 0, &writer));
  ASSERT_OK(zx_debuglog_create(ZX_HANDLE_INVALID, ZX_LOG_FLAG_READABLE, &reader));
  EXPECT_EQ(basic_info(writer).type, ZX_OBJ_TYPE_LOG);
  EXPECT_EQ(basic_info(writer).rights, 0xd00b);
  EXPECT_EQ(basic_info(reader).rights, 0xd00f);
  EXPECT_EQ(signals_of(writer), ZX_LOG_WRITABLE);
  EXPECT_TRUE(signals_of(reader) & ZX_LOG_WRITABLE);
  zx_handle_close(reader);
  zx_handle_close(writer);
}

TEST(debuglog_create_checks_the_resource_then_the_options) {
  zx_handle_t event = new_event(), hypervisor = ZX_HANDLE_INVALID, log = UNTOUCHED;
  zx_handle_t root = get_root_resource(), own = ZX_HANDLE_INVALID;
  ASSERT_OK(libzx_get_hypervisor_resource(&hypervisor));
  EXPECT_STATUS(zx_debuglog_create(0xfffffffcu, 1, &log), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_debuglog_create(event, 1, &log), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debuglog_create(hypervisor, 1, &log), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debuglog_create(root, 1, &log), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_debuglog_create(ZX_HANDLE_INVALID, ~0u, &log), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(log, UNTOUCHED);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(log), &bad); i++) {
    EXPECT_STATUS(zx_debuglog_create(root, 0, bad), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_debuglog_create(root, ZX_LOG_FLAG_READABLE, bad), ZX_ERR_INVALID_ARGS);
  }
  ASSERT_OK(zx_debuglog_create(root, 0, &log));
  EXPECT_OK(zx_handle_close(log));
  ASSERT_OK(zx_resource_create(root, ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_DEBUGLOG_BASE, 1, "", 0,
                               &own));
  ASSERT_OK(zx_debuglog_create(own, 0, &log));
  EXPECT_OK(zx_handle_close(log));
  zx_handle_close(own);
  zx_handle_close(hypervisor);
  zx_handle_close(event);
}

TEST(debuglog_record_tells_who_wrote_what_when) {
  zx_handle_t log = new_reader();
  zx_time_t before = zx_clock_get_monotonic();
  ASSERT_OK(write_log(log, "hello"));
  zx_time_t after = zx_clock_get_monotonic();
  record_t got;
  memset(&got, 0xee, sizeof(got));
  ASSERT_EQ(zx_debuglog_read(log, 0, &got, sizeof(got)), 32 + 5);
  EXPECT_EQ(got.record.rollout, 0);
  EXPECT_EQ(got.record.datalen, 5);
  EXPECT_EQ(got.record.severity, ZX_LOG_INFO);
  EXPECT_EQ(got.record.flags, 0);
  EXPECT_TRUE(before <= got.record.timestamp && got.record.timestamp <= after);
  EXPECT_EQ(got.record.pid, basic_info(zx_process_self()).koid);
  EXPECT_EQ(got.record.tid, basic_info(zx_thread_self()).koid);
  EXPECT_BYTES(got.record.data, "hello", 5);
  EXPECT_EQ((unsigned char)got.bytes[32 + 5], 0xee);
  EXPECT_STATUS(zx_debuglog_read(log, 0, &got, sizeof(got)), ZX_ERR_SHOULD_WAIT);
  ASSERT_OK(zx_debuglog_write(log, ZX_LOG_LOCAL, "", 0));
  ASSERT_EQ(zx_debuglog_read(log, 0, &got, sizeof(got)), 32);
  EXPECT_EQ(got.record.flags, ZX_LOG_LOCAL);
  zx_handle_close(log);
}

TEST(debuglog_read_into_a_small_buffer_loses_the_rest) {
  zx_handle_t log = new_reader();
  ASSERT_OK(write_log(log, "first"));
  ASSERT_OK(write_log(log, "second"));
  record_t got;
  memset(&got, 0xee, sizeof(got));
  EXPECT_EQ(zx_debuglog_read(log, 0, &got, 3), 3);
  EXPECT_EQ((unsigned char)got.bytes[3], 0xee);
  ASSERT_EQ(zx_debuglog_read(log, 0, &got, sizeof(got)), 32 + 6);
  EXPECT_BYTES(got.record.data, "second", 6);
  ASSERT_OK(write_log(log, "third"));
  EXPECT_EQ(zx_debuglog_read(log, 0, NULL, 0), 0);
  EXPECT_STATUS(zx_debuglog_read(log, 0, &got, sizeof(got)), ZX_ERR_SHOULD_WAIT);
  zx_handle_close(log);
}

TEST(debuglog_long_text_is_cut_off) {
  zx_handle_t log = new_reader();
  char text[1000];
  memset(text, 'x', sizeof(text));
  ASSERT_OK(zx_debuglog_write(log, 0, text, sizeof(text)));
  record_t got;
  ASSERT_EQ(zx_debuglog_read(log, 0, &got, sizeof(got)), ZX_LOG_RECORD_MAX);
  EXPECT_EQ(got.record.datalen, ZX_LOG_RECORD_DATA_MAX);
  EXPECT_BYTES(got.record.data, text, ZX_LOG_RECORD_DATA_MAX);
  zx_handle_close(log);
}

TEST(debuglog_calls_check_options_handle_and_buffer) {
  zx_handle_t log = new_reader(), event = new_event();
  zx_handle_t unwritable = copy_of(log, ZX_RIGHT_READ), unreadable = copy_of(log, ZX_RIGHT_WRITE);
  record_t got;
  EXPECT_STATUS(zx_debuglog_write(ZX_HANDLE_INVALID, 1, "x", 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_debuglog_write(ZX_HANDLE_INVALID, 0, "x", 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_debuglog_write(event, 0, "x", 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debuglog_write(unwritable, 0, NULL, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_debuglog_read(ZX_HANDLE_INVALID, 1, &got, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_debuglog_read(ZX_HANDLE_INVALID, 0, &got, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_debuglog_read(event, 0, &got, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debuglog_read(unreadable, 0, &got, 1), ZX_ERR_ACCESS_DENIED);
  void* bad;
  for (int i = 0; ztest_bad_read(i, 8, &bad); i++)
    EXPECT_STATUS(zx_debuglog_write(log, 0, bad, 8), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_debuglog_read(log, 0, &got, sizeof(got)), ZX_ERR_SHOULD_WAIT);
  for (int i = 0; ztest_bad_write(i, 8, &bad); i++) {
    ASSERT_OK(write_log(log, "lost"));
    EXPECT_STATUS(zx_debuglog_read(log, 0, bad, 8), ZX_ERR_INVALID_ARGS);
  }
  zx_handle_close(unreadable);
  zx_handle_close(unwritable);
  zx_handle_close(event);
  zx_handle_close(log);
}

TEST(debuglog_readers_have_places_of_their_own) {
  zx_handle_t first = new_reader(), second = new_reader(), writer = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_debuglog_create(ZX_HANDLE_INVALID, 0, &writer));
  EXPECT_FALSE(signals_of(first) & ZX_LOG_READABLE);
  ASSERT_OK(write_log(writer, "one"));
  EXPECT_TRUE(signals_of(first) & ZX_LOG_READABLE);
  EXPECT_TRUE(signals_of(second) & ZX_LOG_READABLE);
  EXPECT_FALSE(signals_of(writer) & ZX_LOG_READABLE);
  record_t got;
  EXPECT_EQ(zx_debuglog_read(first, 0, &got, sizeof(got)), 35);
  EXPECT_FALSE(signals_of(first) & ZX_LOG_READABLE);
  EXPECT_TRUE(signals_of(second) & ZX_LOG_READABLE);
  EXPECT_EQ(zx_debuglog_read(second, 0, &got, sizeof(got)), 35);
  EXPECT_STATUS(zx_debuglog_read(second, 0, &got, sizeof(got)), ZX_ERR_SHOULD_WAIT);
  // A later reader finds what the others have read.
  zx_handle_t late = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_debuglog_create(ZX_HANDLE_INVALID, ZX_LOG_FLAG_READABLE, &late));
  EXPECT_TRUE(signals_of(late) & ZX_LOG_READABLE);
  bool found = false;
  while (zx_debuglog_read(late, 0, &got, sizeof(got)) > 0)
    found = found || (got.record.datalen == 3 && memcmp(got.record.data, "one", 3) == 0);
  EXPECT_TRUE(found);
  zx_handle_close(late);
  zx_handle_close(writer);
  zx_handle_close(second);
  zx_handle_close(first);
}

TEST(debuglog_slow_reader_is_told_what_it_lost) {
  zx_handle_t log = new_reader();
  const uint32_t count = 3000;
  for (uint32_t i = 0; i < count; i++) ASSERT_OK(zx_debuglog_write(log, 0, &i, sizeof(i)));
  record_t got;
  ASSERT_EQ(zx_debuglog_read(log, 0, &got, sizeof(got)), 36);
  uint32_t first = 0;
  memcpy(&first, got.record.data, sizeof(first));
  EXPECT_TRUE(first > 0);
  EXPECT_EQ(got.record.rollout, first * 36);
  for (uint32_t i = first + 1; i < count; i++) {
    ASSERT_EQ(zx_debuglog_read(log, 0, &got, sizeof(got)), 36);
    EXPECT_EQ(got.record.rollout, 0);
    EXPECT_BYTES(got.record.data, &i, sizeof(i));
  }
  EXPECT_STATUS(zx_debuglog_read(log, 0, &got, sizeof(got)), ZX_ERR_SHOULD_WAIT);
  zx_handle_close(log);
}

static void* wait_for_record(void* argument) {
  zx_handle_t log = *(zx_handle_t*)argument;
  zx_signals_t observed = 0;
  EXPECT_OK(zx_object_wait_one(log, ZX_LOG_READABLE, ZX_TIME_INFINITE, &observed));
  record_t got;
  EXPECT_EQ(zx_debuglog_read(log, 0, &got, sizeof(got)), 36);
  return NULL;
}

TEST(debuglog_record_wakes_a_waiter) {
  zx_handle_t log = new_reader();
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, wait_for_record, &log), 0);
  ASSERT_OK(write_log(log, "wake"));
  pthread_join(thread, NULL);
  zx_handle_close(log);
}

static void* write_many(void* argument) {
  zx_handle_t log = *(zx_handle_t*)argument;
  for (uint32_t i = 0; i < ztest_rounds(2000); i++) EXPECT_OK(write_log(log, "record"));
  return NULL;
}

TEST(debuglog_many_writers_lose_nothing_untold) {
  zx_handle_t log = new_reader();
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    ASSERT_EQ(pthread_create(&threads[i], NULL, write_many, &log), 0);
  uint64_t bytes = 0, wanted = 4ull * ztest_rounds(2000) * 38;
  while (bytes < wanted) {
    record_t got;
    zx_status_t size = zx_debuglog_read(log, 0, &got, sizeof(got));
    if (size == ZX_ERR_SHOULD_WAIT) {
      ASSERT_OK(zx_object_wait_one(log, ZX_LOG_READABLE, ZX_TIME_INFINITE, NULL));
      continue;
    }
    ASSERT_EQ(size, 38);
    bytes += got.record.rollout + 38;
  }
  EXPECT_EQ(bytes, wanted);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  zx_handle_close(log);
}

ZTEST_MAIN

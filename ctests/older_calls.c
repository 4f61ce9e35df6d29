// SPDX-License-Identifier: MIT
// What programs of 2018 find with LIBZX_OLDER_ABI.
// Specification: tasks-time-system.md, sections 5.7, 6, 8.1, 8.4 and 8.5; porting-kit.md, section 6.2.

#define LIBZX_OLDER_ABI 1

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/syscalls/debug.h>
#include <zircon/syscalls/log.h>

#include "objects.h"

TEST(older_clock_get_returns_the_time) {
  zx_time_t before = zx_clock_get_monotonic();
  zx_time_t now = zx_clock_get(ZX_CLOCK_MONOTONIC);
  EXPECT_TRUE(before <= now && now <= zx_clock_get_monotonic());
  EXPECT_TRUE(_zx_clock_get(ZX_CLOCK_UTC) > 0);
  EXPECT_EQ(zx_clock_get(77), 0);
  EXPECT_OK(zx_clock_get_new(ZX_CLOCK_MONOTONIC, &before));
  EXPECT_TRUE(before >= now);
  EXPECT_STATUS(zx_clock_get_new(77, &before), ZX_ERR_INVALID_ARGS);
}

TEST(older_system_get_version_copies_the_string) {
  zx_string_view_t version = zx_system_get_version_string();
  char text[64];
  ASSERT_OK(zx_system_get_version(text, sizeof(text)));
  EXPECT_STR(text, version.c_str);
  EXPECT_OK(zx_system_get_version(text, version.length + 1));
  EXPECT_STATUS(zx_system_get_version(text, version.length), ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_STATUS(zx_system_get_version(NULL, 64), ZX_ERR_INVALID_ARGS);
}

TEST(older_futex_calls_have_no_owner) {
  zx_futex_t futex = 3, other = 0;
  EXPECT_STATUS(zx_futex_wait_deprecated(&futex, 4, ZX_TIME_INFINITE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_futex_wait_deprecated(&futex, 3, 0), ZX_ERR_TIMED_OUT);
  EXPECT_STATUS(zx_futex_requeue_deprecated(&futex, 1, 4, &other, 1), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_futex_requeue_deprecated(&futex, 1, 3, &other, 1));
}

TEST(older_log_calls_and_records) {
  zx_handle_t log = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_debuglog_create(ZX_HANDLE_INVALID, ZX_LOG_FLAG_READABLE, &log));
  char record[ZX_LOG_RECORD_MAX], text[300];
  while (zx_log_read(log, sizeof(record), record, 0) > 0) continue;
  memset(text, 'x', sizeof(text));
  EXPECT_STATUS(zx_log_write(log, 300, text, 0), ZX_ERR_OUT_OF_RANGE);
  ASSERT_OK(zx_log_write(log, 5, "hello", 0x55));
  memset(record, 0xee, sizeof(record));
  ASSERT_EQ(zx_log_read(log, sizeof(record), record, 0), 32 + 5);
  const unsigned char head[] = {0, 0, 0, 0, 5, 0, 0, 0};
  EXPECT_BYTES(record, head, sizeof(head));
  EXPECT_BYTES(record + 32, "hello", 5);
  ASSERT_OK(zx_debuglog_write(log, 0, "again", 5));
  ASSERT_EQ(zx_debuglog_read(log, 0, record, sizeof(record)), 32 + 5);
  EXPECT_BYTES(record, head, sizeof(head));
  EXPECT_STATUS(zx_log_read(log, sizeof(record), record, 1), ZX_ERR_INVALID_ARGS);
  zx_handle_close(log);
}

TEST(older_vmos_are_executable_and_resizable) {
  zx_handle_t vmo = ZX_HANDLE_INVALID, fixed = ZX_HANDLE_INVALID, clone = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_vmo_create(4096, 0, &vmo));
  EXPECT_TRUE(basic_info(vmo).rights & ZX_RIGHT_EXECUTE);
  EXPECT_OK(zx_vmo_set_size(vmo, 8192));
  ASSERT_OK(zx_vmo_create(4096, ZX_VMO_NON_RESIZABLE, &fixed));
  EXPECT_STATUS(zx_vmo_set_size(fixed, 8192), ZX_ERR_UNAVAILABLE);
  EXPECT_STATUS(zx_vmo_create(4096, 2, &fixed), ZX_ERR_INVALID_ARGS);
  ASSERT_OK(zx_vmo_write(vmo, "parent", 0, 6));
  EXPECT_STATUS(zx_vmo_clone(vmo, 0, 0, 4096, &clone), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmo_clone(vmo, ZX_VMO_CLONE_COPY_ON_WRITE | 4, 0, 4096, &clone),
                ZX_ERR_INVALID_ARGS);
  ASSERT_OK(zx_vmo_clone(vmo, ZX_VMO_CLONE_COPY_ON_WRITE, 0, 4096, &clone));
  ASSERT_OK(zx_vmo_write(clone, "child!", 0, 6));
  char text[6];
  EXPECT_OK(zx_vmo_read(vmo, text, 0, 6));
  EXPECT_BYTES(text, "parent", 6);
  EXPECT_OK(zx_vmo_set_size(clone, 8192));
  zx_handle_close(clone);
  zx_handle_close(fixed);
  zx_handle_close(vmo);
}

TEST(older_vmar_calls_take_their_arguments_in_another_order) {
  zx_handle_t vmo = new_vmo(), region = ZX_HANDLE_INVALID;
  zx_vaddr_t base = 0, address = 0;
  ASSERT_OK(zx_vmar_allocate_old(zx_vmar_root_self(), 0, 8192,
                                 ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_SPECIFIC, &region, &base));
  ASSERT_OK(zx_vmar_map_old(region, 4096, vmo, 0, 4096, ZX_VM_PERM_READ | ZX_VM_SPECIFIC,
                            &address));
  EXPECT_EQ(address, base + 4096);
  EXPECT_EQ(*(volatile char*)address, 0);
  EXPECT_OK(zx_vmar_protect_old(region, address, 4096, ZX_VM_PERM_READ));
  EXPECT_OK(zx_vmar_destroy(region));
  zx_handle_close(region);
  zx_handle_close(vmo);
}

TEST(older_calls_that_only_check) {
  zx_handle_t event = new_event(), root = get_root_resource();
  uint64_t cookie = 0;
  size_t size = 4;
  char text[4];
  EXPECT_STATUS(zx_object_get_cookie(ZX_HANDLE_INVALID, event, &cookie), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_cookie(event, event, &cookie), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_object_set_cookie(event, event, 5), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_task_bind_exception_port(event, 0, 0, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_task_resume_from_exception(ZX_HANDLE_INVALID, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_debug_read(event, text, &size), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debug_read(root, text, &size), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_pci_enable_bus_master(event, true), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pci_add_subtract_io_range(root, true, 0, 1, false), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_pci_cfg_pio_rw(root, 0, 0, 0, 0, NULL, 4, false), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(size, 4);
  zx_handle_close(event);
}

TEST(older_constants) {
  EXPECT_EQ(ZX_PKT_TYPE_EXCEPTION(0x123), 0x2308);
  EXPECT_TRUE(ZX_PKT_IS_EXCEPTION(ZX_PKT_TYPE_EXCEPTION(1)));
  EXPECT_TRUE(ZX_PKT_IS_SIGNAL_REP(ZX_PKT_TYPE_SIGNAL_REP));
  EXPECT_EQ(PA_HND_SUBTYPE(0x1234), 0x12);
  EXPECT_EQ(sizeof(zx_thread_x86_register_fs_t), 8);
}

ZTEST_MAIN

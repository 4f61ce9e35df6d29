// SPDX-License-Identifier: MIT
// What programs of 2024 find with LIBZX_LATER_ABI.
// Specification: tasks-time-system.md, sections 2.6, 8.5 and 10.3.

#define LIBZX_LATER_ABI 1

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/syscalls/log.h>
#include <zircon/syscalls/resource.h>
#include <zircon/syscalls/restricted.h>
#include <zircon/syscalls/system.h>

#include "objects.h"

TEST(later_log_records_are_numbered) {
  zx_handle_t log = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_debuglog_create(ZX_HANDLE_INVALID, ZX_LOG_FLAG_READABLE, &log));
  zx_log_record_t record;
  while (zx_debuglog_read(log, 0, &record, sizeof(record)) > 0) continue;
  char text[ZX_LOG_RECORD_DATA_MAX + 20];
  memset(text, 'x', sizeof(text));
  ASSERT_OK(zx_debuglog_write(log, 0, "one", 3));
  ASSERT_OK(zx_debuglog_write(log, 0, text, sizeof(text)));
  ASSERT_EQ(zx_debuglog_read(log, 0, &record, sizeof(record)), 40 + 3);
  uint64_t sequence = record.sequence;
  EXPECT_EQ(record.datalen, 3);
  EXPECT_EQ(record.severity, ZX_LOG_INFO);
  EXPECT_EQ(record.pid, basic_info(zx_process_self()).koid);
  EXPECT_BYTES(record.data, "one", 3);
  ASSERT_EQ(zx_debuglog_read(log, 0, &record, sizeof(record)), sizeof(record));
  EXPECT_EQ(record.sequence, sequence + 1);
  EXPECT_EQ(record.datalen, 216);
  EXPECT_BYTES(record.data, text, 216);
  zx_handle_close(log);
}

TEST(later_calls_about_the_machine_check_the_resource) {
  zx_handle_t root = get_root_resource(), event = new_event(), cpu = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_resource_create(root, ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_CPU_BASE, 1, "", 0, &cpu));
  size_t count = zx_system_get_num_cpus(), actual = 0;
  zx_cpu_performance_info_t info[1];
  zx_cpu_set_t set = {{1}};
  EXPECT_STATUS(zx_system_get_performance_info(event, 9, 0, info, &actual), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_system_get_performance_info(cpu, 9, 0, info, &actual), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_system_get_performance_info(cpu, ZX_CPU_PERF_SCALE, count + 1, info, &actual),
                ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_system_get_performance_info(root, ZX_CPU_PERF_SCALE, count, info, &actual),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_system_set_performance_info(root, ZX_CPU_PERF_SCALE, info, 0),
                ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_system_set_performance_info(root, ZX_CPU_DEFAULT_PERF_SCALE, info, 1),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_system_set_performance_info(root, ZX_CPU_PERF_SCALE, info, 1),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_system_suspend_enter(event, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_system_suspend_enter(cpu, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_system_set_processor_power_level_domain(root, 0, NULL, NULL, 0, NULL, 0),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_system_set_processor_power_level_domain(root, 0, &set, NULL, 0, NULL, 0),
                ZX_ERR_NOT_SUPPORTED);
  zx_handle_close(cpu);
  zx_handle_close(event);
}

TEST(later_calls_that_only_check) {
  zx_handle_t event = new_event(), vmo = new_vmo(), out = 0xabcdef, root = get_root_resource();
  zx_vaddr_t address = 0;
  zx_sampler_config_t config = {.period = 1};
  EXPECT_STATUS(zx_iob_create(1, &config, 1, &out, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_iob_create(0, &config, 1, &out, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmar_map_iob(event, 0, 0, event, 0, 0, 4096, &address), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmar_map_iob(zx_vmar_root_self(), 0, 0, event, 0, 0, 4096, &address),
                ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_transfer_data(vmo, 1, 0, 4096, vmo, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmo_transfer_data(vmo, 0, 0, 4096, event, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_transfer_data(vmo, 0, 0, 4096, vmo, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_process_create_shared(event, 0, "", 0, &out, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_process_create_shared(zx_process_self(), 0, "", 0, &out, &out),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_restricted_bind_state(1, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_restricted_bind_state(0, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_restricted_enter(0, 0, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_restricted_unbind_state(0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_restricted_kick(event, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_restricted_kick(zx_thread_self(), 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_sampler_create(event, 0, &config, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_sampler_create(root, 0, NULL, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_sampler_create(root, 0, &config, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_sampler_start(0xfffffffc), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_sampler_stop(event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_sampler_attach(event, zx_thread_self()), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_query_dirty_ranges(event, vmo, 0, 0, NULL, 0, NULL, NULL),
                ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_query_vmo_stats(event, vmo, 0, NULL, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_syscall_next_1(1), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(out, 0xabcdef);
  zx_handle_close(vmo);
  zx_handle_close(event);
}

TEST(later_widening_calls_extend_their_arguments) {
  EXPECT_EQ(zx_syscall_test_widening_unsigned_narrow(1, UINT32_MAX, UINT16_MAX, UINT8_MAX),
            1ull + UINT32_MAX + UINT16_MAX + UINT8_MAX);
  EXPECT_EQ(zx_syscall_test_widening_unsigned_wide(UINT64_MAX, 1, 1, 1), 2);
  EXPECT_EQ(zx_syscall_test_widening_signed_narrow(1, -1, -2, -3), -5);
  EXPECT_EQ(zx_syscall_test_widening_signed_wide(INT64_MIN, 0, 0, 0), INT64_MIN);
}

TEST(later_process_info_is_that_of_the_topic) {
  zx_info_process_t info;
  ASSERT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.flags, ZX_INFO_PROCESS_FLAG_STARTED);
  EXPECT_TRUE(info.start_time > 0);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// zx_profile_create and zx_object_set_profile.
// Specification: tasks-time-system.md, section 9.1.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <sched.h>
#include <zircon/process.h>
#include <zircon/syscalls/profile.h>
#include <zircon/syscalls/resource.h>

#include "objects.h"

#define UNTOUCHED 0xabcdefu

static zx_status_t create(const zx_profile_info_t* info) {
  zx_handle_t profile = UNTOUCHED;
  zx_status_t status = zx_profile_create(zx_job_default(), 0, info, &profile);
  if (status == ZX_OK)
    EXPECT_OK(zx_handle_close(profile));
  else
    EXPECT_EQ(profile, UNTOUCHED);
  return status;
}

static zx_status_t create_priority(int32_t priority) {
  zx_profile_info_t info = {.flags = ZX_PROFILE_INFO_FLAG_PRIORITY, .priority = priority};
  return create(&info);
}

static zx_status_t create_deadline(zx_duration_t capacity, zx_duration_t relative,
                                   zx_duration_t period) {
  zx_profile_info_t info = {
      .flags = ZX_PROFILE_INFO_FLAG_DEADLINE,
      .deadline_params = {.capacity = capacity, .relative_deadline = relative, .period = period}};
  return create(&info);
}

TEST(profile_create_type_and_rights) {
  zx_profile_info_t info = {.flags = ZX_PROFILE_INFO_FLAG_PRIORITY, .priority = 16};
  zx_handle_t profile = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_profile_create(zx_job_default(), 0, &info, &profile));
  EXPECT_EQ(basic_info(profile).type, ZX_OBJ_TYPE_PROFILE);
  EXPECT_EQ(basic_info(profile).rights, 0x88003);
  EXPECT_STATUS(zx_object_wait_one(profile, 0, 0, NULL), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(profile));
}

TEST(profile_create_checks_in_order) {
  zx_handle_t event = new_event(), out = UNTOUCHED;
  zx_handle_t weak = copy_of(zx_job_default(), ZX_RIGHTS_BASIC);
  EXPECT_STATUS(zx_profile_create(ZX_HANDLE_INVALID, 1, NULL, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_profile_create(ZX_HANDLE_INVALID, 0, NULL, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_profile_create(event, 0, NULL, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_profile_create(weak, 0, NULL, &out), ZX_ERR_ACCESS_DENIED);
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(zx_profile_info_t), &bad); i++)
    EXPECT_STATUS(zx_profile_create(zx_job_default(), 0, bad, &out), ZX_ERR_INVALID_ARGS);
  zx_profile_info_t info = {.flags = ZX_PROFILE_INFO_FLAG_PRIORITY};
  for (int i = 0; ztest_bad_write(i, sizeof(out), &bad); i++)
    EXPECT_STATUS(zx_profile_create(zx_job_default(), 0, &info, bad), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(out, UNTOUCHED);
  zx_handle_close(weak);
  zx_handle_close(event);
}

TEST(profile_create_with_a_resource_as_in_later_zircon) {
  zx_profile_info_t info = {.flags = ZX_PROFILE_INFO_FLAG_PRIORITY};
  zx_handle_t root = get_root_resource(), other = ZX_HANDLE_INVALID, out = UNTOUCHED;
  ASSERT_OK(zx_resource_create(root, ZX_RSRC_KIND_MMIO, 0, 4096, "", 0, &other));
  EXPECT_STATUS(zx_profile_create(other, 0, &info, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_OK(zx_handle_close(other));
  ASSERT_OK(zx_resource_create(root, ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_PROFILE_BASE, 1, "", 0,
                               &other));
  ASSERT_OK(zx_profile_create(other, 0, &info, &out));
  EXPECT_OK(zx_handle_close(out));
  ASSERT_OK(zx_profile_create(root, 0, &info, &out));
  EXPECT_OK(zx_handle_close(out));
  EXPECT_OK(zx_handle_close(other));
}

TEST(profile_create_flags) {
  zx_profile_info_t info = {.deadline_params = {.capacity = 1, .relative_deadline = 1, .period = 1}};
  EXPECT_STATUS(create(&info), ZX_ERR_INVALID_ARGS);
  info.flags = ZX_PROFILE_INFO_FLAG_PRIORITY | ZX_PROFILE_INFO_FLAG_DEADLINE;
  EXPECT_STATUS(create(&info), ZX_ERR_INVALID_ARGS);
  info.flags = 8;
  EXPECT_STATUS(create(&info), ZX_ERR_INVALID_ARGS);
  info.flags = ZX_PROFILE_INFO_FLAG_PRIORITY | 0x80000000;
  EXPECT_STATUS(create(&info), ZX_ERR_INVALID_ARGS);
  info.flags = ZX_PROFILE_INFO_FLAG_CPU_MASK;
  EXPECT_OK(create(&info));
  info.flags = ZX_PROFILE_INFO_FLAG_CPU_MASK | ZX_PROFILE_INFO_FLAG_DEADLINE;
  EXPECT_OK(create(&info));
}

TEST(profile_create_priorities_0_to_31) {
  for (int32_t priority = ZX_PRIORITY_LOWEST; priority <= ZX_PRIORITY_HIGHEST; priority++)
    EXPECT_OK(create_priority(priority));
  EXPECT_STATUS(create_priority(-1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(create_priority(32), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(create_priority(INT32_MIN), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(create_priority(INT32_MAX), ZX_ERR_INVALID_ARGS);
}

TEST(profile_create_deadlines_in_order) {
  EXPECT_OK(create_deadline(1, 2, 3));
  EXPECT_OK(create_deadline(3, 3, 3));
  EXPECT_STATUS(create_deadline(0, 2, 3), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(create_deadline(-1, 2, 3), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(create_deadline(3, 2, 4), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(create_deadline(1, 4, 3), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(create_deadline(1, INT64_MAX, INT64_MIN), ZX_ERR_INVALID_ARGS);
}

static zx_handle_t profile_for(zx_cpu_set_t cpus) {
  zx_profile_info_t info = {.flags = ZX_PROFILE_INFO_FLAG_CPU_MASK, .cpu_affinity_mask = cpus};
  zx_handle_t profile = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_profile_create(zx_job_default(), 0, &info, &profile));
  return profile;
}

static zx_info_thread_t info_of(zx_handle_t thread) {
  zx_info_thread_t info = {0};
  EXPECT_OK(zx_object_get_info(thread, ZX_INFO_THREAD, &info, sizeof(info), NULL, NULL));
  return info;
}

TEST(set_profile_checks_in_order) {
  zx_handle_t event = new_event(), profile = profile_for((zx_cpu_set_t){.mask = {1}});
  zx_handle_t weak_thread = copy_of(zx_thread_self(), ZX_RIGHTS_BASIC);
  zx_handle_t weak_profile = copy_of(profile, ZX_RIGHT_INSPECT);
  EXPECT_STATUS(zx_object_set_profile(ZX_HANDLE_INVALID, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_set_profile(event, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_object_set_profile(weak_thread, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_set_profile(zx_thread_self(), 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_set_profile(zx_thread_self(), event, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_object_set_profile(zx_thread_self(), weak_profile, 0), ZX_ERR_ACCESS_DENIED);
  zx_handle_close(weak_profile);
  zx_handle_close(weak_thread);
  zx_handle_close(profile);
  zx_handle_close(event);
}

TEST(set_profile_mask_is_read_back_and_told_to_linux) {
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) first++;
  zx_cpu_set_t mask = {.mask = {0}};
  mask.mask[first / 64] = 1ull << (first % 64);
  mask.mask[7] = 1ull << 63;  // no such processor: kept all the same
  zx_handle_t profile = profile_for(mask);
  ASSERT_OK(zx_object_set_profile(zx_thread_self(), profile, 0));
  zx_info_thread_t info = info_of(zx_thread_self());
  EXPECT_BYTES(&info.cpu_affinity_mask, &mask, sizeof(mask));
  ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_EQ(CPU_COUNT(&after), 1);
  EXPECT_TRUE(CPU_ISSET(first, &after));
  EXPECT_OK(zx_handle_close(profile));
  // A mask of processors that are not there leaves the thread where it runs.
  profile = profile_for((zx_cpu_set_t){.mask = {0, 0, 0, 0, 0, 0, 0, 1ull << 63}});
  EXPECT_OK(zx_object_set_profile(zx_thread_self(), profile, 0));
  ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_EQ(CPU_COUNT(&after), 1);
  EXPECT_OK(zx_handle_close(profile));
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
}

TEST(set_profile_of_a_new_thread_and_of_a_dead_one) {
  zx_handle_t thread = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_thread_create(zx_process_self(), "new", 3, 0, &thread));
  zx_profile_info_t high = {.flags = ZX_PROFILE_INFO_FLAG_PRIORITY, .priority = ZX_PRIORITY_HIGH};
  zx_handle_t profile = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_profile_create(zx_job_default(), 0, &high, &profile));
  EXPECT_OK(zx_object_set_profile(thread, profile, 0));
  static char stack[65536];
  ASSERT_OK(zx_thread_start(thread, (uintptr_t)zx_thread_exit, (uintptr_t)stack + 65528, 0, 0));
  ASSERT_OK(zx_object_wait_one(thread, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_STATUS(zx_object_set_profile(thread, profile, 0), ZX_ERR_BAD_STATE);
  zx_handle_close(profile);
  zx_handle_close(thread);
}

ZTEST_MAIN

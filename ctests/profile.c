// SPDX-License-Identifier: MIT
// zx_profile_create.
// Specification: tasks-time-system.md, section 9.1.

#include "ztest.h"

#include <zircon/process.h>
#include <zircon/syscalls/profile.h>

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

ZTEST_MAIN

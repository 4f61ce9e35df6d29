// SPDX-License-Identifier: MIT
// zx_system_get_event. Specification: ports.md, section 9.

#include "ztest.h"

#include <zircon/process.h>

#include "objects.h"

enum { FIRST = ZX_SYSTEM_EVENT_OUT_OF_MEMORY, LAST = ZX_SYSTEM_EVENT_IMMINENT_OUT_OF_MEMORY };

TEST(system_get_event_root_job_ok) {
  for (zx_system_event_type_t kind = FIRST; kind <= LAST; kind++) {
    zx_handle_t event = ZX_HANDLE_INVALID, again = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_system_get_event(zx_job_default(), kind, &event));
    EXPECT_OK(zx_system_get_event(zx_job_default(), kind, &again));
    zx_info_handle_basic_t info = basic_info(event);
    EXPECT_EQ(info.type, ZX_OBJ_TYPE_EVENT);
    EXPECT_EQ(info.rights, ZX_RIGHT_WAIT | ZX_RIGHT_DUPLICATE | ZX_RIGHT_TRANSFER);
    EXPECT_EQ(basic_info(again).koid, info.koid);
    EXPECT_STATUS(zx_object_signal(event, 0, ZX_EVENT_SIGNALED), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(zx_object_signal(event, 1, 1), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(zx_handle_close(event));
    EXPECT_OK(zx_handle_close(again));
  }
}

TEST(system_get_event_job_checks_in_order) {
  zx_handle_t out = 0xabc;
  zx_handle_t bare = copy_of(zx_job_default(), ZX_RIGHT_NONE);
  for (zx_system_event_type_t kind = 0; kind <= LAST + 1; kind++) {
    EXPECT_STATUS(zx_system_get_event(0, kind, &out), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(zx_system_get_event(zx_process_self(), kind, &out), ZX_ERR_WRONG_TYPE);
  }
  EXPECT_STATUS(zx_system_get_event(bare, ZX_SYSTEM_EVENT_OUT_OF_MEMORY, &out),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(out, 0xabc);
  EXPECT_OK(zx_system_get_event(bare, ZX_SYSTEM_EVENT_MEMORY_PRESSURE_NORMAL, &out));
  EXPECT_OK(zx_handle_close(out));
  EXPECT_OK(zx_handle_close(bare));
}

TEST(system_get_event_unknown_kind_invalid_args) {
  const zx_system_event_type_t kinds[] = {0, 6, 0xffffffffu};
  for (int i = 0; i < 3; i++) {
    zx_handle_t out = 0xabc;
    EXPECT_STATUS(zx_system_get_event(zx_job_default(), kinds[i], &out), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, 0xabc);
  }
}

TEST(system_get_event_bad_out_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_system_get_event(zx_job_default(), FIRST, (zx_handle_t*)bad),
                  ZX_ERR_INVALID_ARGS);
}

TEST(system_get_event_exactly_one_signalled) {
  zx_wait_item_t items[LAST];
  for (zx_system_event_type_t kind = FIRST; kind <= LAST; kind++) {
    items[kind - 1] = (zx_wait_item_t){0, ZX_EVENT_SIGNALED, 0};
    EXPECT_OK(zx_system_get_event(zx_job_default(), kind, &items[kind - 1].handle));
  }
  EXPECT_OK(zx_object_wait_many(items, LAST, ZX_TIME_INFINITE));
  int signalled = 0;
  for (int i = 0; i < LAST; i++) {
    signalled += items[i].pending == ZX_EVENT_SIGNALED;
    for (int j = 0; j < i; j++)
      EXPECT_NE(basic_info(items[i].handle).koid, basic_info(items[j].handle).koid);
  }
  EXPECT_EQ(signalled, 1);
  for (int i = 0; i < LAST; i++) EXPECT_OK(zx_handle_close(items[i].handle));
}

TEST(job_default_is_the_job_of_the_process) {
  zx_info_handle_basic_t job = basic_info(zx_job_default());
  EXPECT_EQ(job.type, ZX_OBJ_TYPE_JOB);
  EXPECT_EQ(job.rights, 0x7dfcf);
  EXPECT_EQ(job.related_koid, 0);
  EXPECT_EQ(basic_info(zx_process_self()).related_koid, job.koid);
  EXPECT_EQ(signals_of(zx_job_default()), ZX_JOB_NO_JOBS);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// A full handle table: what cannot be made now can be made later. Specification: objects.md, section 3.1;
// tasks-time-system.md, sections 9.3 and 11. The first test has to be the first to use the handles that a
// program has from the start.

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/processargs.h>

#include "objects.h"

#define MOST ((size_t)2 << 20)

static zx_handle_t* handles;
static size_t count;

static void fill_table(void) {
  handles = (zx_handle_t*)malloc(MOST * sizeof(*handles));
  ASSERT_OK(zx_event_create(0, &handles[0]));
  zx_status_t status = ZX_OK;
  for (count = 1; count < MOST; count++) {
    status = zx_handle_duplicate(handles[0], ZX_RIGHT_SAME_RIGHTS, &handles[count]);
    if (status != ZX_OK) break;
  }
  EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
}

static void empty_table(void) {
  EXPECT_OK(zx_handle_close_many(handles, count));
  free(handles);
}

TEST(startup_handles_first_used_with_full_table_come_later) {
  fill_table();
  EXPECT_EQ(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)), ZX_HANDLE_INVALID);
  EXPECT_EQ(zx_process_self(), ZX_HANDLE_INVALID);
  EXPECT_EQ(zx_job_default(), ZX_HANDLE_INVALID);
  EXPECT_EQ(zx_vmar_root_self(), ZX_HANDLE_INVALID);
  EXPECT_EQ(get_root_resource(), ZX_HANDLE_INVALID);
  // Room for one: the first to ask gets it, the others are told so as before.
  EXPECT_OK(zx_handle_close(handles[--count]));
  zx_handle_t process = zx_process_self();
  EXPECT_EQ(basic_info(process).type, ZX_OBJ_TYPE_PROCESS);
  EXPECT_EQ(zx_job_default(), ZX_HANDLE_INVALID);
  EXPECT_EQ(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)), ZX_HANDLE_INVALID);
  empty_table();
  EXPECT_EQ(zx_process_self(), process);
  EXPECT_EQ(basic_info(zx_job_default()).type, ZX_OBJ_TYPE_JOB);
  EXPECT_EQ(basic_info(zx_vmar_root_self()).type, ZX_OBJ_TYPE_VMAR);
  EXPECT_EQ(basic_info(get_root_resource()).type, ZX_OBJ_TYPE_RESOURCE);
  zx_handle_t taken = zx_take_startup_handle(PA_HND(PA_RESOURCE, 0));
  EXPECT_EQ(basic_info(taken).type, ZX_OBJ_TYPE_RESOURCE);
  EXPECT_OK(zx_handle_close(taken));
  EXPECT_EQ(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)), ZX_HANDLE_INVALID);
}

TEST(full_table_creating_calls_no_memory_and_nothing_left) {
  fill_table();
  zx_handle_t a = 77, b = 78;
  EXPECT_STATUS(zx_event_create(0, &a), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(zx_port_create(0, &a), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(zx_vmo_create(4096, 0, &a), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(zx_channel_create(0, &a, &b), ZX_ERR_NO_MEMORY);
  EXPECT_EQ(a, 77);
  EXPECT_EQ(b, 78);
  EXPECT_EQ(handle_count(handles[0]), count);
  // Room for one end only: none is made.
  EXPECT_OK(zx_handle_close(handles[--count]));
  EXPECT_STATUS(zx_eventpair_create(0, &a, &b), ZX_ERR_NO_MEMORY);
  EXPECT_OK(zx_event_create(0, &a));
  EXPECT_OK(zx_handle_close(a));
  empty_table();
}

ZTEST_MAIN

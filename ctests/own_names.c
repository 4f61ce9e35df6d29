// SPDX-License-Identifier: MIT
// A program that has functions named like system calls: zx_NAME is its own, _zx_NAME is the library's.

#include "ztest.h"

#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

static unsigned created;
static unsigned waited;

zx_status_t zx_event_create(uint32_t options, zx_handle_t* out) {
  created++;
  return _zx_event_create(options, out);
}

zx_status_t zx_port_wait(zx_handle_t handle, zx_time_t deadline, zx_port_packet_t* packet) {
  waited++;
  return _zx_port_wait(handle, deadline, packet);
}

TEST(own_function_calls_the_library) {
  zx_handle_t event = ZX_HANDLE_INVALID;
  unsigned before = created;
  ASSERT_STATUS(zx_event_create(0, &event), ZX_OK);
  EXPECT_EQ(created, before + 1);
  EXPECT_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, 0, NULL), ZX_ERR_TIMED_OUT);
  EXPECT_STATUS(zx_handle_close(event), ZX_OK);
}

TEST(underscore_name_goes_past_the_own_function) {
  zx_handle_t event = ZX_HANDLE_INVALID;
  unsigned before = created;
  ASSERT_STATUS(_zx_event_create(0, &event), ZX_OK);
  EXPECT_EQ(created, before);
  EXPECT_STATUS(_zx_handle_close(event), ZX_OK);
}

TEST(own_function_sees_calls_of_the_program_only) {
  zx_handle_t port = ZX_HANDLE_INVALID;
  zx_port_packet_t packet;
  unsigned before = waited;
  ASSERT_STATUS(_zx_port_create(0, &port), ZX_OK);
  EXPECT_STATUS(_zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_EQ(waited, before);
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_EQ(waited, before + 1);
  EXPECT_STATUS(zx_handle_close(port), ZX_OK);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Shorthands that several test programs share. Include after "ztest.h".

#ifndef LIBZX_CTESTS_OBJECTS_H_
#define LIBZX_CTESTS_OBJECTS_H_

#include <zircon/syscalls.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

// A fresh object of its kind; ZX_HANDLE_INVALID, and a failure of the test, when there is none.
__attribute__((unused)) static zx_handle_t new_port(void) {
  zx_handle_t port = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_port_create(0, &port));
  return port;
}

__attribute__((unused)) static zx_handle_t new_vmo(void) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(4096, 0, &vmo));
  return vmo;
}

__attribute__((unused)) static zx_handle_t new_event(void) {
  zx_handle_t event = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_event_create(0, &event));
  return event;
}

// The signals active on an object; the handle needs ZX_RIGHT_WAIT.
__attribute__((unused)) static zx_signals_t signals_of(zx_handle_t handle) {
  zx_signals_t observed = 0;
  EXPECT_STATUS(zx_object_wait_one(handle, 0, 0, &observed), ZX_ERR_TIMED_OUT);
  return observed;
}

// A second handle with these rights.
__attribute__((unused)) static zx_handle_t copy_of(zx_handle_t handle, zx_rights_t rights) {
  zx_handle_t copy = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_handle_duplicate(handle, rights, &copy));
  return copy;
}

// A handle value that was live once.
__attribute__((unused)) static zx_handle_t stale_handle(void) {
  zx_handle_t port = new_port();
  EXPECT_OK(zx_handle_close(port));
  return port;
}

__attribute__((unused)) static bool is_live(zx_handle_t handle) {
  return zx_object_get_info(handle, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL) == ZX_OK;
}

__attribute__((unused)) static zx_info_handle_basic_t basic_info(zx_handle_t handle) {
  zx_info_handle_basic_t info;
  memset(&info, 0, sizeof(info));
  EXPECT_OK(zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  return info;
}

// How many handles the object has; the handle needs ZX_RIGHT_INSPECT.
__attribute__((unused)) static uint32_t handle_count(zx_handle_t handle) {
  zx_info_handle_count_t info;
  memset(&info, 0, sizeof(info));
  EXPECT_OK(zx_object_get_info(handle, ZX_INFO_HANDLE_COUNT, &info, sizeof(info), NULL, NULL));
  return info.handle_count;
}

#endif  // LIBZX_CTESTS_OBJECTS_H_

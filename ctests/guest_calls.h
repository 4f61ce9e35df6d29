// SPDX-License-Identifier: MIT
// What the programs about the arguments of hypervisor calls have in common.

#ifndef CTESTS_GUEST_CALLS_H_
#define CTESTS_GUEST_CALLS_H_

#include "guest_fixture.h"

#include "objects.h"
#include <zircon/syscalls/resource.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define GUEST_SIZE (1ull << 48)
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define RWX (RW | ZX_VM_PERM_EXECUTE)

#define GUEST_RIGHTS 0x2800bu
#define VCPU_RIGHTS 0xd01fu
#define GUEST_VMAR_RIGHTS 0x801fu

static inline zx_handle_t hypervisor_resource(void) {
  zx_handle_t resource = ZX_HANDLE_INVALID;
  EXPECT_OK(libzx_get_hypervisor_resource(&resource));
  return resource;
}

// A second handle with one right less.
static inline zx_handle_t without(zx_handle_t handle, zx_rights_t right) {
  return copy_of(handle, basic_info(handle).rights & ~right);
}

static inline zx_status_t new_guest(zx_handle_t* guest, zx_handle_t* vmar) {
  zx_handle_t resource = hypervisor_resource();
  zx_status_t status = zx_guest_create(resource, 0, guest, vmar);
  EXPECT_OK(zx_handle_close(resource));
  return status;
}

// A guest without memory, for calls that do not run it.
#define BARE_GUEST(guest, vmar)                                \
  zx_handle_t guest = ZX_HANDLE_INVALID, vmar = ZX_HANDLE_INVALID; \
  REQUIRE_GUEST();                                             \
  ASSERT_OK(new_guest(&guest, &vmar))

static inline void close_all(const zx_handle_t* handles, size_t count) {
  EXPECT_OK(zx_handle_close_many(handles, count));
}

#define CLOSE(...)                                                              \
  close_all((zx_handle_t[]){__VA_ARGS__}, COUNT(((zx_handle_t[]){__VA_ARGS__})))

// Runs a function on a new thread and waits for its end.
static inline void on_other_thread(void* (*function)(void*), void* arg) {
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, function, arg), 0);
  pthread_join(thread, NULL);
}

#endif  // CTESTS_GUEST_CALLS_H_

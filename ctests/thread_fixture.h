// SPDX-License-Identifier: MIT
// Threads of zx_thread_start. Include after "ztest.h".

#ifndef LIBZX_CTESTS_THREAD_FIXTURE_H_
#define LIBZX_CTESTS_THREAD_FIXTURE_H_

#include <sched.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/object.h>

#include "objects.h"

#define THREAD_ALL (ZX_THREAD_RUNNING | ZX_THREAD_SUSPENDED | ZX_THREAD_TERMINATED)

// A thread with a stack of this struct's.
typedef struct started {
  zx_handle_t handle;
  _Alignas(16) unsigned char stack[16384];
} started_t;

// The stack pointer that a C function expects when it begins.
__attribute__((unused)) static uintptr_t stack_top(void* stack, size_t size) {
  return (((uintptr_t)stack + size) & ~(uintptr_t)15) - 8;
}

__attribute__((unused)) static void started_make(started_t* self, const char* name) {
  self->handle = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_thread_create(zx_process_self(), name, strlen(name), 0, &self->handle));
}

typedef void (*started_run_t)(uintptr_t, uintptr_t);

__attribute__((unused)) static zx_status_t started_go(started_t* self, started_run_t run,
                                                      uintptr_t arg1, uintptr_t arg2) {
  return zx_thread_start(self->handle, (uintptr_t)run,
                         stack_top(self->stack, sizeof(self->stack)), arg1, arg2);
}

__attribute__((unused)) static void started_begin(started_t* self, started_run_t run, uintptr_t arg1,
                                                  uintptr_t arg2) {
  started_make(self, "started");
  EXPECT_OK(started_go(self, run, arg1, arg2));
}

__attribute__((unused)) static void started_join(started_t* self) {
  EXPECT_OK(zx_object_wait_one(self->handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_handle_close(self->handle));
}

__attribute__((unused)) static uint32_t thread_state(zx_handle_t thread) {
  zx_info_thread_t info;
  memset(&info, 0xFF, sizeof(info));
  EXPECT_OK(zx_object_get_info(thread, ZX_INFO_THREAD, &info, sizeof(info), NULL, NULL));
  return info.state;
}

// Returns once the thread is in this state.
__attribute__((unused)) static void await_state(zx_handle_t thread, uint32_t state) {
  while (thread_state(thread) != state) sched_yield();
  EXPECT_EQ(thread_state(thread), state);
}

#endif  // LIBZX_CTESTS_THREAD_FIXTURE_H_

// SPDX-License-Identifier: MIT
// zx_futex_wake_handle_close_thread_exit and zx_vmar_unmap_handle_close_thread_exit.
// Specification: tasks-time-system.md, section 5.6, and memory.md, section 4.8.

#include "ztest.h"

#include <pthread.h>
#include <zircon/process.h>

#include "child.h"
#include "objects.h"

#define PAGE 4096u

// A stack of a few pages that is a VMO's, and what a thread on it is told.
typedef struct {
  zx_vaddr_t base;
  zx_handle_t thread, event;
  zx_futex_t done;
  size_t size;
} exit_t;

static void make(exit_t* self) {
  memset(self, 0, sizeof(*self));
  self->size = 4 * PAGE;
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(self->size, 0, &vmo));
  EXPECT_OK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0,
                        self->size, &self->base));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_thread_create(zx_process_self(), "exit", 4, 0, &self->thread));
  self->event = new_event();
}

static void start(exit_t* self, void (*entry)(uintptr_t, uintptr_t)) {
  uintptr_t stack = self->base + self->size - 8;
  EXPECT_OK(zx_thread_start(self->thread, (uintptr_t)entry, stack, (uintptr_t)self, 0));
}

static void expect_gone(exit_t* self) {
  EXPECT_OK(zx_object_wait_one(self->thread, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_STATUS(zx_handle_close(self->event), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(self->thread));
}

static void wake_and_exit(uintptr_t argument, uintptr_t unused) {
  (void)unused;
  exit_t* self = (exit_t*)argument;
  zx_futex_wake_handle_close_thread_exit(&self->done, UINT32_MAX, 1, self->event);
}

TEST(wake_and_exit_lets_others_take_the_stack_away) {
  for (uint32_t round = 0; round < ztest_rounds(200); round++) {
    exit_t self;
    make(&self);
    start(&self, wake_and_exit);
    while (atomic_load(&self.done) == 0) {
      zx_status_t status = zx_futex_wait(&self.done, 0, ZX_HANDLE_INVALID, ZX_TIME_INFINITE);
      if (status != ZX_ERR_BAD_STATE) EXPECT_OK(status);
    }
    ASSERT_OK(zx_vmar_unmap(zx_vmar_root_self(), self.base, self.size));
    expect_gone(&self);
  }
}

static void unmap_and_exit(uintptr_t argument, uintptr_t unused) {
  (void)unused;
  exit_t* self = (exit_t*)argument;
  zx_vmar_unmap_handle_close_thread_exit(zx_vmar_root_self(), self->base, self->size, self->event);
  abort();
}

TEST(unmap_and_exit_takes_the_own_stack_away) {
  for (uint32_t round = 0; round < ztest_rounds(200); round++) {
    exit_t self;
    make(&self);
    start(&self, unmap_and_exit);
    expect_gone(&self);
    size_t actual = 0;
    char byte;
    EXPECT_STATUS(zx_process_read_memory(zx_process_self(), self.base, &byte, 1, &actual),
                  ZX_ERR_NO_MEMORY);
  }
}

TEST(unmap_and_exit_returns_when_it_cannot_unmap) {
  zx_handle_t event = new_event();
  EXPECT_STATUS(zx_vmar_unmap_handle_close_thread_exit(ZX_HANDLE_INVALID, 0, PAGE, event),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vmar_unmap_handle_close_thread_exit(event, 0, PAGE, event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmar_unmap_handle_close_thread_exit(zx_vmar_root_self(), 1, PAGE, event),
                ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(event));
}

static void* exit_of_a_c_thread(void* argument) {
  exit_t* self = argument;
  zx_futex_wake_handle_close_thread_exit(&self->done, 1, 1, ZX_HANDLE_INVALID);
}

TEST(wake_and_exit_ends_a_thread_of_the_c_library) {
  exit_t self = {0};
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, exit_of_a_c_thread, &self), 0);
  pthread_join(thread, NULL);
  EXPECT_EQ(self.done, 1);
}

static void close_nothing(const char* text) {
  (void)text;
  zx_futex_t futex = 0;
  zx_futex_wake_handle_close_thread_exit(&futex, 1, 1, 0xfffffffc);
}

static void wake_nowhere(const char* text) {
  (void)text;
  zx_futex_wake_handle_close_thread_exit(NULL, 1, 1, ZX_HANDLE_INVALID);
}

const child_function_t child_functions[] = {close_nothing, wake_nowhere};

TEST(step_that_fails_ends_the_process) {
  EXPECT_EQ(child_run(0, NULL), -1);
  EXPECT_EQ(child_run(1, NULL), -1);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// The families of threads, futexes, clocks, logs, and of VMOs that share pages.

#define _GNU_SOURCE
#include "scenario.h"

#include <libzx.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls/clock.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096ull
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)

static void nothing(void) {}

// --- Threads --------------------------------------------------------------------------------------

static unsigned char stack[64 << 10] __attribute__((aligned(16)));

static void thread_main(uintptr_t event, uintptr_t unused) {
  (void)unused;
  zx_object_signal((zx_handle_t)event, 0, ZX_USER_SIGNAL_0);
  zx_object_wait_one((zx_handle_t)event, ZX_USER_SIGNAL_1, zx_deadline_after(ZX_SEC(10)), NULL);
  zx_thread_exit();
}

static void run_thread(void) {
  zx_handle_t thread = 0, event = 0, token = 0;
  if (OK(zx_event_create(0, &event)) &&
      OK(zx_thread_create(zx_process_self(), "swept", 5, 0, &thread)) &&
      OK(zx_thread_start(thread, (uintptr_t)thread_main, (uintptr_t)(stack + sizeof(stack) - 8),
                         event, 0))) {
    OK(zx_object_wait_one(event, ZX_USER_SIGNAL_0, zx_deadline_after(ZX_SEC(10)), NULL));
    if (OK(zx_task_suspend_token(thread, &token))) {
      OK(zx_object_wait_one(thread, ZX_THREAD_SUSPENDED, zx_deadline_after(ZX_SEC(10)), NULL));
      drop(&token);
    }
    // Without this the thread would be left behind: it is repeated until it has worked.
    while (zx_object_signal(event, 0, ZX_USER_SIGNAL_1) != ZX_OK) {}
    OK(zx_object_wait_one(thread, ZX_THREAD_TERMINATED, zx_deadline_after(ZX_SEC(10)), NULL));
  }
  drop(&thread);
  drop(&event);
}

static zx_futex_t word;

static void* wake_later(void* unused) {
  usleep(1000);
  __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
  zx_futex_wake(&word, 1);
  return unused;
}

static void run_futex(void) {
  pthread_t thread;
  __atomic_store_n(&word, 0, __ATOMIC_SEQ_CST);
  if (pthread_create(&thread, NULL, wake_later, NULL) == 0) {
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0) {
      zx_futex_wait(&word, 0, ZX_HANDLE_INVALID, zx_deadline_after(ZX_MSEC(100)));
    }
    pthread_join(thread, NULL);
  }
  OK(zx_futex_wake(&word, 100));
}

// --- Clocks and logs ------------------------------------------------------------------------------

static void run_clock(void) {
  zx_handle_t clock = 0, log = 0;
  zx_time_t now = 0;
  if (OK(zx_clock_create(ZX_CLOCK_OPT_AUTO_START, NULL, &clock))) {
    OK(zx_clock_read(clock, &now));
    OK(zx_object_wait_one(clock, ZX_CLOCK_STARTED, ZX_TIME_INFINITE, NULL));
  }
  if (OK(zx_debuglog_create(get_root_resource(), 0, &log))) {
    for (int i = 0; i < 20; i++) OK(zx_debuglog_write(log, 0, "text", 4));
  }
  drop(&log);
  drop(&clock);
}

// --- Memory ---------------------------------------------------------------------------------------

static void run_children(void) {
  zx_handle_t parent = 0, child = 0, slice = 0;
  zx_vaddr_t at = 0;
  char bytes[100];
  memset(bytes, 1, sizeof(bytes));
  if (OK(zx_vmo_create(16 * PAGE, ZX_VMO_RESIZABLE, &parent)) &&
      OK(zx_vmo_write(parent, bytes, PAGE, sizeof(bytes)))) {
    OK(zx_vmo_op_range(parent, ZX_VMO_OP_COMMIT, 0, 8 * PAGE, NULL, 0));
    if (OK(zx_vmo_create_child(parent, ZX_VMO_CHILD_SNAPSHOT, 0, 8 * PAGE, &child))) {
      OK(zx_vmo_write(child, bytes, PAGE, sizeof(bytes)));
      OK(zx_vmo_read(child, bytes, 2 * PAGE, sizeof(bytes)));
      if (OK(zx_vmar_map(zx_vmar_root_self(), RW, 0, child, 0, 8 * PAGE, &at))) {
        *(volatile char*)(at + 3 * PAGE) = 1;
        if (zx_vmar_unmap(zx_vmar_root_self(), at, 8 * PAGE) != ZX_OK) {
          zx_vmar_unmap(zx_vmar_root_self(), at, 8 * PAGE);
        }
      }
    }
    OK(zx_vmo_set_size(parent, 20 * PAGE));
    OK(zx_vmo_op_range(parent, ZX_VMO_OP_ZERO, PAGE / 2, 3 * PAGE, NULL, 0));
  }
  drop(&child);
  drop(&slice);
  drop(&parent);
}

static void run_stream(void) {
  zx_handle_t vmo = 0, stream = 0;
  char bytes[100];
  size_t actual = 0;
  memset(bytes, 1, sizeof(bytes));
  zx_iovec_t part = {bytes, sizeof(bytes)};
  if (OK(zx_vmo_create(PAGE, ZX_VMO_RESIZABLE, &vmo)) &&
      OK(zx_stream_create(ZX_STREAM_MODE_READ | ZX_STREAM_MODE_WRITE, vmo, 0, &stream))) {
    OK(zx_stream_writev(stream, 0, &part, 1, &actual));
    OK(zx_stream_readv_at(stream, 0, 10, &part, 1, &actual));
  }
  drop(&stream);
  drop(&vmo);
}

static void run_pager(void) {
  zx_handle_t pager = 0, port = 0, vmo = 0, pages = 0;
  if (OK(zx_pager_create(0, &pager)) && OK(zx_port_create(0, &port)) &&
      OK(zx_pager_create_vmo(pager, 0, port, 1, 4 * PAGE, &vmo)) &&
      OK(zx_vmo_create(4 * PAGE, 0, &pages))) {
    char byte = 1;
    OK(zx_vmo_write(pages, &byte, 0, 1));
    if (OK(zx_pager_supply_pages(pager, vmo, 0, 2 * PAGE, pages, 0))) {
      OK(zx_vmo_read(vmo, &byte, 0, 1));
    }
    OK(zx_pager_detach_vmo(pager, vmo));
  }
  drop(&pages);
  drop(&vmo);
  drop(&port);
  drop(&pager);
}

// What traps pages is made with the first VMO that needs it, and stays.
const family_t later_families[] = {
    {"thread", nothing, run_thread, nothing, false},
    {"futex", nothing, run_futex, nothing, false},
    {"clock", nothing, run_clock, nothing, false},
    {"vmo_child", run_children, run_children, nothing, false},
    {"stream", nothing, run_stream, nothing, false},
    {"pager", run_pager, run_pager, nothing, false},
};
const size_t later_family_count = LENGTH(later_families);

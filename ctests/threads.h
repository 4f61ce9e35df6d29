// SPDX-License-Identifier: MIT
// Threads of tests that wait. Include after "ztest.h".

#ifndef LIBZX_CTESTS_THREADS_H_
#define LIBZX_CTESTS_THREADS_H_

#include <pthread.h>
#include <sched.h>

#include "objects.h"

// A thread that makes one call.
typedef struct asleep {
  void (*run)(struct asleep* self);
  zx_handle_t handle;
  zx_signals_t signals;
  zx_time_t deadline;
  zx_status_t status;
  zx_signals_t observed;
  zx_time_t timestamp;
  zx_port_packet_t packet;
  zx_wait_item_t items[4];
  size_t count;
  pid_t tid;
  pthread_t thread;
} asleep_t;

__attribute__((unused)) static void* asleep_main(void* argument) {
  asleep_t* self = (asleep_t*)argument;
  __atomic_store_n(&self->tid, gettid(), __ATOMIC_RELEASE);
  self->run(self);
  return NULL;
}

__attribute__((unused)) static void asleep_start(asleep_t* self) {
  self->tid = 0;
  if (pthread_create(&self->thread, NULL, asleep_main, self)) abort();
}

// Starts the thread and returns once it sleeps in the kernel.
__attribute__((unused)) static void asleep_begin(asleep_t* self) {
  asleep_start(self);
  while (!ztest_asleep(__atomic_load_n(&self->tid, __ATOMIC_ACQUIRE))) sched_yield();
}

__attribute__((unused)) static void asleep_join(asleep_t* self) {
  pthread_join(self->thread, NULL);
}

__attribute__((unused)) static void run_wait_one(asleep_t* self) {
  self->status = zx_object_wait_one(self->handle, self->signals, self->deadline, &self->observed);
}

__attribute__((unused)) static void run_wait_many(asleep_t* self) {
  self->status = zx_object_wait_many(self->items, self->count, self->deadline);
}

__attribute__((unused)) static void run_port_wait(asleep_t* self) {
  self->status = zx_port_wait(self->handle, self->deadline, &self->packet);
}

// A thread that waits for signals of one handle, asleep.
__attribute__((unused)) static void begin_wait_one(asleep_t* self, zx_handle_t handle,
                                                   zx_signals_t signals) {
  memset(self, 0, sizeof(*self));
  self->run = run_wait_one;
  self->handle = handle;
  self->signals = signals;
  self->deadline = ZX_TIME_INFINITE;
  asleep_begin(self);
}

#endif  // LIBZX_CTESTS_THREADS_H_

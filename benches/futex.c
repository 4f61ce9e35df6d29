// SPDX-License-Identifier: MIT
// Futexes against Linux's own: a wait on another value, a wake without waiters, and two threads
// that hand a turn to each other, with the same looks at the word before they sleep.

#include "bench.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zircon/syscalls.h>

static long linux_futex(void* word, int operation, int value) {
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void wake_nobody(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) CHECK(zx_futex_wake(context, 1));
}

static void linux_wake_nobody(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++)
    if (linux_futex(context, FUTEX_WAKE, 1) != 0) abort();
}

static void wait_on_another_value(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++)
    if (zx_futex_wait(context, 1, ZX_HANDLE_INVALID, ZX_TIME_INFINITE) != ZX_ERR_BAD_STATE) abort();
}

static void linux_wait_on_another_value(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++)
    if (linux_futex(context, FUTEX_WAIT, 1) != -1) abort();
}

// Each thread waits until the word says that it is its turn, and then gives the turn away.
typedef struct {
  zx_futex_t word;
  bool linux_own;
  uint64_t count;
} turns_t;

static void wait_for(turns_t* turns, int own) {
  for (;;) {
    int other = 1 - own;
    // A few looks, and then some that let others run, as zx_futex_wait makes them.
    for (int i = 0; turns->linux_own && i < 40; i++) {
      if (atomic_load(&turns->word) == own) return;
      if (i >= 32) sched_yield();
    }
    if (atomic_load(&turns->word) == own) return;
    if (turns->linux_own)
      linux_futex(&turns->word, FUTEX_WAIT, other);
    else
      (void)zx_futex_wait(&turns->word, other, ZX_HANDLE_INVALID, ZX_TIME_INFINITE);
  }
}

static void give(turns_t* turns, int next) {
  atomic_store(&turns->word, next);
  if (turns->linux_own)
    linux_futex(&turns->word, FUTEX_WAKE, 1);
  else
    CHECK(zx_futex_wake(&turns->word, 1));
}

static void* partner(void* context) {
  turns_t* turns = context;
  for (uint64_t i = 0; i < turns->count; i++) {
    wait_for(turns, 1);
    give(turns, 0);
  }
  return NULL;
}

static void take_turns(void* context, uint64_t count) {
  turns_t turns = {.linux_own = context != NULL, .count = count};
  pthread_t thread;
  if (pthread_create(&thread, NULL, partner, &turns)) abort();
  for (uint64_t i = 0; i < count; i++) {
    give(&turns, 1);
    wait_for(&turns, 0);
  }
  pthread_join(thread, NULL);
}

int main(void) {
  zx_futex_t futex = 0;
  bench_against("futex_wake_without_waiter", wake_nobody, &futex, linux_wake_nobody, &futex, 500000);
  bench_against("futex_wait_other_value", wait_on_another_value, &futex,
                linux_wait_on_another_value, &futex, 500000);
  bench_against("futex_ping_pong", take_turns, NULL, take_turns, &futex, 20000);
  return 0;
}

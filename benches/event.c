// SPDX-License-Identifier: MIT
// Events: a signal set and seen on one thread, against an eventfd written and
// read; and a turn handed back and forth between two threads, against the same
// with eventfds and with bare futexes that spin as long as the library does.

#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zircon/syscalls.h>

static void signal_and_wait(void* context, uint64_t count) {
  zx_handle_t event = *(zx_handle_t*)context;
  zx_signals_t set = ZX_USER_SIGNAL_0, clear = ZX_USER_SIGNAL_1;
  for (uint64_t i = 0; i < count; i++) {
    zx_signals_t observed;
    CHECK(zx_object_signal(event, clear, set));
    CHECK(zx_object_wait_one(event, set, ZX_TIME_INFINITE, &observed));
    if (observed != set) abort();
    zx_signals_t other = set;
    set = clear;
    clear = other;
  }
  CHECK(zx_object_signal(event, ZX_USER_SIGNAL_ALL, 0));
}

static void write_and_read(void* context, uint64_t count) {
  int fd = *(int*)context;
  uint64_t value = 1;
  for (uint64_t i = 0; i < count; i++) {
    if (write(fd, &value, sizeof(value)) != sizeof(value)) abort();
    if (read(fd, &value, sizeof(value)) != sizeof(value)) abort();
  }
}

// --- Two threads --------------------------------------------------------------------------------

// The turn belongs to main or to its partner; QUIT ends the partner.
#define OURS ZX_USER_SIGNAL_0
#define THEIRS ZX_USER_SIGNAL_1
#define QUIT ZX_USER_SIGNAL_2

static void* event_partner(void* context) {
  zx_handle_t event = *(zx_handle_t*)context;
  for (;;) {
    zx_signals_t observed;
    CHECK(zx_object_wait_one(event, THEIRS | QUIT, ZX_TIME_INFINITE, &observed));
    if (observed & QUIT) return NULL;
    CHECK(zx_object_signal(event, THEIRS, OURS));
  }
}

static void event_turns(void* context, uint64_t count) {
  zx_handle_t event = *(zx_handle_t*)context;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_object_signal(event, OURS, THEIRS));
    CHECK(zx_object_wait_one(event, OURS, ZX_TIME_INFINITE, NULL));
  }
}

static void* eventfd_partner(void* context) {
  int* fds = (int*)context;
  uint64_t value;
  for (;;) {
    if (read(fds[0], &value, sizeof(value)) != sizeof(value)) abort();
    if (value > 1) return NULL;
    if (write(fds[1], &value, sizeof(value)) != sizeof(value)) abort();
  }
}

static void eventfd_turns(void* context, uint64_t count) {
  int* fds = (int*)context;
  uint64_t value = 1;
  for (uint64_t i = 0; i < count; i++) {
    if (write(fds[0], &value, sizeof(value)) != sizeof(value)) abort();
    if (read(fds[1], &value, sizeof(value)) != sizeof(value)) abort();
  }
}

typedef struct {
  _Alignas(128) uint32_t turn;  // 0 ours, 1 theirs, 2 quit
  uint32_t sleepers;
} futex_t;

static void futex_wait_for(futex_t* futex, uint32_t not_turn) {
  uint64_t end = 0;
  do {
    for (int i = 0; i < 64; i++) {
      if (__atomic_load_n(&futex->turn, __ATOMIC_SEQ_CST) != not_turn) return;
      __builtin_ia32_pause();
    }
    if (!end) end = bench_now() + 20000;
  } while (bench_now() < end);
  __atomic_add_fetch(&futex->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&futex->turn, __ATOMIC_SEQ_CST) == not_turn)
    syscall(SYS_futex, &futex->turn, FUTEX_WAIT_PRIVATE, not_turn, NULL);
  __atomic_sub_fetch(&futex->sleepers, 1, __ATOMIC_SEQ_CST);
}

static void futex_give(futex_t* futex, uint32_t turn) {
  __atomic_store_n(&futex->turn, turn, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&futex->sleepers, __ATOMIC_SEQ_CST))
    syscall(SYS_futex, &futex->turn, FUTEX_WAKE_PRIVATE, 1);
}

static void* futex_partner(void* context) {
  futex_t* futex = (futex_t*)context;
  for (;;) {
    futex_wait_for(futex, 0);
    if (__atomic_load_n(&futex->turn, __ATOMIC_SEQ_CST) == 2) return NULL;
    futex_give(futex, 0);
  }
}

static void futex_turns(void* context, uint64_t count) {
  futex_t* futex = (futex_t*)context;
  for (uint64_t i = 0; i < count; i++) {
    futex_give(futex, 1);
    futex_wait_for(futex, 1);
  }
}

int main(void) {
  zx_handle_t event;
  CHECK(zx_event_create(0, &event));
  int fds[2] = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};
  if (fds[0] < 0 || fds[1] < 0) abort();
  bench_against("event_signal_wait_one", signal_and_wait, &event, write_and_read, fds, 200000);

  futex_t futex = {0, 0};
  pthread_t partners[3];
  if (pthread_create(&partners[0], NULL, event_partner, &event) ||
      pthread_create(&partners[1], NULL, eventfd_partner, fds) ||
      pthread_create(&partners[2], NULL, futex_partner, &futex))
    abort();
  bench_against("event_ping_pong_vs_eventfd", event_turns, &event, eventfd_turns, fds, 10000);
  bench_against("event_ping_pong_vs_futex", event_turns, &event, futex_turns, &futex, 10000);
  CHECK(zx_object_signal(event, 0, QUIT));
  uint64_t two = 2;
  if (write(fds[0], &two, sizeof(two)) != sizeof(two)) abort();
  futex_give(&futex, 2);
  for (int i = 0; i < 3; i++) pthread_join(partners[i], NULL);
  close(fds[0]);
  close(fds[1]);
  CHECK(zx_handle_close(event));
  return 0;
}

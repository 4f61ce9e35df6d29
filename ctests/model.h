// SPDX-License-Identifier: MIT
// What the parts of model.c share: threads with random numbers of their own, and lanes. A lane is a
// pair of handles over which all threads send numbered items without any lock of the program; the
// reader's side checks that each item arrives once and in its sender's order. When a lane is renewed
// nobody else uses it (threads that wait on it excepted), and what was sent must have arrived.

#ifndef LIBZX_CTESTS_MODEL_H_
#define LIBZX_CTESTS_MODEL_H_

#include "ztest.h"

#include "threads.h"

#define THREADS 8u

typedef struct actor {
  uint64_t random;
  uint32_t index;
  char note[64];
  pthread_t thread;
} actor_t;

__attribute__((unused)) static uint32_t pick(actor_t* self, uint32_t below) {
  self->random ^= self->random << 13;
  self->random ^= self->random >> 7;
  self->random ^= self->random << 17;
  return (uint32_t)(self->random >> 33) % below;
}

// Runs the threads for a part of the seconds that the environment gives the program.
static actor_t actors[THREADS];
static uint64_t seed;
static zx_time_t end_time;

__attribute__((unused)) static bool over(void) { return zx_clock_get_monotonic() >= end_time; }

__attribute__((unused)) static void begin_actors(void* (*main)(void*), int part) {
  const char* seconds = getenv("LIBZX_STRESS_SECONDS");
  const char* chosen = getenv("LIBZX_STRESS_SEED");
  seed = chosen ? strtoull(chosen, NULL, 0) : (uint64_t)zx_clock_get_monotonic();
  end_time = zx_deadline_after(ZX_SEC(seconds ? atoi(seconds) : 5) / part);
  for (uint32_t i = 0; i < THREADS; i++) {
    actors[i].index = i;
    actors[i].random = (seed + i + 1) * 0x9e3779b97f4a7c15u | 1;
    snprintf(actors[i].note, sizeof(actors[i].note), "LIBZX_STRESS_SEED=%llu, thread %u",
             (unsigned long long)seed, i);
    if (pthread_create(&actors[i].thread, NULL, main, &actors[i])) abort();
  }
}

__attribute__((unused)) static void join_actors(void) {
  for (uint32_t i = 0; i < THREADS; i++) pthread_join(actors[i].thread, NULL);
}

__attribute__((unused)) static void run_actors(void* (*main)(void*), int part) {
  begin_actors(main, part);
  join_actors();
}

// Fails unless the status is one of those listed, which end with 1 (no status).
__attribute__((unused)) static void expect_among(const char* what, zx_status_t got,
                                                 const zx_status_t* allowed) {
  for (size_t i = 0; allowed[i] <= 0; i++)
    if (got == allowed[i]) {
      __atomic_fetch_add(&ztest_checks, 1, __ATOMIC_RELAXED);
      return;
    }
  EXPECT_TRUE(!"a status that the model forbids");
  ztest_fail(__FILE__, __LINE__, "%s returned %s", what, zx_status_get_string(got));
}

#define AMONG(call, ...) expect_among(#call, (call), (const zx_status_t[]){__VA_ARGS__, 1})

// An item: who sent it, and its number.
__attribute__((unused)) static uint64_t item_of(uint32_t sender, uint64_t number) {
  return (uint64_t)sender << 56 | number;
}

typedef struct lane lane_t;

typedef struct lane_kind {
  const char* name;
  zx_status_t (*make)(zx_handle_t ends[2]);
  // SHOULD_WAIT or TIMED_OUT when there is no room or nothing to take.
  zx_status_t (*send)(zx_handle_t end, uint64_t item);
  zx_status_t (*take)(zx_handle_t end, uint64_t* item);
  zx_signals_t readable;  // 0: cannot be waited for
} lane_kind_t;

struct lane {
  const lane_kind_t* kind;
  pthread_rwlock_t use;      // held exclusively to renew the lane
  pthread_mutex_t reading;   // the order of arrival is known to one thread only
  zx_handle_t ends[2];       // sent into the first one, taken from the second one
  uint64_t sent[THREADS];    // each is written by its thread
  uint64_t arrived[THREADS];
};

#endif  // LIBZX_CTESTS_MODEL_H_

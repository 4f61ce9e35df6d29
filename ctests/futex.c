// SPDX-License-Identifier: MIT
// Futexes.
// Specification: tasks-time-system.md, section 5.

#include "ztest.h"

#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls/object.h>

#include "objects.h"

#define UNTOUCHED 0xabcdefu

typedef struct {
  zx_futex_t* futex;
  int value;
  zx_handle_t owner;
  zx_time_t deadline;
  zx_handle_t self;  // set by the thread
  atomic_bool ready;
  zx_status_t status;
  atomic_bool done;
  pthread_t thread;
} waiter_t;

static void* waiter_main(void* argument) {
  waiter_t* self = argument;
  self->self = zx_thread_self();
  atomic_store(&self->ready, true);
  self->status = zx_futex_wait(self->futex, self->value, self->owner, self->deadline);
  atomic_store(&self->done, true);
  return NULL;
}

static uint32_t state_of(zx_handle_t thread) {
  zx_info_thread_t info;
  EXPECT_OK(zx_object_get_info(thread, ZX_INFO_THREAD, &info, sizeof(info), NULL, NULL));
  return info.state;
}

// Starts a thread and returns once it waits at the futex.
static void begin(waiter_t* self, zx_futex_t* futex) {
  self->futex = futex;
  self->value = atomic_load(futex);
  if (!self->deadline) self->deadline = ZX_TIME_INFINITE;
  if (pthread_create(&self->thread, NULL, waiter_main, self)) abort();
  while (!atomic_load(&self->ready)) sched_yield();
  while (state_of(self->self) != ZX_THREAD_STATE_BLOCKED_FUTEX) sched_yield();
}

static zx_status_t end(waiter_t* self) {
  pthread_join(self->thread, NULL);
  return self->status;
}

static size_t done(waiter_t* waiters, size_t count) {
  size_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += atomic_load(&waiters[i].done);
  return sum;
}

// Waits until as many threads have been woken, and no more are.
static void expect_done(waiter_t* waiters, size_t count, size_t wanted) {
  while (done(waiters, count) < wanted) sched_yield();
  EXPECT_EQ(done(waiters, count), wanted);
}

static zx_koid_t owner_of(zx_futex_t* futex) {
  zx_koid_t koid = UNTOUCHED;
  EXPECT_OK(zx_futex_get_owner(futex, &koid));
  return koid;
}

static zx_koid_t koid_of(zx_handle_t handle) { return basic_info(handle).koid; }

static zx_handle_t new_thread(void) {
  zx_handle_t thread = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_thread_create(zx_process_self(), "new", 3, 0, &thread));
  return thread;
}

// --- Arguments ----------------------------------------------------------------------------------

TEST(futex_calls_refuse_pointers_that_are_no_futexes) {
  static zx_futex_t good[2];
  zx_koid_t koid;
  const uintptr_t wrong[] = {0,
                             (uintptr_t)&good[0] + 1,
                             (uintptr_t)&good[0] + 2,
                             0x800000000000,
                             0xffff888000000000,
                             UINTPTR_MAX - 3};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    zx_futex_t* bad = (zx_futex_t*)wrong[i];
    EXPECT_STATUS(zx_futex_wait(bad, 0, 0, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_wake(bad, 1), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_wake(bad, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_wake_single_owner(bad), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_requeue(bad, 1, 0, good, 1, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_requeue(good, 1, 0, bad, 1, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_requeue_single_owner(bad, 0, good, 1, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_requeue_single_owner(good, 0, bad, 1, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_futex_get_owner(bad, &koid), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_STATUS(zx_futex_requeue(good, 1, 0, good, 1, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_futex_requeue_single_owner(good, 0, good, 1, 0), ZX_ERR_INVALID_ARGS);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(koid), &bad); i++)
    EXPECT_STATUS(zx_futex_get_owner(good, bad), ZX_ERR_INVALID_ARGS);
}

TEST(futex_word_that_is_not_there) {
  zx_futex_t* missing = ztest_unmapped();
  zx_futex_t good = 0;
  EXPECT_STATUS(zx_futex_wait(missing, 0, 0, ZX_TIME_INFINITE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_futex_requeue(missing, 1, 0, &good, 1, 0), ZX_ERR_INVALID_ARGS);
  // Only the word that is compared is looked at.
  EXPECT_OK(zx_futex_requeue(&good, 1, 0, missing, 1, 0));
  EXPECT_OK(zx_futex_wake(missing, 1));
  EXPECT_OK(zx_futex_wake_single_owner(missing));
  EXPECT_EQ(owner_of(missing), 0);
}

TEST(futex_wait_checks_in_order) {
  zx_futex_t futex = 5;
  zx_handle_t event = new_event(), new = new_thread();
  const zx_handle_t stale = 0xfffffffc;
  EXPECT_STATUS(zx_futex_wait(&futex, 6, 0, ZX_TIME_INFINITE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_futex_wait(&futex, 6, stale, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_futex_wait(&futex, 5, stale, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_futex_wait(&futex, 5, event, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_futex_wait(&futex, 5, new, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_futex_wait(&futex, 5, zx_thread_self(), 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_futex_wait(&futex, 5, 0, 0), ZX_ERR_TIMED_OUT);
  EXPECT_STATUS(zx_futex_wait(&futex, 5, 0, ZX_TIME_INFINITE_PAST), ZX_ERR_TIMED_OUT);
  EXPECT_EQ(owner_of(&futex), 0);
  zx_handle_close(new);
  zx_handle_close(event);
}

TEST(futex_wait_lasts_until_the_deadline) {
  zx_futex_t futex = 0;
  for (int i = 0; i < 3; i++) {
    zx_time_t deadline = zx_deadline_after(ZX_MSEC(1));
    EXPECT_STATUS(zx_futex_wait(&futex, 0, 0, deadline), ZX_ERR_TIMED_OUT);
    EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
  }
}

// --- Waking -------------------------------------------------------------------------------------

TEST(futex_wake_wakes_as_many_as_it_is_told) {
  zx_futex_t futex = 0, other = 0;
  waiter_t waiters[5] = {0};
  for (int i = 0; i < 5; i++) begin(&waiters[i], &futex);
  EXPECT_OK(zx_futex_wake(&other, UINT32_MAX));
  EXPECT_OK(zx_futex_wake(&futex, 0));
  EXPECT_EQ(done(waiters, 5), 0);
  EXPECT_OK(zx_futex_wake(&futex, 1));
  expect_done(waiters, 5, 1);
  // Those who came first.
  EXPECT_TRUE(atomic_load(&waiters[0].done));
  EXPECT_OK(zx_futex_wake(&futex, 2));
  expect_done(waiters, 5, 3);
  EXPECT_FALSE(atomic_load(&waiters[3].done));
  EXPECT_FALSE(atomic_load(&waiters[4].done));
  EXPECT_OK(zx_futex_wake(&futex, UINT32_MAX));
  for (int i = 0; i < 5; i++) EXPECT_OK(end(&waiters[i]));
}

TEST(futex_waiter_that_timed_out_counts_no_more) {
  for (int late = 0; late < 3; late++) {
    zx_futex_t futex = 0;
    waiter_t waiters[3] = {0};
    waiters[late].deadline = zx_deadline_after(ZX_MSEC(200));
    for (int i = 0; i < 3; i++) begin(&waiters[i], &futex);
    EXPECT_STATUS(end(&waiters[late]), ZX_ERR_TIMED_OUT);
    EXPECT_OK(zx_futex_wake(&futex, 2));
    for (int i = 0; i < 3; i++)
      if (i != late) EXPECT_OK(end(&waiters[i]));
  }
}

// --- Requeueing ---------------------------------------------------------------------------------

TEST(futex_requeue_moves_and_wakes_exactly) {
  zx_futex_t futex = 7, other = 0;
  waiter_t waiters[6] = {0};
  EXPECT_STATUS(zx_futex_requeue(&futex, 1, 8, &other, 1, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_futex_requeue(&futex, 1, 8, &other, 1, 0xfffffffc), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_futex_requeue(&futex, 1, 7, &other, 1, 0xfffffffc), ZX_ERR_BAD_HANDLE);
  for (int i = 0; i < 6; i++) begin(&waiters[i], &futex);
  EXPECT_OK(zx_futex_requeue(&futex, 0, 7, &other, 0, 0));
  EXPECT_EQ(done(waiters, 6), 0);
  EXPECT_OK(zx_futex_requeue(&futex, 1, 7, &other, 2, 0));
  expect_done(waiters, 6, 1);
  // Two are at the other word now, three here.
  EXPECT_OK(zx_futex_wake(&other, UINT32_MAX));
  expect_done(waiters, 6, 3);
  EXPECT_TRUE(atomic_load(&waiters[0].done));
  EXPECT_TRUE(atomic_load(&waiters[1].done));
  EXPECT_TRUE(atomic_load(&waiters[2].done));
  EXPECT_OK(zx_futex_requeue(&futex, 0, 7, &other, UINT32_MAX, 0));
  EXPECT_OK(zx_futex_wake(&futex, UINT32_MAX));
  EXPECT_EQ(done(waiters, 6), 3);
  EXPECT_OK(zx_futex_wake(&other, UINT32_MAX));
  for (int i = 0; i < 6; i++) EXPECT_OK(end(&waiters[i]));
}

TEST(futex_moved_waiter_can_time_out) {
  zx_futex_t futex = 0, other = 0;
  waiter_t first = {0}, second = {.deadline = zx_deadline_after(ZX_MSEC(200))};
  begin(&first, &futex);
  begin(&second, &futex);
  EXPECT_OK(zx_futex_requeue(&futex, 0, 0, &other, 2, zx_thread_self()));
  EXPECT_EQ(owner_of(&other), koid_of(zx_thread_self()));
  EXPECT_STATUS(end(&second), ZX_ERR_TIMED_OUT);
  EXPECT_EQ(owner_of(&other), koid_of(zx_thread_self()));
  EXPECT_OK(zx_futex_wake(&other, 1));
  EXPECT_OK(end(&first));
  EXPECT_EQ(owner_of(&other), 0);
}

// --- Owners -------------------------------------------------------------------------------------

TEST(futex_owner_is_who_the_last_waiter_named) {
  zx_futex_t futex = 0;
  zx_koid_t self = koid_of(zx_thread_self());
  waiter_t first = {.owner = zx_thread_self()}, second = {0}, third = {0};
  EXPECT_EQ(owner_of(&futex), 0);
  begin(&first, &futex);
  EXPECT_EQ(owner_of(&futex), self);
  begin(&second, &futex);
  EXPECT_EQ(owner_of(&futex), 0);
  third.owner = zx_thread_self();
  begin(&third, &futex);
  EXPECT_EQ(owner_of(&futex), self);
  // Who waits there cannot own it.
  EXPECT_STATUS(zx_futex_wait(&futex, 0, first.self, ZX_TIME_INFINITE), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(owner_of(&futex), self);
  EXPECT_OK(zx_futex_wake(&futex, 1));
  EXPECT_OK(end(&first));
  EXPECT_EQ(owner_of(&futex), 0);
  EXPECT_OK(zx_futex_wake(&futex, 2));
  EXPECT_OK(end(&second));
  EXPECT_OK(end(&third));
}

TEST(futex_owner_goes_with_the_last_waiter_that_times_out) {
  zx_futex_t futex = 0;
  waiter_t waiter = {.owner = zx_thread_self(), .deadline = zx_deadline_after(ZX_MSEC(200))};
  begin(&waiter, &futex);
  EXPECT_EQ(owner_of(&futex), koid_of(zx_thread_self()));
  EXPECT_STATUS(end(&waiter), ZX_ERR_TIMED_OUT);
  EXPECT_EQ(owner_of(&futex), 0);
}

TEST(futex_owner_that_ends_owns_nothing) {
  zx_futex_t futex = 0, other = 0;
  waiter_t owner = {0};
  begin(&owner, &other);
  zx_handle_t owner_handle = copy_of(owner.self, ZX_RIGHT_SAME_RIGHTS);
  waiter_t waiter = {.owner = owner_handle};
  begin(&waiter, &futex);
  EXPECT_EQ(owner_of(&futex), koid_of(owner_handle));
  EXPECT_OK(zx_futex_wake(&other, 1));
  EXPECT_OK(end(&owner));
  EXPECT_OK(zx_object_wait_one(owner_handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_EQ(owner_of(&futex), 0);
  // A thread that is dead is no owner from the beginning.
  waiter_t second = {.owner = owner_handle};
  begin(&second, &futex);
  EXPECT_EQ(owner_of(&futex), 0);
  EXPECT_OK(zx_futex_wake(&futex, 2));
  EXPECT_OK(end(&waiter));
  EXPECT_OK(end(&second));
  zx_handle_close(owner_handle);
}

TEST(futex_wake_single_owner_makes_the_woken_thread_owner) {
  zx_futex_t futex = 0;
  waiter_t first = {.owner = zx_thread_self()}, second = {.owner = zx_thread_self()};
  begin(&first, &futex);
  begin(&second, &futex);
  zx_koid_t first_koid = koid_of(first.self);
  zx_handle_t keep = copy_of(first.self, ZX_RIGHT_SAME_RIGHTS);
  EXPECT_OK(zx_futex_wake_single_owner(&futex));
  zx_koid_t owner = owner_of(&futex);
  // The thread may have ended since, and owns nothing then.
  EXPECT_TRUE(owner == first_koid || owner == 0);
  EXPECT_OK(end(&first));
  EXPECT_OK(zx_futex_wake_single_owner(&futex));
  EXPECT_EQ(owner_of(&futex), 0);
  EXPECT_OK(end(&second));
  zx_handle_close(keep);
}

typedef struct {
  zx_futex_t* futex;
  zx_futex_t* gate;
  zx_handle_t self;
  atomic_bool ready, woken;
  pthread_t thread;
} staying_t;

static void* stay(void* argument) {
  staying_t* self = argument;
  self->self = zx_thread_self();
  atomic_store(&self->ready, true);
  EXPECT_OK(zx_futex_wait(self->futex, 0, 0, ZX_TIME_INFINITE));
  atomic_store(&self->woken, true);
  zx_status_t status = zx_futex_wait(self->gate, 0, 0, ZX_TIME_INFINITE);
  EXPECT_TRUE(status == ZX_OK || status == ZX_ERR_BAD_STATE);
  return NULL;
}

TEST(futex_requeue_single_owner_sets_both_owners) {
  zx_futex_t futex = 0, other = 0, gate = 0;
  zx_koid_t self = koid_of(zx_thread_self());
  staying_t first = {.futex = &futex, .gate = &gate};
  ASSERT_EQ(pthread_create(&first.thread, NULL, stay, &first), 0);
  while (!atomic_load(&first.ready)) sched_yield();
  while (state_of(first.self) != ZX_THREAD_STATE_BLOCKED_FUTEX) sched_yield();
  waiter_t waiters[3] = {0};
  for (int i = 0; i < 3; i++) begin(&waiters[i], &futex);
  zx_handle_t new = new_thread();
  EXPECT_STATUS(zx_futex_requeue_single_owner(&futex, 1, &other, 1, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_futex_requeue_single_owner(&futex, 0, &other, 1, new), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_futex_requeue_single_owner(&futex, 0, &other, 1, waiters[1].self),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_futex_requeue(&futex, 1, 0, &other, 1, waiters[2].self), ZX_ERR_INVALID_ARGS);
  EXPECT_FALSE(atomic_load(&first.woken));
  EXPECT_OK(zx_futex_requeue_single_owner(&futex, 0, &other, 1, zx_thread_self()));
  while (!atomic_load(&first.woken)) sched_yield();
  EXPECT_EQ(owner_of(&futex), koid_of(first.self));
  EXPECT_EQ(owner_of(&other), self);
  // A thread that waits at the target cannot own it either.
  EXPECT_STATUS(zx_futex_requeue(&futex, 0, 0, &other, 1, waiters[0].self), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_futex_requeue(&futex, 0, 0, &other, 1, 0));
  EXPECT_EQ(owner_of(&futex), 0);
  EXPECT_EQ(owner_of(&other), 0);
  EXPECT_OK(zx_futex_wake(&other, 3));
  EXPECT_OK(zx_futex_wake(&futex, 3));
  for (int i = 0; i < 3; i++) EXPECT_OK(end(&waiters[i]));
  atomic_store(&gate, 1);
  EXPECT_OK(zx_futex_wake(&gate, 1));
  pthread_join(first.thread, NULL);
  zx_handle_close(new);
}

// --- Many threads -------------------------------------------------------------------------------

// A lock as programs build it.
static void lock(zx_futex_t* futex) {
  int state = 0;
  if (atomic_compare_exchange_strong(futex, &state, 1)) return;
  if (state != 2) state = atomic_exchange(futex, 2);
  while (state != 0) {
    zx_status_t status = zx_futex_wait(futex, 2, 0, ZX_TIME_INFINITE);
    if (status != ZX_OK && status != ZX_ERR_BAD_STATE) EXPECT_OK(status);
    state = atomic_exchange(futex, 2);
  }
}

static void unlock(zx_futex_t* futex) {
  if (atomic_fetch_sub(futex, 1) != 1) {
    atomic_store(futex, 0);
    EXPECT_OK(zx_futex_wake(futex, 1));
  }
}

typedef struct {
  zx_futex_t lock;
  uint64_t count;
} counter_t;

static void* count(void* argument) {
  counter_t* counter = argument;
  for (uint32_t i = 0; i < ztest_rounds(20000); i++) {
    lock(&counter->lock);
    counter->count++;
    unlock(&counter->lock);
  }
  return NULL;
}

TEST(futex_lock_keeps_threads_apart) {
  counter_t counter = {0};
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    ASSERT_EQ(pthread_create(&threads[i], NULL, count, &counter), 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  EXPECT_EQ(counter.count, 4ull * ztest_rounds(20000));
}

// Threads wait at random words, with and without deadlines, and are moved and woken: each wake-up
// and each move is for one thread, and none is lost.
enum { WORDS = 4, WAITERS = 6 };

typedef struct {
  zx_futex_t words[WORDS];
  atomic_bool stop;
  atomic_uint out;
  atomic_uint waits, woken;
} chaos_t;

static void* chaos_wait(void* argument) {
  chaos_t* chaos = argument;
  uint32_t seed = (uint32_t)(uintptr_t)&seed;
  while (!atomic_load(&chaos->stop)) {
    seed = seed * 1664525 + 1013904223;
    zx_time_t deadline = seed >> 31 ? zx_deadline_after((seed >> 8) % 200000) : ZX_TIME_INFINITE;
    zx_status_t status = zx_futex_wait(&chaos->words[(seed >> 24) % WORDS], 0, 0, deadline);
    if (status == ZX_OK)
      atomic_fetch_add(&chaos->woken, 1);
    else if (status != ZX_ERR_TIMED_OUT && status != ZX_ERR_BAD_STATE)
      EXPECT_OK(status);
    atomic_fetch_add(&chaos->waits, 1);
  }
  atomic_fetch_add(&chaos->out, 1);
  return NULL;
}

TEST(futex_waiters_survive_moves_wakes_and_timeouts) {
  static chaos_t chaos;
  pthread_t threads[WAITERS];
  for (int i = 0; i < WAITERS; i++)
    ASSERT_EQ(pthread_create(&threads[i], NULL, chaos_wait, &chaos), 0);
  uint32_t seed = 1;
  for (uint32_t i = 0; i < ztest_rounds(40000); i++) {
    seed = seed * 1664525 + 1013904223;
    zx_futex_t* from = &chaos.words[(seed >> 24) % WORDS];
    zx_futex_t* to = &chaos.words[((seed >> 24) + 1 + (seed >> 22) % (WORDS - 1)) % WORDS];
    switch ((seed >> 16) % 4) {
      case 0: EXPECT_OK(zx_futex_wake(from, 1)); break;
      case 1: EXPECT_OK(zx_futex_wake_single_owner(from)); break;
      case 2:
        if (from != to) EXPECT_OK(zx_futex_requeue(from, 1, 0, to, 2, zx_thread_self()));
        break;
      case 3:
        if (from != to)
          EXPECT_OK(zx_futex_requeue_single_owner(from, 0, to, 1, ZX_HANDLE_INVALID));
        break;
    }
  }
  atomic_store(&chaos.stop, true);
  while (atomic_load(&chaos.out) < WAITERS) {
    for (int i = 0; i < WORDS; i++) EXPECT_OK(zx_futex_wake(&chaos.words[i], UINT32_MAX));
    sched_yield();
  }
  for (int i = 0; i < WAITERS; i++) pthread_join(threads[i], NULL);
  EXPECT_TRUE(atomic_load(&chaos.woken) > 0);
  for (int i = 0; i < WORDS; i++) EXPECT_EQ(owner_of(&chaos.words[i]), 0);
}

ZTEST_MAIN

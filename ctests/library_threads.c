// SPDX-License-Identifier: MIT
// Signals that are sent to the process are for the program's threads: the library's own threads never
// run a handler of the program's, not even as their first act.

#include "ztest.h"

#include <stdatomic.h>

#include "threads.h"

static __thread bool own_thread;
static atomic_int handled, elsewhere;
static atomic_bool stop;

static void on_signal(int number) {
  (void)number;
  atomic_fetch_add(own_thread ? &handled : &elsewhere, 1);
}

static void* send_signals(void* unused) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  while (!atomic_load(&stop)) {
    kill(getpid(), SIGUSR1);
    sched_yield();
  }
  return unused;
}

// How many threads the process has.
static int thread_count(void) {
  int count = 0;
  DIR* folder = opendir("/proc/self/task");
  while (folder && readdir(folder)) count++;
  if (folder) closedir(folder);
  return count - 2;
}

TEST(library_threads_take_no_signals) {
  own_thread = true;
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  ASSERT_EQ(sigaction(SIGUSR1, &action, NULL), 0);
  pthread_t sender;
  ASSERT_EQ(pthread_create(&sender, NULL, send_signals, NULL), 0);
  zx_handle_t timer = ZX_HANDLE_INVALID;
  ASSERT_STATUS(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer), ZX_OK);
  // The thread for timers ends a moment after the last one: each round has a new one.
  int rounds = 20;
  for (int round = 0; round < rounds; round++) {
    EXPECT_OK(zx_timer_set(timer, zx_deadline_after(ZX_USEC(100)), 0));
    EXPECT_OK(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, ZX_TIME_INFINITE, NULL));
    while (thread_count() > 2) sched_yield();
  }
  atomic_store(&stop, true);
  pthread_join(sender, NULL);
  EXPECT_OK(zx_handle_close(timer));
  EXPECT_TRUE(atomic_load(&handled) > 0);
  EXPECT_EQ(atomic_load(&elsewhere), 0);
}

TEST(library_threads_leave_the_makers_mask_alone) {
  sigset_t before, after;
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, NULL, &before), 0);
  zx_handle_t timer = ZX_HANDLE_INVALID;
  ASSERT_STATUS(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer), ZX_OK);
  EXPECT_OK(zx_timer_set(timer, zx_deadline_after(ZX_SEC(100)), 0));
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
  for (int number = 1; number < 65; number++) {
    EXPECT_EQ(sigismember(&before, number), sigismember(&after, number));
  }
  EXPECT_OK(zx_handle_close(timer));
}

ZTEST_MAIN

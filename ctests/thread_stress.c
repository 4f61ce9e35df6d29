// SPDX-License-Identifier: MIT
// Eight threads make, start, suspend, resume and wait for threads that sit in every kind of blocking
// call, fault, or just compute. Nobody hangs and nothing is left. argv[1] may be a number of seconds.

#include "ztest.h"

#include <pthread.h>
#include <zircon/syscalls/debug.h>
#include <zircon/syscalls/exception.h>
#include <zircon/syscalls/port.h>
#include <zircon/threads.h>

#include "threads.h"

#include "thread_fixture.h"

enum { BUSY, SLEEPS, WAITS_ONE, WAITS_MANY, PORT, CHANNEL, INTERRUPT, FUTEX, FAULTS, ALLOCATES, KINDS };

typedef struct victim {
  started_t started;
  int kind;
  uint32_t leave;
  zx_handle_t event, port, channel[2], interrupt;
  zx_futex_t futex;
  volatile uint64_t turns;
} victim_t;

static void ud2_and_on(void) { __asm__ volatile("ud2; .globl behind_ud2; behind_ud2:" ::: "memory"); }
extern const char behind_ud2[];

// Blocks until it is told to leave.
static void victim_main(uintptr_t argument, uintptr_t unused) {
  (void)unused;
  victim_t* v = (victim_t*)argument;
  zx_port_packet_t packet;
  zx_wait_item_t items[2] = {{v->event, ZX_EVENT_SIGNALED, 0}, {v->channel[0], ZX_USER_SIGNAL_3, 0}};
  char request[16] = {0}, reply[16];
  uint32_t bytes, handles;
  zx_channel_call_args_t args = {.wr_bytes = request, .wr_num_bytes = sizeof(request),
                                 .rd_bytes = reply, .rd_num_bytes = sizeof(reply)};
  do {
    v->turns++;
    switch (v->kind) {
      case SLEEPS: zx_nanosleep(zx_deadline_after(ZX_USEC(50))); break;
      case WAITS_ONE: zx_object_wait_one(v->event, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL); break;
      case WAITS_MANY: zx_object_wait_many(items, 2, ZX_TIME_INFINITE); break;
      case PORT: zx_port_wait(v->port, ZX_TIME_INFINITE, &packet); break;
      case CHANNEL:
        zx_channel_call(v->channel[0], 0, ZX_TIME_INFINITE, &args, &bytes, &handles);
        break;
      case INTERRUPT: zx_interrupt_wait(v->interrupt, NULL); break;
      case FUTEX: zx_futex_wait(&v->futex, 0, ZX_HANDLE_INVALID, ZX_TIME_INFINITE); break;
      case FAULTS: ud2_and_on(); break;
      case ALLOCATES: free(malloc((size_t)v->turns % 3000)); break;
      default: break;
    }
  } while (!__atomic_load_n(&v->leave, __ATOMIC_ACQUIRE));
  zx_thread_exit();
}

static void release(victim_t* v) {
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  __atomic_store_n(&v->leave, 1, __ATOMIC_RELEASE);
  EXPECT_OK(zx_object_signal(v->event, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_port_queue(v->port, &packet));
  EXPECT_OK(zx_handle_close(v->channel[1]));
  zx_interrupt_destroy(v->interrupt);
  __atomic_store_n(&v->futex, 1, __ATOMIC_SEQ_CST);
  EXPECT_OK(zx_futex_wake(&v->futex, UINT32_MAX));
}

static zx_time_t end_of_stress;
static uint64_t rounds_done;

static void one_round(victim_t* v, uint32_t* random) {
  zx_handle_t tokens[3], exceptions = ZX_HANDLE_INVALID;
  memset(v, 0, sizeof(*v));
  *random = *random * 1664525u + 1013904223u;
  v->kind = (int)(*random >> 16) % KINDS;
  EXPECT_OK(zx_event_create(0, &v->event));
  EXPECT_OK(zx_port_create(0, &v->port));
  EXPECT_OK(zx_channel_create(0, &v->channel[0], &v->channel[1]));
  EXPECT_OK(zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, &v->interrupt));
  started_make(&v->started, "victim");
  if (v->kind == FAULTS)
    EXPECT_OK(zx_task_create_exception_channel(v->started.handle, 0, &exceptions));
  bool early = *random & 1;
  if (early) EXPECT_OK(zx_task_suspend(v->started.handle, &tokens[0]));
  EXPECT_OK(started_go(&v->started, victim_main, (uintptr_t)v, 0));
  if (early) {
    EXPECT_OK(zx_object_wait_one(v->started.handle, ZX_THREAD_SUSPENDED, ZX_TIME_INFINITE, NULL));
    EXPECT_EQ(v->turns, 0);
    EXPECT_OK(zx_handle_close(tokens[0]));
  }
  if (v->kind == FAULTS) {
    zx_exception_info_t info;
    zx_handle_t exception;
    zx_thread_state_general_regs_t regs;
    uint32_t bytes, handles, handled = ZX_EXCEPTION_STATE_HANDLED;
    __atomic_store_n(&v->leave, 1, __ATOMIC_RELEASE);
    EXPECT_OK(zx_object_wait_one(exceptions, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
    EXPECT_OK(zx_channel_read(exceptions, 0, &info, &exception, sizeof(info), 1, &bytes, &handles));
    EXPECT_OK(zx_thread_read_state(v->started.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs,
                                   sizeof(regs)));
    regs.rip += 2;
    EXPECT_OK(zx_thread_write_state(v->started.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs,
                                    sizeof(regs)));
    EXPECT_OK(zx_object_set_property(exception, ZX_PROP_EXCEPTION_STATE, &handled, sizeof(handled)));
    EXPECT_OK(zx_handle_close(exception));
  } else {
    for (uint32_t i = 0; i < (*random >> 8) % 6; i++) {
      uint32_t count = 1 + i % 3;
      for (uint32_t k = 0; k < count; k++)
        EXPECT_OK(zx_task_suspend(v->started.handle, &tokens[k]));
      if (i & 1) {
        EXPECT_OK(zx_object_wait_one(v->started.handle, ZX_THREAD_SUSPENDED, ZX_TIME_INFINITE, NULL));
        uint64_t turns = v->turns;
        sched_yield();
        EXPECT_EQ(v->turns, turns);
      }
      if (i == 3) break;  // released while it stands still
      for (uint32_t k = 0; k < count; k++) EXPECT_OK(zx_handle_close(tokens[k]));
      tokens[0] = ZX_HANDLE_INVALID;
      if (i == 4) break;
    }
  }
  release(v);
  if (v->kind != FAULTS && (*random >> 8) % 6 > 3) EXPECT_OK(zx_handle_close(tokens[0]));
  started_join(&v->started);
  if (exceptions) EXPECT_OK(zx_handle_close(exceptions));
  EXPECT_OK(zx_handle_close(v->event));
  EXPECT_OK(zx_handle_close(v->port));
  EXPECT_OK(zx_handle_close(v->channel[0]));
  EXPECT_OK(zx_handle_close(v->interrupt));
  __atomic_fetch_add(&rounds_done, 1, __ATOMIC_RELAXED);
}

static void* stress_main(void* seed) {
  static __thread victim_t victim;
  uint32_t random = (uint32_t)(uintptr_t)seed;
  while (zx_clock_get_monotonic() < end_of_stress) one_round(&victim, &random);
  return NULL;
}

static size_t all_handles(void) {
  zx_info_process_handle_stats_t stats;
  size_t all = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_HANDLE_STATS, &stats,
                               sizeof(stats), NULL, NULL));
  for (size_t i = 0; i < sizeof(stats.handle_count) / sizeof(stats.handle_count[0]); i++)
    all += stats.handle_count[i];
  return all;
}

static zx_duration_t duration = ZX_MSEC(1500);

TEST(thread_stress_every_kind_of_call) {
  pthread_t threads[8];
  end_of_stress = zx_deadline_after(ZX_MSEC(100));
  for (uintptr_t i = 0; i < 8; i++) pthread_create(&threads[i], NULL, stress_main, (void*)(i + 1));
  for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
  size_t before = all_handles();
  int fds = ztest_count_fds();
  end_of_stress = zx_deadline_after(duration);
  for (uintptr_t i = 0; i < 8; i++) pthread_create(&threads[i], NULL, stress_main, (void*)(i + 17));
  for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
  EXPECT_EQ(all_handles(), before);
  EXPECT_EQ(ztest_count_fds(), fds);
  EXPECT_TRUE(rounds_done > 8);
}

int main(int argc, char** argv) {
  if (argc > 1 && atoi(argv[1]) > 0) duration = ZX_SEC(atoi(argv[1]));
  return ztest_main(argc > 1 && atoi(argv[1]) > 0 ? 1 : argc, argv);
}

// SPDX-License-Identifier: MIT
// Ports between threads. Specification: ports.md, sections 3.2, 3.3 and 4.3.

#include "ztest.h"

#include <pthread.h>
#include <sched.h>

#include "objects.h"

static zx_port_packet_t packet_of(uint64_t key) {
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  packet.key = key;
  packet.user.u64[0] = ~key;
  return packet;
}

static zx_status_t queue_key(zx_handle_t port, uint64_t key) {
  zx_port_packet_t packet = packet_of(key);
  return zx_port_queue(port, &packet);
}

static void expect_empty(zx_handle_t port) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
}

// --- Threads ------------------------------------------------------------------------------------

enum { WAITERS = 6 };

typedef struct {
  zx_handle_t port;
  zx_time_t deadline;
  zx_status_t status;
  zx_port_packet_t packet;
  volatile pid_t tid;
} waiter_t;

static void* wait_for_one(void* argument) {
  waiter_t* waiter = (waiter_t*)argument;
  __atomic_store_n(&waiter->tid, gettid(), __ATOMIC_RELEASE);
  waiter->status = zx_port_wait(waiter->port, waiter->deadline, &waiter->packet);
  return NULL;
}

// Returns once the thread sleeps in the kernel.
static void until_asleep(waiter_t* waiter) {
  while (!ztest_asleep(__atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE))) sched_yield();
}

static void start_waiters(waiter_t* waiters, pthread_t* threads, size_t count, zx_handle_t port) {
  for (size_t i = 0; i < count; i++) {
    memset(&waiters[i], 0, sizeof(waiters[i]));
    waiters[i].port = port;
    waiters[i].deadline = ZX_TIME_INFINITE;
    if (pthread_create(&threads[i], NULL, wait_for_one, &waiters[i])) abort();
  }
}

TEST(port_wait_several_threads_one_packet_each) {
  zx_handle_t port = new_port();
  waiter_t waiters[WAITERS];
  pthread_t threads[WAITERS];
  start_waiters(waiters, threads, WAITERS, port);
  for (size_t i = 0; i < WAITERS; i++) until_asleep(&waiters[i]);
  for (uint64_t key = 0; key < WAITERS; key++) EXPECT_OK(queue_key(port, key));
  unsigned seen = 0;
  for (size_t i = 0; i < WAITERS; i++) {
    pthread_join(threads[i], NULL);
    EXPECT_OK(waiters[i].status);
    EXPECT_EQ(waiters[i].packet.user.u64[0], ~waiters[i].packet.key);
    if (waiters[i].packet.key < WAITERS) seen |= 1u << waiters[i].packet.key;
  }
  EXPECT_EQ(seen, (1u << WAITERS) - 1);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_one_packet_releases_one_thread) {
  zx_handle_t port = new_port();
  waiter_t waiters[2];
  pthread_t threads[2];
  start_waiters(waiters, threads, 2, port);
  until_asleep(&waiters[0]);
  until_asleep(&waiters[1]);
  EXPECT_OK(queue_key(port, 10));
  // The other one is released only by the second packet: both keys arrive, each once.
  EXPECT_OK(queue_key(port, 20));
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  EXPECT_OK(waiters[0].status);
  EXPECT_OK(waiters[1].status);
  EXPECT_EQ(waiters[0].packet.key + waiters[1].packet.key, 30);
  EXPECT_NE(waiters[0].packet.key, waiters[1].packet.key);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_other_handle_closed_waiter_stays) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  waiter_t waiter;
  pthread_t thread;
  start_waiters(&waiter, &thread, 1, port);
  until_asleep(&waiter);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_OK(queue_key(port, 6));
  pthread_join(thread, NULL);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(waiter.packet.key, 6);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_last_handle_closed_meanwhile_timed_out_at_deadline) {
  zx_handle_t port = new_port();
  waiter_t waiter;
  memset(&waiter, 0, sizeof(waiter));
  waiter.port = port;
  waiter.deadline = zx_deadline_after(ZX_MSEC(300));
  pthread_t thread;
  if (pthread_create(&thread, NULL, wait_for_one, &waiter)) abort();
  until_asleep(&waiter);
  zx_time_t closed = zx_clock_get_monotonic();
  EXPECT_OK(zx_handle_close(port));
  pthread_join(thread, NULL);
  if (closed >= waiter.deadline) SKIP("the machine was too slow to close the port in time");
  EXPECT_STATUS(waiter.status, ZX_ERR_TIMED_OUT);  // ports.md, section 3.3: not woken
  EXPECT_TRUE(zx_clock_get_monotonic() >= waiter.deadline);
}

static volatile sig_atomic_t interruptions;

static void count_interruption(int number) {
  (void)number;
  interruptions++;
}

TEST(port_wait_linux_signals_invisible) {
  struct sigaction action, before;
  memset(&action, 0, sizeof(action));
  action.sa_handler = count_interruption;  // no SA_RESTART
  sigaction(SIGUSR1, &action, &before);
  zx_handle_t port = new_port();
  waiter_t waiter;
  pthread_t thread;
  interruptions = 0;
  start_waiters(&waiter, &thread, 1, port);
  for (int i = 1; i <= 20; i++) {
    until_asleep(&waiter);
    pthread_kill(thread, SIGUSR1);
    while (interruptions < i) sched_yield();
  }
  until_asleep(&waiter);
  EXPECT_OK(queue_key(port, 2));
  pthread_join(thread, NULL);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(waiter.packet.key, 2);
  EXPECT_OK(zx_handle_close(port));
  sigaction(SIGUSR1, &before, NULL);
}

enum { MOST = 16 };

typedef struct {
  zx_handle_t port;
  unsigned number;
  uint64_t each;  // packets of one producer
  uint64_t count, sum, disorder;
} worker_t;

static void* produce(void* argument) {
  worker_t* worker = (worker_t*)argument;
  for (uint64_t i = 1; i <= worker->each;) {
    zx_status_t status = queue_key(worker->port, (uint64_t)worker->number << 32 | i);
    if (status == ZX_OK) {
      i++;
    } else if (status == ZX_ERR_SHOULD_WAIT) {
      sched_yield();
    } else {
      EXPECT_OK(status);
      break;
    }
  }
  return NULL;
}

// Waits without end, so that nothing but ZX_OK may come back.
static void* consume(void* argument) {
  worker_t* worker = (worker_t*)argument;
  uint64_t last[MOST] = {0};
  for (;;) {
    zx_port_packet_t packet;
    zx_status_t status = zx_port_wait(worker->port, ZX_TIME_INFINITE, &packet);
    if (status != ZX_OK) {
      EXPECT_OK(status);
      return NULL;
    }
    if (packet.key == UINT64_MAX) return NULL;
    uint64_t producer = packet.key >> 32, number = packet.key & 0xffffffffu;
    if (producer >= MOST || number <= last[producer] || packet.user.u64[0] != ~packet.key)
      worker->disorder++;
    else
      last[producer] = number;
    worker->count++;
    worker->sum += number;
  }
}

static void move_packets(unsigned producers, unsigned consumers, uint64_t each) {
  zx_handle_t port = new_port();
  worker_t workers[2 * MOST];
  pthread_t threads[2 * MOST];
  memset(workers, 0, sizeof(workers));
  for (unsigned i = 0; i < producers + consumers; i++) {
    workers[i].port = port;
    workers[i].number = i;
    workers[i].each = each;
    if (pthread_create(&threads[i], NULL, i < producers ? produce : consume, &workers[i])) abort();
  }
  for (unsigned i = 0; i < producers; i++) pthread_join(threads[i], NULL);
  for (unsigned i = 0; i < consumers; i++) {
    zx_status_t status;
    while ((status = queue_key(port, UINT64_MAX)) == ZX_ERR_SHOULD_WAIT) sched_yield();
    EXPECT_OK(status);
  }
  uint64_t count = 0, sum = 0, disorder = 0;
  for (unsigned i = producers; i < producers + consumers; i++) {
    pthread_join(threads[i], NULL);
    count += workers[i].count;
    sum += workers[i].sum;
    disorder += workers[i].disorder;
  }
  EXPECT_EQ(count, producers * each);
  EXPECT_EQ(sum, producers * each * (each + 1) / 2);
  EXPECT_EQ(disorder, 0);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_producers_and_consumers_nothing_lost_or_doubled) { move_packets(3, 3, 20000); }

TEST(port_wait_infinite_packet_taken_by_other_thread_goes_on) {
  // Few packets, many consumers: a woken one mostly finds that another was faster (ports.md, 3.2).
  for (int round = 0; round < 200; round++) move_packets(1, MOST, 2000);
}

static void* queue_until_closed(void* argument) {
  worker_t* worker = (worker_t*)argument;
  for (;;) {
    zx_status_t status = queue_key(worker->port, 1);
    if (status == ZX_ERR_SHOULD_WAIT) continue;
    if (status != ZX_OK) {
      EXPECT_STATUS(status, ZX_ERR_BAD_HANDLE);
      return NULL;
    }
    __atomic_fetch_add(&worker->count, 1, __ATOMIC_RELEASE);
  }
}

TEST(port_queue_racing_with_close_bad_handle) {
  for (int round = 0; round < 100; round++) {
    worker_t worker;
    memset(&worker, 0, sizeof(worker));
    worker.port = new_port();
    pthread_t thread;
    if (pthread_create(&thread, NULL, queue_until_closed, &worker)) abort();
    while (__atomic_load_n(&worker.count, __ATOMIC_ACQUIRE) < 10) sched_yield();
    EXPECT_OK(zx_handle_close(worker.port));
    pthread_join(thread, NULL);
  }
}

ZTEST_MAIN

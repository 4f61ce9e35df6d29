// SPDX-License-Identifier: MIT
// zx_vcpu_kick and zx_vcpu_interrupt may be called in signal handlers, whatever call of the library
// the signal has interrupted; also as the first call that a thread makes.

#include "guest_fixture.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "objects.h"

static zx_handle_t target;
static atomic_long handled, refused;

static void on_signal(int number) {
  (void)number;
  int error = errno;
  if (zx_vcpu_kick(target) != ZX_OK || zx_vcpu_interrupt(target, 64) != ZX_OK) {
    atomic_fetch_add(&refused, 1);
  }
  atomic_fetch_add(&handled, 1);
  errno = error;
}

static void signals_every(suseconds_t microseconds) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  struct itimerval often = {{0, microseconds}, {0, microseconds}};
  setitimer(ITIMER_REAL, &often, NULL);
}

static void no_more_signals(void) {
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
}

// A bit of everything that takes locks and memory.
static void calls(void) {
  zx_handle_t ends[2], event, port, vmo;
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  EXPECT_OK(zx_event_create(0, &event));
  EXPECT_OK(zx_port_create(0, &port));
  EXPECT_OK(zx_channel_create(0, &ends[0], &ends[1]));
  EXPECT_OK(zx_vmo_create(4096, 0, &vmo));
  EXPECT_OK(zx_object_wait_async(event, port, 1, ZX_USER_SIGNAL_0, 0));
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_0));
  EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
  EXPECT_OK(zx_channel_write(ends[0], 0, "text", 4, &vmo, 1));
  EXPECT_STATUS(zx_object_wait_one(event, ZX_USER_SIGNAL_1, zx_deadline_after(1000), NULL),
                ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(ends[0]));
  EXPECT_OK(zx_handle_close(ends[1]));
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(signal_handler_kicks_and_interrupts_in_every_call) {
  GUEST(f, gf_probe);
  target = f.vcpu;
  signals_every(50);
  while (atomic_load(&handled) < 5000) calls();
  no_more_signals();
  EXPECT_EQ(atomic_load(&refused), 0);
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_CANCELED);
  gf_tear_down(&f);
}

TEST(signal_handler_kicks_the_vcpu_of_its_own_thread) {
  GUEST(f, gf_probe);
  target = f.vcpu;
  *(volatile uint16_t*)(f.host + GUEST_ENTRY) = 0xfeeb;  // jumps to itself
  zx_port_packet_t packet;
  atomic_store(&handled, 0);
  signals_every(500);
  for (int round = 0; round < 50; round++) {
    EXPECT_STATUS(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_CANCELED);
  }
  no_more_signals();
  EXPECT_TRUE(atomic_load(&handled) >= 50);
  gf_tear_down(&f);
}

static atomic_bool started;

static void* take_signal(void* unused) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  atomic_store(&started, true);
  raise(SIGUSR2);
  return unused;
}

TEST(signal_handler_makes_its_threads_first_call) {
  GUEST(f, gf_probe);
  target = f.vcpu;
  signal(SIGUSR2, on_signal);
  atomic_store(&refused, 0);
  for (int round = 0; round < 20; round++) {
    pthread_t thread;
    ASSERT_EQ(pthread_create(&thread, NULL, take_signal, NULL), 0);
    pthread_join(thread, NULL);
  }
  EXPECT_EQ(atomic_load(&refused), 0);
  gf_tear_down(&f);
}

ZTEST_MAIN

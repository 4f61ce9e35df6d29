// SPDX-License-Identifier: MIT
// Calls from the destructors that run when a thread ends, those of C++ objects among them: the last
// code of a thread, after the library's own destructors.

#include "ztest.h"

#include "threads.h"

static pthread_key_t at_exit;
static asleep_t self;

static void run_last(void* run) { ((void (*)(void))(uintptr_t)run)(); }

// The library is in use before the destructors, which come in no order, know of it.
static void* live(void* run) {
  zx_handle_t event = new_event();
  EXPECT_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, zx_deadline_after(ZX_USEC(200)), NULL),
                ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(event));
  pthread_setspecific(at_exit, run);
  return NULL;
}

// Calls it at the end of a thread.
static void call_at_exit(void (*run)(void)) {
  pthread_t thread;
  if (pthread_key_create(&at_exit, run_last)) abort();
  if (pthread_create(&thread, NULL, live, (void*)(uintptr_t)run)) abort();
  pthread_join(thread, NULL);
  pthread_key_delete(at_exit);
}

static void close_self(void) { self.status = zx_handle_close(self.handle); }

TEST(thread_exit_close_consequences_visible) {
  zx_handle_t peer;
  self.status = 1;
  EXPECT_OK(zx_eventpair_create(0, &self.handle, &peer));
  call_at_exit(close_self);
  EXPECT_OK(self.status);
  EXPECT_EQ(signals_of(peer), ZX_EVENTPAIR_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(peer));
}

// One end in a message of another, three deep.
TEST(thread_exit_close_nested_channels_all_closed) {
  zx_handle_t inner, peer, outer;
  self.status = 1;
  EXPECT_OK(zx_eventpair_create(0, &inner, &peer));
  for (int i = 0; i < 3; i++) {
    EXPECT_OK(zx_channel_create(0, &self.handle, &outer));
    EXPECT_OK(zx_channel_write(outer, 0, NULL, 0, &inner, 1));
    EXPECT_OK(zx_handle_close(outer));
    inner = self.handle;
  }
  call_at_exit(close_self);
  EXPECT_OK(self.status);
  EXPECT_EQ(signals_of(peer), ZX_EVENTPAIR_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(peer));
}

static void wait_self(void) {
  self.status = zx_object_wait_one(self.handle, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, &self.observed);
}

static void* signal_self(void* tid) {
  EXPECT_OK(zx_object_signal(self.handle, 0, ZX_EVENT_SIGNALED));
  return tid;
}

TEST(thread_exit_wait_woken_by_other_thread_ok) {
  pthread_t other;
  self.status = 1;
  self.handle = new_event();
  if (pthread_create(&other, NULL, signal_self, NULL)) abort();
  call_at_exit(wait_self);
  pthread_join(other, NULL);
  EXPECT_OK(self.status);
  EXPECT_EQ(self.observed, ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_handle_close(self.handle));
}

static void time_out(void) {
  zx_handle_t port = new_port(), event = new_event();
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, zx_deadline_after(ZX_USEC(200)), &packet), ZX_ERR_TIMED_OUT);
  EXPECT_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, zx_deadline_after(ZX_USEC(200)), NULL),
                ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_object_wait_async(event, port, 7, ZX_EVENT_SIGNALED, 0));
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.key, 7);
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(thread_exit_waits_time_out_and_packets_arrive) { call_at_exit(time_out); }

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// A forked child cannot use what it has inherited: every call says so at once, whatever the parent's
// other threads were doing, and handles can be closed. A child of a process that has made no call yet
// is a process like any other.

#include "ztest.h"

#include <stdatomic.h>
#include <sys/wait.h>

#include "threads.h"

// What the child saw, in memory that it shares with the parent.
typedef struct seen {
  zx_status_t status[16];
  bool done;
} seen_t;

static seen_t* shared(void) {
  void* at = mmap(NULL, sizeof(seen_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? NULL : (seen_t*)at;
}

// Runs `body` in a child, which has ten seconds.
static void in_child(void (*body)(seen_t*, zx_handle_t), seen_t* seen, zx_handle_t handle) {
  memset(seen, 0x55, sizeof(*seen));
  seen->done = false;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    alarm(10);
    body(seen, handle);
    seen->done = true;
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(ztest_wait_for_child(child, &status), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_TRUE(seen->done);
}

static void call_everything(seen_t* seen, zx_handle_t handle) {
  zx_handle_t out[2] = {0, 0};
  zx_port_packet_t packet;
  zx_vaddr_t at = 0;
  zx_wait_item_t item = {handle, ZX_USER_SIGNAL_0, 0};
  char bytes[8] = {0};
  size_t actual = 0;
  memset(&packet, 0, sizeof(packet));
  zx_status_t* status = seen->status;
  *status++ = zx_event_create(0, out);
  *status++ = zx_channel_create(0, &out[0], &out[1]);
  *status++ = zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, out);
  *status++ = zx_handle_replace(handle, ZX_RIGHT_SAME_RIGHTS, out);
  *status++ = zx_object_signal(handle, 0, ZX_USER_SIGNAL_0);
  *status++ = zx_object_wait_one(handle, ZX_USER_SIGNAL_0, ZX_TIME_INFINITE, NULL);
  *status++ = zx_object_wait_many(&item, 1, ZX_TIME_INFINITE);
  *status++ = zx_port_wait(handle, ZX_TIME_INFINITE, &packet);
  *status++ = zx_port_queue(handle, &packet);
  *status++ = zx_vmo_create(4096, 0, out);
  *status++ = zx_vmar_map(handle, ZX_VM_PERM_READ, 0, handle, 0, 4096, &at);
  *status++ = zx_socket_read(handle, 0, bytes, sizeof(bytes), &actual);
  *status++ = zx_object_get_info(handle, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL);
  *status++ = zx_timer_create(0, ZX_CLOCK_MONOTONIC, out);
  *status++ = zx_vcpu_resume(handle, &packet);
  *status++ = zx_vcpu_kick(handle);
}

TEST(fork_every_call_of_the_child_bad_state) {
  seen_t* seen = shared();
  ASSERT_TRUE(seen != NULL);
  zx_handle_t event = new_event();
  in_child(call_everything, seen, event);
  for (size_t i = 0; i < 16; i++) EXPECT_STATUS(seen->status[i], ZX_ERR_BAD_STATE);
  EXPECT_TRUE(is_live(event));
  EXPECT_OK(zx_handle_close(event));
  munmap(seen, sizeof(*seen));
}

static void close_it(seen_t* seen, zx_handle_t handle) {
  seen->status[0] = zx_handle_close(handle);
  seen->status[1] = zx_handle_close_many(&handle, 1);
}

TEST(fork_child_closes_and_the_parents_handle_stays) {
  seen_t* seen = shared();
  ASSERT_TRUE(seen != NULL);
  zx_handle_t event = new_event();
  in_child(close_it, seen, event);
  EXPECT_OK(seen->status[0]);
  EXPECT_OK(seen->status[1]);
  EXPECT_TRUE(is_live(event));
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_0));
  EXPECT_OK(zx_handle_close(event));
  munmap(seen, sizeof(*seen));
}

static void fork_again(seen_t* seen, zx_handle_t handle) {
  pid_t child = fork();
  if (child == 0) {
    alarm(5);
    seen->status[0] = zx_object_signal(handle, 0, ZX_USER_SIGNAL_0);
    _exit(0);
  }
  ztest_wait_for_child(child, NULL);
}

TEST(fork_grandchild_bad_state) {
  seen_t* seen = shared();
  ASSERT_TRUE(seen != NULL);
  zx_handle_t event = new_event();
  in_child(fork_again, seen, event);
  EXPECT_STATUS(seen->status[0], ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(event));
  munmap(seen, sizeof(*seen));
}

// --- Other threads of the parent hold locks at the fork -------------------------------------------

static atomic_bool stop;

static void* churn(void* unused) {
  while (!atomic_load(&stop)) {
    zx_handle_t ends[2] = {0, 0};
    if (zx_channel_create(0, &ends[0], &ends[1]) != ZX_OK) break;
    zx_channel_write(ends[0], 0, "text", 4, NULL, 0);
    zx_handle_close(ends[0]);
    zx_handle_close(ends[1]);
  }
  return unused;
}

TEST(fork_while_other_threads_are_inside_calls) {
  seen_t* seen = shared();
  ASSERT_TRUE(seen != NULL);
  zx_handle_t event = new_event();
  pthread_t threads[3];
  atomic_store(&stop, false);
  for (int i = 0; i < 3; i++) ASSERT_EQ(pthread_create(&threads[i], NULL, churn, NULL), 0);
  for (int round = 0; round < 50; round++) {
    in_child(call_everything, seen, event);
    for (size_t i = 0; i < 16; i++) EXPECT_STATUS(seen->status[i], ZX_ERR_BAD_STATE);
  }
  atomic_store(&stop, true);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  EXPECT_OK(zx_handle_close(event));
  munmap(seen, sizeof(*seen));
}

ZTEST_MAIN

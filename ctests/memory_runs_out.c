// SPDX-License-Identifier: MIT
// A program that has used up its memory gets ZX_ERR_NO_MEMORY, loses nothing, can close what it has,
// and goes on when there is memory again. Each case is a process of its own with a bounded address
// space, made before any call.

#include "ztest.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <zircon/process.h>

#include "objects.h"

#define MOST 1000000
#define ROOM (48ul << 20)

static zx_handle_t kept[MOST];
static char payload[65536];

// What each case makes until it is refused, and how the child ends when all is well.
typedef zx_status_t (*make_t)(size_t i);
enum { GOOD = 42, NEVER_REFUSED, WRONG_STATUS, CLOSE_FAILED, STILL_REFUSED };

static zx_handle_t channel[2], event, port;

static zx_status_t make_event(size_t i) { return zx_event_create(0, &kept[i]); }
static zx_status_t make_duplicate(size_t i) {
  return zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &kept[i]);
}
static zx_status_t make_timer(size_t i) {
  zx_status_t status = zx_timer_create(0, ZX_CLOCK_MONOTONIC, &kept[i]);
  return status ? status : zx_timer_set(kept[i], zx_deadline_after(ZX_SEC(3600)), 0);
}
static zx_status_t make_region(size_t i) {
  zx_vaddr_t at = 0;
  return zx_vmar_allocate(zx_vmar_root_self(), ZX_VM_CAN_MAP_READ, 0, 4096, &kept[i], &at);
}
static zx_status_t write_small(size_t i) {
  (void)i;
  return zx_channel_write(channel[0], 0, payload, 64, NULL, 0);
}
static zx_status_t write_large(size_t i) {
  (void)i;
  return zx_channel_write(channel[0], 0, payload, sizeof(payload), NULL, 0);
}
static zx_status_t write_handle(size_t i) {
  (void)i;
  zx_handle_t copy = ZX_HANDLE_INVALID;
  zx_status_t status = zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &copy);
  return status ? status : zx_channel_write(channel[0], 0, payload, 8, &copy, 1);
}
static zx_status_t wait_async(size_t i) {
  return zx_object_wait_async(event, port, i, ZX_USER_SIGNAL_0, 0);
}
static zx_status_t queue_packets(size_t i) {
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  zx_status_t status = i % 4000 == 0 ? zx_port_create(0, &port) : ZX_OK;
  return status ? status : zx_port_queue(port, &packet);
}
static zx_status_t make_socket(size_t i) {
  zx_handle_t end = ZX_HANDLE_INVALID;
  zx_status_t status = zx_socket_create(0, &kept[i], &end);
  if (status) return status;
  status = zx_socket_write(kept[i], 0, payload, sizeof(payload), NULL);
  zx_handle_close(end);
  return status;
}

static bool limit(rlim_t room) {
  struct rlimit space = {room, RLIM_INFINITY};
  return setrlimit(RLIMIT_AS, &space) == 0;
}

static int until_refused(make_t make) {
  zx_port_create(0, &port);
  zx_event_create(0, &event);
  zx_channel_create(0, &channel[0], &channel[1]);
  zx_vmar_root_self();
  zx_status_t status = ZX_OK;
  size_t made = 0;
  limit(ROOM);
  while (made < MOST && (status = make(made)) == ZX_OK) made++;
  if (status == ZX_OK) return NEVER_REFUSED;
  if (status != ZX_ERR_NO_MEMORY) return WRONG_STATUS;
  // It stays refused, or finds a little more; it never ends the process.
  for (int i = 0; i < 1000 && made < MOST; i++) {
    status = make(made);
    if (status == ZX_OK) made++;
    else if (status != ZX_ERR_NO_MEMORY) return WRONG_STATUS;
  }
  for (size_t i = 0; i < made && i < MOST; i++) {
    if (zx_handle_close(kept[i]) != ZX_OK) return CLOSE_FAILED;
  }
  if (zx_handle_close(channel[0]) || zx_handle_close(channel[1]) || zx_handle_close(port)) {
    return CLOSE_FAILED;
  }
  limit(RLIM_INFINITY);
  zx_handle_t again = ZX_HANDLE_INVALID;
  if (zx_channel_create(0, &channel[0], &channel[1]) || zx_port_create(0, &port) ||
      zx_event_create(0, &again)) {
    return STILL_REFUSED;
  }
  return zx_object_signal(again, 0, ZX_USER_SIGNAL_0) ? STILL_REFUSED : GOOD;
}

static void expect_refused(make_t make) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(60);
    _exit(until_refused(make));
  }
  int status = 0;
  ASSERT_EQ(ztest_wait_for_child(child, &status), child);
  EXPECT_TRUE(WIFEXITED(status));
  if (WIFEXITED(status)) EXPECT_EQ(WEXITSTATUS(status), GOOD);
}

TEST(memory_runs_out_events) { expect_refused(make_event); }
TEST(memory_runs_out_duplicates) { expect_refused(make_duplicate); }
TEST(memory_runs_out_timers) { expect_refused(make_timer); }
TEST(memory_runs_out_regions) { expect_refused(make_region); }
TEST(memory_runs_out_small_messages) { expect_refused(write_small); }
TEST(memory_runs_out_large_messages) { expect_refused(write_large); }
TEST(memory_runs_out_messages_with_handles) { expect_refused(write_handle); }
TEST(memory_runs_out_async_waits) { expect_refused(wait_async); }
TEST(memory_runs_out_packets) { expect_refused(queue_packets); }
TEST(memory_runs_out_sockets) { expect_refused(make_socket); }

ZTEST_MAIN

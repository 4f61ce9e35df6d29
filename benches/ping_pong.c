// SPDX-License-Identifier: MIT
// A turn handed back and forth between two threads by events, ports and channels, against the same
// with eventfds and with bare futexes that are watched before a thread sleeps just as the library
// watches (libzx/spin.rs).

#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

// Turns of one round: many of them where a turn takes no system call.
#define TURNS 100000
#define EVENTFD_TURNS 2000

// --- Events -------------------------------------------------------------------------------------

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

// --- Ports --------------------------------------------------------------------------------------

// Each side waits at its own port; a packet with a status ends the partner.
static void* port_partner(void* context) {
  zx_handle_t* ports = context;
  zx_port_packet_t packet;
  for (;;) {
    CHECK(zx_port_wait(ports[1], ZX_TIME_INFINITE, &packet));
    if (packet.status) return NULL;
    CHECK(zx_port_queue(ports[0], &packet));
  }
}

static void port_turns(void* context, uint64_t count) {
  zx_handle_t* ports = context;
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  for (uint64_t i = 0; i < count; i++) {
    packet.key = i;
    CHECK(zx_port_queue(ports[1], &packet));
    CHECK(zx_port_wait(ports[0], ZX_TIME_INFINITE, &packet));
    if (packet.key != i) abort();
  }
}

// --- Channels -----------------------------------------------------------------------------------

#define MESSAGE 64

static void await_message(zx_handle_t end, char* message) {
  uint32_t bytes, handles;
  CHECK(zx_object_wait_one(end, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  CHECK(zx_channel_read(end, 0, message, NULL, MESSAGE, 0, &bytes, &handles));
  if (bytes != MESSAGE) abort();
}

static void* channel_partner(void* context) {
  zx_handle_t* ends = context;
  char message[MESSAGE];
  for (;;) {
    await_message(ends[1], message);
    if (message[0]) return NULL;
    CHECK(zx_channel_write(ends[1], 0, message, MESSAGE, NULL, 0));
  }
}

static void channel_turns(void* context, uint64_t count) {
  zx_handle_t* ends = context;
  char message[MESSAGE] = {0};
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_channel_write(ends[0], 0, message, MESSAGE, NULL, 0));
    await_message(ends[0], message);
  }
}

// --- Eventfds -----------------------------------------------------------------------------------

static void* eventfd_partner(void* context) {
  int* fds = context;
  uint64_t value;
  for (;;) {
    if (read(fds[0], &value, sizeof(value)) != sizeof(value)) abort();
    if (value > 1) return NULL;
    if (write(fds[1], &value, sizeof(value)) != sizeof(value)) abort();
  }
}

static void eventfd_turns(void* context, uint64_t count) {
  int* fds = context;
  uint64_t value = 1;
  for (uint64_t i = 0; i < count; i++) {
    if (write(fds[0], &value, sizeof(value)) != sizeof(value)) abort();
    if (read(fds[1], &value, sizeof(value)) != sizeof(value)) abort();
  }
}

// --- Bare futexes -------------------------------------------------------------------------------

typedef struct {
  _Alignas(128) uint32_t turn;  // 0 ours, 1 theirs, 2 quit
  uint32_t sleepers;
} turn_t;

// What a thread has learnt about watching, as in libzx/spin.rs.
static _Thread_local struct {
  uint64_t watch_ns;
  uint32_t left, pause;
} patience = {50000, 0, 8};

static bool look(turn_t* turn, uint32_t not_turn, int count) {
  for (int i = 0; i < count; i++) {
    __builtin_ia32_pause();
    if (__atomic_load_n(&turn->turn, __ATOMIC_ACQUIRE) != not_turn) return true;
  }
  return false;
}

static bool watch(turn_t* turn, uint32_t not_turn, uint64_t length) {
  uint64_t now = bench_now(), end = now + length;
  bool seen = false;
  while (!seen && now < end) {
    sched_yield();
    seen = look(turn, not_turn, 32);
    now = bench_now();
  }
  bool late = now > end + 500000;
  if (seen && !late) {
    patience.watch_ns = 50000;
    patience.pause = 8;
  } else if (late || (patience.watch_ns /= 2) < 5000) {
    patience.watch_ns = 0;
    patience.left = patience.pause;
    if (patience.pause < 64) patience.pause *= 2;
  }
  return seen;
}

static void await_turn(turn_t* turn, uint32_t not_turn) {
  if (__atomic_load_n(&turn->turn, __ATOMIC_ACQUIRE) != not_turn) return;
  uint64_t length = patience.watch_ns;
  if (!length) {
    if (patience.left) {
      patience.left--;
      if (look(turn, not_turn, 8)) return;
    } else {
      length = 50000;
    }
  }
  if (length && (look(turn, not_turn, 32) || watch(turn, not_turn, length))) return;
  __atomic_add_fetch(&turn->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&turn->turn, __ATOMIC_SEQ_CST) == not_turn)
    syscall(SYS_futex, &turn->turn, FUTEX_WAIT_PRIVATE, not_turn, NULL);
  __atomic_sub_fetch(&turn->sleepers, 1, __ATOMIC_SEQ_CST);
}

static void give_turn(turn_t* turn, uint32_t value) {
  __atomic_store_n(&turn->turn, value, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&turn->sleepers, __ATOMIC_SEQ_CST))
    syscall(SYS_futex, &turn->turn, FUTEX_WAKE_PRIVATE, 1);
}

static void* futex_partner(void* context) {
  turn_t* turn = context;
  for (;;) {
    await_turn(turn, 0);
    if (__atomic_load_n(&turn->turn, __ATOMIC_ACQUIRE) == 2) return NULL;
    give_turn(turn, 0);
  }
}

static void futex_turns(void* context, uint64_t count) {
  turn_t* turn = context;
  for (uint64_t i = 0; i < count; i++) {
    give_turn(turn, 1);
    await_turn(turn, 1);
  }
}

int main(void) {
  zx_handle_t event, ports[2], ends[2];
  CHECK(zx_event_create(0, &event));
  CHECK(zx_port_create(0, &ports[0]));
  CHECK(zx_port_create(0, &ports[1]));
  CHECK(zx_channel_create(0, &ends[0], &ends[1]));
  int fds[2] = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};
  if (fds[0] < 0 || fds[1] < 0) abort();
  turn_t turn = {0, 0};

  struct {
    const char* name;
    bench_loop_t turns;
    void* (*partner)(void*);
    void* context;
    pthread_t thread;
  } sides[] = {{"event", event_turns, event_partner, &event, 0},
               {"port", port_turns, port_partner, ports, 0},
               {"channel", channel_turns, channel_partner, ends, 0},
               {"eventfd", eventfd_turns, eventfd_partner, fds, 0},
               {"futex", futex_turns, futex_partner, &turn, 0}};
  for (int i = 0; i < 5; i++)
    if (pthread_create(&sides[i].thread, NULL, sides[i].partner, sides[i].context)) abort();
  for (int i = 0; i < 3; i++) {
    char name[64];
    snprintf(name, sizeof(name), "%s_ping_pong_vs_eventfd", sides[i].name);
    bench_against_few(name, sides[i].turns, sides[i].context, TURNS, eventfd_turns, fds,
                      EVENTFD_TURNS);
    snprintf(name, sizeof(name), "%s_ping_pong_vs_futex", sides[i].name);
    bench_against(name, sides[i].turns, sides[i].context, futex_turns, &turn, TURNS);
  }

  CHECK(zx_object_signal(event, 0, QUIT));
  zx_port_packet_t last;
  memset(&last, 0, sizeof(last));
  last.status = 1;
  CHECK(zx_port_queue(ports[1], &last));
  char message[MESSAGE] = {1};
  CHECK(zx_channel_write(ends[0], 0, message, MESSAGE, NULL, 0));
  uint64_t two = 2;
  if (write(fds[0], &two, sizeof(two)) != sizeof(two)) abort();
  give_turn(&turn, 2);
  for (int i = 0; i < 5; i++) pthread_join(sides[i].thread, NULL);
  close(fds[0]);
  close(fds[1]);
  CHECK(zx_handle_close_many(ends, 2));
  CHECK(zx_handle_close_many(ports, 2));
  CHECK(zx_handle_close(event));
  return 0;
}

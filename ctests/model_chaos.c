// SPDX-License-Identifier: MIT
// Eight threads do random things with random handles of a shared pool, whatever these are by then, and
// close them under each other (see model.h): each call may only return what its specification
// allows, and nothing may be left at the end. Then timers, interrupts and calls, each with its model.

#include "model.h"

#include <zircon/process.h>

// --- Any call, any handle -------------------------------------------------------------------------

#define POOL 64u

static zx_handle_t pool[POOL];

static zx_handle_t any(actor_t* self) {
  return __atomic_load_n(&pool[pick(self, POOL)], __ATOMIC_ACQUIRE);
}

// Puts a handle into the pool and closes the one that was there.
static void put(actor_t* self, zx_handle_t handle) {
  zx_handle_t old = __atomic_exchange_n(&pool[pick(self, POOL)], handle, __ATOMIC_ACQ_REL);
  AMONG(zx_handle_close(old), ZX_OK, ZX_ERR_BAD_HANDLE);
}

static void make_any(actor_t* self) {
  zx_handle_t a = ZX_HANDLE_INVALID, b = ZX_HANDLE_INVALID;
  switch (pick(self, 9)) {
    case 0: EXPECT_OK(zx_event_create(0, &a)); break;
    case 1: EXPECT_OK(zx_eventpair_create(0, &a, &b)); break;
    case 2: EXPECT_OK(zx_channel_create(0, &a, &b)); break;
    case 3: EXPECT_OK(zx_socket_create(pick(self, 2), &a, &b)); break;
    case 4: EXPECT_OK(zx_fifo_create(1 + pick(self, 16), 8, 0, &a, &b)); break;
    case 5: EXPECT_OK(zx_port_create(pick(self, 2), &a)); break;
    case 6: EXPECT_OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &a)); break;
    case 7: EXPECT_OK(zx_interrupt_create(0, 0, ZX_INTERRUPT_VIRTUAL, &a)); break;
    default: EXPECT_OK(zx_vmo_create(4096, 0, &a)); break;
  }
  put(self, a);
  if (b) put(self, b);
}

#define GONE ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED

// Sends handles of the pool through a channel. Of channels only new ends go, so that none gets into its
// own queue by any way: what is held only by itself nobody can close.
static void send_handles(actor_t* self, zx_handle_t h, const void* data, uint32_t size) {
  zx_handle_t handles[3], end = ZX_HANDLE_INVALID, peer;
  uint32_t count = 0;
  for (uint32_t wanted = pick(self, 3); count < wanted; count++) {
    zx_info_handle_basic_t info;
    handles[count] = any(self);
    if (zx_object_get_info(handles[count], ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL) ==
            ZX_OK &&
        info.type == ZX_OBJ_TYPE_CHANNEL)
      break;
  }
  if (!pick(self, 3)) {
    EXPECT_OK(zx_channel_create(0, &end, &peer));
    put(self, peer);
    handles[count++] = end;
  }
  AMONG(zx_channel_write(h, 0, data, size, handles, count), ZX_OK, ZX_ERR_PEER_CLOSED,
        ZX_ERR_NOT_SUPPORTED, GONE);
  AMONG(zx_handle_close(end), ZX_OK, ZX_ERR_BAD_HANDLE);
}

static void move_data(actor_t* self, zx_handle_t h) {
  uint64_t data[40] = {0};
  zx_handle_t handles[3];
  uint32_t size = pick(self, sizeof(data)), number = 0;
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  switch (pick(self, 9)) {
    case 0: send_handles(self, h, data, size); break;
    case 1:
      if (zx_channel_read(h, 0, data, handles, sizeof(data), 3, NULL, &number) == ZX_OK)
        for (uint32_t i = 0; i < number; i++) put(self, handles[i]);
      break;
    case 2:
      AMONG(zx_socket_write(h, 0, data, size, NULL), ZX_OK, ZX_ERR_PEER_CLOSED, ZX_ERR_BAD_STATE,
            ZX_ERR_SHOULD_WAIT, GONE);
      break;
    case 3:
      AMONG(zx_socket_read(h, pick(self, 2) * ZX_SOCKET_PEEK, data, size, NULL), ZX_OK,
            ZX_ERR_PEER_CLOSED, ZX_ERR_BAD_STATE, ZX_ERR_SHOULD_WAIT, GONE);
      break;
    case 4:
      AMONG(zx_fifo_write(h, 8, data, 1 + pick(self, 20), NULL), ZX_OK, ZX_ERR_PEER_CLOSED,
            ZX_ERR_SHOULD_WAIT, GONE);
      break;
    case 5:
      AMONG(zx_fifo_read(h, 8, data, 1 + pick(self, 20), NULL), ZX_OK, ZX_ERR_PEER_CLOSED,
            ZX_ERR_SHOULD_WAIT, GONE);
      break;
    case 6: AMONG(zx_port_queue(h, &packet), ZX_OK, ZX_ERR_SHOULD_WAIT, GONE); break;
    case 7:
      AMONG(zx_port_wait(h, zx_deadline_after(ZX_USEC(pick(self, 100))), &packet), ZX_OK,
            ZX_ERR_TIMED_OUT, GONE);
      break;
    default:
      AMONG(zx_socket_set_disposition(h, pick(self, 3), pick(self, 3)), ZX_OK, ZX_ERR_BAD_STATE,
            GONE);
      break;
  }
}

static void use_signals(actor_t* self, zx_handle_t h) {
  zx_signals_t set = pick(self, 256) << 24, clear = pick(self, 256) << 24;
  zx_time_t soon = zx_deadline_after(ZX_USEC(pick(self, 200)));
  zx_wait_item_t items[3] = {{h, set | 7, 0}, {any(self), set | 8, 0}, {any(self), clear, 0}};
  switch (pick(self, 10)) {
    case 0: AMONG(zx_object_signal(h, clear, set), ZX_OK, GONE); break;
    case 1: AMONG(zx_object_signal_peer(h, clear, set), ZX_OK, ZX_ERR_PEER_CLOSED, GONE); break;
    case 2:
      AMONG(zx_object_wait_one(h, set | 7, soon, NULL), ZX_OK, ZX_ERR_TIMED_OUT, ZX_ERR_CANCELED,
            GONE);
      break;
    case 3:
      AMONG(zx_object_wait_many(items, 3, soon), ZX_OK, ZX_ERR_TIMED_OUT, ZX_ERR_CANCELED, GONE);
      break;
    case 4:
    case 5:
      AMONG(zx_object_wait_async(h, any(self), pick(self, 4), set | 7, pick(self, 4)), ZX_OK, GONE);
      break;
    case 6: AMONG(zx_port_cancel(any(self), h, pick(self, 4)), ZX_OK, ZX_ERR_NOT_FOUND, GONE); break;
    case 7: AMONG(zx_timer_set(h, soon, 0), ZX_OK, GONE); break;
    case 8: AMONG(zx_timer_cancel(h), ZX_OK, GONE); break;
    default:
      AMONG(zx_interrupt_trigger(h, 0, 1), ZX_OK, ZX_ERR_CANCELED, GONE);
      AMONG(zx_interrupt_bind(h, any(self), 1, pick(self, 2)), ZX_OK, ZX_ERR_CANCELED,
            ZX_ERR_ALREADY_BOUND, ZX_ERR_NOT_FOUND, GONE);
      AMONG(zx_interrupt_ack(h), ZX_OK, ZX_ERR_BAD_STATE, ZX_ERR_CANCELED, GONE);
      break;
  }
}

static void* act_on_pool(void* argument) {
  actor_t* self = (actor_t*)argument;
  ztest_note = self->note;
  while (!over())
    for (int i = 0; i < 64; i++) {
      zx_handle_t h = any(self), fresh = ZX_HANDLE_INVALID;
      uint32_t what = pick(self, 100);
      if (what < 20) {
        make_any(self);
      } else if (what < 25) {
        AMONG(zx_handle_close(h), ZX_OK, ZX_ERR_BAD_HANDLE);
      } else if (what < 30) {
        AMONG(zx_handle_replace(h, ZX_RIGHT_SAME_RIGHTS, &fresh), ZX_OK, ZX_ERR_BAD_HANDLE);
        if (fresh) put(self, fresh);
      } else if (what < 35) {
        AMONG(zx_handle_duplicate(h, ZX_RIGHT_SAME_RIGHTS, &fresh), ZX_OK, GONE);
        if (fresh) put(self, fresh);
      } else if (what < 70) {
        move_data(self, h);
      } else {
        use_signals(self, h);
      }
    }
  return NULL;
}

static uint32_t live_handles(void) {
  zx_info_process_handle_stats_t stats;
  uint32_t sum = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_HANDLE_STATS, &stats,
                               sizeof(stats), NULL, NULL));
  for (size_t i = 0; i < sizeof(stats.handle_count) / sizeof(stats.handle_count[0]); i++)
    sum += stats.handle_count[i];
  return sum;
}

TEST(model_chaos_statuses_allowed_and_no_handle_left) {
  uint32_t before = live_handles();
  run_actors(act_on_pool, 3);
  for (uint32_t i = 0; i < POOL; i++) {
    AMONG(zx_handle_close(pool[i]), ZX_OK, ZX_ERR_BAD_HANDLE);
    pool[i] = ZX_HANDLE_INVALID;
  }
  EXPECT_EQ(live_handles(), before);
}

// --- Timers and interrupts -------------------------------------------------------------------------

typedef struct clockwork {
  pthread_mutex_t lock;
  zx_handle_t timer, interrupt;
  zx_time_t deadline;           // 0: not set
  zx_time_t triggers[2];        // of the interrupt, which remembers two
  uint32_t count;
  bool taken;                   // a wait took one before
} clockwork_t;

#define CLOCKWORKS 8u

static clockwork_t clockworks[CLOCKWORKS];

static void act_on_timer(actor_t* self, clockwork_t* c) {
  zx_duration_t in = (zx_duration_t)pick(self, 400000) - 50000;
  zx_signals_t seen = 0;
  switch (pick(self, 4)) {
    case 0:
      c->deadline = zx_deadline_after(in);
      EXPECT_OK(zx_timer_set(c->timer, c->deadline, 0));
      if (in <= 0) EXPECT_OK(zx_object_wait_one(c->timer, ZX_TIMER_SIGNALED, 0, NULL));
      break;
    case 1:
      EXPECT_OK(zx_timer_cancel(c->timer));
      EXPECT_EQ(signals_of(c->timer), 0);
      c->deadline = 0;
      break;
    case 2:  // never early
      AMONG(zx_object_wait_one(c->timer, ZX_TIMER_SIGNALED, 0, &seen), ZX_OK, ZX_ERR_TIMED_OUT);
      if (seen)
        EXPECT_TRUE(c->deadline && zx_clock_get_monotonic() >= c->deadline);
      break;
    default:  // never lost
      if (!c->deadline) break;
      EXPECT_OK(zx_object_wait_one(c->timer, ZX_TIMER_SIGNALED, ZX_TIME_INFINITE, NULL));
      EXPECT_TRUE(zx_clock_get_monotonic() >= c->deadline);
      break;
  }
}

static void act_on_interrupt(actor_t* self, clockwork_t* c) {
  if (pick(self, 2)) {
    zx_time_t time = zx_clock_get_monotonic();
    EXPECT_OK(zx_interrupt_trigger(c->interrupt, 0, time));
    // Fired and not taken: further ones are the same event. Taken: one more is remembered.
    if (c->count == 0) c->triggers[c->count++] = time;
  } else if (c->count) {
    zx_time_t time = 0;
    EXPECT_OK(zx_interrupt_wait(c->interrupt, &time));
    EXPECT_EQ(time, c->triggers[0]);
    c->count = 0;
  }
}

static void* act_on_clockworks(void* argument) {
  actor_t* self = (actor_t*)argument;
  ztest_note = self->note;
  while (!over()) {
    clockwork_t* c = &clockworks[pick(self, CLOCKWORKS)];
    pthread_mutex_lock(&c->lock);
    if (pick(self, 2)) act_on_timer(self, c);
    else act_on_interrupt(self, c);
    pthread_mutex_unlock(&c->lock);
  }
  return NULL;
}

TEST(model_timers_and_interrupts) {
  for (uint32_t i = 0; i < CLOCKWORKS; i++) {
    clockwork_t* c = &clockworks[i];
    memset(c, 0, sizeof(*c));
    pthread_mutex_init(&c->lock, NULL);
    EXPECT_OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &c->timer));
    EXPECT_OK(zx_interrupt_create(0, 0, ZX_INTERRUPT_VIRTUAL, &c->interrupt));
  }
  run_actors(act_on_clockworks, 3);
  for (uint32_t i = 0; i < CLOCKWORKS; i++) {
    EXPECT_OK(zx_handle_close(clockworks[i].timer));
    EXPECT_OK(zx_handle_close(clockworks[i].interrupt));
  }
}

// --- Calls -----------------------------------------------------------------------------------------

typedef struct question {
  zx_txid_t txid;
  uint32_t asker;
  uint64_t number;
} question_t;

static zx_handle_t client, server;
static uint64_t asked, answered, answers, refused;

static void ask(actor_t* self) {
  question_t q = {0, self->index, pick(self, 1u << 30)}, reply = q;
  uint32_t bytes = 0, handles = 0;
  zx_channel_call_args_t args = {.wr_bytes = &q, .wr_num_bytes = sizeof(q), .rd_bytes = &reply,
                                 .rd_num_bytes = sizeof(reply)};
  zx_time_t deadline = zx_deadline_after(ZX_USEC(pick(self, 3000)));
  zx_status_t status = zx_channel_call(client, 0, deadline, &args, &bytes, &handles);
  AMONG(status, ZX_OK, ZX_ERR_TIMED_OUT);
  __atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
  if (status == ZX_OK) {
    __atomic_fetch_add(&answers, 1, __ATOMIC_RELAXED);
    EXPECT_EQ(bytes, sizeof(reply));
    EXPECT_EQ(reply.asker, self->index);
    EXPECT_EQ(reply.number, q.number + 1);
  }
}

static bool answer(void) {
  question_t q;
  zx_status_t status = zx_channel_read(server, 0, &q, NULL, sizeof(q), 0, NULL, NULL);
  if (status != ZX_OK) {
    EXPECT_STATUS(status, ZX_ERR_SHOULD_WAIT);
    return false;
  }
  q.number++;
  EXPECT_OK(zx_channel_write(server, 0, &q, sizeof(q), NULL, 0));
  __atomic_fetch_add(&answered, 1, __ATOMIC_RELAXED);
  return true;
}

// Answers that came too late are messages.
static bool take_late(void) {
  question_t q;
  zx_status_t status = zx_channel_read(client, 0, &q, NULL, sizeof(q), 0, NULL, NULL);
  if (status == ZX_OK) __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
  return status == ZX_OK;
}

static void* act_on_calls(void* argument) {
  actor_t* self = (actor_t*)argument;
  ztest_note = self->note;
  while (!over()) {
    if (self->index % 2) {
      ask(self);
    } else if (!answer()) {
      AMONG(zx_object_wait_one(server, ZX_CHANNEL_READABLE, zx_deadline_after(ZX_MSEC(2)), NULL),
            ZX_OK, ZX_ERR_TIMED_OUT);
    }
    if (pick(self, 16) == 0) take_late();
  }
  return NULL;
}

TEST(model_calls_every_answer_to_its_asker_or_queued) {
  EXPECT_OK(zx_channel_create(0, &client, &server));
  run_actors(act_on_calls, 3);
  while (answer()) {
  }
  while (take_late()) {
  }
  EXPECT_EQ(answered, asked);
  EXPECT_EQ(answers + refused, asked);
  EXPECT_OK(zx_handle_close(client));
  EXPECT_OK(zx_handle_close(server));
}

ZTEST_MAIN

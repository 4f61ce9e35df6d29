// SPDX-License-Identifier: MIT
// Eight threads do random things to all kinds of objects, beside a model of each (see model.h). It runs
// LIBZX_STRESS_SECONDS (5); LIBZX_STRESS_SEED repeats the random numbers of a failure, which
// names them, though not how the threads met.

#include "model.h"

// --- Lanes: nothing lost, doubled or out of order -----------------------------------------------

static zx_status_t make_channel(zx_handle_t ends[2]) {
  return zx_channel_create(0, &ends[0], &ends[1]);
}

static zx_status_t send_channel(zx_handle_t end, uint64_t item) {
  // Some carry a handle, whose object is told by the item as well.
  zx_handle_t event = ZX_HANDLE_INVALID;
  if (item % 8 == 0 && zx_event_create(0, &event) == ZX_OK)
    zx_object_signal(event, 0, item % 16 ? ZX_USER_SIGNAL_0 : ZX_USER_SIGNAL_1);
  return zx_channel_write(end, 0, &item, sizeof(item), &event, event ? 1 : 0);
}

static zx_status_t take_channel(zx_handle_t end, uint64_t* item) {
  zx_handle_t event = ZX_HANDLE_INVALID;
  uint32_t bytes = 0, handles = 0;
  zx_status_t status = zx_channel_read(end, 0, item, &event, sizeof(*item), 1, &bytes, &handles);
  if (status != ZX_OK) return status;
  EXPECT_EQ(bytes, sizeof(*item));
  EXPECT_EQ(handles, *item % 8 == 0);
  if (handles) {
    EXPECT_EQ(signals_of(event), *item % 16 ? ZX_USER_SIGNAL_0 : ZX_USER_SIGNAL_1);
    EXPECT_OK(zx_handle_close(event));
  }
  return ZX_OK;
}

static zx_status_t make_fifo(zx_handle_t ends[2]) {
  return zx_fifo_create(10, sizeof(uint64_t), 0, &ends[0], &ends[1]);
}

static zx_status_t send_fifo(zx_handle_t end, uint64_t item) {
  return zx_fifo_write(end, sizeof(item), &item, 1, NULL);
}

static zx_status_t take_fifo(zx_handle_t end, uint64_t* item) {
  return zx_fifo_read(end, sizeof(*item), item, 1, NULL);
}

static zx_status_t make_datagrams(zx_handle_t ends[2]) {
  return zx_socket_create(ZX_SOCKET_DATAGRAM, &ends[0], &ends[1]);
}

// The buffer's size is no multiple of the packets', which have different ones.
static zx_status_t send_datagram(zx_handle_t end, uint64_t item) {
  char packet[4096];
  memset(packet, 'd', sizeof(packet));
  memcpy(packet, &item, sizeof(item));
  return zx_socket_write(end, 0, packet, sizeof(item) + item * 89 % 4000, NULL);
}

static zx_status_t take_datagram(zx_handle_t end, uint64_t* item) {
  char packet[4096];
  size_t actual = 0;
  zx_status_t status = zx_socket_read(end, 0, packet, sizeof(packet), &actual);
  if (status != ZX_OK) return status;
  memcpy(item, packet, sizeof(*item));
  EXPECT_EQ(actual, sizeof(*item) + *item * 89 % 4000);
  return ZX_OK;
}

static zx_status_t make_stream(zx_handle_t ends[2]) {
  return zx_socket_create(ZX_SOCKET_STREAM, &ends[0], &ends[1]);
}

// Items fill the buffer exactly: 257024 is a multiple of eight. So no item is cut in two.
static zx_status_t send_stream(zx_handle_t end, uint64_t item) {
  size_t actual = 0;
  zx_status_t status = zx_socket_write(end, 0, &item, sizeof(item), &actual);
  if (status == ZX_OK) EXPECT_EQ(actual, sizeof(item));
  return status;
}

static zx_status_t take_stream(zx_handle_t end, uint64_t* item) {
  size_t actual = 0;
  zx_status_t status = zx_socket_read(end, 0, item, sizeof(*item), &actual);
  if (status == ZX_OK) EXPECT_EQ(actual, sizeof(*item));
  return status;
}

static zx_status_t make_port(zx_handle_t ends[2]) {
  zx_status_t status = zx_port_create(0, &ends[0]);
  return status == ZX_OK ? zx_handle_duplicate(ends[0], ZX_RIGHT_SAME_RIGHTS, &ends[1]) : status;
}

static zx_status_t send_port(zx_handle_t end, uint64_t item) {
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  packet.key = item;
  packet.user.u64[3] = ~item;
  return zx_port_queue(end, &packet);
}

static zx_status_t take_port(zx_handle_t end, uint64_t* item) {
  zx_port_packet_t packet;
  zx_status_t status = zx_port_wait(end, 0, &packet);
  if (status != ZX_OK) return status;
  *item = packet.key;
  EXPECT_EQ(packet.user.u64[3], ~packet.key);
  return ZX_OK;
}

static const lane_kind_t kinds[] = {
    {"channel", make_channel, send_channel, take_channel, ZX_CHANNEL_READABLE},
    {"fifo", make_fifo, send_fifo, take_fifo, ZX_FIFO_READABLE},
    {"datagrams", make_datagrams, send_datagram, take_datagram, ZX_SOCKET_READABLE},
    {"stream", make_stream, send_stream, take_stream, ZX_SOCKET_READABLE},
    {"port", make_port, send_port, take_port, 0},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static lane_t lanes[2 * KINDS];

// Whether something was there.
static bool take_one(lane_t* lane) {
  uint64_t item = 0;
  zx_status_t status = lane->kind->take(lane->ends[1], &item);
  if (status != ZX_OK) {
    if (status != ZX_ERR_PEER_CLOSED) AMONG(status, ZX_ERR_SHOULD_WAIT, ZX_ERR_TIMED_OUT);
    return false;
  }
  uint32_t sender = (uint32_t)(item >> 56);
  if (EXPECT_TRUE(sender < THREADS)) {
    EXPECT_EQ(item, item_of(sender, lane->arrived[sender]));
    lane->arrived[sender]++;
  }
  return true;
}

static void make_lane(lane_t* lane) {
  memset(lane->sent, 0, sizeof(lane->sent));
  memset(lane->arrived, 0, sizeof(lane->arrived));
  zx_handle_t ends[2] = {0, 0};
  EXPECT_OK(lane->kind->make(ends));
  for (int i = 0; i < 2; i++) __atomic_store_n(&lane->ends[i], ends[i], __ATOMIC_RELEASE);
}

static void finish_lane(lane_t* lane, bool sender_first) {
  if (sender_first) EXPECT_OK(zx_handle_close(lane->ends[0]));
  while (take_one(lane)) {
  }
  for (uint32_t i = 0; i < THREADS; i++) EXPECT_EQ(lane->arrived[i], lane->sent[i]);
  if (lane->kind->readable && sender_first)
    EXPECT_EQ(signals_of(lane->ends[1]), ZX_CHANNEL_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(lane->ends[1]));
  if (!sender_first) EXPECT_OK(zx_handle_close(lane->ends[0]));
}

// Waits for what may go away: the handle is closed under the thread, or before.
static void wait_on_lane(actor_t* self, lane_t* lane) {
  zx_handle_t end = __atomic_load_n(&lane->ends[1], __ATOMIC_ACQUIRE);
  zx_time_t deadline = zx_deadline_after(ZX_USEC(pick(self, 2000)));
  zx_wait_item_t items[2] = {{end, lane->kind->readable, 0},
                             {__atomic_load_n(&lane->ends[0], __ATOMIC_ACQUIRE), 4, 0}};
  zx_status_t status = pick(self, 2)
                           ? zx_object_wait_one(end, items[0].waitfor, deadline, &items[0].pending)
                           : zx_object_wait_many(items, 2, deadline);
  AMONG(status, ZX_OK, ZX_ERR_TIMED_OUT, ZX_ERR_CANCELED, ZX_ERR_BAD_HANDLE);
  if (status == ZX_OK)
    EXPECT_TRUE((items[0].pending & items[0].waitfor) || (items[1].pending & 4));
  if (status == ZX_ERR_CANCELED)
    EXPECT_TRUE((items[0].pending | items[1].pending) & ZX_SIGNAL_HANDLE_CLOSED);
  if (status == ZX_ERR_TIMED_OUT) EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
}

static void act_on_lane(actor_t* self, lane_t* lane) {
  uint32_t what = pick(self, 1000);
  if (what == 0) {
    if (pthread_rwlock_trywrlock(&lane->use)) return;
    finish_lane(lane, pick(self, 2));
    make_lane(lane);
    pthread_rwlock_unlock(&lane->use);
  } else if (what < 40 && lane->kind->readable) {
    wait_on_lane(self, lane);
  } else {
    pthread_rwlock_rdlock(&lane->use);
    if (what < 500) {
      uint64_t* next = &lane->sent[self->index];
      // A channel has no limit: let the readers follow.
      if (*next - __atomic_load_n(&lane->arrived[self->index], __ATOMIC_RELAXED) < 2000) {
        zx_status_t status = lane->kind->send(lane->ends[0], item_of(self->index, *next));
        if (status == ZX_OK) ++*next;
        AMONG(status, ZX_OK, ZX_ERR_SHOULD_WAIT);
      }
    } else if (!pthread_mutex_trylock(&lane->reading)) {
      for (uint32_t i = pick(self, 20); i && take_one(lane); i--) {
      }
      pthread_mutex_unlock(&lane->reading);
    }
    pthread_rwlock_unlock(&lane->use);
  }
}

static void* act_on_lanes(void* argument) {
  actor_t* self = (actor_t*)argument;
  ztest_note = self->note;
  while (!over())
    for (int i = 0; i < 64; i++) act_on_lane(self, &lanes[pick(self, 2 * KINDS)]);
  return NULL;
}

TEST(model_lanes_every_item_once_and_in_order) {
  for (size_t i = 0; i < 2 * KINDS; i++) {
    lanes[i].kind = &kinds[i % KINDS];
    pthread_rwlock_init(&lanes[i].use, NULL);
    pthread_mutex_init(&lanes[i].reading, NULL);
    make_lane(&lanes[i]);
  }
  run_actors(act_on_lanes, 2);
  for (size_t i = 0; i < 2 * KINDS; i++) {
    ztest_note = lanes[i].kind->name;
    finish_lane(&lanes[i], i % 2);
  }
}

// --- Signals: the word of each end, and the waits for it ------------------------------------------

typedef struct cell {
  pthread_mutex_t lock;
  zx_handle_t handle, peer, port;
  zx_signals_t own, other;  // what the words are
  uint64_t waits;           // a bit for each key that was registered and not yet heard of
} cell_t;

#define CELLS 16u

static cell_t cells[CELLS];

static void make_cell(cell_t* cell) {
  zx_handle_t ends[2];
  EXPECT_OK(zx_eventpair_create(0, &ends[0], &ends[1]));
  __atomic_store_n(&cell->handle, ends[0], __ATOMIC_RELEASE);
  cell->peer = ends[1];
  cell->port = new_port();
  cell->own = cell->other = 0;
  cell->waits = 0;
}

static void take_packets(cell_t* cell) {
  zx_port_packet_t packet;
  while (zx_port_wait(cell->port, 0, &packet) == ZX_OK) {
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_SIGNAL_ONE);
    EXPECT_TRUE(packet.signal.observed & packet.signal.trigger);
    EXPECT_TRUE(cell->waits & 1u << packet.key);
    cell->waits &= ~(1ull << packet.key);
  }
}

// All pending waits are for user signals, so setting them ends every one.
static void unmake_cell(actor_t* self, cell_t* cell) {
  if (pick(self, 2)) {
    EXPECT_OK(zx_object_signal(cell->handle, ZX_USER_SIGNAL_ALL, 0));
    EXPECT_OK(zx_object_signal(cell->handle, 0, ZX_USER_SIGNAL_ALL));
    take_packets(cell);
    EXPECT_EQ(cell->waits, 0);
  }
  zx_handle_t all[] = {cell->handle, cell->peer, cell->port};
  uint32_t first = pick(self, 3);
  for (uint32_t i = 0; i < 3; i++) EXPECT_OK(zx_handle_close(all[(first + i) % 3]));
}

static void act_on_cell(actor_t* self, cell_t* cell) {
  zx_signals_t set = pick(self, 256) << 24, clear = pick(self, 256) << 24;
  uint32_t what = pick(self, 100);
  if (what < 8) {  // without the lock: the handle may be closed meanwhile
    zx_handle_t handle = __atomic_load_n(&cell->handle, __ATOMIC_ACQUIRE);
    AMONG(zx_object_wait_one(handle, set, zx_deadline_after(ZX_USEC(pick(self, 1000))), NULL),
          ZX_OK, ZX_ERR_TIMED_OUT, ZX_ERR_CANCELED, ZX_ERR_BAD_HANDLE);
    return;
  }
  pthread_mutex_lock(&cell->lock);
  if (what < 10) {
    unmake_cell(self, cell);
    make_cell(cell);
  } else if (what < 30) {
    EXPECT_OK(zx_object_signal(cell->handle, clear, set));
    cell->own = (cell->own & ~clear) | set;
  } else if (what < 50) {
    EXPECT_OK(zx_object_signal_peer(cell->handle, clear, set));
    cell->other = (cell->other & ~clear) | set;
  } else if (what < 65) {
    EXPECT_EQ(signals_of(cell->handle), cell->own);
    EXPECT_EQ(signals_of(cell->peer), cell->other);
  } else if (what < 80) {
    uint32_t key = pick(self, 32);
    if (!(cell->waits & 1u << key)) {
      EXPECT_OK(zx_object_wait_async(cell->handle, cell->port, key, ZX_USER_SIGNAL_0 << key % 8,
                                     pick(self, 2) ? ZX_WAIT_ASYNC_EDGE : 0));
      cell->waits |= 1ull << key;
    }
  } else if (what < 90) {
    uint32_t key = pick(self, 32);
    bool there = cell->waits & 1u << key;
    EXPECT_STATUS(zx_port_cancel(cell->port, cell->handle, key), there ? ZX_OK : ZX_ERR_NOT_FOUND);
    cell->waits &= ~(1ull << key);
  } else if (what < 97) {
    take_packets(cell);
  } else {  // waits made through the handle end without a packet; those that fired stay
    zx_handle_t fresh = ZX_HANDLE_INVALID;
    take_packets(cell);
    EXPECT_OK(zx_handle_replace(cell->handle, ZX_RIGHT_SAME_RIGHTS, &fresh));
    __atomic_store_n(&cell->handle, fresh, __ATOMIC_RELEASE);
    cell->waits = 0;
  }
  pthread_mutex_unlock(&cell->lock);
}

static void* act_on_cells(void* argument) {
  actor_t* self = (actor_t*)argument;
  ztest_note = self->note;
  while (!over())
    for (int i = 0; i < 64; i++) act_on_cell(self, &cells[pick(self, CELLS)]);
  return NULL;
}

TEST(model_signals_every_wait_one_packet) {
  for (uint32_t i = 0; i < CELLS; i++) {
    pthread_mutex_init(&cells[i].lock, NULL);
    make_cell(&cells[i]);
  }
  run_actors(act_on_cells, 2);
  for (uint32_t i = 0; i < CELLS; i++) unmake_cell(&actors[0], &cells[i]);
}

ZTEST_MAIN

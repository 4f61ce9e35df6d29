// SPDX-License-Identifier: MIT
// Many threads on the handle table at once, and nothing left behind afterwards.

#include "ztest.h"

#include <pthread.h>
#include <sched.h>

#include "objects.h"

enum { THREADS = 4, ROUNDS = 20000 };

typedef struct {
  zx_handle_t shared;
  size_t wrong;
} worker_t;

static zx_status_t duplicate(zx_handle_t handle, zx_handle_t* out) {
  return zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, out);
}

static void* hammer(void* argument) {
  worker_t* worker = (worker_t*)argument;
  zx_info_handle_basic_t want = basic_info(worker->shared);
  zx_handle_t mine = ZX_HANDLE_INVALID;
  if (zx_port_create(0, &mine) != ZX_OK) worker->wrong++;
  zx_koid_t own = basic_info(mine).koid;
  for (size_t round = 0; round < ROUNDS; round++) {
    zx_handle_t copies[3] = {0};
    if (duplicate(worker->shared, &copies[0]) != ZX_OK) worker->wrong++;
    if (duplicate(mine, &copies[1]) != ZX_OK) worker->wrong++;
    if (duplicate(copies[0], &copies[2]) != ZX_OK) worker->wrong++;
    for (size_t i = 0; i < 3; i++) {
      zx_info_handle_basic_t info;
      if (zx_object_get_info(copies[i], ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL) !=
              ZX_OK ||
          info.koid != (i == 1 ? own : want.koid) || info.rights != want.rights ||
          info.type != want.type)
        worker->wrong++;
    }
    zx_info_handle_count_t count;
    if (zx_object_get_info(mine, ZX_INFO_HANDLE_COUNT, &count, sizeof(count), NULL, NULL) !=
            ZX_OK ||
        count.handle_count != 2)
      worker->wrong++;
    if (round % 2) {
      if (zx_handle_close_many(copies, 3) != ZX_OK) worker->wrong++;
    } else {
      for (size_t i = 0; i < 3; i++)
        if (zx_handle_close(copies[i]) != ZX_OK) worker->wrong++;
    }
    if (zx_handle_close(copies[round % 3]) != ZX_ERR_BAD_HANDLE) worker->wrong++;
    zx_handle_t next = ZX_HANDLE_INVALID;
    if (zx_handle_replace(mine, ZX_RIGHT_SAME_RIGHTS, &next) != ZX_OK) worker->wrong++;
    mine = next;
  }
  if (zx_handle_close(mine) != ZX_OK) worker->wrong++;
  return NULL;
}

static void hammer_with_threads(zx_handle_t port) {
  worker_t workers[THREADS];
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++) {
    workers[i] = (worker_t){port, 0};
    if (pthread_create(&threads[i], NULL, hammer, &workers[i])) abort();
  }
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    EXPECT_EQ(workers[i].wrong, 0);
  }
}

TEST(handle_hammered_by_threads_nothing_leaks) {
  zx_handle_t port = new_port();
  // Once to warm up: thread stacks, arenas and tables that stay.
  hammer_with_threads(port);
  int fds = ztest_count_fds(), maps = ztest_count_maps();
  hammer_with_threads(port);
  EXPECT_EQ(ztest_count_fds(), fds);
  // The C library may keep or drop a thread stack or an arena (two mappings each); a mapping per
  // round would be thousands.
  EXPECT_TRUE(abs(ztest_count_maps() - maps) <= 2 * THREADS);
  EXPECT_EQ(handle_count(port), 1);
  EXPECT_OK(zx_handle_close(port));
}

static void make_and_drop(void) {
  zx_handle_t vmo = new_vmo(), port = new_port();
  uint64_t value = 42;
  EXPECT_OK(zx_vmo_write(vmo, &value, 8, sizeof(value)));
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(port));
}

TEST(objects_made_and_closed_nothing_leaks) {
  for (int i = 0; i < 100; i++) make_and_drop();
  int fds = ztest_count_fds(), maps = ztest_count_maps();
  for (int i = 0; i < 5000; i++) make_and_drop();
  EXPECT_EQ(ztest_count_fds(), fds);
  // Valgrind maps memory of its own now and then.
  if (!getenv("ZTEST_SLOW")) EXPECT_EQ(ztest_count_maps(), maps);
}

// --- The same value closed by two threads ---------------------------------------------------------

enum { CLOSERS = 2, CLOSE_ROUNDS = 5000 };

static pthread_barrier_t barrier;
static zx_handle_t contested;
static int closed, refused, odd;

static void* close_contested(void* argument) {
  (void)argument;
  for (int round = 0; round < CLOSE_ROUNDS; round++) {
    pthread_barrier_wait(&barrier);
    zx_status_t status = zx_handle_close(contested);
    int* which = status == ZX_OK ? &closed : status == ZX_ERR_BAD_HANDLE ? &refused : &odd;
    __atomic_fetch_add(which, 1, __ATOMIC_RELAXED);
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

TEST(handle_close_by_two_threads_exactly_one_ok) {
  pthread_t threads[CLOSERS];
  zx_handle_t port = new_port();
  pthread_barrier_init(&barrier, NULL, CLOSERS + 1);
  for (size_t i = 0; i < CLOSERS; i++)
    if (pthread_create(&threads[i], NULL, close_contested, NULL)) abort();
  for (int round = 0; round < CLOSE_ROUNDS; round++) {
    contested = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
    closed = refused = 0;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    EXPECT_EQ(closed, 1);
    EXPECT_EQ(refused, CLOSERS - 1);
    EXPECT_EQ(handle_count(port), 1);
  }
  for (size_t i = 0; i < CLOSERS; i++) pthread_join(threads[i], NULL);
  EXPECT_EQ(odd, 0);
  pthread_barrier_destroy(&barrier);
  EXPECT_OK(zx_handle_close(port));
}

// --- Lookups against closes ------------------------------------------------------------------------

static zx_handle_t flickering;
static int stop;

static void* look_up(void* argument) {
  worker_t* worker = (worker_t*)argument;
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    zx_handle_t handle = __atomic_load_n(&flickering, __ATOMIC_ACQUIRE);
    zx_info_handle_basic_t info;
    zx_status_t status =
        zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL);
    if (status == ZX_OK ? info.type != ZX_OBJ_TYPE_PORT : status != ZX_ERR_BAD_HANDLE)
      worker->wrong++;
    zx_handle_t copy = ZX_HANDLE_INVALID;
    status = duplicate(handle, &copy);
    if (status == ZX_OK ? zx_handle_close(copy) != ZX_OK : status != ZX_ERR_BAD_HANDLE)
      worker->wrong++;
  }
  return NULL;
}

TEST(handle_looked_up_while_closed_ok_or_bad_handle) {
  worker_t workers[2] = {{0, 0}, {0, 0}};
  pthread_t threads[2];
  __atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
  for (size_t i = 0; i < 2; i++)
    if (pthread_create(&threads[i], NULL, look_up, &workers[i])) abort();
  for (int round = 0; round < 50000; round++) {
    zx_handle_t port = new_port();
    __atomic_store_n(&flickering, port, __ATOMIC_RELEASE);
    if (zx_handle_close(port) != ZX_OK) EXPECT_TRUE(!"the close of a live handle failed");
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  for (size_t i = 0; i < 2; i++) {
    pthread_join(threads[i], NULL);
    EXPECT_EQ(workers[i].wrong, 0);
  }
}

TEST(handle_values_of_threads_differ) {
  // Values made by one thread are good in another, and dead there once closed.
  zx_handle_t port = new_port();
  pthread_t thread;
  worker_t worker = {port, 0};
  if (pthread_create(&thread, NULL, hammer, &worker)) abort();
  enum { COUNT = 2000 };
  static zx_handle_t handles[COUNT];
  for (size_t i = 0; i < COUNT; i++) handles[i] = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  pthread_join(thread, NULL);
  EXPECT_EQ(worker.wrong, 0);
  EXPECT_EQ(handle_count(port), COUNT + 1);
  EXPECT_OK(zx_handle_close_many(handles, COUNT));
  EXPECT_OK(zx_handle_close(port));
}

ZTEST_MAIN

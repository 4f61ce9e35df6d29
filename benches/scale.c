// SPDX-License-Identifier: MIT
// What a second thread adds, what a million handles cost, and how long a lookup among them takes.
//
// The second column is the measured case, the third what it is compared with: two threads against
// one (a ratio of 0.5 is a speed-up of 2), handles among a million against ten alone.

#include "bench.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/object.h>

#define FEW 10u
#define MANY 1000000u

static zx_handle_t handles[MANY];

// --- Two threads --------------------------------------------------------------------------------

typedef void (*turns_t)(zx_handle_t handle, uint64_t count);

static void duplicate_close(zx_handle_t handle, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    zx_handle_t copy;
    CHECK(zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, &copy));
    CHECK(zx_handle_close(copy));
  }
}

static void get_info(zx_handle_t handle, uint64_t count) {
  zx_info_handle_basic_t info;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  }
}

typedef struct {
  turns_t turns;
  zx_handle_t handles[2];  // of main and of its partner
  // The partner makes this many turns when `go` changes, and then counts `done`.
  _Alignas(128) uint64_t count;
  uint32_t go;
  _Alignas(128) uint32_t done;
} pair_t;

static void* partner(void* context) {
  pair_t* pair = context;
  for (uint32_t round = 1;; round++) {
    while (__atomic_load_n(&pair->go, __ATOMIC_ACQUIRE) != round) __builtin_ia32_pause();
    if (!pair->count) return NULL;
    pair->turns(pair->handles[1], pair->count);
    __atomic_store_n(&pair->done, round, __ATOMIC_RELEASE);
  }
}

static void on_one(void* context, uint64_t count) {
  pair_t* pair = context;
  pair->turns(pair->handles[0], count);
}

// Half of the turns on each thread.
static void on_two(void* context, uint64_t count) {
  pair_t* pair = context;
  pair->count = count / 2;
  uint32_t round = __atomic_add_fetch(&pair->go, 1, __ATOMIC_RELEASE);
  pair->turns(pair->handles[0], count / 2);
  while (__atomic_load_n(&pair->done, __ATOMIC_ACQUIRE) != round) __builtin_ia32_pause();
}

static void two_threads(const char* name, turns_t turns, zx_handle_t own, zx_handle_t others) {
  pair_t pair = {.turns = turns, .handles = {own, others}};
  pthread_t thread;
  if (pthread_create(&thread, NULL, partner, &pair)) abort();
  bench_against(name, on_two, &pair, on_one, &pair, 200000);
  pair.count = 0;
  __atomic_add_fetch(&pair.go, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
}

// --- A million handles --------------------------------------------------------------------------

typedef struct {
  const zx_handle_t* values;
  uint32_t count;
  uint32_t step;
} walk_t;

static void lookup(void* context, uint64_t count) {
  const walk_t* walk = context;
  uint32_t index = 0;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_object_get_info(walk->values[index], ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL));
    index += walk->step;
    if (index >= walk->count) index %= walk->count;
  }
}

// Memory that is used as the table's is by lookups in that order, and nothing else: 40 bytes for
// each handle and a counter.
static char* slots;
static uint32_t* counters;

static void touch(void* context, uint64_t count) {
  const walk_t* walk = context;
  uint32_t index = 0;
  char sum = 0;
  for (uint64_t i = 0; i < count; i++) {
    sum += slots[40 * (size_t)index];
    __atomic_add_fetch(&counters[index], 1, __ATOMIC_SEQ_CST);
    index += walk->step;
    if (index >= walk->count) index %= walk->count;
  }
  if (sum == 1) abort();
}

static size_t resident(void) {
  size_t pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*s %zu", &pages) != 1) abort();
  fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

int main(void) {
  zx_handle_t others;
  CHECK(zx_event_create(0, &handles[0]));
  CHECK(zx_event_create(0, &others));
  two_threads("two_threads_duplicate_close", duplicate_close, handles[0], others);
  two_threads("two_threads_get_info", get_info, handles[0], others);
  two_threads("two_threads_get_info_same_handle", get_info, handles[0], handles[0]);

  memset(handles + 1, 0, sizeof(handles) - sizeof(handles[0]));
  for (uint32_t i = 1; i < FEW; i++)
    CHECK(zx_handle_duplicate(handles[0], ZX_RIGHT_SAME_RIGHTS, &handles[i]));
  zx_handle_t few[FEW], spread[FEW];
  memcpy(few, handles, sizeof(few));
  size_t before = resident();
  for (uint32_t i = FEW; i < MANY; i++)
    CHECK(zx_handle_duplicate(handles[0], ZX_RIGHT_SAME_RIGHTS, &handles[i]));
  size_t after = resident();
  printf("# resident bytes for each of %u handles beside its object: %.1f\n", MANY,
         (double)(after - before) / (MANY - FEW));

  slots = malloc(40 * (size_t)MANY);
  counters = malloc(sizeof(*counters) * MANY);
  if (!slots || !counters) abort();
  memset(slots, 0, 40 * (size_t)MANY);
  memset(counters, 0, sizeof(*counters) * MANY);
  for (uint32_t i = 0; i < FEW; i++) spread[i] = handles[i * (MANY / FEW)];
  walk_t alone = {few, FEW, 1}, ten = {spread, FEW, 1};
  walk_t in_order = {handles, MANY, 1}, anywhere = {handles, MANY, 618034};
  bench_against("lookup_ten_of_1000000", lookup, &ten, lookup, &alone, 1000000);
  bench_against("lookup_1000000_in_order", lookup, &in_order, lookup, &alone, 1000000);
  bench_against("lookup_1000000_anywhere", lookup, &anywhere, lookup, &alone, 1000000);
  bench_against("lookup_1000000_anywhere_vs_memory", lookup, &anywhere, touch, &anywhere, 1000000);
  free(slots);
  free(counters);
  CHECK(zx_handle_close_many(handles, MANY));
  CHECK(zx_handle_close(others));
  return 0;
}

// SPDX-License-Identifier: MIT
// Looking up handles, and duplicating and closing them, against an (almost)
// empty call into a shared library and against a pthread_rwlock taken for
// reading and released.

#include "bench.h"

#include <pthread.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/object.h>

#define FEW 10u
#define MANY 200000u

// The C library's labs() under a name of which the compiler knows nothing, so
// that it really calls it.
extern long empty_call(long value) __asm__("labs");

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

typedef struct handles {
  zx_handle_t* values;
  uint32_t count;
} handles_t;

// Visits all handles in an order that no prefetcher foresees.
static uint32_t next_index(uint32_t index, uint32_t count) {
  index += 7919;
  return index >= count ? index % count : index;
}

static void info_valid(void* context, uint64_t count) {
  const handles_t* handles = context;
  uint32_t index = 0;
  for (uint64_t i = 0; i < count; i++) {
    index = next_index(index, handles->count);
    CHECK(zx_object_get_info(handles->values[index], ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL));
  }
}

static void info_basic(void* context, uint64_t count) {
  const handles_t* handles = context;
  uint32_t index = 0;
  zx_info_handle_basic_t info;
  for (uint64_t i = 0; i < count; i++) {
    index = next_index(index, handles->count);
    CHECK(zx_object_get_info(handles->values[index], ZX_INFO_HANDLE_BASIC, &info, sizeof(info),
                             NULL, NULL));
  }
}

static void duplicate_close(void* context, uint64_t count) {
  const handles_t* handles = context;
  for (uint64_t i = 0; i < count; i++) {
    zx_handle_t copy;
    CHECK(zx_handle_duplicate(handles->values[0], ZX_RIGHT_SAME_RIGHTS, &copy));
    CHECK(zx_handle_close(copy));
  }
}

static void call_nothing(void* context, uint64_t count) {
  const handles_t* handles = context;
  uint32_t index = 0;
  long sum = 0;
  for (uint64_t i = 0; i < count; i++) {
    index = next_index(index, handles->count);
    sum += empty_call((long)handles->values[index]);
  }
  if (sum == 1) abort();
}

static void lock_unlock(void* context, uint64_t count) {
  (void)context;
  for (uint64_t i = 0; i < count; i++) {
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
  }
}

// Runs a loop on two threads at once; the time per turn of each.
typedef struct pair {
  bench_loop_t loop;
  void* context;
  uint64_t count;
  pthread_barrier_t* start;
} pair_t;

static void* half_of_pair(void* arg) {
  pair_t* pair = arg;
  pthread_barrier_wait(pair->start);
  pair->loop(pair->context, pair->count);
  return NULL;
}

static void on_two_threads(void* context, uint64_t count) {
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, 2);
  pair_t pair = *(pair_t*)context;
  pair.count = count;
  pair.start = &start;
  pthread_t other;
  if (pthread_create(&other, NULL, half_of_pair, &pair) != 0) abort();
  half_of_pair(&pair);
  pthread_join(other, NULL);
  pthread_barrier_destroy(&start);
}

static void measure(handles_t* handles, const char* suffix) {
  char name[64];
  const uint64_t count = 1000000;
#define LINE(text, libzx, reference)                                \
  snprintf(name, sizeof(name), "handle_%s_%s", text, suffix);       \
  bench_against(name, libzx, handles, reference, handles, count)
  LINE("valid", info_valid, call_nothing);
  LINE("basic", info_basic, call_nothing);
  LINE("valid_vs_rwlock", info_valid, lock_unlock);
  LINE("duplicate_close", duplicate_close, lock_unlock);

  pair_t valid = {.loop = info_valid, .context = handles};
  pair_t rwlock = {.loop = lock_unlock, .context = handles};
  snprintf(name, sizeof(name), "handle_valid_2_threads_%s", suffix);
  bench_against(name, on_two_threads, &valid, on_two_threads, &rwlock, count);
}

int main(void) {
  static zx_handle_t values[MANY];
  handles_t handles = {.values = values, .count = FEW};
  CHECK(zx_port_create(0, &values[0]));
  for (uint32_t i = 1; i < FEW; i++) {
    CHECK(zx_handle_duplicate(values[0], ZX_RIGHT_SAME_RIGHTS, &values[i]));
  }
  printf("# reference: an empty call through the PLT, or a rwlock taken and released\n");
  measure(&handles, "10");
  for (uint32_t i = FEW; i < MANY; i++) {
    CHECK(zx_handle_duplicate(values[0], ZX_RIGHT_SAME_RIGHTS, &values[i]));
  }
  handles.count = MANY;
  measure(&handles, "200000");
  CHECK(zx_handle_close_many(values, MANY));
  return 0;
}

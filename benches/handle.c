// SPDX-License-Identifier: MIT
// Looking up handles, and duplicating and closing them, against an (almost)
// empty call into a shared library and against a pthread_rwlock taken for
// reading and released. More handles and more threads are in scale.c.

#include "bench.h"

#include <pthread.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/object.h>

#define HANDLES 10u

// The C library's labs() under a name of which the compiler knows nothing, so
// that it really calls it.
extern long empty_call(long value) __asm__("labs");

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

typedef struct handles {
  zx_handle_t* values;
  uint32_t count;
} handles_t;

// Visits all handles.
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

int main(void) {
  static zx_handle_t values[HANDLES];
  handles_t handles = {.values = values, .count = HANDLES};
  CHECK(zx_port_create(0, &values[0]));
  for (uint32_t i = 1; i < HANDLES; i++) {
    CHECK(zx_handle_duplicate(values[0], ZX_RIGHT_SAME_RIGHTS, &values[i]));
  }
  printf("# reference: an empty call through the PLT, or a rwlock taken and released\n");
  const uint64_t count = 1000000;
  bench_against("handle_valid", info_valid, &handles, call_nothing, &handles, count);
  bench_against("handle_basic", info_basic, &handles, call_nothing, &handles, count);
  bench_against("handle_valid_vs_rwlock", info_valid, &handles, lock_unlock, &handles, count);
  bench_against("handle_duplicate_close", duplicate_close, &handles, lock_unlock, &handles, count);
  CHECK(zx_handle_close_many(values, HANDLES));
  return 0;
}

// SPDX-License-Identifier: MIT
// The reference of what one thread does alone: an eventfd written and read.

#ifndef BENCHES_EVENTFD_H_
#define BENCHES_EVENTFD_H_

#include "bench.h"

#include <sys/eventfd.h>
#include <unistd.h>

static inline void write_and_read(void* context, uint64_t count) {
  int fd = *(int*)context;
  uint64_t value = 1;
  for (uint64_t i = 0; i < count; i++) {
    if (write(fd, &value, sizeof(value)) != sizeof(value)) abort();
    if (read(fd, &value, sizeof(value)) != sizeof(value)) abort();
  }
}

static inline void bench_against_eventfd(const char* name, bench_loop_t libzx, void* context,
                                         uint64_t count) {
  int fd = eventfd(0, EFD_CLOEXEC);
  if (fd < 0) abort();
  bench_against(name, libzx, context, write_and_read, &fd, count);
  close(fd);
}

#endif  // BENCHES_EVENTFD_H_

// SPDX-License-Identifier: MIT
// An element of eight bytes written and read on one thread, against a pipe.

#include "bench.h"

#include <unistd.h>
#include <zircon/syscalls.h>

static void fifo(void* context, uint64_t count) {
  zx_handle_t* ends = context;
  uint64_t out = 1, in = 0;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_fifo_write(ends[0], sizeof(out), &out, 1, NULL));
    CHECK(zx_fifo_read(ends[1], sizeof(in), &in, 1, NULL));
    out = in + 1;
  }
  if (in != count) abort();
}

static void through_pipe(void* context, uint64_t count) {
  int* ends = context;
  uint64_t value = 1;
  for (uint64_t i = 0; i < count; i++) {
    if (write(ends[1], &value, sizeof(value)) != sizeof(value)) abort();
    if (read(ends[0], &value, sizeof(value)) != sizeof(value)) abort();
  }
}

int main(void) {
  zx_handle_t ends[2];
  CHECK(zx_fifo_create(64, sizeof(uint64_t), 0, &ends[0], &ends[1]));
  int pipes[2];
  if (pipe(pipes) != 0) abort();
  bench_against("fifo_write_read_8", fifo, ends, through_pipe, pipes, 100000);
  close(pipes[0]);
  close(pipes[1]);
  CHECK(zx_handle_close_many(ends, 2));
  return 0;
}

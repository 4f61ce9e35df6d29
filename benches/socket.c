// SPDX-License-Identifier: MIT
// 4 KiB of a stream written and read on one thread, against a pair of stream
// sockets.

#include "bench.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zircon/syscalls.h>

#define SIZE 4096

static char out[SIZE], in[SIZE];

static void write_read(void* context, uint64_t count) {
  zx_handle_t* ends = context;
  for (uint64_t i = 0; i < count; i++) {
    size_t written, got;
    CHECK(zx_socket_write(ends[0], 0, out, SIZE, &written));
    CHECK(zx_socket_read(ends[1], 0, in, SIZE, &got));
    if (written != SIZE || got != SIZE) abort();
  }
}

static void send_receive(void* context, uint64_t count) {
  int* ends = context;
  for (uint64_t i = 0; i < count; i++) {
    if (write(ends[0], out, SIZE) != SIZE) abort();
    if (read(ends[1], in, SIZE) != SIZE) abort();
  }
}

int main(void) {
  zx_handle_t ends[2];
  CHECK(zx_socket_create(ZX_SOCKET_STREAM, &ends[0], &ends[1]));
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) abort();
  memset(out, 1, sizeof(out));
  bench_against("socket_stream_write_read_4k", write_read, ends, send_receive, sockets, 100000);
  close(sockets[0]);
  close(sockets[1]);
  CHECK(zx_handle_close_many(ends, 2));
  return 0;
}

// SPDX-License-Identifier: MIT
// A message of 64 bytes written and read on one thread, against a pair of
// SEQPACKET sockets.

#include "bench.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zircon/syscalls.h>

#define SIZE 64

static void write_read(void* context, uint64_t count) {
  zx_handle_t* ends = context;
  char out[SIZE] = "message", in[SIZE];
  for (uint64_t i = 0; i < count; i++) {
    uint32_t bytes, handles;
    CHECK(zx_channel_write(ends[0], 0, out, SIZE, NULL, 0));
    CHECK(zx_channel_read(ends[1], 0, in, NULL, SIZE, 0, &bytes, &handles));
    if (bytes != SIZE) abort();
  }
}

static void send_receive(void* context, uint64_t count) {
  int* ends = context;
  char out[SIZE] = "message", in[SIZE];
  for (uint64_t i = 0; i < count; i++) {
    if (write(ends[0], out, SIZE) != SIZE) abort();
    if (read(ends[1], in, SIZE) != SIZE) abort();
  }
}

int main(void) {
  zx_handle_t ends[2];
  CHECK(zx_channel_create(0, &ends[0], &ends[1]));
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0) abort();
  bench_against("channel_write_read_64", write_read, ends, send_receive, sockets, 100000);
  close(sockets[0]);
  close(sockets[1]);
  CHECK(zx_handle_close_many(ends, 2));
  return 0;
}

// SPDX-License-Identifier: MIT
// A packet queued and taken on one thread, against an eventfd written and read.

#include "bench.h"
#include "eventfd.h"

#include <string.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

static void queue_and_wait(void* context, uint64_t count) {
  zx_handle_t port = *(zx_handle_t*)context;
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  for (uint64_t i = 0; i < count; i++) {
    packet.key = i;
    CHECK(zx_port_queue(port, &packet));
    CHECK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
  }
  if (packet.key != count - 1) abort();
}

int main(void) {
  zx_handle_t port;
  CHECK(zx_port_create(0, &port));
  bench_against_eventfd("port_queue_wait", queue_and_wait, &port, 200000);
  CHECK(zx_handle_close(port));
  return 0;
}

// SPDX-License-Identifier: MIT
// The virtio console, with one port: /dev/hvc0 of Linux.

#include <linux/virtio_ids.h>
#include <stdint.h>
#include <stdlib.h>

#include "console.h"
#include "virtio.h"
#include "vm.h"

enum { RECEIVE_QUEUE, TRANSMIT_QUEUE, QUEUES };

struct virtio_console {
  struct virtio* virtio;
  bool input;
};

// Bytes from the terminal.
static size_t take_input(void* device, const uint8_t* data, size_t size) {
  struct virtio_console* c = device;
  struct virtio_request request;
  size_t taken = 0;
  virtio_lock(c->virtio);
  while (taken < size && virtio_take(c->virtio, RECEIVE_QUEUE, &request)) {
    size_t written = buffers_write(&request.in, &request.in_count, data + taken, size - taken);
    virtio_finish(c->virtio, RECEIVE_QUEUE, &request, written);
    taken += written;
  }
  virtio_unlock(c->virtio);
  return taken;
}

static void console_rung(struct virtio* virtio, void* device, unsigned queue) {
  struct virtio_console* c = device;
  if (queue == RECEIVE_QUEUE) {
    if (c->input) {
      console_room();
    }
    return;
  }
  struct virtio_request request;
  while (virtio_take(virtio, TRANSMIT_QUEUE, &request)) {
    for (unsigned i = 0; i < request.out_count; i++) {
      console_write(request.out[i].iov_base, request.out[i].iov_len);
    }
    virtio_finish(virtio, TRANSMIT_QUEUE, &request, 0);
  }
}

static void console_destroy(void* device) {
  struct virtio_console* c = device;
  if (c->input) {
    console_set_input(NULL, NULL);
  }
  free(c);
}

bool virtio_console_create(struct pci* pci, bool input) {
  static const struct virtio_kind kind = {.name = "the virtio console",
                                          .id = VIRTIO_ID_CONSOLE,
                                          .class_code = 0x078000,
                                          .queues = QUEUES,
                                          .rung = console_rung,
                                          .destroy = console_destroy};
  struct virtio_console* c = calloc(1, sizeof(*c));
  if (c == NULL) {
    complain("%s: no memory", kind.name);
    return false;
  }
  struct virtio* virtio = virtio_create(pci, &kind, c, 0, NULL, 0);
  if (virtio == NULL) {
    return false;
  }
  c->virtio = virtio;
  c->input = input;
  if (input) {
    console_set_input(take_input, c);
  }
  return true;
}

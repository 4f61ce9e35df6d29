// SPDX-License-Identifier: MIT
// The virtio entropy device: fills the driver's buffers with random bytes of the host's kernel.

#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdint.h>
#include <sys/random.h>

#include "virtio.h"

#define REQUEST_QUEUE 0
#define MAX_BYTES 65536  // of a request, so that nobody keeps the machine's other bells waiting

static size_t fill(const struct iovec* part, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t count = getrandom((uint8_t*)part->iov_base + done, size - done, 0);
    if (count < 0 && errno != EINTR) {
      break;
    }
    done += count > 0 ? (size_t)count : 0;
  }
  return done;
}

static void rng_rung(struct virtio* virtio, void* device, unsigned queue) {
  (void)device, (void)queue;
  struct virtio_request request;
  while (virtio_take(virtio, REQUEST_QUEUE, &request)) {
    size_t written = 0;
    for (unsigned i = 0; i < request.in_count; i++) {
      size_t left = MAX_BYTES - written;
      size_t size = request.in[i].iov_len < left ? request.in[i].iov_len : left;
      size_t filled = fill(&request.in[i], size);
      written += filled;
      if (filled < request.in[i].iov_len) {
        break;
      }
    }
    virtio_finish(virtio, REQUEST_QUEUE, &request, written);
  }
}

static void rng_destroy(void* device) {
  (void)device;
}

bool virtio_rng_create(struct pci* pci) {
  static const struct virtio_kind kind = {.name = "the entropy device",
                                          .id = VIRTIO_ID_RNG,
                                          .class_code = 0xff0000,
                                          .queues = 1,
                                          .rung = rng_rung,
                                          .destroy = rng_destroy};
  return virtio_create(pci, &kind, NULL, 0, NULL, 0) != NULL;
}

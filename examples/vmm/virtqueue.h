// SPDX-License-Identifier: MIT
// A split virtqueue: a ring in the guest's memory through which a driver hands buffers to a device.
#ifndef VMM_VIRTQUEUE_H_
#define VMM_VIRTQUEUE_H_

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "machine.h"

#define VIRTQUEUE_SIZE 128  // as many requests, and parts of a request

struct virtqueue {
  struct machine* machine;
  // What the driver has chosen.
  uint16_t size;
  uint64_t descriptors_at, available_at, used_at;  // guest-physical

  bool enabled;  // and these are where it is
  struct vring_desc* descriptors;
  struct vring_avail* available;
  struct vring_used* used;
  uint16_t next_available, next_used;
};

// Buffers that belong together: first those that the device reads, then those that it writes. They are
// pieces of the guest's memory, so their contents may change at any time.
struct virtio_request {
  uint16_t head;
  struct iovec* out;  // from the driver
  unsigned out_count;
  struct iovec* in;  // to the driver
  unsigned in_count;
  struct iovec parts[VIRTQUEUE_SIZE];
};

// As after a reset.
void virtqueue_init(struct virtqueue* queue, struct machine* machine);

// False unless all of the ring is in the guest's memory.
bool virtqueue_enable(struct virtqueue* queue);

// Takes the driver's next request. BROKEN if the driver wrote nonsense.
enum virtqueue_state { VIRTQUEUE_EMPTY, VIRTQUEUE_TAKEN, VIRTQUEUE_BROKEN };
enum virtqueue_state virtqueue_take(struct virtqueue* queue, struct virtio_request* request);

// Gives a request back, with the number of bytes that the device wrote. True if the driver wants an
// interrupt for it.
bool virtqueue_finish(struct virtqueue* queue, uint16_t head, uint32_t written);

// --- Buffers of a request -----------------------------------------------------------------------

size_t buffers_size(const struct iovec* parts, unsigned count);

// Take up to `size` bytes off the front of the buffers; return how many there were.
size_t buffers_read(struct iovec** parts, unsigned* count, void* to, size_t size);
size_t buffers_write(struct iovec** parts, unsigned* count, const void* from, size_t size);

// Takes the last byte off. NULL if there is none.
uint8_t* buffers_last_byte(struct iovec* parts, unsigned* count);

#endif  // VMM_VIRTQUEUE_H_

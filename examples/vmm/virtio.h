// SPDX-License-Identifier: MIT
// Virtio devices on the PCI bus: what they have in common, and the kinds that there are.
#ifndef VMM_VIRTIO_H_
#define VMM_VIRTIO_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pci.h"
#include "virtqueue.h"

// --- The kinds ----------------------------------------------------------------------------------
// Each adds a device to the bus, which will destroy it; false after having said what is wrong.

// Random bytes.
bool virtio_rng_create(struct pci* pci);

// A console that prints on the terminal. With `input` it gets what is typed, too.
bool virtio_console_create(struct pci* pci, bool input);

// A disk whose contents are a file or a block device; read-only when that is.
bool virtio_block_create(struct pci* pci, const char* path);

// --- For those who write more -------------------------------------------------------------------

#define VIRTIO_MAX_QUEUES 3

struct virtio;

struct virtio_kind {
  const char* name;
  uint16_t id;          // <linux/virtio_ids.h>
  uint32_t class_code;  // of PCI
  uint64_t features;    // besides those of queues and of the transport
  unsigned queues;
  // There may be requests in the queue. The device is locked.
  void (*rung)(struct virtio* virtio, void* device, unsigned queue);
  void (*destroy)(void* device);
};

// Adds a device of a kind to the bus, with features besides the kind's and with a configuration that
// lives as long as the device and does not change. `device` belongs to the bus from here on; when
// the device cannot be made, it has been destroyed. NULL after having said what is wrong.
struct virtio* virtio_create(struct pci* pci, const struct virtio_kind* kind, void* device,
                             uint64_t features, const void* config, size_t config_size);

// One thread at a time may take and finish requests.
void virtio_lock(struct virtio* virtio);
void virtio_unlock(struct virtio* virtio);

// Takes the next request; false if there is none. `request` stays as it is until then.
bool virtio_take(struct virtio* virtio, unsigned queue, struct virtio_request* request);

// Gives it back, with the number of bytes that were written into it.
void virtio_finish(struct virtio* virtio, unsigned queue, const struct virtio_request* request,
                   size_t written);

#endif  // VMM_VIRTIO_H_

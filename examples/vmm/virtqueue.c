// SPDX-License-Identifier: MIT
// Split virtqueues (virtio 1.0, 2.4). Everything in them is the guest's to write at any time: each field is
// read once, and nothing is believed. The guest has the byte order of this computer, little-endian.

#include "virtqueue.h"

#include <stdatomic.h>
#include <string.h>

void virtqueue_init(struct virtqueue* queue, struct machine* machine) {
  *queue = (struct virtqueue){.machine = machine, .size = VIRTQUEUE_SIZE};
}

// Memory of the guest in which something aligned can be.
static void* ring_part(const struct virtqueue* q, uint64_t address, size_t length, size_t alignment) {
  return address % alignment == 0 ? machine_ram(q->machine, address, length) : NULL;
}

bool virtqueue_enable(struct virtqueue* q) {
  size_t size = q->size;
  q->descriptors = ring_part(q, q->descriptors_at, size * sizeof(struct vring_desc),
                             VRING_DESC_ALIGN_SIZE);
  q->available = ring_part(q, q->available_at, sizeof(struct vring_avail) + size * sizeof(uint16_t),
                           VRING_AVAIL_ALIGN_SIZE);
  q->used = ring_part(q, q->used_at, sizeof(struct vring_used) + size * sizeof(struct vring_used_elem),
                      VRING_USED_ALIGN_SIZE);
  q->enabled = q->descriptors != NULL && q->available != NULL && q->used != NULL;
  return q->enabled;
}

static struct vring_desc copy_descriptor(const struct vring_desc* descriptor) {
  const volatile struct vring_desc* now = descriptor;
  return (struct vring_desc){
      .addr = now->addr, .len = now->len, .flags = now->flags, .next = now->next};
}

// Adds a buffer to the request. False if the driver may not have it there.
static bool add_part(const struct virtqueue* q, struct virtio_request* request,
                     const struct vring_desc* descriptor) {
  bool in = descriptor->flags & VRING_DESC_F_WRITE;
  unsigned count = request->out_count + request->in_count;
  if (count == VIRTQUEUE_SIZE || (!in && request->in_count > 0)) {
    return false;
  }
  void* memory = machine_ram(q->machine, descriptor->addr, descriptor->len);
  if (memory == NULL) {
    return false;
  }
  request->parts[count] = (struct iovec){.iov_base = memory, .iov_len = descriptor->len};
  *(in ? &request->in_count : &request->out_count) += 1;
  return true;
}

// Follows a chain of descriptors, which may end in one that names a table of more. Every other step adds a
// part, so loops end when there are too many.
static bool collect(const struct virtqueue* q, struct virtio_request* request) {
  const struct vring_desc* table = q->descriptors;
  unsigned table_size = q->size;
  unsigned index = request->head;
  bool indirect = false;
  for (;;) {
    if (index >= table_size) {
      return false;
    }
    struct vring_desc descriptor = copy_descriptor(&table[index]);
    if (descriptor.flags & VRING_DESC_F_INDIRECT) {
      if (indirect || descriptor.flags & VRING_DESC_F_NEXT || descriptor.len == 0 ||
          descriptor.len % sizeof(*table) != 0) {
        return false;
      }
      table = ring_part(q, descriptor.addr, descriptor.len, VRING_DESC_ALIGN_SIZE);
      if (table == NULL) {
        return false;
      }
      table_size = descriptor.len / sizeof(*table);
      index = 0;
      indirect = true;
      continue;
    }
    if (!add_part(q, request, &descriptor)) {
      return false;
    }
    if (!(descriptor.flags & VRING_DESC_F_NEXT)) {
      return true;
    }
    index = descriptor.next;
  }
}

enum virtqueue_state virtqueue_take(struct virtqueue* q, struct virtio_request* request) {
  uint16_t end = __atomic_load_n(&q->available->idx, __ATOMIC_ACQUIRE);
  if (end == q->next_available) {
    return VIRTQUEUE_EMPTY;
  }
  if ((uint16_t)(end - q->next_available) > q->size) {
    return VIRTQUEUE_BROKEN;
  }
  const uint16_t* slot = &q->available->ring[q->next_available % q->size];
  request->head = __atomic_load_n(slot, __ATOMIC_RELAXED);
  request->out_count = 0;
  request->in_count = 0;
  if (!collect(q, request)) {
    return VIRTQUEUE_BROKEN;
  }
  request->out = request->parts;
  request->in = request->parts + request->out_count;
  q->next_available++;
  return VIRTQUEUE_TAKEN;
}

bool virtqueue_finish(struct virtqueue* q, uint16_t head, uint32_t written) {
  q->used->ring[q->next_used % q->size] = (vring_used_elem_t){.id = head, .len = written};
  q->next_used++;
  __atomic_store_n(&q->used->idx, q->next_used, __ATOMIC_RELEASE);
  // The driver allows interrupts, then looks at the index; so the other way round here.
  atomic_thread_fence(memory_order_seq_cst);
  uint16_t flags = __atomic_load_n(&q->available->flags, __ATOMIC_RELAXED);
  return !(flags & VRING_AVAIL_F_NO_INTERRUPT);
}

// --- Buffers of a request -----------------------------------------------------------------------

size_t buffers_size(const struct iovec* parts, unsigned count) {
  size_t size = 0;
  for (unsigned i = 0; i < count; i++) {
    size += parts[i].iov_len;
  }
  return size;
}

// Copies between the front of the buffers and one of `to` and `from`.
static size_t take_front(struct iovec** parts, unsigned* count, uint8_t* to, const uint8_t* from,
                         size_t size) {
  size_t done = 0;
  while (*count > 0 && done < size) {
    struct iovec* part = *parts;
    size_t length = part->iov_len < size - done ? part->iov_len : size - done;
    if (to != NULL) {
      memcpy(to + done, part->iov_base, length);
    } else {
      memcpy(part->iov_base, from + done, length);
    }
    done += length;
    part->iov_base = (uint8_t*)part->iov_base + length;
    part->iov_len -= length;
    if (part->iov_len == 0) {
      *parts += 1;
      *count -= 1;
    }
  }
  return done;
}

size_t buffers_read(struct iovec** parts, unsigned* count, void* to, size_t size) {
  return take_front(parts, count, to, NULL, size);
}

size_t buffers_write(struct iovec** parts, unsigned* count, const void* from, size_t size) {
  return take_front(parts, count, NULL, from, size);
}

uint8_t* buffers_last_byte(struct iovec* parts, unsigned* count) {
  while (*count > 0 && parts[*count - 1].iov_len == 0) {
    *count -= 1;
  }
  if (*count == 0) {
    return NULL;
  }
  struct iovec* last = &parts[*count - 1];
  last->iov_len--;
  return (uint8_t*)last->iov_base + last->iov_len;
}

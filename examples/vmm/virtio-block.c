// SPDX-License-Identifier: MIT
// The virtio block device: a disk in a file. Requests are carried out one after the other.

#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "virtio.h"
#include "vm.h"

#define REQUEST_QUEUE 0
#define SECTOR_BYTES 512
// Two parts of a request are its header and its status.
#define MAX_DATA_PARTS (VIRTQUEUE_SIZE - 2)

struct block {
  int file;
  bool read_only;
  char id[VIRTIO_BLK_ID_BYTES];
  struct virtio_blk_config config;
};

// --- Requests -----------------------------------------------------------------------------------

// Reads or writes all of the parts, which it uses up. A file ends early when somebody else made it shorter.
static bool transfer(const struct block* b, bool write, struct iovec* parts, unsigned count,
                     uint64_t at) {
  while (count > 0) {
    ssize_t done = write ? pwritev(b->file, parts, (int)count, (off_t)at)
                         : preadv(b->file, parts, (int)count, (off_t)at);
    if (done < 0 && errno == EINTR) {
      continue;
    }
    if (done < 0 || (done == 0 && buffers_size(parts, count) > 0)) {
      return false;
    }
    at += (uint64_t)done;
    size_t left = (size_t)done;
    while (count > 0 && left >= parts->iov_len) {
      left -= parts->iov_len;
      parts++;
      count--;
    }
    if (count > 0) {
      parts->iov_base = (uint8_t*)parts->iov_base + left;
      parts->iov_len -= left;
    }
  }
  return true;
}

// True if so many bytes from the sector on are on the disk.
static bool on_disk(const struct block* b, uint64_t sector, size_t size) {
  return size % SECTOR_BYTES == 0 && sector <= b->config.capacity &&
         size / SECTOR_BYTES <= b->config.capacity - sector;
}

// Does what the request asks for; returns its status and how much it wrote into the request's buffers.
static uint8_t carry_out(struct block* b, struct virtio_request* request, size_t* written) {
  struct virtio_blk_outhdr header;
  if (buffers_read(&request->out, &request->out_count, &header, sizeof(header)) < sizeof(header)) {
    return VIRTIO_BLK_S_IOERR;
  }
  bool write = header.type == VIRTIO_BLK_T_OUT;
  struct iovec* parts = write ? request->out : request->in;
  unsigned count = write ? request->out_count : request->in_count;
  bool good;
  switch (header.type) {
    case VIRTIO_BLK_T_IN:
    case VIRTIO_BLK_T_OUT: {
      size_t size = buffers_size(parts, count);
      good = on_disk(b, header.sector, size) && !(write && b->read_only) &&
             transfer(b, write, parts, count, header.sector * SECTOR_BYTES);
      *written = good && !write ? size : 0;
      break;
    }
    case VIRTIO_BLK_T_FLUSH:
      good = fdatasync(b->file) == 0;
      break;
    case VIRTIO_BLK_T_GET_ID:
      *written = buffers_write(&request->in, &request->in_count, b->id, sizeof(b->id));
      good = true;
      break;
    default:
      return VIRTIO_BLK_S_UNSUPP;
  }
  return good ? VIRTIO_BLK_S_OK : VIRTIO_BLK_S_IOERR;
}

static void block_rung(struct virtio* virtio, void* device, unsigned queue) {
  (void)queue;
  struct virtio_request request;
  while (virtio_take(virtio, REQUEST_QUEUE, &request)) {
    size_t written = 0;
    uint8_t* status = buffers_last_byte(request.in, &request.in_count);
    if (status != NULL) {
      *status = carry_out(device, &request, &written);
      written++;
    }
    virtio_finish(virtio, REQUEST_QUEUE, &request, written);
  }
}

// --- The file -----------------------------------------------------------------------------------

static bool fail(const char* path, const char* why) {
  complain("the disk %s: %s", path, why);
  return false;
}

static bool open_file(struct block* b, const char* path) {
  b->file = open(path, O_RDWR | O_CLOEXEC);
  if (b->file < 0 && (errno == EACCES || errno == EPERM || errno == EROFS)) {
    b->read_only = true;
    b->file = open(path, O_RDONLY | O_CLOEXEC);
  }
  struct stat about;
  if (b->file < 0 || fstat(b->file, &about) != 0) {
    return fail(path, strerror(errno));
  }
  if (!S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode)) {
    return fail(path, "neither a file nor a block device");
  }
  // Two machines that write to a file system would destroy it.
  if (flock(b->file, (b->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    return fail(path, errno == EWOULDBLOCK ? "in use by another program" : strerror(errno));
  }
  off_t end = lseek(b->file, 0, SEEK_END);
  if (end < SECTOR_BYTES) {
    return fail(path, end < 0 ? strerror(errno) : "smaller than a sector");
  }
  b->config.capacity = (uint64_t)end / SECTOR_BYTES;
  b->config.seg_max = MAX_DATA_PARTS;
  return true;
}

static void block_destroy(void* device) {
  struct block* b = device;
  if (b->file >= 0) {
    close(b->file);
  }
  free(b);
}

bool virtio_block_create(struct pci* pci, const char* path) {
  static const struct virtio_kind kind = {
      .name = "the disk",
      .id = VIRTIO_ID_BLOCK,
      .class_code = 0x018000,
      .features = 1ull << VIRTIO_BLK_F_SEG_MAX | 1ull << VIRTIO_BLK_F_FLUSH,
      .queues = 1,
      .rung = block_rung,
      .destroy = block_destroy};
  struct block* b = calloc(1, sizeof(*b));
  if (b == NULL) {
    return fail(path, "no memory");
  }
  memcpy(b->id, "vmm", sizeof("vmm"));
  if (!open_file(b, path)) {
    block_destroy(b);
    return false;
  }
  uint64_t features = b->read_only ? 1ull << VIRTIO_BLK_F_RO : 0;
  return virtio_create(pci, &kind, b, features, &b->config, sizeof(b->config)) != NULL;
}

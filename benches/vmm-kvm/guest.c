// SPDX-License-Identifier: MIT
// The calls about the guest, its memory and its port.

#define _GNU_SOURCE 1
#include <libzx.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zircon/errors.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

#include "layer.h"

const char* zx_status_get_string(zx_status_t status) {
  return status == ZX_OK ? "ZX_OK" : status == ZX_ERR_NOT_SUPPORTED ? "ZX_ERR_NOT_SUPPORTED" : "an error";
}

zx_status_t libzx_get_hypervisor_resource(zx_handle_t* out) {
  *out = H_RESOURCE;
  return ZX_OK;
}

zx_status_t zx_guest_create(zx_handle_t resource, uint32_t options, zx_handle_t* guest, zx_handle_t* space) {
  (void)resource, (void)options;
  *guest = H_GUEST;
  *space = H_SPACE;
  return layer_open() ? ZX_OK : ZX_ERR_NOT_SUPPORTED;
}

zx_status_t zx_guest_set_trap(zx_handle_t guest, uint32_t kind, zx_vaddr_t address, size_t size,
                              zx_handle_t port, uint64_t key) {
  (void)guest, (void)port;
  if (layer.trap_count == MAX_TRAPS) {
    return ZX_ERR_NO_MEMORY;
  }
  layer.traps[layer.trap_count++] =
      (struct trap){.kind = kind, .start = address, .end = address + size, .key = key};
  return ZX_OK;
}

zx_status_t zx_handle_close(zx_handle_t handle) {
  if (handle >= H_VCPU) {
    struct vcpu* v = &layer.vcpus[handle - H_VCPU];
    munmap(v->run, (size_t)ioctl(layer.kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
    close(v->fd);
    timer_delete(v->timer);
  } else if (handle == H_GUEST) {
    close(layer.vm);
    close(layer.kvm);
    free(layer.cpuid);
    memset(&layer, 0, sizeof(layer));
  }
  return ZX_OK;
}

// --- Memory -------------------------------------------------------------------------------------

zx_handle_t zx_vmar_root_self(void) {
  return H_ROOT_VMAR;
}

zx_status_t zx_vmo_create(uint64_t size, uint32_t options, zx_handle_t* out) {
  (void)options;
  layer.memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  *out = H_VMO;
  return layer.memory == MAP_FAILED ? ZX_ERR_NO_MEMORY : ZX_OK;
}

zx_status_t zx_vmo_replace_as_executable(zx_handle_t handle, zx_handle_t resource, zx_handle_t* out) {
  (void)resource;
  *out = handle;
  return ZX_OK;
}

zx_status_t zx_vmar_map(zx_handle_t vmar, zx_vm_option_t options, size_t vmar_offset, zx_handle_t vmo,
                        uint64_t vmo_offset, size_t size, zx_vaddr_t* mapped) {
  (void)options, (void)vmo;
  if (vmar == H_ROOT_VMAR) {
    *mapped = (uintptr_t)layer.memory;
    return ZX_OK;
  }
  struct kvm_userspace_memory_region region = {.slot = layer.slots++,
                                               .guest_phys_addr = vmar_offset,
                                               .memory_size = size,
                                               .userspace_addr = (uintptr_t)layer.memory + vmo_offset};
  *mapped = vmar_offset;
  return ioctl(layer.vm, KVM_SET_USER_MEMORY_REGION, &region) == 0 ? ZX_OK : ZX_ERR_NO_MEMORY;
}

zx_status_t zx_vmar_unmap(zx_handle_t vmar, zx_vaddr_t address, size_t size) {
  (void)vmar;
  munmap((void*)address, size);
  return ZX_OK;
}

// --- The port -----------------------------------------------------------------------------------

static struct {
  pthread_mutex_t lock;
  pthread_cond_t filled;
  zx_port_packet_t packets[4096];
  unsigned first, count;
} port = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

zx_status_t zx_port_create(uint32_t options, zx_handle_t* out) {
  (void)options;
  *out = H_PORT;
  return ZX_OK;
}

zx_status_t zx_port_queue(zx_handle_t handle, const zx_port_packet_t* packet) {
  (void)handle;
  const unsigned room = sizeof(port.packets) / sizeof(port.packets[0]);
  pthread_mutex_lock(&port.lock);
  if (port.count < room) {
    port.packets[(port.first + port.count++) % room] = *packet;
  }
  pthread_cond_signal(&port.filled);
  pthread_mutex_unlock(&port.lock);
  return ZX_OK;
}

void layer_ring(uint64_t key, uint64_t address) {
  zx_port_packet_t packet = {.key = key, .type = ZX_PKT_TYPE_GUEST_BELL};
  packet.guest_bell.addr = address;
  zx_port_queue(H_PORT, &packet);
}

zx_status_t zx_port_wait(zx_handle_t handle, zx_time_t deadline, zx_port_packet_t* packet) {
  (void)handle, (void)deadline;
  pthread_mutex_lock(&port.lock);
  while (port.count == 0) {
    pthread_cond_wait(&port.filled, &port.lock);
  }
  *packet = port.packets[port.first];
  port.first = (port.first + 1) % (sizeof(port.packets) / sizeof(port.packets[0]));
  port.count--;
  pthread_mutex_unlock(&port.lock);
  return ZX_OK;
}

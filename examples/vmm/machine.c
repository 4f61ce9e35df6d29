// SPDX-License-Identifier: MIT
// The machine: guest, memory, traps, and the thread that answers bells.

#include "machine.h"

#include <libzx.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>

#include "console.h"
#include "ioapic.h"
#include "layout.h"
#include "vm.h"

#define PAGE_BYTES 0x1000u
#define LAST_PORT 0xfffe  // Zircon cannot trap port 0xffff

void complain(const char* format, ...) {
  char line[512];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof(line), format, args);
  va_end(args);
  fprintf(stderr, "vmm: %s\n", line);
}

bool succeeded(zx_status_t status, const char* what) {
  if (status != ZX_OK) {
    complain("%s: %s", what, zx_status_get_string(status));
  }
  return status == ZX_OK;
}

// --- Making it ----------------------------------------------------------------------------------

// Zircon gives guests only to programs that have the hypervisor resource. In libzx every program can
// have it; Linux decides, with /dev/kvm.
static bool create_guest(struct machine* m) {
  zx_handle_t resource;
  if (!succeeded(libzx_get_hypervisor_resource(&resource), "libzx_get_hypervisor_resource")) {
    return false;
  }
  zx_status_t status = zx_guest_create(resource, 0, &m->guest, &m->space);
  zx_handle_close(resource);
  if (status == ZX_ERR_NOT_SUPPORTED) {
    complain("this computer cannot run guests: no usable /dev/kvm "
             "(zx_guest_create says ZX_ERR_NOT_SUPPORTED). Does it exist, and may you read and write it?");
    return false;
  }
  return succeeded(status, "zx_guest_create");
}

static zx_status_t map_ram(struct machine* m, zx_handle_t vmo, size_t offset, zx_gpaddr_t address,
                           size_t size) {
  zx_vaddr_t mapped;
  return zx_vmar_map(
      m->space, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE | ZX_VM_SPECIFIC, address,
      vmo, offset, size, &mapped);
}

// One memory object, seen by this process in one piece and by the guest in two: below the devices
// and above 4 GiB.
static bool create_memory(struct machine* m) {
  zx_handle_t vmo;
  if (!succeeded(zx_vmo_create(m->ram_size, 0, &vmo), "zx_vmo_create")) {
    return false;
  }
  zx_vaddr_t host = 0;
  zx_status_t status = zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0,
                                   m->ram_size, &host);
  if (succeeded(status, "mapping the guest's memory")) {
    m->ram = (uint8_t*)host;
    // Mapping memory as executable takes a right that new VMOs do not have.
    status = zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo);
    if (status == ZX_OK) {
      status = map_ram(m, vmo, 0, 0, m->low_ram);
    }
    if (status == ZX_OK && m->ram_size > m->low_ram) {
      status = map_ram(m, vmo, m->low_ram, HIGH_RAM, m->ram_size - m->low_ram);
    }
    succeeded(status, "giving the guest its memory");
  }
  zx_handle_close(vmo);  // the mappings keep the memory
  return status == ZX_OK;
}

struct machine* machine_create(size_t ram_size, unsigned cpu_count) {
  struct machine* m = calloc(1, sizeof(*m));
  if (m == NULL) {
    complain("no memory");
    return NULL;
  }
  pthread_mutex_init(&m->cpu_lock, NULL);
  pthread_cond_init(&m->cpu_made, NULL);
  m->ram_size = ram_size;
  m->low_ram = ram_size < MMIO_START ? ram_size : MMIO_START;
  m->cpu_count = cpu_count;
  for (unsigned i = 0; i < cpu_count; i++) {
    m->cpus[i].machine = m;
    m->cpus[i].id = i;
  }
  if (!create_guest(m) || !create_memory(m) ||
      !succeeded(zx_port_create(0, &m->bell_port), "zx_port_create") ||
      !succeeded(ioapic_create(m), "the I/O APIC")) {
    machine_destroy(m);
    return NULL;
  }
  return m;
}

void machine_destroy(struct machine* m) {
  if (m == NULL) {
    return;
  }
  for (unsigned i = 0; i < m->cpu_count; i++) {
    zx_handle_close(atomic_load(&m->cpus[i].vcpu));  // the zero handle may be closed, too
  }
  zx_handle_close(m->guest);
  zx_handle_close(m->space);
  zx_handle_close(m->bell_port);
  if (m->ram != NULL) {
    zx_vmar_unmap(zx_vmar_root_self(), (zx_vaddr_t)m->ram, m->ram_size);
  }
  ioapic_destroy(m->ioapic);
  pthread_cond_destroy(&m->cpu_made);
  pthread_mutex_destroy(&m->cpu_lock);
  free(m);
}

// --- Devices ------------------------------------------------------------------------------------

static zx_status_t add_range(struct machine* m, const struct range* range) {
  if (m->range_count == MAX_RANGES) {
    return ZX_ERR_NO_RESOURCES;
  }
  struct range* added = &m->ranges[m->range_count];
  *added = *range;
  static const uint32_t traps[] = {
      [RANGE_PORTS] = ZX_GUEST_TRAP_IO,
      [RANGE_MEMORY] = ZX_GUEST_TRAP_MEM,
      [RANGE_BELL] = ZX_GUEST_TRAP_BELL,
  };
  zx_handle_t port = range->kind == RANGE_BELL ? m->bell_port : ZX_HANDLE_INVALID;
  zx_status_t status = zx_guest_set_trap(m->guest, traps[range->kind], range->start,
                                         range->end - range->start, port, (uintptr_t)added);
  m->range_count += status == ZX_OK;
  return status;
}

zx_status_t machine_add_pio(struct machine* m, uint16_t base, uint16_t length,
                            const struct bus_ops* ops, void* device) {
  return add_range(m, &(struct range){.kind = RANGE_PORTS,
                                      .start = base,
                                      .end = (uint64_t)base + length,
                                      .ops = ops,
                                      .device = device});
}

zx_status_t machine_add_mmio(struct machine* m, zx_gpaddr_t base, size_t length,
                             const struct bus_ops* ops, void* device) {
  return add_range(m, &(struct range){.kind = RANGE_MEMORY,
                                      .start = base,
                                      .end = base + length,
                                      .ops = ops,
                                      .device = device});
}

zx_status_t machine_add_bell(struct machine* m, zx_gpaddr_t base, size_t length,
                             void (*rung)(void* device, zx_gpaddr_t address), void* device) {
  return add_range(m, &(struct range){.kind = RANGE_BELL,
                                      .start = base,
                                      .end = base + length,
                                      .rung = rung,
                                      .device = device});
}

static uint64_t nothing_read(void* device, uint64_t offset, unsigned size) {
  (void)device, (void)offset, (void)size;
  return UINT64_MAX;
}

static void nothing_write(void* device, uint64_t offset, unsigned size, uint64_t value) {
  (void)device, (void)offset, (void)size, (void)value;
}

static const struct bus_ops nothing = {
    .name = "nothing", .read = nothing_read, .write = nothing_write};

// Fills what is free of [start, end), of ports or of addresses.
static zx_status_t fill(struct machine* m, bool ports, uint64_t start, uint64_t end) {
  while (start < end) {
    // The first range that ends behind `start`.
    const struct range* next = NULL;
    for (unsigned i = 0; i < m->range_count; i++) {
      const struct range* range = &m->ranges[i];
      if ((range->kind == RANGE_PORTS) == ports && range->end > start &&
          (next == NULL || range->start < next->start)) {
        next = range;
      }
    }
    uint64_t gap_end = next == NULL || next->start > end ? end : next->start;
    uint64_t resume_at = next == NULL ? end : next->end;
    if (gap_end > start) {
      zx_status_t status = add_range(m, &(struct range){.kind = ports ? RANGE_PORTS : RANGE_MEMORY,
                                                        .start = start,
                                                        .end = gap_end,
                                                        .ops = &nothing});
      if (status != ZX_OK) {
        return status;
      }
    }
    start = resume_at;
  }
  return ZX_OK;
}

zx_status_t machine_fill_gaps(struct machine* m) {
  uint64_t high_end = HIGH_RAM + (m->ram_size - m->low_ram);
  zx_status_t status = fill(m, true, 0, LAST_PORT + 1);
  if (status == ZX_OK) {
    status = fill(m, false, m->low_ram, HIGH_RAM);
  }
  if (status == ZX_OK) {
    status = fill(m, false, high_end, GUEST_SPACE_END);
  }
  return status;
}

void* machine_ram(struct machine* m, zx_gpaddr_t address, size_t length) {
  if (address < m->low_ram) {
    return length <= m->low_ram - address ? m->ram + address : NULL;
  }
  size_t high_ram = m->ram_size - m->low_ram;
  if (address < HIGH_RAM || address - HIGH_RAM > high_ram) {
    return NULL;
  }
  uint64_t offset = address - HIGH_RAM;
  return length <= high_ram - offset ? m->ram + m->low_ram + offset : NULL;
}

void machine_set_irq(struct machine* m, unsigned gsi, bool level) {
  ioapic_set_pin(m->ioapic, gsi, level);
}

// --- Running ------------------------------------------------------------------------------------

// Doorbells do not stop the VCPU that rings them: their packets come here. A packet of machine_stop()
// ends it.
static void* answer_bells(void* argument) {
  struct machine* m = argument;
  zx_port_packet_t packet;
  while (succeeded(zx_port_wait(m->bell_port, ZX_TIME_INFINITE, &packet), "zx_port_wait")) {
    if (packet.type != ZX_PKT_TYPE_GUEST_BELL) {
      return NULL;
    }
    struct range* range = (struct range*)(uintptr_t)packet.key;
    range->bells++;
    range->rung(range->device, packet.guest_bell.addr);
  }
  machine_stop(m, STOP_FAILED);
  return NULL;
}

bool machine_start(struct machine* m) {
  if (pthread_create(&m->bell_thread, NULL, answer_bells, m) != 0) {
    complain("no thread for the bells");
    return false;
  }
  m->has_bell_thread = true;
  return cpu_start(m, 0, BOOT_CODE);
}

void machine_stop(struct machine* m, enum stop why) {
  int running = STOP_NOT_YET;
  if (!atomic_compare_exchange_strong(&m->stop, &running, why)) {
    return;
  }
  // A CPU that is being started sees m->stop after it has made its VCPU.
  for (unsigned i = 0; i < m->cpu_count; i++) {
    zx_handle_t vcpu = atomic_load(&m->cpus[i].vcpu);
    if (vcpu != ZX_HANDLE_INVALID) {
      zx_vcpu_kick(vcpu);
    }
  }
  // Who waits for a CPU to be made does not need it any more.
  pthread_mutex_lock(&m->cpu_lock);
  pthread_cond_broadcast(&m->cpu_made);
  pthread_mutex_unlock(&m->cpu_lock);
  zx_port_packet_t packet = {.type = ZX_PKT_TYPE_USER};
  zx_port_queue(m->bell_port, &packet);
  console_quit();
}

enum stop machine_join(struct machine* m) {
  // CPUs start CPUs, so look again after each; none is started after the stop.
  for (bool again = true; again;) {
    again = false;
    for (unsigned i = 0; i < m->cpu_count; i++) {
      pthread_mutex_lock(&m->cpu_lock);
      bool join = m->cpus[i].has_thread;
      m->cpus[i].has_thread = false;
      pthread_mutex_unlock(&m->cpu_lock);
      if (join) {
        pthread_join(m->cpus[i].thread, NULL);
        again = true;
      }
    }
  }
  if (m->has_bell_thread) {
    pthread_join(m->bell_thread, NULL);
    m->has_bell_thread = false;
  }
  return (enum stop)atomic_load(&m->stop);
}

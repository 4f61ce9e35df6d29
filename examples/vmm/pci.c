// SPDX-License-Identifier: MIT
// A PCI bus, by Linux's <linux/pci_regs.h>. There is no firmware, so this is who gives the devices their
// addresses and interrupt lines.
//
// A trap cannot be moved, so a BAR answers only where it was put. It can be written and measured like any;
// Linux leaves BARs in place that lie in the window which the ACPI tables tell.

#include "pci.h"

#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

#define SPACE_BYTES 256
#define DATA_PORT 4          // from the address port
#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_BITS 0x80fffffcu
#define COMMAND_BITS (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE)

struct function {
  uint8_t config[SPACE_BYTES];
  uint8_t writable[SPACE_BYTES];  // which bits the guest may change
  bool level;                      // what the device wants of its interrupt line
  bool line;                       // what it gets
  void (*destroy)(void* device);
  void* device;
};

struct pci {
  struct machine* machine;
  pthread_mutex_t lock;
  uint32_t address;
  unsigned count;
  struct function functions[PCI_SLOTS];
  zx_gpaddr_t next_bar;
};

// --- Configuration space ------------------------------------------------------------------------

static void put(uint8_t* at, uint32_t value, unsigned size) {
  for (unsigned i = 0; i < size; i++) {
    at[i] = (uint8_t)(value >> 8 * i);
  }
}

static uint32_t get(const uint8_t* at, unsigned size) {
  uint32_t value = 0;
  for (unsigned i = 0; i < size; i++) {
    value |= (uint32_t)at[i] << 8 * i;
  }
  return value;
}

static void update_line(struct pci* p, unsigned slot) {
  struct function* f = &p->functions[slot];
  bool disabled = get(f->config + PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE;
  bool line = f->level && !disabled;
  if (line != f->line) {
    f->line = line;
    machine_set_irq(p->machine, PCI_GSI(slot), line);
  }
}

// The function that the address register names, and where in its space an access of the data port is;
// NULL if there is none.
static struct function* find(struct pci* p, uint64_t offset, unsigned size, unsigned* at) {
  unsigned slot = p->address >> 11 & 0x1f;
  bool other_place = p->address & 0x00ff0700;  // buses and functions that there are not
  *at = (p->address & 0xfc) + (unsigned)(offset - DATA_PORT);
  bool good = p->address & ADDRESS_ENABLE && !other_place && slot < p->count &&
              offset >= DATA_PORT && *at + size <= SPACE_BYTES;
  return good ? &p->functions[slot] : NULL;
}

static uint64_t read_port(void* device, uint64_t offset, unsigned size) {
  struct pci* p = device;
  uint64_t value = UINT64_MAX;
  unsigned at;
  pthread_mutex_lock(&p->lock);
  if (offset == 0 && size == 4) {
    value = p->address;
  } else {
    const struct function* f = find(p, offset, size, &at);
    if (f != NULL) {
      value = get(f->config + at, size);
    }
  }
  pthread_mutex_unlock(&p->lock);
  return value;
}

static void write_port(void* device, uint64_t offset, unsigned size, uint64_t value) {
  struct pci* p = device;
  unsigned at;
  pthread_mutex_lock(&p->lock);
  if (offset == 0 && size == 4) {
    p->address = (uint32_t)value & ADDRESS_BITS;
  } else {
    struct function* f = find(p, offset, size, &at);
    for (unsigned i = 0; f != NULL && i < size; i++) {
      uint8_t bits = f->writable[at + i];
      f->config[at + i] = (uint8_t)((f->config[at + i] & ~bits) | (value >> 8 * i & bits));
    }
    if (f != NULL) {
      update_line(p, (unsigned)(f - p->functions));
    }
  }
  pthread_mutex_unlock(&p->lock);
}

void pci_set_interrupt(struct pci* p, unsigned slot, bool level) {
  pthread_mutex_lock(&p->lock);
  struct function* f = &p->functions[slot];
  f->level = level;
  f->config[PCI_STATUS] &= (uint8_t)~PCI_STATUS_INTERRUPT;
  f->config[PCI_STATUS] |= level ? PCI_STATUS_INTERRUPT : 0;
  update_line(p, slot);
  pthread_mutex_unlock(&p->lock);
}

// --- Devices ------------------------------------------------------------------------------------

static void describe(struct function* f, const struct pci_identity* identity) {
  uint8_t* config = f->config;
  put(config + PCI_VENDOR_ID, identity->vendor, 2);
  put(config + PCI_DEVICE_ID, identity->device, 2);
  put(config + PCI_CLASS_REVISION, identity->class_code << 8 | identity->revision, 4);
  put(config + PCI_SUBSYSTEM_VENDOR_ID, identity->subsystem_vendor, 2);
  put(config + PCI_SUBSYSTEM_ID, identity->subsystem, 2);
  put(f->writable + PCI_COMMAND, COMMAND_BITS, 2);
  f->writable[PCI_CACHE_LINE_SIZE] = 0xff;
  f->writable[PCI_LATENCY_TIMER] = 0xff;
  if (identity->capabilities_size > 0) {
    put(config + PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
    config[PCI_CAPABILITY_LIST] = PCI_CAPABILITIES;
    memcpy(config + PCI_CAPABILITIES, identity->capabilities, identity->capabilities_size);
  }
}

zx_status_t pci_add(struct pci* p, const struct pci_identity* identity,
                    void (*destroy)(void* device), void* device, unsigned* slot, zx_gpaddr_t* bar) {
  if (identity->capabilities_size > SPACE_BYTES - PCI_CAPABILITIES) {
    return ZX_ERR_INVALID_ARGS;
  }
  zx_gpaddr_t align = identity->bar_size > 0 ? identity->bar_size : 1;
  zx_gpaddr_t place = (p->next_bar + align - 1) & ~(align - 1);
  if (p->count == PCI_SLOTS || identity->bar_size > PCI_MMIO_END - place) {
    return ZX_ERR_NO_RESOURCES;
  }
  struct function* f = &p->functions[p->count];
  describe(f, identity);
  if (identity->bar_size > 0) {
    put(f->config + PCI_BASE_ADDRESS_0, (uint32_t)place, 4);
    put(f->writable + PCI_BASE_ADDRESS_0, ~(identity->bar_size - 1), 4);
    put(f->config + PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    f->config[PCI_INTERRUPT_PIN] = 1;  // INTA
    f->config[PCI_INTERRUPT_LINE] = PCI_GSI(p->count);
    f->writable[PCI_INTERRUPT_LINE] = 0xff;
  }
  f->destroy = destroy;
  f->device = device;
  *slot = p->count++;
  *bar = place;
  p->next_bar = place + identity->bar_size;
  return ZX_OK;
}

struct machine* pci_machine(const struct pci* p) {
  return p->machine;
}

zx_status_t pci_create(struct machine* machine, struct pci** out) {
  static const struct bus_ops ops = {.name = "PCI", .read = read_port, .write = write_port};
  // Red Hat's number for a host bridge without any registers of its own.
  static const struct pci_identity bridge = {
      .vendor = 0x1b36, .device = 0x0008, .class_code = 0x060000};
  struct pci* p = calloc(1, sizeof(*p));
  if (p == NULL) {
    return ZX_ERR_NO_MEMORY;
  }
  *out = p;
  p->machine = machine;
  p->next_bar = PCI_MMIO_START;
  pthread_mutex_init(&p->lock, NULL);
  unsigned slot;
  zx_gpaddr_t bar;
  zx_status_t status = pci_add(p, &bridge, NULL, NULL, &slot, &bar);
  return status == ZX_OK ? machine_add_pio(machine, PCI_CONFIG_PORT, 8, &ops, p) : status;
}

void pci_destroy(struct pci* p) {
  if (p == NULL) {
    return;
  }
  for (unsigned i = 0; i < p->count; i++) {
    if (p->functions[i].destroy != NULL) {
      p->functions[i].destroy(p->functions[i].device);
    }
  }
  pthread_mutex_destroy(&p->lock);
  free(p);
}

// SPDX-License-Identifier: MIT
// The I/O APIC (Intel 82093AA, with the EOI register that version 0x20 has).
//
// The local APIC of Zircon's VCPUs keeps no books about interrupts in service and broadcasts no end
// of interrupt. A guest finds the trigger mode register zero after a level-triggered interrupt, takes
// it for one that arrived as an edge, and writes the EOI register here: Linux does so since 2009. That
// is when a line that is still asserted raises its interrupt again.

#include "ioapic.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "layout.h"
#include "machine.h"
#include "vm.h"

#define PAGE_BYTES 0x1000u

// Registers in memory, and those behind the window.
enum { SELECT = 0x00, WINDOW = 0x10, END_OF_INTERRUPT = 0x40 };
enum { ID = 0, VERSION = 1, ARBITRATION = 2, ENTRIES = 0x10 };

// An entry of the redirection table.
#define ENTRY_VECTOR(entry) ((entry) & 0xff)
#define ENTRY_MODE(entry) ((entry) >> 8 & 7)
#define ENTRY_LOGICAL (1ull << 11)
#define ENTRY_REMOTE_IRR (1ull << 14)
#define ENTRY_LEVEL (1ull << 15)
#define ENTRY_MASKED (1ull << 16)
#define ENTRY_DESTINATION(entry) ((entry) >> 56)
#define ENTRY_READ_ONLY (1ull << 12 | ENTRY_REMOTE_IRR)
enum { MODE_FIXED = 0, MODE_LOWEST_PRIORITY = 1, MODE_NMI = 4 };
#define NMI_VECTOR 2

struct pin {
  uint64_t entry;
  bool level;    // of the line
  bool latched;  // an edge that came while the pin was masked
};

struct ioapic {
  struct machine* machine;
  pthread_mutex_t lock;
  uint32_t selected;
  uint32_t id;
  struct pin pins[IOAPIC_PINS];
};

// The CPUs that an entry names. Logical destinations need CPUs with logical ids, which Zircon's have
// not; the ACPI tables ask for physical ones.
static uint64_t targets(uint64_t entry) {
  uint64_t destination = ENTRY_DESTINATION(entry);
  if (entry & ENTRY_LOGICAL) {
    return 0;
  }
  if (destination == 0xff) {
    return UINT64_MAX;
  }
  return destination < 64 ? 1ull << destination : 0;
}

static void deliver(struct ioapic* io, uint64_t entry) {
  switch (ENTRY_MODE(entry)) {
    case MODE_FIXED:
    case MODE_LOWEST_PRIORITY:
      cpu_interrupt(io->machine, targets(entry), ENTRY_VECTOR(entry));
      break;
    case MODE_NMI:
      cpu_interrupt(io->machine, targets(entry), NMI_VECTOR);
      break;
  }
}

// Raises the pin's interrupt if there is reason to.
static void update(struct ioapic* io, struct pin* pin) {
  if (pin->entry & ENTRY_MASKED) {
    return;
  }
  if (!(pin->entry & ENTRY_LEVEL)) {
    if (pin->latched) {
      pin->latched = false;
      deliver(io, pin->entry);
    }
  } else if (pin->level && !(pin->entry & ENTRY_REMOTE_IRR)) {
    pin->entry |= ENTRY_REMOTE_IRR;
    deliver(io, pin->entry);
  }
}

void ioapic_set_pin(struct ioapic* io, unsigned number, bool level) {
  if (number >= IOAPIC_PINS) {
    return;
  }
  pthread_mutex_lock(&io->lock);
  struct pin* pin = &io->pins[number];
  pin->latched = level && (pin->latched || !pin->level);
  pin->level = level;
  update(io, pin);
  pthread_mutex_unlock(&io->lock);
}

static void write_entry(struct ioapic* io, unsigned half, uint32_t value) {
  struct pin* pin = &io->pins[half / 2];
  unsigned shift = half % 2 * 32;
  uint64_t kept = ~(0xffffffffull << shift) | ENTRY_READ_ONLY;
  pin->entry = (pin->entry & kept) | ((uint64_t)value << shift & ~kept);
  if (!(pin->entry & ENTRY_LEVEL)) {
    pin->entry &= ~ENTRY_REMOTE_IRR;  // an interrupt in service is one of a level
  }
  update(io, pin);
}

static void end_of_interrupt(struct ioapic* io, unsigned vector) {
  for (unsigned i = 0; i < IOAPIC_PINS; i++) {
    struct pin* pin = &io->pins[i];
    if (ENTRY_VECTOR(pin->entry) == vector && pin->entry & ENTRY_REMOTE_IRR) {
      pin->entry &= ~ENTRY_REMOTE_IRR;
      update(io, pin);
    }
  }
}

static uint32_t read_selected(const struct ioapic* io) {
  if (io->selected >= ENTRIES && io->selected < ENTRIES + 2 * IOAPIC_PINS) {
    unsigned half = io->selected - ENTRIES;
    return (uint32_t)(io->pins[half / 2].entry >> half % 2 * 32);
  }
  switch (io->selected) {
    case ID:
    case ARBITRATION:
      return io->id;
    case VERSION:
      return (IOAPIC_PINS - 1) << 16 | 0x20;
    default:
      return 0;
  }
}

static uint64_t read_register(void* device, uint64_t offset, unsigned size) {
  (void)size;
  struct ioapic* io = device;
  pthread_mutex_lock(&io->lock);
  uint32_t value = 0;
  if (offset == SELECT) {
    value = io->selected;
  } else if (offset == WINDOW) {
    value = read_selected(io);
  }
  pthread_mutex_unlock(&io->lock);
  return value;
}

static void write_register(void* device, uint64_t offset, unsigned size, uint64_t value) {
  (void)size;
  struct ioapic* io = device;
  pthread_mutex_lock(&io->lock);
  if (offset == SELECT) {
    io->selected = value & 0xff;
  } else if (offset == END_OF_INTERRUPT) {
    end_of_interrupt(io, value & 0xff);
  } else if (offset == WINDOW && io->selected == ID) {
    io->id = value & 0x0f000000;
  } else if (offset == WINDOW && io->selected >= ENTRIES &&
             io->selected < ENTRIES + 2 * IOAPIC_PINS) {
    write_entry(io, io->selected - ENTRIES, (uint32_t)value);
  }
  pthread_mutex_unlock(&io->lock);
}

zx_status_t ioapic_create(struct machine* machine) {
  static const struct bus_ops ops = {
      .name = "I/O APIC", .read = read_register, .write = write_register};
  struct ioapic* io = calloc(1, sizeof(*io));
  if (io == NULL) {
    return ZX_ERR_NO_MEMORY;
  }
  io->machine = machine;
  machine->ioapic = io;
  pthread_mutex_init(&io->lock, NULL);
  for (unsigned i = 0; i < IOAPIC_PINS; i++) {
    io->pins[i].entry = ENTRY_MASKED;
  }
  return machine_add_mmio(machine, IOAPIC_START, PAGE_BYTES, &ops, io);
}

void ioapic_destroy(struct ioapic* io) {
  if (io != NULL) {
    pthread_mutex_destroy(&io->lock);
    free(io);
  }
}

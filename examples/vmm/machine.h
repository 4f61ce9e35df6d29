// SPDX-License-Identifier: MIT
// What devices see of the machine: its memory, its buses, its interrupt lines.
#ifndef VMM_MACHINE_H_
#define VMM_MACHINE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zircon/types.h>

struct machine;

// One access by the guest, to a port or to an address. `offset` counts from the start of the range.
// `size` is 1, 2, 4 or 8. Called on the VCPU's thread, from any VCPU at any time: a device has its own lock.
struct bus_ops {
  const char* name;  // for --stats
  uint64_t (*read)(void* device, uint64_t offset, unsigned size);
  void (*write)(void* device, uint64_t offset, unsigned size, uint64_t value);
};

// Sets a trap over the range and sends its accesses to the device. MMIO ranges are whole pages.
zx_status_t machine_add_pio(struct machine* machine, uint16_t base, uint16_t length,
                            const struct bus_ops* ops, void* device);
zx_status_t machine_add_mmio(struct machine* machine, zx_gpaddr_t base, size_t length,
                             const struct bus_ops* ops, void* device);

// A doorbell: any write into the page range rings `rung` on the machine's bell thread, after the guest
// has gone on. What was written is not known.
zx_status_t machine_add_bell(struct machine* machine, zx_gpaddr_t base, size_t length,
                             void (*rung)(void* device, zx_gpaddr_t address), void* device);

// The guest's memory at [address, address + length) in this process; NULL unless all of it is RAM.
void* machine_ram(struct machine* machine, zx_gpaddr_t address, size_t length);

// Drives an interrupt line (a global system interrupt of the I/O APIC). From any thread.
void machine_set_irq(struct machine* machine, unsigned gsi, bool level);

#endif  // VMM_MACHINE_H_

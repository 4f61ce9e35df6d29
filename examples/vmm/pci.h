// SPDX-License-Identifier: MIT
// A PCI bus with a host bridge, its configuration space behind ports 0xcf8 and 0xcfc.
#ifndef VMM_PCI_H_
#define VMM_PCI_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

#include "machine.h"

struct pci;

// What a device shows in its configuration space.
struct pci_identity {
  uint16_t vendor, device;
  uint16_t subsystem_vendor, subsystem;
  uint8_t revision;
  uint32_t class_code;  // 24 bits: class, subclass, programming interface
  uint32_t bar_size;    // of BAR 0, memory: a power of two, at least a page; 0 for none
  const void* capabilities;
  size_t capabilities_size;
};

// Where pci_identity's capabilities start; they point at each other with offsets from 0 of the
// configuration space.
#define PCI_CAPABILITIES 0x40

zx_status_t pci_create(struct machine* machine, struct pci** out);

// With the devices on it.
void pci_destroy(struct pci* pci);

struct machine* pci_machine(const struct pci* pci);

// Puts a device into the next free slot and says where BAR 0 is. From ZX_OK on the bus owns `device`
// and will destroy it.
zx_status_t pci_add(struct pci* pci, const struct pci_identity* identity,
                    void (*destroy)(void* device), void* device, unsigned* slot, zx_gpaddr_t* bar);

// Drives the device's interrupt line. From any thread.
void pci_set_interrupt(struct pci* pci, unsigned slot, bool level);

#endif  // VMM_PCI_H_

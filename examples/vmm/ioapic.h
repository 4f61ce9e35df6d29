// SPDX-License-Identifier: MIT
// The I/O APIC: turns the levels of interrupt lines into vectors of CPUs.
#ifndef VMM_IOAPIC_H_
#define VMM_IOAPIC_H_

#include <stdbool.h>
#include <zircon/types.h>

struct ioapic;
struct machine;

zx_status_t ioapic_create(struct machine* machine);  // as machine->ioapic
void ioapic_destroy(struct ioapic* ioapic);

void ioapic_set_pin(struct ioapic* ioapic, unsigned pin, bool level);

#endif  // VMM_IOAPIC_H_

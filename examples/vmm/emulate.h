// SPDX-License-Identifier: MIT
// Carries out instructions that were trapped because they touch a device's memory.
#ifndef VMM_EMULATE_H_
#define VMM_EMULATE_H_

#include <stdbool.h>
#include <stdint.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>

#include "machine.h"

struct emulation {
  bool read, wrote;  // what it did to the device
  bool changed;      // the state, which then has to be written back
};

// Does what the instruction in the packet would have done at `offset` of the device, with the
// registers in `state`. False if it is one that it does not know.
bool emulate(const zx_packet_guest_mem_t* mem, const struct bus_ops* ops, void* device,
             uint64_t offset, zx_vcpu_state_t* state, struct emulation* result);

#endif  // VMM_EMULATE_H_

// SPDX-License-Identifier: MIT
// A machine with one processor and 256 KiB of memory, for tests of any harness.
#ifndef KIT_EXAMPLES_FIXTURE_H_
#define KIT_EXAMPLES_FIXTURE_H_

#include <lib/zx/guest.h>
#include <lib/zx/port.h>
#include <lib/zx/resource.h>
#include <lib/zx/vcpu.h>
#include <lib/zx/vmar.h>
#include <lib/zx/vmo.h>
#include <string.h>
#include <zircon/syscalls/hypervisor.h>

#include "guest.h"

struct Machine {
  zx::guest guest;
  zx::vmar memory;
  zx::vcpu vcpu;

  // Makes it, with a piece of code at its entry.
  zx_status_t Create(const zx::resource& resource, const char* code, const char* code_end) {
    zx_status_t status = zx::guest::create(resource, 0, &guest, &memory);
    zx::vmo vmo;
    if (status == ZX_OK) {
      status = zx::vmo::create(GUEST_MEMORY, 0, &vmo);
    }
    if (status == ZX_OK) {
      status = Fill(vmo, code, static_cast<size_t>(code_end - code));
    }
    if (status == ZX_OK) {
      // Guests execute only what may be executed.
      status = vmo.replace_as_executable(zx::resource(), &vmo);
    }
    zx_vaddr_t address = 0;
    if (status == ZX_OK) {
      const zx_vm_option_t options =
          ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE | ZX_VM_SPECIFIC;
      status = memory.map(options, 0, vmo, 0, GUEST_MEMORY, &address);
    }
    if (status == ZX_OK) {
      status = guest.set_trap(ZX_GUEST_TRAP_MEM, EXIT_ADDR, PAGE_SIZE, zx::port(), TRAP_KEY);
    }
    if (status == ZX_OK) {
      status = zx::vcpu::create(guest, 0, GUEST_ENTRY, &vcpu);
    }
    return status;
  }

 private:
  // The code, and page tables at address 0 that map the first GiB by pages of 2 MiB, which every
  // KVM has; pages of 1 GiB are not to be had everywhere.
  static zx_status_t Fill(const zx::vmo& vmo, const char* code, size_t size) {
    const uint64_t pml4 = 0x1003;
    const uint64_t pdpt = 0x2003;
    uint64_t directory[512];
    for (uint64_t i = 0; i < 512; i++) {
      directory[i] = i << 21 | 0x83;
    }
    zx_status_t status = vmo.write(&pml4, 0, sizeof(pml4));
    if (status == ZX_OK) {
      status = vmo.write(&pdpt, 0x1000, sizeof(pdpt));
    }
    if (status == ZX_OK) {
      status = vmo.write(directory, 0x2000, sizeof(directory));
    }
    if (status == ZX_OK) {
      status = vmo.write(code, GUEST_ENTRY, size);
    }
    return status;
  }
};

#endif  // KIT_EXAMPLES_FIXTURE_H_

// SPDX-License-Identifier: MIT
// One guest two ways: through libzx, and straight on KVM. To be included after
// bench.h.

#ifndef BENCHES_GUEST_H_
#define BENCHES_GUEST_H_

#include <fcntl.h>
#include <libzx.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>

#define GUEST_BYTES 0x200000u
#define GUEST_ENTRY 0x3040u     // not at the beginning of a page
#define GUEST_DEVICE 0x400000u  // a page that is trapped
#define GUEST_PORT 0x11u        // likewise

// The guest's code, from NAME_start to NAME_end.
#define GUEST_CODE(name, text)                                                             \
  extern const char name##_start[], name##_end[];                                          \
  __asm__(".pushsection .rodata\n" #name "_start:\n" text "\n" #name "_end:\n.popsection\n")

// Page tables at 0, as a VCPU expects them: 2-MiB pages over the first GiB.
static void guest_fill(uint8_t* memory, const char* start, const char* end) {
  *(uint64_t*)memory = 0x1000 | 7;
  *(uint64_t*)(memory + 0x1000) = 0x2000 | 7;
  for (uint64_t i = 0; i < 512; i++) {
    ((uint64_t*)(memory + 0x2000))[i] = i << 21 | 0x87;
  }
  memcpy(memory + GUEST_ENTRY, start, (size_t)(end - start));
}

// --- libzx -------------------------------------------------------------------------

typedef struct machine {
  zx_handle_t guest, vmar, vcpu;
  uint8_t* memory;
} machine_t;

// The calling thread's VCPU. False without KVM.
static bool machine_make(machine_t* m, const char* start, const char* end) {
  zx_handle_t resource, vmo;
  CHECK(libzx_get_hypervisor_resource(&resource));
  zx_status_t status = zx_guest_create(resource, 0, &m->guest, &m->vmar);
  zx_handle_close(resource);
  if (status == ZX_ERR_NOT_SUPPORTED) {
    printf("# KVM not available: zx_guest_create says ZX_ERR_NOT_SUPPORTED\n");
    return false;
  }
  bench_check(status, "zx_guest_create");
  zx_vaddr_t host, gpa;
  CHECK(zx_vmo_create(GUEST_BYTES, 0, &vmo));
  CHECK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0,
                    GUEST_BYTES, &host));
  m->memory = (uint8_t*)host;
  guest_fill(m->memory, start, end);
  CHECK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  CHECK(zx_vmar_map(m->vmar,
                    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE | ZX_VM_SPECIFIC, 0,
                    vmo, 0, GUEST_BYTES, &gpa));
  CHECK(zx_handle_close(vmo));
  CHECK(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_MEM, GUEST_DEVICE, 0x1000, 0, 1));
  CHECK(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_IO, GUEST_PORT, 1, 0, 2));
  CHECK(zx_vcpu_create(m->guest, 0, GUEST_ENTRY, &m->vcpu));
  return true;
}

static void machine_drop(machine_t* m) {
  CHECK(zx_handle_close_many((zx_handle_t[]){m->vcpu, m->guest, m->vmar}, 3));
  CHECK(zx_vmar_unmap(zx_vmar_root_self(), (zx_vaddr_t)m->memory, GUEST_BYTES));
}

// --- Bare KVM ----------------------------------------------------------------------

typedef struct bare {
  int vm, vcpu;
  struct kvm_run* run;
  size_t run_bytes;
  uint8_t* memory;
} bare_t;

static int must(int result, const char* what) {
  if (result < 0) {
    perror(what);
    exit(1);
  }
  return result;
}

#define MUST(call) must((int)(call), #call)

static void bare_make(bare_t* b, const char* start, const char* end) {
  int kvm = MUST(open("/dev/kvm", O_RDWR | O_CLOEXEC));
  b->vm = MUST(ioctl(kvm, KVM_CREATE_VM, 0));
  b->memory =
      mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (b->memory == MAP_FAILED) abort();
  guest_fill(b->memory, start, end);
  struct kvm_userspace_memory_region region = {.memory_size = GUEST_BYTES,
                                               .userspace_addr = (uintptr_t)b->memory};
  MUST(ioctl(b->vm, KVM_SET_USER_MEMORY_REGION, &region));
  b->vcpu = MUST(ioctl(b->vm, KVM_CREATE_VCPU, 0));
  b->run_bytes = (size_t)MUST(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
  b->run = mmap(NULL, b->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, b->vcpu, 0);
  if (b->run == MAP_FAILED) abort();

  struct {
    struct kvm_cpuid2 head;
    struct kvm_cpuid_entry2 entries[256];
  } cpuid;
  memset(&cpuid, 0, sizeof(cpuid));
  cpuid.head.nent = 256;
  MUST(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid));
  MUST(ioctl(b->vcpu, KVM_SET_CPUID2, &cpuid));
  struct kvm_sregs sregs;
  MUST(ioctl(b->vcpu, KVM_GET_SREGS, &sregs));
  sregs.cr0 = 0xc0000011;
  sregs.cr3 = 0;
  sregs.cr4 = 0x20;
  sregs.efer = 0xd01;
  sregs.cs = (struct kvm_segment){.limit = 0xffff, .type = 11, .present = 1, .s = 1, .l = 1};
  sregs.ss = (struct kvm_segment){.limit = 0xffff, .type = 3, .present = 1, .s = 1};
  sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss;
  sregs.tr = (struct kvm_segment){.limit = 0xffff, .type = 11, .present = 1};
  MUST(ioctl(b->vcpu, KVM_SET_SREGS, &sregs));
  struct kvm_regs regs = {.rip = GUEST_ENTRY, .rflags = 2};
  MUST(ioctl(b->vcpu, KVM_SET_REGS, &regs));
  close(kvm);
}

static void bare_drop(bare_t* b) {
  munmap(b->run, b->run_bytes);
  close(b->vcpu);
  close(b->vm);
  munmap(b->memory, GUEST_BYTES);
}

#endif  // BENCHES_GUEST_H_

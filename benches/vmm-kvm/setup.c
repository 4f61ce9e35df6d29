// SPDX-License-Identifier: MIT
// KVM's file descriptors, and VCPUs in the state in which Zircon starts them.

#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "layer.h"

struct layer layer;

// --- CPUID: what KVM can virtualise, with the changes that libzx makes, too -----------------------

static void adjust(struct kvm_cpuid_entry2* e, uint32_t apic_id) {
  switch (e->function) {
    case 1:
      e->ebx = (e->ebx & 0xffffff) | apic_id << 24;
      e->ecx = (e->ecx & ~(1u << 5 | 1u << 15 | 1u << 3 | 1u << 8)) | 1u << 31 | 1u << 21 | 1u << 24;
      e->edx = (e->edx & ~(1u << 29 | 1u << 22)) | 1u << 11;
      break;
    case 5:
      e->eax = e->ebx = e->ecx = e->edx = 0;
      break;
    case 6:
      e->eax &= ~(1u << 0 | 1u << 6 | 0xfu << 7 | 1u << 4 | 1u << 1 | 1u << 14);
      e->ecx &= ~(1u << 0 | 1u << 3);
      break;
    case 7:
      if (e->index == 0) {
        e->ecx &= ~(1u << 16);
        e->ebx &= ~(1u << 25);
        e->edx &= ~(1u << 26 | 1u << 27 | 1u << 31 | 1u << 29 | 1u << 28);
      }
      break;
    case 0xa:
      e->eax = e->ecx = e->edx = 0;
      e->ebx = 0x7f;
      break;
    case 0xb:
      e->eax = e->ebx = e->ecx = 0;
      e->edx = apic_id;
      break;
    case 0xd:
      if (e->index == 1) {
        e->eax &= ~(1u << 3);
      }
      break;
    case 0x40000000:
      e->eax = 0x40000001;
      e->ebx = 0x4b4d564b;
      e->ecx = 0x564b4d56;
      e->edx = 0x4d;
      break;
    case 0x40000001:
      e->eax = 0xb;
      e->ebx = e->ecx = e->edx = 0;
      break;
    case 0x80000001:
      e->ecx &= ~(1u << 2);
      break;
    case 0x8000001e:
      e->eax = apic_id;
      break;
  }
}

static bool set_cpuid(const struct vcpu* v, uint32_t apic_id) {
  size_t size = sizeof(*layer.cpuid) + layer.cpuid->nent * sizeof(layer.cpuid->entries[0]);
  struct kvm_cpuid2* cpuid = malloc(size);
  if (cpuid == NULL) {
    return false;
  }
  memcpy(cpuid, layer.cpuid, size);
  for (uint32_t i = 0; i < cpuid->nent; i++) {
    adjust(&cpuid->entries[i], apic_id);
  }
  bool good = ioctl(v->fd, KVM_SET_CPUID2, cpuid) == 0;
  free(cpuid);
  return good;
}

// --- The guest ----------------------------------------------------------------------------------

// KVM keeps the registers that are the guest's own; all other accesses come here.
static bool set_filter(void) {
  static const uint32_t allowed[][2] = {{0x11, 0x12},
                                        {0x3b, 0x3b},
                                        {0x174, 0x176},
                                        {0x277, 0x277},
                                        {0x4b564d00, 0x4b564d01},
                                        {0xc0000080, 0xc0000082},
                                        {0xc0000084, 0xc0000084},
                                        {0xc0000100, 0xc0000103}};
  static uint8_t bits[] = {0xff};
  struct kvm_msr_filter filter = {.flags = KVM_MSR_FILTER_DEFAULT_DENY};
  for (unsigned i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
    filter.ranges[i] = (struct kvm_msr_filter_range){
        .flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
        .base = allowed[i][0],
        .nmsrs = allowed[i][1] - allowed[i][0] + 1,
        .bitmap = bits,
    };
  }
  filter.ranges[8] = (struct kvm_msr_filter_range){
      .flags = KVM_MSR_FILTER_READ, .base = 0x10, .nmsrs = 1, .bitmap = bits};
  struct kvm_enable_cap cap = {
      .cap = KVM_CAP_X86_USER_SPACE_MSR,
      .args = {KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_FILTER}};
  return ioctl(layer.vm, KVM_ENABLE_CAP, &cap) == 0 &&
         ioctl(layer.vm, KVM_X86_SET_MSR_FILTER, &filter) == 0;
}

bool layer_open(void) {
  enum { ENTRIES = 256 };
  layer.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  layer.vm = layer.kvm < 0 ? -1 : ioctl(layer.kvm, KVM_CREATE_VM, 0);
  layer.cpuid = calloc(1, sizeof(*layer.cpuid) + ENTRIES * sizeof(layer.cpuid->entries[0]));
  if (layer.vm < 0 || layer.cpuid == NULL) {
    return false;
  }
  layer.cpuid->nent = ENTRIES;
  return ioctl(layer.kvm, KVM_GET_SUPPORTED_CPUID, layer.cpuid) == 0 && set_filter();
}

// --- A VCPU -------------------------------------------------------------------------------------

static struct kvm_segment segment(uint64_t base, uint16_t selector, uint8_t type, uint8_t s) {
  return (struct kvm_segment){
      .base = base, .limit = 0xffff, .selector = selector, .type = type, .present = 1, .s = s};
}

static bool set_registers(const struct vcpu* v, uint64_t entry) {
  bool boot = v->apic.id == 0;
  struct kvm_sregs sregs;
  if (ioctl(v->fd, KVM_GET_SREGS, &sregs) != 0) {
    return false;
  }
  sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment(0, 0, 3, 1);
  sregs.tr = segment(0, 0, 11, 0);
  sregs.ldt = segment(0, 0, 2, 0);
  sregs.gdt.base = sregs.idt.base = 0;
  sregs.gdt.limit = sregs.idt.limit = 0xffff;
  sregs.cr3 = 0;
  sregs.cs = boot ? segment(0, 0, 11, 1) : segment(entry, (uint16_t)(entry >> 4), 11, 1);
  sregs.cs.l = boot;
  sregs.cr0 = boot ? 0xc0000011 : 0x40000010;
  sregs.cr4 = boot ? 0x20 : 0;
  sregs.efer = boot ? 0xd01 : 0x801;
  struct kvm_regs regs = {.rip = boot ? entry : 0, .rflags = 2};
  return ioctl(v->fd, KVM_SET_SREGS, &sregs) == 0 && ioctl(v->fd, KVM_SET_REGS, &regs) == 0;
}

// The guest's time stamp counter is the host's.
static void set_tsc(const struct vcpu* v) {
  uint64_t zero = 0;
  struct kvm_device_attr attr = {
      .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (uintptr_t)&zero};
  ioctl(v->fd, KVM_SET_DEVICE_ATTR, &attr);
}

bool layer_set_up_vcpu(struct vcpu* v, unsigned id, uint64_t entry) {
  v->apic.id = id;
  v->apic.lvt_timer = 0x10000;
  v->fd = ioctl(layer.vm, KVM_CREATE_VCPU, id);
  int size = ioctl(layer.kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  v->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
  if (v->run == MAP_FAILED || !set_cpuid(v, id) || !set_registers(v, entry)) {
    return false;
  }
  struct kvm_enable_cap cap = {.cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID, .args = {1}};
  ioctl(v->fd, KVM_ENABLE_CAP, &cap);
  set_tsc(v);
  layer.tsc_khz = (uint64_t)ioctl(v->fd, KVM_GET_TSC_KHZ, 0);
  v->thread = pthread_self();
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  return timer_create(CLOCK_MONOTONIC, &event, &v->timer) == 0;
}

// SPDX-License-Identifier: MIT
// A stand-in for libzx, to compare with: the calls that examples/vmm makes, straight over KVM's ioctls, for one
// guest that behaves well. Nothing is checked that the VMM does not get wrong, and handles are small numbers.
#ifndef VMM_KVM_LAYER_H_
#define VMM_KVM_LAYER_H_

#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

#define MAX_VCPUS 64
#define MAX_TRAPS 128

// Handles: fixed numbers for what there is one of, and a range for VCPUs.
enum { H_RESOURCE = 1, H_GUEST, H_SPACE, H_VMO, H_PORT, H_ROOT_VMAR, H_VCPU };

struct trap {
  uint32_t kind;
  uint64_t start, end, key;
};

// The local APIC: what section 7.6 of Zircon's hypervisor has of one.
struct apic {
  uint32_t id;
  _Atomic uint64_t pending[4];  // vectors
  uint32_t lvt_timer;
  uint32_t divide;
  uint32_t initial_count;
  uint64_t deadline;  // of the time stamp counter; 0 if none
  uint64_t period;    // in ticks of it
};

struct vcpu {
  int fd;
  struct kvm_run* run;
  pthread_t thread;
  timer_t timer;
  _Atomic uint32_t attention;  // a futex: somebody has something for this VCPU
  atomic_bool in_guest, kicked;
  atomic_bool signalled;       // the timer's signal has come, if it was not another
  struct apic apic;
  zx_vcpu_state_t answer;  // of a load from a trap that KVM is carrying out
};

extern struct layer {
  int kvm, vm;
  struct kvm_cpuid2* cpuid;
  uint64_t tsc_khz;
  uint8_t* memory;
  uint32_t slots;
  struct trap traps[MAX_TRAPS];
  unsigned trap_count;
  unsigned vcpu_count;
  struct vcpu vcpus[MAX_VCPUS];
} layer;

// vcpu.c
const struct trap* layer_find(bool ports, uint64_t address);
void layer_wake(struct vcpu* vcpu);

// port.c
void layer_ring(uint64_t key, uint64_t address);

// apic.c. The accesses return false for a general protection fault. A write of the interrupt command register
// fills in the packet and sets `*leave`.
bool apic_read(struct vcpu* vcpu, uint32_t msr, uint64_t* value);
bool apic_write(struct vcpu* vcpu, uint32_t msr, uint64_t value, zx_port_packet_t* packet, bool* leave);
void apic_raise(struct vcpu* vcpu, unsigned vector);
int apic_highest(struct vcpu* vcpu);  // -1 if none is pending
void apic_take(struct vcpu* vcpu, unsigned vector);
void apic_expire(struct vcpu* vcpu);  // the timer, if it is due

// setup.c
bool layer_open(void);
bool layer_set_up_vcpu(struct vcpu* vcpu, unsigned id, uint64_t entry);

#endif  // VMM_KVM_LAYER_H_

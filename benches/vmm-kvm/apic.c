// SPDX-License-Identifier: MIT
// The local APIC in user space.

#define _GNU_SOURCE 1
#include <string.h>
#include <x86intrin.h>

#include "layer.h"

enum {
  MSR_APIC_BASE = 0x1b,
  MSR_TSC_DEADLINE = 0x6e0,
  X2APIC_ID = 0x802,
  X2APIC_VERSION = 0x803,
  X2APIC_TPR = 0x808,
  X2APIC_EOI = 0x80b,
  X2APIC_LDR = 0x80d,
  X2APIC_SVR = 0x80f,
  X2APIC_ISR = 0x810,
  X2APIC_LAST_IRR = 0x827,
  X2APIC_ESR = 0x828,
  X2APIC_CMCI = 0x82f,
  X2APIC_ICR = 0x830,
  X2APIC_LVT_TIMER = 0x832,
  X2APIC_LVT_THERMAL = 0x833,
  X2APIC_LVT_PERFORMANCE = 0x834,
  X2APIC_LVT_LINT0 = 0x835,
  X2APIC_LVT_LINT1 = 0x836,
  X2APIC_LVT_ERROR = 0x837,
  X2APIC_INITIAL_COUNT = 0x838,
  X2APIC_DIVIDE = 0x83e,
  X2APIC_SELF_IPI = 0x83f,
};
#define LVT_MASKED (1u << 16)
#define LVT_MODE(lvt) ((lvt) >> 17 & 3)
enum { MODE_ONE_SHOT, MODE_PERIODIC, MODE_DEADLINE };

void apic_raise(struct vcpu* v, unsigned vector) {
  atomic_fetch_or(&v->apic.pending[vector / 64], 1ull << vector % 64);
}

int apic_highest(struct vcpu* v) {
  for (int i = 3; i >= 0; i--) {
    uint64_t word = atomic_load(&v->apic.pending[i]);
    if (word != 0) {
      return 64 * i + 63 - __builtin_clzll(word);
    }
  }
  return -1;
}

void apic_take(struct vcpu* v, unsigned vector) {
  atomic_fetch_and(&v->apic.pending[vector / 64], ~(1ull << vector % 64));
}

// --- The timer ----------------------------------------------------------------------------------

// Lets a signal come when the deadline has passed: it gets the thread out of the guest or out of sleep.
static void arm(struct vcpu* v) {
  struct itimerspec when = {.it_value = {0}};
  if (v->apic.deadline != 0) {
    uint64_t now = __rdtsc();
    uint64_t ticks = v->apic.deadline > now ? v->apic.deadline - now : 0;
    uint64_t ns = ticks / layer.tsc_khz * 1000000 + ticks % layer.tsc_khz * 1000000 / layer.tsc_khz + 1;
    when.it_value = (struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
  }
  timer_settime(v->timer, 0, &when, NULL);
}

void apic_expire(struct vcpu* v) {
  struct apic* a = &v->apic;
  if (a->deadline == 0) {
    return;
  }
  if (__rdtsc() < a->deadline) {
    if (atomic_exchange(&v->signalled, false)) {
      arm(v);  // it may have come a little early, and comes only once
    }
    return;
  }
  a->deadline = 0;
  if (!(a->lvt_timer & LVT_MASKED)) {
    apic_raise(v, a->lvt_timer & 0xff);
    if (LVT_MODE(a->lvt_timer) == MODE_PERIODIC) {
      a->deadline = __rdtsc() + a->period;
      arm(v);
    }
  }
}

static void restart(struct vcpu* v) {
  struct apic* a = &v->apic;
  if (LVT_MODE(a->lvt_timer) == MODE_DEADLINE) {
    a->deadline = 0;
  } else {
    unsigned n = (a->divide & 3) | (a->divide >> 1 & 4);
    unsigned shift = n == 7 ? 0 : n + 1;
    a->period = (uint64_t)a->initial_count << shift;
    a->deadline = a->period != 0 ? __rdtsc() + a->period : 0;
  }
  arm(v);
}

// --- Registers ----------------------------------------------------------------------------------

bool apic_read(struct vcpu* v, uint32_t msr, uint64_t* value) {
  if (msr >= X2APIC_ISR && msr <= X2APIC_LAST_IRR) {
    *value = 0;
    return true;
  }
  switch (msr) {
    case X2APIC_ID:
      *value = v->apic.id;
      return true;
    case X2APIC_VERSION:
      *value = 0x00060015;
      return true;
    case X2APIC_TPR:
    case X2APIC_LDR:
    case X2APIC_ESR:
    case X2APIC_LVT_PERFORMANCE:
      *value = 0;
      return true;
    case X2APIC_SVR:
      *value = 0xff;
      return true;
    case X2APIC_CMCI:
    case X2APIC_LVT_THERMAL:
    case X2APIC_LVT_LINT0:
    case X2APIC_LVT_LINT1:
      *value = LVT_MASKED;
      return true;
    case X2APIC_LVT_TIMER:
      *value = v->apic.lvt_timer;
      return true;
    case MSR_TSC_DEADLINE:
      *value = v->apic.deadline;
      return true;
    case MSR_APIC_BASE:
      *value = 0xfee00c00 | (v->apic.id == 0 ? 0x100 : 0);
      return true;
    default:
      return false;
  }
}

// Shorthand, delivery mode and destination to a mask; physical destinations only.
static bool command(struct vcpu* v, uint64_t value, zx_port_packet_t* packet) {
  enum { FIXED = 0, NMI = 4, STARTUP = 6 };
  unsigned mode = value >> 8 & 7;
  uint32_t destination = (uint32_t)(value >> 32);
  uint64_t self = 1ull << v->apic.id;
  zx_packet_guest_vcpu_t* event = &packet->guest_vcpu;
  memset(packet, 0, sizeof(*packet));
  packet->type = ZX_PKT_TYPE_GUEST_VCPU;
  if (mode == STARTUP) {
    event->type = ZX_PKT_GUEST_VCPU_STARTUP;
    event->startup.id = destination;
    event->startup.entry = (value & 0xff) << 12;
    return true;
  }
  if (mode != FIXED && mode != NMI) {
    return false;  // INIT
  }
  uint64_t masks[] = {
      destination == UINT32_MAX ? UINT64_MAX : destination < 64 ? 1ull << destination : 0,
      self, UINT64_MAX, UINT64_MAX & ~self};
  event->interrupt.mask = masks[value >> 18 & 3];
  event->interrupt.vector = mode == NMI ? 2 : (uint8_t)value;
  return true;
}

bool apic_write(struct vcpu* v, uint32_t msr, uint64_t value, zx_port_packet_t* packet, bool* leave) {
  struct apic* a = &v->apic;
  switch (msr) {
    case MSR_TSC_DEADLINE:
      a->deadline = value;
      if (value == 0 || value > __rdtsc()) {
        arm(v);
      }
      return true;
    case X2APIC_ICR:
      *leave = command(v, value, packet);
      return true;
    case X2APIC_LVT_TIMER:
      a->lvt_timer = (uint32_t)value;
      restart(v);
      return true;
    case X2APIC_INITIAL_COUNT:
      a->initial_count = (uint32_t)value;
      restart(v);
      return true;
    case X2APIC_DIVIDE:
      a->divide = (uint32_t)value;
      restart(v);
      return true;
    case X2APIC_SELF_IPI:
      apic_raise(v, value & 0xff);
      return true;
    case MSR_APIC_BASE:
    case X2APIC_TPR:
    case X2APIC_EOI:
    case X2APIC_SVR:
    case X2APIC_ESR:
    case X2APIC_CMCI:
    case X2APIC_LVT_THERMAL:
    case X2APIC_LVT_PERFORMANCE:
    case X2APIC_LVT_LINT0:
    case X2APIC_LVT_LINT1:
    case X2APIC_LVT_ERROR:
      return true;
    default:
      return false;
  }
}

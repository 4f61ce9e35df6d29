// SPDX-License-Identifier: MIT
// A guest that runs on a thread of its own while the test does something to it.

#ifndef CTESTS_GUEST_RUNNING_H_
#define CTESTS_GUEST_RUNNING_H_

#include "guest_traps.h"

typedef struct running_guest {
  guest_fixture_t f;
  const char* start;
  const char* end;
  uint64_t rcx;
  bool exits_first;  // runs on after a clean exit
  uint32_t trap;  // kind of the trap on the page, or NO_TRAP
  zx_handle_t port;
  sem_t ready;
  pid_t tid;
  zx_status_t status;
  zx_port_packet_t packet;
  uint64_t rax;
  bool done;
} running_guest_t;

#define NO_TRAP 99u

// Makes a guest on its own thread, and runs it until its first exit after
// `ready`.
static inline void* run_guest(void* arg) {
  running_guest_t* g = arg;
  g->tid = gettid();
  bool fine = gf_set_up(&g->f, g->start, g->end);
  if (fine && g->trap != NO_TRAP) {
    EXPECT_OK(zx_guest_set_trap(g->f.guest, g->trap, TRAP_ADDR, PAGE_BYTES, g->port, TRAP_KEY));
  }
  if (fine) {
    zx_vcpu_state_t state;
    gf_read(&g->f, &state);
    state.rcx = g->rcx;
    gf_write(&g->f, &state);
    if (g->exits_first) RESUME_CLEAN_EXIT(&g->f);
  }
  sem_post(&g->ready);
  if (fine) {
    g->status = zx_vcpu_resume(g->f.vcpu, &g->packet);
    g->rax = gf_rax(&g->f);
  }
  __atomic_store_n(&g->done, true, __ATOMIC_SEQ_CST);
  return NULL;
}

static inline bool is_done(running_guest_t* g) {
  return __atomic_load_n(&g->done, __ATOMIC_SEQ_CST);
}

// Waits until the guest has counted that far; false after ten seconds.
static inline bool wait_count(const guest_fixture_t* f, uint64_t count) {
  for (int i = 0; i < 10000; i++) {
    if (gf_peek64(f, DATA_ADDR) >= count) return true;
    zx_nanosleep(zx_deadline_after(ZX_MSEC(1)));
  }
  return false;
}

// Waits until the guest's thread sleeps in the kernel: its VCPU is halted, or waits for something;
// false after ten seconds.
static inline bool wait_asleep(const running_guest_t* g) {
  for (int i = 0; i < 10000; i++) {
    if (ztest_asleep(g->tid)) return true;
    zx_nanosleep(zx_deadline_after(ZX_MSEC(1)));
  }
  return false;
}

#endif  // CTESTS_GUEST_RUNNING_H_

// SPDX-License-Identifier: MIT
// Threads suspended while they run a VCPU (hypervisor.md, sections 9 and 13.2: VcpuSuspendThread).

#include "vcpu_fixture.h"

#include <zircon/threads.h>

#include "objects.h"

#include "thread_fixture.h"

static volatile uint64_t* turns(const guest_fixture_t* f) {
  return (volatile uint64_t*)(uintptr_t)(f->host + vx_page(1) + VX_TURNS);
}

static void leave(const guest_fixture_t* f) {
  *(volatile uint64_t*)(uintptr_t)(f->host + vx_page(1) + VX_LEAVE) = 1;
}

static zx_handle_t suspend(zx_handle_t thread) {
  zx_handle_t token = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_task_suspend(thread, &token));
  EXPECT_OK(zx_object_wait_one(thread, ZX_THREAD_SUSPENDED, ZX_TIME_INFINITE, NULL));
  return token;
}

// Starts a second VCPU that does this.
static zx_handle_t begin(const guest_fixture_t* f, vx_thread_t* t, uint64_t operation) {
  memset(t, 0, sizeof(*t));
  t->number = 1;
  t->operation = operation;
  if (!EXPECT_TRUE(vx_start(t, f->guest, VX_AP_ENTRY, vx_boot_and_do))) return ZX_HANDLE_INVALID;
  vx_go(t);
  return thrd_get_zx_handle((thrd_t)t->thread);
}

TEST(vcpu_suspend_running_guest_stops_and_goes_on) {
  SERVER(f);
  vx_thread_t t;
  zx_handle_t thread = begin(&f, &t, VX_COMPUTE);
  while (*turns(&f) == 0) sched_yield();
  for (int i = 0; i < 10; i++) {
    zx_handle_t token = suspend(thread);
    uint64_t before = *turns(&f);
    zx_nanosleep(zx_deadline_after(ZX_MSEC(2)));
    EXPECT_EQ(*turns(&f), before);
    EXPECT_OK(zx_handle_close(token));
    while (*turns(&f) == before) sched_yield();
  }
  leave(&f);
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

TEST(vcpu_suspend_halted_guest_then_interrupt) {
  SERVER(f);
  vx_thread_t t;
  zx_handle_t thread = begin(&f, &t, VX_HLT_LOOP);
  EXPECT_TRUE(vx_wait_asleep(t.tid));
  zx_handle_t token = suspend(thread);
  uint64_t before = *turns(&f);
  EXPECT_OK(zx_vcpu_interrupt(t.vcpu, 40));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(2)));
  EXPECT_EQ(*turns(&f), before);
  leave(&f);
  EXPECT_FALSE(vx_done(&t));
  EXPECT_OK(zx_handle_close(token));
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

TEST(vcpu_suspend_kick_meanwhile_cancels_after_resume) {
  SERVER(f);
  vx_thread_t t;
  zx_handle_t thread = begin(&f, &t, VX_COMPUTE);
  while (*turns(&f) == 0) sched_yield();
  zx_handle_t token = suspend(thread);
  EXPECT_OK(zx_vcpu_kick(t.vcpu));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(2)));
  EXPECT_FALSE(vx_done(&t));
  EXPECT_OK(zx_handle_close(token));
  vx_join(&t);
  EXPECT_STATUS(t.status, ZX_ERR_CANCELED);
  gf_tear_down(&f);
}

// Guest memory is changed, which makes VCPUs leave the guest, while one of them stands still.
TEST(vcpu_suspend_does_not_keep_guest_memory_from_changing) {
  SERVER(f);
  vx_thread_t t;
  zx_handle_t thread = begin(&f, &t, VX_COMPUTE);
  while (*turns(&f) == 0) sched_yield();
  zx_handle_t token = suspend(thread);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  EXPECT_OK(zx_handle_close(token));
  leave(&f);
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

ZTEST_MAIN

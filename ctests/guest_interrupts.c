// SPDX-License-Identifier: MIT
// Which interrupts reach a guest and when, and the flags that programs write
// (hypervisor.md, sections 3.8 and 8). More of the kind in vcpu_interrupts.c.

#include "guest_running.h"

GUEST_CODE(interrupts_off);
GUEST_CODE(interrupts_return);
GUEST_CODE(hlt_interrupts_off);

// --- Interrupts -------------------------------------------------------------------

TEST(vcpu_interrupt_if_clear_delayed_until_sti) {
  GUEST(f, interrupts_off);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_NE(gf_rax(&f), INTERRUPT_VECTOR);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_NE(gf_rax(&f), INTERRUPT_VECTOR);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

TEST(vcpu_interrupt_two_pending_descending_order) {
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 32));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 48));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 40));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 48));  // already pending: once
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 48);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 40);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 32);
  // A later NMI finds nothing else pending.
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), NMI_VECTOR);
  gf_tear_down(&f);
}

// The interrupt that an NMI went before stays pending.
TEST(vcpu_interrupt_nmi_first_interrupt_kept) {
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 32));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), NMI_VECTOR);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 32);
  gf_tear_down(&f);
}

TEST(vcpu_interrupt_reserved_vector_not_supported_once) {
  static const uint32_t vectors[] = {21, 25, 31};
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  for (size_t i = 0; i < COUNT(vectors); i++) {
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, vectors[i]));
    gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
    RESUME_CLEAN_EXIT(&f);
    EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  }
  gf_tear_down(&f);
}

// Vector 0 is an exception like others.
TEST(vcpu_interrupt_every_exception_vector) {
  static const uint32_t vectors[] = {0, 1, 3, 4, 5, 6, 7, 9, 15, 16, 18, 19, 20};
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  for (size_t i = 0; i < COUNT(vectors); i++) {
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, vectors[i]));
    if (!EXPECT_TRUE(gf_resume_clean_exit(&f))) {
      printf("  vector %u\n", (unsigned)vectors[i]);
      break;
    }
    EXPECT_EQ(gf_rax(&f), vectors[i]);
  }
  gf_tear_down(&f);
}

// HLT goes on when anything is pending, even if it cannot be delivered.
TEST(vcpu_resume_hlt_if_clear_continues_when_pending) {
  GUEST(f, hlt_interrupts_off);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_NE(gf_rax(&f), INTERRUPT_VECTOR);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

TEST(vcpu_resume_hlt_if_clear_continues_when_interrupted) {
  REQUIRE_GUEST();
  running_guest_t g = {
      .start = hlt_interrupts_off_start, .end = hlt_interrupts_off_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_asleep(&g));
  EXPECT_FALSE(is_done(&g));
  EXPECT_OK(zx_vcpu_interrupt(g.f.vcpu, INTERRUPT_VECTOR));
  pthread_join(thread, NULL);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.guest_mem.addr, EXIT_TEST_ADDR);
  EXPECT_NE(g.rax, INTERRUPT_VECTOR);
  gf_tear_down(&g.f);
}

TEST(vcpu_interrupt_computing_guest_delivered) {
  REQUIRE_GUEST();
  for (int round = 0; round < 20; round++) {
    running_guest_t g = {
        .start = interrupts_return_start,
        .end = interrupts_return_end,
        .exits_first = true,
        .trap = NO_TRAP,
    };
    sem_init(&g.ready, 0, 0);
    pthread_t thread;
    ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
    sem_wait(&g.ready);
    if (round != 0) EXPECT_TRUE(wait_count(&g.f, 1));
    EXPECT_OK(zx_vcpu_interrupt(g.f.vcpu, INTERRUPT_VECTOR));
    pthread_join(thread, NULL);
    EXPECT_OK(g.status);
    EXPECT_EQ(g.packet.guest_mem.addr, EXIT_TEST_ADDR);
    EXPECT_EQ(g.rax, INTERRUPT_VECTOR);
    gf_tear_down(&g.f);
  }
}

// --- Flags -----------------------------------------------------------------------------

// Reading shows the user's flags only; writing needs bit 1 and keeps IF.
TEST(vcpu_write_state_flags_masked) {
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags & (RFLAGS_ONE | RFLAGS_IF), 0);
  state.rflags = ~0ull & ~0x100ull & ~0x4000ull;  // all but TF and NT
  gf_write(&f, &state);
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags, RFLAGS_USER & ~0x4100u);
  state.rflags = 0;
  gf_write(&f, &state);
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags, RFLAGS_USER & ~0x4100u);
  state.rflags = RFLAGS_ONE;
  gf_write(&f, &state);
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags, 0);
  // IF was kept.
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

ZTEST_MAIN

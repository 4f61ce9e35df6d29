// SPDX-License-Identifier: MIT
// Which pending vector is delivered when (hypervisor.md, sections 3.6, 7.10
// and 8), beyond guest_interrupts.c.

#include "vcpu_fixture.h"

#define VECTOR 0x40u
#define DEBUG_VECTOR 1u

static void raise_vector(zx_handle_t vcpu, uint32_t vector) {
  EXPECT_OK(zx_vcpu_interrupt(vcpu, vector));
}

// Where the server goes on after an exit.
static uint64_t stopped_at(void) {
  return GUEST_ENTRY + (uint64_t)(vx_server_stopped - vx_server_start);
}

static zx_vcpu_state_t state_of(const guest_fixture_t* f) {
  zx_vcpu_state_t s;
  gf_read(f, &s);
  return s;
}

// Runs until a handler stops, which must be that of the vector; RSP in it. Some
// hosts let the guest compute a little before they deliver.
static uint64_t expect_handler(const guest_fixture_t* f, uint32_t vector) {
  const uint64_t none = 0x5555;
  zx_vcpu_state_t s = state_of(f);
  s.rax = none;
  gf_write(f, &s);
  for (int i = 0; i < 200 && s.rax == none; i++) {
    if (!EXPECT_TRUE(gf_resume_clean_exit(f))) break;
    s = state_of(f);
  }
  EXPECT_EQ(s.rax, vector);
  return s.rsp;
}

// --- What the handler finds on its stack ------------------------------------------------

// Error code 0 for those that have one; the present RIP, also for 3 and 4.
TEST(vcpu_interrupt_frame_of_every_vector) {
  SERVER(f);
  char note[16];
  ztest_note = note;
  vx_simple(&f, VX_STI);
  for (uint32_t v = 0; v < 256; v++) {
    if (v >= 21 && v <= 31) continue;
    snprintf(note, sizeof(note), "vector %u", v);
    vx_set_handler(&f, v, VX_ON_EXIT);
    vx_tell(f.vcpu, VX_NOTHING, NULL);
    const uint64_t outer = state_of(&f).rsp;
    raise_vector(f.vcpu, v);
    uint64_t rsp = expect_handler(&f, v);
    if (vx_has_error_code(v)) {
      EXPECT_EQ(gf_peek64(&f, rsp), 0);
      rsp += 8;
    }
    EXPECT_EQ(rsp, (outer & ~15ull) - 40);
    EXPECT_EQ(gf_peek64(&f, rsp), stopped_at());
    EXPECT_EQ(gf_peek64(&f, rsp + 8), SEL_CODE64);
    EXPECT_EQ(gf_peek64(&f, rsp + 16) & 0x202, 0x202);  // IF was set
    EXPECT_EQ(gf_peek64(&f, rsp + 24), outer);
    RESUME_CLEAN_EXIT(&f);
  }
  ztest_note = NULL;
  gf_tear_down(&f);
}

// --- Selection -----------------------------------------------------------------------------

// All external vectors at once: highest first, each exactly once.
TEST(vcpu_interrupt_all_external_in_descending_order) {
  SERVER(f);
  vx_simple(&f, VX_STI);
  for (uint32_t v = 32; v < 256; v++) {
    vx_set_handler(&f, v, VX_ON_EXIT);
    raise_vector(f.vcpu, v);
    raise_vector(f.vcpu, v);
  }
  vx_tell(f.vcpu, VX_NOTHING, NULL);
  for (uint32_t v = 255; v >= 32; v--) expect_handler(&f, v);
  // None left.
  zx_vcpu_state_t s = state_of(&f);
  s.rax = 77;
  gf_write(&f, &s);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 77);
  gf_tear_down(&f);
}

// No in-service state: a vector is delivered again without EOI, also to its
// own handler if that sets IF.
TEST(vcpu_interrupt_needs_no_eoi) {
  SERVER(f);
  vx_simple(&f, VX_STI);
  for (uint64_t i = 1; i <= 20; i++) {
    raise_vector(f.vcpu, VECTOR);
    vx_simple(&f, VX_STI);
    EXPECT_EQ(vx_count(&f, 0, VECTOR), i);
  }
  gf_tear_down(&f);
}

// A lower vector while a handler of a higher one runs: after IRET.
TEST(vcpu_interrupt_in_handler_waits_for_iret) {
  SERVER(f);
  vx_set_handler(&f, VECTOR, VX_ON_EXIT);
  vx_set_handler(&f, VECTOR + 1, VX_ON_EXIT);
  vx_simple(&f, VX_STI);
  vx_tell(f.vcpu, VX_STI, NULL);
  raise_vector(f.vcpu, VECTOR);
  uint64_t rsp = expect_handler(&f, VECTOR);
  raise_vector(f.vcpu, VECTOR);
  raise_vector(f.vcpu, VECTOR + 1);
  EXPECT_EQ(expect_handler(&f, VECTOR + 1), rsp);
  EXPECT_EQ(expect_handler(&f, VECTOR), rsp);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// Exceptions wait behind an external vector that IF holds back.
TEST(vcpu_interrupt_blocked_external_holds_exceptions_back) {
  SERVER(f);
  raise_vector(f.vcpu, VECTOR);
  raise_vector(f.vcpu, EXCEPTION_VECTOR);
  EXPECT_EQ(vx_simple(&f, VX_NOTHING).r8, 0);
  EXPECT_EQ(vx_simple(&f, VX_NOTHING).r8, 0);
  EXPECT_EQ(vx_count(&f, 0, VECTOR), 0);
  // Then the external one is delivered and the exception is gone.
  EXPECT_EQ(vx_simple(&f, VX_STI).r8, 0);
  EXPECT_EQ(vx_count(&f, 0, VECTOR), 1);
  EXPECT_EQ(vx_simple(&f, VX_NOTHING).r8, 0);
  gf_tear_down(&f);
}

// An NMI is not held back, and it discards the exceptions.
TEST(vcpu_interrupt_nmi_passes_blocked_external) {
  SERVER(f);
  raise_vector(f.vcpu, VECTOR);
  raise_vector(f.vcpu, EXCEPTION_VECTOR);
  raise_vector(f.vcpu, 3);
  raise_vector(f.vcpu, NMI_VECTOR);
  EXPECT_EQ(vx_simple(&f, VX_NOTHING).r8, 0);
  EXPECT_EQ(vx_count(&f, 0, NMI_VECTOR), 1);
  EXPECT_EQ(vx_count(&f, 0, VECTOR), 0);
  EXPECT_EQ(vx_simple(&f, VX_STI).r8, 0);
  EXPECT_EQ(vx_count(&f, 0, VECTOR), 1);
  EXPECT_EQ(vx_count(&f, 0, NMI_VECTOR), 1);
  gf_tear_down(&f);
}

// The highest exception comes, the others are discarded, also with IF clear.
TEST(vcpu_interrupt_highest_exception_only) {
  SERVER(f);
  static const uint32_t vectors[] = {0, 1, 6, 13, 16};
  for (size_t i = 0; i < VX_COUNT_OF(vectors); i++) raise_vector(f.vcpu, vectors[i]);
  EXPECT_EQ(vx_simple(&f, VX_NOTHING).r8, 16);
  EXPECT_EQ(vx_simple(&f, VX_NOTHING).r8, 0);
  gf_tear_down(&f);
}

// Vectors 21 to 31 end a run, but only when their turn has come; nothing
// discards them.
TEST(vcpu_interrupt_reserved_vectors_wait_for_their_turn) {
  SERVER(f);
  for (uint32_t v = 21; v <= 31; v++) raise_vector(f.vcpu, v);
  raise_vector(f.vcpu, VECTOR);
  raise_vector(f.vcpu, EXCEPTION_VECTOR);
  EXPECT_EQ(vx_simple(&f, VX_NOTHING).r8, 0);  // behind the blocked external
  vx_set_handler(&f, VECTOR, VX_ON_EXIT);
  vx_tell(f.vcpu, VX_STI, NULL);
  expect_handler(&f, VECTOR);
  for (uint32_t v = 31; v >= 21; v--) gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(state_of(&f).r8, 0);
  gf_tear_down(&f);
}

// Raised before the guest has ever run.
TEST(vcpu_interrupt_before_first_resume_stays_pending) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up_code(&f, vx_server_start, vx_server_end));
  raise_vector(f.vcpu, VECTOR);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(vx_count(&f, 0, VECTOR), 0);
  vx_simple(&f, VX_STI);
  EXPECT_EQ(vx_count(&f, 0, VECTOR), 1);
  gf_tear_down(&f);
}

// The shadow of STI ends with the instruction that leaves the guest in it.
TEST(vcpu_interrupt_sti_shadow_over_after_exit) {
  SERVER(f);
  vx_set_handler(&f, VECTOR, VX_ON_EXIT);
  vx_tell(f.vcpu, VX_STI_SHADOW, NULL);
  RESUME_CLEAN_EXIT(&f);
  raise_vector(f.vcpu, VECTOR);
  expect_handler(&f, VECTOR);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// --- NMI in the handler of an NMI -------------------------------------------------------

TEST(vcpu_interrupt_nmi_in_nmi_handler_after_iret) {
  SERVER(f);
  vx_set_handler(&f, NMI_VECTOR, VX_ON_EXIT);
  vx_tell(f.vcpu, VX_NOTHING, NULL);
  raise_vector(f.vcpu, NMI_VECTOR);
  uint64_t rsp = expect_handler(&f, NMI_VECTOR);
  for (int i = 0; i < 5; i++) {
    raise_vector(f.vcpu, NMI_VECTOR);
    raise_vector(f.vcpu, NMI_VECTOR);
    // Not nested: on the same stack, and interrupting what came after IRET.
    EXPECT_EQ(expect_handler(&f, NMI_VECTOR), rsp);
    EXPECT_TRUE(gf_peek64(&f, rsp) < VX_HANDLERS);
  }
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

static void nmi_twice(vx_thread_t* t) {
  vx_boot_and_do(t);
  EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet));
  EXPECT_EQ(t->state.rax, NMI_VECTOR);
  raise_vector(t->vcpu, NMI_VECTOR);
  vx_resume_once(t);
}

// The guest computes after IRET and does not exit by itself.
TEST(vcpu_interrupt_nmi_in_nmi_handler_of_computing_guest) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_set_handler(&f, NMI_VECTOR, VX_ON_EXIT);
  vx_thread_t t = {.operation = VX_COMPUTE};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, nmi_twice));
  vx_go(&t);
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, 100));
  raise_vector(t.vcpu, NMI_VECTOR);
  for (int i = 0; i < 50000 && !vx_done(&t); i++) zx_nanosleep(zx_deadline_after(ZX_USEC(100)));
  if (!EXPECT_TRUE(vx_done(&t))) EXPECT_OK(zx_vcpu_kick(t.vcpu));
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  EXPECT_EQ(t.state.rax, NMI_VECTOR);
  gf_tear_down(&f);
}

// HLT in the handler goes on at once, since a vector is pending.
static void halt_in_nmi_handler(vx_thread_t* t) {
  vx_boot_and_do(t);
  EXPECT_EQ(t->state.rax, NMI_VECTOR);
  raise_vector(t->vcpu, NMI_VECTOR);
  vx_resume_once(t);
  raise_vector(t->vcpu, NMI_VECTOR);  // the same bit
  vx_resume_once(t);
}

TEST(vcpu_interrupt_blocked_nmi_wakes_hlt_in_nmi_handler) {
  SERVER(f);
  // RAX = 2, exit store, exit store, HLT, exit store, IRETQ.
  static const uint8_t store[] = {0x48, 0xc7, 0x04, 0x25, EXIT_TEST_ADDR & 0xff,
                                  EXIT_TEST_ADDR >> 8 & 0xff, EXIT_TEST_ADDR >> 16 & 0xff, 0,
                                  0, 0, 0, 0};
  const uint64_t code = DATA_ADDR + 0x800;
  volatile uint8_t* at = gf_memory(&f, code);
  vx_emit(&at, (const uint8_t[]){0xb8, NMI_VECTOR, 0, 0, 0}, 5);
  for (int i = 0; i < 2; i++) vx_emit(&at, store, sizeof(store));
  vx_emit(&at, (const uint8_t[]){0xf4}, 1);
  vx_emit(&at, store, sizeof(store));
  vx_emit(&at, (const uint8_t[]){0x48, 0xcf}, 2);
  gf_poke64(&f, VX_IDT + 16 * NMI_VECTOR, code | (uint64_t)SEL_CODE64 << 16 | 0x8e0000000000);
  vx_thread_t t = {.operation = VX_COMPUTE};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, halt_in_nmi_handler));
  vx_go(&t);
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, 100));
  raise_vector(t.vcpu, NMI_VECTOR);
  for (int i = 0; i < 50000 && !vx_done(&t); i++) zx_nanosleep(zx_deadline_after(ZX_USEC(100)));
  if (!EXPECT_TRUE(vx_done(&t))) EXPECT_OK(zx_vcpu_kick(t.vcpu));
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

// --- HLT ------------------------------------------------------------------------------------

// Whatever is pending wakes it, also with IF clear.
TEST(vcpu_interrupt_any_vector_wakes_hlt) {
  REQUIRE_GUEST();
  static const uint32_t vectors[] = {NMI_VECTOR, 0, 6, EXCEPTION_VECTOR, 32, 255};
  for (size_t i = 0; i < VX_COUNT_OF(vectors); i++) {
    guest_fixture_t f;
    ASSERT_TRUE(vx_set_up(&f));
    vx_thread_t t = {.operation = VX_HLT};
    EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, vx_boot_and_do));
    vx_go(&t);
    EXPECT_TRUE(vx_wait_asleep(t.tid));
    if (i % 2) raise_vector(f.vcpu, 32);  // that is another VCPU's
    raise_vector(t.vcpu, vectors[i]);
    vx_join(&t);
    EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
    EXPECT_EQ(vx_count(&f, 1, vectors[i]), vectors[i] == NMI_VECTOR ? 1 : 0);
    EXPECT_EQ(t.state.r8, vectors[i] < 32 && vectors[i] != NMI_VECTOR ? vectors[i] : 0);
    gf_tear_down(&f);
  }
}

// --- Storms -----------------------------------------------------------------------------------

#define SENDERS 4
#define RAISED 400

typedef struct storm {
  const guest_fixture_t* f;
  vx_thread_t* target;
  uint32_t vector;
  bool wait;
} storm_t;

// With `wait`, each vector is raised again only once it has been handled: then
// each must be handled exactly once. Without, the last one must be.
static void* send_storm(void* arg) {
  const storm_t* s = arg;
  const uint64_t counter = vx_page(1) + 8 * s->vector;
  for (uint64_t i = 1; i <= RAISED; i++) {
    raise_vector(s->target->vcpu, s->vector);
    if (s->wait && !EXPECT_TRUE(vx_wait64(s->f, counter, i))) return NULL;
  }
  if (s->wait) {
    EXPECT_EQ(gf_peek64(s->f, counter), RAISED);
  } else {
    // The one after all others are over is a new one.
    EXPECT_TRUE(vx_wait64(s->f, counter, 1));
    for (uint64_t i = 0, seen = gf_peek64(s->f, counter); i < 3; i++, seen++) {
      raise_vector(s->target->vcpu, s->vector);
      if (!EXPECT_TRUE(vx_wait64(s->f, counter, seen + 1))) return NULL;
    }
  }
  return NULL;
}

static void run_trapping(vx_thread_t* t) {
  vx_boot_and_do(t);
  while (t->status == ZX_OK && t->packet.key == TRAP_KEY) {
    t->number++;
    t->status = zx_vcpu_resume(t->vcpu, &t->packet);
  }
}

static void check_storm(uint64_t operation, bool wait) {
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  const bool traps = operation == VX_TURN || operation == VX_STEPS;
  vx_set_handler(&f, DEBUG_VECTOR, VX_ON_COUNT);
  if (traps) {
    EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  }
  vx_thread_t t = {.operation = operation};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, run_trapping));
  storm_t storms[SENDERS];
  pthread_t threads[SENDERS];
  vx_go(&t);
  for (uint32_t i = 0; i < SENDERS; i++) {
    storms[i] = (storm_t){&f, &t, VECTOR + i, wait};
    EXPECT_EQ(pthread_create(&threads[i], NULL, send_storm, &storms[i]), 0);
  }
  for (int i = 0; i < SENDERS; i++) pthread_join(threads[i], NULL);
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  raise_vector(t.vcpu, 0xf0);
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  if (traps) EXPECT_NE(t.number, 0);
  for (uint32_t i = 0; i < SENDERS; i++) {
    if (wait) EXPECT_EQ(vx_count(&f, 1, VECTOR + i), RAISED);
  }
  gf_tear_down(&f);
}

// Interrupt objects are virtual here and cannot be bound, in whatever state.
TEST(interrupt_bind_vcpu_virtual_interrupt_not_supported) {
  SERVER(f);
  zx_handle_t interrupt, port, reader;
  ASSERT_OK(zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, &interrupt));
  ASSERT_OK(zx_port_create(ZX_PORT_BIND_TO_INTERRUPT, &port));
  ASSERT_OK(zx_handle_duplicate(f.vcpu, ZX_RIGHT_READ, &reader));
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, f.vcpu, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, reader, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, f.guest, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, f.vcpu, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_interrupt_bind(interrupt, port, 1, ZX_INTERRUPT_BIND));
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, f.vcpu, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, f.vcpu, 0), ZX_ERR_NOT_SUPPORTED);
  vx_simple(&f, VX_NOTHING);
  EXPECT_OK(zx_handle_close(interrupt));
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(reader));
  gf_tear_down(&f);
}

TEST(vcpu_interrupt_storm_computing_guest_none_lost) {
  REQUIRE_GUEST();
  check_storm(VX_COMPUTE, true);
  check_storm(VX_COMPUTE, false);
}

TEST(vcpu_interrupt_storm_halted_guest_none_lost) {
  REQUIRE_GUEST();
  check_storm(VX_HLT_LOOP, true);
  check_storm(VX_HLT_LOOP, false);
}

TEST(vcpu_interrupt_storm_trapping_guest_none_lost) {
  REQUIRE_GUEST();
  check_storm(VX_TURN, true);
  check_storm(VX_TURN, false);
}

// While KVM finishes an instruction it raises an exception: #GP, or #DB of a single step.
TEST(vcpu_interrupt_storm_faulting_guest_none_lost) {
  REQUIRE_GUEST();
  check_storm(VX_FAULTS, true);
  check_storm(VX_FAULTS, false);
}

TEST(vcpu_interrupt_storm_stepping_guest_none_lost) {
  REQUIRE_GUEST();
  check_storm(VX_STEPS, true);
  check_storm(VX_STEPS, false);
}

// The second vector of a pair may come after the first has been given to the processor and before the guest is
// entered with it. Nothing else gets the guest out then.
TEST(vcpu_interrupt_second_before_entry_with_first_delivered) {
  REQUIRE_GUEST();
  enum { PAIRS = 2000, GAPS = 500 };
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t = {.operation = VX_COMPUTE};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, vx_boot_and_do));
  vx_go(&t);
  bool delivered = vx_wait64(&f, vx_page(1) + VX_TURNS, 1);
  for (uint64_t i = 1; delivered && i <= PAIRS; i++) {
    raise_vector(t.vcpu, VECTOR);
    const zx_time_t next = zx_clock_get_monotonic() + ZX_NSEC(100) * (int64_t)(i % GAPS);
    while (zx_clock_get_monotonic() < next) {
    }
    raise_vector(t.vcpu, VECTOR + 1);
    for (uint32_t v = VECTOR; v < VECTOR + 2; v++) {
      delivered = EXPECT_TRUE(vx_wait64(&f, vx_page(1) + 8 * v, i)) && delivered;
    }
  }
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  raise_vector(t.vcpu, 0xf0);
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

// An NMI may be held back by the shadow of STI in front of HLT; it must wake the guest all the same.
TEST(vcpu_interrupt_nmis_at_sti_hlt_none_lost) {
  REQUIRE_GUEST();
  enum { NMIS = 3000, GAPS = 300 };
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t = {.operation = VX_HLT_LOOP};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, vx_boot_and_do));
  vx_go(&t);
  bool delivered = vx_wait64(&f, vx_page(1) + VX_TURNS, 1);
  for (uint64_t i = 1; delivered && i <= NMIS; i++) {
    // The NMI finds the guest somewhere on its way from the last HLT to the next.
    raise_vector(t.vcpu, VECTOR);
    const zx_time_t next = zx_clock_get_monotonic() + ZX_NSEC(100) * (int64_t)(i % GAPS);
    while (zx_clock_get_monotonic() < next) {
    }
    raise_vector(t.vcpu, NMI_VECTOR);
    delivered = EXPECT_TRUE(vx_wait64(&f, vx_page(1) + 8 * NMI_VECTOR, i)) &&
                EXPECT_TRUE(vx_wait64(&f, vx_page(1) + 8 * VECTOR, i));
  }
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  raise_vector(t.vcpu, 0xf0);
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

// RDMSR that faults: KVM has an exception of its own to deliver first when one is raised meanwhile. The handler
// has interrupts off and waits for the other one, which they do not hold back.
TEST(vcpu_interrupt_exception_during_another_delivered_with_interrupts_off) {
  REQUIRE_GUEST();
  enum { RAISES = 2000, GAPS = 400, UNUSED_VECTOR = 0xe0 };
  static const uint8_t wait_for_next[] = {
      0x49, 0x8b, 0x87, 8 * EXCEPTION_VECTOR, 0, 0, 0,  // mov 8 * 16(%r15), %rax
      0x49, 0x39, 0x87, 8 * EXCEPTION_VECTOR, 0, 0, 0,  // 1: cmp %rax, 8 * 16(%r15)
      0x74, 0xf7,                                       // je 1b
      0x48, 0x83, 0xc4, 0x08,                           // add $8, %rsp
      0x4c, 0x89, 0x0c, 0x24,                           // mov %r9, (%rsp)
      0x48, 0xcf};                                      // iretq
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_set_handler(&f, EXCEPTION_VECTOR, VX_ON_COUNT);
  const uint64_t handler = VX_HANDLERS + VX_HANDLER_BYTES * UNUSED_VECTOR;
  memcpy((void*)gf_memory(&f, handler), wait_for_next, sizeof(wait_for_next));
  vx_thread_t t = {.operation = VX_FAULTS};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, vx_boot_and_do));
  vx_go(&t);
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, 1));
  const uint64_t gate = VX_IDT + 16 * GP_VECTOR;
  gf_poke64(&f, gate, (gf_peek64(&f, gate) & ~0xffffull) | handler);
  const uint64_t counter = vx_page(1) + 8 * EXCEPTION_VECTOR;
  const zx_time_t end = zx_deadline_after(ZX_SEC(20));
  for (uint64_t i = 1; i <= RAISES && zx_clock_get_monotonic() < end; i++) {
    raise_vector(t.vcpu, EXCEPTION_VECTOR);
    while (gf_peek64(&f, counter) < i && zx_clock_get_monotonic() < end) {
    }
    const zx_time_t next = zx_clock_get_monotonic() + ZX_NSEC(500) * (int64_t)(i % GAPS);
    while (zx_clock_get_monotonic() < next) {
    }
  }
  EXPECT_TRUE(gf_peek64(&f, counter) == RAISES);
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  while (!__atomic_load_n(&t.done, __ATOMIC_SEQ_CST)) {
    raise_vector(t.vcpu, EXCEPTION_VECTOR);
    zx_nanosleep(zx_deadline_after(ZX_USEC(100)));
  }
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

ZTEST_MAIN

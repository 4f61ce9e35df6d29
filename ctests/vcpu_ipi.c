// SPDX-License-Identifier: MIT
// Interrupts between VCPUs, which the program carries (hypervisor.md, sections
// 5.5, 7.7 and 13.3: VcpuIpi).

#include "vcpu_fixture.h"

#define ICR 0x830u
#define SELF_IPI 0x83fu
#define VECTOR 0x66u
#define NMI_MODE 0x400u
#define SELF (1u << 18)
#define ALL (2u << 18)
#define OTHERS (3u << 18)
#define NONE 0u

// The boot VCPU and `count` more, with APIC ids from 1.
static bool set_up(guest_fixture_t* f, vx_thread_t* t, int count) {
  bool fine = vx_set_up(f);
  for (int i = 0; fine && i < count; i++) {
    t[i].number = (uint64_t)i + 1;
    fine = vx_start(&t[i], f->guest, 0, NULL);
  }
  return fine;
}

static void tear_down(guest_fixture_t* f, vx_thread_t* t, int count) {
  for (int i = 0; i < count; i++) {
    vx_go(&t[i]);
    vx_join(&t[i]);
  }
  gf_tear_down(f);
}

// Writes to the ICR of a VCPU of the calling thread and compares the packet.
static void expect_interrupt(zx_handle_t vcpu, uint32_t high, uint32_t low, uint64_t mask,
                             uint8_t vector) {
  zx_vcpu_state_t s = {.rcx = ICR, .rax = low, .rdx = high};
  zx_port_packet_t packet, expected;
  vx_tell(vcpu, VX_WRMSR, &s);
  memset(&packet, 0xa5, sizeof(packet));
  memset(&expected, 0, sizeof(expected));
  expected.type = ZX_PKT_TYPE_GUEST_VCPU;
  expected.guest_vcpu.type = ZX_PKT_GUEST_VCPU_INTERRUPT;
  expected.guest_vcpu.interrupt.mask = mask;
  expected.guest_vcpu.interrupt.vector = vector;
  EXPECT_OK(zx_vcpu_resume(vcpu, &packet));
  EXPECT_BYTES(&packet, &expected, sizeof(packet));
  // The instruction is over.
  EXPECT_OK(zx_vcpu_resume(vcpu, &packet));
  EXPECT_TRUE(vx_is_clean_exit(ZX_OK, &packet));
}

// VcpuIpi, the rows in order.
TEST(vcpu_ipi_masks_of_every_shorthand) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  vx_thread_t t[4];
  ASSERT_TRUE(set_up(&f, t, 4));
  static const struct {
    uint32_t high, low;
    uint64_t mask;
    uint8_t vector;
  } rows[] = {
      {0, ALL | VECTOR, UINT64_MAX, VECTOR},
      {0, SELF | VECTOR, 1, VECTOR},
      {0, OTHERS | VECTOR, ~1ull, VECTOR},
      {2, NONE | VECTOR, 4, VECTOR},
      {0xffffffff, NONE | VECTOR, UINT64_MAX, VECTOR},
      {64, NONE | VECTOR, 0, VECTOR},
      {0, ALL | NMI_MODE, ~1ull, NMI_VECTOR},
      {0, SELF | NMI_MODE, 0, NMI_VECTOR},
      {0, OTHERS | NMI_MODE, ~1ull, NMI_VECTOR},
      {2, NONE | NMI_MODE, 4, NMI_VECTOR},
      // Beyond the reference table.
      {0, NONE | NMI_MODE, 0, NMI_VECTOR},
      {0xffffffff, NONE | NMI_MODE, ~1ull, NMI_VECTOR},
      {63, NONE | VECTOR, 1ull << 63, VECTOR},
      {0xfffffffe, NONE | VECTOR, 0, VECTOR},
      {0x40, ALL | VECTOR, UINT64_MAX, VECTOR},
      {0, NONE | 0xff, 1, 0xff},
      {0, NONE | 0, 1, 0},
      {0, OTHERS | NMI_MODE | 0x77, ~1ull, NMI_VECTOR},
      {3, NONE | 0x4000 | VECTOR, 8, VECTOR},  // level assert
  };
  for (size_t i = 0; i < VX_COUNT_OF(rows); i++) {
    char note[32];
    snprintf(note, sizeof(note), "row %zu", i + 1);
    ztest_note = note;
    expect_interrupt(f.vcpu, rows[i].high, rows[i].low, rows[i].mask, rows[i].vector);
    ztest_note = NULL;
  }
  // Nobody was interrupted by the library itself.
  for (uint32_t v = 32; v < 256; v++) EXPECT_EQ(vx_count(&f, 0, v), 0);
  tear_down(&f, t, 4);
}

static void send_from_secondary(vx_thread_t* t) {
  if (!vx_boot(t)) return;
  const uint64_t own = 1ull << t->number;
  expect_interrupt(t->vcpu, 0, SELF | VECTOR, own, VECTOR);
  expect_interrupt(t->vcpu, 0, ALL | VECTOR, UINT64_MAX, VECTOR);
  expect_interrupt(t->vcpu, 0, OTHERS | VECTOR, ~own, VECTOR);
  expect_interrupt(t->vcpu, 0, OTHERS | NMI_MODE, ~own, NMI_VECTOR);
  expect_interrupt(t->vcpu, 0xffffffff, NONE | NMI_MODE, ~own, NMI_VECTOR);
  expect_interrupt(t->vcpu, 0, NONE | VECTOR, 1, VECTOR);
}

TEST(vcpu_ipi_own_bit_is_that_of_the_sender) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  vx_thread_t t[2];
  ASSERT_TRUE(set_up(&f, t, 0));
  for (int i = 0; i < 2; i++) {
    t[i].number = (uint64_t)i + 1;
    EXPECT_TRUE(vx_start(&t[i], f.guest, VX_AP_ENTRY, send_from_secondary));
  }
  tear_down(&f, t, 2);
}

TEST(vcpu_ipi_init_is_ignored) {
  SERVER(f);
  EXPECT_EQ(vx_wrmsr(&f, ICR, 1ull << 32 | 0x4500), 0);
  EXPECT_EQ(vx_wrmsr(&f, ICR, 0x8500), 0);           // level de-assert
  EXPECT_EQ(vx_wrmsr(&f, ICR, OTHERS | 0x4500), 0);
  gf_tear_down(&f);
}

TEST(vcpu_ipi_startup_packet_fields) {
  SERVER(f);
  static const struct {
    uint32_t high, low;
    uint64_t id, entry;
  } rows[] = {{1, 0x4600 | 0x9a, 1, 0x9a000},
              {0, 0x600, 0, 0},
              {63, 0x6ff, 63, 0xff000},
              {0x12345678, 0x601, 0x12345678, 0x1000}};
  for (size_t i = 0; i < VX_COUNT_OF(rows); i++) {
    zx_vcpu_state_t s = {.rcx = ICR, .rax = rows[i].low, .rdx = rows[i].high};
    zx_port_packet_t packet, expected;
    vx_tell(f.vcpu, VX_WRMSR, &s);
    memset(&packet, 0xa5, sizeof(packet));
    memset(&expected, 0, sizeof(expected));
    expected.type = ZX_PKT_TYPE_GUEST_VCPU;
    expected.guest_vcpu.type = ZX_PKT_GUEST_VCPU_STARTUP;
    expected.guest_vcpu.startup.id = rows[i].id;
    expected.guest_vcpu.startup.entry = rows[i].entry;
    EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
    EXPECT_BYTES(&packet, &expected, sizeof(packet));
    RESUME_CLEAN_EXIT(&f);
  }
  gf_tear_down(&f);
}

// Logical destination; SMI, lowest priority and reserved delivery. The
// instruction stays where it is.
TEST(vcpu_ipi_unsupported_not_supported_at_instruction) {
  SERVER(f);
  static const uint32_t refused[] = {0x800 | VECTOR, 0xc00,        0x900 | VECTOR,
                                     0x100 | VECTOR, 0x200,        0x300 | VECTOR,
                                     0x700 | VECTOR, ALL | 0x100, SELF | 0x800 | VECTOR};
  for (size_t i = 0; i < VX_COUNT_OF(refused); i++) {
    vx_wrmsr_fails(&f, ICR, 1ull << 32 | refused[i], ZX_ERR_NOT_SUPPORTED);
  }
  gf_tear_down(&f);
}

// The only register that interrupts by itself.
TEST(vcpu_self_ipi_is_delivered_to_its_own_vcpu) {
  SERVER(f);
  vx_simple(&f, VX_STI);
  static const uint8_t vectors[] = {32, 0x66, 0xff, 0x80};
  for (size_t i = 0; i < VX_COUNT_OF(vectors); i++) {
    EXPECT_EQ(vx_wrmsr(&f, SELF_IPI, vectors[i]), 0);
    EXPECT_EQ(vx_count(&f, 0, vectors[i]), 1);
  }
  // Only the low 8 bits count, and EDX must be 0.
  EXPECT_EQ(vx_wrmsr(&f, SELF_IPI, 0xfff00 | 0x70), 0);
  EXPECT_EQ(vx_count(&f, 0, 0x70), 1);
  EXPECT_EQ(vx_wrmsr(&f, SELF_IPI, 1ull << 32 | 0x71), GP_VECTOR);
  vx_simple(&f, VX_NOTHING);
  EXPECT_EQ(vx_count(&f, 0, 0x71), 0);
  // An exception and NMI, as by zx_vcpu_interrupt.
  EXPECT_EQ(vx_wrmsr(&f, SELF_IPI, EXCEPTION_VECTOR), EXCEPTION_VECTOR);
  EXPECT_EQ(vx_wrmsr(&f, SELF_IPI, NMI_VECTOR), 0);
  EXPECT_EQ(vx_count(&f, 0, NMI_VECTOR), 1);
  gf_tear_down(&f);
}

TEST(vcpu_self_ipi_waits_for_sti) {
  SERVER(f);
  EXPECT_EQ(vx_wrmsr(&f, SELF_IPI, 0x50), 0);
  EXPECT_EQ(vx_wrmsr(&f, SELF_IPI, 0x50), 0);
  EXPECT_EQ(vx_count(&f, 0, 0x50), 0);
  vx_simple(&f, VX_STI);
  EXPECT_EQ(vx_count(&f, 0, 0x50), 1);
  gf_tear_down(&f);
}

// The whole way: one VCPU's ICR, the program, another VCPU's handler.
TEST(vcpu_ipi_carried_by_program_wakes_halted_vcpu) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t = {.operation = VX_HLT_LOOP};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, vx_boot_and_do));
  vx_go(&t);
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, 1));
  for (uint64_t i = 1; i <= 200; i++) {
    expect_interrupt(f.vcpu, 1, VECTOR, 2, VECTOR);
    EXPECT_OK(zx_vcpu_interrupt(t.vcpu, VECTOR));
    if (!EXPECT_TRUE(vx_wait64(&f, vx_page(1) + 8 * VECTOR, i))) break;
    EXPECT_EQ(vx_count(&f, 1, VECTOR), i);
  }
  // It may see that it is to leave before it halts again, or be woken to see it.
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  EXPECT_OK(zx_vcpu_interrupt(t.vcpu, VECTOR));
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Memory of a guest that is mapped over or protected while a VCPU uses it: the
// VCPU finds the old or the new, never a hole (hypervisor.md, section 4).

#include "vcpu_fixture.h"

#define TIMES 400
#define RX (ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE)
#define RWX (VX_RW | ZX_VM_PERM_EXECUTE)

// A guest whose second VCPU counts turns and stores to TRAP_ADDR, and another
// page for that place or for the code.
typedef struct busy {
  guest_fixture_t f;
  vx_thread_t t;
  zx_handle_t other;
} busy_t;

static bool set_up(busy_t* b) {
  memset(b, 0, sizeof(*b));
  b->t.operation = VX_TURN;
  return EXPECT_TRUE(vx_set_up(&b->f)) && EXPECT_OK(zx_vmo_create(PAGE_BYTES, 0, &b->other)) &&
         EXPECT_OK(zx_vmo_replace_as_executable(b->other, ZX_HANDLE_INVALID, &b->other)) &&
         EXPECT_TRUE(vx_start(&b->t, b->f.guest, VX_AP_ENTRY, vx_boot_and_do));
}

// From here on it runs.
static void go(busy_t* b) {
  vx_go(&b->t);
  EXPECT_TRUE(vx_wait64(&b->f, vx_page(1) + VX_TURNS, 1));
}

// Until it has made some turns more; false when it no longer runs.
static bool turns(busy_t* b) {
  uint64_t seen = gf_peek64(&b->f, vx_page(1) + VX_TURNS);
  return !vx_done(&b->t) && vx_wait64(&b->f, vx_page(1) + VX_TURNS, seen + 2);
}

static void tear_down(busy_t* b) {
  gf_poke64(&b->f, vx_page(1) + VX_LEAVE, 1);
  EXPECT_OK(zx_vcpu_interrupt(b->t.vcpu, 0x50));
  vx_join(&b->t);
  // No status but that of the exit after the last turn.
  EXPECT_OK(b->t.status);
  EXPECT_TRUE(vx_is_clean_exit(b->t.status, &b->t.packet));
  EXPECT_OK(zx_handle_close(b->other));
  gf_tear_down(&b->f);
}

// The page at `gpa` is by turns that of the guest's memory and another one.
static void replace(busy_t* b, uint64_t gpa) {
  for (int i = 0; i < TIMES && !vx_done(&b->t); i++) {
    const bool other = i % 2 == 0;
    zx_vaddr_t at = 0;
    EXPECT_OK(zx_vmar_map(b->f.vmar, RWX | ZX_VM_SPECIFIC_OVERWRITE, gpa,
                          other ? b->other : b->f.vmo, other ? 0 : gpa, PAGE_BYTES, &at));
    EXPECT_EQ(at, gpa);
    if (i % 50 == 0) EXPECT_TRUE(turns(b));
  }
}

TEST(vcpu_running_data_page_mapped_over_is_never_a_hole) {
  REQUIRE_GUEST();
  static busy_t b;
  ASSERT_TRUE(set_up(&b));
  go(&b);
  replace(&b, TRAP_ADDR);
  // What is mapped last gets the stores.
  uint64_t word = 0;
  EXPECT_OK(zx_vmo_write(b.other, &word, 0, sizeof(word)));
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_map(b.f.vmar, RWX | ZX_VM_SPECIFIC_OVERWRITE, TRAP_ADDR, b.other, 0,
                        PAGE_BYTES, &at));
  gf_poke64(&b.f, TRAP_ADDR, 9);
  EXPECT_TRUE(turns(&b));
  EXPECT_OK(zx_vmo_read(b.other, &word, 0, sizeof(word)));
  EXPECT_EQ(word, 5);
  EXPECT_EQ(gf_peek64(&b.f, TRAP_ADDR), 9);
  tear_down(&b);
}

TEST(vcpu_running_code_page_mapped_over_is_never_a_hole) {
  REQUIRE_GUEST();
  static busy_t b;
  ASSERT_TRUE(set_up(&b));
  EXPECT_OK(zx_vmo_write(b.other, (void*)(b.f.host + GUEST_ENTRY), 0, PAGE_BYTES));
  go(&b);
  replace(&b, GUEST_ENTRY);
  tear_down(&b);
}

TEST(vcpu_running_page_table_mapped_over_is_never_a_hole) {
  REQUIRE_GUEST();
  static busy_t b;
  ASSERT_TRUE(set_up(&b));
  EXPECT_OK(zx_vmo_write(b.other, (void*)(b.f.host + PDPT_ADDR), 0, PAGE_BYTES));
  go(&b);
  replace(&b, PDPT_ADDR);
  tear_down(&b);
}

TEST(vcpu_running_code_page_protected_is_never_a_hole) {
  REQUIRE_GUEST();
  static busy_t b;
  ASSERT_TRUE(set_up(&b));
  go(&b);
  for (int i = 0; i < TIMES && !vx_done(&b.t); i++) {
    EXPECT_OK(zx_vmar_protect(b.f.vmar, i % 2 ? RWX : RX, GUEST_ENTRY, PAGE_BYTES));
    if (i % 50 == 0) EXPECT_TRUE(turns(&b));
  }
  tear_down(&b);
}

// A mapping that cannot be made leaves what was there.
TEST(vmar_map_guest_over_with_bad_arguments_changes_nothing) {
  REQUIRE_GUEST();
  static busy_t b;
  ASSERT_TRUE(set_up(&b));
  go(&b);
  zx_vaddr_t at;
  const uint32_t over = RWX | ZX_VM_SPECIFIC_OVERWRITE;
  EXPECT_STATUS(zx_vmar_map(b.f.vmar, over, TRAP_ADDR, b.other, 1, PAGE_BYTES, &at),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_map(b.f.vmar, over | ZX_VM_SPECIFIC, TRAP_ADDR + 1, b.other, 0, PAGE_BYTES,
                            &at),
                ZX_ERR_INVALID_ARGS);
  EXPECT_TRUE(turns(&b));
  EXPECT_EQ(gf_peek64(&b.f, TRAP_ADDR), 5);
  tear_down(&b);
}

ZTEST_MAIN

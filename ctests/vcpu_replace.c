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

// So is a page that a trap takes away: the next packet is the trap's. The page
// is a mapping of its own, which goes as a whole.
TEST(vcpu_running_data_page_trapped_is_never_a_hole) {
  REQUIRE_GUEST();
  for (int round = 0; round < 60; round++) {
    static busy_t b;
    ASSERT_TRUE(set_up(&b));
    zx_vaddr_t at;
    EXPECT_OK(zx_vmar_map(b.f.vmar, RWX | ZX_VM_SPECIFIC_OVERWRITE, TRAP_ADDR, b.other, 0,
                          PAGE_BYTES, &at));
    go(&b);
    EXPECT_OK(zx_guest_set_trap(b.f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
    vx_join(&b.t);
    EXPECT_OK(b.t.status);
    EXPECT_EQ(b.t.packet.type, ZX_PKT_TYPE_GUEST_MEM);
    EXPECT_EQ(b.t.packet.key, TRAP_KEY);
    EXPECT_EQ(b.t.packet.guest_mem.addr, TRAP_ADDR);
    EXPECT_OK(zx_handle_close(b.other));
    gf_tear_down(&b.f);
  }
}

// --- Changes that the guest does notice -----------------------------------------------------

static void protect_read(busy_t* b) {
  EXPECT_OK(zx_vmar_protect(b->f.vmar, ZX_VM_PERM_READ, TRAP_ADDR, PAGE_BYTES));
}

static void protect_nothing(busy_t* b) {
  EXPECT_OK(zx_vmar_protect(b->f.vmar, 0, TRAP_ADDR, PAGE_BYTES));
}

static void unmap(busy_t* b) { EXPECT_OK(zx_vmar_unmap(b->f.vmar, TRAP_ADDR, PAGE_BYTES)); }

static void map_over_behind_vmo(busy_t* b) {
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_map(b->f.vmar, VX_RW | ZX_VM_SPECIFIC_OVERWRITE, TRAP_ADDR, b->other,
                        16 * PAGE_BYTES, PAGE_BYTES, &at));
}

static void map_over_read_only(busy_t* b) {
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_map(b->f.vmar, RX | ZX_VM_SPECIFIC_OVERWRITE, TRAP_ADDR, b->other, 0,
                        PAGE_BYTES, &at));
}

// A region in a region, with a mapping, at the place; its handles are closed.
static zx_handle_t region_for_page(busy_t* b) {
  const uint32_t can = ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC;
  zx_handle_t outer = ZX_HANDLE_INVALID, inner = ZX_HANDLE_INVALID;
  zx_vaddr_t at;
  unmap(b);
  EXPECT_OK(zx_vmar_allocate(b->f.vmar, can | ZX_VM_SPECIFIC, TRAP_ADDR, PAGE_BYTES, &outer, &at));
  EXPECT_EQ(at, TRAP_ADDR);
  EXPECT_OK(zx_vmar_allocate(outer, can | ZX_VM_SPECIFIC, 0, PAGE_BYTES, &inner, &at));
  EXPECT_OK(zx_vmar_map(inner, VX_RW | ZX_VM_SPECIFIC, 0, b->other, 0, PAGE_BYTES, &at));
  EXPECT_EQ(at, TRAP_ADDR);
  EXPECT_OK(zx_handle_close(inner));
  return outer;
}

static void destroy_region(busy_t* b, zx_handle_t region) {
  (void)b;
  EXPECT_OK(zx_vmar_destroy(region));
}

static void unmap_region(busy_t* b, zx_handle_t region) {
  (void)region;
  EXPECT_OK(zx_vmar_unmap(b->f.vmar, TRAP_ADDR, PAGE_BYTES));
}

TEST(vmar_change_under_running_vcpu_ends_its_run) {
  REQUIRE_GUEST();
  static const struct {
    const char* note;
    void (*change)(busy_t*);
    void (*change_region)(busy_t*, zx_handle_t);
    zx_status_t status;
  } cases[] = {
      {"protect, read only", protect_read, NULL, ZX_ERR_ACCESS_DENIED},
      {"protect, nothing", protect_nothing, NULL, ZX_ERR_ACCESS_DENIED},
      {"unmap", unmap, NULL, ZX_ERR_NOT_FOUND},
      {"map over, behind the VMO", map_over_behind_vmo, NULL, ZX_ERR_OUT_OF_RANGE},
      {"map over, read only", map_over_read_only, NULL, ZX_ERR_ACCESS_DENIED},
      {"destroy a region", NULL, destroy_region, ZX_ERR_NOT_FOUND},
      {"unmap a region", NULL, unmap_region, ZX_ERR_NOT_FOUND},
  };
  for (size_t i = 0; i < VX_COUNT_OF(cases); i++) {
    static busy_t b;
    ztest_note = cases[i].note;
    ASSERT_TRUE(set_up(&b));
    zx_handle_t region = cases[i].change ? ZX_HANDLE_INVALID : region_for_page(&b);
    go(&b);
    if (cases[i].change) {
      cases[i].change(&b);
    } else {
      cases[i].change_region(&b, region);
    }
    vx_join(&b.t);
    EXPECT_STATUS(b.t.status, cases[i].status);
    EXPECT_OK(zx_handle_close(region));
    EXPECT_OK(zx_handle_close(b.other));
    gf_tear_down(&b.f);
  }
  ztest_note = NULL;
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

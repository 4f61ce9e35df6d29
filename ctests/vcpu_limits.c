// SPDX-License-Identifier: MIT
// The ends of a guest's address space (hypervisor.md, sections 3.2 and 4), as
// far as the processor's physical addresses reach.

#include "vcpu_fixture.h"

#define GUEST_SIZE (1ull << 48)
#define LARGE_PAGE 0x200000ull
// Linear addresses behind the first GiB, and the table for them.
#define WINDOW 0x40000000ull
#define WINDOW_TABLE 0x101000ull
#define PAGE_FAULT_VECTOR 14

// Shows the guest the large page with this address at the start of the window.
static void show(const guest_fixture_t* f, uint64_t gpa) {
  gf_poke64(f, PDPT_ADDR + 8, WINDOW_TABLE | PTE_ALL);
  gf_poke64(f, WINDOW_TABLE, gpa | PTE_ALL | PTE_LARGE);
  zx_vcpu_state_t s = {.rax = 0};
  EXPECT_TRUE(vx_do(f, VX_READ_CR4, &s));
  s.rax ^= 0x80;  // a change of PGE forgets what was translated
  EXPECT_TRUE(vx_do(f, VX_WRITE_CR4, &s));
}

static uint32_t address_bits(const guest_fixture_t* f) {
  zx_vcpu_state_t s = {.rax = 0x80000008};
  EXPECT_TRUE(vx_do(f, VX_CPUID, &s));
  return s.rax & 0xff;
}

// The next resume stores 7 there.
static void store_at(const guest_fixture_t* f, uint64_t linear) {
  zx_vcpu_state_t s = {.rax = linear, .rcx = 1, .rdx = 7};
  vx_tell(f->vcpu, VX_BELLS, &s);
}

TEST(guest_set_trap_last_page_gets_its_accesses) {
  SERVER(f);
  const uint32_t bits = address_bits(&f);
  if (bits < 48) {
    gf_tear_down(&f);
    SKIP("physical addresses of this processor end before those of guests");
  }
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, GUEST_SIZE - PAGE_BYTES, PAGE_BYTES, 0,
                              TRAP_KEY));
  show(&f, GUEST_SIZE - LARGE_PAGE);
  static const uint64_t offsets[] = {PAGE_BYTES, PAGE_BYTES / 2, 8};
  zx_port_packet_t packet;
  for (size_t i = 0; i < VX_COUNT_OF(offsets); i++) {
    store_at(&f, WINDOW + LARGE_PAGE - offsets[i]);
    EXPECT_TRUE(gf_resume_mem(&f, &packet, TRAP_KEY, GUEST_SIZE - offsets[i]));
    RESUME_CLEAN_EXIT(&f);
  }
  // In front of it there is nothing.
  store_at(&f, WINDOW + LARGE_PAGE - PAGE_BYTES - 8);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_tear_down(&f);
}

TEST(vcpu_resume_last_page_of_memory_is_used) {
  SERVER(f);
  const uint32_t bits = address_bits(&f);
  if (bits < 48) {
    gf_tear_down(&f);
    SKIP("physical addresses of this processor end before those of guests");
  }
  zx_handle_t vmo;
  zx_vaddr_t at;
  ASSERT_OK(zx_vmo_create(PAGE_BYTES, 0, &vmo));
  EXPECT_OK(zx_vmar_map(f.vmar, VX_RW | ZX_VM_SPECIFIC, GUEST_SIZE - PAGE_BYTES, vmo, 0,
                        PAGE_BYTES, &at));
  show(&f, GUEST_SIZE - LARGE_PAGE);
  store_at(&f, WINDOW + LARGE_PAGE - 8);
  RESUME_CLEAN_EXIT(&f);
  uint64_t value = 0;
  EXPECT_OK(zx_vmo_read(vmo, &value, PAGE_BYTES - 8, sizeof(value)));
  EXPECT_EQ(value, 7);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

// A status where the processor can name such an address at all; else the guest
// takes a page fault.
TEST(vcpu_resume_beyond_the_space_out_of_range) {
  SERVER(f);
  const uint32_t bits = address_bits(&f);
  show(&f, GUEST_SIZE);
  store_at(&f, WINDOW);
  if (bits > 48) {
    gf_resume_fails(&f, ZX_ERR_OUT_OF_RANGE);
    gf_resume_fails(&f, ZX_ERR_OUT_OF_RANGE);
  } else {
    zx_vcpu_state_t s;
    RESUME_CLEAN_EXIT(&f);
    gf_read(&f, &s);
    EXPECT_EQ(s.r8, PAGE_FAULT_VECTOR);
  }
  gf_tear_down(&f);
}

ZTEST_MAIN

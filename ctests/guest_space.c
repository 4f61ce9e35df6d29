// SPDX-License-Identifier: MIT
// The guest's address space (memory.md, sections 5 and 10.11; hypervisor.md,
// section 4).

#include "guest_calls.h"

GUEST_CODE(touch);

// --- The guest's address space --------------------------------------------------------

// Makes the guest load from an address. ZX_OK when there is memory, else the
// status of the resume; ZX_ERR_NEXT when there is a trap.
static zx_status_t touched(const guest_fixture_t* f, uint64_t gpa) {
  zx_vcpu_state_t state;
  gf_read(f, &state);
  state.rsi = gpa;
  gf_write(f, &state);
  zx_port_packet_t packet;
  zx_status_t status = zx_vcpu_resume(f->vcpu, &packet);
  if (status != ZX_OK) return status;
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  if (packet.guest_mem.addr == EXIT_TEST_ADDR) return ZX_OK;
  EXPECT_EQ(packet.guest_mem.addr, gpa);
  RESUME_CLEAN_EXIT(f);
  return ZX_ERR_NEXT;
}

#define FREE_ADDR HOLE_ADDR

static zx_handle_t map_pages(zx_handle_t vmar, zx_vm_option_t options, uint64_t offset,
                             uint64_t pages) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  zx_vaddr_t at;
  EXPECT_OK(zx_vmo_create(pages * PAGE_BYTES, 0, &vmo));
  EXPECT_OK(zx_vmar_map(vmar, options | ZX_VM_SPECIFIC, offset, vmo, 0, pages * PAGE_BYTES, &at));
  return vmo;
}

// Traps unmap what they cover, even if they fail then.
TEST(guest_set_trap_unmaps_also_when_already_exists) {
  GUEST(f, touch);
  const uint64_t at = 0x800000;
  EXPECT_OK(touched(&f, at));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, at, PAGE_BYTES, 0, TRAP_KEY));
  EXPECT_STATUS(touched(&f, at), ZX_ERR_NEXT);
  EXPECT_OK(touched(&f, at - PAGE_BYTES));
  EXPECT_OK(touched(&f, at + PAGE_BYTES));

  EXPECT_STATUS(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, at - PAGE_BYTES, 3 * PAGE_BYTES, 0,
                                  TRAP_KEY),
                ZX_ERR_ALREADY_EXISTS);
  EXPECT_STATUS(touched(&f, at), ZX_ERR_NEXT);
  EXPECT_STATUS(touched(&f, at - 8), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(touched(&f, at + PAGE_BYTES), ZX_ERR_NOT_FOUND);
  EXPECT_OK(touched(&f, at - 2 * PAGE_BYTES));
  EXPECT_OK(touched(&f, at + 2 * PAGE_BYTES));

  // An IO trap with the same numbers unmaps nothing.
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, 0x4000, 0x1000, 0, TRAP_KEY));
  EXPECT_OK(touched(&f, 0x4000));
  gf_tear_down(&f);
}

// A trap lets sub-regions live and takes only what it covers.
TEST(guest_set_trap_cuts_sub_regions) {
  GUEST(f, touch);
  zx_handle_t sub1, sub2;
  zx_vaddr_t at;
  const zx_vm_option_t options = ZX_VM_SPECIFIC | ZX_VM_CAN_MAP_SPECIFIC | ZX_VM_CAN_MAP_READ |
                                 ZX_VM_CAN_MAP_WRITE;
  // Sub-region of pages 0 and 1 with a mapping at 1; one of page 2, mapped; a
  // mapping of pages 3 and 4 beside them.
  ASSERT_OK(zx_vmar_allocate(f.vmar, options, FREE_ADDR, 2 * PAGE_BYTES, &sub1, &at));
  EXPECT_EQ(at, FREE_ADDR);
  ASSERT_OK(zx_vmar_allocate(f.vmar, options, FREE_ADDR + 2 * PAGE_BYTES, PAGE_BYTES, &sub2, &at));
  zx_handle_t vmo1 = map_pages(sub1, RW, PAGE_BYTES, 1);
  zx_handle_t vmo2 = map_pages(sub2, RW, 0, 1);
  zx_handle_t vmo3 = map_pages(f.vmar, RW, FREE_ADDR + 3 * PAGE_BYTES, 2);
  EXPECT_STATUS(touched(&f, FREE_ADDR), ZX_ERR_NOT_FOUND);
  for (uint64_t page = 1; page < 5; page++) {
    EXPECT_OK(touched(&f, FREE_ADDR + page * PAGE_BYTES));
  }
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, FREE_ADDR + PAGE_BYTES, 3 * PAGE_BYTES,
                              0, TRAP_KEY));
  EXPECT_STATUS(touched(&f, FREE_ADDR), ZX_ERR_NOT_FOUND);
  for (uint64_t page = 1; page < 4; page++) {
    EXPECT_STATUS(touched(&f, FREE_ADDR + page * PAGE_BYTES), ZX_ERR_NEXT);
  }
  EXPECT_OK(touched(&f, FREE_ADDR + 4 * PAGE_BYTES));
  // Both are alive and empty: mapping into them works, though the trap wins.
  zx_handle_t vmo4 = map_pages(sub1, RW, 0, 2);
  zx_handle_t vmo5 = map_pages(sub2, RW, 0, 1);
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_STATUS(touched(&f, FREE_ADDR + PAGE_BYTES), ZX_ERR_NEXT);
  EXPECT_STATUS(touched(&f, FREE_ADDR + 2 * PAGE_BYTES), ZX_ERR_NEXT);
  CLOSE(vmo1, vmo2, vmo3, vmo4, vmo5, sub1, sub2);
  gf_tear_down(&f);
}

TEST(vmar_unmap_guest_ranges) {
  GUEST(f, touch);
  // One page, unmapped elsewhere and then itself.
  zx_handle_t vmo1 = map_pages(f.vmar, RW, FREE_ADDR, 1);
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_OK(zx_vmar_unmap(f.vmar, FREE_ADDR + 8 * PAGE_BYTES, PAGE_BYTES));
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_OK(zx_vmar_unmap(f.vmar, FREE_ADDR, PAGE_BYTES));
  EXPECT_STATUS(touched(&f, FREE_ADDR), ZX_ERR_NOT_FOUND);

  // Across two mappings of two pages each.
  zx_handle_t vmo2 = map_pages(f.vmar, RW, FREE_ADDR, 2);
  zx_handle_t vmo3 = map_pages(f.vmar, RW, FREE_ADDR + 3 * PAGE_BYTES, 2);
  EXPECT_OK(zx_vmar_unmap(f.vmar, FREE_ADDR + PAGE_BYTES, 3 * PAGE_BYTES));
  EXPECT_OK(touched(&f, FREE_ADDR));
  for (uint64_t page = 1; page < 4; page++) {
    EXPECT_STATUS(touched(&f, FREE_ADDR + page * PAGE_BYTES), ZX_ERR_NOT_FOUND);
  }
  EXPECT_OK(touched(&f, FREE_ADDR + 4 * PAGE_BYTES));
  // The page that is left is the second one of its VMO.
  uint64_t value = 0x4444;
  EXPECT_OK(zx_vmo_write(vmo3, &value, PAGE_BYTES + 8, sizeof(value)));
  EXPECT_OK(touched(&f, FREE_ADDR + 4 * PAGE_BYTES + 8));
  EXPECT_EQ(gf_rax(&f), 0x4444);
  CLOSE(vmo1, vmo2, vmo3);
  gf_tear_down(&f);
}

// The same VMO several times, with every sensible permission.
TEST(vmar_map_guest_same_vmo_all_permissions) {
  static const zx_vm_option_t options[] = {RWX, ZX_VM_PERM_READ, RW,
                                           ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE};
  GUEST(f, touch);
  zx_handle_t vmo;
  ASSERT_OK(zx_vmo_create(PAGE_BYTES, 0, &vmo));
  ASSERT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  uint64_t value = 0x1234567;
  EXPECT_OK(zx_vmo_write(vmo, &value, 0, sizeof(value)));
  for (uint64_t i = 0; i < COUNT(options); i++) {
    zx_vaddr_t at;
    EXPECT_OK(zx_vmar_map(f.vmar, options[i] | ZX_VM_SPECIFIC, FREE_ADDR + i * PAGE_BYTES, vmo, 0,
                          PAGE_BYTES, &at));
    EXPECT_EQ(at, FREE_ADDR + i * PAGE_BYTES);
    EXPECT_OK(touched(&f, at));
    EXPECT_EQ(gf_rax(&f), value);
  }
  // A mapping without any permission: every access is denied.
  zx_vaddr_t at;
  EXPECT_OK(
      zx_vmar_map(f.vmar, ZX_VM_SPECIFIC, FREE_ADDR + 0x10000, vmo, 0, PAGE_BYTES, &at));
  EXPECT_STATUS(touched(&f, FREE_ADDR + 0x10000), ZX_ERR_ACCESS_DENIED);
  CLOSE(vmo);
  gf_tear_down(&f);
}

TEST(vmar_map_guest_beyond_vmo_out_of_range) {
  GUEST(f, touch);
  zx_handle_t vmo;
  zx_vaddr_t at;
  ASSERT_OK(zx_vmo_create(PAGE_BYTES, 0, &vmo));
  ASSERT_OK(
      zx_vmar_map(f.vmar, RW | ZX_VM_SPECIFIC, FREE_ADDR, vmo, 0, 2 * PAGE_BYTES, &at));
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_STATUS(touched(&f, FREE_ADDR + PAGE_BYTES), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(touched(&f, FREE_ADDR));
  CLOSE(vmo);
  gf_tear_down(&f);
}

TEST(vmar_map_guest_arguments_checked) {
  BARE_GUEST(guest, vmar);
  zx_handle_t vmo = new_vmo();
  zx_vaddr_t at = 77;
  // No right to execute.
  EXPECT_STATUS(zx_vmar_map(vmar, RWX | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE_BYTES, &at),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vmar_map(vmar, RW, PAGE_BYTES, vmo, 0, PAGE_BYTES, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, GUEST_SIZE, vmo, 0, PAGE_BYTES, &at),
                ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(at, 77);
  // The lowest free address, which is a legal 0.
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  EXPECT_EQ(at, 0);
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  EXPECT_EQ(at, PAGE_BYTES);
  EXPECT_STATUS(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE_BYTES, &at),
                ZX_ERR_NO_MEMORY);
  EXPECT_OK(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, GUEST_SIZE - PAGE_BYTES, vmo, 0, PAGE_BYTES,
                        &at));
  EXPECT_EQ(at, GUEST_SIZE - PAGE_BYTES);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(at), &bad); i++) {
    EXPECT_STATUS(
        zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, 0x10000, vmo, 0, PAGE_BYTES, (zx_vaddr_t*)bad),
        ZX_ERR_INVALID_ARGS);
  }
  EXPECT_OK(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, 0x10000, vmo, 0, PAGE_BYTES, &at));
  CLOSE(guest, vmar, vmo);
}

TEST(vmar_destroy_guest_not_supported) {
  BARE_GUEST(guest, vmar);
  EXPECT_STATUS(zx_vmar_destroy(vmar), ZX_ERR_NOT_SUPPORTED);
  zx_handle_t sub;
  zx_vaddr_t at;
  ASSERT_OK(zx_vmar_allocate(vmar, ZX_VM_CAN_MAP_READ, 0, PAGE_BYTES, &sub, &at));
  EXPECT_OK(zx_vmar_destroy(sub));
  EXPECT_STATUS(zx_vmar_destroy(sub), ZX_ERR_BAD_STATE);
  CLOSE(guest, vmar, sub);
}

// The VMAR's handle may outlive the guest; then there is nothing to work on.
TEST(vmar_after_guest_gone_bad_state) {
  BARE_GUEST(guest, vmar);
  zx_handle_t vmo = new_vmo();
  zx_handle_t vcpu;
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  ASSERT_OK(zx_vcpu_create(guest, 0, 0, &vcpu));
  CLOSE(guest);
  // The VCPU keeps the guest.
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  CLOSE(vcpu);
  EXPECT_STATUS(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmar_unmap(vmar, 0, PAGE_BYTES), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmar_protect(vmar, ZX_VM_PERM_READ, 0, PAGE_BYTES), ZX_ERR_BAD_STATE);
  CLOSE(vmar, vmo);
}

// Host and guest share the pages both ways.
TEST(vmar_map_guest_coherent_with_host) {
  GUEST(f, touch);
  for (uint64_t i = 0; i < 100; i++) {
    gf_poke64(&f, 0x900000 + 8 * i, 1000 + i);
    EXPECT_OK(touched(&f, 0x900000 + 8 * i));
    EXPECT_EQ(gf_rax(&f), 1000 + i);
  }
  gf_tear_down(&f);
}

ZTEST_MAIN

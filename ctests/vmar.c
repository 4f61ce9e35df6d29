// SPDX-License-Identifier: MIT
// zx_vmar_allocate, _destroy, _map, _unmap, _protect: handles, rights, options and ranges.
// Specification: memory.md, sections 4, 5, 10.9 to 10.11.

#include "vmar_fixture.h"

// --- Handles and rights -------------------------------------------------------------------------

TEST(vmar_root_has_all_rights) {
  EXPECT_EQ(basic_info(ROOT).rights, 0x801f);
  EXPECT_EQ(basic_info(ROOT).type, ZX_OBJ_TYPE_VMAR);
}

TEST(vmar_allocate_rights_follow_options) {
  const uint32_t flags[] = {ZX_VM_CAN_MAP_READ, ZX_VM_CAN_MAP_WRITE, ZX_VM_CAN_MAP_EXECUTE,
                            ZX_VM_CAN_MAP_SPECIFIC};
  for (unsigned set = 0; set < 16; set++) {
    uint32_t options = 0;
    for (unsigned i = 0; i < 4; i++)
      if (set & 1u << i) options |= flags[i];
    region_t region = region_in(ROOT, options, 0, PAGE);
    EXPECT_EQ(basic_info(region.handle).rights, 0x8003 | (set & 7) << 2);
    destroy(region);
  }
}

TEST(vmar_calls_wrong_handle) {
  zx_handle_t vmo = numbered_vmo(1), out = 0;
  zx_vaddr_t address = 0;
  const struct {
    zx_handle_t handle;
    zx_status_t status;
  } cases[] = {{vmo, ZX_ERR_WRONG_TYPE},
               {zx_process_self(), ZX_ERR_WRONG_TYPE},
               {stale_handle(), ZX_ERR_BAD_HANDLE},
               {ZX_HANDLE_INVALID, ZX_ERR_BAD_HANDLE}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    zx_handle_t bad = cases[i].handle;
    zx_status_t status = cases[i].status;
    EXPECT_STATUS(zx_vmar_allocate(bad, ~0u, 1, 1, &out, &address), status);
    EXPECT_STATUS(zx_vmar_destroy(bad), status);
    EXPECT_STATUS(zx_vmar_map(bad, ~0u, 1, ZX_HANDLE_INVALID, 1, 0, &address), status);
    EXPECT_STATUS(zx_vmar_unmap(bad, 1, 0), status);
    EXPECT_STATUS(zx_vmar_protect(bad, ~0u, 1, 0), status);
    if (bad != vmo) EXPECT_STATUS(zx_vmar_map(ROOT, ~0u, 1, bad, 1, 0, &address), status);
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_calls_follow_rights) {
  zx_handle_t vmo = numbered_vmo(1);
  ASSERT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  region_t region = region_of(4);
  unsigned char* mapped = map(region.handle, RWX, 0, vmo, 0, PAGE);
  const zx_rights_t rights[] = {ZX_RIGHT_READ, ZX_RIGHT_WRITE, ZX_RIGHT_EXECUTE};
  const uint32_t perms[] = {READ, RW, READ | ZX_VM_PERM_EXECUTE};
  const uint32_t flags[] = {ZX_VM_CAN_MAP_READ, ZX_VM_CAN_MAP_WRITE, ZX_VM_CAN_MAP_EXECUTE};
  for (size_t i = 0; i < 3; i++) {
    zx_handle_t copy = copy_of(region.handle, 0x801f & ~rights[i]);
    EXPECT_STATUS(try_map(copy, perms[i], 0, vmo, 0, PAGE), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(protect(copy, perms[i], mapped, PAGE), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(try_allocate(copy, flags[i], 0, PAGE), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(try_map(copy, 0, 0, vmo, 0, PAGE));
    EXPECT_OK(protect(copy, 0, mapped, PAGE));
    EXPECT_OK(try_allocate(copy, 0, 0, PAGE));
    EXPECT_OK(zx_vmar_unmap(copy, region.base + PAGE, 3 * PAGE));
    EXPECT_OK(zx_handle_close(copy));
  }
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_protect_limited_by_vmo_handle) {
  zx_handle_t vmo = numbered_vmo(1), weak = copy_of(vmo, ZX_RIGHT_READ | ZX_RIGHT_MAP);
  unsigned char* mapped = map(ROOT, READ, 0, weak, 0, PAGE);
  EXPECT_STATUS(protect(ROOT, RW, mapped, PAGE), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_STATUS(protect(ROOT, RW, mapped, PAGE), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(unmap(ROOT, mapped, PAGE));
  mapped = map(ROOT, READ, 0, vmo, 0, PAGE);
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(protect(ROOT, RW, mapped, PAGE));
  expect_access(mapped, "w");
  EXPECT_OK(unmap(ROOT, mapped, PAGE));
}

TEST(vmar_subregion_limits_permissions) {
  zx_handle_t vmo = numbered_vmo(1);
  ASSERT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  const uint32_t flags[] = {ZX_VM_CAN_MAP_READ, ZX_VM_CAN_MAP_WRITE, ZX_VM_CAN_MAP_EXECUTE};
  const uint32_t perms[] = {READ, RW, READ | ZX_VM_PERM_EXECUTE};
  for (size_t i = 0; i < 3; i++) {
    region_t region = region_in(ROOT, CAN_ALL & ~flags[i], 0, 4 * PAGE);
    EXPECT_STATUS(try_map(region.handle, perms[i], 0, vmo, 0, PAGE), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(try_allocate(region.handle, flags[i], 0, PAGE), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(try_allocate(region.handle, CAN_ALL & ~flags[i], 0, PAGE));
    destroy(region);
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_without_can_map_specific) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_in(ROOT, CAN_RW, 0, 8 * PAGE);
  const uint32_t places[] = {ZX_VM_SPECIFIC, ZX_VM_SPECIFIC_OVERWRITE, ZX_VM_OFFSET_IS_UPPER_LIMIT};
  for (size_t i = 0; i < 3; i++)
    EXPECT_STATUS(try_map(region.handle, READ | places[i], 4 * PAGE, vmo, 0, PAGE),
                  ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(try_allocate(region.handle, ZX_VM_SPECIFIC, 4 * PAGE, PAGE), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(try_allocate(region.handle, ZX_VM_CAN_MAP_SPECIFIC, 0, PAGE));
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

// --- Options and ranges -------------------------------------------------------------------------

TEST(vmar_allocate_bad_options_invalid_args) {
  const uint32_t bad[] = {ZX_VM_PERM_READ,          ZX_VM_PERM_WRITE,
                          ZX_VM_PERM_EXECUTE,       ZX_VM_MAP_RANGE,
                          ZX_VM_SPECIFIC_OVERWRITE, ZX_VM_REQUIRE_NON_RESIZABLE,
                          ZX_VM_ALLOW_FAULTS,       1u << 14,
                          1u << 31,                 9u << ZX_VM_ALIGN_BASE,
                          33u << ZX_VM_ALIGN_BASE};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    EXPECT_STATUS(try_allocate(ROOT, ZX_VM_CAN_MAP_READ | bad[i], 0, PAGE), ZX_ERR_INVALID_ARGS);
}

TEST(vmar_map_bad_options_invalid_args) {
  zx_handle_t vmo = numbered_vmo(1);
  const uint32_t bad[] = {ZX_VM_CAN_MAP_READ,
                          ZX_VM_CAN_MAP_WRITE,
                          ZX_VM_CAN_MAP_EXECUTE,
                          ZX_VM_CAN_MAP_SPECIFIC,
                          ZX_VM_COMPACT,
                          ZX_VM_MAP_RANGE | ZX_VM_SPECIFIC_OVERWRITE,
                          ZX_VM_SPECIFIC | ZX_VM_OFFSET_IS_UPPER_LIMIT,
                          1u << 14,
                          1u << 31,
                          9u << ZX_VM_ALIGN_BASE,
                          33u << ZX_VM_ALIGN_BASE};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    EXPECT_STATUS(try_map(ROOT, READ | bad[i], 0, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(ROOT, ZX_VM_PERM_WRITE, 0, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(ROOT, ZX_VM_PERM_EXECUTE, 0, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_protect_bad_options_invalid_args) {
  zx_handle_t vmo = numbered_vmo(1);
  unsigned char* mapped = map(ROOT, RW, 0, vmo, 0, PAGE);
  const uint32_t bad[] = {ZX_VM_PERM_WRITE,         ZX_VM_PERM_EXECUTE, READ | ZX_VM_SPECIFIC,
                          READ | ZX_VM_ALIGN_4KB,   READ | 1u << 31,    READ | ZX_VM_MAP_RANGE,
                          READ | ZX_VM_ALLOW_FAULTS};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    EXPECT_STATUS(protect(ROOT, bad[i], mapped, PAGE), ZX_ERR_INVALID_ARGS);
  expect_access(mapped, "w");
  EXPECT_OK(unmap(ROOT, mapped, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_unaligned_invalid_args) {
  zx_handle_t vmo = numbered_vmo(2);
  region_t region = region_of(8);
  zx_handle_t vmar = region.handle;
  for (uint32_t more = 0; more <= ZX_VM_MAP_RANGE; more += ZX_VM_MAP_RANGE) {
    EXPECT_STATUS(try_map(vmar, RW | ZX_VM_SPECIFIC | more, PAGE - 1, vmo, 0, PAGE),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(try_map(vmar, RW | more, 0, vmo, PAGE - 1, PAGE), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(try_map(vmar, RW | more, 0, vmo, 1, PAGE), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_STATUS(try_allocate(vmar, 0, 0, PAGE - 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_allocate(vmar, ZX_VM_SPECIFIC, PAGE - 1, PAGE), ZX_ERR_INVALID_ARGS);
  map(vmar, RW | ZX_VM_SPECIFIC, 0, vmo, 0, 2 * PAGE);
  EXPECT_STATUS(zx_vmar_unmap(vmar, region.base + 1, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_protect(vmar, READ, region.base + 1, PAGE), ZX_ERR_INVALID_ARGS);
  expect_access((unsigned char*)region.base, "ww-");
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_unaligned_length_rounds_up) {
  zx_handle_t vmo = numbered_vmo(4);
  region_t region = region_of(8);
  unsigned char* mapped = map(region.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, 4 * PAGE - 1);
  expect_pages(mapped, "1234-");
  EXPECT_OK(protect(region.handle, READ, mapped, PAGE + 1));
  expect_access(mapped, "rrww-");
  EXPECT_OK(unmap(region.handle, mapped, PAGE + 1));
  expect_pages(mapped, "--34-");
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_no_length_invalid_args) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_of(4);
  map(region.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE);
  const size_t sizes[] = {0, SIZE_MAX, SIZE_MAX - PAGE + 2};
  for (size_t i = 0; i < 3; i++) {
    EXPECT_STATUS(try_allocate(region.handle, 0, 0, sizes[i]), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(try_map(region.handle, RW, 0, vmo, 0, sizes[i]), ZX_ERR_INVALID_ARGS);
    for (int page = -1; page < 2; page++) {
      zx_vaddr_t address = region.base + (zx_vaddr_t)page * PAGE;
      EXPECT_STATUS(zx_vmar_unmap(region.handle, address, sizes[i]), ZX_ERR_INVALID_ARGS);
      EXPECT_STATUS(zx_vmar_protect(region.handle, READ, address, sizes[i]), ZX_ERR_INVALID_ARGS);
    }
  }
  expect_access((unsigned char*)region.base, "w");
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_range_outside_invalid_args) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_of(4);
  zx_handle_t vmar = region.handle;
  EXPECT_STATUS(try_allocate(vmar, ZX_VM_SPECIFIC, 4 * PAGE, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_allocate(vmar, ZX_VM_SPECIFIC, 3 * PAGE, 2 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_allocate(vmar, 0, 0, 5 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(vmar, READ | ZX_VM_SPECIFIC, 3 * PAGE, vmo, 0, 2 * PAGE),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(vmar, READ, 0, vmo, 0, 5 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(vmar, READ | ZX_VM_SPECIFIC, UINTPTR_MAX, vmo, 0, PAGE),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(vmar, READ | ZX_VM_SPECIFIC, UINTPTR_MAX - PAGE + 1, vmo, 0, PAGE),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_unmap(vmar, region.base - PAGE, 2 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_unmap(vmar, region.base + 3 * PAGE, 2 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_unmap(vmar, UINTPTR_MAX - PAGE + 1, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_protect(vmar, READ, region.base - PAGE, PAGE), ZX_ERR_INVALID_ARGS);
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_offset_without_specific_invalid_args) {
  zx_handle_t vmo = numbered_vmo(1);
  EXPECT_STATUS(try_map(ROOT, READ, PAGE, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_allocate(ROOT, ZX_VM_CAN_MAP_READ, PAGE, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_map_vmo_offset_near_the_end_of_numbers) {
  zx_handle_t vmo = numbered_vmo(1);
  EXPECT_STATUS(try_map(ROOT, READ, 0, vmo, (uint64_t)0 - PAGE, PAGE), ZX_ERR_INVALID_ARGS);
  const uint64_t half = (uint64_t)1 << 63;
  const uint64_t offsets[] = {(uint64_t)0 - 2 * PAGE, half, half - PAGE};
  for (size_t i = 0; i < 3; i++) {
    unsigned char* mapped = map(ROOT, RW, 0, vmo, offsets[i], PAGE);
    expect_access(mapped, "-");
    EXPECT_OK(protect(ROOT, READ, mapped, PAGE));
    expect_access(mapped, "-");
    EXPECT_OK(unmap(ROOT, mapped, PAGE));
  }
  // Partly within what a file can have.
  unsigned char* mapped = map(ROOT, RW, 0, vmo, ((uint64_t)1 << 63) - 3 * PAGE, 4 * PAGE);
  expect_access(mapped, "----");
  EXPECT_OK(protect(ROOT, READ, mapped, 4 * PAGE));
  EXPECT_OK(unmap(ROOT, mapped, 4 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_bad_out_pointer_leaves_nothing) {
  zx_handle_t vmo = numbered_vmo(8), handle = 0;
  region_t region = region_of(8);
  zx_vaddr_t address = 0;
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(address), &bad); i++) {
    EXPECT_STATUS(zx_vmar_map(region.handle, RW, 0, vmo, 0, 8 * PAGE, (zx_vaddr_t*)bad),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_vmar_map(ROOT, RW, 0, vmo, 0, 8 * PAGE, (zx_vaddr_t*)bad),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_vmar_allocate(region.handle, 0, 0, 8 * PAGE, &handle, (zx_vaddr_t*)bad),
                  ZX_ERR_INVALID_ARGS);
  }
  for (int i = 0; ztest_bad_write(i, sizeof(handle), &bad); i++)
    EXPECT_STATUS(zx_vmar_allocate(region.handle, 0, 0, 8 * PAGE, (zx_handle_t*)bad, &address),
                  ZX_ERR_INVALID_ARGS);
  EXPECT_OK(try_allocate(region.handle, 0, 0, 8 * PAGE));
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

ZTEST_MAIN

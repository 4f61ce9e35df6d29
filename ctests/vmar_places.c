// SPDX-License-Identifier: MIT
// Where regions and mappings go, and the end of regions. Specification: memory.md, sections 4 and 10.9.

#include "vmar_fixture.h"

// --- Places -------------------------------------------------------------------------------------

TEST(vmar_allocate_nested_lies_inside) {
  region_t outer = region_of(8), inner = region_in(outer.handle, CAN_ALL, 0, 2 * PAGE);
  EXPECT_TRUE(inner.base >= outer.base && inner.base + 2 * PAGE <= outer.base + 8 * PAGE);
  expect_access((unsigned char*)outer.base, "--------");
  destroy(inner);
  destroy(outer);
}

TEST(vmar_compact_maps_inside) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_in(ROOT, CAN_ALL | ZX_VM_COMPACT, 0, 2 * PAGE);
  unsigned char* first = map(region.handle, READ, 0, vmo, 0, PAGE);
  unsigned char* second = map(region.handle, READ, 0, vmo, 0, PAGE);
  EXPECT_NE(first, second);
  expect_pages((unsigned char*)region.base, "11");
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_allocate_whole_parent_then_full) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t outer = region_of(4), inner = region_in(outer.handle, CAN_ALL, 0, 4 * PAGE);
  EXPECT_EQ(inner.base, outer.base);
  EXPECT_STATUS(try_map(outer.handle, READ, 0, vmo, 0, PAGE), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(try_allocate(outer.handle, 0, 0, PAGE), ZX_ERR_NO_MEMORY);
  destroy(inner);
  EXPECT_OK(try_allocate(outer.handle, 0, 0, PAGE));
  destroy(outer);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_specific_over_something_no_memory) {
  zx_handle_t vmo = numbered_vmo(8);
  region_t region = region_of(8);
  const struct {
    size_t offset, len;
  } ranges[] = {{2, 3}, {3, 1}, {1, 2}, {4, 2}, {0, 8}};
  for (int kind = 0; kind < 2; kind++) {
    region_t inner = {0, 0};
    if (kind == 0)
      map(region.handle, RW | ZX_VM_SPECIFIC, 2 * PAGE, vmo, 0, 3 * PAGE);
    else
      inner = region_in(region.handle, ZX_VM_SPECIFIC, 2 * PAGE, 3 * PAGE);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
      size_t offset = ranges[i].offset * PAGE, len = ranges[i].len * PAGE;
      EXPECT_STATUS(try_map(region.handle, RW | ZX_VM_SPECIFIC, offset, vmo, 0, len),
                    ZX_ERR_NO_MEMORY);
      EXPECT_STATUS(try_allocate(region.handle, ZX_VM_SPECIFIC, offset, len), ZX_ERR_NO_MEMORY);
    }
    expect_pages((unsigned char*)region.base, kind == 0 ? "--123---" : "--------");
    EXPECT_OK(zx_vmar_unmap(region.handle, region.base, 8 * PAGE));
    if (kind == 1) EXPECT_OK(zx_handle_close(inner.handle));
  }
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_map_where_others_are_no_memory) {
  const size_t root_base = 0x200000;
  unsigned char* foreign = (unsigned char*)mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_TRUE(foreign != MAP_FAILED);
  memset(foreign, 7, 3 * PAGE);
  zx_handle_t vmo = numbered_vmo(3);
  size_t offset = (size_t)(uintptr_t)foreign - root_base;
  EXPECT_STATUS(try_map(ROOT, RW | ZX_VM_SPECIFIC, offset, vmo, 0, PAGE), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(try_map(ROOT, RW | ZX_VM_SPECIFIC_OVERWRITE, offset, vmo, 0, PAGE),
                ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(try_allocate(ROOT, ZX_VM_SPECIFIC, offset, PAGE), ZX_ERR_NO_MEMORY);
  EXPECT_OK(unmap(ROOT, foreign, 3 * PAGE));
  EXPECT_STATUS(protect(ROOT, READ, foreign, PAGE), ZX_ERR_NOT_FOUND);
  expect_pages(foreign, "777");
  // A hole in it that was the library's is not taken for more than it is.
  ASSERT_EQ(munmap(foreign + PAGE, PAGE), 0);
  map(ROOT, RW | ZX_VM_SPECIFIC, offset + PAGE, vmo, 0, PAGE);
  expect_pages(foreign, "717");
  EXPECT_STATUS(try_map(ROOT, RW | ZX_VM_SPECIFIC_OVERWRITE, offset, vmo, 0, 3 * PAGE),
                ZX_ERR_NO_MEMORY);
  EXPECT_OK(unmap(ROOT, foreign, 3 * PAGE));
  expect_pages(foreign, "7-7");
  munmap(foreign, PAGE);
  munmap(foreign + 2 * PAGE, PAGE);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_root_ends_of_the_address_space) {
  zx_handle_t vmo = numbered_vmo(1);
  const size_t root_base = 0x200000, top = 0x7ffffffff000;
  EXPECT_STATUS(try_map(ROOT, READ | ZX_VM_SPECIFIC, top - root_base, vmo, 0, PAGE),
                ZX_ERR_INVALID_ARGS);
  zx_vaddr_t address = 0;
  zx_status_t status =
      zx_vmar_map(ROOT, READ | ZX_VM_SPECIFIC, top - PAGE - root_base, vmo, 0, PAGE, &address);
  if (status == ZX_OK) {
    EXPECT_EQ(address, top - PAGE);
    expect_pages((unsigned char*)address, "1");
    EXPECT_STATUS(try_map(ROOT, READ | ZX_VM_SPECIFIC, top - PAGE - root_base, vmo, 0, PAGE),
                  ZX_ERR_NO_MEMORY);
    EXPECT_OK(zx_vmar_unmap(ROOT, address, PAGE));
  } else {
    EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);  // the host's stack is there
  }
  address = 0;
  status = zx_vmar_map(ROOT, READ | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE, &address);
  EXPECT_OK(status);
  EXPECT_EQ(address, root_base);
  EXPECT_OK(zx_vmar_unmap(ROOT, root_base, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_align_is_honoured) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_in(ROOT, CAN_ALL, 0, (size_t)8 << 30);
  map(region.handle, READ | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE);
  for (uint32_t log2 = 10; log2 <= 32; log2++) {
    uint32_t align = log2 << ZX_VM_ALIGN_BASE;
    size_t mask = ((size_t)1 << (log2 < 12 ? 12 : log2)) - 1;
    const zx_handle_t vmars[] = {region.handle, ROOT};
    for (int i = 0; i < 2; i++) {
      unsigned char* mapped = map(vmars[i], READ | align, 0, vmo, 0, PAGE);
      EXPECT_EQ((uintptr_t)mapped & mask, 0);
      EXPECT_OK(unmap(vmars[i], mapped, PAGE));
      region_t child = region_in(vmars[i], align, 0, PAGE);
      EXPECT_EQ(child.base & mask, 0);
      destroy(child);
    }
    size_t aligned = (mask + 1 - (region.base & mask)) & mask;
    if (aligned == 0) aligned = mask + 1;
    EXPECT_OK(try_map(region.handle, READ | align | ZX_VM_SPECIFIC, aligned, vmo, 0, PAGE));
    EXPECT_OK(zx_vmar_unmap(region.handle, region.base + aligned, PAGE));
    if (log2 > 12)
      EXPECT_STATUS(
          try_map(region.handle, READ | align | ZX_VM_SPECIFIC, aligned + PAGE, vmo, 0, PAGE),
          ZX_ERR_INVALID_ARGS);
  }
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_upper_limit) {
  zx_handle_t vmo = numbered_vmo(4);
  region_t region = region_of(8);
  zx_handle_t vmar = region.handle;
  const uint32_t below = READ | ZX_VM_OFFSET_IS_UPPER_LIMIT;
  EXPECT_STATUS(try_map(vmar, below, 9 * PAGE, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(vmar, below, 2 * PAGE, vmo, 0, 3 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(vmar, below, 8 * PAGE, vmo, 0, 9 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(vmar, below, 0, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(map(vmar, below, 4 * PAGE, vmo, 0, 4 * PAGE), region.base);
  EXPECT_STATUS(try_map(vmar, below, 4 * PAGE, vmo, 0, PAGE), ZX_ERR_NO_MEMORY);
  EXPECT_EQ(map(vmar, below, 6 * PAGE, vmo, PAGE, 2 * PAGE), region.base + 4 * PAGE);
  expect_pages((unsigned char*)region.base, "123423--");
  EXPECT_STATUS(try_allocate(vmar, ZX_VM_OFFSET_IS_UPPER_LIMIT, 6 * PAGE, PAGE), ZX_ERR_NO_MEMORY);
  EXPECT_OK(try_map(vmar, READ, 0, vmo, 0, PAGE));
  destroy(region);
  unsigned char* low = map(ROOT, below, (size_t)1 << 32, vmo, 0, PAGE);
  EXPECT_TRUE((uintptr_t)low + PAGE <= ((uintptr_t)1 << 32) + 0x200000);
  expect_pages(low, "1");
  EXPECT_OK(unmap(ROOT, low, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_map_range_and_allow_faults_accepted) {
  zx_handle_t vmo = numbered_vmo(4);
  unsigned char* mapped = map(ROOT, RW | ZX_VM_MAP_RANGE | ZX_VM_ALLOW_FAULTS, 0, vmo, 0, 8 * PAGE);
  expect_pages(mapped, "1234----");
  EXPECT_OK(unmap(ROOT, mapped, 8 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

// --- zx_vmar_destroy ----------------------------------------------------------------------------

TEST(vmar_destroy_root_not_supported) {
  EXPECT_STATUS(zx_vmar_destroy(ROOT), ZX_ERR_NOT_SUPPORTED);
}

TEST(vmar_destroy_is_deep) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t outer = region_of(8);
  region_t middle = region_in(outer.handle, CAN_ALL, 0, 4 * PAGE);
  region_t inner = region_in(middle.handle, CAN_ALL, 0, 2 * PAGE);
  unsigned char* mapped = map(inner.handle, RW, 0, vmo, 0, PAGE);
  expect_pages(mapped, "1");
  EXPECT_OK(zx_vmar_destroy(middle.handle));
  expect_pages(mapped, "-");
  const region_t gone[] = {middle, inner};
  for (int i = 0; i < 2; i++) {
    EXPECT_STATUS(zx_vmar_destroy(gone[i].handle), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(try_allocate(gone[i].handle, 0, 0, PAGE), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(try_map(gone[i].handle, RW, 0, vmo, 0, PAGE), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(zx_vmar_unmap(gone[i].handle, gone[i].base, PAGE), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(zx_vmar_protect(gone[i].handle, READ, gone[i].base, PAGE), ZX_ERR_BAD_STATE);
    EXPECT_EQ(basic_info(gone[i].handle).type, ZX_OBJ_TYPE_VMAR);
    EXPECT_OK(zx_handle_close(gone[i].handle));
  }
  EXPECT_EQ(map(outer.handle, READ | ZX_VM_SPECIFIC, middle.base - outer.base, vmo, 0, PAGE),
            middle.base);
  expect_pages((unsigned char*)middle.base, "1");
  destroy(outer);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_destroy_gives_addresses_back_to_the_host) {
  int maps = ztest_count_maps();
  for (int i = 0; i < 100; i++) destroy(region_of(1 << 20));
  EXPECT_TRUE(ztest_count_maps() <= maps + 1);
}

ZTEST_MAIN

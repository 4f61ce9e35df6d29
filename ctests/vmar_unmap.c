// SPDX-License-Identifier: MIT
// What mapped pages hold and permit, zx_vmar_unmap and ZX_VM_SPECIFIC_OVERWRITE. Specification:
// memory.md, sections 4, 5, 10.10 and 10.11.

#include "vmar_fixture.h"

// --- Access -------------------------------------------------------------------------------------

TEST(vmar_map_read_only) {
  zx_handle_t vmo = numbered_vmo(1);
  unsigned char* mapped = map(ROOT, READ, 0, vmo, 0, PAGE);
  expect_access(mapped, "r");
  EXPECT_OK(unmap(ROOT, mapped, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_map_without_permissions) {
  zx_handle_t vmo = numbered_vmo(1);
  unsigned char* mapped = map(ROOT, 0, 0, vmo, 0, PAGE);
  expect_access(mapped, "-");
  EXPECT_OK(protect(ROOT, READ, mapped, PAGE));
  expect_access(mapped, "r");
  expect_pages(mapped, "1");
  EXPECT_OK(protect(ROOT, 0, mapped, PAGE));
  expect_access(mapped, "-");
  EXPECT_OK(unmap(ROOT, mapped, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

#ifdef __x86_64__
TEST(vmar_execute) {
  static const unsigned char code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3};  // mov eax, 42; ret
  zx_handle_t vmo = numbered_vmo(1);
  ASSERT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  unsigned char* mapped = map(ROOT, RW, 0, vmo, 0, PAGE);
  memcpy(mapped, code, sizeof(code));
  EXPECT_OK(protect(ROOT, READ | ZX_VM_PERM_EXECUTE, mapped, PAGE));
  expect_access(mapped, "r");
  int (*function)(void) = (int (*)(void))(uintptr_t)mapped;
  EXPECT_EQ(function(), 42);
  EXPECT_OK(unmap(ROOT, mapped, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}
#endif

TEST(vmar_mapping_survives_its_handles) {
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_of(2);
  unsigned char* mapped = map(region.handle, RW, 0, vmo, 0, PAGE);
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(region.handle));
  expect_access(mapped, "w");
  expect_pages(mapped, "1");
  EXPECT_OK(zx_vmar_unmap(ROOT, region.base, 2 * PAGE));
  expect_pages(mapped, "-");
}

// --- zx_vmar_unmap ------------------------------------------------------------------------------

// What is left of pages 1 to 6 of a VMO, mapped from page 1 on, after unmapping a range.
static void unmap_part(zx_handle_t vmar, zx_vaddr_t base, zx_handle_t vmo, size_t first,
                       size_t count, const char* want) {
  map(vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, base, vmo, PAGE, 5 * PAGE);
  unsigned char* mapped = map(vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, base, vmo, PAGE, 5 * PAGE);
  EXPECT_OK(unmap(vmar, mapped + first * PAGE, count * PAGE));
  expect_pages(mapped, want);
  EXPECT_OK(try_map(vmar, READ | ZX_VM_SPECIFIC, base + first * PAGE, vmo, 0, count * PAGE));
  EXPECT_OK(unmap(vmar, mapped, 5 * PAGE));
  expect_pages(mapped, "-----");
}

TEST(vmar_unmap_parts_of_a_mapping) {
  zx_handle_t vmo = numbered_vmo(8);
  region_t region = region_of(8);
  // A place in the root that nothing else uses: where this region was.
  region_t hole = region_of(8);
  destroy(hole);
  const struct {
    zx_handle_t vmar;
    size_t offset;
  } places[] = {{region.handle, PAGE}, {ROOT, hole.base - 0x200000}};
  for (int i = 0; i < 2; i++) {
    unmap_part(places[i].vmar, places[i].offset, vmo, 0, 2, "--456");
    unmap_part(places[i].vmar, places[i].offset, vmo, 3, 2, "234--");
    unmap_part(places[i].vmar, places[i].offset, vmo, 1, 3, "2---6");
    unmap_part(places[i].vmar, places[i].offset, vmo, 0, 5, "-----");
  }
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_unmap_many_things) {
  zx_handle_t vmo = numbered_vmo(8);
  region_t region = region_of(12);
  zx_handle_t vmar = region.handle;
  unsigned char* base = (unsigned char*)region.base;
  map(vmar, RW | ZX_VM_SPECIFIC, PAGE, vmo, 0, 2 * PAGE);
  map(vmar, RW | ZX_VM_SPECIFIC, 3 * PAGE, vmo, 4 * PAGE, 2 * PAGE);
  map(vmar, RW | ZX_VM_SPECIFIC, 6 * PAGE, vmo, 2 * PAGE, 2 * PAGE);
  region_t inner = region_in(vmar, CAN_ALL | ZX_VM_SPECIFIC, 8 * PAGE, 2 * PAGE);
  map(inner.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE);
  expect_pages(base, "-1256-341---");
  EXPECT_OK(unmap(vmar, base + 2 * PAGE, 2 * PAGE));
  expect_pages(base, "-1--6-341---");
  EXPECT_OK(unmap(vmar, base + 4 * PAGE, 3 * PAGE));
  expect_pages(base, "-1-----41---");
  EXPECT_OK(unmap(vmar, base + 7 * PAGE, 4 * PAGE));
  expect_pages(base, "-1----------");
  EXPECT_STATUS(zx_vmar_destroy(inner.handle), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(inner.handle));
  EXPECT_OK(unmap(vmar, base + 4 * PAGE, 3 * PAGE));
  EXPECT_OK(unmap(vmar, base, 12 * PAGE));
  expect_pages(base, "------------");
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_unmap_root_spares_others_between) {
  zx_handle_t vmo = numbered_vmo(8);
  unsigned char* mapped = map(ROOT, RW, 0, vmo, 0, 5 * PAGE);
  EXPECT_OK(unmap(ROOT, mapped + 2 * PAGE, PAGE));
  ASSERT_TRUE(mmap(mapped + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED);
  mapped[2 * PAGE] = 9;
  EXPECT_STATUS(
      try_map(ROOT, RW | ZX_VM_SPECIFIC_OVERWRITE, (size_t)mapped - 0x200000, vmo, 0, 5 * PAGE),
      ZX_ERR_NO_MEMORY);
  expect_pages(mapped, "12945");
  EXPECT_OK(unmap(ROOT, mapped, 5 * PAGE));
  expect_pages(mapped, "--9--");
  munmap(mapped + 2 * PAGE, PAGE);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_unmap_cutting_a_region_invalid_args) {
  zx_handle_t vmo = numbered_vmo(8);
  region_t region = region_of(8);
  unsigned char* base = (unsigned char*)region.base;
  map(region.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, 2 * PAGE);
  region_t inner = region_in(region.handle, CAN_ALL | ZX_VM_SPECIFIC, 2 * PAGE, 3 * PAGE);
  map(inner.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, 3 * PAGE);
  map(region.handle, RW | ZX_VM_SPECIFIC, 5 * PAGE, vmo, 5 * PAGE, 2 * PAGE);
  const struct {
    size_t first, count;
  } ranges[] = {{0, 3}, {3, 1}, {2, 2}, {3, 2}, {4, 4}};
  for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
    EXPECT_STATUS(unmap(region.handle, base + ranges[i].first * PAGE, ranges[i].count * PAGE),
                  ZX_ERR_INVALID_ARGS);
  expect_pages(base, "1212367-");
  EXPECT_OK(unmap(inner.handle, base + 3 * PAGE, PAGE));
  expect_pages(base, "121-367-");
  destroy(inner);
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_unmap_large_sparse_mapping) {
  const size_t size = (size_t)1 << 30;
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_vmo_create(size, 0, &vmo));
  unsigned char* mapped = map(ROOT, RW | ZX_VM_ALIGN_2MB, 0, vmo, 0, size);
  for (size_t at = 0; at < size; at += size / 7 / PAGE * PAGE) mapped[at] = 1;
  EXPECT_OK(protect(ROOT, READ, mapped + PAGE, size - 2 * PAGE));
  for (size_t at = size / 7 / PAGE * PAGE; at < size - PAGE; at += size / 7 / PAGE * PAGE)
    expect_access(mapped + at, "r");
  expect_access(mapped, "wr");
  EXPECT_OK(unmap(ROOT, mapped, size));
  for (size_t at = 0; at < size; at += size / 7 / PAGE * PAGE) expect_access(mapped + at, "-");
  EXPECT_OK(zx_handle_close(vmo));
}

// --- ZX_VM_SPECIFIC_OVERWRITE -------------------------------------------------------------------

TEST(vmar_overwrite) {
  zx_handle_t vmo = numbered_vmo(9);
  region_t region = region_of(8), hole = region_of(8);
  destroy(hole);
  const struct {
    zx_handle_t vmar;
    size_t offset;
    unsigned char* base;
  } places[] = {{region.handle, 0, (unsigned char*)region.base},
                {ROOT, hole.base - 0x200000, (unsigned char*)hole.base}};
  const uint32_t over = RW | ZX_VM_SPECIFIC_OVERWRITE;
  for (int i = 0; i < 2; i++) {
    zx_handle_t vmar = places[i].vmar;
    size_t offset = places[i].offset;
    map(vmar, over, offset, vmo, 0, 3 * PAGE);
    expect_pages(places[i].base, "123-----");
    map(vmar, over, offset, vmo, 3 * PAGE, 3 * PAGE);
    expect_pages(places[i].base, "456-----");
    map(vmar, over, offset + PAGE, vmo, 8 * PAGE, PAGE);
    expect_pages(places[i].base, "496-----");
    map(vmar, over | ZX_VM_SPECIFIC, offset + 2 * PAGE, vmo, 0, 4 * PAGE);
    expect_pages(places[i].base, "491234--");
    EXPECT_OK(unmap(vmar, places[i].base, 8 * PAGE));
    expect_pages(places[i].base, "--------");
  }
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_overwrite_region_invalid_args) {
  zx_handle_t vmo = numbered_vmo(8);
  region_t region = region_of(8);
  map(region.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, 2 * PAGE);
  region_t inner = region_in(region.handle, CAN_ALL | ZX_VM_SPECIFIC, 2 * PAGE, 2 * PAGE);
  const uint32_t over = RW | ZX_VM_SPECIFIC_OVERWRITE;
  EXPECT_STATUS(try_map(region.handle, over, PAGE, vmo, 4 * PAGE, 2 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(region.handle, over, 2 * PAGE, vmo, 0, 2 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(region.handle, over, 0, vmo, 0, 8 * PAGE), ZX_ERR_INVALID_ARGS);
  expect_pages((unsigned char*)region.base, "12------");
  destroy(inner);
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_destroy_nest_deeper_than_a_stack_ok) {
  const uint32_t depth = ztest_rounds(200000);
  region_t outer = region_of(1), inner = outer;
  for (uint32_t i = 1; i < depth; i++) {
    region_t next = region_in(inner.handle, CAN_RW, 0, PAGE);
    if (i > 1) EXPECT_OK(zx_handle_close(inner.handle));
    inner = next;
  }
  zx_handle_t vmo = numbered_vmo(1);
  unsigned char* at = map(inner.handle, READ, 0, vmo, 0, PAGE);
  size_t avail = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_MAPS, NULL, 0, NULL, &avail));
  EXPECT_TRUE(avail > depth);
  expect_pages(at, "1");
  destroy(outer);
  EXPECT_STATUS(try_map(inner.handle, READ, 0, vmo, 0, PAGE), ZX_ERR_BAD_STATE);
  zx_info_vmo_t info = {0};
  EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.num_mappings, 0);
  EXPECT_OK(zx_handle_close(inner.handle));
  EXPECT_OK(zx_handle_close(vmo));
}

ZTEST_MAIN

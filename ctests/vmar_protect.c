// SPDX-License-Identifier: MIT
// zx_vmar_protect, and threads that map at the same time. Specification: memory.md, section 5.

#include "vmar_fixture.h"

#include <pthread.h>

// --- zx_vmar_protect ----------------------------------------------------------------------------

TEST(vmar_protect_parts_of_a_mapping) {
  zx_handle_t vmo = numbered_vmo(5);
  const struct {
    size_t first, count;
    const char* want;
  } cases[] = {{0, 2, "rrwww"}, {3, 2, "wwwrr"}, {1, 3, "wrrrw"}, {0, 5, "rrrrr"}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    unsigned char* mapped = map(ROOT, RW, 0, vmo, 0, 5 * PAGE);
    EXPECT_OK(protect(ROOT, READ, mapped + cases[i].first * PAGE, cases[i].count * PAGE));
    expect_access(mapped, cases[i].want);
    expect_pages(mapped, "12345");
    EXPECT_OK(protect(ROOT, RW, mapped, 5 * PAGE));
    expect_access(mapped, "wwwww");
    EXPECT_OK(unmap(ROOT, mapped, 5 * PAGE));
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_protect_several_mappings) {
  zx_handle_t vmo = numbered_vmo(8), weak = copy_of(vmo, ZX_RIGHT_READ | ZX_RIGHT_MAP);
  region_t region = region_of(12);
  zx_handle_t vmar = region.handle;
  unsigned char* base = (unsigned char*)region.base;
  for (size_t i = 0; i < 3; i++) map(vmar, RW | ZX_VM_SPECIFIC, i * PAGE, vmo, 0, PAGE);
  EXPECT_OK(protect(vmar, READ, base, 3 * PAGE));
  expect_access(base, "rrr-");
  map(vmar, READ | ZX_VM_SPECIFIC_OVERWRITE, PAGE, weak, 0, PAGE);
  EXPECT_STATUS(protect(vmar, RW, base, 3 * PAGE), ZX_ERR_ACCESS_DENIED);
  expect_access(base, "rrr-");
  map(vmar, RW | ZX_VM_SPECIFIC, 4 * PAGE, vmo, 0, PAGE);
  EXPECT_STATUS(protect(vmar, 0, base + 2 * PAGE, 3 * PAGE), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(protect(vmar, 0, base + 3 * PAGE, 2 * PAGE), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(protect(vmar, 0, base + 4 * PAGE, 2 * PAGE), ZX_ERR_NOT_FOUND);
  expect_access(base, "rrr-w-");
  region_t inner = region_in(vmar, CAN_ALL | ZX_VM_SPECIFIC, 5 * PAGE, PAGE);
  map(vmar, RW | ZX_VM_SPECIFIC, 6 * PAGE, vmo, 0, PAGE);
  for (int full = 0; full < 2; full++) {
    EXPECT_STATUS(protect(vmar, 0, base + 4 * PAGE, 3 * PAGE), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(protect(vmar, 0, base + 5 * PAGE, PAGE), ZX_ERR_INVALID_ARGS);
    if (!full) map(inner.handle, RW | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE);
  }
  expect_access(base, "rrr-www");
  EXPECT_OK(protect(inner.handle, READ, base + 5 * PAGE, PAGE));
  expect_access(base, "rrr-wrw");
  destroy(inner);
  destroy(region);
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_protect_empty_region_not_found) {
  region_t region = region_of(2);
  EXPECT_STATUS(zx_vmar_protect(region.handle, READ, region.base, PAGE), ZX_ERR_NOT_FOUND);
  destroy(region);
}

// --- Threads ------------------------------------------------------------------------------------

static void* map_and_unmap(void* arg) {
  const region_t* region = (const region_t*)arg;
  zx_handle_t vmo = numbered_vmo(3);
  for (int i = 0; i < 300; i++) {
    zx_handle_t vmar = i % 2 ? region->handle : ROOT;
    unsigned char* mapped = map(vmar, RW, 0, vmo, 0, 3 * PAGE);
    EXPECT_EQ(mapped[2 * PAGE], 3);
    EXPECT_OK(protect(vmar, READ, mapped + PAGE, PAGE));
    EXPECT_OK(unmap(vmar, mapped + PAGE, PAGE));
    EXPECT_EQ(mapped[0], 1);
    EXPECT_OK(unmap(vmar, mapped, 3 * PAGE));
    destroy(region_in(vmar, CAN_ALL, 0, 2 * PAGE));
  }
  EXPECT_OK(zx_handle_close(vmo));
  return NULL;
}

TEST(vmar_many_threads_in_one_address_space) {
  region_t region = region_of(64);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    ASSERT_EQ(pthread_create(&threads[i], NULL, map_and_unmap, &region), 0);
  for (int i = 0; i < 4; i++) EXPECT_EQ(pthread_join(threads[i], NULL), 0);
  EXPECT_OK(try_allocate(region.handle, 0, 0, 64 * PAGE));
  destroy(region);
}

ZTEST_MAIN

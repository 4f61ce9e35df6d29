// SPDX-License-Identifier: MIT
// zx_vmar_allocate, _destroy, _map, _unmap, _protect, in this process and, as far as no VCPU is
// needed, in a guest. Specification: memory.md, sections 4, 5, 10.9, 10.10 and 10.11.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls/hypervisor.h>

#include "objects.h"

#define PAGE ((size_t)4096)
#define READ ZX_VM_PERM_READ
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define RWX (RW | ZX_VM_PERM_EXECUTE)
#define CAN_RW (ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE)
#define CAN_ALL (CAN_RW | ZX_VM_CAN_MAP_EXECUTE | ZX_VM_CAN_MAP_SPECIFIC)
#define ROOT zx_vmar_root_self()

typedef struct {
  zx_handle_t handle;
  zx_vaddr_t base;
} region_t;

static region_t region_in(zx_handle_t parent, uint32_t options, size_t offset, size_t size) {
  region_t region = {ZX_HANDLE_INVALID, 0};
  EXPECT_OK(zx_vmar_allocate(parent, options, offset, size, &region.handle, &region.base));
  return region;
}

static region_t region_of(size_t pages) { return region_in(ROOT, CAN_ALL, 0, pages * PAGE); }

static void destroy(region_t region) {
  EXPECT_OK(zx_vmar_destroy(region.handle));
  EXPECT_OK(zx_handle_close(region.handle));
}

// A VMO in which every page begins with its number plus 1.
static zx_handle_t numbered_vmo(size_t pages) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(pages * PAGE, 0, &vmo));
  for (size_t i = 0; i < pages; i++) {
    unsigned char number = (unsigned char)(i + 1);
    EXPECT_OK(zx_vmo_write(vmo, &number, i * PAGE, 1));
  }
  return vmo;
}

static zx_status_t try_map(zx_handle_t vmar, uint32_t options, size_t offset, zx_handle_t vmo,
                           uint64_t vmo_offset, size_t len) {
  zx_vaddr_t address = 0;
  return zx_vmar_map(vmar, options, offset, vmo, vmo_offset, len, &address);
}

static unsigned char* map(zx_handle_t vmar, uint32_t options, size_t offset, zx_handle_t vmo,
                          uint64_t vmo_offset, size_t len) {
  zx_vaddr_t address = 0;
  EXPECT_OK(zx_vmar_map(vmar, options, offset, vmo, vmo_offset, len, &address));
  return (unsigned char*)address;
}

static zx_status_t try_allocate(zx_handle_t vmar, uint32_t options, size_t offset, size_t size) {
  zx_handle_t handle = ZX_HANDLE_INVALID;
  zx_vaddr_t address = 0;
  zx_status_t status = zx_vmar_allocate(vmar, options, offset, size, &handle, &address);
  if (status == ZX_OK) destroy((region_t){handle, address});
  return status;
}

static zx_status_t unmap(zx_handle_t vmar, const volatile void* address, size_t len) {
  return zx_vmar_unmap(vmar, (zx_vaddr_t)(uintptr_t)address, len);
}

static zx_status_t protect(zx_handle_t vmar, uint32_t options, const void* address, size_t len) {
  return zx_vmar_protect(vmar, options, (zx_vaddr_t)(uintptr_t)address, len);
}

// Checks what pages show: a digit is the number that a page begins with, '-' a fault.
static void expect_pages(const unsigned char* base, const char* want) {
  char got[64] = "";
  for (size_t i = 0; want[i] && i < sizeof(got) - 1; i++)
    got[i] = ztest_faults_on_read(base + i * PAGE) ? '-' : (char)('0' + base[i * PAGE]);
  EXPECT_STR(got, want);
}

// Checks what may be done with pages: '-' nothing, 'r' loads, 'w' stores too.
static void expect_access(unsigned char* base, const char* want) {
  char got[64] = "";
  for (size_t i = 0; want[i] && i < sizeof(got) - 1; i++) {
    bool load = !ztest_faults_on_read(base + i * PAGE);
    got[i] = !load ? '-' : ztest_faults_on_write(base + i * PAGE) ? 'r' : 'w';
  }
  EXPECT_STR(got, want);
}

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

// --- Guests -------------------------------------------------------------------------------------

typedef struct {
  zx_handle_t guest, vmar;
} space_t;

static zx_status_t make_guest(space_t* space) {
  zx_handle_t resource = ZX_HANDLE_INVALID;
  EXPECT_OK(libzx_get_hypervisor_resource(&resource));
  zx_status_t status = zx_guest_create(resource, 0, &space->guest, &space->vmar);
  EXPECT_OK(zx_handle_close(resource));
  return status;
}

#define GUEST(space)                                                            \
  space_t space;                                                                \
  do {                                                                          \
    zx_status_t guest_status = make_guest(&(space));                            \
    if (guest_status == ZX_ERR_NOT_SUPPORTED) SKIP("KVM not available");        \
    ASSERT_OK(guest_status);                                                    \
  } while (0)

static void close_guest(space_t space) {
  EXPECT_OK(zx_handle_close(space.vmar));
  EXPECT_OK(zx_handle_close(space.guest));
}

static zx_handle_t executable_vmo(size_t pages) {
  zx_handle_t vmo = numbered_vmo(pages);
  EXPECT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  return vmo;
}

TEST(vmar_guest_root_has_all_rights_and_cannot_be_destroyed) {
  GUEST(space);
  EXPECT_EQ(basic_info(space.vmar).rights, 0x801f);
  EXPECT_STATUS(zx_vmar_destroy(space.vmar), ZX_ERR_NOT_SUPPORTED);
  close_guest(space);
}

TEST(vmar_guest_map_lowest_address_first) {
  GUEST(space);
  zx_handle_t vmo = executable_vmo(4);
  EXPECT_EQ(map(space.vmar, RWX, 0, vmo, 0, 4 * PAGE), 0);
  EXPECT_EQ(map(space.vmar, RWX, 0, vmo, 0, PAGE), 4 * PAGE);
  EXPECT_EQ(map(space.vmar, RW | ZX_VM_SPECIFIC, 16 * PAGE, vmo, 0, PAGE), 16 * PAGE);
  EXPECT_STATUS(try_map(space.vmar, RW, 16 * PAGE, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_map(space.vmar, RW | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE), ZX_ERR_NO_MEMORY);
  EXPECT_EQ(map(space.vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, PAGE, vmo, 0, PAGE), PAGE);
  const size_t end = (size_t)1 << 48;
  EXPECT_STATUS(try_map(space.vmar, RW | ZX_VM_SPECIFIC, end, vmo, 0, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(vmo));
  close_guest(space);
}

TEST(vmar_guest_map_executable_needs_the_right) {
  GUEST(space);
  zx_handle_t vmo = numbered_vmo(1);
  EXPECT_STATUS(try_map(space.vmar, RWX, 0, vmo, 0, PAGE), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(try_map(space.vmar, RW, 0, vmo, 0, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
  close_guest(space);
}

TEST(vmar_guest_unmap_and_protect_cut) {
  GUEST(space);
  zx_handle_t vmo = executable_vmo(8);
  map(space.vmar, RWX, 0, vmo, 0, 8 * PAGE);
  EXPECT_OK(zx_vmar_unmap(space.vmar, 2 * PAGE, PAGE));
  EXPECT_STATUS(zx_vmar_protect(space.vmar, READ, PAGE, 2 * PAGE), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_vmar_protect(space.vmar, READ, 4 * PAGE, 2 * PAGE));
  EXPECT_OK(zx_vmar_protect(space.vmar, RWX, 3 * PAGE, 5 * PAGE));
  EXPECT_OK(zx_vmar_unmap(space.vmar, 0, 100 * PAGE));
  EXPECT_EQ(map(space.vmar, RWX, 0, vmo, 0, 16 * PAGE), 0);
  EXPECT_OK(zx_handle_close(vmo));
  close_guest(space);
}

TEST(vmar_guest_subregion) {
  GUEST(space);
  zx_handle_t vmo = executable_vmo(8);
  region_t region = region_in(space.vmar, CAN_ALL | ZX_VM_SPECIFIC, 4 * PAGE, 4 * PAGE);
  EXPECT_EQ(region.base, 4 * PAGE);
  EXPECT_EQ(map(region.handle, RWX, 0, vmo, 0, 2 * PAGE), 4 * PAGE);
  EXPECT_EQ(map(space.vmar, RWX, 0, vmo, 0, 4 * PAGE), 0);
  EXPECT_STATUS(zx_vmar_unmap(space.vmar, 0, 5 * PAGE), ZX_ERR_INVALID_ARGS);
  // The trap cuts the mappings and spares the region.
  EXPECT_OK(zx_guest_set_trap(space.guest, ZX_GUEST_TRAP_MEM, 3 * PAGE, 2 * PAGE, 0, 0));
  EXPECT_STATUS(zx_vmar_protect(space.vmar, RW, 3 * PAGE, PAGE), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_vmar_protect(region.handle, RW, 4 * PAGE, PAGE), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_vmar_protect(region.handle, RW, 5 * PAGE, PAGE));
  EXPECT_OK(zx_vmar_protect(space.vmar, RW, 0, 3 * PAGE));
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
  close_guest(space);
}

TEST(vmar_guest_gone_bad_state) {
  GUEST(space);
  zx_handle_t vmo = executable_vmo(2);
  region_t region = region_in(space.vmar, CAN_ALL, 0, 4 * PAGE);
  map(region.handle, RW, 0, vmo, 0, PAGE);
  int fds = ztest_count_fds();
  EXPECT_OK(zx_handle_close(space.guest));
  EXPECT_TRUE(ztest_count_fds() < fds);
  EXPECT_STATUS(try_map(space.vmar, RW, 0, vmo, 0, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmar_unmap(space.vmar, 0, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmar_protect(space.vmar, RW, 0, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(try_allocate(space.vmar, 0, 0, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmar_destroy(region.handle), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(region.handle));
  EXPECT_OK(zx_handle_close(space.vmar));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_guest_map_behind_the_vmo) {
  GUEST(space);
  zx_handle_t vmo = executable_vmo(2);
  EXPECT_EQ(map(space.vmar, RW, 0, vmo, PAGE, 4 * PAGE), 0);
  EXPECT_EQ(map(space.vmar, RW, 0, vmo, (uint64_t)1 << 63, PAGE), 4 * PAGE);
  EXPECT_OK(zx_vmar_protect(space.vmar, READ, 0, 5 * PAGE));
  EXPECT_OK(zx_vmar_unmap(space.vmar, 0, 5 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
  close_guest(space);
}

ZTEST_MAIN

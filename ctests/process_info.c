// SPDX-License-Identifier: MIT
// zx_object_get_info: what a process has mapped and which VMOs it has. Specification: objects.md,
// sections 11.2 to 11.4.

#include "vmar_fixture.h"

enum { MOST = 512 };

static const uint32_t TOPICS[] = {ZX_INFO_PROCESS_MAPS, ZX_INFO_PROCESS_VMOS_V1, ZX_INFO_PROCESS_VMOS,
                                  ZX_INFO_TASK_STATS};

static size_t maps_of(zx_info_maps_t* maps) {
  size_t actual = 0, avail = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_MAPS, maps, MOST * sizeof(*maps),
                               &actual, &avail));
  EXPECT_EQ(actual, avail);
  return actual;
}

static size_t vmos_of(zx_info_vmo_t* vmos) {
  size_t actual = 0, avail = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_VMOS, vmos, MOST * sizeof(*vmos),
                               &actual, &avail));
  EXPECT_EQ(actual, avail);
  return actual;
}

static const zx_info_maps_t* map_at(const zx_info_maps_t* maps, size_t count, zx_vaddr_t base,
                                    zx_info_maps_type_t type) {
  for (size_t i = 0; i < count; i++)
    if (maps[i].base == base && maps[i].type == type) return &maps[i];
  return NULL;
}

static zx_info_task_stats_t stats(void) {
  zx_info_task_stats_t stats = {0};
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_TASK_STATS, &stats, sizeof(stats), NULL, NULL));
  return stats;
}

TEST(object_get_info_process_memory_handle_checks) {
  zx_handle_t bare = copy_of(zx_process_self(), ZX_RIGHT_ENUMERATE);
  zx_handle_t inspector = copy_of(zx_process_self(), ZX_RIGHT_INSPECT);
  zx_handle_t event = new_event();
  static char buffer[1 << 16];
  for (int i = 0; i < 4; i++) {
    EXPECT_STATUS(zx_object_get_info(0, TOPICS[i], buffer, sizeof(buffer), NULL, NULL), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(zx_object_get_info(event, TOPICS[i], buffer, sizeof(buffer), NULL, NULL), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(zx_object_get_info(zx_job_default(), TOPICS[i], buffer, sizeof(buffer), NULL, NULL),
                  ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(zx_object_get_info(bare, TOPICS[i], buffer, sizeof(buffer), NULL, NULL), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(zx_object_get_info(inspector, TOPICS[i], buffer, sizeof(buffer), NULL, NULL));
  }
  zx_handle_t all[] = {bare, inspector, event};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

TEST(object_get_info_process_memory_sizes_and_pointers) {
  const size_t sizes[] = {96, 104, 120, 32};
  zx_handle_t vmo = new_vmo();
  unsigned char buffer[256];
  for (int i = 0; i < 4; i++) {
    size_t actual = 9, avail = 0;
    bool single = TOPICS[i] == ZX_INFO_TASK_STATS;
    zx_status_t none = single ? ZX_ERR_BUFFER_TOO_SMALL : ZX_OK;
    EXPECT_STATUS(zx_object_get_info(zx_process_self(), TOPICS[i], NULL, 0, &actual, &avail), none);
    EXPECT_EQ(actual, 0);
    EXPECT_TRUE(avail > 0);
    EXPECT_STATUS(zx_object_get_info(zx_process_self(), TOPICS[i], buffer, sizes[i] - 1, &actual, NULL), none);
    EXPECT_EQ(actual, 0);
    memset(buffer, 0xee, sizeof(buffer));
    EXPECT_OK(zx_object_get_info(zx_process_self(), TOPICS[i], buffer, sizes[i], &actual, &avail));
    EXPECT_EQ(actual, 1);
    EXPECT_EQ(buffer[sizes[i]], 0xee);
    void* bad;
    for (int j = 0; ztest_bad_write(j, sizes[i], &bad); j++)
      EXPECT_STATUS(zx_object_get_info(zx_process_self(), TOPICS[i], bad, sizes[i], NULL, NULL),
                    ZX_ERR_INVALID_ARGS);
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(object_get_info_process_maps_tell_the_tree) {
  static zx_info_maps_t maps[MOST];
  region_t outer = region_of(8), inner = region_in(outer.handle, CAN_RW | ZX_VM_SPECIFIC, PAGE, 4 * PAGE);
  zx_handle_t vmo = numbered_vmo(4);
  EXPECT_OK(zx_object_set_property(vmo, ZX_PROP_NAME, "pages", 5));
  unsigned char* at = map(outer.handle, RW | ZX_VM_SPECIFIC, 5 * PAGE, vmo, PAGE, 3 * PAGE);
  EXPECT_OK(unmap(outer.handle, at + PAGE, PAGE));
  EXPECT_OK(protect(outer.handle, READ, at + 2 * PAGE, PAGE));
  size_t count = maps_of(maps);
  EXPECT_EQ(maps[0].type, ZX_INFO_MAPS_TYPE_ASPACE);
  EXPECT_EQ(maps[0].depth, 0);
  EXPECT_EQ(maps[1].type, ZX_INFO_MAPS_TYPE_VMAR);
  EXPECT_EQ(maps[1].depth, 1);
  // Each record lies in the nearest one before it of a smaller depth, after what is there already.
  for (size_t i = 1; i < count; i++) {
    size_t parent = i - 1;
    while (maps[parent].depth >= maps[i].depth) {
      EXPECT_TRUE(maps[parent].base + maps[parent].size <= maps[i].base);
      parent--;
    }
    EXPECT_EQ(maps[parent].depth + 1, maps[i].depth);
    EXPECT_NE(maps[parent].type, ZX_INFO_MAPS_TYPE_MAPPING);
    EXPECT_TRUE(maps[parent].base <= maps[i].base);
    EXPECT_TRUE(maps[i].base + maps[i].size <= maps[parent].base + maps[parent].size);
  }
  const zx_info_maps_t* region = map_at(maps, count, inner.base, ZX_INFO_MAPS_TYPE_VMAR);
  ASSERT_TRUE(region != NULL);
  EXPECT_EQ(region->depth, 3);
  EXPECT_EQ(region->size, 4 * PAGE);
  EXPECT_EQ(region->u.mapping.vmo_koid, 0);
  for (size_t i = 0; i < 3; i++) {
    const zx_info_maps_t* mapping = map_at(maps, count, (zx_vaddr_t)at + i * PAGE, ZX_INFO_MAPS_TYPE_MAPPING);
    EXPECT_EQ(mapping == NULL, i == 1);
    if (!mapping) continue;
    EXPECT_STR(mapping->name, "pages");
    EXPECT_EQ(mapping->depth, 3);
    EXPECT_EQ(mapping->size, PAGE);
    EXPECT_EQ(mapping->u.mapping.mmu_flags, i == 0 ? RW : READ);
    EXPECT_EQ(mapping->u.mapping.vmo_koid, basic_info(vmo).koid);
    EXPECT_EQ(mapping->u.mapping.vmo_offset, (i + 1) * PAGE);
    EXPECT_EQ(mapping->u.mapping.committed_pages, 1);
  }
  destroy(outer);
  EXPECT_OK(zx_handle_close(inner.handle));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_TRUE(map_at(maps, maps_of(maps), (zx_vaddr_t)at, ZX_INFO_MAPS_TYPE_MAPPING) == NULL);
}

TEST(object_get_info_process_vmos_by_handle_and_by_mapping) {
  static zx_info_vmo_t vmos[MOST];
  static zx_info_vmo_v1_t old[MOST];
  zx_handle_t vmo = numbered_vmo(2), unmapped = new_vmo(), reader = copy_of(vmo, ZX_RIGHT_READ);
  zx_koid_t koid = basic_info(vmo).koid, other = basic_info(unmapped).koid;
  EXPECT_OK(zx_object_set_property(vmo, ZX_PROP_NAME, "two pages", 9));
  unsigned char* first = map(ROOT, RW, 0, vmo, 0, 2 * PAGE);
  unsigned char* second = map(ROOT, READ, 0, vmo, PAGE, PAGE);
  size_t count = vmos_of(vmos), handles = 0, mappings = 0, others = 0;
  zx_rights_t rights = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t via = vmos[i].flags & (ZX_INFO_VMO_VIA_HANDLE | ZX_INFO_VMO_VIA_MAPPING);
    EXPECT_TRUE(via == ZX_INFO_VMO_VIA_HANDLE || via == ZX_INFO_VMO_VIA_MAPPING);
    if (i) EXPECT_TRUE(via == ZX_INFO_VMO_VIA_MAPPING || vmos[i - 1].flags & ZX_INFO_VMO_VIA_HANDLE);
    others += vmos[i].koid == other;
    if (vmos[i].koid != koid) continue;
    EXPECT_STR(vmos[i].name, "two pages");
    EXPECT_EQ(vmos[i].size_bytes, 2 * PAGE);
    EXPECT_EQ(vmos[i].committed_bytes, 2 * PAGE);
    EXPECT_EQ(vmos[i].num_mappings, 2);
    EXPECT_EQ(vmos[i].share_count, 1);
    handles += via == ZX_INFO_VMO_VIA_HANDLE;
    mappings += via == ZX_INFO_VMO_VIA_MAPPING;
    rights ^= vmos[i].handle_rights;
  }
  EXPECT_EQ(handles, 2);
  EXPECT_EQ(mappings, 2);
  EXPECT_EQ(others, 1);
  EXPECT_EQ(rights, ZX_DEFAULT_VMO_RIGHTS ^ ZX_RIGHT_READ);
  size_t actual = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_VMOS_V1, old, sizeof(old), &actual, NULL));
  ASSERT_EQ(actual, count);
  for (size_t i = 0; i < count; i++) EXPECT_BYTES(&old[i], &vmos[i], sizeof(old[i]));
  EXPECT_OK(unmap(ROOT, first, 2 * PAGE));
  EXPECT_OK(unmap(ROOT, second, PAGE));
  zx_handle_t all[] = {vmo, unmapped, reader};
  EXPECT_OK(zx_handle_close_many(all, 3));
  EXPECT_EQ(vmos_of(vmos), count - 5);
}

TEST(object_get_info_vmo_committed_and_mapped) {
  zx_info_vmo_t info;
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(8 * PAGE, 0, &vmo));
  for (size_t pages = 0; pages < 3; pages++) {
    EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(info.committed_bytes, pages * PAGE);
    EXPECT_EQ(info.num_mappings, 0);
    EXPECT_EQ(info.share_count, 1);
    EXPECT_EQ(info.metadata_bytes != 0, pages != 0);
    EXPECT_OK(zx_vmo_write(vmo, "x", 3 * pages * PAGE, 1));
  }
  unsigned char* at = map(ROOT, RW, 0, vmo, 0, 8 * PAGE);
  at[PAGE] = 1;
  EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.committed_bytes, 4 * PAGE);
  EXPECT_EQ(info.num_mappings, 1);
  EXPECT_OK(unmap(ROOT, at, 8 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(object_get_info_task_stats_follow_mappings) {
  zx_info_task_stats_t before = stats();
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(4 * PAGE, 0, &vmo));
  unsigned char* at = map(ROOT, RW, 0, vmo, 0, 4 * PAGE);
  at[2 * PAGE] = 1;
  zx_info_task_stats_t after = stats();
  EXPECT_EQ(after.mem_mapped_bytes, before.mem_mapped_bytes + 4 * PAGE);
  EXPECT_EQ(after.mem_private_bytes, before.mem_private_bytes + PAGE);
  EXPECT_TRUE(after.mem_mapped_bytes >= after.mem_private_bytes + after.mem_shared_bytes);
  EXPECT_OK(unmap(ROOT, at, 4 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
  after = stats();
  EXPECT_BYTES(&after, &before, sizeof(after));
}

ZTEST_MAIN

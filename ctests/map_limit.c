// SPDX-License-Identifier: MIT
// At the host's limit of mappings (vm.max_map_count): calls say NO_MEMORY or work, and a program can
// always unmap what it mapped. Specification: memory.md, sections 4.4, 8 and 11.

#include "vmar_fixture.h"

#define MOST ((size_t)100000)

static size_t limit(void) {
  size_t value = 0;
  FILE* file = fopen("/proc/sys/vm/max_map_count", "r");
  if (!file || fscanf(file, "%zu", &value) != 1) value = 0;
  if (file) fclose(file);
  return value;
}

#define NEEDS_LIMIT()                                                                   \
  do {                                                                                  \
    if (limit() == 0 || limit() >= MOST) SKIP("vm.max_map_count is not below 100,000"); \
  } while (0)

// Maps pages one by one until that is refused. Every page is its own mapping of the host, since
// neighbours show the same page of the VMO.
static size_t map_until_refused(region_t region, zx_handle_t vmo) {
  zx_status_t status = ZX_OK;
  size_t count = 0;
  for (; count < MOST; count++) {
    status = try_map(region.handle, READ | ZX_VM_SPECIFIC, count * PAGE, vmo, 0, PAGE);
    if (status != ZX_OK) break;
  }
  EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
  EXPECT_TRUE(count > 1000);
  return count;
}

TEST(vmar_unmap_whole_mappings_of_region_at_limit_ok) {
  NEEDS_LIMIT();
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_of(MOST);
  size_t count = map_until_refused(region, vmo), refused = 0;
  for (size_t i = 0; i < count; i++)
    refused += zx_vmar_unmap(region.handle, region.base + i * PAGE, PAGE) != ZX_OK;
  EXPECT_EQ(refused, 0);
  // What was unmapped shows nothing any more and can be mapped again.
  EXPECT_TRUE(ztest_faults_on_read((void*)region.base));
  EXPECT_TRUE(ztest_faults_on_read((void*)(region.base + (count - 1) * PAGE)));
  EXPECT_EQ(map(region.handle, READ | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE)[0], 1);
  EXPECT_EQ(map(region.handle, READ | ZX_VM_SPECIFIC, (count - 1) * PAGE, vmo, 0, PAGE)[0], 1);
  destroy(region);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_unmap_and_map_again_one_by_one_at_limit_ok) {
  NEEDS_LIMIT();
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_of(MOST);
  size_t count = map_until_refused(region, vmo), refused = 0;
  for (size_t i = 0; i < count; i += 97) {
    refused += zx_vmar_unmap(region.handle, region.base + i * PAGE, PAGE) != ZX_OK;
    unsigned char byte = 0;
    if (!EXPECT_OK(try_map(region.handle, READ | ZX_VM_SPECIFIC, i * PAGE, vmo, 0, PAGE))) break;
    memcpy(&byte, (void*)(region.base + i * PAGE), 1);
    refused += byte != 1;
  }
  EXPECT_EQ(refused, 0);
  destroy(region);
  // The addresses are free in the root again.
  zx_vaddr_t root = 0x200000, address = 0;
  EXPECT_OK(zx_vmar_map(ROOT, READ | ZX_VM_SPECIFIC, region.base - root, vmo, 0, PAGE, &address));
  EXPECT_OK(zx_vmar_unmap(ROOT, address, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmar_destroy_of_nested_region_after_unmap_at_limit_ok) {
  NEEDS_LIMIT();
  zx_handle_t vmo = numbered_vmo(1);
  region_t outer = region_of(MOST);
  region_t inner = region_in(outer.handle, CAN_ALL | ZX_VM_SPECIFIC, 0, MOST * PAGE);
  size_t count = map_until_refused(inner, vmo), refused = 0;
  for (size_t i = 0; i < count; i += 3)
    refused += zx_vmar_unmap(inner.handle, inner.base + i * PAGE, PAGE) != ZX_OK;
  EXPECT_EQ(refused, 0);
  destroy(inner);
  EXPECT_TRUE(ztest_faults_on_read((void*)(outer.base + PAGE)));
  EXPECT_EQ(map(outer.handle, READ | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE)[0], 1);
  destroy(outer);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(object_get_info_at_limit_tells_or_no_memory) {
  NEEDS_LIMIT();
  static const uint32_t kTopics[] = {ZX_INFO_PROCESS_MAPS, ZX_INFO_PROCESS_VMOS, ZX_INFO_TASK_STATS,
                                     ZX_INFO_HANDLE_TABLE, ZX_INFO_PROCESS_HANDLE_STATS};
  zx_handle_t vmo = numbered_vmo(1);
  region_t region = region_of(MOST);
  size_t count = map_until_refused(region, vmo);
  zx_info_vmo_t info;
  EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.num_mappings, count);
  EXPECT_EQ(info.share_count, 1);
  static char room[1 << 16];
  for (size_t i = 0; i < sizeof(kTopics) / sizeof(kTopics[0]); i++) {
    size_t actual = 0, avail = 0;
    zx_status_t status = zx_object_get_info(zx_process_self(), kTopics[i], room, sizeof(room), &actual, &avail);
    if (status != ZX_OK) EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
    if (status == ZX_OK) EXPECT_TRUE(avail != 0);
  }
  destroy(region);
  EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.num_mappings, 0);
  EXPECT_OK(zx_handle_close(vmo));
}

static char message[65536];

// Whatever a call answers there, it returns, and works once there is room.
TEST(other_calls_at_limit_work_or_no_memory_and_work_afterwards) {
  NEEDS_LIMIT();
  zx_handle_t vmo = numbered_vmo(1), region_vmo = numbered_vmo(2);
  region_t region = region_of(MOST);
  map_until_refused(region, vmo);
  zx_status_t status[12];
  for (int round = 0; round < 2; round++) {
    zx_handle_t made[12];
    memset(made, 0, sizeof(made));
    zx_vaddr_t address = 0, base = 0;
    status[0] = zx_vmo_create(1 << 20, 0, &made[0]);
    status[1] = zx_event_create(0, &made[1]);
    status[2] = zx_port_create(0, &made[2]);
    status[3] = zx_channel_create(0, &made[3], &made[4]);
    status[4] = zx_fifo_create(64, 64, 0, &made[5], &made[6]);
    status[5] = zx_timer_create(0, ZX_CLOCK_MONOTONIC, &made[7]);
    status[6] = made[7] ? zx_timer_set(made[7], zx_deadline_after(ZX_SEC(100)), 0) : status[5];
    status[7] = zx_vmar_allocate(ROOT, CAN_RW, 0, PAGE, &made[8], &base);
    status[8] = zx_vmar_map(ROOT, RW, 0, region_vmo, 0, 2 * PAGE, &address);
    // Cuts a mapping in two.
    status[9] = address ? zx_vmar_protect(ROOT, READ, address, PAGE) : status[8];
    status[10] = made[3] ? zx_channel_write(made[3], 0, message, 65536, NULL, 0) : status[3];
    status[11] = zx_socket_create(0, &made[9], &made[10]);
    for (size_t i = 0; i < 12; i++) {
      if (round == 1) EXPECT_OK(status[i]);
      if (status[i] != ZX_OK) EXPECT_STATUS(status[i], ZX_ERR_NO_MEMORY);
    }
    if (address) EXPECT_OK(zx_vmar_unmap(ROOT, address, 2 * PAGE));
    if (made[8]) EXPECT_OK(zx_vmar_destroy(made[8]));
    EXPECT_OK(zx_handle_close_many(made, 12));
    if (round == 0) destroy(region);
  }
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(region_vmo));
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// A process that has used up its file descriptors: calls that need one say so, and those that only look
// something up need none. Specification: objects.md, section 11; memory.md, section 11.

#include "ztest.h"

#include <libzx.h>
#include <sys/resource.h>

#include "objects.h"

static struct rlimit before;
static int extra[64];
static int extras;

static void use_descriptors_up(void) {
  getrlimit(RLIMIT_NOFILE, &before);
  struct rlimit few = before;
  few.rlim_cur = 40;
  setrlimit(RLIMIT_NOFILE, &few);
  for (extras = 0; extras < 64; extras++) {
    extra[extras] = dup(1);
    if (extra[extras] < 0) break;
  }
}

static void give_descriptors_back(void) {
  while (extras > 0) close(extra[--extras]);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(object_get_info_of_machine_without_descriptors_is_complete) {
  zx_info_kmem_stats_t few, many;
  zx_info_kmem_stats_extended_t extended;
  zx_info_cpu_stats_t stats[256];
  size_t actual = 0, avail = 0, expected = 0;
  zx_handle_t root = get_root_resource();
  memset(&few, 0, sizeof(few));
  EXPECT_OK(zx_object_get_info(root, ZX_INFO_KMEM_STATS, &many, sizeof(many), NULL, NULL));
  EXPECT_OK(zx_object_get_info(root, ZX_INFO_CPU_STATS, NULL, 0, NULL, &expected));
  use_descriptors_up();
  for (int i = 0; i < 3; i++) {
    EXPECT_OK(zx_object_get_info(root, ZX_INFO_KMEM_STATS, &few, sizeof(few), NULL, NULL));
    EXPECT_OK(zx_object_get_info(root, ZX_INFO_KMEM_STATS_EXTENDED, &extended, sizeof(extended), NULL, NULL));
    EXPECT_OK(zx_object_get_info(root, ZX_INFO_CPU_STATS, stats, sizeof(stats), &actual, &avail));
  }
  // The descriptors are those that there were.
  for (int i = 0; i < extras; i++) EXPECT_TRUE(fcntl(extra[i], F_GETFD) >= 0);
  EXPECT_TRUE(fcntl(0, F_GETFD) >= 0 && fcntl(1, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0);
  EXPECT_TRUE(dup(1) < 0);
  give_descriptors_back();
  EXPECT_EQ(few.total_bytes, many.total_bytes);
  EXPECT_EQ(extended.total_bytes, many.total_bytes);
  EXPECT_TRUE(few.vmo_bytes != 0 && few.free_bytes != 0 && few.mmu_overhead_bytes != 0);
  EXPECT_TRUE(expected != 0);
  EXPECT_EQ(avail, expected);
  EXPECT_EQ(actual, expected);
}

TEST(create_calls_without_descriptors_no_memory_then_ok) {
  zx_handle_t resource = 0, guest = 0, vmar = 0, vmo = 0;
  ASSERT_OK(libzx_get_hypervisor_resource(&resource));
  zx_status_t can = zx_guest_create(resource, 0, &guest, &vmar);
  if (can == ZX_OK) {
    EXPECT_OK(zx_handle_close(guest));
    EXPECT_OK(zx_handle_close(vmar));
  }
  use_descriptors_up();
  zx_status_t guests = zx_guest_create(resource, 0, &guest, &vmar);
  zx_status_t vmos = zx_vmo_create(4096, 0, &vmo);
  give_descriptors_back();
  // Where there is no KVM, that is what the call says.
  EXPECT_STATUS(guests, can == ZX_OK ? ZX_ERR_NO_MEMORY : can);
  EXPECT_STATUS(vmos, ZX_ERR_NO_MEMORY);
  EXPECT_OK(zx_vmo_create(4096, 0, &vmo));
  EXPECT_OK(zx_handle_close(vmo));
  if (can == ZX_OK) {
    EXPECT_OK(zx_guest_create(resource, 0, &guest, &vmar));
    EXPECT_OK(zx_handle_close(guest));
    EXPECT_OK(zx_handle_close(vmar));
  }
  EXPECT_OK(zx_handle_close(resource));
}

// Every number of descriptors that are left: a guest is made whole or not at all.
TEST(guest_create_with_few_descriptors_whole_or_no_memory) {
  zx_handle_t resource = 0, guest = 0, vmar = 0;
  ASSERT_OK(libzx_get_hypervisor_resource(&resource));
  if (zx_guest_create(resource, 0, &guest, &vmar) != ZX_OK) {
    EXPECT_OK(zx_handle_close(resource));
    SKIP("KVM not available");
  }
  EXPECT_OK(zx_handle_close(guest));
  EXPECT_OK(zx_handle_close(vmar));
  bool made = false;
  for (int left = 0; left < 8; left++) {
    use_descriptors_up();
    for (int i = 0; i < left; i++) close(extra[--extras]);
    zx_status_t status = zx_guest_create(resource, 0, &guest, &vmar);
    if (status == ZX_OK) {
      EXPECT_OK(zx_handle_close(guest));
      EXPECT_OK(zx_handle_close(vmar));
    }
    int reusable = 0;
    for (int fd; (fd = dup(1)) >= 0; reusable++) extra[extras++] = fd;
    give_descriptors_back();
    EXPECT_EQ(reusable, left);
    if (status != ZX_OK) EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
    if (made) EXPECT_OK(status);
    made = status == ZX_OK;
  }
  EXPECT_TRUE(made);
  EXPECT_OK(zx_handle_close(resource));
}

ZTEST_MAIN

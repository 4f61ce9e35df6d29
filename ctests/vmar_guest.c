// SPDX-License-Identifier: MIT
// VMARs of guests, as far as no VCPU is needed. Specification: memory.md, sections 4 and 5.

#include "vmar_fixture.h"

#include <zircon/syscalls/hypervisor.h>

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

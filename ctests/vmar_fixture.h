// SPDX-License-Identifier: MIT
// What the tests of VMARs share: shorthands, and looks at what pages hold and permit.

#ifndef LIBZX_CTESTS_VMAR_FIXTURE_H_
#define LIBZX_CTESTS_VMAR_FIXTURE_H_

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>

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

__attribute__((unused)) static region_t region_in(zx_handle_t parent, uint32_t options, size_t offset, size_t size) {
  region_t region = {ZX_HANDLE_INVALID, 0};
  EXPECT_OK(zx_vmar_allocate(parent, options, offset, size, &region.handle, &region.base));
  return region;
}

__attribute__((unused)) static region_t region_of(size_t pages) { return region_in(ROOT, CAN_ALL, 0, pages * PAGE); }

__attribute__((unused)) static void destroy(region_t region) {
  EXPECT_OK(zx_vmar_destroy(region.handle));
  EXPECT_OK(zx_handle_close(region.handle));
}

// A VMO in which every page begins with its number plus 1.
__attribute__((unused)) static zx_handle_t numbered_vmo(size_t pages) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(pages * PAGE, 0, &vmo));
  for (size_t i = 0; i < pages; i++) {
    unsigned char number = (unsigned char)(i + 1);
    EXPECT_OK(zx_vmo_write(vmo, &number, i * PAGE, 1));
  }
  return vmo;
}

__attribute__((unused)) static zx_status_t try_map(zx_handle_t vmar, uint32_t options, size_t offset, zx_handle_t vmo,
                           uint64_t vmo_offset, size_t len) {
  zx_vaddr_t address = 0;
  return zx_vmar_map(vmar, options, offset, vmo, vmo_offset, len, &address);
}

__attribute__((unused)) static unsigned char* map(zx_handle_t vmar, uint32_t options, size_t offset, zx_handle_t vmo,
                          uint64_t vmo_offset, size_t len) {
  zx_vaddr_t address = 0;
  EXPECT_OK(zx_vmar_map(vmar, options, offset, vmo, vmo_offset, len, &address));
  return (unsigned char*)address;
}

__attribute__((unused)) static zx_status_t try_allocate(zx_handle_t vmar, uint32_t options, size_t offset, size_t size) {
  zx_handle_t handle = ZX_HANDLE_INVALID;
  zx_vaddr_t address = 0;
  zx_status_t status = zx_vmar_allocate(vmar, options, offset, size, &handle, &address);
  if (status == ZX_OK) destroy((region_t){handle, address});
  return status;
}

__attribute__((unused)) static zx_status_t unmap(zx_handle_t vmar, const volatile void* address, size_t len) {
  return zx_vmar_unmap(vmar, (zx_vaddr_t)(uintptr_t)address, len);
}

__attribute__((unused)) static zx_status_t protect(zx_handle_t vmar, uint32_t options, const void* address, size_t len) {
  return zx_vmar_protect(vmar, options, (zx_vaddr_t)(uintptr_t)address, len);
}

// Checks what pages show: a digit is the number that a page begins with, '-' a fault.
__attribute__((unused)) static void expect_pages(const unsigned char* base, const char* want) {
  char got[64] = "";
  for (size_t i = 0; want[i] && i < sizeof(got) - 1; i++)
    got[i] = ztest_faults_on_read(base + i * PAGE) ? '-' : (char)('0' + base[i * PAGE]);
  EXPECT_STR(got, want);
}

// Checks what may be done with pages: '-' nothing, 'r' loads, 'w' stores too.
__attribute__((unused)) static void expect_access(unsigned char* base, const char* want) {
  char got[64] = "";
  for (size_t i = 0; want[i] && i < sizeof(got) - 1; i++) {
    bool load = !ztest_faults_on_read(base + i * PAGE);
    got[i] = !load ? '-' : ztest_faults_on_write(base + i * PAGE) ? 'r' : 'w';
  }
  EXPECT_STR(got, want);
}

#endif  // LIBZX_CTESTS_VMAR_FIXTURE_H_

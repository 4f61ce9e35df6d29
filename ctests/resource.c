// SPDX-License-Identifier: MIT
// zx_resource_create, and the ways to the root and the hypervisor resource.
// Specification: tasks-time-system.md, sections 9.2 and 9.3.

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/syscalls/resource.h>

#include "objects.h"

#define UNTOUCHED 0xabcdefu

static zx_status_t create(zx_handle_t parent, uint32_t options, uint64_t base, size_t size,
                          zx_handle_t* out) {
  return zx_resource_create(parent, options, base, size, "test", 4, out);
}

// A resource out of the root resource that must come into being.
static zx_handle_t made(uint32_t options, uint64_t base, size_t size) {
  zx_handle_t resource = ZX_HANDLE_INVALID;
  EXPECT_OK(create(get_root_resource(), options, base, size, &resource));
  return resource;
}

static void expect_refused(zx_handle_t parent, uint32_t options, uint64_t base, size_t size,
                           zx_status_t status) {
  char what[128];
  snprintf(what, sizeof(what), "options %#x base %#llx size %#zx", options,
           (unsigned long long)base, size);
  ztest_note = what;
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(create(parent, options, base, size, &out), status);
  EXPECT_EQ(out, UNTOUCHED);
  ztest_note = NULL;
}

// --- Where resources come from ------------------------------------------------------------------

TEST(get_root_resource_borrowed_resource_handle) {
  zx_handle_t root = get_root_resource();
  zx_info_handle_basic_t info = basic_info(root);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_RESOURCE);
  EXPECT_EQ(info.rights, 0x800b);
  EXPECT_EQ(info.related_koid, 0);
  EXPECT_EQ(get_root_resource(), root);
}

TEST(get_root_resource_acts_as_root) {
  // Only a root resource may make every kind.
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_MMIO, 0x1000, 0x1000)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_ROOT, 0, 0)));
}

TEST(libzx_get_hypervisor_resource_new_handle_every_time) {
  zx_handle_t first = ZX_HANDLE_INVALID, second = ZX_HANDLE_INVALID;
  ASSERT_OK(libzx_get_hypervisor_resource(&first));
  ASSERT_OK(libzx_get_hypervisor_resource(&second));
  EXPECT_NE(first, second);
  zx_info_handle_basic_t info = basic_info(first);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_RESOURCE);
  EXPECT_EQ(info.rights, 0x800b);
  EXPECT_OK(zx_handle_close(first));
  EXPECT_TRUE(is_live(second));
  EXPECT_OK(zx_handle_close(second));
}

TEST(libzx_get_hypervisor_resource_is_not_root) {
  zx_handle_t hypervisor = ZX_HANDLE_INVALID;
  ASSERT_OK(libzx_get_hypervisor_resource(&hypervisor));
  expect_refused(hypervisor, ZX_RSRC_KIND_MMIO, 0x1000, 0x1000, ZX_ERR_ACCESS_DENIED);
  expect_refused(hypervisor, ZX_RSRC_KIND_ROOT, 0, 0, ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(hypervisor));
}

TEST(libzx_get_hypervisor_resource_bad_out_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(libzx_get_hypervisor_resource((zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
}

TEST(take_startup_handle_resource_once_then_zero) {
  EXPECT_EQ(PA_HND(PA_RESOURCE, 0), 0x3f);
  EXPECT_EQ(zx_take_startup_handle(PA_HND(PA_RESOURCE, 1)), 0);  // exactly that id
  EXPECT_EQ(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0) | 0x100), 0);
  zx_handle_t root = zx_take_startup_handle(PA_HND(PA_RESOURCE, 0));
  ASSERT_NE(root, 0);
  EXPECT_EQ(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)), 0);
  EXPECT_NE(root, get_root_resource());
  zx_info_handle_basic_t info = basic_info(root);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_RESOURCE);
  EXPECT_EQ(info.rights, 0x800b);
  zx_handle_t child = ZX_HANDLE_INVALID;
  EXPECT_OK(create(root, ZX_RSRC_KIND_ROOT, 0, 0, &child));
  EXPECT_OK(zx_handle_close(child));
  // It is owned: closing it leaves the borrowed one alone.
  EXPECT_OK(zx_handle_close(root));
  EXPECT_TRUE(is_live(get_root_resource()));
  EXPECT_EQ(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)), 0);
}

TEST(take_startup_handle_runtime_ids_zero) {
  const uint32_t types[] = {PA_PROC_SELF, PA_THREAD_SELF, PA_JOB_DEFAULT, PA_VMAR_ROOT,
                            PA_VMO_VDSO, PA_FD, PA_USER0, 0, 0xff};
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
    EXPECT_EQ(zx_take_startup_handle(PA_HND(types[i], 0)), 0);
}

// --- Row 1: the parent handle -------------------------------------------------------------------

TEST(resource_create_parent_checks_come_first) {
  zx_handle_t dead = stale_handle(), port = new_port();
  zx_handle_t bare_port = copy_of(port, ZX_RIGHT_NONE);
  zx_handle_t weak = copy_of(get_root_resource(), 0x800b & ~ZX_RIGHT_WRITE);
  const uint32_t options[] = {ZX_RSRC_KIND_MMIO, ZX_RSRC_KIND_COUNT, 0xffffffffu};
  for (size_t i = 0; i < 3; i++) {
    expect_refused(ZX_HANDLE_INVALID, options[i], 0x1000, 0x1000, ZX_ERR_BAD_HANDLE);
    expect_refused(dead, options[i], 0x1000, 0x1000, ZX_ERR_BAD_HANDLE);
    expect_refused(port, options[i], 0x1000, 0x1000, ZX_ERR_WRONG_TYPE);
    expect_refused(bare_port, options[i], 0x1000, 0x1000, ZX_ERR_WRONG_TYPE);
    expect_refused(weak, options[i], 0x1000, 0x1000, ZX_ERR_ACCESS_DENIED);
  }
  EXPECT_STATUS(zx_resource_create(0, 0, 1, 0, NULL, 4, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_resource_create(port, 0, 1, 0, NULL, 4, NULL), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_resource_create(weak, 0, 1, 0, NULL, 4, NULL), ZX_ERR_ACCESS_DENIED);
  zx_handle_t handles[] = {port, bare_port, weak};
  EXPECT_OK(zx_handle_close_many(handles, 3));
}

// --- Row 2: kind and flags ----------------------------------------------------------------------

TEST(resource_create_unknown_kind_or_flag_invalid_args) {
  zx_handle_t root = get_root_resource();
  const uint32_t options[] = {ZX_RSRC_KIND_COUNT, 7, 0x00ff, 0xffff, 0x00020000, 0x80000000u,
                              ZX_RSRC_FLAG_EXCLUSIVE | 0x00040000, 0xffff0000u,
                              ZX_RSRC_FLAG_EXCLUSIVE | ZX_RSRC_KIND_COUNT};
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
    expect_refused(root, options[i], 0x1000, 0x1000, ZX_ERR_INVALID_ARGS);
}

TEST(resource_create_unknown_kind_invalid_args_before_access_denied) {
  zx_handle_t mmio = made(ZX_RSRC_KIND_MMIO, 0x1000, 0x1000);
  expect_refused(mmio, ZX_RSRC_KIND_COUNT, 0x1000, 0x1000, ZX_ERR_INVALID_ARGS);
  expect_refused(mmio, ZX_RSRC_KIND_IRQ | 0x00020000, 1, 1, ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(mmio));
}

// --- Row 3: what the parent covers --------------------------------------------------------------

TEST(resource_create_parent_of_same_kind_covering_ok) {
  zx_handle_t parent = made(ZX_RSRC_KIND_MMIO, 0x10000, 0x4000);
  const struct {
    uint64_t base;
    size_t size;
  } inside[] = {{0x10000, 0x4000}, {0x10000, 0x1000}, {0x13000, 0x1000}, {0x11000, 0x2000}};
  for (size_t i = 0; i < 4; i++) {
    zx_handle_t child = ZX_HANDLE_INVALID;
    EXPECT_OK(create(parent, ZX_RSRC_KIND_MMIO, inside[i].base, inside[i].size, &child));
    zx_info_handle_basic_t info = basic_info(child);
    EXPECT_EQ(info.type, ZX_OBJ_TYPE_RESOURCE);
    EXPECT_EQ(info.rights, 0x800b);
    EXPECT_NE(info.koid, basic_info(parent).koid);
    EXPECT_OK(zx_handle_close(child));
  }
  EXPECT_OK(zx_handle_close(parent));
}

TEST(resource_create_parent_not_covering_access_denied) {
  zx_handle_t parent = made(ZX_RSRC_KIND_MMIO, 0x10000, 0x4000);
  expect_refused(parent, ZX_RSRC_KIND_MMIO, 0xf000, 0x1000, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_MMIO, 0xf000, 0x2000, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_MMIO, 0x10000, 0x5000, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_MMIO, 0x13000, 0x2000, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_MMIO, 0x14000, 0x1000, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_MMIO, 0, 0x100000, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_IOPORT, 0x10000, 0x1000, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_ROOT, 0, 0, ZX_ERR_ACCESS_DENIED);
  expect_refused(parent, ZX_RSRC_KIND_SYSTEM, 0, 1, ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(parent));
}

// --- Row 4: exclusive parents and children ------------------------------------------------------

TEST(resource_create_exclusive_without_root_invalid_args) {
  zx_handle_t shared = made(ZX_RSRC_KIND_MMIO, 0x10000, 0x4000);
  expect_refused(shared, ZX_RSRC_KIND_MMIO | ZX_RSRC_FLAG_EXCLUSIVE, 0x11000, 0x1000,
                 ZX_ERR_INVALID_ARGS);
  // Not covered comes first.
  expect_refused(shared, ZX_RSRC_KIND_MMIO | ZX_RSRC_FLAG_EXCLUSIVE, 0x20000, 0x1000,
                 ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(shared));
  zx_handle_t exclusive = made(ZX_RSRC_KIND_MMIO | ZX_RSRC_FLAG_EXCLUSIVE, 0x30000, 0x4000);
  expect_refused(exclusive, ZX_RSRC_KIND_MMIO, 0x31000, 0x1000, ZX_ERR_INVALID_ARGS);
  expect_refused(exclusive, ZX_RSRC_KIND_MMIO | ZX_RSRC_FLAG_EXCLUSIVE, 0x31000, 0x1000,
                 ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(exclusive));
}

// --- Row 5: the name ----------------------------------------------------------------------------

TEST(resource_create_no_name_ok) {
  zx_handle_t out = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_resource_create(get_root_resource(), ZX_RSRC_KIND_MMIO, 0, 4096, NULL, 0, &out));
  EXPECT_OK(zx_handle_close(out));
  EXPECT_OK(
      zx_resource_create(get_root_resource(), ZX_RSRC_KIND_MMIO, 0, 4096, (char*)1, 0, &out));
  EXPECT_OK(zx_handle_close(out));
}

TEST(resource_create_bad_name_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_read(i, 4, &bad); i++) {
    zx_handle_t out = UNTOUCHED;
    EXPECT_STATUS(zx_resource_create(get_root_resource(), ZX_RSRC_KIND_MMIO, 0, 4096,
                                     (const char*)bad, 4, &out),
                  ZX_ERR_INVALID_ARGS);
    // Before the region is looked for.
    EXPECT_STATUS(zx_resource_create(get_root_resource(), ZX_RSRC_KIND_IOPORT, 1u << 20, 1,
                                     (const char*)bad, 4, &out),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, UNTOUCHED);
  }
}

TEST(resource_create_bad_name_access_denied_first) {
  zx_handle_t parent = made(ZX_RSRC_KIND_MMIO, 0x10000, 0x4000);
  zx_handle_t out = UNTOUCHED;
  EXPECT_STATUS(zx_resource_create(parent, ZX_RSRC_KIND_MMIO, 0, 4096, NULL, 4, &out),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(parent));
}

TEST(resource_create_long_name_ok) {
  char name[100];
  memset(name, 'n', sizeof(name));
  for (size_t size = 1; size <= sizeof(name); size++) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_resource_create(get_root_resource(), 0, 0, 4096, name, size, &out));
    EXPECT_OK(zx_handle_close(out));
  }
}

// --- Rows 6 and 7: ranges -----------------------------------------------------------------------

TEST(resource_create_root_with_range_invalid_args) {
  zx_handle_t root = get_root_resource();
  expect_refused(root, ZX_RSRC_KIND_ROOT, 1, 0, ZX_ERR_INVALID_ARGS);
  expect_refused(root, ZX_RSRC_KIND_ROOT, 0, 1, ZX_ERR_INVALID_ARGS);
  expect_refused(root, ZX_RSRC_KIND_ROOT, 0x1000, 0x1000, ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_ROOT, 0, 0)));
}

TEST(resource_create_size_zero_invalid_args) {
  const uint32_t kinds[] = {ZX_RSRC_KIND_MMIO, ZX_RSRC_KIND_IRQ, ZX_RSRC_KIND_IOPORT,
                            ZX_RSRC_KIND_SMC, ZX_RSRC_KIND_SYSTEM};
  for (size_t i = 0; i < 5; i++) {
    expect_refused(get_root_resource(), kinds[i], 0, 0, ZX_ERR_INVALID_ARGS);
    expect_refused(get_root_resource(), kinds[i], 16, 0, ZX_ERR_INVALID_ARGS);
  }
}

TEST(resource_create_overflowing_range_invalid_args) {
  const uint32_t kinds[] = {ZX_RSRC_KIND_MMIO, ZX_RSRC_KIND_IRQ, ZX_RSRC_KIND_IOPORT,
                            ZX_RSRC_KIND_SMC, ZX_RSRC_KIND_SYSTEM};
  for (size_t i = 0; i < 5; i++) {
    expect_refused(get_root_resource(), kinds[i], UINT64_MAX, 2, ZX_ERR_INVALID_ARGS);
    expect_refused(get_root_resource(), kinds[i], 2, SIZE_MAX, ZX_ERR_INVALID_ARGS);
    expect_refused(get_root_resource(), kinds[i], 1ull << 63, (size_t)1 << 63 | 1,
                   ZX_ERR_INVALID_ARGS);
  }
}

// --- Row 8: the machine's regions ---------------------------------------------------------------

TEST(resource_create_every_kind_in_its_region_ok) {
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_MMIO, 0, 4096)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_MMIO, (1ull << 52) - 4096, 4096)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_IRQ, 0, 1)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_IRQ, 32, 8)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_IOPORT, 0, 65536)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_IOPORT, 65535, 1)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_HYPERVISOR_BASE, 1)));
  EXPECT_OK(zx_handle_close(made(ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_VMEX_BASE, 1)));
}

TEST(resource_create_outside_region_not_found) {
  zx_handle_t root = get_root_resource();
  expect_refused(root, ZX_RSRC_KIND_MMIO, 1ull << 52, 4096, ZX_ERR_NOT_FOUND);
  expect_refused(root, ZX_RSRC_KIND_MMIO, (1ull << 52) - 4096, 8192, ZX_ERR_NOT_FOUND);
  expect_refused(root, ZX_RSRC_KIND_IOPORT, 65536, 1, ZX_ERR_NOT_FOUND);
  expect_refused(root, ZX_RSRC_KIND_IOPORT, 65535, 2, ZX_ERR_NOT_FOUND);
  expect_refused(root, ZX_RSRC_KIND_IRQ, 1u << 31, 1, ZX_ERR_NOT_FOUND);
  expect_refused(root, ZX_RSRC_KIND_SYSTEM, 1u << 20, 1, ZX_ERR_NOT_FOUND);
#ifdef __x86_64__
  expect_refused(root, ZX_RSRC_KIND_SMC, 0, 1, ZX_ERR_NOT_FOUND);
  expect_refused(root, ZX_RSRC_KIND_SMC, 0xc000, 1, ZX_ERR_NOT_FOUND);
#endif
}

TEST(resource_create_shared_ranges_overlap_ok) {
  zx_handle_t first = made(ZX_RSRC_KIND_IOPORT, 0x100, 0x100);
  zx_handle_t same = made(ZX_RSRC_KIND_IOPORT, 0x100, 0x100);
  zx_handle_t part = made(ZX_RSRC_KIND_IOPORT, 0x180, 0x100);
  zx_handle_t handles[] = {first, same, part};
  EXPECT_OK(zx_handle_close_many(handles, 3));
}

TEST(resource_create_exclusive_overlap_not_found) {
  zx_handle_t root = get_root_resource();
  const uint32_t exclusive = ZX_RSRC_KIND_IOPORT | ZX_RSRC_FLAG_EXCLUSIVE;
  zx_handle_t taken = made(exclusive, 0x200, 0x100);
  const struct {
    uint64_t base;
    size_t size;
  } overlaps[] = {{0x200, 0x100}, {0x200, 1}, {0x2ff, 1}, {0x1ff, 2}, {0x2ff, 2}, {0, 0x10000}};
  for (size_t i = 0; i < 6; i++) {
    expect_refused(root, exclusive, overlaps[i].base, overlaps[i].size, ZX_ERR_NOT_FOUND);
    expect_refused(root, ZX_RSRC_KIND_IOPORT, overlaps[i].base, overlaps[i].size,
                   ZX_ERR_NOT_FOUND);
  }
  // Neighbours and other kinds are free.
  zx_handle_t handles[] = {made(exclusive, 0x1ff, 1), made(exclusive, 0x300, 0x10),
                           made(ZX_RSRC_KIND_MMIO | ZX_RSRC_FLAG_EXCLUSIVE, 0, 0x1000), taken};
  EXPECT_OK(zx_handle_close_many(handles, 4));
}

TEST(resource_create_exclusive_over_shared_not_found) {
  const uint32_t exclusive = ZX_RSRC_KIND_IOPORT | ZX_RSRC_FLAG_EXCLUSIVE;
  zx_handle_t shared = made(ZX_RSRC_KIND_IOPORT, 0x400, 0x10);
  expect_refused(get_root_resource(), exclusive, 0x400, 0x10, ZX_ERR_NOT_FOUND);
  expect_refused(get_root_resource(), exclusive, 0x40f, 0x10, ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_close(shared));
  EXPECT_OK(zx_handle_close(made(exclusive, 0x400, 0x10)));
}

TEST(resource_create_region_returned_with_last_handle) {
  const uint32_t exclusive = ZX_RSRC_KIND_MMIO | ZX_RSRC_FLAG_EXCLUSIVE;
  zx_handle_t taken = made(exclusive, 0x50000, 0x1000);
  zx_handle_t copy = copy_of(taken, ZX_RIGHT_NONE);
  EXPECT_OK(zx_handle_close(taken));
  expect_refused(get_root_resource(), exclusive, 0x50000, 0x1000, ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_OK(zx_handle_close(made(exclusive, 0x50000, 0x1000)));
}

TEST(resource_create_child_outlives_parent) {
  zx_handle_t parent = made(ZX_RSRC_KIND_MMIO, 0x60000, 0x2000);
  zx_handle_t child = ZX_HANDLE_INVALID, grandchild = ZX_HANDLE_INVALID;
  EXPECT_OK(create(parent, ZX_RSRC_KIND_MMIO, 0x60000, 0x1000, &child));
  EXPECT_OK(zx_handle_close(parent));
  EXPECT_OK(create(child, ZX_RSRC_KIND_MMIO, 0x60000, 0x1000, &grandchild));
  EXPECT_OK(zx_handle_close(child));
  EXPECT_OK(zx_handle_close(grandchild));
}

// --- Row 9: the out pointer ---------------------------------------------------------------------

TEST(resource_create_bad_out_invalid_args_region_returned) {
  const uint32_t exclusive = ZX_RSRC_KIND_MMIO | ZX_RSRC_FLAG_EXCLUSIVE;
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(create(get_root_resource(), exclusive, 0x70000, 0x1000, (zx_handle_t*)bad),
                  ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(made(exclusive, 0x70000, 0x1000)));
  // Looked at last.
  EXPECT_STATUS(create(get_root_resource(), ZX_RSRC_KIND_IOPORT, 65536, 1, NULL),
                ZX_ERR_NOT_FOUND);
}

ZTEST_MAIN

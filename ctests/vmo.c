// SPDX-License-Identifier: MIT
// zx_vmo_create, _read, _write, _get_size, _replace_as_executable, and what mappings show of a VMO.
// Specification: memory.md, sections 3.1 to 3.3, 3.8, 10.1 and 10.2.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls/resource.h>

#include "objects.h"

#define PAGE ((size_t)4096)
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define RX (ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE)

static zx_handle_t vmo_of(uint64_t size, uint32_t options) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(size, options, &vmo));
  return vmo;
}

static uint64_t size_of(zx_handle_t vmo) {
  uint64_t size = UINT64_MAX;
  EXPECT_OK(zx_vmo_get_size(vmo, &size));
  return size;
}

// The address of a new mapping of the VMO's start; NULL, and a failure, when there is none.
static unsigned char* map_of(zx_handle_t vmo, uint32_t perms, size_t len) {
  zx_vaddr_t address = 0;
  EXPECT_OK(zx_vmar_map(zx_vmar_root_self(), perms, 0, vmo, 0, len, &address));
  return (unsigned char*)address;
}

static void unmap(void* address, size_t len) {
  EXPECT_OK(zx_vmar_unmap(zx_vmar_root_self(), (zx_vaddr_t)address, len));
}

static zx_status_t try_map(zx_handle_t vmo, uint32_t options) {
  zx_vaddr_t address = 0;
  zx_status_t status = zx_vmar_map(zx_vmar_root_self(), options, 0, vmo, 0, PAGE, &address);
  if (status == ZX_OK) unmap((void*)address, PAGE);
  return status;
}

// --- zx_vmo_create, zx_vmo_get_size -------------------------------------------------------------

TEST(vmo_create_many_sizes_ok) {
  zx_handle_t vmos[16];
  for (size_t i = 0; i < 16; i++) vmos[i] = vmo_of(i * PAGE, 0);
  for (size_t i = 0; i < 16; i++) {
    EXPECT_EQ(size_of(vmos[i]), i * PAGE);
    EXPECT_OK(zx_handle_close(vmos[i]));
  }
}

TEST(vmo_create_any_size_rounds_up) {
  for (uint64_t size = 0; size <= 4 * PAGE; size += size % PAGE < 2 ? 1 : 819) {
    zx_handle_t vmo = vmo_of(size, 0);
    EXPECT_EQ(size_of(vmo), (size + PAGE - 1) / PAGE * PAGE);
    EXPECT_OK(zx_handle_close(vmo));
  }
}

TEST(vmo_create_all_options_ok) {
  for (uint32_t options = 0; options < 8; options += 2)
    EXPECT_OK(zx_handle_close(vmo_of(PAGE, options)));
}

TEST(vmo_create_unknown_option_invalid_args) {
  zx_handle_t vmo = 77;
  EXPECT_STATUS(zx_vmo_create(PAGE, 1u << 0, &vmo), ZX_ERR_INVALID_ARGS);
  for (int bit = 3; bit < 32; bit++)
    EXPECT_STATUS(zx_vmo_create(PAGE, 1u << bit, &vmo), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmo_create(UINT64_MAX, 1, &vmo), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(vmo, 77);
}

TEST(vmo_create_too_large_out_of_range) {
  zx_handle_t vmo = 77;
  EXPECT_STATUS(zx_vmo_create(UINT64_MAX, 0, &vmo), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_create(UINT64_MAX - PAGE + 2, 0, &vmo), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_create(((uint64_t)1 << 63) - PAGE + 1, 0, &vmo), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(vmo, 77);
}

TEST(vmo_create_largest_reads_zero_at_its_end) {
  uint64_t size = ((uint64_t)1 << 63) - PAGE;
  zx_handle_t vmo = vmo_of(size, 0);
  uint64_t last = 1;
  EXPECT_EQ(size_of(vmo), size);
  EXPECT_OK(zx_vmo_read(vmo, &last, size - sizeof(last), sizeof(last)));
  EXPECT_EQ(last, 0);
  EXPECT_STATUS(zx_vmo_read(vmo, &last, size - 4, sizeof(last)), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_create_bad_out_pointer_invalid_args) {
  int fds = ztest_count_fds();
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_vmo_create(PAGE, 0, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(ztest_count_fds(), fds);
}

TEST(vmo_create_handle_has_default_rights) {
  zx_handle_t vmo = new_vmo();
  zx_info_handle_basic_t info = basic_info(vmo);
  EXPECT_EQ(info.rights, 0xd0ef);
  EXPECT_EQ(info.rights, ZX_DEFAULT_VMO_RIGHTS);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_VMO);
  EXPECT_EQ(info.related_koid, 0);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_get_size_any_rights_ok) {
  zx_handle_t vmo = new_vmo(), bare = copy_of(vmo, ZX_RIGHT_NONE);
  EXPECT_EQ(size_of(bare), PAGE);
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_get_size_errors) {
  uint64_t size = 77;
  zx_handle_t port = new_port(), vmo = new_vmo();
  EXPECT_STATUS(zx_vmo_get_size(ZX_HANDLE_INVALID, &size), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vmo_get_size(port, &size), ZX_ERR_WRONG_TYPE);
  EXPECT_EQ(size, 77);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(size), &bad); i++)
    EXPECT_STATUS(zx_vmo_get_size(vmo, (uint64_t*)bad), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_STATUS(zx_vmo_get_size(vmo, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(port));
}

TEST(vmo_close_gives_back_its_file) {
  int fds = ztest_count_fds();
  zx_handle_t vmo = new_vmo();
  unsigned char* mapped = map_of(vmo, RW, PAGE);
  EXPECT_OK(zx_handle_close(vmo));
  mapped[5] = 5;
  EXPECT_EQ(mapped[5], 5);
  unmap(mapped, PAGE);
  EXPECT_EQ(ztest_count_fds(), fds);
}

// --- zx_vmo_read, zx_vmo_write ------------------------------------------------------------------

TEST(vmo_read_fresh_is_zero) {
  static unsigned char got[4 * 4096], zero[sizeof(got)];
  zx_handle_t vmo = vmo_of(sizeof(got), 0);
  memset(got, 0xff, sizeof(got));
  EXPECT_OK(zx_vmo_read(vmo, got, 0, sizeof(got)));
  EXPECT_BYTES(got, zero, sizeof(got));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_read_odd_offsets_returns_what_was_written) {
  unsigned char want[4096], got[4096];
  for (size_t i = 0; i < PAGE; i++) want[i] = (unsigned char)(i * 7 + 3);
  zx_handle_t vmo = vmo_of(4 * PAGE, 0);
  EXPECT_OK(zx_vmo_write(vmo, want, PAGE + 13, PAGE));
  for (size_t skip = 0; skip < PAGE; skip += 511) {
    EXPECT_OK(zx_vmo_read(vmo, got, PAGE + 13 + skip, PAGE - skip));
    EXPECT_BYTES(got, want + skip, PAGE - skip);
  }
  EXPECT_OK(zx_vmo_read(vmo, got, PAGE, 13));
  for (size_t i = 0; i < 13; i++) EXPECT_EQ(got[i], 0);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_mapping_and_calls_show_the_same_bytes) {
  const size_t size = 19 * PAGE;
  zx_handle_t vmo = vmo_of(size, 0);
  unsigned char* mapped = map_of(vmo, RW, size);
  ASSERT_TRUE(mapped != NULL);
  for (size_t at = 100; at < size; at += PAGE) {
    uint32_t value = (uint32_t)at, got = 0;
    EXPECT_OK(zx_vmo_write(vmo, &value, at, sizeof(value)));
    memcpy(&got, mapped + at, sizeof(got));
    EXPECT_EQ(got, value);
    value = ~value;
    memcpy(mapped + at, &value, sizeof(value));
    EXPECT_OK(zx_vmo_read(vmo, &got, at, sizeof(got)));
    EXPECT_EQ(got, value);
  }
  unmap(mapped, size);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_read_write_past_end_out_of_range) {
  static unsigned char buffer[2 * 4096];
  zx_handle_t vmo = new_vmo();
  const struct {
    uint64_t offset;
    size_t size;
  } ranges[] = {{0, 2 * PAGE},
                {1, PAGE},
                {PAGE, 1},
                {PAGE + 1, 0},
                {2 * PAGE, 1},
                {UINT64_MAX, 0},
                {UINT64_MAX, 1},
                {UINT64_MAX - 9, 20},
                {1, SIZE_MAX},
                {0, SIZE_MAX},
                {0, SIZE_MAX - PAGE + 1},
                {PAGE, SIZE_MAX - PAGE + 1}};
  memset(buffer, 0x5a, sizeof(buffer));
  for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
    uint64_t offset = ranges[i].offset;
    EXPECT_STATUS(zx_vmo_read(vmo, buffer, offset, ranges[i].size), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(zx_vmo_write(vmo, buffer, offset, ranges[i].size), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(zx_vmo_read(vmo, NULL, offset, ranges[i].size), ZX_ERR_OUT_OF_RANGE);
  }
  for (size_t i = 0; i < sizeof(buffer); i++)
    if (buffer[i] != 0x5a) EXPECT_EQ(buffer[i], 0x5a);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_read_write_nothing_inside_ok) {
  zx_handle_t vmo = new_vmo();
  EXPECT_OK(zx_vmo_read(vmo, NULL, 0, 0));
  EXPECT_OK(zx_vmo_read(vmo, NULL, PAGE, 0));
  EXPECT_OK(zx_vmo_write(vmo, NULL, PAGE, 0));
  EXPECT_OK(zx_vmo_write(vmo, (void*)1, 17, 0));
  EXPECT_OK(zx_handle_close(vmo));
  vmo = vmo_of(0, 0);
  EXPECT_OK(zx_vmo_read(vmo, NULL, 0, 0));
  EXPECT_STATUS(zx_vmo_read(vmo, NULL, 1, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_read_write_bad_buffer_not_found) {
  zx_handle_t vmo = vmo_of(4 * PAGE, 0);
  void* bad;
  for (int i = 0; ztest_bad_write(i, 64, &bad); i++)
    EXPECT_STATUS(zx_vmo_read(vmo, bad, 3, 64), ZX_ERR_NOT_FOUND);
  for (int i = 0; ztest_bad_read(i, 64, &bad); i++)
    EXPECT_STATUS(zx_vmo_write(vmo, bad, 3, 64), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_read_write_hole_in_buffer_not_found) {
  zx_handle_t vmo = vmo_of(3 * PAGE, 0), memory = vmo_of(3 * PAGE, 0);
  unsigned char* buffer = map_of(memory, RW, 3 * PAGE);
  ASSERT_TRUE(buffer != NULL);
  unmap(buffer + PAGE, PAGE);
  EXPECT_STATUS(zx_vmo_read(vmo, buffer, 0, 3 * PAGE), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_vmo_write(vmo, buffer, 0, 3 * PAGE), ZX_ERR_NOT_FOUND);
  unmap(buffer, 3 * PAGE);
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(memory));
}

TEST(vmo_read_write_own_mapping_does_not_deadlock) {
  const size_t size = 16 * PAGE;
  zx_handle_t vmo = vmo_of(size, 0);
  unsigned char* mapped = map_of(vmo, RW, size);
  ASSERT_TRUE(mapped != NULL);
  EXPECT_OK(zx_vmo_read(vmo, mapped, 0, size));
  EXPECT_OK(zx_vmo_write(vmo, mapped, 0, size));
  EXPECT_OK(zx_vmo_read(vmo, mapped + size / 2, 0, size / 2));
  EXPECT_OK(zx_vmo_write(vmo, mapped, size / 2, size / 2));
  unmap(mapped, size);
  EXPECT_OK(zx_handle_close(vmo));
}

typedef struct {
  zx_handle_t vmo;
  unsigned char* buffer;
} crossing_t;

static void* cross(void* arg) {
  crossing_t* crossing = (crossing_t*)arg;
  for (int i = 0; i < 300; i++)
    EXPECT_OK(zx_vmo_read(crossing->vmo, crossing->buffer, 0, 8 * PAGE));
  return NULL;
}

TEST(vmo_read_two_threads_into_each_other_do_not_deadlock) {
  zx_handle_t a = vmo_of(8 * PAGE, 0), b = vmo_of(8 * PAGE, 0);
  crossing_t one = {a, map_of(b, RW, 8 * PAGE)}, two = {b, map_of(a, RW, 8 * PAGE)};
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, cross, &one), 0);
  cross(&two);
  EXPECT_EQ(pthread_join(thread, NULL), 0);
  unmap(one.buffer, 8 * PAGE);
  unmap(two.buffer, 8 * PAGE);
  EXPECT_OK(zx_handle_close(a));
  EXPECT_OK(zx_handle_close(b));
}

// --- Mappings and sizes -------------------------------------------------------------------------

TEST(vmo_map_longer_than_vmo_faults_behind_it) {
  zx_handle_t vmo = vmo_of(2 * PAGE, 0);
  unsigned char* mapped = map_of(vmo, RW, 4 * PAGE);
  ASSERT_TRUE(mapped != NULL);
  EXPECT_FALSE(ztest_faults_on_write(mapped + 2 * PAGE - 1));
  EXPECT_TRUE(ztest_faults_on_read(mapped + 2 * PAGE));
  EXPECT_TRUE(ztest_faults_on_write(mapped + 4 * PAGE - 1));
  EXPECT_OK(zx_vmar_protect(zx_vmar_root_self(), ZX_VM_PERM_READ, (zx_vaddr_t)mapped, 4 * PAGE));
  EXPECT_FALSE(ztest_faults_on_read(mapped));
  EXPECT_TRUE(ztest_faults_on_write(mapped));
  unmap(mapped, 4 * PAGE);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_map_require_non_resizable) {
  zx_handle_t fixed = new_vmo(), resizable = vmo_of(PAGE, ZX_VMO_RESIZABLE);
  EXPECT_OK(try_map(fixed, ZX_VM_PERM_READ | ZX_VM_REQUIRE_NON_RESIZABLE));
  EXPECT_OK(try_map(resizable, ZX_VM_PERM_READ));
  EXPECT_OK(try_map(resizable, ZX_VM_PERM_READ | ZX_VM_ALLOW_FAULTS));
  EXPECT_STATUS(try_map(resizable, ZX_VM_PERM_READ | ZX_VM_REQUIRE_NON_RESIZABLE),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(try_map(resizable, ZX_VM_REQUIRE_NON_RESIZABLE | 1u << 23), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(fixed));
  EXPECT_OK(zx_handle_close(resizable));
}

// --- Rights -------------------------------------------------------------------------------------

TEST(vmo_read_write_follow_rights) {
  static const struct {
    zx_rights_t rights;
    zx_status_t read, write;
  } cases[] = {{ZX_RIGHT_NONE, ZX_ERR_ACCESS_DENIED, ZX_ERR_ACCESS_DENIED},
               {ZX_RIGHT_READ, ZX_OK, ZX_ERR_ACCESS_DENIED},
               {ZX_RIGHT_WRITE, ZX_ERR_ACCESS_DENIED, ZX_OK},
               {ZX_RIGHT_READ | ZX_RIGHT_WRITE, ZX_OK, ZX_OK}};
  zx_handle_t vmo = new_vmo();
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    zx_handle_t copy = copy_of(vmo, cases[i].rights);
    char byte = 0;
    EXPECT_STATUS(zx_vmo_read(copy, &byte, 0, 1), cases[i].read);
    EXPECT_STATUS(zx_vmo_write(copy, &byte, 0, 1), cases[i].write);
    EXPECT_OK(zx_handle_close(copy));
  }
  zx_handle_t bare = copy_of(vmo, ZX_RIGHT_NONE);
  EXPECT_STATUS(zx_vmo_read(bare, NULL, UINT64_MAX, 9), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_read_write_type_before_rights) {
  zx_handle_t port = new_port(), bare = copy_of(port, ZX_RIGHT_NONE), stale = stale_handle();
  char byte = 0;
  EXPECT_STATUS(zx_vmo_read(bare, &byte, 0, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_write(bare, &byte, 0, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vmo_read(stale, &byte, 0, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vmo_write(stale, &byte, 0, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(bare));
  EXPECT_OK(zx_handle_close(port));
}

TEST(vmo_map_matrix_of_permissions_and_rights) {
  zx_handle_t vmo = new_vmo();
  ASSERT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  const zx_rights_t rights_of[] = {ZX_RIGHT_READ, ZX_RIGHT_WRITE, ZX_RIGHT_EXECUTE};
  for (unsigned have = 0; have < 16; have++) {
    zx_rights_t rights = have & 8 ? ZX_RIGHT_MAP : ZX_RIGHT_NONE;
    for (unsigned i = 0; i < 3; i++)
      if (have & 1u << i) rights |= rights_of[i];
    zx_handle_t copy = copy_of(vmo, rights);
    for (unsigned perms = 0; perms < 8; perms++) {
      zx_status_t want = ZX_OK;
      if (!(have & 8)) want = ZX_ERR_ACCESS_DENIED;
      else if (perms && !(perms & ZX_VM_PERM_READ)) want = ZX_ERR_INVALID_ARGS;
      else if (perms & ~have) want = ZX_ERR_ACCESS_DENIED;
      EXPECT_STATUS(try_map(copy, perms), want);
    }
    EXPECT_OK(zx_handle_close(copy));
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_map_default_handle_not_executable) {
  zx_handle_t vmo = new_vmo();
  EXPECT_STATUS(try_map(vmo, RX), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(vmo));
}

// --- zx_vmo_replace_as_executable ---------------------------------------------------------------

TEST(vmo_replace_as_executable_adds_the_right) {
  zx_handle_t vmo = new_vmo(), old = vmo;
  zx_koid_t koid = basic_info(vmo).koid;
  EXPECT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  EXPECT_FALSE(is_live(old));
  EXPECT_EQ(basic_info(vmo).rights, ZX_DEFAULT_VMO_RIGHTS | ZX_RIGHT_EXECUTE);
  EXPECT_EQ(basic_info(vmo).koid, koid);
  EXPECT_EQ(handle_count(vmo), 1);
  EXPECT_OK(try_map(vmo, RX));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_replace_as_executable_keeps_other_handles_and_rights) {
  zx_handle_t vmo = new_vmo(), out = ZX_HANDLE_INVALID;
  zx_handle_t few = copy_of(vmo, ZX_RIGHT_READ | ZX_RIGHT_MAP);
  EXPECT_OK(zx_vmo_replace_as_executable(few, get_root_resource(), &out));
  EXPECT_EQ(basic_info(out).rights, ZX_RIGHT_READ | ZX_RIGHT_MAP | ZX_RIGHT_EXECUTE);
  EXPECT_EQ(basic_info(vmo).rights, ZX_DEFAULT_VMO_RIGHTS);
  EXPECT_STATUS(try_map(vmo, RX), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(out));
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_replace_as_executable_bad_vmex_consumes_handle) {
  zx_handle_t port = new_port(), out = 77, vmo, stale = stale_handle(), mmio = 0, hypervisor = 0;
  EXPECT_OK(zx_resource_create(get_root_resource(), ZX_RSRC_KIND_IOPORT, 0x10, 1, "", 0, &mmio));
  EXPECT_OK(libzx_get_hypervisor_resource(&hypervisor));
  const struct {
    zx_handle_t vmex;
    zx_status_t status;
  } cases[] = {{stale, ZX_ERR_BAD_HANDLE},
               {port, ZX_ERR_WRONG_TYPE},
               {mmio, ZX_ERR_WRONG_TYPE},
               {hypervisor, ZX_ERR_OUT_OF_RANGE}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    vmo = new_vmo();
    EXPECT_STATUS(zx_vmo_replace_as_executable(vmo, cases[i].vmex, &out), cases[i].status);
    EXPECT_FALSE(is_live(vmo));
  }
  EXPECT_EQ(out, 77);
  // A bad VMO handle is noticed before what was wrong with the resource is told.
  EXPECT_STATUS(zx_vmo_replace_as_executable(stale, port, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(mmio));
  EXPECT_OK(zx_handle_close(hypervisor));
}

TEST(vmo_replace_as_executable_not_a_vmo_bad_handle) {
  zx_handle_t port = new_port(), out = 77;
  EXPECT_STATUS(zx_vmo_replace_as_executable(port, ZX_HANDLE_INVALID, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_FALSE(is_live(port));
  EXPECT_STATUS(zx_vmo_replace_as_executable(ZX_HANDLE_INVALID, ZX_HANDLE_INVALID, &out),
                ZX_ERR_BAD_HANDLE);
  EXPECT_EQ(out, 77);
}

TEST(vmo_replace_as_executable_bad_out_pointer_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++) {
    zx_handle_t vmo = new_vmo();
    EXPECT_STATUS(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, (zx_handle_t*)bad),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_FALSE(is_live(vmo));
  }
}

ZTEST_MAIN

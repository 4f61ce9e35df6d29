// SPDX-License-Identifier: MIT
// zx_vmo_create_child: copy-on-write children and slices.
// Specification: memory.md, sections 3.6, 3.7, 10.2 and 10.6 to 10.8.

#include "vmar_fixture.h"

#include <pthread.h>

#define SNAPSHOT ZX_VMO_CHILD_SNAPSHOT
#define AT_LEAST ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE
#define RESIZABLE ZX_VMO_CHILD_RESIZABLE
#define SLICE ZX_VMO_CHILD_SLICE
#define NO_WRITE ZX_VMO_CHILD_NO_WRITE

static zx_handle_t vmo_of(size_t pages, uint32_t options) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(pages * PAGE, options, &vmo));
  return vmo;
}

// A VMO in which page i begins with `first` + i.
static zx_handle_t filled_vmo(size_t pages, uint32_t options, unsigned char first) {
  zx_handle_t vmo = vmo_of(pages, options);
  for (size_t i = 0; i < pages; i++) {
    unsigned char byte = (unsigned char)(first + i);
    EXPECT_OK(zx_vmo_write(vmo, &byte, i * PAGE, 1));
  }
  return vmo;
}

static zx_status_t try_child(zx_handle_t vmo, uint32_t options, uint64_t offset, uint64_t size) {
  zx_handle_t child = ZX_HANDLE_INVALID;
  zx_status_t status = zx_vmo_create_child(vmo, options, offset, size, &child);
  if (status == ZX_OK) EXPECT_OK(zx_handle_close(child));
  return status;
}

// Offset and size in pages.
static zx_handle_t child_of(zx_handle_t vmo, uint32_t options, size_t offset, size_t pages) {
  zx_handle_t child = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create_child(vmo, options, offset * PAGE, pages * PAGE, &child));
  return child;
}

static void put(zx_handle_t vmo, size_t page, unsigned char value) {
  EXPECT_OK(zx_vmo_write(vmo, &value, page * PAGE, 1));
}

static uint64_t size_of(zx_handle_t vmo) {
  uint64_t size = UINT64_MAX;
  EXPECT_OK(zx_vmo_get_size(vmo, &size));
  return size;
}

static zx_info_vmo_t info_of(zx_handle_t vmo) {
  zx_info_vmo_t info;
  memset(&info, 0xff, sizeof(info));
  EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
  return info;
}

static size_t committed(zx_handle_t vmo) { return info_of(vmo).committed_bytes / PAGE; }

static zx_koid_t koid_of(zx_handle_t handle) { return basic_info(handle).koid; }

// Checks the first bytes of pages, one character each, '0' for the number 0.
#define EXPECT_VMO(vmo, want) expect_vmo(__LINE__, vmo, want)
static void expect_vmo(int line, zx_handle_t vmo, const char* want) {
  char got[64] = "", note[32];
  snprintf(note, sizeof(note), "line %d", line);
  const char* before = ztest_note;
  ztest_note = note;
  for (size_t i = 0; want[i]; i++) {
    unsigned char byte = 0xee;
    EXPECT_OK(zx_vmo_read(vmo, &byte, i * PAGE, 1));
    got[i] = (char)('0' + byte);
  }
  EXPECT_STR(got, want);
  ztest_note = before;
}

static zx_status_t op(zx_handle_t vmo, uint32_t what, size_t page, size_t pages) {
  return zx_vmo_op_range(vmo, what, page * PAGE, pages * PAGE, NULL, 0);
}

static void close_all(zx_handle_t* handles, size_t count) { EXPECT_OK(zx_handle_close_many(handles, count)); }

static bool childless(zx_handle_t vmo) { return (signals_of(vmo) & ZX_VMO_ZERO_CHILDREN) != 0; }

static void wait_childless(zx_handle_t vmo) {
  EXPECT_OK(zx_object_wait_one(vmo, ZX_VMO_ZERO_CHILDREN, zx_deadline_after(ZX_SEC(10)), NULL));
}

// --- Arguments and rights -----------------------------------------------------------------------

TEST(vmo_create_child_bad_arguments) {
  zx_handle_t vmo = vmo_of(4, 0), resizable = vmo_of(4, ZX_VMO_RESIZABLE), event = new_event(), out = 77;
  uint32_t bad[] = {0, RESIZABLE, SNAPSHOT | AT_LEAST, SNAPSHOT | AT_LEAST | RESIZABLE, SLICE | SNAPSHOT,
                    SLICE | RESIZABLE, SLICE | AT_LEAST, SNAPSHOT | 2, SLICE | 64, 64, 1u << 31, NO_WRITE};
  for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
    EXPECT_STATUS(try_child(vmo, bad[i], 0, PAGE), ZX_ERR_INVALID_ARGS);
  uint32_t kinds[] = {SNAPSHOT, AT_LEAST, SLICE};
  for (size_t i = 0; i < 3; i++) {
    EXPECT_STATUS(try_child(vmo, kinds[i], 1, PAGE), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(try_child(vmo, kinds[i], 0, UINT64_MAX), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(try_child(event, kinds[i], 0, PAGE), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(try_child(ZX_HANDLE_INVALID, kinds[i], 0, PAGE), ZX_ERR_BAD_HANDLE);
    void* pointer;
    for (int j = 0; ztest_bad_write(j, sizeof(out), &pointer); j++)
      EXPECT_STATUS(zx_vmo_create_child(vmo, kinds[i], 0, PAGE, pointer), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_EQ(info_of(vmo).num_children, 0);
  EXPECT_TRUE(childless(vmo));
  EXPECT_STATUS(try_child(vmo, SLICE, 0, 5 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_child(vmo, SLICE, PAGE, 4 * PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_child(vmo, SLICE, UINT64_MAX - PAGE + 1, PAGE), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(try_child(resizable, SLICE, 0, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(try_child(resizable, SLICE, 0, 5 * PAGE), ZX_ERR_INVALID_ARGS);
  zx_handle_t all[] = {vmo, resizable, event};
  close_all(all, 3);
}

TEST(vmo_create_child_of_discardable_not_supported) {
  zx_handle_t vmo = vmo_of(1, ZX_VMO_DISCARDABLE);
  EXPECT_STATUS(try_child(vmo, SNAPSHOT, 0, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(try_child(vmo, SLICE, 0, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(try_child(vmo, 0, 0, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_create_child_of_uncached_bad_state) {
  zx_handle_t vmo = vmo_of(1, 0);
  EXPECT_OK(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED));
  EXPECT_STATUS(try_child(vmo, SNAPSHOT, 0, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(try_child(vmo, SLICE, 0, PAGE), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_CACHED));
  zx_handle_t child = child_of(vmo, SNAPSHOT, 0, 1);
  EXPECT_STATUS(zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmo_set_cache_policy(child, ZX_CACHE_POLICY_UNCACHED), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_vmo_set_cache_policy(child, ZX_CACHE_POLICY_UNCACHED));
  EXPECT_OK(zx_handle_close(child));
}

TEST(vmo_create_child_offsets_add_up_without_overflow) {
  zx_handle_t vmo = vmo_of(1, 0), far = 0, farther = 0;
  EXPECT_OK(zx_vmo_create_child(vmo, SNAPSHOT, 0xFFFFFFFFFFFF8000, 0, &far));
  EXPECT_STATUS(try_child(far, SNAPSHOT, 0x8000, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_vmo_create_child(far, SNAPSHOT | RESIZABLE, 0x4000, 0, &farther));
  EXPECT_STATUS(zx_vmo_set_size(farther, 0x8000), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_vmo_set_size(farther, 0x2000));
  zx_handle_t all[] = {vmo, far, farther};
  close_all(all, 3);
}

TEST(vmo_create_child_rights) {
  zx_handle_t vmo = vmo_of(1, 0), child = 0;
  EXPECT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  zx_rights_t full = ZX_DEFAULT_VMO_RIGHTS | ZX_RIGHT_EXECUTE;
  struct { uint32_t options; zx_rights_t from, want; } cases[] = {
      {SNAPSHOT, full, ZX_DEFAULT_VMO_RIGHTS},
      {SNAPSHOT | NO_WRITE, full, full & ~ZX_RIGHT_WRITE},
      {SLICE, full, full},
      {SLICE | NO_WRITE, full, full & ~ZX_RIGHT_WRITE},
      {SNAPSHOT, ZX_RIGHT_READ | ZX_RIGHT_DUPLICATE,
       ZX_RIGHT_READ | ZX_RIGHT_DUPLICATE | ZX_RIGHT_WRITE | ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY},
      {SLICE, ZX_RIGHT_READ | ZX_RIGHT_DUPLICATE,
       ZX_RIGHT_READ | ZX_RIGHT_DUPLICATE | ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
    zx_handle_t from = copy_of(vmo, cases[i].from);
    EXPECT_OK(zx_vmo_create_child(from, cases[i].options, 0, PAGE, &child));
    // The rights without INSPECT cannot be asked for: compare by duplicating.
    zx_handle_t same = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_handle_duplicate(child, cases[i].want, &same));
    if (cases[i].want & ZX_RIGHT_INSPECT) EXPECT_EQ(basic_info(child).rights, cases[i].want);
    EXPECT_OK(zx_handle_close(same));
    EXPECT_OK(zx_handle_close(child));
    EXPECT_OK(zx_handle_close(from));
  }
  zx_handle_t no_read = copy_of(vmo, ZX_DEFAULT_VMO_RIGHTS & ~ZX_RIGHT_READ);
  zx_handle_t no_copy = copy_of(vmo, ZX_DEFAULT_VMO_RIGHTS & ~ZX_RIGHT_DUPLICATE);
  EXPECT_STATUS(try_child(no_read, SNAPSHOT, 0, PAGE), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(try_child(no_copy, SNAPSHOT, 0, PAGE), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(try_child(no_read, 0, 0, PAGE), ZX_ERR_ACCESS_DENIED);
  zx_handle_t all[] = {vmo, no_read, no_copy};
  close_all(all, 3);
}

TEST(vmo_create_child_copies_the_name_once) {
  zx_handle_t vmo = vmo_of(1, 0);
  char name[ZX_MAX_NAME_LEN] = "parent", got[ZX_MAX_NAME_LEN];
  EXPECT_OK(zx_object_set_property(vmo, ZX_PROP_NAME, name, sizeof(name)));
  zx_handle_t bare = copy_of(vmo, ZX_RIGHT_READ | ZX_RIGHT_DUPLICATE);
  zx_handle_t child = child_of(vmo, SNAPSHOT, 0, 1), unnamed = child_of(bare, SNAPSHOT, 0, 1);
  EXPECT_OK(zx_object_get_property(child, ZX_PROP_NAME, got, sizeof(got)));
  EXPECT_STR(got, "parent");
  EXPECT_OK(zx_object_get_property(unnamed, ZX_PROP_NAME, got, sizeof(got)));
  EXPECT_STR(got, "");
  EXPECT_OK(zx_object_set_property(child, ZX_PROP_NAME, "child", 5));
  EXPECT_OK(zx_object_get_property(vmo, ZX_PROP_NAME, got, sizeof(got)));
  EXPECT_STR(got, "parent");
  zx_handle_t all[] = {vmo, bare, child, unnamed};
  close_all(all, 4);
}

TEST(vmo_child_sizes_round_up) {
  zx_handle_t vmo = filled_vmo(2, 0, 1), child = 0;
  for (uint64_t size = 0; size <= 2 * PAGE; size += size % PAGE < 2 ? 1 : 819) {
    uint64_t want = (size + PAGE - 1) / PAGE * PAGE;
    EXPECT_OK(zx_vmo_create_child(vmo, SNAPSHOT, 0, size, &child));
    EXPECT_EQ(size_of(child), want);
    EXPECT_OK(zx_handle_close(child));
    EXPECT_OK(zx_vmo_create_child(vmo, SLICE, 0, size, &child));
    EXPECT_EQ(size_of(child), want);
    EXPECT_OK(zx_handle_close(child));
  }
  unsigned char byte = 5;
  EXPECT_OK(zx_vmo_write(vmo, &byte, PAGE - 1, 1));
  EXPECT_OK(zx_vmo_create_child(vmo, SNAPSHOT, 0, 42, &child));
  byte = 0;
  EXPECT_OK(zx_vmo_read(child, &byte, PAGE - 1, 1));
  EXPECT_EQ(byte, 5);
  EXPECT_OK(zx_handle_close(child));
  child = child_of(vmo, SNAPSHOT, 0, 0);
  EXPECT_STATUS(zx_vmo_read(child, &byte, 0, 1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_handle_close(child));
  EXPECT_OK(zx_handle_close(vmo));
}

// --- Copies: contents ---------------------------------------------------------------------------

TEST(vmo_child_is_a_copy_both_ways) {
  uint32_t kinds[] = {SNAPSHOT, AT_LEAST};
  for (int i = 0; i < 2; i++) {
    zx_handle_t vmo = filled_vmo(3, 0, 1), child = child_of(vmo, kinds[i], 0, 3), part = child_of(vmo, kinds[i], 1, 2);
    EXPECT_VMO(child, "123");
    EXPECT_VMO(part, "23");
    put(vmo, 0, 7);
    put(child, 1, 8);
    put(part, 1, 9);
    EXPECT_VMO(vmo, "723");
    EXPECT_VMO(child, "183");
    EXPECT_VMO(part, "29");
    EXPECT_OK(zx_handle_close(vmo));
    EXPECT_VMO(child, "183");
    EXPECT_VMO(part, "29");
    put(child, 2, 5);
    EXPECT_OK(zx_handle_close(child));
    EXPECT_VMO(part, "29");
    EXPECT_OK(zx_handle_close(part));
  }
}

TEST(vmo_child_of_a_read_only_handle_is_writable) {
  zx_handle_t vmo = filled_vmo(1, 0, 1), ro = copy_of(vmo, ZX_RIGHT_READ | ZX_RIGHT_DUPLICATE);
  zx_handle_t child = child_of(ro, SNAPSHOT, 0, 1);
  put(child, 0, 2);
  EXPECT_VMO(vmo, "1");
  zx_handle_t all[] = {vmo, ro, child};
  close_all(all, 3);
}

TEST(vmo_child_whole_of_pages_and_parts_are_written) {
  zx_handle_t vmo = vmo_of(40, 0), child;
  static unsigned char bytes[40 * 4096], want[40 * 4096], got[40 * 4096];
  memset(bytes, 'p', sizeof(bytes));
  EXPECT_OK(zx_vmo_write(vmo, bytes, 0, sizeof(bytes)));
  child = child_of(vmo, SNAPSHOT, 0, 40);
  memset(bytes, 'c', sizeof(bytes));
  memset(want, 'p', sizeof(want));
  memset(want + 1000, 'c', 39 * PAGE - 2000);
  EXPECT_OK(zx_vmo_write(child, bytes, 1000, 39 * PAGE - 2000));
  EXPECT_OK(zx_vmo_read(child, got, 0, sizeof(got)));
  EXPECT_BYTES(got, want, sizeof(got));
  memset(want, 'p', sizeof(want));
  EXPECT_OK(zx_vmo_read(vmo, got, 0, sizeof(got)));
  EXPECT_BYTES(got, want, sizeof(got));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(child));
}

// One round for each way to map and to write.
static void try_mapped(bool before, bool write_parent) {
  zx_handle_t vmo = filled_vmo(2, 0, 1), child;
  unsigned char* parent_at = NULL;
  if (before) {
    parent_at = map(ROOT, RW, 0, vmo, 0, 2 * PAGE);
    expect_pages(parent_at, "12");
    parent_at[1] = 1;
  }
  child = child_of(vmo, SNAPSHOT, 0, 2);
  if (!before) parent_at = map(ROOT, RW, 0, vmo, 0, 2 * PAGE);
  unsigned char* child_at = map(ROOT, RW, 0, child, 0, 2 * PAGE);
  unsigned char* again_at = map(ROOT, RW, 0, child, 0, 2 * PAGE);
  if (write_parent) {
    parent_at[0] = 7;
    EXPECT_VMO(vmo, "72");
    EXPECT_VMO(child, "12");
    expect_pages(child_at, "12");
  } else {
    child_at[0] = 7;
    EXPECT_VMO(vmo, "12");
    EXPECT_VMO(child, "72");
    expect_pages(again_at, "72");
    expect_pages(parent_at, "12");
  }
  again_at[PAGE] = 9;
  expect_pages(child_at + PAGE, "9");
  expect_pages(parent_at + PAGE, "2");
  EXPECT_OK(unmap(ROOT, parent_at, 2 * PAGE));
  EXPECT_OK(unmap(ROOT, child_at, 2 * PAGE));
  EXPECT_OK(unmap(ROOT, again_at, 2 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(child));
}

TEST(vmo_child_mapped_both_ways) {
  for (int i = 0; i < 4; i++) try_mapped(i & 1, i & 2);
}

TEST(vmo_child_made_writable_again_does_not_reach_the_parent) {
  zx_handle_t vmo = filled_vmo(1, 0, 1), child = child_of(vmo, SNAPSHOT, 0, 1);
  unsigned char* at = map(ROOT, RW, 0, child, 0, PAGE);
  expect_pages(at, "1");
  EXPECT_OK(protect(ROOT, READ, at, PAGE));
  expect_access(at, "r");
  EXPECT_OK(protect(ROOT, RW, at, PAGE));
  at[0] = 4;
  EXPECT_VMO(vmo, "1");
  EXPECT_VMO(child, "4");
  EXPECT_OK(unmap(ROOT, at, PAGE));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(child));
}

TEST(vmo_child_served_to_the_kernel_too) {
  zx_handle_t vmo = filled_vmo(4, 0, 1), child;
  unsigned char* parent_at = map(ROOT, RW, 0, vmo, 0, 4 * PAGE);
  child = child_of(vmo, SNAPSHOT, 0, 4);
  unsigned char* child_at = map(ROOT, RW, 0, child, 0, 4 * PAGE);
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  EXPECT_EQ(write(pipes[1], child_at + PAGE, 1), 1);
  unsigned char byte = 0;
  EXPECT_EQ(read(pipes[0], &byte, 1), 1);
  EXPECT_EQ(byte, 2);
  byte = 8;
  EXPECT_EQ(write(pipes[1], &byte, 1), 1);
  EXPECT_EQ(read(pipes[0], child_at + 2 * PAGE, 1), 1);
  EXPECT_EQ(write(pipes[1], &byte, 1), 1);
  EXPECT_EQ(read(pipes[0], parent_at, 1), 1);
  EXPECT_VMO(child, "1284");
  EXPECT_VMO(vmo, "8234");
  close(pipes[0]);
  close(pipes[1]);
  EXPECT_OK(unmap(ROOT, parent_at, 4 * PAGE));
  EXPECT_OK(unmap(ROOT, child_at, 4 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(child));
}

TEST(vmo_read_and_write_through_relatives_mappings) {
  zx_handle_t vmo = filled_vmo(8, 0, 1), child;
  unsigned char* parent_at = map(ROOT, RW, 0, vmo, 0, 8 * PAGE);
  child = child_of(vmo, SNAPSHOT, 0, 8);
  unsigned char* child_at = map(ROOT, RW, 0, child, 0, 8 * PAGE);
  EXPECT_OK(zx_vmo_read(child, child_at, 0, 4 * PAGE));
  EXPECT_OK(zx_vmo_read(child, parent_at + PAGE, 0, 4 * PAGE));
  EXPECT_OK(zx_vmo_write(vmo, child_at, 6 * PAGE, 2 * PAGE));
  EXPECT_OK(zx_vmo_write(child, parent_at, 4 * PAGE, 4 * PAGE));
  EXPECT_VMO(vmo, "11234612");
  EXPECT_VMO(child, "12341123");
  EXPECT_OK(unmap(ROOT, parent_at, 8 * PAGE));
  EXPECT_OK(unmap(ROOT, child_at, 8 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(child));
}

TEST(vmo_child_beyond_its_parent_is_zero) {
  zx_handle_t vmo = filled_vmo(2, 0, 1), over = child_of(vmo, SNAPSHOT, 1, 3), out = child_of(vmo, SNAPSHOT, 5, 2);
  EXPECT_VMO(over, "200");
  EXPECT_VMO(out, "00");
  put(over, 2, 6);
  put(out, 0, 7);
  zx_handle_t deep = child_of(over, SNAPSHOT, 0, 5), part = child_of(over, SNAPSHOT, 2, 2);
  EXPECT_VMO(deep, "20600");
  EXPECT_VMO(part, "60");
  unsigned char* at = map(ROOT, RW, 0, deep, 0, 5 * PAGE);
  expect_pages(at, "20600");
  at[4 * PAGE] = 3;
  at[PAGE] = 1;
  EXPECT_VMO(deep, "21603");
  EXPECT_VMO(over, "206");
  EXPECT_EQ(size_of(vmo), 2 * PAGE);
  EXPECT_OK(unmap(ROOT, at, 5 * PAGE));
  zx_handle_t all[] = {vmo, over, out, deep, part};
  close_all(all, 5);
}

TEST(vmo_child_of_a_small_child_does_not_see_through) {
  zx_handle_t vmo = filled_vmo(4, 0, 1), small = child_of(vmo, SNAPSHOT, 0, 1), wide = child_of(small, SNAPSHOT, 0, 4);
  EXPECT_VMO(wide, "1000");
  put(vmo, 1, 9);
  EXPECT_VMO(wide, "1000");
  zx_handle_t all[] = {vmo, small, wide};
  close_all(all, 3);
}

// Every order of writing to four VMOs, by call or by mapping, and of closing them.
static void try_order(const int* order, bool mapped) {
  zx_handle_t vmos[4];
  unsigned char* at[4] = {NULL};
  vmos[0] = filled_vmo(1, 0, 1);
  vmos[1] = child_of(vmos[0], SNAPSHOT, 0, 1);
  vmos[2] = child_of(vmos[0], SNAPSHOT, 0, 1);
  vmos[3] = child_of(vmos[1], SNAPSHOT, 0, 1);
  if (mapped) for (int i = 0; i < 4; i++) at[i] = map(ROOT, RW, 0, vmos[i], 0, PAGE);
  char want[4] = {1, 1, 1, 1};
  for (int i = 0; i < 4; i++) {
    int who = order[i];
    want[who] = (char)(who + 2);
    if (mapped) *at[who] = (unsigned char)(who + 2);
    else put(vmos[who], 0, (unsigned char)(who + 2));
    for (int j = 0; j < 4; j++) {
      unsigned char byte = 0;
      EXPECT_OK(zx_vmo_read(vmos[j], &byte, 0, 1));
      EXPECT_EQ(byte, (unsigned char)want[j]);
      if (mapped) EXPECT_EQ(*at[j], (unsigned char)want[j]);
    }
  }
  for (int i = 0; i < 4; i++) {
    if (mapped) EXPECT_OK(unmap(ROOT, at[order[i]], PAGE));
    EXPECT_OK(zx_handle_close(vmos[order[i]]));
    for (int j = i + 1; j < 4; j++) {
      unsigned char byte = 0;
      EXPECT_OK(zx_vmo_read(vmos[order[j]], &byte, 0, 1));
      EXPECT_EQ(byte, (unsigned char)want[order[j]]);
    }
  }
}

TEST(vmo_children_in_every_order) {
  int order[4];
  for (order[0] = 0; order[0] < 4; order[0]++)
    for (order[1] = 0; order[1] < 4; order[1]++)
      for (order[2] = 0; order[2] < 4; order[2]++)
        for (order[3] = 0; order[3] < 4; order[3]++) {
          unsigned seen = 0;
          for (int i = 0; i < 4; i++) seen |= 1u << order[i];
          if (seen != 15) continue;
          try_order(order, false);
          try_order(order, true);
        }
}

TEST(vmo_chain_middle_is_independent) {
  zx_handle_t p = filled_vmo(2, 0, 1), c = child_of(p, SNAPSHOT, 0, 2), d = child_of(c, SNAPSHOT, 0, 2);
  put(c, 0, 9);
  EXPECT_VMO(p, "12");
  EXPECT_VMO(c, "92");
  EXPECT_VMO(d, "12");
  EXPECT_OK(zx_handle_close(c));
  EXPECT_VMO(p, "12");
  EXPECT_VMO(d, "12");
  put(p, 1, 8);
  EXPECT_VMO(d, "12");
  EXPECT_OK(zx_handle_close(p));
  EXPECT_VMO(d, "12");
  EXPECT_OK(zx_handle_close(d));
}

TEST(vmo_snapshots_taken_one_after_the_other) {
  zx_handle_t vmo = filled_vmo(2, 0, 0), shots[6];
  unsigned char* at = map(ROOT, RW, 0, vmo, 0, 2 * PAGE);
  for (int i = 0; i < 6; i++) {
    at[0] = (unsigned char)(i + 1);
    if (i % 2) put(vmo, 1, (unsigned char)(i + 1));
    shots[i] = child_of(vmo, SNAPSHOT, 0, 2);
  }
  at[0] = 9;
  const char* want[] = {"11", "22", "32", "44", "54", "66"};
  for (int i = 0; i < 6; i++) EXPECT_VMO(shots[i], want[i]);
  int order[] = {3, 0, 5, 2, 1, 4};
  for (int i = 0; i < 6; i++) {
    EXPECT_OK(zx_handle_close(shots[order[i]]));
    for (int j = i + 1; j < 6; j++) EXPECT_VMO(shots[order[j]], want[order[j]]);
  }
  at[1] = 3;
  EXPECT_VMO(vmo, "96");
  EXPECT_OK(op(vmo, ZX_VMO_OP_DECOMMIT, 0, 2));
  expect_pages(at, "00");
  at[0] = 2;
  EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

// --- Copies: memory -----------------------------------------------------------------------------

TEST(vmo_child_memory_follows_writes) {
  zx_handle_t p = filled_vmo(2, 0, 1), c = child_of(p, SNAPSHOT, 0, 2);
  EXPECT_EQ(committed(p), 2);
  EXPECT_EQ(committed(c), 0);
  put(p, 0, 5);
  EXPECT_EQ(committed(p), 2);
  EXPECT_EQ(committed(c), 1);
  put(c, 1, 6);
  put(c, 1, 7);
  put(p, 0, 8);
  EXPECT_EQ(committed(p), 2);
  EXPECT_EQ(committed(c), 2);
  put(c, 0, 7);
  put(p, 1, 8);
  EXPECT_EQ(committed(p), 2);
  EXPECT_EQ(committed(c), 2);
  EXPECT_OK(zx_handle_close(p));
  EXPECT_EQ(committed(c), 2);
  EXPECT_OK(zx_handle_close(c));
}

TEST(vmo_child_memory_of_zero_pages) {
  zx_handle_t vmos[4];
  vmos[0] = vmo_of(4, 0);
  vmos[1] = child_of(vmos[0], SNAPSHOT, 0, 4);
  vmos[2] = child_of(vmos[0], SNAPSHOT, 0, 4);
  vmos[3] = child_of(vmos[1], SNAPSHOT, 0, 4);
  for (size_t i = 0; i < 4; i++) {
    put(vmos[i], i, 3);
    for (size_t j = 0; j < 4; j++) EXPECT_EQ(committed(vmos[j]), j <= i ? 1 : 0);
  }
  close_all(vmos, 4);
}

TEST(vmo_child_keeps_only_what_it_sees) {
  zx_handle_t p = filled_vmo(8, 0, 1), c = child_of(p, SNAPSHOT, 2, 1);
  EXPECT_EQ(committed(c), 0);
  EXPECT_OK(zx_handle_close(p));
  EXPECT_EQ(committed(c), 1);
  EXPECT_VMO(c, "3");
  EXPECT_OK(zx_handle_close(c));
}

TEST(vmo_children_apart_keep_their_pages) {
  int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}};
  for (int way = 0; way < 4; way++) {
    zx_handle_t vmos[4];
    vmos[0] = filled_vmo(3, ZX_VMO_RESIZABLE, 1);
    for (size_t i = 1; i < 4; i++) vmos[i] = child_of(vmos[0], SNAPSHOT, i - 1, 1);
    if (way % 2) for (size_t i = 0; i < 3; i++) put(vmos[0], i, 9);
    else EXPECT_OK(zx_vmo_set_size(vmos[0], 0));
    const char* want[] = {"", "1", "2", "3"};
    for (int i = 0; i < 4; i++) {
      EXPECT_OK(zx_handle_close(vmos[orders[way][i]]));
      for (int j = i + 1; j < 4; j++) {
        int left = orders[way][j];
        if (left == 0) continue;
        EXPECT_VMO(vmos[left], want[left]);
        EXPECT_EQ(committed(vmos[left]), 1);
      }
    }
  }
}

TEST(vmo_child_of_child_on_and_on) {
  zx_handle_t vmo = filled_vmo(4, 0, 1);
  int fds = ztest_count_fds();
  for (int i = 0; i < 200; i++) {
    zx_handle_t child = child_of(vmo, SNAPSHOT, 0, 4);
    put(child, (size_t)(i % 4), (unsigned char)(i % 10));
    EXPECT_OK(zx_handle_close(vmo));
    vmo = child;
    EXPECT_TRUE(committed(vmo) <= 4);
  }
  EXPECT_VMO(vmo, "6789");
  EXPECT_TRUE(ztest_count_fds() <= fds + 4);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(vmo_commit_of_a_child_copies) {
  zx_handle_t p = filled_vmo(2, 0, 1), c = child_of(p, SNAPSHOT, 0, 3);
  EXPECT_OK(op(c, ZX_VMO_OP_COMMIT, 0, 3));
  EXPECT_EQ(committed(c), 3);
  EXPECT_EQ(committed(p), 2);
  EXPECT_VMO(c, "120");
  put(p, 0, 7);
  EXPECT_OK(op(p, ZX_VMO_OP_COMMIT, 0, 2));
  EXPECT_VMO(c, "120");
  EXPECT_VMO(p, "72");
  EXPECT_EQ(committed(c), 3);
  EXPECT_OK(zx_handle_close(p));
  EXPECT_OK(zx_handle_close(c));
}

TEST(vmo_decommit_with_relatives_not_supported) {
  for (int first = 0; first < 2; first++) {
    zx_handle_t vmos[2];
    vmos[0] = filled_vmo(2, 0, 1);
    vmos[1] = child_of(vmos[0], SNAPSHOT, 0, 2);
    unsigned char* at = map(ROOT, RW, 0, vmos[1], 0, 2 * PAGE);
    for (int i = 0; i < 2; i++) EXPECT_STATUS(op(vmos[i], ZX_VMO_OP_DECOMMIT, 0, 1), ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(zx_vmar_op_range(ROOT, ZX_VMAR_OP_DECOMMIT, (zx_vaddr_t)at, PAGE, NULL, 0), ZX_ERR_NOT_SUPPORTED);
    EXPECT_OK(op(vmos[0], ZX_VMO_OP_DECOMMIT, 2, 1));
    EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
    EXPECT_OK(zx_handle_close(vmos[first]));
    EXPECT_OK(op(vmos[!first], ZX_VMO_OP_DECOMMIT, 0, 1));
    EXPECT_VMO(vmos[!first], "02");
    EXPECT_OK(zx_handle_close(vmos[!first]));
  }
}

TEST(vmo_zero_is_never_seen_by_relatives) {
  zx_handle_t p = filled_vmo(1, 0, 1), c = child_of(p, SNAPSHOT, 0, 1);
  EXPECT_OK(op(p, ZX_VMO_OP_ZERO, 0, 1));
  EXPECT_VMO(p, "0");
  EXPECT_VMO(c, "1");
  EXPECT_EQ(committed(p), 0);
  EXPECT_EQ(committed(c), 1);
  EXPECT_OK(zx_handle_close(p));
  EXPECT_VMO(c, "1");
  EXPECT_OK(zx_handle_close(c));

  p = filled_vmo(1, 0, 1);
  c = child_of(p, SNAPSHOT, 0, 1);
  EXPECT_OK(op(c, ZX_VMO_OP_ZERO, 0, 1));
  EXPECT_VMO(p, "1");
  EXPECT_EQ(committed(p), 1);
  put(p, 0, 2);
  EXPECT_VMO(c, "0");
  EXPECT_OK(op(p, ZX_VMO_OP_ZERO, 0, 1));
  EXPECT_EQ(committed(p), 0);
  EXPECT_EQ(committed(c), 0);
  unsigned char byte = 3;
  EXPECT_OK(zx_vmo_write(c, &byte, 1, 1));
  EXPECT_VMO(c, "0");
  EXPECT_OK(zx_handle_close(p));
  EXPECT_VMO(c, "0");
  EXPECT_OK(zx_handle_close(c));

  p = filled_vmo(1, 0, 1);
  c = child_of(p, SNAPSHOT, 0, 1);
  zx_handle_t d = child_of(c, SNAPSHOT, 0, 1);
  EXPECT_OK(op(c, ZX_VMO_OP_ZERO, 0, 1));
  EXPECT_VMO(p, "1");
  EXPECT_VMO(c, "0");
  EXPECT_VMO(d, "1");
  EXPECT_EQ(committed(p) + committed(c) + committed(d), 2);
  zx_handle_t over = child_of(p, SNAPSHOT, 0, 3);
  EXPECT_OK(op(over, ZX_VMO_OP_ZERO, 1, 2));
  EXPECT_EQ(committed(over), 0);
  zx_handle_t all[] = {p, c, d, over};
  close_all(all, 4);
}

TEST(vmo_zero_of_parts_of_pages_in_a_child) {
  zx_handle_t p = vmo_of(3, 0), c;
  static unsigned char bytes[3 * 4096], got[3 * 4096], want[3 * 4096];
  memset(bytes, 'x', sizeof(bytes));
  EXPECT_OK(zx_vmo_write(p, bytes, 0, sizeof(bytes)));
  c = child_of(p, SNAPSHOT, 0, 3);
  EXPECT_OK(zx_vmo_op_range(c, ZX_VMO_OP_ZERO, 100, 2 * PAGE, NULL, 0));
  memset(want, 'x', sizeof(want));
  memset(want + 100, 0, 2 * PAGE);
  EXPECT_OK(zx_vmo_read(c, got, 0, sizeof(got)));
  EXPECT_BYTES(got, want, sizeof(got));
  EXPECT_OK(zx_vmo_read(p, got, 0, sizeof(got)));
  EXPECT_BYTES(got, bytes, sizeof(got));
  EXPECT_OK(zx_handle_close(p));
  EXPECT_OK(zx_handle_close(c));
}

// --- Copies: sizes ------------------------------------------------------------------------------

TEST(vmo_child_is_resizable_as_it_says) {
  zx_handle_t fixed = vmo_of(1, 0), resizable = vmo_of(1, ZX_VMO_RESIZABLE);
  zx_handle_t a = child_of(resizable, SNAPSHOT, 0, 1), b = child_of(fixed, SNAPSHOT | RESIZABLE, 0, 1);
  EXPECT_STATUS(zx_vmo_set_size(a, 0), ZX_ERR_UNAVAILABLE);
  EXPECT_OK(zx_vmo_set_size(b, 2 * PAGE));
  EXPECT_OK(zx_vmo_set_size(b, 0));
  zx_handle_t all[] = {fixed, resizable, a, b};
  close_all(all, 4);
}

TEST(vmo_child_resized) {
  zx_handle_t p = filled_vmo(3, 0, 1), c = child_of(p, SNAPSHOT | RESIZABLE, 0, 3);
  put(c, 1, 8);
  EXPECT_OK(zx_vmo_set_size(c, PAGE));
  EXPECT_EQ(committed(c), 0);
  EXPECT_OK(zx_vmo_set_size(c, 5 * PAGE));
  EXPECT_VMO(c, "10000");
  EXPECT_VMO(p, "123");
  zx_handle_t d = child_of(c, SNAPSHOT, 0, 5);
  EXPECT_VMO(d, "10000");
  put(p, 1, 9);
  EXPECT_VMO(d, "10000");
  zx_handle_t all[] = {p, c, d};
  close_all(all, 3);
}

TEST(vmo_parent_resized) {
  zx_handle_t p = filled_vmo(3, ZX_VMO_RESIZABLE, 1), c = child_of(p, SNAPSHOT, 0, 4), tail = child_of(p, SNAPSHOT, 2, 1);
  unsigned char* at = map(ROOT, RW, 0, c, 0, 4 * PAGE);
  EXPECT_OK(zx_vmo_set_size(p, PAGE));
  EXPECT_VMO(c, "1230");
  EXPECT_VMO(tail, "3");
  EXPECT_OK(zx_vmo_set_size(p, 4 * PAGE));
  EXPECT_VMO(p, "1000");
  EXPECT_VMO(c, "1230");
  put(p, 2, 7);
  put(p, 3, 8);
  expect_pages(at, "1230");
  put(c, 2, 5);
  EXPECT_VMO(p, "1078");
  EXPECT_OK(zx_vmo_set_size(p, 0));
  expect_pages(at, "1250");
  EXPECT_VMO(tail, "3");
  EXPECT_OK(zx_handle_close(p));
  expect_pages(at, "1250");
  EXPECT_OK(unmap(ROOT, at, 4 * PAGE));
  EXPECT_OK(zx_handle_close(c));
  EXPECT_OK(zx_handle_close(tail));
}

TEST(vmo_child_shrunk_then_copied_then_grown) {
  zx_handle_t p = filled_vmo(3, 0, 1), c = child_of(p, SNAPSHOT | RESIZABLE, 0, 3);
  EXPECT_OK(zx_vmo_set_size(c, PAGE));
  zx_handle_t d = child_of(c, SNAPSHOT, 0, 3);
  EXPECT_OK(zx_vmo_set_size(c, 3 * PAGE));
  EXPECT_VMO(d, "100");
  put(c, 2, 4);
  EXPECT_VMO(d, "100");
  zx_handle_t all[] = {p, c, d};
  close_all(all, 3);
}

TEST(vmo_child_resized_to_nothing_faults) {
  zx_handle_t p = filled_vmo(1, 0, 1), c = child_of(p, SNAPSHOT | RESIZABLE, 0, 1);
  unsigned char* at = map(ROOT, RW, 0, c, 0, PAGE);
  EXPECT_OK(zx_vmo_set_size(c, 0));
  expect_access(at, "-");
  EXPECT_OK(zx_vmo_set_size(c, PAGE));
  expect_pages(at, "0");
  EXPECT_OK(unmap(ROOT, at, PAGE));
  EXPECT_OK(zx_handle_close(p));
  EXPECT_OK(zx_handle_close(c));
}

// --- Copies: bookkeeping ------------------------------------------------------------------------

TEST(vmo_child_info) {
  zx_handle_t p = vmo_of(1, 0), children[5];
  EXPECT_EQ(info_of(p).parent_koid, 0);
  for (int way = 0; way < 2; way++) {
    for (size_t i = 0; i < 5; i++) {
      children[i] = child_of(p, SNAPSHOT, 0, 1);
      EXPECT_EQ(info_of(p).num_children, i + 1);
      EXPECT_EQ(info_of(children[i]).parent_koid, koid_of(p));
      EXPECT_EQ(info_of(children[i]).flags,
                ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_IS_COW_CLONE | ZX_INFO_VMO_VIA_HANDLE);
    }
    EXPECT_EQ(info_of(p).flags, ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_VIA_HANDLE);
    for (size_t i = 0; i < 5; i++) {
      EXPECT_OK(zx_handle_close(children[way ? 4 - i : i]));
      EXPECT_EQ(info_of(p).num_children, 4 - i);
    }
  }
  zx_handle_t c = child_of(p, SNAPSHOT, 0, 1), d1 = child_of(c, SNAPSHOT, 0, 1), d2 = child_of(c, SNAPSHOT, 0, 1);
  zx_koid_t koid = koid_of(c);
  EXPECT_EQ(info_of(c).num_children, 2);
  EXPECT_EQ(info_of(p).num_children, 1);
  EXPECT_OK(zx_handle_close(c));
  EXPECT_EQ(info_of(p).num_children, 2);
  EXPECT_EQ(info_of(d1).parent_koid, koid);
  EXPECT_FALSE(childless(p));
  EXPECT_OK(zx_handle_close(d1));
  EXPECT_FALSE(childless(p));
  EXPECT_OK(zx_handle_close(d2));
  wait_childless(p);
  EXPECT_OK(zx_handle_close(p));
}

TEST(vmo_zero_children_signal) {
  zx_handle_t p = vmo_of(1, 0);
  uint32_t kinds[] = {SNAPSHOT, SLICE};
  EXPECT_TRUE(childless(p));
  for (int i = 0; i < 2; i++) {
    zx_handle_t c = child_of(p, kinds[i], 0, 1), d = child_of(c, kinds[i], 0, 1);
    EXPECT_FALSE(childless(p));
    EXPECT_FALSE(childless(c));
    EXPECT_TRUE(childless(d));
    EXPECT_OK(zx_handle_close(d));
    wait_childless(c);
    d = child_of(c, kinds[i], 0, 1);
    EXPECT_OK(zx_handle_close(c));
    EXPECT_FALSE(childless(p));
    unsigned char* at = map(ROOT, RW, 0, d, 0, PAGE);
    EXPECT_OK(zx_handle_close(d));
    EXPECT_FALSE(childless(p));
    EXPECT_OK(unmap(ROOT, at, PAGE));
    wait_childless(p);
    zx_handle_t two[] = {child_of(p, kinds[i], 0, 1), child_of(p, kinds[i], 0, 1)};
    EXPECT_OK(zx_handle_close(two[0]));
    EXPECT_FALSE(childless(p));
    EXPECT_OK(zx_handle_close(two[1]));
    wait_childless(p);
  }
  EXPECT_STATUS(zx_object_signal(p, ZX_VMO_ZERO_CHILDREN, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(p));
}

static pthread_barrier_t both;
static zx_handle_t to_close;

static void* close_it(void* arg) {
  for (int i = 0; i < 2000; i++) {
    pthread_barrier_wait(&both);
    EXPECT_OK(zx_handle_close(to_close));
    pthread_barrier_wait(&both);
  }
  return arg;
}

TEST(vmo_parent_and_child_closed_at_once) {
  pthread_barrier_init(&both, NULL, 2);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, close_it, NULL), 0);
  int fds = ztest_count_fds();
  for (int i = 0; i < 2000; i++) {
    zx_handle_t p = filled_vmo(1, 0, 1);
    to_close = child_of(p, SNAPSHOT, 0, 1);
    pthread_barrier_wait(&both);
    EXPECT_OK(zx_handle_close(p));
    pthread_barrier_wait(&both);
  }
  pthread_join(thread, NULL);
  EXPECT_EQ(ztest_count_fds(), fds);
}

static unsigned char* stored_at;
static int stop_storing;

static void* store_all_the_time(void* arg) {
  uint64_t value = 0;
  while (!__atomic_load_n(&stop_storing, __ATOMIC_RELAXED)) {
    value++;
    for (size_t i = 0; i < 4; i++) __atomic_store_n((uint64_t*)(stored_at + i * PAGE), value, __ATOMIC_RELAXED);
  }
  return arg;
}

TEST(vmo_snapshot_while_stored_to_stays_what_it_is) {
  zx_handle_t vmo = vmo_of(4, 0);
  stored_at = map(ROOT, RW, 0, vmo, 0, 4 * PAGE);
  stop_storing = 0;
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, store_all_the_time, NULL), 0);
  for (int i = 0; i < 300; i++) {
    zx_handle_t shot = child_of(vmo, SNAPSHOT, 0, 4);
    uint64_t first[4], again[4];
    for (size_t j = 0; j < 4; j++) EXPECT_OK(zx_vmo_read(shot, &first[j], j * PAGE, 8));
    sched_yield();
    for (size_t j = 0; j < 4; j++) {
      EXPECT_OK(zx_vmo_read(shot, &again[j], j * PAGE, 8));
      EXPECT_EQ(again[j], first[j]);
    }
    EXPECT_OK(zx_handle_close(shot));
  }
  __atomic_store_n(&stop_storing, 1, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
  EXPECT_OK(unmap(ROOT, stored_at, 4 * PAGE));
  EXPECT_OK(zx_handle_close(vmo));
}

// --- Slices -------------------------------------------------------------------------------------

TEST(vmo_slice_shows_the_same_bytes) {
  zx_handle_t p = filled_vmo(4, 0, 1), s = child_of(p, SLICE, 1, 2), deep = child_of(s, SLICE, 1, 1);
  EXPECT_VMO(s, "23");
  EXPECT_VMO(deep, "3");
  put(deep, 0, 7);
  put(p, 1, 8);
  EXPECT_VMO(p, "1874");
  EXPECT_VMO(s, "87");
  unsigned char* at = map(ROOT, RW, 0, s, 0, 3 * PAGE);
  expect_pages(at, "87-");
  at[PAGE] = 5;
  EXPECT_VMO(deep, "5");
  EXPECT_VMO(p, "1854");
  EXPECT_STATUS(zx_vmo_read(s, at, 2 * PAGE, 1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_write(deep, at, PAGE, 1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_set_size(s, PAGE), ZX_ERR_UNAVAILABLE);
  EXPECT_STATUS(try_child(s, SNAPSHOT, 0, PAGE), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(info_of(s).parent_koid, koid_of(p));
  EXPECT_EQ(info_of(s).flags, ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_VIA_HANDLE);
  EXPECT_OK(zx_handle_close(p));
  EXPECT_VMO(s, "85");
  EXPECT_OK(zx_handle_close(s));
  expect_pages(at, "85-");
  EXPECT_VMO(deep, "5");
  EXPECT_OK(unmap(ROOT, at, 3 * PAGE));
  EXPECT_OK(zx_handle_close(deep));
}

TEST(vmo_slice_commits_and_decommits_its_root) {
  zx_handle_t p = vmo_of(8, 0), a = child_of(p, SLICE, 1, 6), b = child_of(a, SLICE, 1, 4), c = child_of(b, SLICE, 1, 2);
  unsigned char* at = map(ROOT, READ, 0, p, 0, 8 * PAGE);
  for (size_t i = 0; i < 8; i++) put(p, i, 1);
  EXPECT_OK(op(c, ZX_VMO_OP_DECOMMIT, 0, 100));
  EXPECT_EQ(committed(p), 6);
  EXPECT_EQ(committed(c), 0);
  EXPECT_EQ(committed(b), 2);
  EXPECT_VMO(p, "11100111");
  expect_pages(at, "11100111");
  EXPECT_OK(op(p, ZX_VMO_OP_DECOMMIT, 0, 8));
  EXPECT_OK(op(b, ZX_VMO_OP_COMMIT, 0, 1));
  EXPECT_EQ(committed(p), 1);
  EXPECT_STATUS(zx_vmo_op_range(c, ZX_VMO_OP_DECOMMIT, 2 * PAGE + 1, 0, NULL, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(op(c, ZX_VMO_OP_DECOMMIT, 3, 1), ZX_ERR_OUT_OF_RANGE);
  put(b, 3, 4);
  EXPECT_OK(zx_vmo_op_range(b, ZX_VMO_OP_ZERO, 3 * PAGE, 1, NULL, 0));
  EXPECT_VMO(p, "00000000");
  EXPECT_OK(unmap(ROOT, at, 8 * PAGE));
  zx_handle_t all[] = {p, a, b, c};
  close_all(all, 4);
}

TEST(vmo_slice_of_no_bytes) {
  zx_handle_t p = vmo_of(1, 0), a = child_of(p, SLICE, 0, 0), b = child_of(p, SLICE, 1, 0);
  unsigned char byte = 0;
  EXPECT_STATUS(zx_vmo_read(a, &byte, 0, 1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vmo_write(b, &byte, 0, 1), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_vmo_read(b, &byte, 0, 0));
  zx_handle_t all[] = {p, a, b};
  close_all(all, 3);
}

TEST(vmo_slice_without_write) {
  zx_handle_t p = filled_vmo(1, 0, 1), s = child_of(p, SLICE | NO_WRITE, 0, 1);
  unsigned char byte = 9;
  EXPECT_STATUS(zx_vmo_write(s, &byte, 0, 1), ZX_ERR_ACCESS_DENIED);
  put(p, 0, 6);
  EXPECT_VMO(s, "6");
  EXPECT_OK(zx_handle_close(p));
  EXPECT_OK(zx_handle_close(s));
}

TEST(vmo_slice_of_a_copy_and_copies_beside_slices) {
  zx_handle_t p = filled_vmo(3, 0, 1), c = child_of(p, SNAPSHOT, 0, 3), s = child_of(c, SLICE, 1, 2);
  unsigned char* at = map(ROOT, RW, 0, s, 0, 2 * PAGE);
  expect_pages(at, "23");
  at[0] = 9;
  EXPECT_VMO(c, "193");
  EXPECT_VMO(p, "123");
  zx_handle_t d = child_of(c, SNAPSHOT, 0, 3);
  at[0] = 8;
  put(s, 1, 7);
  EXPECT_VMO(c, "187");
  EXPECT_VMO(d, "193");
  EXPECT_OK(zx_handle_close(c));
  EXPECT_OK(zx_handle_close(p));
  EXPECT_VMO(d, "193");
  EXPECT_VMO(s, "87");
  EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
  EXPECT_OK(zx_handle_close(s));
  EXPECT_OK(zx_handle_close(d));
}

TEST(vmo_slices_nested_deeper_than_a_stack) {
  zx_handle_t s = vmo_of(1, 0);
  for (int i = 0; i < 20000; i++) {
    zx_handle_t next = child_of(s, SLICE, 0, 1);
    EXPECT_OK(zx_handle_close(s));
    s = next;
  }
  put(s, 0, 3);
  EXPECT_VMO(s, "3");
  EXPECT_OK(zx_handle_close(s));
}

TEST(vmo_many_children_mapped_each_its_own) {
  enum { N = 64 };
  zx_handle_t p = filled_vmo(2, 0, 1), c[N];
  unsigned char* at[N];
  for (int i = 0; i < N; i++) {
    c[i] = child_of(p, SNAPSHOT, 0, 2);
    at[i] = map(ROOT, RW, 0, c[i], 0, 2 * PAGE);
  }
  for (int i = 0; i < N; i++) at[i][i % 2 ? PAGE : 0] = (unsigned char)(100 + i);
  for (int i = 0; i < N; i++) {
    EXPECT_EQ(at[i][i % 2 ? PAGE : 0], 100 + i);
    EXPECT_EQ(at[i][i % 2 ? 0 : PAGE], i % 2 ? 1 : 2);
    EXPECT_OK(unmap(ROOT, at[i], 2 * PAGE));
  }
  EXPECT_VMO(p, "12");
  close_all(c, N);
  EXPECT_OK(zx_handle_close(p));
}

ZTEST_MAIN

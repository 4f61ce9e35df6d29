// SPDX-License-Identifier: MIT
// Random operations on families of VMOs, against byte arrays that know nothing of sharing.
// Specification: memory.md, sections 3.2 to 3.7.
//
// Every page holds one number, so a byte array of pages is enough. ZX_MODEL_STEPS and ZX_MODEL_SEED
// in the environment make it longer and other.

#include "vmar_fixture.h"

#define VMOS 12
#define MAX_PAGES 12
#define MAPS 3

typedef struct {
  zx_handle_t handle;  // 0 when there is none
  bool resizable;
  int root;          // of a slice: whose pages it shows; otherwise itself
  size_t first;      // of a slice: its first page there
  size_t pages;
  unsigned char content[MAX_PAGES];
  volatile unsigned char* at[MAPS];
  size_t mapped[MAPS];  // pages, from page 0
} model_t;

static model_t all[VMOS];
static uint64_t seed;
static bool has_slices[VMOS];

static uint32_t next(uint32_t below) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 33) % below;
}

static unsigned char* cell(model_t* vmo, size_t page) { return &all[vmo->root].content[vmo->first + page]; }

static int free_slot(void) {
  for (int i = 0; i < VMOS; i++)
    if (!all[i].handle && !has_slices[i]) return i;
  return -1;
}

static int any_vmo(void) {
  for (int tries = 0; tries < 40; tries++) {
    int i = (int)next(VMOS);
    if (all[i].handle) return i;
  }
  return -1;
}

static void fresh(int i, zx_handle_t handle, size_t pages, bool resizable) {
  memset(&all[i], 0, sizeof(all[i]));
  all[i].handle = handle;
  all[i].root = i;
  all[i].pages = pages;
  all[i].resizable = resizable;
}

static void unmap_all(model_t* vmo) {
  for (int m = 0; m < MAPS; m++) {
    if (!vmo->at[m]) continue;
    EXPECT_OK(unmap(ROOT, vmo->at[m], vmo->mapped[m] * PAGE));
    vmo->at[m] = NULL;
  }
}

static void close_vmo(int i) {
  unmap_all(&all[i]);
  EXPECT_OK(zx_handle_close(all[i].handle));
  all[i].handle = ZX_HANDLE_INVALID;
  for (int j = 0; j < VMOS; j++) {
    has_slices[j] = false;
    for (int k = 0; k < VMOS; k++)
      if (all[k].handle && k != j && all[k].root == j) has_slices[j] = true;
  }
}

static void check(model_t* vmo) {
  uint64_t size = 0;
  EXPECT_OK(zx_vmo_get_size(vmo->handle, &size));
  EXPECT_EQ(size, vmo->pages * PAGE);
  static unsigned char bytes[MAX_PAGES * 4096];
  EXPECT_OK(zx_vmo_read(vmo->handle, bytes, 0, vmo->pages * PAGE));
  for (size_t p = 0; p < vmo->pages; p++) {
    EXPECT_EQ(bytes[p * PAGE], *cell(vmo, p));
    EXPECT_EQ(bytes[p * PAGE + PAGE - 1], *cell(vmo, p));
  }
}

static void step(void) {
  int i = any_vmo(), j;
  uint32_t what = next(16);
  if (i < 0 || what == 0) {
    if ((i = free_slot()) < 0) return;
    zx_handle_t handle = ZX_HANDLE_INVALID;
    bool resizable = next(2);
    size_t pages = next(MAX_PAGES + 1);
    EXPECT_OK(zx_vmo_create(pages * PAGE, resizable ? ZX_VMO_RESIZABLE : 0, &handle));
    fresh(i, handle, pages, resizable);
    return;
  }
  model_t* vmo = &all[i];
  size_t from = vmo->pages ? next((uint32_t)vmo->pages) : 0;
  size_t count = vmo->pages ? next((uint32_t)(vmo->pages - from) + 1) : 0;
  unsigned char value = (unsigned char)(next(255) + 1);
  static unsigned char bytes[MAX_PAGES * 4096];
  switch (what) {
    case 1:
    case 2: {  // a copy
      if ((j = free_slot()) < 0 || vmo->root != i) return;
      bool resizable = next(2);
      size_t offset = next(MAX_PAGES + 2), pages = next(MAX_PAGES + 1);
      zx_handle_t handle = ZX_HANDLE_INVALID;
      uint32_t options = (next(2) ? ZX_VMO_CHILD_SNAPSHOT : ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE) |
                         (resizable ? ZX_VMO_CHILD_RESIZABLE : 0);
      EXPECT_OK(zx_vmo_create_child(vmo->handle, options, offset * PAGE, pages * PAGE, &handle));
      fresh(j, handle, pages, resizable);
      for (size_t p = 0; p < pages && offset + p < vmo->pages; p++) all[j].content[p] = *cell(vmo, offset + p);
      return;
    }
    case 3: {  // a slice
      if ((j = free_slot()) < 0) return;
      zx_handle_t handle = ZX_HANDLE_INVALID;
      zx_status_t status = zx_vmo_create_child(vmo->handle, ZX_VMO_CHILD_SLICE, from * PAGE, count * PAGE, &handle);
      EXPECT_STATUS(status, vmo->resizable ? ZX_ERR_NOT_SUPPORTED : ZX_OK);
      if (status != ZX_OK) return;
      fresh(j, handle, count, false);
      all[j].root = vmo->root;
      all[j].first = vmo->first + from;
      has_slices[vmo->root] = true;
      return;
    }
    case 4:  // whole pages
    case 5:
      memset(bytes, value, count * PAGE);
      EXPECT_OK(zx_vmo_write(vmo->handle, bytes, from * PAGE, count * PAGE));
      for (size_t p = 0; p < count; p++) *cell(vmo, from + p) = value;
      return;
    case 6: {  // two halves of a page
      if (!vmo->pages) return;
      memset(bytes, value, PAGE);
      EXPECT_OK(zx_vmo_write(vmo->handle, bytes, from * PAGE, PAGE / 2));
      EXPECT_OK(zx_vmo_write(vmo->handle, bytes, from * PAGE + PAGE / 2, PAGE / 2));
      *cell(vmo, from) = value;
      return;
    }
    case 7:
      EXPECT_OK(zx_vmo_op_range(vmo->handle, ZX_VMO_OP_ZERO, from * PAGE, count * PAGE, NULL, 0));
      for (size_t p = 0; p < count; p++) *cell(vmo, from + p) = 0;
      return;
    case 8:
      EXPECT_OK(zx_vmo_op_range(vmo->handle, ZX_VMO_OP_COMMIT, from * PAGE, count * PAGE, NULL, 0));
      return;
    case 9: {
      zx_status_t status = zx_vmo_op_range(vmo->handle, ZX_VMO_OP_DECOMMIT, from * PAGE, count * PAGE, NULL, 0);
      if (status == ZX_OK)
        for (size_t p = 0; p < count; p++) *cell(vmo, from + p) = 0;
      else
        EXPECT_STATUS(status, ZX_ERR_NOT_SUPPORTED);
      return;
    }
    case 10: {
      size_t pages = next(MAX_PAGES + 1);
      zx_status_t status = zx_vmo_set_size(vmo->handle, pages * PAGE);
      EXPECT_STATUS(status, vmo->resizable ? ZX_OK : ZX_ERR_UNAVAILABLE);
      if (status != ZX_OK) return;
      for (size_t p = pages; p < MAX_PAGES; p++) vmo->content[p] = 0;
      vmo->pages = pages;
      return;
    }
    case 11: {  // map
      int m = (int)next(MAPS);
      if (vmo->at[m]) {
        EXPECT_OK(unmap(ROOT, vmo->at[m], vmo->mapped[m] * PAGE));
        vmo->at[m] = NULL;
        return;
      }
      vmo->mapped[m] = next(MAX_PAGES) + 1;
      vmo->at[m] = map(ROOT, RW, 0, vmo->handle, 0, vmo->mapped[m] * PAGE);
      return;
    }
    case 12:
    case 13: {  // store
      int m = (int)next(MAPS);
      if (!vmo->at[m] || !vmo->pages || from >= vmo->mapped[m]) return;
      vmo->at[m][from * PAGE] = value;
      vmo->at[m][from * PAGE + PAGE - 1] = value;
      *cell(vmo, from) = value;
      return;
    }
    case 14: {  // load
      int m = (int)next(MAPS);
      if (!vmo->at[m] || !vmo->pages || from >= vmo->mapped[m]) return;
      EXPECT_EQ(vmo->at[m][from * PAGE], *cell(vmo, from));
      EXPECT_EQ(vmo->at[m][from * PAGE + PAGE - 1], *cell(vmo, from));
      return;
    }
    default:
      if (next(3) == 0) close_vmo(i);
      else check(vmo);
  }
}

static uint64_t number(const char* name, uint64_t otherwise) {
  const char* text = getenv(name);
  return text ? strtoull(text, NULL, 0) : otherwise;
}

TEST(vmo_families_agree_with_byte_arrays) {
  uint64_t steps = number("ZX_MODEL_STEPS", 6000), first = number("ZX_MODEL_SEED", 1);
  for (uint64_t s = first; s < first + 4; s++) {
    char note[40];
    snprintf(note, sizeof(note), "seed %llu", (unsigned long long)s);
    ztest_note = note;
    seed = s * 977;
    for (int k = 0; k < 8; k++) next(2);
    int fds = ztest_count_fds();
    for (uint64_t i = 0; i < steps; i++) {
      step();
      if (i % 64 == 0)
        for (int v = 0; v < VMOS; v++)
          if (all[v].handle) check(&all[v]);
      if (__atomic_load_n(&ztest_failures, __ATOMIC_RELAXED)) {
        printf("  at step %llu\n", (unsigned long long)i);
        return;
      }
    }
    for (int v = 0; v < VMOS; v++)
      if (all[v].handle) close_vmo(v);
    // The library's own descriptor for page faults may have come to stay.
    EXPECT_TRUE(ztest_count_fds() <= fds + 1);
  }
  ztest_note = NULL;
}

ZTEST_MAIN

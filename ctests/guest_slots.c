// SPDX-License-Identifier: MIT
// Guest memory on a host that refuses to change it, and very many ranges and traps (hypervisor.md,
// sections 4 and 11.11).

#include "guest_calls.h"

#include <errno.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

GUEST_CODE(load_store);

// --- A host that refuses ------------------------------------------------------------------------

#define CHECK_EXTENSION 0xae03ul
#define NR_MEMSLOTS ((void*)10)
#define SET_USER_MEMORY_REGION 0x4020ae46ul

// How many slots a guest may have, if not as many as KVM says.
static int slots_allowed;

// Changes of KVM's slots: how many more are carried out, and how many after those are refused.
static long carried_out;
static long refused;
static long asked_for;

int ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void* argument = va_arg(list, void*);
  va_end(list);
  if (request == CHECK_EXTENSION && argument == NR_MEMSLOTS && slots_allowed) return slots_allowed;
  if (request == SET_USER_MEMORY_REGION) {
    asked_for++;
    if (carried_out > 0) {
      carried_out--;
    } else if (refused > 0) {
      refused--;
      errno = ENOMEM;
      return -1;
    }
  }
  return (int)syscall(SYS_ioctl, fd, request, argument);
}

static void refuse(long first, long count) {
  carried_out = first;
  refused = count;
}

// --- What a guest is to find ----------------------------------------------------------------------

#define PAGES 16u
#define BASE HOLE_ADDR
#define AT(page) (BASE + (uint64_t)(page) * PAGE_BYTES)

// The kinds of pages.
enum { NOTHING, READ_ONLY, WRITABLE, TRAPPED };

typedef struct page {
  int kind;
  uint64_t value;  // in its first bytes
} page_t;

typedef struct model {
  page_t pages[PAGES];
} model_t;

typedef struct machine {
  guest_fixture_t f;
  zx_handle_t vmo[2];
  zx_handle_t sub;  // a region of pages 12 to 15
  model_t now;
} machine_t;

static uint64_t value_of(int vmo, uint64_t page) {
  return 0x1000 * (uint64_t)(vmo + 1) + page;
}

static void show(model_t* m, uint64_t first, uint64_t count, int kind, int vmo, uint64_t page) {
  for (uint64_t i = 0; i < count; i++) {
    m->pages[first + i].kind = kind;
    m->pages[first + i].value = value_of(vmo, page + i);
  }
}

// Pages 0 to 7 are the first VMO; 8 and 9 its last two, read-only; 10 and 11 the second one's first
// two; 12 and 13 are in a region of their own.
static bool machine_make(machine_t* m) {
  memset(m, 0, sizeof(*m));
  if (!gf_set_up(&m->f, load_store_start, load_store_end)) return false;
  zx_vaddr_t at;
  for (int v = 0; v < 2; v++) {
    if (!EXPECT_OK(zx_vmo_create(PAGES * PAGE_BYTES, 0, &m->vmo[v]))) return false;
    for (uint64_t i = 0; i < PAGES; i++) {
      uint64_t value = value_of(v, i);
      EXPECT_OK(zx_vmo_write(m->vmo[v], &value, i * PAGE_BYTES, sizeof(value)));
    }
  }
  const zx_handle_t vmar = m->f.vmar;
  EXPECT_OK(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, AT(0), m->vmo[0], 0, 8 * PAGE_BYTES, &at));
  show(&m->now, 0, 8, WRITABLE, 0, 0);
  EXPECT_OK(zx_vmar_map(vmar, ZX_VM_PERM_READ | ZX_VM_SPECIFIC, AT(8), m->vmo[0], 14 * PAGE_BYTES,
                        2 * PAGE_BYTES, &at));
  show(&m->now, 8, 2, READ_ONLY, 0, 14);
  EXPECT_OK(
      zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, AT(10), m->vmo[1], 0, 2 * PAGE_BYTES, &at));
  show(&m->now, 10, 2, WRITABLE, 1, 0);
  const zx_vm_option_t options = ZX_VM_SPECIFIC | ZX_VM_CAN_MAP_SPECIFIC | ZX_VM_CAN_MAP_READ |
                                 ZX_VM_CAN_MAP_WRITE;
  EXPECT_OK(zx_vmar_allocate(vmar, options, AT(12), 4 * PAGE_BYTES, &m->sub, &at));
  EXPECT_OK(zx_vmar_map(m->sub, RW | ZX_VM_SPECIFIC, 0, m->vmo[1], 8 * PAGE_BYTES, 2 * PAGE_BYTES,
                        &at));
  show(&m->now, 12, 2, WRITABLE, 1, 8);
  return true;
}

static void machine_drop(machine_t* m) {
  EXPECT_OK(zx_handle_close(m->sub));
  EXPECT_OK(zx_handle_close(m->vmo[0]));
  EXPECT_OK(zx_handle_close(m->vmo[1]));
  gf_tear_down(&m->f);
}

// What a run ends with that loads from a page, and stores there if asked. A run that finds memory
// torn may say so as long as the host refuses to mend it.
static zx_status_t run_at(machine_t* m, uint64_t gpa, bool store, zx_port_packet_t* packet) {
  zx_vcpu_state_t s;
  gf_read(&m->f, &s);
  s.rsi = gpa;
  s.rax = 0xdead;
  s.rbx = 0x5005;
  s.rdx = store;
  gf_write(&m->f, &s);
  for (;;) {
    long before = refused;
    zx_status_t status = zx_vcpu_resume(m->f.vcpu, packet);
    if (status != ZX_ERR_NO_MEMORY || refused == before) return status;
  }
}

static bool check_page(machine_t* m, uint64_t i) {
  zx_port_packet_t packet;
  const page_t* page = &m->now.pages[i];
  zx_status_t status = run_at(m, AT(i), false, &packet);
  switch (page->kind) {
    case NOTHING: return EXPECT_STATUS(status, ZX_ERR_NOT_FOUND);
    case TRAPPED:
      if (!EXPECT_OK(status) || !EXPECT_EQ(packet.guest_mem.addr, AT(i))) return false;
      return gf_resume_clean_exit(&m->f);
    default: break;
  }
  if (!EXPECT_OK(status) || !EXPECT_EQ(packet.guest_mem.addr, EXIT_TEST_ADDR)) return false;
  if (!EXPECT_EQ(gf_rax(&m->f), page->value)) return false;
  status = run_at(m, AT(i) + 16, true, &packet);
  if (page->kind == WRITABLE) return EXPECT_OK(status);
  if (!EXPECT_STATUS(status, ZX_ERR_ACCESS_DENIED)) return false;
  // The store runs again, where it may.
  return EXPECT_OK(run_at(m, DATA_ADDR, true, &packet));
}

static bool check_all(machine_t* m) {
  for (uint64_t i = 0; i < PAGES; i++) {
    char note[64];
    snprintf(note, sizeof(note), "page %d", (int)i);
    const char* outer = ztest_note;
    if (!outer) ztest_note = note;
    bool fine = check_page(m, i);
    ztest_note = outer;
    if (!fine) return false;
  }
  return true;
}

// --- Changes ----------------------------------------------------------------------------------------

typedef struct change {
  const char* name;
  zx_status_t (*make)(machine_t*);
  void (*expect)(model_t*);
} change_t;

static zx_status_t map_in_region(machine_t* m) {
  zx_vaddr_t at;
  return zx_vmar_map(m->sub, RW | ZX_VM_SPECIFIC, 2 * PAGE_BYTES, m->vmo[0], 8 * PAGE_BYTES,
                     2 * PAGE_BYTES, &at);
}
static void expect_map_in_region(model_t* m) { show(m, 14, 2, WRITABLE, 0, 8); }

static zx_status_t unmap_whole(machine_t* m) {
  return zx_vmar_unmap(m->f.vmar, AT(0), 8 * PAGE_BYTES);
}
static void expect_unmap_whole(model_t* m) { show(m, 0, 8, NOTHING, 0, 0); }

static zx_status_t unmap_middle(machine_t* m) {
  return zx_vmar_unmap(m->f.vmar, AT(3), PAGE_BYTES);
}
static void expect_unmap_middle(model_t* m) { show(m, 3, 1, NOTHING, 0, 0); }

static zx_status_t unmap_across(machine_t* m) {
  return zx_vmar_unmap(m->f.vmar, AT(6), 5 * PAGE_BYTES);
}
static void expect_unmap_across(model_t* m) { show(m, 6, 5, NOTHING, 0, 0); }

static zx_status_t protect_part(machine_t* m) {
  return zx_vmar_protect(m->f.vmar, ZX_VM_PERM_READ, AT(2), 2 * PAGE_BYTES);
}
static void expect_protect_part(model_t* m) { show(m, 2, 2, READ_ONLY, 0, 2); }

static zx_status_t protect_across(machine_t* m) {
  return zx_vmar_protect(m->f.vmar, ZX_VM_PERM_READ, AT(7), 4 * PAGE_BYTES);
}
static void expect_protect_across(model_t* m) {
  show(m, 7, 1, READ_ONLY, 0, 7);
  show(m, 10, 1, READ_ONLY, 1, 0);
}

static zx_status_t overwrite_part(machine_t* m) {
  zx_vaddr_t at;
  return zx_vmar_map(m->f.vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, AT(3), m->vmo[1], 4 * PAGE_BYTES,
                     2 * PAGE_BYTES, &at);
}
static void expect_overwrite_part(model_t* m) { show(m, 3, 2, WRITABLE, 1, 4); }

static zx_status_t overwrite_all(machine_t* m) {
  zx_vaddr_t at;
  return zx_vmar_map(m->f.vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, AT(0), m->vmo[1], 0,
                     12 * PAGE_BYTES, &at);
}
static void expect_overwrite_all(model_t* m) { show(m, 0, 12, WRITABLE, 1, 0); }

static zx_status_t trap_middle(machine_t* m) {
  return zx_guest_set_trap(m->f.guest, ZX_GUEST_TRAP_MEM, AT(3), PAGE_BYTES, 0, TRAP_KEY);
}
static void expect_trap_middle(model_t* m) { show(m, 3, 1, TRAPPED, 0, 0); }

static zx_status_t trap_across(machine_t* m) {
  return zx_guest_set_trap(m->f.guest, ZX_GUEST_TRAP_MEM, AT(7), 6 * PAGE_BYTES, 0, TRAP_KEY);
}
static void expect_trap_across(model_t* m) { show(m, 7, 6, TRAPPED, 0, 0); }

static zx_status_t destroy_region(machine_t* m) { return zx_vmar_destroy(m->sub); }
static void expect_destroy_region(model_t* m) { show(m, 12, 4, NOTHING, 0, 0); }

static const change_t changes[] = {
    {"map in a region", map_in_region, expect_map_in_region},
    {"unmap a whole mapping", unmap_whole, expect_unmap_whole},
    {"unmap a page in the middle", unmap_middle, expect_unmap_middle},
    {"unmap across mappings", unmap_across, expect_unmap_across},
    {"protect part of a mapping", protect_part, expect_protect_part},
    {"protect across mappings", protect_across, expect_protect_across},
    {"overwrite part of a mapping", overwrite_part, expect_overwrite_part},
    {"overwrite all mappings", overwrite_all, expect_overwrite_all},
    {"trap a page in the middle", trap_middle, expect_trap_middle},
    {"trap across mappings", trap_across, expect_trap_across},
    {"destroy a region", destroy_region, expect_destroy_region},
};

// Whatever KVM refuses, and however often: a change that says that it failed has changed nothing,
// and the same change works as soon as the host lets it. Then the next guest is as good as any.
TEST(guest_memory_refused_changes_leave_everything_as_it_was) {
  REQUIRE_GUEST();
  static const long counts[] = {1, 2, 3, 5, 9};
  int failures = 0;
  for (size_t c = 0; c < COUNT(changes); c++) {
    for (long first = 0;; first++) {
      bool reached = false;
      for (size_t n = 0; n < COUNT(counts); n++) {
        char note[128];
        snprintf(note, sizeof(note), "%s, %ld refused after %ld", changes[c].name, counts[n], first);
        machine_t m;
        if (!machine_make(&m)) return;
        ztest_note = note;
        refuse(first, counts[n]);
        zx_status_t status = changes[c].make(&m);
        if (refused < counts[n]) reached = true;
        if (status == ZX_OK) {
          // What is left is for nobody else.
          refuse(0, 0);
          changes[c].expect(&m.now);
        } else {
          failures++;
          EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
        }
        bool fine = check_all(&m);
        refuse(0, 0);
        if (fine && status != ZX_OK) {
          EXPECT_OK(changes[c].make(&m));
          changes[c].expect(&m.now);
          check_all(&m);
        }
        ztest_note = NULL;
        machine_drop(&m);
        if (!fine) return;
      }
      if (!reached) break;
    }
  }
  EXPECT_TRUE(failures > 50);
}

// A host that refuses everything from some moment on: calls and runs say so, every close works, and
// nothing is left behind.
TEST(guest_memory_refused_for_ever_guest_closes) {
  REQUIRE_GUEST();
  machine_t warm;
  ASSERT_TRUE(machine_make(&warm));
  machine_drop(&warm);
  for (size_t c = 0; c < COUNT(changes); c++) {
    for (long first = 0; first < 5; first++) {
      ztest_note = changes[c].name;
      int maps = ztest_count_maps(), fds = ztest_count_fds();
      machine_t m;
      if (!machine_make(&m)) return;
      refuse(first, LONG_MAX);
      zx_status_t status = changes[c].make(&m);
      EXPECT_TRUE(status == ZX_OK || status == ZX_ERR_NO_MEMORY);
      zx_port_packet_t packet;
      for (int i = 0; i < 3; i++) {
        zx_status_t ran = zx_vcpu_resume(m.f.vcpu, &packet);
        EXPECT_TRUE(ran == ZX_ERR_NO_MEMORY || ran == ZX_OK || ran == ZX_ERR_NOT_FOUND);
        // A kick is heeded all the same.
        EXPECT_OK(zx_vcpu_kick(m.f.vcpu));
        EXPECT_STATUS(zx_vcpu_resume(m.f.vcpu, &packet), ZX_ERR_CANCELED);
      }
      machine_drop(&m);
      refuse(0, 0);
      EXPECT_EQ(ztest_count_fds(), fds);
      // The process keeps what its allocator has once had.
      EXPECT_TRUE(ztest_count_maps() <= maps + 1);
    }
  }
  ztest_note = NULL;
}

// Memory that a failed change has torn is not seen by VCPUs that are made afterwards, or that run
// on other threads, either; all go on once it is mended.
typedef struct other_run {
  pthread_t thread;
  guest_fixture_t f;
  zx_status_t created, ran;
  uint64_t rax;
} other_run_t;

static void* run_other(void* argument) {
  other_run_t* r = argument;
  r->created = zx_vcpu_create(r->f.guest, 0, GUEST_ENTRY, &r->f.vcpu);
  zx_port_packet_t packet;
  if (r->created == ZX_OK) r->ran = zx_vcpu_resume(r->f.vcpu, &packet);
  zx_handle_close(r->f.vcpu);
  return NULL;
}

TEST(guest_memory_torn_is_for_no_vcpu) {
  REQUIRE_GUEST();
  machine_t m;
  ASSERT_TRUE(machine_make(&m));
  // The slot of pages 0 to 7 goes, nothing comes in its place, and it does not come back.
  refuse(1, LONG_MAX);
  EXPECT_STATUS(unmap_middle(&m), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(map_in_region(&m), ZX_ERR_NO_MEMORY);
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_vcpu_resume(m.f.vcpu, &packet), ZX_ERR_NO_MEMORY);
  // A VCPU made now, on another thread: the real-mode start of a second one needs no memory of ours.
  other_run_t r = {.f = m.f};
  ASSERT_EQ(pthread_create(&r.thread, NULL, run_other, &r), 0);
  pthread_join(r.thread, NULL);
  EXPECT_OK(r.created);
  EXPECT_STATUS(r.ran, ZX_ERR_NO_MEMORY);
  refuse(0, 0);
  EXPECT_TRUE(check_all(&m));
  EXPECT_OK(map_in_region(&m));
  expect_map_in_region(&m.now);
  EXPECT_TRUE(check_all(&m));
  machine_drop(&m);
}

// Memory that is mapped again as it was needs nothing of KVM.
TEST(guest_memory_same_again_changes_no_slot) {
  REQUIRE_GUEST();
  machine_t m;
  ASSERT_TRUE(machine_make(&m));
  asked_for = 0;
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_protect(m.f.vmar, RW, AT(1), 4 * PAGE_BYTES));
  EXPECT_OK(zx_vmar_map(m.f.vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, AT(2), m.vmo[0], 2 * PAGE_BYTES,
                        3 * PAGE_BYTES, &at));
  EXPECT_EQ(asked_for, 0);
  EXPECT_TRUE(check_all(&m));
  machine_drop(&m);
}

// --- Very many ranges and traps --------------------------------------------------------------------

// The user time of this thread, in microseconds: what the library takes, without KVM.
static int64_t user_time(void) {
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return (int64_t)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec;
}

enum { MANY = 32000, PART = MANY / 8 };

// Makes 32,000 changes: the last do not take longer than the first, and all together not long.
static void many(zx_status_t (*change)(void*, uint64_t), void* argument) {
  int64_t times[8];
  for (int part = 0; part < 8; part++) {
    int64_t begin = user_time();
    for (uint64_t i = 0; i < PART; i++) {
      if (!EXPECT_OK(change(argument, (uint64_t)part * PART + i))) return;
    }
    times[part] = user_time() - begin;
  }
  int64_t sum = 0;
  for (int part = 0; part < 8; part++) sum += times[part];
  EXPECT_TRUE(sum < 2000000);
  EXPECT_TRUE(times[7] < 3 * times[0] + 50000);
}

static zx_status_t trap_upwards(void* guest, uint64_t i) {
  return zx_guest_set_trap(*(zx_handle_t*)guest, ZX_GUEST_TRAP_MEM, 0x40000000 + i * PAGE_BYTES,
                           PAGE_BYTES, 0, i);
}

static zx_status_t trap_downwards(void* guest, uint64_t i) {
  return zx_guest_set_trap(*(zx_handle_t*)guest, ZX_GUEST_TRAP_MEM, 0x38000000 - i * PAGE_BYTES,
                           PAGE_BYTES, 0, MANY + i);
}

static zx_status_t trap_port_downwards(void* guest, uint64_t i) {
  return zx_guest_set_trap(*(zx_handle_t*)guest, ZX_GUEST_TRAP_IO, 0xfff0 - i, 1, 0, 2 * MANY + i);
}

TEST(guest_set_trap_very_many_each_at_the_same_cost) {
  GUEST(f, load_store);
  many(trap_upwards, &f.guest);
  many(trap_downwards, &f.guest);
  many(trap_port_downwards, &f.guest);
  machine_t m = {.f = f};
  zx_port_packet_t packet;
  for (uint64_t i = 0; i < MANY && 0x38000000 - i * PAGE_BYTES >= 0x30000000; i += 997) {
    ASSERT_OK(run_at(&m, 0x38000000 - i * PAGE_BYTES + 8, false, &packet));
    EXPECT_EQ(packet.key, MANY + i);
    RESUME_CLEAN_EXIT(&f);
  }
  gf_tear_down(&f);
}

// Mappings without memory behind them need no slot: the cost is the library's alone.
typedef struct mapper {
  zx_handle_t vmar, vmo;
  uint64_t stride;
} mapper_t;

static zx_status_t map_page(void* argument, uint64_t i) {
  mapper_t* m = argument;
  zx_vaddr_t at;
  return zx_vmar_map(m->vmar, RW | ZX_VM_SPECIFIC, 0x40000000 + i * m->stride, m->vmo,
                     i * m->stride, PAGE_BYTES, &at);
}

TEST(vmar_map_guest_very_many_each_at_the_same_cost) {
  GUEST(f, load_store);
  mapper_t m = {.vmar = f.vmar, .stride = 2 * PAGE_BYTES};
  ASSERT_OK(zx_vmo_create(0, 0, &m.vmo));
  many(map_page, &m);
  EXPECT_OK(zx_vmar_unmap(f.vmar, 0x40000000, MANY * m.stride));
  CLOSE(m.vmo);
  gf_tear_down(&f);
}

// Where there are more ranges than slots, neighbours that show one piece of an object share one.
TEST(vmar_map_guest_neighbours_share_slots_when_there_are_few) {
  REQUIRE_GUEST();
  enum { FEW = 100, COUNT_OF_PAGES = 1504 };
  guest_fixture_t f;
  slots_allowed = FEW;
  bool fine = gf_set_up(&f, load_store_start, load_store_end);
  slots_allowed = 0;
  ASSERT_TRUE(fine);
  mapper_t m = {.vmar = f.vmar, .stride = PAGE_BYTES};
  ASSERT_OK(zx_vmo_create(COUNT_OF_PAGES * PAGE_BYTES, 0, &m.vmo));
  for (uint64_t i = 0; i < COUNT_OF_PAGES; i++) {
    uint64_t value = 0x5000 + i;
    EXPECT_OK(zx_vmo_write(m.vmo, &value, i * PAGE_BYTES, sizeof(value)));
  }
  // In an order that seldom makes neighbours of two that follow each other.
  const uint64_t base = HOLE_ADDR;
  for (uint64_t i = 0; i < COUNT_OF_PAGES; i++) {
    uint64_t page = i / 8 * 8 + (i * 5 + 3) % 8;
    zx_vaddr_t at;
    ASSERT_OK(zx_vmar_map(f.vmar, RW | ZX_VM_SPECIFIC, base + page * PAGE_BYTES, m.vmo,
                          page * PAGE_BYTES, PAGE_BYTES, &at));
  }
  machine_t machine = {.f = f};
  zx_port_packet_t packet;
  for (uint64_t i = 0; i < COUNT_OF_PAGES; i += 37) {
    ASSERT_OK(run_at(&machine, base + i * PAGE_BYTES, true, &packet));
    EXPECT_EQ(gf_rax(&f), 0x5000 + i);
  }
  // Each page can still be had alone.
  EXPECT_OK(zx_vmar_unmap(f.vmar, base + 700 * PAGE_BYTES, PAGE_BYTES));
  EXPECT_STATUS(run_at(&machine, base + 700 * PAGE_BYTES, false, &packet), ZX_ERR_NOT_FOUND);
  EXPECT_OK(run_at(&machine, base + 701 * PAGE_BYTES, false, &packet));
  CLOSE(m.vmo);
  gf_tear_down(&f);
}

// Ranges that are no neighbours need a slot each; one too many is refused, and changes nothing.
TEST(vmar_map_guest_more_separate_ranges_than_slots_no_memory) {
  REQUIRE_GUEST();
  enum { FEW = 100 };
  guest_fixture_t f;
  slots_allowed = FEW;
  bool fine = gf_set_up(&f, load_store_start, load_store_end);
  slots_allowed = 0;
  ASSERT_TRUE(fine);
  mapper_t m = {.vmar = f.vmar, .stride = 2 * PAGE_BYTES};
  ASSERT_OK(zx_vmo_create(2 * FEW * PAGE_BYTES, 0, &m.vmo));
  uint64_t made = 0;
  zx_status_t status = ZX_OK;
  while (made < FEW && (status = map_page(&m, made)) == ZX_OK) made++;
  EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
  EXPECT_TRUE(made >= FEW - 4);
  // Neither can a range be cut in two.
  EXPECT_STATUS(zx_vmar_unmap(f.vmar, VMO_SIZE / 2, PAGE_BYTES), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, VMO_SIZE / 2, PAGE_BYTES, 0, 9),
                ZX_ERR_NO_MEMORY);
  machine_t machine = {.f = f};
  zx_port_packet_t packet;
  EXPECT_OK(run_at(&machine, VMO_SIZE / 2, true, &packet));
  EXPECT_EQ(packet.guest_mem.addr, EXIT_TEST_ADDR);
  // A range less, and there is room for another.
  EXPECT_OK(zx_vmar_unmap(f.vmar, 0x40000000, PAGE_BYTES));
  EXPECT_OK(zx_vmar_unmap(f.vmar, VMO_SIZE / 2, PAGE_BYTES));
  EXPECT_STATUS(run_at(&machine, VMO_SIZE / 2, false, &packet), ZX_ERR_NOT_FOUND);
  EXPECT_OK(run_at(&machine, VMO_SIZE / 2 + PAGE_BYTES, false, &packet));
  CLOSE(m.vmo);
  gf_tear_down(&f);
}

ZTEST_MAIN

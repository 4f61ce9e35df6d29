// SPDX-License-Identifier: MIT
// Guests whose memory is resized, taken back, a slice or a copy of other memory (hypervisor.md,
// section 4; memory.md, sections 3.7 and 5).

#include "guest_running.h"

#include "objects.h"

GUEST_CODE(memory_count);
GUEST_CODE(memory_until_zero);
GUEST_CODE(memory_add);

#define GUEST_RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_SPECIFIC)

static zx_handle_t vmo_of(size_t pages, uint32_t options) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(pages * PAGE_BYTES, options, &vmo));
  return vmo;
}

static zx_handle_t child_of(zx_handle_t vmo, uint32_t options, size_t offset, size_t pages) {
  zx_handle_t child = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create_child(vmo, options, offset * PAGE_BYTES, pages * PAGE_BYTES, &child));
  return child;
}

static void put(zx_handle_t vmo, uint64_t offset, uint64_t value) {
  EXPECT_OK(zx_vmo_write(vmo, &value, offset, sizeof(value)));
}

static uint64_t get(zx_handle_t vmo, uint64_t offset) {
  uint64_t value = 0;
  EXPECT_OK(zx_vmo_read(vmo, &value, offset, sizeof(value)));
  return value;
}

static bool start(running_guest_t* g, pthread_t* thread) {
  g->trap = NO_TRAP;
  sem_init(&g->ready, 0, 0);
  if (!EXPECT_EQ(pthread_create(thread, NULL, run_guest, g), 0)) return false;
  sem_wait(&g->ready);
  return true;
}

static void map_guest(const guest_fixture_t* f, zx_handle_t vmo, size_t pages) {
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_map(f->vmar, GUEST_RW, HOLE_ADDR, vmo, 0, pages * PAGE_BYTES, &at));
}

TEST(guest_memory_copied_while_it_runs) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = memory_count_start, .end = memory_count_end};
  pthread_t thread;
  ASSERT_TRUE(start(&g, &thread));
  EXPECT_TRUE(wait_count(&g.f, 10));
  zx_handle_t shots[5];
  uint64_t counts[5];
  for (int i = 0; i < 5; i++) {
    shots[i] = child_of(g.f.vmo, ZX_VMO_CHILD_SNAPSHOT, 0, VMO_SIZE / PAGE_BYTES);
    counts[i] = get(shots[i], DATA_ADDR);
    EXPECT_TRUE(wait_count(&g.f, counts[i] + 10));
    for (int j = 0; j <= i; j++) EXPECT_EQ(get(shots[j], DATA_ADDR), counts[j]);
  }
  // Another guest goes on from the third copy, the first one is none the wiser.
  guest_fixture_t f;
  memset(&f, 0, sizeof(f));
  zx_handle_t resource, other;
  zx_vaddr_t at;
  EXPECT_OK(libzx_get_hypervisor_resource(&resource));
  ASSERT_OK(zx_guest_create(resource, 0, &f.guest, &f.vmar));
  EXPECT_OK(zx_handle_close(resource));
  other = shots[2];
  EXPECT_OK(zx_vmo_replace_as_executable(other, ZX_HANDLE_INVALID, &other));
  shots[2] = other;
  EXPECT_OK(zx_vmar_map(f.vmar, GUEST_RW | ZX_VM_PERM_EXECUTE, 0, other, 0, VMO_SIZE, &at));
  EXPECT_OK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, other, 0, VMO_SIZE, &f.host));
  EXPECT_EQ(gf_peek64(&f, DATA_ADDR), counts[2]);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  ASSERT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu));
  zx_port_packet_t packet;
  EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
  EXPECT_EQ(packet.guest_mem.addr, TRAP_ADDR);
  EXPECT_EQ(gf_peek64(&f, DATA_ADDR), counts[2] + 1);
  EXPECT_EQ(get(other, DATA_ADDR), counts[2] + 1);
  EXPECT_TRUE(gf_peek64(&g.f, DATA_ADDR) > counts[2] + 1);
  EXPECT_OK(zx_handle_close(f.vcpu));
  EXPECT_OK(zx_handle_close(f.guest));
  EXPECT_OK(zx_handle_close(f.vmar));
  EXPECT_OK(zx_vmar_unmap(zx_vmar_root_self(), f.host, VMO_SIZE));

  EXPECT_FALSE(is_done(&g));
  EXPECT_OK(zx_guest_set_trap(g.f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  pthread_join(thread, NULL);
  EXPECT_OK(g.status);
  EXPECT_OK(zx_handle_close_many(shots, 5));
  gf_tear_down(&g.f);
}

TEST(guest_memory_decommitted_while_it_runs_reads_zero) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = memory_until_zero_start, .end = memory_until_zero_end};
  pthread_t thread;
  ASSERT_TRUE(start(&g, &thread));
  EXPECT_TRUE(wait_count(&g.f, 10));
  EXPECT_FALSE(is_done(&g));
  EXPECT_OK(zx_vmo_op_range(g.f.vmo, ZX_VMO_OP_DECOMMIT, TRAP_ADDR, PAGE_BYTES, NULL, 0));
  pthread_join(thread, NULL);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.guest_mem.addr, EXIT_TEST_ADDR);
  gf_tear_down(&g.f);
}

TEST(guest_memory_shrunk_ends_the_access) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up(&f, memory_add_start, memory_add_end));
  zx_handle_t vmo = vmo_of(4, ZX_VMO_RESIZABLE);
  map_guest(&f, vmo, 4);
  EXPECT_OK(zx_vmo_set_size(vmo, 0));
  for (int i = 0; i < 2; i++) gf_resume_fails(&f, ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_vmo_set_size(vmo, 4 * PAGE_BYTES));
  put(vmo, 0, 4);
  put(vmo, PAGE_BYTES, 9);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(get(vmo, 0), 7);
  EXPECT_EQ(get(vmo, 2 * PAGE_BYTES + 8), 9);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(guest_memory_grown_is_there) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up(&f, memory_add_start, memory_add_end));
  zx_handle_t vmo = vmo_of(0, ZX_VMO_RESIZABLE);
  map_guest(&f, vmo, 4);
  gf_resume_fails(&f, ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_vmo_set_size(vmo, 4 * PAGE_BYTES));
  put(vmo, 0, 1);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(get(vmo, 0), 4);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(guest_memory_is_a_copy_or_a_slice) {
  REQUIRE_GUEST();
  uint32_t kinds[] = {ZX_VMO_CHILD_SNAPSHOT, ZX_VMO_CHILD_SLICE};
  for (int i = 0; i < 2; i++) {
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, memory_add_start, memory_add_end));
    zx_handle_t vmo = vmo_of(4, 0), child;
    put(vmo, PAGE_BYTES, 4);
    put(vmo, 2 * PAGE_BYTES, 9);
    child = child_of(vmo, kinds[i], 1, 3);
    map_guest(&f, child, 3);
    RESUME_CLEAN_EXIT(&f);
    EXPECT_EQ(get(child, 0), 7);
    EXPECT_EQ(get(child, 2 * PAGE_BYTES + 8), 9);
    EXPECT_EQ(get(vmo, PAGE_BYTES), i ? 7 : 4);
    EXPECT_EQ(get(vmo, 3 * PAGE_BYTES + 8), i ? 9 : 0);
    EXPECT_OK(zx_handle_close(vmo));
    EXPECT_OK(zx_handle_close(child));
    gf_tear_down(&f);
  }
}

TEST(guest_memory_that_was_copied_keeps_the_copy) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up(&f, memory_add_start, memory_add_end));
  zx_handle_t vmo = vmo_of(3, 0), child;
  put(vmo, 0, 4);
  put(vmo, PAGE_BYTES, 9);
  map_guest(&f, vmo, 3);
  child = child_of(vmo, ZX_VMO_CHILD_SNAPSHOT, 0, 3);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(get(vmo, 0), 7);
  EXPECT_EQ(get(vmo, 2 * PAGE_BYTES + 8), 9);
  EXPECT_EQ(get(child, 0), 4);
  EXPECT_EQ(get(child, 2 * PAGE_BYTES + 8), 0);
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_OK(zx_handle_close(child));
  gf_tear_down(&f);
}

// --- Memory that a pager serves -----------------------------------------------------------------

typedef struct {
  zx_handle_t pager, port, vmo;
  int failures;  // how many requests to fail first
} served_t;

// Serves requests until the VMO is not used any more. Page i begins with i + 4.
static void* serve(void* arg) {
  served_t* s = arg;
  for (;;) {
    zx_port_packet_t packet;
    if (!EXPECT_OK(zx_port_wait(s->port, zx_deadline_after(ZX_SEC(20)), &packet))) return NULL;
    if (packet.page_request.command == ZX_PAGER_VMO_COMPLETE) return NULL;
    uint64_t offset = packet.page_request.offset;
    if (s->failures) {
      s->failures--;
      EXPECT_OK(zx_pager_op_range(s->pager, ZX_PAGER_OP_FAIL, s->vmo, offset, PAGE_BYTES, (uint64_t)ZX_ERR_IO));
      continue;
    }
    zx_handle_t aux = vmo_of(1, 0);
    put(aux, 0, offset / PAGE_BYTES + 4);
    EXPECT_OK(zx_pager_supply_pages(s->pager, s->vmo, offset, PAGE_BYTES, aux, 0));
    EXPECT_OK(zx_handle_close(aux));
  }
}

TEST(guest_memory_served_by_a_pager) {
  REQUIRE_GUEST();
  served_t s = {0, 0, 0, 0};
  if (zx_pager_create(0, &s.pager) == ZX_ERR_NOT_SUPPORTED) SKIP("no userfaultfd");
  for (int failures = 0; failures < 2; failures++) {
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, memory_add_start, memory_add_end));
    s.port = new_port();
    s.failures = failures;
    EXPECT_OK(zx_pager_create_vmo(s.pager, 0, s.port, 1, 3 * PAGE_BYTES, &s.vmo));
    map_guest(&f, s.vmo, 3);
    pthread_t thread;
    ASSERT_EQ(pthread_create(&thread, NULL, serve, &s), 0);
    if (failures) gf_resume_fails(&f, ZX_ERR_IO);
    RESUME_CLEAN_EXIT(&f);
    EXPECT_EQ(get(s.vmo, 0), 7);
    EXPECT_EQ(get(s.vmo, 2 * PAGE_BYTES), 6);
    EXPECT_EQ(get(s.vmo, 2 * PAGE_BYTES + 8), 5);
    EXPECT_OK(zx_pager_detach_vmo(s.pager, s.vmo));
    pthread_join(thread, NULL);
    EXPECT_OK(zx_handle_close(s.vmo));
    EXPECT_OK(zx_handle_close(s.port));
    gf_tear_down(&f);
  }
  EXPECT_OK(zx_handle_close(s.pager));
}

ZTEST_MAIN

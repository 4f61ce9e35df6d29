// SPDX-License-Identifier: MIT
// Addresses without memory or without permission, and memory and traps that
// change while a guest runs (hypervisor.md, sections 4 and 5.6).

#include "guest_running.h"

GUEST_CODE(hole_store);
GUEST_CODE(hole_store_register);
GUEST_CODE(hole_load);
GUEST_CODE(hole_add);
GUEST_CODE(hole_jump);
GUEST_CODE(triple_fault);
GUEST_CODE(store_loop);

// --- Addresses without memory -----------------------------------------------

static zx_status_t map_hole(const guest_fixture_t* f, zx_vm_option_t options, zx_handle_t* vmo) {
  zx_vaddr_t at;
  zx_status_t status = zx_vmo_create(PAGE_BYTES, 0, vmo);
  return status != ZX_OK ? status
                         : zx_vmar_map(f->vmar, options | ZX_VM_SPECIFIC, HOLE_ADDR, *vmo, 0,
                                       PAGE_BYTES, &at);
}

// RIP stays at the instruction, so that mapping memory and resuming works.
TEST(vcpu_resume_unmapped_not_found_then_map) {
  static const struct {
    const char* name;
    const char* start;
    const char* end;
    uint64_t before, after;  // of the memory
    bool loads;
  } cases[] = {
      {"store", hole_store_start, hole_store_end, 0x5555, 7, true},
      {"load", hole_load_start, hole_load_end, 0x5555, 0x5555, true},
      {"add", hole_add_start, hole_add_end, 0x5555, 0x5558, false},
      {"store of a register", hole_store_register_start, hole_store_register_end, 0x5555,
       0xcafebabe00005555, true},
  };
  REQUIRE_GUEST();
  for (size_t i = 0; i < COUNT(cases); i++) {
    ztest_note = cases[i].name;
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, cases[i].start, cases[i].end));
    zx_vcpu_state_t want, state;
    fill_registers(&want, 12);
    want.rax = 0xcafebabe;
    gf_write(&f, &want);
    for (int again = 0; again < 3; again++) {
      gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
    }
    zx_handle_t vmo;
    ASSERT_OK(map_hole(&f, RW, &vmo));
    uint64_t value = cases[i].before;
    EXPECT_OK(zx_vmo_write(vmo, &value, 0, sizeof(value)));
    RESUME_CLEAN_EXIT(&f);
    EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
    EXPECT_EQ(value, cases[i].after);
    gf_read(&f, &state);
    if (cases[i].loads) EXPECT_EQ(state.rbx, cases[i].after);
    EXPECT_EQ(state.rax, want.rax);
    EXPECT_EQ(state.rcx, want.rcx);
    EXPECT_OK(zx_handle_close(vmo));
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

TEST(vcpu_resume_unmapped_not_found_then_trap) {
  GUEST(f, hole_store);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  EXPECT_OK(
      zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, HOLE_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  const char* at = hole_store_start;
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// The program may also write registers between the failure and the retry.
TEST(vcpu_resume_unmapped_not_found_write_state_then_map) {
  GUEST(f, hole_store_register);
  zx_vcpu_state_t want, state;
  fill_registers(&want, 13);
  gf_write(&f, &want);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  fill_registers(&want, 14);
  want.rax = 0x12345678;
  gf_write(&f, &want);
  zx_handle_t vmo;
  ASSERT_OK(map_hole(&f, RW, &vmo));
  RESUME_CLEAN_EXIT(&f);
  uint64_t value;
  EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
  EXPECT_EQ(value, 0x1234567800000000);
  want.rbx = value;
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(vcpu_resume_jump_to_unmapped_not_found) {
  GUEST(f, hole_jump);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_tear_down(&f);
}

// An entry without memory is found out by the first resume (section 3.3).
TEST(vcpu_resume_entry_unmapped_not_found) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, hole_load_start, hole_load_end));
  ASSERT_OK(zx_vcpu_create(f.guest, 0, HOLE_ADDR, &f.vcpu));
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_tear_down(&f);
}

TEST(vcpu_resume_store_to_read_only_access_denied) {
  GUEST(f, hole_store);
  zx_vcpu_state_t want, state;
  fill_registers(&want, 15);
  gf_write(&f, &want);
  zx_handle_t vmo;
  // Mapped with both permissions, then protected: so it can be undone.
  ASSERT_OK(map_hole(&f, RW, &vmo));
  EXPECT_OK(zx_vmar_protect(f.vmar, ZX_VM_PERM_READ, HOLE_ADDR, PAGE_BYTES));
  for (int again = 0; again < 3; again++) {
    gf_resume_fails(&f, ZX_ERR_ACCESS_DENIED);
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
  }
  uint64_t value;
  EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
  EXPECT_EQ(value, 0);
  EXPECT_OK(zx_vmar_protect(f.vmar, RW, HOLE_ADDR, PAGE_BYTES));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
  EXPECT_EQ(value, 7);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(vcpu_resume_load_from_read_only_ok) {
  GUEST(f, hole_load);
  zx_handle_t vmo;
  ASSERT_OK(map_hole(&f, ZX_VM_PERM_READ, &vmo));
  uint64_t value = 0x778899;
  EXPECT_OK(zx_vmo_write(vmo, &value, 0, sizeof(value)));
  RESUME_CLEAN_EXIT(&f);
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  EXPECT_EQ(state.rbx, 0x778899);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

// A mapping that comes later does not get in a trap's way.
TEST(vcpu_resume_mapping_over_trap_trap_wins) {
  GUEST(f, hole_store);
  EXPECT_OK(
      zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, HOLE_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  zx_handle_t vmo;
  ASSERT_OK(map_hole(&f, RW, &vmo));
  const char* at = hole_store_start;
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(vcpu_resume_triple_fault_not_supported) {
  GUEST(f, triple_fault);
  gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
  gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
  gf_tear_down(&f);
}

// --- Changes while a guest runs -----------------------------------------------------

TEST(guest_set_trap_running_guest_takes_effect) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = store_loop_start, .end = store_loop_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 10));
  EXPECT_EQ(gf_peek64(&g.f, TRAP_ADDR), 5);
  EXPECT_OK(zx_guest_set_trap(g.f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  // No store reaches the page any more.
  gf_poke64(&g.f, TRAP_ADDR, 6);
  pthread_join(thread, NULL);
  EXPECT_EQ(gf_peek64(&g.f, TRAP_ADDR), 6);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.key, TRAP_KEY);
  EXPECT_EQ(g.packet.guest_mem.addr, TRAP_ADDR);
  EXPECT_EQ(g.packet.guest_mem.inst_len, 12);
  gf_tear_down(&g.f);
}

TEST(vmar_unmap_running_guest_not_found) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = store_loop_start, .end = store_loop_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 10));
  EXPECT_OK(zx_vmar_unmap(g.f.vmar, TRAP_ADDR, PAGE_BYTES));
  pthread_join(thread, NULL);
  EXPECT_STATUS(g.status, ZX_ERR_NOT_FOUND);
  gf_tear_down(&g.f);
}

// Other pages come and go while the guest computes: it must not notice.
TEST(vmar_map_running_guest_undisturbed) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = store_loop_start, .end = store_loop_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  for (int i = 0; i < 200; i++) {
    zx_handle_t vmo;
    if (!EXPECT_OK(map_hole(&g.f, RW, &vmo))) break;
    // A hole in the mapping that the guest runs in makes the library split it.
    EXPECT_OK(zx_vmar_unmap(g.f.vmar, 0x800000 + (uint64_t)i * 0x1000, PAGE_BYTES));
    EXPECT_OK(zx_vmar_unmap(g.f.vmar, HOLE_ADDR, PAGE_BYTES));
    EXPECT_OK(zx_handle_close(vmo));
  }
  EXPECT_FALSE(is_done(&g));
  EXPECT_OK(zx_guest_set_trap(g.f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  pthread_join(thread, NULL);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.guest_mem.addr, TRAP_ADDR);
  gf_tear_down(&g.f);
}

ZTEST_MAIN

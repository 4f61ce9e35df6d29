// SPDX-License-Identifier: MIT
// The argument tables of the calls on guests, row by row and in the order of the
// checks (hypervisor.md, sections 3.1 and 3.2), the trap map (13.5) and life
// cycles.

#include "guest_calls.h"

GUEST_CODE(exit_loop);

// --- zx_guest_create, table 3.1 -----------------------------------------------

TEST(guest_create_options_invalid_args) {
  zx_handle_t guest, vmar;
  zx_handle_t port = new_port();
  // Before the handle is looked at.
  EXPECT_STATUS(zx_guest_create(ZX_HANDLE_INVALID, 1, &guest, &vmar), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_guest_create(port, 0x80000000, &guest, &vmar), ZX_ERR_INVALID_ARGS);
  CLOSE(port);
}

TEST(guest_create_resource_checked) {
  zx_handle_t guest, vmar;
  zx_handle_t port = new_port();
  EXPECT_STATUS(zx_guest_create(ZX_HANDLE_INVALID, 0, &guest, &vmar), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_guest_create(stale_handle(), 0, &guest, &vmar), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_guest_create(port, 0, &guest, &vmar), ZX_ERR_WRONG_TYPE);
  zx_handle_t vmex;
  ASSERT_OK(zx_resource_create(get_root_resource(), ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_VMEX_BASE,
                               1, "vmex", 4, &vmex));
  EXPECT_STATUS(zx_guest_create(vmex, 0, &guest, &vmar), ZX_ERR_ACCESS_DENIED);
  CLOSE(port, vmex);
}

// The root resource will do, and no rights are needed.
TEST(guest_create_root_resource_ok) {
  REQUIRE_GUEST();
  zx_handle_t guest, vmar;
  ASSERT_OK(zx_guest_create(get_root_resource(), 0, &guest, &vmar));
  CLOSE(guest, vmar);
  zx_handle_t powerless = copy_of(get_root_resource(), ZX_RIGHT_NONE);
  ASSERT_OK(zx_guest_create(powerless, 0, &guest, &vmar));
  CLOSE(guest, vmar, powerless);
  zx_handle_t resource = hypervisor_resource();
  zx_handle_t copy = copy_of(resource, ZX_RIGHT_NONE);
  ASSERT_OK(zx_guest_create(copy, 0, &guest, &vmar));
  CLOSE(guest, vmar, resource, copy);
}

TEST(guest_create_bad_pointer_invalid_args) {
  REQUIRE_GUEST();
  zx_handle_t resource = hypervisor_resource();
  void* bad;
  for (int pass = 0; pass < 2; pass++) {
    int fds = ztest_count_fds(), maps = ztest_count_maps();
    for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++) {
      zx_handle_t other = 0x12345678;
      EXPECT_STATUS(zx_guest_create(resource, 0, bad, &other), ZX_ERR_INVALID_ARGS);
      EXPECT_EQ(other, 0x12345678);
      EXPECT_STATUS(zx_guest_create(resource, 0, &other, bad), ZX_ERR_INVALID_ARGS);
      EXPECT_EQ(other, 0x12345678);
      EXPECT_STATUS(zx_guest_create(resource, 0, bad, bad), ZX_ERR_INVALID_ARGS);
    }
    if (pass == 1) {  // the first pass warms up
      EXPECT_EQ(ztest_count_fds(), fds);
      EXPECT_EQ(ztest_count_maps(), maps);
    }
  }
  CLOSE(resource);
}

TEST(guest_create_handle_info) {
  GUEST(f, exit_loop);
  zx_info_handle_basic_t info = basic_info(f.guest);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_GUEST);
  EXPECT_EQ(info.type, 20);
  EXPECT_EQ(info.rights, GUEST_RIGHTS);
  EXPECT_EQ(info.related_koid, 0);
  zx_koid_t koid = info.koid;
  EXPECT_EQ(handle_count(f.guest), 1);

  info = basic_info(f.vcpu);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_VCPU);
  EXPECT_EQ(info.type, 21);
  EXPECT_EQ(info.rights, VCPU_RIGHTS);
  EXPECT_EQ(info.related_koid, 0);
  EXPECT_NE(info.koid, koid);
  EXPECT_EQ(handle_count(f.vcpu), 1);

  info = basic_info(f.vmar);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_VMAR);
  EXPECT_EQ(info.rights, GUEST_VMAR_RIGHTS);
  EXPECT_EQ(info.related_koid, 0);
  EXPECT_NE(info.koid, koid);
  gf_tear_down(&f);
}

// What a guest and a VCPU have of the calls on any object (section 3.10).
TEST(guest_and_vcpu_other_calls) {
  GUEST(f, exit_loop);
  zx_signals_t seen;
  zx_handle_t port = new_port();
  EXPECT_STATUS(zx_object_wait_one(f.guest, ZX_USER_SIGNAL_0, 0, &seen), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_wait_async(f.guest, port, 0, ZX_USER_SIGNAL_0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_signal(f.guest, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_signal_peer(f.guest, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_signal_peer(f.vcpu, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);

  EXPECT_EQ(signals_of(f.vcpu), 0);
  EXPECT_STATUS(zx_object_signal(f.vcpu, 0, ZX_EVENT_SIGNALED), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_object_signal(f.vcpu, 0, ZX_USER_SIGNAL_7));
  EXPECT_OK(zx_object_wait_async(f.vcpu, port, 5, ZX_USER_SIGNAL_7, 0));
  zx_port_packet_t packet;
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.signal.observed, ZX_USER_SIGNAL_7);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(signals_of(f.vcpu), ZX_USER_SIGNAL_7);
  EXPECT_OK(zx_object_signal(f.vcpu, ZX_USER_SIGNAL_7, 0));
  EXPECT_EQ(signals_of(f.vcpu), 0);

  // Neither has properties, and their handles no right to them.
  char name[ZX_MAX_NAME_LEN];
  EXPECT_STATUS(zx_object_get_property(f.guest, ZX_PROP_NAME, name, sizeof(name)),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_get_property(f.vcpu, ZX_PROP_NAME, name, sizeof(name)),
                ZX_ERR_ACCESS_DENIED);
  uint8_t stats[1024];
  EXPECT_STATUS(zx_object_get_info(get_root_resource(), ZX_INFO_GUEST_STATS, stats, sizeof(stats),
                                   NULL, NULL), ZX_ERR_NOT_SUPPORTED);
  CLOSE(port);
  gf_tear_down(&f);
}

// Handles go over channels, and what arrives is as good as what was sent.
TEST(guest_and_vcpu_handles_go_over_channels) {
  GUEST(f, exit_loop);
  zx_handle_t ends[2], sent[] = {f.guest, f.vcpu, f.vmar};
  ASSERT_OK(zx_channel_create(0, &ends[0], &ends[1]));
  EXPECT_OK(zx_channel_write(ends[0], 0, NULL, 0, sent, COUNT(sent)));
  EXPECT_STATUS(zx_vcpu_interrupt(f.vcpu, 32), ZX_ERR_BAD_HANDLE);
  uint32_t bytes = 0, handles = 0;
  EXPECT_OK(zx_channel_read(ends[1], 0, NULL, sent, 0, COUNT(sent), &bytes, &handles));
  f.guest = sent[0];
  f.vcpu = sent[1];
  f.vmar = sent[2];
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, 0));
  EXPECT_OK(zx_vmar_unmap(f.vmar, 0xe00000, PAGE_BYTES));
  // One that is in a channel is alive, and dies with it.
  EXPECT_OK(zx_channel_write(ends[0], 0, NULL, 0, &f.vcpu, 1));
  zx_handle_t second = ZX_HANDLE_INVALID;
  EXPECT_STATUS(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &second), ZX_ERR_BAD_STATE);
  CLOSE(ends[0], ends[1]);
  EXPECT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// Any thread may make guests, and there may be many.
static void* make_guest(void* arg) {
  zx_handle_t* handles = arg;
  EXPECT_OK(new_guest(&handles[0], &handles[1]));
  return NULL;
}

TEST(guest_create_many_from_any_thread_ok) {
  REQUIRE_GUEST();
  zx_handle_t handles[20][2];
  for (size_t i = 0; i < COUNT(handles); i++) {
    on_other_thread(make_guest, handles[i]);
  }
  for (size_t i = 0; i < COUNT(handles); i++) {
    CLOSE(handles[i][0], handles[i][1]);
  }
}

// --- zx_guest_set_trap, table 3.2 ------------------------------------------------

TEST(guest_set_trap_handles_checked) {
  BARE_GUEST(guest, vmar);
  zx_handle_t port = new_port();
  zx_handle_t no_write = without(guest, ZX_RIGHT_WRITE);
  zx_handle_t port_no_write = without(port, ZX_RIGHT_WRITE);
  const uint32_t bell = ZX_GUEST_TRAP_BELL;

  // The guest first, then the port; both before size, kind and range.
  EXPECT_STATUS(zx_guest_set_trap(ZX_HANDLE_INVALID, 99, 1, 0, port_no_write, 0),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_guest_set_trap(stale_handle(), 99, 1, 0, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_guest_set_trap(port, 99, 1, 0, ZX_HANDLE_INVALID, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_guest_set_trap(vmar, 99, 1, 0, ZX_HANDLE_INVALID, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_guest_set_trap(no_write, 99, 1, 0, stale_handle(), 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_guest_set_trap(guest, 99, 1, 0, stale_handle(), 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_guest_set_trap(guest, 99, 1, 0, guest, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_guest_set_trap(guest, 99, 1, 0, port_no_write, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_guest_set_trap(guest, bell, 0, PAGE_BYTES, port_no_write, 0),
                ZX_ERR_ACCESS_DENIED);
  // Also where a port is not allowed at all.
  EXPECT_STATUS(zx_guest_set_trap(guest, ZX_GUEST_TRAP_IO, 0, 1, stale_handle(), 0),
                ZX_ERR_BAD_HANDLE);
  CLOSE(guest, vmar, port, no_write, port_no_write);
}

TEST(guest_set_trap_arguments_checked) {
  enum { MEM = ZX_GUEST_TRAP_MEM, BELL = ZX_GUEST_TRAP_BELL, IO = ZX_GUEST_TRAP_IO };
  static const struct {
    const char* note;
    uint32_t kind;
    zx_vaddr_t addr;
    size_t size;
    bool port;
    zx_status_t status;
  } cases[] = {
      {"MEM size 0", MEM, 0, 0, false, ZX_ERR_INVALID_ARGS},
      {"IO size 0", IO, 0x10000, 0, false, ZX_ERR_INVALID_ARGS},
      {"overflow", MEM, 0xfffffffffffff000, 0x2000, false, ZX_ERR_OUT_OF_RANGE},
      {"overflow before kind", 99, 0xfffffffffffff001, 0x2000, false, ZX_ERR_OUT_OF_RANGE},
      {"overflow before port", MEM, 0xffffffffffffffff, 2, true, ZX_ERR_OUT_OF_RANGE},
      {"overflow, long", MEM, 0xffffffff, UINT64_MAX, false, ZX_ERR_OUT_OF_RANGE},
      {"kind 3", 3, 0, PAGE_BYTES, false, ZX_ERR_INVALID_ARGS},
      {"kind -1", UINT32_MAX, 0, PAGE_BYTES, false, ZX_ERR_INVALID_ARGS},
      {"MEM with port", MEM, 0, PAGE_BYTES, true, ZX_ERR_INVALID_ARGS},
      {"MEM with port before range", MEM, GUEST_SIZE, PAGE_BYTES, true, ZX_ERR_INVALID_ARGS},
      {"BELL without port", BELL, 0, PAGE_BYTES, false, ZX_ERR_INVALID_ARGS},
      {"BELL without port before range", BELL, GUEST_SIZE, PAGE_BYTES, false,
       ZX_ERR_INVALID_ARGS},
      {"IO with port", IO, 0, 1, true, ZX_ERR_INVALID_ARGS},
      {"IO with port before range", IO, 0x10000, 1, true, ZX_ERR_INVALID_ARGS},
      {"IO last port", IO, 0xffff, 1, false, ZX_ERR_OUT_OF_RANGE},
      {"IO all ports", IO, 0, 0x10000, false, ZX_ERR_OUT_OF_RANGE},
      {"IO beyond", IO, 0x10000, 1, false, ZX_ERR_OUT_OF_RANGE},
      {"IO long", IO, 0, UINT32_MAX, false, ZX_ERR_OUT_OF_RANGE},
      {"MEM address unaligned", MEM, 1, PAGE_BYTES, false, ZX_ERR_INVALID_ARGS},
      {"MEM size unaligned", MEM, 0, PAGE_BYTES + 1, false, ZX_ERR_INVALID_ARGS},
      {"MEM size small", MEM, 0, 1, false, ZX_ERR_INVALID_ARGS},
      {"BELL address unaligned", BELL, 0x800, PAGE_BYTES, true, ZX_ERR_INVALID_ARGS},
      {"BELL size unaligned", BELL, 0, 0x1800, true, ZX_ERR_INVALID_ARGS},
      {"alignment before range", MEM, GUEST_SIZE + 1, PAGE_BYTES, false, ZX_ERR_INVALID_ARGS},
      {"MEM beyond", MEM, GUEST_SIZE, PAGE_BYTES, false, ZX_ERR_OUT_OF_RANGE},
      {"MEM across the end", MEM, GUEST_SIZE - PAGE_BYTES, 2 * PAGE_BYTES, false,
       ZX_ERR_OUT_OF_RANGE},
      {"BELL beyond", BELL, GUEST_SIZE, PAGE_BYTES, true, ZX_ERR_OUT_OF_RANGE},
      // None of these has left a trap.
      {"IO up to 0xfffe", IO, 0, 0xffff, false, ZX_OK},
      {"MEM first page", MEM, 0, PAGE_BYTES, false, ZX_OK},
      {"MEM last page", MEM, GUEST_SIZE - PAGE_BYTES, PAGE_BYTES, false, ZX_OK},
      {"BELL in between", BELL, PAGE_BYTES, GUEST_SIZE - 2 * PAGE_BYTES, true, ZX_OK},
      {"MEM local APIC, taken", MEM, 0xfee00000, PAGE_BYTES, false, ZX_ERR_ALREADY_EXISTS},
  };
  BARE_GUEST(guest, vmar);
  zx_handle_t port = new_port();
  for (size_t i = 0; i < COUNT(cases); i++) {
    ztest_note = cases[i].note;
    EXPECT_STATUS(zx_guest_set_trap(guest, cases[i].kind, cases[i].addr, cases[i].size,
                                    cases[i].port ? port : ZX_HANDLE_INVALID, 0),
                  cases[i].status);
  }
  ztest_note = NULL;
  CLOSE(guest, vmar, port);
}

// Nothing is special about the local APIC's address.
TEST(guest_set_trap_local_apic_ok) {
  BARE_GUEST(guest, vmar);
  EXPECT_OK(
      zx_guest_set_trap(guest, ZX_GUEST_TRAP_MEM, 0xfee00000, 4 * PAGE_BYTES, 0, TRAP_KEY));
  CLOSE(guest, vmar);
}

// Table 13.5 in three trees: ports, MEM pages, BELL pages.
TEST(guest_set_trap_overlap_already_exists) {
  static const struct {
    uint64_t from, to;
    zx_status_t status;
  } cases[] = {
      {10, 20, ZX_OK},
      {20, 30, ZX_OK},
      {35, 40, ZX_OK},
      {0, 11, ZX_ERR_ALREADY_EXISTS},
      {10, 20, ZX_ERR_ALREADY_EXISTS},
      {11, 19, ZX_ERR_ALREADY_EXISTS},
      {15, 25, ZX_ERR_ALREADY_EXISTS},
      {30, 40, ZX_ERR_ALREADY_EXISTS},
      {36, 41, ZX_ERR_ALREADY_EXISTS},
      {0, 100, ZX_ERR_ALREADY_EXISTS},
      {0, 10, ZX_OK},
      {30, 35, ZX_OK},
      {40, 50, ZX_OK},
  };
  REQUIRE_GUEST();
  zx_handle_t port = new_port();
  for (uint32_t kind = 0; kind < 3; kind++) {
    zx_handle_t guest, vmar;
    ASSERT_OK(new_guest(&guest, &vmar));
    uint64_t unit = kind == ZX_GUEST_TRAP_IO ? 1 : PAGE_BYTES;
    for (size_t i = 0; i < COUNT(cases); i++) {
      EXPECT_STATUS(
          zx_guest_set_trap(guest, kind, cases[i].from * unit,
                            (cases[i].to - cases[i].from) * unit,
                            kind == ZX_GUEST_TRAP_BELL ? port : ZX_HANDLE_INVALID, i),
          cases[i].status);
    }
    CLOSE(guest, vmar);
  }
  CLOSE(port);
}

// MEM and BELL share a tree; IO has its own.
TEST(guest_set_trap_mem_and_bell_collide) {
  BARE_GUEST(guest, vmar);
  zx_handle_t port = new_port();
  EXPECT_OK(zx_guest_set_trap(guest, ZX_GUEST_TRAP_MEM, 0, PAGE_BYTES, 0, 0));
  EXPECT_STATUS(zx_guest_set_trap(guest, ZX_GUEST_TRAP_BELL, 0, PAGE_BYTES, port, 0),
                ZX_ERR_ALREADY_EXISTS);
  EXPECT_OK(zx_guest_set_trap(guest, ZX_GUEST_TRAP_BELL, PAGE_BYTES, PAGE_BYTES, port, 0));
  EXPECT_STATUS(zx_guest_set_trap(guest, ZX_GUEST_TRAP_MEM, PAGE_BYTES, PAGE_BYTES, 0, 0),
                ZX_ERR_ALREADY_EXISTS);
  EXPECT_OK(zx_guest_set_trap(guest, ZX_GUEST_TRAP_IO, 0, 0x3000, 0, 0));
  CLOSE(guest, vmar, port);
}

// --- Life cycles ------------------------------------------------------------------------

TEST(guest_close_in_every_order) {
  REQUIRE_GUEST();
  // Orders of the guest's, the VMAR's, the VCPU's and the VMO's handles.
  for (int order = 0; order < 24; order++) {
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, exit_loop_start, exit_loop_end));
    RESUME_CLEAN_EXIT(&f);
    zx_handle_t handles[4] = {f.guest, f.vmar, f.vcpu, f.vmo};
    int rest = order;
    for (int left = 4; left > 0; left--) {
      int pick = rest % left;
      rest /= left;
      EXPECT_OK(zx_handle_close(handles[pick]));
      handles[pick] = handles[left - 1];
    }
    EXPECT_OK(zx_vmar_unmap(zx_vmar_root_self(), f.host, VMO_SIZE));
  }
}

// One of them takes a tenth of a second in a machine that QEMU emulates.
TEST(guest_created_and_destroyed_many_times_leaks_nothing) {
  REQUIRE_GUEST();
  int fds = 0, maps = 0;
  const int times = gf_host_is_qemu() ? 100 : 1000;
  for (int i = 0; i < times; i++) {
    if (i == 10) {  // warm by now
      fds = ztest_count_fds();
      maps = ztest_count_maps();
    }
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, exit_loop_start, exit_loop_end));
    zx_handle_t port = new_port();
    EXPECT_OK(
        zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
    RESUME_CLEAN_EXIT(&f);
    zx_handle_t stale[] = {f.guest, f.vmar, f.vcpu, f.vmo, port};
    CLOSE(port);
    gf_tear_down(&f);
    for (size_t j = 0; j < COUNT(stale); j++) {
      EXPECT_FALSE(is_live(stale[j]));
    }
  }
  EXPECT_EQ(ztest_count_fds(), fds);
  EXPECT_EQ(ztest_count_maps(), maps);
}

ZTEST_MAIN

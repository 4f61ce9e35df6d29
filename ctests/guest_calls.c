// SPDX-License-Identifier: MIT
// The argument tables of the hypervisor calls, row by row and in the order of
// the checks (hypervisor.md, section 3), the trap map (13.5), the guest's
// address space (memory.md, sections 5 and 10.11) and life cycles.

#include "guest_fixture.h"

#include "objects.h"
#include <zircon/syscalls/resource.h>

GUEST_CODE(exit_loop);
GUEST_CODE(touch);
GUEST_CODE(apic_id);
GUEST_CODE(first_registers);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define GUEST_SIZE (1ull << 48)
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define RWX (RW | ZX_VM_PERM_EXECUTE)

#define GUEST_RIGHTS 0x2800bu
#define VCPU_RIGHTS 0xd01fu
#define GUEST_VMAR_RIGHTS 0x801fu

static zx_handle_t hypervisor_resource(void) {
  zx_handle_t resource = ZX_HANDLE_INVALID;
  EXPECT_OK(libzx_get_hypervisor_resource(&resource));
  return resource;
}

// A second handle with one right less.
static zx_handle_t without(zx_handle_t handle, zx_rights_t right) {
  return copy_of(handle, basic_info(handle).rights & ~right);
}

static zx_status_t new_guest(zx_handle_t* guest, zx_handle_t* vmar) {
  zx_handle_t resource = hypervisor_resource();
  zx_status_t status = zx_guest_create(resource, 0, guest, vmar);
  EXPECT_OK(zx_handle_close(resource));
  return status;
}

// A guest without memory, for calls that do not run it.
#define BARE_GUEST(guest, vmar)                                \
  zx_handle_t guest = ZX_HANDLE_INVALID, vmar = ZX_HANDLE_INVALID; \
  REQUIRE_GUEST();                                             \
  ASSERT_OK(new_guest(&guest, &vmar))

static void close_all(const zx_handle_t* handles, size_t count) {
  EXPECT_OK(zx_handle_close_many(handles, count));
}

#define CLOSE(...)                                                              \
  close_all((zx_handle_t[]){__VA_ARGS__}, COUNT(((zx_handle_t[]){__VA_ARGS__})))

// Runs a function on a new thread and waits for its end.
static void on_other_thread(void* (*function)(void*), void* arg) {
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, function, arg), 0);
  pthread_join(thread, NULL);
}

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

// --- zx_vcpu_create, table 3.3 ----------------------------------------------------

TEST(vcpu_create_arguments_checked) {
  BARE_GUEST(guest, vmar);
  zx_handle_t vcpu = ZX_HANDLE_INVALID;
  zx_handle_t powerless = without(guest, ZX_RIGHT_MANAGE_PROCESS);
  EXPECT_STATUS(zx_vcpu_create(ZX_HANDLE_INVALID, 1, 0, &vcpu), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_create(guest, 0x80000000, 0, &vcpu), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_create(ZX_HANDLE_INVALID, 0, GUEST_SIZE, &vcpu), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_create(stale_handle(), 0, GUEST_SIZE, &vcpu), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_create(vmar, 0, GUEST_SIZE, &vcpu), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vcpu_create(powerless, 0, GUEST_SIZE, &vcpu), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vcpu_create(guest, 0, GUEST_SIZE, &vcpu), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_create(guest, 0, UINT64_MAX, &vcpu), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(vcpu, ZX_HANDLE_INVALID);

  // The last possible entry; then the thread has its VCPU.
  ASSERT_OK(zx_vcpu_create(guest, 0, GUEST_SIZE - 1, &vcpu));
  zx_handle_t second = ZX_HANDLE_INVALID;
  EXPECT_STATUS(zx_vcpu_create(guest, 0, 0, &second), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vcpu_create(guest, 0, GUEST_SIZE, &second), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_create(guest, 0, 0, NULL), ZX_ERR_BAD_STATE);
  EXPECT_EQ(second, ZX_HANDLE_INVALID);

  // What counts is the object: a duplicate keeps it.
  zx_handle_t copy = copy_of(vcpu, ZX_RIGHT_SAME_RIGHTS);
  CLOSE(vcpu);
  EXPECT_STATUS(zx_vcpu_create(guest, 0, 0, &second), ZX_ERR_BAD_STATE);
  CLOSE(copy);
  EXPECT_OK(zx_vcpu_create(guest, 0, 0, &second));
  CLOSE(second, guest, vmar, powerless);
}

// One per thread, whatever guest it belongs to.
TEST(vcpu_create_second_guest_same_thread_bad_state) {
  BARE_GUEST(guest, vmar);
  zx_handle_t guest2, vmar2, vcpu, vcpu2;
  ASSERT_OK(new_guest(&guest2, &vmar2));
  ASSERT_OK(zx_vcpu_create(guest, 0, 0, &vcpu));
  EXPECT_STATUS(zx_vcpu_create(guest2, 0, 0, &vcpu2), ZX_ERR_BAD_STATE);
  CLOSE(vcpu);
  EXPECT_OK(zx_vcpu_create(guest2, 0, 0, &vcpu2));
  CLOSE(vcpu2, guest, vmar, guest2, vmar2);
}

// A guest's VCPU has APIC id VPID - 1; only the first starts in 64-bit mode.
static void expect_apic_id(const guest_fixture_t* f, uint64_t id) {
  zx_vcpu_state_t state;
  RESUME_CLEAN_EXIT(f);
  gf_read(f, &state);
  EXPECT_EQ(state.rbx, id);
}

TEST(vcpu_create_bad_pointer_leaves_no_trace) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, apic_id_start, apic_id_end));
  int fds = 0, maps = 0;
  for (int pass = 0; pass < 2; pass++) {
    fds = ztest_count_fds();
    maps = ztest_count_maps();
    void* bad;
    for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++) {
      EXPECT_STATUS(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, bad), ZX_ERR_INVALID_ARGS);
    }
  }
  EXPECT_EQ(ztest_count_fds(), fds);
  EXPECT_EQ(ztest_count_maps(), maps);
  // Neither the thread nor the VPID is taken.
  ASSERT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu));
  expect_apic_id(&f, 0);
  gf_tear_down(&f);
}

static void* create_and_run(void* arg) {
  guest_fixture_t* f = arg;
  EXPECT_OK(zx_vcpu_create(f->guest, 0, GUEST_ENTRY, &f->vcpu));
  expect_apic_id(f, 0);
  return NULL;
}

TEST(vcpu_create_bad_state_does_not_consume_vpid) {
  BARE_GUEST(guest, vmar);
  zx_handle_t vcpu;
  ASSERT_OK(zx_vcpu_create(guest, 0, 0, &vcpu));
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, apic_id_start, apic_id_end));
  for (int i = 0; i < 3; i++) {
    EXPECT_STATUS(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu), ZX_ERR_BAD_STATE);
  }
  on_other_thread(create_and_run, &f);
  gf_tear_down(&f);
  CLOSE(vcpu, guest, vmar);
}

// A VPID is used again, and its VCPU is a boot processor as new as the first.
TEST(vcpu_create_after_close_same_vpid_fresh_state) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, first_registers_start, first_registers_end));
  for (int i = 0; i < 5; i++) {
    ASSERT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu));
    zx_vcpu_state_t state, zero;
    memset(&zero, 0, sizeof(zero));
    gf_read(&f, &state);
    EXPECT_BYTES(&state, &zero, sizeof(state));
    RESUME_CLEAN_EXIT(&f);
    gf_read(&f, &state);
    EXPECT_BYTES(&state, &zero, sizeof(state));
    expect_apic_id(&f, 0);
    // What the next one must not see.
    memset(&state, 0x77, sizeof(state));
    state.rflags = 0x8d7;
    gf_write(&f, &state);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 21));
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
    EXPECT_OK(zx_handle_close(f.vcpu));
    f.vcpu = ZX_HANDLE_INVALID;
  }
  gf_tear_down(&f);
}

// --- zx_vcpu_resume, table 3.4 ----------------------------------------------------

typedef struct call {
  const guest_fixture_t* f;
  zx_handle_t handle;
  zx_status_t status;
} call_t;

static void* resume_here(void* arg) {
  call_t* call = arg;
  zx_port_packet_t packet;
  call->status = zx_vcpu_resume(call->handle, &packet);
  return NULL;
}

TEST(vcpu_resume_handle_and_thread_checked) {
  GUEST(f, exit_loop);
  zx_port_packet_t packet;
  zx_handle_t no_execute = without(f.vcpu, ZX_RIGHT_EXECUTE);
  zx_handle_t only_execute = copy_of(f.vcpu, ZX_RIGHT_EXECUTE);
  EXPECT_STATUS(zx_vcpu_resume(ZX_HANDLE_INVALID, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_resume(stale_handle(), &packet), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_resume(f.guest, &packet), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vcpu_resume(no_execute, &packet), ZX_ERR_ACCESS_DENIED);
  call_t call = {.f = &f, .handle = f.vcpu};
  on_other_thread(resume_here, &call);
  EXPECT_STATUS(call.status, ZX_ERR_BAD_STATE);
  call.handle = no_execute;
  on_other_thread(resume_here, &call);
  EXPECT_STATUS(call.status, ZX_ERR_ACCESS_DENIED);

  // Binding is by thread, not by handle.
  EXPECT_OK(zx_vcpu_resume(only_execute, &packet));
  RESUME_CLEAN_EXIT(&f);
  CLOSE(no_execute, only_execute);
  gf_tear_down(&f);
}

TEST(vcpu_resume_null_packet_invalid_args) {
  GUEST(f, exit_loop);
  EXPECT_STATUS(zx_vcpu_resume(f.vcpu, NULL), ZX_ERR_INVALID_ARGS);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// The guest handle is not needed any more, nor are the VMAR's and the VMO's.
TEST(vcpu_resume_other_handles_closed_goes_on) {
  GUEST(f, exit_loop);
  RESUME_CLEAN_EXIT(&f);
  CLOSE(f.guest, f.vmar, f.vmo);
  f.guest = f.vmar = f.vmo = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmar_unmap(zx_vmar_root_self(), f.host, VMO_SIZE));
  f.host = 0;
  for (int i = 0; i < 10; i++) {
    RESUME_CLEAN_EXIT(&f);
  }
  gf_tear_down(&f);
}

// --- zx_vcpu_interrupt, table 3.6 --------------------------------------------------

static void* interrupt_here(void* arg) {
  call_t* call = arg;
  call->status = zx_vcpu_interrupt(call->handle, 255);
  return NULL;
}

TEST(vcpu_interrupt_arguments_checked) {
  GUEST(f, exit_loop);
  zx_handle_t no_signal = without(f.vcpu, ZX_RIGHT_SIGNAL);
  zx_handle_t only_signal = copy_of(f.vcpu, ZX_RIGHT_SIGNAL);
  EXPECT_STATUS(zx_vcpu_interrupt(ZX_HANDLE_INVALID, 256), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_interrupt(stale_handle(), 256), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_interrupt(f.guest, 256), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vcpu_interrupt(no_signal, 256), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vcpu_interrupt(f.vcpu, 256), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_vcpu_interrupt(f.vcpu, UINT32_MAX), ZX_ERR_OUT_OF_RANGE);
  for (uint32_t vector = 32; vector < 256; vector++) {
    EXPECT_OK(zx_vcpu_interrupt(only_signal, vector));
  }
  call_t call = {.f = &f, .handle = f.vcpu};
  on_other_thread(interrupt_here, &call);
  EXPECT_OK(call.status);
  // IF is clear at the start: nothing is delivered.
  RESUME_CLEAN_EXIT(&f);
  CLOSE(no_signal, only_signal);
  gf_tear_down(&f);
}

// --- zx_vcpu_read_state and _write_state, tables 3.7 and 3.8 -------------------------

typedef struct state_call {
  zx_handle_t handle;
  uint32_t kind;
  void* buffer;
  size_t size;
  zx_status_t read, write;
} state_call_t;

static void* state_calls_here(void* arg) {
  state_call_t* call = arg;
  call->read = zx_vcpu_read_state(call->handle, call->kind, call->buffer, call->size);
  call->write = zx_vcpu_write_state(call->handle, call->kind, call->buffer, call->size);
  return NULL;
}

static void expect_elsewhere(zx_handle_t handle, uint32_t kind, void* buffer, size_t size,
                             zx_status_t read, zx_status_t write) {
  state_call_t call = {.handle = handle, .kind = kind, .buffer = buffer, .size = size};
  on_other_thread(state_calls_here, &call);
  EXPECT_STATUS(call.read, read);
  EXPECT_STATUS(call.write, write);
}

TEST(vcpu_read_state_arguments_checked) {
  GUEST(f, exit_loop);
  zx_vcpu_state_t state;
  const size_t size = sizeof(state);
  EXPECT_EQ(size, 136);
  zx_handle_t no_read = without(f.vcpu, ZX_RIGHT_READ);
  zx_handle_t only_read = copy_of(f.vcpu, ZX_RIGHT_READ);
  EXPECT_STATUS(zx_vcpu_read_state(ZX_HANDLE_INVALID, 9, NULL, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_read_state(stale_handle(), 9, NULL, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_read_state(f.guest, 9, NULL, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vcpu_read_state(no_read, 9, NULL, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, ZX_VCPU_IO, &state, sizeof(zx_vcpu_io_t)),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, ZX_VCPU_IO, &state, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, 2, &state, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, ZX_VCPU_STATE, &state, size - 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, ZX_VCPU_STATE, &state, size + 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, ZX_VCPU_STATE, &state, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_vcpu_read_state(only_read, ZX_VCPU_STATE, &state, size));
  void* bad;
  for (int i = 0; ztest_bad_write(i, size, &bad); i++) {
    EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, ZX_VCPU_STATE, bad, size), ZX_ERR_INVALID_ARGS);
  }
  // An unaligned buffer is as good as any.
  uint8_t bytes[137];
  EXPECT_OK(zx_vcpu_read_state(f.vcpu, ZX_VCPU_STATE, bytes + 1, size));
  EXPECT_BYTES(bytes + 1, &state, size);
  CLOSE(no_read, only_read);
  gf_tear_down(&f);
}

TEST(vcpu_write_state_arguments_checked) {
  GUEST(f, exit_loop);
  zx_vcpu_state_t state;
  memset(&state, 0, sizeof(state));
  zx_vcpu_io_t io;
  memset(&io, 0, sizeof(io));
  const size_t size = sizeof(state);
  zx_handle_t no_write = without(f.vcpu, ZX_RIGHT_WRITE);
  zx_handle_t only_write = copy_of(f.vcpu, ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_vcpu_write_state(ZX_HANDLE_INVALID, 9, NULL, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_write_state(stale_handle(), 9, NULL, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_write_state(f.guest, 9, NULL, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vcpu_write_state(no_write, 9, NULL, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, 2, &state, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_STATE, &state, size - 1),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_STATE, &state, size + 1),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_STATE, &io, sizeof(io)),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &state, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &io, sizeof(io) - 1),
                ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_vcpu_write_state(only_write, ZX_VCPU_STATE, &state, size));
  void* bad;
  for (int i = 0; ztest_bad_read(i, size, &bad); i++) {
    EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_STATE, bad, size), ZX_ERR_INVALID_ARGS);
  }
  for (int i = 0; ztest_bad_read(i, sizeof(io), &bad); i++) {
    EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, bad, sizeof(io)),
                  ZX_ERR_INVALID_ARGS);
  }
  CLOSE(no_write, only_write);
  gf_tear_down(&f);
}

// ZX_VCPU_IO replaces the low bytes of RAX at any time; padding is ignored.
TEST(vcpu_write_state_io_changes_low_bytes_of_rax) {
  GUEST(f, exit_loop);
  zx_vcpu_state_t want, state;
  memset(&want, 0x3c, sizeof(want));
  want.rflags = 0;
  gf_write(&f, &want);
  for (uint8_t size = 1; size <= 4; size = (uint8_t)(2 * size)) {
    zx_vcpu_io_t io;
    memset(&io, 0xff, sizeof(io));
    io.access_size = size;
    io.u32 = 0x90a0b0c0 + size;
    EXPECT_OK(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &io, sizeof(io)));
    memcpy(&want.rax, io.data, size);
    gf_read(&f, &state);
    EXPECT_BYTES(&state, &want, sizeof(state));
  }
  gf_tear_down(&f);
}

TEST(vcpu_state_calls_other_thread_bad_state) {
  GUEST(f, exit_loop);
  zx_vcpu_state_t state;
  memset(&state, 0, sizeof(state));
  zx_vcpu_io_t io;
  memset(&io, 0, sizeof(io));
  const size_t size = sizeof(state);
  expect_elsewhere(f.vcpu, ZX_VCPU_STATE, &state, size, ZX_ERR_BAD_STATE, ZX_ERR_BAD_STATE);
  expect_elsewhere(f.vcpu, ZX_VCPU_STATE, &state, size + 1, ZX_ERR_INVALID_ARGS,
                   ZX_ERR_INVALID_ARGS);
  expect_elsewhere(f.vcpu, 7, &state, size, ZX_ERR_INVALID_ARGS, ZX_ERR_INVALID_ARGS);
  // Reading looks at the thread first, writing at the buffer.
  expect_elsewhere(f.vcpu, ZX_VCPU_STATE, NULL, size, ZX_ERR_BAD_STATE, ZX_ERR_INVALID_ARGS);
  // And the access size comes last (it is 0 here).
  expect_elsewhere(f.vcpu, ZX_VCPU_IO, &io, sizeof(io), ZX_ERR_INVALID_ARGS, ZX_ERR_BAD_STATE);
  zx_handle_t powerless = copy_of(f.vcpu, ZX_RIGHT_NONE);
  expect_elsewhere(powerless, ZX_VCPU_STATE, &state, size, ZX_ERR_ACCESS_DENIED,
                   ZX_ERR_ACCESS_DENIED);
  CLOSE(powerless);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// --- The guest's address space --------------------------------------------------------

// Makes the guest load from an address. ZX_OK when there is memory, else the
// status of the resume; ZX_ERR_NEXT when there is a trap.
static zx_status_t touched(const guest_fixture_t* f, uint64_t gpa) {
  zx_vcpu_state_t state;
  gf_read(f, &state);
  state.rsi = gpa;
  gf_write(f, &state);
  zx_port_packet_t packet;
  zx_status_t status = zx_vcpu_resume(f->vcpu, &packet);
  if (status != ZX_OK) return status;
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  if (packet.guest_mem.addr == EXIT_TEST_ADDR) return ZX_OK;
  EXPECT_EQ(packet.guest_mem.addr, gpa);
  RESUME_CLEAN_EXIT(f);
  return ZX_ERR_NEXT;
}

#define FREE_ADDR HOLE_ADDR

static zx_handle_t map_pages(zx_handle_t vmar, zx_vm_option_t options, uint64_t offset,
                             uint64_t pages) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  zx_vaddr_t at;
  EXPECT_OK(zx_vmo_create(pages * PAGE_BYTES, 0, &vmo));
  EXPECT_OK(zx_vmar_map(vmar, options | ZX_VM_SPECIFIC, offset, vmo, 0, pages * PAGE_BYTES, &at));
  return vmo;
}

// Traps unmap what they cover, even if they fail then.
TEST(guest_set_trap_unmaps_also_when_already_exists) {
  GUEST(f, touch);
  const uint64_t at = 0x800000;
  EXPECT_OK(touched(&f, at));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, at, PAGE_BYTES, 0, TRAP_KEY));
  EXPECT_STATUS(touched(&f, at), ZX_ERR_NEXT);
  EXPECT_OK(touched(&f, at - PAGE_BYTES));
  EXPECT_OK(touched(&f, at + PAGE_BYTES));

  EXPECT_STATUS(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, at - PAGE_BYTES, 3 * PAGE_BYTES, 0,
                                  TRAP_KEY),
                ZX_ERR_ALREADY_EXISTS);
  EXPECT_STATUS(touched(&f, at), ZX_ERR_NEXT);
  EXPECT_STATUS(touched(&f, at - 8), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(touched(&f, at + PAGE_BYTES), ZX_ERR_NOT_FOUND);
  EXPECT_OK(touched(&f, at - 2 * PAGE_BYTES));
  EXPECT_OK(touched(&f, at + 2 * PAGE_BYTES));

  // An IO trap with the same numbers unmaps nothing.
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, 0x4000, 0x1000, 0, TRAP_KEY));
  EXPECT_OK(touched(&f, 0x4000));
  gf_tear_down(&f);
}

// A trap lets sub-regions live and takes only what it covers.
TEST(guest_set_trap_cuts_sub_regions) {
  GUEST(f, touch);
  zx_handle_t sub1, sub2;
  zx_vaddr_t at;
  const zx_vm_option_t options = ZX_VM_SPECIFIC | ZX_VM_CAN_MAP_SPECIFIC | ZX_VM_CAN_MAP_READ |
                                 ZX_VM_CAN_MAP_WRITE;
  // Sub-region of pages 0 and 1 with a mapping at 1; one of page 2, mapped; a
  // mapping of pages 3 and 4 beside them.
  ASSERT_OK(zx_vmar_allocate(f.vmar, options, FREE_ADDR, 2 * PAGE_BYTES, &sub1, &at));
  EXPECT_EQ(at, FREE_ADDR);
  ASSERT_OK(zx_vmar_allocate(f.vmar, options, FREE_ADDR + 2 * PAGE_BYTES, PAGE_BYTES, &sub2, &at));
  zx_handle_t vmo1 = map_pages(sub1, RW, PAGE_BYTES, 1);
  zx_handle_t vmo2 = map_pages(sub2, RW, 0, 1);
  zx_handle_t vmo3 = map_pages(f.vmar, RW, FREE_ADDR + 3 * PAGE_BYTES, 2);
  EXPECT_STATUS(touched(&f, FREE_ADDR), ZX_ERR_NOT_FOUND);
  for (uint64_t page = 1; page < 5; page++) {
    EXPECT_OK(touched(&f, FREE_ADDR + page * PAGE_BYTES));
  }
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, FREE_ADDR + PAGE_BYTES, 3 * PAGE_BYTES,
                              0, TRAP_KEY));
  EXPECT_STATUS(touched(&f, FREE_ADDR), ZX_ERR_NOT_FOUND);
  for (uint64_t page = 1; page < 4; page++) {
    EXPECT_STATUS(touched(&f, FREE_ADDR + page * PAGE_BYTES), ZX_ERR_NEXT);
  }
  EXPECT_OK(touched(&f, FREE_ADDR + 4 * PAGE_BYTES));
  // Both are alive and empty: mapping into them works, though the trap wins.
  zx_handle_t vmo4 = map_pages(sub1, RW, 0, 2);
  zx_handle_t vmo5 = map_pages(sub2, RW, 0, 1);
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_STATUS(touched(&f, FREE_ADDR + PAGE_BYTES), ZX_ERR_NEXT);
  EXPECT_STATUS(touched(&f, FREE_ADDR + 2 * PAGE_BYTES), ZX_ERR_NEXT);
  CLOSE(vmo1, vmo2, vmo3, vmo4, vmo5, sub1, sub2);
  gf_tear_down(&f);
}

TEST(vmar_unmap_guest_ranges) {
  GUEST(f, touch);
  // One page, unmapped elsewhere and then itself.
  zx_handle_t vmo1 = map_pages(f.vmar, RW, FREE_ADDR, 1);
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_OK(zx_vmar_unmap(f.vmar, FREE_ADDR + 8 * PAGE_BYTES, PAGE_BYTES));
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_OK(zx_vmar_unmap(f.vmar, FREE_ADDR, PAGE_BYTES));
  EXPECT_STATUS(touched(&f, FREE_ADDR), ZX_ERR_NOT_FOUND);

  // Across two mappings of two pages each.
  zx_handle_t vmo2 = map_pages(f.vmar, RW, FREE_ADDR, 2);
  zx_handle_t vmo3 = map_pages(f.vmar, RW, FREE_ADDR + 3 * PAGE_BYTES, 2);
  EXPECT_OK(zx_vmar_unmap(f.vmar, FREE_ADDR + PAGE_BYTES, 3 * PAGE_BYTES));
  EXPECT_OK(touched(&f, FREE_ADDR));
  for (uint64_t page = 1; page < 4; page++) {
    EXPECT_STATUS(touched(&f, FREE_ADDR + page * PAGE_BYTES), ZX_ERR_NOT_FOUND);
  }
  EXPECT_OK(touched(&f, FREE_ADDR + 4 * PAGE_BYTES));
  // The page that is left is the second one of its VMO.
  uint64_t value = 0x4444;
  EXPECT_OK(zx_vmo_write(vmo3, &value, PAGE_BYTES + 8, sizeof(value)));
  EXPECT_OK(touched(&f, FREE_ADDR + 4 * PAGE_BYTES + 8));
  EXPECT_EQ(gf_rax(&f), 0x4444);
  CLOSE(vmo1, vmo2, vmo3);
  gf_tear_down(&f);
}

// The same VMO several times, with every sensible permission.
TEST(vmar_map_guest_same_vmo_all_permissions) {
  static const zx_vm_option_t options[] = {RWX, ZX_VM_PERM_READ, RW,
                                           ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE};
  GUEST(f, touch);
  zx_handle_t vmo;
  ASSERT_OK(zx_vmo_create(PAGE_BYTES, 0, &vmo));
  ASSERT_OK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  uint64_t value = 0x1234567;
  EXPECT_OK(zx_vmo_write(vmo, &value, 0, sizeof(value)));
  for (uint64_t i = 0; i < COUNT(options); i++) {
    zx_vaddr_t at;
    EXPECT_OK(zx_vmar_map(f.vmar, options[i] | ZX_VM_SPECIFIC, FREE_ADDR + i * PAGE_BYTES, vmo, 0,
                          PAGE_BYTES, &at));
    EXPECT_EQ(at, FREE_ADDR + i * PAGE_BYTES);
    EXPECT_OK(touched(&f, at));
    EXPECT_EQ(gf_rax(&f), value);
  }
  // A mapping without any permission: every access is denied.
  zx_vaddr_t at;
  EXPECT_OK(
      zx_vmar_map(f.vmar, ZX_VM_SPECIFIC, FREE_ADDR + 0x10000, vmo, 0, PAGE_BYTES, &at));
  EXPECT_STATUS(touched(&f, FREE_ADDR + 0x10000), ZX_ERR_ACCESS_DENIED);
  CLOSE(vmo);
  gf_tear_down(&f);
}

TEST(vmar_map_guest_beyond_vmo_out_of_range) {
  GUEST(f, touch);
  zx_handle_t vmo;
  zx_vaddr_t at;
  ASSERT_OK(zx_vmo_create(PAGE_BYTES, 0, &vmo));
  ASSERT_OK(
      zx_vmar_map(f.vmar, RW | ZX_VM_SPECIFIC, FREE_ADDR, vmo, 0, 2 * PAGE_BYTES, &at));
  EXPECT_OK(touched(&f, FREE_ADDR));
  EXPECT_STATUS(touched(&f, FREE_ADDR + PAGE_BYTES), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(touched(&f, FREE_ADDR));
  CLOSE(vmo);
  gf_tear_down(&f);
}

TEST(vmar_map_guest_arguments_checked) {
  BARE_GUEST(guest, vmar);
  zx_handle_t vmo = new_vmo();
  zx_vaddr_t at = 77;
  // No right to execute.
  EXPECT_STATUS(zx_vmar_map(vmar, RWX | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE_BYTES, &at),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vmar_map(vmar, RW, PAGE_BYTES, vmo, 0, PAGE_BYTES, &at), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, GUEST_SIZE, vmo, 0, PAGE_BYTES, &at),
                ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(at, 77);
  // The lowest free address, which is a legal 0.
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  EXPECT_EQ(at, 0);
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  EXPECT_EQ(at, PAGE_BYTES);
  EXPECT_STATUS(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE_BYTES, &at),
                ZX_ERR_NO_MEMORY);
  EXPECT_OK(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, GUEST_SIZE - PAGE_BYTES, vmo, 0, PAGE_BYTES,
                        &at));
  EXPECT_EQ(at, GUEST_SIZE - PAGE_BYTES);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(at), &bad); i++) {
    EXPECT_STATUS(
        zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, 0x10000, vmo, 0, PAGE_BYTES, (zx_vaddr_t*)bad),
        ZX_ERR_INVALID_ARGS);
  }
  EXPECT_OK(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, 0x10000, vmo, 0, PAGE_BYTES, &at));
  CLOSE(guest, vmar, vmo);
}

TEST(vmar_destroy_guest_not_supported) {
  BARE_GUEST(guest, vmar);
  EXPECT_STATUS(zx_vmar_destroy(vmar), ZX_ERR_NOT_SUPPORTED);
  zx_handle_t sub;
  zx_vaddr_t at;
  ASSERT_OK(zx_vmar_allocate(vmar, ZX_VM_CAN_MAP_READ, 0, PAGE_BYTES, &sub, &at));
  EXPECT_OK(zx_vmar_destroy(sub));
  EXPECT_STATUS(zx_vmar_destroy(sub), ZX_ERR_BAD_STATE);
  CLOSE(guest, vmar, sub);
}

// The VMAR's handle may outlive the guest; then there is nothing to work on.
TEST(vmar_after_guest_gone_bad_state) {
  BARE_GUEST(guest, vmar);
  zx_handle_t vmo = new_vmo();
  zx_handle_t vcpu;
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  ASSERT_OK(zx_vcpu_create(guest, 0, 0, &vcpu));
  CLOSE(guest);
  // The VCPU keeps the guest.
  EXPECT_OK(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at));
  CLOSE(vcpu);
  EXPECT_STATUS(zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE_BYTES, &at), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmar_unmap(vmar, 0, PAGE_BYTES), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmar_protect(vmar, ZX_VM_PERM_READ, 0, PAGE_BYTES), ZX_ERR_BAD_STATE);
  CLOSE(vmar, vmo);
}

// Host and guest share the pages both ways.
TEST(vmar_map_guest_coherent_with_host) {
  GUEST(f, touch);
  for (uint64_t i = 0; i < 100; i++) {
    gf_poke64(&f, 0x900000 + 8 * i, 1000 + i);
    EXPECT_OK(touched(&f, 0x900000 + 8 * i));
    EXPECT_EQ(gf_rax(&f), 1000 + i);
  }
  gf_tear_down(&f);
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

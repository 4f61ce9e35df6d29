// SPDX-License-Identifier: MIT
// The argument tables of the calls on VCPUs, row by row and in the order of the
// checks (hypervisor.md, sections 3.3 to 3.8).

#include "guest_calls.h"

GUEST_CODE(exit_loop);
GUEST_CODE(apic_id);
GUEST_CODE(first_registers);

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

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Bells (hypervisor.md, section 5.3).

#include "guest_running.h"

GUEST_CODE(bell_read);
GUEST_CODE(bells);
GUEST_CODE(bell_sizes);

// --- Bells ----------------------------------------------------------------------

static zx_handle_t bell_page(const guest_fixture_t* f) {
  zx_handle_t port = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_port_create(0, &port));
  EXPECT_OK(
      zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  return port;
}

static void expect_bell(zx_handle_t port, uint64_t addr) {
  zx_port_packet_t packet, expected;
  memset(&packet, 0xa5, sizeof(packet));
  EXPECT_OK(zx_port_wait(port, zx_deadline_after(ZX_SEC(5)), &packet));
  memset(&expected, 0, sizeof(expected));
  expected.key = TRAP_KEY;
  expected.type = ZX_PKT_TYPE_GUEST_BELL;
  expected.guest_bell.addr = addr;
  EXPECT_BYTES(&packet, &expected, sizeof(packet));
}

static void expect_no_bell(zx_handle_t port) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, ZX_TIME_INFINITE_PAST, &packet), ZX_ERR_TIMED_OUT);
}

// The load and the read half of an addition fail, and are skipped.
TEST(vcpu_resume_bell_read_not_supported) {
  GUEST(f, bell_read);
  zx_handle_t port = bell_page(&f);
  zx_vcpu_state_t want, state;
  fill_registers(&want, 16);
  gf_write(&f, &want);
  for (int i = 0; i < 2; i++) {
    gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
    expect_no_bell(port);
  }
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  expect_bell(port, TRAP_ADDR + 0x28);
  expect_no_bell(port);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

TEST(vcpu_resume_bell_all_sizes_one_packet_each) {
  static const uint64_t addresses[] = {0x11, 0x22, 0x34, 0x48, 0x51, 0x63, 0x75, 0x87};
  GUEST(f, bell_sizes);
  zx_handle_t port = bell_page(&f);
  RESUME_CLEAN_EXIT(&f);
  for (size_t i = 0; i < COUNT(addresses); i++) {
    expect_bell(port, TRAP_ADDR + addresses[i]);
  }
  expect_no_bell(port);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

// The 257th write blocks the VCPU until a packet is taken.
TEST(vcpu_resume_bell_quota_blocks_until_dequeue) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = bells_start, .end = bells_end, .rcx = 300, .trap = ZX_GUEST_TRAP_BELL};
  sem_init(&g.ready, 0, 0);
  ASSERT_OK(zx_port_create(0, &g.port));
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 257));
  EXPECT_TRUE(wait_asleep(&g));
  EXPECT_EQ(gf_peek64(&g.f, DATA_ADDR), 257);
  EXPECT_FALSE(is_done(&g));

  expect_bell(g.port, TRAP_ADDR);
  EXPECT_TRUE(wait_count(&g.f, 258));
  EXPECT_TRUE(wait_asleep(&g));
  EXPECT_EQ(gf_peek64(&g.f, DATA_ADDR), 258);
  EXPECT_FALSE(is_done(&g));

  for (int i = 1; i < 300; i++) {
    expect_bell(g.port, TRAP_ADDR);
  }
  pthread_join(thread, NULL);
  expect_no_bell(g.port);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.guest_mem.addr, EXIT_TEST_ADDR);
  EXPECT_OK(zx_handle_close(g.port));
  gf_tear_down(&g.f);
}

// The port goes away while the VCPU waits for a packet.
TEST(vcpu_resume_bell_quota_port_closed_bad_state) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = bells_start, .end = bells_end, .rcx = 300, .trap = ZX_GUEST_TRAP_BELL};
  sem_init(&g.ready, 0, 0);
  ASSERT_OK(zx_port_create(0, &g.port));
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 257));
  EXPECT_TRUE(wait_asleep(&g));
  EXPECT_OK(zx_handle_close(g.port));
  pthread_join(thread, NULL);
  EXPECT_STATUS(g.status, ZX_ERR_BAD_STATE);
  gf_tear_down(&g.f);
}

ZTEST_MAIN

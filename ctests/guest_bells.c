// SPDX-License-Identifier: MIT
// Bells (hypervisor.md, section 5.3).

#include "guest_running.h"

GUEST_CODE(bell_read);
GUEST_CODE(bells);
GUEST_CODE(bell_sizes);
GUEST_CODE(two_bells);

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

// A guest that rings once and is stopped then, on the calling thread.
static guest_fixture_t rung(zx_handle_t port) {
  guest_fixture_t f;
  if (!EXPECT_TRUE(gf_set_up(&f, bells_start, bells_end))) return f;
  EXPECT_OK(
      zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  state.rcx = 1;
  gf_write(&f, &state);
  RESUME_CLEAN_EXIT(&f);
  return f;
}

// Neither a cancellation with the key of a bell, nor the end of another guest
// with the same key on the same port takes a packet away.
TEST(guest_bell_packets_go_only_with_their_guest) {
  REQUIRE_GUEST();
  zx_handle_t port = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_port_create(0, &port));
  guest_fixture_t first = rung(port);
  EXPECT_STATUS(zx_port_cancel(port, first.vcpu, TRAP_KEY), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_handle_close(first.vcpu));
  first.vcpu = ZX_HANDLE_INVALID;
  guest_fixture_t second = rung(port);
  gf_tear_down(&first);
  expect_bell(port, TRAP_ADDR);
  expect_no_bell(port);
  gf_tear_down(&second);
  EXPECT_OK(zx_handle_close(port));
}

// A port that holds as many packets of programs as it can still takes a bell's.
TEST(vcpu_resume_bell_does_not_count_against_the_port) {
  REQUIRE_GUEST();
  zx_handle_t port = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_port_create(0, &port));
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  packet.type = ZX_PKT_TYPE_USER;
  int queued = 0;
  while (queued < 10000 && zx_port_queue(port, &packet) == ZX_OK) queued++;
  EXPECT_TRUE(queued < 10000);
  guest_fixture_t f = rung(port);
  for (int i = 0; i < queued; i++) EXPECT_OK(zx_port_wait(port, 0, &packet));
  expect_bell(port, TRAP_ADDR);
  gf_tear_down(&f);
  EXPECT_OK(zx_handle_close(port));
}

// Each trap has packets of its own, whatever it shares with another.
TEST(vcpu_resume_bell_quota_is_per_trap) {
  GUEST(f, two_bells);
  zx_handle_t port = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_port_create(0, &port));
  for (uint64_t i = 0; i < 2; i++) {
    EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR - i * PAGE_BYTES,
                                PAGE_BYTES, port, TRAP_KEY));
  }
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  state.rcx = 256;
  gf_write(&f, &state);
  RESUME_CLEAN_EXIT(&f);
  for (int i = 0; i < 256; i++) {
    expect_bell(port, TRAP_ADDR);
    expect_bell(port, TRAP_ADDR - PAGE_BYTES);
  }
  expect_no_bell(port);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

// Again and again, as long as the program goes on with it.
TEST(vcpu_resume_bell_port_closed_bad_state_each_time) {
  GUEST(f, bells);
  zx_handle_t port = bell_page(&f);
  EXPECT_OK(zx_handle_close(port));
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  state.rcx = 5;
  gf_write(&f, &state);
  for (uint64_t i = 1; i <= 5; i++) {
    gf_resume_fails(&f, ZX_ERR_BAD_STATE);
    EXPECT_EQ(gf_peek64(&f, DATA_ADDR), i);
  }
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

ZTEST_MAIN

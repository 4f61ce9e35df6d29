// SPDX-License-Identifier: MIT
// Several VCPUs in one guest, and the thread that each of them belongs to
// (hypervisor.md, sections 1, 3.3, 5.5, 6.2 and 9).

#include "vcpu_fixture.h"

#include <sys/syscall.h>

GUEST_CODE(ap_state);
GUEST_CODE(ap_exit);
GUEST_CODE(ap_id);
GUEST_CODE(start_ap);

#define MAX_VCPUS 64
#define IO_TRAP(f) EXPECT_OK(zx_guest_set_trap((f)->guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 4, 0, TRAP_KEY))

static void copy_code(const guest_fixture_t* f, uint64_t gpa, const char* start, const char* end) {
  memcpy((void*)(f->host + gpa), start, (size_t)(end - start));
}

static uint32_t peek32(const guest_fixture_t* f, uint64_t gpa) {
  return *(volatile uint32_t*)(f->host + gpa);
}

static uint16_t peek16(const guest_fixture_t* f, uint64_t gpa) {
  return *(volatile uint16_t*)(f->host + gpa);
}

// --- The first instructions of a secondary VCPU -------------------------------------

static void run_ap_state(vx_thread_t* t) {
  const zx_vcpu_state_t zero = {0};
  EXPECT_OK(zx_vcpu_read_state(t->vcpu, ZX_VCPU_STATE, &t->state, sizeof(t->state)));
  EXPECT_BYTES(&t->state, &zero, sizeof(zero));
  vx_resume_once(t);
  EXPECT_OK(t->status);
  EXPECT_EQ(t->packet.type, ZX_PKT_TYPE_GUEST_IO);
  EXPECT_EQ(t->packet.guest_io.u32, 1);
  EXPECT_EQ(t->packet.guest_io.access_size, 4);
  vx_resume_once(t);
  EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet));
}

static void check_ap_state(uint64_t entry) {
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up(&f, vx_server_start, vx_server_end));
  vx_prepare(&f);
  IO_TRAP(&f);
  copy_code(&f, VX_AP_ENTRY, ap_exit_start, ap_exit_end);
  copy_code(&f, entry, ap_state_start, ap_state_end);
  vx_thread_t t;
  EXPECT_TRUE(vx_start(&t, f.guest, entry, run_ap_state));
  vx_go(&t);
  vx_join(&t);
  const uint64_t d = DATA_ADDR;
  EXPECT_EQ(peek32(&f, d) | peek32(&f, d + 4) | peek32(&f, d + 8), 0);  // EAX, ECX, ESP
  EXPECT_EQ(peek16(&f, d + 12), entry >> 4 & 0xffff);                   // CS
  EXPECT_EQ(peek16(&f, d + 14) | peek16(&f, d + 16), 0);                // DS, SS
  EXPECT_EQ(peek32(&f, d + 20), 0x40000010);                            // CR0: CD, ET
  EXPECT_EQ(peek32(&f, d + 24), 0);                                     // CR4
  EXPECT_EQ(peek32(&f, d + 28) & ~0x800u, 1);                           // EFER: SCE, maybe NXE
  EXPECT_EQ(peek32(&f, d + 32), 0xfee00c00);                            // APIC base: no BSP
  EXPECT_EQ(peek32(&f, d + 36), 0);                                     // CR3
  EXPECT_EQ(peek16(&f, d + 40), 0);                                     // RIP counts from 0
  EXPECT_EQ(peek16(&f, d + 42) & 0x7702, 2);                            // IF, TF, DF, IOPL clear
  gf_tear_down(&f);
}

TEST(vcpu_create_secondary_starts_in_real_mode_at_entry) {
  REQUIRE_GUEST();
  check_ap_state(0x9a000);
}

TEST(vcpu_create_secondary_entry_above_1_mib) {
  REQUIRE_GUEST();
  check_ap_state(0x345678);
}

TEST(vcpu_create_secondary_entry_unmapped_not_found) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up(&f, vx_server_start, vx_server_end));
  vx_thread_t t;
  EXPECT_TRUE(vx_start(&t, f.guest, HOLE_ADDR, vx_resume_once));
  vx_go(&t);
  vx_join(&t);
  EXPECT_STATUS(t.status, ZX_ERR_NOT_FOUND);
  gf_tear_down(&f);
}

// STARTUP: the program makes the VCPU and runs it.
TEST(vcpu_startup_packet_leads_to_running_secondary) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up_code(&f, start_ap_start, start_ap_end));
  zx_port_packet_t packet;
  memset(&packet, 0xa5, sizeof(packet));
  EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_VCPU);
  EXPECT_EQ(packet.guest_vcpu.type, ZX_PKT_GUEST_VCPU_STARTUP);
  EXPECT_EQ(packet.guest_vcpu.startup.id, 1);
  EXPECT_EQ(packet.guest_vcpu.startup.entry, VX_AP_ENTRY);
  vx_thread_t t;
  EXPECT_TRUE(vx_start(&t, f.guest, packet.guest_vcpu.startup.entry, vx_resume_once));
  vx_go(&t);
  RESUME_CLEAN_EXIT(&f);
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

// --- Numbers ----------------------------------------------------------------------------

static void run_ap_id(vx_thread_t* t) {
  vx_resume_once(t);
  EXPECT_OK(t->status);
  EXPECT_EQ(t->packet.type, ZX_PKT_TYPE_GUEST_IO);
  EXPECT_EQ(t->state.rsi, t->number);  // x2APIC register
  EXPECT_EQ(t->state.rbx, t->number);  // CPUID 1
  EXPECT_EQ(t->state.rbp, t->number);  // CPUID 0xB
  EXPECT_EQ(t->state.rdi, 0xfee00c00);
}

// 63 secondary VCPUs at `t[1]` on.
static bool start_all(const guest_fixture_t* f, vx_thread_t* t, void (*body)(vx_thread_t*)) {
  for (uint64_t i = 1; i < MAX_VCPUS; i++) {
    t[i].number = i;
    if (!EXPECT_TRUE(vx_start(&t[i], f->guest, VX_AP_ENTRY, body))) return false;
  }
  return true;
}

TEST(vcpu_create_64_apic_ids_in_order_then_no_resources) {
  REQUIRE_GUEST();
  static vx_thread_t t[MAX_VCPUS], more;
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up(&f, vx_server_start, vx_server_end));
  IO_TRAP(&f);
  copy_code(&f, VX_AP_ENTRY, ap_id_start, ap_id_end);
  ASSERT_TRUE(start_all(&f, t, run_ap_id));
  for (int i = 0; i < 2; i++) {
    EXPECT_FALSE(vx_start(&more, f.guest, VX_AP_ENTRY, NULL));
    EXPECT_STATUS(more.created, ZX_ERR_NO_RESOURCES);
    vx_go(&more);
    vx_join(&more);
  }
  // All at once.
  for (int i = 1; i < MAX_VCPUS; i++) vx_go(&t[i]);
  for (int i = 1; i < MAX_VCPUS; i++) pthread_join(t[i].thread, NULL);

  // The lowest free number is used next; the thread that had it is gone.
  EXPECT_OK(zx_handle_close(t[40].vcpu));
  EXPECT_OK(zx_handle_close(t[7].vcpu));
  for (int round = 0; round < 2; round++) {
    static const int order[] = {7, 40};
    vx_thread_t* again = &t[order[round]];
    EXPECT_TRUE(vx_start(again, f.guest, VX_AP_ENTRY, run_ap_id));
  }
  EXPECT_FALSE(vx_start(&more, f.guest, VX_AP_ENTRY, NULL));
  EXPECT_STATUS(more.created, ZX_ERR_NO_RESOURCES);
  vx_go(&more);
  vx_join(&more);
  vx_go(&t[7]);
  vx_go(&t[40]);
  pthread_join(t[7].thread, NULL);
  pthread_join(t[40].thread, NULL);
  for (int i = 1; i < MAX_VCPUS; i++) EXPECT_OK(zx_handle_close(t[i].vcpu));
  gf_tear_down(&f);
}

// With others alive, VPID 1 is a boot processor again, and VPID 2 is not.
TEST(vcpu_create_after_close_boot_vcpu_boots_again) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t = {.number = 1};
  IO_TRAP(&f);
  copy_code(&f, VX_AP_ENTRY, ap_id_start, ap_id_end);
  for (int i = 0; i < 4; i++) {
    EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, run_ap_id));
    vx_go(&t);
    if (i % 2 == 0) {
      // The boot VCPU goes and comes back while the other one runs.
      EXPECT_OK(zx_handle_close(f.vcpu));
      EXPECT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu));
      RESUME_CLEAN_EXIT(&f);
    }
    uint64_t base, id;
    EXPECT_EQ(vx_rdmsr(&f, 0x1b, &base), 0);
    EXPECT_EQ(base, 0xfee00d00);
    EXPECT_EQ(vx_rdmsr(&f, 0x802, &id), 0);
    EXPECT_EQ(id, 0);
    vx_join(&t);
  }
  gf_tear_down(&f);
}

// --- Threads -----------------------------------------------------------------------------

// A thread has one VCPU, of whatever guest, until it is closed by whomever.
static void create_while_having_one(vx_thread_t* t) {
  zx_handle_t second = ZX_HANDLE_INVALID;
  EXPECT_STATUS(zx_vcpu_create(t->guest, 0, 0, &second), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(t->vcpu));
  EXPECT_OK(zx_vcpu_create(t->guest, 0, VX_AP_ENTRY, &t->vcpu));
  run_ap_id(t);
}

TEST(vcpu_create_one_per_thread_in_the_same_guest) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t = {.number = 1};
  IO_TRAP(&f);
  copy_code(&f, VX_AP_ENTRY, ap_id_start, ap_id_end);
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, create_while_having_one));
  vx_go(&t);
  vx_join(&t);
  gf_tear_down(&f);
}

static void boot_only(vx_thread_t* t) { vx_boot(t); }

static void boot_and_compute(vx_thread_t* t) {
  if (!vx_boot(t)) return;
  vx_tell(t->vcpu, VX_COMPUTE, NULL);
  vx_resume_once(t);
}

// While its thread is in the guest, and after that.
TEST(vcpu_state_calls_other_thread_running_vcpu_bad_state) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t;
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, boot_and_compute));
  vx_go(&t);
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, 1000));
  zx_port_packet_t packet;
  zx_vcpu_state_t s = {0};
  zx_vcpu_io_t io = {.access_size = 1};
  for (int i = 0; i < 2; i++) {
    EXPECT_STATUS(zx_vcpu_resume(t.vcpu, &packet), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(zx_vcpu_read_state(t.vcpu, ZX_VCPU_STATE, &s, sizeof(s)), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(zx_vcpu_read_state(t.vcpu, ZX_VCPU_IO, &s, sizeof(s)), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_vcpu_write_state(t.vcpu, ZX_VCPU_STATE, &s, sizeof(s)), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(zx_vcpu_write_state(t.vcpu, ZX_VCPU_IO, &io, sizeof(io)), ZX_ERR_BAD_STATE);
    if (i == 0) {
      gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
      pthread_join(t.thread, NULL);
    }
  }
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  EXPECT_OK(zx_handle_close(t.vcpu));
  gf_tear_down(&f);
}

static void compute_then_create(vx_thread_t* t) {
  boot_and_compute(t);
  // The handle was closed meanwhile, so the VCPU went with the call.
  EXPECT_OK(zx_vcpu_create(t->guest, 0, VX_AP_ENTRY, &t->vcpu));
}

// The object lives until the call returns; closing does not stop it.
TEST(vcpu_close_from_other_thread_while_running_goes_on) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t;
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, compute_then_create));
  vx_go(&t);
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, 1000));
  EXPECT_OK(zx_handle_close(t.vcpu));
  uint64_t turns = gf_peek64(&f, vx_page(1) + VX_TURNS);
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, turns + 10000));
  EXPECT_FALSE(vx_done(&t));
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  gf_tear_down(&f);
}

// Threads that come later are not the one that is gone, even if the kernel
// gives them its number and the C library its memory.
static void use_orphan(vx_thread_t* t) {
  const zx_handle_t* orphan = t->arg;
  zx_port_packet_t packet;
  zx_vcpu_state_t s;
  EXPECT_STATUS(zx_vcpu_resume(*orphan, &packet), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vcpu_read_state(*orphan, ZX_VCPU_STATE, &s, sizeof(s)), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_vcpu_interrupt(*orphan, INTERRUPT_VECTOR));
  EXPECT_OK(zx_vcpu_kick(*orphan));
}

TEST(vcpu_orphaned_interrupt_kick_and_close_work) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t orphan, t;
  EXPECT_TRUE(vx_start(&orphan, f.guest, VX_AP_ENTRY, boot_only));
  vx_go(&orphan);
  pthread_join(orphan.thread, NULL);
  for (int i = 0; i < 50; i++) {
    t.arg = &orphan.vcpu;
    EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, use_orphan));
    vx_go(&t);
    vx_join(&t);
  }
  for (uint32_t v = 0; v < 256; v++) EXPECT_OK(zx_vcpu_interrupt(orphan.vcpu, v));
  EXPECT_STATUS(zx_vcpu_interrupt(orphan.vcpu, 256), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_handle_close(orphan.vcpu));
  EXPECT_STATUS(zx_vcpu_kick(orphan.vcpu), ZX_ERR_BAD_HANDLE);
  // Its number is free again.
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, boot_only));
  vx_go(&t);
  vx_join(&t);
  EXPECT_EQ(t.state.rbx, 1);
  gf_tear_down(&f);
}

// --- Traps of several VCPUs ---------------------------------------------------------------

#define PARALLEL 6
#define STORES 300

static void boot_and_store(vx_thread_t* t) {
  if (!vx_boot(t)) return;
  zx_vcpu_state_t s = {.rax = t->number, .rcx = STORES};
  vx_tell(t->vcpu, VX_STORE, &s);
  uint64_t seen = 0;
  for (;;) {
    vx_resume_once(t);
    if (t->status != ZX_OK || t->packet.key != TRAP_KEY) break;
    EXPECT_EQ(t->packet.guest_mem.addr, TRAP_ADDR);
    EXPECT_EQ(t->state.rax, t->number);
    EXPECT_EQ(t->state.rcx, STORES - seen);
    seen++;
  }
  EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet));
  EXPECT_EQ(seen, STORES);
}

static void run_parallel(const guest_fixture_t* f, vx_thread_t* t, void (*body)(vx_thread_t*)) {
  for (uint64_t i = 1; i < PARALLEL; i++) {
    t[i].number = i;
    EXPECT_TRUE(vx_start(&t[i], f->guest, VX_AP_ENTRY, body));
  }
  for (int i = 1; i < PARALLEL; i++) vx_go(&t[i]);
}

TEST(vcpu_resume_parallel_each_sees_its_own_traps) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  vx_thread_t t[PARALLEL];
  run_parallel(&f, t, boot_and_store);
  for (int i = 1; i < PARALLEL; i++) vx_join(&t[i]);
  gf_tear_down(&f);
}

#define BELLS 700  // for each VCPU; more than the packets of one trap

static void boot_and_ring(vx_thread_t* t) {
  if (!vx_boot(t)) return;
  zx_vcpu_state_t s = {.rcx = BELLS, .rax = TRAP_ADDR - 0x8000 + 0x2000 * (t->number - 1)};
  vx_tell(t->vcpu, VX_BELLS, &s);
  vx_resume_once(t);
  EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet));
}

// Packets of one VCPU are in order, none is missing; the VCPUs share a quota.
static void check_bells(int vcpus) {
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  zx_handle_t port;
  ASSERT_OK(zx_port_create(0, &port));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR - 0x8000, 0x8000, port,
                              TRAP_KEY));
  vx_thread_t t[5];
  for (int i = 1; i <= vcpus; i++) {
    t[i].number = (uint64_t)i;
    EXPECT_TRUE(vx_start(&t[i], f.guest, VX_AP_ENTRY, boot_and_ring));
  }
  for (int i = 1; i <= vcpus; i++) vx_go(&t[i]);
  uint64_t next[4] = {0};
  zx_port_packet_t packet;
  for (int i = 0; i < vcpus * BELLS; i++) {
    if (!EXPECT_OK(zx_port_wait(port, zx_deadline_after(ZX_SEC(20)), &packet))) break;
    uint64_t offset = packet.guest_bell.addr - (TRAP_ADDR - 0x8000);
    uint64_t who = offset / 0x2000;
    if (!EXPECT_TRUE(who < (uint64_t)vcpus)) break;
    EXPECT_EQ(offset % 0x2000, 8 * next[who]);
    next[who]++;
  }
  for (int i = 1; i <= vcpus; i++) vx_join(&t[i]);
  EXPECT_STATUS(zx_port_wait(port, ZX_TIME_INFINITE_PAST, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

TEST(vcpu_resume_bells_of_two_vcpus_each_in_order) {
  REQUIRE_GUEST();
  check_bells(2);
}

TEST(vcpu_resume_bells_of_four_vcpus_each_in_order) {
  REQUIRE_GUEST();
  check_bells(4);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// zx_vcpu_kick (hypervisor.md, sections 3.5 and 13.2: VcpuKick).

#include "vcpu_fixture.h"

#include <signal.h>

#include "objects.h"

static void kick(zx_handle_t vcpu) { EXPECT_OK(zx_vcpu_kick(vcpu)); }

// --- While the VCPU is stopped ----------------------------------------------------

TEST(vcpu_kick_before_first_resume_cancels_it_once) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up_code(&f, vx_server_start, vx_server_end));
  zx_vcpu_state_t s;
  const zx_vcpu_state_t zero = {0};
  kick(f.vcpu);
  gf_resume_fails(&f, ZX_ERR_CANCELED);
  gf_read(&f, &s);
  EXPECT_BYTES(&s, &zero, sizeof(s));
  RESUME_CLEAN_EXIT(&f);
  kick(f.vcpu);
  gf_resume_fails(&f, ZX_ERR_CANCELED);
  vx_simple(&f, VX_NOTHING);
  gf_tear_down(&f);
}

TEST(vcpu_kick_many_count_once) {
  SERVER(f);
  for (int i = 0; i < 1000; i++) kick(f.vcpu);
  gf_resume_fails(&f, ZX_ERR_CANCELED);
  RESUME_CLEAN_EXIT(&f);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// State can be read and written with a kick pending, and stays as written.
TEST(vcpu_kick_keeps_written_state) {
  SERVER(f);
  zx_vcpu_state_t before, s;
  vx_tell(f.vcpu, VX_NOTHING, NULL);
  gf_read(&f, &before);
  before.rbp = 0x123456789abcdef0;
  before.r14 = ~0ull;
  kick(f.vcpu);
  gf_write(&f, &before);
  gf_resume_fails(&f, ZX_ERR_CANCELED);
  gf_read(&f, &s);
  EXPECT_BYTES(&s, &before, sizeof(s));
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &s);
  EXPECT_EQ(s.rbp, 0x123456789abcdef0);
  EXPECT_EQ(s.r14, ~0ull);
  gf_tear_down(&f);
}

// A load, an input and an output that have been reported are not disturbed.
TEST(vcpu_kick_between_packet_and_answer) {
  SERVER(f);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 1, 0, TRAP_KEY));
  zx_port_packet_t packet;
  zx_vcpu_state_t s;
  static const uint64_t operations[] = {VX_LOAD, VX_IN, VX_OUT};
  for (int when = 0; when < 3; when++) {
    for (size_t i = 0; i < VX_COUNT_OF(operations); i++) {
      vx_tell(f.vcpu, operations[i], NULL);
      EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
      EXPECT_EQ(packet.key, TRAP_KEY);
      if (when != 1) kick(f.vcpu);
      if (when == 2) gf_resume_fails(&f, ZX_ERR_CANCELED);
      if (operations[i] == VX_IN) {
        zx_vcpu_io_t io = {.access_size = 4, .u32 = 0x89abcdef};
        EXPECT_OK(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &io, sizeof(io)));
      } else {
        gf_read(&f, &s);
        s.rax = 0x89abcdef;
        gf_write(&f, &s);
      }
      if (when == 1) kick(f.vcpu);
      if (when != 2) gf_resume_fails(&f, ZX_ERR_CANCELED);
      EXPECT_EQ(gf_rax(&f), 0x89abcdef);
      RESUME_CLEAN_EXIT(&f);
      EXPECT_EQ(gf_rax(&f), 0x89abcdef);
    }
  }
  gf_tear_down(&f);
}

TEST(vcpu_kick_pending_interrupt_stays_pending) {
  SERVER(f);
  vx_simple(&f, VX_STI);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  kick(f.vcpu);
  gf_resume_fails(&f, ZX_ERR_CANCELED);
  EXPECT_EQ(vx_count(&f, 0, INTERRUPT_VECTOR), 0);
  vx_simple(&f, VX_STI);
  EXPECT_EQ(vx_count(&f, 0, INTERRUPT_VECTOR), 1);
  gf_tear_down(&f);
}

// ZX_INFO_VCPU tells of a pending kick.
TEST(vcpu_kick_shows_in_info) {
  SERVER(f);
  zx_info_vcpu_t info = {.flags = 99};
  EXPECT_OK(zx_object_get_info(f.vcpu, ZX_INFO_VCPU, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.flags, 0);
  kick(f.vcpu);
  EXPECT_OK(zx_object_get_info(f.vcpu, ZX_INFO_VCPU, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.flags, ZX_INFO_VCPU_FLAG_KICKED);
  gf_resume_fails(&f, ZX_ERR_CANCELED);
  EXPECT_OK(zx_object_get_info(f.vcpu, ZX_INFO_VCPU, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.flags, 0);

  zx_handle_t blind;
  EXPECT_OK(zx_handle_duplicate(f.vcpu, ZX_RIGHT_READ, &blind));
  EXPECT_STATUS(zx_object_get_info(blind, ZX_INFO_VCPU, &info, sizeof(info), NULL, NULL),
                ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_get_info(f.guest, ZX_INFO_VCPU, &info, sizeof(info), NULL, NULL),
                ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_object_get_info(f.vcpu, ZX_INFO_VCPU, &info, sizeof(info) - 1, NULL, NULL),
                ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_OK(zx_handle_close(blind));
  gf_tear_down(&f);
}

// --- While it runs -------------------------------------------------------------------

typedef struct runner {
  uint64_t packets, canceled, others;
  sem_t step;
} runner_t;

// Runs until the server is done; counts what it sees on the way.
static void run_to_end(vx_thread_t* t) {
  runner_t* r = t->arg;
  if (!vx_boot(t)) return;
  zx_vcpu_state_t s = {.rax = 7, .rcx = t->number};
  vx_tell(t->vcpu, t->operation, &s);
  sem_post(&r->step);
  for (;;) {
    vx_resume_once(t);
    if (t->status == ZX_ERR_CANCELED) {
      __atomic_add_fetch(&r->canceled, 1, __ATOMIC_SEQ_CST);
      sem_post(&r->step);
    } else if (t->status == ZX_OK && t->packet.key == TRAP_KEY) {
      // The packet of the store that the registers tell of.
      EXPECT_EQ(t->packet.guest_mem.addr, TRAP_ADDR);
      EXPECT_EQ(t->state.rcx, t->number - r->packets);
      r->packets++;
    } else {
      EXPECT_OK(t->status);
      if (!vx_is_clean_exit(t->status, &t->packet)) r->others++;
      return;
    }
  }
}

static bool start_runner(const guest_fixture_t* f, vx_thread_t* t, runner_t* r,
                         uint64_t operation, uint64_t count) {
  memset(r, 0, sizeof(*r));
  sem_init(&r->step, 0, 0);
  memset(t, 0, sizeof(*t));
  t->arg = r;
  t->operation = operation;
  t->number = count;
  if (!EXPECT_TRUE(vx_start(t, f->guest, VX_AP_ENTRY, run_to_end))) return false;
  vx_go(t);
  sem_wait(&r->step);
  return true;
}

TEST(vcpu_kick_computing_guest_cancels_and_goes_on) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t;
  runner_t r;
  ASSERT_TRUE(start_runner(&f, &t, &r, VX_COMPUTE, 0));
  uint64_t turns = 1;
  for (int i = 0; i < 300; i++) {
    if (!EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, turns))) break;
    kick(t.vcpu);
    sem_wait(&r.step);
    turns = gf_peek64(&f, vx_page(1) + VX_TURNS) + 1;
  }
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  vx_join(&t);
  EXPECT_EQ(r.canceled, 300);
  EXPECT_EQ(r.others, 0);
  gf_tear_down(&f);
}

static zx_handle_t running_vcpu;
static _Atomic zx_status_t status_in_handler[2];

static void use_running_vcpu(int signal) {
  (void)signal;
  zx_vcpu_state_t s;
  zx_port_packet_t packet;
  status_in_handler[0] =
      zx_vcpu_read_state(running_vcpu, ZX_VCPU_STATE, &s, sizeof(s));
  status_in_handler[1] = zx_vcpu_resume(running_vcpu, &packet);
  zx_vcpu_kick(running_vcpu);
}

// A signal handler on the VCPU's own thread finds it in use, and may kick it.
TEST(vcpu_kick_from_signal_handler_of_running_thread) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  const struct sigaction action = {.sa_handler = use_running_vcpu};
  ASSERT_EQ(sigaction(SIGUSR1, &action, NULL), 0);
  vx_thread_t t;
  runner_t r;
  ASSERT_TRUE(start_runner(&f, &t, &r, VX_COMPUTE, 0));
  running_vcpu = t.vcpu;
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, 1));
  EXPECT_EQ(pthread_kill(t.thread, SIGUSR1), 0);
  sem_wait(&r.step);
  EXPECT_STATUS(status_in_handler[0], ZX_ERR_BAD_STATE);
  EXPECT_STATUS(status_in_handler[1], ZX_ERR_BAD_STATE);
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  vx_join(&t);
  EXPECT_EQ(r.canceled, 1);
  EXPECT_EQ(r.others, 0);
  gf_tear_down(&f);
}

static volatile sig_atomic_t interruptions;

static void count_interruption(int signal) {
  (void)signal;
  interruptions++;
}

// Signals of Linux, such as those of a profiler, while the guest does something.
static void disturb(uint64_t operation, uint64_t stores) {
  guest_fixture_t f;
  vx_thread_t t;
  runner_t r;
  ASSERT_TRUE(vx_set_up(&f));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  ASSERT_TRUE(start_runner(&f, &t, &r, operation, stores));
  interruptions = 0;
  for (int i = 1; i <= 500 && !vx_done(&t); i++) {
    EXPECT_EQ(pthread_kill(t.thread, SIGUSR2), 0);
    while (interruptions < i && !vx_done(&t)) sched_yield();
  }
  EXPECT_TRUE(interruptions > 0);
  uint64_t turns = gf_peek64(&f, vx_page(1) + VX_TURNS);
  if (operation == VX_COMPUTE) EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, turns + 1));
  gf_poke64(&f, vx_page(1) + VX_LEAVE, 1);
  EXPECT_OK(zx_vcpu_interrupt(t.vcpu, INTERRUPT_VECTOR));
  vx_join(&t);
  EXPECT_EQ(r.packets, stores);
  EXPECT_EQ(r.canceled, 0);
  EXPECT_EQ(r.others, 0);
  gf_tear_down(&f);
}

TEST(vcpu_resume_linux_signals_invisible) {
  REQUIRE_GUEST();
  struct sigaction action, before;
  memset(&action, 0, sizeof(action));
  action.sa_handler = count_interruption;  // no SA_RESTART
  ASSERT_EQ(sigaction(SIGUSR2, &action, &before), 0);
  disturb(VX_COMPUTE, 0);
  disturb(VX_HLT_LOOP, 0);
  disturb(VX_STORE, 20000);
  EXPECT_EQ(sigaction(SIGUSR2, &before, NULL), 0);
}

static void boot_and_halt(vx_thread_t* t) {
  if (!vx_boot(t)) return;
  vx_tell(t->vcpu, VX_STI_HLT, NULL);
  gf_poke64(t->arg, DATA_ADDR, 1);
  vx_resume_once(t);
}

// VcpuKick, with the kick at any moment, also before the guest runs.
TEST(vcpu_kick_halted_guest_cancels) {
  REQUIRE_GUEST();
  for (int i = 0; i < 100; i++) {
    guest_fixture_t f;
    ASSERT_TRUE(vx_set_up(&f));
    vx_thread_t t = {.arg = &f};
    EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, boot_and_halt));
    vx_go(&t);
    EXPECT_TRUE(vx_wait64(&f, DATA_ADDR, 1));
    if (i % 2 != 0) EXPECT_TRUE(vx_wait_asleep(t.tid));
    kick(t.vcpu);
    vx_join(&t);
    EXPECT_STATUS(t.status, ZX_ERR_CANCELED);
    gf_tear_down(&f);
  }
}

// A packet goes out before a kick: none of them is lost, whatever comes.
TEST(vcpu_kick_trapping_guest_loses_no_packet) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  vx_thread_t t;
  runner_t r;
  ASSERT_TRUE(start_runner(&f, &t, &r, VX_STORE, 5000));
  uint64_t kicks = 0;
  while (!vx_done(&t)) {
    kick(t.vcpu);
    kicks++;
    sched_yield();
  }
  vx_join(&t);
  EXPECT_EQ(r.packets, 5000);
  EXPECT_EQ(r.others, 0);
  EXPECT_TRUE(r.canceled >= 1 && r.canceled <= kicks);
  gf_tear_down(&f);
}

// --- While it waits for a packet of a bell --------------------------------------------

#define BELLS 300u
#define QUOTA 256u

static void run_bells(vx_thread_t* t) {
  runner_t* r = t->arg;
  if (!vx_boot(t)) return;
  zx_vcpu_state_t s = {.rax = TRAP_ADDR, .rcx = BELLS};
  vx_tell(t->vcpu, VX_BELLS, &s);
  do {
    vx_resume_once(t);
    if (t->status == ZX_ERR_CANCELED) {
      r->canceled++;
      sem_post(&r->step);
      sem_wait(&t->ready);
    }
  } while (t->status == ZX_ERR_CANCELED && r->canceled <= 5);
}

static void take_bells(zx_handle_t port, uint64_t from, uint64_t to) {
  zx_port_packet_t packet;
  for (uint64_t i = from; i < to; i++) {
    if (!EXPECT_OK(zx_port_wait(port, zx_deadline_after(ZX_SEC(20)), &packet))) return;
    EXPECT_EQ(packet.guest_bell.addr, TRAP_ADDR + 8 * i);
  }
}

// `first`: packets are taken between the cancellation and the next resume.
static void kick_on_full_bell(bool first) {
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  zx_handle_t port;
  ASSERT_OK(zx_port_create(0, &port));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  vx_thread_t t;
  runner_t r;
  memset(&r, 0, sizeof(r));
  sem_init(&r.step, 0, 0);
  t.arg = &r;
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, run_bells));
  vx_go(&t);
  // The last store that got a packet has been counted, the next one waits.
  EXPECT_TRUE(vx_wait64(&f, vx_page(1) + VX_TURNS, QUOTA));
  uint64_t taken = 0;
  for (int i = 0; i < 5; i++) {
    EXPECT_TRUE(vx_wait_asleep(t.tid));
    EXPECT_EQ(gf_peek64(&f, vx_page(1) + VX_TURNS), QUOTA);
    kick(t.vcpu);
    sem_wait(&r.step);
    if (i == 4 && first) {
      take_bells(port, 0, QUOTA);
      taken = QUOTA;
    }
    sem_post(&t.ready);
  }
  take_bells(port, taken, BELLS);
  // A guest that spins in the library would never end: a kick tells.
  for (int i = 0; i < 50000 && !vx_done(&t); i++) zx_nanosleep(zx_deadline_after(ZX_USEC(100)));
  if (!EXPECT_TRUE(vx_done(&t))) {
    kick(t.vcpu);
    sem_wait(&r.step);
    sem_post(&t.ready);
  }
  vx_join(&t);
  EXPECT_TRUE(vx_is_clean_exit(t.status, &t.packet));
  EXPECT_EQ(r.canceled, 5);
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, ZX_TIME_INFINITE_PAST, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

TEST(vcpu_kick_full_bell_write_delivered_by_next_resume) {
  REQUIRE_GUEST();
  kick_on_full_bell(true);
}

TEST(vcpu_kick_full_bell_waits_again_until_dequeue) {
  REQUIRE_GUEST();
  kick_on_full_bell(false);
}

// --- Handles -------------------------------------------------------------------------

TEST(vcpu_kick_handle_checked) {
  SERVER(f);
  EXPECT_STATUS(zx_vcpu_kick(ZX_HANDLE_INVALID), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_vcpu_kick(f.guest), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_vcpu_kick(f.vmar), ZX_ERR_WRONG_TYPE);
  zx_rights_t rights = basic_info(f.vcpu).rights;
  zx_handle_t weak = copy_of(f.vcpu, rights & ~ZX_RIGHT_EXECUTE);
  EXPECT_STATUS(zx_vcpu_kick(weak), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_STATUS(zx_vcpu_kick(weak), ZX_ERR_BAD_HANDLE);
  RESUME_CLEAN_EXIT(&f);  // none of them kicked
  zx_handle_t only = copy_of(f.vcpu, ZX_RIGHT_EXECUTE);
  EXPECT_OK(zx_vcpu_kick(only));
  EXPECT_OK(zx_handle_close(only));
  gf_resume_fails(&f, ZX_ERR_CANCELED);
  gf_tear_down(&f);
}

static void boot_only(vx_thread_t* t) { vx_boot(t); }

TEST(vcpu_kick_thread_gone_ok) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t;
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, boot_only));
  vx_go(&t);
  pthread_join(t.thread, NULL);
  kick(t.vcpu);
  kick(t.vcpu);
  EXPECT_OK(zx_handle_close(t.vcpu));
  gf_tear_down(&f);
}

ZTEST_MAIN

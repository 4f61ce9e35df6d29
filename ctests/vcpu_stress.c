// SPDX-License-Identifier: MIT
// Many VCPUs, many guests, and guests that misbehave, for LIBZX_STRESS_SECONDS
// in all (hypervisor.md, sections 5.6 and 9). Three seconds without it.

#include "vcpu_fixture.h"

#define CPUS 9  // the boot VCPU does nothing
#define GUESTS 64
#define VECTOR 0x50u

static zx_time_t stress_end(int share) {
  const char* text = getenv("LIBZX_STRESS_SECONDS");
  long seconds = text ? strtol(text, NULL, 10) : 3;
  return zx_deadline_after(ZX_MSEC(1000) * (seconds > 0 ? seconds : 1) * share / 10);
}

static bool over(zx_time_t end) { return zx_clock_get_monotonic() > end; }

// --- VCPUs that interrupt each other ---------------------------------------------------

typedef struct machine {
  guest_fixture_t f;
  vx_thread_t t[CPUS];
  zx_time_t end;
  uint64_t sent[CPUS];  // to each VCPU
} machine_t;

// Sends IPIs to all others in turn, and carries them; then waits for the last.
static void send_ipis(vx_thread_t* t) {
  machine_t* m = t->arg;
  if (!vx_boot(t)) return;
  vx_tell(t->vcpu, VX_STI, NULL);
  vx_resume_once(t);
  for (uint64_t i = 0; !over(m->end); i++) {
    uint64_t to = (t->number + 1 + i % (CPUS - 1)) % CPUS;
    if (to == 0) continue;  // the boot VCPU does not run
    zx_vcpu_state_t s = {.rcx = 0x830, .rax = VECTOR + t->number, .rdx = to};
    vx_tell(t->vcpu, VX_WRMSR, &s);
    vx_resume_once(t);
    if (!EXPECT_OK(t->status) || !EXPECT_EQ(t->packet.type, ZX_PKT_TYPE_GUEST_VCPU)) return;
    EXPECT_EQ(t->packet.guest_vcpu.interrupt.mask, 1ull << to);
    EXPECT_EQ(t->packet.guest_vcpu.interrupt.vector, VECTOR + t->number);
    __atomic_add_fetch(&m->sent[to], 1, __ATOMIC_RELAXED);
    EXPECT_OK(zx_vcpu_interrupt(m->t[to].vcpu, t->packet.guest_vcpu.interrupt.vector));
    vx_resume_once(t);
    if (!EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet))) return;
  }
  vx_tell(t->vcpu, VX_HLT_LOOP, NULL);
  vx_resume_once(t);
  EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet));
}

TEST(stress_eight_vcpus_send_each_other_ipis) {
  REQUIRE_GUEST();
  static machine_t m;
  ASSERT_TRUE(vx_set_up(&m.f));
  m.end = stress_end(4);
  for (uint64_t i = 1; i < CPUS; i++) {
    m.t[i].arg = &m;
    m.t[i].number = i;
    ASSERT_TRUE(vx_start(&m.t[i], m.f.guest, VX_AP_ENTRY, send_ipis));
  }
  for (int i = 1; i < CPUS; i++) vx_go(&m.t[i]);
  // One more interrupt for each, when nobody sends any more: it must come.
  while (!over(m.end)) zx_nanosleep(m.end + 1);
  for (uint32_t i = 1; i < CPUS; i++) {
    EXPECT_TRUE(vx_wait64(&m.f, vx_page(i) + VX_TURNS, 1));
    EXPECT_OK(zx_vcpu_interrupt(m.t[i].vcpu, 0xe0));
    EXPECT_TRUE(vx_wait64(&m.f, vx_page(i) + 8 * 0xe0, 1));
    gf_poke64(&m.f, vx_page(i) + VX_LEAVE, 1);
    EXPECT_OK(zx_vcpu_interrupt(m.t[i].vcpu, 0xe1));
  }
  for (uint32_t i = 1; i < CPUS; i++) vx_join(&m.t[i]);
  for (uint32_t i = 1; i < CPUS; i++) {
    uint64_t handled = 0;
    for (uint32_t v = VECTOR; v < VECTOR + CPUS; v++) handled += vx_count(&m.f, i, v);
    // A vector that is pending already does not count twice.
    EXPECT_TRUE(handled >= 1 && handled <= m.sent[i]);
  }
  gf_tear_down(&m.f);
}

// --- Many guests ------------------------------------------------------------------------

static pthread_barrier_t all_set_up;

typedef struct one_guest {
  pthread_t thread;
  zx_time_t end;
  uint64_t turns;
} one_guest_t;

static void* run_guest(void* arg) {
  one_guest_t* g = arg;
  guest_fixture_t f;
  bool fine = EXPECT_TRUE(vx_set_up(&f));
  pthread_barrier_wait(&all_set_up);
  while (fine && (g->turns == 0 || !over(g->end))) {
    uint64_t before = vx_count(&f, 0, VECTOR);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, VECTOR));
    vx_simple(&f, VX_STI);
    fine = EXPECT_EQ(vx_count(&f, 0, VECTOR), before + 1);
    g->turns++;
  }
  gf_tear_down(&f);
  return NULL;
}

TEST(stress_64_guests_at_once) {
  REQUIRE_GUEST();
  static one_guest_t guests[GUESTS];
  ASSERT_EQ(pthread_barrier_init(&all_set_up, NULL, GUESTS), 0);
  zx_time_t end = stress_end(3);
  for (int i = 0; i < GUESTS; i++) {
    guests[i].end = end;
    ASSERT_EQ(pthread_create(&guests[i].thread, NULL, run_guest, &guests[i]), 0);
  }
  for (int i = 0; i < GUESTS; i++) {
    pthread_join(guests[i].thread, NULL);
    EXPECT_NE(guests[i].turns, 0);
  }
}

// --- Memory and traps that come and go ----------------------------------------------------

static void run_through_traps(vx_thread_t* t) {
  vx_boot_and_do(t);
  while (t->status == ZX_OK && t->packet.key == TRAP_KEY) {
    t->status = zx_vcpu_resume(t->vcpu, &t->packet);
  }
}

TEST(stress_map_unmap_and_trap_while_running) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  static const uint64_t operations[] = {VX_TURN, VX_COMPUTE, VX_HLT_LOOP, VX_TURN};
  vx_thread_t t[4];
  for (size_t i = 0; i < 4; i++) {
    t[i].operation = operations[i];
    t[i].arg = NULL;
    ASSERT_TRUE(vx_start(&t[i], f.guest, VX_AP_ENTRY, run_through_traps));
    vx_go(&t[i]);
  }
  for (uint32_t i = 1; i <= 4; i++) EXPECT_TRUE(vx_wait64(&f, vx_page(i) + VX_TURNS, 1));
  zx_handle_t vmo;
  ASSERT_OK(zx_vmo_create(0x10000, 0, &vmo));
  zx_time_t end = stress_end(1);
  uint64_t trapped = 0x10000000;
  for (int i = 0; !over(end); i++) {
    zx_vaddr_t gpa;
    EXPECT_OK(zx_vmar_map(f.vmar, VX_RW | ZX_VM_SPECIFIC, HOLE_ADDR, vmo, 0, 0x10000, &gpa));
    EXPECT_OK(zx_vmar_protect(f.vmar, ZX_VM_PERM_READ, HOLE_ADDR, 0x4000));
    EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, trapped, PAGE_BYTES, 0, 1));
    trapped += PAGE_BYTES;
    if (i == 10) {
      EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
    }
    EXPECT_OK(zx_vmar_unmap(f.vmar, HOLE_ADDR, 0x10000));
  }
  for (uint32_t i = 1; i <= 4; i++) {
    uint64_t turns = gf_peek64(&f, vx_page(i) + VX_TURNS);
    EXPECT_OK(zx_vcpu_interrupt(t[i - 1].vcpu, VECTOR));
    EXPECT_TRUE(vx_wait64(&f, vx_page(i) + 8 * VECTOR, 1));
    EXPECT_TRUE(vx_wait64(&f, vx_page(i) + VX_TURNS, turns + 1));
    gf_poke64(&f, vx_page(i) + VX_LEAVE, 1);
    EXPECT_OK(zx_vcpu_interrupt(t[i - 1].vcpu, VECTOR));
    vx_join(&t[i - 1]);
    EXPECT_TRUE(vx_is_clean_exit(t[i - 1].status, &t[i - 1].packet));
  }
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

// --- Guests that misbehave -----------------------------------------------------------------

static const char jump_away[] = "\xb8\x00\x00\x00\x02\xff\xe0";  // to HOLE_ADDR
static const char no_tables[] = "\x0f\x0b";
static const char spoil_tables[] =
    "\x48\xc7\x04\x25\x00\x10\x00\x00\xff\xff\xff\xff"  // the second table: reserved bits
    "\x0f\x20\xd8\x0f\x22\xd8\xeb\xfe";                 // CR3 again; loop
static const char no_tables_at_all[] =
    "\xb8\x00\x00\x00\x02\x0f\x22\xd8\xeb\xfe";  // CR3 to a hole
static const char table_in_trap[] =
    "\xb8\x00\xf0\xff\x00\x0f\x22\xd8\xeb\xfe";  // CR3 to EXIT_TEST_ADDR
static const char jump_into_trap[] = "\xb8\x00\xf0\xff\x00\xff\xe0";
static const char spin[] = "\xeb\xfe";

// Runs bytes as a guest, with a kick if it does not end by itself.
typedef struct bad_guest {
  const char* code;
  size_t size;
  zx_handle_t vcpu;
  sem_t made, closing;
  zx_status_t status;
  bool done;
} bad_guest_t;

static void* run_bad_guest(void* arg) {
  bad_guest_t* b = arg;
  guest_fixture_t f;
  bool fine = EXPECT_TRUE(gf_set_up(&f, b->code, b->code + b->size));
  b->vcpu = f.vcpu;
  sem_post(&b->made);
  zx_port_packet_t packet;
  for (int i = 0; fine && i < 5; i++) {
    b->status = zx_vcpu_resume(f.vcpu, &packet);
    if (b->status == ZX_ERR_CANCELED) break;
  }
  __atomic_store_n(&b->done, true, __ATOMIC_SEQ_CST);
  sem_wait(&b->closing);  // nobody kicks any more
  gf_tear_down(&f);
  return NULL;
}

static zx_status_t run_bad(const char* code, size_t size, zx_duration_t time) {
  bad_guest_t b = {.code = code, .size = size};
  sem_init(&b.made, 0, 0);
  sem_init(&b.closing, 0, 0);
  pthread_t thread;
  if (!EXPECT_EQ(pthread_create(&thread, NULL, run_bad_guest, &b), 0)) return ZX_ERR_INTERNAL;
  sem_wait(&b.made);
  zx_time_t patience = zx_deadline_after(time);
  while (!__atomic_load_n(&b.done, __ATOMIC_SEQ_CST)) {
    if (over(patience)) zx_vcpu_kick(b.vcpu);
    zx_nanosleep(zx_deadline_after(ZX_USEC(200)));
  }
  sem_post(&b.closing);
  pthread_join(thread, NULL);
  return b.status;
}

// Whether section 5.6 knows the status.
static bool is_of_resume(zx_status_t status) {
  static const zx_status_t known[] = {
      ZX_OK,                ZX_ERR_BAD_STATE,    ZX_ERR_CANCELED,      ZX_ERR_NOT_FOUND,
      ZX_ERR_OUT_OF_RANGE,  ZX_ERR_INVALID_ARGS, ZX_ERR_ACCESS_DENIED, ZX_ERR_NOT_SUPPORTED,
      ZX_ERR_INTERNAL};
  for (size_t i = 0; i < VX_COUNT_OF(known); i++) {
    if (status == known[i]) return true;
  }
  return false;
}

// A guest beside them goes on as if nothing happened. None of them has an
// interrupt table, so a fault is a triple fault.
TEST(stress_bad_guests_end_with_a_status) {
  SERVER(f);
  static const struct {
    const char* code;
    size_t size;
    zx_status_t status;
    bool may_spin;
  } bad[] = {
      {no_tables, sizeof(no_tables) - 1, ZX_ERR_NOT_SUPPORTED, false},
      {jump_away, sizeof(jump_away) - 1, ZX_ERR_NOT_FOUND, false},
      {jump_into_trap, sizeof(jump_into_trap) - 1, ZX_ERR_NOT_SUPPORTED, false},
      {spoil_tables, sizeof(spoil_tables) - 1, ZX_ERR_NOT_SUPPORTED, false},
      // KVM tells of no table that is not memory. It makes a page fault of that,
      // or tries for ever to deliver one, with that very table, until the kick.
      {no_tables_at_all, sizeof(no_tables_at_all) - 1, ZX_ERR_NOT_SUPPORTED, true},
      {table_in_trap, sizeof(table_in_trap) - 1, ZX_ERR_NOT_SUPPORTED, true},
  };
  for (size_t i = 0; i < VX_COUNT_OF(bad); i++) {
    zx_status_t status = run_bad(bad[i].code, bad[i].size, ZX_SEC(bad[i].may_spin ? 1 : 10));
    if (!bad[i].may_spin || status != ZX_ERR_CANCELED) EXPECT_STATUS(status, bad[i].status);
  }
  EXPECT_STATUS(run_bad(spin, sizeof(spin) - 1, ZX_MSEC(100)), ZX_ERR_CANCELED);
  vx_simple(&f, VX_NOTHING);
  gf_tear_down(&f);
}

TEST(stress_garbage_guests_end_with_a_status) {
  SERVER(f);
  static char code[0x800];
  uint64_t seed = 0x9e3779b97f4a7c15;
  zx_time_t end = stress_end(2);
  do {
    for (size_t i = 0; i < sizeof(code); i++) {
      seed ^= seed << 13;
      seed ^= seed >> 7;
      seed ^= seed << 17;
      code[i] = (char)(seed >> 24);
    }
    EXPECT_TRUE(is_of_resume(run_bad(code, sizeof(code), ZX_MSEC(100))));
    vx_simple(&f, VX_NOTHING);
  } while (!over(end));
  gf_tear_down(&f);
}

ZTEST_MAIN

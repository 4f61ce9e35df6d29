// SPDX-License-Identifier: MIT
// The local APIC of a VCPU: its registers and its timer (hypervisor.md,
// sections 7.6 and 7.8), and the time stamp counter.

#include "vcpu_fixture.h"

GUEST_CODE(late_disarm);

#define EOI 0x80bu
#define ESR 0x828u
#define ICR 0x830u
#define LVT_TIMER 0x832u
#define INITIAL_COUNT 0x838u
#define DIVIDE 0x83eu
#define SELF_IPI 0x83fu
#define TSC_DEADLINE 0x6e0u

#define MASKED 0x10000u
#define PERIODIC 0x20000u
#define DEADLINE_MODE 0x40000u
#define RESERVED_MODE 0x60000u
#define BY_1 0xbu
#define TIMER_VECTOR 0x40u

#define EXPECT_WRITE(f, msr, value) EXPECT_EQ(vx_wrmsr(f, msr, value), 0)

// TSC ticks of this host in a millisecond.
static uint64_t tsc_khz(void) {
  static uint64_t khz;
  if (khz == 0) {
    zx_time_t begin = zx_clock_get_monotonic();
    uint64_t tsc = __builtin_ia32_rdtsc();
    zx_time_t end;
    do {
      end = zx_clock_get_monotonic();
    } while (end < begin + ZX_MSEC(20));
    khz = (__builtin_ia32_rdtsc() - tsc) * 1000000 / (uint64_t)(end - begin);
  }
  return khz;
}

// --- Registers ----------------------------------------------------------------------

typedef struct read_row {
  uint32_t first, last;
  uint64_t value;
} read_row_t;

// Of APIC id 0; all others fault.
static const read_row_t readable[] = {
    {0x802, 0x802, 0},       {0x803, 0x803, 0x60015}, {0x808, 0x808, 0},
    {0x80d, 0x80d, 0},       {0x80f, 0x80f, 0xff},    {0x810, 0x827, 0},
    {0x828, 0x828, 0},       {0x82f, 0x82f, 0x10000}, {0x832, 0x832, 0x10000},
    {0x833, 0x833, 0x10000}, {0x834, 0x834, 0},       {0x835, 0x836, 0x10000}};

static void check_reads(const guest_fixture_t* f, uint32_t id) {
  char note[16];
  ztest_note = note;
  for (uint32_t msr = 0x800; msr <= 0x83f; msr++) {
    snprintf(note, sizeof(note), "%#x", msr);
    uint64_t value, fault = vx_rdmsr(f, msr, &value), want = 0, want_fault = GP_VECTOR;
    for (size_t i = 0; i < VX_COUNT_OF(readable); i++) {
      if (msr < readable[i].first || msr > readable[i].last) continue;
      want = msr == 0x802 ? id : readable[i].value;
      want_fault = 0;
    }
    EXPECT_EQ(fault, want_fault);
    EXPECT_EQ(value, want);
  }
  ztest_note = NULL;
}

// vx_rdmsr checks that RDX is 0.
TEST(vcpu_apic_read_every_register) {
  SERVER(f);
  check_reads(&f, 0);
  gf_tear_down(&f);
}

static void read_all(vx_thread_t* t) {
  guest_fixture_t* f = t->arg;
  if (!vx_boot(t)) return;
  guest_fixture_t mine = *f;
  mine.vcpu = t->vcpu;
  check_reads(&mine, 1);
}

TEST(vcpu_apic_read_every_register_secondary) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  vx_thread_t t = {.arg = &f};
  EXPECT_TRUE(vx_start(&t, f.guest, VX_AP_ENTRY, read_all));
  vx_go(&t);
  vx_join(&t);
  gf_tear_down(&f);
}

static bool is_writable(uint32_t msr) {
  static const uint32_t writable[] = {0x808, EOI,   0x80f, ESR,   0x82f, LVT_TIMER,    0x833, 0x834,
                                      0x835, 0x836, 0x837, INITIAL_COUNT, DIVIDE, SELF_IPI};
  for (size_t i = 0; i < VX_COUNT_OF(writable); i++) {
    if (msr == writable[i]) return true;
  }
  return false;
}

// Zero goes where anything goes; the upper half must be clear everywhere but
// in the ICR.
TEST(vcpu_apic_write_every_register) {
  SERVER(f);
  char note[16];
  ztest_note = note;
  for (uint32_t msr = 0x800; msr <= 0x83f; msr++) {
    if (msr == ICR) continue;
    snprintf(note, sizeof(note), "%#x", msr);
    EXPECT_EQ(vx_wrmsr(&f, msr, 0), is_writable(msr) ? 0 : GP_VECTOR);
    EXPECT_EQ(vx_wrmsr(&f, msr, 1ull << 32), GP_VECTOR);
    EXPECT_EQ(vx_wrmsr(&f, msr, 0xffffffffull << 32), GP_VECTOR);
  }
  EXPECT_EQ(vx_wrmsr(&f, EOI, 1), GP_VECTOR);
  EXPECT_EQ(vx_wrmsr(&f, ESR, 1), GP_VECTOR);
  // What is written there is ignored.
  static const uint32_t ignored[] = {0x808, 0x80f, 0x82f, 0x833, 0x834, 0x835, 0x836, 0x837};
  for (size_t i = 0; i < VX_COUNT_OF(ignored); i++) EXPECT_WRITE(&f, ignored[i], 0xfe);
  EXPECT_WRITE(&f, LVT_TIMER, MASKED);
  check_reads(&f, 0);
  ztest_note = NULL;
  gf_tear_down(&f);
}

TEST(vcpu_apic_timer_register_reads_back) {
  SERVER(f);
  static const uint32_t values[] = {MASKED | 0x55, PERIODIC | 0x56, DEADLINE_MODE | 0x57, 0x58,
                                    MASKED};
  uint64_t value;
  for (size_t i = 0; i < VX_COUNT_OF(values); i++) {
    EXPECT_WRITE(&f, LVT_TIMER, values[i]);
    EXPECT_EQ(vx_rdmsr(&f, LVT_TIMER, &value), 0);
    EXPECT_EQ(value, values[i]);
  }
  gf_tear_down(&f);
}

TEST(vcpu_apic_timer_reserved_mode_invalid_args) {
  SERVER(f);
  uint64_t value;
  EXPECT_WRITE(&f, LVT_TIMER, MASKED | 0x55);
  vx_wrmsr_fails(&f, LVT_TIMER, RESERVED_MODE | TIMER_VECTOR, ZX_ERR_INVALID_ARGS);
  vx_wrmsr_fails(&f, LVT_TIMER, MASKED | RESERVED_MODE, ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(vx_rdmsr(&f, LVT_TIMER, &value), 0);
  EXPECT_EQ(value, MASKED | 0x55);
  gf_tear_down(&f);
}

TEST(vcpu_apic_tsc_deadline_in_other_mode_invalid_args) {
  SERVER(f);
  vx_wrmsr_fails(&f, TSC_DEADLINE, 1, ZX_ERR_INVALID_ARGS);
  vx_wrmsr_fails(&f, TSC_DEADLINE, 0, ZX_ERR_INVALID_ARGS);
  EXPECT_WRITE(&f, LVT_TIMER, PERIODIC | TIMER_VECTOR);
  vx_wrmsr_fails(&f, TSC_DEADLINE, ~0ull, ZX_ERR_INVALID_ARGS);
  EXPECT_WRITE(&f, LVT_TIMER, DEADLINE_MODE | TIMER_VECTOR);
  EXPECT_WRITE(&f, TSC_DEADLINE, ~0ull);
  EXPECT_WRITE(&f, TSC_DEADLINE, 0);
  gf_tear_down(&f);
}

// --- The timer ------------------------------------------------------------------------

// Lets the guest halt or compute until the timer's handler stops it. Interrupts
// are off at all other times: however late the machine is, the handler runs here.
static void wait_timer(const guest_fixture_t* f, uint64_t operation) {
  vx_tell(f->vcpu, operation, NULL);
  RESUME_CLEAN_EXIT(f);
  EXPECT_EQ(gf_rax(f), TIMER_VECTOR);
  gf_poke64(f, vx_page(0) + VX_LEAVE, 1);
  RESUME_CLEAN_EXIT(f);
  gf_poke64(f, vx_page(0) + VX_LEAVE, 0);
  vx_simple(f, VX_CLI);
}

static void set_up_timer(const guest_fixture_t* f, uint32_t mode) {
  vx_set_handler(f, TIMER_VECTOR, VX_ON_EXIT);
  EXPECT_WRITE(f, DIVIDE, BY_1);
  EXPECT_WRITE(f, LVT_TIMER, mode | TIMER_VECTOR);
}

static void check_fires_after(const guest_fixture_t* f, uint64_t operation, uint64_t ticks,
                              bool deadline) {
  uint64_t before = __builtin_ia32_rdtsc();
  if (deadline) {
    zx_vcpu_state_t s = vx_simple(f, VX_RDTSC);
    EXPECT_WRITE(f, TSC_DEADLINE, s.rax + ticks);
  } else {
    EXPECT_WRITE(f, INITIAL_COUNT, ticks);
  }
  wait_timer(f, operation);
  uint64_t took = __builtin_ia32_rdtsc() - before;
  // The host's clocks may differ by a little.
  EXPECT_TRUE(took >= ticks - ticks / 100);
}

TEST(vcpu_apic_timer_one_shot_computing_and_halted) {
  SERVER(f);
  set_up_timer(&f, 0);
  for (int i = 0; i < 6; i++) {
    check_fires_after(&f, i % 2 ? VX_COMPUTE : VX_HLT_LOOP, 5 * tsc_khz(), false);
  }
  gf_tear_down(&f);
}

TEST(vcpu_apic_timer_tsc_deadline_computing_and_halted) {
  SERVER(f);
  set_up_timer(&f, DEADLINE_MODE);
  for (int i = 0; i < 6; i++) {
    check_fires_after(&f, i % 2 ? VX_COMPUTE : VX_HLT_LOOP, 5 * tsc_khz(), true);
  }
  gf_tear_down(&f);
}

// One that has passed fires at once; 0 disarms.
TEST(vcpu_apic_timer_tsc_deadline_passed_and_zero) {
  SERVER(f);
  vx_simple(&f, VX_STI);
  EXPECT_WRITE(&f, LVT_TIMER, DEADLINE_MODE | TIMER_VECTOR);
  EXPECT_WRITE(&f, TSC_DEADLINE, 1);
  vx_simple(&f, VX_STI);
  EXPECT_EQ(vx_count(&f, 0, TIMER_VECTOR), 1);
  zx_vcpu_state_t s = vx_simple(&f, VX_RDTSC);
  EXPECT_WRITE(&f, TSC_DEADLINE, s.rax + 5000 * tsc_khz());
  EXPECT_WRITE(&f, TSC_DEADLINE, 0);
  // Leaving the mode disarms too.
  EXPECT_WRITE(&f, TSC_DEADLINE, s.rax + 5000 * tsc_khz());
  EXPECT_WRITE(&f, LVT_TIMER, MASKED);
  EXPECT_WRITE(&f, LVT_TIMER, DEADLINE_MODE | TIMER_VECTOR);
  // A later deadline that fires shows that nothing else did.
  vx_simple(&f, VX_CLI);
  s = vx_simple(&f, VX_RDTSC);
  EXPECT_WRITE(&f, TSC_DEADLINE, s.rax + tsc_khz());
  vx_simple(&f, VX_STI_HLT);
  vx_simple(&f, VX_STI);
  EXPECT_EQ(vx_count(&f, 0, TIMER_VECTOR), 2);
  gf_tear_down(&f);
}

// It counts while the VCPU is stopped.
TEST(vcpu_apic_timer_fires_while_stopped) {
  SERVER(f);
  vx_simple(&f, VX_STI);
  EXPECT_WRITE(&f, DIVIDE, BY_1);
  EXPECT_WRITE(&f, LVT_TIMER, TIMER_VECTOR);
  uint64_t begin = __builtin_ia32_rdtsc();
  EXPECT_WRITE(&f, INITIAL_COUNT, 10 * tsc_khz());
  while (__builtin_ia32_rdtsc() - begin < 12 * tsc_khz()) zx_nanosleep(zx_deadline_after(ZX_MSEC(1)));
  vx_simple(&f, VX_STI);
  EXPECT_EQ(vx_count(&f, 0, TIMER_VECTOR), 1);
  gf_tear_down(&f);
}

typedef struct kicker {
  zx_handle_t vcpu;
  pid_t tid;
} kicker_t;

// Kicks a VCPU that has been halted for longer than any look at it takes.
static void* kick_halted(void* arg) {
  const kicker_t* k = arg;
  EXPECT_TRUE(vx_wait_asleep(k->tid));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(60)));
  EXPECT_OK(zx_vcpu_kick(k->vcpu));
  return NULL;
}

// A kick that ends a halt leaves the timer as it was, also for a guest that
// does not halt again.
TEST(vcpu_apic_timer_fires_after_kicked_halt) {
  SERVER(f);
  set_up_timer(&f, 0);
  EXPECT_WRITE(&f, INITIAL_COUNT, 1000 * tsc_khz());
  kicker_t k = {f.vcpu, (pid_t)syscall(SYS_gettid)};
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, kick_halted, &k), 0);
  vx_tell(f.vcpu, VX_HLT_LOOP, NULL);
  zx_port_packet_t packet;
  EXPECT_EQ(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_CANCELED);
  pthread_join(thread, NULL);
  gf_poke64(&f, vx_page(0) + VX_LEAVE, 1);
  RESUME_CLEAN_EXIT(&f);
  gf_poke64(&f, vx_page(0) + VX_LEAVE, 0);
  vx_simple(&f, VX_CLI);
  wait_timer(&f, VX_COMPUTE);
  gf_tear_down(&f);
}

typedef struct watch {
  const guest_fixture_t* f;
  uint64_t count;
} watch_t;

// Ends the boot VCPU's loop when its timer has fired often enough.
static void* watch_timer(void* arg) {
  const watch_t* w = arg;
  EXPECT_TRUE(vx_wait64(w->f, vx_page(0) + 8 * TIMER_VECTOR, w->count));
  gf_poke64(w->f, vx_page(0) + VX_LEAVE, 1);
  return NULL;
}

static void check_periodic(uint64_t operation) {
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  EXPECT_WRITE(&f, DIVIDE, BY_1);
  EXPECT_WRITE(&f, LVT_TIMER, PERIODIC | TIMER_VECTOR);
  watch_t w = {&f, 25};
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, watch_timer, &w), 0);
  uint64_t begin = __builtin_ia32_rdtsc();
  EXPECT_WRITE(&f, INITIAL_COUNT, 2 * tsc_khz());
  vx_simple(&f, VX_STI);
  vx_simple(&f, operation);
  uint64_t took = __builtin_ia32_rdtsc() - begin;
  pthread_join(thread, NULL);
  EXPECT_TRUE(took >= 25 * 2 * tsc_khz() * 99 / 100);
  // Zero disarms.
  EXPECT_WRITE(&f, INITIAL_COUNT, 0);
  vx_simple(&f, VX_STI);
  uint64_t fired = vx_count(&f, 0, TIMER_VECTOR);
  begin = __builtin_ia32_rdtsc();
  while (__builtin_ia32_rdtsc() - begin < 6 * tsc_khz()) vx_simple(&f, VX_STI);
  EXPECT_EQ(vx_count(&f, 0, TIMER_VECTOR), fired);
  gf_tear_down(&f);
}

TEST(vcpu_apic_timer_periodic_computing_guest) {
  REQUIRE_GUEST();
  check_periodic(VX_COMPUTE);
}

TEST(vcpu_apic_timer_periodic_halted_guest) {
  REQUIRE_GUEST();
  check_periodic(VX_HLT_LOOP);
}

// Masked, nothing comes; and it does not come later either.
TEST(vcpu_apic_timer_masked_is_silent) {
  SERVER(f);
  vx_simple(&f, VX_STI);
  EXPECT_WRITE(&f, DIVIDE, BY_1);
  static const uint32_t modes[] = {0, PERIODIC, DEADLINE_MODE};
  for (size_t i = 0; i < VX_COUNT_OF(modes); i++) {
    EXPECT_WRITE(&f, LVT_TIMER, modes[i] | MASKED | TIMER_VECTOR);
    if (modes[i] == DEADLINE_MODE) {
      EXPECT_WRITE(&f, TSC_DEADLINE, 1);
    } else {
      EXPECT_WRITE(&f, INITIAL_COUNT, tsc_khz() / 4);
    }
    uint64_t begin = __builtin_ia32_rdtsc();
    while (__builtin_ia32_rdtsc() - begin < 5 * tsc_khz()) vx_simple(&f, VX_STI);
    EXPECT_EQ(vx_count(&f, 0, TIMER_VECTOR), 0);
    EXPECT_WRITE(&f, INITIAL_COUNT, 0);
  }
  gf_tear_down(&f);
}

// A write to LVT timer or to the divisor starts the count again.
TEST(vcpu_apic_timer_divisor_of_every_value) {
  SERVER(f);
  static const struct {
    uint32_t value, divisor;
  } rows[] = {{0xb, 1}, {0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {0xa, 128}};
  set_up_timer(&f, 0);
  const uint64_t count = tsc_khz() / 2;
  for (size_t i = 0; i < VX_COUNT_OF(rows); i++) {
    uint64_t want = count * rows[i].divisor, took = 0;
    EXPECT_WRITE(&f, INITIAL_COUNT, 0);
    EXPECT_WRITE(&f, DIVIDE, rows[i].value);
    // The machine may be busy: a timer that is too slow is late each time.
    const uint64_t most = want + want / 2 + 3 * tsc_khz();
    const zx_time_t deadline = zx_deadline_after(ZX_SEC(10));
    do {
      uint64_t begin = __builtin_ia32_rdtsc();
      EXPECT_WRITE(&f, INITIAL_COUNT, count);
      wait_timer(&f, VX_HLT_LOOP);
      took = __builtin_ia32_rdtsc() - begin;
      EXPECT_TRUE(took >= want - want / 100);
    } while (took >= most && zx_clock_get_monotonic() < deadline);
    EXPECT_TRUE(took < most);
  }
  EXPECT_WRITE(&f, DIVIDE, BY_1);  // counts again from the initial count
  wait_timer(&f, VX_HLT_LOOP);
  EXPECT_WRITE(&f, LVT_TIMER, TIMER_VECTOR);
  wait_timer(&f, VX_HLT_LOOP);
  gf_tear_down(&f);
}

// The vector is pending as soon as the time has come, whatever becomes of the timer then.
TEST(vcpu_apic_timer_disarmed_after_its_time_has_fired) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up_code(&f, late_disarm_start, late_disarm_end));
  RESUME_CLEAN_EXIT(&f);
  zx_vcpu_state_t s;
  gf_read(&f, &s);
  s.rbx = tsc_khz() / 2;
  gf_write(&f, &s);
  for (uint64_t i = 1; i <= 50; i++) {
    RESUME_CLEAN_EXIT(&f);
    EXPECT_EQ(vx_count(&f, 0, TIMER_VECTOR), i);
  }
  gf_tear_down(&f);
}

// --- The time stamp counter ---------------------------------------------------------------

TEST(vcpu_tsc_is_that_of_the_host) {
  SERVER(f);
  for (int i = 0; i < 100; i++) {
    uint64_t before = __builtin_ia32_rdtsc();
    zx_vcpu_state_t s = vx_simple(&f, VX_RDTSC);
    uint64_t after = __builtin_ia32_rdtsc();
    if (!EXPECT_TRUE(s.rax >= before && s.rax <= after)) {
      printf("  guest %llu, host %llu to %llu\n", (unsigned long long)s.rax,
             (unsigned long long)before, (unsigned long long)after);
      break;
    }
  }
  gf_tear_down(&f);
}

ZTEST_MAIN

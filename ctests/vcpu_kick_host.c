// SPDX-License-Identifier: MIT
// Kicks and pauses of VCPUs on a host that refuses signals, in signal handlers, and while other
// threads change guest memory or close the VCPU (hypervisor.md, sections 3.5, 9 and 11.3).

#include "vcpu_fixture.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "objects.h"

// --- A host that refuses to send signals ------------------------------------------------------

// How many of the next signals to threads are refused, and how many were asked for.
static _Atomic long refused_signals;
static _Atomic long asked_signals;

// The library's system calls that have no function of their own go through here.
long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_tgkill) {
    asked_signals++;
    if (refused_signals > 0) {
      refused_signals--;
      errno = EPERM;
      return -1;
    }
  }
  register long r10 __asm__("r10") = a[3];
  register long r8 __asm__("r8") = a[4];
  register long r9 __asm__("r9") = a[5];
  long result = number;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  if (result >= 0 || result < -4095) return result;
  errno = (int)-result;
  return -1;
}

// --- A guest that computes ----------------------------------------------------------------------

// Counts turns in guest memory until it is kicked; a post of `go` for each run.
typedef struct computer {
  guest_fixture_t f;
  vx_thread_t t;
  sem_t ended;
  _Atomic uint32_t canceled;
  _Atomic uint32_t others;
  _Atomic bool over;
} computer_t;

static void compute(vx_thread_t* t) {
  computer_t* c = t->arg;
  if (!vx_boot(t)) return;
  vx_tell(t->vcpu, t->operation, NULL);
  while (!c->over) {
    vx_resume_once(t);
    if (t->status == ZX_ERR_CANCELED) {
      c->canceled++;
    } else {
      c->others++;
      EXPECT_OK(t->status);
      if (!EXPECT_TRUE(vx_is_clean_exit(t->status, &t->packet))) break;
      vx_tell(t->vcpu, t->operation, NULL);
    }
    sem_post(&c->ended);
  }
}

static bool computer_start(computer_t* c, uint64_t operation) {
  memset(c, 0, sizeof(*c));
  sem_init(&c->ended, 0, 0);
  if (!vx_set_up(&c->f)) return false;
  c->t.arg = c;
  c->t.operation = operation;
  if (!vx_start(&c->t, c->f.guest, VX_AP_ENTRY, compute)) return false;
  vx_go(&c->t);
  return vx_wait64(&c->f, vx_page(1) + VX_TURNS, 1);
}

static void computer_stop(computer_t* c) {
  c->over = true;
  EXPECT_OK(zx_vcpu_kick(c->t.vcpu));
  vx_join(&c->t);
  gf_tear_down(&c->f);
}

// Whether a run ends within ten seconds.
static bool run_ends(computer_t* c) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += 10;
  int waited;
  do {
    waited = sem_timedwait(&c->ended, &end);
  } while (waited != 0 && errno == EINTR);
  return waited == 0;
}

static bool turns_go_on(computer_t* c) {
  uint64_t turns = gf_peek64(&c->f, vx_page(1) + VX_TURNS);
  return vx_wait64(&c->f, vx_page(1) + VX_TURNS, turns + 2);
}

// Changes the memory in which the VCPUs run, to something else with every call: what is there is
// made anew, and all VCPUs leave the guest meanwhile.
static zx_status_t change_memory(zx_handle_t vmar, uint32_t number) {
  return zx_vmar_protect(vmar, number % 2 ? VX_RW : ZX_VM_PERM_READ, VMO_SIZE / 2, PAGE_BYTES);
}

// --- Limits and refusals -----------------------------------------------------------------------

// With no room for queued signals everything that reaches a running VCPU still does, and guests can
// be made.
TEST(vcpu_kick_without_room_for_queued_signals_ends_the_run) {
  REQUIRE_GUEST();
  struct rlimit before, none;
  ASSERT_EQ(getrlimit(RLIMIT_SIGPENDING, &before), 0);
  none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_SIGPENDING, &none), 0);
  computer_t c;
  if (EXPECT_TRUE(computer_start(&c, VX_COMPUTE))) {
    for (int i = 0; i < 20; i++) {
      EXPECT_OK(zx_vcpu_kick(c.t.vcpu));
      if (!EXPECT_TRUE(run_ends(&c))) break;
      EXPECT_TRUE(turns_go_on(&c));
      // A change of memory in use, which takes the VCPU out of the guest.
      EXPECT_OK(change_memory(c.f.vmar, (uint32_t)i));
      EXPECT_TRUE(turns_go_on(&c));
    }
    EXPECT_EQ(c.canceled, 20);
    computer_stop(&c);
  }
  EXPECT_EQ(setrlimit(RLIMIT_SIGPENDING, &before), 0);
}

// An interrupt of a running guest under the same limit.
TEST(vcpu_interrupt_without_room_for_queued_signals_is_delivered) {
  REQUIRE_GUEST();
  struct rlimit before, none;
  ASSERT_EQ(getrlimit(RLIMIT_SIGPENDING, &before), 0);
  none = before;
  none.rlim_cur = 0;
  computer_t c;
  ASSERT_TRUE(computer_start(&c, VX_COMPUTE));
  ASSERT_EQ(setrlimit(RLIMIT_SIGPENDING, &none), 0);
  for (uint64_t i = 1; i <= 20; i++) {
    EXPECT_OK(zx_vcpu_interrupt(c.t.vcpu, INTERRUPT_VECTOR));
    if (!EXPECT_TRUE(vx_wait64(&c.f, vx_page(1) + 8 * INTERRUPT_VECTOR, i))) break;
  }
  EXPECT_EQ(setrlimit(RLIMIT_SIGPENDING, &before), 0);
  computer_stop(&c);
}

// A signal that is refused is sent again, for kicks and for changes of memory.
TEST(vcpu_kick_refused_signals_are_sent_again) {
  REQUIRE_GUEST();
  computer_t c;
  ASSERT_TRUE(computer_start(&c, VX_COMPUTE));
  for (long refused = 1; refused <= 5; refused++) {
    asked_signals = 0;
    refused_signals = refused;
    EXPECT_OK(zx_vcpu_kick(c.t.vcpu));
    if (!EXPECT_TRUE(run_ends(&c))) break;
    EXPECT_TRUE(asked_signals > refused || refused_signals > 0);
    refused_signals = 0;
    EXPECT_TRUE(turns_go_on(&c));
    refused_signals = refused;
    EXPECT_OK(change_memory(c.f.vmar, (uint32_t)refused));
    refused_signals = 0;
    EXPECT_TRUE(turns_go_on(&c));
  }
  EXPECT_EQ(c.canceled, 5);
  computer_stop(&c);
}

// Where no signal can be sent at all, kicks say so, and what was asked for is not forgotten.
TEST(vcpu_kick_signals_refused_for_ever_internal) {
  REQUIRE_GUEST();
  computer_t c;
  ASSERT_TRUE(computer_start(&c, VX_COMPUTE));
  refused_signals = LONG_MAX;
  EXPECT_STATUS(zx_vcpu_kick(c.t.vcpu), ZX_ERR_INTERNAL);
  EXPECT_STATUS(zx_vcpu_interrupt(c.t.vcpu, INTERRUPT_VECTOR), ZX_ERR_INTERNAL);
  zx_handle_t other = ZX_HANDLE_INVALID;
  EXPECT_STATUS(zx_vcpu_create(c.f.guest, 0, GUEST_ENTRY, &other), ZX_ERR_BAD_STATE);
  refused_signals = 0;
  // The next request takes the earlier ones along.
  EXPECT_OK(zx_vcpu_interrupt(c.t.vcpu, INTERRUPT_VECTOR + 1));
  EXPECT_TRUE(run_ends(&c));
  EXPECT_EQ(c.canceled, 1);
  EXPECT_TRUE(vx_wait64(&c.f, vx_page(1) + 8 * INTERRUPT_VECTOR, 1));
  EXPECT_TRUE(vx_wait64(&c.f, vx_page(1) + 8 * (INTERRUPT_VECTOR + 1), 1));
  computer_stop(&c);
}

// A VCPU that could never be kicked is not made.
TEST(vcpu_create_signals_refused_access_denied) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, vx_server_start, vx_server_end));
  vx_prepare(&f);
  refused_signals = LONG_MAX;
  EXPECT_STATUS(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(f.vcpu, ZX_HANDLE_INVALID);
  refused_signals = 0;
  EXPECT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// The library takes its signal back from whoever handles or blocks it when a VCPU is made.
TEST(vcpu_create_takes_the_signal_back) {
  REQUIRE_GUEST();
  struct sigaction ignore, found;
  memset(&ignore, 0, sizeof(ignore));
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(sigaction(SIGSTKFLT, &ignore, NULL), 0);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGSTKFLT);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &blocked, NULL), 0);
  computer_t c;
  ASSERT_TRUE(computer_start(&c, VX_COMPUTE));
  EXPECT_OK(zx_vcpu_kick(c.t.vcpu));
  EXPECT_TRUE(run_ends(&c));
  computer_stop(&c);
  EXPECT_EQ(sigaction(SIGSTKFLT, NULL, &found), 0);
  EXPECT_TRUE(found.sa_handler != SIG_IGN && found.sa_handler != SIG_DFL);
}

// --- Signal handlers ----------------------------------------------------------------------------

static zx_handle_t handler_vcpu;
static _Atomic uint32_t handled;

static void kick_and_interrupt(int signal) {
  (void)signal;
  zx_status_t kicked = zx_vcpu_kick(handler_vcpu);
  zx_status_t interrupted = zx_vcpu_interrupt(handler_vcpu, INTERRUPT_VECTOR);
  if (kicked == ZX_OK && interrupted == ZX_OK) handled++;
}

// Kicks in a handler that interrupts other calls of the same thread at any point: kicks and
// interrupts, changes of guest memory, and calls that have nothing to do with guests.
TEST(vcpu_kick_in_signal_handler_while_the_thread_makes_calls) {
  REQUIRE_GUEST();
  computer_t c;
  ASSERT_TRUE(computer_start(&c, VX_COMPUTE));
  handler_vcpu = c.t.vcpu;
  handled = 0;
  // The thread that runs the VCPU is left alone.
  const struct sigaction action = {.sa_handler = kick_and_interrupt};
  ASSERT_EQ(sigaction(SIGUSR1, &action, NULL), 0);
  struct sigevent event;
  memset(&event, 0, sizeof(event));
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR1;
  event._sigev_un._tid = gettid();
  timer_t timer;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  const struct itimerspec often = {{0, 150000}, {0, 150000}};
  ASSERT_EQ(timer_settime(timer, 0, &often, NULL), 0);
  uint32_t rounds = 0;
  while (handled < 3000 && rounds < 3000000) {
    rounds++;
    zx_handle_t copy = ZX_HANDLE_INVALID;
    if (!EXPECT_OK(zx_vcpu_kick(c.t.vcpu))) break;
    if (!EXPECT_OK(zx_vcpu_interrupt(c.t.vcpu, INTERRUPT_VECTOR + 1))) break;
    if (!EXPECT_OK(zx_handle_duplicate(c.t.vcpu, ZX_RIGHT_SAME_RIGHTS, &copy))) break;
    if (!EXPECT_OK(zx_handle_close(copy))) break;
    if (rounds % 8 == 0 && !EXPECT_OK(change_memory(c.f.vmar, rounds / 8))) break;
  }
  const struct itimerspec never = {{0, 0}, {0, 0}};
  EXPECT_EQ(timer_settime(timer, 0, &never, NULL), 0);
  EXPECT_EQ(timer_delete(timer), 0);
  EXPECT_TRUE(handled >= 3000);
  EXPECT_TRUE(turns_go_on(&c));
  computer_stop(&c);
}

static _Atomic zx_handle_t changing_vcpu;
static _Atomic uint32_t kicked_in_time;

static void kick_whatever_is_there(int signal) {
  (void)signal;
  errno = 1234;
  if (zx_vcpu_kick(changing_vcpu) == ZX_OK) kicked_in_time++;
  zx_vcpu_interrupt(changing_vcpu, INTERRUPT_VECTOR);
  if (errno != 1234) EXPECT_EQ(errno, 1234);
}

typedef struct maker {
  pthread_t thread;
  zx_handle_t guest;
  _Atomic bool over;
  _Atomic uint32_t made;
} maker_t;

static void* make_and_close(void* argument) {
  maker_t* m = argument;
  while (!m->over) {
    zx_handle_t vcpu = ZX_HANDLE_INVALID;
    if (!EXPECT_OK(zx_vcpu_create(m->guest, 0, GUEST_ENTRY, &vcpu))) break;
    changing_vcpu = vcpu;
    sched_yield();
    if (!EXPECT_OK(zx_handle_close(vcpu))) break;
    m->made++;
  }
  return NULL;
}

// A handler whose kick is the last use of a VCPU does not end it: it may have interrupted malloc, or
// a call that has a lock.
TEST(vcpu_kick_in_signal_handler_while_the_vcpu_is_closed) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, vx_server_start, vx_server_end));
  vx_prepare(&f);
  maker_t maker;
  memset(&maker, 0, sizeof(maker));
  maker.guest = f.guest;
  const struct sigaction action = {.sa_handler = kick_whatever_is_there};
  ASSERT_EQ(sigaction(SIGUSR1, &action, NULL), 0);
  ASSERT_EQ(pthread_create(&maker.thread, NULL, make_and_close, &maker), 0);
  struct sigevent event;
  memset(&event, 0, sizeof(event));
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR1;
  event._sigev_un._tid = gettid();
  timer_t timer;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  const struct itimerspec often = {{0, 30000}, {0, 30000}};
  ASSERT_EQ(timer_settime(timer, 0, &often, NULL), 0);
  zx_time_t end = zx_deadline_after(ZX_SEC(3));
  while (zx_clock_get_monotonic() < end || maker.made < 20 || kicked_in_time == 0) {
    void* volatile memory = malloc(3000);
    free(memory);
    zx_handle_t made = ZX_HANDLE_INVALID;
    if (!EXPECT_OK(zx_event_create(0, &made)) || !EXPECT_OK(zx_handle_close(made))) break;
    if (zx_clock_get_monotonic() > end + ZX_SEC(30)) break;
  }
  const struct itimerspec never = {{0, 0}, {0, 0}};
  EXPECT_EQ(timer_settime(timer, 0, &never, NULL), 0);
  EXPECT_EQ(timer_delete(timer), 0);
  maker.over = true;
  pthread_join(maker.thread, NULL);
  EXPECT_TRUE(maker.made >= 20);
  EXPECT_TRUE(kicked_in_time > 0);
  gf_tear_down(&f);
}

// --- Signals that are on their way ----------------------------------------------------------------

typedef struct poker {
  pthread_t thread;
  zx_handle_t vcpu;
  _Atomic bool* over;
} poker_t;

static void* poke(void* argument) {
  poker_t* p = argument;
  for (uint32_t i = 0; !*p->over; i++) {
    EXPECT_OK(zx_vcpu_interrupt(p->vcpu, INTERRUPT_VECTOR));
    if (i % 16 == 0) EXPECT_OK(zx_vcpu_kick(p->vcpu));
  }
  return NULL;
}

// However many threads kick a VCPU, no system call that its thread makes between two runs is ever
// interrupted.
TEST(vcpu_kick_never_interrupts_the_programs_system_calls) {
  SERVER(f);
  vx_tell(f.vcpu, VX_NOTHING, NULL);
  _Atomic bool over = false;
  poker_t pokers[6];
  for (int i = 0; i < 6; i++) {
    pokers[i].vcpu = f.vcpu;
    pokers[i].over = &over;
    ASSERT_EQ(pthread_create(&pokers[i].thread, NULL, poke, &pokers[i]), 0);
  }
  uint32_t canceled = 0, exits = 0, interrupted = 0;
  zx_time_t end = zx_deadline_after(ZX_SEC(3));
  while (zx_clock_get_monotonic() < end) {
    zx_port_packet_t packet;
    zx_status_t status = zx_vcpu_resume(f.vcpu, &packet);
    if (status == ZX_ERR_CANCELED) {
      canceled++;
    } else {
      if (!EXPECT_TRUE(vx_is_clean_exit(status, &packet))) break;
      exits++;
      vx_tell(f.vcpu, VX_NOTHING, NULL);
    }
    if (poll(NULL, 0, (canceled + exits) % 64 == 0) != 0) interrupted++;
  }
  over = true;
  for (int i = 0; i < 6; i++) pthread_join(pokers[i].thread, NULL);
  EXPECT_TRUE(canceled > 10);
  EXPECT_TRUE(exits > 10);
  EXPECT_EQ(interrupted, 0);
  gf_tear_down(&f);
}

// --- Kicks and changes of guest memory --------------------------------------------------------------

typedef struct changer {
  pthread_t thread;
  zx_handle_t vmar;
  _Atomic bool over;
  _Atomic uint64_t changes;
  _Atomic zx_duration_t longest;
} changer_t;

// Without a moment between two changes.
static void* change(void* argument) {
  changer_t* c = argument;
  while (!c->over) {
    zx_time_t begin = zx_clock_get_monotonic();
    if (!EXPECT_OK(change_memory(c->vmar, (uint32_t)c->changes))) break;
    zx_duration_t took = zx_clock_get_monotonic() - begin;
    if (took > c->longest) c->longest = took;
    c->changes++;
  }
  return NULL;
}

static bool changer_start(changer_t* c, zx_handle_t vmar) {
  memset(c, 0, sizeof(*c));
  c->vmar = vmar;
  return EXPECT_EQ(pthread_create(&c->thread, NULL, change, c), 0);
}

static void changer_stop(changer_t* c) {
  c->over = true;
  pthread_join(c->thread, NULL);
}

// A kick ends the run within 2 ms and one change, however many changes follow each other. A thread
// that Linux keeps from running for that long says nothing about the library, so a few kicks may
// take longer; none may have to wait for the changes to end.
static void kick_among_changes(uint64_t operation) {
  enum { KICKS = 200 };
  computer_t c;
  changer_t changer;
  ASSERT_TRUE(computer_start(&c, operation));
  ASSERT_TRUE(changer_start(&changer, c.f.vmar));
  zx_duration_t bound = ZX_MSEC(2), worst = 0;
  int late = 0;
  for (int i = 0; i < KICKS; i++) {
    uint64_t changes = changer.changes;
    while (changer.changes == changes) sched_yield();
    zx_time_t begin = zx_clock_get_monotonic();
    if (!EXPECT_OK(zx_vcpu_kick(c.t.vcpu)) || !EXPECT_TRUE(run_ends(&c))) break;
    zx_duration_t took = zx_clock_get_monotonic() - begin;
    if (took > worst) worst = took;
    if (took > bound + changer.longest) late++;
  }
  changer_stop(&changer);
  EXPECT_TRUE(changer.changes > KICKS);
  EXPECT_TRUE(late <= KICKS / 10);
  EXPECT_TRUE(worst < ZX_SEC(1));
  EXPECT_EQ(c.canceled, KICKS);
  computer_stop(&c);
}

TEST(vcpu_kick_among_changes_of_memory_computing_guest_ends_the_run_soon) {
  REQUIRE_GUEST();
  kick_among_changes(VX_COMPUTE);
}

TEST(vcpu_kick_among_changes_of_memory_halted_guest_ends_the_run_soon) {
  REQUIRE_GUEST();
  kick_among_changes(VX_HLT_LOOP);
}

// The guest gets somewhere, too, and so does the thread that changes its memory.
TEST(vcpu_resume_among_changes_of_memory_guest_goes_on) {
  REQUIRE_GUEST();
  computer_t c;
  changer_t changer;
  ASSERT_TRUE(computer_start(&c, VX_COMPUTE));
  ASSERT_TRUE(changer_start(&changer, c.f.vmar));
  for (int i = 0; i < 20; i++) {
    uint64_t changes = changer.changes;
    if (!EXPECT_TRUE(turns_go_on(&c))) break;
    while (changer.changes < changes + 2) sched_yield();
  }
  changer_stop(&changer);
  EXPECT_EQ(c.canceled, 0);
  computer_stop(&c);
}

// A VCPU that is made while another thread changes the memory with its code finds it all the same.
TEST(vcpu_create_among_changes_of_memory_runs) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  EXPECT_OK(zx_handle_close(f.vcpu));
  changer_t changer;
  ASSERT_TRUE(changer_start(&changer, f.vmar));
  zx_time_t end = zx_deadline_after(ZX_SEC(3));
  int runs = 0;
  while (zx_clock_get_monotonic() < end || runs < 50) {
    f.vcpu = ZX_HANDLE_INVALID;
    if (!EXPECT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu))) break;
    if (!EXPECT_TRUE(gf_resume_clean_exit(&f))) break;
    EXPECT_OK(zx_handle_close(f.vcpu));
    f.vcpu = ZX_HANDLE_INVALID;
    runs++;
  }
  changer_stop(&changer);
  EXPECT_TRUE(changer.changes > 10);
  gf_tear_down(&f);
}

// --- Calls on a VCPU whose last handle has gone ---------------------------------------------------

typedef struct user {
  pthread_t thread;
  _Atomic zx_handle_t* vcpu;
  _Atomic bool* over;
  uint32_t seed;
} user_t;

// All that another thread can do with a VCPU.
static void* use(void* argument) {
  user_t* u = argument;
  for (uint32_t i = u->seed; !*u->over; i++) {
    zx_handle_t vcpu = *u->vcpu;
    zx_vcpu_state_t s;
    zx_info_handle_basic_t info;
    switch (i % 4) {
      case 0: zx_vcpu_kick(vcpu); break;
      case 1: zx_vcpu_interrupt(vcpu, INTERRUPT_VECTOR); break;
      case 2: zx_vcpu_read_state(vcpu, ZX_VCPU_STATE, &s, sizeof(s)); break;
      default: zx_object_get_info(vcpu, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL);
    }
  }
  return NULL;
}

// A thread may make its next VCPU as soon as the last handle of the one before is closed, whatever
// calls are still on their way.
TEST(vcpu_create_after_close_waits_for_calls_of_other_threads) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, vx_server_start, vx_server_end));
  _Atomic zx_handle_t vcpu = ZX_HANDLE_INVALID;
  _Atomic bool over = false;
  user_t users[4];
  for (uint32_t i = 0; i < 4; i++) {
    users[i].vcpu = &vcpu;
    users[i].over = &over;
    users[i].seed = i;
    ASSERT_EQ(pthread_create(&users[i].thread, NULL, use, &users[i]), 0);
  }
  int made = 0;
  zx_time_t end = zx_deadline_after(ZX_SEC(3));
  while (zx_clock_get_monotonic() < end || made < 100) {
    zx_handle_t fresh = ZX_HANDLE_INVALID;
    if (!EXPECT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &fresh))) break;
    vcpu = fresh;
    made++;
    if (made % 3 == 0) sched_yield();
    EXPECT_OK(zx_handle_close(fresh));
  }
  over = true;
  for (int i = 0; i < 4; i++) pthread_join(users[i].thread, NULL);
  gf_tear_down(&f);
}

// As long as there is a handle, even one in a message that nobody has read, the thread has its VCPU.
TEST(vcpu_create_while_a_handle_is_in_a_message_bad_state) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(vx_set_up(&f));
  zx_handle_t one, two, other;
  ASSERT_OK(zx_channel_create(0, &one, &two));
  ASSERT_OK(zx_channel_write(one, 0, NULL, 0, &f.vcpu, 1));
  EXPECT_STATUS(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &other), ZX_ERR_BAD_STATE);
  uint32_t bytes, handles;
  ASSERT_OK(zx_channel_read(two, 0, NULL, &f.vcpu, 0, 1, &bytes, &handles));
  EXPECT_STATUS(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &other), ZX_ERR_BAD_STATE);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_handle_close(f.vcpu));
  EXPECT_OK(zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &f.vcpu));
  EXPECT_OK(zx_handle_close(one));
  EXPECT_OK(zx_handle_close(two));
  gf_tear_down(&f);
}

ZTEST_MAIN

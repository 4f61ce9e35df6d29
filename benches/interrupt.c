// SPDX-License-Identifier: MIT
// Getting a VCPU's attention from another thread, against the least that the
// kernel lets anybody do.
//
// interrupt_halted: zx_vcpu_interrupt to a halted VCPU until the packet of its
// handler's store is back, against a pthread-condvar wake-up and back, plus a
// bare KVM_RUN exit.
// kick_running: zx_vcpu_kick of a computing VCPU until zx_vcpu_resume is back,
// against pthread_kill until a bare KVM_RUN is back.
//
//   NAME  LIBZX_NS  REFERENCE_NS  RATIO

#include "bench.h"

#include "guest.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#define TURNS_PER_ROUND 300
#define VECTOR 0x40u
#define COUNTER 0x5000u

// Begins with its tables, made by fill_tables, in use.
GUEST_CODE(halting,
           "lgdt 0x6040\n lidt 0x6050\n movq $0x5000, %rsp\n pushq $0x10\n pushq $0x3140\n lretq\n"
           ".org halting_start + 0x100\n 1: sti\n hlt\n jmp 1b\n"
           ".org halting_start + 0x200\n movl %eax, 0x400000\n iretq");
GUEST_CODE(computing, "1: incq 0x5000\njmp 1b");
GUEST_CODE(storing, "1: movl %eax, 0x400000\njmp 1b");

static void fill_tables(uint8_t* memory) {
  uint64_t* gdt = (uint64_t*)(memory + 0x6000);
  gdt[2] = 0x00af9a000000ffff;
  gdt[8] = 0x3f | 0x6000u << 16;
  gdt[10] = 0xfff | 0x7000u << 16;
  *(uint64_t*)(memory + 0x7000 + 16 * VECTOR) =
      (GUEST_ENTRY + 0x200) | 0x10u << 16 | (uint64_t)0x8e00 << 32;
}

// --- The two sides -------------------------------------------------------------------

// A VCPU on a thread of its own, of libzx or bare.
typedef struct side {
  const char *start, *end;
  bool kick;
  machine_t machine;
  bare_t bare;
  pthread_t thread;
  pid_t tid;
  atomic_uint back;  // how often the thread has been back
  atomic_bool ready, end_now;
  atomic_bool active;  // a computing guest runs only while it is measured
  pthread_mutex_t lock;
  pthread_cond_t wake, done;
  uint64_t wanted, got;
  volatile uint64_t* counter;
  bool missing;
} side_t;

// Spins: the time until the other thread has seen it is no part of either side.
static void await_back(side_t* s, unsigned count) {
  while (atomic_load_explicit(&s->back, memory_order_acquire) < count) __builtin_ia32_pause();
}

static void await_active(side_t* s) {
  while (s->kick && !atomic_load(&s->active) && !atomic_load(&s->end_now)) usleep(200);
}

static void set_up(side_t* s, uint8_t* memory) {
  fill_tables(memory);
  s->counter = (uint64_t*)(memory + COUNTER);
}

static void* libzx_thread(void* arg) {
  side_t* s = arg;
  s->tid = gettid();
  s->missing = !machine_make(&s->machine, s->start, s->end);
  if (!s->missing) set_up(s, s->machine.memory);
  atomic_store(&s->ready, true);
  if (s->missing) return NULL;
  zx_port_packet_t packet;
  for (await_active(s); !atomic_load(&s->end_now); await_active(s)) {
    zx_status_t status = zx_vcpu_resume(s->machine.vcpu, &packet);
    if (status != (s->kick ? ZX_ERR_CANCELED : ZX_OK) && status != ZX_ERR_CANCELED) {
      bench_check(status, "zx_vcpu_resume");
    }
    atomic_fetch_add_explicit(&s->back, 1, memory_order_release);
  }
  machine_drop(&s->machine);
  return NULL;
}

// With pthread_kill: runs until it is interrupted. With a condvar: waits for a
// turn and takes one exit.
static void* bare_thread(void* arg) {
  side_t* s = arg;
  s->tid = gettid();
  bare_make(&s->bare, s->start, s->end);
  set_up(s, s->bare.memory);
  atomic_store(&s->ready, true);
  for (await_active(s); !atomic_load(&s->end_now); await_active(s)) {
    if (s->kick) {
      if (ioctl(s->bare.vcpu, KVM_RUN, 0) == 0 || errno != EINTR) abort();
    } else {
      pthread_mutex_lock(&s->lock);
      while (s->got == s->wanted && !atomic_load(&s->end_now)) {
        pthread_cond_wait(&s->wake, &s->lock);
      }
      s->got = s->wanted;
      pthread_mutex_unlock(&s->lock);
      MUST(ioctl(s->bare.vcpu, KVM_RUN, 0));
    }
    atomic_fetch_add_explicit(&s->back, 1, memory_order_release);
  }
  bare_drop(&s->bare);
  return NULL;
}

// Which processor a thread gets decides more than all that is measured: the
// two threads of a turn always have one each.
static void pin(pthread_t thread, int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(thread, sizeof(set), &set);
}

static void start(side_t* s, void* (*body)(void*)) {
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->wake, NULL);
  if (pthread_create(&s->thread, NULL, body, s) != 0) abort();
  pin(s->thread, 1);
  while (!atomic_load(&s->ready)) usleep(1000);
}

// Whether the thread sleeps in the kernel, as /proc tells.
static bool asleep(pid_t tid) {
  char path[64], text[512];
  snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
  int fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
  ssize_t got = MUST(read(fd, text, sizeof(text) - 1));
  close(fd);
  text[got] = '\0';
  const char* name_end = strrchr(text, ')');
  return name_end && name_end[2] == 'S';
}

// Before each turn the other thread has to be where it is to be woken: halted,
// in the guest or on the condvar. Neither side's time includes the wait.
static void settle(side_t* s) {
  if (s->kick) {
    uint64_t turns = *s->counter;
    while (*s->counter < turns + 2) __builtin_ia32_pause();
  } else {
    while (!asleep(s->tid)) sched_yield();
  }
}

static void libzx_turn(side_t* s) {
  if (s->kick) {
    CHECK(zx_vcpu_kick(s->machine.vcpu));
  } else {
    CHECK(zx_vcpu_interrupt(s->machine.vcpu, VECTOR));
  }
}

static void bare_turn(side_t* s) {
  if (s->kick) {
    if (pthread_kill(s->thread, SIGUSR1) != 0) abort();
  } else {
    pthread_mutex_lock(&s->lock);
    s->wanted++;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
  }
}

// Median of the turns, in nanoseconds.
static double measure(side_t* s, void (*turn)(side_t*)) {
  static double times[TURNS_PER_ROUND];
  atomic_store(&s->active, true);
  for (int i = 0; i < TURNS_PER_ROUND; i++) {
    settle(s);
    if (i == TURNS_PER_ROUND - 1) atomic_store(&s->active, false);
    unsigned before = atomic_load(&s->back);
    uint64_t begin = bench_now();
    turn(s);
    await_back(s, before + 1);
    times[i] = (double)(bench_now() - begin);
  }
  return bench_median(times, TURNS_PER_ROUND);
}

static bool compare(const char* name, side_t* libzx, side_t* bare) {
  start(libzx, libzx_thread);
  if (libzx->missing) return false;
  start(bare, bare_thread);
  double a[BENCH_ROUNDS], b[BENCH_ROUNDS], ratio[BENCH_ROUNDS];
  for (int round = -1; round < BENCH_ROUNDS; round++) {
    double x = measure(libzx, libzx_turn);
    double y = measure(bare, bare_turn);
    if (round < 0) continue;
    a[round] = x;
    b[round] = y;
    ratio[round] = x / y;
  }
  printf("%-36s %10.1f %10.1f %7.3f\n", name, bench_median(a, BENCH_ROUNDS),
         bench_median(b, BENCH_ROUNDS), bench_median(ratio, BENCH_ROUNDS));
  fflush(stdout);
  atomic_store(&libzx->end_now, true);
  atomic_store(&bare->end_now, true);
  CHECK(zx_vcpu_kick(libzx->machine.vcpu));
  bare_turn(bare);
  pthread_join(libzx->thread, NULL);
  pthread_join(bare->thread, NULL);
  return true;
}

static void nothing(int number) { (void)number; }

int main(void) {
  pin(pthread_self(), 0);
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = nothing;
  sigaction(SIGUSR1, &action, NULL);
  static side_t halted, condvar;
  halted = (side_t){.start = halting_start, .end = halting_end};
  condvar = (side_t){.start = storing_start, .end = storing_end};
  if (!compare("interrupt_halted", &halted, &condvar)) return 0;
  static side_t running, signalled;
  running = (side_t){.start = computing_start, .end = computing_end, .kick = true};
  signalled = running;
  compare("kick_running", &running, &signalled);
  return 0;
}

// SPDX-License-Identifier: MIT
// Round trips through zx_vcpu_resume, against a bare KVM_RUN loop over the same
// guest code, and the system calls that one takes.
//
//   NAME  LIBZX_NS  REFERENCE_NS  RATIO
//   NAME.syscalls  KVM_RUN_PER_RESUME  OTHER_PER_RESUME
//
// The system calls are counted, not assumed: each case also runs in a child
// that is traced with ptrace.

#include "bench.h"

#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define EXITS_PER_ROUND 2000
#define EXITS_TRACED 500

// --- The guests: one endless loop each -----------------------------------------

GUEST_CODE(pio_out, "1: outb %al, $0x11\njmp 1b");
GUEST_CODE(pio_in, "1: inb $0x11, %al\njmp 1b");
GUEST_CODE(mmio_write, "1: movl %eax, 0x400000\njmp 1b");
GUEST_CODE(mmio_read, "1: movl 0x400000, %eax\njmp 1b");

// --- libzx -----------------------------------------------------------------------

static void zx_plain(void* context, uint64_t count) {
  const machine_t* m = context;
  zx_port_packet_t packet;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_vcpu_resume(m->vcpu, &packet));
  }
}

static void zx_answer_io(void* context, uint64_t count) {
  const machine_t* m = context;
  zx_port_packet_t packet;
  zx_vcpu_io_t io = {.access_size = 1};
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_vcpu_resume(m->vcpu, &packet));
    io.u8 = (uint8_t)i;
    CHECK(zx_vcpu_write_state(m->vcpu, ZX_VCPU_IO, &io, sizeof(io)));
  }
}

static void zx_read_state(void* context, uint64_t count) {
  const machine_t* m = context;
  zx_port_packet_t packet;
  zx_vcpu_state_t state;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_vcpu_resume(m->vcpu, &packet));
    CHECK(zx_vcpu_read_state(m->vcpu, ZX_VCPU_STATE, &state, sizeof(state)));
  }
}

static void zx_read_write_state(void* context, uint64_t count) {
  const machine_t* m = context;
  zx_port_packet_t packet;
  zx_vcpu_state_t state;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_vcpu_resume(m->vcpu, &packet));
    CHECK(zx_vcpu_read_state(m->vcpu, ZX_VCPU_STATE, &state, sizeof(state)));
    state.rax = i;
    CHECK(zx_vcpu_write_state(m->vcpu, ZX_VCPU_STATE, &state, sizeof(state)));
  }
}

// --- Bare KVM -----------------------------------------------------------------------

typedef struct bare_case {
  bare_t machine;
  uint32_t reason;  // of every exit
} bare_case_t;

static void bare_loop(void* context, uint64_t count) {
  bare_case_t* b = context;
  struct kvm_run* run = b->machine.run;
  for (uint64_t i = 0; i < count; i++) {
    MUST(ioctl(b->machine.vcpu, KVM_RUN, 0));
    if (run->exit_reason != b->reason) {
      fprintf(stderr, "bench: unexpected exit %u\n", run->exit_reason);
      exit(1);
    }
    if (run->exit_reason == KVM_EXIT_IO) {
      if (run->io.direction == KVM_EXIT_IO_IN) {
        *((uint8_t*)run + run->io.data_offset) = (uint8_t)i;
      }
    } else if (!run->mmio.is_write) {
      memcpy(run->mmio.data, &i, sizeof(run->mmio.data));
    }
  }
}

// --- System calls --------------------------------------------------------------------

#define MARK 9999  // no system call has this number

// How many threads the process has: each is a folder in this one.
static int threads(void) {
  struct stat folder;
  return stat("/proc/self/task", &folder) == 0 ? (int)folder.st_nlink - 2 : 1;
}

// In the child: runs one case between two marks, once the threads that only
// helped to set up are gone.
static void traced_child(bench_loop_t loop, const char* start, const char* end) {
  ptrace(PTRACE_TRACEME, 0, NULL, NULL);
  raise(SIGSTOP);
  machine_t m;
  if (!machine_make(&m, start, end)) _exit(77);
  loop(&m, 100);
  for (int i = 0; i < 10000 && threads() > 1; i++) sched_yield();
  syscall(MARK);
  loop(&m, EXITS_TRACED);
  syscall(MARK);
  _exit(0);
}

static void count_syscalls(const char* name, bench_loop_t loop, const char* start,
                           const char* end) {
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    exit(1);
  }
  if (child == 0) traced_child(loop, start, end);
  int status;
  waitpid(child, &status, 0);
  ptrace(PTRACE_SETOPTIONS, child, NULL,
         PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
  ptrace(PTRACE_SYSCALL, child, NULL, NULL);

  // All threads of the child count.
  uint64_t runs = 0, others = 0;
  static uint64_t by_number[512];
  memset(by_number, 0, sizeof(by_number));
  int marks = 0;
  for (;;) {
    pid_t who = waitpid(-1, &status, __WALL);
    if (who < 0) break;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (who == child) break;
      continue;
    }
    int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
      signal = 0;
      struct __ptrace_syscall_info info;
      ptrace(PTRACE_GET_SYSCALL_INFO, who, sizeof(info), &info);
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        uint64_t number = info.entry.nr;
        if (number == MARK) {
          marks++;
        } else if (marks == 1 && number == SYS_ioctl && info.entry.args[1] == KVM_RUN) {
          runs++;
        } else if (marks == 1) {
          others++;
          by_number[number % 512]++;
        }
      }
    } else if (signal == SIGTRAP || signal == SIGSTOP) {
      signal = 0;  // a new thread
    }
    ptrace(PTRACE_SYSCALL, who, NULL, (void*)(intptr_t)signal);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) return;  // no KVM
  if (marks != 2) {
    printf("# %s.syscalls: the traced child failed (status %#x)\n", name, (unsigned)status);
    return;
  }
  char line[64];
  snprintf(line, sizeof(line), "%s.syscalls", name);
  printf("%-36s %10.3f %10.3f\n", line, (double)runs / EXITS_TRACED,
         (double)others / EXITS_TRACED);
  for (int i = 0; i < 512; i++) {
    if (by_number[i] != 0) {
      printf("# %s: system call %d: %.3f per resume\n", name, i,
             (double)by_number[i] / EXITS_TRACED);
    }
  }
}

// --- All cases ---------------------------------------------------------------------------

static const struct {
  const char* name;
  const char* start;
  const char* end;
  bench_loop_t loop;
  uint32_t reason;
} cases[] = {
    {"pio_out", pio_out_start, pio_out_end, zx_plain, KVM_EXIT_IO},
    {"pio_out_read_write_state", pio_out_start, pio_out_end, zx_read_write_state, KVM_EXIT_IO},
    {"pio_in", pio_in_start, pio_in_end, zx_answer_io, KVM_EXIT_IO},
    {"mmio_write", mmio_write_start, mmio_write_end, zx_plain, KVM_EXIT_MMIO},
    {"mmio_write_read_state", mmio_write_start, mmio_write_end, zx_read_state, KVM_EXIT_MMIO},
    {"mmio_write_read_write_state", mmio_write_start, mmio_write_end, zx_read_write_state,
     KVM_EXIT_MMIO},
    {"mmio_read", mmio_read_start, mmio_read_end, zx_read_write_state, KVM_EXIT_MMIO},
};

int main(void) {
  // Children first: a process that has used KVM should not fork.
  size_t count = sizeof(cases) / sizeof(cases[0]);
  for (size_t i = 0; i < count; i++) {
    count_syscalls(cases[i].name, cases[i].loop, cases[i].start, cases[i].end);
  }
  for (size_t i = 0; i < count; i++) {
    machine_t m;
    if (!machine_make(&m, cases[i].start, cases[i].end)) return 0;
    bare_case_t b = {.reason = cases[i].reason};
    bare_make(&b.machine, cases[i].start, cases[i].end);
    bench_against(cases[i].name, cases[i].loop, &m, bare_loop, &b, EXITS_PER_ROUND);
    bare_drop(&b.machine);
    machine_drop(&m);
  }
  return 0;
}

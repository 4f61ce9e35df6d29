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

#include <errno.h>
#include <fcntl.h>
#include <libzx.h>
#include <linux/kvm.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/hypervisor.h>
#include <zircon/syscalls/port.h>

#define EXITS_PER_ROUND 2000
#define EXITS_TRACED 500
#define MEMORY_BYTES 0x200000u
#define ENTRY 0x3040u  // not at the beginning of a page
#define DEVICE 0x400000u
#define PORT 0x11u

// --- The guests: one endless loop each -----------------------------------------

#define GUEST_LOOP(name, text)                                                             \
  extern const char name##_start[], name##_end[];                                          \
  __asm__(".pushsection .rodata\n" #name "_start:\n1: " text "\njmp 1b\n" #name "_end:\n" \
          ".popsection\n")

GUEST_LOOP(pio_out, "outb %al, $0x11");
GUEST_LOOP(pio_in, "inb $0x11, %al");
GUEST_LOOP(mmio_write, "movl %eax, 0x400000");
GUEST_LOOP(mmio_read, "movl 0x400000, %eax");

// Page tables at 0, as a VCPU expects them: 2-MiB pages over the first GiB.
static void fill_memory(uint8_t* memory, const char* start, const char* end) {
  *(uint64_t*)memory = 0x1000 | 7;
  *(uint64_t*)(memory + 0x1000) = 0x2000 | 7;
  for (uint64_t i = 0; i < 512; i++) {
    ((uint64_t*)(memory + 0x2000))[i] = i << 21 | 0x87;
  }
  memcpy(memory + ENTRY, start, (size_t)(end - start));
}

// --- libzx -----------------------------------------------------------------------

typedef struct machine {
  zx_handle_t guest, vmar, vcpu;
} machine_t;

// False without KVM.
static bool machine_make(machine_t* m, const char* start, const char* end) {
  zx_handle_t resource, vmo;
  CHECK(libzx_get_hypervisor_resource(&resource));
  zx_status_t status = zx_guest_create(resource, 0, &m->guest, &m->vmar);
  zx_handle_close(resource);
  if (status == ZX_ERR_NOT_SUPPORTED) return false;
  bench_check(status, "zx_guest_create");
  zx_vaddr_t host, gpa;
  CHECK(zx_vmo_create(MEMORY_BYTES, 0, &vmo));
  CHECK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0,
                    MEMORY_BYTES, &host));
  fill_memory((uint8_t*)host, start, end);
  CHECK(zx_vmar_unmap(zx_vmar_root_self(), host, MEMORY_BYTES));
  CHECK(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &vmo));
  CHECK(zx_vmar_map(m->vmar,
                    ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE | ZX_VM_SPECIFIC, 0,
                    vmo, 0, MEMORY_BYTES, &gpa));
  CHECK(zx_handle_close(vmo));
  CHECK(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_MEM, DEVICE, 0x1000, 0, 1));
  CHECK(zx_guest_set_trap(m->guest, ZX_GUEST_TRAP_IO, PORT, 1, 0, 2));
  CHECK(zx_vcpu_create(m->guest, 0, ENTRY, &m->vcpu));
  return true;
}

static void machine_drop(machine_t* m) {
  CHECK(zx_handle_close(m->vcpu));
  CHECK(zx_handle_close(m->guest));
  CHECK(zx_handle_close(m->vmar));
}

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

typedef struct bare {
  int vm, vcpu;
  struct kvm_run* run;
  size_t run_bytes;
  void* memory;
  uint32_t reason;  // of every exit
} bare_t;

static int must(int result, const char* what) {
  if (result < 0) {
    perror(what);
    exit(1);
  }
  return result;
}

#define MUST(call) must((int)(call), #call)

static void bare_make(bare_t* b, const char* start, const char* end) {
  int kvm = MUST(open("/dev/kvm", O_RDWR | O_CLOEXEC));
  b->vm = MUST(ioctl(kvm, KVM_CREATE_VM, 0));
  b->memory =
      mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (b->memory == MAP_FAILED) abort();
  fill_memory(b->memory, start, end);
  struct kvm_userspace_memory_region region = {.memory_size = MEMORY_BYTES,
                                               .userspace_addr = (uintptr_t)b->memory};
  MUST(ioctl(b->vm, KVM_SET_USER_MEMORY_REGION, &region));
  b->vcpu = MUST(ioctl(b->vm, KVM_CREATE_VCPU, 0));
  b->run_bytes = (size_t)MUST(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
  b->run = mmap(NULL, b->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, b->vcpu, 0);
  if (b->run == MAP_FAILED) abort();

  struct {
    struct kvm_cpuid2 head;
    struct kvm_cpuid_entry2 entries[256];
  } cpuid;
  memset(&cpuid, 0, sizeof(cpuid));
  cpuid.head.nent = 256;
  MUST(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid));
  MUST(ioctl(b->vcpu, KVM_SET_CPUID2, &cpuid));
  struct kvm_sregs sregs;
  MUST(ioctl(b->vcpu, KVM_GET_SREGS, &sregs));
  sregs.cr0 = 0xc0000011;
  sregs.cr3 = 0;
  sregs.cr4 = 0x20;
  sregs.efer = 0xd01;
  sregs.cs = (struct kvm_segment){.limit = 0xffff, .type = 11, .present = 1, .s = 1, .l = 1};
  sregs.ss = (struct kvm_segment){.limit = 0xffff, .type = 3, .present = 1, .s = 1};
  sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss;
  sregs.tr = (struct kvm_segment){.limit = 0xffff, .type = 11, .present = 1};
  MUST(ioctl(b->vcpu, KVM_SET_SREGS, &sregs));
  struct kvm_regs regs = {.rip = ENTRY, .rflags = 2};
  MUST(ioctl(b->vcpu, KVM_SET_REGS, &regs));
  close(kvm);
}

static void bare_drop(bare_t* b) {
  munmap(b->run, b->run_bytes);
  close(b->vcpu);
  close(b->vm);
  munmap(b->memory, MEMORY_BYTES);
}

static void bare_loop(void* context, uint64_t count) {
  bare_t* b = context;
  struct kvm_run* run = b->run;
  for (uint64_t i = 0; i < count; i++) {
    MUST(ioctl(b->vcpu, KVM_RUN, 0));
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
    if (!machine_make(&m, cases[i].start, cases[i].end)) {
      printf("# KVM not available: zx_guest_create says ZX_ERR_NOT_SUPPORTED\n");
      return 0;
    }
    bare_t b = {.reason = cases[i].reason};
    bare_make(&b, cases[i].start, cases[i].end);
    bench_against(cases[i].name, cases[i].loop, &m, bare_loop, &b, EXITS_PER_ROUND);
    bare_drop(&b);
    machine_drop(&m);
  }
  return 0;
}

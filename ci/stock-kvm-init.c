// SPDX-License-Identifier: MIT
// The first process of the machine that ci/stock-kvm.sh boots: loads the modules that the kernel's
// command line names (zx.modules=a,b,c), sees that KVM pages guests in hardware, runs what
// zx.run=x,y,z names, and powers off. What it prints goes to the serial line; the script reads it
// there. To the second line goes what is being done, and every few seconds a sign of life.

#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define KLOG_READ_ALL 3
#define KLOG_CONSOLE_LEVEL 8
#define EXAMPLE_SECONDS 60
#define BENCH_SECONDS 120
#define RUST_SECONDS 240
#define BEAT_SECONDS 5
#define MAX_NAMES 100

static bool failed;
static int progress;  // the second serial line

__attribute__((format(printf, 2, 3))) static void outcome(bool good, const char* format, ...) {
  va_list args;
  va_start(args, format);
  printf("%s ", good ? "PASS" : "FAIL");
  vprintf(format, args);
  printf("\n");
  va_end(args);
  failed |= !good;
}

static void mount_at(const char* type, const char* place) {
  mkdir(place, 0755);
  if (mount(type, place, type, 0, NULL) != 0) {
    outcome(false, "machine: mounting %s: %s", place, strerror(errno));
  }
}

// The start of a file, up to the end of its first line; empty if there is none.
static const char* first_line(const char* path) {
  static char text[4096];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
  if (fd >= 0) close(fd);
  text[size < 0 ? 0 : size] = '\0';
  text[strcspn(text, "\n")] = '\0';
  return text;
}

// What a parameter of the kernel's command line lists, for good.
static char* listed(const char* parameter) {
  char* list = strstr(strdup(first_line("/proc/cmdline")), parameter);
  if (!list) {
    outcome(false, "machine: no %s on the command line", parameter);
    return NULL;
  }
  list += strlen(parameter);
  list[strcspn(list, " ")] = '\0';
  return list;
}

static void load_modules(void) {
  char* list = listed("zx.modules=");
  for (char* name; (name = strsep(&list, ","));) {
    char path[256];
    snprintf(path, sizeof(path), "/modules/%s.ko", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)) {
      outcome(false, "machine: loading %s: %s", name, strerror(errno));
    }
    if (fd >= 0) close(fd);
  }
}

static void check_kvm(void) {
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  int version = kvm < 0 ? -1 : ioctl(kvm, KVM_GET_API_VERSION, 0);
  if (version != KVM_API_VERSION) outcome(false, "machine: /dev/kvm: %s", strerror(errno));
  if (kvm >= 0) close(kvm);
  // An entry that the processor refuses leaves its state in the kernel's log.
  int dump = open("/sys/module/kvm_amd/parameters/dump_invalid_vmcb", O_WRONLY | O_CLOEXEC);
  if (dump < 0 || write(dump, "Y", 1) != 1) printf("stock-kvm: no dumps of refused entries\n");
  if (dump >= 0) close(dump);
  char paging = first_line("/sys/module/kvm_amd/parameters/npt")[0];
  if (paging != 'Y' && paging != '1') outcome(false, "machine: KVM pages guests in software");
  unsigned highest = 0x80000001, unused, features;
  __asm__("cpuid" : "+a"(highest), "=b"(unused), "=d"(features) : "c"(0));
  if (!(features >> 26 & 1)) outcome(false, "machine: no 1-GiB pages");
}

// Runs a program; its exit status, or -1 when a signal or the time limit ended it.
static int run(char* const argv[], const char* output, unsigned limit) {
  pid_t child = fork();
  if (child == 0) {
    if (output) {
      int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
      dup2(fd, 1);
      dup2(fd, 2);
    }
    alarm(limit);  // outlives the exec
    execv(argv[0], argv);
    _exit(127);
  }
  int status = -1;
  for (pid_t done; (done = wait(&status)) != child;) {
    if (done < 0 && errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void show(const char* path) {
  FILE* file = fopen(path, "r");
  char line[1024];
  while (file && fgets(line, sizeof(line), file)) printf("       %s", line);
  if (file) fclose(file);
}

// The example must print the table that it ends with: it succeeds where there is no KVM, too.
static void run_example(void) {
  char* const argv[] = {"/ctests/hello-guest", NULL};
  int code = run(argv, "/tmp/hello-guest.out", EXAMPLE_SECONDS);
  bool ran = false;
  FILE* file = fopen("/tmp/hello-guest.out", "r");
  char line[1024];
  while (file && fgets(line, sizeof(line), file)) ran |= !strncmp(line, "exits ", 6);
  if (file) fclose(file);
  if (code == 0 && ran) {
    outcome(true, "examples/hello-guest");
  } else {
    outcome(false, "examples/hello-guest: exit status %d%s", code, ran ? "" : ", no table");
    show("/tmp/hello-guest.out");
  }
}

static void run_bench(const char* name) {
  char path[256];
  snprintf(path, sizeof(path), "/ctests/%s", name);
  char* const argv[] = {path, NULL};
  int code = run(argv, NULL, BENCH_SECONDS);
  outcome(code == 0, "%s: exit status %d", name, code);
}

// Tests in Rust: cargo's own program for them, which prints a line for each.
static void run_rust_tests(const char* name) {
  char path[256];
  snprintf(path, sizeof(path), "/ctests/%s", name);
  char* const argv[] = {path, "--test-threads=1", NULL};
  int code = run(argv, "/tmp/rust.out", RUST_SECONDS);
  unsigned failures = 0;
  FILE* file = fopen("/tmp/rust.out", "r");
  char line[1024], test[256], end[16];
  while (file && fgets(line, sizeof(line), file)) {
    if (sscanf(line, "test %255s ... %15s", test, end) != 2) continue;
    failures += strcmp(end, "ok") != 0;
    outcome(strcmp(end, "ok") == 0, "%s/%s", name, test);
  }
  if (file) fclose(file);
  if (code != 0 && failures == 0) outcome(false, "%s: exit status %d", name, code);
  if (code != 0) show("/tmp/rust.out");
}

// Names of benches, the example, tests in Rust, and C tests.
static void run_all(char* list) {
  char* argv[MAX_NAMES + 4] = {"/ctests/runner", "--run-only", "/ctests"};
  size_t count = 3;
  for (char* name; (name = strsep(&list, ","));) {
    bool bench = strncmp(name, "bench-", 6) == 0;
    bool rust = strcmp(name, "instructions") == 0;
    if (bench || rust || strcmp(name, "hello-guest") == 0) {
      dprintf(progress, "begin %s\n", name);
      if (bench) {
        run_bench(name);
      } else if (rust) {
        run_rust_tests(name);
      } else {
        run_example();
      }
      dprintf(progress, "end %s\n", name);
    } else if (count < MAX_NAMES + 3) {
      argv[count++] = name;
    }
  }
  if (count == 3) return;
  int code = run(argv, NULL, 0);
  if (code != 0) failed = true;
  if (code != 0 && code != 1) outcome(false, "machine: the runner's exit status is %d", code);
}

static void give_signs_of_life(void) {
  if (fork() != 0) return;
  for (;;) {
    dprintf(progress, "alive\n");
    sleep(BEAT_SECONDS);
  }
}

static void show_kernel_log(void) {
  static char text[1 << 20];
  int size = klogctl(KLOG_READ_ALL, text, sizeof(text) - 1);
  if (size <= 0) return;
  text[size] = '\0';
  printf("stock-kvm: the kernel's log\n");
  char* rest = text;
  for (char* line; (line = strsep(&rest, "\n"));) {
    // `<level>[time] text`: warnings and worse, and whatever KVM says.
    if (*line && (strtol(line + 1, NULL, 10) % 8 <= 4 || strcasestr(line, "kvm"))) {
      printf("       %s\n", line);
    }
  }
}

int main(void) {
  mount_at("proc", "/proc");
  mount_at("sysfs", "/sys");
  mount_at("devtmpfs", "/dev");
  mount_at("tmpfs", "/tmp");
  mkdir("/dev/shm", 01777);
  mount_at("tmpfs", "/dev/shm");
  int console = open("/dev/console", O_RDWR);
  progress = open("/dev/ttyS1", O_WRONLY | O_NOCTTY);
  for (int fd = 0; console >= 0 && fd < 2; fd++) dup2(console, fd);
  dup2(progress >= 0 ? progress : console, 2);
  give_signs_of_life();
  setvbuf(stdout, NULL, _IOLBF, 0);
  klogctl(KLOG_CONSOLE_LEVEL, NULL, 1);  // no messages between the lines; a panic still shows
  setenv("PATH", "/ctests", 1);
  setenv("LD_LIBRARY_PATH", "/ctests/lib", 1);
  setenv("ZX_REQUIRE_KVM", "1", 1);
  setenv("LIBZX_INSTRUCTIONS_EVERY", "6", 1);

  struct utsname name;
  uname(&name);
  struct timespec up;
  clock_gettime(CLOCK_BOOTTIME, &up);
  printf("stock-kvm: Linux %s is up after %ld s\n", name.release, (long)up.tv_sec);
  load_modules();
  check_kvm();
  if (!failed) {
    char* list = listed("zx.run=");
    if (list) run_all(list);
  }
  if (failed) show_kernel_log();
  clock_gettime(CLOCK_BOOTTIME, &up);
  printf("stock-kvm: the end, after %ld s\n", (long)up.tv_sec);
  fflush(stdout);
  tcdrain(1);  // what was printed has left the machine
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

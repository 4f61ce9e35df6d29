// SPDX-License-Identifier: MIT
// The first process of the VMM's guest. Loads the kernel modules in /modules, then does what the kernel's
// command line says: GUEST=check tries the machine out and prints a line "PASS what" or "FAIL what" for
// each thing; otherwise there is a shell, if the initial ramdisk has one. Then the machine goes off.
//   CPUS=4             how many CPUs there must be
//   INPUT=/dev/hvc0    also reads a line there and says what it was

#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static bool failed;

void outcome(bool good, const char* format, ...) {
  va_list args;
  va_start(args, format);
  printf("%s ", good ? "PASS" : "FAIL");
  vprintf(format, args);
  printf("\n");
  va_end(args);
  failed |= !good;
}

size_t read_file(const char* path, void* data, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  size_t done = 0;
  ssize_t count = 1;
  while (file >= 0 && count > 0 && done < size) {
    count = read(file, (char*)data + done, size - done);
    done += count > 0 ? (size_t)count : 0;
  }
  if (file >= 0) {
    close(file);
  }
  return done;
}

const char* read_line(const char* path) {
  static char line[256];
  line[read_file(path, line, sizeof(line) - 1)] = '\0';
  line[strcspn(line, "\r\n")] = '\0';
  return line;
}

// A terminal as standard input and output, and as the session's if it has none; /dev/console cannot be that.
static void take_terminal(const char* path) {
  int terminal = open(path, O_RDWR);
  for (int i = 0; terminal >= 0 && i < 3; i++) {
    dup2(terminal, i);
  }
  if (terminal > 2) {
    close(terminal);
  }
}

static void mount_at(const char* type, const char* place) {
  mkdir(place, 0755);
  if (mount(type, place, type, 0, NULL) != 0) {
    outcome(false, "mounting %s: %s", place, strerror(errno));
  }
}

// The names in /modules/order, each after those that it needs.
static void load_modules(void) {
  FILE* order = fopen("/modules/order", "re");
  char name[64];
  while (order != NULL && fscanf(order, "%63s", name) == 1) {
    char path[128];
    snprintf(path, sizeof(path), "/modules/%s.ko", name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0) {
      outcome(false, "loading %s: %s", name, strerror(errno));
    }
    if (file >= 0) {
      close(file);
    }
  }
  if (order != NULL) {
    fclose(order);
  }
}

// A shell with the console as its terminal; comes back when it has ended.
static void run_shell(void) {
  static const char shell[] = "/bin/sh";
  if (access(shell, X_OK) != 0) {
    printf("There is no shell here.\n");
    return;
  }
  pid_t child = fork();
  if (child == 0) {
    setsid();
    const char* consoles = read_line("/sys/class/tty/console/active");
    const char* last = strrchr(consoles, ' ');
    char path[64];
    snprintf(path, sizeof(path), "/dev/%s", last != NULL ? last + 1 : consoles);
    take_terminal(path);
    setenv("PATH", "/bin", 1);
    setenv("HOME", "/", 1);
    execl(shell, "sh", "-i", (char*)NULL);
    _exit(1);
  }
  for (pid_t ended = 0; ended != child && !(ended < 0 && errno == ECHILD);) {
    ended = wait(NULL);
  }
}

static void check_everything(void) {
  check_cpus();
  check_offline_cpus();
  check_busy_cpus();
  check_sleep();
  check_entropy();
  check_disk();
  check_input();  // first: who closes a console last loses what was typed
  check_console();
  printf("guest: %s\n", failed ? "something failed" : "all is well");
}

int main(void) {
  mkdir("/dev", 0755);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  take_terminal("/dev/console");
  setvbuf(stdout, NULL, _IOLBF, 0);
  mount_at("proc", "/proc");
  mount_at("sysfs", "/sys");
  load_modules();
  const char* task = getenv("GUEST");
  if (task != NULL && strcmp(task, "check") == 0) {
    check_everything();
  } else {
    run_shell();
  }
  fflush(stdout);
  sync();
  reboot(RB_POWER_OFF);
  return 1;
}

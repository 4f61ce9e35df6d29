// SPDX-License-Identifier: MIT
// The first process of the machine that ci/vmm-boot.sh boots: loads the modules in /modules/order, runs the
// commands in /runs, tells how each ended and how long it took, and powers off. A line of /runs is
//   NAME TYPED COMMAND...     TYPED is a line for when the guest waits for one, or a dash; words may be
//                             quoted with '

#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 32
#define BEAT_SECONDS 5
#define DEATH_SECONDS 10

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void mount_at(const char* type, const char* place) {
  mkdir(place, 0755);
  if (mount(type, place, type, 0, NULL) != 0) {
    printf("FAIL machine: mounting %s: %s\n", place, strerror(errno));
  }
}

static void load_modules(void) {
  FILE* order = fopen("/modules/order", "re");
  char name[64];
  while (order != NULL && fscanf(order, "%63s", name) == 1) {
    char path[128];
    snprintf(path, sizeof(path), "/modules/%s.ko", name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || (syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST)) {
      printf("FAIL machine: loading %s: %s\n", name, strerror(errno));
    }
    if (file >= 0) {
      close(file);
    }
  }
  if (order != NULL) {
    fclose(order);
  }
}

// On the second serial line, for run_machine in machine.sh.
static void give_signs_of_life(void) {
  int line = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (line < 0 || fork() != 0) {
    return;
  }
  for (;;) {
    dprintf(line, "alive\n");
    sleep(BEAT_SECONDS);
  }
}

// Splits at spaces, outside of quotes.
static void split(char* line, char* words[MAX_WORDS + 1]) {
  int count = 0;
  while (count < MAX_WORDS && *(line += strspn(line, " ")) != '\0') {
    char end = ' ';
    if (*line == '\'') {
      end = '\'';
      line++;
    }
    words[count++] = line;
    line += strcspn(line, (char[]){end, '\0'});
    if (*line != '\0') {
      *line++ = '\0';
    }
  }
  words[count] = NULL;
}

// Copies what a guest prints, until it ends or the time is over, and types a line when it waits for one.
static void talk(int from, int to, const char* typed, double until) {
  char line[256];
  size_t size = 0;
  char byte;
  for (;;) {
    struct pollfd files = {.fd = from, .events = POLLIN};
    double left = until - now();
    if (left <= 0 || (poll(&files, 1, (int)(left * 1000) + 1) == 1 && read(from, &byte, 1) <= 0)) {
      return;
    }
    if (files.revents == 0) {
      continue;
    }
    if (write(STDOUT_FILENO, &byte, 1) != 1) {
      return;
    }
    line[size] = byte;
    size += size < sizeof(line) - 1;
    if (byte == '\n') {
      line[size] = '\0';
      if (strncmp(line, "guest: waiting for a line", 25) == 0) {
        dprintf(to, "%s\n", typed);
      }
      size = 0;
    }
  }
}

// What the threads of a process do, for those who want to know why it does not end: each with its state, its times
// in the program and in the kernel, and the system call it is in.
static void show_threads(pid_t process) {
  char path[320];
  snprintf(path, sizeof(path), "/proc/%d/task", process);
  DIR* threads = opendir(path);
  for (struct dirent* entry; threads != NULL && (entry = readdir(threads)) != NULL;) {
    const char* const files[] = {"stat", "syscall"};
    for (unsigned i = 0; i < 2 && entry->d_name[0] != '.'; i++) {
      char text[512];
      snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", process, entry->d_name, files[i]);
      FILE* file = fopen(path, "re");
      if (file != NULL && fgets(text, sizeof(text), file) != NULL) {
        printf("vmm-boot: thread %s: %s: %s", entry->d_name, files[i], text);
      }
      if (file != NULL) {
        fclose(file);
      }
    }
  }
  if (threads != NULL) {
    closedir(threads);
  }
}

// Waits for the child, and ends it when the time is over: with force if it does not end after a while.
// SIGCHLD is blocked, so it stays pending.
static int await(pid_t child, const char* name, double until) {
  int signal = SIGTERM;
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  int status = -1;
  while (waitpid(child, &status, WNOHANG) == 0) {
    double left = until - now();
    struct timespec wait = {.tv_sec = left > 1 ? (time_t)left : 1};
    if (sigtimedwait(&children, NULL, &wait) < 0 && errno == EAGAIN && until <= now()) {
      printf("FAIL %s: it does not end%s\n", name, signal == SIGTERM ? "" : " when it is told to");
      show_threads(child);
      kill(child, signal);
      signal = SIGKILL;
      until = now() + DEATH_SECONDS;
    }
  }
  return status;
}

static void run(char* line, double limit) {
  char* words[MAX_WORDS + 1];
  split(line, words);
  if (words[0] == NULL || words[1] == NULL || words[2] == NULL) {
    return;
  }
  bool talks = strcmp(words[1], "-") != 0;
  int typed[2] = {-1, -1}, printed[2] = {-1, -1};
  if (talks && (pipe2(typed, O_CLOEXEC) != 0 || pipe2(printed, O_CLOEXEC) != 0)) {
    printf("FAIL %s: %s\n", words[0], strerror(errno));
    return;
  }
  double start = now();
  printf("vmm-boot: %s starts\n", words[0]);
  pid_t child = fork();
  if (child == 0) {
    if (talks) {
      dup2(printed[1], STDOUT_FILENO);
    }
    dup2(talks ? typed[0] : open("/dev/null", O_RDONLY), STDIN_FILENO);
    execv(words[2], words + 2);
    _exit(127);
  }
  if (talks) {
    close(typed[0]);
    close(printed[1]);
    talk(printed[0], typed[1], words[1], start + limit);
  }
  int status = await(child, words[0], start + limit);
  printf("vmm-boot: %s ends with status %#x after %.3f s\n", words[0], (unsigned)status,
         now() - start);
  if (talks) {
    close(typed[1]);
    close(printed[0]);
  }
}

int main(void) {
  mount_at("devtmpfs", "/dev");
  mount_at("proc", "/proc");
  mount_at("sysfs", "/sys");
  mount_at("tmpfs", "/tmp");
  mkdir("/dev/shm", 01777);
  mount_at("tmpfs", "/dev/shm");
  int console = open("/dev/console", O_RDWR);
  for (int fd = 0; console >= 0 && fd < 3; fd++) {
    dup2(console, fd);
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, NULL);
  setenv("LD_LIBRARY_PATH", "/lib", 1);
  give_signs_of_life();
  load_modules();
  const char* limit = getenv("LIMIT");  // of the kernel's command line
  FILE* runs = fopen("/runs", "re");
  char line[1024];
  while (runs != NULL && fgets(line, sizeof(line), runs) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    run(line, limit != NULL ? atof(limit) : 120);
  }
  printf("vmm-boot: the end, after %.1f s\n", now());
  sync();
  tcdrain(STDOUT_FILENO);
  reboot(RB_POWER_OFF);
  for (;;) {
    pause();
  }
}

// SPDX-License-Identifier: MIT
// Preloaded into test programs by run.sh.
//   MATRIX_STACK=BYTES       threads that ask for nothing else have stacks of this size
//   MATRIX_STORM=FLAGS       all threads get SIGURG again and again, whose handler is installed with
//                            these flags (SA_RESTART is 0x10000000)

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SIGNALS_APART_NS 100000

static void on_signal(int number) { (void)number; }

// One signal to each of the process's threads, one after the other.
static void* storm(void* unused) {
  pid_t own = (pid_t)syscall(SYS_gettid);
  for (;;) {
    DIR* folder = opendir("/proc/self/task");
    struct dirent* entry;
    while (folder && (entry = readdir(folder))) {
      pid_t thread = (pid_t)atoi(entry->d_name);
      if (thread == 0 || thread == own) continue;
      syscall(SYS_tgkill, getpid(), thread, SIGURG);
      struct timespec pause = {0, SIGNALS_APART_NS};
      nanosleep(&pause, NULL);
    }
    if (folder) closedir(folder);
    else return unused;  // no descriptor left: the storm is over
  }
}

static void start_storm(int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  action.sa_flags = flags;
  sigaction(SIGURG, &action, NULL);
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_t thread;
  if (pthread_create(&thread, NULL, storm, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

__attribute__((constructor)) static void begin(void) {
  const char* stack = getenv("MATRIX_STACK");
  const char* flags = getenv("MATRIX_STORM");
  if (stack) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, strtoul(stack, NULL, 0));
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
  }
  if (flags) start_storm((int)strtol(flags, NULL, 0));
}

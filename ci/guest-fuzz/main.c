// SPDX-License-Identifier: MIT
// Random guests for libzx: code, tables, MSRs, ports, traps and mappings that other
// threads change. No guest may end or hang the program, write or be shown memory that
// it was not given, or harm the guests after it.
//   guest-fuzz [--seconds N] [--seed S] [--once S] [--jobs N]
// Runs guests of seeds that follow from S (the time by default) for N seconds, in
// several processes; --once runs the guest of one seed, as a failure names it, again
// and again for those seconds.

#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zircon/status.h>

#define SANE_EVERY 100u
#define MAX_JOBS 64u

typedef struct job {
  pid_t process;
  // What its process is at.
  volatile uint64_t seed, guests, since;
} job_t;

static uint64_t now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec;
}

static size_t entries(const char* folder) {
  DIR* dir = opendir(folder);
  size_t count = 0;
  while (dir && readdir(dir)) count++;
  if (dir) closedir(dir);
  return count;
}

static size_t mappings(void) {
  FILE* maps = fopen("/proc/self/maps", "r");
  size_t count = 0;
  for (int c; maps && (c = fgetc(maps)) != EOF;) count += c == '\n';
  if (maps) fclose(maps);
  return count;
}

static int work(job_t* job, uint64_t seed, bool once, uint64_t end) {
  size_t files = 0, maps = 0;
  rng_t seeds = {seed};
  for (uint64_t n = 0; now_seconds() < end; n++) {
    job->seed = once ? seed : rng_next(&seeds);
    job->since = now_seconds();
    if (!fuzz_guest(job->seed)) return 1;
    job->guests = n + 1;
    if (n % SANE_EVERY != 0) continue;
    if (!fuzz_sane_guest()) return 1;
    if (n == SANE_EVERY) {
      files = entries("/proc/self/fd");
      maps = mappings();
    } else if (n > SANE_EVERY &&
               (entries("/proc/self/fd") > files || mappings() > maps + 16)) {
      printf("FAIL after seed %#llx: %zu files and %zu mappings, before %zu and %zu\n",
             (unsigned long long)job->seed, entries("/proc/self/fd"), mappings(), files, maps);
      return 1;
    }
  }
  return 0;
}

static void* shared(size_t size) {
  void* at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) abort();
  return at;
}

static void print_outcomes(void) {
  static const char* names[PACKET_TYPES] = {
      [3] = "bell packets", [4] = "memory", [5] = "ports", [6] = "VCPU events"};
  for (size_t i = 0; i < PACKET_TYPES; i++) {
    const uint64_t count = fuzz_outcomes->packets[i];
    if (names[i]) printf("  %llu %s\n", (unsigned long long)count, names[i]);
  }
  for (int i = 0; i < (int)STATUSES; i++) {
    const uint64_t count = fuzz_outcomes->statuses[i];
    if (count) printf("  %llu %s\n", (unsigned long long)count, zx_status_get_string(-i));
  }
}

int main(int argc, char** argv) {
  uint64_t seconds = 60, seed = (uint64_t)time(NULL);
  uint32_t jobs = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
  bool once = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const uint64_t value = strtoull(argv[i + 1], NULL, 0);
    if (strcmp(argv[i], "--seconds") == 0) {
      seconds = value;
    } else if (strcmp(argv[i], "--seed") == 0) {
      seed = value;
    } else if (strcmp(argv[i], "--jobs") == 0) {
      jobs = (uint32_t)value;
    } else if (strcmp(argv[i], "--once") == 0) {
      seed = value;
      once = true;
    } else {
      fprintf(stderr, "guest-fuzz [--seconds N] [--seed S] [--once S] [--jobs N]\n");
      return 2;
    }
  }
  if (once || jobs < 1) jobs = 1;
  if (jobs > MAX_JOBS) jobs = MAX_JOBS;
  printf("guest-fuzz: --seed %#llx, %llu seconds, %u processes\n", (unsigned long long)seed,
         (unsigned long long)seconds, jobs);
  fflush(stdout);
  job_t* all = shared(sizeof(job_t) * MAX_JOBS);
  fuzz_outcomes = shared(sizeof(*fuzz_outcomes));
  const uint64_t end = now_seconds() + seconds;
  for (uint32_t i = 0; i < jobs; i++) {
    // This process never calls the library, which a forked one could not use then.
    all[i].process = fork();
    if (all[i].process == 0) {
      setvbuf(stdout, NULL, _IOLBF, 0);
      exit(work(&all[i], once ? seed : seed + i, once, end));
    }
  }
  bool failed = false;
  uint64_t guests = 0;
  for (uint32_t i = 0; i < jobs; i++) {
    int status = 0;
    while (waitpid(all[i].process, &status, WNOHANG) == 0) {
      if (all[i].since && now_seconds() > all[i].since + 90) {
        printf("FAIL seed %#llx: hangs\n", (unsigned long long)all[i].seed);
        kill(all[i].process, SIGABRT);
        failed = true;
        waitpid(all[i].process, &status, 0);
        break;
      }
      usleep(100000);
    }
    if (status != 0) {
      failed = true;
      printf("FAIL seed %#llx: the process ended with %s %d\n", (unsigned long long)all[i].seed,
             WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    guests += all[i].guests;
  }
  print_outcomes();
  printf("guest-fuzz: %llu guests, %s\n", (unsigned long long)guests, failed ? "FAILED" : "all fine");
  return failed;
}

// SPDX-License-Identifier: MIT

#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MAX_CPUS 64
#define ROUNDS 20  // of all CPUs
#define SLEEPS 5
#define SLEEP_MS 100
#define LATE_MS 50
#define ENTROPY_BYTES 512
#define FILE_BYTES (1024 * 1024)
#define INPUT_SECONDS 20
#define INPUT "hello"  // what ci/vmm-boot.sh types

// --- CPUs ---------------------------------------------------------------------------------------

static int wanted_cpus(void) {
  const char* text = getenv("CPUS");
  int count = text != NULL ? atoi(text) : 1;
  return count < 1 || count > MAX_CPUS ? 1 : count;
}

static int known_cpus(void) {
  FILE* file = fopen("/proc/cpuinfo", "re");
  int count = 0;
  char line[4096];
  while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
    count += strncmp(line, "processor", strlen("processor")) == 0;
  }
  if (file != NULL) {
    fclose(file);
  }
  return count;
}

void check_cpus(void) {
  int count = known_cpus();
  outcome(count == wanted_cpus(), "cpus: %d in /proc/cpuinfo", count);
}

static bool set_online(int cpu, bool online) {
  char path[64];
  snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  bool good = file >= 0 && write(file, online ? "1" : "0", 1) == 1;
  if (file >= 0) {
    close(file);
  }
  return good;
}

// All but the first go and come back, twice; Linux waits until each has done so.
void check_offline_cpus(void) {
  int count = wanted_cpus();
  for (int round = 1; round <= 2 && count > 1; round++) {
    bool good = true;
    for (int cpu = 1; cpu < count; cpu++) {
      good = set_online(cpu, false) && good;
    }
    int left = known_cpus();
    for (int cpu = 1; cpu < count; cpu++) {
      good = set_online(cpu, true) && good;
    }
    int back = known_cpus();
    outcome(good && left == 1 && back == count, "offline: %d CPU left, then %d again", left, back);
  }
}

static atomic_int cpu_rounds[MAX_CPUS];

// Each round waits, without ever giving the CPU away, until all others have begun it. So this ends only if
// all of them run.
static void* be_busy(void* argument) {
  int self = (int)(intptr_t)argument;
  for (int round = 1; round <= ROUNDS; round++) {
    atomic_store(&cpu_rounds[self], round);
    for (int other = 0; other < wanted_cpus(); other++) {
      while (atomic_load(&cpu_rounds[other]) < round) {
        __builtin_ia32_pause();
      }
    }
  }
  return (void*)(intptr_t)(sched_getcpu() == self);
}

void check_busy_cpus(void) {
  int count = wanted_cpus();
  pthread_t threads[MAX_CPUS];
  int started = 0, at_home = 0;
  bool good = true;
  for (; good && started < count; started++) {
    cpu_set_t cpu;
    CPU_ZERO(&cpu);
    CPU_SET((unsigned)started, &cpu);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof(cpu), &cpu);
    good = pthread_create(&threads[started], &attributes, be_busy, (void*)(intptr_t)started) == 0;
    pthread_attr_destroy(&attributes);
  }
  if (!good) {
    outcome(false, "busy: CPU %d takes no thread", started - 1);
    return;  // the others wait for it forever
  }
  for (int i = 0; i < count; i++) {
    void* stayed;
    pthread_join(threads[i], &stayed);
    at_home += stayed != NULL;
  }
  outcome(at_home == count, "busy: %d CPUs at the same time", at_home);
}

// --- Time ---------------------------------------------------------------------------------------

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void check_sleep(void) {
  double shortest = 1e9, longest = 0;
  for (int i = 0; i < SLEEPS; i++) {
    double start = milliseconds();
    usleep(SLEEP_MS * 1000);
    double slept = milliseconds() - start;
    shortest = slept < shortest ? slept : shortest;
    longest = slept > longest ? slept : longest;
  }
  // Some sleep may be longer, when this machine's machine has something else to do.
  outcome(shortest >= SLEEP_MS && shortest <= SLEEP_MS + LATE_MS,
          "sleep: %d ms take %.1f to %.1f ms", SLEEP_MS, shortest, longest);
  long built = atol(read_line("/built"));
  outcome(time(NULL) >= built, "date: %ld, with %s", (long)time(NULL),
          read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
}

// --- Entropy ------------------------------------------------------------------------------------

void check_entropy(void) {
  uint8_t bytes[2][ENTROPY_BYTES] = {{0}, {0}};
  size_t first = read_file("/dev/hwrng", bytes[0], ENTROPY_BYTES);
  size_t second = read_file("/dev/hwrng", bytes[1], ENTROPY_BYTES);
  bool seen[256] = {false};
  int kinds = 0;
  for (int i = 0; i < ENTROPY_BYTES; i++) {
    kinds += !seen[bytes[0][i]];
    seen[bytes[0][i]] = true;
  }
  bool good = first == ENTROPY_BYTES && second == ENTROPY_BYTES && kinds > 128 &&
              memcmp(bytes[0], bytes[1], ENTROPY_BYTES) != 0;
  outcome(good, "entropy: %zu bytes of %s", first + second,
          read_line("/sys/class/misc/hw_random/rng_current"));
}

// --- Disk ---------------------------------------------------------------------------------------

// What cksum(1) prints, so that the host can check it, too.
static uint32_t checksum(const uint8_t* data, size_t size) {
  uint32_t crc = 0;
  size_t length = size;
  for (size_t i = 0; i < size || length > 0; i++) {
    uint8_t byte = i < size ? data[i] : (uint8_t)length;
    length >>= i < size ? 0 : 8;
    crc ^= (uint32_t)byte << 24;
    for (int bit = 0; bit < 8; bit++) {
      crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7 : 0);
    }
  }
  return ~crc;
}

static bool write_file(const char* path, const void* data, size_t size) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool good = file >= 0 && write(file, data, size) == (ssize_t)size;
  return file >= 0 && close(file) == 0 && good;
}

// Compares a file with the checksum beside it.
static void check_file(const char* path, uint8_t* data) {
  char sum_path[64];
  snprintf(sum_path, sizeof(sum_path), "%s.cksum", path);
  size_t size = read_file(path, data, FILE_BYTES);
  uint32_t expected = (uint32_t)strtoul(read_line(sum_path), NULL, 10);
  uint32_t found = checksum(data, size);
  outcome(size == FILE_BYTES && found == expected, "disk: %zu bytes of %s, checksum %u", size, path,
          found);
}

static bool mount_disk(void) {
  bool good = mount("/dev/vda", "/disk", "ext4", 0, NULL) == 0;
  outcome(good, "disk: mounting%s%s", good ? "" : ": ", good ? "" : strerror(errno));
  return good;
}

static void unmount_disk(void) {
  bool good = umount("/disk") == 0;
  outcome(good, "disk: unmounting%s%s", good ? "" : ": ", good ? "" : strerror(errno));
}

// The host left a file on the disk. This leaves another, with random contents.
void check_disk(void) {
  mkdir("/disk", 0755);
  uint8_t* data = calloc(1, FILE_BYTES);
  if (data == NULL || !mount_disk()) {
    free(data);
    return;
  }
  check_file("/disk/from-host", data);
  read_file("/dev/urandom", data, FILE_BYTES);
  char sum[16];
  int length = snprintf(sum, sizeof(sum), "%u\n", checksum(data, FILE_BYTES));
  bool written = write_file("/disk/from-guest", data, FILE_BYTES) &&
                 write_file("/disk/from-guest.cksum", sum, (size_t)length);
  outcome(written, "disk: writing");
  sync();
  unmount_disk();  // with that, what the kernel remembers of the file is gone
  if (mount_disk()) {
    check_file("/disk/from-guest", data);
    unmount_disk();
  }
  free(data);
}

// --- Console ------------------------------------------------------------------------------------

void check_console(void) {
  tcdrain(STDOUT_FILENO);  // the two consoles share a terminal
  static const char line[] = "This line went through the virtio console.\n";
  int console = open("/dev/hvc0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
  bool good = console >= 0 && write(console, line, strlen(line)) == (ssize_t)strlen(line) &&
              tcdrain(console) == 0;
  outcome(good, "console: /dev/hvc0%s%s", good ? "" : ": ", good ? "" : strerror(errno));
  if (console >= 0) {
    close(console);
  }
}

void check_input(void) {
  const char* path = getenv("INPUT");
  if (path == NULL) {
    return;
  }
  char line[256] = "";
  struct pollfd console = {.fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC), .events = POLLIN};
  // An echo would mix with what the other console prints.
  struct termios mode;
  if (tcgetattr(console.fd, &mode) == 0) {
    mode.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(console.fd, TCSANOW, &mode);
  }
  // Linux drops what is typed before a console is open.
  printf("guest: waiting for a line on %s\n", path);
  ssize_t size = poll(&console, 1, INPUT_SECONDS * 1000) == 1 && console.revents & POLLIN
                     ? read(console.fd, line, sizeof(line) - 1)
                     : -1;
  line[strcspn(line, "\r\n")] = '\0';
  outcome(size > 0 && strcmp(line, INPUT) == 0, "input: %s says \"%s\"", path, line);
  if (console.fd >= 0) {
    close(console.fd);
  }
}

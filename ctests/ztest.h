// SPDX-License-Identifier: MIT
// A small test header for C11 and C++17. Include it first: it asks the C library for its GNU names.
//
//   TEST(handle_close_twice_bad_handle) { EXPECT_STATUS(zx_handle_close(h), ZX_ERR_BAD_HANDLE); }
//   ZTEST_MAIN
//
// A program prints one line per test: `ok NAME`, `FAILED NAME FILE:LINE: WHY` (further failures of the
// same test follow, indented) or `skipped NAME: REASON`. It exits with 0, with 1 when a test failed,
// with 77 when every test was skipped. argv[1] keeps the tests whose name contains it. A test that
// checks nothing fails. EXPECT_* may be used from any thread; ASSERT_* and SKIP return from the
// function they stand in.

#ifndef LIBZX_CTESTS_ZTEST_H_
#define LIBZX_CTESTS_ZTEST_H_

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/status.h>

#define ZTEST_EXIT_SKIPPED 77

// From libzx.h, which brings headers that some tests want to include first.
#ifdef __cplusplus
extern "C"
#endif
    size_t
    libzx_last_error(char* buffer, size_t size);

// --- Registration -------------------------------------------------------------------------------

typedef struct ztest_case {
  const char* name;
  void (*run)(void);
  struct ztest_case* next;
} ztest_case_t;

static ztest_case_t* ztest_first;
__attribute__((unused)) static ztest_case_t** ztest_end = &ztest_first;

// Of the running test. Threads share them, so they are only touched with atomic operations.
static const char* ztest_name = "";
static unsigned long ztest_checks;
static unsigned long ztest_failures;
static char ztest_skip_reason[256];

// Says which of many cases a check is about; printed with every failure of this thread.
static __thread const char* ztest_note;

#define TEST(test_name)                                                        \
  static void ztest_run_##test_name(void);                                     \
  static ztest_case_t ztest_case_##test_name = {#test_name, ztest_run_##test_name, NULL}; \
  __attribute__((constructor)) static void ztest_register_##test_name(void) {  \
    *ztest_end = &ztest_case_##test_name;                                      \
    ztest_end = &ztest_case_##test_name.next;                                  \
  }                                                                            \
  static void ztest_run_##test_name(void)

// --- Checks -------------------------------------------------------------------------------------

__attribute__((unused, format(printf, 3, 4))) static void ztest_fail(const char* file, int line,
                                                                     const char* format, ...) {
  char why[512];
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof(why), format, args);
  va_end(args);
  const char* base = strrchr(file, '/');
  unsigned long before = __atomic_fetch_add(&ztest_failures, 1, __ATOMIC_RELAXED);
  bool first = before == 0;
  if (before == 10) printf("  and more, not shown\n");
  if (before >= 10) return;
  printf("%s%s%s%s:%d: %s%s%s%s\n", first ? "FAILED " : "  and ", first ? ztest_name : "",
         first ? " " : "", base ? base + 1 : file, line, why, ztest_note ? " (" : "",
         ztest_note ? ztest_note : "", ztest_note ? ")" : "");
}

__attribute__((unused)) static bool ztest_true(const char* file, int line, const char* text,
                                               bool value) {
  __atomic_fetch_add(&ztest_checks, 1, __ATOMIC_RELAXED);
  if (!value) ztest_fail(file, line, "%s is false", text);
  return value;
}

__attribute__((unused)) static bool ztest_status(const char* file, int line, const char* text,
                                                 zx_status_t got, zx_status_t want) {
  __atomic_fetch_add(&ztest_checks, 1, __ATOMIC_RELAXED);
  if (got != want) {
    char why[256] = "";
    if (got != 0) libzx_last_error(why, sizeof(why));
    ztest_fail(file, line, "%s is %s (%d), expected %s (%d)%s%s", text, zx_status_get_string(got),
               got, zx_status_get_string(want), want, *why ? ": " : "", why);
  }
  return got == want;
}

__attribute__((unused)) static bool ztest_equal(const char* file, int line, const char* text1,
                                                const char* text2, bool want, uint64_t value1,
                                                uint64_t value2) {
  __atomic_fetch_add(&ztest_checks, 1, __ATOMIC_RELAXED);
  if ((value1 == value2) == want) return true;
  if (want)
    ztest_fail(file, line, "%s is %#llx (%lld), %s is %#llx (%lld)", text1,
               (unsigned long long)value1, (long long)value1, text2, (unsigned long long)value2,
               (long long)value2);
  else
    ztest_fail(file, line, "%s and %s are both %#llx (%lld)", text1, text2,
               (unsigned long long)value1, (long long)value1);
  return false;
}

__attribute__((unused)) static bool ztest_string(const char* file, int line, const char* text,
                                                 const char* got, const char* want) {
  __atomic_fetch_add(&ztest_checks, 1, __ATOMIC_RELAXED);
  bool same = got && strcmp(got, want) == 0;
  if (!same) ztest_fail(file, line, "%s is \"%s\", expected \"%s\"", text, got ? got : "NULL", want);
  return same;
}

__attribute__((unused)) static bool ztest_bytes(const char* file, int line, const char* text,
                                                const void* got, const void* want, size_t size) {
  __atomic_fetch_add(&ztest_checks, 1, __ATOMIC_RELAXED);
  const unsigned char* a = (const unsigned char*)got;
  const unsigned char* b = (const unsigned char*)want;
  for (size_t i = 0; i < size; i++) {
    if (a[i] == b[i]) continue;
    ztest_fail(file, line, "%s: byte %zu is %#x, expected %#x", text, i, a[i], b[i]);
    return false;
  }
  return true;
}

// Waits for the end of a child, also while signals keep coming.
__attribute__((unused)) static pid_t ztest_wait_for_child(pid_t child, int* status) {
  pid_t ended;
  do {
    ended = waitpid(child, status, 0);
  } while (ended == -1 && errno == EINTR);
  return ended;
}

// Integers and pointers alike; each argument is evaluated once.
#define ZTEST_VALUE(value) ((uint64_t)(uintptr_t)(value))

#define EXPECT_STATUS(expr, status) ztest_status(__FILE__, __LINE__, #expr, (expr), (status))
#define EXPECT_OK(expr) ztest_status(__FILE__, __LINE__, #expr, (expr), 0)
#define EXPECT_EQ(a, b) \
  ztest_equal(__FILE__, __LINE__, #a, #b, true, ZTEST_VALUE(a), ZTEST_VALUE(b))
#define EXPECT_NE(a, b) \
  ztest_equal(__FILE__, __LINE__, #a, #b, false, ZTEST_VALUE(a), ZTEST_VALUE(b))
#define EXPECT_TRUE(expr) ztest_true(__FILE__, __LINE__, #expr, (expr))
#define EXPECT_FALSE(expr) ztest_true(__FILE__, __LINE__, "!(" #expr ")", !(expr))
#define EXPECT_STR(expr, want) ztest_string(__FILE__, __LINE__, #expr, (expr), (want))
#define EXPECT_BYTES(got, want, size) \
  ztest_bytes(__FILE__, __LINE__, #got, (got), (want), (size))

#define ZTEST_OR_RETURN(check) \
  do {                         \
    if (!(check)) return;      \
  } while (0)
#define ASSERT_STATUS(expr, status) ZTEST_OR_RETURN(EXPECT_STATUS(expr, status))
#define ASSERT_OK(expr) ZTEST_OR_RETURN(EXPECT_OK(expr))
#define ASSERT_EQ(a, b) ZTEST_OR_RETURN(EXPECT_EQ(a, b))
#define ASSERT_NE(a, b) ZTEST_OR_RETURN(EXPECT_NE(a, b))
#define ASSERT_TRUE(expr) ZTEST_OR_RETURN(EXPECT_TRUE(expr))
#define ASSERT_FALSE(expr) ZTEST_OR_RETURN(EXPECT_FALSE(expr))

// Ends a test that cannot run here. A test that already failed stays failed.
#define SKIP(reason)                                                            \
  do {                                                                          \
    snprintf(ztest_skip_reason, sizeof(ztest_skip_reason), "%s", (reason));     \
    return;                                                                     \
  } while (0)

// --- Probes of memory ---------------------------------------------------------------------------

static __thread sigjmp_buf ztest_probe_escape;

__attribute__((unused)) static void ztest_probe_handler(int number) {
  (void)number;
  siglongjmp(ztest_probe_escape, 1);
}

// Whether touching the byte faults. The program's handlers are replaced meanwhile, in the whole
// process: no other thread may be making system calls with bad pointers.
__attribute__((unused)) static bool ztest_faults(volatile unsigned char* address, bool write) {
  struct sigaction probe, segv, bus;
  memset(&probe, 0, sizeof(probe));
  probe.sa_handler = ztest_probe_handler;
  sigaction(SIGSEGV, &probe, &segv);
  sigaction(SIGBUS, &probe, &bus);
  bool faulted = sigsetjmp(ztest_probe_escape, 1) != 0;
  if (!faulted) {
    unsigned char value = *address;
    if (write) *address = value;
  }
  sigaction(SIGBUS, &bus, NULL);
  sigaction(SIGSEGV, &segv, NULL);
  return faulted;
}

__attribute__((unused)) static bool ztest_faults_on_read(const volatile void* address) {
  return ztest_faults((volatile unsigned char*)(uintptr_t)address, false);
}

// Writes back the byte that it reads.
__attribute__((unused)) static bool ztest_faults_on_write(volatile void* address) {
  return ztest_faults((volatile unsigned char*)address, true);
}

// --- Bad pointers -------------------------------------------------------------------------------

// Pages readable and writable, inaccessible, readable and writable, read-only, one after the other.
__attribute__((unused)) static unsigned char* ztest_page_row(void) {
  static unsigned char* row;
  if (row) return row;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void* made = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED || mprotect((char*)made + page, page, PROT_NONE) ||
      mprotect((char*)made + 3 * page, page, PROT_READ)) {
    perror("ztest_page_row");
    abort();
  }
  row = (unsigned char*)made;
  return row;
}

// An address at which nothing is mapped: the middle of a gap that is wide enough for the allocator
// and thread stacks to leave it alone.
__attribute__((unused)) static void* ztest_unmapped(void) {
  static void* hole;
  if (hole) return hole;
  // Valgrind leaves less room than Linux does.
  void* made = MAP_FAILED;
  size_t span = (size_t)1 << 38;
  while (made == MAP_FAILED) {
    span >>= 2;
    if (span < (size_t)1 << 30) abort();
    made = mmap(NULL, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  munmap(made, span);
  hole = (char*)made + span / 2;
  return hole;
}

// The kinds of pointers at which `size` (2 or more) bytes can be read, or written, by nobody. Ends
// with false; sets ztest_note to the kind. Loop:
//   void* bad;
//   for (int i = 0; ztest_bad_write(i, sizeof(x), &bad); i++) EXPECT_STATUS(call(bad), ...);
__attribute__((unused)) static bool ztest_bad_read(int index, size_t size, void** bad) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char* row = ztest_page_row();
  uintptr_t address = 0;
  switch (index) {
    case 0: ztest_note = "NULL"; break;
    case 1: ztest_note = "address 1"; address = 1; break;
    case 2: ztest_note = "unmapped"; address = (uintptr_t)ztest_unmapped(); break;
    case 3: ztest_note = "unaligned, inaccessible"; address = (uintptr_t)row + page + 3; break;
    case 4: ztest_note = "straddles the end of a mapping"; address = (uintptr_t)row + page - 1; break;
    case 5: ztest_note = "one byte too few"; address = (uintptr_t)row + page - (size - 1); break;
    case 6: ztest_note = "not canonical"; address = 0x8000000000000000u; break;
    case 7: ztest_note = "first address of the hole"; address = 0x0000800000000000u; break;
    case 8: ztest_note = "straddles the end of user addresses"; address = 0x00007fffffffffffu; break;
    case 9: ztest_note = "kernel half"; address = 0xffff888000000000u; break;
    case 10: ztest_note = "wraps"; address = UINTPTR_MAX; break;
    case 11: ztest_note = "ends at the last address"; address = UINTPTR_MAX - size + 1; break;
    default: ztest_note = NULL; return false;
  }
  *bad = (void*)address;
  return true;
}

__attribute__((unused)) static bool ztest_bad_write(int index, size_t size, void** bad) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char* row = ztest_page_row();
  if (index == 0) {
    ztest_note = "read-only";
    *bad = row + 3 * page;
    return true;
  }
  if (index == 1) {
    ztest_note = "straddles into read-only";
    *bad = row + 3 * page - 1;
    return true;
  }
  return ztest_bad_read(index - 2, size, bad);
}

// --- What the process holds ---------------------------------------------------------------------

// Open file descriptors, without the one that reads the list.
__attribute__((unused)) static int ztest_count_fds(void) {
  DIR* list = opendir("/proc/self/fd");
  if (!list) return -1;
  int count = 0;
  for (struct dirent* entry; (entry = readdir(list));)
    if (entry->d_name[0] != '.') count++;
  closedir(list);
  return count - 1;
}

__attribute__((unused)) static int ztest_count_maps(void) {
  int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  char text[4096];
  int count = 0;
  for (ssize_t got; (got = read(fd, text, sizeof(text))) > 0;)
    for (ssize_t i = 0; i < got; i++)
      if (text[i] == '\n') count++;
  close(fd);
  return count;
}

// Whether a thread of this process sleeps in the kernel, as /proc tells; false when it is gone.
__attribute__((unused)) static bool ztest_asleep(pid_t tid) {
  char path[64], text[512];
  snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t got = read(fd, text, sizeof(text) - 1);
  close(fd);
  text[got > 0 ? got : 0] = '\0';
  const char* name_end = strrchr(text, ')');
  return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}

// --- Length -------------------------------------------------------------------------------------

// How many rounds of something to run: fewer below valgrind, which says so in the environment.
__attribute__((unused)) static uint32_t ztest_rounds(uint32_t usual) {
  return getenv("ZTEST_SLOW") ? usual / 100 + 1 : usual;
}

// --- Running ------------------------------------------------------------------------------------

__attribute__((unused)) static int ztest_main(int argc, char** argv) {
  const char* filter = argc > 1 ? argv[1] : "";
  bool progress = getenv("ZTEST_PROGRESS") != NULL;  // for a runner that asks what crashed
  int passed = 0, failed = 0, skipped = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (ztest_case_t* test = ztest_first; test; test = test->next) {
    if (!strstr(test->name, filter)) continue;
    ztest_name = test->name;
    ztest_checks = ztest_failures = 0;
    ztest_skip_reason[0] = '\0';
    ztest_note = NULL;
    if (progress) fprintf(stderr, "running %s\n", test->name);
    test->run();
    ztest_note = NULL;
    if (!ztest_checks && !ztest_failures && !ztest_skip_reason[0])
      ztest_fail("ztest.h", __LINE__, "the test checked nothing");
    if (ztest_failures) {
      failed++;
    } else if (ztest_skip_reason[0]) {
      skipped++;
      printf("skipped %s: %s\n", test->name, ztest_skip_reason);
    } else {
      passed++;
      printf("ok %s\n", test->name);
    }
  }
  if (failed) return 1;
  return skipped && !passed ? ZTEST_EXIT_SKIPPED : 0;
}

#define ZTEST_MAIN \
  int main(int argc, char** argv) { return ztest_main(argc, argv); }

#endif  // LIBZX_CTESTS_ZTEST_H_

// SPDX-License-Identifier: MIT
// Fails every call of a kind that the library makes to Linux, one in each process: the process makes
// the objects of one family of calls with the n-th such call failed, counts what is left, and does it
// all again without a failure. Prints a line for each process that crashed, hung, lost something, gave
// a status that makes no sense or could not do it again, and a line for each sweep.
//
//   sweep [--most N] [--family NAME] [--kind NAME] [--nth N]
//
// At most N (default: no bound) calls of each sweep are failed, evenly spread; the step is printed.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <libzx.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls/object.h>

#include "inject.h"
#include "scenario.h"

#define TIME_LIMIT 20  // seconds a process may take

// What a process left behind.
typedef struct counts {
  int handles, files, mappings;
} counts_t;

typedef enum phase { STARTING, FAILING, AGAIN, ENDED } phase_t;

static const char* const phase_names[] = {"before the failure", "in the failing run",
                                          "in the run without failures", "at the end"};

// Shared with the process that is swept.
typedef struct report {
  inject_record_t record;
  phase_t phase;
  counts_t before, after, again;
  char odd_status[96];  // one that no lack of anything explains
  char broken[96];      // what did not work in the run without failures
} report_t;

static report_t* report;

// Names of kinds, the errors that are injected, and whether all later calls may fail too.
typedef struct kind {
  const char* name;
  inject_kind_t kind;
  bool persist;
  int errors[4];
} kind_t;

static const kind_t kinds[] = {
    {"heap", INJECT_HEAP, false, {ENOMEM}},
    {"heap-for-good", INJECT_HEAP, true, {ENOMEM}},
    {"map", INJECT_MAP, false, {ENOMEM, EPERM, EAGAIN}},
    {"unmap", INJECT_UNMAP, false, {ENOMEM}},
    {"ioctl", INJECT_IOCTL, false, {ENOMEM, EINTR, EAGAIN, EPERM}},
    {"thread", INJECT_THREAD, false, {EAGAIN, EPERM}},
    {"file", INJECT_FILE, false, {ENOMEM, EINTR, EAGAIN, EPERM}},
    {"futex", INJECT_FUTEX, false, {EINTR, EAGAIN}},
    {"signal", INJECT_SIGNAL, false, {EAGAIN, EPERM}},
};

// --- In the process that is swept -----------------------------------------------------------------

bool noted(zx_status_t status, const char* call) {
  if (status == ZX_OK) return true;
  char* place = NULL;
  if (report->phase == AGAIN) {
    place = report->broken;
  } else if (status == ZX_ERR_INTERNAL && strstr(call, "zx_vcpu_resume")) {
    // what KVM could not do, as its documentation says
  } else if (status > 0 || status == ZX_ERR_INTERNAL || status == ZX_ERR_INVALID_ARGS ||
             status == ZX_ERR_BAD_HANDLE || status == ZX_ERR_WRONG_TYPE) {
    place = report->odd_status;
  }
  if (place && !*place) {
    snprintf(place, sizeof(report->broken), "%.60s: %s", call, zx_status_get_string(status));
  }
  return false;
}

void expected(bool value, const char* what) {
  if (value || report->phase != AGAIN || *report->broken) return;
  snprintf(report->broken, sizeof(report->broken), "not %.80s", what);
}

void drop(zx_handle_t* handle) {
  if (*handle) noted(zx_handle_close(*handle), "zx_handle_close");
  *handle = 0;
}

static int count_files(void) {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (folder && readdir(folder)) count++;
  if (folder) closedir(folder);
  return count;
}

static int count_mappings(void) {
  int count = 0;
  char line[512];
  FILE* maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof(line), maps)) {
    count += strstr(line, "zx-vmo") != NULL;
  }
  if (maps) fclose(maps);
  return count;
}

static int count_handles(void) {
  zx_info_process_handle_stats_t stats;
  int count = 0;
  memset(&stats, 0, sizeof(stats));
  zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_HANDLE_STATS, &stats, sizeof(stats), NULL,
                     NULL);
  for (size_t i = 0; i < sizeof(stats.handle_count) / sizeof(*stats.handle_count); i++) {
    count += (int)stats.handle_count[i];
  }
  return count;
}

static counts_t count(void) {
  counts_t now = {count_handles(), count_files(), count_mappings()};
  return now;
}

static void be_swept(const family_t* family, const kind_t* kind, int error, long nth) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  alarm(TIME_LIMIT);
  zx_process_self();
  zx_vmar_root_self();
  zx_job_default();
  get_root_resource();
  report->phase = STARTING;
  family->set_up();
  report->before = count();
  report->phase = FAILING;
  inject_arm(kind->kind, error, nth, kind->persist, &report->record);
  family->run();
  inject_disarm();
  report->after = count();
  report->phase = AGAIN;
  family->run();
  report->again = count();
  report->phase = ENDED;
  family->tear_down();
  _exit(0);
}

// --- In the process that sweeps -------------------------------------------------------------------

// How one process ended, in words; NULL when all was well.
static const char* judge(int status) {
  static char words[400];
  const counts_t *before = &report->before, *after = &report->after, *again = &report->again;
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    snprintf(words, sizeof(words), "%s %s %s", number == SIGALRM ? "HANG" : "CRASH",
             strsignal(number), phase_names[report->phase]);
  } else if (WEXITSTATUS(status) != 0) {
    snprintf(words, sizeof(words), "CRASH exit status %d", WEXITSTATUS(status));
  } else if (before->handles != after->handles || before->files != after->files ||
             memcmp(before, again, sizeof(*before)) != 0) {
    // A mapping that Linux would not give up goes with the next change.
    snprintf(words, sizeof(words),
             "LEAK handles %d, %d, %d; files %d, %d, %d; mappings %d, %d, %d", before->handles,
             after->handles, again->handles, before->files, after->files, again->files,
             before->mappings, after->mappings, again->mappings);
  } else if (*report->broken) {
    snprintf(words, sizeof(words), "DAMAGE %s", report->broken);
  } else if (*report->odd_status) {
    snprintf(words, sizeof(words), "STATUS %s", report->odd_status);
  } else {
    return NULL;
  }
  return words;
}

// Runs one process; whether a call was failed.
static const char* sweep_one(const family_t* family, const kind_t* kind, int error, long nth) {
  memset(report, 0, sizeof(*report));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) be_swept(family, kind, error, nth);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    perror("sweep");
    exit(2);
  }
  return judge(status);
}

typedef struct totals {
  long processes, bad;
} totals_t;

static void print_bad(const family_t* family, const kind_t* kind, int error, long nth,
                      const char* why) {
  printf("%s %s %s %ld: %s; %s(%#lx)", family->name, kind->name, strerrorname_np(error), nth, why,
         report->record.what, report->record.argument);
  for (int i = 0; i < report->record.frames; i++) printf(" %#lx", report->record.stack[i]);
  printf("\n");
}

static void sweep(const family_t* family, const kind_t* kind, int error, long most, long only,
                  totals_t* totals) {
  // How many calls there are to fail; the run must be clean by itself.
  const char* why = sweep_one(family, kind, error, 0);
  long calls = report->record.hits, step = 1, bad = 0, processes = 1;
  if (why) {
    print_bad(family, kind, error, 0, why);
    bad++;
  }
  if (most > 0 && calls > most) step = (calls + most - 1) / most;
  for (long nth = only ? only : 1; nth <= calls; nth += step) {
    why = sweep_one(family, kind, error, nth);
    processes++;
    if (why) {
      print_bad(family, kind, error, nth, why);
      bad++;
    }
    if (only) break;
  }
  if (calls) {
    printf("%s %s/%s/%s: %ld calls, step %ld, %ld bad\n", bad ? "FAIL" : "PASS", family->name,
           kind->name, strerrorname_np(error), calls, step, bad);
  }
  totals->processes += processes;
  totals->bad += bad;
}

static bool has_kvm(void) { return access("/dev/kvm", R_OK | W_OK) == 0; }

int main(int argc, char** argv) {
  const char *family_name = NULL, *kind_name = NULL;
  long most = 0, only = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--most")) most = atol(argv[i + 1]);
    else if (!strcmp(argv[i], "--family")) family_name = argv[i + 1];
    else if (!strcmp(argv[i], "--kind")) kind_name = argv[i + 1];
    else if (!strcmp(argv[i], "--nth")) only = atol(argv[i + 1]);
    else return fprintf(stderr, "sweep: unknown option %s\n", argv[i]), 2;
  }
  report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (report == MAP_FAILED) return 2;
  totals_t totals = {0, 0};
  long skipped = 0;
  const size_t others = object_family_count + later_family_count;
  for (size_t f = 0; f < others + guest_family_count; f++) {
    const family_t* family = f < object_family_count ? &object_families[f]
                             : f < others            ? &later_families[f - object_family_count]
                                                     : &guest_families[f - others];
    if (family_name && strcmp(family_name, family->name)) continue;
    if (family->needs_kvm && !has_kvm()) {
      printf("SKIP %s: no /dev/kvm\n", family->name);
      skipped++;
      continue;
    }
    for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
      if (kind_name && strcmp(kind_name, kinds[k].name)) continue;
      for (int e = 0; e < 4 && kinds[k].errors[e]; e++) {
        sweep(family, &kinds[k], kinds[k].errors[e], most, only, &totals);
      }
    }
  }
  printf("%ld passed, %ld failed, %ld skipped\n", totals.processes - totals.bad, totals.bad,
         skipped);
  return totals.bad != 0;
}

// SPDX-License-Identifier: MIT
// zx_pager_create, _create_vmo, _detach_vmo, _supply_pages, _op_range, and the packets of pagers.
// Specification: memory.md, sections 6 and 10.12 to 10.14.

#include "vmar_fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <zircon/syscalls/port.h>

#define SECONDS(n) zx_deadline_after(ZX_SEC(n))

typedef struct {
  zx_handle_t pager, port, vmo;
  uint64_t key;
} paged_t;

static bool available(void) {
  zx_handle_t pager = ZX_HANDLE_INVALID;
  zx_status_t status = zx_pager_create(0, &pager);
  if (status == ZX_ERR_NOT_SUPPORTED) return false;
  EXPECT_OK(status);
  EXPECT_OK(zx_handle_close(pager));
  return true;
}

#define REQUIRE_PAGERS() \
  if (!available()) SKIP("no userfaultfd for the kernel's accesses")

static paged_t paged(size_t pages, uint32_t options) {
  paged_t p = {0, 0, 0, 77};
  EXPECT_OK(zx_pager_create(0, &p.pager));
  p.port = new_port();
  EXPECT_OK(zx_pager_create_vmo(p.pager, options, p.port, p.key, pages * PAGE, &p.vmo));
  return p;
}

static void drop(paged_t* p) {
  zx_handle_t all[] = {p->vmo, p->pager, p->port};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

// Waits for a packet and checks it; page numbers.
#define EXPECT_READ(p, page, pages) expect_packet(__LINE__, p, ZX_PAGER_VMO_READ, page, pages)
#define EXPECT_COMPLETE(p) expect_packet(__LINE__, p, ZX_PAGER_VMO_COMPLETE, 0, 0)
static void expect_packet(int line, const paged_t* p, uint16_t command, size_t page, size_t pages) {
  char note[32];
  snprintf(note, sizeof(note), "line %d", line);
  ztest_note = note;
  zx_port_packet_t packet;
  if (EXPECT_OK(zx_port_wait(p->port, SECONDS(10), &packet))) {
    EXPECT_EQ(packet.key, p->key);
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_PAGE_REQUEST);
    EXPECT_EQ(packet.status, ZX_OK);
    EXPECT_EQ(packet.page_request.command, command);
    EXPECT_EQ(packet.page_request.flags, 0);
    EXPECT_EQ(packet.page_request.offset, page * PAGE);
    EXPECT_EQ(packet.page_request.length, pages * PAGE);
  }
  ztest_note = NULL;
}

#define expect_no_packet(p) expect_nothing(__LINE__, p)
static void expect_nothing(int line, const paged_t* p) {
  char note[32];
  snprintf(note, sizeof(note), "line %d", line);
  ztest_note = note;
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(p->port, 0, &packet), ZX_ERR_TIMED_OUT);
  ztest_note = NULL;
}

static zx_status_t try_supply(const paged_t* p, size_t page, size_t pages, unsigned char first) {
  zx_handle_t aux = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create(pages * PAGE, 0, &aux));
  for (size_t i = 0; i < pages && first; i++) {
    unsigned char byte = (unsigned char)(first + i);
    EXPECT_OK(zx_vmo_write(aux, &byte, i * PAGE, 1));
  }
  zx_status_t status = zx_pager_supply_pages(p->pager, p->vmo, page * PAGE, pages * PAGE, aux, 0);
  EXPECT_OK(zx_handle_close(aux));
  return status;
}

static void supply(const paged_t* p, size_t page, size_t pages, unsigned char first) {
  EXPECT_OK(try_supply(p, page, pages, first));
}

// --- Threads that want pages --------------------------------------------------------------------

typedef enum { LOAD, STORE, READ_IT, WRITE_IT, COMMIT_IT, INTO_IT } how_t;

typedef struct {
  how_t how;
  zx_handle_t vmo;
  volatile unsigned char* at;  // of the VMO's first page
  size_t page, pages;
  pthread_t thread;
  pid_t tid;
  zx_status_t status;
  bool faulted;
  unsigned char got;
  int done;
} wanter_t;

static __thread sigjmp_buf escape;
static __thread bool may_fault;

static void on_fault(int number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  if (may_fault) siglongjmp(escape, 1);
  signal(number, SIG_DFL);
}

// Before the library's first call: it keeps faults of others to those that had them.
__attribute__((constructor)) static void catch_faults(void) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
}

static void* want(void* arg) {
  wanter_t* w = arg;
  __atomic_store_n(&w->tid, gettid(), __ATOMIC_SEQ_CST);
  may_fault = true;
  if (sigsetjmp(escape, 1)) {
    w->faulted = true;
  } else {
    switch (w->how) {
      case LOAD: w->got = w->at[w->page * PAGE]; break;
      case STORE: w->at[w->page * PAGE + 1] = 9; break;
      case READ_IT: w->status = zx_vmo_read(w->vmo, &w->got, w->page * PAGE, 1); break;
      case WRITE_IT: w->status = zx_vmo_write(w->vmo, "\x09", w->page * PAGE + 1, 1); break;
      case COMMIT_IT:
        w->status = zx_vmo_op_range(w->vmo, ZX_VMO_OP_COMMIT, w->page * PAGE, w->pages * PAGE, NULL, 0);
        break;
      case INTO_IT:
        w->status = zx_vmo_read(w->vmo, (void*)(uintptr_t)(w->at + w->page * PAGE), 0, 1);
        break;
    }
  }
  may_fault = false;
  __atomic_store_n(&w->done, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

static void start(wanter_t* w) {
  EXPECT_EQ(pthread_create(&w->thread, NULL, want, w), 0);
}

static void finish(wanter_t* w) { EXPECT_EQ(pthread_join(w->thread, NULL), 0); }

static wanter_t wanter(how_t how, zx_handle_t vmo, volatile unsigned char* at, size_t page, size_t pages) {
  wanter_t w = {how, vmo, at, page, pages, 0, 0, ZX_OK, false, 0, 0};
  return w;
}

// --- Requests and supply ------------------------------------------------------------------------

TEST(pager_one_page_every_way) {
  REQUIRE_PAGERS();
  for (how_t how = LOAD; how <= COMMIT_IT; how++) {
    paged_t p = paged(2, 0);
    unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, 2 * PAGE);
    wanter_t w = wanter(how, p.vmo, at, 1, 1);
    start(&w);
    EXPECT_READ(&p, 1, 1);
    expect_no_packet(&p);
    EXPECT_EQ(__atomic_load_n(&w.done, __ATOMIC_SEQ_CST), 0);
    supply(&p, 1, 1, 5);
    finish(&w);
    EXPECT_OK(w.status);
    EXPECT_FALSE(w.faulted);
    if (how == LOAD || how == READ_IT) EXPECT_EQ(w.got, 5);
    EXPECT_EQ(at[PAGE], 5);
    EXPECT_EQ(at[PAGE + 1], how == STORE || how == WRITE_IT ? 9 : 0);
    expect_no_packet(&p);
    EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
    drop(&p);
  }
}

TEST(pager_supplied_before_no_packet) {
  REQUIRE_PAGERS();
  paged_t p = paged(4, 0);
  supply(&p, 0, 4, 1);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, 4 * PAGE);
  expect_pages(at, "1234");
  unsigned char bytes[4];
  for (size_t i = 0; i < 4; i++) EXPECT_OK(zx_vmo_read(p.vmo, &bytes[i], i * PAGE, 1));
  EXPECT_BYTES(bytes, "\1\2\3\4", 4);
  expect_no_packet(&p);
  // What is there stays.
  supply(&p, 0, 4, 7);
  expect_pages(at, "1234");
  EXPECT_OK(unmap(ROOT, at, 4 * PAGE));
  drop(&p);
}

TEST(pager_supplied_before_the_packet_is_taken_none_comes) {
  REQUIRE_PAGERS();
  paged_t p = paged(2, 0);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, 2 * PAGE);
  wanter_t w = wanter(LOAD, p.vmo, at, 0, 1);
  start(&w);
  // The packet is there, but stays where it is.
  for (int i = 0; i < 10000; i++) {
    pid_t tid = __atomic_load_n(&w.tid, __ATOMIC_SEQ_CST);
    if (tid && ztest_asleep(tid)) break;
    zx_nanosleep(zx_deadline_after(ZX_MSEC(1)));
  }
  supply(&p, 0, 1, 3);
  finish(&w);
  EXPECT_EQ(w.got, 3);
  expect_no_packet(&p);
  EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
  drop(&p);
}

TEST(pager_pages_one_after_the_other) {
  REQUIRE_PAGERS();
  enum { N = 32 };
  paged_t p = paged(N, 0);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, N * PAGE);
  for (size_t i = 0; i < N; i++) {
    wanter_t w = wanter(i % 2 ? LOAD : READ_IT, p.vmo, at, i, 1);
    start(&w);
    EXPECT_READ(&p, i, 1);
    supply(&p, i, 1, (unsigned char)(i + 1));
    finish(&w);
    EXPECT_EQ(w.got, i + 1);
  }
  expect_no_packet(&p);
  EXPECT_OK(unmap(ROOT, at, N * PAGE));
  drop(&p);
}

TEST(pager_many_threads_on_one_page_one_packet) {
  REQUIRE_PAGERS();
  enum { N = 32 };
  paged_t p = paged(1, 0);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, PAGE);
  wanter_t w[N];
  for (int i = 0; i < N; i++) {
    w[i] = wanter(i % 2 ? LOAD : READ_IT, p.vmo, at, 0, 1);
    start(&w[i]);
  }
  EXPECT_READ(&p, 0, 1);
  expect_no_packet(&p);
  supply(&p, 0, 1, 6);
  for (int i = 0; i < N; i++) {
    finish(&w[i]);
    EXPECT_EQ(w[i].got, 6);
  }
  expect_no_packet(&p);
  EXPECT_OK(unmap(ROOT, at, PAGE));
  drop(&p);
}

TEST(pager_many_threads_on_many_pages) {
  REQUIRE_PAGERS();
  enum { N = 100 };
  paged_t p = paged(N, 0);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, N * PAGE);
  static wanter_t w[N];
  bool seen[N] = {false};
  for (size_t i = 0; i < N; i++) {
    w[i] = wanter(i % 2 ? LOAD : READ_IT, p.vmo, at, i, 1);
    start(&w[i]);
  }
  for (int i = 0; i < N; i++) {
    zx_port_packet_t packet;
    ASSERT_OK(zx_port_wait(p.port, SECONDS(10), &packet));
    size_t page = packet.page_request.offset / PAGE;
    ASSERT_TRUE(page < N && !seen[page]);
    EXPECT_EQ(packet.page_request.length, PAGE);
    seen[page] = true;
  }
  expect_no_packet(&p);
  supply(&p, 0, N, 1);
  for (size_t i = 0; i < N; i++) {
    finish(&w[i]);
    EXPECT_EQ(w[i].got, i + 1);
  }
  EXPECT_OK(unmap(ROOT, at, N * PAGE));
  drop(&p);
}

TEST(pager_commit_asks_for_runs) {
  REQUIRE_PAGERS();
  paged_t p = paged(555, 0);
  wanter_t w = wanter(COMMIT_IT, p.vmo, NULL, 0, 555);
  start(&w);
  EXPECT_READ(&p, 0, 555);
  supply(&p, 0, 300, 1);
  EXPECT_EQ(__atomic_load_n(&w.done, __ATOMIC_SEQ_CST), 0);
  supply(&p, 300, 255, 1);
  finish(&w);
  EXPECT_OK(w.status);
  expect_no_packet(&p);
  drop(&p);

  p = paged(9, 0);
  supply(&p, 4, 1, 1);
  w = wanter(COMMIT_IT, p.vmo, NULL, 0, 9);
  start(&w);
  EXPECT_READ(&p, 0, 4);
  supply(&p, 0, 4, 1);
  EXPECT_READ(&p, 5, 4);
  supply(&p, 5, 4, 1);
  finish(&w);
  EXPECT_OK(w.status);
  drop(&p);
}

TEST(pager_commits_that_overlap) {
  REQUIRE_PAGERS();
  paged_t p = paged(6, 0);
  wanter_t a = wanter(COMMIT_IT, p.vmo, NULL, 0, 4), b = wanter(COMMIT_IT, p.vmo, NULL, 2, 4);
  start(&a);
  EXPECT_READ(&p, 0, 4);
  start(&b);
  supply(&p, 0, 4, 1);
  EXPECT_READ(&p, 4, 2);
  supply(&p, 4, 2, 1);
  finish(&a);
  finish(&b);
  EXPECT_OK(a.status);
  EXPECT_OK(b.status);
  expect_no_packet(&p);
  drop(&p);
}

TEST(pager_supply_takes_the_pages_away) {
  REQUIRE_PAGERS();
  paged_t p = paged(4, 0);
  zx_handle_t aux = numbered_vmo(3);
  EXPECT_OK(zx_pager_supply_pages(p.pager, p.vmo, PAGE, 2 * PAGE, aux, PAGE));
  unsigned char bytes[3];
  for (size_t i = 0; i < 3; i++) EXPECT_OK(zx_vmo_read(aux, &bytes[i], i * PAGE, 1));
  EXPECT_BYTES(bytes, "\1\0\0", 3);
  EXPECT_OK(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, aux, 2 * PAGE));
  for (size_t i = 0; i < 3; i++) EXPECT_OK(zx_vmo_read(p.vmo, &bytes[i], i * PAGE, 1));
  EXPECT_BYTES(bytes, "\0\2\3", 3);
  EXPECT_OK(zx_pager_supply_pages(p.pager, p.vmo, 0, 0, aux, 0));
  EXPECT_OK(zx_handle_close(aux));
  drop(&p);
}

TEST(pager_serves_the_kernel_and_copies_between_its_vmos) {
  REQUIRE_PAGERS();
  paged_t p = paged(2, 0);
  zx_handle_t plain = numbered_vmo(1);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, 2 * PAGE);
  // A call on another VMO that waits for a page of this one, which is its buffer.
  wanter_t w = wanter(INTO_IT, plain, at, 1, 1);
  start(&w);
  EXPECT_READ(&p, 1, 1);
  unsigned char other = 0;
  EXPECT_OK(zx_vmo_write(plain, "\6", 0, 1));
  EXPECT_OK(zx_vmo_read(plain, &other, 0, 1));
  supply(&p, 1, 1, 8);
  finish(&w);
  EXPECT_OK(w.status);
  EXPECT_TRUE(at[PAGE] == 1 || at[PAGE] == 6);
  supply(&p, 0, 1, 4);
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  EXPECT_EQ(write(pipes[1], at, 1), 1);
  unsigned char byte = 0;
  EXPECT_EQ(read(pipes[0], &byte, 1), 1);
  EXPECT_EQ(byte, 4);
  close(pipes[0]);
  close(pipes[1]);
  EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
  EXPECT_OK(zx_handle_close(plain));
  drop(&p);
}

// --- Detach, close, resize ----------------------------------------------------------------------

TEST(pager_detach_completes_once) {
  REQUIRE_PAGERS();
  paged_t p = paged(2, 0);
  supply(&p, 0, 1, 3);
  EXPECT_OK(zx_pager_detach_vmo(p.pager, p.vmo));
  EXPECT_COMPLETE(&p);
  EXPECT_OK(zx_pager_detach_vmo(p.pager, p.vmo));
  expect_no_packet(&p);
  unsigned char byte = 0;
  EXPECT_OK(zx_vmo_read(p.vmo, &byte, 0, 1));
  EXPECT_EQ(byte, 3);
  EXPECT_STATUS(zx_vmo_read(p.vmo, &byte, PAGE, 1), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vmo_op_range(p.vmo, ZX_VMO_OP_COMMIT, 0, 2 * PAGE, NULL, 0), ZX_ERR_BAD_STATE);
  supply(&p, 1, 1, 4);
  drop(&p);
}

TEST(pager_detach_ends_all_waits) {
  REQUIRE_PAGERS();
  for (int taken = 0; taken < 2; taken++)
    for (how_t how = LOAD; how <= COMMIT_IT; how++) {
      paged_t p = paged(1, 0);
      unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, PAGE);
      wanter_t w = wanter(how, p.vmo, at, 0, 1);
      start(&w);
      if (taken) EXPECT_READ(&p, 0, 1);
      else while (!__atomic_load_n(&w.tid, __ATOMIC_SEQ_CST) || !ztest_asleep(w.tid)) sched_yield();
      EXPECT_OK(zx_pager_detach_vmo(p.pager, p.vmo));
      finish(&w);
      if (how == LOAD || how == STORE) EXPECT_TRUE(w.faulted);
      else EXPECT_STATUS(w.status, ZX_ERR_BAD_STATE);
      if (taken) {
        EXPECT_COMPLETE(&p);
      } else {
        // The request may have come too late to be told, but nothing comes after the last word.
        zx_port_packet_t packet = {0};
        EXPECT_OK(zx_port_wait(p.port, SECONDS(10), &packet));
        if (packet.page_request.command == ZX_PAGER_VMO_READ) EXPECT_COMPLETE(&p);
        else EXPECT_EQ(packet.page_request.command, ZX_PAGER_VMO_COMPLETE);
      }
      expect_no_packet(&p);
      EXPECT_OK(unmap(ROOT, at, PAGE));
      drop(&p);
    }
}

TEST(pager_vmo_completes_when_unused) {
  REQUIRE_PAGERS();
  paged_t p = paged(1, 0);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, PAGE);
  zx_handle_t child = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create_child(p.vmo, ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE, 0, PAGE, &child));
  EXPECT_OK(zx_handle_close(p.vmo));
  expect_no_packet(&p);
  EXPECT_OK(unmap(ROOT, at, PAGE));
  expect_no_packet(&p);
  EXPECT_OK(zx_handle_close(child));
  EXPECT_COMPLETE(&p);
  EXPECT_OK(zx_handle_close(p.pager));
  EXPECT_OK(zx_handle_close(p.port));
}

TEST(pager_closed_ends_all_waits_without_a_packet) {
  REQUIRE_PAGERS();
  for (how_t how = LOAD; how <= COMMIT_IT; how++) {
    paged_t p = paged(2, 0);
    supply(&p, 1, 1, 8);
    unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, 2 * PAGE);
    wanter_t w = wanter(how, p.vmo, at, 0, 1);
    start(&w);
    EXPECT_READ(&p, 0, 1);
    EXPECT_OK(zx_handle_close(p.pager));
    finish(&w);
    if (how == LOAD || how == STORE) EXPECT_TRUE(w.faulted);
    else EXPECT_STATUS(w.status, ZX_ERR_BAD_STATE);
    EXPECT_EQ(at[PAGE], 8);
    EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
    EXPECT_OK(zx_handle_close(p.vmo));
    expect_no_packet(&p);
    EXPECT_OK(zx_handle_close(p.port));
  }
}

TEST(pager_port_closed_supply_still_works) {
  REQUIRE_PAGERS();
  paged_t p = paged(2, 0);
  EXPECT_OK(zx_handle_close(p.port));
  wanter_t w = wanter(READ_IT, p.vmo, NULL, 0, 1), lost = wanter(READ_IT, p.vmo, NULL, 1, 1);
  start(&w);
  supply(&p, 0, 1, 2);
  finish(&w);
  EXPECT_EQ(w.got, 2);
  start(&lost);
  EXPECT_OK(zx_pager_detach_vmo(p.pager, p.vmo));
  finish(&lost);
  EXPECT_STATUS(lost.status, ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(p.vmo));
  EXPECT_OK(zx_handle_close(p.pager));
}

TEST(pager_vmo_resized) {
  REQUIRE_PAGERS();
  paged_t p = paged(2, ZX_VMO_RESIZABLE);
  unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, 3 * PAGE);
  how_t hows[] = {LOAD, READ_IT, COMMIT_IT};
  for (int i = 0; i < 3; i++) {
    wanter_t w = wanter(hows[i], p.vmo, at, 1, 1);
    start(&w);
    EXPECT_READ(&p, 1, 1);
    EXPECT_OK(zx_vmo_set_size(p.vmo, PAGE));
    finish(&w);
    if (hows[i] == LOAD) EXPECT_TRUE(w.faulted);
    else EXPECT_STATUS(w.status, hows[i] == READ_IT ? ZX_ERR_OUT_OF_RANGE : ZX_OK);
    EXPECT_OK(zx_vmo_set_size(p.vmo, 2 * PAGE));
  }
  supply(&p, 1, 1, 4);
  EXPECT_EQ(at[PAGE], 4);
  EXPECT_OK(zx_vmo_set_size(p.vmo, PAGE));
  EXPECT_OK(zx_vmo_set_size(p.vmo, 3 * PAGE));
  wanter_t w = wanter(LOAD, p.vmo, at, 2, 1);
  start(&w);
  EXPECT_READ(&p, 2, 1);
  supply(&p, 1, 2, 6);
  finish(&w);
  EXPECT_EQ(w.got, 7);
  EXPECT_EQ(at[PAGE], 6);
  EXPECT_OK(unmap(ROOT, at, 3 * PAGE));
  drop(&p);
  p = paged(1, 0);
  EXPECT_STATUS(zx_vmo_set_size(p.vmo, 0), ZX_ERR_UNAVAILABLE);
  drop(&p);
}

// --- Copies -------------------------------------------------------------------------------------

static zx_handle_t copy_child(zx_handle_t vmo, size_t pages) {
  zx_handle_t child = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vmo_create_child(vmo, ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE, 0, pages * PAGE, &child));
  return child;
}

TEST(pager_copies_ask_their_parent) {
  REQUIRE_PAGERS();
  for (how_t how = LOAD; how <= COMMIT_IT; how++) {
    paged_t p = paged(2, 0);
    zx_handle_t child = copy_child(p.vmo, 2), deep = copy_child(child, 2);
    unsigned char* at = map(ROOT, RW, 0, child, 0, 2 * PAGE);
    wanter_t w = wanter(how, child, at, 1, 1);
    start(&w);
    EXPECT_READ(&p, 1, 1);
    supply(&p, 1, 1, 5);
    finish(&w);
    EXPECT_OK(w.status);
    EXPECT_FALSE(w.faulted);
    EXPECT_EQ(at[PAGE], 5);
    EXPECT_EQ(at[PAGE + 1], how == STORE || how == WRITE_IT ? 9 : 0);
    unsigned char bytes[2] = {0, 1};
    EXPECT_OK(zx_vmo_read(p.vmo, bytes, PAGE, 2));
    EXPECT_BYTES(bytes, "\5\0", 2);
    EXPECT_OK(zx_vmo_read(deep, bytes, PAGE, 2));
    EXPECT_BYTES(bytes, "\5\0", 2);
    expect_no_packet(&p);
    zx_info_vmo_t info;
    EXPECT_OK(zx_object_get_info(child, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(info.flags, ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_VIA_HANDLE | ZX_INFO_VMO_PAGER_BACKED |
                              ZX_INFO_VMO_IS_COW_CLONE);
    EXPECT_OK(zx_object_get_info(p.vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(info.flags, ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_VIA_HANDLE | ZX_INFO_VMO_PAGER_BACKED);
    EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
    EXPECT_OK(zx_handle_close(deep));
    EXPECT_OK(zx_handle_close(child));
    drop(&p);
  }
}

TEST(pager_copies_after_detach_read_zero) {
  REQUIRE_PAGERS();
  paged_t p = paged(3, 0);
  supply(&p, 0, 2, 1);
  zx_handle_t child = copy_child(p.vmo, 3);
  EXPECT_OK(zx_vmo_write(child, "\7", 0, 1));
  EXPECT_OK(zx_pager_detach_vmo(p.pager, p.vmo));
  unsigned char* at = map(ROOT, RW, 0, child, 0, 3 * PAGE);
  expect_pages(at, "720");
  EXPECT_OK(zx_handle_close(p.vmo));
  expect_pages(at, "720");
  EXPECT_OK(unmap(ROOT, at, 3 * PAGE));
  EXPECT_OK(zx_handle_close(child));
  EXPECT_OK(zx_handle_close(p.pager));
  EXPECT_OK(zx_handle_close(p.port));
}

TEST(pager_copies_when_the_parent_is_cut) {
  REQUIRE_PAGERS();
  paged_t p = paged(3, ZX_VMO_RESIZABLE);
  supply(&p, 0, 3, 1);
  zx_handle_t child = copy_child(p.vmo, 3);
  EXPECT_OK(zx_vmo_write(child, "\7", PAGE, 1));
  EXPECT_OK(zx_vmo_set_size(p.vmo, PAGE));
  EXPECT_OK(zx_vmo_set_size(p.vmo, 3 * PAGE));
  supply(&p, 1, 2, 8);
  unsigned char bytes[3];
  for (size_t i = 0; i < 3; i++) EXPECT_OK(zx_vmo_read(child, &bytes[i], i * PAGE, 1));
  EXPECT_BYTES(bytes, "\1\7\0", 3);
  EXPECT_OK(zx_handle_close(child));
  drop(&p);
}

TEST(pager_vmos_refuse_other_copies_and_decommit) {
  REQUIRE_PAGERS();
  paged_t p = paged(1, 0);
  zx_handle_t out, child = copy_child(p.vmo, 1);
  EXPECT_STATUS(zx_vmo_create_child(p.vmo, ZX_VMO_CHILD_SNAPSHOT, 0, PAGE, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmo_create_child(child, ZX_VMO_CHILD_SNAPSHOT, 0, PAGE, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmo_op_range(p.vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE, NULL, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_vmo_op_range(child, ZX_VMO_OP_DECOMMIT, 0, PAGE, NULL, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_handle_close(child));
  EXPECT_STATUS(zx_vmo_op_range(p.vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE, NULL, 0), ZX_ERR_NOT_SUPPORTED);
  drop(&p);
}

// --- Arguments ----------------------------------------------------------------------------------

TEST(pager_create_arguments) {
  REQUIRE_PAGERS();
  paged_t p = paged(1, 0);
  zx_handle_t out = 77, blind = copy_of(p.port, ZX_RIGHT_READ);
  EXPECT_STATUS(zx_pager_create(1, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(basic_info(p.pager).type, ZX_OBJ_TYPE_PAGER);
  EXPECT_EQ(basic_info(p.pager).rights, 0x80c2);
  EXPECT_EQ(basic_info(p.vmo).rights, ZX_DEFAULT_VMO_RIGHTS);
  EXPECT_EQ(signals_of(p.vmo), ZX_VMO_ZERO_CHILDREN);
  EXPECT_STATUS(zx_pager_create_vmo(p.pager, ~0u, p.port, 0, PAGE, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_create_vmo(p.pager, ZX_VMO_DISCARDABLE, p.port, 0, PAGE, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_create_vmo(0, 0, p.port, 0, PAGE, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_create_vmo(p.pager, 0, 0, 0, PAGE, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_create_vmo(p.vmo, 0, p.port, 0, PAGE, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_create_vmo(p.pager, 0, p.vmo, 0, PAGE, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_create_vmo(p.pager, 0, blind, 0, PAGE, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_pager_create_vmo(p.pager, 0, p.port, 0, UINT64_MAX - PAGE + 2, &out), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(out, 77);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(out), &bad); i++) {
    EXPECT_STATUS(zx_pager_create(0, bad), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_pager_create_vmo(p.pager, 0, p.port, p.key, PAGE, bad), ZX_ERR_INVALID_ARGS);
    EXPECT_COMPLETE(&p);
  }
  EXPECT_OK(zx_handle_close(blind));
  drop(&p);
}

TEST(pager_calls_bad_arguments) {
  REQUIRE_PAGERS();
  paged_t p = paged(4, 0), other = paged(4, 0);
  zx_handle_t plain = numbered_vmo(4), aux = numbered_vmo(4);
  zx_handle_t ro = copy_of(aux, ZX_RIGHT_READ), wo = copy_of(aux, ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_pager_detach_vmo(0, p.vmo), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_detach_vmo(p.pager, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_detach_vmo(p.vmo, p.vmo), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_detach_vmo(p.pager, p.pager), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_detach_vmo(p.pager, plain), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_detach_vmo(p.pager, other.vmo), ZX_ERR_INVALID_ARGS);

  EXPECT_STATUS(zx_pager_supply_pages(0, p.vmo, 0, PAGE, aux, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, 0, 0, PAGE, aux, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_supply_pages(p.port, p.vmo, 0, PAGE, aux, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.port, 0, PAGE, aux, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, p.port, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, plain, 0, PAGE, 0, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, other.vmo, 0, PAGE, 0, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, ro, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, wo, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_pager_supply_pages(0, p.vmo, 1, PAGE, aux, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_supply_pages(0, p.vmo, 0, 1, aux, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_supply_pages(0, p.vmo, 0, PAGE, aux, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 3 * PAGE, 2 * PAGE, aux, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, UINT64_MAX - PAGE + 1, 2 * PAGE, aux, 0), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, 2 * PAGE, aux, 3 * PAGE), ZX_ERR_OUT_OF_RANGE);

  zx_handle_t child;
  EXPECT_OK(zx_vmo_create_child(aux, ZX_VMO_CHILD_SNAPSHOT, 0, PAGE, &child));
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, aux, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, child, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, other.vmo, 0), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(child));
  unsigned char* at = map(ROOT, RW, 0, aux, 0, PAGE);
  EXPECT_STATUS(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, aux, 0), ZX_ERR_BAD_STATE);
  EXPECT_OK(unmap(ROOT, at, PAGE));
  EXPECT_OK(zx_pager_supply_pages(p.pager, p.vmo, 0, PAGE, aux, 0));

  EXPECT_STATUS(zx_pager_op_range(p.pager, 0, p.vmo, 0, PAGE, 0), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_pager_op_range(p.pager, 1, plain, 0, PAGE, (uint64_t)ZX_ERR_IO), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_op_range(0, 1, p.vmo, 0, PAGE, (uint64_t)ZX_ERR_IO), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_pager_op_range(p.pager, 1, p.vmo, 1, PAGE, (uint64_t)ZX_ERR_IO), ZX_ERR_INVALID_ARGS);
  uint64_t reasons[] = {0x11FFFFFFFF, (uint64_t)ZX_ERR_INTERNAL, 10, 0};
  for (size_t i = 0; i < 4; i++)
    EXPECT_STATUS(zx_pager_op_range(p.pager, 1, p.vmo, 0, PAGE, reasons[i]), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_pager_op_range(p.pager, 1, p.vmo, 4 * PAGE, PAGE, (uint64_t)ZX_ERR_IO), ZX_ERR_OUT_OF_RANGE);
  EXPECT_OK(zx_pager_op_range(p.pager, 1, p.vmo, 0, 4 * PAGE, (uint64_t)ZX_ERR_IO));
  zx_handle_t all[] = {plain, aux, ro, wo};
  EXPECT_OK(zx_handle_close_many(all, 4));
  drop(&p);
  drop(&other);
}

// --- FAIL ---------------------------------------------------------------------------------------

TEST(pager_fail_every_way) {
  REQUIRE_PAGERS();
  zx_status_t reasons[] = {ZX_ERR_IO, ZX_ERR_IO_DATA_INTEGRITY, ZX_ERR_BAD_STATE};
  for (how_t how = LOAD; how <= COMMIT_IT; how++)
    for (int i = 0; i < 3; i++) {
      paged_t p = paged(2, 0);
      unsigned char* at = map(ROOT, RW, 0, p.vmo, 0, 2 * PAGE);
      wanter_t w = wanter(how, p.vmo, at, 1, 1);
      // A second time: the next access asks anew.
      for (int again = 0; again < 2; again++) {
        w.faulted = false;
        start(&w);
        EXPECT_READ(&p, 1, 1);
        EXPECT_OK(zx_pager_op_range(p.pager, ZX_PAGER_OP_FAIL, p.vmo, PAGE, PAGE, (uint64_t)reasons[i]));
        finish(&w);
        if (how == LOAD || how == STORE) EXPECT_TRUE(w.faulted);
        else EXPECT_STATUS(w.status, reasons[i]);
      }
      w.faulted = false;
      start(&w);
      EXPECT_READ(&p, 1, 1);
      supply(&p, 1, 1, 5);
      finish(&w);
      EXPECT_FALSE(w.faulted);
      EXPECT_EQ(at[PAGE], 5);
      EXPECT_OK(unmap(ROOT, at, 2 * PAGE));
      drop(&p);
    }
}

TEST(pager_fail_only_what_overlaps) {
  REQUIRE_PAGERS();
  paged_t p = paged(9, 0);
  wanter_t w[3];
  for (size_t i = 0; i < 3; i++) {
    w[i] = wanter(COMMIT_IT, p.vmo, NULL, i * 3, 3);
    start(&w[i]);
    EXPECT_READ(&p, i * 3, 3);
  }
  EXPECT_OK(zx_pager_op_range(p.pager, ZX_PAGER_OP_FAIL, p.vmo, 2 * PAGE, 2 * PAGE, (uint64_t)ZX_ERR_IO));
  finish(&w[0]);
  finish(&w[1]);
  EXPECT_STATUS(w[0].status, ZX_ERR_IO);
  EXPECT_STATUS(w[1].status, ZX_ERR_IO);
  EXPECT_EQ(__atomic_load_n(&w[2].done, __ATOMIC_SEQ_CST), 0);
  supply(&p, 6, 3, 1);
  finish(&w[2]);
  EXPECT_OK(w[2].status);
  EXPECT_OK(zx_pager_op_range(p.pager, ZX_PAGER_OP_FAIL, p.vmo, 0, 9 * PAGE, (uint64_t)ZX_ERR_IO));
  unsigned char byte = 0;
  EXPECT_OK(zx_vmo_read(p.vmo, &byte, 6 * PAGE, 1));
  EXPECT_EQ(byte, 1);
  drop(&p);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Memory: copies of VMOs, their first writes, reads and writes by call, memory given and taken back,
// pages from a pager, many mappings. Against memcpy, fork, Linux's own copy-on-write, fallocate,
// bare userfaultfd and mmap.

#include "bench.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

#define PAGE ((size_t)4096)
#define GIB ((size_t)1 << 30)
#define MIB ((size_t)1 << 20)
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define ROOT zx_vmar_root_self()

static zx_handle_t vmo_of(size_t size) {
  zx_handle_t vmo;
  CHECK(zx_vmo_create(size, 0, &vmo));
  return vmo;
}

static unsigned char* map(zx_handle_t vmo, size_t size) {
  zx_vaddr_t at;
  CHECK(zx_vmar_map(ROOT, RW, 0, vmo, 0, size, &at));
  return (unsigned char*)at;
}

static void unmap(void* at, size_t size) { CHECK(zx_vmar_unmap(ROOT, (zx_vaddr_t)at, size)); }

// --- Copies -------------------------------------------------------------------------------------

static unsigned char *from, *to;

static void copy_child(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    zx_handle_t child;
    CHECK(zx_vmo_create_child(*(zx_handle_t*)context, ZX_VMO_CHILD_SNAPSHOT, 0, GIB, &child));
    CHECK(zx_handle_close(child));
  }
}

static void copy_bytes(void* context, uint64_t count) {
  (void)context;
  for (uint64_t i = 0; i < count; i++) memcpy(to, from, GIB);
}

static void copy_process(void* context, uint64_t count) {
  (void)context;
  for (uint64_t i = 0; i < count; i++) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
  }
}

// --- First writes -------------------------------------------------------------------------------

#define TOUCHED 4096

static void first_writes_child(void* context, uint64_t count) {
  zx_handle_t child;
  CHECK(zx_vmo_create_child(*(zx_handle_t*)context, ZX_VMO_CHILD_SNAPSHOT, 0, TOUCHED * PAGE, &child));
  volatile unsigned char* at = map(child, TOUCHED * PAGE);
  for (uint64_t i = 0; i < count; i++) at[i * PAGE] = 1;
  unmap((void*)(uintptr_t)at, TOUCHED * PAGE);
  CHECK(zx_handle_close(child));
}

static void first_writes_parent(void* context, uint64_t count) {
  struct { zx_handle_t vmo; volatile unsigned char* at; }* parent = context;
  zx_handle_t child;
  CHECK(zx_vmo_create_child(parent->vmo, ZX_VMO_CHILD_SNAPSHOT, 0, TOUCHED * PAGE, &child));
  for (uint64_t i = 0; i < count; i++) parent->at[i * PAGE] = 1;
  CHECK(zx_handle_close(child));
}

static void first_writes_private(void* context, uint64_t count) {
  volatile unsigned char* at = mmap(NULL, TOUCHED * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, *(int*)context, 0);
  if (at == MAP_FAILED) abort();
  for (uint64_t i = 0; i < count; i++) at[i * PAGE] = 1;
  munmap((void*)(uintptr_t)at, TOUCHED * PAGE);
}

static void first_writes_call(void* context, uint64_t count) {
  zx_handle_t child;
  CHECK(zx_vmo_create_child(*(zx_handle_t*)context, ZX_VMO_CHILD_SNAPSHOT, 0, TOUCHED * PAGE, &child));
  for (uint64_t i = 0; i < count; i++) CHECK(zx_vmo_write(child, "x", i * PAGE, 1));
  CHECK(zx_handle_close(child));
}

// --- Reads and writes by call -------------------------------------------------------------------

typedef struct {
  zx_handle_t vmo;
  size_t len;
} part_t;

static void read_vmo(void* context, uint64_t count) {
  part_t* part = context;
  for (uint64_t i = 0; i < count; i++) CHECK(zx_vmo_read(part->vmo, to, 0, part->len));
}

static void write_vmo(void* context, uint64_t count) {
  part_t* part = context;
  for (uint64_t i = 0; i < count; i++) CHECK(zx_vmo_write(part->vmo, to, 0, part->len));
}

static void copy_part(void* context, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    memcpy(to, from, ((part_t*)context)->len);
    __asm__ volatile("" ::"r"(to) : "memory");
  }
}

// --- Memory given and taken back ----------------------------------------------------------------

static void commit_decommit(void* context, uint64_t count) {
  zx_handle_t vmo = *(zx_handle_t*)context;
  for (uint64_t i = 0; i < count; i++) {
    CHECK(zx_vmo_op_range(vmo, ZX_VMO_OP_COMMIT, 0, GIB, NULL, 0));
    CHECK(zx_vmo_op_range(vmo, ZX_VMO_OP_DECOMMIT, 0, GIB, NULL, 0));
  }
}

static void allocate_punch(void* context, uint64_t count) {
  int file = *(int*)context;
  for (uint64_t i = 0; i < count; i++) {
    if (fallocate(file, FALLOC_FL_KEEP_SIZE, 0, (off_t)GIB)) abort();
    if (fallocate(file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, (off_t)GIB)) abort();
  }
}

// --- Pages from a pager -------------------------------------------------------------------------

#define SERVED 2048

static zx_handle_t pager, port;

static void* serve(void* context) {
  zx_handle_t aux = vmo_of(PAGE);
  for (;;) {
    zx_port_packet_t packet;
    CHECK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
    if (packet.page_request.command != ZX_PAGER_VMO_READ) break;
    CHECK(zx_vmo_write(aux, "x", 0, 1));
    CHECK(zx_pager_supply_pages(pager, *(zx_handle_t*)context, packet.page_request.offset, PAGE, aux, 0));
  }
  CHECK(zx_handle_close(aux));
  return NULL;
}

static void touch_paged(void* context, uint64_t count) {
  (void)context;
  zx_handle_t vmo;
  CHECK(zx_pager_create_vmo(pager, 0, port, 0, SERVED * PAGE, &vmo));
  pthread_t thread;
  pthread_create(&thread, NULL, serve, &vmo);
  volatile unsigned char* at = map(vmo, SERVED * PAGE);
  for (uint64_t i = 0; i < count; i++)
    if (at[i * PAGE] != 'x') abort();
  CHECK(zx_pager_detach_vmo(pager, vmo));
  pthread_join(thread, NULL);
  unmap((void*)(uintptr_t)at, SERVED * PAGE);
  CHECK(zx_handle_close(vmo));
}

static void* serve_bare(void* context) {
  int uffd = *(int*)context;
  unsigned char bytes[4096] = "x";
  struct uffd_msg message;
  while (read(uffd, &message, sizeof(message)) == (ssize_t)sizeof(message)) {
    struct uffdio_copy copy = {.dst = message.arg.pagefault.address & ~(PAGE - 1), .src = (uintptr_t)bytes, .len = PAGE};
    if (ioctl(uffd, UFFDIO_COPY, &copy)) abort();
  }
  return NULL;
}

static int uffd = -1;
static volatile unsigned char* bare_at;

static void touch_bare(void* context, uint64_t count) {
  (void)context;
  madvise((void*)(uintptr_t)bare_at, SERVED * PAGE, MADV_REMOVE);
  for (uint64_t i = 0; i < count; i++)
    if (bare_at[i * PAGE] != 'x') abort();
}

static bool set_up_bare(void) {
  static pthread_t thread;
  uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  struct uffdio_api api = {.api = UFFD_API};
  if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api)) return false;
  bare_at = mmap(NULL, SERVED * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register range = {{(uintptr_t)bare_at, SERVED * PAGE}, UFFDIO_REGISTER_MODE_MISSING, 0};
  if (ioctl(uffd, UFFDIO_REGISTER, &range)) return false;
  return pthread_create(&thread, NULL, serve_bare, &uffd) == 0;
}

// --- Mappings -----------------------------------------------------------------------------------

#define MAPPINGS 10000

static void many_mappings(void* context, uint64_t count) {
  static unsigned char* at[MAPPINGS];
  for (uint64_t i = 0; i < count; i++) at[i] = map(*(zx_handle_t*)context, 2 * PAGE);
  for (uint64_t i = 0; i < count; i++) unmap(at[i], 2 * PAGE);
}

static void many_mmaps(void* context, uint64_t count) {
  static void* at[MAPPINGS];
  for (uint64_t i = 0; i < count; i++)
    at[i] = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, *(int*)context, 0);
  for (uint64_t i = 0; i < count; i++) munmap(at[i], 2 * PAGE);
}

int main(void) {
  int file = memfd_create("reference", MFD_CLOEXEC);
  if (ftruncate(file, (off_t)GIB)) abort();
  from = mmap(NULL, GIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  to = mmap(NULL, GIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(from, 1, GIB);
  memset(to, 2, GIB);

  zx_handle_t vmo = vmo_of(GIB);
  part_t parts[] = {{vmo, PAGE}, {vmo, MIB}};
  CHECK(zx_vmo_write(vmo, from, 0, MIB));
  bench_against("vmo_read_4k", read_vmo, &parts[0], copy_part, &parts[0], 20000);
  bench_against("vmo_read_1m", read_vmo, &parts[1], copy_part, &parts[1], 100);
  bench_against("vmo_write_4k", write_vmo, &parts[0], copy_part, &parts[0], 20000);
  bench_against("vmo_write_1m", write_vmo, &parts[1], copy_part, &parts[1], 100);

  bench_against("map_unmap_10000", many_mappings, &vmo, many_mmaps, &file, MAPPINGS);
  bench_against("commit_decommit_1g", commit_decommit, &vmo, allocate_punch, &file, 1);

  CHECK(zx_vmo_write(vmo, from, 0, GIB));
  bench_against_few("create_child_1g_to_memcpy", copy_child, &vmo, 200, copy_bytes, NULL, 1);
  munmap(to, GIB);
  bench_against_few("create_child_1g_to_fork", copy_child, &vmo, 200, copy_process, NULL, 1);
  unsigned char* at = map(vmo, GIB);
  for (size_t i = 0; i < GIB; i += PAGE) at[i] = 1;
  bench_against_few("create_child_1g_mapped_to_fork", copy_child, &vmo, 1, copy_process, NULL, 1);
  unmap(at, GIB);

  for (size_t i = 0; i < TOUCHED * PAGE; i += MIB)
    if (pwrite(file, from + i, MIB, (off_t)i) != (ssize_t)MIB) abort();
  bench_against("first_write_in_child", first_writes_child, &vmo, first_writes_private, &file, TOUCHED);
  struct { zx_handle_t vmo; unsigned char* at; } parent = {vmo, map(vmo, TOUCHED * PAGE)};
  bench_against("first_write_in_parent", first_writes_parent, &parent, first_writes_private, &file, TOUCHED);
  unmap(parent.at, TOUCHED * PAGE);
  bench_against("first_write_by_call", first_writes_call, &vmo, first_writes_private, &file, TOUCHED);

  if (zx_pager_create(0, &pager) == ZX_OK && set_up_bare()) {
    CHECK(zx_port_create(0, &port));
    bench_against("page_request", touch_paged, NULL, touch_bare, NULL, SERVED);
  } else {
    printf("# page_request: no userfaultfd here\n");
  }
  CHECK(zx_handle_close(vmo));
  return 0;
}

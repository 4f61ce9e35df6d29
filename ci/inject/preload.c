// SPDX-License-Identifier: MIT
// A preloaded library that fails chosen calls which libzx.so makes to the C library; see inject.h.
// Calls are the library's when they return into its code. A failed call does nothing, except that
// close() closes, as Linux does whatever it answers.

#define _GNU_SOURCE
#include "inject.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <linux/futex.h>
#include <linux/kvm.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

// The library's code in memory, and what to add to an address of its file.
static uintptr_t code_start, code_end, load_address;

static inject_record_t* record;
static inject_kind_t armed_kind;
static int armed_error;
static long armed_nth;
static bool armed_persist;
static bool armed;
static __thread bool inside;

static int find_library(struct dl_phdr_info* info, size_t size, void* unused) {
  (void)size;
  (void)unused;
  if (!info->dlpi_name || !strstr(info->dlpi_name, "libzx.so")) return 0;
  load_address = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)* part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    code_start = load_address + part->p_vaddr;
    code_end = code_start + part->p_memsz;
  }
  return 1;
}

static bool in_library(const void* address) {
  return (uintptr_t)address >= code_start && (uintptr_t)address < code_end;
}

void inject_arm(inject_kind_t kind, int error, long nth, bool persist, inject_record_t* where) {
  if (!code_start) {
    void* frames[4];
    dl_iterate_phdr(find_library, NULL);
    backtrace(frames, 4);  // loads what it needs now
  }
  memset(where, 0, sizeof(*where));
  record = where;
  armed_kind = kind;
  armed_error = error;
  armed_nth = nth;
  armed_persist = persist;
  __atomic_store_n(&armed, true, __ATOMIC_SEQ_CST);
}

void inject_disarm(void) { __atomic_store_n(&armed, false, __ATOMIC_SEQ_CST); }

static void note_failure(const char* what, unsigned long argument) {
  inside = true;
  void* frames[INJECT_FRAMES];
  int count = backtrace(frames, INJECT_FRAMES);
  for (int i = 0; i < count; i++) {
    if (!in_library(frames[i])) continue;
    record->stack[record->frames++] = (uintptr_t)frames[i] - load_address - 1;
  }
  strncpy(record->what, what, sizeof(record->what) - 1);
  record->argument = argument;
  inside = false;
}

// Whether this call fails. The caller then sets errno, or returns `armed_error`.
static bool fails(inject_kind_t kind, const void* caller, const char* what,
                  unsigned long argument) {
  if (!__atomic_load_n(&armed, __ATOMIC_ACQUIRE) || kind != armed_kind || inside ||
      !in_library(caller)) {
    return false;
  }
  long hit = __atomic_add_fetch(&record->hits, 1, __ATOMIC_SEQ_CST);
  if (armed_nth == 0 || hit < armed_nth || (hit > armed_nth && !armed_persist)) return false;
  if (__atomic_fetch_add(&record->failed, 1, __ATOMIC_SEQ_CST) == 0) note_failure(what, argument);
  errno = armed_error;
  return true;
}

#define FAILS(kind, what, argument) \
  fails(kind, __builtin_return_address(0), what, (unsigned long)(argument))

// --- Memory ---------------------------------------------------------------------------------------

void* malloc(size_t size) {
  return FAILS(INJECT_HEAP, "malloc", size) ? NULL : __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  return FAILS(INJECT_HEAP, "calloc", count * size) ? NULL : __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) {
  return FAILS(INJECT_HEAP, "realloc", size) ? NULL : __libc_realloc(old, size);
}

void* aligned_alloc(size_t align, size_t size) {
  return FAILS(INJECT_HEAP, "aligned_alloc", size) ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void** out, size_t align, size_t size) {
  if (FAILS(INJECT_HEAP, "posix_memalign", size)) return ENOMEM;
  void* memory = __libc_memalign(align, size);
  if (!memory) return ENOMEM;
  *out = memory;
  return 0;
}

// --- System calls ---------------------------------------------------------------------------------

typedef long (*syscall_t)(long, ...);
static syscall_t real_syscall;

__attribute__((constructor)) static void find_syscall(void) {
  if (!real_syscall) real_syscall = (syscall_t)dlsym(RTLD_NEXT, "syscall");
}

static syscall_t host(void) {
  find_syscall();
  return real_syscall;
}

// What kind of call a number is; INJECT_KINDS for none that is failed here.
static inject_kind_t kind_of(long number, long operation) {
  switch (number) {
    case SYS_futex:
      operation &= FUTEX_CMD_MASK;
      return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET ? INJECT_FUTEX
                                                                       : INJECT_KINDS;
    case SYS_tgkill:
    case SYS_tkill:
    case SYS_rt_sigaction:
    case SYS_rt_sigprocmask:
    case SYS_rt_tgsigqueueinfo:
      return INJECT_SIGNAL;
    case SYS_mmap:
    case SYS_mremap:
      return INJECT_MAP;
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_madvise:
      return INJECT_UNMAP;
    case SYS_ioctl:
      return INJECT_IOCTL;
    case SYS_open:
    case SYS_openat:
    case SYS_close:
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_ftruncate:
    case SYS_fallocate:
    case SYS_memfd_create:
    case SYS_lseek:
    case SYS_fcntl:
    case SYS_eventfd2:
    case SYS_userfaultfd:
    case SYS_process_vm_readv:
    case SYS_process_vm_writev:
    case SYS_fstat:
      return INJECT_FILE;
    default:
      return INJECT_KINDS;
  }
}

long syscall(long number, ...) {
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  inject_kind_t kind = kind_of(number, a[1]);
  if (kind != INJECT_KINDS && FAILS(kind, "syscall", number)) {
    if (number == SYS_close) host()(SYS_close, a[0]);
    return -1;
  }
  return host()(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#define MAP_CALL(name)                                                                   \
  void* name(void* at, size_t size, int prot, int flags, int fd, off_t offset) {         \
    if (FAILS(INJECT_MAP, "mmap", size)) return MAP_FAILED;                              \
    return (void*)host()(SYS_mmap, at, size, prot, flags, fd, offset);                   \
  }
MAP_CALL(mmap)
MAP_CALL(mmap64)

int munmap(void* at, size_t size) {
  return FAILS(INJECT_UNMAP, "munmap", size) ? -1 : (int)host()(SYS_munmap, at, size);
}

int mprotect(void* at, size_t size, int prot) {
  return FAILS(INJECT_UNMAP, "mprotect", size) ? -1 : (int)host()(SYS_mprotect, at, size, prot);
}

int madvise(void* at, size_t size, int advice) {
  return FAILS(INJECT_UNMAP, "madvise", advice) ? -1 : (int)host()(SYS_madvise, at, size, advice);
}

int ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void* argument = va_arg(list, void*);
  va_end(list);
  // Signals interrupt no other requests of KVM than these.
  bool possible = armed_error != EINTR || request == KVM_RUN || request == KVM_CREATE_VM;
  if (request == UFFDIO_WAKE) possible = false;  // waking cannot fail
  if (possible && FAILS(INJECT_IOCTL, "ioctl", request)) return -1;
  return (int)host()(SYS_ioctl, fd, request, argument);
}

// --- Files ----------------------------------------------------------------------------------------

#define OPEN_CALL(name)                                                    \
  int name(const char* path, int flags, ...) {                             \
    va_list list;                                                          \
    va_start(list, flags);                                                 \
    int mode = va_arg(list, int);                                          \
    va_end(list);                                                          \
    if (FAILS(INJECT_FILE, "open", flags)) return -1;                      \
    return (int)host()(SYS_openat, AT_FDCWD, path, flags, mode);           \
  }
OPEN_CALL(open)
OPEN_CALL(open64)

int close(int fd) {
  bool failed = FAILS(INJECT_FILE, "close", fd);
  int error = errno;
  int result = (int)host()(SYS_close, fd);
  if (!failed) return result;
  errno = error;
  return -1;
}

int memfd_create(const char* name, unsigned flags) {
  return FAILS(INJECT_FILE, "memfd_create", 0) ? -1 : (int)host()(SYS_memfd_create, name, flags);
}

#define TRUNCATE_CALL(name)                                                                     \
  int name(int fd, off_t size) {                                                                \
    return FAILS(INJECT_FILE, "ftruncate", size) ? -1 : (int)host()(SYS_ftruncate, fd, size);   \
  }
TRUNCATE_CALL(ftruncate)
TRUNCATE_CALL(ftruncate64)

#define ALLOCATE_CALL(name)                                                        \
  int name(int fd, int mode, off_t offset, off_t size) {                           \
    if (FAILS(INJECT_FILE, "fallocate", size)) return -1;                          \
    return (int)host()(SYS_fallocate, fd, mode, offset, size);                     \
  }
ALLOCATE_CALL(fallocate)
ALLOCATE_CALL(fallocate64)

#define SEEK_CALL(name)                                                                        \
  off_t name(int fd, off_t offset, int whence) {                                               \
    return FAILS(INJECT_FILE, "lseek", whence) ? -1 : host()(SYS_lseek, fd, offset, whence);   \
  }
SEEK_CALL(lseek)
SEEK_CALL(lseek64)

ssize_t read(int fd, void* buffer, size_t size) {
  return FAILS(INJECT_FILE, "read", size) ? -1 : host()(SYS_read, fd, buffer, size);
}

ssize_t write(int fd, const void* buffer, size_t size) {
  return FAILS(INJECT_FILE, "write", size) ? -1 : host()(SYS_write, fd, buffer, size);
}

#define PREAD_CALL(name)                                                \
  ssize_t name(int fd, void* buffer, size_t size, off_t offset) {       \
    if (FAILS(INJECT_FILE, "pread", size)) return -1;                   \
    return host()(SYS_pread64, fd, buffer, size, offset);               \
  }
PREAD_CALL(pread)
PREAD_CALL(pread64)

#define PWRITE_CALL(name)                                                   \
  ssize_t name(int fd, const void* buffer, size_t size, off_t offset) {     \
    if (FAILS(INJECT_FILE, "pwrite", size)) return -1;                      \
    return host()(SYS_pwrite64, fd, buffer, size, offset);                  \
  }
PWRITE_CALL(pwrite)
PWRITE_CALL(pwrite64)

int eventfd(unsigned initial, int flags) {
  return FAILS(INJECT_FILE, "eventfd", 0) ? -1 : (int)host()(SYS_eventfd2, initial, flags);
}

// --- Threads and signals --------------------------------------------------------------------------

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) {
  if (FAILS(INJECT_THREAD, "pthread_create", 0)) return armed_error;
  return REAL(pthread_create)(thread, attributes, body, argument);
}

int sigaction(int number, const struct sigaction* action, struct sigaction* old) {
  if (FAILS(INJECT_SIGNAL, "sigaction", number)) return -1;
  return REAL(sigaction)(number, action, old);
}

int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) {
  if (FAILS(INJECT_SIGNAL, "pthread_sigmask", how)) return armed_error;
  return REAL(pthread_sigmask)(how, set, old);
}

int getrlimit(__rlimit_resource_t resource, struct rlimit* limits) {
  if (FAILS(INJECT_FILE, "getrlimit", resource)) return -1;
  return (int)host()(SYS_prlimit64, 0, (int)resource, NULL, limits);
}

// SPDX-License-Identifier: MIT
// Bad pointers are answered with ZX_ERR_INVALID_ARGS, and the faults that are the program's own still
// reach the handlers that it had installed before its first call. Specification: objects.md, 2.4.

#include "ztest.h"

#include <pthread.h>
#include <sched.h>
#include <zircon/process.h>

#include "objects.h"

// --- The program's own handler, installed before the library is used -----------------------------

static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t expecting;
static __thread volatile sig_atomic_t own_faults;
static __thread void* volatile own_address;
static __thread volatile int own_code, own_signal;

static void own_handler(int number, siginfo_t* info, void* context) {
  if (!expecting || !context) {
    static const char text[] = "a fault of the library reached the program\n";
    if (write(2, text, sizeof(text) - 1) < 0) _exit(3);
    _exit(2);
  }
  own_faults++;
  own_signal = number;
  own_code = info->si_code;
  own_address = info->si_addr;
  siglongjmp(escape, 1);
}

// Runs before the tests; the library is not called before main.
__attribute__((constructor)) static void install_own_handler(void) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = own_handler;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
}

// Makes a fault of the program's own; true if its handler saw exactly this fault.
static bool own_fault_is_seen(void* address, bool write) {
  sig_atomic_t before = own_faults;
  own_address = NULL;
  own_code = 0;
  expecting = 1;
  if (sigsetjmp(escape, 1) == 0) {
    volatile unsigned char* byte = (volatile unsigned char*)address;
    if (write)
      *byte = 1;
    else
      (void)*byte;
  }
  expecting = 0;
  return own_faults == before + 1 && own_address == address && own_signal == SIGSEGV;
}

static void* unmapped_page(void) { return ztest_page_row() + sysconf(_SC_PAGESIZE); }
static void* read_only_page(void) { return ztest_page_row() + 3 * sysconf(_SC_PAGESIZE); }

TEST(user_memory_own_fault_before_first_call_seen) {
  // The first test of the program: no system call has been made yet.
  EXPECT_TRUE(own_fault_is_seen(unmapped_page(), false));
}

TEST(user_memory_own_fault_after_calls_seen_with_siginfo) {
  zx_handle_t port = new_port();
  EXPECT_STATUS(zx_port_queue(port, NULL), ZX_ERR_INVALID_ARGS);
  EXPECT_TRUE(own_fault_is_seen(unmapped_page(), false));
  EXPECT_EQ(own_code, SEGV_ACCERR);
  EXPECT_TRUE(own_fault_is_seen(ztest_unmapped(), true));
  EXPECT_EQ(own_code, SEGV_MAPERR);
  EXPECT_TRUE(own_fault_is_seen(read_only_page(), true));
  EXPECT_EQ(own_code, SEGV_ACCERR);
  EXPECT_TRUE(own_fault_is_seen(NULL, false));
  EXPECT_STATUS(zx_port_queue(port, NULL), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(port));
}

TEST(user_memory_bad_pointer_handler_not_called) {
  zx_handle_t port = new_port();
  sig_atomic_t before = own_faults;
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(zx_port_packet_t), &bad); i++)
    EXPECT_STATUS(zx_port_queue(port, (const zx_port_packet_t*)bad), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_port_create(0, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(own_faults, before);
  EXPECT_OK(zx_handle_close(port));
}

TEST(user_memory_bad_pointer_signal_mask_unchanged) {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  EXPECT_STATUS(zx_port_create(0, (zx_handle_t*)unmapped_page()), ZX_ERR_INVALID_ARGS);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  for (int number = 1; number < NSIG; number++)
    EXPECT_EQ(sigismember(&before, number), sigismember(&after, number));
  EXPECT_TRUE(own_fault_is_seen(unmapped_page(), true));
}

TEST(user_memory_sent_signal_reaches_own_handler) {
  // kill(2) with SIGSEGV is no fault, yet it is the program's business too.
  expecting = 1;
  own_signal = 0;
  if (sigsetjmp(escape, 1) == 0) {
    raise(SIGSEGV);
    expecting = 0;
    EXPECT_TRUE(!"raise(SIGSEGV) came back");
  }
  expecting = 0;
  EXPECT_EQ(own_signal, SIGSEGV);
  EXPECT_EQ(own_code, SI_TKILL);
  EXPECT_STATUS(zx_port_create(0, NULL), ZX_ERR_INVALID_ARGS);
}

// --- Calls ----------------------------------------------------------------------------------------

TEST(user_memory_read_only_memory_is_not_written) {
  // Copy on write would hide a store that went through: a shared read-only page.
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  int fd = memfd_create("shared", MFD_CLOEXEC);
  ASSERT_TRUE(fd >= 0);
  ASSERT_EQ(ftruncate(fd, (off_t)page), 0);
  unsigned char* writable =
      (unsigned char*)mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  unsigned char* read_only = (unsigned char*)mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
  ASSERT_TRUE(writable != MAP_FAILED && read_only != MAP_FAILED);
  memset(writable, 0x5a, page);
  zx_handle_t port = new_port();
  EXPECT_STATUS(zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, (zx_handle_t*)(void*)read_only),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_object_get_info(port, ZX_INFO_HANDLE_BASIC, read_only, 32, NULL, NULL),
                ZX_ERR_INVALID_ARGS);
  for (size_t i = 0; i < 64; i++) EXPECT_EQ(writable[i], 0x5a);
  EXPECT_EQ(handle_count(port), 1);
  EXPECT_OK(zx_handle_close(port));
  munmap(read_only, page);
  munmap(writable, page);
  close(fd);
}

TEST(user_memory_write_only_memory_usable_for_output) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void* memory = mmap(NULL, page, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_TRUE(memory != MAP_FAILED);
  EXPECT_OK(zx_port_create(0, (zx_handle_t*)memory));
  ASSERT_EQ(mprotect(memory, page, PROT_READ), 0);
  EXPECT_OK(zx_handle_close(*(zx_handle_t*)memory));
  munmap(memory, page);
}

TEST(user_memory_file_shorter_than_mapping_invalid_args) {
  // SIGBUS instead of SIGSEGV: the mapping is there, the file is not.
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  int fd = memfd_create("short", MFD_CLOEXEC);
  ASSERT_TRUE(fd >= 0);
  ASSERT_EQ(ftruncate(fd, (off_t)(2 * page)), 0);
  unsigned char* memory =
      (unsigned char*)mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ASSERT_TRUE(memory != MAP_FAILED);
  ASSERT_EQ(ftruncate(fd, (off_t)page), 0);
  EXPECT_TRUE(ztest_faults_on_read(memory + page));
  EXPECT_FALSE(ztest_faults_on_write(memory));
  zx_handle_t port = new_port();
  zx_port_packet_t* gone = (zx_port_packet_t*)(void*)(memory + page);
  EXPECT_STATUS(zx_port_queue(port, gone), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, (zx_handle_t*)(void*)gone),
                ZX_ERR_INVALID_ARGS);
  // Across the end of the file.
  EXPECT_STATUS(zx_port_queue(port, (zx_port_packet_t*)(void*)(memory + page - 1)),
                ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(handle_count(port), 1);
  EXPECT_OK(zx_handle_close(port));
  munmap(memory, 2 * page);
  close(fd);
}

TEST(user_memory_vmo_read_write_bad_buffer_not_found) {
  // The one exception to INVALID_ARGS: memory.md, section 3.2.
  zx_handle_t vmo = new_vmo();
  void* bad;
  for (int i = 0; ztest_bad_write(i, 64, &bad); i++)
    EXPECT_STATUS(zx_vmo_read(vmo, bad, 0, 64), ZX_ERR_NOT_FOUND);
  for (int i = 0; ztest_bad_read(i, 64, &bad); i++)
    EXPECT_STATUS(zx_vmo_write(vmo, bad, 0, 64), ZX_ERR_NOT_FOUND);
  for (int i = 0; ztest_bad_write(i, 8, &bad); i++)
    EXPECT_STATUS(zx_vmo_get_size(vmo, (uint64_t*)bad), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(user_memory_vmar_mapping_works_as_call_memory) {
  zx_handle_t vmo = new_vmo();
  zx_vaddr_t address = 0;
  ASSERT_OK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0, 4096,
                        &address));
  EXPECT_FALSE(ztest_faults_on_write((void*)address));
  EXPECT_OK(zx_port_create(0, (zx_handle_t*)address));
  zx_handle_t port = *(zx_handle_t*)address, stored = 0;
  EXPECT_OK(zx_vmo_read(vmo, &stored, 0, sizeof(stored)));
  EXPECT_EQ(stored, port);
  EXPECT_OK(zx_vmar_protect(zx_vmar_root_self(), ZX_VM_PERM_READ, address, 4096));
  EXPECT_TRUE(ztest_faults_on_write((void*)address));
  EXPECT_STATUS(zx_port_create(0, (zx_handle_t*)address), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_vmar_unmap(zx_vmar_root_self(), address, 4096));
  EXPECT_TRUE(ztest_faults_on_read((void*)address));
  EXPECT_STATUS(zx_port_create(0, (zx_handle_t*)address), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(vmo));
}

// --- Threads --------------------------------------------------------------------------------------

enum { THREADS = 4, ROUNDS = 5000 };

static void* fault_and_call(void* argument) {
  zx_handle_t port = *(zx_handle_t*)argument;
  size_t unseen = 0, wrong = 0;
  for (int round = 0; round < ROUNDS; round++) {
    zx_handle_t copy = ZX_HANDLE_INVALID;
    if (!own_fault_is_seen(unmapped_page(), round % 2)) unseen++;
    if (zx_port_queue(port, NULL) != ZX_ERR_INVALID_ARGS) wrong++;
    if (zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, (zx_handle_t*)unmapped_page()) !=
        ZX_ERR_INVALID_ARGS)
      wrong++;
    if (zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, (zx_handle_t*)read_only_page()) !=
        ZX_ERR_INVALID_ARGS)
      wrong++;
    if (zx_handle_duplicate(port, ZX_RIGHT_SAME_RIGHTS, &copy) != ZX_OK) wrong++;
    if (zx_handle_close(copy) != ZX_OK) wrong++;
  }
  EXPECT_EQ(unseen, 0);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(own_faults, ROUNDS);
  return NULL;
}

TEST(user_memory_own_faults_and_bad_pointers_from_four_threads) {
  zx_handle_t port = new_port();
  (void)ztest_page_row();
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, fault_and_call, &port)) abort();
  for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  EXPECT_EQ(handle_count(port), 1);
  EXPECT_OK(zx_handle_close(port));
}

typedef struct {
  zx_handle_t port;
  void* memory;
  volatile int stop;
} flicker_t;

static void* flicker(void* argument) {
  flicker_t* flickering = (flicker_t*)argument;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int round = 0; !__atomic_load_n(&flickering->stop, __ATOMIC_ACQUIRE); round++)
    mprotect(flickering->memory, page, round % 2 ? PROT_READ | PROT_WRITE : PROT_NONE);
  return NULL;
}

TEST(user_memory_protection_changing_meanwhile_ok_or_invalid_args) {
  flicker_t shared = {new_port(), NULL, 0};
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  shared.memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_TRUE(shared.memory != MAP_FAILED);
  pthread_t thread;
  if (pthread_create(&thread, NULL, flicker, &shared)) abort();
  size_t good = 0, bad = 0, other = 0;
  zx_time_t end = zx_deadline_after(ZX_SEC(20));
  while ((good < 1000 || bad < 1000) && zx_clock_get_monotonic() < end) {
    zx_status_t status = zx_port_queue(shared.port, (zx_port_packet_t*)shared.memory);
    if (status == ZX_OK) {
      zx_port_packet_t packet;
      good++;
      if (zx_port_wait(shared.port, 0, &packet) != ZX_OK) other++;
    } else if (status == ZX_ERR_INVALID_ARGS) {
      bad++;
    } else {
      other++;
    }
  }
  __atomic_store_n(&shared.stop, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
  EXPECT_EQ(other, 0);
  EXPECT_TRUE(good > 0);
  EXPECT_TRUE(bad > 0);
  munmap(shared.memory, page);
  EXPECT_OK(zx_handle_close(shared.port));
}

ZTEST_MAIN

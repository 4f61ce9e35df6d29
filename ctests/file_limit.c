// SPDX-License-Identifier: MIT
// A VMO is a file to Linux, but none to the program: a limit of the size of files gives
// ZX_ERR_NO_MEMORY and never a signal.

#include "ztest.h"

#include <stdatomic.h>
#include <sys/resource.h>

#include "objects.h"

static atomic_int signals;

static void on_signal(int number) {
  (void)number;
  atomic_fetch_add(&signals, 1);
}

static void limit_files(rlim_t bytes) {
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool pending(int number) {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, number) == 1;
}

TEST(file_limit_create_no_memory_and_no_signal) {
  signal(SIGXFSZ, on_signal);
  limit_files(8192);
  zx_handle_t vmo = 7;
  EXPECT_STATUS(zx_vmo_create(32768, 0, &vmo), ZX_ERR_NO_MEMORY);
  EXPECT_EQ(vmo, 7u);
  EXPECT_OK(zx_vmo_create(8192, 0, &vmo));
  limit_files(RLIM_INFINITY);
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_EQ(atomic_load(&signals), 0);
  EXPECT_FALSE(pending(SIGXFSZ));
}

TEST(file_limit_write_behind_a_later_limit_no_memory) {
  signal(SIGXFSZ, on_signal);
  zx_handle_t vmo = 0;
  char bytes[4096];
  memset(bytes, 0x5a, sizeof(bytes));
  ASSERT_STATUS(zx_vmo_create(32768, 0, &vmo), ZX_OK);
  limit_files(8192);
  EXPECT_OK(zx_vmo_write(vmo, bytes, 4096, sizeof(bytes)));
  EXPECT_STATUS(zx_vmo_write(vmo, bytes, 8192, sizeof(bytes)), ZX_ERR_NO_MEMORY);
  EXPECT_STATUS(zx_vmo_write(vmo, bytes, 6000, sizeof(bytes)), ZX_ERR_NO_MEMORY);
  EXPECT_OK(zx_vmo_read(vmo, bytes, 16384, sizeof(bytes)));
  limit_files(RLIM_INFINITY);
  EXPECT_OK(zx_vmo_write(vmo, bytes, 8192, sizeof(bytes)));
  EXPECT_OK(zx_handle_close(vmo));
  EXPECT_EQ(atomic_load(&signals), 0);
  EXPECT_FALSE(pending(SIGXFSZ));
}

TEST(file_limit_leaves_a_signal_that_was_pending_alone) {
  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
  raise(SIGXFSZ);
  limit_files(8192);
  zx_handle_t vmo = 0;
  EXPECT_STATUS(zx_vmo_create(32768, 0, &vmo), ZX_ERR_NO_MEMORY);
  limit_files(RLIM_INFINITY);
  EXPECT_TRUE(pending(SIGXFSZ));
  struct timespec now = {0, 0};
  EXPECT_EQ(sigtimedwait(&set, NULL, &now), SIGXFSZ);
  EXPECT_EQ(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// What the library does to the process that it is loaded into: it stays, as its signal handlers do, and
// says so when it could not install them.

#include "ztest.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "objects.h"

TEST(library_loading_dlclose_leaves_it_mapped) {
  void* library = dlopen("libzx.so.0", RTLD_NOW | RTLD_NOLOAD);
  ASSERT_TRUE(library != NULL);
  struct link_map* map = NULL;
  ASSERT_EQ(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
  bool stays = false;
  for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
    if (entry->d_tag == DT_FLAGS_1) stays = (entry->d_un.d_val & DF_1_NODELETE) != 0;
  }
  EXPECT_TRUE(stays);
  dlclose(library);
}

// From now on, the process may not change what it does about SIGBUS.
static bool forbid_handlers_of_bus_errors(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIGBUS, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

enum { GOOD = 42, NO_FILTER, WRONG_STATUS, WRONG_AGAIN };

TEST(library_loading_failed_installation_of_handlers_is_reported) {
  fflush(stdout);
  pid_t child = fork();  // no call has been made yet
  if (child == 0) {
    if (!forbid_handlers_of_bus_errors()) _exit(NO_FILTER);
    zx_handle_t event = ZX_HANDLE_INVALID;
    if (zx_event_create(0, &event) != ZX_ERR_ACCESS_DENIED) _exit(WRONG_STATUS);
    _exit(zx_event_create(0, &event) == ZX_ERR_ACCESS_DENIED ? GOOD : WRONG_AGAIN);
  }
  int status = 0;
  ASSERT_EQ(ztest_wait_for_child(child, &status), child);
  EXPECT_TRUE(WIFEXITED(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER) SKIP("no seccomp filters here");
  if (WIFEXITED(status)) EXPECT_EQ(WEXITSTATUS(status), GOOD);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// zx_object_get_property, _set_property, _get_child. Specification: objects.md, sections 12, 13.

#include "ztest.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <zircon/process.h>

#include "objects.h"

static const zx_rights_t BOTH = ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY;

static zx_status_t get(zx_handle_t handle, uint32_t property, uint64_t* value) {
  return zx_object_get_property(handle, property, value, sizeof(*value));
}

static zx_status_t set(zx_handle_t handle, uint32_t property, uint64_t value) {
  return zx_object_set_property(handle, property, &value, sizeof(value));
}

static void expect_name(zx_handle_t handle, const char* want) {
  char name[ZX_MAX_NAME_LEN], zeroes[ZX_MAX_NAME_LEN] = "";
  memset(name, 'x', sizeof(name));
  EXPECT_OK(zx_object_get_property(handle, ZX_PROP_NAME, name, sizeof(name)));
  EXPECT_EQ(name[ZX_MAX_NAME_LEN - 1], 0);
  EXPECT_STR(name, want);
  size_t length = strlen(name);
  EXPECT_BYTES(name + length, zeroes, sizeof(name) - length);
}

TEST(object_property_null_value_before_handle_invalid_args) {
  EXPECT_STATUS(zx_object_get_property(0, 0, NULL, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_object_set_property(0, 0, NULL, 0), ZX_ERR_INVALID_ARGS);
}

TEST(object_property_checks_in_order) {
  zx_handle_t vmo = new_vmo(), event = new_event(), bare = copy_of(vmo, ZX_RIGHT_NONE);
  uint64_t value = 0;
  const uint32_t unknown[] = {0, 1, 9, 10, 11, 14, 20, 0xffffffffu};
  EXPECT_STATUS(get(0, 99, &value), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(set(0, 99, 0), ZX_ERR_BAD_HANDLE);
  for (uint32_t property = 0; property < 20; property++) {
    EXPECT_STATUS(get(event, property, &value), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(set(event, property, 0), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(get(bare, property, &value), ZX_ERR_ACCESS_DENIED);
  }
  for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
    EXPECT_STATUS(get(vmo, unknown[i], &value), ZX_ERR_NOT_SUPPORTED);
    EXPECT_STATUS(set(vmo, unknown[i], 0), ZX_ERR_NOT_SUPPORTED);
  }
  EXPECT_STATUS(get(vmo, ZX_PROP_JOB_KILL_ON_OOM, &value), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(set(vmo, ZX_PROP_PROCESS_VDSO_BASE_ADDRESS, 0), ZX_ERR_NOT_SUPPORTED);
  const uint32_t words[] = {ZX_PROP_PROCESS_DEBUG_ADDR, ZX_PROP_PROCESS_BREAK_ON_LOAD,
                            ZX_PROP_SOCKET_RX_THRESHOLD, ZX_PROP_SOCKET_TX_THRESHOLD};
  for (int i = 0; i < 4; i++) {
    EXPECT_STATUS(zx_object_get_property(vmo, words[i], &value, 7), ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_STATUS(zx_object_set_property(vmo, words[i], &value, 7), ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_STATUS(get(vmo, words[i], &value), ZX_ERR_WRONG_TYPE);
    EXPECT_STATUS(set(vmo, words[i], 1), ZX_ERR_WRONG_TYPE);
  }
  EXPECT_STATUS(set(vmo, ZX_PROP_REGISTER_GS, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(set(vmo, ZX_PROP_JOB_KILL_ON_OOM, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(get(zx_process_self(), ZX_PROP_VMO_CONTENT_SIZE, &value), ZX_ERR_WRONG_TYPE);
  zx_handle_t all[] = {vmo, event, bare};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

TEST(object_property_bad_value_invalid_args) {
  zx_handle_t vmo = new_vmo();
  void* bad;
  for (int i = 0; ztest_bad_write(i, 32, &bad); i++)
    EXPECT_STATUS(zx_object_get_property(vmo, ZX_PROP_NAME, bad, 32), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_read(i, 8, &bad); i++) {
    EXPECT_STATUS(zx_object_set_property(vmo, ZX_PROP_NAME, bad, 8), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_set_property(vmo, ZX_PROP_VMO_CONTENT_SIZE, bad, 8),
                  ZX_ERR_INVALID_ARGS);
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(object_property_name_set_and_get) {
  zx_handle_t vmo = new_vmo();
  zx_handle_t handles[] = {vmo, zx_process_self(), zx_job_default()};
  expect_name(vmo, "");
  for (int i = 0; i < 3; i++) {
    zx_handle_t handle = handles[i];
    char buffer[ZX_MAX_NAME_LEN];
    EXPECT_OK(zx_object_set_property(handle, ZX_PROP_NAME, "some name", 9));
    expect_name(handle, "some name");
    EXPECT_OK(zx_object_set_property(handle, ZX_PROP_NAME, "cut\0off", 7));
    expect_name(handle, "cut");
    EXPECT_OK(zx_object_set_property(handle, ZX_PROP_NAME, "0123456789012345678901234567890123",
                                     34));
    expect_name(handle, "0123456789012345678901234567890");
    EXPECT_STATUS(zx_object_get_property(handle, ZX_PROP_NAME, buffer, 31),
                  ZX_ERR_BUFFER_TOO_SMALL);
    EXPECT_OK(zx_object_set_property(handle, ZX_PROP_NAME, buffer, 0));
    expect_name(handle, "");
    zx_handle_t bare = copy_of(handle, ZX_RIGHT_INSPECT);
    EXPECT_STATUS(zx_object_get_property(bare, ZX_PROP_NAME, buffer, 32), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(zx_object_set_property(bare, ZX_PROP_NAME, "x", 1), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(zx_handle_close(bare));
  }
  EXPECT_OK(zx_handle_close(vmo));
}

TEST(object_property_vmo_content_size) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  uint64_t size = 0;
  char bytes[8];
  EXPECT_OK(zx_vmo_create(5000, 0, &vmo));
  EXPECT_OK(get(vmo, ZX_PROP_VMO_CONTENT_SIZE, &size));
  EXPECT_EQ(size, 5000);
  EXPECT_OK(zx_vmo_write(vmo, "12345678", 0, 8));
  EXPECT_OK(set(vmo, ZX_PROP_VMO_CONTENT_SIZE, 4));
  EXPECT_OK(get(vmo, ZX_PROP_VMO_CONTENT_SIZE, &size));
  EXPECT_EQ(size, 4);
  EXPECT_OK(zx_vmo_read(vmo, bytes, 0, 8));
  EXPECT_BYTES(bytes, "1234\0\0\0\0", 8);
  EXPECT_OK(zx_handle_close(vmo));
}

// From now on Linux clears nothing for the calling thread; false where it does not let itself be told.
static bool refuse_to_clear(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSPC),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void* set_without_clearing(void* vmo) {
  if (!refuse_to_clear()) return vmo;
  EXPECT_STATUS(set(*(zx_handle_t*)vmo, ZX_PROP_VMO_CONTENT_SIZE, 4), ZX_ERR_NO_MEMORY);
  return NULL;
}

TEST(object_property_vmo_content_size_failure_changes_nothing) {
  zx_handle_t vmo = ZX_HANDLE_INVALID;
  uint64_t size = 0;
  char bytes[8];
  pthread_t thread;
  void* refused = NULL;
  EXPECT_OK(zx_vmo_create(5000, 0, &vmo));
  EXPECT_OK(zx_vmo_write(vmo, "12345678", 0, 8));
  ASSERT_EQ(pthread_create(&thread, NULL, set_without_clearing, &vmo), 0);
  pthread_join(thread, &refused);
  EXPECT_OK(get(vmo, ZX_PROP_VMO_CONTENT_SIZE, &size));
  EXPECT_EQ(size, 5000);
  EXPECT_OK(zx_vmo_read(vmo, bytes, 0, 8));
  EXPECT_BYTES(bytes, "12345678", 8);
  EXPECT_OK(zx_handle_close(vmo));
  if (refused) SKIP("no filter for system calls");
}

TEST(object_property_job_kill_on_oom) {
  zx_handle_t job = zx_job_default();
  zx_info_job_t info;
  for (uint64_t kill = 2; kill-- > 0;) {
    EXPECT_OK(set(job, ZX_PROP_JOB_KILL_ON_OOM, kill));
    EXPECT_OK(zx_object_get_info(job, ZX_INFO_JOB, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(info.kill_on_oom, kill);
    EXPECT_FALSE(info.exited);
  }
  EXPECT_STATUS(set(job, ZX_PROP_JOB_KILL_ON_OOM, 2), ZX_ERR_INVALID_ARGS);
}

TEST(object_property_process_words) {
  zx_handle_t process = zx_process_self();
  uint64_t value = 7;
  EXPECT_OK(get(process, ZX_PROP_PROCESS_VDSO_BASE_ADDRESS, &value));
  EXPECT_EQ(value, 0);
  EXPECT_STATUS(get(process, ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID, &value), ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(set(process, ZX_PROP_PROCESS_BREAK_ON_LOAD, 3));
  EXPECT_OK(get(process, ZX_PROP_PROCESS_BREAK_ON_LOAD, &value));
  EXPECT_EQ(value, 3);
  EXPECT_OK(get(process, ZX_PROP_PROCESS_DEBUG_ADDR, &value));
  EXPECT_EQ(value, 0);
  EXPECT_STATUS(set(process, ZX_PROP_PROCESS_DEBUG_ADDR, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(set(process, ZX_PROP_PROCESS_DEBUG_ADDR, ZX_PROCESS_DEBUG_ADDR_BREAK_ON_SET));
  EXPECT_OK(set(process, ZX_PROP_PROCESS_DEBUG_ADDR, 0x1000));
  EXPECT_STATUS(set(process, ZX_PROP_PROCESS_DEBUG_ADDR, 0x2000), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(get(process, ZX_PROP_PROCESS_DEBUG_ADDR, &value));
  EXPECT_EQ(value, 0x1000);
}

// --- zx_object_get_child ------------------------------------------------------------------------

TEST(object_get_child_listed_process_ok) {
  zx_koid_t koid = 0;
  size_t actual = 0, avail = 0;
  EXPECT_OK(zx_object_get_info(zx_job_default(), ZX_INFO_JOB_PROCESSES, &koid, sizeof(koid),
                               &actual, &avail));
  EXPECT_EQ(actual, 1);
  EXPECT_EQ(avail, 1);
  zx_handle_t child = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_object_get_child(zx_job_default(), koid, ZX_RIGHT_SAME_RIGHTS, &child));
  zx_info_handle_basic_t info = basic_info(child);
  EXPECT_EQ(info.koid, koid);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_PROCESS);
  EXPECT_EQ(info.rights, ZX_DEFAULT_JOB_RIGHTS);
  EXPECT_EQ(info.koid, basic_info(zx_process_self()).koid);
  EXPECT_OK(zx_handle_close(child));
}

TEST(object_get_child_checks_in_order) {
  zx_handle_t job = zx_job_default(), out = 0xabc, vmo = new_vmo();
  zx_koid_t koid = basic_info(zx_process_self()).koid;
  zx_handle_t bare = copy_of(job, BOTH), lister = copy_of(job, ZX_RIGHT_ENUMERATE);
  EXPECT_STATUS(zx_object_get_child(0, koid, 0, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_get_child(bare, koid, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_get_child(vmo, koid, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_get_child(lister, koid, ZX_RIGHT_READ, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_get_child(lister, 1, 0, &out), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_object_get_child(zx_process_self(), koid, 0, &out), ZX_ERR_NOT_FOUND);
  EXPECT_EQ(out, 0xabc);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_object_get_child(job, koid, 0, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
  zx_handle_t all[] = {vmo, bare, lister};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

TEST(object_set_profile_no_thread_wrong_type) {
  zx_handle_t event = new_event();
  EXPECT_STATUS(zx_object_set_profile(stale_handle(), event, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_set_profile(event, event, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_object_set_profile(zx_process_self(), stale_handle(), 1), ZX_ERR_WRONG_TYPE);
  EXPECT_OK(zx_handle_close(event));
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// What the system tells of the machine and of itself, random numbers, the serial line and the end
// of the process.
// Specification: tasks-time-system.md, sections 2.7, 8.1, 8.3 and 8.4.

#include "ztest.h"

#include <libzx.h>
#include <sys/wait.h>
#include <zircon/features.h>
#include <zircon/process.h>

#include "objects.h"

// --- The machine --------------------------------------------------------------------------------

TEST(system_counts_processors_and_memory) {
  EXPECT_EQ(zx_system_get_num_cpus(), (uint32_t)sysconf(_SC_NPROCESSORS_ONLN));
  uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
  EXPECT_EQ(zx_system_get_physmem(), memory);
  EXPECT_EQ(zx_system_get_page_size(), 4096);
  EXPECT_EQ(_zx_system_get_page_size(), 4096);
}

TEST(system_get_dcache_line_size_power_of_two) {
  uint32_t size = zx_system_get_dcache_line_size();
  EXPECT_TRUE(size > 0);
  EXPECT_EQ(size & (size - 1), 0);
}

TEST(system_get_version_string_is_a_c_string_that_stays) {
  zx_string_view_t first = zx_system_get_version_string();
  zx_string_view_t second = zx_system_get_version_string();
  ASSERT_NE(first.c_str, NULL);
  EXPECT_TRUE(first.length > 0);
  EXPECT_TRUE(first.length < 64);
  EXPECT_EQ(first.length, strlen(first.c_str));
  EXPECT_EQ(first.c_str, second.c_str);
}

TEST(system_get_features_knows_three_kinds) {
  uint32_t features = 0;
  EXPECT_OK(zx_system_get_features(ZX_FEATURE_KIND_CPU, &features));
  EXPECT_TRUE(features & ZX_HAS_CPU_FEATURES);
  features = 77;
  EXPECT_OK(zx_system_get_features(ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT, &features));
  EXPECT_EQ(features, 0);
  features = 77;
  EXPECT_OK(zx_system_get_features(ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT, &features));
  EXPECT_EQ(features, 0);
  features = 77;
  EXPECT_STATUS(zx_system_get_features(UINT32_MAX, &features), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(features, 77);
}

TEST(system_get_features_bad_pointer_invalid_args_after_the_kind) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(uint32_t), &bad); i++) {
    EXPECT_STATUS(zx_system_get_features(ZX_FEATURE_KIND_CPU, bad), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_system_get_features(99, bad), ZX_ERR_NOT_SUPPORTED);
  }
}

// --- Random numbers -----------------------------------------------------------------------------

TEST(cprng_draw_fills_the_whole_buffer_and_no_more) {
  // Each size leaves the byte behind it alone; eight draws leave no byte zero but by a chance of
  // one in 2^64.
  for (size_t size = 0; size <= 600; size += size < 20 ? 1 : 97) {
    unsigned char all[601] = {0};
    for (int round = 0; round < 8; round++) {
      unsigned char drawn[601];
      memset(drawn, 0, sizeof(drawn));
      zx_cprng_draw(drawn, size);
      for (size_t i = 0; i < sizeof(drawn); i++) all[i] |= drawn[i];
    }
    size_t zero = 0;
    for (size_t i = 0; i < size; i++) zero += all[i] == 0;
    EXPECT_EQ(zero, 0);
    EXPECT_EQ(all[size], 0);
  }
}

TEST(cprng_draw_differs_from_draw_to_draw) {
  unsigned char first[32], second[32];
  zx_cprng_draw(first, sizeof(first));
  zx_cprng_draw(second, sizeof(second));
  EXPECT_TRUE(memcmp(first, second, sizeof(first)) != 0);
  zx_cprng_draw(NULL, 0);
}

TEST(cprng_draw_into_bad_memory_ends_the_process) {
  void* bad = ztest_unmapped();
  pid_t child = fork();
  if (child == 0) {
    zx_cprng_draw(bad, 16);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(cprng_add_entropy_takes_up_to_256_bytes) {
  unsigned char bytes[ZX_CPRNG_ADD_ENTROPY_MAX_LEN + 1] = {1, 2, 3};
  EXPECT_OK(zx_cprng_add_entropy(bytes, 256));
  EXPECT_OK(zx_cprng_add_entropy(bytes, 1));
  EXPECT_OK(zx_cprng_add_entropy(NULL, 0));
  EXPECT_STATUS(zx_cprng_add_entropy(bytes, 257), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_cprng_add_entropy(NULL, SIZE_MAX), ZX_ERR_INVALID_ARGS);
  void* bad;
  for (int i = 0; ztest_bad_read(i, 32, &bad); i++)
    EXPECT_STATUS(zx_cprng_add_entropy(bad, 32), ZX_ERR_INVALID_ARGS);
}

// --- The serial line ----------------------------------------------------------------------------

// What a function writes to the standard error output.
static size_t written_by(void (*function)(void), char* text, size_t size) {
  int ends[2];
  if (pipe(ends)) abort();
  int saved = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  function();
  dup2(saved, STDERR_FILENO);
  close(saved);
  size_t length = 0;
  for (ssize_t got; length < size && (got = read(ends[0], text + length, size - length)) > 0;)
    length += (size_t)got;
  close(ends[0]);
  return length;
}

static void write_text(void) { EXPECT_OK(zx_debug_write("some text\n", 10)); }

static void write_too_much(void) {
  char text[300];
  memset(text, 'x', sizeof(text));
  EXPECT_OK(zx_debug_write(text, sizeof(text)));
}

static void write_nothing(void) { EXPECT_OK(zx_debug_write("text", 0)); }

TEST(debug_write_goes_to_standard_error) {
  char text[512];
  ASSERT_EQ(written_by(write_text, text, sizeof(text)), 10);
  EXPECT_BYTES(text, "some text\n", 10);
  EXPECT_EQ(written_by(write_too_much, text, sizeof(text)), 256);
  EXPECT_EQ(written_by(write_nothing, text, sizeof(text)), 0);
}

TEST(debug_write_bad_buffer_invalid_args) {
  EXPECT_STATUS(zx_debug_write(NULL, 0), ZX_ERR_INVALID_ARGS);
  void* bad;
  for (int i = 0; ztest_bad_read(i, 32, &bad); i++)
    EXPECT_STATUS(zx_debug_write(bad, 32), ZX_ERR_INVALID_ARGS);
}

TEST(debug_write_without_standard_error_io) {
  int saved = dup(STDERR_FILENO);
  close(STDERR_FILENO);
  zx_status_t status = zx_debug_write("lost", 4);
  dup2(saved, STDERR_FILENO);
  close(saved);
  EXPECT_STATUS(status, ZX_ERR_IO);
}

TEST(debug_read_and_send_command_check_the_resource_first) {
  zx_handle_t event = new_event(), hypervisor = ZX_HANDLE_INVALID;
  ASSERT_OK(libzx_get_hypervisor_resource(&hypervisor));
  zx_handle_t root = get_root_resource();
  char text[4];
  size_t actual = 77;
  EXPECT_STATUS(zx_debug_read(ZX_HANDLE_INVALID, text, 4, &actual), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_debug_read(event, text, 4, &actual), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debug_read(hypervisor, text, 4, &actual), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debug_read(root, text, 4, &actual), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(actual, 77);
  EXPECT_STATUS(zx_debug_send_command(ZX_HANDLE_INVALID, text, 300), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_debug_send_command(event, text, 300), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debug_send_command(hypervisor, text, 300), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_debug_send_command(root, text, 257), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_debug_send_command(root, text, 4), ZX_ERR_NOT_SUPPORTED);
  zx_handle_close(hypervisor);
  zx_handle_close(event);
}

// --- The end ------------------------------------------------------------------------------------

static void fail_at_exit(void) { _exit(99); }

static int exit_status_of(int64_t code) {
  pid_t child = fork();
  if (child == 0) {
    atexit(fail_at_exit);
    zx_process_exit(code);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST(process_exit_ends_the_program_without_atexit_functions) {
  EXPECT_EQ(exit_status_of(0), 0);
  EXPECT_EQ(exit_status_of(7), 7);
  EXPECT_EQ(exit_status_of(0x105), 5);
  EXPECT_EQ(exit_status_of(0x100), 255);
  EXPECT_EQ(exit_status_of(-1024), 255);
  EXPECT_EQ(exit_status_of(INT64_MIN), 255);
  EXPECT_EQ(exit_status_of(-1), 255);
}

ZTEST_MAIN

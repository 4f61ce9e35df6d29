// SPDX-License-Identifier: MIT
// Statistics and the report of handles that are left, from the environment of a process.

#include "guest_running.h"

GUEST_CODE(counted);

static char text[1 << 16];

// Runs this program again, one test of it, with more in its environment; what it wrote on standard
// error is in `text` then.
static void run_again(const char* environment, const char* test) {
  char self[256] = "", command[512], path[] = "/tmp/libzx-stats-XXXXXX";
  ASSERT_TRUE(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
  int fd = mkstemp(path);
  ASSERT_TRUE(fd >= 0);
  snprintf(command, sizeof(command), "STATS_CHILD=1 %s %s %s >/dev/null 2>%s", environment, self,
           test, path);
  EXPECT_EQ(system(command), 0);
  ssize_t size = read(fd, text, sizeof(text) - 1);
  text[size > 0 ? size : 0] = 0;
  close(fd);
  unlink(path);
}

static bool shows(const char* what) {
  bool found = strstr(text, what) != NULL;
  if (!found) fprintf(stderr, "no \"%s\" in:\n%s", what, text);
  return found;
}

TEST(child_leaves_handles) {
  EXPECT_TRUE(true);
  if (!getenv("STATS_CHILD")) return;
  zx_handle_t event = 0, vmo = 0, ends[2];
  EXPECT_OK(zx_event_create(0, &event));
  EXPECT_OK(zx_vmo_create(4096, 0, &vmo));
  EXPECT_OK(zx_object_set_property(vmo, ZX_PROP_NAME, "left over", 9));
  EXPECT_OK(zx_channel_create(0, &ends[0], &ends[1]));
  EXPECT_OK(zx_handle_close(event));
  EXPECT_STATUS(zx_handle_close(event), ZX_ERR_BAD_HANDLE);
  EXPECT_NE(zx_process_self(), 0);
}

TEST(leak_report_lists_live_handles_and_their_makers) {
  run_again("LIBZX_LEAKS=1", "child_leaves_handles");
  EXPECT_TRUE(shows("libzx: 3 handles are live\n"));
  EXPECT_TRUE(shows(" vmo koid "));
  EXPECT_TRUE(shows("\"left over\" rights "));
  EXPECT_TRUE(shows(", made by zx_vmo_create\n"));
  EXPECT_TRUE(shows(", made by zx_channel_create\n"));
  EXPECT_TRUE(strstr(text, "event") == NULL);
  EXPECT_TRUE(strstr(text, "zx_vmo_create") < strstr(text, "zx_channel_create"));
}

TEST(leak_report_tells_the_place_when_asked) {
  run_again("LIBZX_LEAKS=stack", "child_leaves_handles");
  EXPECT_TRUE(shows(", made by zx_vmo_create at "));
}

TEST(statistics_count_calls_by_family_and_failures_by_status) {
  run_again("LIBZX_STATS=1", "child_leaves_handles");
  EXPECT_TRUE(shows("libzx: vmo: 1 calls, "));
  EXPECT_TRUE(shows("libzx: handle: 2 calls, "));
  EXPECT_TRUE(shows(", 1 ZX_ERR_BAD_HANDLE\n"));
}

TEST(nothing_is_written_unless_asked) {
  run_again("", "child_leaves_handles");
  EXPECT_TRUE(strstr(text, "libzx:") == NULL);
}

TEST(dump_shows_a_handle_at_any_time) {
  zx_handle_t timer = 0;
  char path[] = "/tmp/libzx-stats-XXXXXX";
  int fd = mkstemp(path);
  ASSERT_TRUE(fd >= 0);
  EXPECT_OK(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer));
  libzx_dump_handles(fd);
  libzx_dump_handles(-1);
  lseek(fd, 0, SEEK_SET);
  ssize_t size = read(fd, text, sizeof(text) - 1);
  text[size > 0 ? size : 0] = 0;
  char line[64];
  snprintf(line, sizeof(line), "  %#x timer koid ", timer);
  EXPECT_TRUE(shows(line));
  close(fd);
  unlink(path);
  EXPECT_OK(zx_handle_close(timer));
}

TEST(vcpu_statistics_count_runs_exits_and_time) {
  REQUIRE_GUEST();
  GUEST(f, counted);
  libzx_vcpu_stats_t stats;
  EXPECT_OK(libzx_vcpu_stats(f.vcpu, &stats));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 1, 0, 0x51));
  zx_port_packet_t packet;
  for (int i = 0; i < 3; i++) EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
  EXPECT_OK(zx_vcpu_kick(f.vcpu));
  EXPECT_STATUS(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_CANCELED);
  EXPECT_OK(libzx_vcpu_stats(f.vcpu, &stats));
  EXPECT_EQ(stats.runs, 4);
  EXPECT_EQ(stats.port_exits, 3);
  EXPECT_EQ(stats.kicks, 1);
  EXPECT_TRUE(stats.exits >= 3);
  EXPECT_TRUE(stats.guest_ns > 0);
  EXPECT_TRUE(stats.library_ns > 0);
  EXPECT_TRUE(stats.program_ns > 0);
  EXPECT_STATUS(libzx_vcpu_stats(f.guest, &stats), ZX_ERR_WRONG_TYPE);
  gf_tear_down(&f);
}

ZTEST_MAIN

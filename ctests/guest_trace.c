// SPDX-License-Identifier: MIT
// Tracing of guests: packets, exits that the program does not hear of, tracks of VCPUs.

#include "guest_running.h"

#include <signal.h>
#include <sys/time.h>

GUEST_CODE(traced);
GUEST_CODE(into_a_hole);
GUEST_CODE(triple_fault);

static char text[1 << 18];

// Runs the guest `traced` while `what` is traced to a file; its text is in `text` then.
static void run_traced(const char* what) {
  GUEST(f, traced);
  zx_handle_t port = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_port_create(0, &port));
  EXPECT_OK(
      zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 1, 0, 0x51));
  char path[] = "/tmp/libzx-trace-XXXXXX";
  int fd = mkstemp(path);
  ASSERT_TRUE(fd >= 0);
  char spec[128];
  snprintf(spec, sizeof(spec), "%s%s", what, path);
  libzx_trace(spec);
  zx_port_packet_t packet;
  EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
  libzx_trace(NULL);
  ssize_t size = read(fd, text, sizeof(text) - 1);
  text[size > 0 ? size : 0] = 0;
  close(fd);
  unlink(path);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

static bool shows(const char* what) {
  bool found = strstr(text, what) != NULL;
  if (!found) fprintf(stderr, "no \"%s\" in:\n%s", what, text);
  return found;
}

TEST(trace_of_a_run_shows_its_packet_and_hidden_exits) {
  REQUIRE_GUEST();
  run_traced("vcpu,exits,file=");
  EXPECT_TRUE(shows("zx_vcpu_resume(handle=0x"));
  EXPECT_TRUE(shows(" vcpu koid "));
  EXPECT_TRUE(shows("    packet: key=0x51 GUEST_IO port=0x11 out size=1 data=0x48 'H'\n"));
  EXPECT_TRUE(shows("  exit of vcpu koid "));
  EXPECT_TRUE(shows(": memory rip=0x"));
  EXPECT_TRUE(shows(" address=0xffe000, "));
}

TEST(trace_events_have_a_track_for_each_vcpu) {
  REQUIRE_GUEST();
  run_traced("json=");
  EXPECT_TRUE(shows("\"args\":{\"name\":\"vcpu koid "));
  EXPECT_TRUE(shows("\"name\":\"guest\",\"ph\":\"X\""));
  EXPECT_TRUE(shows("\"name\":\"zx_vcpu_resume\",\"ph\":\"X\""));
}

static zx_handle_t kicked;

static void kick(int signal) {
  (void)signal;
  zx_vcpu_kick(kicked);
}

TEST(trace_of_calls_in_signal_handlers_does_not_mix_or_hang) {
  REQUIRE_GUEST();
  GUEST(f, traced);
  kicked = f.vcpu;
  char path[] = "/tmp/libzx-trace-XXXXXX", spec[64];
  int fd = mkstemp(path);
  ASSERT_TRUE(fd >= 0);
  snprintf(spec, sizeof(spec), "file=%s", path);
  libzx_trace(spec);
  struct sigaction action = {.sa_handler = kick}, old;
  sigaction(SIGALRM, &action, &old);
  struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  for (int i = 0; i < 500; i++) {
    zx_handle_t event = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_event_create(0, &event));
    EXPECT_OK(zx_handle_close(event));
  }
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &old, NULL);
  libzx_trace(NULL);
  FILE* file = fdopen(fd, "r");
  ASSERT_TRUE(file != NULL);
  rewind(file);
  int calls = 0;
  char line[512];
  while (fgets(line, sizeof(line), file)) {
    if (strncmp(line, "    ", 4) == 0) continue;
    EXPECT_TRUE(strstr(line, "] zx_") != NULL);
    EXPECT_TRUE(strstr(line, ") = ZX_OK, ") != NULL);
    if (!strstr(line, "zx_vcpu_kick")) calls++;
  }
  EXPECT_EQ(calls, 1000);
  fclose(file);
  unlink(path);
  gf_tear_down(&f);
}

// The sentence of the last failure of this thread.
static const char* why(void) {
  static char sentence[256];
  libzx_last_error(sentence, sizeof(sentence));
  return sentence;
}

TEST(last_error_tells_the_address_of_a_hole) {
  REQUIRE_GUEST();
  GUEST(f, into_a_hole);
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_NOT_FOUND);
  EXPECT_STR(why(), "nothing is mapped or trapped at guest-physical address 0x2000000");
  gf_tear_down(&f);
}

static void* resume_elsewhere(void* arg) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_vcpu_resume(((guest_fixture_t*)arg)->vcpu, &packet), ZX_ERR_BAD_STATE);
  EXPECT_TRUE(strstr(why(), ", but the VCPU belongs to thread ") != NULL);
  return NULL;
}

TEST(last_error_tells_both_threads) {
  REQUIRE_GUEST();
  GUEST(f, traced);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, resume_elsewhere, &f), 0);
  pthread_join(thread, NULL);
  gf_tear_down(&f);
}

TEST(last_error_tells_of_an_untrapped_port) {
  REQUIRE_GUEST();
  GUEST(f, traced);
  zx_handle_t port = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_port_create(0, &port));
  EXPECT_OK(
      zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_NOT_FOUND);
  EXPECT_TRUE(strncmp(why(), "port 0x11, accessed at rip 0x", 29) == 0);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

TEST(last_error_tells_where_a_triple_fault_came_from) {
  REQUIRE_GUEST();
  GUEST(f, triple_fault);
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_NOT_SUPPORTED);
  EXPECT_TRUE(strncmp(why(), "triple fault at rip 0x", 22) == 0);
  EXPECT_TRUE(strstr(why(), "cr3 0x") != NULL);
  gf_tear_down(&f);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Tracing: lines and events of calls, and the sentence that tells why a call failed.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

static char text[1 << 20];

// Traces `spec` into a new file; what was written is in `text` after `end_trace`.
static char path[64];

static void begin_trace(const char* what, const char* kind) {
  strcpy(path, "/tmp/libzx-trace-XXXXXX");
  int fd = mkstemp(path);
  EXPECT_TRUE(fd >= 0);
  close(fd);
  char spec[256];
  snprintf(spec, sizeof(spec), "%s%s=%s", what, kind, path);
  libzx_trace(spec);
}

static void end_trace(void) {
  libzx_trace(NULL);
  FILE* file = fopen(path, "r");
  size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
  text[size] = 0;
  if (file) fclose(file);
  unlink(path);
}

static bool shows(const char* what) {
  bool found = strstr(text, what) != NULL;
  if (!found) fprintf(stderr, "no \"%s\" in:\n%s", what, text);
  return found;
}

static int lines(void) {
  int count = 0;
  for (const char* at = text; (at = strchr(at, '\n')); at++) count++;
  return count;
}

TEST(trace_line_has_time_arguments_result_and_duration) {
  begin_trace("", "file");
  zx_handle_t event = 0;
  ASSERT_OK(zx_event_create(0, &event));
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_3));
  zx_signals_t observed = 0;
  EXPECT_OK(zx_object_wait_one(event, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, &observed));
  end_trace();
  int hour, minute, second, micros, pid, tid, chars = 0;
  EXPECT_EQ(sscanf(text, "%2d:%2d:%2d.%6d [%d.%d] zx_event_create(options=0, out=0x%*x) = ZX_OK, %n",
                   &hour, &minute, &second, &micros, &pid, &tid, &chars),
            6);
  EXPECT_TRUE(chars > 0);
  EXPECT_EQ(pid, getpid());
  char expected[256];
  snprintf(expected, sizeof(expected), "zx_object_signal(handle=%#x event koid ", event);
  EXPECT_TRUE(shows(expected));
  EXPECT_TRUE(shows("clear_mask=0, set_mask=SIGNALED|ZX_USER_SIGNAL_3) = ZX_OK, "));
  EXPECT_TRUE(shows("signals=SIGNALED, deadline=INFINITE, observed=0x"));
  EXPECT_TRUE(shows("    observed: SIGNALED|ZX_USER_SIGNAL_3\n"));
  EXPECT_OK(zx_handle_close(event));
}

TEST(trace_tells_why_a_call_failed) {
  begin_trace("", "file");
  zx_handle_t event = 0, port = 0;
  ASSERT_OK(zx_event_create(0, &event));
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(event, 0, &packet), ZX_ERR_WRONG_TYPE);
  ASSERT_OK(zx_port_create(0, &port));
  EXPECT_STATUS(zx_port_queue(port, NULL), ZX_ERR_INVALID_ARGS);
  end_trace();
  EXPECT_TRUE(shows("= ZX_ERR_WRONG_TYPE (-12), "));
  EXPECT_TRUE(shows("    because: handle: 0x"));
  EXPECT_TRUE(shows(" is a handle of a event, not of a port\n"));
  EXPECT_TRUE(shows("    because: packet is NULL, 48 bytes are needed there\n"));
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
}

TEST(trace_selects_families_calls_and_failures) {
  zx_handle_t event = 0, port = 0;
  begin_trace("port,-zx_port_create,", "file");
  ASSERT_OK(zx_event_create(0, &event));
  ASSERT_OK(zx_port_create(0, &port));
  zx_port_packet_t packet = {.key = 7};
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  end_trace();
  EXPECT_TRUE(shows("zx_port_queue("));
  EXPECT_TRUE(shows("packet=key=0x7 USER"));
  EXPECT_TRUE(shows("    packet: key=0x7 USER"));
  EXPECT_TRUE(strstr(text, "_create") == NULL);

  begin_trace("failed,", "file");
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
  end_trace();
  EXPECT_EQ(lines(), 2);  // the call and why
  EXPECT_TRUE(shows("deadline=PAST, packet=0x"));

  begin_trace("zx_handle_close,", "file");
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(port));
  end_trace();
  EXPECT_EQ(lines(), 2);
}

TEST(trace_shows_buffers_and_names) {
  begin_trace("", "file");
  zx_handle_t ends[2], vmo = 0;
  ASSERT_OK(zx_channel_create(0, &ends[0], &ends[1]));
  EXPECT_OK(zx_channel_write(ends[0], 0, "hello", 5, NULL, 0));
  char got[16];
  uint32_t bytes = 0, handles = 0;
  EXPECT_OK(zx_channel_read(ends[1], 0, got, NULL, sizeof(got), 0, &bytes, &handles));
  EXPECT_STATUS(zx_vmo_create(4096, ZX_VMO_RESIZABLE | 0x100, &vmo), ZX_ERR_INVALID_ARGS);
  ASSERT_OK(zx_vmo_create(4096, 0, &vmo));
  EXPECT_OK(zx_object_set_property(vmo, ZX_PROP_NAME, "guest memory", 12));
  EXPECT_STATUS(zx_channel_write(ends[0], 0, (void*)8, 5, NULL, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(vmo));
  end_trace();
  EXPECT_TRUE(shows("bytes=5 bytes \"hello\", num_bytes=5, handles=NULL, num_handles=0) = ZX_OK"));
  EXPECT_TRUE(shows("    bytes: 5 bytes \"hello\"\n"));
  EXPECT_TRUE(shows("    actual_bytes: 5\n"));
  EXPECT_TRUE(shows("options=RESIZABLE|0x100"));
  EXPECT_TRUE(shows("property=ZX_PROP_NAME, value=12 bytes \"guest memory\""));
  EXPECT_TRUE(shows("5 bytes at 0x8 (cannot be read)"));
  EXPECT_TRUE(shows(" \"guest memory\") = ZX_OK"));
  EXPECT_OK(zx_handle_close(ends[0]));
  EXPECT_OK(zx_handle_close(ends[1]));
}

TEST(trace_shows_a_call_that_takes_long_before_it_returns) {
  begin_trace("zx_port_wait,", "file");
  zx_handle_t port = 0;
  ASSERT_OK(zx_port_create(0, &port));
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, zx_deadline_after(ZX_MSEC(400)), &packet), ZX_ERR_TIMED_OUT);
  end_trace();
  EXPECT_TRUE(shows(") unfinished\n"));
  EXPECT_TRUE(shows("] zx_port_wait resumed = ZX_ERR_TIMED_OUT (-21), 4"));
  EXPECT_OK(zx_handle_close(port));
}

TEST(trace_shows_the_programs_frames) {
  begin_trace("stack,zx_event_create,", "file");
  zx_handle_t event = 0;
  EXPECT_OK(zx_event_create(0, &event));
  end_trace();
  EXPECT_TRUE(shows("    at "));
  EXPECT_TRUE(shows("/trace+0x"));
  EXPECT_OK(zx_handle_close(event));
}

static void* traced_thread(void* arg) {
  (void)arg;
  for (int i = 0; i < 200; i++) {
    zx_handle_t event = 0;
    EXPECT_OK(zx_event_create(0, &event));
    EXPECT_OK(zx_handle_close(event));
  }
  return NULL;
}

TEST(trace_lines_of_threads_do_not_mix) {
  begin_trace("", "file");
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, traced_thread, NULL);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  end_trace();
  int calls = 0;
  for (char* line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    if (strncmp(line, "    ", 4) == 0) continue;
    calls++;
    EXPECT_TRUE(strstr(line, "] zx_") != NULL);
    EXPECT_TRUE(strstr(line, " = ZX_OK, ") != NULL);
  }
  EXPECT_EQ(calls, 4 * 200 * 2);
}

TEST(trace_events_are_json) {
  zx_handle_t port = 0;
  ASSERT_OK(zx_port_create(0, &port));
  begin_trace("", "json");
  zx_port_packet_t packet = {.key = 7};
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_STATUS(zx_port_wait(port, 0, (void*)1), ZX_ERR_TIMED_OUT);
  libzx_trace(NULL);
  char command[160];
  snprintf(command, sizeof(command), "python3 -m json.tool %s >/dev/null 2>&1 || ! command -v python3 >/dev/null", path);
  EXPECT_EQ(system(command), 0);
  end_trace();
  EXPECT_TRUE(shows("\"name\":\"zx_port_queue\",\"ph\":\"X\""));
  EXPECT_TRUE(shows("\"ph\":\"s\""));
  EXPECT_TRUE(shows("\"ph\":\"f\""));
  EXPECT_TRUE(shows("\"dur\":"));
  EXPECT_OK(zx_handle_close(port));
}

TEST(last_error_tells_the_check_and_its_values) {
  char sentence[256];
  zx_handle_t event = 0, weak = 0;
  ASSERT_OK(zx_event_create(0, &event));
  EXPECT_STATUS(zx_handle_close(0x12345677), ZX_ERR_BAD_HANDLE);
  size_t len = libzx_last_error(sentence, sizeof(sentence));
  EXPECT_STR(sentence, "handle: 0x12345677 is not a live handle");
  EXPECT_EQ(len, strlen(sentence));
  // Success leaves it alone.
  EXPECT_OK(zx_handle_duplicate(event, ZX_RIGHT_WAIT, &weak));
  libzx_last_error(sentence, sizeof(sentence));
  EXPECT_STR(sentence, "handle: 0x12345677 is not a live handle");
  EXPECT_STATUS(zx_object_signal(weak, 0, 1), ZX_ERR_ACCESS_DENIED);
  libzx_last_error(sentence, sizeof(sentence));
  EXPECT_STR(sentence, "handle: the handle, of a event, lacks SIGNAL");
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_OK(zx_handle_close(event));
}

TEST(last_error_cuts_the_sentence_to_the_buffer) {
  char small[8] = "xxxxxxx";
  EXPECT_STATUS(zx_handle_close(0x12345677), ZX_ERR_BAD_HANDLE);
  size_t len = libzx_last_error(NULL, 0);
  EXPECT_EQ(len, strlen("handle: 0x12345677 is not a live handle"));
  EXPECT_EQ(libzx_last_error(small, sizeof(small)), len);
  EXPECT_STR(small, "handle:");
  EXPECT_EQ(libzx_last_error((char*)8, 16), len);
}

TEST(last_error_knows_the_documented_reason) {
  char sentence[256];
  zx_handle_t event = 0;
  EXPECT_STATUS(zx_eventpair_create(7, &event, &event), ZX_ERR_NOT_SUPPORTED);
  libzx_last_error(sentence, sizeof(sentence));
  EXPECT_STR(sentence, "options is not 0");
}

TEST(version_of_headers_is_that_of_the_library) {
  char text_version[32];
  snprintf(text_version, sizeof(text_version), "%d.%d.%d", LIBZX_VERSION_MAJOR,
           LIBZX_VERSION_MINOR, LIBZX_VERSION_PATCH);
  EXPECT_STR(libzx_version(), text_version);
  EXPECT_STR(libzx_version(), LIBZX_VERSION);
}

TEST(features_are_told_by_name) {
  EXPECT_TRUE(libzx_has("trace"));
  EXPECT_FALSE(libzx_has("flying"));
  EXPECT_FALSE(libzx_has(NULL));
  EXPECT_FALSE(libzx_has((const char*)8));
  zx_handle_t resource = 0, guest = 0, vmar = 0;
  EXPECT_OK(libzx_get_hypervisor_resource(&resource));
  bool runs = zx_guest_create(resource, 0, &guest, &vmar) == ZX_OK;
  EXPECT_EQ(libzx_has("kvm"), runs);
  if (runs) {
    EXPECT_OK(zx_handle_close(guest));
    EXPECT_OK(zx_handle_close(vmar));
  }
  EXPECT_OK(zx_handle_close(resource));
}

ZTEST_MAIN

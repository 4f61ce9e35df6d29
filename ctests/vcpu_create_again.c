// SPDX-License-Identifier: MIT
// A VCPU that could not be made for lack of memory or descriptors can be made once there are some: its
// number is not lost.

#include "guest_fixture.h"

#include <sys/resource.h>

#include "objects.h"

static void set_limit(__rlimit_resource_t which, rlim_t value) {
  struct rlimit limit;
  getrlimit(which, &limit);
  limit.rlim_cur = value;
  EXPECT_EQ(setrlimit(which, &limit), 0);
}

static rlim_t address_space(void) {
  unsigned long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file) {
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
  }
  return pages * PAGE_BYTES;
}

// The lowest number that the next descriptor can have.
static rlim_t next_descriptor(void) {
  int fd = dup(0);
  close(fd);
  return (rlim_t)fd;
}

// A guest with a VCPU that runs.
static void expect_good(guest_fixture_t* f) {
  zx_port_packet_t packet;
  EXPECT_OK(zx_vcpu_create(f->guest, 0, GUEST_ENTRY, &f->vcpu));
  EXPECT_OK(zx_vcpu_resume(f->vcpu, &packet));
}

TEST(vcpu_create_again_after_lack_of_memory) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, gf_probe_start, gf_probe_end));
  zx_handle_t out = 7;
  set_limit(RLIMIT_AS, address_space());
  zx_status_t status = zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &out);
  set_limit(RLIMIT_AS, RLIM_INFINITY);
  EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
  EXPECT_EQ(out, 7u);
  expect_good(&f);
  gf_tear_down(&f);
}

TEST(vcpu_create_again_after_lack_of_descriptors) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, gf_probe_start, gf_probe_end));
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  rlim_t next = next_descriptor();
  for (rlim_t left = 0; left < 2; left++) {
    zx_handle_t out = 7;
    set_limit(RLIMIT_NOFILE, next + left);
    zx_status_t status = zx_vcpu_create(f.guest, 0, GUEST_ENTRY, &out);
    set_limit(RLIMIT_NOFILE, before.rlim_cur);
    EXPECT_STATUS(status, ZX_ERR_NO_MEMORY);
    EXPECT_EQ(out, 7u);
  }
  expect_good(&f);
  gf_tear_down(&f);
}

ZTEST_MAIN

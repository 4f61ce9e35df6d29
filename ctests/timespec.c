// SPDX-License-Identifier: MIT
// The conversions of <zircon/time.h> from and to struct timespec. Specification:
// tasks-time-system.md, section 11.5.

#include "ztest.h"

#include <time.h>
#include <zircon/time.h>

#define MAX INT64_MAX
#define MIN INT64_MIN

TEST(duration_from_timespec_saturates) {
  EXPECT_EQ(zx_duration_from_timespec((struct timespec){2, 5}), 2000000005);
  EXPECT_EQ(zx_duration_from_timespec((struct timespec){-2, -5}), -2000000005);
  EXPECT_EQ(zx_duration_from_timespec((struct timespec){0, 999999999}), 999999999);
  EXPECT_EQ(zx_duration_from_timespec((struct timespec){MAX, 0}), MAX);
  EXPECT_EQ(zx_duration_from_timespec((struct timespec){MIN, 0}), MIN);
  EXPECT_EQ(zx_duration_from_timespec((struct timespec){MAX / 1000000000, 999999999}), MAX);
}

TEST(timespec_from_duration_truncates) {
  const struct {
    zx_duration_t duration;
    long long seconds, nanoseconds;
  } cases[] = {{0, 0, 0},
               {1, 0, 1},
               {-1, 0, -1},
               {2000000005, 2, 5},
               {-2000000005, -2, -5},
               {MAX, 9223372036, 854775807},
               {MIN, -9223372036, -854775808}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct timespec time = zx_timespec_from_duration(cases[i].duration);
    EXPECT_EQ(time.tv_sec, cases[i].seconds);
    EXPECT_EQ(time.tv_nsec, cases[i].nanoseconds);
  }
}

ZTEST_MAIN

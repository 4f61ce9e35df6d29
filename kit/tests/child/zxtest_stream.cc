// SPDX-License-Identifier: MIT
// The assertions with << for their messages.
#define ZXTEST_USE_STREAMABLE_MACROS
#include <zxtest/zxtest.h>

TEST(Stream, Passes) {
  EXPECT_EQ(1, 1) << "not seen";
  ASSERT_OK(ZX_OK);
  if (true)
    EXPECT_TRUE(true) << 5;
  else
    FAIL() << "never";
}

TEST(Stream, Fails) {
  EXPECT_EQ(1, 2) << "value " << 42;
  ASSERT_TRUE(false) << "the end";
  ADD_FAILURE() << "not reached";
}

TEST(Stream, Skips) { ZXTEST_SKIP() << "no reason"; }

// SPDX-License-Identifier: MIT
// zxtest from C.
#include <zxtest/zxtest.h>

static void Crash(void) { *(volatile int*)0 = 1; }
static void Nothing(void) {}
static int evaluated = 0;
static int Once(void) { return ++evaluated; }

TEST(CPass, All) {
  int number = 3;
  unsigned char small = 255;
  char text[] = "text";
  EXPECT_EQ(number, 3);
  EXPECT_EQ(small, -1);
  EXPECT_NE(number, 4, "message %d", 5);
  EXPECT_LT(1, 2);
  ASSERT_LE(2, 2);
  EXPECT_GT(3, 2);
  ASSERT_GE(3, 3);
  EXPECT_TRUE(number);
  EXPECT_FALSE(0);
  EXPECT_NULL(NULL);
  EXPECT_NOT_NULL(&number);
  EXPECT_OK(ZX_OK);
  EXPECT_NOT_OK(ZX_ERR_INTERNAL);
  EXPECT_STATUS(ZX_ERR_INTERNAL, ZX_ERR_INTERNAL);
  EXPECT_NOT_STATUS(ZX_OK, ZX_ERR_INTERNAL);
  EXPECT_STR_EQ(text, "text");
  EXPECT_STR_NE(text, "other");
  EXPECT_SUBSTR("haystack", "st");
  EXPECT_NOT_SUBSTR("haystack", "needle");
  EXPECT_BYTES_EQ(text, "text", 4);
  EXPECT_BYTES_NE(text, "tent", 4);
  ASSERT_NO_FATAL_FAILURES(Nothing());
  ASSERT_NO_FAILURES(Nothing());
  ASSERT_DEATH(Crash, "it does");
  ASSERT_NO_DEATH(Nothing);
  EXPECT_EQ(Once(), 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CFail, Assert) {
  ASSERT_EQ(1, 2, "c message %d", 7);
  ADD_FAILURE("not reached");
}

TEST(CFail, Expect) {
  EXPECT_STATUS(ZX_ERR_BAD_STATE, ZX_OK);
  ADD_FAILURE("c reached");
}

TEST(CSkip, Skipped) { ZXTEST_SKIP("c reason"); }

// SPDX-License-Identifier: MIT
// Every macro of zxtest, passing and failing; run.py looks at what comes out.
#include <zxtest/zxtest.h>

#include <memory>
#include <string>
#include <thread>

namespace {

enum class Color { kRed, kBlue };

struct HasStatus {
  zx_status_t status() const { return value; }
  zx_status_t value;
};
struct HasStatusValue {
  zx_status_t status_value() const { return value; }
  zx_status_t status() const { return ZX_ERR_INTERNAL; }
  zx_status_t value;
};

int evaluated = 0;
int Once() { return ++evaluated; }

void FatalHelper() { ASSERT_TRUE(false, "helper"); }
void NonFatalHelper() { EXPECT_TRUE(false); }
int ReturnsInt() {
  EXPECT_EQ(1, 1);
  return 5;
}

TEST(Pass, All) {
  int number = 3;
  int* pointer = &number;
  int* null_pointer = nullptr;
  char array[] = "text";
  const unsigned char bytes[] = {1, 2, 3};
  EXPECT_EQ(number, 3);
  EXPECT_EQ(-1, 0xffffffffu);
  EXPECT_NE(number, 4u);
  EXPECT_LT(1, 2u);
  EXPECT_LE(2, 2);
  EXPECT_GT(3, 2);
  EXPECT_GE(3, 3);
  EXPECT_EQ(Color::kRed, Color::kRed);
  EXPECT_EQ(null_pointer, NULL);
  EXPECT_EQ(null_pointer, nullptr);
  EXPECT_NE(pointer, nullptr);
  EXPECT_EQ(&ReturnsInt, &ReturnsInt);
  EXPECT_TRUE(number);
  EXPECT_FALSE(number == 4);
  EXPECT_NULL(null_pointer);
  EXPECT_NULL(std::unique_ptr<int>());
  EXPECT_NOT_NULL(pointer);
  EXPECT_OK(ZX_OK);
  EXPECT_OK((HasStatus{ZX_OK}));
  EXPECT_OK((HasStatusValue{ZX_OK}));
  EXPECT_NOT_OK(ZX_ERR_INTERNAL);
  EXPECT_STATUS(ZX_ERR_INTERNAL, ZX_ERR_INTERNAL);
  EXPECT_STATUS(ZX_ERR_BAD_STATE, (HasStatus{ZX_ERR_BAD_STATE}));
  EXPECT_NOT_STATUS(ZX_ERR_INTERNAL, ZX_OK);
  EXPECT_STR_EQ(array, "text");
  EXPECT_STR_EQ(std::string("text"), array);
  EXPECT_STR_EQ(static_cast<const char*>(nullptr), nullptr);
  EXPECT_STR_NE(array, "other");
  EXPECT_SUBSTR("haystack", "st");
  EXPECT_NOT_SUBSTR("haystack", "needle");
  EXPECT_BYTES_EQ(bytes, "\1\2\3", 3);
  EXPECT_BYTES_NE(bytes, "\1\2\4", 3);
  ASSERT_NO_FATAL_FAILURES(ReturnsInt());
  EXPECT_NO_FATAL_FAILURE(ReturnsInt());
  ASSERT_NO_FAILURES(ReturnsInt());
  ASSERT_DEATH(([] { *static_cast<volatile int*>(nullptr) = 1; }));
  ASSERT_DEATH(([] { abort(); }), "with a message");
  ASSERT_DEATH(([] { ZX_ASSERT(false); }));
  ASSERT_DEATH(([] { __builtin_trap(); }));
  ASSERT_NO_DEATH(([] {}));
  EXPECT_EQ(ReturnsInt(), 5);
  if (number == 3)
    EXPECT_TRUE(true);
  else
    EXPECT_TRUE(false);
  EXPECT_TRUE((std::is_same<int, int>::value), "%d%%", 100);
  int changed = 0;
  ASSERT_DEATH(([&] {
    changed = 7;
    abort();
  }));
  EXPECT_EQ(changed, 7);
}

TEST(Fail, EvaluatesOnce) {
  EXPECT_EQ(Once(), 5, "evaluated %d times", evaluated);
  EXPECT_EQ(evaluated, 1);
}

TEST(Fail, AssertReturns) {
  ASSERT_EQ(1, 2, "a %s with 100%%", "message");
  ADD_FAILURE("not reached");
}

TEST(Fail, ExpectGoesOn) {
  EXPECT_EQ(1, 2);
  EXPECT_STR_EQ("a", "b");
  EXPECT_BYTES_EQ("abc", "abd", 3);
  EXPECT_STATUS(ZX_ERR_BAD_STATE, ZX_OK);
  ADD_FAILURE("reached");
}

TEST(Fail, HelperWithoutCheck) {
  FatalHelper();
  ADD_FAILURE("after the helper");
}

TEST(Fail, HelperWithCheck) {
  ASSERT_NO_FATAL_FAILURES(FatalHelper());
  ADD_FAILURE("not reached");
}

TEST(Fail, NonFatalHelperPassesNoFatalCheck) {
  ASSERT_NO_FATAL_FAILURES(NonFatalHelper());
  ADD_FAILURE("after the non-fatal helper");
  EXPECT_TRUE(CURRENT_TEST_HAS_FAILURES());
  EXPECT_FALSE(CURRENT_TEST_HAS_FATAL_FAILURES());
}

TEST(Fail, FatalMarkStays) {
  ADD_FATAL_FAILURE();
  EXPECT_TRUE(false);
  ASSERT_TRUE(CURRENT_TEST_HAS_FATAL_FAILURES());
  ADD_FAILURE("fatal mark stayed");
}

TEST(Fail, FromAnotherThread) {
  std::thread([] { EXPECT_TRUE(false, "thread"); }).join();
}

TEST(Fail, WithTrace) {
  SCOPED_TRACE("outer");
  {
    SCOPED_TRACE(std::string("inner"));
    EXPECT_TRUE(false);
  }
}

TEST(Fail, Plainly) { FAIL(); }

TEST(Skip, Skipped) {
  ZXTEST_SKIP("for reason %d", 5);
  ADD_FAILURE("not reached");
}

#define MAYBE_Renamed DISABLED_Renamed
TEST(Names, MAYBE_Renamed) { ADD_FAILURE("disabled"); }

}  // namespace

// SPDX-License-Identifier: MIT
// Cases of unittest, passing and failing.
#include <stdlib.h>
#include <unittest/unittest.h>

#include <chrono>
#include <memory>
#include <thread>

extern "C" bool helper_elsewhere(int value);

static void crash(void*) { abort(); }
static void calm(void*) {}

static bool passes() {
  BEGIN_TEST;
  int number = 3;
  EXPECT_EQ(number, 3);
  EXPECT_EQ(number, 3, "with a message");
  ASSERT_NE(number, 4, "");
  EXPECT_LT(1, 2);
  EXPECT_LE(2, 2);
  EXPECT_GT(2, 1);
  EXPECT_GE(2, 2);
  EXPECT_TRUE(true);
  EXPECT_FALSE(false);
  EXPECT_NULL(nullptr);
  EXPECT_NONNULL(&number);
  EXPECT_STR_EQ("a", "a");
  EXPECT_STR_NE("a", "b");
  ASSERT_STR_STR("haystack", "st");
  EXPECT_BYTES_EQ(reinterpret_cast<const uint8_t*>("abc"), reinterpret_cast<const uint8_t*>("abc"), 3, "bytes");
  EXPECT_BYTES_NE(reinterpret_cast<const uint8_t*>("abc"), reinterpret_cast<const uint8_t*>("abd"), 3, "bytes");
  EXPECT_CMP(==, number, 3, "number", "3");
  ASSERT_NOT_NULL(&number);
  ASSERT_DEATH(crash, nullptr, "aborts");
  ASSERT_NO_DEATH(calm, nullptr, "does not");
  ASSERT_TRUE(helper_elsewhere(1));
  bool from_thread = false;
  std::thread([&] { from_thread = helper_elsewhere(1); }).join();
  ASSERT_TRUE(from_thread);
  unittest_printf("verbose line\n");
  END_TEST;
}

static bool fails() {
  BEGIN_TEST;
  EXPECT_EQ(1, 2, "one is not two");
  ASSERT_TRUE(helper_elsewhere(0));
  unittest_printf_critical("not reached\n");
  END_TEST;
}

struct FailsLate {
  ~FailsLate() { EXPECT_TRUE(false, "in a destructor"); }
};

static bool fails_late() {
  BEGIN_TEST;
  FailsLate late;
  END_TEST;
}

static bool is_medium() {
  BEGIN_TEST;
  END_TEST;
}

static bool is_slow() {
  BEGIN_TEST;
  std::this_thread::sleep_for(std::chrono::seconds(3));
  END_TEST;
}

static bool is_slow_and_says_so() {
  BEGIN_TEST;
  unittest_cancel_timeout();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  END_TEST;
}

BEGIN_TEST_CASE(good_case)
RUN_TEST(passes)
RUN_TEST_MEDIUM(is_medium)
RUN_NAMED_TEST("a name", is_medium)
END_TEST_CASE(good_case)

BEGIN_TEST_CASE(bad_case)
RUN_TEST(fails)
RUN_TEST(fails_late)
END_TEST_CASE(bad_case)

BEGIN_TEST_CASE(slow_case)
RUN_TEST(is_slow)
END_TEST_CASE(slow_case)

BEGIN_TEST_CASE(patient_case)
RUN_TEST(is_slow_and_says_so)
END_TEST_CASE(patient_case)

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "outside") == 0) {
    EXPECT_TRUE(true);
  }
  return unittest_run_all_tests(argc, argv) ? 0 : -1;
}

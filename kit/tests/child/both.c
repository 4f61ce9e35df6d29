// SPDX-License-Identifier: MIT
// One main for both harnesses.
#include <unittest/unittest.h>
#include <zxtest/c/zxtest.h>

static bool of_unittest(void) {
  BEGIN_TEST;
  EXPECT_EQ(1, 1, "");
  END_TEST;
}

BEGIN_TEST_CASE(both_case)
RUN_TEST(of_unittest)
END_TEST_CASE(both_case)

int main(int argc, char** argv) {
  const bool good = unittest_run_all_tests(argc, argv);
  return good && RUN_ALL_TESTS(argc, argv) == 0 ? 0 : 1;
}

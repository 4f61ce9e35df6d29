// SPDX-License-Identifier: MIT
// The base of fixtures.
#ifndef ZXTEST_BASE_TEST_H_
#define ZXTEST_BASE_TEST_H_

namespace zxtest {

class Test {
 public:
  Test(const Test&) = delete;
  Test& operator=(const Test&) = delete;
  virtual ~Test() = default;

  // Run once before and after the tests of a suite. A fixture hides one pair or the other.
  static void SetUpTestCase() {}
  static void TearDownTestCase() {}
  static void SetUpTestSuite() {}
  static void TearDownTestSuite() {}

  // Run before and after each test.
  virtual void SetUp() {}
  virtual void TearDown() {}

  // SetUp, the body unless that failed fatally, TearDown.
  void Run();

 protected:
  Test() = default;

 private:
  virtual void TestBody() = 0;
};

}  // namespace zxtest

#endif  // ZXTEST_BASE_TEST_H_

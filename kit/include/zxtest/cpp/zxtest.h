// SPDX-License-Identifier: MIT
// zxtest for C++17: what <zxtest/zxtest.h> brings.
#ifndef ZXTEST_CPP_ZXTEST_H_
#define ZXTEST_CPP_ZXTEST_H_

#include <fbl/function.h>
#include <fbl/string.h>
#include <fbl/vector.h>
#include <lib/fit/function.h>
#include <lib/stdcompat/array.h>
#include <lib/stdcompat/span.h>
#include <lib/stdcompat/string_view.h>
#include <lib/zx/channel.h>
#include <math.h>
#include <zxtest/base/runner.h>
#include <zxtest/base/test.h>
#include <zxtest/cpp/assertions.h>
#include <zxtest/cpp/parameters.h>
#include <zxtest/cpp/zxtest_prod.h>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define RUN_ALL_TESTS(argc, argv) ::zxtest::RunAllTests(argc, argv)

#define TEST(suite, name) ZXTEST_DECLARE(suite, name, ::zxtest::Test)
#define TEST_F(fixture, name) ZXTEST_DECLARE(fixture, name, fixture)

// A step between, so that names which are macros are expanded first.
#define ZXTEST_DECLARE(suite, name, fixture) ZXTEST_DECLARE_TEST(suite, name, fixture)

// Chooses the pair of suite functions that the fixture hides; here, because they may be protected.
#define ZXTEST_SUITE_FUNCTIONS(fixture)                                                    \
  static void SetUpSuite() {                                                               \
    using Fixture = fixture;                                                               \
    if (&Fixture::SetUpTestSuite != &::zxtest::Test::SetUpTestSuite) {                     \
      Fixture::SetUpTestSuite();                                                           \
    } else {                                                                               \
      Fixture::SetUpTestCase();                                                            \
    }                                                                                      \
  }                                                                                        \
  static void TearDownSuite() {                                                            \
    using Fixture = fixture;                                                               \
    if (&Fixture::TearDownTestSuite != &::zxtest::Test::TearDownTestSuite) {               \
      Fixture::TearDownTestSuite();                                                        \
    } else {                                                                               \
      Fixture::TearDownTestCase();                                                         \
    }                                                                                      \
  }

#define ZXTEST_DECLARE_TEST(suite, name, fixture)                                          \
  class suite##_##name##_Class final : public fixture {                                    \
   public:                                                                                 \
    suite##_##name##_Class() = default;                                                    \
    ZXTEST_SUITE_FUNCTIONS(fixture)                                                        \
                                                                                           \
   private:                                                                                \
    void TestBody() override;                                                              \
  };                                                                                       \
  __attribute__((constructor)) static void suite##_##name##_Register() {                   \
    ::zxtest::Runner::GetInstance()->RegisterTest<fixture, suite##_##name##_Class>(        \
        #suite, #name, __FILE__, __LINE__);                                                \
  }                                                                                        \
  void suite##_##name##_Class::TestBody()

#endif  // ZXTEST_CPP_ZXTEST_H_

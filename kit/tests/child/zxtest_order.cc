// SPDX-License-Identifier: MIT
// The order of everything, with failures where the environment asks for them; and parameters.
#include <stdio.h>
#include <stdlib.h>
#include <zxtest/zxtest.h>

#include <array>
#include <tuple>

namespace {

bool Asked(const char* where) {
  const char* failing = getenv("FAIL_IN");
  return failing != nullptr && strcmp(failing, where) == 0;
}

void Say(const char* what) {
  printf("say %s\n", what);
  if (Asked(what)) {
    FAIL("asked to");
  }
}

class Environment : public zxtest::Environment {
 public:
  explicit Environment(const char* name) : name_(name) {}
  void SetUp() override { Say((name_ + "-up").c_str()); }
  void TearDown() override { Say((name_ + "-down").c_str()); }

 private:
  std::string name_;
};

class Old : public zxtest::Test {
 public:
  static void SetUpTestCase() { Say("old-case-up"); }
  static void TearDownTestCase() { Say("old-case-down"); }
  void SetUp() override { Say("set-up"); }
  void TearDown() override { Say("tear-down"); }
};

class New : public zxtest::Test {
 protected:
  static void SetUpTestSuite() { Say("new-suite-up"); }
  static void TearDownTestSuite() { Say("new-suite-down"); }
};

using Alias = New;

TEST_F(Old, Body) { Say("body"); }
TEST_F(Old, Second) { Say("second"); }
TEST_F(New, Body) { Say("new-body"); }
TEST_F(Alias, Body) { Say("alias-body"); }

class Numbers : public zxtest::TestWithParam<int> {};
TEST_P(Numbers, Is) { printf("say number %d\n", GetParam()); }
INSTANTIATE_TEST_SUITE_P(Some, Numbers, zxtest::testing::Values(3, 5));
INSTANTIATE_TEST_SUITE_P(Ranged, Numbers, zxtest::testing::Range(0, 7, 3));
const std::array<int, 2> kList = {8, 9};
INSTANTIATE_TEST_SUITE_P(Listed, Numbers, zxtest::testing::ValuesIn(kList),
                         [](const zxtest::TestParamInfo<int>& info) {
                           return "N" + std::to_string(info.param) + "at" +
                                  std::to_string(info.index);
                         });

class Pairs : public zxtest::Test,
              public zxtest::WithParamInterface<std::tuple<bool, std::string>> {};
TEST_P(Pairs, Is) {
  printf("say pair %d %s\n", std::get<0>(GetParam()), std::get<1>(GetParam()).c_str());
}
INSTANTIATE_TEST_SUITE_P(All, Pairs,
                         zxtest::testing::Combine(zxtest::testing::Bool(),
                                                  zxtest::testing::Values("x", "y")));


}  // namespace

int main(int argc, char** argv) {
  auto* runner = zxtest::Runner::GetInstance();
  runner->AddGlobalTestEnvironment(std::make_unique<Environment>("first"));
  runner->AddGlobalTestEnvironment(std::make_unique<Environment>("second"));
  const int result = RUN_ALL_TESTS(argc, argv);
  printf("say result %d\n", result);
  if (getenv("TWICE") != nullptr) {
    return RUN_ALL_TESTS(argc, argv);
  }
  return result;
}

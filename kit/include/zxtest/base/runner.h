// SPDX-License-Identifier: MIT
// Knows all tests, runs those that the options select, and counts what fails.
#ifndef ZXTEST_BASE_RUNNER_H_
#define ZXTEST_BASE_RUNNER_H_

#include <stdint.h>
#include <zxtest/base/log-sink.h>
#include <zxtest/base/test.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace zxtest {

// Set up before all tests and torn down after them, in reverse order.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual void SetUp() {}
  virtual void TearDown() {}
};

using TestFactory = std::function<std::unique_ptr<Test>()>;

class Runner {
 public:
  struct Options {
    std::string filter;
    bool list = false;
    bool shuffle = false;
    int repeat = 1;
    int seed = 0;
    bool break_on_failure = false;
    bool run_disabled = false;
    bool help = false;
    bool valid = true;

    // What a command line asks for.
    static Options FromArgs(int argc, char** argv);
    static void Usage(const char* program, LogSink* sink);
  };

  // What is selected and active.
  struct Summary {
    size_t total_iterations = 1;
    size_t registered_test_count = 0;
    size_t registered_test_case_count = 0;
    size_t active_test_count = 0;
    size_t active_test_case_count = 0;
  };

  static Runner* GetInstance();

  void AddGlobalTestEnvironment(std::unique_ptr<Environment> environment);
  int random_seed() const { return options_.seed; }
  const Options& options() const { return options_; }
  const Summary& summary() const { return summary_; }

  // Makes a test known. A pair of names that is known already, or an empty name, ends the program.
  template <typename Fixture, typename Impl>
  void RegisterTest(const std::string& suite, const std::string& name, const char* file, int line,
                    TestFactory factory = nullptr) {
    static_assert(std::is_base_of<Test, Fixture>::value, "fixtures derive from zxtest::Test");
    if (!factory) {
      factory = [] { return std::unique_ptr<Test>(new Impl()); };
    }
    Register(suite, name, file, line, std::move(factory), &Impl::SetUpSuite,
             &Impl::TearDownSuite);
  }

  void Register(const std::string& suite, const std::string& name, const char* file, int line,
                TestFactory factory, void (*set_up)(), void (*tear_down)());
  // Runs before the first run: makes more tests known.
  void AddExpansion(std::function<void()> expand);

  // Runs the tests: 0 if none failed, else -1.
  int Run(const Options& options);
  void List(const Options& options);

  bool CurrentTestHasFailures() const;
  bool CurrentTestHasFatalFailures() const;
  void NotifyFailure(const char* file, int line, bool fatal, const std::string& text);
  void NotifySkip(const char* file, int line, const std::string& text);
  bool IsRunning() const { return running_; }
  void DisableAsserts() { asserts_ = false; }
  void EnableAsserts() { asserts_ = true; }

 private:
  struct Case;
  struct Suite;

  Runner();
  ~Runner();
  void Expand();
  bool Selects(const Options& options, const std::string& suite, const std::string& test) const;
  bool Iterate(const Options& options);
  void RunSuite(const Options& options, Suite& suite, struct Tally& tally);

  Options options_;
  Summary summary_;
  std::vector<std::unique_ptr<Suite>> suites_;
  std::vector<std::unique_ptr<Environment>> environments_;
  std::vector<std::function<void()>> expansions_;
  std::unique_ptr<LogSink> sink_;
  bool running_ = false;
  bool asserts_ = true;
};

// What RUN_ALL_TESTS does.
int RunAllTests(int argc, char** argv);

}  // namespace zxtest

#endif  // ZXTEST_BASE_RUNNER_H_

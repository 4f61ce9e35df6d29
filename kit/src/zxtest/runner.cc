// SPDX-License-Identifier: MIT
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zxtest/base/runner.h>

#include <algorithm>
#include <mutex>
#include <random>

#include "state.h"

namespace zxtest {

namespace {

using internal::Current;

constexpr char kDisabled[] = "DISABLED_";

int64_t Milliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

const char* S(size_t count) { return count > 1 ? "s" : ""; }

// Whether a pattern of *, ? and other characters matches a whole name.
bool Matches(const char* pattern, const char* end, const char* name) {
  if (pattern == end) {
    return *name == '\0';
  }
  if (*pattern == '*') {
    return Matches(pattern + 1, end, name) || (*name != '\0' && Matches(pattern, end, name + 1));
  }
  return *name != '\0' && (*pattern == '?' || *pattern == *name) &&
         Matches(pattern + 1, end, name + 1);
}

// Whether any of the patterns between colons matches.
bool MatchesAny(const std::string& patterns, const std::string& name) {
  size_t start = 0;
  while (true) {
    const size_t colon = patterns.find(':', start);
    const size_t end = colon == std::string::npos ? patterns.size() : colon;
    if (Matches(patterns.data() + start, patterns.data() + end, name.c_str())) {
      return true;
    }
    if (colon == std::string::npos) {
      return false;
    }
    start = colon + 1;
  }
}

bool IsDisabled(const std::string& name) { return name.rfind(kDisabled, 0) == 0; }

bool IsTrue(const char* value) {
  return value == nullptr || *value == '\0' || strcmp(value, "true") == 0;
}

bool IsBool(const char* value) {
  return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

bool IsValue(const char* word) {
  return word[0] != '-' || (word[1] >= '0' && word[1] <= '9');
}

}  // namespace

void FileLogSink::Write(const char* format, ...) {
  va_list args;
  va_start(args, format);
  vfprintf(stream_, format, args);
  va_end(args);
  fflush(stream_);
}

void FileLogSink::Flush() { fflush(stream_); }

struct Runner::Case {
  std::string name;
  std::string file;
  int line;
  TestFactory make;
};

struct Runner::Suite {
  std::string name;
  void (*set_up)();
  void (*tear_down)();
  std::vector<Case> cases;
};

// What came of the tests of one iteration.
struct Tally {
  size_t ran = 0;
  size_t passed = 0;
  std::vector<std::string> skipped;
  std::vector<std::string> failed;
  bool stop = false;
};

void Test::Run() {
  Runner* runner = Runner::GetInstance();
  SetUp();
  if (!runner->CurrentTestHasFatalFailures() && !Current().skipped()) {
    TestBody();
  }
  TearDown();
}

Runner::Options Runner::Options::FromArgs(int argc, char** argv) {
  static const option kOptions[] = {
      {"gtest_filter", optional_argument, nullptr, 'f'},
      {"gtest_list_tests", optional_argument, nullptr, 'l'},
      {"gtest_shuffle", optional_argument, nullptr, 's'},
      {"gtest_repeat", optional_argument, nullptr, 'i'},
      {"gtest_random_seed", optional_argument, nullptr, 'r'},
      {"gtest_break_on_failure", optional_argument, nullptr, 'b'},
      {"gtest_also_run_disabled_tests", optional_argument, nullptr, 'a'},
      {"help", optional_argument, nullptr, 'h'},
      {nullptr, 0, nullptr, 0},
  };
  Options options;
  options.seed = static_cast<int>(time(nullptr));
  // getopt puts words in another order: in a copy, for a program may read them again.
  std::vector<char*> words(argv, argv + argc);
  words.push_back(nullptr);
  optind = 0;
  int found = 0;
  while ((found = getopt_long(argc, words.data(), "f::l::s::i::r::b::a::h::", kOptions,
                              nullptr)) != -1) {
    const char* value = optarg;
    const bool takes_value = found == 'f' || found == 'i' || found == 'r';
    if (value == nullptr && optind < argc && found != '?') {
      const char* next = words[static_cast<size_t>(optind)];
      if (takes_value ? (found == 'f' || IsValue(next)) : IsBool(next)) {
        value = next;
        optind++;
      }
    }
    switch (found) {
      case 'f':
        options.filter = value != nullptr ? value : "";
        break;
      case 'l':
        options.list = IsTrue(value);
        break;
      case 's':
        options.shuffle = IsTrue(value);
        break;
      case 'i':
        options.repeat = value != nullptr ? atoi(value) : 1;
        options.valid = options.valid && options.repeat != 0 && options.repeat >= -1;
        break;
      case 'r':
        options.seed = value != nullptr ? atoi(value) : options.seed;
        break;
      case 'b':
        options.break_on_failure = IsTrue(value);
        break;
      case 'a':
        options.run_disabled = IsTrue(value);
        break;
      case 'h':
        options.help = IsTrue(value);
        break;
      default:
        break;  // getopt has complained
    }
  }
  return options;
}

void Runner::Options::Usage(const char* program, LogSink* sink) {
  sink->Write(
      "Usage: %s [OPTIONS]\n"
      "\n"
      "  -f, --gtest_filter PATTERNS       only tests that match; * and ? stand for any, : is "
      "between\n"
      "                                    alternatives, what follows the first - is left out\n"
      "  -l, --gtest_list_tests            list the tests\n"
      "  -s, --gtest_shuffle               shuffle the tests of each suite\n"
      "  -i, --gtest_repeat COUNT          run everything so often; -1 for ever\n"
      "  -r, --gtest_random_seed NUMBER    what shuffling begins with\n"
      "  -b, --gtest_break_on_failure      stop after the first test that fails\n"
      "  -a, --gtest_also_run_disabled_tests\n"
      "                                    run what is called DISABLED_... too\n"
      "  -h, --help                        this\n",
      program);
}

Runner::Runner() : sink_(new FileLogSink(stdout)) {}
Runner::~Runner() = default;

Runner* Runner::GetInstance() {
  // Never destroyed: programs end while threads may still report.
  static Runner* runner = new Runner();
  return runner;
}

void Runner::AddGlobalTestEnvironment(std::unique_ptr<Environment> environment) {
  environments_.push_back(std::move(environment));
}

void Runner::AddExpansion(std::function<void()> expand) {
  expansions_.push_back(std::move(expand));
}

void Runner::Expand() {
  for (const auto& expand : expansions_) {
    expand();
  }
}

void Runner::Register(const std::string& suite, const std::string& name, const char* file,
                      int line, TestFactory make, void (*set_up)(), void (*tear_down)()) {
  if (suite.empty() || name.empty()) {
    fprintf(stderr, "%s:%d: a test needs two names\n", file, line);
    abort();
  }
  auto named = [&](const auto& what) { return what->name == suite; };
  auto found = std::find_if(suites_.begin(), suites_.end(), named);
  if (found == suites_.end()) {
    suites_.emplace_back(new Suite{suite, set_up, tear_down, {}});
    found = suites_.end() - 1;
  }
  for (const Case& other : (*found)->cases) {
    if (other.name == name) {
      fprintf(stderr, "%s:%d: test %s.%s exists in %s:%d\n", file, line, suite.c_str(),
              name.c_str(), other.file.c_str(), other.line);
      abort();
    }
  }
  (*found)->cases.push_back({name, file, line, std::move(make)});
}

bool Runner::Selects(const Options& options, const std::string& suite,
                     const std::string& test) const {
  if (!options.run_disabled && (IsDisabled(suite) || IsDisabled(test))) {
    return false;
  }
  const std::string& filter = options.filter;
  if (filter.empty()) {
    return true;
  }
  const std::string name = suite + "." + test;
  const size_t minus = filter.find('-');
  const std::string wanted = filter.substr(0, minus);
  if (!wanted.empty() && !MatchesAny(wanted, name)) {
    return false;
  }
  return minus == std::string::npos || !MatchesAny(filter.substr(minus + 1), name);
}

void Runner::List(const Options& options) {
  Expand();
  for (const auto& suite : suites_) {
    bool headed = false;
    for (const Case& test : suite->cases) {
      if (Selects(options, suite->name, test.name)) {
        if (!headed) {
          sink_->Write("%s\n", suite->name.c_str());
          headed = true;
        }
        sink_->Write("  .%s\n", test.name.c_str());
      }
    }
  }
}

bool Runner::CurrentTestHasFailures() const { return Current().failures() > 0; }
bool Runner::CurrentTestHasFatalFailures() const { return Current().fatal_failures() > 0; }

void Runner::NotifyFailure(const char* file, int line, bool fatal, const std::string& text) {
  if (!asserts_) {
    return;
  }
  Current().Add(fatal);
  sink_->Write("%s:%d: Failure: %s\n%s", file, line, text.c_str(),
               internal::TraceText().c_str());
}

void Runner::NotifySkip(const char* file, int line, const std::string& text) {
  Current().Skip();
  sink_->Write("%s:%d: Skipped: %s\n", file, line, text.c_str());
}

void Runner::RunSuite(const Options& options, Suite& suite, Tally& tally) {
  std::vector<Case*> selected;
  for (Case& test : suite.cases) {
    if (Selects(options, suite.name, test.name)) {
      selected.push_back(&test);
    }
  }
  if (selected.empty()) {
    return;
  }
  if (options.shuffle) {
    std::shuffle(selected.begin(), selected.end(),
                 std::mt19937(static_cast<uint32_t>(options.seed)));
  }
  const int64_t begun = Milliseconds();
  sink_->Write("[----------] %zu test%s from %s\n", selected.size(), S(selected.size()),
               suite.name.c_str());
  Current().Reset();
  suite.set_up();
  const bool suite_failed = Current().failures() > 0;
  const bool can_run = Current().fatal_failures() == 0;
  for (Case* test : selected) {
    if (!can_run || tally.stop) {
      break;
    }
    const std::string name = suite.name + "." + test->name;
    sink_->Write("[ RUN      ] %s\n", name.c_str());
    const int64_t start = Milliseconds();
    Current().Reset();
    {
      std::unique_ptr<Test> object = test->make();
      object->Run();
    }
    tally.ran++;
    const char* result = "[       OK ]";
    if (Current().failures() > 0) {
      result = "[  FAILED  ]";
      tally.failed.push_back(name);
      tally.stop = options.break_on_failure;
    } else if (Current().skipped()) {
      result = "[  SKIPPED ]";
      tally.skipped.push_back(name);
    } else {
      tally.passed++;
    }
    sink_->Write("%s %s (%lld ms)\n", result, name.c_str(),
                 static_cast<long long>(Milliseconds() - start));
  }
  Current().Reset();
  suite.tear_down();
  if (suite_failed || Current().failures() > 0) {
    tally.failed.push_back(suite.name);
    tally.stop = tally.stop || options.break_on_failure;
  }
  sink_->Write("[----------] %zu test%s from %s (%lld ms total)\n\n", selected.size(),
               S(selected.size()), suite.name.c_str(),
               static_cast<long long>(Milliseconds() - begun));
}

bool Runner::Iterate(const Options& options) {
  const int64_t begun = Milliseconds();
  sink_->Write("[==========] Running %zu test%s from %zu test case%s.\n",
               summary_.active_test_count, S(summary_.active_test_count),
               summary_.active_test_case_count, S(summary_.active_test_case_count));
  Tally tally;
  Current().Reset();
  sink_->Write("[----------] Global test environment set-up.\n");
  for (const auto& environment : environments_) {
    environment->SetUp();
  }
  bool environment_failed = Current().failures() > 0;
  if (Current().fatal_failures() == 0) {
    for (const auto& suite : suites_) {
      if (!tally.stop) {
        RunSuite(options, *suite, tally);
      }
    }
  }
  Current().Reset();
  sink_->Write("[----------] Global test environment tear-down.\n");
  for (auto at = environments_.rbegin(); at != environments_.rend(); ++at) {
    (*at)->TearDown();
  }
  environment_failed = environment_failed || Current().failures() > 0;
  if (environment_failed) {
    tally.failed.push_back("Global test environment");
  }
  sink_->Write("[==========] %zu test%s from %zu test case%s ran (%lld ms total).\n", tally.ran,
               S(tally.ran), summary_.active_test_case_count,
               S(summary_.active_test_case_count),
               static_cast<long long>(Milliseconds() - begun));
  sink_->Write("[  PASSED  ] %zu test%s\n", tally.passed, S(tally.passed));
  auto list = [&](const char* mark, const std::vector<std::string>& names) {
    if (!names.empty()) {
      sink_->Write("%s %zu test%s, listed below:\n", mark, names.size(), S(names.size()));
      for (const std::string& name : names) {
        sink_->Write("%s %s\n", mark, name.c_str());
      }
    }
  };
  list("[  SKIPPED ]", tally.skipped);
  list("[  FAILED  ]", tally.failed);
  if (!tally.failed.empty()) {
    sink_->Write("%zu FAILED TEST%s\n", tally.failed.size(), tally.failed.size() > 1 ? "S" : "");
  }
  return tally.failed.empty();
}

int Runner::Run(const Options& options) {
  Expand();
  options_ = options;
  summary_ = Summary();
  summary_.registered_test_case_count = suites_.size();
  for (const auto& suite : suites_) {
    size_t active = 0;
    for (const Case& test : suite->cases) {
      active += Selects(options, suite->name, test.name) ? 1 : 0;
    }
    summary_.registered_test_count += suite->cases.size();
    summary_.active_test_count += active;
    summary_.active_test_case_count += active > 0 ? 1 : 0;
  }
  sink_->Write("[==========] Flag Values:\n");
  if (!options.filter.empty()) {
    sink_->Write("    --gtest_filter = %s\n", options.filter.c_str());
  }
  if (options.shuffle) {
    sink_->Write("    --gtest_shuffle = true\n");
  }
  if (options.repeat != 1) {
    sink_->Write("    --gtest_repeat = %d\n", options.repeat);
  }
  sink_->Write("    --gtest_random_seed = %d\n", options.seed);
  if (options.break_on_failure) {
    sink_->Write("    --gtest_break_on_failure = true\n");
  }
  if (options.run_disabled) {
    sink_->Write("    --gtest_also_run_disabled_tests = true\n");
  }
  sink_->Write("[==========] \n");
  bool passed = true;
  running_ = true;
  for (int i = 1; options.repeat == -1 || i <= options.repeat; i++) {
    if (options.repeat != 1) {
      sink_->Write("\nRepeating all tests (iteration %d) . . .\n\n", i);
    }
    passed = Iterate(options) && passed;
    if (!passed && options.break_on_failure) {
      break;
    }
  }
  running_ = false;
  return passed ? 0 : -1;
}

int RunAllTests(int argc, char** argv) {
  const Runner::Options options = Runner::Options::FromArgs(argc, argv);
  if (options.help || !options.valid) {
    FileLogSink sink(stdout);
    Runner::Options::Usage(argc > 0 ? argv[0] : "test", &sink);
    return options.valid ? 0 : 1;
  }
  Runner* runner = Runner::GetInstance();
  if (options.list) {
    runner->List(options);
    return 0;
  }
  return runner->Run(options);
}

}  // namespace zxtest

// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <unittest/unittest.h>
#include <zircon/syscalls.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../kit/dies.h"

test_type_t utest_test_type = TEST_ALL;
int utest_verbosity_level = 0;

namespace {

constexpr int kBadUse = 101;
constexpr int kTimedOut = 5;
constexpr char kRuler[] =
    "====================================================\n";

test_case_element* first_case = nullptr;
void (*help_printer)(FILE*) = nullptr;

void WriteToStdout(const char* line, int len, void*) {
  fwrite(line, 1, static_cast<size_t>(len), stdout);
  fflush(stdout);
}

test_output_func output = WriteToStdout;
void* output_argument = nullptr;

void Print(const char* format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) {
    return;
  }
  std::string text(static_cast<size_t>(length), '\0');
  vsnprintf(text.data(), text.size() + 1, format, args);
  output(text.data(), length, output_argument);
}

// Ends the program when a test takes too long.
class Watchdog {
 public:
  // From the environment; false if that makes no sense.
  bool Configure() {
    const char* text = getenv("RUNTESTS_WATCHDOG_TIMEOUT");
    if (text == nullptr) {
      return true;
    }
    char* end = nullptr;
    const long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 0 || value > 1000000) {
      return false;
    }
    base_seconds_ = static_cast<int>(value);
    return true;
  }

  void Start(const char* name, test_type_t type) {
    int factor = 1;
    if (type == TEST_MEDIUM) {
      factor = 10;
    } else if (type == TEST_LARGE || type == TEST_PERFORMANCE) {
      factor = 100;
    }
    if (base_seconds_ == 0) {
      return;
    }
    std::lock_guard<std::mutex> guard(mutex_);
    running_ = true;
    // By now a thread that watched before has ended: Stop waits for it.
    thread_ = std::thread([this, name, limit = base_seconds_ * factor] { Watch(name, limit); });
  }

  void Cancel() {
    std::lock_guard<std::mutex> guard(mutex_);
    running_ = false;
    changed_.notify_all();
  }

  void Stop() {
    Cancel();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  void Watch(const char* name, int limit) {
    std::unique_lock<std::mutex> guard(mutex_);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(limit);
    while (running_) {
      if (changed_.wait_until(guard, end) == std::cv_status::timeout && running_) {
        fprintf(stderr, "\n\n*** WATCHDOG TIMER FIRED, test: %s (limit %d s) ***\n", name, limit);
        fflush(stdout);
        _exit(kTimedOut);
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
  bool running_ = false;
  int base_seconds_ = 20;
};

Watchdog& TheWatchdog() {
  static Watchdog* watchdog = new Watchdog();
  return *watchdog;
}

// The tasks of the running test that must crash.
std::vector<zx_handle_t> crashers;

long long Milliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

// Whether each task that was to crash has: it has ended by an exception.
bool AllCrashed() {
  bool all = true;
  for (zx_handle_t handle : crashers) {
    zx_info_process_t info = {};
    const zx_status_t status =
        zx_object_get_info(handle, ZX_INFO_PROCESS, &info, sizeof(info), nullptr, nullptr);
    zx_signals_t pending = 0;
    const bool ended = zx_object_wait_one(handle, ZX_TASK_TERMINATED, 0, &pending) == ZX_OK;
    if (!ended || (status == ZX_OK && info.return_code != ZX_TASK_RETCODE_EXCEPTION_KILL)) {
      unittest_printf_critical("        a task that was to crash did not\n");
      all = false;
    }
  }
  crashers.clear();
  return all;
}

}  // namespace

void unittest_register_test_case(test_case_element* elem) {
  elem->next = first_case;
  first_case = elem;
}

void unittest_set_output_function(test_output_func func, void* arg) {
  output = func;
  output_argument = arg;
}

void unittest_restore_output_function(void) {
  output = WriteToStdout;
  output_argument = nullptr;
}

int unittest_set_verbosity_level(int level) {
  const int old = utest_verbosity_level;
  utest_verbosity_level = level;
  return old;
}

void unittest_register_test_help_printer(void (*printer)(FILE*)) { help_printer = printer; }

void unittest_cancel_timeout(void) { TheWatchdog().Cancel(); }

void unittest_printf_critical(const char* format, ...) {
  va_list args;
  va_start(args, format);
  Print(format, args);
  va_end(args);
}

void unittest_printf(const char* format, ...) {
  if (utest_verbosity_level > 0) {
    va_list args;
    va_start(args, format);
    Print(format, args);
    va_end(args);
  }
}

void unittest_level_printf(int level, const char* format, ...) {
  if (utest_verbosity_level >= level) {
    va_list args;
    va_start(args, format);
    Print(format, args);
    va_end(args);
  }
}

bool unittest_begin_case(const char* name, bool list_only) {
  if (list_only) {
    unittest_printf_critical("%s\n", name);
  } else {
    unittest_printf_critical("\nCASE %-50s [STARTED]\n", name);
  }
  return true;
}

bool unittest_end_case(const char* name, bool list_only, bool all_ok) {
  if (!list_only) {
    unittest_printf_critical("CASE %-50s [%s]\n", name, all_ok ? "PASSED" : "FAILED");
  }
  return all_ok;
}

bool unittest_run_named_test(const char* name, bool (*test)(void), test_type_t type,
                             test_info** current, bool list_only, const char* matching,
                             bool enable_crash_handler) {
  if (list_only) {
    unittest_printf_critical("    %s\n", name);
    return true;
  }
  if (matching != nullptr && strcmp(matching, name) != 0) {
    return true;
  }
  if ((utest_test_type & type) == 0) {
    unittest_printf_critical("    %-51s [IGNORED]\n", name);
    return true;
  }
  unittest_printf_critical("    %-51s [RUNNING]", name);
  test_info info = {true, nullptr};
  *current = &info;
  const long long begun = Milliseconds();
  TheWatchdog().Start(name, type);
  // Destructors of the test run before it has returned: what they find counts too.
  bool passed = test();
  passed = info.all_ok && passed;
  TheWatchdog().Stop();
  if (enable_crash_handler || !crashers.empty()) {
    passed = AllCrashed() && passed;
  }
  *current = nullptr;
  unittest_printf_critical(" [%s] (%lld ms)\n", passed ? "PASSED" : "FAILED",
                           Milliseconds() - begun);
  return passed;
}

void unittest_register_crash(test_info*, zx_handle_t handle) { crashers.push_back(handle); }

void unittest_check_info(const test_info* current, const char* file, int line) {
  if (current == nullptr) {
    fprintf(stderr, "FATAL: %s:%d: a check outside of BEGIN_TEST and BEGIN_HELPER\n", file, line);
    exit(kBadUse);
  }
}

void unittest_fail(test_info* current, const char* file, int line, const char* function,
                   const char* text) {
  current->all_ok = false;
  unittest_printf_critical(" [FAILED]\n        %s:%d:%s:\n        %s\n", file, line, function,
                           text);
}

void unittest_fail_compare(test_info* current, const char* file, int line, const char* function,
                           const char* text, const char* op, const char* lhs_text,
                           const char* rhs_text, long long lhs, long long rhs) {
  std::string what = text;
  what += what.empty() ? "" : ": ";
  if (op == nullptr) {
    what += std::string("expected ") + lhs_text;
  } else {
    char values[128];
    snprintf(values, sizeof(values), " (%lld (0x%llx) %s %lld (0x%llx))", lhs,
             static_cast<unsigned long long>(lhs), op, rhs, static_cast<unsigned long long>(rhs));
    what += std::string("expected ") + lhs_text + " " + op + " " + rhs_text + values;
  }
  unittest_fail(current, file, line, function, what.c_str());
}

void unittest_fail_bytes(test_info* current, const char* file, int line, const char* function,
                         const char* text, const void* expected, const void* actual,
                         size_t size) {
  auto hex = [size](const void* bytes) {
    std::string all;
    for (size_t i = 0; i < size; i++) {
      char one[8];
      snprintf(one, sizeof(one), " %02x", static_cast<const uint8_t*>(bytes)[i]);
      all += one;
    }
    return all;
  };
  const std::string what =
      std::string(text) + "\n        expected:" + hex(expected) + "\n        actual:  " + hex(actual);
  unittest_fail(current, file, line, function, what.c_str());
}

bool unittest_dies(void (*body)(void*), void* arg) {
  return kit::Dies([body, arg] { body(arg); });
}

bool unittest_run_one_test(test_case_element* elem, test_type_t type) {
  utest_test_type = type;
  return elem->test_case(false, nullptr);
}

bool unittest_run_all_tests(int argc, char** argv) {
  bool list_only = false;
  const char* only_case = nullptr;
  const char* only_test = nullptr;
  for (int i = 1; i < argc; i++) {
    const char* word = argv[i];
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
      fprintf(stdout,
              "Usage: %s [OPTIONS]\n"
              "\n"
              "  -h, --help     this\n"
              "  --list         list cases and tests\n"
              "  --case NAME    only this case\n"
              "  --test NAME    only tests of this name\n"
              "  v=N            how much is told, 0 to 9\n",
              argv[0]);
      if (help_printer != nullptr) {
        help_printer(stdout);
      }
      return true;
    }
    if (strcmp(word, "--list") == 0) {
      list_only = true;
    } else if (strcmp(word, "--case") == 0 && i + 1 < argc) {
      only_case = argv[++i];
    } else if (strcmp(word, "--test") == 0 && i + 1 < argc) {
      only_test = argv[++i];
    } else if (word[0] == 'v' && word[1] == '=' && word[2] >= '0' && word[2] <= '9') {
      unittest_set_verbosity_level(word[2] - '0');
    }
  }
  const char* classes = getenv("RUNTESTS_TEST_CLASS");
  utest_test_type =
      classes != nullptr ? static_cast<test_type_t>(strtoul(classes, nullptr, 10)) : TEST_ALL;
  if (!TheWatchdog().Configure()) {
    fprintf(stderr, "RUNTESTS_WATCHDOG_TIMEOUT is not a number of seconds\n");
    return false;
  }
  int passed = 0;
  std::vector<const char*> failed;
  for (test_case_element* at = first_case; at != nullptr; at = at->next) {
    if (only_case != nullptr && strcmp(only_case, at->name) != 0) {
      continue;
    }
    if (at->test_case(list_only, only_test)) {
      passed++;
    } else {
      failed.push_back(at->name);
    }
  }
  if (list_only) {
    return true;
  }
  unittest_printf_critical("%s", kRuler);
  unittest_printf_critical("    %s:\n", argc > 0 ? argv[0] : "test");
  if (failed.empty()) {
    unittest_printf_critical("        SUCCESS!  All test cases passed!\n");
  }
  for (const char* name : failed) {
    unittest_printf_critical("        FAILED: %s\n", name);
  }
  unittest_printf_critical("    CASES:  %d     SUCCESS:  %d     FAILED:  %d\n",
                           passed + static_cast<int>(failed.size()), passed,
                           static_cast<int>(failed.size()));
  unittest_printf_critical("%s", kRuler);
  return failed.empty();
}

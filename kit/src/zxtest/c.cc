// SPDX-License-Identifier: MIT
// zxtest for C programs, on the runner of the C++ ones.
#include <stdarg.h>
#include <zxtest/c/assertions.h>
#include <zxtest/c/zxtest.h>
#include <zxtest/cpp/assertions.h>

#include <string>

#include "format.h"

namespace {

class CTest final : public zxtest::Test {
 public:
  explicit CTest(zxtest_body_t body) : body_(body) {}

 private:
  void TestBody() override { body_(); }

  zxtest_body_t body_;
};

std::string Value(const zxtest_operand& operand) {
  namespace internal = zxtest::internal;
  switch (operand.kind) {
    case ZXTEST_KIND_BOOL:
      return operand.value != 0 ? "true" : "false";
    case ZXTEST_KIND_SIGNED:
      return internal::PrintSigned(static_cast<long long>(operand.value));
    case ZXTEST_KIND_UNSIGNED:
      return internal::PrintUnsigned(operand.value);
    case ZXTEST_KIND_STATUS:
      return internal::PrintStatus(static_cast<zx_status_t>(operand.value));
    case ZXTEST_KIND_STRING:
      if (operand.value != 0) {
        return reinterpret_cast<const char*>(operand.value);
      }
      break;
    case ZXTEST_KIND_POINTER:
      break;
  }
  return internal::PrintPointer(reinterpret_cast<const void*>(operand.value));
}

std::string Operand(const char* label, const zxtest_operand& operand) {
  const std::string value = Value(operand);
  std::string lines = std::string("\n    ") + label + operand.text;
  if (value != operand.text) {
    lines += "\n    Which is: " + value;
  }
  return lines;
}

}  // namespace

void zxtest_register_test(const char* suite, const char* name, const char* file, int line,
                          zxtest_body_t body) {
  auto make = [body] { return std::unique_ptr<zxtest::Test>(new CTest(body)); };
  zxtest::Runner::GetInstance()->Register(suite, name, file, line, make, [] {}, [] {});
}

int zxtest_run_all_tests(int argc, char** argv) { return zxtest::RunAllTests(argc, argv); }

void zxtest_fail(zxtest_place place, const char* what, const zxtest_operand* expected,
                 const zxtest_operand* actual, const char* format, ...) {
  zxtest::internal::CheckRunning();
  va_list args;
  va_start(args, format);
  const std::string message = zxtest::internal::Format(format, args).substr(1);
  va_end(args);
  std::string text = what;
  if (!message.empty()) {
    text += " " + message;
  }
  if (expected != nullptr && actual != nullptr) {
    text += Operand("Expected: ", *expected) + Operand("Actual  : ", *actual);
  }
  zxtest::Runner::GetInstance()->NotifyFailure(place.file, place.line, place.fatal, text);
}

void zxtest_fail_bytes(zxtest_place place, const char* what, const void* expected,
                       const void* actual, size_t size) {
  zxtest::internal::CheckRunning();
  const std::string text = std::string(what) +
                           "\n    Expected: " + zxtest::internal::PrintBytes(expected, size) +
                           "\n    Actual  : " + zxtest::internal::PrintBytes(actual, size);
  zxtest::Runner::GetInstance()->NotifyFailure(place.file, place.line, place.fatal, text);
}

bool zxtest_has_failures(void) {
  return zxtest::Runner::GetInstance()->CurrentTestHasFailures();
}

bool zxtest_has_fatal_failures(void) {
  return zxtest::Runner::GetInstance()->CurrentTestHasFatalFailures();
}

bool zxtest_dies(zxtest_body_t body) {
  zxtest::internal::CheckRunning();
  return zxtest::internal::Dies(body);
}

void zxtest_skip(const char* file, int line, const char* format, ...) {
  va_list args;
  va_start(args, format);
  const std::string message = zxtest::internal::Format(format, args).substr(1);
  va_end(args);
  zxtest::internal::Skip(file, line, message);
}

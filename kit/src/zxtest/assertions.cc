// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zxtest/cpp/assertions.h>

#include <vector>

#include "format.h"
#include "state.h"

namespace zxtest {
namespace internal {

namespace {

thread_local std::vector<std::string> traces;

// "Which is" only where it tells more than the text of the program.
std::string Operand(const char* label, const char* text, const std::string& value) {
  std::string lines = std::string("\n    ") + label + text;
  if (value != text) {
    lines += "\n    Which is: " + value;
  }
  return lines;
}

std::string Describe(const std::string& what, const char* a_text, const char* b_text,
                     const std::string& a, const std::string& b) {
  return what + Operand("Expected: ", a_text, a) + Operand("Actual  : ", b_text, b);
}

std::string Text(const std::optional<std::string>& text) {
  return text ? *text : std::string("<nullptr>");
}

std::string Print(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string Print(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::string text = Format(format, args);
  va_end(args);
  return text;
}

}  // namespace

std::string Format(const char* format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string text(length > 0 ? static_cast<size_t>(length) : 0, '\0');
  vsnprintf(text.data(), text.size() + 1, format, args);
  return text;
}

State& Current() {
  static State* state = new State();
  return *state;
}

std::string TraceText() {
  std::string text;
  for (auto at = traces.rbegin(); at != traces.rend(); ++at) {
    text += *at;
  }
  return text;
}

void Trace::Push(const std::string& message, const char* file, int line) {
  traces.push_back("    " + std::string(file) + ":" + std::to_string(line) + ": " + message + "\n");
}

Trace::~Trace() { traces.pop_back(); }

void CheckRunning() {
  if (!Runner::GetInstance()->IsRunning()) {
    fprintf(stderr, "an assertion of zxtest outside of a running test\n");
    abort();
  }
}

void Outcome::Report(const char* file, int line, bool fatal, const char* format, ...) const {
  va_list args;
  va_start(args, format);
  // The macro has put a blank in front.
  const std::string message = Format(format, args).substr(1);
  va_end(args);
  ReportText(file, line, fatal, message);
}

void Outcome::ReportText(const char* file, int line, bool fatal,
                         const std::string& message) const {
  std::string text = text_;
  if (!message.empty()) {
    const size_t end = text.find('\n');
    text.insert(end == std::string::npos ? text.size() : end, " " + message);
  }
  Runner::GetInstance()->NotifyFailure(file, line, fatal, text);
}

std::string PrintSigned(long long value) { return std::to_string(value); }
std::string PrintUnsigned(unsigned long long value) { return std::to_string(value); }
std::string PrintDouble(double value) { return Print("%g", value); }

std::string PrintPointer(const volatile void* value) {
  return value == nullptr ? "<nullptr>" : Print("%p", const_cast<const void*>(value));
}

std::string PrintBytes(const void* bytes, size_t size) {
  std::string text;
  for (size_t i = 0; i < size; i++) {
    text += Print("%s%02x", i == 0 ? "" : " ", static_cast<const uint8_t*>(bytes)[i]);
  }
  return text;
}

std::string PrintStatus(zx_status_t status) {
  return Print("%s (%d)", zx_status_get_string(status), status);
}

std::string DescribeComparison(const char* op, const char* a_text, const char* b_text,
                               const std::string& a, const std::string& b) {
  return Describe(std::string("Expected ") + a_text + " " + op + " " + b_text + ".", a_text,
                  b_text, a, b);
}

Outcome Check(bool holds, const char* text) {
  return holds ? Outcome() : Outcome(std::string("Expected ") + text + ".");
}

Outcome CompareStatus(bool equal, const char* a_text, const char* b_text, zx_status_t a,
                      zx_status_t b) {
  if ((a == b) == equal) {
    return Outcome();
  }
  return Outcome(Describe(std::string("Expected status of ") + b_text + (equal ? " to be " : " not to be ") +
                              a_text + ".",
                          a_text, b_text, PrintStatus(a), PrintStatus(b)));
}

Outcome Same(bool same, const char* a_text, const char* b_text,
             const std::optional<std::string>& a, const std::optional<std::string>& b) {
  if ((a == b) == same) {
    return Outcome();
  }
  return Outcome(Describe(same ? "Expected the same strings." : "Expected different strings.",
                          a_text, b_text, Text(a), Text(b)));
}

Outcome Contains(bool contains, const char* a_text, const char* b_text,
                 const std::optional<std::string>& a, const std::optional<std::string>& b) {
  const bool found = a && b && a->find(*b) != std::string::npos;
  if (found == contains) {
    return Outcome();
  }
  return Outcome(Describe(contains ? "Expected the first string to contain the second."
                                   : "Expected the first string not to contain the second.",
                          a_text, b_text, Text(a), Text(b)));
}

Outcome Bytes(bool equal, const char* a_text, const char* b_text, const void* a, const void* b,
              size_t size) {
  if ((size == 0 || memcmp(a, b, size) == 0) == equal) {
    return Outcome();
  }
  return Outcome(Describe(equal ? "Expected the same bytes." : "Expected different bytes.", a_text,
                          b_text, PrintBytes(a, size), PrintBytes(b, size)));
}

void Skip(const char* file, int line, const std::string& message) {
  Runner::GetInstance()->NotifySkip(file, line, message);
}

void SkipF(const char* file, int line, const char* format, ...) {
  va_list args;
  va_start(args, format);
  const std::string message = Format(format, args).substr(1);
  va_end(args);
  Skip(file, line, message);
}

}  // namespace internal
}  // namespace zxtest

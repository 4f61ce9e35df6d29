// SPDX-License-Identifier: MIT
// The assertions of zxtest for C++17. Each operand is evaluated once, messages only on failure.
#ifndef ZXTEST_CPP_ASSERTIONS_H_
#define ZXTEST_CPP_ASSERTIONS_H_

#include <lib/fit/function.h>
#include <stdint.h>
#include <string.h>
#include <zircon/errors.h>
#include <zircon/status.h>
#include <zircon/types.h>
#include <zxtest/base/runner.h>

#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace zxtest {
namespace internal {

// Ends the program unless tests are running.
void CheckRunning();

// What an assertion found; `text` is empty when all is well.
class Outcome {
 public:
  Outcome() = default;
  explicit Outcome(std::string text) : ok(false), text_(std::move(text)) {}

  __attribute__((format(printf, 5, 6))) void Report(const char* file, int line, bool fatal,
                                                    const char* format, ...) const;
  void ReportText(const char* file, int line, bool fatal, const std::string& message) const;

  bool ok = true;

 private:
  std::string text_;
};

template <typename T, typename = void>
struct has_c_str : std::false_type {};
template <typename T>
struct has_c_str<T, std::void_t<decltype(std::declval<const T&>().c_str())>> : std::true_type {};

template <typename T, typename = void>
struct has_status_value : std::false_type {};
template <typename T>
struct has_status_value<T, std::void_t<decltype(std::declval<const T&>().status_value())>>
    : std::true_type {};

std::string PrintSigned(long long value);
std::string PrintUnsigned(unsigned long long value);
std::string PrintPointer(const volatile void* value);
std::string PrintDouble(double value);
std::string PrintBytes(const void* bytes, size_t size);
std::string PrintStatus(zx_status_t status);

template <typename T>
std::string Print(const T& value) {
  using D = std::decay_t<T>;
  if constexpr (std::is_same_v<D, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_integral_v<D>) {
    if constexpr (std::is_signed_v<D>) {
      return PrintSigned(value);
    } else {
      return PrintUnsigned(value);
    }
  } else if constexpr (std::is_enum_v<D>) {
    return Print(static_cast<std::underlying_type_t<D>>(value));
  } else if constexpr (std::is_floating_point_v<D>) {
    return PrintDouble(static_cast<double>(value));
  } else if constexpr (std::is_same_v<D, std::nullptr_t>) {
    return "<nullptr>";
  } else if constexpr (std::is_same_v<D, const char*> || std::is_same_v<D, char*>) {
    if constexpr (std::is_array_v<T>) {
      return std::string(value, strnlen(value, sizeof(value)));
    } else {
      return value == nullptr ? "<nullptr>" : value;
    }
  } else if constexpr (std::is_pointer_v<D>) {
    if constexpr (std::is_function_v<std::remove_pointer_t<D>>) {
      return PrintPointer(reinterpret_cast<const volatile void*>(static_cast<D>(value)));
    } else {
      return PrintPointer(value);
    }
  } else if constexpr (has_c_str<T>::value) {
    return value.c_str();
  } else {
    return PrintBytes(static_cast<const void*>(const_cast<const std::remove_volatile_t<T>*>(&value)),
                      sizeof(value));
  }
}

template <typename A, typename B, typename Op>
bool Apply(const A& a, const B& b, Op op) {
  using DA = std::decay_t<A>;
  using DB = std::decay_t<B>;
  if constexpr (std::is_integral_v<DA> && std::is_integral_v<DB>) {
    using C = std::common_type_t<DA, DB>;
    return op(static_cast<C>(a), static_cast<C>(b));
  } else if constexpr (std::is_pointer_v<DA> && std::is_integral_v<DB>) {  // NULL is an integer
    return op(reinterpret_cast<uintptr_t>(static_cast<DA>(a)), static_cast<uintptr_t>(b));
  } else if constexpr (std::is_integral_v<DA> && std::is_pointer_v<DB>) {
    return op(static_cast<uintptr_t>(a), reinterpret_cast<uintptr_t>(static_cast<DB>(b)));
  } else {
    return op(a, b);
  }
}

struct Eq {
  static constexpr const char* kName = "==";
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a == b;
  }
};

struct Ne {
  static constexpr const char* kName = "!=";
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a != b;
  }
};

struct Lt {
  static constexpr const char* kName = "<";
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a < b;
  }
};

struct Le {
  static constexpr const char* kName = "<=";
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a <= b;
  }
};

struct Gt {
  static constexpr const char* kName = ">";
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a > b;
  }
};

struct Ge {
  static constexpr const char* kName = ">=";
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a >= b;
  }
};

std::string DescribeComparison(const char* op, const char* a_text, const char* b_text,
                               const std::string& a, const std::string& b);

template <typename Op, typename A, typename B>
Outcome Compare(const char* a_text, const char* b_text, const A& a, const B& b) {
  if (Apply(a, b, Op())) {
    return Outcome();
  }
  return Outcome(DescribeComparison(Op::kName, a_text, b_text, Print(a), Print(b)));
}

Outcome Check(bool holds, const char* text);

template <typename S>
zx_status_t ToStatus(const S& status) {
  if constexpr (std::is_convertible_v<const S&, zx_status_t>) {
    return static_cast<zx_status_t>(status);
  } else if constexpr (has_status_value<S>::value) {
    return status.status_value();
  } else {
    return status.status();
  }
}

Outcome CompareStatus(bool equal, const char* a_text, const char* b_text, zx_status_t a,
                      zx_status_t b);

template <typename A, typename B>
Outcome Status(bool equal, const char* a_text, const char* b_text, const A& a, const B& b) {
  return CompareStatus(equal, a_text, b_text, ToStatus(a), ToStatus(b));
}

// The text of a string of any kind; nothing for a null pointer.
template <typename T>
std::optional<std::string> ToText(const T& text) {
  if constexpr (std::is_same_v<T, std::nullptr_t>) {
    return std::nullopt;
  } else if constexpr (std::is_convertible_v<const T&, const char*>) {
    const char* chars = text;
    return chars == nullptr ? std::nullopt : std::optional<std::string>(chars);
  } else if constexpr (has_c_str<T>::value) {
    return std::string(text.c_str());
  } else {
    return std::string(text.data(), text.size());
  }
}

Outcome Same(bool same, const char* a_text, const char* b_text,
             const std::optional<std::string>& a, const std::optional<std::string>& b);
Outcome Contains(bool contains, const char* a_text, const char* b_text,
                 const std::optional<std::string>& a, const std::optional<std::string>& b);
Outcome Bytes(bool equal, const char* a_text, const char* b_text, const void* a, const void* b,
              size_t size);

// Runs `body` on a thread of its own and tells whether a fatal signal ended it.
bool Dies(fit::function<void()> body);
inline Outcome Death(bool expected, const char* text, fit::function<void()> body) {
  return Check(Dies(std::move(body)) == expected, text);
}

void Skip(const char* file, int line, const std::string& message);
__attribute__((format(printf, 3, 4))) void SkipF(const char* file, int line, const char* format,
                                                 ...);

// A message put together with <<.
class Message {
 public:
  template <typename T>
  Message& operator<<(const T& value) & {
    stream_ << value;
    return *this;
  }
  template <typename T>
  Message&& operator<<(const T& value) && {
    stream_ << value;
    return std::move(*this);
  }
  std::string text() const { return stream_.str(); }

 private:
  std::ostringstream stream_;
};

// Takes a message and reports what it is about.
class Streamed {
 public:
  Streamed(const Outcome& outcome, const char* file, int line, bool fatal)
      : outcome_(outcome), file_(file), line_(line), fatal_(fatal) {}
  void operator=(const Message& message) const {
    outcome_.ReportText(file_, line_, fatal_, message.text());
  }

 private:
  const Outcome& outcome_;
  const char* file_;
  int line_;
  bool fatal_;
};

class StreamedSkip {
 public:
  StreamedSkip(const char* file, int line) : file_(file), line_(line) {}
  void operator=(const Message& message) const { Skip(file_, line_, message.text()); }

 private:
  const char* file_;
  int line_;
};

// Adds a line to the failures in a scope of this thread.
class Trace {
 public:
  template <typename T>
  Trace(const T& message, const char* file, int line) {
    Push((Message() << message).text(), file, line);
  }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  ~Trace();

 private:
  void Push(const std::string& message, const char* file, int line);
};

}  // namespace internal
}  // namespace zxtest

// NULL is an integer to a template, which is told from the others by what it is compared with.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wconversion-null"
#endif

#ifdef ZXTEST_USE_STREAMABLE_MACROS

#define ZXTEST_STREAM(prefix, fatal, outcome)                                              \
  switch (0)                                                                               \
  case 0:                                                                                  \
  default:                                                                                 \
    if (::zxtest::internal::Outcome zxtest_outcome =                                       \
            (::zxtest::internal::CheckRunning(), outcome);                                 \
        zxtest_outcome.ok) {                                                               \
    } else                                                                                 \
      prefix ::zxtest::internal::Streamed(zxtest_outcome, __FILE__, __LINE__, fatal) =     \
          ::zxtest::internal::Message()
#define ZXTEST_FATAL(outcome, ...) ZXTEST_STREAM(return, true, outcome)
#define ZXTEST_NONFATAL(outcome, ...) ZXTEST_STREAM(, false, outcome)

#define FAIL() ZXTEST_FATAL(::zxtest::internal::Outcome("Failed."))
#define ADD_FAILURE() ZXTEST_NONFATAL(::zxtest::internal::Outcome("Failed."))
#define ADD_FATAL_FAILURE() ZXTEST_STREAM(, true, ::zxtest::internal::Outcome("Failed."))
#define ZXTEST_SKIP() \
  return ::zxtest::internal::StreamedSkip(__FILE__, __LINE__) = ::zxtest::internal::Message()

#else

// The format comes with a blank in front, so that it may be left out.
#define ZXTEST_REPORT(after, fatal, outcome, ...)                                          \
  do {                                                                                     \
    ::zxtest::internal::CheckRunning();                                                    \
    if (::zxtest::internal::Outcome zxtest_outcome = (outcome); !zxtest_outcome.ok) {      \
      zxtest_outcome.Report(__FILE__, __LINE__, fatal, " " __VA_ARGS__);                   \
      after;                                                                               \
    }                                                                                      \
  } while (0)
#define ZXTEST_FATAL(outcome, ...) ZXTEST_REPORT(return, true, outcome, __VA_ARGS__)
#define ZXTEST_NONFATAL(outcome, ...) \
  ZXTEST_REPORT(static_cast<void>(0), false, outcome, __VA_ARGS__)

#define FAIL(...) ZXTEST_FATAL(::zxtest::internal::Outcome("Failed."), __VA_ARGS__)
#define ADD_FAILURE(...) ZXTEST_NONFATAL(::zxtest::internal::Outcome("Failed."), __VA_ARGS__)
#define ADD_FATAL_FAILURE(...)                                                             \
  ZXTEST_REPORT(static_cast<void>(0), true, ::zxtest::internal::Outcome("Failed."), __VA_ARGS__)
#define ZXTEST_SKIP(...)                                                                   \
  do {                                                                                     \
    ::zxtest::internal::SkipF(__FILE__, __LINE__, " " __VA_ARGS__);                        \
    return;                                                                                \
  } while (0)

#endif

#define ASSERT_EQ(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Compare<::zxtest::internal::Eq>(#a, #b, a, b), __VA_ARGS__)
#define ASSERT_NE(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Compare<::zxtest::internal::Ne>(#a, #b, a, b), __VA_ARGS__)
#define ASSERT_LT(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Compare<::zxtest::internal::Lt>(#a, #b, a, b), __VA_ARGS__)
#define ASSERT_LE(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Compare<::zxtest::internal::Le>(#a, #b, a, b), __VA_ARGS__)
#define ASSERT_GT(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Compare<::zxtest::internal::Gt>(#a, #b, a, b), __VA_ARGS__)
#define ASSERT_GE(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Compare<::zxtest::internal::Ge>(#a, #b, a, b), __VA_ARGS__)
#define ASSERT_TRUE(x, ...) \
  ZXTEST_FATAL(::zxtest::internal::Check(static_cast<bool>(x), "TRUE(" #x ")"), __VA_ARGS__)
#define ASSERT_FALSE(x, ...) \
  ZXTEST_FATAL(::zxtest::internal::Check(!static_cast<bool>(x), "FALSE(" #x ")"), __VA_ARGS__)
#define ASSERT_NULL(x, ...) \
  ZXTEST_FATAL(::zxtest::internal::Check((x) == nullptr, "NULL(" #x ")"), __VA_ARGS__)
#define ASSERT_NOT_NULL(x, ...) \
  ZXTEST_FATAL(::zxtest::internal::Check((x) != nullptr, "NOT_NULL(" #x ")"), __VA_ARGS__)
#define ASSERT_OK(s, ...) \
  ZXTEST_FATAL(::zxtest::internal::Status(true, "ZX_OK", #s, ZX_OK, s), __VA_ARGS__)
#define ASSERT_NOT_OK(s, ...) \
  ZXTEST_FATAL(::zxtest::internal::Status(false, "ZX_OK", #s, ZX_OK, s), __VA_ARGS__)
#define ASSERT_STATUS(s, t, ...) \
  ZXTEST_FATAL(::zxtest::internal::Status(true, #s, #t, s, t), __VA_ARGS__)
#define ASSERT_NOT_STATUS(s, t, ...) \
  ZXTEST_FATAL(::zxtest::internal::Status(false, #s, #t, s, t), __VA_ARGS__)
#define ASSERT_STR_EQ(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Same(true, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define ASSERT_STR_NE(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Same(false, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define ASSERT_SUBSTR(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Contains(true, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define ASSERT_NOT_SUBSTR(a, b, ...) \
  ZXTEST_FATAL(::zxtest::internal::Contains(false, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define ASSERT_BYTES_EQ(a, b, size, ...) \
  ZXTEST_FATAL(::zxtest::internal::Bytes(true, #a, #b, a, b, size), __VA_ARGS__)
#define ASSERT_BYTES_NE(a, b, size, ...) \
  ZXTEST_FATAL(::zxtest::internal::Bytes(false, #a, #b, a, b, size), __VA_ARGS__)
#define ASSERT_NO_FATAL_FAILURE(stmt, ...) \
  ZXTEST_FATAL(__extension__({                                                              \
    { stmt; }                                                                              \
    ::zxtest::internal::Check(                                                      \
        !::zxtest::Runner::GetInstance()->CurrentTestHasFatalFailures(),                   \
        "NO_FATAL_FAILURE(" #stmt ")");                                                    \
  }), __VA_ARGS__)
#define ASSERT_NO_FAILURES(stmt, ...) \
  ZXTEST_FATAL(__extension__({                                                              \
    { stmt; }                                                                              \
    ::zxtest::internal::Check(                                                      \
        !::zxtest::Runner::GetInstance()->CurrentTestHasFailures(),                        \
        "NO_FAILURES(" #stmt ")");                                                         \
  }), __VA_ARGS__)
#define EXPECT_EQ(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Compare<::zxtest::internal::Eq>(#a, #b, a, b), __VA_ARGS__)
#define EXPECT_NE(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Compare<::zxtest::internal::Ne>(#a, #b, a, b), __VA_ARGS__)
#define EXPECT_LT(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Compare<::zxtest::internal::Lt>(#a, #b, a, b), __VA_ARGS__)
#define EXPECT_LE(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Compare<::zxtest::internal::Le>(#a, #b, a, b), __VA_ARGS__)
#define EXPECT_GT(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Compare<::zxtest::internal::Gt>(#a, #b, a, b), __VA_ARGS__)
#define EXPECT_GE(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Compare<::zxtest::internal::Ge>(#a, #b, a, b), __VA_ARGS__)
#define EXPECT_TRUE(x, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Check(static_cast<bool>(x), "TRUE(" #x ")"), __VA_ARGS__)
#define EXPECT_FALSE(x, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Check(!static_cast<bool>(x), "FALSE(" #x ")"), __VA_ARGS__)
#define EXPECT_NULL(x, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Check((x) == nullptr, "NULL(" #x ")"), __VA_ARGS__)
#define EXPECT_NOT_NULL(x, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Check((x) != nullptr, "NOT_NULL(" #x ")"), __VA_ARGS__)
#define EXPECT_OK(s, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Status(true, "ZX_OK", #s, ZX_OK, s), __VA_ARGS__)
#define EXPECT_NOT_OK(s, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Status(false, "ZX_OK", #s, ZX_OK, s), __VA_ARGS__)
#define EXPECT_STATUS(s, t, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Status(true, #s, #t, s, t), __VA_ARGS__)
#define EXPECT_NOT_STATUS(s, t, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Status(false, #s, #t, s, t), __VA_ARGS__)
#define EXPECT_STR_EQ(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Same(true, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define EXPECT_STR_NE(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Same(false, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define EXPECT_SUBSTR(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Contains(true, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define EXPECT_NOT_SUBSTR(a, b, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Contains(false, #a, #b, ::zxtest::internal::ToText(a), ::zxtest::internal::ToText(b)), __VA_ARGS__)
#define EXPECT_BYTES_EQ(a, b, size, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Bytes(true, #a, #b, a, b, size), __VA_ARGS__)
#define EXPECT_BYTES_NE(a, b, size, ...) \
  ZXTEST_NONFATAL(::zxtest::internal::Bytes(false, #a, #b, a, b, size), __VA_ARGS__)
#define EXPECT_NO_FATAL_FAILURE(stmt, ...) \
  ZXTEST_NONFATAL(__extension__({                                                              \
    { stmt; }                                                                              \
    ::zxtest::internal::Check(                                                      \
        !::zxtest::Runner::GetInstance()->CurrentTestHasFatalFailures(),                   \
        "NO_FATAL_FAILURE(" #stmt ")");                                                    \
  }), __VA_ARGS__)
#define EXPECT_NO_FAILURES(stmt, ...) \
  ZXTEST_NONFATAL(__extension__({                                                              \
    { stmt; }                                                                              \
    ::zxtest::internal::Check(                                                      \
        !::zxtest::Runner::GetInstance()->CurrentTestHasFailures(),                        \
        "NO_FAILURES(" #stmt ")");                                                         \
  }), __VA_ARGS__)

#define ASSERT_NO_FATAL_FAILURES(stmt, ...) ASSERT_NO_FATAL_FAILURE(stmt, __VA_ARGS__)
#define ASSERT_DEATH(closure, ...) \
  ZXTEST_FATAL(::zxtest::internal::Death(true, "DEATH(" #closure ")", closure), __VA_ARGS__)
#define ASSERT_NO_DEATH(closure, ...) \
  ZXTEST_FATAL(::zxtest::internal::Death(false, "NO_DEATH(" #closure ")", closure), __VA_ARGS__)

#define CURRENT_TEST_HAS_FAILURES() ::zxtest::Runner::GetInstance()->CurrentTestHasFailures()
#define CURRENT_TEST_HAS_FATAL_FAILURES() \
  ::zxtest::Runner::GetInstance()->CurrentTestHasFatalFailures()
#define CURRENT_TEST_HAS_FATAL_FAILURE() CURRENT_TEST_HAS_FATAL_FAILURES()

#define ZXTEST_JOIN(a, b) ZXTEST_JOIN_EXPANDED(a, b)
#define ZXTEST_JOIN_EXPANDED(a, b) a##b
#define SCOPED_TRACE(message)                                                              \
  const ::zxtest::internal::Trace ZXTEST_JOIN(zxtest_trace_, __LINE__)(message, __FILE__, __LINE__)

#endif  // ZXTEST_CPP_ASSERTIONS_H_

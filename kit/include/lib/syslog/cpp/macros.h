// SPDX-License-Identifier: MIT
// FX_LOGS and FX_CHECK, to standard error.
#ifndef LIB_SYSLOG_CPP_MACROS_H_
#define LIB_SYSLOG_CPP_MACROS_H_

#include <zircon/types.h>

#include <sstream>

namespace syslog {

enum LogSeverity { TRACE = -2, DEBUG = -1, INFO = 0, WARNING = 1, ERROR = 2, FATAL = 3 };

// What is less than this is not written: INFO at first.
void SetMinLogSeverity(LogSeverity severity);
bool ShouldLog(LogSeverity severity);

// One line of the log, written at its end. FATAL ends the program then.
class LogMessage {
 public:
  LogMessage(LogSeverity severity, const char* file, int line, const char* condition,
             zx_status_t status, bool with_status);
  LogMessage(const LogMessage&) = delete;
  LogMessage& operator=(const LogMessage&) = delete;
  ~LogMessage();
  std::ostream& stream() { return stream_; }

 private:
  const LogSeverity severity_;
  const zx_status_t status_;
  const bool with_status_;
  std::ostringstream stream_;
};

// Makes an expression of a stream one without a value.
struct LogVoidify {
  void operator&(std::ostream&) {}
};

}  // namespace syslog

#define FX_LOG_LAZY(condition, stream) \
  !(condition) ? (void)0 : ::syslog::LogVoidify() & (stream)
#define FX_LOG_STREAM(severity, condition, status, with_status)                            \
  ::syslog::LogMessage(::syslog::severity, __FILE__, __LINE__, condition, status, with_status) \
      .stream()

#define FX_LOGS(severity)                              \
  FX_LOG_LAZY(::syslog::ShouldLog(::syslog::severity), \
              FX_LOG_STREAM(severity, nullptr, 0, false))
#define FX_PLOGS(severity, status)                     \
  FX_LOG_LAZY(::syslog::ShouldLog(::syslog::severity), \
              FX_LOG_STREAM(severity, nullptr, status, true))
#define FX_CHECK(condition) \
  FX_LOG_LAZY(!(condition), FX_LOG_STREAM(FATAL, #condition, 0, false))
#ifdef NDEBUG
#define FX_DCHECK(condition) \
  FX_LOG_LAZY(false && !(condition), FX_LOG_STREAM(FATAL, #condition, 0, false))
#else
#define FX_DCHECK(condition) FX_CHECK(condition)
#endif
#define FX_VLOGS(level) FX_LOG_LAZY(false && (level), FX_LOG_STREAM(DEBUG, nullptr, 0, false))
#define FX_NOTREACHED() FX_DCHECK(false)
#define FX_NOTIMPLEMENTED() FX_LOGS(ERROR) << "not implemented in " << __func__

#endif  // LIB_SYSLOG_CPP_MACROS_H_
